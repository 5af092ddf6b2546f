"""Fast numpy kernels of 3-D convolution and pooling: the 2-D ones, with depth folded away.

What the window's planes see of the volume is copied into the channels of images; a convolution of
these with the filter's planes as channels is the 3-D one. So each 3-D kernel is a gather (or its
transpose) along depth and a kernel of `conv.py` or `pooling.py`, which both choose their own
blocks and copies. Each kernel may be called by any number of threads at once. What they compute
is written plainly in `ops/nn/_volume_reference.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.kernels.numpy_fast import conv, pooling
from flowgraph.kernels.numpy_fast._images import Array, Kernel, in_float32
from flowgraph.kernels.volume_window import (
    NEAR,
    ONES,
    VolumeWindow,
    check_volume_filter,
    parse_volume_window,
    spatial_triple,
)
from flowgraph.kernels.window import Shape, Span, check_shape

Ints = Sequence[int]


# --- convolution ----------------------------------------------------------------------------------
def bind_conv3d(
    strides: Ints, padding: str, dilations: Ints = ONES, data_format: str = "NDHWC"
) -> Kernel:
    """Conv3D: `conv3d(x, w) -> y`."""
    window = parse_volume_window(strides, padding, dilations, data_format)
    convolve = conv.bind_conv2d(*_flat(window))

    def conv3d(x: Array, w: Array) -> Array:
        x = _channels_last(window, x)
        planes, _, _ = _spans(window, x.shape, w.shape)
        y = convolve(_gather(x, planes), _fold_filter(w))
        return _native_format(window, y.reshape(len(x), planes.output, *y.shape[1:]))

    return in_float32(conv3d)


def bind_conv3d_backprop_input(
    strides: Ints, padding: str, dilations: Ints = ONES, data_format: str = "NDHWC"
) -> Kernel:
    """Conv3DBackpropInputV2: `backprop(input_sizes, w, dy) -> dx`, dx of shape `input_sizes`."""
    window = parse_volume_window(strides, padding, dilations, data_format)
    backward = conv.bind_conv2d_backprop_input(*_flat(window))

    def backprop(input_sizes: Ints, w: Array, dy: Array) -> Array:
        shape = window.channels_last_shape(input_sizes)
        planes, rows, columns = _spans(window, shape, w.shape)
        dy = _channels_last(window, dy)
        outputs = (planes.output, rows.output, columns.output)
        check_shape("dy (as NDHWC)", dy.shape, (shape[0], *outputs, w.shape[4]))
        images = (shape[0] * planes.output, *shape[2:4], planes.kernel * shape[4])
        columns_dx = backward(images, _fold_filter(w), dy.reshape(-1, *dy.shape[2:]))
        return _native_format(window, _scatter(columns_dx, shape, planes))

    return in_float32(backprop)


def bind_conv3d_backprop_filter(
    strides: Ints, padding: str, dilations: Ints = ONES, data_format: str = "NDHWC"
) -> Kernel:
    """Conv3DBackpropFilterV2: `backprop(x, filter_sizes, dy) -> dw`, of shape `filter_sizes`."""
    window = parse_volume_window(strides, padding, dilations, data_format)
    backward = conv.bind_conv2d_backprop_filter(*_flat(window))

    def backprop(x: Array, filter_sizes: Ints, dy: Array) -> Array:
        deep, high, wide, channels, outputs = sizes = tuple(int(size) for size in filter_sizes)
        x, dy = _channels_last(window, x), _channels_last(window, dy)
        spans = _spans(window, x.shape, sizes)
        check_shape("dy", dy.shape, (len(x), *(span.output for span in spans), outputs))
        folded = (high, wide, deep * channels, outputs)
        dw = backward(_gather(x, spans[0]), folded, dy.reshape(-1, *dy.shape[2:]))
        unfolded = dw.reshape(high, wide, deep, channels, outputs)
        return np.ascontiguousarray(unfolded.transpose(2, 0, 1, 3, 4))

    return in_float32(backprop)


def _flat(window: VolumeWindow) -> tuple[Ints, str, Ints]:
    """The 2-D convolution's strides, padding and dilations."""
    strides, dilations = ((1, *triple[1:], 1) for triple in (window.strides, window.dilations))
    return strides, window.padding.value, dilations


def _spans(window: VolumeWindow, x_shape: Shape, w_shape: Shape) -> tuple[Span, Span, Span]:
    check_volume_filter(x_shape[-1], w_shape)
    return window.spans(x_shape[1:4], w_shape[:3])


def _fold_filter(w: Array) -> Array:
    """[height, width, depth * channels, outputs]."""
    deep, high, wide, channels, outputs = w.shape
    return w.transpose(1, 2, 0, 3, 4).reshape(high, wide, deep * channels, outputs)


def _gather(x: Array, planes: Span) -> Array:
    """Images [batch * output planes, height, width, taps * channels]: what each plane sees."""
    batch, _, height, width, channels = x.shape
    if planes.kernel == 0:
        raise ValueError("A filter must have a depth of at least 1, got 0")
    if planes.kernel == 1 and planes.stride == 1:
        return np.ascontiguousarray(x).reshape(-1, height, width, channels)
    seen = np.zeros((batch, planes.output, height, width, planes.kernel, channels), x.dtype)
    for tap in range(planes.kernel):
        outputs, inputs = _on_volume(planes, tap)
        seen[:, outputs, :, :, tap] = x[:, inputs]
    return seen.reshape(-1, height, width, planes.kernel * channels)


def _scatter(seen: Array, shape: Shape, planes: Span) -> Array:
    """The transpose of `_gather`: what each tap saw is added to the plane where it was."""
    batch, _, height, width, channels = shape
    if planes.kernel == 1 and planes.stride == 1:
        return seen.reshape(shape)
    taps = seen.reshape(batch, planes.output, height, width, planes.kernel, channels)
    dx = np.zeros(shape, seen.dtype)
    for tap in range(planes.kernel):
        outputs, inputs = _on_volume(planes, tap)
        dx[:, inputs] += taps[:, outputs, :, :, tap]
    return dx


def _on_volume(planes: Span, tap: int) -> tuple[slice, slice]:
    """(the outputs whose element `tap` lies on the volume, the planes where it lies)."""
    offset = tap * planes.dilation - planes.before
    first = max(0, -(offset // planes.stride))
    last = min(planes.output, (planes.size - 1 - offset) // planes.stride + 1)
    count = max(last - first, 0)
    start = first * planes.stride + offset if count else 0
    return slice(first, first + count), slice(start, start + count * planes.stride, planes.stride)


# --- pooling --------------------------------------------------------------------------------------
def bind_max_pool3d(ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC") -> Kernel:
    """MaxPool3D: `max_pool(x) -> y`: the maximum over planes, then that of images."""
    window, kernel, flat = _pooling(ksize, strides, padding, data_format)
    pool = pooling.bind_max_pool(*flat)

    def max_pool(x: Array) -> Array:
        x = _channels_last(window, x)
        planes, _, _ = window.spans(x.shape[1:4], kernel)
        deep = np.full((len(x), planes.output, *x.shape[2:]), -np.inf, x.dtype)
        for tap in range(planes.kernel):
            outputs, inputs = _on_volume(planes, tap)
            np.maximum(deep[:, outputs], x[:, inputs], out=deep[:, outputs])
        return _native_format(window, _unfold(pool(_images(deep)), len(x), planes))

    return in_float32(max_pool)


def bind_max_pool3d_grad(
    ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """MaxPool3DGrad: `max_pool_grad(x, y, dy) -> dx`: dy goes to all maxima of its window."""
    window, kernel, _ = _pooling(ksize, strides, padding, data_format)

    def max_pool_grad(x: Array, y: Array, dy: Array) -> Array:
        x, y, dy = (_channels_last(window, a) for a in (x, y, dy))
        spans = window.spans(x.shape[1:4], kernel)
        _check_pooled(spans, x, y=y, dy=dy)
        dx = np.zeros(x.shape, dy.dtype)
        for seen, maxima in _maxima(spans, x, y, lambda a, b: np.abs(a - b) < NEAR):
            dx[seen[1]] += np.where(maxima, dy[seen[0]], dy.dtype.type(0))
        return _native_format(window, dx)

    return in_float32(max_pool_grad)


def bind_max_pool3d_grad_grad(
    ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """MaxPool3DGradGrad: `max_pool_grad_grad(x, y, ddx) -> ddy`: ddx at each first maximum."""
    window, kernel, _ = _pooling(ksize, strides, padding, data_format)

    def max_pool_grad_grad(x: Array, y: Array, ddx: Array) -> Array:
        x, y, ddx = (_channels_last(window, a) for a in (x, y, ddx))
        spans = window.spans(x.shape[1:4], kernel)
        _check_pooled(spans, x, y=y)
        check_shape("ddx", ddx.shape, x.shape)
        ddy, free = np.zeros(y.shape, ddx.dtype), np.ones(y.shape, bool)
        for (outputs, inputs), maxima in _maxima(spans, x, y, np.equal):
            first = maxima & free[outputs]
            np.copyto(ddy[outputs], ddx[inputs], where=first)
            free[outputs] &= ~first
        return _native_format(window, ddy)

    return in_float32(max_pool_grad_grad)


def _check_pooled(spans: tuple[Span, ...], x: Array, **arrays: Array) -> None:
    expected = (len(x), *(span.output for span in spans), x.shape[4])
    for name, array in arrays.items():
        check_shape(f"{name} (as NDHWC)", array.shape, expected)


def _maxima(
    spans: tuple[Span, ...], x: Array, y: Array, same: Callable[[Array, Array], Array]
) -> Iterator[tuple[tuple[Any, Any], Array]]:
    """For each offset ((the outputs, the inputs it has on the volume), where these are maxima)."""
    for at in np.ndindex(*(span.kernel for span in spans)):
        pairs = [_on_volume(span, tap) for span, tap in zip(spans, at, strict=True)]
        outputs, inputs = ((slice(None), *(pair[k] for pair in pairs)) for k in (0, 1))
        yield (outputs, inputs), same(x[inputs], y[outputs])


def bind_avg_pool3d(ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC") -> Kernel:
    """AvgPool3D: `avg_pool(x) -> y`: the mean over planes, then that of images."""
    window, kernel, flat = _pooling(ksize, strides, padding, data_format)
    pool = pooling.bind_avg_pool(*flat)

    def avg_pool(x: Array) -> Array:
        x = _channels_last(window, x)
        planes, _, _ = window.spans(x.shape[1:4], kernel)
        deep = np.zeros((len(x), planes.output, *x.shape[2:]), x.dtype)
        for tap in range(planes.kernel):
            outputs, inputs = _on_volume(planes, tap)
            deep[:, outputs] += x[:, inputs]
        deep /= _plane_counts(planes, x.dtype)
        return _native_format(window, _unfold(pool(_images(deep)), len(x), planes))

    return in_float32(avg_pool)


def bind_avg_pool3d_grad(
    ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """AvgPool3DGrad: `avg_pool_grad(input_shape, dy) -> dx`."""
    window, kernel, flat = _pooling(ksize, strides, padding, data_format)
    backward = pooling.bind_avg_pool_grad(*flat)

    def avg_pool_grad(input_shape: Ints, dy: Array) -> Array:
        shape = window.channels_last_shape(input_shape)
        planes, rows, columns = window.spans(shape[1:4], kernel)
        dy = _channels_last(window, dy)
        outputs = (planes.output, rows.output, columns.output)
        check_shape("dy (as NDHWC)", dy.shape, (shape[0], *outputs, shape[4]))
        images = (shape[0] * planes.output, *shape[2:])
        deep = backward(images, _images(dy / _plane_counts(planes, dy.dtype)))
        deep, dx = _unfold(deep, shape[0], planes), np.zeros(shape, dy.dtype)
        for tap in range(planes.kernel):
            places, inputs = _on_volume(planes, tap)
            dx[:, inputs] += deep[:, places]
        return _native_format(window, dx)

    return in_float32(avg_pool_grad)


def _pooling(
    ksize: Ints, strides: Ints, padding: str, data_format: str
) -> tuple[VolumeWindow, Ints, tuple[Ints, Ints, str]]:
    """(the window, its size, the 2-D pooling's attributes)."""
    kernel = spatial_triple("ksize", ksize, data_format)
    window = parse_volume_window(strides, padding, ONES, data_format)
    return window, kernel, ((1, *kernel[1:], 1), (1, *window.strides[1:], 1), padding)


def _plane_counts(planes: Span, dtype: np.dtype[Any]) -> Array:
    """For each plane of outputs, how many planes its window has on the volume."""
    counts: Array = np.maximum(np.array(planes.counts(), dtype), 1)
    return counts.reshape(-1, 1, 1, 1)


def _images(volumes: Array) -> Array:
    return volumes.reshape(-1, *volumes.shape[2:])


def _unfold(images: Array, batch: int, planes: Span) -> Array:
    return images.reshape(batch, planes.output, *images.shape[1:])


def _channels_last(window: VolumeWindow, x: Array) -> Array:
    window.channels_last_shape(x.shape)  # raises unless x has five dimensions
    return x.transpose(0, 2, 3, 4, 1) if window.channels_first else x


def _native_format(window: VolumeWindow, y: Array) -> Array:
    return np.ascontiguousarray(y.transpose(0, 4, 1, 2, 3) if window.channels_first else y)
