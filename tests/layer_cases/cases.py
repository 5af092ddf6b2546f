"""The cases: functions of a module `tf` that give the tensors to look at, by family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Case = Callable[[Any], Any]


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers of [0, 1)."""
    return np.random.RandomState(seed).rand(*shape).astype(np.float32)


# --- tf.layers ------------------------------------------------------------------------------------
def _images(tf: Any, count: int = 2) -> Any:
    return tf.constant(numbers(count, 5, 4, 3))


def _sequences(tf: Any) -> Any:
    return tf.constant(numbers(2, 7, 3, seed=1))


def _volumes(tf: Any) -> Any:
    return tf.constant(numbers(1, 3, 4, 3, 2, seed=2))


def _flag(tf: Any, value: bool) -> Any:
    return tf.placeholder_with_default(value, [])


def _dense(tf: Any) -> Any:
    x = tf.layers.flatten(_images(tf))
    hidden = tf.layers.dense(x, 4, activation=tf.nn.relu, name="hidden")
    again = tf.layers.dense(x, 4, activation="tanh", name="hidden", reuse=True)
    return hidden, again, tf.layers.dense(hidden, 3, use_bias=False)


def _regularized(tf: Any) -> Any:
    def sum_of_squares(weights: Any) -> Any:
        return 0.1 * tf.reduce_sum(weights * weights)

    y = tf.layers.dense(
        _images(tf), 2, kernel_regularizer=sum_of_squares, activity_regularizer=tf.reduce_sum
    )
    return y, *tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


def _in_scopes(tf: Any) -> Any:
    x = tf.layers.flatten(_images(tf))
    start = tf.ones_initializer()
    with tf.variable_scope("model", initializer=start):
        first = tf.layers.dense(x, 2)
        with tf.name_scope("names"):
            second = tf.layers.dense(first, 2)
    with tf.variable_scope("model", reuse=True):
        third = tf.layers.dense(x, 2)
    return first, second, third


def _layer(name: str, inputs: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Case:
    return lambda tf: getattr(tf.layers, name)(inputs(tf), *args, **kwargs)


def _normalized(training: bool, known: bool, **kwargs: Any) -> Case:
    def build(tf: Any) -> Any:
        flag = training if known else _flag(tf, training)
        return tf.layers.batch_normalization(_images(tf, 4), training=flag, **kwargs)

    return build


def _adjusted(tf: Any) -> Any:
    def adjustment(_: Any) -> Any:
        return tf.fill([3], 1.1), tf.fill([3], 0.1)

    return tf.layers.batch_normalization(_images(tf), adjustment=adjustment, training=True)


LAYERS: dict[str, Case] = {
    "dense": _dense,
    "dense_regularized": _regularized,
    "dense_in_scopes": _in_scopes,
    "conv1d": _layer("conv1d", _sequences, 4, 3, strides=2, padding="same"),
    "conv1d_dilated": _layer("conv1d", _sequences, 4, 2, dilation_rate=2),
    "conv2d": _layer("conv2d", _images, 4, 3),
    "conv2d_strided": _layer("conv2d", _images, 2, (2, 3), strides=(2, 1), padding="same"),
    "conv2d_dilated": _layer("conv2d", _images, 4, 2, dilation_rate=2, use_bias=False),
    "conv3d": _layer("conv3d", _volumes, 4, 2),
    "conv2d_transpose": _layer("conv2d_transpose", _images, 4, 3, strides=2),
    "conv2d_transpose_same": _layer(
        "conv2d_transpose", _images, 2, (2, 3), strides=(2, 1), padding="same"
    ),
    "conv3d_transpose": _layer("conv3d_transpose", _volumes, 4, 2, strides=2),
    "separable_conv1d": _layer("separable_conv1d", _sequences, 4, 3, depth_multiplier=2),
    "separable_conv2d": _layer("separable_conv2d", _images, 4, 3, strides=2),
    "max_pooling1d": _layer("max_pooling1d", _sequences, 2, 2),
    "max_pooling2d": _layer("max_pooling2d", _images, 3, 2, padding="same"),
    "max_pooling3d": _layer("max_pooling3d", _volumes, 2, (2, 1, 1)),
    "average_pooling1d": _layer("average_pooling1d", _sequences, 2, 2),
    "average_pooling2d": _layer("average_pooling2d", _images, 3, 2, padding="same"),
    "average_pooling3d": _layer("average_pooling3d", _volumes, 2, (2, 1, 1)),
    "dropout": _layer("dropout", _images, 0.4, training=True),
    "dropout_off": _layer("dropout", _images, 0.4),
    "dropout_noise_shape": lambda tf: tf.layers.dropout(
        _images(tf), 0.4, noise_shape=[2, 1, 1, 3], seed=3, training=_flag(tf, True)
    ),
    "batch_norm_training": _normalized(True, True),
    "batch_norm_inference": _normalized(False, True),
    "batch_norm_fed_training": _normalized(True, False, momentum=0.8, scale=False),
    "batch_norm_fed_inference": _normalized(False, False, center=False),
    "batch_norm_unfused": _normalized(True, True, fused=False),
    "batch_norm_unfused_fed": _normalized(True, False, fused=False),
    "batch_norm_axis": _normalized(True, True, axis=1, fused=False),
    "batch_norm_axes": _normalized(True, True, axis=[1, 2]),
    "batch_norm_renorm": _normalized(
        True, True, renorm=True, renorm_clipping={"rmax": 1.2, "rmin": 0.8, "dmax": 0.3}
    ),
    "batch_norm_renorm_fed": _normalized(True, False, renorm=True),
    "batch_norm_virtual": _normalized(True, True, virtual_batch_size=2),
    "batch_norm_adjusted": _adjusted,
}


# --- tf.losses ------------------------------------------------------------------------------------
def _pairs(tf: Any) -> tuple[Any, Any]:
    return tf.constant(numbers(3, 4, seed=3)), tf.constant(numbers(3, 4, seed=4))


_WEIGHTS: dict[str, Any] = {
    "plain": 1.0,
    "scalar": 2.5,
    "examples": [[1.0], [0.0], [2.0]],
    "elements": numbers(3, 4, seed=5).round(),
}


def _loss(name: str, weights: Any, **kwargs: Any) -> Case:
    def build(tf: Any) -> Any:
        labels, predictions = _pairs(tf)
        if name == "hinge_loss":
            return tf.losses.hinge_loss(tf.round(labels), predictions * 4 - 2, weights)
        return getattr(tf.losses, name)(labels, predictions, weights=weights, **kwargs)

    return build


def _reduced(reduction: str) -> Case:
    def build(tf: Any) -> Any:
        labels, predictions = _pairs(tf)
        weights = tf.constant(_WEIGHTS["examples"])
        return tf.losses.mean_squared_error(
            labels, predictions, weights, reduction=getattr(tf.losses.Reduction, reduction)
        )

    return build


def _cross_entropies(tf: Any) -> Any:
    logits, classes = tf.constant(numbers(3, 4, seed=6) * 5), tf.constant([[2], [0], [3]])
    hot = tf.one_hot(classes[:, 0], 4)
    return (
        tf.losses.softmax_cross_entropy(hot, logits, label_smoothing=0.1),
        tf.losses.softmax_cross_entropy(hot, logits, [1.0, 0.0, 3.0]),
        tf.losses.sparse_softmax_cross_entropy(classes, logits),
        tf.losses.sparse_softmax_cross_entropy(classes[:, 0], logits, [[1.0], [0.0], [3.0]]),
        tf.losses.sigmoid_cross_entropy(hot, logits, label_smoothing=0.2),
    )


def _totals(tf: Any) -> Any:
    labels, predictions = _pairs(tf)
    tf.losses.mean_squared_error(labels, predictions)
    tf.losses.add_loss(tf.constant(3.0))
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(0.5))
    return (
        tf.losses.get_total_loss(),
        tf.losses.get_total_loss(add_regularization_losses=False, name="without"),
        tf.losses.get_regularization_loss(),
    )


LOSSES: dict[str, Case] = {
    f"{name}_{kind}": _loss(name, weights)
    for name in (
        "absolute_difference", "huber_loss", "log_loss", "mean_pairwise_squared_error",
        "mean_squared_error", "hinge_loss",
    )
    for kind, weights in _WEIGHTS.items()
}  # fmt: skip
LOSSES |= {
    "cosine_distance": _loss("cosine_distance", 1.0, axis=1),
    "huber_delta": _loss("huber_loss", 1.0, delta=0.2),
    "cross_entropies": _cross_entropies,
    "totals": _totals,
}
LOSSES |= {
    f"reduction_{reduction.lower()}": _reduced(reduction)
    for reduction in ("NONE", "SUM", "MEAN", "SUM_OVER_BATCH_SIZE", "SUM_BY_NONZERO_WEIGHTS")
}


# --- tf.metrics -----------------------------------------------------------------------------------
def _batches(tf: Any) -> tuple[Any, Any, Any]:
    """Labels, scores and weights that differ from run to run."""
    step = tf.Variable(0, trainable=False, name="step")
    with tf.control_dependencies([tf.assign_add(step, 1)]):
        which = tf.mod(step.read_value() - 1, 3)
    labels = tf.gather(tf.constant(numbers(3, 8, seed=7).round()), which)
    scores = tf.gather(tf.constant(numbers(3, 8, seed=8)), which)
    weights = tf.gather(tf.constant(numbers(3, 8, seed=9)), which)
    return labels, scores, weights


def _metric(name: str, weighted: bool, of: str = "scores", **kwargs: Any) -> Case:
    def build(tf: Any) -> Any:
        labels, scores, weights = _batches(tf)
        if of == "rounded":
            labels, scores = tf.cast(labels, tf.int64), tf.cast(tf.round(scores), tf.int64)
        given = {"weights": weights} if weighted else {}
        return getattr(tf.metrics, name)(labels, scores, **kwargs, **given)

    return build


def _values(name: str, **kwargs: Any) -> Case:
    def build(tf: Any) -> Any:
        _, scores, weights = _batches(tf)
        return getattr(tf.metrics, name)(scores, weights=weights, **kwargs)

    return build


def _at_k(name: str, **kwargs: Any) -> Case:
    def build(tf: Any) -> Any:
        labels = tf.constant([[1, 2], [0, 3], [4, 0]], tf.int64)
        return getattr(tf.metrics, name)(labels, tf.constant(numbers(3, 6, seed=10)), **kwargs)

    return build


_AT = {"thresholds": [0.2, 0.5, 0.8]}
METRICS: dict[str, Case] = {
    "accuracy": _metric("accuracy", False, "rounded"),
    "accuracy_weighted": _metric("accuracy", True, "rounded"),
    "mean": _values("mean"),
    "mean_tensor": _values("mean_tensor"),
    "percentage_below": _values("percentage_below", threshold=0.4),
    "mean_absolute_error": _metric("mean_absolute_error", True),
    "mean_squared_error": _metric("mean_squared_error", False),
    "root_mean_squared_error": _metric("root_mean_squared_error", True),
    "mean_cosine_distance": _metric("mean_cosine_distance", False, dim=0),
    "mean_relative_error": lambda tf: tf.metrics.mean_relative_error(
        *_batches(tf)[:2], normalizer=tf.constant([0.0, 1, 2, 3, 4, 5, 6, 7])
    ),
    "mean_per_class_accuracy": _metric("mean_per_class_accuracy", True, "rounded", num_classes=3),
    "mean_iou": _metric("mean_iou", True, "rounded", num_classes=3),
    "precision": _metric("precision", True, "rounded"),
    "recall": _metric("recall", False, "rounded"),
    "true_positives": _metric("true_positives", True, "rounded"),
    "false_negatives": _metric("false_negatives", False, "rounded"),
    "auc": _metric("auc", False),
    "auc_pr": _metric("auc", True, curve="PR", summation_method="careful_interpolation"),
    "auc_minoring": _metric("auc", True, summation_method="minoring", num_thresholds=20),
    "precision_at_thresholds": _metric("precision_at_thresholds", True, **_AT),
    "recall_at_thresholds": _metric("recall_at_thresholds", False, **_AT),
    "false_positives_at_thresholds": _metric("false_positives_at_thresholds", False, **_AT),
    "sensitivity_at_specificity": _metric("sensitivity_at_specificity", False, specificity=0.6),
    "specificity_at_sensitivity": _metric("specificity_at_sensitivity", True, sensitivity=0.6),
    "recall_at_k": _at_k("recall_at_k", k=3),
    "recall_at_k_class": _at_k("recall_at_k", k=3, class_id=0),
    "precision_at_k": _at_k("precision_at_k", k=3),
    "average_precision_at_k": _at_k("average_precision_at_k", k=3),
}
FAMILIES = {"layers": LAYERS, "losses": LOSSES, "metrics": METRICS}
