"""The losses of tf.losses, by name.

All take `weights` (a scalar, or of the losses' rank with sizes that are 1 or theirs), `scope` (the
scope of the operations), `loss_collection` (where the loss is added, or None) and `reduction`, one
of `Reduction`; they give a scalar, or for Reduction.NONE a tensor of all elements.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.losses.util import add_loss
from flowgraph.losses.weighted import Reduction, compute_weighted_loss, number_of_present
from flowgraph.ops.array.identity import stop_gradient
from flowgraph.ops.array.making import ones_like, zeros_like
from flowgraph.ops.array.reshape import squeeze
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import rank
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control.cond import cond
from flowgraph.ops.math.arithmetic import multiply, subtract
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.confusion import remove_squeezable_dimensions
from flowgraph.ops.math.division import div_no_nan
from flowgraph.ops.math.powers import maximum, minimum, squared_difference
from flowgraph.ops.math.range import range as range_op
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.math.unary import log, square
from flowgraph.ops.math.weights import assert_broadcastable
from flowgraph.ops.nn.activation import relu
from flowgraph.ops.nn.softmax import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)

_BY_NONZERO = Reduction.SUM_BY_NONZERO_WEIGHTS


def _check_given(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def _floats(labels: Any, predictions: Any) -> tuple[Tensor, Tensor]:
    """Both as float32, of shapes that fit."""
    predictions, labels = cast(predictions, dtypes.float32), cast(labels, dtypes.float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """|predictions - labels| (tf.losses.absolute_difference).

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        labels, predictions = _floats(labels, predictions)
        losses = abs_(subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
    dim: int | None = None,
) -> Tensor:
    """1 - the scalar product along an axis, of vectors of norm 1 (tf.losses.cosine_distance).

    `dim` is the old name of `axis`.

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'")
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    _check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        labels, predictions = _floats(labels, predictions)
        losses = 1 - reduce_sum(multiply(predictions, labels), [axis], keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """max(1 - (2 labels - 1) logits, 0), of labels 0 and 1 (tf.losses.hinge_loss).

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", [logits, labels, weights]) as scope:
        labels, logits = _floats(labels, logits)
        ones = ones_like(labels)
        losses = relu(subtract(ones, multiply(subtract(2 * labels, ones), logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """Half the squared error up to `delta`, and linear above (tf.losses.huber_loss).

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", [predictions, labels, weights]) as scope:
        labels, predictions = _floats(labels, predictions)
        error = abs_(subtract(predictions, labels))
        quadratic = minimum(error, delta)
        losses = 0.5 * multiply(quadratic, quadratic) + delta * subtract(error, quadratic)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """The cross entropy of probabilities; `epsilon` keeps logarithms finite (tf.losses.log_loss).

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        labels, predictions = _floats(labels, predictions)
        of_ones = multiply(labels, log(predictions + epsilon))
        of_zeros = multiply(1 - labels, log(1 - predictions + epsilon))
        losses = -of_ones - of_zeros
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """The squared errors of the differences of each two elements of an example.

    tf.losses.mean_pairwise_squared_error.

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, predictions=predictions)
    values = [predictions, labels, weights]
    with name_scope(scope, "mean_pairwise_squared_error", values) as scope:
        weights, labels = cast(weights, dtypes.float32), cast(labels, dtypes.float32)
        with control_dependencies([assert_broadcastable(weights, labels)]):
            labels, predictions = _floats(labels, predictions)
            errors = subtract(predictions, labels)
            axes = range_op(1, rank(errors))
            count = number_of_present(errors, weights, per_batch=True)
            squares = reduce_sum(square(errors), axes, keepdims=True)
            total = reduce_sum(errors, axes, keepdims=True)
            first = 2.0 * div_no_nan(squares, maximum(count - 1, 0), name="value")
            pairs = maximum(multiply(count, count - 1), 0)
            second = 2.0 * div_no_nan(square(total), pairs, name="value")
            loss = reduce_sum(multiply(first - second, weights))
            loss = where(reduce_sum(count) > 0, loss, zeros_like(loss), name="value")
            add_loss(loss, loss_collection)
            return loss


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """(predictions - labels)^2 (tf.losses.mean_squared_error).

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        labels, predictions = _floats(labels, predictions)
        losses = squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """The cross entropy of the logits' sigmoids, each on its own (tf.losses.sigmoid_cross_entropy).

    `label_smoothing` moves labels towards 1/2 by this share.

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(multi_class_labels=multi_class_labels, logits=logits)
    values = [logits, multi_class_labels, weights]
    with name_scope(scope, "sigmoid_cross_entropy_loss", values) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """The cross entropy of the logits' softmax and probabilities (tf.losses.softmax_cross_entropy).

    `label_smoothing` moves labels towards equal probabilities by this share. Labels get no
    gradient. Weights are for examples, or a scalar.

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(onehot_labels=onehot_labels, logits=logits)
    values = [logits, onehot_labels, weights]
    with name_scope(scope, "softmax_cross_entropy_loss", values) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = cast(shape_op(labels)[-1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + label_smoothing / classes
        labels = stop_gradient(labels, name="labels_stop_gradient")
        losses = softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Tensor:
    """The cross entropy of the logits' softmax and classes.

    Labels and weights may have a last dimension of 1 more (tf.losses.sparse_softmax_cross_entropy).

    Raises:
      ValueError: an argument is None, or shapes do not fit.
    """
    _check_given(labels=labels, logits=logits)
    values = [logits, labels, weights]
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", values) as scope:
        labels, logits = remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
        weights = _without_last(weights, labels)
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def _without_last(weights: Any, labels: Tensor) -> Any:
    """The weights without a last dimension of 1 that the labels have not."""
    weights = convert_to_tensor(weights)
    ours, theirs = weights.shape.rank, labels.shape.rank
    if ours is not None and theirs is not None:
        return squeeze(weights, [-1]) if ours - theirs == 1 else weights
    if ours == 0 or (ours and not weights.shape[-1].is_compatible_with(1)):
        return weights
    extra = raw.Sub(rank(weights), rank(labels))
    return cond(raw.Equal(extra, 1), lambda: squeeze(weights, [-1]), lambda: weights)
