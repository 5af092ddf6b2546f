"""`tf.train.Checkpoint`: saves the variables that objects hold, by the way to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from flowgraph.core import dtypes, stacks
from flowgraph.core.graph import control_dependencies, device, get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.ops.array.constant import placeholder_with_default
from flowgraph.ops.checkpoint import save_restore  # noqa: F401 - it declares the ops
from flowgraph.ops.control.basic import group, no_op
from flowgraph.train import checkpoint_management as management
from flowgraph.train import object_graph
from flowgraph.train.checkpoint_reader import CheckpointReader
from flowgraph.train.saveables import saveable_objects_for_op
from flowgraph.train.saver import Saver
from flowgraph.variables.initialization import is_variable_initialized
from flowgraph.variables.variable import Variable


class Checkpoint:
    """Saves and restores the variables of objects (tf.train.Checkpoint).

    Args:
      **kwargs: objects by name: variables, optimizers, layers, models, lists and dicts of such,
        other `Checkpoint`s. Each is an attribute.

    Raises:
      ValueError: an object holds no variables.
    """

    _save_counter: Any

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__["_tracked"] = {}
        self.__dict__["_save_counter"] = None
        self.__dict__["_nodes"] = {}
        for name, value in sorted(kwargs.items()):
            if not object_graph.holds_variables(value):
                raise ValueError(
                    f"`Checkpoint` was expecting a trackable object (an object with variables), "
                    f"got {value}. If you believe this object should be trackable, let its "
                    "`variables` be a list."
                )
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if object_graph.holds_variables(value) and not name.startswith("_"):
            self._tracked[name] = value
        super().__setattr__(name, value)

    _tracked: dict[str, Any]
    _nodes: dict[Any, Any]

    def _checkpoint_children(self) -> Iterator[tuple[str, Any]]:
        yield from self._tracked.items()
        if self._save_counter is not None:
            yield "save_counter", self._save_counter

    @property
    def save_counter(self) -> Any:
        """How often `save` was called, an int64 variable."""
        if self._save_counter is None:
            with device("cpu:0"):
                self._save_counter = Variable(
                    0, dtype=dtypes.int64, trainable=False, name="save_counter"
                )
        return self._save_counter

    # --- saving --------------------------------------------------------------------------------
    def write(self, file_prefix: Any, session: Any = None) -> str:
        """Writes a checkpoint; gives its prefix."""
        prefix = os.fsdecode(file_prefix)
        chosen = stacks.session_for(get_default_graph(), session, "write a checkpoint")
        file, done = self._save_nodes()
        chosen.run(done, {file: prefix})
        return prefix

    def _save_nodes(self) -> tuple[Any, Any]:
        """(the tensor of the file's name, the operation that writes), made once for each graph."""
        nodes = object_graph.nodes_of(self)
        variables = [(n.key, n.value) for n in nodes if isinstance(n.value, Variable)]
        key = (get_default_graph(), *(name for name, _ in variables))
        if key not in self._nodes:
            specs = [
                spec
                for name, variable in variables
                for saveable in saveable_objects_for_op(variable, name)
                for spec in saveable.specs
            ]
            described = object_graph.message_of(nodes).SerializeToString(deterministic=True)
            file = placeholder_with_default("", shape=(), name="saver_filename")
            with device("/cpu:0"):
                done = raw.SaveV2(
                    file,
                    [*[spec.name for spec in specs], object_graph.GRAPH_KEY],
                    [*[spec.slice_spec for spec in specs], ""],
                    [*[_ref(spec.tensor) for spec in specs], raw.Identity(described)],
                )
            self._nodes[key] = file, done
        return self._nodes[key]

    def save(self, file_prefix: Any, session: Any = None) -> str:
        """Writes a checkpoint whose name ends in its number, and lists it; gives its prefix."""
        chosen = stacks.session_for(get_default_graph(), session, "save a checkpoint")
        number = int(chosen.run(self._counted(chosen)))
        path = self.write(f"{os.fsdecode(file_prefix)}-{number}", chosen)
        management.update_checkpoint_state_internal(
            save_dir=os.path.dirname(path),
            model_checkpoint_path=path,
            all_model_checkpoint_paths=[path],
            save_relative_paths=True,
        )
        return path

    def _counted(self, session: Any) -> Any:
        """The tensor that counts a save and gives its number."""
        counter = self.save_counter
        graph = get_default_graph()
        if (graph, "count") not in self._nodes:
            self._nodes[graph, "known"] = is_variable_initialized(counter)
            with control_dependencies([counter.assign_add(1)]):
                self._nodes[graph, "count"] = counter.read_value()
        if not session.run(self._nodes[graph, "known"]):
            session.run(counter.initializer)
        return self._nodes[graph, "count"]

    # --- restoring -----------------------------------------------------------------------------
    def restore(self, save_path: Any) -> LoadStatus:
        """Prepares to set the variables to those of a checkpoint; gives what does it.

        Args:
          save_path: the checkpoint's prefix; None: there is none, and variables are initialised.

        Returns:
          A `LoadStatus`, whose `run_restore_ops` or `initialize_or_restore` sets them.

        Raises:
          tf.errors.NotFoundError: there is no such checkpoint.
          tf.errors.DataLossError: it is damaged.
        """
        if save_path is None:
            return LoadStatus(self, None, [], set(), [])
        prefix = os.fsdecode(save_path)
        reader = CheckpointReader(prefix)
        whole = object_graph.read_message(reader)
        if whole is None:
            variables = [
                n.value for n in object_graph.nodes_of(self) if isinstance(n.value, Variable)
            ]
            named = [(v, v._shared_name) for v in variables if reader.has_tensor(v._shared_name)]
            return LoadStatus(self, prefix, named, set(), [])
        if "save_counter" in [child.local_name for child in whole.nodes[0].children]:
            self.save_counter  # noqa: B018 - it is made, so that it is restored too
        pairs, found, missing = object_graph.matched(self, whole)
        unused = set(range(len(whole.nodes))) - found
        return LoadStatus(self, prefix, pairs, unused, missing)

    def as_saver(self) -> Saver:
        """A saver of the objects' variables under their keys."""
        nodes = object_graph.nodes_of(self)
        return Saver({n.key: n.value for n in nodes if isinstance(n.value, Variable)})


def _ref(tensor: Any) -> Any:
    return tensor._ref() if hasattr(tensor, "_ref") else tensor


class LoadStatus:
    """What `Checkpoint.restore` gives: it sets variables, and tells what did not match."""

    def __init__(
        self, checkpoint: Checkpoint, prefix: str | None, pairs: list[tuple[Any, str]],
        unused: set[int], missing: list[Any],
    ) -> None:  # fmt: skip
        self._checkpoint, self._prefix, self._pairs = checkpoint, prefix, pairs
        self._unused, self._missing = unused, missing
        self._op: Any = None

    def assert_consumed(self) -> LoadStatus:
        """AssertionError unless all that was saved, and all that there is, matched."""
        self.assert_existing_objects_matched()
        if self._unused:
            raise AssertionError(
                f"Unresolved objects in checkpoint {self._prefix}: number {sorted(self._unused)}"
            )
        return self

    def assert_existing_objects_matched(self) -> LoadStatus:
        """AssertionError unless all variables that there are were saved."""
        if self._prefix is None:
            raise AssertionError("No checkpoint specified (save_path=None): nothing is restored.")
        if self._missing:
            names = [node.value.name for node in self._missing]
            raise AssertionError(f"Object not found in checkpoint {self._prefix}: {names}")
        return self

    def assert_nontrivial_match(self) -> LoadStatus:
        """AssertionError unless something matched."""
        if not self._pairs:
            raise AssertionError(f"Nothing except the root object matched in {self._prefix}.")
        return self

    def expect_partial(self) -> LoadStatus:
        """Accepted: nothing is said of what did not match."""
        return self

    def _restored(self) -> Any:
        if self._op is None:
            sets = []
            for variable, key in self._pairs:
                with device("/cpu:0"):
                    dtype = variable.dtype.base_dtype
                    (value,) = raw.RestoreV2(self._prefix, [key], [""], dtypes=[dtype])
                (saveable,) = saveable_objects_for_op(variable, key)
                sets.append(saveable.restore([value], None))
            self._op = group(*sets) if sets else no_op()
        return self._op

    def run_restore_ops(self, session: Any = None) -> None:
        """Sets the variables that matched; AssertionError when there is no checkpoint."""
        if self._prefix is None:
            raise AssertionError("No checkpoint specified, so no restore ops are available.")
        chosen = stacks.session_for(get_default_graph(), session, "restore a checkpoint")
        chosen.run(self._restored())

    def initialize_or_restore(self, session: Any = None) -> None:
        """Sets the variables that matched, and initialises the others."""
        chosen = stacks.session_for(get_default_graph(), session, "restore a checkpoint")
        matched = {id(variable) for variable, _ in self._pairs}
        nodes = object_graph.nodes_of(self._checkpoint)
        others = [n.value for n in nodes if isinstance(n.value, Variable)]
        chosen.run([v.initializer for v in others if id(v) not in matched])
        if self._prefix is not None:
            chosen.run(self._restored())
