"""Fast numpy kernels of 2-D pooling: rows first, then columns, along runs as long as possible.

Each `bind_...` takes an op's attributes and returns its kernel, which any number of threads may
call at once. What the kernels compute is written plainly in `ops/nn/_conv_reference.py`.

An average or a maximum over a window is one over its rows of one over its columns. Down the rows,
numpy works along whole image rows. Across, runs are only as long as the channels; with few of
them a product with a small banded matrix does the same sums faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from flowgraph.kernels.numpy_fast._images import (
    Array,
    Kernel,
    all_finite,
    channels_last,
    crop,
    image_chunks,
    in_float32,
    native_format,
    pad,
)
from flowgraph.kernels.window import (
    Span,
    Window,
    check_shape,
    parse_window,
    spatial_pair,
)

Ints = Sequence[int]
Shape = tuple[int, ...]

_ONES = (1, 1, 1, 1)
_PLANS_KEPT = 64  # shapes whose geometry a kernel remembers
_PRODUCT_BYTES = 1 << 22  # of images at a time: enough for a product to be worth its threads
_WIDEST_BAND = 512  # numbers in an image row up to which a product beats short runs


class _Sizes(NamedTuple):
    """The sizes of one pooling."""

    batch: int
    down: Span
    across: Span
    channels: int

    @property
    def image_shape(self) -> Shape:
        return self.batch, self.down.size, self.across.size, self.channels

    @property
    def output_shape(self) -> Shape:
        return self.batch, self.down.output, self.across.output, self.channels

    @property
    def is_empty(self) -> bool:
        return 0 in self.output_shape or 0 in self.image_shape


class _Averaging(NamedTuple):
    """What averaging remembers of a shape: one over the counts, and sums across as a matrix."""

    sizes: _Sizes
    down_weights: Array  # [rows, 1, 1]
    across_weights: Array  # [columns, 1]
    band: Array | None  # [width * channels, columns * channels], weighted; None if not worth it


def bind_max_pool(
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """MaxPool: `max_pool(x) -> y`.

    The kernel takes x [N, H, W, C] (or NCHW) and returns y [N, OH, OW, C] of its dtype.
    """
    window, kernel = _parse(ksize, strides, padding, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def sizes_for(x_shape: Shape) -> _Sizes:
        return _pooling_sizes(window, kernel, x_shape)

    def max_pool(x: Array) -> Array:
        sizes = sizes_for(x.shape)
        x = channels_last(window, x)
        y = np.empty(sizes.output_shape, x.dtype)
        for images in () if sizes.is_empty else image_chunks(x):
            padded = pad(x[images], sizes.down, sizes.across, _lowest(x.dtype))
            rows = _combine(np.maximum, padded, 1, sizes.down)
            _combine(np.maximum, rows, 2, sizes.across, out=y[images])
        return native_format(window, y)

    return in_float32(max_pool)


def bind_max_pool_grad(
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """MaxPoolGrad: `max_pool_grad(x, y, dy) -> dx`: dy goes to its window's first maximum."""
    window, kernel = _parse(ksize, strides, padding, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def sizes_for(x_shape: Shape, y_shape: Shape, dy_shape: Shape) -> _Sizes:
        sizes = _pooling_sizes(window, kernel, x_shape)
        _check_pooled(window, sizes, y=y_shape, dy=dy_shape)
        return sizes

    def max_pool_grad(x: Array, y: Array, dy: Array) -> Array:
        sizes = sizes_for(x.shape, y.shape, dy.shape)
        x, y, dy = (channels_last(window, a) for a in (x, y, dy))
        dx = np.zeros((*_padded_shape(sizes), sizes.channels), dy.dtype)
        disjoint = all(span.stride >= span.kernel for span in (sizes.down, sizes.across))
        # A product of the bits with 0 or 1 selects, and unlike one of floats keeps infinities out.
        bits = f"u{dy.itemsize}"
        for images in image_chunks(x):
            errors, part = np.ascontiguousarray(dy[images]), dx[images]
            share = np.empty_like(errors)
            for i, j, first in _first_maxima(sizes, x[images], y[images]):
                target = part[:, sizes.down.under(i), sizes.across.under(j)]
                selected = target if disjoint else share
                np.multiply(errors.view(bits), first, out=selected.view(bits))
                if not disjoint:
                    target += share
        return native_format(window, crop(dx, sizes.down, sizes.across))

    return in_float32(max_pool_grad)


def bind_max_pool_grad_grad(
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """MaxPoolGradGrad: `max_pool_grad_grad(x, y, ddx) -> ddy`: ddx at each first maximum."""
    window, kernel = _parse(ksize, strides, padding, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def sizes_for(x_shape: Shape, y_shape: Shape, ddx_shape: Shape) -> _Sizes:
        sizes = _pooling_sizes(window, kernel, x_shape)
        _check_pooled(window, sizes, y=y_shape)
        check_shape("ddx", ddx_shape, x_shape)
        return sizes

    def max_pool_grad_grad(x: Array, y: Array, ddx: Array) -> Array:
        sizes = sizes_for(x.shape, y.shape, ddx.shape)
        x, y, ddx = (channels_last(window, a) for a in (x, y, ddx))
        padded = pad(ddx, sizes.down, sizes.across)
        ddy = np.zeros(sizes.output_shape, ddx.dtype)
        for i, j, first in _first_maxima(sizes, x, y):
            np.copyto(ddy, padded[:, sizes.down.under(i), sizes.across.under(j)], where=first)
        return native_format(window, ddy)

    return in_float32(max_pool_grad_grad)


def bind_avg_pool(
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """AvgPool: `avg_pool(x) -> y`: the mean of the window's elements that lie on the image."""
    window, kernel = _parse(ksize, strides, padding, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def plan_for(x_shape: Shape, dtype: np.dtype[Any]) -> _Averaging:
        return _averaging(_pooling_sizes(window, kernel, x_shape), dtype)

    def avg_pool(x: Array) -> Array:
        plan = plan_for(x.shape, x.dtype)
        return native_format(window, _average(plan, channels_last(window, x)))

    return in_float32(avg_pool)


def bind_avg_pool_grad(
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """AvgPoolGrad: `avg_pool_grad(input_shape, dy) -> dx`: dy shared out over its window."""
    window, kernel = _parse(ksize, strides, padding, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def plan_for(x_shape: Shape, dy_shape: Shape, dtype: np.dtype[Any]) -> _Averaging:
        sizes = _pooling_sizes(window, kernel, x_shape)
        _check_pooled(window, sizes, dy=dy_shape)
        return _averaging(sizes, dtype)

    def avg_pool_grad(input_shape: Ints, dy: Array) -> Array:
        x_shape = tuple(int(size) for size in input_shape)
        plan = plan_for(x_shape, dy.shape, dy.dtype)
        return native_format(window, _share_out(plan, channels_last(window, dy)))

    return in_float32(avg_pool_grad)


def _average(plan: _Averaging, x: Array) -> Array:
    sizes = plan.sizes
    if sizes.is_empty:
        return np.zeros(sizes.output_shape, x.dtype)
    y = np.empty(sizes.output_shape, x.dtype)
    for images in _averaging_chunks(plan, x):
        rows = _combine(np.add, _pad_rows(x[images], sizes.down), 1, sizes.down)
        rows *= plan.down_weights
        _average_across(plan, rows, y[images])
    return y


def _averaging_chunks(plan: _Averaging, x: Array) -> Iterator[slice]:
    return image_chunks(x) if plan.band is None else image_chunks(x, _PRODUCT_BYTES)


def _average_across(plan: _Averaging, rows: Array, y: Array) -> None:
    if plan.band is not None:
        with np.errstate(all="ignore"):
            np.matmul(
                rows.reshape(-1, len(plan.band)),
                plan.band,
                out=y.reshape(-1, plan.band.shape[1]),
            )
        if all_finite(y):  # else an infinity met the band's zeros: sum without it
            return
    across = plan.sizes.across
    _combine(np.add, _pad_columns(rows, across), 2, across, out=y)
    y *= plan.across_weights


def _share_out(plan: _Averaging, dy: Array) -> Array:
    sizes = plan.sizes
    if sizes.is_empty:
        return np.zeros(sizes.image_shape, dy.dtype)
    dx = np.empty(sizes.image_shape, dy.dtype)
    for images in _averaging_chunks(plan, dx):
        rows = _share_across(plan, dy[images] * plan.down_weights)
        dx[images] = _spread(rows, 1, sizes.down)
    return dx


def _share_across(plan: _Averaging, shares: Array) -> Array:
    sizes = plan.sizes
    if plan.band is not None:
        with np.errstate(all="ignore"):
            rows: Array = shares.reshape(-1, plan.band.shape[1]) @ plan.band.T
        if all_finite(rows):
            return rows.reshape(*shares.shape[:2], *sizes.image_shape[2:])
    return _spread(shares * plan.across_weights, 2, sizes.across)


def _averaging(sizes: _Sizes, dtype: np.dtype[Any]) -> _Averaging:
    down, across = (
        1 / np.maximum(np.array(span.counts(), dtype), 1) for span in (sizes.down, sizes.across)
    )
    down_weights = down.astype(dtype).reshape(-1, 1, 1)
    across_weights = across.astype(dtype).reshape(-1, 1)
    worth_it = sizes.across.size * sizes.channels <= _WIDEST_BAND and not sizes.is_empty
    band = _averaging_band(sizes, across_weights) if worth_it else None
    return _Averaging(sizes, down_weights, across_weights, band)


def _averaging_band(sizes: _Sizes, weights: Array) -> Array:
    """Averages across as a matrix: [width * channels, columns * channels]."""
    across, channels = sizes.across, sizes.channels
    sees = np.zeros((across.padded, across.output), weights.dtype)
    for tap in range(across.kernel):
        positions = across.under(tap)
        sees[np.r_[positions], np.arange(across.output)] = weights[:, 0]
    band = np.kron(sees[across.image], np.eye(channels, dtype=weights.dtype))
    return np.ascontiguousarray(band)


def _combine(
    operator: np.ufunc, x: Array, axis: int, span: Span, out: Array | None = None
) -> Array:
    """Reduce the windows along one axis to their sum or maximum, in `out` or a new array."""
    first, *others = (_at(x, axis, span.under(tap)) for tap in range(span.kernel))
    if out is None:
        out = np.empty(first.shape, x.dtype)
    if not others:
        np.copyto(out, first)
        return out
    operator(first, others[0], out=out)
    for other in others[1:]:
        operator(out, other, out=out)
    return out


def _spread(y: Array, axis: int, span: Span) -> Array:
    """Add each output to all the inputs along one axis that its window sees."""
    x = np.zeros((*y.shape[:axis], span.padded, *y.shape[axis + 1 :]), y.dtype)
    for tap in range(span.kernel):
        target = _at(x, axis, span.under(tap))
        if span.stride >= span.kernel:
            np.copyto(target, y)
        else:
            target += y
    return _at(x, axis, span.image)


def _first_maxima(sizes: _Sizes, x: Array, y: Array) -> Iterator[tuple[int, int, Array]]:
    """For each offset (i, j), where the window's first maximum lies there; overwritten each time.

    A lowest number in the image is a maximum like any other; one in the border never is.
    """
    down, across = sizes.down, sizes.across
    padded, y = pad(x, down, across, _lowest(x.dtype)), np.ascontiguousarray(y)
    free, first = np.ones(y.shape, bool), np.empty(y.shape, bool)
    on_image = [_on_image(down)[:, :, np.newaxis, np.newaxis], _on_image(across)[:, :, np.newaxis]]
    bordered = padded.shape != x.shape
    for i in range(down.kernel):
        for j in range(across.kernel):
            np.equal(padded[:, down.under(i), across.under(j)], y, out=first)
            np.logical_and(first, free, out=first)
            if bordered:
                np.logical_and(first, on_image[0][i] & on_image[1][j], out=first)
            np.logical_xor(free, first, out=free)
            yield i, j, first


def _on_image(span: Span) -> Array:
    """[kernel, output]: whether the window's element lies on the image, not on its border."""
    positions = np.arange(span.kernel)[:, np.newaxis] * span.dilation
    positions = positions + np.arange(span.output) * span.stride
    return (positions >= span.before) & (positions < span.before + span.size)


def _padded_shape(sizes: _Sizes) -> Shape:
    return sizes.batch, sizes.down.padded, sizes.across.padded


def _at(x: Array, axis: int, where: slice) -> Array:
    return x[(slice(None),) * axis + (where,)]


def _pad_rows(x: Array, down: Span) -> Array:
    return pad(x, down, _unbordered(x.shape[2]))


def _pad_columns(x: Array, across: Span) -> Array:
    return pad(x, _unbordered(x.shape[1]), across)


def _unbordered(size: int) -> Span:
    return Span(size, 1, 1, 1, 0, 0, size)


def _parse(
    ksize: Ints, strides: Ints, padding: str, data_format: str, explicit_paddings: Ints
) -> tuple[Window, tuple[int, int]]:
    window = parse_window(strides, padding, _ONES, data_format, explicit_paddings)
    return window, spatial_pair("ksize", ksize, data_format)


def _pooling_sizes(window: Window, kernel: tuple[int, int], x_shape: Shape) -> _Sizes:
    batch, height, width, channels = window.channels_last_shape(x_shape)
    return _Sizes(batch, *window.spans((height, width), kernel), channels)


def _check_pooled(window: Window, sizes: _Sizes, **shapes: Shape) -> None:
    for name, shape in shapes.items():
        check_shape(f"{name} (as NHWC)", window.channels_last_shape(shape), sizes.output_shape)


def _lowest(dtype: np.dtype[Any]) -> float:
    """What no element is below."""
    return -np.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)
