"""Max and average pooling in two dimensions, with their gradients to second order."""

from __future__ import annotations

from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.nn import _conv_reference as reference
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
    a = op.attrs
    for name in ("ksize", "strides"):
        if len(a[name]) != 4:
            raise ValueError(
                f"{op.type} requires the {name} attribute to contain 4 values, but got: "
                f"{len(a[name])}"
            )
        others = [v for i, v in enumerate(a[name]) if i not in spatial_axes(a["data_format"])]
        if others != [1, 1]:
            raise ValueError(f"Pooling over the batch or depth is not supported: {name}={a[name]}")
        if min(a[name]) < 1:
            raise ValueError(f"{op.type} requires positive {name}, got {a[name]}")
    x = op.inputs[0].shape.with_rank(4)
    kernel = [a["ksize"][i] for i in spatial_axes(a["data_format"])]
    channels = x.known[1 if a["data_format"] == "NCHW" else 3]  # type: ignore[index]
    return window_shape(op, x, kernel, channels)


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
    return reference.bind_max_pool(ctx.xp, **window(ctx.attrs))


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
    return reference.bind_max_pool_grad(ctx.xp, **window(ctx.attrs))


@max_pool_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # Which element is a window's maximum does not change by a small step: only `grad` has a slope.
    x, y, _ = op.inputs
    return [None, None, max_pool_grad_grad_op(x, y, grad, **window(op.attrs))]


max_pool_grad_grad_op = define(
    "MaxPoolGradGrad",
    inputs="orig_input: T, orig_output: T, grad: T",
    outputs="output: T",
    attrs=_MAX,
    shape=like("orig_output"),
)


@max_pool_grad_grad_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_max_pool_grad_grad(ctx.xp, **window(ctx.attrs))


@max_pool_grad_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y, _ = op.inputs
    return [None, None, max_pool_grad_op(x, y, grad, **window(op.attrs))]


# --- public functions -----------------------------------------------------------------------------
def _pool(
    op: Any, value: Any, ksize: Any, strides: Any, padding: Any, data_format: str, name: Any
) -> Tensor:
    with name_scope(name, op.name, [value]) as scope:
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
    data_format: str = "NHWC",
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
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window, over those of its elements that lie on the image (tf.nn.avg_pool).

    For the arguments and errors see `max_pool`.
    """
    value = value if input is None else input
    return _pool(avg_pool_op, value, ksize, strides, padding, data_format, name)


__all__ = ["avg_pool", "max_pool"]
