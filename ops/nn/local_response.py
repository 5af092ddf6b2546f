"""Local response normalisation (Krizhevsky, Sutskever and Hinton 2012, section 3.3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.unary import through_float32

_ATTRS = {
    "depth_radius": attrs.integer(5),
    "bias": attrs.real(1.0),
    "alpha": attrs.real(1.0),
    "beta": attrs.real(0.5),
    "T": attrs.types(*dtypes.FLOATING, default=dtypes.float32),
}
_WIDEST_BAND = 256  # channels up to which a product with a banded matrix beats running sums
_NUMBERS = ("depth_radius", "bias", "alpha", "beta")


def _sums_near(x: Any, radius: int) -> Any:
    """For each channel the sum over those near it."""
    places = np.arange(x.shape[-1])
    if x.size and len(places) <= _WIDEST_BAND:
        near = np.abs(places - places[:, np.newaxis]) <= radius
        return (x.reshape(-1, len(places)) @ near.astype(x.dtype)).reshape(x.shape)
    sums = np.zeros((*x.shape[:-1], x.shape[-1] + 1), x.dtype)
    np.cumsum(x, axis=-1, out=sums[..., 1:])
    first = np.maximum(places - radius, 0)
    last = np.minimum(places + radius + 1, x.shape[-1])
    return sums[..., last] - sums[..., first]


def _check_images(*arrays: Any) -> None:
    shapes = [array.shape for array in arrays]
    if len(shapes[0]) != 4 or len(set(shapes)) != 1:
        raise InvalidArgumentError(f"images must have 4 dimensions, and one shape, got {shapes}")


# --- LRN ------------------------------------------------------------------------------------------
lrn_op = define(
    "LRN", inputs="input: T", outputs="output: T", attrs=_ATTRS,
    shape=lambda op: op.inputs[0].shape.with_rank(4), traits=Trait.HEAVY,
)  # fmt: skip


@lrn_op.kernel
def _(ctx: Any) -> Any:
    radius, *numbers = (ctx.attrs[name] for name in _NUMBERS)

    def normalize(x: Any) -> Any:
        _check_images(x)
        bias, alpha, beta = (x.dtype.type(v) for v in numbers)
        return x / (bias + alpha * _sums_near(x * x, radius)) ** beta

    return through_float32(ctx, normalize)


@lrn_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    numbers = {name: op.attrs[name] for name in _NUMBERS}
    return lrn_grad_op(grad, op.inputs[0], op.outputs[0], **numbers)


# --- LRNGrad --------------------------------------------------------------------------------------
def _merged_shape(op: Operation) -> TensorShape:
    shape = op.inputs[0].shape.with_rank(4)
    return shape.merge_with(op.inputs[1].shape).merge_with(op.inputs[2].shape)


lrn_grad_op = define(
    "LRNGrad", inputs="input_grads: T, input_image: T, output_image: T", outputs="output: T",
    attrs=_ATTRS, shape=_merged_shape, traits=Trait.HEAVY,
)  # fmt: skip


@lrn_grad_op.kernel
def _(ctx: Any) -> Any:
    radius, *numbers = (ctx.attrs[name] for name in _NUMBERS)

    def backward(grad: Any, x: Any, y: Any) -> Any:
        _check_images(grad, x, y)
        bias, alpha, beta = (x.dtype.type(v) for v in numbers)
        norm = bias + alpha * _sums_near(x * x, radius)
        through = _sums_near(grad * y / norm, radius)
        return grad / norm**beta - 2 * alpha * beta * x * through

    return through_float32(ctx, backward)


@lrn_grad_op.gradient
def _(op: Operation, above: Tensor) -> Any:
    """TensorFlow has none. The output image counts as the function of the input that it is."""
    grad, x = op.inputs[:2]
    a, near = op.attrs, _neighbours(x, op.attrs["depth_radius"])
    norm = _along_channels(raw.Square(x), near) * a["alpha"] + a["bias"]  # type: ignore[operator]
    direct = grad * raw.Pow(norm, -a["beta"])
    through = _along_channels(grad * x * raw.Pow(norm, -a["beta"] - 1), near)  # type: ignore[operator]
    composed = direct - through * x * (2 * a["alpha"] * a["beta"])  # type: ignore[operator]
    return [*gradients(composed, [grad, x], above, stop_gradients=[grad, x]), None]


def _neighbours(x: Tensor, radius: int) -> Tensor:
    """A matrix [channels, channels] of ones where two channels are near each other."""
    channels = raw.Shape(x)[3:]
    ones = raw.Fill(raw.ConcatV2([channels, channels], 0), x.dtype.base_dtype.as_numpy_dtype(1))
    # a band may not be wider than its matrix
    reach = raw.Minimum(raw.Cast(channels[0], DstT="int64"), np.int64(radius))
    return raw.MatrixBandPart(ones, reach, reach)  # type: ignore[no-any-return]


def _along_channels(x: Tensor, matrix: Tensor) -> Tensor:
    """The sum over near channels, at each place."""
    rows = raw.Reshape(x, raw.ConcatV2([np.array([-1], np.int32), raw.Shape(x)[3:]], 0))
    return raw.Reshape(raw.MatMul(rows, matrix), raw.Shape(x))  # type: ignore[no-any-return]


def lrn(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """x / (bias + alpha * the sum of squares of near channels) ** beta (tf.nn.lrn).

    Args:
      input: images [batch, height, width, channels].
      depth_radius: how many channels on each side count.
      bias, alpha, beta: see above.
      name: the operation's name.
    """
    return lrn_op(  # type: ignore[no-any-return]
        input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name
    )


local_response_normalization = lrn
