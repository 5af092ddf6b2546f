"""Metrics of scores of two classes that tf.metrics has not (tf.contrib.metrics)."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.metrics.parts import matched, metric_variable, published
from flowgraph.metrics.thresholds import _evenly, _range_checks, confusion_at_thresholds
from flowgraph.ops.array.indexing import boolean_mask
from flowgraph.ops.array.making import ones_like
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.shape import rank
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.control.basic import group
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.static_checks import assert_type
from flowgraph.ops.math.argmax import argmax, argmin
from flowgraph.ops.math.arithmetic import add, multiply
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater_equal
from flowgraph.ops.math.confusion import remove_squeezable_dimensions
from flowgraph.ops.math.counting import histogram_fixed_width
from flowgraph.ops.math.cumulative import cumsum
from flowgraph.ops.math.division import div, truediv
from flowgraph.ops.math.logical import logical_not
from flowgraph.ops.math.powers import maximum
from flowgraph.ops.math.range import lin_space
from flowgraph.ops.math.reduction import reduce_max, reduce_mean, reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.math.unary import floor
from flowgraph.ops.state.scatter import scatter_add
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import get_variable, variable_scope

_Metric = tuple[Any, Any]
_EPSILON = 1e-7


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Any:
    """How often predictions equal labels in this batch, a scalar.

    Raises:
      ValueError: labels are floating, or of another dtype than predictions.
    """
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    kind = labels.dtype
    if not (kind.is_integer or kind in (dtypes.bool_, dtypes.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {kind!r}")
    if not kind.is_compatible_with(predictions.dtype):
        raise ValueError(
            "Dtypes of predictions and labels should match. Given: predictions "
            f"({predictions.dtype!r}) and labels ({kind!r})"
        )
    with name_scope(name, "accuracy", [predictions, labels]):
        correct = cast(equal(predictions, labels), dtypes.float32)
        if weights is None:
            return reduce_mean(correct)
        correct = multiply(correct, weights)
        return div(reduce_sum(correct), reduce_sum(multiply(weights, ones_like(correct))))


def f1_score(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The greatest harmonic mean of precision and recall, over thresholds."""
    with variable_scope(name, "f1", (labels, predictions, weights)):
        predictions, labels, weights = matched(predictions, labels, weights)
        limits = [0.0 - _EPSILON, *_evenly(num_thresholds), 1.0 + _EPSILON]
        values, updates = confusion_at_thresholds(
            labels, predictions, limits, weights, includes=("tp", "fp", "fn")
        )

        def best(found: dict[str, Any], name: str) -> Any:
            tp, fp, fn = (found[key] for key in ("tp", "fp", "fn"))
            precision = div(tp, _EPSILON + tp + fp, name="precision_" + name)
            recall = div(tp, _EPSILON + tp + fn, name="recall_" + name)
            return reduce_max(2.0 * precision * recall / (precision + recall + _EPSILON))

        return published(
            best(values, "value"), best(updates, "update"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def _parts(found: dict[str, Any], *keys: str) -> list[Any]:
    return [convert_to_tensor(found[key]) for key in keys]


def recall_at_precision(
    labels: Any,
    predictions: Any,
    precision: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
    strict_mode: bool = False,
) -> _Metric:
    """The recall where the precision is nearest to one given; `strict_mode`: not below it.

    Raises:
      ValueError: the precision is not in [0, 1].
    """
    if not 0 <= precision <= 1:
        raise ValueError("`precision` must be in the range [0, 1].")
    with variable_scope(name, "recall_at_precision", (predictions, labels, weights)):
        limits = [0.0 - _EPSILON, *_evenly(num_thresholds), 1.0 + _EPSILON]
        values, updates = confusion_at_thresholds(labels, predictions, limits, weights, check=False)

        def recall(found: dict[str, Any], name: str) -> Any:
            tp, fp, fn = _parts(found, "tp", "fp", "fn")
            precisions = div(tp, tp + fp + _EPSILON)
            if not strict_mode:
                at = argmin(abs_(precisions - precision), 0, output_type=dtypes.int32)
                return div(tp[at], tp[at] + fn[at] + _EPSILON, name=name)
            nearness = div(1.0, precisions - precision + _EPSILON)
            at = argmax(nearness, 0, output_type=dtypes.int32)
            return cond(
                precisions[at] >= precision,
                lambda: div(tp[at], tp[at] + fn[at] + _EPSILON, name=name),
                lambda: convert_to_tensor(0.0),
            )

        return published(
            recall(values, "value"), recall(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def precision_at_recall(
    labels: Any,
    predictions: Any,
    target_recall: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The precision at the highest threshold whose recall is not below one given.

    Raises:
      ValueError: the recall is not in [0, 1].
    """
    if not 0 <= target_recall <= 1:
        raise ValueError("`target_recall` must be in the range [0, 1].")
    with variable_scope(name, "precision_at_recall", (predictions, labels, weights)):
        limits = [0.0 - _EPSILON, *_evenly(num_thresholds), 1.0 + _EPSILON]
        values, updates = confusion_at_thresholds(labels, predictions, limits, weights, check=False)

        def precision(found: dict[str, Any], name: str) -> Any:
            tp, fp, fn = _parts(found, "tp", "fp", "fn")
            enough = greater_equal(div(tp, tp + fn + _EPSILON), target_recall)
            at = reduce_sum(cast(enough, dtypes.int64)) - 1
            return div(tp[at] + _EPSILON, tp[at] + fp[at] + _EPSILON, name=name)

        return published(
            precision(values, "value"), precision(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


PrecisionRecallData = namedtuple(
    "PrecisionRecallData", ["tp", "fp", "tn", "fn", "precision", "recall", "thresholds"]
)


def precision_recall_at_equal_thresholds(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> tuple[PrecisionRecallData, Any]:
    """Counts, precision and recall at thresholds that lie evenly in [0, 1]; one pass for all.

    `labels` are bool, `predictions` of [0, 1]; there are 201 thresholds by default.
    """
    number = 201 if num_thresholds is None else num_thresholds
    weights = 1.0 if weights is None else weights
    assert_type(labels, dtypes.bool_)
    values = (labels, predictions, weights)
    with variable_scope(name, "precision_recall_at_equal_thresholds", values):
        predictions = convert_to_tensor(predictions)
        with control_dependencies(_range_checks(predictions)):
            predictions, labels, weights = matched(predictions, labels, weights)
        kind = dtypes.float64
        true, weights = cast(labels, kind), cast(weights, kind)
        sums = [reshape(part, [-1]) for part in (true * weights, (1.0 - true) * weights)]
        predictions = reshape(predictions, [-1])
        buckets = cast(floor(predictions * (number - 1)), dtypes.int32)
        with name_scope("variables"):
            kept = [
                metric_variable([number], kind, name=part) for part in ("tp_buckets", "fp_buckets")
            ]
        with name_scope("update_op"):
            updates = [
                scatter_add(variable, buckets, part, use_locking=use_locking is not False)
                for variable, part in zip(kept, sums, strict=True)
            ]
        tp, fp = (
            cumsum(variable, reverse=True, name=part)
            for variable, part in zip(kept, ("tp", "fp"), strict=True)
        )
        tn, fn = fp[0] - fp, tp[0] - tp
        least = convert_to_tensor(1e-7, dtype=kind)
        found = (
            tp, fp, tn, fn, tp / maximum(least, tp + fp), tp / maximum(least, tp + fn),
            lin_space(0.0, 1.0, number),
        )  # fmt: skip
        data = PrecisionRecallData(*(cast(part, predictions.dtype) for part in found))
        return data, group(*updates)


def auc_using_histogram(
    boolean_labels: Any,
    scores: Any,
    score_range: Any,
    nbins: int = 100,
    collections: Any = None,
    check_shape: bool = True,
    name: str | None = None,
) -> _Metric:
    """The area under the ROC curve, from histograms of the scores of both classes.

    Args:
      boolean_labels: bool [batch].
      scores: numbers [batch].
      score_range: the least and the greatest score.
      nbins: how many bins the histograms have.
      collections: those of the histograms' variables; LOCAL_VARIABLES when None.
      check_shape: whether to check the ranks when it runs.
      name: the variable scope.

    Raises:
      ValueError: the labels are not bool.
    """
    collections = [GraphKeys.LOCAL_VARIABLES] if collections is None else collections
    values = [boolean_labels, scores, score_range]
    with variable_scope(name, "auc_using_histogram", values):
        scores, labels = remove_squeezable_dimensions(scores, boolean_labels)
        if labels.dtype != dtypes.bool_:
            raise ValueError(
                f"Argument boolean_labels should have dtype bool.  Found: {labels.dtype}"
            )
        limits = convert_to_tensor(score_range, name="score_range")
        checks = [_of_rank_1(labels), _of_rank_1(scores)] if check_shape else []
        histograms, updates = [], []
        with control_dependencies(checks):
            for part, chosen in (("true", labels), ("false", logical_not(labels))):
                new = histogram_fixed_width(
                    boolean_mask(scores, chosen), limits, nbins=nbins, dtype=dtypes.int64
                )
                kept = get_variable(
                    f"hist_{part}_acc", shape=[nbins], dtype=dtypes.int64,
                    initializer=zeros_initializer(), collections=collections, trainable=False,
                )  # fmt: skip
                histograms.append(kept)
                updates.append(kept.assign_add(new))
        # Down from the greatest score: steps upwards for true labels, to the right for others.
        up, right = (
            cast(reverse(truediv(kept, reduce_sum(kept)), [0]), dtypes.float32)
            for kept in histograms
        )
        height = cumsum(up)
        rest = reduce_sum(right[1:] * (height[1:] + height[:-1]) / 2.0)
        return add(right[0] * height[0] / 2.0, rest, name="auc"), group(*updates, name="update_op")


def _of_rank_1(tensor: Any) -> Any:
    return Assert(equal(1, rank(tensor)), ["Expected rank 1:", tensor.name, shape_op(tensor)])
