"""Resampling of images, one axis after the other: each axis by a sparse matrix of weights.

Every method of resizing (bilinear, bicubic, area, the kernels of ScaleAndTranslate) is a function
that makes an `AxisMap`; `resample` applies two of them, and the gradient is the transposed pair.
Weights are computed in float32 with TensorFlow's roundings, so that both choose the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Block = tuple[slice, slice, Array]
_F32 = np.float32

_BLOCK = 8  # output pixels that one product of matrices gives
_MIXED_CHANNELS = 4  # up to these, the channels of a row of pixels are columns of one matrix
_TINY = 1000 * np.finfo(_F32).tiny


@dataclass(frozen=True, eq=False, slots=True)
class AxisMap:
    """A matrix [outputs, inputs] by its entries that are not zero, in the order of the rows."""

    rows: Array
    cols: Array
    weights: Array
    outputs: int
    inputs: int

    @property
    def picks(self) -> bool:
        """Whether each output is one of the inputs."""
        if len(self.rows) != self.outputs:
            return False
        return bool((self.weights == 1).all() and (self.rows == np.arange(self.outputs)).all())

    def transposed(self) -> AxisMap:
        """The matrix that carries gradients back."""
        return _transposed(self)


@lru_cache(maxsize=64)
def _transposed(axis: AxisMap) -> AxisMap:
    order = np.argsort(axis.cols, kind="stable")
    return AxisMap(
        axis.cols[order], axis.rows[order], axis.weights[order], axis.inputs, axis.outputs
    )


def axis_map(rows: Array, cols: Array, weights: Array, outputs: int, inputs: int) -> AxisMap:
    """An `AxisMap` of entries in the order of their rows; zeros are left out."""
    kept = weights != 0
    return AxisMap(rows[kept], cols[kept], weights[kept], outputs, inputs)


def _of_taps(cols: Array, weights: Array, inputs: int) -> AxisMap:
    """The same number of inputs for each output: matrices [outputs, taps]."""
    outputs, taps = cols.shape
    rows = np.repeat(np.arange(outputs), taps)
    return axis_map(rows, cols.reshape(-1), weights.reshape(-1), outputs, inputs)


# --- methods of resizing --------------------------------------------------------------------------
def resize_scale(inputs: int, outputs: int, align_corners: bool) -> Any:
    """How many input pixels an output pixel stands for."""
    if align_corners and outputs > 1:
        return _F32(inputs - 1) / _F32(outputs - 1)
    return _F32(inputs) / _F32(outputs)


def _positions(inputs: int, outputs: int, align_corners: bool, half_pixel_centers: bool) -> Array:
    """Where the outputs lie among the inputs."""
    scale, at = resize_scale(inputs, outputs, align_corners), np.arange(outputs, dtype=_F32)
    return (at + _F32(0.5)) * scale - _F32(0.5) if half_pixel_centers else at * scale


def nearest(inputs: int, outputs: int, align_corners: bool, half_pixel_centers: bool) -> Array:
    """The index of the input that each output is."""
    scale, at = resize_scale(inputs, outputs, align_corners), np.arange(outputs, dtype=_F32)
    at = (at + _F32(0.5)) * scale if half_pixel_centers else at * scale
    found = np.floor(at + 0.5 if align_corners else at).astype(np.int64)
    return np.clip(found, 0, inputs - 1)


@lru_cache(maxsize=64)
def picked(inputs: int, outputs: int, align_corners: bool, half_pixel_centers: bool) -> AxisMap:
    """Nearest neighbours as a matrix."""
    cols = nearest(inputs, outputs, align_corners, half_pixel_centers)
    return AxisMap(np.arange(outputs), cols, np.ones(outputs, _F32), outputs, inputs)


@lru_cache(maxsize=64)
def linear(inputs: int, outputs: int, align_corners: bool, half_pixel_centers: bool) -> AxisMap:
    """Bilinear resizing: the two inputs around a position."""
    if inputs == outputs:
        same = np.arange(inputs)
        return AxisMap(same, same, np.ones(inputs, _F32), outputs, inputs)
    at = _positions(inputs, outputs, align_corners, half_pixel_centers)
    lower = np.floor(at)
    share = at - lower
    cols = np.stack([np.maximum(lower, 0), np.minimum(np.ceil(at), inputs - 1)], 1)
    return _of_taps(cols.astype(np.int64), np.stack([1 - share, share], 1), inputs)


_STEPS = 1024  # TensorFlow looks the weights of cubics up in a table of so many steps


@lru_cache(maxsize=2)
def _cubic_table(a: float) -> tuple[Array, Array]:
    """Weights of Keys' cubic at distances [0, 1] and [1, 2]."""
    near = (np.arange(_STEPS + 1) / _STEPS).astype(_F32).astype(np.float64)
    far = near + 1
    inner = ((a + 2) * near - (a + 3)) * near * near + 1
    outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    return inner.astype(_F32), outer.astype(_F32)


@lru_cache(maxsize=64)
def cubic(inputs: int, outputs: int, align_corners: bool, half_pixel_centers: bool) -> AxisMap:
    """Bicubic resizing: the four inputs around a position.

    With half-pixel centres it is Keys' a = -0.5 over the inputs that there are; otherwise a = -0.75
    over an image whose edges go on.
    """
    at = _positions(inputs, outputs, align_corners, half_pixel_centers)
    start = np.floor(at)
    offset = np.rint((at - start) * _F32(_STEPS)).astype(np.int64)
    inner, outer = _cubic_table(-0.5 if half_pixel_centers else -0.75)
    back = _STEPS - offset
    weights = np.stack([outer[offset], inner[offset], inner[back], outer[back]], 1)
    wanted = start.astype(np.int64)[:, None] + np.arange(-1, 3)
    cols = np.clip(wanted, 0, inputs - 1)
    if half_pixel_centers:
        weights = np.where(cols == wanted, weights, _F32(0))
        total = weights.sum(1, keepdims=True)
        weights = np.divide(weights, total, out=weights, where=np.abs(total) >= _TINY)
    return _of_taps(cols, weights, inputs)


@lru_cache(maxsize=64)
def area(inputs: int, outputs: int, align_corners: bool) -> AxisMap:
    """The mean of the inputs that an output covers, by how much of each it covers."""
    scale = resize_scale(inputs, outputs, align_corners) or _F32(1)  # a lone pixel is repeated
    edges = np.arange(outputs + 1, dtype=_F32) * scale
    left, right = edges[:-1], edges[1:]
    start, end = np.floor(left).astype(np.int64), np.ceil(right).astype(np.int64)
    rows, cols = _ranges(start, end)
    left, right = left[rows], right[rows]
    inside = np.where(cols < left, cols + 1 - left, _F32(1))
    cut = np.where(cols < left, scale, right - cols)
    weights = np.where(cols + 1 > right, cut, inside).astype(_F32)
    return axis_map(rows, np.clip(cols, 0, inputs - 1), weights / scale, outputs, inputs)


def _ranges(start: Array, end: Array) -> tuple[Array, Array]:
    """(row, every integer of [start[row], end[row])) for all rows."""
    counts = np.maximum(end - start, 0)
    rows = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return rows, np.arange(counts.sum()) - first[rows] + start[rows]


# --- kernels of ScaleAndTranslate: (function of |distance|, radius) -------------------------------
def _lanczos(radius: float) -> tuple[Callable[[Array], Array], float]:
    def weight(x: Array) -> Array:
        near = np.pi * np.maximum(x, _F32(1e-3))
        value = radius * np.sin(near) * np.sin(near / radius) / (near * near)
        return np.where(x > radius, 0, np.where(x <= 1e-3, 1, value))

    return weight, radius


def _gaussian(x: Array) -> Array:
    return np.where(x >= 1.5, 0, np.exp(-x * x / 0.5))


def _box(x: Array) -> Array:
    return np.where(x < 0.5, 1, np.where(x == 0.5, 0.5, 0))


def _triangle(x: Array) -> Array:
    return np.maximum(1 - x, 0)


def _keys(x: Array) -> Array:
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


def _mitchell(x: Array) -> Array:
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


KERNELS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "lanczos1": _lanczos(1.0),
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
    "gaussian": (_gaussian, 1.5),
    "box": (_box, 1.0),
    "triangle": (_triangle, 1.0),
    "keyscubic": (_keys, 2.0),
    "mitchellcubic": (_mitchell, 2.0),
}


@lru_cache(maxsize=64)
def scaled(
    inputs: int, outputs: int, scale: float, translation: float, kernel: str, antialias: bool
) -> AxisMap:
    """output[i] = input[(i - translation) / scale], by a kernel whose weights sum to one.

    With `antialias`, a scale below one widens the kernel. Outputs beyond the image are zero.
    """
    weight_at, radius = KERNELS[kernel]
    inverse = _F32(1.0 / scale)
    shift = -inverse * _F32(translation)
    width = max(inverse, _F32(1)) if antialias else _F32(1)
    at = (np.arange(outputs, dtype=_F32) + _F32(0.5)) * inverse + shift
    reach = _F32(radius) * width
    start = np.clip(np.ceil(at - reach - _F32(0.5)), 0, inputs - 1).astype(np.int64)
    end = np.clip(np.floor(at + reach - _F32(0.5)), 0, inputs - 1).astype(np.int64) + 1
    on_image = (at >= 0) & (at <= inputs)
    rows, cols = _ranges(start, np.where(on_image, end, start))
    distance = (cols.astype(_F32) + _F32(0.5) - at[rows]) * (_F32(1) / width)
    weights = weight_at(np.abs(distance)).astype(_F32)
    total = np.bincount(rows, weights, minlength=outputs).astype(_F32)[rows]
    kept = np.abs(total) >= _TINY
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=kept)
    return axis_map(rows, cols, weights, outputs, inputs)


# --- applying -------------------------------------------------------------------------------------
def resample(images: Array, by_row: AxisMap, by_column: AxisMap) -> Array:
    """Images [batch, height, width, channels] of a float dtype, along height and width."""
    grows = by_row.outputs * by_column.outputs > by_row.inputs * by_column.inputs
    if grows and not np.isfinite(images.sum()):
        return _each_by_itself(images, by_row, by_column)
    if by_row.outputs <= by_row.inputs:  # the axis that shrinks the images goes first
        result = _along_width(_along_height(images, by_row), by_column)
    else:
        result = _along_height(_along_width(images, by_column), by_row)
    if not grows and not np.isfinite(result.sum()):  # the smaller of the two is looked through
        return _each_by_itself(images, by_row, by_column)
    return result


@lru_cache(maxsize=32)
def _blocks(axis: AxisMap, dtype: np.dtype[Any], channels: int) -> list[Block]:
    """The matrix cut into short bands of rows, each over the inputs that it needs.

    For more than one channel: of the matrix that acts on rows of pixels, transposed.
    """
    return list(_bands(axis, dtype, channels))


def _bands(axis: AxisMap, dtype: np.dtype[Any], channels: int) -> Iterator[Block]:
    for start in range(0, axis.outputs, _BLOCK):
        end = min(start + _BLOCK, axis.outputs)
        part = slice(*np.searchsorted(axis.rows, [start, end]))
        cols = axis.cols[part]
        low, high = (int(cols.min()), int(cols.max()) + 1) if cols.size else (0, 1)
        band = np.zeros((end - start, high - low), dtype)
        np.add.at(band, (axis.rows[part] - start, cols - low), axis.weights[part])
        if channels:
            band = np.kron(band.T, np.eye(channels, dtype=dtype))
        by = channels or 1
        yield slice(start * by, end * by), slice(low * by, high * by), band


def _along_height(images: Array, axis: AxisMap) -> Array:
    if axis.picks:
        return images.take(axis.cols, 1)
    batch, height, width, channels = images.shape
    lines = images.reshape(batch, height, width * channels)
    result = np.empty((batch, axis.outputs, width * channels), images.dtype)
    for out, taken, band in _blocks(axis, images.dtype, 0):
        np.matmul(band, lines[:, taken], out=result[:, out])
    return result.reshape(batch, axis.outputs, width, channels)


def _along_width(images: Array, axis: AxisMap) -> Array:
    if axis.picks:
        return images.take(axis.cols, 2)
    batch, height, width, channels = images.shape
    if channels > _MIXED_CHANNELS:
        lines = images.reshape(batch * height, width, 1, channels)
        return _along_height(lines, axis).reshape(batch, height, axis.outputs, channels)
    lines = images.reshape(batch, height, width * channels)
    result = np.empty((batch, height, axis.outputs * channels), images.dtype)
    for out, taken, band in _blocks(axis, images.dtype, channels):
        np.matmul(lines[:, :, taken], band, out=result[:, :, out])
    return result.reshape(batch, height, axis.outputs, channels)


def _each_by_itself(images: Array, *axes: AxisMap) -> Array:
    """Weighs only what belongs to an output: a band would spread NaN and infinity to others."""
    for dim, axis in enumerate(axes, 1):
        lines = np.moveaxis(images, dim, 0)
        result = np.zeros((axis.outputs, *lines.shape[1:]), images.dtype)
        weights = axis.weights.astype(images.dtype).reshape(-1, 1, 1, 1)
        np.add.at(result, axis.rows, lines[axis.cols] * weights)
        images = np.moveaxis(result, 0, dim)
    return np.ascontiguousarray(images)
