"""Counts: of nonzero elements, of the values of integers, of values in the bins of a histogram."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.known import integer
from flowgraph.ops.math.reduction import reduce_max, reduce_sum, renamed

__all__ = ["bincount", "count_nonzero", "histogram_fixed_width", "histogram_fixed_width_bins"]


# --- Bincount -------------------------------------------------------------------------------------
bincount_op = define(
    "Bincount",
    inputs="arr: int32, size: int32, weights: T",
    outputs="bins: T",
    attrs={"T": attrs.types(dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)},
).no_gradient()


@bincount_op.shape
def _(op: Operation) -> TensorShape:
    size = op.inputs[1]
    if size.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {size.shape.rank}")
    length = integer(size)
    if length is not None and length < 0:
        raise ValueError(f"Dimension size, given by scalar input 1, must be >= 0 but is {length}")
    return TensorShape.of((length,))


@bincount_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(arr: Any, size: Any, weights: Any) -> Any:
        length = int(size)
        if length < 0:
            raise InvalidArgumentError(f"size ({length}) must be non-negative")
        values = arr.reshape(-1)
        if values.size and values.min() < 0:
            raise InvalidArgumentError(f"Input arr must be non-negative, got {values.min()}")
        if weights.size and weights.shape != arr.shape:
            raise InvalidArgumentError(
                "weights must have the shape of arr or be empty, got "
                f"{list(weights.shape)} for {list(arr.shape)}"
            )
        inside = values < length
        result = np.zeros(length, dtype)
        chosen = weights.reshape(-1)[inside] if weights.size else dtype.type(1)
        np.add.at(result, values[inside], chosen)
        return result

    return run


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """How often each integer 0, 1, 2, ... comes; or the sum of its weights (tf.bincount).

    Args:
      arr: non-negative int32, of any shape.
      weights: numbers of the same shape.
      minlength: the least length of the result.
      maxlength: the greatest; larger integers are left out.
      dtype: that of the result when there are no weights.
      name: the scope of the operations.
    """
    with name_scope(name, "bincount"):
        arr = convert_to_tensor(arr, name="arr", dtype=dtypes.int32)
        is_there = raw.Cast(raw.Greater(raw.Size(arr), 0), DstT=dtypes.int32)
        size = raw.Mul(is_there, raw.AddV2(reduce_max(arr), 1))
        if minlength is not None:
            shortest = convert_to_tensor(minlength, name="minlength", dtype=dtypes.int32)
            size = raw.Maximum(shortest, size)
        if maxlength is not None:
            longest = convert_to_tensor(maxlength, name="maxlength", dtype=dtypes.int32)
            size = raw.Minimum(longest, size)
        if weights is None:
            given = constant(np.empty(0, dtypes.as_dtype(dtype).np_dtype))
        else:
            given = convert_to_tensor(weights, name="weights")
        return bincount_op(arr, size, given)  # type: ignore[no-any-return]


# --- HistogramFixedWidth --------------------------------------------------------------------------
histogram_fixed_width_op = define(
    "HistogramFixedWidth",
    inputs="values: T, value_range: T, nbins: int32",
    outputs="out: dtype",
    attrs={
        "T": attrs.types(dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64),
        "dtype": attrs.types(*dtypes.INDEX, default=dtypes.int32),
    },
).no_gradient()


@histogram_fixed_width_op.shape
def _(op: Operation) -> TensorShape:
    bounds, nbins = op.inputs[1].shape, op.inputs[2].shape
    if bounds.rank not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {bounds.rank}")
    if bounds.known and bounds.known[0] not in (None, 2):
        raise ValueError(f"Dimension must be 2 but is {bounds.known[0]}")
    if nbins.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {nbins.rank}")
    count = integer(op.inputs[2])
    if count is not None and count <= 0:
        raise ValueError(f"Requires nbins > 0: {count}")
    return TensorShape.of((count,))


@histogram_fixed_width_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(values: Any, value_range: Any, nbins: Any) -> Any:
        count, (low, high) = int(nbins), value_range.tolist()
        if count <= 0:
            raise InvalidArgumentError(f"nbins should be a positive number, but got '{count}'")
        if not low < high:
            raise InvalidArgumentError(
                "value_range should satisfy value_range[0] < value_range[1], but got "
                f"'[{low:g}, {high:g}]'"
            )
        step = (high - low) / count
        at = np.floor((values.reshape(-1).astype(np.float64) - low) / step)
        bins = np.clip(at, 0, count - 1).astype(np.int64)
        return np.bincount(bins, minlength=count).astype(dtype)

    return run


def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """How many values fall into each of `nbins` equal bins (tf.histogram_fixed_width).

    Args:
      values: numbers.
      value_range: [low, high]; values outside count in the first or the last bin.
      nbins: a scalar.
      dtype: that of the counts.
      name: the operation's name.
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        return histogram_fixed_width_op(  # type: ignore[no-any-return]
            values, value_range, nbins, dtype=dtype, name=scope
        )


def histogram_fixed_width_bins(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """The bin that each value falls into (tf.histogram_fixed_width_bins)."""
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        kind = values.dtype.base_dtype
        bounds = convert_to_tensor(value_range, dtype=kind, name="value_range")
        count = raw.Cast(convert_to_tensor(nbins, name="nbins"), DstT=kind)
        low, high = bounds[0], bounds[1]  # type: ignore[index]
        scaled = raw.RealDiv(raw.Sub(values, low), raw.Sub(high, low), name="scaled_values")
        indices = raw.Floor(raw.Mul(count, scaled), name="indices")
        last = raw.Sub(count, np.array(1, kind.np_dtype))
        inside = raw.Maximum(raw.Minimum(indices, last), np.array(0, kind.np_dtype))
        return raw.Cast(inside, DstT=dtype)  # type: ignore[no-any-return]


# --- made of other ops ----------------------------------------------------------------------------
def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> Tensor:
    """How many elements are not zero (or empty strings), over some axes (tf.count_nonzero).

    Args:
      input_tensor: numbers, bools or strings; `input` is its newer name.
      axis: as of `reduce_sum`, as are `keepdims`, `reduction_indices` and `keep_dims`.
      keepdims: keep the reduced dimensions, with size 1.
      dtype: that of the counts.
      name: the scope of the operations.
    """
    keep = renamed("keepdims", keepdims, "keep_dims", keep_dims)
    along = renamed("axis", axis, "reduction_indices", reduction_indices)
    values = renamed("input", input, "input_tensor", input_tensor)
    if values is None:
        raise ValueError("Missing required argument 'input_tensor' of count_nonzero")
    with name_scope(name, "count_nonzero", [values]):
        tensor = convert_to_tensor(values, name="input")
        if tensor.dtype.is_bool:
            is_counted = tensor
        else:
            kind = tensor.dtype.base_dtype
            zero = b"" if kind is dtypes.string else np.zeros((), kind.np_dtype)
            is_counted = raw.NotEqual(tensor, constant(zero, kind, name="zeros"))
        ones = raw.Cast(is_counted, DstT=dtypes.int64)
        counts = reduce_sum(ones, along, keep)
        wanted = dtypes.as_dtype(dtype)
        return counts if wanted is dtypes.int64 else raw.Cast(counts, DstT=wanted)  # type: ignore[no-any-return]
