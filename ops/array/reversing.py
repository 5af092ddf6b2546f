"""Ops that turn dimensions round: reverse, reverse_sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers

__all__ = ["reverse", "reverse_sequence", "reverse_v2"]

# --- ReverseV2 ------------------------------------------------------------------------------------
reverse_op = define(
    "ReverseV2",
    inputs="tensor: T, axis: Tidx",
    outputs="output: T",
    attrs={"Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32), "T": attrs.types()},
    traits=Trait.VIEW | Trait.CHEAP,
)


@reverse_op.shape
def _(op: Operation) -> TensorShape:
    shape, axes = op.inputs[0].shape, integers(op.inputs[1])
    op.inputs[1].shape.with_rank(1)
    if shape.rank is not None and axes is not None:
        message = _wrong_axes(axes, shape.rank)
        if message:
            raise ValueError(message)
    return shape


def _wrong_axes(axes: list[int], rank: int) -> str:
    seen = set()
    for i, axis in enumerate(axes):
        if not -rank <= axis < rank:
            return f"'axis'[{i}] = {axis} is out of valid range [{-rank}, {rank - 1}]"
        if axis % rank in seen:
            return f"axis {axis % rank} specified more than once."
        seen.add(axis % rank)
    return ""


@reverse_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, axes: Any) -> Any:
        which = axes.tolist()
        message = _wrong_axes(which, x.ndim)
        if message:
            raise InvalidArgumentError(message)
        return ctx.xp.flip(x, axis=tuple(which)) if which else x

    return run


@reverse_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [reverse_op(grad, op.inputs[1]), None]


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """The tensor with the dimensions in the vector `axis` turned round (tf.reverse)."""
    return reverse_op(tensor, axis, name=name)  # type: ignore[no-any-return]


reverse_v2 = reverse


# --- ReverseSequence ------------------------------------------------------------------------------
reverse_sequence_op = define(
    "ReverseSequence",
    inputs="input: T, seq_lengths: Tlen",
    outputs="output: T",
    attrs={
        "seq_dim": attrs.integer(),
        "batch_dim": attrs.integer(0),
        "T": attrs.types(),
        "Tlen": attrs.types(*dtypes.INDEX, default=dtypes.int64),
    },
)


@reverse_sequence_op.shape
def _(op: Operation) -> TensorShape:
    shape, lengths = op.inputs[0].shape, op.inputs[1].shape.with_rank(1)
    batch, time = op.attrs["batch_dim"], op.attrs["seq_dim"]
    dims = shape.known
    if dims is None:
        return shape
    for what, axis in (("batch_dim", batch), ("seq_dim", time)):
        if not -len(dims) <= axis < len(dims):
            raise ValueError(f"{what} must be < input rank: {axis} vs. {len(dims)}")
    rows = TensorShape.of((dims[batch],)).merge_with(lengths).known
    merged = list(dims)
    merged[batch] = rows[0]  # type: ignore[index]
    return TensorShape.of(tuple(merged))


@reverse_sequence_op.kernel
def _(ctx: Any) -> Any:
    batch, time = ctx.attrs["batch_dim"], ctx.attrs["seq_dim"]

    def run(x: Any, lengths: Any) -> Any:
        if lengths.shape != (x.shape[batch],):
            raise InvalidArgumentError(
                f"Length of seq_lengths != input.dims({batch}), ({len(lengths)} vs. "
                f"{x.shape[batch]})"
            )
        size = x.shape[time]
        if lengths.size and (lengths.min() < 0 or lengths.max() > size):
            bad = int(np.flatnonzero((lengths < 0) | (lengths > size))[0])
            raise InvalidArgumentError(
                f"seq_lengths({bad}) = {lengths[bad]} is not in [0, input.dims({time})] = "
                f"[0, {size}]"
            )
        steps = np.arange(size)
        last = lengths[:, None].astype(np.int64)
        order = np.where(steps < last, last - 1 - steps, steps)
        rows = np.moveaxis(x, (batch, time), (0, 1))
        turned = rows[np.arange(len(rows))[:, None], order]
        return np.moveaxis(turned, (0, 1), (batch, time))

    return run


@reverse_sequence_op.gradient
def _(op: Operation, grad: Any) -> Any:
    turned = raw.ReverseSequence(
        grad, op.inputs[1], seq_dim=op.attrs["seq_dim"], batch_dim=op.attrs["batch_dim"]
    )
    return [turned, None]


def _one_of(new: str, value: Any, old: str, other: Any) -> Any:
    if other is not None:
        if value is not None:
            raise ValueError(f"Cannot specify both '{new}' and '{old}'")
        return other
    return value


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Turns round the first seq_lengths[i] steps of row i of a batch (tf.reverse_sequence)."""
    seq_axis = _one_of("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = _one_of("batch_axis", batch_axis, "batch_dim", batch_dim)
    return reverse_sequence_op(  # type: ignore[no-any-return]
        input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis, name=name
    )
