"""Metrics of scores that are cut at thresholds: area under a curve, precision and recall at them.

See `means` for what all metrics take and give.
"""

from __future__ import annotations

import logging
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.tensor import Tensor
from flowgraph.metrics.parts import matched, metric_variable, published
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.making import ones_like
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.selecting import where
from flowgraph.ops.control.value_checks import assert_greater_equal, assert_less_equal
from flowgraph.ops.math.argmax import argmax, argmin
from flowgraph.ops.math.arithmetic import multiply
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater
from flowgraph.ops.math.cumulative import cumsum
from flowgraph.ops.math.division import div, div_no_nan
from flowgraph.ops.math.logical import logical_and, logical_not
from flowgraph.ops.math.powers import maximum, minimum
from flowgraph.ops.math.reduction import reduce_min, reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.math.unary import log
from flowgraph.ops.math.weights import broadcast_weights
from flowgraph.ops.state.variable import assign_add
from flowgraph.variables.scope import variable_scope

_Metric = tuple[Any, Any]
_EDGE = 1e-7  # the outermost thresholds lie so far outside [0, 1]
# What is counted: (its variable's name, the label, the prediction).
_COUNTS = {
    "tp": ("true_positives", True, True),
    "fn": ("false_negatives", True, False),
    "tn": ("true_negatives", False, False),
    "fp": ("false_positives", False, True),
}
_log = logging.getLogger("flowgraph")


def confusion_at_thresholds(
    labels: Any, predictions: Any, thresholds: list[float], weights: Any = None,
    includes: Any = None, check: bool = True,
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """Counts of right and wrong predictions at each threshold.

    Args:
      labels: true or false.
      predictions: numbers of [0, 1].
      thresholds: a prediction above one is true.
      weights: None, or what broadcasts to the predictions.
      includes: which of "tp", "fn", "tn", "fp" to count; all when None.
      check: whether predictions outside of [0, 1] are errors.

    Returns:
      Two dicts from these keys: to the variables, to their updates.
    """
    includes = tuple(_COUNTS) if includes is None else includes
    for include in includes:
        if include not in _COUNTS:
            raise ValueError(f"Invalid key: {include}.")
    predictions = convert_to_tensor(predictions)
    with control_dependencies(_range_checks(predictions) if check else []):
        predictions, labels, weights = matched(
            cast(predictions, dtypes.float32), cast(labels, dtypes.bool_), weights
        )
    if weights is not None:
        weights = broadcast_weights(cast(weights, dtypes.float32), predictions)
        weights = reshape(weights, [1, -1])
    limits = convert_to_tensor([[t] for t in thresholds], dtype=dtypes.float32)
    positive = greater(reshape(predictions, [1, -1]), limits)
    labels = reshape(labels, [1, -1])
    sides = {True: positive, False: logical_not(positive)}
    true = {True: labels, False: logical_not(labels)}
    values, updates = {}, {}
    for key in _COUNTS:
        if key in includes:
            name, label, prediction = _COUNTS[key]
            counted = cast(logical_and(true[label], sides[prediction]), dtypes.float32)
            counted = counted if weights is None else counted * weights
            values[key] = metric_variable([len(thresholds)], dtypes.float32, name=name)
            updates[key] = assign_add(values[key], reduce_sum(counted, 1))
    return values, updates


def _range_checks(predictions: Tensor) -> list[Any]:
    message = "predictions must be in [0, 1]"
    zero, one = cast(0.0, predictions.dtype), cast(1.0, predictions.dtype)
    return [
        assert_greater_equal(predictions, zero, message=message),
        assert_less_equal(predictions, one, message=message),
    ]


def _evenly(count: int) -> list[float]:
    return [(i + 1) * 1.0 / (count - 1) for i in range(count - 2)]


# --- area under a curve ---------------------------------------------------------------------------
def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Any = None,
) -> _Metric:
    """The area under the curve of recall and false positives, or of precision (tf.metrics.auc).

    Args:
      labels: true or false.
      predictions: numbers of [0, 1].
      weights: None, or what broadcasts to the predictions.
      num_thresholds: how many thresholds are put on the curve.
      metrics_collections: the collections of the value.
      updates_collections: the collections of the update.
      curve: "ROC" or "PR".
      name: the variable scope.
      summation_method: "trapezoidal", "careful_interpolation" (of PR), "minoring" or "majoring".
      thresholds: the thresholds between 0 and 1, instead of even ones.

    Raises:
      ValueError: there is no such curve or method.
    """
    with variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        inner = _evenly(num_thresholds) if thresholds is None else sorted(thresholds)
        limits = [0.0 - _EDGE, *inner, 1.0 + _EDGE]
        values, updates = confusion_at_thresholds(labels, predictions, limits, weights)
        if curve == "PR" and summation_method == "trapezoidal":
            _log.warning(
                "Trapezoidal rule is known to produce incorrect PR-AUCs; please switch to "
                '"careful_interpolation" instead.'
            )
        return published(
            _area(values, curve, summation_method, "value"),
            _area(updates, curve, summation_method, "update_op"),
            metrics_collections,
            updates_collections,
        )


def _area(counts: dict[str, Any], curve: str, method: str, name: str) -> Tensor:
    tp, fn, tn, fp = (convert_to_tensor(counts[key]) for key in ("tp", "fn", "tn", "fp"))
    if curve == "PR" and method == "careful_interpolation":
        return _interpolated_pr(tp, fp, fn)
    epsilon = 1.0e-6
    recall = div(tp + epsilon, tp + fn + epsilon)
    if curve == "ROC":
        x, y = div(fp, fp + tn + epsilon), recall
    else:
        x, y = recall, div(tp + epsilon, tp + fp + epsilon)
    before, after = y[:-1], y[1:]
    if method in ("trapezoidal", "careful_interpolation"):
        height = (before + after) / 2.0
    elif method == "minoring":
        height = minimum(before, after)
    elif method == "majoring":
        height = maximum(before, after)
    else:
        raise ValueError(f"Invalid summation_method: {method}")
    return reduce_sum(multiply(x[:-1] - x[1:], height), name=name)


def _interpolated_pr(tp: Any, fp: Any, fn: Any) -> Tensor:
    """Davis and Goadrich 2006: true positives go linearly with all positives between points."""
    steps, positives = tp[:-1] - tp[1:], tp + fp
    slope = div_no_nan(steps, maximum(positives[:-1] - positives[1:], 0), name="prec_slope")
    intercept = tp[1:] - multiply(slope, positives[1:])
    ratio = div_no_nan(positives[:-1], maximum(positives[1:], 0), name="recall_relative_ratio")
    both = logical_and(positives[:-1] > 0, positives[1:] > 0)
    ratio = where(both, ratio, ones_like(positives[1:]))
    area = div_no_nan(
        slope * (steps + intercept * log(ratio)), maximum(tp[1:] + fn[1:], 0),
        name="pr_auc_increment",
    )  # fmt: skip
    return reduce_sum(area, name="interpolate_pr_auc")


# --- one limit given, the other asked for ---------------------------------------------------------
def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The sensitivity where the specificity is nearest to one given.

    tf.metrics.sensitivity_at_specificity.
    """
    if not 0 <= specificity <= 1:
        raise ValueError("`specificity` must be in the range [0, 1].")
    with variable_scope(name, "sensitivity_at_specificity", (predictions, labels, weights)):
        limits = [0.0 - _EDGE, *_evenly(num_thresholds), 1.0 + _EDGE]
        values, updates = confusion_at_thresholds(labels, predictions, limits, weights)

        def sensitivity(counts: dict[str, Any], name: str) -> Tensor:
            specific = div(counts["tn"], counts["tn"] + counts["fp"] + _EDGE)
            at = cast(argmin(abs_(specific - specificity), 0), dtypes.int32)
            tp, fn = convert_to_tensor(counts["tp"])[at], convert_to_tensor(counts["fn"])[at]
            return div(tp, tp + fn + _EDGE, name=name)

        return published(
            sensitivity(values, "value"), sensitivity(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The specificity where the sensitivity is nearest to one given.

    tf.metrics.specificity_at_sensitivity.
    """
    if not 0 <= sensitivity <= 1:
        raise ValueError("`sensitivity` must be in the range [0, 1].")
    with variable_scope(name, "specificity_at_sensitivity", (predictions, labels, weights)):
        limits = [0.0 - _EDGE, *_evenly(num_thresholds), 1.0 - _EDGE]
        values, updates = confusion_at_thresholds(labels, predictions, limits, weights)

        def specificity(counts: dict[str, Any], name: str) -> Tensor:
            far = abs_(div(counts["tp"], counts["tp"] + counts["fn"] + _EDGE) - sensitivity)
            # Of several that are as near, the last one.
            nearest = cumsum(cast(equal(far, reduce_min(far)), dtypes.int64))
            at = cast(argmax(nearest, 0), dtypes.int32)
            tn, fp = convert_to_tensor(counts["tn"])[at], convert_to_tensor(counts["fp"])[at]
            return div(tn, tn + fp + _EDGE, name=name)

        return published(
            specificity(values, "value"), specificity(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


# --- a value for each threshold -------------------------------------------------------------------
def _shares(
    scope: str, prefix: str, wrong: str, labels: Any, predictions: Any, thresholds: Any,
    weights: Any, metrics_collections: Any, updates_collections: Any, name: str | None,
) -> _Metric:  # fmt: skip
    """tp / (tp + wrong) at each threshold."""
    with variable_scope(name, scope, (predictions, labels, weights)):
        values, updates = confusion_at_thresholds(
            labels, predictions, thresholds, weights, includes=("tp", wrong)
        )

        def share(counts: dict[str, Any], name: str) -> Tensor:
            total = 1e-7 + counts["tp"] + counts[wrong]
            return div(counts["tp"], total, name=f"{prefix}_{name}")

        return published(
            share(values, "value"), share(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The precision at each threshold (tf.metrics.precision_at_thresholds)."""
    return _shares(
        "precision_at_thresholds", "precision", "fp", labels, predictions, thresholds, weights,
        metrics_collections, updates_collections, name,
    )  # fmt: skip


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The recall at each threshold (tf.metrics.recall_at_thresholds)."""
    return _shares(
        "recall_at_thresholds", "recall", "fn", labels, predictions, thresholds, weights,
        metrics_collections, updates_collections, name,
    )  # fmt: skip


def _counts(
    key: str, labels: Any, predictions: Any, thresholds: Any, weights: Any,
    metrics_collections: Any, updates_collections: Any, name: str | None,
) -> _Metric:  # fmt: skip
    with variable_scope(name, _COUNTS[key][0], (predictions, labels, weights)):
        values, updates = confusion_at_thresholds(
            labels, predictions, thresholds, weights, includes=(key,)
        )
        return published(
            identity(values[key]), updates[key], metrics_collections, updates_collections
        )


def true_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """`true_positives` at each threshold (tf.metrics.true_positives_at_thresholds)."""
    return _counts(
        "tp", labels, predictions, thresholds, weights, metrics_collections, updates_collections,
        name,
    )  # fmt: skip


def true_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """`true_negatives` at each threshold (tf.metrics.true_negatives_at_thresholds)."""
    return _counts(
        "tn", labels, predictions, thresholds, weights, metrics_collections, updates_collections,
        name,
    )  # fmt: skip


def false_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """`false_positives` at each threshold (tf.metrics.false_positives_at_thresholds)."""
    return _counts(
        "fp", labels, predictions, thresholds, weights, metrics_collections, updates_collections,
        name,
    )  # fmt: skip


def false_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """`false_negatives` at each threshold (tf.metrics.false_negatives_at_thresholds)."""
    return _counts(
        "fn", labels, predictions, thresholds, weights, metrics_collections, updates_collections,
        name,
    )  # fmt: skip
