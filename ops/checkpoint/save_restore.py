"""Saving tensors to checkpoint files and restoring them, as operations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.static import constant_value
from flowgraph.ops.checkpoint import _slices, _writer
from flowgraph.ops.checkpoint._entries import index_path
from flowgraph.ops.checkpoint._old import OldReader, OldWriter
from flowgraph.ops.checkpoint._reader import BundleReader, Reader
from flowgraph.ops.parsing.files import scalar_text
from flowgraph.platform import filesystem
from flowgraph.runtime.store import VariableCell


def open_checkpoint(prefix: str) -> Reader:
    """A reader of a checkpoint of either format.

    Raises:
      NotFoundError: there is none.
      DataLossError: it is damaged.
    """
    prefix = filesystem.local_path(prefix)
    if os.path.exists(index_path(prefix)):
        return BundleReader(prefix)
    return OldReader(prefix)


# --- what is asked for ----------------------------------------------------------------------------
def _check_names(op: Operation, count: int, has_slices: bool = True) -> None:
    """Raises ValueError unless the names, and the parts, are as many as the tensors."""
    op.inputs[0].shape.with_rank(0)
    for tensor in op.inputs[1 : 3 if has_slices else 2]:
        tensor.shape.merge_with(TensorShape.of((count,)))


def _path(value: Any) -> str:
    return filesystem.local_path(scalar_text(value, "The checkpoint's prefix"))


def _texts(values: Any) -> list[str]:
    return [text.decode() for text in np.asarray(values, object).reshape(-1).tolist()]


def _specs(texts: Sequence[str]) -> list[_slices.Spec | None]:
    return [_slices.parse(text) if text else None for text in texts]


def _add_all(writer: Any, names: list[str], specs: Sequence[Any], values: Any, kinds: Any) -> None:
    if not len(names) == len(specs) == len(values):
        raise InvalidArgumentError(
            f"Expected as many names and slices as tensors: {len(names)} names, {len(specs)} "
            f"slices, {len(values)} tensors"
        )
    with writer:
        for name, spec, value, dtype in zip(names, specs, values, kinds, strict=True):
            writer.add(name, _array(value), dtype, spec)


def _array(value: Any) -> Any:
    """The array itself; of a variable in a list of inputs of any kind, the cell comes."""
    return value.read() if isinstance(value, VariableCell) else np.asarray(value)


# --- SaveV2 ---------------------------------------------------------------------------------------
save_v2_op = define(
    "SaveV2",
    inputs="prefix: string, tensor_names: string, shape_and_slices: string, tensors: *dtypes",
    attrs={"dtypes": attrs.type_list()},
    shape=lambda op: _check_names(op, len(op.inputs) - 3),
    traits=Trait.STATEFUL,
).no_gradient()


@save_v2_op.kernel
def _(ctx: Any) -> Any:
    kinds = ctx.input_dtypes[3:]

    def save(prefix: Any, names: Any, slices: Any, *values: Any) -> tuple[()]:
        writer = _writer.BundleWriter(_path(prefix))
        _add_all(writer, _texts(names), _specs(_texts(slices)), values, _base(kinds))
        return ()

    return save


def _base(kinds: Any) -> list[Any]:
    return [dtype.base_dtype for dtype in kinds]


# --- RestoreV2 ------------------------------------------------------------------------------------
restore_v2_op = define(
    "RestoreV2",
    inputs="prefix: string, tensor_names: string, shape_and_slices: string",
    outputs="tensors: *dtypes",
    attrs={"dtypes": attrs.type_list()},
    traits=Trait.STATEFUL,
).no_gradient()


@restore_v2_op.shape
def _(op: Operation) -> list[TensorShape]:
    _check_names(op, len(op.outputs))
    slices = constant_value(op.inputs[2])
    if slices is None:
        return [UNKNOWN] * len(op.outputs)
    return [_static_shape(text) for text in _texts(slices)]


def _static_shape(text: str) -> TensorShape:
    if not text:
        return UNKNOWN
    try:
        return TensorShape.of(_slices.parse(text).shape)
    except InvalidArgumentError as error:
        raise ValueError(error.message) from None


@restore_v2_op.kernel
def _(ctx: Any) -> Any:
    kinds = ctx.output_dtypes

    def restore(prefix: Any, names: Any, slices: Any) -> tuple[Any, ...]:
        reader = open_checkpoint(_path(prefix))
        wanted = zip(_texts(names), _specs(_texts(slices)), kinds, strict=True)
        return tuple(_restored(reader, *each) for each in wanted)

    return restore


def _restored(reader: Reader, name: str, spec: _slices.Spec | None, dtype: Any) -> Any:
    stored = reader.entry(name).dtype
    if stored is not dtype.base_dtype:
        raise InvalidArgumentError(
            f"tensor_name = {name}; expected dtype {dtype.base_dtype.name} does not equal original "
            f"dtype {stored.name} in checkpoint {reader.prefix}"
        )
    return reader.read(name, spec)


# --- MergeV2Checkpoints ---------------------------------------------------------------------------
merge_v2_checkpoints_op = define(
    "MergeV2Checkpoints",
    inputs="checkpoint_prefixes: string, destination_prefix: string",
    attrs={"delete_old_dirs": attrs.boolean(True)},
    traits=Trait.STATEFUL,
).no_gradient()


@merge_v2_checkpoints_op.shape
def _(op: Operation) -> None:
    op.inputs[0].shape.with_rank(1)
    op.inputs[1].shape.with_rank(0)


@merge_v2_checkpoints_op.kernel
def _(ctx: Any) -> Any:
    delete = ctx.attrs["delete_old_dirs"]

    def merge(prefixes: Any, destination: Any) -> tuple[()]:
        local = [filesystem.local_path(prefix) for prefix in _texts(prefixes)]
        _writer.merge(local, _path(destination), delete)
        return ()

    return merge


# --- Save, SaveSlices: the first format -----------------------------------------------------------
save_op = define(
    "Save",
    inputs="filename: string, tensor_names: string, data: *T",
    attrs={"T": attrs.type_list()},
    shape=lambda op: _check_names(op, len(op.inputs) - 2, has_slices=False),
    traits=Trait.STATEFUL,
).no_gradient()


@save_op.kernel
def _(ctx: Any) -> Any:
    kinds = _base(ctx.input_dtypes[2:])

    def save(filename: Any, names: Any, *values: Any) -> tuple[()]:
        _add_all(OldWriter(_path(filename)), _texts(names), [None] * len(kinds), values, kinds)
        return ()

    return save


save_slices_op = define(
    "SaveSlices",
    inputs="filename: string, tensor_names: string, shapes_and_slices: string, data: *T",
    attrs={"T": attrs.type_list()},
    shape=lambda op: _check_names(op, len(op.inputs) - 3),
    traits=Trait.STATEFUL,
).no_gradient()


@save_slices_op.kernel
def _(ctx: Any) -> Any:
    kinds = _base(ctx.input_dtypes[3:])

    def save(filename: Any, names: Any, slices: Any, *values: Any) -> tuple[()]:
        writer = OldWriter(_path(filename))
        _add_all(writer, _texts(names), _specs(_texts(slices)), values, kinds)
        return ()

    return save


# --- Restore, RestoreSlice ------------------------------------------------------------------------
_RESTORE_ATTRS = {"dt": attrs.types(), "preferred_shard": attrs.integer(-1)}
restore_op = define(
    "Restore",
    inputs="file_pattern: string, tensor_name: string",
    outputs="tensor: dt",
    attrs=_RESTORE_ATTRS,
    traits=Trait.STATEFUL,
).no_gradient()


@restore_op.shape
def _(op: Operation) -> TensorShape:
    for tensor in op.inputs:
        tensor.shape.with_rank(0)
    return UNKNOWN


restore_slice_op = define(
    "RestoreSlice",
    inputs="file_pattern: string, tensor_name: string, shape_and_slice: string",
    outputs="tensor: dt",
    attrs=_RESTORE_ATTRS,
    traits=Trait.STATEFUL,
).no_gradient()


@restore_slice_op.shape
def _(op: Operation) -> TensorShape:
    for tensor in op.inputs:
        tensor.shape.with_rank(0)
    wanted = constant_value(op.inputs[2])
    return UNKNOWN if wanted is None else _static_shape(_texts(wanted)[0])


@restore_op.kernel
@restore_slice_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.output_dtypes[0]

    def restore(pattern: Any, name: Any, spec: Any = b"") -> Any:
        wanted = scalar_text(spec, "shape_and_slice").decode()
        reader = open_checkpoint(_path(pattern))
        return _restored(reader, _texts(name)[0], *_specs([wanted]), dtype)

    return restore
