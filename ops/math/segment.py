"""Segments: elements with the same id are summed, averaged, multiplied, or the extreme is taken.

`segment_ids` are ascending in the Segment and SparseSegment ops, in any order in UnsortedSegment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, brackets
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer, unknown_of_rank
from flowgraph.ops.array.making import ones
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.reduction import is_narrow

__all__ = [
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]

_INDEX = attrs.types(*dtypes.INDEX)
_COUNT = attrs.types(*dtypes.INDEX, default=dtypes.int32)


# --- kernels --------------------------------------------------------------------------------------
def reduce_segments(
    ufunc: Any, data: Any, ids: Any, count: int, fill: Any, is_sorted: bool = True
) -> Any:
    """`ufunc` reduced over the rows of `data` with the same id: `count` rows, else `fill`."""
    dtype = data.dtype
    wide = np.dtype(np.float32) if is_narrow(dtype) else dtype
    result = np.full((count, *data.shape[1:]), fill, dtype)
    if not ids.size:
        return result
    if not is_sorted:
        order = np.argsort(ids, kind="stable")
        ids, data = ids[order], data[order]
    starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    result[ids[starts]] = ufunc.reduceat(data.astype(wide, copy=False), starts, 0, wide)
    return result


def check_sorted(rows: int, ids: Any) -> int:
    """The number of segments that ascending ids make; InvalidArgumentError when they are wrong."""
    if ids.ndim != 1:
        raise InvalidArgumentError("segment_ids should be a vector.")
    if len(ids) != rows:
        raise InvalidArgumentError(
            "segment_ids should be the same size as dimension 0 of input, "
            f"got {len(ids)} for {rows} rows"
        )
    if not len(ids):
        return 0
    if ids[-1] < 0:
        raise InvalidArgumentError("segment ids must be >= 0")
    count = int(ids[-1]) + 1
    falls, outside = ids[1:] < ids[:-1], (ids < 0) | (ids >= count)
    if falls.any() or outside.any():
        # The first wrong segment is named; that its ids fall at its end is seen before its range.
        fall = int(falls.argmax()) if falls.any() else len(ids)
        out = int(outside.argmax()) if outside.any() else len(ids)
        if fall < out or (fall < len(ids) and np.all(ids[out : fall + 1] == ids[out])):
            raise InvalidArgumentError(
                f"segment ids are not increasing: {ids[fall]} comes after {ids[fall - 1]}"
            )
        raise InvalidArgumentError(
            f"Segment id {ids[out]} out of range [0, {count}), possibly because "
            "'segment_ids' input is not sorted."
        )
    return count


def per_row(counts: Any, rank: int) -> Any:
    """Counts as a column that divides arrays of `rank` dimensions; none is 0."""
    return np.maximum(counts, 1).reshape(-1, *[1] * (rank - 1))


# --- SegmentSum, SegmentProd, SegmentMax, SegmentMin, SegmentMean ---------------------------------
def _segment(op_type: str, types: tuple[dtypes.DType, ...]) -> OpDef:
    return define(
        op_type,
        inputs="data: T, segment_ids: Tindices",
        outputs="output: T",
        attrs={"T": types, "Tindices": _INDEX},
        shape=_segment_shape,
    )


def _segment_shape(op: Operation) -> TensorShape:
    data, ids = op.inputs
    if ids.shape.rank not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {ids.shape.rank}")
    dims = data.shape.known
    if dims is None:
        return UNKNOWN
    if not dims:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    return TensorShape.of((None, *dims[1:]))


def _bind_segment(ufunc: Any, fill: Any, divide: bool = False) -> Callable[..., Any]:
    def run(data: Any, ids: Any) -> Any:
        if not data.ndim:
            raise InvalidArgumentError("input must be at least rank 1")
        count = check_sorted(len(data), ids)
        if not divide:
            return reduce_segments(ufunc, data, ids, count, fill)
        rows = per_row(np.bincount(ids, minlength=count), data.ndim)
        wide = data.astype(np.float32) if is_narrow(data.dtype) else data
        total = reduce_segments(ufunc, wide, ids, count, fill)
        rows = rows.astype(total.dtype)
        quotient = total // rows if data.dtype.kind in "iu" else total / rows
        return quotient.astype(data.dtype, copy=False)

    return run


segment_sum_op = _segment("SegmentSum", dtypes.NUMBERS)
segment_prod_op = _segment("SegmentProd", dtypes.NUMBERS)
segment_max_op = _segment("SegmentMax", dtypes.REAL)
segment_min_op = _segment("SegmentMin", dtypes.REAL)
segment_mean_op = _segment("SegmentMean", dtypes.NUMBERS)
segment_sum_op.kernel(lambda ctx: _bind_segment(np.add, 0))
segment_prod_op.kernel(lambda ctx: _bind_segment(np.multiply, 1))
segment_max_op.kernel(lambda ctx: _bind_segment(np.maximum, 0))
segment_min_op.kernel(lambda ctx: _bind_segment(np.minimum, 0))
segment_mean_op.kernel(lambda ctx: _bind_segment(np.add, 0, divide=True))


def _gather(values: Any, ids: Any) -> Any:
    return raw.GatherV2(values, ids, 0)


@segment_sum_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [_gather(grad, op.inputs[1]), None]


@segment_mean_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [_gather(raw.RealDiv(grad, _rows_in_segments(op, grad)), op.inputs[1]), None]


def _rows_in_segments(op: Operation, grad: Any) -> Any:
    """How many rows each segment has, at least 1, shaped to divide `grad`."""
    ids = op.inputs[1]
    counts = raw.Maximum(segment_sum_op(raw.OnesLike(ids), ids), np.array(1, ids.dtype.np_dtype))
    rest = raw.OnesLike(raw.Shape(grad)[1:])
    column = raw.Reshape(counts, raw.ConcatV2([raw.Shape(counts), rest], 0))
    return raw.Cast(column, DstT=op.inputs[0].dtype.base_dtype)


def _one(dtype: dtypes.DType) -> Any:
    return np.array(1, dtype.np_dtype)


@segment_max_op.gradient
@segment_min_op.gradient
def _(op: Operation, grad: Any) -> Any:
    data, ids = op.inputs
    return [_share_of_extreme(data, _gather(op.outputs[0], ids), grad, _sorted_parts(ids)), None]


def _share_of_extreme(data: Any, extremes: Any, grad: Any, parts: Any) -> Any:
    """The gradient of the extremes goes to the elements that equal them, in equal shares."""
    total, spread = parts
    chosen = raw.Cast(raw.Equal(data, extremes), DstT=data.dtype.base_dtype)
    ties = raw.Maximum(total(chosen), _one(data.dtype.base_dtype))
    return raw.Mul(chosen, spread(raw.RealDiv(grad, ties)))


@segment_prod_op.gradient
def _(op: Operation, grad: Any) -> Any:
    data, ids = op.inputs
    return [_slope_of_product(data, grad, _sorted_parts(ids), segment_prod_op, (ids,)), None]


def _sorted_parts(ids: Any) -> Any:
    """(rows -> their sums by segment, segments -> repeated to rows)."""
    return (lambda rows: segment_sum_op(rows, ids)), (lambda values: _gather(values, ids))


def _slope_of_product(data: Any, grad: Any, parts: Any, product: Any, by: Any) -> Any:
    """grad times the product of the other elements: of zeros only a lone one has a slope."""
    total, spread = parts
    dtype = data.dtype.base_dtype
    zero, one = np.array(0, dtype.np_dtype), _one(dtype)
    is_zero = raw.Equal(data, zero)
    zeros = spread(total(raw.Cast(is_zero, DstT=dtypes.int32)))
    others = raw.SelectV2(is_zero, one, data)
    # The product of the nonzero elements, without this one: a zero is replaced by one.
    rest = raw.RealDiv(spread(product(others, *by)), others)
    has_slope = raw.Equal(zeros, raw.Cast(is_zero, DstT=dtypes.int32))
    return raw.Mul(spread(grad), conj(raw.SelectV2(has_slope, rest, zero)))


# --- UnsortedSegmentSum, Prod, Max, Min -----------------------------------------------------------
def _unsorted(op_type: str, types: tuple[dtypes.DType, ...]) -> OpDef:
    return define(
        op_type,
        inputs="data: T, segment_ids: Tindices, num_segments: Tnumsegments",
        outputs="output: T",
        attrs={"T": types, "Tindices": _INDEX, "Tnumsegments": _COUNT},
        shape=_unsorted_shape,
    )


def _unsorted_shape(op: Operation) -> TensorShape:
    data, ids, count = (t.shape for t in op.inputs)
    if count.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {count.rank}")
    segments = integer(op.inputs[2])
    if segments is not None and segments < 0:
        raise ValueError(f"Dimension size, given by scalar input 2, must be >= 0 but is {segments}")
    if data.known is None or ids.known is None:
        return UNKNOWN
    if len(ids.known) > len(data.known):
        raise ValueError(
            f"Shape must be at least rank {len(ids.known)} but is rank {len(data.known)}"
        )
    for p, q in zip(data.known, ids.known, strict=False):
        if p is not None and q is not None and p != q:
            raise ValueError(f"Dimensions must be equal, but are {p} and {q}")
    return TensorShape.of((segments, *data.known[len(ids.known) :]))


def _bind_unsorted(ufunc: Any, fill: Any) -> Callable[..., Any]:
    def run(data: Any, ids: Any, segments: Any) -> Any:
        count = int(segments)
        if count < 0:
            raise InvalidArgumentError(f"Input num_segments == {count} must not be negative.")
        if data.shape[: ids.ndim] != ids.shape:
            shapes = [brackets(TensorShape.of(x.shape)) for x in (data, ids)]
            raise InvalidArgumentError(
                f"data.shape = {shapes[0]} does not start with segment_ids.shape = {shapes[1]}"
            )
        flat = ids.reshape(-1)
        rows = data.reshape(flat.size, *data.shape[ids.ndim :])
        if flat.size:
            _check_range(ids, count)
            if flat.min() < 0:  # rows with a negative id are left out
                rows, flat = rows[flat >= 0], flat[flat >= 0]
        return reduce_segments(ufunc, rows, flat, count, fill, is_sorted=False)

    return run


def _check_range(ids: Any, count: int) -> None:
    if ids.max() >= count:
        at = np.unravel_index(int(np.argmax(ids >= count)), ids.shape)
        where = ",".join(str(i) for i in at)
        raise InvalidArgumentError(f"segment_ids[{where}] = {ids[at]} is out of range [0, {count})")


unsorted_segment_sum_op = _unsorted("UnsortedSegmentSum", dtypes.NUMBERS)
unsorted_segment_prod_op = _unsorted("UnsortedSegmentProd", dtypes.NUMBERS)
unsorted_segment_max_op = _unsorted("UnsortedSegmentMax", dtypes.REAL)
unsorted_segment_min_op = _unsorted("UnsortedSegmentMin", dtypes.REAL)
unsorted_segment_sum_op.kernel(lambda ctx: _bind_unsorted(np.add, 0))
unsorted_segment_prod_op.kernel(lambda ctx: _bind_unsorted(np.multiply, 1))
# Segments without elements: the dtype's finite limits, as in TensorFlow.
unsorted_segment_max_op.kernel(lambda ctx: _bind_unsorted(np.maximum, ctx.output_dtypes[0].min))
unsorted_segment_min_op.kernel(lambda ctx: _bind_unsorted(np.minimum, ctx.output_dtypes[0].max))


@unsorted_segment_sum_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [_gather_unless_negative(grad, op.inputs[1]), None, None]


@unsorted_segment_max_op.gradient
@unsorted_segment_min_op.gradient
def _(op: Operation, grad: Any) -> Any:
    data, ids, count = op.inputs
    extremes = _gather_unless_negative(op.outputs[0], ids)
    by_data = _share_of_extreme(data, extremes, grad, _unsorted_parts(ids, count))
    return [by_data, None, None]


@unsorted_segment_prod_op.gradient
def _(op: Operation, grad: Any) -> Any:
    data, ids, count = op.inputs
    parts = _unsorted_parts(ids, count)
    by = (ids, count)
    return [_slope_of_product(data, grad, parts, unsorted_segment_prod_op, by), None, None]


def _unsorted_parts(ids: Any, count: Any) -> Any:
    return (
        lambda rows: unsorted_segment_sum_op(rows, ids, count),
        lambda values: _gather_unless_negative(values, ids),
    )


def _gather_unless_negative(values: Any, ids: Any) -> Any:
    """The values of each id's segment; zeros where the id is negative."""
    values = convert_to_tensor(values)
    found = _gather(values, raw.Maximum(ids, np.array(0, ids.dtype.np_dtype)))
    counts = raw.GreaterEqual(ids, np.array(0, ids.dtype.np_dtype))
    rank = unknown_of_rank(values.shape.rank)
    if ids.shape.rank is not None and rank.known is not None:
        for _ in rank.known[1:]:
            counts = raw.ExpandDims(counts, -1)
    else:
        rest = raw.OnesLike(raw.Shape(values)[1:])
        counts = raw.Reshape(counts, raw.ConcatV2([raw.Shape(ids), rest], 0))
    return raw.SelectV2(counts, found, np.array(0, values.dtype.base_dtype.np_dtype))


# --- public functions -----------------------------------------------------------------------------
def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Sums the rows with the same id; ids ascend (tf.segment_sum, tf.math.segment_sum).

    Args:
      data: numbers; its first dimension is that of the ids.
      segment_ids: an ascending vector; an id that is missing gives a row of zeros.
      name: the operation's name.
    """
    return segment_sum_op(data, segment_ids, name=name)  # type: ignore[no-any-return]


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Means of the rows with the same id (tf.segment_mean); arguments as of `segment_sum`."""
    return segment_mean_op(data, segment_ids, name=name)  # type: ignore[no-any-return]


def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Products of the rows with the same id, 1 where there are none (tf.segment_prod)."""
    return segment_prod_op(data, segment_ids, name=name)  # type: ignore[no-any-return]


def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The largest of the rows with the same id, 0 where there are none (tf.segment_max)."""
    return segment_max_op(data, segment_ids, name=name)  # type: ignore[no-any-return]


def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The smallest of the rows with the same id, 0 where there are none (tf.segment_min)."""
    return segment_min_op(data, segment_ids, name=name)  # type: ignore[no-any-return]


def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Sums the elements with the same id, in any order (tf.unsorted_segment_sum).

    Args:
      data: numbers; its shape begins with that of the ids.
      segment_ids: of any shape; what has a negative id is left out.
      num_segments: a scalar, the first dimension of the result.
      name: the operation's name.
    """
    return unsorted_segment_sum_op(data, segment_ids, num_segments, name=name)  # type: ignore[no-any-return]


def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Products of the elements with the same id, else 1 (tf.unsorted_segment_prod)."""
    return unsorted_segment_prod_op(data, segment_ids, num_segments, name=name)  # type: ignore[no-any-return]


def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The largest element of each id, else the dtype's lowest (tf.unsorted_segment_max)."""
    return unsorted_segment_max_op(data, segment_ids, num_segments, name=name)  # type: ignore[no-any-return]


def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The smallest element of each id, else the dtype's highest (tf.unsorted_segment_min)."""
    return unsorted_segment_min_op(data, segment_ids, num_segments, name=name)  # type: ignore[no-any-return]


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Means of the elements with the same id, else 0 (tf.unsorted_segment_mean)."""
    with name_scope(name, "UnsortedSegmentMean", [data, segment_ids]):
        total, count = _total_and_count(data, segment_ids, num_segments)
        return raw.RealDiv(total, count, name="truediv")  # type: ignore[no-any-return]


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """Sums of the elements with the same id, by the root of how many (tf's of that name)."""
    with name_scope(name, "UnsortedSegmentSqrtN", [data, segment_ids]):
        total, count = _total_and_count(data, segment_ids, num_segments)
        return raw.RealDiv(total, raw.Sqrt(count), name="truediv")  # type: ignore[no-any-return]


def _total_and_count(data: Any, segment_ids: Any, num_segments: Any) -> tuple[Tensor, Any]:
    """The sums, and how many elements each has, at least 1, shaped to divide them."""
    data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
    dtype = data.dtype.base_dtype
    count = unsorted_segment_sum(ones(shape_of(ids), dtype), ids, num_segments)
    total = unsorted_segment_sum(data, ids, num_segments)
    rest = raw.OnesLike(raw.Shape(total)[1:])
    column = raw.Reshape(count, raw.ConcatV2([raw.Shape(count), rest], 0))
    return total, raw.Maximum(column, _one(dtype))
