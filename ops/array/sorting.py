"""Ops that sort: nth_element, the old TopK; and the functions sort and argsort made of TopKV2."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import integer
from flowgraph.ops.array.selecting import top_k, top_k_op
from flowgraph.ops.array.shape import rank as rank_of
from flowgraph.ops.array.shape import shape_of

__all__ = ["argsort", "nth_element", "sort"]

# --- NthElement -----------------------------------------------------------------------------------
nth_element_op = define(
    "NthElement",
    inputs="input: T, n: int32",
    outputs="values: T",
    attrs={"reverse": attrs.boolean(False), "T": dtypes.REAL},
)


@nth_element_op.shape
def _(op: Operation) -> TensorShape:
    dims, n = op.inputs[0].shape.with_rank_at_least(1).known, integer(op.inputs[1])
    op.inputs[1].shape.with_rank(0)
    if dims is None:
        return UNKNOWN
    if n is not None and dims[-1] is not None and dims[-1] <= n:
        raise ValueError(f"Input must have last dimension > n = {n} but is {dims[-1]}")
    return TensorShape.of(dims[:-1])


@nth_element_op.kernel
def _(ctx: Any) -> Any:
    is_reverse = ctx.attrs["reverse"]

    def run(x: Any, n: Any) -> Any:
        at = int(n)
        if at < 0:
            raise InvalidArgumentError(f"Need n >= 0, got {at}")
        if not x.ndim or x.shape[-1] <= at:
            raise InvalidArgumentError(
                f"Input must have at least n+1 = {at + 1} columns, got shape {list(x.shape)}"
            )
        ordered = np.sort(x, axis=-1)
        return np.array(ordered[..., x.shape[-1] - 1 - at if is_reverse else at])

    return run


@nth_element_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # Elements that are equal to the one found share its gradient.
    equal = raw.Equal(raw.ExpandDims(op.outputs[0], -1), op.inputs[0])
    chosen = raw.Cast(equal, DstT=grad.dtype)
    count = raw.ExpandDims(raw.Sum(chosen, -1, keep_dims=False), -1)
    return [raw.Mul(raw.RealDiv(chosen, count), raw.ExpandDims(grad, -1)), None]


def nth_element(input: Any, n: Any, reverse: bool = False, name: str | None = None) -> Tensor:
    """The n-th smallest of the last dimension, counted from 0 (contrib.nn.nth_element).

    Args:
      input: numbers of shape [..., k].
      n: a scalar in [0, k).
      reverse: whether the n-th greatest is meant.
      name: the operation's name.
    """
    return nth_element_op(input, n, reverse=reverse, name=name)  # type: ignore[no-any-return]


# --- TopK: k is an attribute ----------------------------------------------------------------------
old_top_k_op = define(
    "TopK",
    inputs="input: T",
    outputs="values: T, indices: int32",
    attrs={"k": attrs.integer(minimum=0), "sorted": attrs.boolean(True), "T": dtypes.REAL},
)


@old_top_k_op.shape
def _(op: Operation) -> Any:
    dims, k = op.inputs[0].shape.with_rank_at_least(1).known, op.attrs["k"]
    if dims is None:
        return [UNKNOWN, UNKNOWN]
    if dims[-1] is not None and dims[-1] < k:
        raise ValueError(f"input must have last dimension >= k = {k} but is {dims[-1]}")
    return [TensorShape.of((*dims[:-1], k))] * 2


@old_top_k_op.kernel
def _(ctx: Any) -> Any:
    assert top_k_op.bind is not None
    run, k = top_k_op.bind(ctx), ctx.attrs["k"]
    return lambda x: run(x, k)


@old_top_k_op.gradient
def _(op: Operation, grad: Any, by_index: Any) -> Any:
    assert top_k_op.gradient_rule is not None
    return top_k_op.gradient_rule(op, grad, by_index)[0]


# --- sort, argsort --------------------------------------------------------------------------------
def sort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """The tensor sorted along one dimension (tf.sort).

    Args:
      values: numbers, of rank 1 at least.
      axis: which dimension.
      direction: "ASCENDING" or "DESCENDING".
      name: the scope of the operations.
    """
    with name_scope(name, "sort"):
        values, axis = _checked(values, axis, direction)
        if direction == "DESCENDING":
            return _top(values, axis)[0]
        return _turned(_top(_turned(values), axis)[0])


def argsort(
    values: Any,
    axis: int = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """The indices that sort a tensor along one dimension, int32 (tf.argsort).

    The arguments are those of `sort`; the order of equal elements is always kept.
    """
    del stable
    with name_scope(name, "argsort"):
        values, axis = _checked(values, axis, direction)
        return _top(values if direction == "DESCENDING" else _turned(values), axis)[1]


def _checked(values: Any, axis: Any, direction: str) -> tuple[Tensor, int]:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"{direction} should be one of ASCENDING, DESCENDING")
    axis = convert_to_tensor(axis, name="axis")
    value = constant_value(axis)
    if axis.shape.rank != 0 or value is None:
        raise ValueError("axis must be a constant scalar")
    return convert_to_tensor(values, name="values"), int(value)


def _turned(values: Tensor) -> Tensor:
    """In the opposite order: -x, or of integers, whose lowest has no opposite, -1 - x."""
    if values.dtype.is_integer:
        return raw.Invert(values)  # type: ignore[no-any-return]
    return raw.Neg(values)  # type: ignore[no-any-return]


def _top(values: Tensor, axis: int) -> list[Tensor]:
    """(values, indices) along an axis, the greatest first."""
    size, count = shape_of(values)[axis], rank_of(values)  # type: ignore[index]
    rank = values.shape.rank
    if axis == -1 or (rank is not None and axis == rank - 1):
        return list(top_k(values, size))
    if rank is not None:
        order: Any = np.arange(rank, dtype=np.int32)
        order[[axis, rank - 1]] = order[[rank - 1, axis % rank]]
    else:
        last: Any = count - 1
        at = last + (axis + 1) if axis < 0 else axis
        between = raw.Range(raw.Minimum(at + 1, last), last, 1)
        order = concat([raw.Range(0, at, 1), [last], between, [at]], 0)
        # When the axis is the last one, it stands there twice.
        order = order[: last + 1]
    found = top_k(raw.Transpose(values, order), size)
    return [raw.Transpose(part, order) for part in found]
