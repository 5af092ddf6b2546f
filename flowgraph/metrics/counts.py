"""Metrics of what is true or false: counts of right and wrong ones, precision and recall.

See `means` for what all metrics take and give.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.tensor import Tensor
from flowgraph.metrics.parts import as_bools, metric_variable, published
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import rank
from flowgraph.ops.control.static_checks import assert_rank_in, assert_type
from flowgraph.ops.math.arithmetic import multiply
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater
from flowgraph.ops.math.division import div
from flowgraph.ops.math.logical import logical_and
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.state.variable import assign_add
from flowgraph.variables.scope import variable_scope

_Metric = tuple[Any, Any]


def count_condition(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
) -> _Metric:
    """How many values are true, with their weights."""
    assert_type(values, dtypes.bool_)
    count = metric_variable([], dtypes.float32, name="count")
    values = cast(values, dtypes.float32)
    if weights is not None:
        with control_dependencies([assert_rank_in(weights, (0, rank(values)))]):
            values = multiply(values, cast(weights, dtypes.float32))
    return published(
        identity(count), assign_add(count, reduce_sum(values)),
        metrics_collections, updates_collections,
    )  # fmt: skip


def _count(
    scope: str, label: bool, prediction: bool, labels: Any, predictions: Any, weights: Any,
    metrics_collections: Any, updates_collections: Any, name: str | None,
) -> _Metric:  # fmt: skip
    with variable_scope(name, scope, (predictions, labels, weights)):
        predictions, labels, weights = as_bools(predictions, labels, weights)
        both = logical_and(equal(labels, label), equal(predictions, prediction))
        return count_condition(both, weights, metrics_collections, updates_collections)


def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How many are true and predicted so (tf.metrics.true_positives)."""
    return _count(
        "true_positives", True, True, labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How many are false and predicted so (tf.metrics.true_negatives)."""
    return _count(
        "true_negatives", False, False, labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How many are false and predicted true (tf.metrics.false_positives)."""
    return _count(
        "false_positives", False, True, labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How many are true and predicted false (tf.metrics.false_negatives)."""
    return _count(
        "false_negatives", True, False, labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def _share(right: Any, wrong: Any, name: str) -> Tensor:
    total = right + wrong
    return where(greater(total, 0), div(right, total), convert_to_tensor(0.0), name=name)


def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of what is predicted true is true (tf.metrics.precision)."""
    with variable_scope(name, "precision", (predictions, labels, weights)):
        predictions, labels, weights = as_bools(predictions, labels, weights)
        right, right_update = true_positives(labels, predictions, weights)
        wrong, wrong_update = false_positives(labels, predictions, weights)
        return published(
            _share(right, wrong, "value"), _share(right_update, wrong_update, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of what is true is predicted true (tf.metrics.recall)."""
    with variable_scope(name, "recall", (predictions, labels, weights)):
        predictions, labels, weights = as_bools(predictions, labels, weights)
        right, right_update = true_positives(labels, predictions, weights)
        wrong, wrong_update = false_negatives(labels, predictions, weights)
        return published(
            _share(right, wrong, "value"), _share(right_update, wrong_update, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip
