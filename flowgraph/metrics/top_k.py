"""Metrics of the k best guesses: recall, precision and average precision at k.

Labels are classes [..., several] (int64, or sparse), or one class for each example. See `means`
for what all metrics take and give.
"""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_tensor_or_sparse_tensor
from flowgraph.core.tensor import Tensor
from flowgraph.metrics.parts import metric_variable, published
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import fill, ones_like, tile, zeros_like
from flowgraph.ops.array.reshape import expand_dims
from flowgraph.ops.array.selecting import top_k, where_v2
from flowgraph.ops.array.shape import rank, size
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control.cond import cond
from flowgraph.ops.math.arithmetic import add, multiply
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, greater_equal
from flowgraph.ops.math.cumulative import cumsum
from flowgraph.ops.math.division import div, div_no_nan
from flowgraph.ops.math.powers import minimum
from flowgraph.ops.math.reduction import reduce_max, reduce_sum
from flowgraph.ops.math.weights import assert_broadcastable, broadcast_weights
from flowgraph.ops.sparse.rows import sparse_retain
from flowgraph.ops.sparse.sets import set_difference, set_intersection, set_size
from flowgraph.ops.sparse.shaping import sparse_reshape
from flowgraph.ops.sparse.slicing import sparse_concat
from flowgraph.ops.state.variable import assign_add

_Metric = tuple[Any, Any]


# --- labels ---------------------------------------------------------------------------------------
def _with_last(labels: Any, predictions: Tensor) -> Any:
    """Labels with a last dimension, of 1 where there was one label for each example."""
    with name_scope(None, "expand_labels", [labels, predictions]) as scope:
        labels = convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            wide = concat([labels.dense_shape, convert_to_tensor([1], dtype=dtypes.int64)], 0)
            return cond(
                equal(rank(predictions), size(labels.dense_shape) + 1),
                lambda: sparse_reshape(labels, wide, name=scope),
                lambda: labels,
            )
        ours, theirs = labels.shape.rank, predictions.shape.rank
        if ours is not None and theirs is not None:
            if ours == theirs:
                return labels
            if theirs == ours + 1:
                return expand_dims(labels, -1, name=scope)
            raise ValueError(
                f"Unexpected labels shape {labels.shape} for predictions shape {predictions.shape}."
            )
        return cond(
            equal(rank(predictions), rank(labels) + 1),
            lambda: expand_dims(labels, -1, name=scope),
            lambda: labels,
        )


def _only_class(ids: Any, class_id: int | None) -> Any:
    """The sets of ids with nothing but one class in them; all of them for None."""
    if class_id is None:
        return ids
    ids = convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, SparseTensor):
        return sparse_retain(ids, equal(ids.values, class_id))
    sizes = shape_op(ids, out_type=dtypes.int64)
    one = convert_to_tensor([1], dtype=dtypes.int64)
    wanted = fill(concat([sizes[:-1], one], 0), cast(class_id, dtypes.int64))
    found = set_intersection(wanted, ids)
    return SparseTensor(found.indices, found.values, sizes)


# --- counts ---------------------------------------------------------------------------------------
def _name_at_k(name: str, k: int | None, class_id: int | None = None) -> str:
    name = f"{name}_at_k" if k is None else f"{name}_at_{k}"
    return name if class_id is None else f"{name}_class{class_id}"


def _hits(guesses: Any, labels: Any) -> Any:
    return set_intersection(guesses, labels)


def _needless(guesses: Any, labels: Any) -> Any:
    return set_difference(guesses, labels, aminusb=True)


def _missed(guesses: Any, labels: Any) -> Any:
    return set_difference(guesses, labels, aminusb=False)


def _count(
    of: Any, labels: Any, guesses: Any, class_id: int | None, weights: Any, name: str
) -> Tensor:
    """How many classes `of` finds in each set, times the weights."""
    with name_scope(None, name, [guesses, labels, weights]):
        labels, guesses = _only_class(labels, class_id), _only_class(guesses, class_id)
        number = cast(set_size(of(guesses, labels)), dtypes.float64)
        if weights is not None:
            with control_dependencies([assert_broadcastable(weights, number)]):
                number = multiply(number, cast(weights, dtypes.float64))
        return number


def _streaming(
    of: Any, name: str, labels: Any, guesses: Any, k: int | None, class_id: int | None,
    weights: Any,
) -> _Metric:  # fmt: skip
    with name_scope(None, _name_at_k(name, k, class_id), [guesses, labels, weights]) as scope:
        number = reduce_sum(_count(of, labels, guesses, class_id, weights, name + "s"))
        variable = metric_variable([], dtypes.float64, name=scope)
        return variable, assign_add(variable, number, name="update")


def _share_at_top_k(
    what: str, wrong: Any, wrong_name: str, labels: Any, guesses: Any, k: int | None,
    class_id: int | None, weights: Any, metrics_collections: Any, updates_collections: Any,
    name: str | None,
) -> _Metric:  # fmt: skip
    """The hits over the hits and what is wrong."""
    title = _name_at_k(what, k, class_id)
    with name_scope(name, title, [guesses, labels, weights]) as scope:
        guesses = convert_to_tensor(guesses)
        labels, guesses = _with_last(labels, guesses), cast(guesses, dtypes.int64)
        hits, hits_update = _streaming(
            _hits, "true_positive", labels, guesses, k, class_id, weights
        )
        others, others_update = _streaming(wrong, wrong_name, labels, guesses, k, class_id, weights)
        return published(
            div(hits, add(hits, others), name=scope),
            div(hits_update, add(hits_update, others_update), name="update"),
            metrics_collections,
            updates_collections,
        )


# --- recall and precision -------------------------------------------------------------------------
def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of the labels is among the guesses (tf.metrics.recall_at_top_k).

    `predictions_idx` are the guessed classes, int64 [..., k].
    """
    return _share_at_top_k(
        "recall", _missed, "false_negative", labels, predictions_idx, k, class_id, weights,
        metrics_collections, updates_collections, name,
    )  # fmt: skip


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of the labels is among the k classes of the highest scores.

    `predictions` are scores [..., classes]; with `class_id` only one class is looked at
    (tf.metrics.recall_at_k).
    """
    title = _name_at_k("recall", k, class_id)
    with name_scope(name, title, [predictions, labels, weights]) as scope:
        return recall_at_top_k(
            labels, top_k(predictions, k)[1], k, class_id, weights, metrics_collections,
            updates_collections, scope,
        )  # fmt: skip


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of the guesses is among the labels (tf.metrics.precision_at_top_k).

    `predictions_idx` are the guessed classes, int64 [..., k].
    """
    return _share_at_top_k(
        "precision", _needless, "false_positive", labels, predictions_idx, k, class_id, weights,
        metrics_collections, updates_collections, name,
    )  # fmt: skip


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """Which share of the k classes of the highest scores is among the labels.

    `predictions` are scores [..., classes]; with `class_id` only one class is looked at
    (tf.metrics.precision_at_k).
    """
    title = _name_at_k("precision", k, class_id)
    with name_scope(name, title, [predictions, labels, weights]) as scope:
        return precision_at_top_k(
            labels, top_k(predictions, k)[1], k, class_id, weights, metrics_collections,
            updates_collections, scope,
        )  # fmt: skip


def sparse_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The old name of `precision_at_k`."""
    return precision_at_k(
        labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name
    )


# --- average precision ----------------------------------------------------------------------------
def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The mean over the labels of the precision at their places among the k best guesses.

    `predictions` are scores [..., classes] (tf.metrics.average_precision_at_k).

    Raises:
      ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    title = _name_at_k("average_precision", k)
    with name_scope(name, title, [predictions, labels, weights]) as scope:
        classes = cast(shape_op(predictions)[-1], dtypes.int64)
        return streaming_average_precision(
            _in_range(labels, classes), top_k(predictions, k)[1], weights, metrics_collections,
            updates_collections, scope,
        )  # fmt: skip


def sparse_average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> _Metric:
    """The old name of `average_precision_at_k`."""
    return average_precision_at_k(
        labels, predictions, k, weights, metrics_collections, updates_collections, name
    )


def _in_range(labels: Any, classes: Tensor) -> Any:
    """The labels, -1 in place of classes that there are not."""
    labels = convert_to_tensor_or_sparse_tensor(labels)
    values = labels.values if isinstance(labels, SparseTensor) else labels
    classes = cast(classes, values.dtype)

    def cleaned() -> Any:
        clean = where_v2(greater_equal(values, classes), -ones_like(values), values)
        if isinstance(labels, SparseTensor):
            return SparseTensor(labels.indices, clean, labels.dense_shape)
        return clean

    return cond(greater_equal(reduce_max(values), classes), cleaned, lambda: labels)


def streaming_average_precision(
    labels: Any, predictions_idx: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> _Metric:  # fmt: skip
    """As `average_precision_at_k`, of guessed classes [..., k] instead of scores."""
    values = [predictions_idx, labels, weights]
    with name_scope(name, "average_precision_at_top_k", values) as scope:
        each = average_precision(labels, predictions_idx)
        if weights is not None:
            weights = broadcast_weights(cast(weights, dtypes.float64), each)
            each = multiply(each, weights)
        with name_scope(None, "max", [each]) as inner:
            most = metric_variable([], dtypes.float64, name=inner)
            if weights is None:
                number = cast(size(each, name="batch_max"), dtypes.float64)
            else:
                number = reduce_sum(weights, name="batch_max")
            more = assign_add(most, number, name="update")
        with name_scope(None, "total", [each]) as inner:
            total = metric_variable([], dtypes.float64, name=inner)
            grown = assign_add(total, reduce_sum(each, name="batch_total"), name="update")
        return published(
            div_no_nan(total, most, name="mean"), div_no_nan(grown, more, name=scope),
            metrics_collections, updates_collections,
        )  # fmt: skip


def average_precision(labels: Any, predictions_idx: Any) -> Tensor:
    """The average precision of each example, for guessed classes [..., k]."""
    with name_scope(None, "average_precision", [predictions_idx, labels]) as scope:
        guesses = cast(predictions_idx, dtypes.int64, name="predictions_idx")
        if guesses.shape.rank == 0:
            raise ValueError("The rank of predictions_idx must be at least 1.")
        k = guesses.shape.as_list()[-1]
        if k is None:
            raise ValueError("The last dimension of predictions_idx must be set.")
        labels = _with_last(labels, guesses)
        # One set of labels and one guess for each place.
        found = _count(
            _hits, _repeated(labels, k), expand_dims(guesses, -1), None, None, "relevant_per_k"
        )
        hits = cumsum(found, axis=-1, name="tp_per_k")
        tried = cumsum(ones_like(found), axis=-1, name="retrieved_per_k")
        precision = div(hits, tried, name="precision_per_k")
        total = reduce_sum(multiply(precision, found), [-1], name="precision_sum")
        return div(total, cast(_number_of_labels(labels, k), dtypes.float64), name=scope)


def _repeated(labels: Any, k: int) -> Any:
    """[..., labels] -> [..., k, labels]."""
    with name_scope(None, "labels_per_k", [labels]):
        if isinstance(labels, SparseTensor):
            sizes = labels.dense_shape
            one = convert_to_tensor([1], dtype=dtypes.int64)
            wide = sparse_reshape(labels, concat([sizes[:-1], one, sizes[-1:]], 0))
            return wide if k == 1 else sparse_concat(-2, [wide] * k)
        wide = expand_dims(labels, -2)
        if k == 1:
            return wide
        once = ones_like(shape_op(labels))
        return tile(wide, concat([once[:-1], [k], once[-1:]], 0))


def _number_of_labels(labels: Any, k: int) -> Tensor:
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with name_scope(None, "num_relevant", [labels]) as scope:
        if isinstance(labels, SparseTensor):
            return minimum(set_size(labels), k, name=scope)
        there = where_v2(greater_equal(labels, 0), ones_like(labels), zeros_like(labels))
        return minimum(reduce_sum(there, -1), k, name=scope)
