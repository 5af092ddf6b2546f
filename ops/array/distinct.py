"""Ops on the elements of lists as of sets: differences, and what comes once along an axis."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.ops.array.known import integers

__all__ = ["setdiff1d"]

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)
_VECTOR = TensorShape.of((None,))


# --- ListDiff -------------------------------------------------------------------------------------
list_diff_op = define(
    "ListDiff",
    inputs="x: T, y: T",
    outputs="out: T, idx: out_idx",
    attrs={"T": attrs.types(), "out_idx": _INDEX},
).no_gradient()
ListDiff = namedtuple("ListDiff", ["out", "idx"])


@list_diff_op.shape
def _(op: Operation) -> Any:
    for tensor in op.inputs:
        tensor.shape.with_rank(1)
    return [_VECTOR, _VECTOR]


@list_diff_op.kernel
def _(ctx: Any) -> Any:
    index = ctx.output_dtypes[1].np_dtype

    def run(x: Any, y: Any) -> Any:
        for name, array in (("x", x), ("y", y)):
            if array.ndim != 1:
                raise InvalidArgumentError(
                    f"{name} should be a 1D vector, got shape {list(array.shape)}"
                )
        if x.dtype.kind == "O":
            known = set(y.tolist())
            rest = np.fromiter((value not in known for value in x.tolist()), bool, len(x))
        else:
            rest = ~np.isin(x, y)
        return x[rest], np.flatnonzero(rest).astype(index)

    return run


def setdiff1d(x: Any, y: Any, index_dtype: Any = dtypes.int32, name: str | None = None) -> Any:
    """The elements of the vector x that are not in the vector y, and where (tf.setdiff1d).

    Args:
      x: a vector; what comes twice in it comes twice.
      y: a vector of the same dtype.
      index_dtype: int32 or int64.
      name: the operation's name.

    Returns:
      (out, idx), with out = x[idx] in the order of x.
    """
    return ListDiff(*list_diff_op(x, y, out_idx=index_dtype, name=name))


# --- UniqueV2, UniqueWithCountsV2: slices along an axis that differ -------------------------------
def _unique(op_type: str, counts: str = "") -> OpDef:
    op_def = define(
        op_type,
        inputs="x: T, axis: Taxis",
        outputs=f"y: T, idx: out_idx{counts}",
        attrs={
            "T": attrs.types(),
            "Taxis": attrs.types(*dtypes.INDEX, default=dtypes.int64),
            "out_idx": _INDEX,
        },
        shape=_unique_shape,
    ).no_gradient()

    @op_def.kernel
    def _(ctx: Any) -> Any:
        index, parts = ctx.output_dtypes[1].np_dtype, len(ctx.output_dtypes)

        def run(x: Any, axis: Any) -> Any:
            at = _checked_axis(x, axis)
            first, places, counts = _distinct_rows(np.moveaxis(x, at, 0))
            found = np.take(x, first, axis=at), places.astype(index), counts.astype(index)
            return found[:parts]

        return run

    return op_def


def _unique_shape(op: Operation) -> Any:
    dims, axis = op.inputs[0].shape.known, integers(op.inputs[1])
    more = [_VECTOR] * (len(op.outputs) - 2)
    if dims is None or axis is None:
        return [UNKNOWN, _VECTOR, *more]
    if not axis and len(dims) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(dims)}")
    at = axis[0] if axis else 0
    if len(axis) > 1:
        return [UNKNOWN, _VECTOR, *more]  # the run says what is wrong
    if not -len(dims) <= at < len(dims):
        raise ValueError(f"axis expects to be in the range [{-len(dims)}, {len(dims)}), got {at}")
    at %= len(dims)
    y = TensorShape.of((*dims[:at], None, *dims[at + 1 :]))
    return [y, TensorShape.of((dims[at],)), *more]


def _checked_axis(x: Any, axis: Any) -> int:
    if axis.ndim != 1 or axis.size > 1:
        raise InvalidArgumentError(
            f"axis must be a vector of at most one element, got shape {list(axis.shape)}"
        )
    if not axis.size:
        if x.ndim != 1:
            raise InvalidArgumentError("unique expects a 1D vector.")
        return 0
    at = int(axis[0])
    if not -x.ndim <= at < x.ndim:
        raise InvalidArgumentError(f"axis has to be between [{-x.ndim}, {x.ndim}), got {at}")
    return at % x.ndim


def _distinct_rows(x: Any) -> tuple[Any, Any, Any]:
    """(where each different row comes first, which of these each row is, how often each comes)."""
    rows = x.reshape(len(x), int(np.prod(x.shape[1:], dtype=np.int64)))
    if rows.dtype.kind == "O":
        keys: dict[Any, int] = {}
        numbers = [keys.setdefault(tuple(row), len(keys)) for row in rows.tolist()]
        inverse = np.array(numbers, np.int64)
        return (
            np.unique(inverse, return_index=True)[1],
            inverse,
            np.bincount(inverse, minlength=len(keys)),
        )
    if not rows.shape[1]:  # numpy does not compare rows of nothing
        rows = np.zeros((len(rows), 1), np.int8)
    if rows.dtype.kind == "V":  # bfloat16
        rows = rows.astype(np.float32)
    _, first, inverse, counts = np.unique(
        rows, return_index=True, return_inverse=True, return_counts=True, axis=0
    )
    order = np.argsort(first, kind="stable")  # numpy sorts by value, TensorFlow by appearance
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[inverse.reshape(-1)], counts[order]


unique_v2_op = _unique("UniqueV2")
unique_with_counts_v2_op = _unique("UniqueWithCountsV2", ", count: out_idx")
