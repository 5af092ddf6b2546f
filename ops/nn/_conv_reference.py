"""Reference kernels of 2-D convolution and pooling, to read and to test the fast ones against.

Each `bind_...` takes an array namespace `xp` and the op's attributes, and returns the kernel. The
kernels use only names of the array API standard and never write into an array, so they run on
numpy and jax.numpy alike. All have one shape: walk the window's offsets; at each offset the
inputs under it, one per output, form an array that is multiplied, compared or added.

Shapes are given for data format NHWC: x [batch, height, width, channels], y and dy [batch, rows,
columns, outputs], a filter w [kernel height, kernel width, channels / groups, outputs], a
depthwise filter [kernel height, kernel width, channels, multiplier]. Geometry: `_window.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from flowgraph.ops.nn._window import (
    Span,
    Window,
    check_depthwise,
    check_shape,
    group_count,
    parse_window,
    spatial_pair,
)

Array = Any  # an array of the namespace xp
Kernel = Callable[..., Array]
Ints = Sequence[int]
Spans = tuple[Span, Span]

_ONES = (1, 1, 1, 1)
_HALVES = ("float16", "bfloat16")


def bind_conv2d(
    xp: Any,
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """Conv2D as `conv2d(x, w) -> y`: y is the sum over offsets of x under it times w at it."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    def conv2d(x: Array, w: Array) -> Array:
        x = _channels_last(xp, window, x)
        spans = window.spans(x.shape[1:3], w.shape[:2])
        groups = group_count(x.shape[3], w.shape)
        padded = _pad(xp, x, spans)

        def one_group(part: Array, filters: Array) -> Array:
            return sum(_under(part, spans, i, j) @ filters[i, j] for i, j in _offsets(spans))

        return _native_format(xp, window, _by_group(xp, one_group, padded, w, groups))

    return _in_float32(xp, conv2d)


def bind_conv2d_backprop_input(
    xp: Any,
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """Conv2DBackpropInput as `backprop(input_sizes, w, dy) -> dx`, dx of shape input_sizes."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    def backprop(input_sizes: Ints, w: Array, dy: Array) -> Array:
        shape = window.channels_last_shape(input_sizes)
        spans = window.spans(shape[1:3], w.shape[:2])
        dy = _channels_last(xp, window, dy)
        check_shape("dy", dy.shape, _output_shape(shape, spans, w.shape[3]))

        def one_group(filters: Array, grad: Array) -> Array:
            turned = xp.permute_dims(filters, (0, 1, 3, 2))
            return sum(_spread(xp, grad @ turned[i, j], spans, i, j) for i, j in _offsets(spans))

        groups = group_count(shape[3], w.shape)
        return _native_format(xp, window, _crop(_by_group(xp, one_group, w, dy, groups), spans))

    return _in_float32(xp, backprop)


def bind_conv2d_backprop_filter(
    xp: Any,
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """Conv2DBackpropFilter as `backprop(x, filter_sizes, dy) -> dw`, dw of shape filter_sizes."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    def backprop(x: Array, filter_sizes: Ints, dy: Array) -> Array:
        sizes = tuple(int(size) for size in filter_sizes)
        x, dy = _channels_last(xp, window, x), _channels_last(xp, window, dy)
        spans = window.spans(x.shape[1:3], sizes[:2])
        groups = group_count(x.shape[3], sizes)
        check_shape("dy", dy.shape, _output_shape(x.shape, spans, sizes[3]))

        def one_group(part: Array, grad: Array) -> Array:
            errors = xp.reshape(grad, (-1, sizes[3] // groups))
            columns = (
                xp.reshape(_under(part, spans, i, j), (errors.shape[0], sizes[2]))
                for i, j in _offsets(spans)
            )
            taps = xp.stack([xp.matrix_transpose(column) @ errors for column in columns])
            return xp.reshape(taps, (*sizes[:3], sizes[3] // groups))

        return _by_group(xp, one_group, _pad(xp, x, spans), dy, groups)

    return _in_float32(xp, backprop)


def bind_depthwise_conv2d(
    xp: Any,
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """DepthwiseConv2dNative as `depthwise(x, w) -> y`; output c * multiplier + m is (c, m)."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    def depthwise(x: Array, w: Array) -> Array:
        x = _channels_last(xp, window, x)
        check_depthwise(x.shape[3], w.shape)
        spans = window.spans(x.shape[1:3], w.shape[:2])
        padded = _pad(xp, x, spans)[..., None]
        y = sum(_under(padded, spans, i, j) * w[i, j] for i, j in _offsets(spans))
        return _native_format(xp, window, _merge_last(xp, y))

    return _in_float32(xp, depthwise)


def bind_depthwise_conv2d_backprop_input(
    xp: Any,
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """DepthwiseConv2dNativeBackpropInput as `backprop(input_sizes, w, dy) -> dx`."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    def backprop(input_sizes: Ints, w: Array, dy: Array) -> Array:
        shape = window.channels_last_shape(input_sizes)
        check_depthwise(shape[3], w.shape)
        spans = window.spans(shape[1:3], w.shape[:2])
        dy = _channels_last(xp, window, dy)
        check_shape("dy", dy.shape, _output_shape(shape, spans, w.shape[2] * w.shape[3]))
        grad = xp.reshape(dy, (*dy.shape[:3], *w.shape[2:]))
        dx = sum(
            _spread(xp, xp.sum(grad * w[i, j], axis=-1), spans, i, j) for i, j in _offsets(spans)
        )
        return _native_format(xp, window, _crop(dx, spans))

    return _in_float32(xp, backprop)


def bind_depthwise_conv2d_backprop_filter(
    xp: Any,
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """DepthwiseConv2dNativeBackpropFilter as `backprop(x, filter_sizes, dy) -> dw`."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    def backprop(x: Array, filter_sizes: Ints, dy: Array) -> Array:
        sizes = tuple(int(size) for size in filter_sizes)
        x, dy = _channels_last(xp, window, x), _channels_last(xp, window, dy)
        check_depthwise(x.shape[3], sizes)
        spans = window.spans(x.shape[1:3], sizes[:2])
        check_shape("dy", dy.shape, _output_shape(x.shape, spans, sizes[2] * sizes[3]))
        grad = xp.reshape(dy, (*dy.shape[:3], *sizes[2:]))
        padded = _pad(xp, x, spans)[..., None]
        taps = [
            xp.sum(_under(padded, spans, i, j) * grad, axis=(0, 1, 2)) for i, j in _offsets(spans)
        ]
        return xp.reshape(xp.stack(taps), sizes)

    return _in_float32(xp, backprop)


def bind_max_pool(
    xp: Any,
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """MaxPool as `max_pool(x) -> y`; padding never wins."""
    kernel = _kernel_size(ksize, data_format)
    window = parse_window(strides, padding, _ONES, data_format, explicit_paddings)

    def max_pool(x: Array) -> Array:
        x = _channels_last(xp, window, x)
        spans = window.spans(x.shape[1:3], kernel)
        padded = _pad(xp, x, spans, _lowest(xp, x.dtype))
        offsets = _offsets(spans)
        y = _under(padded, spans, *next(offsets))
        for i, j in offsets:
            y = xp.maximum(y, _under(padded, spans, i, j))
        return _native_format(xp, window, y)

    return _in_float32(xp, max_pool)


def bind_max_pool_grad(
    xp: Any,
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """MaxPoolGrad as `max_pool_grad(x, y, dy) -> dx`: dy goes to its window's first maximum."""
    kernel = _kernel_size(ksize, data_format)
    window = parse_window(strides, padding, _ONES, data_format, explicit_paddings)

    def max_pool_grad(x: Array, y: Array, dy: Array) -> Array:
        x, y, dy = (_channels_last(xp, window, a) for a in (x, y, dy))
        spans = window.spans(x.shape[1:3], kernel)
        _check_pooled(x, spans, y=y, dy=dy)
        zero = xp.zeros_like(dy)
        dx = sum(
            _spread(xp, xp.where(first, dy, zero), spans, i, j)
            for i, j, first in _first_maxima(xp, x, y, spans)
        )
        return _native_format(xp, window, _crop(dx, spans))

    return _in_float32(xp, max_pool_grad)


def bind_max_pool_grad_grad(
    xp: Any,
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """MaxPoolGradGrad as `max_pool_grad_grad(x, y, ddx) -> ddy`: ddx at each first maximum."""
    kernel = _kernel_size(ksize, data_format)
    window = parse_window(strides, padding, _ONES, data_format, explicit_paddings)

    def max_pool_grad_grad(x: Array, y: Array, ddx: Array) -> Array:
        x, y, ddx = (_channels_last(xp, window, a) for a in (x, y, ddx))
        spans = window.spans(x.shape[1:3], kernel)
        _check_pooled(x, spans, y=y)
        check_shape("ddx", ddx.shape, x.shape)
        padded, ddy = _pad(xp, ddx, spans), xp.zeros_like(y)
        for i, j, first in _first_maxima(xp, x, y, spans):
            ddy = xp.where(first, _under(padded, spans, i, j), ddy)
        return _native_format(xp, window, ddy)

    return _in_float32(xp, max_pool_grad_grad)


def bind_avg_pool(
    xp: Any,
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """AvgPool as `avg_pool(x) -> y`: the mean of the window's elements that lie on the image."""
    kernel = _kernel_size(ksize, data_format)
    window = parse_window(strides, padding, _ONES, data_format, explicit_paddings)

    def avg_pool(x: Array) -> Array:
        x = _channels_last(xp, window, x)
        spans = window.spans(x.shape[1:3], kernel)
        padded = _pad(xp, x, spans)
        total = sum(_under(padded, spans, i, j) for i, j in _offsets(spans))
        return _native_format(xp, window, total / _counts(xp, spans, x.dtype))

    return _in_float32(xp, avg_pool)


def bind_avg_pool_grad(
    xp: Any,
    ksize: Ints,
    strides: Ints,
    padding: str,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """AvgPoolGrad as `avg_pool_grad(input_shape, dy) -> dx`: dy shared out over its window."""
    kernel = _kernel_size(ksize, data_format)
    window = parse_window(strides, padding, _ONES, data_format, explicit_paddings)

    def avg_pool_grad(input_shape: Ints, dy: Array) -> Array:
        shape = window.channels_last_shape(input_shape)
        spans = window.spans(shape[1:3], kernel)
        dy = _channels_last(xp, window, dy)
        check_shape("dy", dy.shape, _output_shape(shape, spans, shape[3]))
        share = dy / _counts(xp, spans, dy.dtype)
        dx = sum(_spread(xp, share, spans, i, j) for i, j in _offsets(spans))
        return _native_format(xp, window, _crop(dx, spans))

    return _in_float32(xp, avg_pool_grad)


def _offsets(spans: Spans) -> Iterator[tuple[int, int]]:
    """The window's offsets in row-major order."""
    return iter(product(range(spans[0].kernel), range(spans[1].kernel)))


def _under(padded: Array, spans: Spans, i: int, j: int) -> Array:
    """The inputs under offset (i, j), one for each output."""
    return padded[:, spans[0].under(i), spans[1].under(j), ...]


def _pad(xp: Any, x: Array, spans: Spans, value: float = 0) -> Array:
    """Border the image with `value`."""
    for axis, span in enumerate(spans, start=1):
        x = _border(xp, x, axis, span.before, span.after, value)
    return x


def _crop(padded: Array, spans: Spans) -> Array:
    """The image without its border."""
    return padded[:, spans[0].image, spans[1].image, ...]


def _border(xp: Any, x: Array, axis: int, before: int, after: int, value: float) -> Array:
    def side(length: int) -> Array:
        return xp.full((*x.shape[:axis], length, *x.shape[axis + 1 :]), value, dtype=x.dtype)

    return xp.concat([side(before), x, side(after)], axis=axis)


def _spread(xp: Any, y: Array, spans: Spans, i: int, j: int) -> Array:
    """The transpose of `_under`: zeros on the padded image, with y where offset (i, j) falls."""
    for axis, (span, tap) in enumerate(zip(spans, (i, j), strict=True), start=1):
        y = _spread_axis(xp, y, axis, span, tap * span.dilation)
    return y


def _spread_axis(xp: Any, y: Array, axis: int, span: Span, first: int) -> Array:
    if span.output == 0:
        return _border(xp, y, axis, 0, span.padded, 0)
    spaced = _border(xp, xp.expand_dims(y, axis=axis + 1), axis + 1, 0, span.stride - 1, 0)
    merged = xp.reshape(spaced, (*y.shape[:axis], span.output * span.stride, *y.shape[axis + 1 :]))
    last = (span.output - 1) * span.stride + 1
    kept = merged[(slice(None),) * axis + (slice(0, last),)]
    return _border(xp, kept, axis, first, span.padded - first - last, 0)


def _by_group(
    xp: Any, compute: Callable[[Array, Array], Array], a: Array, b: Array, groups: int
) -> Array:
    """Compute each group from its share of both arrays' last axis; join the results likewise."""

    def share(array: Array, group: int) -> Array:
        size = array.shape[-1] // groups
        return array[..., group * size : (group + 1) * size]

    return xp.concat([compute(share(a, g), share(b, g)) for g in range(groups)], axis=-1)


def _first_maxima(xp: Any, x: Array, y: Array, spans: Spans) -> Iterator[tuple[int, int, Array]]:
    """For each offset (i, j), where the window's first maximum lies at that offset."""
    padded = _pad(xp, x, spans, _lowest(xp, x.dtype))
    on_image = _pad(xp, xp.ones_like(x, dtype=xp.bool), spans)
    free = xp.ones_like(y, dtype=xp.bool)
    for i, j in _offsets(spans):
        equal = xp.equal(_under(padded, spans, i, j), y)
        first = free & equal & _under(on_image, spans, i, j)
        free = free & ~first
        yield i, j, first


def _counts(xp: Any, spans: Spans, dtype: Any) -> Array:
    """How many elements of each window lie on the image: [rows, columns, 1]."""
    down, across = (xp.asarray(span.counts(), dtype=dtype) for span in spans)
    return xp.reshape(down, (-1, 1, 1)) * xp.reshape(across, (-1, 1))


def _kernel_size(ksize: Ints, data_format: str) -> tuple[int, int]:
    parse_window(_ONES, "VALID", _ONES, data_format)  # names a wrong data_format first
    return spatial_pair("ksize", ksize, data_format)


def _lowest(xp: Any, dtype: Any) -> Any:
    """What no element is below."""
    return -xp.inf if xp.isdtype(dtype, "real floating") else xp.iinfo(dtype).min


def _output_shape(shape: Ints, spans: Spans, outputs: int) -> tuple[int, ...]:
    return shape[0], spans[0].output, spans[1].output, outputs


def _check_pooled(x: Array, spans: Spans, **arrays: Array) -> None:
    for name, array in arrays.items():
        check_shape(name, array.shape, _output_shape(x.shape, spans, x.shape[3]))


def _merge_last(xp: Any, y: Array) -> Array:
    return xp.reshape(y, (*y.shape[:-2], y.shape[-2] * y.shape[-1]))


def _channels_last(xp: Any, window: Window, x: Array) -> Array:
    window.channels_last_shape(x.shape)  # raises unless x has four dimensions
    return xp.permute_dims(x, (0, 2, 3, 1)) if window.channels_first else x


def _native_format(xp: Any, window: Window, y: Array) -> Array:
    return xp.permute_dims(y, (0, 3, 1, 2)) if window.channels_first else y


def _in_float32(xp: Any, compute: Kernel) -> Kernel:
    """Let 16-bit floats be computed in float32 and rounded once, at the end."""

    def widen(value: Any) -> Any:
        half = str(getattr(value, "dtype", "")) in _HALVES
        return xp.asarray(value, dtype=xp.float32) if half else value

    def kernel(*args: Any) -> Array:
        result = compute(*(widen(arg) for arg in args))
        dtype = args[-1].dtype  # the last argument of every kernel here is an array
        return result if dtype == result.dtype else xp.asarray(result, dtype=dtype)

    return kernel
