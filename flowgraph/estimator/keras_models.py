"""A Keras model as an Estimator."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import flowgraph as tf
from flowgraph.estimator.estimator import Estimator, completed
from flowgraph.estimator.export.outputs import DEFAULT_SERVING_KEY, PredictOutput
from flowgraph.estimator.modes import ModeKeys
from flowgraph.estimator.spec import EstimatorSpec
from flowgraph.estimator.warm_start import WarmStartSettings
from flowgraph.keras import backend as K
from flowgraph.keras.optimizers.native import TFOptimizer


def from_keras(keras_model: Any, custom_objects: Any, model_dir: Any, config: Any) -> Estimator:
    """An Estimator that starts from a compiled model's weights.

    Args:
      keras_model: the model, of layers.
      custom_objects: {name: class or function} for making its layers.
      model_dir, config: of the Estimator.
    """
    config = completed(config, model_dir)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        with tf.keras.utils.CustomObjectScope(custom_objects or {}):
            return _spec(keras_model, features, labels, mode)

    start = _first_checkpoint(keras_model, config.model_dir)
    return Estimator(model_fn, config=config, warm_start_from=start)


def _first_checkpoint(keras_model: Any, directory: str) -> WarmStartSettings | None:
    """Writes the model's weights, unless that was done; gives from what to start."""
    folder = os.path.join(directory, "keras")
    names = [f"^{re.escape(weight.op.name)}:0$" for weight in keras_model.weights]
    if not names:
        return None
    path = tf.train.latest_checkpoint(folder)
    if path is None:
        values = keras_model.get_weights()
        tf.gfile.MakeDirs(folder)
        with tf.Graph().as_default():
            copies = [
                tf.Variable(value, name=weight.op.name)
                for weight, value in zip(keras_model.weights, values, strict=True)
            ]
            with tf.Session() as session:
                session.run(tf.variables_initializer(copies))
                path = tf.train.Saver(copies).save(
                    session, os.path.join(folder, "keras_model.ckpt")
                )
    return WarmStartSettings(path, vars_to_warm_start=names)


def _ordered(given: Any, names: list[str], what: str) -> list[Any]:
    """Tensors in the model's order; KeyError when a dict has other names."""
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise KeyError(
                f"The dictionary passed into {what} does not have the expected keys defined in "
                f"the keras model.\n\tExpected keys: {set(names)}\n\t{what} keys: {set(given)}"
            )
        given = [given[name] for name in names]
    every = list(given) if isinstance(given, (list, tuple)) else [given]
    return [tf.convert_to_tensor(value) for value in every]


def _optimizer(optimizer: Any, step: Any) -> Any:
    """One like a model's own, which counts the graph's global step."""
    if isinstance(optimizer, TFOptimizer):
        return TFOptimizer(optimizer.optimizer, iterations=step)
    made = type(optimizer).from_config(optimizer.get_config())
    made.iterations = step
    return made


def _copied(metrics: Any) -> Any:
    """Metrics, with new objects in the place of objects, which belong to another graph."""
    if isinstance(metrics, dict):
        return {key: _copied(value) for key, value in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [_copied(value) for value in metrics]
    if isinstance(metrics, tf.keras.metrics.Metric):
        return type(metrics).from_config(metrics.get_config())
    return metrics


def _spec(keras_model: Any, features: Any, labels: Any, mode: str) -> EstimatorSpec:
    K.set_learning_phase(mode == ModeKeys.TRAIN)
    inputs = _ordered(features, keras_model.input_names, "features")
    model = tf.keras.models.clone_model(
        keras_model, input_tensors=[_as_floats(tensor) for tensor in inputs]
    )
    predictions = dict(zip(keras_model.output_names, model.outputs, strict=True))
    outputs = {DEFAULT_SERVING_KEY: PredictOutput(predictions)}
    if mode == ModeKeys.PREDICT:
        return EstimatorSpec(mode, predictions=predictions, export_outputs=outputs)
    settings = keras_model._settings
    step = tf.train.get_or_create_global_step()
    optimizer = _optimizer(keras_model.optimizer, step)
    targets = _ordered(labels, keras_model.output_names, "labels")
    given = settings if mode == ModeKeys.EVAL else {}  # training shows no metrics
    model.compile(
        optimizer, settings["loss"], _copied(given.get("metrics")), settings["loss_weights"],
        weighted_metrics=_copied(given.get("weighted_metrics")),
        target_tensors=[_like(t, o) for t, o in zip(targets, model.outputs, strict=True)],
    )  # fmt: skip
    loss = model.total_loss
    if mode == ModeKeys.EVAL:
        metrics = {metric.name: metric for metric in model.metrics}
        return EstimatorSpec(mode, predictions=predictions, loss=loss, eval_metric_ops=metrics)
    updates = optimizer.get_updates(loss, model.trainable_weights)
    updates += model.get_updates_for(None) + model.get_updates_for(model.inputs)
    return EstimatorSpec(mode, predictions=predictions, loss=loss, train_op=tf.group(*updates))


def _as_floats(tensor: Any) -> Any:
    return tf.cast(tensor, tf.float32) if tensor.dtype == tf.float64 else tensor


def _like(target: Any, output: Any) -> Any:
    """Targets [batch] as [batch, 1] where outputs are so."""
    ranks = target.shape.ndims, output.shape.ndims
    if None not in ranks and ranks[0] == ranks[1] - 1:
        return tf.expand_dims(target, -1)
    return target
