"""The area under a curve from all predictions, without thresholds (streaming_dynamic_auc)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.metrics.statistics import streaming_concat
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.metrics.parts import published
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.making import ones_like, zeros_like
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.selecting import top_k, unique_with_counts, where
from flowgraph.ops.array.shape import size
from flowgraph.ops.array.slicing import pad
from flowgraph.ops.control.basic import group
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.value_checks import assert_greater_equal, assert_less_equal
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater
from flowgraph.ops.math.cumulative import cumsum
from flowgraph.ops.math.division import truediv
from flowgraph.ops.math.logical import logical_or
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.variables.scope import variable_scope


def streaming_dynamic_auc(
    labels: Any,
    predictions: Any,
    curve: str = "ROC",
    metrics_collections: Any = (),
    updates_collections: Any = (),
    name: str | None = None,
    weights: Any = None,
) -> tuple[Any, Any]:
    """The area under a curve, exactly; it keeps all labels and predictions.

    Args:
      labels: 0 and 1.
      predictions: numbers of any size, as many.
      curve: "ROC" or "PR".
      metrics_collections: the collections of the value.
      updates_collections: the collections of the update.
      name: the variable scope.
      weights: None, or one for each.

    Raises:
      ValueError: there is no such curve, or shapes do not fit.
    """
    if curve not in ("PR", "ROC"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    with variable_scope(name, default_name="dynamic_auc"):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        labels.shape.assert_is_compatible_with(predictions.shape)
        predictions = reshape(cast(predictions, dtypes.float64), [-1])
        labels = reshape(cast(labels, dtypes.int64), [-1])
        zero, message = cast(0, dtypes.int64), "labels must be 0 or 1, at least one is "
        checks = [
            assert_greater_equal(labels, zero, message=message + "<0"),
            assert_less_equal(labels, zero + 1, message=message + ">1"),
        ]
        with control_dependencies(checks):
            kept = [
                streaming_concat(predictions, name="concat_preds"),
                streaming_concat(labels, name="concat_labels"),
            ]
            if weights is not None:
                weights = reshape(cast(weights, dtypes.float64), [-1])
                kept.append(streaming_concat(weights, name="concat_weights"))
        values, updates = zip(*kept, strict=True)
        area = _area(curve, *values)
        return published(area, group(*updates), metrics_collections, updates_collections)


def _area(curve: str, predictions: Any, labels: Any, weights: Any = None) -> Any:
    if weights is None:
        weights = ones_like(labels, dtype=dtypes.float64)
    none = zeros_like(weights)
    total = reduce_sum(weights)
    positive = reduce_sum(where(greater(labels, 0), weights, none))

    def compute() -> Any:
        ordered, order = top_k(predictions, k=size(predictions))
        true, heavy = greater(gather(labels, order), 0), gather(weights, order)
        counts = unique_with_counts(ordered)[2]
        ends = cast(_sums(counts), dtypes.int32)  # of equal predictions, all or none
        right = gather(_sums(where(true, heavy, zeros_like(heavy))), ends)
        everything = gather(_sums(heavy), ends)
        if curve == "ROC":
            x, y = truediv(everything - right, total - positive), truediv(right, positive)
        else:
            x = truediv(right, positive)
            y = where(greater(ends, 0), truediv(right, everything), ones_like(right))
        return reduce_sum((y[1:] + y[:-1]) / 2.0 * abs_(x[1:] - x[:-1]))

    nothing = logical_or(equal(positive, 0), equal(positive, total))
    return cond(nothing, lambda: convert_to_tensor(0.0, dtype=dtypes.float64), compute)


def _sums(values: Any) -> Any:
    """0 and the sums of the first values, of the first two ..."""
    return pad(cumsum(values), [[1, 0]])
