"""Fast numpy kernels of 2-D convolution: a copy into columns, then matrix products.

Each `bind_...` takes an op's attributes and returns its kernel, which any number of threads may
call at once. What the kernels compute is written plainly in `ops/nn/_conv_reference.py`; how a
convolution becomes matrix products, in `_blocks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from flowgraph.kernels.numpy_fast._blocks import (
    Blocks,
    Plan,
    Shape,
    Sizes,
    add_columns,
    band_diagonals,
    column_chunks,
    filter_band,
    forward_plan,
    input_gradient_plan,
)
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
    Window,
    check_depthwise,
    check_shape,
    group_count,
    parse_window,
)

Ints = Sequence[int]

_ONES = (1, 1, 1, 1)
_PLANS_KEPT = 64  # shapes whose geometry a kernel remembers


def bind_conv2d(
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """Conv2D: `conv2d(x, w) -> y`.

    The kernel takes x [N, H, W, C] (or NCHW) and w [KH, KW, C / groups, O], returns
    y [N, OH, OW, O] of x's dtype, and raises ValueError where the sizes do not fit.
    """
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def plan_for(x_shape: Shape, w_shape: Shape, itemsize: int) -> Plan:
        groups, sizes = _group_sizes(window, x_shape, w_shape)
        return forward_plan(groups, sizes, itemsize)

    def conv2d(x: Array, w: Array) -> Array:
        plan = plan_for(x.shape, w.shape, x.itemsize)
        x = channels_last(window, x)
        y = _by_group(lambda a, b: _forward(plan, a, b), x, w, plan.groups)
        return native_format(window, y)

    return in_float32(conv2d)


def bind_conv2d_backprop_input(
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """Conv2DBackpropInput: `backprop(input_sizes, w, dy) -> dx`, dx of shape `input_sizes`."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def plan_for(x_shape: Shape, w_shape: Shape, dy_shape: Shape, itemsize: int) -> Plan:
        groups, sizes = _group_sizes(window, x_shape, w_shape)
        _check_gradient(window, sizes, groups, dy_shape)
        return input_gradient_plan(groups, sizes, itemsize)

    def backprop(input_sizes: Ints, w: Array, dy: Array) -> Array:
        x_shape = tuple(int(size) for size in input_sizes)
        plan = plan_for(x_shape, w.shape, dy.shape, dy.itemsize)
        compute = _flipped_input_gradient if plan.flipped else _input_gradient
        dy = channels_last(window, dy)
        dx = _by_group(lambda a, b: compute(plan, a, b), w, dy, plan.groups)
        return native_format(window, dx)

    return in_float32(backprop)


def bind_conv2d_backprop_filter(
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """Conv2DBackpropFilter: `backprop(x, filter_sizes, dy) -> dw`, of shape `filter_sizes`."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def plan_for(x_shape: Shape, w_shape: Shape, dy_shape: Shape, itemsize: int) -> Plan:
        groups, sizes = _group_sizes(window, x_shape, w_shape)
        _check_gradient(window, sizes, groups, dy_shape)
        return forward_plan(groups, sizes, itemsize)

    def backprop(x: Array, filter_sizes: Ints, dy: Array) -> Array:
        w_shape = tuple(int(size) for size in filter_sizes)
        plan = plan_for(x.shape, w_shape, dy.shape, x.itemsize)
        x, dy = channels_last(window, x), channels_last(window, dy)
        return _by_group(lambda a, b: _filter_gradient(plan, a, b), x, dy, plan.groups)

    return in_float32(backprop)


def bind_depthwise_conv2d(
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """DepthwiseConv2dNative: `depthwise(x, w) -> y`, with w [KH, KW, C, M], y [N, OH, OW, C*M]."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def sizes_for(x_shape: Shape, w_shape: Shape) -> Sizes:
        return _depthwise_sizes(window, x_shape, w_shape)

    def depthwise(x: Array, w: Array) -> Array:
        sizes = sizes_for(x.shape, w.shape)
        x = _repeat_channels(channels_last(window, x), w.shape[3])
        padded, taps = pad(x, sizes.down, sizes.across), _tap_rows(w, sizes.across.output)
        y = np.zeros(sizes.output_shape, x.dtype)
        for images in image_chunks(y):
            part, product = y[images], np.empty(y[images].shape, y.dtype)
            for i, j in np.ndindex(w.shape[:2]):
                np.multiply(_under(padded[images], sizes, i, j), taps[i, j], out=product)
                part += product
        return native_format(window, y)

    return in_float32(depthwise)


def bind_depthwise_conv2d_backprop_input(
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """DepthwiseConv2dNativeBackpropInput: `backprop(input_sizes, w, dy) -> dx`."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def sizes_for(x_shape: Shape, w_shape: Shape, dy_shape: Shape) -> Sizes:
        sizes = _depthwise_sizes(window, x_shape, w_shape)
        _check_gradient(window, sizes, 1, dy_shape)
        return sizes

    def backprop(input_sizes: Ints, w: Array, dy: Array) -> Array:
        x_shape = tuple(int(size) for size in input_sizes)
        sizes = sizes_for(x_shape, w.shape, dy.shape)
        dy, taps = channels_last(window, dy), _tap_rows(w, sizes.across.output)
        dx = np.zeros((*sizes.padded_shape[:3], sizes.outputs), dy.dtype)
        for images in image_chunks(dy):
            part, product = dy[images], np.empty(dy[images].shape, dy.dtype)
            for i, j in np.ndindex(w.shape[:2]):
                np.multiply(part, taps[i, j], out=product)
                _under(dx[images], sizes, i, j)[...] += product
        image = crop(dx, sizes.down, sizes.across)
        return native_format(window, _sum_repeats(image, w.shape[3]))

    return in_float32(backprop)


def bind_depthwise_conv2d_backprop_filter(
    strides: Ints,
    padding: str,
    dilations: Ints = _ONES,
    data_format: str = "NHWC",
    explicit_paddings: Ints = (),
) -> Kernel:
    """DepthwiseConv2dNativeBackpropFilter: `backprop(x, filter_sizes, dy) -> dw`."""
    window = parse_window(strides, padding, dilations, data_format, explicit_paddings)

    @lru_cache(_PLANS_KEPT)
    def sizes_for(x_shape: Shape, w_shape: Shape, dy_shape: Shape) -> Sizes:
        sizes = _depthwise_sizes(window, x_shape, w_shape)
        _check_gradient(window, sizes, 1, dy_shape)
        return sizes

    def backprop(x: Array, filter_sizes: Ints, dy: Array) -> Array:
        w_shape = tuple(int(size) for size in filter_sizes)
        sizes = sizes_for(x.shape, w_shape, dy.shape)
        x, dy = channels_last(window, x), channels_last(window, dy)
        padded = pad(_repeat_channels(x, w_shape[3]), sizes.down, sizes.across)
        dw = np.zeros((*w_shape[:2], sizes.outputs), x.dtype)
        for images in image_chunks(dy):
            part, product = dy[images], np.empty(dy[images].shape, dy.dtype)
            ones = np.ones(part.size // sizes.outputs, dy.dtype)
            for i, j in np.ndindex(w_shape[:2]):
                np.multiply(_under(padded[images], sizes, i, j), part, out=product)
                dw[i, j] += ones @ product.reshape(-1, sizes.outputs)  # a sum, done by BLAS
        return dw.reshape(w_shape)

    return in_float32(backprop)


# --- one group of a convolution --------------------------------------------------------------


def _forward(plan: Plan, x: Array, w: Array) -> Array:
    """y of one group, from x and w."""
    if plan.sizes.is_empty:
        return np.zeros(plan.sizes.output_shape, x.dtype)
    padded = pad(x, plan.sizes.down, plan.sizes.across)
    y = _block_products(plan.blocks, padded, w)
    if plan.blocks is not plan.plain and not all_finite(y):
        # An infinity times the band's zeros is NaN in outputs that never saw it: do without.
        y = _block_products(plan.plain, padded, w)
    return y


def _block_products(blocks: Blocks, padded: Array, w: Array) -> Array:
    y = np.empty(blocks.sizes.output_shape, padded.dtype)
    band = filter_band(blocks, w)
    with np.errstate(all="ignore"):
        for images, columns in column_chunks(blocks, padded):
            np.matmul(columns, band, out=y[images].reshape(-1, blocks.width))
    return y


def _filter_gradient(plan: Plan, x: Array, dy: Array) -> Array:
    """dw of one group: the band's gradient, its diagonals summed."""
    sizes, blocks = plan.sizes, plan.blocks
    if sizes.is_empty:
        return np.zeros(sizes.filter_shape, x.dtype)
    padded, dy = pad(x, sizes.down, sizes.across), np.ascontiguousarray(dy)
    total: Array | None = None
    with np.errstate(all="ignore"):
        for images, columns in column_chunks(blocks, padded):
            part = columns.T @ dy[images].reshape(-1, blocks.width)
            total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    if blocks.block == 1:
        return total.reshape(sizes.filter_shape)
    dw: Array = band_diagonals(blocks, total).sum(axis=1)
    return dw


def _input_gradient(plan: Plan, w: Array, dy: Array) -> Array:
    """dx of one group: products with the band's transpose, added where each block looks."""
    sizes = plan.sizes
    if sizes.is_empty:
        return np.zeros((sizes.batch, sizes.down.size, sizes.across.size, sizes.channels), dy.dtype)
    dy = np.ascontiguousarray(dy)
    dx = _scattered_products(plan.blocks, w, dy)
    if plan.blocks is not plan.plain and not all_finite(dx):
        dx = _scattered_products(plan.plain, w, dy)  # as in _forward
    return np.ascontiguousarray(crop(dx, sizes.down, sizes.across))


def _scattered_products(blocks: Blocks, w: Array, dy: Array) -> Array:
    sizes, turned = blocks.sizes, filter_band(blocks, w).T
    dx = np.zeros(sizes.padded_shape, dy.dtype)
    buffer = np.empty((min(blocks.chunk, sizes.batch) * blocks.rows, blocks.depth), dy.dtype)
    with np.errstate(all="ignore"):
        for start in range(0, sizes.batch, blocks.chunk):
            part = dy[start : start + blocks.chunk]
            errors = part.reshape(-1, blocks.width)
            columns = np.matmul(errors, turned, out=buffer[: len(errors)])
            add_columns(blocks, columns, dx[start : start + blocks.chunk])
    return dx


def _flipped_input_gradient(plan: Plan, w: Array, dy: Array) -> Array:
    """dx of one group as the convolution of dy with the filter turned by 180 degrees."""
    turned = np.ascontiguousarray(w[::-1, ::-1].transpose(0, 1, 3, 2))
    return _forward(plan, dy, turned)


# --- sizes, groups, depthwise ------------------------------------------------------------------


def _group_sizes(window: Window, x_shape: Shape, w_shape: Shape) -> tuple[int, Sizes]:
    batch, height, width, channels = window.channels_last_shape(x_shape)
    groups = group_count(channels, w_shape)
    spans = window.spans((height, width), w_shape[:2])
    return groups, Sizes(batch, *spans, w_shape[2], w_shape[3] // groups)


def _depthwise_sizes(window: Window, x_shape: Shape, w_shape: Shape) -> Sizes:
    batch, height, width, channels = window.channels_last_shape(x_shape)
    check_depthwise(channels, w_shape)
    spans = window.spans((height, width), w_shape[:2])
    return Sizes(batch, *spans, channels, channels * w_shape[3])


def _check_gradient(window: Window, sizes: Sizes, groups: int, dy_shape: Shape) -> None:
    expected = (*sizes.output_shape[:3], sizes.outputs * groups)
    check_shape("dy (as NHWC)", window.channels_last_shape(dy_shape), expected)


def _by_group(compute: Callable[[Array, Array], Array], a: Array, b: Array, groups: int) -> Array:
    """Compute each group from its share of both arrays' last axis; join the results likewise."""
    if groups == 1:
        return compute(a, b)
    shares = zip(np.split(a, groups, -1), np.split(b, groups, -1), strict=True)
    return np.concatenate([compute(*share) for share in shares], axis=-1)


def _under(padded: Array, sizes: Sizes, i: int, j: int) -> Array:
    return padded[:, sizes.down.under(i), sizes.across.under(j)]


def _tap_rows(w: Array, columns: int) -> Array:
    """Depthwise filter [KH, KW, columns, C*M]: repeated, so products run along whole rows."""
    taps = w.reshape(*w.shape[:2], 1, w.shape[2] * w.shape[3])
    return np.repeat(taps, columns, axis=2)


def _repeat_channels(x: Array, times: int) -> Array:
    return x if times == 1 else np.repeat(x, times, axis=-1)


def _sum_repeats(x: Array, times: int) -> Array:
    if times == 1:
        return np.ascontiguousarray(x)
    total: Array = x.reshape(*x.shape[:3], x.shape[3] // times, times).sum(axis=-1)
    return total
