"""The gradient of batch normalisation as one op, and what the gradient of that is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.reduction import reduce_mean, reduce_sum

WIDE = attrs.types(dtypes.float32, dtypes.float64, default=dtypes.float32)
COMMON = {
    "epsilon": attrs.real(0.0001),
    "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
    "is_training": attrs.boolean(True),
}
_TO_LAST, _TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def channel_axis(op: Any) -> int:
    """Where the channels stand in a shape."""
    return 1 if op.attrs["data_format"] == "NCHW" else 3


def other_axes(op: Any) -> list[int]:
    """The axes that are averaged over."""
    return [axis for axis in range(4) if axis != channel_axis(op)]


def spread_shape(op: Any) -> list[int]:
    """The shape in which a number for each channel broadcasts to images."""
    return [1, -1, 1, 1] if op.attrs["data_format"] == "NCHW" else [1, 1, 1, -1]


def _shapes(op: Operation) -> list[TensorShape]:
    axis = channel_axis(op)
    image = op.inputs[0].shape.with_rank(4).merge_with(op.inputs[1].shape)
    channels = TensorShape([image[axis]])
    for tensor in op.inputs[2:5]:
        channels = channels.merge_with(tensor.shape.with_rank(1))
    dims = list(image.known or ())
    dims[axis] = channels.known[0]  # type: ignore[index]
    return [TensorShape(dims), channels, channels, TensorShape([0]), TensorShape([0])]


def _define(op_type: str, types: dict[str, Any], wide: str, third: bool) -> OpDef:
    more, first = (f", reserve_space_3: {wide}", 4) if third else ("", 3)
    op_def = define(
        op_type,
        inputs=f"y_backprop: T, x: T, scale: {wide}, reserve_space_1: {wide}, "
        f"reserve_space_2: {wide}{more}",
        outputs=f"x_backprop: T, scale_backprop: {wide}, offset_backprop: {wide}, "
        f"reserve_space_{first}: {wide}, reserve_space_{first + 1}: {wide}",
        attrs={**types, **COMMON},
        shape=_shapes,
    )
    op_def.kernel(_bind)
    op_def.gradient(_gradient)
    return op_def


def _bind(ctx: Any) -> Any:
    axes, training = tuple(other_axes(ctx.op)), ctx.attrs["is_training"]
    spread, dtype, wide = spread_shape(ctx.op), ctx.dtype, ctx.input_dtypes[2].np_dtype
    epsilon = wide.type(ctx.attrs["epsilon"])

    def backward(dy: Any, x: Any, scale: Any, mean: Any, variance: Any, *_: Any) -> Any:
        dy, centred = dy.astype(wide, copy=False), x.astype(wide, copy=False) - mean.reshape(spread)
        inverse = 1 / np.sqrt(variance + epsilon)
        total, along = dy.sum(axis=axes), (dy * centred).sum(axis=axes)
        by_scale, by_x = along * inverse, dy
        if training:
            count = wide.type(max(1, x.size // max(1, len(scale))))
            slope = along * inverse * inverse / count
            by_x = dy - (total / count).reshape(spread) - centred * slope.reshape(spread)
        by_x = by_x * (scale * inverse).reshape(spread)
        return by_x.astype(dtype), by_scale, total, np.zeros(0, wide), np.zeros(0, wide)

    return backward


def _gradient(op: Operation, *grads: Tensor) -> list[Tensor | None]:
    """The gradient of the gradient: that of the same numbers made by elementwise ops."""
    dy, x, scale, mean, variance = op.inputs[:5]
    wanted = [dy, x, scale]
    composed = list(_composed(op, *wanted, mean, variance))
    # dy may depend on x in the graph around: here the inputs are independent of each other.
    found = gradients(composed, wanted, list(grads[:3]), stop_gradients=wanted)
    return [*found, *[None] * (len(op.inputs) - 3)]


def _composed(
    op: Operation, dy: Tensor, x: Tensor, scale: Tensor, mean: Tensor, variance: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    axes, kind = other_axes(op), scale.dtype.base_dtype
    image, above = cast(x, kind), cast(dy, kind)
    if op.attrs["is_training"]:
        mean = reduce_mean(image, axes, keepdims=True)
        variance = reduce_mean(raw.Square(image - mean), axes, keepdims=True)
    else:
        mean, variance = (raw.Reshape(t, spread_shape(op)) for t in (mean, variance))
    inverse = raw.Rsqrt(variance + op.attrs["epsilon"])  # type: ignore[operator]
    unit = (image - mean) * inverse
    by_scale, by_offset = reduce_sum(above * unit, axes), reduce_sum(above, axes)
    factor = raw.Reshape(scale, spread_shape(op)) * inverse
    by_x = above * factor
    if op.attrs["is_training"]:
        common = reduce_mean(above, axes, keepdims=True)
        along = reduce_mean(above * unit, axes, keepdims=True)
        by_x = factor * (above - common - unit * along)
    return cast(by_x, x.dtype.base_dtype), by_scale, by_offset


fused_batch_norm_grad_op = _define("FusedBatchNormGrad", {"T": WIDE}, "T", third=False)
TWO = {"T": attrs.types(*dtypes.FLOATING), "U": WIDE}
fused_batch_norm_grad_v2_op = _define("FusedBatchNormGradV2", TWO, "U", third=False)
fused_batch_norm_grad_v3_op = _define("FusedBatchNormGradV3", TWO, "U", third=True)
_OF = {
    "FusedBatchNorm": fused_batch_norm_grad_op,
    "FusedBatchNormV2": fused_batch_norm_grad_v2_op,
    "FusedBatchNormV3": fused_batch_norm_grad_v3_op,
}


def fused_batch_norm_gradient(op: Operation, grad: Tensor, *_: Any) -> list[Tensor | None]:
    """The gradients of x, scale and offset; those of the statistics do not count, as in TF."""
    x, scale, a = op.inputs[0], op.inputs[1], op.attrs
    training, first = a["is_training"], a["data_format"] == "NCHW"
    mean, variance = (op.outputs[3:5]) if training else op.inputs[3:5]
    turned = first and not training  # TensorFlow knows its use on images of channels last alone
    if turned:
        x, grad = raw.Transpose(x, _TO_LAST), raw.Transpose(grad, _TO_LAST)
    by_x, by_scale, by_offset, *_ = _OF[op.type](
        grad, x, scale, mean, variance, *op.outputs[5:], epsilon=a["epsilon"],
        data_format="NHWC" if turned else a["data_format"], is_training=training,
    )  # fmt: skip
    return [raw.Transpose(by_x, _TO_FIRST) if turned else by_x, by_scale, by_offset, None, None]


# --- the oldest form ------------------------------------------------------------------------------
_GLOBAL = {
    "T": attrs.types(*dtypes.FLOATING), "variance_epsilon": attrs.real(),
    "scale_after_normalization": attrs.boolean(),
}  # fmt: skip


def _old_channels(op: Operation, image: TensorShape, vectors: Any) -> tuple[TensorShape, Any]:
    channels = TensorShape([image.with_rank(4)[3]])
    for tensor in vectors:
        channels = channels.merge_with(tensor.shape.with_rank(1))
    return image.with_rank(4)[:3].concatenate(channels), channels


global_norm_op = define(
    "BatchNormWithGlobalNormalization",
    inputs="t: T, m: T, v: T, beta: T, gamma: T", outputs="result: T", attrs=_GLOBAL,
    shape=lambda op: _old_channels(op, op.inputs[0].shape, op.inputs[1:])[0],
)  # fmt: skip
global_norm_grad_op = define(
    "BatchNormWithGlobalNormalizationGrad",
    inputs="t: T, m: T, v: T, gamma: T, backprop: T", outputs="dx: T, dm: T, dv: T, db: T, dg: T",
    attrs=_GLOBAL,
)  # fmt: skip


@global_norm_grad_op.shape
def _(op: Operation) -> list[TensorShape]:
    image = op.inputs[0].shape.merge_with(op.inputs[4].shape)
    image, channels = _old_channels(op, image, op.inputs[1:4])
    return [image, *[channels] * 4]


def _old_factor(ctx: Any, variance: Any, gamma: Any) -> tuple[Any, Any, Any]:
    """(1 / deviation, what multiplies the centred images, the dtype that is computed in)."""
    wide = np.dtype(np.float32) if ctx.dtype.itemsize < 4 else ctx.dtype
    inverse = 1 / np.sqrt(variance.astype(wide) + wide.type(ctx.attrs["variance_epsilon"]))
    scaled = ctx.attrs["scale_after_normalization"]
    return inverse, inverse * gamma if scaled else inverse, wide


@global_norm_op.kernel
def _(ctx: Any) -> Any:
    def normalize(t: Any, m: Any, v: Any, beta: Any, gamma: Any) -> Any:
        _, factor, wide = _old_factor(ctx, v, gamma)
        return ((t.astype(wide) - m) * factor + beta).astype(ctx.dtype)

    return normalize


@global_norm_grad_op.kernel
def _(ctx: Any) -> Any:
    scaled, axes = ctx.attrs["scale_after_normalization"], (0, 1, 2)

    def backward(t: Any, m: Any, v: Any, gamma: Any, dy: Any) -> Any:
        inverse, factor, wide = _old_factor(ctx, v, gamma)
        dy = dy.astype(wide)
        by_beta, along = dy.sum(axis=axes), (dy * (t.astype(wide) - m)).sum(axis=axes)
        by_variance = along * factor * inverse * inverse * wide.type(-0.5)
        by_gamma = along * inverse if scaled else np.zeros_like(along)
        found = (dy * factor, -by_beta * factor, by_variance, by_beta, by_gamma)
        return tuple(part.astype(ctx.dtype) for part in found)

    return backward


@global_norm_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    t, m, v, _, gamma = op.inputs
    return list(global_norm_grad_op(t, m, v, gamma, grad, **_global(op)))


@global_norm_grad_op.gradient
def _(op: Operation, *grads: Tensor) -> Any:
    t, m, v, gamma, dy = op.inputs
    inverse = raw.Rsqrt(v + op.attrs["variance_epsilon"])
    scaled = op.attrs["scale_after_normalization"]
    factor = inverse * gamma if scaled else inverse
    by_beta, along = reduce_sum(dy, [0, 1, 2]), reduce_sum(dy * (t - m), [0, 1, 2])
    by_variance = along * factor * raw.Square(inverse) * -0.5
    by_gamma = along * inverse if scaled else raw.ZerosLike(along)
    found = [dy * factor, -by_beta * factor, by_variance, by_beta, by_gamma]
    inputs = list(op.inputs)
    return gradients(found, inputs, list(grads), stop_gradients=inputs)


def _global(op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in ("variance_epsilon", "scale_after_normalization")}
