"""The area under the ROC curve with an interval of confidence (DeLong et al. 1988)."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

from flowgraph.contrib.metrics.statistics import streaming_concat
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.graph_functions import add_to_collections
from flowgraph.metrics.parts import matched
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.making import ones_like
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.selecting import top_k, unique, where
from flowgraph.ops.array.shape import size
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.value_checks import assert_greater_equal, assert_less_equal
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater_equal, less
from flowgraph.ops.math.cumulative import cumsum
from flowgraph.ops.math.logical import logical_and, logical_or
from flowgraph.ops.math.reduction import reduce_max, reduce_min, reduce_sum
from flowgraph.ops.math.segment import segment_sum
from flowgraph.ops.math.unary import exp, log, sqrt, square
from flowgraph.variables.scope import variable_scope

_EPSILON = 1e-7


class AucData(NamedTuple):
    """The area, and the ends of its interval of confidence."""

    auc: Any
    lower: Any
    upper: Any


def auc_with_confidence_intervals(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    alpha: float = 0.95,
    logit_transformation: bool = True,
    metrics_collections: Any = (),
    updates_collections: Any = (),
    name: str | None = None,
) -> tuple[AucData, Any]:
    """The area under the ROC curve, exactly, and where it lies with a probability of `alpha`.

    It keeps all labels and predictions. All three numbers are 0 where the last batch has only one
    kind of label, or weights of less than one in sum.

    Args:
      labels: 0 and 1.
      predictions: numbers of any size, as many.
      weights: None, or one for each.
      alpha: the probability.
      logit_transformation: whether the interval is found for the area's logit, so that it stays
        between 0 and 1.
      metrics_collections: the collections of the value.
      updates_collections: the collections of the update.
      name: the variable scope.

    Raises:
      ValueError: `alpha` is not between 0 and 1, or shapes do not fit.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1; currently {alpha:.2f}")
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    weights = ones_like(predictions) if weights is None else convert_to_tensor(weights)
    with variable_scope(name, "auc_with_confidence_intervals", [labels, predictions, weights]):
        predictions, labels, weights = matched(predictions, labels, weights)
        enough = greater_equal(reduce_sum(weights), 1.0)
        weights = reshape(cast(weights, dtypes.float32), [-1])
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
                streaming_concat(weights, name="concat_weights"),
            ]
            values, updates = zip(*kept, strict=True)
            both = logical_and(equal(reduce_min(labels), 0), equal(reduce_max(labels), 1))
            update = cond(enough, lambda: group(*updates), no_op)
            z = -statistics.NormalDist().inv_cdf((1.0 - alpha) / 2.0)
            found = _interval(*_area(*values), z, logit_transformation)
            nothing = constant(0.0)
            valid = logical_and(both, enough)
            area = AucData(*cond(valid, lambda: list(found), lambda: [nothing] * 3))
        if updates_collections:
            add_to_collections(updates_collections, update)
        if metrics_collections:
            add_to_collections(metrics_collections, area)
        return area, update


def _area(predictions: Any, labels: Any, weights: Any) -> tuple[Any, Any]:
    """(the area, its standard deviation), from the placements of each kind in the other."""
    ordered, order = (reverse(t, [0]) for t in top_k(predictions, k=size(predictions)))
    equals = unique(ordered)[1]
    true = cast(gather(labels, order), dtypes.float32)
    heavy = gather(weights, order)
    weights_1, weights_0 = heavy * true, heavy * (1.0 - true)
    total_1, total_0 = reduce_sum(weights_1), reduce_sum(weights_0)

    def placements(others: Any, total: Any) -> Any:
        """Which share of the others has smaller predictions; equal ones count half."""
        here = segment_sum(others, equals)
        below = cumsum(here, exclusive=True) + here / 2.0
        return gather(below / (total + _EPSILON), equals)

    share_1 = placements(weights_0, total_0) * true
    share_0 = 1.0 - placements(weights_1, total_1) * (1.0 - true)
    area_1 = reduce_sum(weights_1 * share_1) / (total_1 + _EPSILON)
    area_0 = reduce_sum(weights_0 * share_0) / (total_0 + _EPSILON)
    variance_1 = reduce_sum(weights_1 * square(share_1 - area_1)) / (total_1 - 1.0 + _EPSILON)
    variance_0 = reduce_sum(weights_0 * square(share_0 - area_0)) / (total_0 - 1.0 + _EPSILON)
    spread = sqrt(variance_0 / (total_0 + _EPSILON) + variance_1 / (total_1 + _EPSILON))
    return where(less(total_0, total_1), area_1, area_0), spread


def _interval(area: Any, spread: Any, z: float, by_logit: bool) -> tuple[Any, Any, Any]:
    middle = area
    if by_logit:
        middle = log(area / (1.0 - area + _EPSILON))
        spread = spread / (area * (1.0 - area + _EPSILON))
    ends = [middle - z * spread, middle + z * spread]
    if by_logit:
        ends = [1.0 / (1.0 + exp(-end) + _EPSILON) for end in ends]
    certain = logical_or(equal(area, 1.0), equal(area, 0.0))
    lower, upper = (where(certain, area, end) for end in ends)
    return area, lower, upper
