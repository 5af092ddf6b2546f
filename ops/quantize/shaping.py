"""Quantised tensors joined, in another shape, and images resized."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import define, get
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.image import _resampling as resampling
from flowgraph.ops.image.resize import check_sizes, resized_shape
from flowgraph.ops.quantize import _ranges as ranges
from flowgraph.ops.quantize._shapes import as_if, with_range

_f32 = np.float32

# --- QuantizedConcat ------------------------------------------------------------------------------
concat_op = define(
    "QuantizedConcat",
    inputs="concat_dim: int32, values: N * T, input_mins: N * float32, input_maxes: N * float32",
    outputs="output: T, output_min: float32, output_max: float32",
    attrs={"N": attrs.count(2), "T": attrs.types(*dtypes.QUANTIZED)},
)


@concat_op.shape
def _(op: Operation) -> Any:
    count = op.attrs["N"] + 1
    return with_range(lambda op: as_if("Concat", op, count), count)(op)


@concat_op.kernel
def _(ctx: Any) -> Any:
    count, dtype = ctx.attrs["N"], ctx.dtype
    joined: Any = get("Concat").bind
    join = joined(ctx)

    def concat(axis: Any, *inputs: Any) -> Any:
        lows = [ranges.scalar(v, "input_mins") for v in inputs[count : 2 * count]]
        highs = [ranges.scalar(v, "input_maxes") for v in inputs[2 * count :]]
        new = min(_f32(0), *lows), max(highs)
        if dtype.kind == "i":
            reach = max(abs(new[0]), abs(new[1]))
            new = -reach, reach
        values = [
            x if (low, high) == new else ranges.quantized_in_float32(
                ranges.dequantized_in_float32(x, low, high), *new, dtype)
            for x, low, high in zip(inputs[:count], lows, highs, strict=True)
        ]  # fmt: skip
        return join(axis, *values), *new

    return concat


def quantized_concat(
    concat_dim: Any, values: Any, input_mins: Any, input_maxes: Any, name: str | None = None
) -> list[Tensor]:
    """Joins quantised tensors, brought to a range that holds all of theirs (tf.quantized_concat).

    Args:
      concat_dim: the axis, an integer or scalar tensor.
      values: two or more tensors of one quantised dtype, alike in all other axes.
      input_mins: what the lowest integer of each stands for, scalars.
      input_maxes: what the highest of each stands for.
      name: the operation's name.

    Returns:
      [output, output_min, output_max]: integers, and the range they stand for.
    """
    return concat_op(concat_dim, values, input_mins, input_maxes, name=name)  # type: ignore[no-any-return]


# --- QuantizedReshape -----------------------------------------------------------------------------
reshape_op = define(
    "QuantizedReshape",
    inputs="tensor: T, shape: Tshape, input_min: float32, input_max: float32",
    outputs="output: T, output_min: float32, output_max: float32",
    attrs={
        "T": attrs.types(*dtypes.QUANTIZED),
        "Tshape": attrs.types(*dtypes.INDEX, default=dtypes.int32),
    },
    shape=with_range(lambda op: as_if("Reshape", op, 2), 2),
)


@reshape_op.kernel
def _(ctx: Any) -> Any:
    bind: Any = get("Reshape").bind
    reshape = bind(ctx)
    return lambda x, shape, low, high: (
        reshape(x, shape).copy(),
        ranges.lone(low, "input_min"),
        ranges.lone(high, "input_max"),
    )


# --- QuantizedResizeBilinear ----------------------------------------------------------------------
_BITS = {"uint8": 7, "int32": 30}  # of a weight, so that a product fits into TensorFlow's integers

resize_bilinear_op = define(
    "QuantizedResizeBilinear",
    inputs="images: T, size: int32, min: float32, max: float32",
    outputs="resized_images: T, out_min: float32, out_max: float32",
    attrs={
        "T": attrs.types(dtypes.quint8, dtypes.qint32, dtypes.float32),
        "align_corners": attrs.boolean(False), "half_pixel_centers": attrs.boolean(False),
    },
    shape=with_range(resized_shape, 2),
)  # fmt: skip


@resize_bilinear_op.kernel
def _(ctx: Any) -> Any:
    flags = ctx.attrs["align_corners"], ctx.attrs["half_pixel_centers"]
    bits = _BITS.get(ctx.dtype.name)

    def resize(images: Any, size: Any, low: Any, high: Any) -> Any:
        sizes = check_sizes(images, size)
        both = ranges.scalar(low, "min"), ranges.scalar(high, "max")
        if sizes == images.shape[1:3]:
            return images.copy(), *both
        down, across = (
            _neighbours(*pair, *flags) for pair in zip(images.shape[1:3], sizes, strict=True)
        )
        return _interpolated(images, down, across, bits), *both

    return resize


def _neighbours(inputs: int, outputs: int, align_corners: bool, half_pixel_centers: bool) -> Any:
    """(the pixel before each place, the one after it, how far it is from the first to there)."""
    scale = resampling.resize_scale(inputs, outputs, align_corners)
    at = np.arange(outputs, dtype=_f32)
    at = (at + _f32(0.5)) * scale - _f32(0.5) if half_pixel_centers else at * scale
    before, after = np.floor(at), np.ceil(at)
    lower, upper = np.maximum(before, 0).astype(int), np.minimum(after, inputs - 1).astype(int)
    return lower, upper, at - before


def _interpolated(images: Any, down: Any, across: Any, bits: int | None) -> Any:
    """Between the four pixels around each place; in integers with so many bits behind the point."""
    # TensorFlow reads a qint32 by way of float32.
    wide = images if bits is None else images.astype(_f32).astype(np.int64)
    rows = [wide[:, index] for index in down[:2]]
    (top_left, top_right), (bottom_left, bottom_right) = (
        [row[:, :, index] for index in across[:2]] for row in rows
    )
    x, y = across[2].reshape(-1, 1), down[2].reshape(-1, 1, 1)
    if bits is None:
        top = top_left + (top_right - top_left) * x
        bottom = bottom_left + (bottom_right - bottom_left) * x
        return top + (bottom - top) * y
    one = 1 << bits
    x, y = ((w * _f32(one)).astype(np.int64) for w in (x, y))
    top = top_left * one + (top_right - top_left) * x
    bottom = bottom_left * one + (bottom_right - bottom_left) * x
    result = _towards_zero(top + _towards_zero(bottom - top, one) * y + one // 2, one)
    return result.astype(images.dtype)


def _towards_zero(numbers: Any, divisor: int) -> Any:
    """Quotients as C has them."""
    return np.sign(numbers) * (np.abs(numbers) // divisor)
