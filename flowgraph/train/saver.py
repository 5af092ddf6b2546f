"""`tf.train.Saver`: writes variables to checkpoint files and sets them from such files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import errors
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.graph_io import protos, scopes
from flowgraph.graph_io.meta_graph import add_collection_def
from flowgraph.graph_io.proto_functions import register_proto_function
from flowgraph.platform import file_io
from flowgraph.platform import logging as tf_logging
from flowgraph.runtime.session import BaseSession
from flowgraph.train import checkpoint_management as management
from flowgraph.train import meta_graphs, training_util
from flowgraph.train.saveables import all_saveable_objects, validate_and_slice_inputs
from flowgraph.train.saver_builder import V1, V2, BaseSaverBuilder, BulkSaverBuilder

__all__ = ["BaseSaverBuilder", "BulkSaverBuilder", "Saver"]
_HOUR = 3600


class Saver:
    """Saves variables to files and restores them (tf.train.Saver).

    The files are those of TensorFlow: `prefix.index`, `prefix.data-00000-of-00001` and
    `prefix.meta`, which holds the graph; the file `checkpoint` beside them lists the newest ones.

    Args:
      var_list: a list of variables, or a dict {name in the file: variable}; parts of a partitioned
        variable and saveable objects may be among them. All that the graph has when None.
      reshape: whether a tensor of the file takes the variable's shape.
      sharded: whether each device's variables go to a file of their own.
      max_to_keep: how many checkpoints there are at most; all are kept when 0 or None.
      keep_checkpoint_every_n_hours: one checkpoint in so many hours is kept for good.
      name: a name scope of the nodes.
      restore_sequentially: accepted.
      saver_def: a SaverDef that tells nodes there are already, as in an imported graph.
      builder: makes the nodes; a `BulkSaverBuilder` when None.
      defer_build: whether the nodes are made by `build` later.
      allow_empty: whether there may be no variables; `save` and `restore` do nothing then.
      write_version: SaverDef.V2; SaverDef.V1 writes the older format of one file.
      pad_step_number: whether the step in a file's name has eight digits at least.
      save_relative_paths: whether `checkpoint` has relative paths, so that it can be moved.
      filename: the prefix when none is fed to the nodes.

    Raises:
      TypeError: `var_list` is of another kind.
      ValueError: there are no variables; two have one name; `var_list` with `defer_build`.
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: BaseSaverBuilder | None = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set "
                "defer_build=False or var_list=None."
            )
        self._var_list, self._reshape, self._sharded = var_list, reshape, sharded
        self._max_to_keep, self._every_n_hours = max_to_keep, keep_checkpoint_every_n_hours
        self._name, self._restore_sequentially = name, restore_sequentially
        self.saver_def, self._builder = saver_def, builder
        self._is_built, self._is_empty, self._allow_empty = False, False, allow_empty
        self._write_version, self._pad_step_number = write_version, pad_step_number
        self._filename, self._save_relative_paths = filename, save_relative_paths
        self._last_checkpoints: list[tuple[str, float]] = []
        self._checkpoints_to_be_deleted: list[tuple[str, float]] = []
        self._next_checkpoint_time = 0.0
        if not defer_build:
            self.build()
        if self.saver_def is not None:
            self._check_saver_def()
            self._write_version = self.saver_def.version

    # --- nodes ---------------------------------------------------------------------------------
    def build(self) -> None:
        """Adds the nodes; needed once, and only with `defer_build`."""
        if self._is_built:
            return
        self._is_built = True
        if self.saver_def is None:
            if not self._make_nodes():
                return
        elif self._name:
            self.saver_def = _below(self.saver_def, self._name)
        self._check_saver_def()
        self._next_checkpoint_time = (
            time.time() + self.saver_def.keep_checkpoint_every_n_hours * _HOUR
        )

    def _make_nodes(self) -> bool:
        """Whether there is something to save."""
        if self._var_list is None:
            self._var_list = all_saveable_objects()
        if not self._var_list:
            if not self._allow_empty:
                raise ValueError("No variables to save")
            self._is_empty = True
            return False
        if self._builder is None:
            self._builder = BulkSaverBuilder(self._write_version)
        self.saver_def = self._builder.build(
            self._var_list,
            reshape=self._reshape,
            sharded=self._sharded,
            max_to_keep=self._max_to_keep,
            keep_checkpoint_every_n_hours=self._every_n_hours,
            name=self._name,
            restore_sequentially=self._restore_sequentially,
            filename=self._filename,
        )
        return True

    def _check_saver_def(self) -> None:
        if not isinstance(self.saver_def, protos.SaverDef):
            raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {self.saver_def}")
        for field in ("save_tensor_name", "restore_op_name"):
            if not getattr(self.saver_def, field):
                raise ValueError(f"saver_def must specify the {field}: {self.saver_def}")

    def as_saver_def(self) -> Any:
        """The SaverDef that tells the nodes' names."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The SaverDef, without a name scope; None when the nodes are not in that scope."""
        if export_scope is None:
            return self.saver_def
        names = [getattr(self.saver_def, field) for field in _NAMES]
        if not all(name.startswith(export_scope) for name in names):
            return None
        scoped = protos.SaverDef()
        scoped.CopyFrom(self.saver_def)
        for field, name in zip(_NAMES, names, strict=True):
            setattr(scoped, field, scopes.strip_name_scope(name, export_scope))
        return scoped

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        """A saver of nodes that are in the graph already, below a name scope."""
        return Saver(saver_def=saver_def, name=import_scope)

    # --- which checkpoints there are -----------------------------------------------------------
    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that were not removed, oldest first."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        """The older form of `set_last_checkpoints_with_time`: these are never removed."""
        assert isinstance(last_checkpoints, list)
        self._last_checkpoints = [(path, np.inf) for path in last_checkpoints]

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: list[tuple[str, float]]
    ) -> None:
        """Sets the list of checkpoints: (path, time in seconds) of each, oldest first."""
        assert isinstance(last_checkpoints_with_time, list)
        self._last_checkpoints = last_checkpoints_with_time

    def recover_last_checkpoints(self, checkpoint_paths: Any) -> None:
        """Sets the list of checkpoints to those of these paths that exist."""
        found = [(path, management.get_checkpoint_mtimes([path])) for path in checkpoint_paths]
        self.set_last_checkpoints_with_time([(path, times[0]) for path, times in found if times])

    def _record(self, path: str) -> None:
        if not self.saver_def.max_to_keep:
            return
        kept = [known for known in self._last_checkpoints if known[0] != path]
        self._last_checkpoints = [*kept, (path, time.time())]
        if len(self._last_checkpoints) > self.saver_def.max_to_keep:
            self._checkpoints_to_be_deleted.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix: str) -> None:
        if not self._checkpoints_to_be_deleted:
            return
        path, made = self._checkpoints_to_be_deleted.pop(0)
        if made > self._next_checkpoint_time:  # it is the one of these hours that is kept
            self._next_checkpoint_time += self.saver_def.keep_checkpoint_every_n_hours * _HOUR
            return
        try:
            management.remove_checkpoint(path, self.saver_def.version, meta_graph_suffix)
        except errors.OpError as error:
            tf_logging.warning("Ignoring: %s", error)

    # --- saving --------------------------------------------------------------------------------
    def save(
        self,
        sess: Any,
        save_path: Any,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Writes a checkpoint; gives its prefix, for `restore`.

        What was there before stays as it was when something fails.

        Args:
          sess: the session that holds the values.
          save_path: the prefix of the files' names.
          global_step: a number, tensor or name: the prefix gets "-" and that number.
          latest_filename: the file that lists checkpoints; "checkpoint" when None.
          meta_graph_suffix: how the name of the graph's file ends.
          write_meta_graph: whether the graph is written.
          write_state: whether the list of checkpoints is written, and old ones are removed.
          strip_default_attrs: whether the graph's file leaves out attributes that are defaults.
          save_debug_info: accepted.

        Raises:
          TypeError: `sess` is no session.
          ValueError: `latest_filename` has directories or is `save_path`, or the directory is
            missing.
          RuntimeError: the nodes were not made.
          tf.errors.OpError: a variable has no value, or the files cannot be written.
        """
        del save_debug_info
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        save_path, latest_filename = os.fsdecode(save_path), latest_filename or "checkpoint"
        if self._write_version == V1:
            tf_logging.warning(
                "TensorFlow's V1 checkpoint format has been deprecated. Consider switching to the "
                "more efficient V2 format: `tf.train.Saver(write_version=tf.train.SaverDef.V2)`"
            )
        prefix = self._numbered(sess, save_path, global_step, latest_filename)
        if not isinstance(sess, BaseSession):
            raise TypeError(f"'sess' must be a Session; {sess}")
        written = None
        if not self._is_empty:
            with _parent_checked(save_path):
                written = self._write(sess, prefix)
                if write_state:
                    self._write_state(written, save_path, latest_filename, meta_graph_suffix)
        if write_meta_graph:
            file = management.meta_graph_filename(prefix, meta_graph_suffix)
            with sess.graph.as_default():
                self.export_meta_graph(file, strip_default_attrs=strip_default_attrs)
        return written

    def _numbered(self, sess: Any, path: str, step: Any, latest_filename: str) -> str:
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        if step is None:
            if os.path.basename(path) == latest_filename and not self._sharded:
                raise ValueError(
                    f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{path}'"
                )
            return path
        if not isinstance(step, (int, np.integer)):
            step = training_util.global_step(sess, step)
        return f"{path}-{step:08d}" if self._pad_step_number else f"{path}-{step}"

    def _write(self, sess: BaseSession, prefix: str) -> str:
        written = sess.run(
            self.saver_def.save_tensor_name, {self.saver_def.filename_tensor_name: prefix}
        )
        return os.fsdecode(written if isinstance(written, bytes) else written.item())

    def _write_state(self, written: str, save_path: str, latest: str, suffix: str) -> None:
        self._record(written)
        management.update_checkpoint_state_internal(
            save_dir=os.path.dirname(save_path),
            model_checkpoint_path=written,
            all_model_checkpoint_paths=self.last_checkpoints,
            latest_filename=latest,
            save_relative_paths=self._save_relative_paths,
        )
        self._delete_old(suffix)

    def export_meta_graph(
        self,
        filename: Any = None,
        collection_list: Any = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """The default graph with this saver as a MetaGraphDef; written to a file when given one."""
        return meta_graphs.export_meta_graph(
            filename=filename,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )

    @staticmethod
    def _add_collection_def(meta_graph_def: Any, key: Any, export_scope: str | None = None) -> None:
        add_collection_def(
            meta_graph_def, key, graph=get_default_graph(), export_scope=export_scope
        )

    # --- restoring -----------------------------------------------------------------------------
    def restore(self, sess: Any, save_path: Any) -> None:
        """Sets the variables to the values of a checkpoint; they need not be initialised.

        Args:
          sess: the session.
          save_path: what `save` or `latest_checkpoint` gave.

        Raises:
          ValueError: there is no such checkpoint, or `save_path` is None.
          tf.errors.NotFoundError: it lacks a variable.
          tf.errors.InvalidArgumentError: a variable has another shape or dtype there.
          tf.errors.DataLossError: it is damaged.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError(
                "Can't load save_path when it is None. Hint: tf.train.latest_checkpoint gives "
                "None for a directory that has no `checkpoint` file."
            )
        prefix = os.fsdecode(save_path)
        if not management.checkpoint_exists(prefix):
            raise ValueError(
                f"The passed save_path is not a valid checkpoint: {prefix}. There is no file "
                f"{prefix}.index, nor {prefix}."
            )
        tf_logging.info("Restoring parameters from %s", prefix)
        try:
            sess.run(self.saver_def.restore_op_name, {self.saver_def.filename_tensor_name: prefix})
        except errors.NotFoundError as error:
            if self._restore_objects(sess, prefix):
                return
            raise _explained(error, "a Variable name or other graph key that is missing") from None
        except errors.InvalidArgumentError as error:
            raise _explained(error, "a mismatch between the current graph and the graph") from None

    def _restore_objects(self, sess: Any, prefix: str) -> bool:
        """Whether this is a checkpoint of objects, from which the variables were then set."""
        from flowgraph.train import object_graph
        from flowgraph.train.checkpoint_reader import CheckpointReader

        keys = object_graph.keys_by_name(CheckpointReader(prefix))
        if keys is None:
            return False
        with sess.graph.as_default():
            saveables = validate_and_slice_inputs(self._var_list or all_saveable_objects())
            specs = [spec for saveable in saveables for spec in saveable.specs]
            missing = sorted({spec.name for spec in specs} - set(keys))
            if missing:
                raise errors.NotFoundError(
                    None, None,
                    f"Existing variables not in the checkpoint of objects {prefix}: "
                    f"{', '.join(missing)}. It has: {', '.join(sorted(keys))}",
                )  # fmt: skip
            tf_logging.warning(
                "Restoring an object-based checkpoint using a name-based saver. Consider loading "
                "it using tf.train.Checkpoint()."
            )
            for spec in specs:
                spec.name = keys[spec.name]
            Saver(saveables, name="restore_objects").restore(sess, prefix)
        return True


_NAMES = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


def _below(saver_def: Any, scope: str) -> Any:
    """The same SaverDef, with its nodes below a name scope."""
    scoped = protos.SaverDef()
    scoped.CopyFrom(saver_def)
    for field in _NAMES:
        setattr(scoped, field, scopes.prepend_name_scope(getattr(saver_def, field), scope))
    return scoped


class _parent_checked:
    """Within it, a file that cannot be made since its directory is missing is a ValueError."""

    def __init__(self, save_path: str) -> None:
        self._path = save_path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, _: Any) -> None:
        if isinstance(error, (errors.FailedPreconditionError, errors.NotFoundError)):
            folder = os.path.dirname(self._path)
            if folder and not file_io.is_directory(folder):
                raise ValueError(
                    f"Parent directory of {self._path} doesn't exist, can't save."
                ) from error


def _explained(error: errors.OpError, cause: str) -> errors.OpError:
    kind: Callable[..., errors.OpError] = type(error)
    return kind(
        error.node_def, error.op,
        f"Restoring from checkpoint failed. This is most likely due to {cause} from the "
        "checkpoint. Please ensure that you have not altered the graph expected based on the "
        f"checkpoint. Original error:\n\n{error.message}",
    )  # fmt: skip


def get_saver_or_default() -> Saver:
    """The graph's saver, made when there is none: what hooks and scaffolds save with.

    RuntimeError when there are several.
    """
    graph = get_default_graph()
    savers = graph.get_collection(GraphKeys.SAVERS)
    if len(savers) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to "
            "use by passing it to the constructor."
        )
    if savers:
        return savers[0]  # type: ignore[no-any-return]
    saver = Saver(sharded=True, allow_empty=True)
    graph.add_to_collection(GraphKeys.SAVERS, saver)
    return saver


register_proto_function(GraphKeys.SAVERS, "SaverDef", Saver.to_proto, Saver.from_proto)
