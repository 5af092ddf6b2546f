"""What reductions share: which axes they take, the shape that is left, and the way back.

A gradient has the shape of the reduction's output; here it gets the reduced dimensions again. What
is known before a run becomes constants and views, the rest is worked out in the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers, unknown_of_rank
from flowgraph.ops.array.shape import shape_of

Axis = int | tuple[int, ...] | None  # as numpy's reductions take it


# --- the shape rule -------------------------------------------------------------------------------
def reduced_shape(op: Operation) -> TensorShape:
    """The shape rule of a reduction of inputs[0] over the axes in inputs[1]."""
    x, axes = op.inputs
    keep, dims = op.attrs["keep_dims"], x.shape.known
    if (axes.shape.rank or 0) > 1:
        raise ValueError(f"Shape must be at most rank 1 but is rank {axes.shape.rank}")
    if dims is None:
        return UNKNOWN
    reduced = static_axes(op)
    if reduced is None:
        return unknown_of_rank(len(dims) if keep else _rank_left(len(dims), axes.shape))
    if keep:
        return TensorShape.of(tuple([1 if i in reduced else d for i, d in enumerate(dims)]))
    return TensorShape.of(tuple([d for i, d in enumerate(dims) if i not in reduced]))


def static_axes(op: Operation) -> tuple[int, ...] | None:
    """The axes counted from the front and sorted; None when they or the rank are not known."""
    x, axes = op.inputs
    rank, values = x.shape.rank, integers(axes)
    if rank is None or values is None:
        return None
    for axis in values:
        if not -rank <= axis < rank:
            raise ValueError(
                f"Invalid reduction dimension {axis} for input with {rank} dimensions."
            )
    return tuple(sorted({axis % rank for axis in values}))


def _rank_left(rank: int, axes: TensorShape) -> int | None:
    """The output's rank; an axis that is named twice stops the run, so each counts."""
    count = axes.num_elements()
    return None if count is None or count > rank else rank - count


# --- kernels --------------------------------------------------------------------------------------
def axis_of(axes: Any, rank: int) -> Axis:
    """The values of an axes tensor as numpy takes them; None is all of them."""
    result: list[int] = []
    for axis in axes.reshape(-1).tolist():
        if not -rank <= axis < rank:
            raise InvalidArgumentError(
                f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)"
            )
        if axis % rank in result:
            raise InvalidArgumentError(
                f"Invalid reduction arguments: Axes contains duplicate dimension: {axis % rank}"
            )
        result.append(axis % rank)
    if len(result) == rank:
        return None
    return result[0] if len(result) == 1 else tuple(result)


def bind_axis(ctx: Any) -> tuple[Any, Axis]:
    """(the constant array that holds the axes or None, what `axis_of` gives for it).

    A kernel that is given this very array has the axis already; a fed one it works out.
    """
    known, rank = constant_value(ctx.op.inputs[1]), ctx.input_shapes[0].rank
    return (None, None) if known is None or rank is None else (known, axis_of(known, rank))


# --- the way back ---------------------------------------------------------------------------------
def keep_dimensions(op: Operation, tensor: Any) -> Any:
    """A tensor of the shape of the reduction's output, with size 1 where it reduced."""
    if op.attrs["keep_dims"]:
        return tensor
    dims, reduced = op.inputs[0].shape.known, static_axes(op)
    if dims is None or reduced is None:
        mask = axes_mask(op.inputs[1], raw.Rank(op.inputs[0]))
        others = raw.Mul(raw.Shape(op.inputs[0]), raw.Sub(1, mask))
        return raw.Reshape(tensor, raw.AddV2(others, mask))
    kept = [1 if i in reduced else d for i, d in enumerate(dims)]
    if None not in kept or (kept.count(None) == 1 and 0 not in kept):
        return raw.Reshape(tensor, np.array([-1 if d is None else d for d in kept], np.int32))
    for axis in reduced:
        tensor = raw.ExpandDims(tensor, axis)
    return tensor


def broadcast_back(op: Operation, tensor: Any) -> Any:
    """A tensor of the shape of the reduction's output, repeated to its input's shape: a view."""
    kept, x = keep_dimensions(op, convert_to_tensor(tensor)), op.inputs[0]
    if x.shape.is_fully_defined() and kept.shape.known == x.shape.known:
        return kept
    return raw.BroadcastTo(kept, shape_of(x))


def axes_mask(axes: Any, rank: Any) -> Tensor:
    """An int32 vector of length `rank`: 1 where an axis, which may be negative, is named."""
    flat = raw.Reshape(axes, [-1])
    if flat.dtype.name != "int32":
        flat = raw.Cast(flat, DstT="int32")
    # Of an axis and axis + rank one is in range, and one_hot leaves out the other.
    both = raw.ConcatV2([flat, raw.AddV2(flat, rank)], 0)
    return raw.Sum(raw.OneHot(both, rank, 1, 0), 0, keep_dims=False)  # type: ignore[no-any-return]


def named_first(mask: Any, rank: Any) -> Tensor:
    """The axes that a mask names, then the others, both ascending."""
    return raw.TopKV2(mask, rank)[1]  # type: ignore[no-any-return]
