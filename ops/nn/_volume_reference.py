"""Reference kernels of 3-D convolution and pooling, to read and to test the fast ones against.

As in `_conv_reference.py`: each `bind_...` takes an array namespace `xp` and the op's attributes,
and returns a kernel that walks the window's offsets. Shapes are given for data format NDHWC:
x [batch, depth, height, width, channels], a filter w [depth, height, width, channels, outputs].
Geometry: `flowgraph/kernels/volume_window.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Any

from flowgraph.kernels.volume_window import (
    NEAR,
    ONES,
    Spans,
    VolumeWindow,
    check_volume_filter,
    parse_volume_window,
    spatial_triple,
)
from flowgraph.ops.nn._conv_reference import _border, _in_float32, _lowest, _spread_axis
from flowgraph.ops.nn._window import check_shape

Array = Any  # an array of the namespace xp
Kernel = Callable[..., Array]
Ints = Sequence[int]
Offset = tuple[int, ...]


# --- convolution ----------------------------------------------------------------------------------
def bind_conv3d(
    xp: Any, strides: Ints, padding: str, dilations: Ints = ONES, data_format: str = "NDHWC"
) -> Kernel:
    """Conv3D as `conv3d(x, w) -> y`: y is the sum over offsets of x under it times w at it."""
    window = parse_volume_window(strides, padding, dilations, data_format)

    def conv3d(x: Array, w: Array) -> Array:
        x = _channels_last(xp, window, x)
        check_volume_filter(x.shape[4], w.shape)
        spans = window.spans(x.shape[1:4], w.shape[:3])
        padded = _pad(xp, x, spans)
        y = sum(_under(padded, spans, at) @ w[at] for at in _offsets(spans))
        return _native_format(xp, window, y)

    return _in_float32(xp, conv3d)


def bind_conv3d_backprop_input(
    xp: Any, strides: Ints, padding: str, dilations: Ints = ONES, data_format: str = "NDHWC"
) -> Kernel:
    """Conv3DBackpropInputV2 as `backprop(input_sizes, w, dy) -> dx`, dx of shape input_sizes."""
    window = parse_volume_window(strides, padding, dilations, data_format)

    def backprop(input_sizes: Ints, w: Array, dy: Array) -> Array:
        shape = window.channels_last_shape(input_sizes)
        check_volume_filter(shape[4], w.shape)
        spans = window.spans(shape[1:4], w.shape[:3])
        dy = _channels_last(xp, window, dy)
        check_shape("dy", dy.shape, _output_shape(shape, spans, w.shape[4]))
        turned = xp.matrix_transpose(w)
        dx = sum(_spread(xp, dy @ turned[at], spans, at) for at in _offsets(spans))
        return _native_format(xp, window, _crop(dx, spans))

    return _in_float32(xp, backprop)


def bind_conv3d_backprop_filter(
    xp: Any, strides: Ints, padding: str, dilations: Ints = ONES, data_format: str = "NDHWC"
) -> Kernel:
    """Conv3DBackpropFilterV2 as `backprop(x, filter_sizes, dy) -> dw`, of shape filter_sizes."""
    window = parse_volume_window(strides, padding, dilations, data_format)

    def backprop(x: Array, filter_sizes: Ints, dy: Array) -> Array:
        sizes = tuple(int(size) for size in filter_sizes)
        x, dy = _channels_last(xp, window, x), _channels_last(xp, window, dy)
        check_volume_filter(x.shape[4], sizes)
        spans = window.spans(x.shape[1:4], sizes[:3])
        check_shape("dy", dy.shape, _output_shape(x.shape, spans, sizes[4]))
        padded, errors = _pad(xp, x, spans), xp.reshape(dy, (-1, sizes[4]))
        columns = (
            xp.reshape(_under(padded, spans, at), (errors.shape[0], sizes[3]))
            for at in _offsets(spans)
        )
        taps = xp.stack([xp.matrix_transpose(column) @ errors for column in columns])
        return xp.reshape(taps, sizes)

    return _in_float32(xp, backprop)


# --- pooling --------------------------------------------------------------------------------------
def bind_max_pool3d(
    xp: Any, ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """MaxPool3D as `max_pool(x) -> y`; padding never wins."""
    kernel = spatial_triple("ksize", ksize, data_format)
    window = parse_volume_window(strides, padding, ONES, data_format)

    def max_pool(x: Array) -> Array:
        x = _channels_last(xp, window, x)
        spans = window.spans(x.shape[1:4], kernel)
        padded = _pad(xp, x, spans, _lowest(xp, x.dtype))
        y = reduce(xp.maximum, (_under(padded, spans, at) for at in _offsets(spans)))
        return _native_format(xp, window, xp.asarray(y, copy=True))

    return _in_float32(xp, max_pool)


def bind_max_pool3d_grad(
    xp: Any, ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """MaxPool3DGrad as `max_pool_grad(x, y, dy) -> dx`: dy goes to all maxima of its window."""
    kernel = spatial_triple("ksize", ksize, data_format)
    window = parse_volume_window(strides, padding, ONES, data_format)

    def max_pool_grad(x: Array, y: Array, dy: Array) -> Array:
        x, y, dy = (_channels_last(xp, window, a) for a in (x, y, dy))
        spans = window.spans(x.shape[1:4], kernel)
        _check_pooled(x, spans, y=y, dy=dy)
        zero, padded = xp.zeros_like(dy), _pad(xp, x, spans, _lowest(xp, x.dtype))
        dx = sum(
            _spread(xp, xp.where(_is_near(xp, _under(padded, spans, at), y), dy, zero), spans, at)
            for at in _offsets(spans)
        )
        return _native_format(xp, window, _crop(dx, spans))

    return _in_float32(xp, max_pool_grad)


def bind_max_pool3d_grad_grad(
    xp: Any, ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """MaxPool3DGradGrad as `max_pool_grad_grad(x, y, ddx) -> ddy`: ddx at each first maximum."""
    kernel = spatial_triple("ksize", ksize, data_format)
    window = parse_volume_window(strides, padding, ONES, data_format)

    def max_pool_grad_grad(x: Array, y: Array, ddx: Array) -> Array:
        x, y, ddx = (_channels_last(xp, window, a) for a in (x, y, ddx))
        spans = window.spans(x.shape[1:4], kernel)
        _check_pooled(x, spans, y=y)
        check_shape("ddx", ddx.shape, x.shape)
        padded, above = _pad(xp, x, spans, _lowest(xp, x.dtype)), _pad(xp, ddx, spans)
        ddy, free = xp.zeros_like(y), xp.ones_like(y, dtype=xp.bool)
        for at in _offsets(spans):
            first = free & xp.equal(_under(padded, spans, at), y)
            ddy = xp.where(first, _under(above, spans, at), ddy)
            free = free & ~first
        return _native_format(xp, window, ddy)

    return _in_float32(xp, max_pool_grad_grad)


def bind_avg_pool3d(
    xp: Any, ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """AvgPool3D as `avg_pool(x) -> y`: the mean of the window's elements that lie on the volume."""
    kernel = spatial_triple("ksize", ksize, data_format)
    window = parse_volume_window(strides, padding, ONES, data_format)

    def avg_pool(x: Array) -> Array:
        x = _channels_last(xp, window, x)
        spans = window.spans(x.shape[1:4], kernel)
        padded = _pad(xp, x, spans)
        total = sum(_under(padded, spans, at) for at in _offsets(spans))
        return _native_format(xp, window, total / _counts(xp, spans, x.dtype))

    return _in_float32(xp, avg_pool)


def bind_avg_pool3d_grad(
    xp: Any, ksize: Ints, strides: Ints, padding: str, data_format: str = "NDHWC"
) -> Kernel:
    """AvgPool3DGrad as `avg_pool_grad(input_shape, dy) -> dx`: dy shared out over its window."""
    kernel = spatial_triple("ksize", ksize, data_format)
    window = parse_volume_window(strides, padding, ONES, data_format)

    def avg_pool_grad(input_shape: Ints, dy: Array) -> Array:
        shape = window.channels_last_shape(input_shape)
        spans = window.spans(shape[1:4], kernel)
        dy = _channels_last(xp, window, dy)
        check_shape("dy", dy.shape, _output_shape(shape, spans, shape[4]))
        share = dy / _counts(xp, spans, dy.dtype)
        dx = sum(_spread(xp, share, spans, at) for at in _offsets(spans))
        return _native_format(xp, window, _crop(dx, spans))

    return _in_float32(xp, avg_pool_grad)


# --- parts ----------------------------------------------------------------------------------------
def _offsets(spans: Spans) -> Iterator[Offset]:
    """The window's offsets in row-major order."""
    return product(*(range(span.kernel) for span in spans))


def _under(padded: Array, spans: Spans, at: Offset) -> Array:
    """The inputs under one offset, one for each output."""
    planes, rows, columns = (span.under(tap) for span, tap in zip(spans, at, strict=True))
    return padded[:, planes, rows, columns, ...]


def _pad(xp: Any, x: Array, spans: Spans, value: float = 0) -> Array:
    for axis, span in enumerate(spans, start=1):
        x = _border(xp, x, axis, span.before, span.after, value)
    return x


def _crop(padded: Array, spans: Spans) -> Array:
    planes, rows, columns = (span.image for span in spans)
    return padded[:, planes, rows, columns, ...]


def _spread(xp: Any, y: Array, spans: Spans, at: Offset) -> Array:
    """The transpose of `_under`: zeros on the padded volume, with y where the offset falls."""
    for axis, (span, tap) in enumerate(zip(spans, at, strict=True), start=1):
        y = _spread_axis(xp, y, axis, span, tap * span.dilation)
    return y


def _is_near(xp: Any, x: Array, y: Array) -> Array:
    return xp.abs(x - y) < NEAR


def _counts(xp: Any, spans: Spans, dtype: Any) -> Array:
    """How many elements of each window lie on the volume: [planes, rows, columns, 1]."""
    planes, rows, columns = (xp.asarray(span.counts(), dtype=dtype) for span in spans)
    down = xp.reshape(planes, (-1, 1, 1, 1)) * xp.reshape(rows, (-1, 1, 1))
    return down * xp.reshape(columns, (-1, 1))


def _output_shape(shape: Ints, spans: Spans, outputs: int) -> tuple[int, ...]:
    return shape[0], *(span.output for span in spans), outputs


def _check_pooled(x: Array, spans: Spans, **arrays: Array) -> None:
    for name, array in arrays.items():
        check_shape(name, array.shape, _output_shape(x.shape, spans, x.shape[4]))


def _channels_last(xp: Any, window: VolumeWindow, x: Array) -> Array:
    window.channels_last_shape(x.shape)  # raises unless x has five dimensions
    return xp.permute_dims(x, (0, 2, 3, 4, 1)) if window.channels_first else x


def _native_format(xp: Any, window: VolumeWindow, y: Array) -> Array:
    return xp.permute_dims(y, (0, 4, 1, 2, 3)) if window.channels_first else y
