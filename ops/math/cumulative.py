"""Running sums and products along an axis, and the linear recurrence that their gradients need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.arithmetic import conj

__all__ = ["cumprod", "cumsum", "cumulative_logsumexp"]


def _shape(op: Operation) -> TensorShape:
    if op.inputs[-1].shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {op.inputs[-1].shape.rank}")
    return op.inputs[0].shape


def _scan(op_type: str, types: tuple[dtypes.DType, ...]) -> OpDef:
    return define(
        op_type,
        inputs="x: T, axis: Tidx",
        outputs="out: T",
        attrs={
            "exclusive": attrs.boolean(False),
            "reverse": attrs.boolean(False),
            "T": types,
            "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
        },
        shape=like("x"),
    )


def _axis_of(axis: Any, rank: int) -> int:
    if axis.ndim:
        raise InvalidArgumentError(f"ScanOp: axis must be a scalar, not {list(axis.shape)}")
    value = int(axis)
    if not -rank <= value < rank:
        raise InvalidArgumentError(
            f"ScanOp: Expected scan axis in the range [{-rank}, {rank}), but got {value}"
        )
    return value % rank


def _part(axis: int, start: int | None, stop: int | None) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(start, stop),)


def _bind(ctx: Any, ufunc: Any, identity: Any) -> Callable[..., Any]:
    """A kernel that is `ufunc.accumulate`; 16-bit floats are accumulated in float32."""
    dtype, exclusive, reverse = ctx.dtype, ctx.attrs["exclusive"], ctx.attrs["reverse"]
    wide = np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind not in "iu" else dtype

    def run(x: Any, axis: Any) -> Any:
        along = _axis_of(axis, x.ndim)
        if reverse:
            x = np.flip(x, along)
        if exclusive:
            result = np.empty(x.shape, wide)
            result[_part(along, None, 1)] = identity
            result[_part(along, 1, None)] = ufunc.accumulate(x[_part(along, None, -1)], along, wide)
        else:
            result = ufunc.accumulate(x, along, wide)
        result = np.flip(result, along) if reverse else result
        return result.astype(dtype, copy=False)

    return run


def _turned(op: Operation) -> dict[str, bool]:
    return {"exclusive": op.attrs["exclusive"], "reverse": not op.attrs["reverse"]}


# --- Cumsum ---------------------------------------------------------------------------------------
cumsum_op = _scan("Cumsum", dtypes.NUMBERS)
cumsum_op.kernel(lambda ctx: _bind(ctx, ctx.xp.add, 0))


@cumsum_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [cumsum_op(grad, op.inputs[1], **_turned(op)), None]


def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running sums along an axis (tf.cumsum).

    Args:
      x: numbers.
      axis: along which, 0 by default.
      exclusive: leave out the element itself: [0, a, a + b] instead of [a, a + b, a + b + c].
      reverse: from the end.
      name: the operation's name.
    """
    return cumsum_op(x, axis, exclusive=exclusive, reverse=reverse, name=name)  # type: ignore[no-any-return]


# --- Cumprod --------------------------------------------------------------------------------------
cumprod_op = _scan("Cumprod", dtypes.NUMBERS)
cumprod_op.kernel(lambda ctx: _bind(ctx, ctx.xp.multiply, 1))


@cumprod_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # The slope of y[i] by x[k] is the product of what is before k, times that of what is between
    # k and i. TensorFlow divides by x[k] instead, which fails at zeros, also in the second
    # derivative of Prod; summing with a recurrence does not divide.
    x, axis = op.inputs
    backwards = not op.attrs["reverse"]
    before = raw.Cumprod(x, axis, exclusive=True, reverse=op.attrs["reverse"])
    if op.attrs["exclusive"]:
        after = linear_recurrence_op(grad, conj(x), axis, reverse=backwards)
    else:
        weighted = raw.Mul(grad, conj(x))
        after = linear_recurrence_op(weighted, conj(x), axis, reverse=backwards)
        after = raw.AddV2(after, grad)
    return [raw.Mul(conj(before), after), None]


def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running products along an axis (tf.cumprod); the arguments are those of `cumsum`."""
    return cumprod_op(x, axis, exclusive=exclusive, reverse=reverse, name=name)  # type: ignore[no-any-return]


# --- CumulativeLogsumexp --------------------------------------------------------------------------
cumulative_logsumexp_op = _scan("CumulativeLogsumexp", dtypes.FLOATING)
cumulative_logsumexp_op.kernel(lambda ctx: _bind(ctx, ctx.xp.logaddexp, -np.inf))


@cumulative_logsumexp_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # The slope of y[i] by x[k] is exp(x[k] - y[i]). Sums of g[i] exp(-y[i]) would overflow, so
    # positive and negative gradients are summed apart as logarithms.
    x, axis = op.inputs
    y, kind = op.outputs[0], op.outputs[0].dtype.base_dtype
    nothing = np.array(float(kind.min) / 4, kind.np_dtype)  # the logarithm of what counts as 0
    zero, one = (np.array(n, kind.np_dtype) for n in (0, 1))
    parts = []
    for part in (grad, raw.Neg(grad)):
        counts = raw.Greater(part, zero)
        log = raw.SelectV2(counts, raw.Log(raw.SelectV2(counts, part, one)), nothing)
        total = cumulative_logsumexp_op(raw.Sub(log, y), axis, **_turned(op))
        parts.append(raw.Exp(raw.AddV2(total, x)))
    return [raw.Sub(*parts), None]


def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running log(sum(exp(x))) along an axis (tf.math.cumulative_logsumexp)."""
    return cumulative_logsumexp_op(x, axis, exclusive=exclusive, reverse=reverse, name=name)  # type: ignore[no-any-return]


# --- LinearRecurrence -----------------------------------------------------------------------------
# Not TensorFlow's: y[0] = 0, y[k + 1] = x[k] + a[k] y[k] along an axis, or the same from the end.
# Its gradient is the same recurrence, run the other way.
linear_recurrence_op = define(
    "LinearRecurrence",
    inputs="x: T, a: T, axis: Tidx",
    outputs="y: T",
    attrs={
        "reverse": attrs.boolean(False),
        "T": dtypes.INEXACT,
        "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
    },
    shape=like("x"),
)


@linear_recurrence_op.kernel
def _(ctx: Any) -> Any:
    reverse, dtype = ctx.attrs["reverse"], ctx.dtype
    wide = np.dtype(np.float32) if dtype.itemsize == 2 else dtype

    def run(x: Any, a: Any, axis: Any) -> Any:
        along = _axis_of(axis, x.ndim)
        order = slice(None, None, -1 if reverse else 1)
        total = np.moveaxis(x, along, 0)[order].astype(wide)
        factor = np.moveaxis(a, along, 0)[order].astype(wide)
        step = 1
        while step < len(total):  # after each step, the last 2 * step elements are in the sum
            total[step:] += factor[step:] * total[:-step]
            factor[step:] = factor[step:] * factor[:-step]
            step *= 2
        result = np.zeros_like(total)
        result[1:] = total[:-1]
        return np.ascontiguousarray(np.moveaxis(result[order], 0, along).astype(dtype, copy=False))

    return run


@linear_recurrence_op.gradient
def _(op: Operation, grad: Any) -> Any:
    _, a, axis = op.inputs
    back = linear_recurrence_op(grad, conj(a), axis, reverse=not op.attrs["reverse"])
    return [back, raw.Mul(back, conj(op.outputs[0])), None]
