"""Batch normalisation as one op (Ioffe and Szegedy 2015, arXiv:1502.03167).

Its gradient is made of other ops, so that it can be differentiated again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.reduction import reduce_mean, reduce_sum

_LEAST_EPSILON = 1.001e-5  # cuDNN's, which TensorFlow keeps everywhere
_WIDE = attrs.types(dtypes.float32, dtypes.float64, default=dtypes.float32)
_COMMON = {
    "epsilon": attrs.real(0.0001),
    "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
    "is_training": attrs.boolean(True),
}


def _channel_axis(op: Any) -> int:
    return 1 if op.attrs["data_format"] == "NCHW" else 3


def _other_axes(op: Any) -> list[int]:
    return [axis for axis in range(4) if axis != _channel_axis(op)]


def _shapes(op: Operation) -> list[TensorShape]:
    x = op.inputs[0].shape.with_rank(4)
    channels = TensorShape([x[_channel_axis(op)]])
    for tensor in op.inputs[1:]:
        if tensor.shape.num_elements() != 0:  # an empty mean or variance is not used
            channels = channels.merge_with(tensor.shape.with_rank(1))
    image = list(x.known or ())
    image[_channel_axis(op)] = channels.known[0]  # type: ignore[index]
    return [TensorShape(image), *[channels] * 4, TensorShape([0])][: len(op.outputs)]


def _define(op_type: str, types: dict[str, Any], wide: str, outputs: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"x: T, scale: {wide}, offset: {wide}, mean: {wide}, variance: {wide}",
        outputs=outputs,
        attrs={**types, **_COMMON},
        shape=_shapes,
    )
    op_def.kernel(_bind)
    op_def.gradient(_gradient)
    return op_def


def _bind(ctx: Any) -> Any:
    axes = tuple(_other_axes(ctx.op))
    epsilon, training = ctx.attrs["epsilon"], ctx.attrs["is_training"]
    dtype, wide = ctx.dtype, ctx.input_dtypes[1].np_dtype
    spread = [1, -1, 1, 1] if ctx.attrs["data_format"] == "NCHW" else [1, 1, 1, -1]
    extra = len(ctx.output_dtypes) - 5

    def normalize(x: Any, scale: Any, offset: Any, mean: Any, variance: Any) -> Any:
        image = x.astype(wide)
        if training:
            count = x.size // max(1, len(scale))
            mean = image.mean(axis=axes) if count else np.full(len(scale), np.nan, wide)
            centred = image - mean.reshape(spread)
            spare = (centred * centred).mean(axis=axes) if count else np.full_like(mean, np.nan)
            # What is kept for inference is the unbiased estimate.
            told = spare * wide.type(count / max(1, count - 1))
        else:
            centred, spare, told = image - mean.reshape(spread), variance, variance.copy()
            mean = mean.copy()
        factor = scale / np.sqrt(spare + wide.type(epsilon))
        y = centred * factor.reshape(spread) + offset.reshape(spread)
        kept = (mean.copy(), np.array(spare))
        return (y.astype(dtype), mean, told, *kept, *[np.zeros(0, wide)] * extra)

    return normalize


def _gradient(op: Operation, grad: Tensor, *_: Any) -> Any:
    """The gradients of x, scale and offset; those of the statistics do not count, as in TF."""
    x, scale = op.inputs[0], op.inputs[1]
    axes, kind = _other_axes(op), op.inputs[1].dtype.base_dtype
    image, above = cast(x, kind), cast(grad, kind)
    if op.attrs["is_training"]:
        mean = reduce_mean(image, axes, keepdims=True)
        variance = reduce_mean(raw.Square(image - mean), axes, keepdims=True)
    else:
        mean, variance = _spread(op, op.inputs[3]), _spread(op, op.inputs[4])
    inverse = raw.Rsqrt(variance + op.attrs["epsilon"])  # type: ignore[operator]
    unit = (image - mean) * inverse
    by_scale, by_offset = reduce_sum(above * unit, axes), reduce_sum(above, axes)
    factor = _spread(op, scale) * inverse
    by_x = above * factor
    if op.attrs["is_training"]:
        common = reduce_mean(above, axes, keepdims=True)
        along = reduce_mean(above * unit, axes, keepdims=True)
        by_x = factor * (above - common - unit * along)
    return [cast(by_x, x.dtype.base_dtype), by_scale, by_offset, None, None]


def _spread(op: Operation, vector: Tensor) -> Tensor:
    """A number for each channel in the shape of images of one pixel."""
    shape = [1, -1, 1, 1] if op.attrs["data_format"] == "NCHW" else [1, 1, 1, -1]
    return raw.Reshape(vector, shape)  # type: ignore[no-any-return]


_NAMES = "y: T, batch_mean: {u}, batch_variance: {u}, reserve_space_1: {u}, reserve_space_2: {u}"
fused_batch_norm_op = _define("FusedBatchNorm", {"T": _WIDE}, "T", _NAMES.format(u="T"))
_TWO = {"T": attrs.types(*dtypes.FLOATING), "U": _WIDE}
fused_batch_norm_v2_op = _define("FusedBatchNormV2", _TWO, "U", _NAMES.format(u="U"))
fused_batch_norm_v3_op = _define(
    "FusedBatchNormV3", _TWO, "U", _NAMES.format(u="U") + ", reserve_space_3: U"
)


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalises images over all but their channels (tf.nn.fused_batch_norm).

    Args:
      x: images [batch, height, width, channels], or by `data_format` "NCHW".
      scale, offset: [channels].
      mean, variance: [channels], needed unless `is_training`.
      epsilon: is added to the variance; at least 1.001e-5.
      data_format: "NHWC" or "NCHW".
      is_training: use the statistics of x itself.
      name: the operation's name.

    Returns:
      (the images, the mean, the unbiased variance).

    Raises:
      ValueError: a mean or variance is given in training, or missing otherwise.
    """
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    if not is_training and (mean is None or variance is None):
        raise ValueError("Both 'mean' and 'variance' must be given unless is_training is True.")
    with name_scope(name, "FusedBatchNorm", [x]) as scope:
        x = convert_to_tensor(x, name="input")
        kind = dtypes.float64 if x.dtype.base_dtype is dtypes.float64 else dtypes.float32
        scale = convert_to_tensor(scale, dtype=kind, name="scale")
        offset = convert_to_tensor(offset, dtype=kind, name="offset")
        if is_training:
            mean = variance = zeros([0], kind)
        y, batch_mean, batch_variance, *_ = fused_batch_norm_v3_op(
            x, scale, offset, mean, variance, epsilon=max(epsilon, _LEAST_EPSILON),
            data_format=data_format, is_training=is_training, name=scope,
        )  # fmt: skip
        return y, batch_mean, batch_variance
