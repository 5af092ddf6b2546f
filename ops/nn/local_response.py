"""Local response normalisation (Krizhevsky, Sutskever and Hinton 2012, section 3.3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.unary import through_float32

lrn_op = define(
    "LRN",
    inputs="input: T",
    outputs="output: T",
    attrs={
        "depth_radius": attrs.integer(5),
        "bias": attrs.real(1.0),
        "alpha": attrs.real(1.0),
        "beta": attrs.real(0.5),
        "T": attrs.types(*dtypes.FLOATING, default=dtypes.float32),
    },
    shape=lambda op: op.inputs[0].shape.with_rank(4),
    traits=Trait.HEAVY,
)


@lrn_op.kernel
def _(ctx: Any) -> Any:
    radius = ctx.attrs["depth_radius"]
    numbers = [ctx.attrs[name] for name in ("bias", "alpha", "beta")]

    def normalize(x: Any) -> Any:
        bias, alpha, beta = (x.dtype.type(v) for v in numbers)
        sums = np.zeros((*x.shape[:-1], x.shape[-1] + 1), x.dtype)
        np.cumsum(x * x, axis=-1, out=sums[..., 1:])
        places = np.arange(x.shape[-1])
        first = np.maximum(places - radius, 0)
        last = np.minimum(places + radius + 1, x.shape[-1])
        return x / (bias + alpha * (sums[..., last] - sums[..., first])) ** beta

    return through_float32(ctx, normalize)


@lrn_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    a, x = op.attrs, op.inputs[0]
    near = _neighbours(x, a["depth_radius"])
    total = _along_channels(raw.Square(x), near)
    norm = total * a["alpha"] + a["bias"]  # type: ignore[operator]
    direct = grad * raw.Pow(norm, -a["beta"])
    through = _along_channels(grad * x * raw.Pow(norm, -a["beta"] - 1), near)  # type: ignore[operator]
    return direct - through * x * (2 * a["alpha"] * a["beta"])  # type: ignore[operator]


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
