"""Depthwise convolution, where each channel has filters of its own, and separable convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn import _conv_reference as reference
from flowgraph.ops.nn.conv import conv_cost, four, window, window_shape

_WINDOW = {
    "T": dtypes.FLOATING,
    "strides": attrs.ints(),
    "padding": attrs.choice("SAME", "VALID", "EXPLICIT"),
    "explicit_paddings": attrs.ints(default=[]),
    "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
    "dilations": attrs.ints(default=[1, 1, 1, 1]),
}


def _channels(tensor: Tensor, data_format: str) -> int | None:
    known = tensor.shape.with_rank(4).known
    return known[1 if data_format == "NCHW" else 3]  # type: ignore[index, no-any-return]


# --- DepthwiseConv2dNative ------------------------------------------------------------------------
depthwise_op = define(
    "DepthwiseConv2dNative", inputs="input: T, filter: T", outputs="output: T", attrs=_WINDOW,
    traits=Trait.HEAVY, cost=conv_cost,
)  # fmt: skip


@depthwise_op.shape
def _(op: Operation) -> TensorShape:
    kernel = op.inputs[1].shape.with_rank(4).known
    channels = _channels(op.inputs[0], op.attrs["data_format"])
    if None not in (channels, kernel[2]) and channels != kernel[2]:  # type: ignore[index]
        raise ValueError(f"Dimensions must be equal, but are {channels} and {kernel[2]}")  # type: ignore[index]
    inputs = channels if kernel[2] is None else kernel[2]  # type: ignore[index]
    outputs = None if None in (inputs, kernel[3]) else inputs * kernel[3]  # type: ignore[index, operator]
    return window_shape(op, op.inputs[0].shape.with_rank(4), kernel[:2], outputs)  # type: ignore[index]


@depthwise_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_depthwise_conv2d(ctx.xp, **window(ctx.attrs))


@depthwise_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, kernel = op.inputs
    rest = window(op.attrs)
    return [
        depthwise_backprop_input_op(raw.Shape(x), kernel, grad, **rest),
        depthwise_backprop_filter_op(x, raw.Shape(kernel), grad, **rest),
    ]


# --- its gradients --------------------------------------------------------------------------------
depthwise_backprop_input_op = define(
    "DepthwiseConv2dNativeBackpropInput",
    inputs="input_sizes: int32, filter: T, out_backprop: T", outputs="output: T", attrs=_WINDOW,
    shape=lambda op: constant_value_as_shape(op.inputs[0]).with_rank(4),
    traits=Trait.HEAVY, cost=conv_cost,
)  # fmt: skip
depthwise_backprop_filter_op = define(
    "DepthwiseConv2dNativeBackpropFilter",
    inputs="input: T, filter_sizes: int32, out_backprop: T", outputs="output: T", attrs=_WINDOW,
    shape=lambda op: constant_value_as_shape(op.inputs[1]).with_rank(4),
    traits=Trait.HEAVY, cost=conv_cost,
)  # fmt: skip


@depthwise_backprop_input_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_depthwise_conv2d_backprop_input(ctx.xp, **window(ctx.attrs))
    return lambda sizes, w, dy: backprop(tuple(sizes.tolist()), w, dy)


@depthwise_backprop_filter_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_depthwise_conv2d_backprop_filter(ctx.xp, **window(ctx.attrs))
    return lambda x, sizes, dy: backprop(x, tuple(sizes.tolist()), dy)


@depthwise_backprop_input_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    _, kernel, dy = op.inputs
    rest = window(op.attrs)
    return [
        None,
        depthwise_backprop_filter_op(grad, raw.Shape(kernel), dy, **rest),
        depthwise_op(grad, kernel, **rest),
    ]


@depthwise_backprop_filter_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, _, dy = op.inputs
    rest = window(op.attrs)
    return [
        depthwise_backprop_input_op(raw.Shape(x), grad, dy, **rest),
        None,
        depthwise_op(x, grad, **rest),
    ]


# --- functions ------------------------------------------------------------------------------------
def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Convolves each channel with filters of its own (tf.nn.depthwise_conv2d_native).

    Args:
      input: images [batch, height, width, channels], or by `data_format` "NCHW".
      filter: [height, width, channels, multiplier].
      strides: four numbers.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      dilations: four numbers, the spacing of the filter's elements.
      name: the operation's name.

    Returns:
      Images of channels * multiplier channels.
    """
    return depthwise_op(  # type: ignore[no-any-return]
        input, filter, strides=four(strides, data_format, "strides"), padding=padding,
        data_format=data_format, dilations=four(dilations, data_format, "dilations"), name=name,
    )  # fmt: skip


def depthwise_conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its images (tf.nn's of this name)."""
    return depthwise_backprop_input_op(  # type: ignore[no-any-return]
        input_sizes, filter, out_backprop, strides=four(strides, data_format, "strides"),
        padding=padding, data_format=data_format,
        dilations=four(dilations, data_format, "dilations"), name=name,
    )  # fmt: skip


def depthwise_conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its filter (tf.nn's of this name)."""
    return depthwise_backprop_filter_op(  # type: ignore[no-any-return]
        input, filter_sizes, out_backprop, strides=four(strides, data_format, "strides"),
        padding=padding, data_format=data_format,
        dilations=four(dilations, data_format, "dilations"), name=name,
    )  # fmt: skip


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """As `depthwise_conv2d_native`; `rate` (or `dilations`) are two numbers (tf.nn's)."""
    rate = [1, 1] if rate is None and dilations is None else rate or dilations
    with name_scope(name, "depthwise", [input, filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        filter = convert_to_tensor(filter, name="filter_in")
        if isinstance(rate, int):
            rate = [rate, rate]
        form = data_format or "NHWC"
        spread = [1, 1, *rate] if form == "NCHW" else [1, *rate, 1]
        return depthwise_conv2d_native(input, filter, strides, padding, form, spread, scope)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """A depthwise convolution, then a 1x1 one over all channels (tf.nn.separable_conv2d).

    Args:
      input: images [batch, height, width, channels], or by `data_format` "NCHW".
      depthwise_filter: [height, width, channels, multiplier].
      pointwise_filter: [1, 1, channels * multiplier, outputs].
      strides: four numbers, of the depthwise part.
      padding: "SAME" or "VALID".
      rate: two numbers, the spacing of the depthwise filter's elements; `dilations` likewise.
      name: the scope of the operations.
      data_format: "NHWC" or "NCHW".

    Raises:
      ValueError: the pointwise filter is not 1x1, or channels do not fit.
    """
    form = data_format or "NHWC"
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        depthwise_filter = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise_filter = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        window_sizes = pointwise_filter.shape.with_rank(4).known[:2]  # type: ignore[index]
        if any(size not in (None, 1) for size in window_sizes):
            raise ValueError(f"pointwise_filter must be 1x1, got {pointwise_filter.shape}")
        deep = depthwise_conv2d(
            input, depthwise_filter, strides, padding, rate, "depthwise", form, dilations
        )
        ones = np.ones(4, int).tolist()
        return raw.Conv2D(  # type: ignore[no-any-return]
            deep, pointwise_filter, strides=ones, padding="VALID", data_format=form, name=scope
        )
