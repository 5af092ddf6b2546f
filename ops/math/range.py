"""Sequences of numbers: by step (range) or by count (linspace)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer

_LADDER = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)

# --- Range ----------------------------------------------------------------------------------------
range_op = define(
    "Range",
    inputs="start: Tidx, limit: Tidx, delta: Tidx",
    outputs="output: Tidx",
    attrs={
        "Tidx": attrs.types(
            *dtypes.FLOATING, *dtypes.INTEGERS, default=dtypes.int32
        )
    },
).no_gradient()  # fmt: skip


def _count(start: Any, limit: Any, delta: Any) -> int:
    if delta == 0:
        raise ValueError("Requires delta != 0")
    if (delta > 0 and start > limit) or (delta < 0 and start < limit):
        sign, order = (">", "<=") if delta > 0 else ("<", ">=")
        raise ValueError(
            f"Requires start {order} limit when delta {sign} 0, got {start} and {limit}"
        )
    if isinstance(start, int):
        return -(-abs(limit - start) // abs(delta))
    return math.ceil(abs((limit - start) / delta))


@range_op.shape
def _(op: Operation) -> TensorShape:
    for name, tensor in zip(("start", "limit", "delta"), op.inputs, strict=True):
        if tensor.shape.rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {tensor.shape.rank} for {name}")
    values = [constant_value(t) for t in op.inputs]
    if any(v is None for v in values):
        return TensorShape.of((None,))
    return TensorShape.of((_count(*[v.item() for v in values]),))


@range_op.kernel
def _(ctx: Any) -> Any:
    dtype, names = ctx.dtype, ("start", "limit", "delta")

    def steps(*values: Any) -> Any:
        for name, value in zip(names, values, strict=True):
            if np.ndim(value):
                raise ValueError(f"{name} must be a scalar, not shape {list(np.shape(value))}")
        start, limit, delta = (v.item() for v in values)
        return (start + np.arange(_count(start, limit, delta)) * delta).astype(dtype)

    return steps


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """start, start + delta, ... up to `limit`, which is excluded (tf.range).

    With one argument that is the limit, and start is 0. The dtype is the widest of the three
    (int32, int64, float32, float64) where `dtype` does not tell it.

    >>> range(3, 18, 5).shape.as_list()
    [3]
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        values = [
            convert_to_tensor(v, dtype=dtype if not isinstance(v, Tensor) else None, name=n)
            for v, n in zip((start, limit, delta), ("start", "limit", "delta"), strict=True)
        ]
        wanted = None if dtype is None else dtypes.as_dtype(dtype)
        if wanted is None:
            kinds = [v.dtype.base_dtype for v in values]
            unknown = [k for k in kinds if k not in _LADDER]
            wanted = unknown[0] if unknown else max(kinds, key=_LADDER.index)
        return range_op(*[_as(v, wanted) for v in values], name=scope)  # type: ignore[no-any-return]


def _as(tensor: Tensor, dtype: dtypes.DType) -> Tensor:
    from flowgraph.ops.math.cast import cast

    return cast(tensor, dtype)  # type: ignore[no-any-return]


# --- LinSpace -------------------------------------------------------------------------------------
lin_space_op = define(
    "LinSpace",
    inputs="start: T, stop: T, num: Tidx",
    outputs="output: T",
    attrs={
        "T": attrs.types(*dtypes.FLOATING),
        "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
    },
    shape=lambda op: TensorShape.of((integer(op.inputs[2]),)),
).no_gradient()


@lin_space_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def points(start: Any, stop: Any, num: Any) -> Any:
        if num <= 0:
            raise ValueError(f"Requires num > 0: {num}")
        return np.linspace(float(start), float(stop), int(num)).astype(dtype)

    return points


def lin_space(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, both included (tf.lin_space)."""
    return lin_space_op(start, stop, num, name=name)  # type: ignore[no-any-return]


linspace = lin_space
