"""tf.metrics' functions with predictions before labels (tf.contrib.metrics.streaming_...)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from flowgraph import metrics
from flowgraph.core import dtypes
from flowgraph.core.graph import name_scope
from flowgraph.metrics import counts, thresholds, top_k
from flowgraph.metrics.parts import as_bools, published
from flowgraph.ops.array.joining import stack
from flowgraph.ops.array.selecting import in_top_k
from flowgraph.ops.control.basic import group
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.division import div
from flowgraph.variables.scope import variable_scope

_Metric = tuple[Any, Any]
_EPSILON = 1e-7


def _swapped(metric: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A metric whose first arguments are predictions and labels, in this order."""
    signature = inspect.signature(metric)
    labels, predictions, *others = signature.parameters.values()
    wanted = signature.replace(parameters=[predictions, labels, *others])

    def streaming(*args: Any, **kwargs: Any) -> Any:
        return metric(**wanted.bind(*args, **kwargs).arguments)

    streaming.__signature__ = wanted  # type: ignore[attr-defined]
    streaming.__name__ = streaming.__qualname__ = name
    streaming.__doc__ = f"As `tf.metrics.{metric.__name__}`, with predictions before labels."
    return streaming


streaming_accuracy = _swapped(metrics.accuracy, "streaming_accuracy")
streaming_auc = _swapped(metrics.auc, "streaming_auc")
streaming_false_negatives = _swapped(metrics.false_negatives, "streaming_false_negatives")
streaming_false_positives = _swapped(metrics.false_positives, "streaming_false_positives")
streaming_mean_absolute_error = _swapped(
    metrics.mean_absolute_error, "streaming_mean_absolute_error"
)
streaming_mean_cosine_distance = _swapped(
    metrics.mean_cosine_distance, "streaming_mean_cosine_distance"
)
streaming_mean_iou = _swapped(metrics.mean_iou, "streaming_mean_iou")
streaming_mean_relative_error = _swapped(
    metrics.mean_relative_error, "streaming_mean_relative_error"
)
streaming_mean_squared_error = _swapped(metrics.mean_squared_error, "streaming_mean_squared_error")
streaming_precision = _swapped(metrics.precision, "streaming_precision")
streaming_precision_at_thresholds = _swapped(
    metrics.precision_at_thresholds, "streaming_precision_at_thresholds"
)
streaming_recall = _swapped(metrics.recall, "streaming_recall")
streaming_recall_at_thresholds = _swapped(
    metrics.recall_at_thresholds, "streaming_recall_at_thresholds"
)
streaming_root_mean_squared_error = _swapped(
    metrics.root_mean_squared_error, "streaming_root_mean_squared_error"
)
streaming_sensitivity_at_specificity = _swapped(
    metrics.sensitivity_at_specificity, "streaming_sensitivity_at_specificity"
)
streaming_sparse_average_precision_at_k = _swapped(
    metrics.average_precision_at_k, "streaming_sparse_average_precision_at_k"
)
streaming_sparse_precision_at_k = _swapped(
    metrics.precision_at_k, "streaming_sparse_precision_at_k"
)
streaming_sparse_recall_at_k = _swapped(metrics.recall_at_k, "streaming_sparse_recall_at_k")
streaming_specificity_at_sensitivity = _swapped(
    metrics.specificity_at_sensitivity, "streaming_specificity_at_sensitivity"
)
streaming_true_negatives = _swapped(metrics.true_negatives, "streaming_true_negatives")
streaming_true_positives = _swapped(metrics.true_positives, "streaming_true_positives")
streaming_mean, streaming_mean_tensor = metrics.mean, metrics.mean_tensor
streaming_percentage_less = metrics.percentage_below


# --- rates ----------------------------------------------------------------------------------------
def _rate(
    scope: str, of: Callable[..., _Metric], among: Callable[..., _Metric], predictions: Any,
    labels: Any, weights: Any, metrics_collections: Any, updates_collections: Any,
    name: str | None,
) -> _Metric:  # fmt: skip
    with variable_scope(name, scope, (predictions, labels, weights)):
        predictions, labels, weights = as_bools(predictions, labels, weights)
        some, some_update = of(labels, predictions, weights)
        others, others_update = among(labels, predictions, weights)
        return published(
            counts._share(some, others, "value"),
            counts._share(some_update, others_update, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def streaming_false_positive_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of what is false is predicted true."""
    return _rate(
        "false_positive_rate", metrics.false_positives, metrics.true_negatives, predictions,
        labels, weights, metrics_collections, updates_collections, name,
    )  # fmt: skip


def streaming_false_negative_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of what is true is predicted false."""
    return _rate(
        "false_negative_rate", metrics.false_negatives, metrics.true_positives, predictions,
        labels, weights, metrics_collections, updates_collections, name,
    )  # fmt: skip


def _rates(
    scope: str, prefix: str, keys: tuple[str, str], predictions: Any, labels: Any, limits: Any,
    weights: Any, metrics_collections: Any, updates_collections: Any, name: str | None,
) -> _Metric:  # fmt: skip
    with variable_scope(name, scope, (predictions, labels, weights)):
        values, updates = thresholds.confusion_at_thresholds(
            labels, predictions, limits, weights, includes=keys, check=False
        )

        def rate(found: dict[str, Any], name: str) -> Any:
            total = _EPSILON + found[keys[0]] + found[keys[1]]
            return div(found[keys[0]], total, name=f"{prefix}_{name}")

        return published(
            rate(values, "value"), rate(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def streaming_false_positive_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """`streaming_false_positive_rate` at each threshold."""
    return _rates(
        "false_positive_rate_at_thresholds", "fpr", ("fp", "tn"), predictions, labels, thresholds,
        weights, metrics_collections, updates_collections, name,
    )  # fmt: skip


def streaming_false_negative_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """`streaming_false_negative_rate` at each threshold."""
    return _rates(
        "false_negative_rate_at_thresholds", "fnr", ("fn", "tp"), predictions, labels, thresholds,
        weights, metrics_collections, updates_collections, name,
    )  # fmt: skip


# --- counts at thresholds -------------------------------------------------------------------------
def _count(key: str, predictions: Any, labels: Any, limits: Any, weights: Any) -> _Metric:
    values, updates = thresholds.confusion_at_thresholds(
        labels, predictions, limits, weights, includes=(key,), check=False
    )
    return values[key], updates[key]


def streaming_true_positives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> _Metric:
    """How many are true and above each threshold."""
    return _count("tp", predictions, labels, thresholds, weights)


def streaming_true_negatives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> _Metric:
    """How many are false and not above each threshold."""
    return _count("tn", predictions, labels, thresholds, weights)


def streaming_false_positives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> _Metric:
    """How many are false and above each threshold."""
    return _count("fp", predictions, labels, thresholds, weights)


def streaming_false_negatives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> _Metric:
    """How many are true and not above each threshold."""
    return _count("fn", predictions, labels, thresholds, weights)


def streaming_curve_points(
    labels: Any = None,
    predictions: Any = None,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
) -> _Metric:
    """The points of the curve whose area `streaming_auc` is, [num_thresholds, 2].

    Raises:
      ValueError: the curve is neither "ROC" nor "PR".
    """
    with variable_scope(name, "curve_points", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        limits = [0.0 - _EPSILON, *thresholds._evenly(num_thresholds), 1.0 + _EPSILON]
        found, updates = thresholds.confusion_at_thresholds(
            labels, predictions, limits, weights, check=False
        )
        tp, fn, tn, fp = (found[key] for key in ("tp", "fn", "tn", "fp"))
        epsilon = 1e-6
        recall = div(tp + epsilon, tp + fn + epsilon)
        if curve == "ROC":
            axes = [div(fp, fp + tn + epsilon), recall]
        else:
            axes = [recall, div(tp + epsilon, tp + fp + epsilon)]
        return published(
            stack(axes, axis=1), group(*updates.values()), metrics_collections,
            updates_collections,
        )  # fmt: skip


# --- the best k -----------------------------------------------------------------------------------
def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How often the label is among the k classes of the highest scores."""
    found = cast(in_top_k(predictions, labels, k), dtypes.float32)
    name = name or f"recall_at_{k}"
    return metrics.mean(found, weights, metrics_collections, updates_collections, name)


def streaming_sparse_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """As `tf.metrics.precision_at_top_k`."""
    title = top_k._name_at_k("precision", None, class_id)
    with name_scope(name, title, [top_k_predictions, labels, weights]) as scope:
        return metrics.precision_at_top_k(
            labels, top_k_predictions, class_id=class_id, weights=weights,
            metrics_collections=metrics_collections, updates_collections=updates_collections,
            name=scope,
        )  # fmt: skip


def sparse_recall_at_top_k(
    labels: Any,
    top_k_predictions: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """As `tf.metrics.recall_at_top_k`."""
    title = top_k._name_at_k("recall", None, class_id)
    with name_scope(name, title, [top_k_predictions, labels, weights]) as scope:
        return metrics.recall_at_top_k(
            labels, top_k_predictions, class_id=class_id, weights=weights,
            metrics_collections=metrics_collections, updates_collections=updates_collections,
            name=scope,
        )  # fmt: skip


def streaming_sparse_average_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """As `tf.metrics.average_precision_at_k`, of guessed classes instead of scores."""
    return top_k.streaming_average_precision(
        labels, top_k_predictions, weights, metrics_collections, updates_collections, name
    )
