"""Sums of segments of chosen rows: `segment_sum(gather(data, indices), segment_ids)` in one op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer, merged
from flowgraph.ops.array.making import ones
from flowgraph.ops.math.reduction import is_narrow
from flowgraph.ops.math.segment import check_sorted, per_row, reduce_segments

__all__ = ["sparse_segment_mean", "sparse_segment_sqrt_n", "sparse_segment_sum"]

_DIVIDE: dict[str, Any] = {  # what the sum of n rows is divided by
    "Sum": None,
    "Mean": lambda n: n,
    "SqrtN": np.sqrt,
}


def _shape(op: Operation) -> TensorShape:
    data, indices, ids = (t.shape for t in op.inputs[:3])
    for shape in (indices, ids):
        if shape.rank not in (None, 1):
            raise ValueError(f"Shape must be rank 1 but is rank {shape.rank}")
    merged(indices, ids)
    if data.known is None:
        return UNKNOWN
    if not data.known:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    count = integer(op.inputs[3]) if len(op.inputs) > 3 else None
    return TensorShape.of((count, *data.known[1:]))


def _declare(kind: str, with_count: bool) -> OpDef:
    op_def = define(
        f"SparseSegment{kind}" + ("WithNumSegments" if with_count else ""),
        inputs="data: T, indices: Tidx, segment_ids: Tsegmentids"
        + (", num_segments: Tnumsegments" if with_count else ""),
        outputs="output: T",
        attrs={
            "T": dtypes.REAL if kind == "Sum" else dtypes.FLOATING,
            "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
            "Tsegmentids": attrs.types(*dtypes.INDEX, default=dtypes.int32),
            **({"Tnumsegments": attrs.types(*dtypes.INDEX, default=dtypes.int32)}
               if with_count else {}),
        },
        shape=_shape,
    )  # fmt: skip
    op_def.kernel(lambda ctx: _bind(_DIVIDE[kind]))

    @op_def.gradient
    def _(op: Operation, grad: Any) -> Any:
        data, indices, ids = op.inputs[:3]
        if kind != "Sum":
            grad = raw.RealDiv(grad, _divisor(op, grad, kind))
        rows = raw.GatherV2(grad, ids, 0)
        length = raw.Shape(data)[0]
        by_data = raw.UnsortedSegmentSum(rows, indices, length)
        return [by_data] + [None] * (len(op.inputs) - 1)

    return op_def


def _bind(divisor: Callable[[Any], Any] | None) -> Callable[..., Any]:
    def run(data: Any, indices: Any, ids: Any, segments: Any = None) -> Any:
        if indices.shape != ids.shape:
            raise InvalidArgumentError("segment_ids and indices should have same size.")
        count = check_sorted(len(indices), ids)
        if segments is not None:
            if count > int(segments):
                raise InvalidArgumentError("segment ids must be < num_segments")
            count = int(segments)
        bad = np.flatnonzero((indices < 0) | (indices >= len(data)))
        if bad.size:
            at = int(bad[0])
            raise InvalidArgumentError(
                f"Bad: indices[{at}] == {indices[at]} out of range [0, {len(data)})"
            )
        rows = data[indices]
        wide = rows.astype(np.float32) if is_narrow(data.dtype) else rows
        total = reduce_segments(np.add, wide, ids, count, 0)
        if divisor is not None:
            sizes = per_row(np.bincount(ids, minlength=count), data.ndim)
            total = total / divisor(sizes).astype(total.dtype)
        return total.astype(data.dtype, copy=False)

    return run


def _divisor(op: Operation, grad: Any, kind: str) -> Any:
    """What each row of the output was divided by, shaped to divide `grad`."""
    ids, dtype = op.inputs[2], op.inputs[0].dtype.base_dtype
    each = ones(raw.Shape(ids), dtype)
    # Counted by the number of rows of the output, which num_segments may have raised.
    count = raw.UnsortedSegmentSum(each, ids, raw.Shape(grad)[0])
    count = raw.Maximum(count, np.array(1, dtype.np_dtype))
    if kind == "SqrtN":
        count = raw.Sqrt(count)
    rest = raw.OnesLike(raw.Shape(grad)[1:])
    return raw.Reshape(count, raw.ConcatV2([raw.Shape(count), rest], 0))


_OPS = {(kind, more): _declare(kind, more) for kind in _DIVIDE for more in (False, True)}


def _call(kind: str, data: Any, indices: Any, ids: Any, name: str | None, count: Any) -> Tensor:
    if count is None:
        return _OPS[kind, False](data, indices, ids, name=name)  # type: ignore[no-any-return]
    return _OPS[kind, True](data, indices, ids, count, name=name)  # type: ignore[no-any-return]


def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Sums the rows of `data` at `indices` that have the same id (tf.sparse_segment_sum).

    Args:
      data: numbers of rank 1 or more.
      indices: which rows, a vector.
      segment_ids: for each of these its segment, an ascending vector.
      name: the operation's name.
      num_segments: the first dimension of the result; the last id + 1 when None.
    """
    return _call("Sum", data, indices, segment_ids, name, num_segments)


def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Means of the rows at `indices` with the same id (tf.sparse_segment_mean)."""
    return _call("Mean", data, indices, segment_ids, name, num_segments)


def sparse_segment_sqrt_n(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Sums of the rows at `indices` with the same id, by the root of how many (tf's)."""
    return _call("SqrtN", data, indices, segment_ids, name, num_segments)
