"""What all metrics are made of: local variables, weights, and the collections they go to."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph_functions import add_to_collections
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros
from flowgraph.ops.array.reshape import expand_dims, squeeze
from flowgraph.ops.control.cond import cond
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.confusion import remove_squeezable_dimensions
from flowgraph.ops.math.division import div_no_nan
from flowgraph.ops.math.powers import maximum
from flowgraph.variables.variable import Variable, VariableAggregation, VariableSynchronization


def metric_variable(
    shape: Any, dtype: Any, validate_shape: bool = True, name: str | None = None
) -> Any:
    """A variable that starts at zero, of LOCAL_VARIABLES and METRIC_VARIABLES."""
    return Variable(
        lambda: zeros(shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        validate_shape=validate_shape,
        synchronization=VariableSynchronization.ON_READ,
        aggregation=VariableAggregation.SUM,
        name=name,
    )


def published(
    value: Any, update: Any, metrics_collections: Any, updates_collections: Any
) -> tuple[Any, Any]:
    """(value, update), which are added to collections where there are any."""
    if metrics_collections:
        add_to_collections(metrics_collections, value)
    if updates_collections:
        add_to_collections(updates_collections, update)
    return value, update


def quotient(total: Any, count: Any, name: str | None = None) -> Tensor:
    """total / count, and 0 where there is nothing to count."""
    return div_no_nan(total, maximum(count, 0), name=name)


def matched(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Any, Any]:
    """(predictions, labels, weights) of ranks that fit: a last dimension of 1 may come or go.

    Labels and weights may be None.

    Raises:
      ValueError: the shapes of predictions and labels do not fit.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
    if weights is None:
        return predictions, labels, None
    weights = convert_to_tensor(weights)
    ours, theirs = weights.shape.rank, predictions.shape.rank
    if ours == 0:
        return predictions, labels, weights
    if ours is not None and theirs is not None:
        if ours - theirs == 1:
            weights = squeeze(weights, [-1])
        elif theirs - ours == 1:
            weights = expand_dims(weights, [-1])
        return predictions, labels, weights
    return predictions, labels, _weights_of_unknown_rank(weights, predictions)


def _weights_of_unknown_rank(weights: Tensor, predictions: Tensor) -> Any:
    rank = raw.Rank(weights)
    extra = raw.Sub(rank, raw.Rank(predictions))
    known = weights.shape.rank
    keeps = known is not None and not weights.shape[-1].is_compatible_with(1)

    def narrower() -> Tensor:
        return weights if keeps else squeeze(weights, [-1])

    def wider_or_same() -> Any:
        return cond(raw.Equal(extra, -1), lambda: expand_dims(weights, [-1]), lambda: weights)

    return cond(
        raw.Equal(rank, 0),
        lambda: weights,
        lambda: cond(raw.Equal(extra, 1), narrower, wider_or_same),
    )


def as_bools(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Any, Any]:
    """As `matched`, of predictions and labels that are true or false."""
    return matched(cast(predictions, dtypes.bool_), cast(labels, dtypes.bool_), weights)
