"""The losses of tf.contrib.losses, by name.

They are those of tf.losses with predictions before labels and other weights: of fewer dimensions
than the losses, one for each example and not for each element. The mean is over what has a weight.
"""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.losses.collection import add_loss
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import ones, ones_like, zeros_like
from flowgraph.ops.array.reshape import reshape, squeeze
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.math.arithmetic import multiply, subtract
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, not_equal
from flowgraph.ops.math.division import div_no_nan
from flowgraph.ops.math.powers import squared_difference
from flowgraph.ops.math.reduction import reduce_prod, reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.math.unary import log, square
from flowgraph.ops.nn.activation import relu
from flowgraph.ops.nn.softmax import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
)


# --- weights --------------------------------------------------------------------------------------
def _scaled(losses: Tensor, weights: Tensor) -> Tensor:
    """The sum of the losses, each times the weight of its example."""
    axes = list(range(weights.shape.rank or 0, losses.shape.rank or 0))
    return reduce_sum(multiply(reduce_sum(losses, axes), weights))


def _present(losses: Tensor, weights: Tensor) -> Tensor:
    """How many elements of each example have a weight that is not zero."""
    sizes = shape_op(losses)
    rank, most = weights.shape.rank or 0, losses.shape.rank
    if most is not None and rank > most:
        raise ValueError(f"weights have rank {rank}, which is above the losses' rank {most}.")
    if rank == 0:
        each = cast(reduce_prod(sizes[1:]), dtypes.float32)
        each = where(equal(weights, 0), convert_to_tensor(0.0), each)
        return multiply(ones(sizes[:1]), each)
    counted = reduce_sum(cast(not_equal(weights, 0), dtypes.float32), list(range(1, rank)))
    return multiply(counted, cast(reduce_prod(sizes[rank:]), dtypes.float32))


def _of_known_rank(name: str, tensor: Tensor) -> Tensor:
    if tensor.shape.rank is None:
        raise ValueError(f"{name}.get_shape().ndims cannot be None")
    return tensor


def compute_weighted_loss(losses: Any, weights: Any = 1.0, scope: str | None = None) -> Tensor:
    """The mean of the losses that have a weight, each times it; added to the graph's losses.

    Args:
      losses: a tensor [batch, ...].
      weights: a scalar, or of the first dimensions of the losses.
      scope: the scope of the operations.

    Raises:
      ValueError: a rank is not known.
    """
    with name_scope(scope, "weighted_loss", [losses, weights]):
        losses = convert_to_tensor(losses)
        dtype = losses.dtype
        losses = _of_known_rank("losses", cast(losses, dtypes.float32))
        weights = _of_known_rank("weights", cast(convert_to_tensor(weights), dtypes.float32))
        if (weights.shape.rank or 0) > 1 and weights.shape[-1].is_compatible_with(1):
            weights = squeeze(weights, [-1])
        total, count = _scaled(losses, weights), reduce_sum(_present(losses, weights))
        mean = cast(div_no_nan(total, count, name="value"), dtype)
        add_loss(mean)
        return mean


# --- losses ---------------------------------------------------------------------------------------
def _floats(predictions: Any, labels: Any) -> tuple[Tensor, Tensor]:
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return cast(predictions, dtypes.float32), cast(labels, dtypes.float32)


def absolute_difference(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """|predictions - labels|."""
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(abs_(subtract(predictions, labels)), weights, scope=scope)


def sigmoid_cross_entropy(
    logits: Any,
    multi_class_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """The cross entropy of the logits' sigmoids, each on its own."""
    values = [logits, multi_class_labels, weights]
    with name_scope(scope, "sigmoid_cross_entropy_loss", values) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=scope)


def softmax_cross_entropy(
    logits: Any,
    onehot_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """The cross entropy of the logits' softmax and probabilities."""
    values = [logits, onehot_labels, weights]
    with name_scope(scope, "softmax_cross_entropy_loss", values) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = cast(shape_op(labels)[1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + label_smoothing / classes
        losses = softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=scope)


def sparse_softmax_cross_entropy(
    logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """The cross entropy of the logits' softmax and classes."""
    values = [logits, labels, weights]
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", values) as scope:
        labels = reshape(labels, shape=shape_op(labels)[:1])
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope=scope)


def log_loss(
    predictions: Any,
    labels: Any = None,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Tensor:
    """The cross entropy of probabilities; `epsilon` keeps logarithms finite."""
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        of_ones = multiply(labels, log(predictions + epsilon))
        of_zeros = multiply(1 - labels, log(1 - predictions + epsilon))
        return compute_weighted_loss(-of_ones - of_zeros, weights, scope=scope)


def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Tensor:
    """max(1 - (2 labels - 1) logits, 0) of each element, not added to the losses."""
    with name_scope(scope, "hinge_loss", [logits, labels]):
        logits = convert_to_tensor(logits)
        labels = convert_to_tensor(labels)
        logits.shape.assert_is_compatible_with(labels.shape)
        labels = cast(labels, dtypes.float32)
        one = ones_like(labels)
        return relu(subtract(one, multiply(subtract(2 * labels, one), logits)))


def mean_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """(predictions - labels)^2."""
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        losses = squared_difference(*_floats(predictions, labels))
        return compute_weighted_loss(losses, weights, scope=scope)


def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """The squared errors of the differences of each two elements of an example."""
    values = [predictions, labels, weights]
    with name_scope(scope, "mean_pairwise_squared_error", values):
        errors = _of_known_rank("diffs", subtract(*_floats(predictions, labels)))
        weights = _of_known_rank("weights", cast(convert_to_tensor(weights), dtypes.float32))
        axes = list(range(1, errors.shape.rank or 0))
        count = _present(errors, weights)
        first = 2.0 * div_no_nan(reduce_sum(square(errors), axes), count, name="value")
        total = square(reduce_sum(errors, axes))
        second = 2.0 * div_no_nan(total, square(count), name="value")
        loss = _scaled(first - second, weights)
        loss = where(reduce_sum(count) > 0, loss, zeros_like(loss), name="value")
        add_loss(loss)
        return loss


def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """1 - the scalar product along an axis, of vectors of norm 1; `dim` is its old name."""
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'")
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        losses = 1 - reduce_sum(multiply(*_floats(predictions, labels)), [axis])
        return compute_weighted_loss(losses, weights, scope=scope)
