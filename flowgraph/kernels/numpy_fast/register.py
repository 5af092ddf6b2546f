"""Offers the fast numpy kernels of convolution and pooling to the compiler."""

from __future__ import annotations

from typing import Any

from flowgraph.core.kernel_registry import register
from flowgraph.kernels.numpy_fast import conv, pooling, volume

LIBRARY = "numpy_fast"
_CONV = ("strides", "padding", "dilations", "data_format", "explicit_paddings")
_CONV3D = ("strides", "padding", "dilations", "data_format")
_POOL = ("ksize", "strides", "padding", "data_format")


def _window(ctx: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: ctx.attrs[name] for name in names}


def _within_channels(ctx: Any) -> bool:
    """Whether no window reaches over several channels."""
    return ctx.attrs["ksize"][1 if ctx.attrs["data_format"] == "NCHW" else 3] == 1  # type: ignore[no-any-return]


@register("Conv2D", LIBRARY)
def _conv2d(ctx: Any) -> Any:
    return conv.bind_conv2d(**_window(ctx, _CONV))


@register("Conv2DBackpropInput", LIBRARY)
def _conv2d_backprop_input(ctx: Any) -> Any:
    backprop = conv.bind_conv2d_backprop_input(**_window(ctx, _CONV))
    return lambda sizes, w, dy: backprop(tuple(sizes.tolist()), w, dy)


@register("Conv2DBackpropFilter", LIBRARY)
def _conv2d_backprop_filter(ctx: Any) -> Any:
    backprop = conv.bind_conv2d_backprop_filter(**_window(ctx, _CONV))
    return lambda x, sizes, dy: backprop(x, tuple(sizes.tolist()), dy)


@register("DepthwiseConv2dNative", LIBRARY)
def _depthwise(ctx: Any) -> Any:
    return conv.bind_depthwise_conv2d(**_window(ctx, _CONV))


@register("DepthwiseConv2dNativeBackpropInput", LIBRARY)
def _depthwise_backprop_input(ctx: Any) -> Any:
    backprop = conv.bind_depthwise_conv2d_backprop_input(**_window(ctx, _CONV))
    return lambda sizes, w, dy: backprop(tuple(sizes.tolist()), w, dy)


@register("DepthwiseConv2dNativeBackpropFilter", LIBRARY)
def _depthwise_backprop_filter(ctx: Any) -> Any:
    backprop = conv.bind_depthwise_conv2d_backprop_filter(**_window(ctx, _CONV))
    return lambda x, sizes, dy: backprop(x, tuple(sizes.tolist()), dy)


@register("MaxPool", LIBRARY, _within_channels)
def _max_pool(ctx: Any) -> Any:
    return pooling.bind_max_pool(**_window(ctx, _POOL))


@register("MaxPoolGrad", LIBRARY, _within_channels)
def _max_pool_grad(ctx: Any) -> Any:
    return pooling.bind_max_pool_grad(**_window(ctx, _POOL))


@register("MaxPoolGradGrad", LIBRARY, _within_channels)
def _max_pool_grad_grad(ctx: Any) -> Any:
    return pooling.bind_max_pool_grad_grad(**_window(ctx, _POOL))


@register("AvgPool", LIBRARY)
def _avg_pool(ctx: Any) -> Any:
    return pooling.bind_avg_pool(**_window(ctx, _POOL))


@register("AvgPoolGrad", LIBRARY)
def _avg_pool_grad(ctx: Any) -> Any:
    backward = pooling.bind_avg_pool_grad(**_window(ctx, _POOL))
    return lambda shape, grad: backward(tuple(shape.tolist()), grad)


@register("Conv3D", LIBRARY)
def _conv3d(ctx: Any) -> Any:
    return volume.bind_conv3d(**_window(ctx, _CONV3D))


@register("Conv3DBackpropInputV2", LIBRARY)
def _conv3d_backprop_input(ctx: Any) -> Any:
    backprop = volume.bind_conv3d_backprop_input(**_window(ctx, _CONV3D))
    return lambda sizes, w, dy: backprop(tuple(sizes.tolist()), w, dy)


@register("Conv3DBackpropFilterV2", LIBRARY)
def _conv3d_backprop_filter(ctx: Any) -> Any:
    backprop = volume.bind_conv3d_backprop_filter(**_window(ctx, _CONV3D))
    return lambda x, sizes, dy: backprop(x, tuple(sizes.tolist()), dy)


@register("MaxPool3D", LIBRARY)
def _max_pool3d(ctx: Any) -> Any:
    return volume.bind_max_pool3d(**_window(ctx, _POOL))


@register("MaxPool3DGrad", LIBRARY)
def _max_pool3d_grad(ctx: Any) -> Any:
    return volume.bind_max_pool3d_grad(**_window(ctx, _POOL))


@register("MaxPool3DGradGrad", LIBRARY)
def _max_pool3d_grad_grad(ctx: Any) -> Any:
    return volume.bind_max_pool3d_grad_grad(**_window(ctx, _POOL))


@register("AvgPool3D", LIBRARY)
def _avg_pool3d(ctx: Any) -> Any:
    return volume.bind_avg_pool3d(**_window(ctx, _POOL))


@register("AvgPool3DGrad", LIBRARY)
def _avg_pool3d_grad(ctx: Any) -> Any:
    backward = volume.bind_avg_pool3d_grad(**_window(ctx, _POOL))
    return lambda shape, grad: backward(tuple(shape.tolist()), grad)
