"""Batch normalisation as one op (Ioffe and Szegedy 2015, arXiv:1502.03167).

Its gradient stands in `batch_norm_grad.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros
from flowgraph.ops.nn.batch_norm_grad import (
    COMMON,
    TWO,
    WIDE,
    channel_axis,
    fused_batch_norm_gradient,
    other_axes,
    spread_shape,
)

_LEAST_EPSILON = 1.001e-5  # cuDNN's, which TensorFlow keeps everywhere


def _shapes(op: Operation) -> list[TensorShape]:
    x = op.inputs[0].shape.with_rank(4)
    channels = TensorShape([x[channel_axis(op)]])
    for tensor in op.inputs[1 : 3 if op.attrs["is_training"] else 5]:  # mean, variance: not used
        channels = channels.merge_with(tensor.shape.with_rank(1))
    image = list(x.known or ())
    image[channel_axis(op)] = channels.known[0]  # type: ignore[index]
    return [TensorShape(image), *[channels] * 4, TensorShape([0])][: len(op.outputs)]


def _define(op_type: str, types: dict[str, Any], wide: str, outputs: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"x: T, scale: {wide}, offset: {wide}, mean: {wide}, variance: {wide}",
        outputs=outputs,
        attrs={**types, **COMMON},
        shape=_shapes,
    )
    op_def.kernel(_bind)
    op_def.gradient(fused_batch_norm_gradient)
    return op_def


def _bind(ctx: Any) -> Any:
    axes = tuple(other_axes(ctx.op))
    epsilon, training = ctx.attrs["epsilon"], ctx.attrs["is_training"]
    dtype, wide = ctx.dtype, ctx.input_dtypes[1].np_dtype
    spread = spread_shape(ctx.op)
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


_NAMES = "y: T, batch_mean: {u}, batch_variance: {u}, reserve_space_1: {u}, reserve_space_2: {u}"
fused_batch_norm_op = _define("FusedBatchNorm", {"T": WIDE}, "T", _NAMES.format(u="T"))
fused_batch_norm_v2_op = _define("FusedBatchNormV2", TWO, "U", _NAMES.format(u="U"))
fused_batch_norm_v3_op = _define(
    "FusedBatchNormV3", TWO, "U", _NAMES.format(u="U") + ", reserve_space_3: U"
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
        scale = scale if isinstance(scale, Tensor) else convert_to_tensor(scale, kind, "scale")
        offset = offset if isinstance(offset, Tensor) else convert_to_tensor(offset, kind, "offset")
        if is_training:
            mean = variance = zeros([0], kind)
        y, batch_mean, batch_variance, *_ = fused_batch_norm_v3_op(
            x, scale, offset, mean, variance, epsilon=max(epsilon, _LEAST_EPSILON),
            data_format=data_format, is_training=is_training, name=scope,
        )  # fmt: skip
        return y, batch_mean, batch_variance
