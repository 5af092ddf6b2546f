"""Heads of numbers: any numbers, counts, probabilities."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.estimator.canned import head_checks as checks
from flowgraph.estimator.canned.heads import Head, LossSpec
from flowgraph.estimator.canned.keys import MetricKeys, PredictionKeys
from flowgraph.estimator.export.outputs import RegressionOutput


class RegressionHead(Head):
    """Numbers, by squared errors (tf.estimator.RegressionHead).

    Arguments are those of `Head`, and:

    Args:
      label_dimension: how many numbers an example has.
      inverse_link_fn: a function of logits that gives the prediction.

    Raises:
      ValueError: there are no numbers.
    """

    _per_logit_weights = True

    def __init__(
        self, label_dimension: int = 1, weight_column: Any = None,
        loss_reduction: str = "weighted_sum_over_batch_size", loss_fn: Any = None,
        inverse_link_fn: Any = None, name: str | None = None,
    ) -> None:  # fmt: skip
        if label_dimension < 1:
            raise ValueError(f"Invalid label_dimension {label_dimension}.")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._size, self._inverse_link_fn = label_dimension, inverse_link_fn

    logits_dimension = property(lambda self: self._size, doc="The count of numbers.")
    _label_size = logits_dimension

    def _losses(self, labels: Any, logits: Any, features: Any) -> tuple[Any, Any]:
        labels = tf.cast(labels, tf.float32)
        if self._loss_fn:
            losses = checks.called_loss(self._loss_fn, labels, logits, features, self._size)
            return losses, labels
        losses = tf.losses.mean_squared_error(labels, logits, reduction=tf.losses.Reduction.NONE)
        return losses, labels

    def predictions(self, logits: Any) -> dict[str, Any]:
        """The numbers, and the logits where these are others."""
        if not self._inverse_link_fn:
            return {PredictionKeys.PREDICTIONS: logits}
        return {
            PredictionKeys.PREDICTIONS: self._inverse_link_fn(logits),
            PredictionKeys.LOGITS: logits,
        }

    def _metrics(self, loss: LossSpec, predictions: dict[str, Any]) -> dict[str, Any]:
        said = predictions[PredictionKeys.PREDICTIONS]
        keys = MetricKeys
        return {
            keys.PREDICTION_MEAN: checks.mean(said, loss.weights, keys.PREDICTION_MEAN),
            keys.LABEL_MEAN: checks.mean(loss.processed_labels, loss.weights, keys.LABEL_MEAN),
        }

    def _outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return {"regression": RegressionOutput(predictions[PredictionKeys.PREDICTIONS])}


class PoissonRegressionHead(RegressionHead):
    """Counts, by a Poisson distribution (tf.estimator.PoissonRegressionHead).

    Arguments are those of `RegressionHead`, and:

    Args:
      compute_full_loss: whether the loss has the term that is the same for all predictions.
    """

    def __init__(
        self, label_dimension: int = 1, weight_column: Any = None,
        loss_reduction: str = "weighted_sum_over_batch_size", compute_full_loss: bool = True,
        name: str | None = None,
    ) -> None:  # fmt: skip
        def poisson(labels: Any, logits: Any) -> Any:
            return tf.nn.log_poisson_loss(labels, logits, compute_full_loss=compute_full_loss)

        super().__init__(label_dimension, weight_column, loss_reduction, poisson, tf.exp, name)


class LogisticRegressionHead(RegressionHead):
    """Probabilities, by a logistic function (tf.estimator.LogisticRegressionHead)."""

    def __init__(
        self, weight_column: Any = None, loss_reduction: str = "weighted_sum_over_batch_size",
        name: str | None = None,
    ) -> None:  # fmt: skip
        def logistic(labels: Any, logits: Any) -> Any:
            labels = checks.checked_range(labels, 2, "Labels must be in range [0, 1]")
            return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

        super().__init__(1, weight_column, loss_reduction, logistic, tf.sigmoid, name)
