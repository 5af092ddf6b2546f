"""What a model function of tf.contrib.learn is called for, and gives back."""

from __future__ import annotations

from typing import Any, NamedTuple

import flowgraph as tf


class ModeKeys:
    """What a model is built for (tf.contrib.learn.ModeKeys)."""

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"

    @classmethod
    def validate(cls, key: str) -> None:
        """Raises ValueError for what is no mode."""
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"Invalid mode {key}.")


class ProblemType:
    """What kind of problem a model solves (tf.contrib.learn.ProblemType)."""

    UNSPECIFIED = 0
    CLASSIFICATION = 1
    LINEAR_REGRESSION = 2
    LOGISTIC_REGRESSION = 3


class PredictionKey:
    """What predictions are called (tf.contrib.learn.PredictionKey)."""

    CLASSES = "classes"
    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    LOGISTIC = "logistic"
    SCORES = "scores"
    TOP_K = "top_k"
    GENERIC = "output"


class _ModelFnOps(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: Any
    output_alternatives: Any
    training_chief_hooks: Any
    training_hooks: Any
    scaffold: Any


class ModelFnOps(_ModelFnOps):
    """A model, as an Estimator needs it (tf.contrib.learn.ModelFnOps).

    Args:
      mode: one of `ModeKeys`.
      predictions: a tensor, or {name: tensor}.
      loss: a scalar tensor.
      train_op: what a step of training runs.
      eval_metric_ops: {name: (value, update)}.
      output_alternatives: {name: (a `ProblemType`, {name: tensor})}, for serving.
      training_chief_hooks, training_hooks: `SessionRunHook`s.
      scaffold: a `tf.train.Scaffold`.

    Raises:
      ValueError: what the mode needs is missing.
    """

    __slots__ = ()

    def __new__(
        cls, mode: str, predictions: Any = None, loss: Any = None, train_op: Any = None,
        eval_metric_ops: Any = None, output_alternatives: Any = None,
        training_chief_hooks: Any = None, training_hooks: Any = None, scaffold: Any = None,
    ) -> ModelFnOps:  # fmt: skip
        """A new one, checked."""
        ModeKeys.validate(mode)
        if train_op is None and mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        if loss is None and mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        if predictions is None:
            if mode != ModeKeys.TRAIN:
                raise ValueError("Missing predictions.")
        elif isinstance(predictions, dict):
            predictions = {
                key: tf.contrib.framework.convert_to_tensor_or_sparse_tensor(value)
                for key, value in predictions.items()
            }
        else:
            predictions = tf.contrib.framework.convert_to_tensor_or_sparse_tensor(predictions)
        if loss is not None:
            loss = tf.reshape(tf.convert_to_tensor(loss), [])
        return super().__new__(
            cls, mode, predictions, loss, train_op, eval_metric_ops or {}, output_alternatives,
            list(training_chief_hooks or []), list(training_hooks or []), scaffold,
        )  # fmt: skip

    def estimator_spec(self, default_serving_output_alternative_key: Any = None) -> Any:
        """The same as a `tf.estimator.EstimatorSpec`."""
        return tf.estimator.EstimatorSpec(
            self.mode, predictions=self.predictions, loss=self.loss, train_op=self.train_op,
            eval_metric_ops=self.eval_metric_ops, training_hooks=self.training_hooks,
            training_chief_hooks=self.training_chief_hooks, scaffold=self.scaffold,
        )  # fmt: skip
