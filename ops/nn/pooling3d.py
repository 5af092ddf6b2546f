"""Max and average pooling of volumes, with their gradients to second order."""

from __future__ import annotations

from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.kernels.volume_window import volume_axes
from flowgraph.ops.nn import _volume_reference as reference
from flowgraph.ops.nn._volume import (
    DATA_FORMAT,
    channel_axis,
    check_volume_attrs,
    sequence,
    volume_shape,
)

_WINDOW = {
    "ksize": attrs.ints(),
    "strides": attrs.ints(),
    "padding": attrs.choice("SAME", "VALID"),
    "data_format": DATA_FORMAT,
}
_FLOATS = (dtypes.float16, dtypes.bfloat16, dtypes.float32)
_ANY_FLOAT = {"T": attrs.types(*dtypes.FLOATING)}


def _window(op_attrs: Any) -> dict[str, Any]:
    return {name: op_attrs[name] for name in _WINDOW}


def _define(op_type: str, inputs: str, types: dict[str, Any], shape: Any) -> OpDef:
    def rule(op: Operation) -> TensorShape:
        check_volume_attrs(op, "ksize", "strides")
        return shape(op)  # type: ignore[no-any-return]

    return define(
        op_type, inputs=inputs, outputs="output: T", attrs={**_WINDOW, **types}, shape=rule
    )


def _pooled_shape(op: Operation) -> TensorShape:
    x, data_format = op.inputs[0].shape.with_rank(5), op.attrs["data_format"]
    kernel = [op.attrs["ksize"][axis] for axis in volume_axes(data_format)]
    assert x.known is not None
    return volume_shape(op, x, kernel, x.known[channel_axis(data_format)])


def _input_shape(op: Operation) -> TensorShape:
    return op.inputs[0].shape.with_rank(5)


def _pooled_like_output(op: Operation) -> TensorShape:
    op.inputs[0].shape.merge_with(op.inputs[2].shape)
    return _pooled_shape(op).merge_with(op.inputs[1].shape)


# --- AvgPool3D ------------------------------------------------------------------------------------
avg_pool3d_op = _define("AvgPool3D", "input: T", _ANY_FLOAT, _pooled_shape)
avg_pool3d_grad_op = _define(
    "AvgPool3DGrad", "orig_input_shape: int32, grad: T", _ANY_FLOAT,
    lambda op: constant_value_as_shape(op.inputs[0]).with_rank(5),
)  # fmt: skip


@avg_pool3d_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_avg_pool3d(ctx.xp, **_window(ctx.attrs))


@avg_pool3d_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return avg_pool3d_grad_op(raw.Shape(op.inputs[0]), grad, **_window(op.attrs))


@avg_pool3d_grad_op.kernel
def _(ctx: Any) -> Any:
    backward = reference.bind_avg_pool3d_grad(ctx.xp, **_window(ctx.attrs))
    return lambda shape, grad: backward(tuple(shape.tolist()), grad)


@avg_pool3d_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [None, avg_pool3d_op(grad, **_window(op.attrs))]


# --- MaxPool3D ------------------------------------------------------------------------------------
_THREE = "orig_input: {0}, orig_output: {0}, grad: T"
max_pool3d_op = _define("MaxPool3D", "input: T", {"T": attrs.types(*_FLOATS)}, _pooled_shape)
max_pool3d_grad_op = _define(
    "MaxPool3DGrad", _THREE.format("TInput"),
    {name: attrs.types(*_FLOATS, default=dtypes.float32) for name in ("T", "TInput")}, _input_shape,
)  # fmt: skip
max_pool3d_grad_grad_op = _define(
    "MaxPool3DGradGrad", _THREE.format("T"), {"T": attrs.types(*dtypes.REAL)}, _pooled_like_output
)


@max_pool3d_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_max_pool3d(ctx.xp, **_window(ctx.attrs))


@max_pool3d_grad_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_max_pool3d_grad(ctx.xp, **_window(ctx.attrs))


@max_pool3d_grad_grad_op.kernel
def _(ctx: Any) -> Any:
    return reference.bind_max_pool3d_grad_grad(ctx.xp, **_window(ctx.attrs))


@max_pool3d_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return max_pool3d_grad_op(op.inputs[0], op.outputs[0], grad, **_window(op.attrs))


@max_pool3d_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # Which element is a window's maximum does not change by a small step: only `grad` has a slope.
    return _with_zeros(op, max_pool3d_grad_grad_op, grad)


@max_pool3d_grad_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return _with_zeros(op, max_pool3d_grad_op, grad)


def _with_zeros(op: Operation, next_op: OpDef, grad: Tensor) -> list[Tensor]:
    x, y, _ = op.inputs
    return [raw.ZerosLike(x), raw.ZerosLike(y), next_op(x, y, grad, **_window(op.attrs))]


# --- public functions -----------------------------------------------------------------------------
def _pool(
    op: OpDef, x: Any, ksize: Any, strides: Any, padding: Any, data_format: Any, name: Any
) -> Tensor:
    with name_scope(name, op.name, [x]) as scope:
        data_format = data_format or "NDHWC"
        first = data_format.startswith("NC")
        return op(  # type: ignore[no-any-return]
            x, ksize=sequence(ksize, 3, first, "ksize"),
            strides=sequence(strides, 3, first, "strides"), padding=padding,
            data_format=data_format, name=scope,
        )  # fmt: skip


def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The greatest element of each window of a volume (tf.nn.max_pool3d).

    Args:
      input: volumes [batch, depth, height, width, channels], or by `data_format` "NCDHW".
      ksize: the window's size: an int, or 1, 3 or 5 of them.
      strides: likewise.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      name: the operation's name.

    Raises:
      ValueError: a size, stride or padding does not fit.
    """
    return _pool(max_pool3d_op, input, ksize, strides, padding, data_format, name)


def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of each window, over those of its elements that lie on the volume (avg_pool3d).

    tf.nn.avg_pool3d; for the arguments and errors see `max_pool3d`.
    """
    return _pool(avg_pool3d_op, input, ksize, strides, padding, data_format, name)


__all__ = ["avg_pool3d", "max_pool3d"]
