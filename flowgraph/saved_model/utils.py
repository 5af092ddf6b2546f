"""TensorInfo messages of tensors, and the directories of a SavedModel (tf.saved_model.utils)."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.graph_io import protos
from flowgraph.graph_io.scopes import prepend_name_scope
from flowgraph.graph_io.tensors import shape_proto
from flowgraph.platform import file_io
from flowgraph.saved_model import constants

__all__ = [
    "build_tensor_info", "build_tensor_info_from_op", "get_assets_dir",
    "get_element_from_tensor_info", "get_or_create_assets_dir", "get_or_create_variables_dir",
    "get_tensor_from_tensor_info", "get_variables_dir", "get_variables_path",
]  # fmt: skip


def build_tensor_info(tensor: Any) -> Any:
    """The TensorInfo of a tensor or sparse tensor: its name, dtype and static shape."""
    info = protos.TensorInfo(
        dtype=dtypes.as_dtype(tensor.dtype).as_datatype_enum,
        tensor_shape=shape_proto(tensor.get_shape()),
    )
    if isinstance(tensor, SparseTensor):
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        info.name = tensor.name
    return info


def build_tensor_info_from_op(op: Any) -> Any:
    """The TensorInfo that names an operation."""
    return protos.TensorInfo(name=op.name, tensor_shape=shape_proto(None))


def get_tensor_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """The tensor or sparse tensor that a TensorInfo names.

    Args:
      tensor_info: the message.
      graph: the graph; the default graph when None.
      import_scope: a name scope before the names.

    Raises:
      KeyError: the graph has no such tensor.
      ValueError: the message names none.
    """
    graph = graph or get_default_graph()

    def tensor(name: str) -> Any:
        return graph.get_tensor_by_name(prepend_name_scope(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return tensor(tensor_info.name)
    if encoding == "coo_sparse":
        sparse = tensor_info.coo_sparse
        return SparseTensor(
            tensor(sparse.indices_tensor_name),
            tensor(sparse.values_tensor_name),
            tensor(sparse.dense_shape_tensor_name),
        )
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")


def get_element_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """The operation or tensor that a TensorInfo names; KeyError when there is none."""
    graph = graph or get_default_graph()
    return graph.as_graph_element(prepend_name_scope(tensor_info.name, import_scope))


# --- directories ----------------------------------------------------------------------------------
def get_variables_dir(export_dir: Any) -> str:
    """The directory of the variables' values."""
    return os.path.join(os.fsdecode(export_dir), constants.VARIABLES_DIRECTORY)


def get_variables_path(export_dir: Any) -> str:
    """The prefix of the files of the variables' values."""
    return os.path.join(get_variables_dir(export_dir), constants.VARIABLES_FILENAME)


def get_assets_dir(export_dir: Any) -> str:
    """The directory of the assets."""
    return os.path.join(os.fsdecode(export_dir), constants.ASSETS_DIRECTORY)


def get_or_create_variables_dir(export_dir: Any) -> str:
    """The directory of the variables' values, made when it is missing."""
    return _made(get_variables_dir(export_dir))


def get_or_create_assets_dir(export_dir: Any) -> str:
    """The directory of the assets, made when it is missing."""
    return _made(get_assets_dir(export_dir))


def _made(directory: str) -> str:
    if not file_io.file_exists(directory):
        file_io.recursive_create_dir(directory)
    return directory
