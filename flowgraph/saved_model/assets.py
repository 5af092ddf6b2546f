"""Files that a SavedModel keeps for its graph: vocabularies, say."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import protos
from flowgraph.graph_io.scopes import prepend_name_scope
from flowgraph.graph_io.tensors import make_ndarray
from flowgraph.platform import file_io
from flowgraph.saved_model import constants
from flowgraph.saved_model.utils import get_assets_dir, get_or_create_assets_dir


def save_assets(meta_graph_def: Any, tensors: Any, export_dir: str) -> None:
    """Copies the files that constant tensors name, and tells of them in a MetaGraphDef.

    Raises:
      ValueError: a tensor is no string constant.
    """
    copied: dict[str, str] = {}  # path -> name in the SavedModel
    for tensor in tensors or ():
        path = asset_path(tensor)
        if path is None:
            raise ValueError(f"Invalid asset filepath tensor {tensor}")
        name = copied.setdefault(path, _free_name(path, copied))
        asset = protos.AssetFileDef(filename=name)
        asset.tensor_info.name = tensor.name
        meta_graph_def.asset_file_def.add().CopyFrom(asset)
        anything = meta_graph_def.collection_def[constants.ASSETS_KEY].any_list.value.add()
        anything.Pack(asset)
    for path, name in copied.items():
        target = os.path.join(get_or_create_assets_dir(export_dir), name)
        if not file_io.file_exists(target):
            file_io.copy(path, target)


def _free_name(path: str, copied: dict[str, str]) -> str:
    """The file's own name, with a number where a file of other contents has it."""
    name = base = os.path.basename(path)
    paths = {taken: source for source, taken in copied.items()}
    number = 0
    while name in paths and not _are_alike(paths[name], path):
        number += 1
        name = f"{base}_{number}"
    return name


def _are_alike(one: str, other: str) -> bool:
    contents = [file_io.read_file_to_string(path, True) for path in (one, other)]
    return contents[0] == contents[1]


def asset_path(tensor: Any) -> str | None:
    """The path that a constant tensor is, or None."""
    if not isinstance(tensor, Tensor) or tensor.dtype.base_dtype is not dtypes.string:
        raise ValueError(f"Asset tensor {tensor} is no string tensor")
    if tensor.op.type != "Const":
        return None
    value = make_ndarray(tensor.op.get_attr("value"))
    return str(value.reshape(-1)[0].decode()) if value.size == 1 else None


def asset_tensors(
    export_dir: str, meta_graph_def: Any, import_scope: str | None = None
) -> dict[str, str]:
    """The names of the tensors that name assets -> where the files are."""
    assets = list(meta_graph_def.asset_file_def)
    if not assets and constants.ASSETS_KEY in meta_graph_def.collection_def:
        for anything in meta_graph_def.collection_def[constants.ASSETS_KEY].any_list.value:
            asset = protos.AssetFileDef()
            anything.Unpack(asset)
            assets.append(asset)
    folder = get_assets_dir(export_dir)
    return {
        prepend_name_scope(asset.tensor_info.name, import_scope): os.path.join(
            folder, asset.filename
        )
        for asset in assets
    }


__all__ = ["asset_path", "asset_tensors", "save_assets"]
