"""Heads: what a model's logits mean, its loss, metrics and predictions."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.estimator.canned import head_checks as checks
from flowgraph.estimator.canned.keys import MetricKeys
from flowgraph.estimator.export.outputs import DEFAULT_SERVING_KEY, PredictOutput
from flowgraph.estimator.modes import ModeKeys
from flowgraph.estimator.spec import EstimatorSpec


class LossSpec(NamedTuple):
    """A loss and its parts: of a batch, of each example, their weights, the labels as ids."""

    training_loss: Any
    unreduced_loss: Any
    weights: Any
    processed_labels: Any


class Head(abc.ABC):
    """Base class of heads (tf.estimator.Head).

    Args:
      weight_column: the name of the feature that holds examples' weights, or its column.
      loss_reduction: one of `tf.losses.Reduction`, other than NONE.
      loss_fn: gives each example's loss from `labels`, `logits` and, if it likes, `features`.
      name: what metrics and summaries are called after.

    Raises:
      ValueError: the reduction is another, or the function has other arguments.
    """

    def __init__(
        self, weight_column: Any, loss_reduction: str, loss_fn: Any, name: str | None
    ) -> None:
        if loss_reduction not in tf.losses.Reduction.all() or loss_reduction == "none":
            raise ValueError(f"Invalid loss_reduction: {loss_reduction}")
        if loss_fn:
            checks.check_loss_fn(loss_fn)
        self._weight_column, self._loss_fn = weight_column, loss_fn
        self._loss_reduction, self._name = loss_reduction, name

    @property
    def name(self) -> str | None:
        """What metrics and summaries are called after."""
        return self._name

    @property
    @abc.abstractmethod
    def logits_dimension(self) -> int:
        """How many logits an example has."""

    @property
    def loss_reduction(self) -> str:
        """How examples' losses become one."""
        return self._loss_reduction

    @abc.abstractmethod
    def _losses(self, labels: Any, logits: Any, features: Any) -> tuple[Any, Any]:
        """(each example's loss, the labels as ids) of labels of the right shape."""

    @abc.abstractmethod
    def predictions(self, logits: Any) -> dict[str, Any]:
        """{name: prediction}."""

    @abc.abstractmethod
    def _metrics(self, loss: LossSpec, predictions: dict[str, Any]) -> dict[str, Any]:
        """{name: (value, update)} besides the mean of losses."""

    @abc.abstractmethod
    def _outputs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        """{name: output} for serving; the first is the default."""

    _label_size = property(lambda self: 1)
    _per_logit_weights = False

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        """The loss and its parts."""
        logits = tf.convert_to_tensor(logits)
        labels = checks.checked_labels(labels, logits, self._label_size)
        losses, processed = self._losses(labels, logits, features)
        weights = checks.weights_of(features, self._weight_column, logits, self._per_logit_weights)
        total = tf.losses.compute_weighted_loss(
            losses, weights=weights, reduction=self._loss_reduction
        )
        return LossSpec(total, losses, weights, processed)

    def _key(self, key: str) -> str:
        return f"{key}/{self._name}" if self._name else key

    def create_estimator_spec(
        self, features: Any, mode: str, logits: Any, labels: Any = None, optimizer: Any = None,
        train_op_fn: Any = None, regularization_losses: Any = None, update_ops: Any = None,
        trainable_variables: Any = None,
    ) -> EstimatorSpec:  # fmt: skip
        """The model of logits.

        Args:
          features: {name: tensor}.
          mode: one of `ModeKeys`.
          logits: [..., logits_dimension].
          labels: the labels, for training and evaluation.
          optimizer: minimises the loss.
          train_op_fn: gives the operation that trains on a loss, instead.
          regularization_losses: what is added to the loss.
          update_ops: what training runs besides; the graph's collection when None.
          trainable_variables: what is trained; all when None.

        Raises:
          ValueError: both or none of `optimizer` and `train_op_fn` are given for training.
        """
        with tf.name_scope(self._name, "head"):
            logits = checks.checked_logits(logits, self.logits_dimension)
            with tf.name_scope(None, "predictions", [logits]):
                predictions = self.predictions(logits)
            if mode == ModeKeys.PREDICT:
                outputs = self._outputs(predictions)
                default = next(iter(outputs.values()))
                every = {DEFAULT_SERVING_KEY: default, **outputs}
                every["predict"] = PredictOutput(predictions)
                return EstimatorSpec(mode, predictions=predictions, export_outputs=every)
            loss = self.create_loss(features, mode, logits, labels)
            extra = tf.add_n(regularization_losses) if regularization_losses else None
            total = loss.training_loss
            if extra is not None:
                total = tf.add_n([total, extra])
            if mode == ModeKeys.EVAL:
                metrics = self._every_metric(loss, predictions, extra)
                return EstimatorSpec(
                    mode, predictions=predictions, loss=total, eval_metric_ops=metrics
                )
            train_op = _train_op(total, optimizer, train_op_fn, update_ops, trainable_variables)
            mean = self._mean_loss(loss)
        with tf.name_scope(""):
            for key, value in (
                ("LOSS", total),
                ("LOSS_MEAN", mean),
                ("LOSS_REGULARIZATION", extra),
            ):
                if value is not None:
                    tf.summary.scalar(self._key(getattr(MetricKeys, key)), value)
        return EstimatorSpec(mode, predictions=predictions, loss=total, train_op=train_op)

    def _mean_loss(self, loss: LossSpec) -> Any:
        if self._loss_reduction != tf.losses.Reduction.SUM:
            return None
        weights = tf.reduce_sum(loss.weights * tf.ones_like(loss.unreduced_loss))
        return loss.training_loss / weights

    def _every_metric(self, loss: LossSpec, predictions: Any, extra: Any) -> dict[str, Any]:
        with tf.name_scope(None, "metrics", [loss.unreduced_loss]):
            mean = tf.metrics.mean(
                loss.unreduced_loss, weights=loss.weights, name=MetricKeys.LOSS_MEAN
            )
            found = {MetricKeys.LOSS_MEAN: mean, **self._metrics(loss, predictions)}
            if extra is not None:
                key = MetricKeys.LOSS_REGULARIZATION
                found[key] = tf.metrics.mean(extra, name=key)
        return {self._key(key): value for key, value in found.items()}


def _train_op(loss: Any, optimizer: Any, train_op_fn: Any, update_ops: Any, variables: Any) -> Any:
    if optimizer is not None and train_op_fn is not None:
        raise ValueError("train_op_fn and optimizer cannot both be set.")
    if optimizer is not None:
        train_op = optimizer.minimize(
            loss, global_step=tf.train.get_global_step(), var_list=variables
        )
    elif train_op_fn is not None:
        train_op = train_op_fn(loss)
    else:
        raise ValueError("train_op_fn and optimizer cannot both be None.")
    updates = update_ops if update_ops else tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    return tf.group(train_op, *updates) if updates else train_op
