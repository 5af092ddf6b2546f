"""The activations that layers know by name; tf.keras.activations re-exports them."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.selecting import where
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.clip import clip_by_value
from flowgraph.ops.math.comparison import greater
from flowgraph.ops.math.reduction import reduce_max, reduce_sum
from flowgraph.ops.math.trigonometry import tanh as tanh_op
from flowgraph.ops.math.unary import exp
from flowgraph.ops.math.unary import sigmoid as sigmoid_op
from flowgraph.ops.nn import activation as nn
from flowgraph.ops.nn import softmax as softmax_ops

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Exponentials over their sum along an axis; ValueError for vectors."""
    x = convert_to_tensor(x)
    if x.shape.rank == 2:
        return softmax_ops.softmax(x)
    if x.shape.rank is not None and x.shape.rank < 2:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")
    powers = exp(x - reduce_max(x, axis, keepdims=True))
    return powers / reduce_sum(powers, axis, keepdims=True)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    result = nn.elu(x)
    return result if alpha == 1 else where(convert_to_tensor(x) > 0, result, alpha * result)


def selu(x: Any) -> Tensor:
    """The scaled elu that keeps mean and variance (Klambauer et al. 2017, arXiv:1706.02515)."""
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


def softplus(x: Any) -> Tensor:
    """log(1 + exp(x))."""
    return nn.softplus(x)


def softsign(x: Any) -> Tensor:
    """x / (1 + |x|)."""
    return nn.softsign(x)


def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0
) -> Tensor:
    """max(x, 0); with a slope below `threshold`, and cut off at `max_value`."""
    x = convert_to_tensor(x)
    if not alpha and not threshold:
        if max_value is None:
            return nn.relu(x)
        return nn.relu6(x) if max_value == 6 else clip_by_value(nn.relu(x), 0.0, max_value)
    above = x * cast(greater(x, threshold), x.dtype) if threshold else nn.relu(x)
    if max_value is not None:
        above = clip_by_value(above, 0.0, max_value)
    return above - alpha * nn.relu(threshold - x) if alpha else above


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent."""
    return tanh_op(x)


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x))."""
    return sigmoid_op(x)


def exponential(x: Any) -> Tensor:
    """exp(x)."""
    return exp(x)


def hard_sigmoid(x: Any) -> Tensor:
    """0.2 x + 0.5, cut off at 0 and 1."""
    return clip_by_value(convert_to_tensor(x) * 0.2 + 0.5, 0.0, 1.0)


def linear(x: Any) -> Any:
    """x itself."""
    return x


def swish(x: Any) -> Tensor:
    """x times its sigmoid."""
    return nn.swish(x)
