"""Max and average pooling in two dimensions, with their gradients to second order.

A maximum may also be taken over neighbouring channels (`_depth_pooling.py`).
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn import _conv_reference as reference
from flowgraph.ops.nn._depth_pooling import bind_pooling, channel_axis, depth_window
from flowgraph.ops.nn.conv import four, spatial_axes, window_shape

_WINDOW = {
    "ksize": attrs.ints(),
    "strides": attrs.ints(),
    "padding": attrs.choice("SAME", "VALID"),
    "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
}
_AVERAGE = {"T": dtypes.FLOATING, **_WINDOW}
_MAX = {"T": dtypes.REAL, **_WINDOW}


def window(op_attrs: Any) -> dict[str, Any]:
    """The attributes that place a pooling window."""
    return {name: op_attrs[name] for name in _WINDOW}


def _pooled_shape(op: Operation) -> TensorShape:
    x = op.inputs[0].shape.with_rank(4)
    return pooled_shape(op, x, op.attrs["ksize"], op.attrs["strides"])


def pooled_shape(op: Operation, x: TensorShape, ksize: Any, strides: Any) -> TensorShape:
    """The shape of pooled images; ValueError for what cannot be pooled."""
    data_format = op.attrs["data_format"]
    over_depth = op.type.startswith("Max") and depth_window(ksize, strides, data_format)
    for name, values in (("ksize", ksize), ("strides", strides)):
        if len(values) != 4:
            raise ValueError(
                f"{op.type} requires the {name} attribute to contain 4 values, but got: "
                f"{len(values)}"
            )
        others = [v for i, v in enumerate(values) if i not in spatial_axes(data_format)]
        if others != [1, 1] and not over_depth:
            raise ValueError(f"Pooling over the batch or depth is not supported: {name}={values}")
        if min(values) < 1:
            raise ValueError(f"{op.type} requires positive {name}, got {values}")
    channels = x.known[channel_axis(data_format)]  # type: ignore[index]
    if over_depth:
        if channels is not None and channels % over_depth:
            raise ValueError(f"A window over {over_depth} channels must divide {channels} evenly")
        dims = list(x.known or ())
        dims[channel_axis(data_format)] = None if channels is None else channels // over_depth
        return TensorShape.of(tuple(dims))
    kernel = [ksize[i] for i in spatial_axes(data_format)]
    return window_shape(op, x, kernel, channels, strides)


def _like_output(op: Operation) -> TensorShape:
    op.inputs[0].shape.merge_with(op.inputs[2].shape)
    return op.inputs[1].shape.with_rank(4)


# --- AvgPool --------------------------------------------------------------------------------------
avg_pool_op = define(
    "AvgPool", inputs="value: T", outputs="output: T", attrs=_AVERAGE, shape=_pooled_shape
)


@avg_pool_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_avg_pool(ctx.xp, **window(ctx.attrs))


@avg_pool_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return avg_pool_grad_op(raw.Shape(op.inputs[0]), grad, **window(op.attrs))


avg_pool_grad_op = define(
    "AvgPoolGrad",
    inputs="orig_input_shape: int32, grad: T",
    outputs="output: T",
    attrs=_AVERAGE,
    shape=lambda op: constant_value_as_shape(op.inputs[0]).with_rank(4),
)


@avg_pool_grad_op.kernel
def _(ctx: Any) -> Any:
    backward = reference.bind_avg_pool_grad(ctx.xp, **window(ctx.attrs))
    return lambda shape, grad: backward(tuple(shape.tolist()), grad)


@avg_pool_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [None, avg_pool_op(grad, **window(op.attrs))]


# --- MaxPool --------------------------------------------------------------------------------------
max_pool_op = define(
    "MaxPool", inputs="input: T", outputs="output: T", attrs=_MAX, shape=_pooled_shape
)


@max_pool_op.kernel
def _(ctx: Any) -> Any:
    return bind_pooling(reference.bind_max_pool, ctx.xp, **window(ctx.attrs))


@max_pool_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return max_pool_grad_op(op.inputs[0], op.outputs[0], grad, **window(op.attrs))


max_pool_grad_op = define(
    "MaxPoolGrad",
    inputs="orig_input: T, orig_output: T, grad: T",
    outputs="output: T",
    attrs=_MAX,
    shape=like("orig_input"),
)


@max_pool_grad_op.kernel
def _(ctx: Any) -> Any:
    return bind_pooling(reference.bind_max_pool_grad, ctx.xp, **window(ctx.attrs))


@max_pool_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # Which element is a window's maximum does not change by a small step: only `grad` has a slope.
    return _with_zeros(op, max_pool_grad_grad_op, grad)


max_pool_grad_grad_op = define(
    "MaxPoolGradGrad",
    inputs="orig_input: T, orig_output: T, grad: T",
    outputs="output: T",
    attrs=_MAX,
    shape=_like_output,
)


@max_pool_grad_grad_op.kernel
def _(ctx: Any) -> Any:
    return bind_pooling(reference.bind_max_pool_grad_grad, ctx.xp, **window(ctx.attrs))


@max_pool_grad_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return _with_zeros(op, max_pool_grad_op, grad)


def _with_zeros(op: Operation, next_op: OpDef, grad: Tensor) -> list[Tensor]:
    x, y, _ = op.inputs
    return [raw.ZerosLike(x), raw.ZerosLike(y), next_op(x, y, grad, **window(op.attrs))]


# --- public functions -----------------------------------------------------------------------------
def _pool(
    op: Any, value: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None, name: Any
) -> Tensor:
    with name_scope(name, op.name, [value]) as scope:
        data_format = data_format or "NHWC"
        return op(  # type: ignore[no-any-return]
            convert_to_tensor(value, name="input"),
            ksize=four(ksize, data_format, "ksize"),
            strides=four(strides, data_format, "strides"),
            padding=padding, data_format=data_format, name=scope,
        )  # fmt: skip


def max_pool(
    value: Any = None,
    ksize: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The greatest element of each window (tf.nn.max_pool).

    Args:
      value: images [batch, height, width, channels], or by `data_format` "NCHW"; `input` is its
        newer name.
      ksize: the window's size: an int, or 1, 2 or 4 of them.
      strides: likewise.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: the operation's name.
      input: see `value`.

    Raises:
      ValueError: a size, stride or padding does not fit.
    """
    value = value if input is None else input
    return _pool(max_pool_op, value, ksize, strides, padding, data_format, name)


def avg_pool(
    value: Any = None,
    ksize: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window, over those of its elements that lie on the image (tf.nn.avg_pool).

    For the arguments and errors see `max_pool`.
    """
    value = value if input is None else input
    return _pool(avg_pool_op, value, ksize, strides, padding, data_format, name)


__all__ = ["avg_pool", "max_pool"]
