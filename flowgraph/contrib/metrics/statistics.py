"""Covariance, correlation, agreement and collected values, over many batches."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.metrics.parts import matched, metric_variable, published
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.matrix import diag_part
from flowgraph.ops.array.reshape import squeeze, transpose
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.array.shape import size
from flowgraph.ops.math.arithmetic import multiply
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import less_equal
from flowgraph.ops.math.confusion import confusion_matrix
from flowgraph.ops.math.division import div_no_nan, truediv
from flowgraph.ops.math.powers import minimum
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import sqrt
from flowgraph.ops.math.weights import broadcast_weights
from flowgraph.ops.state.variable import assign, assign_add
from flowgraph.variables.scope import variable_scope

_Metric = tuple[Any, Any]


def streaming_covariance(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The unbiased covariance of predictions and labels; no number for one value or none."""
    with variable_scope(name, "covariance", (predictions, labels, weights)):
        predictions, labels, weights = matched(predictions, labels, weights)
        count, mean_prediction, mean_label, comoment = (
            metric_variable([], dtypes.float32, name=part)
            for part in ("count", "mean_prediction", "mean_label", "comoment")
        )
        weighted: Any = (predictions, labels)
        number = cast(size(labels), dtypes.float32)
        if weights is not None:
            weights = broadcast_weights(weights, labels)
            number = reduce_sum(weights)
            weighted = multiply(predictions, weights), multiply(labels, weights)
        counted = assign_add(count, number)
        before = counted - number

        def moved(mean: Any, values: Any) -> tuple[Any, Any]:
            """(the mean of the batch, the mean of all before it); moves the mean."""
            of_batch = div_no_nan(reduce_sum(values), number)
            step = div_no_nan((of_batch - mean) * number, counted)
            return of_batch, assign_add(mean, step) - step

        (x, x_before), (y, y_before) = (
            moved(mean, values)
            for mean, values in zip((mean_prediction, mean_label), weighted, strict=True)
        )
        # Batches are joined as Chan, Golub and LeVeque do (1983).
        products = (predictions - x) * (labels - y)
        own = reduce_sum(products if weights is None else products * weights)
        step = own + (x_before - x) * (y_before - y) * (before * number / counted)
        updated = assign_add(comoment, step)
        value = _unbiased(comoment, count, "covariance")
        with control_dependencies([updated]):
            update = _unbiased(comoment.read_value(), count.read_value(), "update_op")
    return published(value, update, metrics_collections, updates_collections)


def _unbiased(total: Any, count: Any, name: str) -> Any:
    unknown = convert_to_tensor(float("nan"))
    return where(less_equal(count, 1.0), unknown, truediv(total, count - 1), name=name)


def streaming_pearson_correlation(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The correlation of predictions and labels."""
    with variable_scope(name, "pearson_r", (predictions, labels, weights)):
        predictions, labels, weights = matched(predictions, labels, weights)
        if weights is not None:
            weights = broadcast_weights(weights, labels)
        (both, both_update), (x, x_update), (y, y_update) = (
            streaming_covariance(a, b, weights=weights, name=part)
            for a, b, part in (
                (predictions, labels, "covariance"),
                (predictions, predictions, "variance_predictions"),
                (labels, labels, "variance_labels"),
            )
        )
        value = truediv(both, multiply(sqrt(x), sqrt(y)), name="pearson_r")
        update = truediv(both_update, multiply(sqrt(x_update), sqrt(y_update)), name="update_op")
    return published(value, update, metrics_collections, updates_collections)


def streaming_concat(
    values: Any,
    axis: int = 0,
    max_size: int | None = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """All values one behind the other along an axis, at most `max_size` of them.

    Raises:
      ValueError: the rank or a size across the axis is not known, or there is no such axis.
    """
    with variable_scope(name, "streaming_concat", (values,)):
        values = convert_to_tensor(values)
        rank = values.shape.rank
        if rank is None:
            raise ValueError("`values` must have known statically known rank")
        axis += rank if axis < 0 else 0
        if not 0 <= axis < rank:
            raise ValueError(f"axis = {axis} not in [0, {rank})")
        fixed = [n for i, n in enumerate(values.shape.as_list()) if i != axis]
        if None in fixed:
            raise ValueError(
                "all dimensions of `values` other than the dimension to concatenate along must "
                "have statically known size"
            )
        kept = metric_variable([0, *fixed], values.dtype, validate_shape=False, name="array")
        first = [axis, *(i for i in range(rank) if i != axis)]
        back = [0 if i == axis else i + 1 if i < axis else i for i in range(rank)]
        value = transpose(_shaped(kept.value(), fixed), back)
        more = transpose(values, first)
        if max_size is not None:
            room = max_size - shape_op(kept)[0]
            more = more[: minimum(shape_op(more)[0], room)]
        longer = concat([_shaped(kept.value(), fixed), more], 0)
        update = shape_op(assign(kept, longer, validate_shape=False))[0]
        return published(value, update, metrics_collections, updates_collections)


def _shaped(tensor: Any, fixed: list[int]) -> Any:
    tensor = identity(tensor)
    tensor.set_shape([None, *fixed])
    return tensor


def aggregate_metrics(*value_update_tuples: _Metric) -> tuple[list[Any], list[Any]]:
    """(the values, the updates) of several metrics; ValueError when there are none."""
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(
    names_to_tuples: dict[str, _Metric],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the values, the updates) of metrics by name."""
    values = {name: value for name, (value, _) in names_to_tuples.items()}
    return values, {name: update for name, (_, update) in names_to_tuples.items()}


def count(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How many values there were, or the sum of their weights."""
    with variable_scope(name, "count", (values, weights)):
        kept = metric_variable([], dtypes.float32, name="count")
        values = convert_to_tensor(values)
        if weights is None:
            number = cast(size(values), dtypes.float32)
        else:
            values, _, weights = matched(cast(values, dtypes.float32), None, weights)
            number = reduce_sum(broadcast_weights(cast(weights, dtypes.float32), values))
        with control_dependencies([values]):
            update = assign_add(kept, number)
        return published(identity(kept), update, metrics_collections, updates_collections)


def cohen_kappa(
    labels: Any,
    predictions_idx: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """How far two raters agree beyond chance (Cohen 1960): 1 is full agreement, 0 is chance.

    Raises:
      ValueError: there are fewer than two classes, or shapes do not fit.
    """
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with variable_scope(name, "cohen_kappa", (labels, predictions_idx, weights)):
        labels = convert_to_tensor(labels)
        labels.shape.with_rank_at_most(2)
        if labels.shape.rank == 2:
            labels = squeeze(labels, axis=[-1])
        predictions, labels, weights = matched(predictions_idx, labels, weights)
        whole = weights is None or weights.dtype.is_integer
        kind = dtypes.int64 if whole else dtypes.float32
        agreed, rows, columns = (
            metric_variable((num_classes,), kind, name=part) for part in ("po", "pe_row", "pe_col")
        )
        table = confusion_matrix(
            labels, predictions, num_classes=num_classes, weights=weights, dtype=kind,
            name="counts_in_table",
        )  # fmt: skip
        updates = (
            assign_add(agreed, diag_part(table)),
            assign_add(rows, reduce_sum(table, axis=0)),
            assign_add(columns, reduce_sum(table, axis=1)),
        )
        return published(
            _kappa(agreed, rows, columns, "value"), _kappa(*updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def _kappa(agreed: Any, rows: Any, columns: Any, name: str) -> Any:
    total = cast(reduce_sum(rows), dtypes.float64)
    by_chance = reduce_sum(div_no_nan(cast(rows * columns, dtypes.float64), total))
    found = cast(reduce_sum(agreed), dtypes.float64)
    return div_no_nan(found - by_chance, total - by_chance, name=name)
