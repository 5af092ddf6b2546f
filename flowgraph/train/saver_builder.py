"""The nodes of a `Saver`: operations that write tensors to a file and set them from one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flowgraph.core import device as devices
from flowgraph.core.graph import control_dependencies, device, get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import protos
from flowgraph.ops.array.constant import constant, placeholder_with_default
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.checkpoint import save_restore  # noqa: F401 - it declares the ops
from flowgraph.ops.control.basic import group, with_dependencies
from flowgraph.ops.strings.numbers import string_join
from flowgraph.train import saveables as kinds
from flowgraph.variables.partition import PartitionedVariable

V1, V2 = 1, 2  # SaverDef.CheckpointFormatVersion


class BaseSaverBuilder:
    """Adds the nodes of a saver, one restoring operation for each tensor (BaseSaverBuilder)."""

    SaveSpec = kinds.SaveSpec
    SaveableObject = kinds.SaveableObject
    VariableSaveable = kinds.ReferenceVariableSaveable
    ResourceVariableSaveable = kinds.ResourceVariableSaveable

    def __init__(self, write_version: int = V2) -> None:
        self._write_version = write_version

    # --- what a subclass may do in its own way -------------------------------------------------
    def save_op(self, filename_tensor: Tensor, saveables: Sequence[Any]) -> Operation:
        """The operation that writes saveables to a file."""
        specs = [spec for saveable in saveables for spec in saveable.specs]
        names, slices = [s.name for s in specs], [s.slice_spec for s in specs]
        tensors = [s.tensor for s in specs]
        if self._write_version == V2:
            return raw.SaveV2(  # type: ignore[no-any-return]
                filename_tensor, names, slices, [_value(t) for t in tensors]
            )
        if self._write_version != V1:
            raise RuntimeError(f"Unexpected write_version: {self._write_version}")
        return raw.SaveSlices(  # type: ignore[no-any-return]
            filename_tensor, names, slices, [_value(t) for t in tensors], name="save"
        )

    def restore_op(
        self, filename_tensor: Tensor, saveable: Any, preferred_shard: int
    ) -> list[Tensor]:
        """The tensors of a saveable, read from a file."""
        del preferred_shard
        return [_restored(filename_tensor, [spec])[0] for spec in saveable.specs]

    def bulk_restore(
        self, filename_tensor: Tensor, saveables: Sequence[Any], preferred_shard: int,
        restore_sequentially: bool,
    ) -> list[Tensor]:  # fmt: skip
        """The tensors of all saveables, read from a file."""
        del restore_sequentially
        found: list[Tensor] = []
        for saveable in saveables:
            with device(on_cpu(saveable.device) if saveable.device else None):
                found += self.restore_op(filename_tensor, saveable, preferred_shard)
        return found

    def sharded_filename(self, filename_tensor: Any, shard: int, num_shards: Any) -> Tensor:
        """The name of one of several files."""
        return raw.ShardedFilename(filename_tensor, shard, num_shards)  # type: ignore[no-any-return]

    # --- saving --------------------------------------------------------------------------------
    def _add_save_ops(self, filename_tensor: Tensor, saveables: Sequence[Any]) -> Tensor:
        save = self.save_op(filename_tensor, saveables)
        return with_dependencies([save], filename_tensor)

    def _add_sharded_save_ops(self, filename_tensor: Tensor, per_device: Any) -> Tensor:
        is_v2 = self._write_version == V2
        base = filename_tensor
        if is_v2:  # all goes to a directory of its own, and is renamed at the end
            base = string_join([filename_tensor, f"_temp_{uuid.uuid4().hex}/part"])
        num_shards = constant(len(per_device), name="num_shards")
        names, saves, place = [], [], ""
        for shard, (place, saveables) in enumerate(per_device):
            with device(on_cpu(place) if is_v2 else place):
                names.append(self.sharded_filename(base, shard, num_shards))
                saves.append(self._add_save_ops(names[-1], saveables))
        with control_dependencies([save.op for save in saves]):
            if not is_v2:
                return raw.ShardedFilespec(filename_tensor, num_shards)  # type: ignore[no-any-return]
            with device(on_cpu(place)):
                merged = raw.MergeV2Checkpoints(names, filename_tensor, delete_old_dirs=True)
                with control_dependencies([merged]):
                    return raw.Identity(filename_tensor)  # type: ignore[no-any-return]

    # --- restoring -----------------------------------------------------------------------------
    def _add_restore_ops(
        self, filename_tensor: Tensor, saveables: Sequence[Any], sequentially: bool,
        reshape: bool, preferred_shard: int = -1, name: str = "restore_all",
    ) -> Operation:  # fmt: skip
        tensors = self.bulk_restore(filename_tensor, saveables, preferred_shard, sequentially)
        assigned, at = [], 0
        for saveable in saveables:
            shapes = None
            if reshape:
                shapes = [_known_shape(spec.tensor) for spec in saveable.specs]
            count = len(saveable.specs)
            assigned.append(saveable.restore(tensors[at : at + count], shapes))
            at += count
        return group(*assigned, name=name)

    def _add_sharded_restore_ops(
        self, filename_tensor: Tensor, per_device: Any, sequentially: bool, reshape: bool
    ) -> Operation:
        restores = []
        for shard, (place, saveables) in enumerate(per_device):
            with device(place):
                restores.append(
                    self._add_restore_ops(
                        filename_tensor, saveables, sequentially, reshape, shard, "restore_shard"
                    )
                )
        return group(*restores, name="restore_all")

    # --- all of it -----------------------------------------------------------------------------
    def build(
        self,
        names_to_saveables: Any,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        filename: str | None = "model",
    ) -> Any:
        """Adds the nodes; gives their names as a SaverDef. Arguments are those of `Saver`.

        Raises:
          TypeError: something cannot be saved.
          ValueError: something would be saved twice.
        """
        saveables = kinds.validate_and_slice_inputs(names_to_saveables)
        with name_scope(name, "save", [s.op for s in saveables]):
            named = placeholder_with_default(filename or "model", shape=(), name="filename")
            named = placeholder_with_default(named, shape=(), name="Const")
            if sharded:
                per_device = _by_device(saveables)
                saved = self._add_sharded_save_ops(named, per_device)
                restored = self._add_sharded_restore_ops(
                    named, per_device, restore_sequentially, reshape
                )
            else:
                saved = self._add_save_ops(named, saveables)
                restored = self._add_restore_ops(named, saveables, restore_sequentially, reshape)
        _make_concatenations()
        return protos.SaverDef(
            filename_tensor_name=named.name,
            save_tensor_name=saved.name,
            restore_op_name=restored.name,
            max_to_keep=max_to_keep or 0,
            sharded=sharded,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            version=self._write_version,
        )

    _build_internal = build


class BulkSaverBuilder(BaseSaverBuilder):
    """Adds the nodes of a saver, one restoring operation for all tensors (BulkSaverBuilder)."""

    def bulk_restore(
        self, filename_tensor: Tensor, saveables: Sequence[Any], preferred_shard: int,
        restore_sequentially: bool,
    ) -> list[Tensor]:  # fmt: skip
        """The tensors of all saveables, read from a file by one operation."""
        del preferred_shard, restore_sequentially
        specs = [spec for saveable in saveables for spec in saveable.specs]
        with device("cpu:0"):
            return _restored(filename_tensor, specs)


def _value(tensor: Any) -> Any:
    """The tensor to be written: a variable's own, so that no node stands between."""
    return tensor._ref() if hasattr(tensor, "_ref") else tensor


def _restored(filename_tensor: Tensor, specs: Sequence[Any]) -> list[Tensor]:
    return raw.RestoreV2(  # type: ignore[no-any-return]
        filename_tensor,
        [spec.name for spec in specs],
        [spec.slice_spec for spec in specs],
        dtypes=[spec.dtype for spec in specs],
    )


def _known_shape(variable: Any) -> Any:
    shape = variable.get_shape()
    return shape.as_list() if shape.is_fully_defined() else shape_of(variable)


def on_cpu(place: Any) -> str:
    """A device's string, with the CPU in the place of any other kind."""
    return devices.to_string({**devices.parse(str(place or "")), "device": "CPU:0"})


def _by_device(saveables: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """[(device, its saveables)], sorted by device."""
    found: dict[str, list[Any]] = {}
    for saveable in saveables:
        places = {devices.to_string(devices.parse(_place(spec))) for spec in saveable.specs}
        if len(places) != 1:
            raise ValueError(
                f"All tensors of a saveable object must be on the same device: {saveable.name}"
            )
        found.setdefault(places.pop(), []).append(saveable)
    return sorted(found.items())


def _place(spec: Any) -> str:
    found = spec.device if hasattr(spec, "device") else spec.tensor.device
    return str(found or "")


def _make_concatenations() -> None:
    """Adds the wholes of partitioned variables in collections: who imports the graph needs them."""
    graph = get_default_graph()
    for key in graph.get_all_collection_keys():
        for element in graph.get_collection(key):
            if isinstance(element, PartitionedVariable):
                try:
                    graph.get_operation_by_name(element.name)
                except KeyError:
                    element.as_tensor()
