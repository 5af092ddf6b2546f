"""How the gradient of a broadcast input is summed back to that input's shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape, broadcast
from flowgraph.core.tensor import Tensor


def broadcast_shape(op: Operation) -> TensorShape:
    """The shape rule of a binary op that broadcasts its two inputs."""
    try:
        return broadcast(op.inputs[0].shape, op.inputs[1].shape)
    except ValueError:
        x, y = _first_clash(op.inputs[0].shape.as_list(), op.inputs[1].shape.as_list())
        raise ValueError(f"Dimensions must be equal, but are {x} and {y}") from None


def _first_clash(x: list[int | None], y: list[int | None]) -> tuple[int | None, int | None]:
    """The first pair of dimensions, aligned at the right, that cannot be broadcast."""
    rank = min(len(x), len(y))
    pairs = zip(x[len(x) - rank :], y[len(y) - rank :], strict=True)
    return next((a, b) for a, b in pairs if a != b and None not in (a, b) and 1 not in (a, b))


def keeps_shape(x: TensorShape, other: Any) -> bool:
    """Whether broadcasting `x` with the array `other` surely leaves the shape of `x` as it is."""
    if other.ndim == 0:
        return True
    known = x.known
    if known is None or len(known) < other.ndim:
        return False
    return all(n in (1, d) for n, d in zip(other.shape[::-1], known[::-1], strict=False))


def is_neutral(step: Any, index: int, neutral: Any) -> bool:
    """Whether one of two inputs is, in every run, `neutral` all over and leaves the other's shape.

    Not of complex numbers: with parts that are infinite, even x * 1 is not x.
    """
    value = step.constant(index)
    if value is None or value.dtype.kind not in "iufV" or not value.size:
        return False
    if value.item(0) != neutral or not keeps_shape(step.shape(1 - index), value):
        return False
    return value.size == 1 or bool((value == neutral).all())


def sum_to_shape_of(grad: Tensor, x: Tensor, other: Tensor) -> Tensor:
    """Sums `grad`, which has the shape of `x` broadcast with `other`, to the shape of `x`."""
    axes = _static_axes(x.shape.known, other.shape.known)
    if axes == ():
        return grad
    if axes is not None and x.shape.is_fully_defined():
        total = raw.Sum(grad, np.array(axes, np.int32), keep_dims=False)
        if total.shape.known == x.shape.known:
            return total  # type: ignore[no-any-return]
        return raw.Reshape(total, np.array(x.shape.as_list(), np.int32))  # type: ignore[no-any-return]
    shape = raw.Shape(x)
    reduce_x, _ = broadcast_gradient_args_op(shape, raw.Shape(other))
    return raw.Reshape(raw.Sum(grad, reduce_x, keep_dims=False), shape)  # type: ignore[no-any-return]


def _static_axes(x: Any, other: Any) -> tuple[int, ...] | None:
    """The axes along which `x` was broadcast, or None when that depends on the run."""
    if x is None or other is None:
        return None
    rank = max(len(x), len(other))
    missing = rank - len(x)
    axes = list(range(missing))
    for i, size in enumerate(x, start=missing):
        j = i - (rank - len(other))
        theirs = other[j] if j >= 0 else 1
        if size == 1 and theirs != 1:
            if theirs is None:
                return None
            axes.append(i)
        elif size is None and theirs != 1:
            return None  # it may turn out to be 1
    return tuple(axes)


broadcast_gradient_args_op = define(
    "BroadcastGradientArgs",
    inputs="s0: T, s1: T",
    outputs="r0: T, r1: T",
    attrs={"T": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    shape=lambda op: TensorShape([None]),
    traits=Trait.CHEAP,
).no_gradient()


@broadcast_gradient_args_op.kernel
def _(ctx: Any) -> Any:
    def axes(s0: Any, s1: Any) -> Any:
        rank = max(len(s0), len(s1))
        x = [1] * (rank - len(s0)) + s0.tolist()
        y = [1] * (rank - len(s1)) + s1.tolist()
        return (
            np.array(
                [i for i in range(rank) if x[i] == 1 and (y[i] != 1 or i < rank - len(s0))],
                ctx.dtype,
            ),
            np.array(
                [i for i in range(rank) if y[i] == 1 and (x[i] != 1 or i < rank - len(s1))],
                ctx.dtype,
            ),
        )

    return axes
