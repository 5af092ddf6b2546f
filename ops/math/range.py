"""Sequences of numbers: by step (range) or by count (linspace)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer
from flowgraph.ops.math.cast import cast


def _check_scalars(op_def: OpDef, ranks: Any) -> None:
    """ValueError for an input whose static rank is not 0."""
    for arg, rank in zip(op_def.inputs, ranks, strict=True):
        if rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {rank} for '{arg.name}'")


def _precise(dtype: Any) -> Any:
    """The type to compute in: that of the elements, but for half precision."""
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind not in "iu" else dtype


# --- Range ----------------------------------------------------------------------------------------
_RANGES = (*dtypes.FLOATING, *(t for t in dtypes.INTEGERS if t is not dtypes.uint8))
range_op = define(
    "Range",
    inputs="start: Tidx, limit: Tidx, delta: Tidx",
    outputs="output: Tidx",
    attrs={"Tidx": attrs.types(*_RANGES, default=dtypes.int32)},
).no_gradient()


def _count(start: Any, limit: Any, delta: Any) -> int:
    """How many numbers there are; ValueError when the limit cannot be reached."""
    if delta == 0:
        raise ValueError(f"Requires delta != 0: {delta}")
    if delta > 0 and start > limit:
        raise ValueError(f"Requires start <= limit when delta > 0: {start}/{limit}")
    if delta < 0 and start < limit:
        raise ValueError(f"Requires start >= limit when delta < 0: {start}/{limit}")
    if isinstance(start, int):
        return -((start - limit) // delta)
    return math.ceil(abs((limit - start) / delta))


def _ends(dtype: Any, values: Any) -> list[Any]:
    """Start, limit and delta as Python integers, which do not overflow, or numpy floats."""
    if dtype.kind in "iu":
        return [int(v.item()) for v in values]
    return [_precise(dtype).type(v.item()) for v in values]


@range_op.shape
def _(op: Operation) -> TensorShape:
    _check_scalars(range_op, [t.shape.rank for t in op.inputs])
    values = [constant_value(t) for t in op.inputs]
    if any(v is None for v in values):
        return TensorShape.of((None,))
    with np.errstate(all="ignore"):
        return TensorShape.of((_count(*_ends(op.outputs[0].dtype.np_dtype, values)),))


@range_op.kernel
def _(ctx: Any) -> Any:
    dtype, arange, wide = ctx.dtype, ctx.xp.arange, _precise(ctx.dtype)

    def integers(*values: Any) -> Any:
        start, limit, delta = ends = _ends(dtype, values)
        _count(*ends)
        return arange(start, limit, delta, dtype=dtype)

    def floats(*values: Any) -> Any:
        start, limit, delta = _ends(dtype, values)
        steps = arange(_count(start, limit, delta), dtype=wide)
        return (start + steps * delta).astype(dtype, copy=False)

    def checked(*values: Any) -> Any:
        for arg, value in zip(range_op.inputs, values, strict=True):
            if value.size != 1 or value.ndim > 1:
                raise InvalidArgumentError(
                    f"{arg.name} must be a scalar, not shape {list(value.shape)}"
                )
        return integers(*values) if dtype.kind in "iu" else floats(*values)

    return checked


_LADDER = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """The numbers start, start + delta, ... before `limit` (tf.range).

    Args:
      start: a scalar; when it is the only one, it is the limit and the numbers start at 0.
      limit: a scalar, which is left out.
      delta: a scalar that is not zero, negative to count down.
      dtype: that of the numbers; the widest of the three (int32, int64, float32, float64) if None.
      name: the operation's name.

    >>> range(3, 18, 3).shape.as_list()
    [5]
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        given = (start, limit, delta)
        values = [
            convert_to_tensor(v, dtype=None if isinstance(v, Tensor) else wanted, name=arg.name)
            for arg, v in zip(range_op.inputs, given, strict=True)
        ]
        if wanted is None:
            kinds = [v.dtype.base_dtype for v in values]
            rare = [k for k in kinds if k not in _LADDER]  # decides, unlike the Python numbers
            wanted = rare[0] if rare else max(kinds, key=_LADDER.index)
        return range_op(*[cast(v, wanted) for v in values], name=scope)  # type: ignore[no-any-return]


def range_conversion(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    """A Python range as a tensor."""
    del as_ref
    return range(value.start, value.stop, value.step, dtype=dtype, name=name)


# --- LinSpace -------------------------------------------------------------------------------------
lin_space_op = define(
    "LinSpace",
    inputs="start: T, stop: T, num: Tidx",
    outputs="output: T",
    attrs={"T": dtypes.FLOATING, "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
).no_gradient()


@lin_space_op.shape
def _(op: Operation) -> TensorShape:
    _check_scalars(lin_space_op, [t.shape.rank for t in op.inputs])
    num = integer(op.inputs[2])
    if num is not None and num <= 0:
        raise ValueError(f"Requires num > 0: {num}")
    return TensorShape.of((num,))


@lin_space_op.kernel
def _(ctx: Any) -> Any:
    dtype, arange, wide = ctx.dtype, ctx.xp.arange, _precise(ctx.dtype)

    def points(start: Any, stop: Any, num: Any) -> Any:
        for arg, value in zip(lin_space_op.inputs, (start, stop, num), strict=True):
            if value.ndim:
                raise InvalidArgumentError(
                    f"{arg.name} must be a scalar, not shape {list(value.shape)}"
                )
        count = int(num)
        if count <= 0:
            raise InvalidArgumentError(f"Requires num > 0: {count}")
        first, last = start.astype(wide), stop.astype(wide)
        if count == 1:
            return first.reshape(1).astype(dtype)
        result = first + arange(count, dtype=wide) * ((last - first) / wide.type(count - 1))
        result[-1] = last  # not what rounding makes of it
        return result.astype(dtype, copy=False)

    return points


def lin_space(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, both included (tf.lin_space).

    Args:
      start: a floating scalar, the first number.
      stop: a scalar of the same dtype, the last one if there is more than one.
      num: how many, at least 1.
      name: the operation's name.
    """
    return lin_space_op(start, stop, num, name=name)  # type: ignore[no-any-return]


linspace = lin_space
