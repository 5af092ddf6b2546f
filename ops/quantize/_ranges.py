"""Between real numbers and the integers that stand for them in a range: TensorFlow's arithmetic.

One job: the formulas that the quantised ops share, with the roundings to float32 that TensorFlow's
CPU kernels do between the steps. Imports only numpy.

A quantised array is an array of integers; a range (low, high) of float32 tells what the lowest and
the highest integer of the dtype stand for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Range = tuple[Any, Any]  # two numpy.float32

_f32 = np.float32


def limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """The lowest and the highest integer of a dtype."""
    info: Any = np.iinfo(dtype)
    return int(info.min), int(info.max)


def steps(dtype: np.dtype[Any]) -> int:
    """How many integers a dtype has."""
    return 1 << dtype.itemsize * 8


def round_away(x: Any) -> Any:
    """The nearest whole number; halves go away from zero, as C's round has them."""
    whole = np.trunc(x)
    return whole + np.copysign((np.abs(x - whole) >= 0.5).astype(whole.dtype), x)


def scalar(value: Any, name: str) -> Any:
    """A bound of a range as numpy's float32; ValueError unless it is a scalar."""
    if np.ndim(value):
        raise ValueError(f"{name} must be a scalar, got shape {list(np.shape(value))}")
    return _f32(value)


def lone(value: Any, name: str) -> Any:
    """As `scalar`, of any rank: the ops whose kernels ask for one number and no more."""
    if np.size(value) != 1:
        raise ValueError(f"{name} must have 1 element, got shape {list(np.shape(value))}")
    return _f32(np.asarray(value).reshape(-1)[0])


def clamped(numbers: Array, dtype: np.dtype[Any]) -> Array:
    """Whole numbers (float64 or int64) as integers of a dtype, those outside at its ends."""
    return np.clip(numbers, *limits(dtype)).astype(dtype)


# --- in float64, number by number -----------------------------------------------------------------
def quantized_unclamped(x: Any, low: Any, high: Any, dtype: np.dtype[Any]) -> Any:
    """The whole numbers that stand for x, whether or not the dtype holds them."""
    lowest = limits(dtype)[0]
    if low == high:
        return np.full(np.shape(x), float(lowest))
    count = steps(dtype)
    scale = count / (float(_f32(high) - _f32(low)) * (count / (count - 1.0)))
    return round_away(np.asarray(x, np.float64) * scale) - round_away(float(low) * scale) + lowest


def quantized(x: Any, low: Any, high: Any, dtype: np.dtype[Any]) -> Array:
    """The integers that stand for x in a range."""
    return clamped(quantized_unclamped(x, low, high, dtype), dtype)


def dequantized(x: Any, low: Any, high: Any) -> Array:
    """What integers of a range stand for, as float32."""
    if low == high:
        return np.full(np.shape(x), low, _f32)
    count = steps(x.dtype)
    scale = float(_f32(high) - _f32(low)) * (count / (count - 1.0)) / count
    rough = _f32(scale)
    start = float(round_away(_f32(low) / rough) * rough)
    offset = x.astype(np.float64) - limits(x.dtype)[0]
    return np.asarray(start + offset * scale).astype(_f32)


# --- in float32, for whole arrays -----------------------------------------------------------------
def quantized_in_float32(x: Array, low: Any, high: Any, dtype: np.dtype[Any]) -> Array:
    """As `quantized`, with the roundings of the kernels that work in float32."""
    lowest, highest = limits(dtype)
    scale = _f32(0.0 if low == high else (steps(dtype) - 1.0) / float(high - low))
    start = round_away(_f32(low) * scale)
    levels = round_away(x * scale) - (start - _f32(lowest))
    top = _f32(min(highest, 2147483520))  # the greatest float32 that int32 holds
    return np.minimum(np.maximum(levels, _f32(lowest)), top).astype(dtype)


def dequantized_in_float32(x: Array, low: Any, high: Any) -> Array:
    """As `dequantized`, with the roundings of the kernels that work in float32."""
    scale = _f32(float(high - low) / (steps(x.dtype) - 1.0))
    start = low if low == high else round_away(low / scale) * scale
    return (start - _f32(limits(x.dtype)[0]) * scale) + x.astype(_f32) * scale


# --- ranges ---------------------------------------------------------------------------------------
def one_level(low: Any, high: Any, dtype: np.dtype[Any]) -> Any:
    """By how much one integer differs from the next, in float32."""
    lowest, highest = limits(dtype)
    return _f32(_f32(high - low) / _f32(highest - lowest))


def product_range(
    a: Range, a_dtype: np.dtype[Any], b: Range, b_dtype: np.dtype[Any], dtype: np.dtype[Any]
) -> Range:
    """The range in which the product of two levels is one level of `dtype`."""
    level = one_level(*a, a_dtype) * one_level(*b, b_dtype)
    lowest, highest = limits(dtype)
    return level * _f32(lowest), level * _f32(highest)


def used_range(x: Array, low: Any, high: Any) -> Range:
    """What the lowest and the highest number of x stand for; zero is in between."""
    lowest, highest = limits(x.dtype)
    ends = np.array([x.min(initial=highest), x.max(initial=lowest)], x.dtype)
    first, last = dequantized(ends, low, high)
    return min(_f32(0), first), last


def requantized(x: Array, old: Range, new: Range, dtype: np.dtype[Any]) -> Array:
    """Integers that stand in the range `new` for what x stands for in `old`."""
    if x.dtype == np.int32 and dtype == np.uint8:
        return _requantized_in_fixed_point(x, old, new)
    return quantized_in_float32(dequantized_in_float32(x, *old), *new, dtype)


def _requantized_in_fixed_point(x: Array, old: Range, new: Range) -> Array:
    """As `requantized`, with 16 bits after the point, which is how TensorFlow does this pair."""
    one, width = 1 << 16, float(new[1] - new[0])
    if not width:
        return np.zeros(x.shape, np.uint8)
    scale = int(255.0 * one * float(old[1] - old[0]) / width)
    middle = _f32(float(old[0] + old[1]) / 2.0)
    offset = int(middle * _f32(255.0 / width) * _f32(one))
    start = int(one * (float(new[0]) * 255.0) / width)
    levels = ((x.astype(np.int64) * scale) >> 32) + (offset - start + (one >> 1)) >> 16
    return clamped(levels, np.dtype(np.uint8))
