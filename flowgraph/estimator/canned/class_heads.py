"""Heads of classes: one of two, one of several, any of several."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.estimator.canned import head_checks as checks
from flowgraph.estimator.canned.heads import Head, LossSpec
from flowgraph.estimator.canned.keys import MetricKeys, PredictionKeys
from flowgraph.estimator.export.outputs import ClassificationOutput, RegressionOutput


def _tiled(row: Any, logits: Any) -> Any:
    return tf.tile(tf.expand_dims(row, 0), [tf.shape(logits)[0], 1])


class _ClassHead(Head):
    """What heads of classes have in common."""

    _label_vocabulary: Any
    _n_classes: int

    def _check_vocabulary(self, kind: type[Exception]) -> None:
        given = self._label_vocabulary
        if given is not None and not isinstance(given, (list, tuple)):
            raise kind(f"label_vocabulary should be a list or tuple. Given type: {type(given)}")

    def _names(self) -> Any:
        if self._label_vocabulary:
            return tf.constant(list(self._label_vocabulary))
        return tf.as_string(tf.range(self._n_classes))

    def _looked_up(self, labels: Any) -> Any:
        table = tf.contrib.lookup.index_table_from_tensor(
            tuple(self._label_vocabulary), name="class_id_lookup"
        )
        return table.lookup(labels)

    def _class_predictions(self, logits: Any, scores: Any) -> dict[str, Any]:
        ids = tf.expand_dims(tf.argmax(scores, axis=-1, name=PredictionKeys.CLASS_IDS), -1)
        if self._label_vocabulary:
            table = tf.contrib.lookup.index_to_string_table_from_tensor(
                list(self._label_vocabulary), name="class_string_lookup"
            )
            classes = table.lookup(ids)
        else:
            classes = tf.as_string(ids, name="str_classes")
        probabilities = tf.nn.softmax(scores, name=PredictionKeys.PROBABILITIES)
        return {
            PredictionKeys.LOGITS: logits,
            PredictionKeys.PROBABILITIES: probabilities,
            PredictionKeys.CLASS_IDS: ids,
            PredictionKeys.CLASSES: classes,
            PredictionKeys.ALL_CLASS_IDS: _tiled(tf.range(self._n_classes), logits),
            PredictionKeys.ALL_CLASSES: _tiled(self._names(), logits),
        }

    def _classification(self, scores: Any) -> ClassificationOutput:
        return ClassificationOutput(scores=scores, classes=_tiled(self._names(), scores))


class MultiClassHead(_ClassHead):
    """One of more than two classes, by a softmax (tf.estimator.MultiClassHead).

    Arguments are those of `Head`, and:

    Args:
      n_classes: how many classes there are.
      label_vocabulary: the classes as strings, where labels are strings.

    Raises:
      ValueError: there are fewer classes.
    """

    def __init__(
        self, n_classes: int, weight_column: Any = None, label_vocabulary: Any = None,
        loss_reduction: str = "weighted_sum_over_batch_size", loss_fn: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        if n_classes is None:
            raise ValueError("n_classes cannot be None")
        if n_classes <= 2:
            raise ValueError(f"n_classes must be > 2: {n_classes}.")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._n_classes, self._label_vocabulary = n_classes, label_vocabulary
        self._check_vocabulary(ValueError)

    @property
    def logits_dimension(self) -> int:
        """The count of classes."""
        return self._n_classes

    def _losses(self, labels: Any, logits: Any, features: Any) -> tuple[Any, Any]:
        if self._label_vocabulary is None:
            if not labels.dtype.is_integer:
                raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype}.")
        elif labels.dtype != tf.string:
            raise ValueError(
                "Labels dtype should be string if there is a vocabulary. Instead got "
                f"{labels.dtype}"
            )
        else:
            labels = self._looked_up(labels)
        ids = checks.checked_range(labels, self._n_classes)
        if self._loss_fn:
            return checks.called_loss(self._loss_fn, ids, logits, features), ids
        losses = tf.losses.sparse_softmax_cross_entropy(
            ids, logits, reduction=tf.losses.Reduction.NONE
        )
        return tf.expand_dims(losses, axis=-1), ids

    def predictions(self, logits: Any) -> dict[str, Any]:
        """Probabilities and classes."""
        return self._class_predictions(logits, logits)

    def _metrics(self, loss: LossSpec, predictions: dict[str, Any]) -> dict[str, Any]:
        said = predictions[PredictionKeys.CLASS_IDS]
        key = MetricKeys.ACCURACY
        return {
            key: tf.metrics.accuracy(loss.processed_labels, said, weights=loss.weights, name=key)
        }

    def _outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        scores = predictions[PredictionKeys.PROBABILITIES]
        return {"classification": self._classification(scores)}


class BinaryClassHead(_ClassHead):
    """One of two classes, by a logistic function (tf.estimator.BinaryClassHead).

    Arguments are those of `Head`, and:

    Args:
      thresholds: numbers in (0, 1), for each of which there are metrics.
      label_vocabulary: the two classes as strings, where labels are strings.

    Raises:
      ValueError: a threshold is out of range.
    """

    _n_classes = 2
    logits_dimension = property(lambda self: 1, doc="One.")

    def __init__(
        self, weight_column: Any = None, thresholds: Any = None, label_vocabulary: Any = None,
        loss_reduction: str = "weighted_sum_over_batch_size", loss_fn: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._thresholds = tuple(thresholds or ())
        self._label_vocabulary = label_vocabulary
        self._check_vocabulary(TypeError)
        if any(not 0.0 < threshold < 1.0 for threshold in self._thresholds):
            raise ValueError(f"thresholds not in (0, 1): {(self._thresholds,)}.")

    def _losses(self, labels: Any, logits: Any, features: Any) -> tuple[Any, Any]:
        if self._label_vocabulary is not None:
            labels = self._looked_up(labels)
        labels = checks.checked_range(tf.cast(labels, tf.float32), 2)
        if self._loss_fn:
            return checks.called_loss(self._loss_fn, labels, logits, features), labels
        return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits), labels

    def predictions(self, logits: Any) -> dict[str, Any]:
        """Probabilities and classes."""
        logistic = tf.sigmoid(logits, name=PredictionKeys.LOGISTIC)
        both = tf.concat([tf.zeros_like(logits), logits], axis=-1, name="two_class_logits")
        return {**self._class_predictions(logits, both), PredictionKeys.LOGISTIC: logistic}

    def _metrics(self, loss: LossSpec, predictions: dict[str, Any]) -> dict[str, Any]:
        keys, labels, weights = MetricKeys, loss.processed_labels, loss.weights
        said = predictions[PredictionKeys.CLASS_IDS]
        logistic = predictions[PredictionKeys.LOGISTIC]
        labels_mean = checks.mean(labels, weights, keys.LABEL_MEAN)
        given = {"labels": labels, "predictions": said, "weights": weights}
        return {
            keys.ACCURACY: tf.metrics.accuracy(name=keys.ACCURACY, **given),
            keys.PRECISION: tf.metrics.precision(name=keys.PRECISION, **given),
            keys.RECALL: tf.metrics.recall(name=keys.RECALL, **given),
            keys.PREDICTION_MEAN: checks.mean(logistic, weights, keys.PREDICTION_MEAN),
            keys.LABEL_MEAN: labels_mean,
            keys.ACCURACY_BASELINE: checks.baseline(labels_mean),
            keys.AUC: checks.auc(labels, logistic, weights, keys.AUC),
            keys.AUC_PR: checks.auc(labels, logistic, weights, keys.AUC_PR, curve="PR"),
            **checks.at_thresholds(self._thresholds, labels, logistic, weights, keys),
        }

    def _outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        scores = predictions[PredictionKeys.PROBABILITIES]
        logistic = predictions[PredictionKeys.LOGISTIC]
        return {
            "classification": self._classification(scores),
            "regression": RegressionOutput(logistic),
        }


class MultiLabelHead(_ClassHead):
    """Any of several classes, by a logistic function of each (tf.estimator.MultiLabelHead).

    Arguments are those of `Head`, and:

    Args:
      n_classes: how many classes there are.
      thresholds: numbers in (0, 1), for each of which there are metrics.
      label_vocabulary: the classes as strings.
      classes_for_class_based_metrics: accepted.

    Raises:
      ValueError: there are fewer than two classes, or a threshold is out of range.
    """

    def __init__(
        self, n_classes: int, weight_column: Any = None, thresholds: Any = None,
        label_vocabulary: Any = None, loss_reduction: str = "weighted_sum_over_batch_size",
        loss_fn: Any = None, classes_for_class_based_metrics: Any = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        if n_classes is None or n_classes < 2:
            raise ValueError(
                f"n_classes must be > 1 for multi-label classification. Given: {n_classes}"
            )
        self._n_classes, self._label_vocabulary = n_classes, label_vocabulary
        self._thresholds = tuple(thresholds or ())

    logits_dimension = property(lambda self: self._n_classes, doc="The count of classes.")
    _label_size = logits_dimension

    def _losses(self, labels: Any, logits: Any, features: Any) -> tuple[Any, Any]:
        labels = checks.checked_range(
            tf.cast(labels, tf.float32), 2, "labels must be an integer Tensor of 0s and 1s"
        )
        if self._loss_fn:
            return checks.called_loss(self._loss_fn, labels, logits, features), labels
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return tf.reduce_mean(losses, axis=-1, keepdims=True), labels

    def predictions(self, logits: Any) -> dict[str, Any]:
        """Probabilities of each class."""
        probabilities = tf.sigmoid(logits, name=PredictionKeys.PROBABILITIES)
        return {
            PredictionKeys.LOGITS: logits,
            PredictionKeys.PROBABILITIES: probabilities,
        }

    def _metrics(self, loss: LossSpec, predictions: dict[str, Any]) -> dict[str, Any]:
        scores = predictions[PredictionKeys.PROBABILITIES]
        keys, labels, weights = MetricKeys, loss.processed_labels, loss.weights
        return {
            keys.AUC: checks.auc(labels, scores, weights, keys.AUC),
            keys.AUC_PR: checks.auc(labels, scores, weights, keys.AUC_PR, curve="PR"),
            **checks.at_thresholds(self._thresholds, labels, scores, weights, keys),
        }

    def _outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        scores = predictions[PredictionKeys.PROBABILITIES]
        return {"classification": self._classification(scores)}


def classifier_head(
    n_classes: int, weight_column: Any, label_vocabulary: Any, loss_reduction: str
) -> Head:
    """The head of a classifier: of two classes, or of more."""
    if n_classes == 2:
        return BinaryClassHead(
            weight_column, label_vocabulary=label_vocabulary, loss_reduction=loss_reduction
        )
    return MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction)
