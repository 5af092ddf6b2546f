"""`EstimatorSpec`: what a model function gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.estimator.export import outputs as export_outputs_of
from flowgraph.estimator.modes import ModeKeys

LOSS_METRIC_KEY = "loss"
AVERAGE_LOSS_METRIC_KEY = "average_loss"


class _EstimatorSpec(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: Any
    export_outputs: Any
    training_chief_hooks: Any
    training_hooks: Any
    scaffold: Any
    evaluation_hooks: Any
    prediction_hooks: Any


class EstimatorSpec(_EstimatorSpec):
    """A model, as an Estimator needs it (tf.estimator.EstimatorSpec).

    Args:
      mode: one of `ModeKeys`.
      predictions: a tensor, or {name: tensor}.
      loss: a scalar tensor, for training and evaluation.
      train_op: what a step of training runs.
      eval_metric_ops: {name: (value, update operation)} or {name: a Keras metric}.
      export_outputs: {name: an `export.ExportOutput`}, for serving.
      training_chief_hooks, training_hooks, evaluation_hooks, prediction_hooks: `SessionRunHook`s.
      scaffold: a `tf.train.Scaffold`.

    Raises:
      ValueError: what the mode needs is missing, the loss is no scalar, or a tensor is of another
        graph.
      TypeError: an argument is of another type.
    """

    __slots__ = ()

    def __new__(
        cls, mode: str, predictions: Any = None, loss: Any = None, train_op: Any = None,
        eval_metric_ops: Any = None, export_outputs: Any = None, training_chief_hooks: Any = None,
        training_hooks: Any = None, scaffold: Any = None, evaluation_hooks: Any = None,
        prediction_hooks: Any = None,
    ) -> EstimatorSpec:  # fmt: skip
        """A new one, checked."""
        train_op = _checked_train_op(train_op, mode)
        loss = _checked_loss(loss, mode)
        predictions = _checked_predictions(predictions, mode)
        if mode == ModeKeys.PREDICT:
            export_outputs = export_outputs_of.checked(export_outputs, predictions)
        training_hooks = _checked_hooks(training_hooks)
        evaluation_hooks = _checked_hooks(evaluation_hooks)
        prediction_hooks = _checked_hooks(prediction_hooks)
        training_chief_hooks = _checked_hooks(training_chief_hooks)
        eval_metric_ops = _checked_metrics(eval_metric_ops)
        scaffold = scaffold or tf.train.Scaffold()
        if not isinstance(scaffold, tf.train.Scaffold):
            raise TypeError(f"scaffold must be tf.train.Scaffold. Given: {scaffold}")
        return super().__new__(
            cls, mode, predictions, loss, train_op, eval_metric_ops, export_outputs,
            training_chief_hooks, training_hooks, scaffold, evaluation_hooks, prediction_hooks,
        )  # fmt: skip

    def _replace(self, **kwds: Any) -> EstimatorSpec:  # type: ignore[override]
        """A copy with other values; ValueError when the mode is another."""
        if kwds.get("mode", self.mode) != self.mode:
            raise ValueError("mode of EstimatorSpec cannot be changed.")
        return EstimatorSpec(**{**self._asdict(), **kwds})


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (tf.Tensor, tf.Variable)) or hasattr(value, "_as_graph_element")


def _tensor(value: Any, name: str) -> Any:
    if not _is_tensor(value):
        raise TypeError(f"{name} must be Tensor, given: {value}")
    return value


def _check_graph(value: Any, what: str, name: str | None = None) -> None:
    if value.graph is not tf.get_default_graph():
        raise ValueError(
            f'{what} with "{name or value.name}" must be from the default graph. Possible causes '
            f"of this error include: \n\n1) {what} was created outside the context of the default "
            "graph.\n\n2) The object passed through to EstimatorSpec was not created in the most "
            'recent call to "model_fn".'
        )


def _checked_train_op(train_op: Any, mode: str) -> Any:
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    if not (isinstance(train_op, tf.Operation) or _is_tensor(train_op)):
        raise TypeError(f"train_op must be Operation or Tensor, given: {train_op}")
    if isinstance(train_op, tf.Variable):
        train_op = train_op.op
    _check_graph(train_op, "train_op")
    return train_op


def _checked_loss(loss: Any, mode: str) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        return None
    loss = _tensor(loss, "loss")
    shape = loss.get_shape()
    if shape.num_elements() not in (None, 1):
        raise ValueError(f"Loss must be scalar, given: {loss}")
    if not shape.is_compatible_with(tf.TensorShape([])):
        loss = tf.reshape(loss, [])
    _check_graph(loss, "loss")
    return loss


def _checked_predictions(predictions: Any, mode: str) -> Any:
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        return {}
    if not isinstance(predictions, Mapping):
        _check_graph(_tensor(predictions, "predictions"), "prediction values")
        return predictions
    for key, value in predictions.items():
        _tensor(value, f"predictions[{key}]")
        _check_graph(value, "prediction values", f"{key}: {value.name}")
    return dict(predictions)


def _checked_hooks(hooks: Any) -> tuple[Any, ...]:
    hooks = tuple(hooks or ())
    for hook in hooks:
        if not isinstance(hook, tf.train.SessionRunHook):
            raise TypeError(f"All hooks must be SessionRunHook instances, given: {hook}")
    return hooks


def _checked_metrics(metrics: Any) -> dict[str, Any]:
    """{name: (value, update operation)}; variables of Keras metrics become local ones."""
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        raise TypeError(f"eval_metric_ops must be a dict, given: {metrics}")
    found = {}
    for key, value in metrics.items():
        if hasattr(value, "update_state") and hasattr(value, "result"):
            value = _of_keras(value)
        if not isinstance(value, tuple) or len(value) != 2:
            raise TypeError(
                "Values of eval_metric_ops must be (metric_value, update_op) tuples, given: "
                f"{value} for key: {key}"
            )
        for part in tf.nest.flatten(value):
            _check_graph(part, "eval_metric_ops", f"{key}: {part.name}")
        found[key] = value
    return found


def _of_keras(metric: Any) -> tuple[Any, Any]:
    if not metric.updates:
        raise ValueError(f'Please call update_state(...) on the "{metric.name}" metric')
    # Checkpoints have no metrics' variables, and each evaluation starts them anew.
    everything = tf.get_collection_ref(tf.GraphKeys.GLOBAL_VARIABLES)
    own = {id(v) for v in metric.variables}
    everything[:] = [v for v in everything if id(v) not in own]
    for key in (tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES):
        known = {id(v) for v in tf.get_collection(key)}
        for variable in metric.variables:
            if id(variable) not in known:
                tf.add_to_collection(key, variable)
    return metric.result(), metric.updates[0]
