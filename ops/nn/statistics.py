"""Moments from sums: sufficient statistics, their normalisation, and weighted moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros_like

__all__ = ["normalize_moments", "sufficient_statistics", "weighted_moments"]


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What the mean and variance follow from (tf.nn.sufficient_statistics).

    Args:
      x: a tensor.
      axes: the axes to sum over, a list of ints.
      shift: subtracted from x before it is summed, for accuracy; near the mean at best.
      keep_dims: keep the reduced axes with size 1; the old name of `keepdims`.
      name: a name scope.
      keepdims: see `keep_dims`.

    Returns:
      The number of elements summed, the sum, the sum of squares, and `shift`.
    """
    keep, axes = bool(keepdims if keep_dims is None else keep_dims), sorted(set(axes))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        count = _count(x, axes)
        total, squares = x, raw.Square(x) if shift is None else None
        if shift is not None:
            shift = convert_to_tensor(shift, name="shift")
            total, squares = raw.Sub(x, shift), raw.SquaredDifference(x, shift)
        mean_sum = raw.Sum(total, axes, keep_dims=keep, name="mean_ss")
        return count, mean_sum, raw.Sum(squares, axes, keep_dims=keep, name="var_ss"), shift


def _count(x: Tensor, axes: list[int]) -> Tensor:
    dims, dtype = x.shape.known, x.dtype.base_dtype
    sizes = None if dims is None else [dims[axis] for axis in axes]
    if sizes is not None and None not in sizes:
        return convert_to_tensor(np.prod(sizes, dtype=np.int64).astype(dtype.np_dtype))
    sizes_now = raw.GatherV2(raw.Shape(x), np.array(axes, np.int32), 0)
    return raw.Cast(raw.Prod(sizes_now, [0], keep_dims=False), DstT=dtype, name="count")  # type: ignore[no-any-return]


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and variance that sufficient statistics tell (tf.nn.normalize_moments)."""
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = raw.Reciprocal(counts, name="divisor")
        if shift is None:
            mean = shifted = raw.Mul(mean_ss, divisor, name="mean")
        else:
            shifted = raw.Mul(mean_ss, divisor, name="shifted_mean")
            mean = raw.Add(shifted, shift, name="mean")
        square = raw.Square(shifted)
        return mean, raw.Sub(raw.Mul(variance_ss, divisor), square, name="variance")


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and variance of `x` along `axes` with weights (tf.nn.weighted_moments).

    Args:
      x: a tensor.
      axes: the axes to average over.
      frequency_weights: how often each element counts; it broadcasts to x.
      name: a name scope.
      keep_dims: keep the reduced axes with size 1; the old name of `keepdims`.
      keepdims: see `keep_dims`.
    """
    keep = bool(keepdims if keep_dims is None else keep_dims)
    axes = list(axes) if isinstance(axes, (list, tuple)) else [axes]
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        tensor = convert_to_tensor(x, name="x")
        dtype = tensor.dtype.base_dtype
        narrow = dtype in (dtypes.float16, dtypes.bfloat16)
        y = raw.Cast(tensor, DstT=dtypes.float32) if narrow else tensor
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        if weights.dtype.base_dtype is not y.dtype.base_dtype:
            weights = raw.Cast(weights, DstT=y.dtype.base_dtype)
        divisor = raw.Reciprocal(raw.Sum(weights + zeros_like(y), axes, keep_dims=True))
        mean = raw.Mul(raw.Sum(raw.Mul(weights, y), axes, keep_dims=True), divisor)
        apart = raw.Mul(weights, raw.SquaredDifference(y, mean))
        variance = raw.Mul(raw.Sum(apart, axes, keep_dims=True), divisor)
        results = [mean, variance]
        if not keep and axes:
            results = [raw.Squeeze(t, squeeze_dims=axes) for t in results]
        if narrow:
            results = [raw.Cast(t, DstT=dtype) for t in results]
        return results[0], results[1]
