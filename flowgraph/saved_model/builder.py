"""`SavedModelBuilder`: graphs, their variables' values and signatures, in one directory."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import protos
from flowgraph.graph_io.reading import write_message
from flowgraph.platform import file_io, logging
from flowgraph.saved_model import constants, signature_constants, tag_constants, utils
from flowgraph.saved_model.assets import save_assets
from flowgraph.saved_model.signature_def_utils import predict_signature_def
from flowgraph.train.saveables import all_saveable_objects
from flowgraph.train.saver import Saver

__all__ = ["SavedModelBuilder", "simple_save"]
_RESERVED = {
    constants.INIT_OP_SIGNATURE_KEY: "initialization",
    constants.TRAIN_OP_SIGNATURE_KEY: "the train op",
}


class SavedModelBuilder:
    """Writes graphs with variables, assets and signatures (tf.saved_model.Builder).

    The first graph comes with its variables' values, which all graphs share.

    Args:
      export_dir: a directory that is empty, or is not there yet.

    Raises:
      AssertionError: it holds something.
    """

    def __init__(self, export_dir: Any) -> None:
        self._saved_model = protos.SavedModel(
            saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION
        )
        self._export_dir = os.fsdecode(export_dir)
        self._has_saved_variables = False
        if not file_io.file_exists(self._export_dir):
            file_io.recursive_create_dir(self._export_dir)
        elif file_io.list_directory(self._export_dir):
            raise AssertionError(
                "Export directory already exists, and isn't empty. Please choose a different "
                "export directory, or delete all the contents of the specified directory: "
                f"{self._export_dir}"
            )

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Any,
        signature_def_map: Any = None,
        assets_collection: Any = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Adds the default graph and the values that its variables have in a session.

        Args:
          sess: the session.
          tags: a list of strings by which the graph is found, such as [tag_constants.SERVING].
          signature_def_map: names -> SignatureDef messages.
          assets_collection: constant string tensors that name files to keep.
          legacy_init_op: an operation to run after the graph is loaded.
          clear_devices: whether nodes lose their devices.
          main_op: likewise an operation to run after the graph is loaded.
          strip_default_attrs: whether attributes that are defaults are left out.
          saver: a `tf.train.Saver` of the variables; one of all when None.

        Raises:
          AssertionError: there are values already, or a signature is incomplete.
          ValueError: the graph has such an operation already.
        """
        if self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. Please "
                "invoke `add_meta_graph()` instead."
            )
        signatures = _checked_signatures(signature_def_map)
        _add_main_op(main_op if main_op is not None else legacy_init_op)
        utils.get_or_create_variables_dir(self._export_dir)
        saver = saver or _saver()
        path = utils.get_variables_path(self._export_dir)
        saver.save(sess, path, write_meta_graph=False, write_state=False)
        self._add(saver, tags, signatures, assets_collection, clear_devices, strip_default_attrs)
        self._has_saved_variables = True

    def add_meta_graph(
        self,
        tags: Any,
        signature_def_map: Any = None,
        assets_collection: Any = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Adds the default graph, which shares the values of the first one's variables.

        Arguments are those of `add_meta_graph_and_variables`.

        Raises:
          AssertionError: there are no values yet, or a signature is incomplete.
        """
        if not self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. Please "
                "invoke `add_meta_graph_and_variables()` first."
            )
        signatures = _checked_signatures(signature_def_map)
        _add_main_op(main_op if main_op is not None else legacy_init_op)
        saver = saver or _saver()
        self._add(saver, tags, signatures, assets_collection, clear_devices, strip_default_attrs)

    def _add(
        self, saver: Any, tags: Any, signatures: Any, assets: Any, clear: bool, strip: bool
    ) -> None:
        meta = saver.export_meta_graph(clear_devices=clear, strip_default_attrs=strip)
        save_assets(meta, assets, self._export_dir)
        meta.meta_info_def.tags.extend(list(tags))
        for key, signature in signatures.items():
            meta.signature_def[key].CopyFrom(signature)
        self._saved_model.meta_graphs.add().CopyFrom(meta)

    def save(self, as_text: bool = False) -> bytes:
        """Writes the file of all graphs; gives its path.

        Args:
          as_text: whether the file is text.
        """
        name = constants.SAVED_MODEL_FILENAME_PB
        if as_text:
            name = constants.SAVED_MODEL_FILENAME_PBTXT
        path = os.path.join(self._export_dir, name)
        write_message(path, self._saved_model, as_text)
        logging.info("SavedModel written to: %s", path)
        return path.encode()


def _add_main_op(main_op: Any) -> None:
    """Notes the operation that runs after the graph is loaded."""
    if main_op is None:
        return
    graph = get_default_graph()
    if not isinstance(main_op, (Operation, Tensor)):
        raise TypeError(f"main_op needs to be an Operation: {main_op!r}")
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if graph.get_collection(key):
            raise ValueError(
                f"Graph already contains one or more main ops under the collection {key}."
            )
    graph.add_to_collection(constants.MAIN_OP_KEY, main_op)


def _saver() -> Saver:
    return Saver(all_saveable_objects(), sharded=True, allow_empty=True)


def _checked_signatures(signatures: Any) -> dict[str, Any]:
    signatures = dict(signatures or {})
    for signature in signatures.values():
        for info in (*signature.inputs.values(), *signature.outputs.values()):
            if info.WhichOneof("encoding") is None:
                raise AssertionError(
                    "All TensorInfo protos used in the SignatureDefs must have one of the "
                    f"'encoding' fields (e.g., name or coo_sparse) set: {info}"
                )
            if not info.dtype:
                raise AssertionError(
                    "All TensorInfo protos used in the SignatureDefs must have the dtype field "
                    f"set: {info}"
                )
    for key, purpose in _RESERVED.items():
        if key in signatures:
            raise KeyError(
                f'SignatureDef map key "{key}" is reserved for {purpose}. Please use a different '
                "key."
            )
    return signatures


def simple_save(
    session: Any, export_dir: Any, inputs: Any, outputs: Any, legacy_init_op: Any = None
) -> None:
    """Writes a session's graph for serving, with one signature (tf.saved_model.simple_save).

    Args:
      session: the session.
      export_dir: a directory that is empty, or is not there yet.
      inputs: names -> tensors that are fed.
      outputs: names -> tensors that are fetched.
      legacy_init_op: an operation to run after the graph is loaded.
    """
    signature = predict_signature_def(inputs, outputs)
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        tags=[tag_constants.SERVING],
        signature_def_map={signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        assets_collection=get_default_graph().get_collection(GraphKeys.ASSET_FILEPATHS),
        main_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()
