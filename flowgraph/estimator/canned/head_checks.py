"""What heads check of logits, labels and weights, and the metrics that several have."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.estimator.functions import arguments_of
from flowgraph.feature_column.base import FeatureTransformationCache
from flowgraph.feature_column.dense import NumericColumn, numeric_column
from flowgraph.ops.math.weights import broadcast_weights


def checked_logits(logits: Any, size: int) -> Any:
    """Logits as float32 [..., size]; ValueError when they have another static shape."""
    with tf.name_scope(None, "logits", [logits]) as scope:
        logits = tf.cast(tf.convert_to_tensor(logits), tf.float32)
        shape = tf.shape(logits)
        message = "logits shape must be [D0, D1, ... DN, logits_dimension]"
        check = tf.assert_rank_at_least(logits, 2, data=[shape], message=message)
        with tf.control_dependencies([check]):
            last = logits.shape.as_list()[-1] if logits.shape.ndims else None
            if last is not None:
                if last != size:
                    raise ValueError(f"{message}, got {logits.shape}.")
                return tf.identity(logits, name=scope)
            check = tf.assert_equal(size, shape[-1], data=[shape], message=message)
        with tf.control_dependencies([check]):
            return tf.identity(logits, name=scope)


def checked_labels(labels: Any, logits: Any, size: int) -> Any:
    """Labels [..., size], with a last axis where they have none.

    ValueError when there are none, they are sparse, or have another static shape.
    """
    if labels is None:
        raise ValueError(
            "You must provide a labels Tensor. Given: None. Suggested troubleshooting steps: Check "
            "that your data contain your label feature. Check that your input_fn properly parses "
            "and returns labels."
        )
    with tf.name_scope(None, "labels", [labels, logits]) as scope:
        labels = tf.contrib.framework.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, tf.SparseTensor):
            raise ValueError(
                "SparseTensor labels are not supported. labels must be a Tensor of shape [D0, D1, "
                f"..., DN, {size}], e.g. [batch_size, {size}]. Suggested Fix (1): Check the label "
                f"feature in your data. Each example must contain {size} value(s). If not, your "
                "choice of label was probably incorrect. Suggested Fix (2): In your input_fn, use "
                "tf.sparse_tensor_to_dense() to turn labels into a Tensor."
            )
        ranks = labels.shape.ndims, logits.shape.ndims
        if None not in ranks and ranks[0] == ranks[1] - 1:
            labels = tf.expand_dims(labels, -1)
        message = (
            f"labels shape must be [D0, D1, ... DN, {size}]. Suggested Fix: check your n_classes "
            "argument to the estimator and/or the shape of your label."
        )
        with tf.control_dependencies([tf.assert_rank_at_least(labels, 2, message=message)]):
            last = labels.shape.as_list()[-1] if labels.shape.ndims else None
            if last is not None and last != size:
                raise ValueError(
                    f"Mismatched label shape. Expected labels dimension={size}.  Received {last}. "
                    "Suggested Fix:If your classifier expects one-hot encoding label,check your "
                    "n_classes argument to the estimator and/or the shape of your label. "
                    "Otherwise, check the shape of your label."
                )
            expected = tf.concat([tf.shape(logits)[:-1], [size]], axis=0)
            check = tf.assert_equal(expected, tf.shape(labels), message=message)
        with tf.control_dependencies([check]):
            return tf.identity(labels, name=scope)


def checked_range(labels: Any, n_classes: int, message: str | None = None) -> Any:
    """Labels that must be from 0 to `n_classes` - 1 when they run."""
    with tf.name_scope(None, "assert_range", [labels]):
        most = tf.constant(n_classes - 1, labels.dtype)
        checks = (
            tf.assert_less_equal(labels, most, message=message or "Labels must <= n_classes - 1"),
            tf.assert_non_negative(labels, message=message or "Labels must >= 0"),
        )
        with tf.control_dependencies(checks):
            return tf.identity(labels)


def weights_of(features: Any, column: Any, logits: Any, per_logit: bool = False) -> Any:
    """The examples' weights [..., 1] from a feature, or 1.0 when there is no column of them.

    TypeError when the column is no numeric one.
    """
    if column is None:
        return 1.0
    if isinstance(column, str):
        column = numeric_column(key=column, shape=(1,))
    if not isinstance(column, NumericColumn):
        raise TypeError(
            f"Weight column must be either a string or _NumericColumn. Given type: {type(column)}."
        )
    with tf.name_scope(None, "weights", [logits]) as scope:
        weights = column.get_dense_tensor(FeatureTransformationCache(features))
        shape, sizes = tf.shape(weights), tf.shape(logits)
        message = "weights shape must be [D0, D1, ... DN] or [D0, D1, ... DN, 1]"
        ranks = weights.shape.ndims, logits.shape.ndims
        if None not in ranks and ranks[0] == ranks[1] - 1:
            with tf.control_dependencies([tf.assert_equal(sizes[:-1], shape, message=message)]):
                return tf.expand_dims(weights, -1, name=scope)
        single = tf.concat([sizes[:-1], [1]], axis=0)
        if per_logit:
            message = f"{message[:-25]}[D0, D1, ... DN, 1] or [D0, D1, ... DN, logits_dimension]"
            fits = [tf.reduce_all(tf.equal(s, shape)) for s in (sizes, single)]
            check = tf.Assert(tf.reduce_any(fits), [message, sizes, shape])
        else:
            check = tf.assert_equal(single, shape, message=message)
        with tf.control_dependencies([check]):
            return tf.identity(weights, name=scope)


def check_loss_fn(loss_fn: Any) -> None:
    """Raises ValueError when a loss function has not the arguments that it needs, or others."""
    names = arguments_of(loss_fn)
    for needed in ("labels", "logits"):
        if needed not in names:
            raise ValueError(f"loss_fn must contain argument: {needed}. Given arguments: {names}")
    others = sorted(set(names) - {"labels", "logits", "features"})
    if others:
        raise ValueError(f"loss_fn has unexpected args: {others}")


def called_loss(loss_fn: Any, labels: Any, logits: Any, features: Any, size: int = 1) -> Any:
    """A loss function's losses, which must be [..., size] when they run."""
    given = {"features": features} if "features" in arguments_of(loss_fn) else {}
    with tf.name_scope(None, "call_loss_fn", [labels, logits]):
        losses = loss_fn(labels=labels, logits=logits, **given)
        expected = tf.concat([tf.shape(logits)[:-1], [size]], axis=0)
        check = tf.Assert(
            tf.reduce_all(tf.equal(tf.shape(losses), expected)),
            [
                f"loss_fn must return Tensor of shape [D0, D1, ... DN, {size}]. ",
                "logits_shape: ", tf.shape(logits), "loss_shape: ", tf.shape(losses),
            ],
            name="check_loss_shape",
        )  # fmt: skip
        with tf.control_dependencies([check]):
            return tf.identity(losses)


# --- metrics --------------------------------------------------------------------------------------
def _wide(weights: Any, values: Any) -> Any:
    if weights is None or isinstance(weights, float):
        return weights
    return broadcast_weights(weights, values)


def mean(values: Any, weights: Any, name: str) -> Any:
    """The mean of values, as (value, update)."""
    values = tf.cast(values, tf.float32)
    return tf.metrics.mean(values, weights=_wide(weights, values), name=name)


def auc(labels: Any, predictions: Any, weights: Any, name: str, curve: str = "ROC") -> Any:
    """The area under a curve, as (value, update)."""
    predictions = tf.cast(predictions, tf.float32)
    wide = _wide(weights, predictions)
    return tf.metrics.auc(labels, predictions, weights=wide, curve=curve, name=name)


def baseline(labels_mean: Any) -> Any:
    """The accuracy of always saying what is most frequent, as (value, update)."""
    value, update = labels_mean
    with tf.name_scope(None, "accuracy_baseline", labels_mean):
        return (
            tf.maximum(value, 1.0 - value, name="value"),
            tf.maximum(update, 1 - update, name="update_op"),
        )


def at_thresholds(
    thresholds: Any, labels: Any, predictions: Any, weights: Any, keys: Any
) -> dict[str, Any]:
    """Accuracy, precision and recall where what is above a threshold counts as true."""
    found = {}
    for threshold in thresholds:
        given = {"labels": labels, "weights": weights}
        said = tf.cast(tf.greater_equal(predictions, threshold), tf.float32)
        key = keys.ACCURACY_AT_THRESHOLD % threshold
        found[key] = tf.metrics.accuracy(predictions=said, name=key, **given)
        for metric, name in (
            (tf.metrics.precision_at_thresholds, keys.PRECISION_AT_THRESHOLD),
            (tf.metrics.recall_at_thresholds, keys.RECALL_AT_THRESHOLD),
        ):
            key = name % threshold
            value, update = metric(
                predictions=predictions, thresholds=(threshold,), name=key, **given
            )
            found[key] = tf.squeeze(value), tf.squeeze(update)
    return found
