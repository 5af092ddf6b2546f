"""Loads a SavedModel into a session (tf.saved_model.loader)."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.reading import read_message
from flowgraph.platform import file_io, logging
from flowgraph.saved_model import constants
from flowgraph.saved_model.assets import asset_tensors
from flowgraph.saved_model.signature_def_utils import load_op_from_signature_def
from flowgraph.saved_model.utils import get_variables_path
from flowgraph.train import meta_graphs
from flowgraph.train.saveables import all_saveable_objects

__all__ = ["SavedModelLoader", "load", "maybe_saved_model_directory", "parse_saved_model"]


def parse_saved_model(export_dir: Any) -> Any:
    """The SavedModel message in a directory; OSError when there is none."""
    folder = os.fsdecode(export_dir)
    for name in (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT):
        path = os.path.join(folder, name)
        if file_io.file_exists(path):
            return read_message(path, protos.SavedModel)
    raise OSError(
        f"SavedModel file does not exist at: {folder}/{{{constants.SAVED_MODEL_FILENAME_PBTXT}|"
        f"{constants.SAVED_MODEL_FILENAME_PB}}}"
    )


def maybe_saved_model_directory(export_dir: Any) -> bool:
    """Whether a directory has the file of a SavedModel (tf.saved_model.contains_saved_model)."""
    names = (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT)
    return any(file_io.file_exists(os.path.join(os.fsdecode(export_dir), n)) for n in names)


def load(
    sess: Any, tags: Any, export_dir: Any, import_scope: str | None = None, **saver_kwargs: Any
) -> Any:
    """Adds a graph of a SavedModel to a session's, with its variables' values.

    tf.saved_model.loader.load.

    Args:
      sess: the session.
      tags: the graph's tags, all of them.
      export_dir: the SavedModel's directory.
      import_scope: a name scope of the nodes.
      **saver_kwargs: further arguments of `tf.train.import_meta_graph`.

    Returns:
      The MetaGraphDef, which has the signatures.

    Raises:
      OSError: there is no SavedModel, or it cannot be read.
      RuntimeError: no graph has these tags.
    """
    return SavedModelLoader(export_dir).load(sess, tags, import_scope, **saver_kwargs)


class SavedModelLoader:
    """Loads graphs of a SavedModel step by step.

    Args:
      export_dir: the directory.

    Raises:
      OSError: there is no SavedModel, or it cannot be read.
    """

    def __init__(self, export_dir: Any) -> None:
        self._export_dir = os.fsdecode(export_dir)
        self._variables_path = get_variables_path(export_dir)
        self._saved_model = parse_saved_model(export_dir)

    @property
    def export_dir(self) -> str:
        """The directory."""
        return self._export_dir

    @property
    def variables_path(self) -> str:
        """The prefix of the files of the variables' values."""
        return self._variables_path

    @property
    def saved_model(self) -> Any:
        """The SavedModel message."""
        return self._saved_model

    def get_meta_graph_def_from_tags(self, tags: Any) -> Any:
        """The MetaGraphDef with exactly these tags; RuntimeError when there is none."""
        wanted = {tags} if isinstance(tags, str) else set(tags)
        available = [set(meta.meta_info_def.tags) for meta in self._saved_model.meta_graphs]
        for meta, has in zip(self._saved_model.meta_graphs, available, strict=True):
            if has == wanted:
                return meta
        raise RuntimeError(
            f"MetaGraphDef associated with tags {str(tags).strip('[]')} could not be found in "
            "SavedModel. To inspect available tag-sets in the SavedModel, please use the "
            f"SavedModel CLI: `saved_model_cli`\navailable_tags: {available}"
        )

    def load_graph(
        self, graph: Graph, tags: Any, import_scope: str | None = None, **saver_kwargs: Any
    ) -> tuple[Any, Any]:
        """Adds the nodes to a graph; gives (a saver, the elements asked for)."""
        meta = self.get_meta_graph_def_from_tags(tags)
        with graph.as_default():
            return meta_graphs.import_meta_graph_with_return_elements(
                meta, import_scope=import_scope, **saver_kwargs
            )

    def restore_variables(self, sess: Any, saver: Any, import_scope: str | None = None) -> None:
        """Sets the variables; ValueError when there are some and no saver."""
        with sess.graph.as_default():
            if saver is not None and not hasattr(saver, "restore"):
                raise ValueError("SavedModelLoader.restore_variables needs a tf.train.Saver")
            if saver is not None:
                saver.restore(sess, self._variables_path)
            elif all_saveable_objects(scope=import_scope):
                raise ValueError(
                    "No tf.train.Saver object was passed to the function "
                    "SavedModelLoader.restore_variables. Since there are variables in the graph, "
                    "a saver is required."
                )
            else:
                logging.info(
                    "The specified SavedModel has no variables; no checkpoints were restored."
                )

    def run_init_ops(self, sess: Any, tags: Any, import_scope: str | None = None) -> None:
        """Runs what the SavedModel says should run after it is loaded."""
        meta = self.get_meta_graph_def_from_tags(tags)
        with sess.graph.as_default():
            operation = init_op(meta, import_scope)
            if operation is not None:
                feeds = asset_tensors(self._export_dir, meta, import_scope)
                sess.run([operation], feed_dict=feeds)

    def load(
        self, sess: Any, tags: Any, import_scope: str | None = None, **saver_kwargs: Any
    ) -> Any:
        """Does all of it; see the function `load`."""
        with sess.graph.as_default():
            saver, _ = self.load_graph(sess.graph, tags, import_scope, **saver_kwargs)
            self.restore_variables(sess, saver, import_scope)
            self.run_init_ops(sess, tags, import_scope)
        return self.get_meta_graph_def_from_tags(tags)


def init_op(meta_graph_def: Any, import_scope: str | None = None) -> Any:
    """The operation to run after a graph is loaded, or None.

    Raises:
      RuntimeError: there are several.
    """
    key = constants.INIT_OP_SIGNATURE_KEY
    if key in meta_graph_def.signature_def:
        signature = meta_graph_def.signature_def[key]
        return load_op_from_signature_def(signature, key, import_scope)
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if key in meta_graph_def.collection_def:
            names = meta_graph_def.collection_def[key].node_list.value
            if len(names) != 1:
                raise RuntimeError(f"Expected exactly one SavedModel init op. Found: {names}")
            return get_default_graph().get_collection(key)[-1]
    return None
