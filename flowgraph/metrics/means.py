"""Metrics that are means over all that was seen: tf.metrics.mean, accuracy, errors.

Each function makes local variables and gives (value, update_op): the metric of what the updates
have seen so far, and what takes the present batch in and gives the metric with it.

All take `weights` (None, or what broadcasts to the values), `metrics_collections` and
`updates_collections` (names of collections that value and update are added to) and `name`, the
variable scope.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.tensor import Tensor
from flowgraph.metrics.parts import matched, metric_variable, published, quotient
from flowgraph.ops.array.making import ones, ones_like, zeros_like
from flowgraph.ops.array.matrix import diag_part
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import size
from flowgraph.ops.math.arithmetic import multiply, subtract
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater, less, not_equal
from flowgraph.ops.math.confusion import confusion_matrix, remove_squeezable_dimensions
from flowgraph.ops.math.division import div
from flowgraph.ops.math.powers import squared_difference
from flowgraph.ops.math.reduction import reduce_mean, reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.math.unary import sqrt
from flowgraph.ops.math.weights import broadcast_weights
from flowgraph.ops.state.scatter import scatter_add
from flowgraph.ops.state.variable import assign_add
from flowgraph.variables.scope import variable_scope

_Metric = tuple[Any, Any]


def _weighted(values: Tensor, weights: Any) -> tuple[Tensor, Tensor]:
    """(the values times their weights, the weights in the values' shape)."""
    values, _, weights = matched(values, None, weights)
    weights = broadcast_weights(cast(weights, dtypes.float32), values)
    return multiply(values, weights), weights


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The weighted mean of all values (tf.metrics.mean); its variables: total, count."""
    with variable_scope(name, "mean", (values, weights)):
        values = cast(values, dtypes.float32)
        total = metric_variable([], dtypes.float32, name="total")
        count = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            number = cast(size(values), dtypes.float32)
        else:
            values, weights = _weighted(values, weights)
            number = reduce_sum(weights)
        more = assign_add(total, reduce_sum(values))
        with control_dependencies([values]):
            counted = assign_add(count, number)
        return published(
            quotient(total, count, "value"), quotient(more, counted, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The weighted mean of each element (tf.metrics.mean_tensor)."""
    with variable_scope(name, "mean", (values, weights)):
        values = cast(values, dtypes.float32)
        total = metric_variable(values.shape, dtypes.float32, name="total_tensor")
        count = metric_variable(values.shape, dtypes.float32, name="count_tensor")
        number = ones_like(values)
        if weights is not None:
            values, weights = _weighted(values, weights)
            number = multiply(number, weights)
        more = assign_add(total, values)
        with control_dependencies([values]):
            counted = assign_add(count, number)
        return published(
            quotient(total, count, "value"), quotient(more, counted, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How often predictions equal labels (tf.metrics.accuracy); its variables: total, count.

    Raises:
      ValueError: the shapes of predictions and labels do not fit.
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    if labels.dtype != predictions.dtype:
        predictions = cast(predictions, labels.dtype)
    correct = cast(equal(predictions, labels), dtypes.float32)
    return mean(correct, weights, metrics_collections, updates_collections, name or "accuracy")


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The mean of |predictions - labels| (tf.metrics.mean_absolute_error)."""
    predictions, labels, weights = matched(predictions, labels, weights)
    errors = abs_(predictions - labels)
    name = name or "mean_absolute_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The mean of (predictions - labels)^2 (tf.metrics.mean_squared_error)."""
    predictions, labels, weights = matched(predictions, labels, weights)
    errors = squared_difference(labels, predictions)
    name = name or "mean_squared_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The root of the mean of (predictions - labels)^2 (tf.metrics.root_mean_squared_error)."""
    predictions, labels, weights = matched(predictions, labels, weights)
    squares, update = mean_squared_error(
        labels, predictions, weights, None, None, name or "root_mean_squared_error"
    )
    return published(sqrt(squares), sqrt(update), metrics_collections, updates_collections)


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """1 - the mean scalar product along `dim`, of vectors of norm 1.

    tf.metrics.mean_cosine_distance.
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    products = reduce_sum(multiply(predictions, labels), [dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    return published(
        subtract(1.0, value), subtract(1.0, update), metrics_collections, updates_collections
    )


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The mean of |labels - predictions| / normalizer, 0 where it is 0.

    tf.metrics.mean_relative_error.
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, normalizer)
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    errors = where(
        equal(normalizer, 0.0), zeros_like(labels), div(abs_(labels - predictions), normalizer)
    )
    name = name or "mean_relative_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of the values is below a threshold (tf.metrics.percentage_below)."""
    below = cast(less(values, threshold), dtypes.float32)
    name = name or "percentage_below_threshold"
    return mean(below, weights, metrics_collections, updates_collections, name)


def _flat(tensor: Any) -> Tensor:
    tensor = convert_to_tensor(tensor)
    return reshape(tensor, [-1]) if (tensor.shape.rank or 0) > 1 else tensor


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The mean over the classes of how often each is found (tf.metrics.mean_per_class_accuracy).

    The update gives the accuracy of each class.
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels, predictions = _flat(cast(labels, dtypes.int64)), _flat(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        total = metric_variable([num_classes], dtypes.float32, name="total")
        count = metric_variable([num_classes], dtypes.float32, name="count")
        each = ones([size(labels)], dtypes.float32)
        if labels.dtype != predictions.dtype:
            predictions = cast(predictions, labels.dtype)
        correct = cast(equal(predictions, labels), dtypes.float32)
        if weights is not None:
            weights = cast(_flat(weights), dtypes.float32)
            correct, each = correct * weights, each * weights
        seen, found = scatter_add(total, labels, each), scatter_add(count, labels, correct)
        return published(
            reduce_mean(quotient(count, total), name="mean_accuracy"),
            quotient(found, seen, "update_op"),
            metrics_collections,
            updates_collections,
        )


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The mean over the classes of intersection over union (tf.metrics.mean_iou).

    The update gives the confusion matrix; its variable: total_confusion_matrix.
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        matrix, update = streaming_confusion_matrix(labels, predictions, num_classes, weights)
        return published(_mean_iou(matrix), update, metrics_collections, updates_collections)


def _mean_iou(matrix: Any) -> Tensor:
    rows, columns = (cast(reduce_sum(matrix, axis), dtypes.float32) for axis in (0, 1))
    both = cast(diag_part(matrix), dtypes.float32)
    either = rows + columns - both
    seen = reduce_sum(cast(not_equal(either, 0), dtypes.float32))
    shares = div(both, where(greater(either, 0), either, ones_like(either)))
    total = reduce_sum(shares, name="mean_iou")
    return where(greater(seen, 0), total / seen, convert_to_tensor(0.0))


def streaming_confusion_matrix(
    labels: Any, predictions: Any, num_classes: int, weights: Any = None
) -> _Metric:
    """How often each class was taken for each, over all that was seen; (variable, update)."""
    shape = [num_classes, num_classes]
    total = metric_variable(shape, dtypes.float64, name="total_confusion_matrix")
    labels = _flat(cast(labels, dtypes.int64))
    predictions = _flat(cast(predictions, dtypes.int64))
    present = confusion_matrix(
        labels, predictions, cast(num_classes, dtypes.int64),
        weights=None if weights is None else _flat(weights), dtype=dtypes.float64,
    )  # fmt: skip
    return total, assign_add(total, present)
