"""Three-dimensional convolution, its two gradients, and the transposed convolution."""

from __future__ import annotations

from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn import _volume_reference as reference
from flowgraph.ops.nn._volume import (
    DATA_FORMAT,
    ONES,
    channel_axis,
    check_volume_attrs,
    sequence,
    volume_shape,
)
from flowgraph.ops.nn.conv import conv_cost

_WINDOW = {
    "strides": attrs.ints(),
    "padding": attrs.choice("SAME", "VALID"),
    "data_format": DATA_FORMAT,
    "dilations": attrs.ints(default=ONES),
}
_CONV = {"T": attrs.types(*dtypes.FLOATING), **_WINDOW}
_OLD = {name: kind for name, kind in _CONV.items() if name != "data_format"}


def _window(op_attrs: Any) -> dict[str, Any]:
    return {name: op_attrs[name] for name in _WINDOW if name in op_attrs}


def _define(op_type: str, inputs: str, attributes: dict[str, Any], shape: Any) -> OpDef:
    """One of the convolutions: its shape rule is `shape` once its attributes are checked."""

    def rule(op: Operation) -> TensorShape:
        check_volume_attrs(op, "strides", "dilations")
        return shape(op)  # type: ignore[no-any-return]

    return define(
        op_type, inputs=inputs, outputs="output: T", attrs=attributes, shape=rule,
        traits=Trait.HEAVY, cost=conv_cost,
    )  # fmt: skip


# --- Conv3D ---------------------------------------------------------------------------------------
def _convolved_shape(op: Operation) -> TensorShape:
    x, kernel = op.inputs[0].shape.with_rank(5), op.inputs[1].shape.with_rank(5).known
    assert x.known is not None and kernel is not None
    channels = x.known[channel_axis(op.attrs["data_format"])]
    if None not in (channels, kernel[3]) and channels != kernel[3]:
        raise ValueError(f"Dimensions must be equal, but are {channels} and {kernel[3]}")
    return volume_shape(op, x, kernel[:3], kernel[4])


conv3d_op = _define("Conv3D", "input: T, filter: T", _CONV, _convolved_shape)


@conv3d_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_conv3d(ctx.xp, **_window(ctx.attrs))


@conv3d_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, kernel = op.inputs
    rest = _window(op.attrs)
    return [
        conv3d_backprop_input_op(raw.Shape(x), kernel, grad, **rest),
        conv3d_backprop_filter_op(x, raw.Shape(kernel), grad, **rest),
    ]


# --- the gradients, of sizes or (as they were first) of an array that has them --------------------
conv3d_backprop_input_op = _define(
    "Conv3DBackpropInputV2",
    "input_sizes: Tshape, filter: T, out_backprop: T",
    {**_CONV, "Tshape": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    lambda op: constant_value_as_shape(op.inputs[0]).with_rank(5),
)
conv3d_backprop_filter_op = _define(
    "Conv3DBackpropFilterV2",
    "input: T, filter_sizes: int32, out_backprop: T",
    _CONV,
    lambda op: constant_value_as_shape(op.inputs[1]).with_rank(5),
)
_INPUTS = "input: T, filter: T, out_backprop: T"
old_backprop_input_op = _define(
    "Conv3DBackpropInput", _INPUTS, _OLD, lambda op: op.inputs[0].shape.with_rank(5)
)
old_backprop_filter_op = _define(
    "Conv3DBackpropFilter", _INPUTS, _OLD, lambda op: op.inputs[1].shape.with_rank(5)
)


@conv3d_backprop_input_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_conv3d_backprop_input(ctx.xp, **_window(ctx.attrs))
    return lambda sizes, w, dy: backprop(tuple(sizes.tolist()), w, dy)


@conv3d_backprop_filter_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_conv3d_backprop_filter(ctx.xp, **_window(ctx.attrs))
    return lambda x, sizes, dy: backprop(x, tuple(sizes.tolist()), dy)


@old_backprop_input_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_conv3d_backprop_input(ctx.xp, **_window(ctx.attrs))
    return lambda x, w, dy: backprop(x.shape, w, dy)


@old_backprop_filter_op.kernel
def _(ctx: Any) -> Any:
    backprop = reference.bind_conv3d_backprop_filter(ctx.xp, **_window(ctx.attrs))
    return lambda x, w, dy: backprop(x, w.shape, dy)


@conv3d_backprop_input_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    _, kernel, dy = op.inputs
    rest = _window(op.attrs)
    return [
        None,
        conv3d_backprop_filter_op(grad, raw.Shape(kernel), dy, **rest),
        conv3d_op(grad, kernel, **rest),
    ]


@conv3d_backprop_filter_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, _, dy = op.inputs
    rest = _window(op.attrs)
    return [
        conv3d_backprop_input_op(raw.Shape(x), grad, dy, **rest),
        None,
        conv3d_op(x, grad, **rest),
    ]


# --- public functions -----------------------------------------------------------------------------
def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolves volumes with filters; a cross-correlation, in fact (tf.nn.conv3d).

    Args:
      input: volumes [batch, depth, height, width, channels], or by `data_format` "NCDHW".
      filter: [depth, height, width, channels, outputs]; `filters` is its newer name.
      strides: an int, or 1, 3 or 5 of them.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      dilations: like strides, the spacing of the filter's elements.
      name: the operation's name.

    Raises:
      ValueError: a stride, dilation, padding or number of channels does not fit.
    """
    first = data_format == "NCDHW"
    return conv3d_op(  # type: ignore[no-any-return]
        input, filter if filters is None else filters,
        strides=sequence(strides, 3, first, "strides"), padding=padding, data_format=data_format,
        dilations=sequence(dilations, 3, first, "dilations"), name=name,
    )  # fmt: skip


def conv3d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv3d` with respect to its filters (tf.nn.conv3d_backprop_filter)."""
    first = data_format == "NCDHW"
    return conv3d_backprop_filter_op(  # type: ignore[no-any-return]
        input, filter_sizes, out_backprop, strides=sequence(strides, 3, first, "strides"),
        padding=padding, data_format=data_format,
        dilations=sequence(dilations, 3, first, "dilations"), name=name,
    )  # fmt: skip


def conv3d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv3d`, "deconvolution" (tf.nn.conv3d_transpose).

    Args:
      value: [batch, depth, height, width, in_channels]; `input` is its newer name.
      filter: [depth, height, width, output_channels, in_channels]; newly `filters`.
      output_shape: the output's shape, a list or a tensor.
      strides: an int, or 1, 3 or 5 of them.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      name: the operation's name.
      dilations: like strides.

    Raises:
      ValueError: a stride, dilation, padding or number of channels does not fit.
    """
    value = value if input is None else input
    kernel = filter if filters is None else filters
    with name_scope(name, "conv3d_transpose", [value, kernel, output_shape]) as scope:
        data_format = data_format or "NDHWC"
        first = data_format.startswith("NC")
        return conv3d_backprop_input_op(  # type: ignore[no-any-return]
            output_shape, kernel, value, strides=sequence(strides, 3, first, "strides"),
            padding=padding, data_format=data_format,
            dilations=sequence(dilations, 3, first, "dilations"), name=scope,
        )  # fmt: skip


__all__ = ["conv3d", "conv3d_backprop_filter", "conv3d_transpose"]
