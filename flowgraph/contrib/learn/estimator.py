"""`Estimator` of tf.contrib.learn, on that of tf.estimator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.contrib.learn.metric_spec import metric_ops
from flowgraph.contrib.learn.model_fn import ModeKeys, ModelFnOps
from flowgraph.contrib.learn.monitors import replace_monitors_with_hooks
from flowgraph.contrib.learn.run_config import RunConfig
from flowgraph.estimator.estimator import Estimator as _Estimator
from flowgraph.estimator.functions import arguments_of
from flowgraph.estimator.inputs.arrays import numpy_input_fn


def _array(value: Any) -> Any:
    """Data as arrays of the dtypes in which models take them."""
    if isinstance(value, dict):
        return {key: _array(part) for key, part in value.items()}
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    elif not hasattr(value, "dtype") and hasattr(value, "__next__"):
        value = list(value)
    value = np.asarray(value)
    return value.astype(np.float32) if value.dtype == np.float64 else value


def input_fn_of(
    x: Any, y: Any, input_fn: Any, batch_size: int | None, epochs: int | None, shuffle: bool
) -> Any:
    """The input function that is given, or one over arrays.

    ValueError when both or none are given.
    """
    if input_fn is not None:
        if x is not None or y is not None:
            raise ValueError("Can not provide both input_fn and x or y.")
        return input_fn
    if x is None:
        raise ValueError("Either x or input_fn must be provided.")
    x, y = _array(x), None if y is None else _array(y)
    length = len(next(iter(x.values())) if isinstance(x, dict) else x)
    size = batch_size or length
    capacity = max(1000, 4 * size)
    return numpy_input_fn(x, y, size, epochs, shuffle, queue_capacity=capacity)


class BaseEstimator:
    """What Estimators of tf.contrib.learn have in common (tf.contrib.learn.BaseEstimator)."""

    __hash__ = object.__hash__

    def __init__(self, model_dir: Any = None, config: Any = None) -> None:
        config = config or RunConfig()
        model_dir = model_dir or config.model_dir
        self._core = _Estimator(self._adapted(None), model_dir, config, params=None)

    def _call(self, features: Any, labels: Any, mode: str) -> ModelFnOps:
        raise NotImplementedError

    def _adapted(self, metrics: Any) -> Any:
        """The model as a function for tf.estimator, with more metrics."""

        def model_fn(features: Any, labels: Any, mode: str) -> Any:
            ops = self._call(features, labels, mode)
            spec = ops.estimator_spec()
            if mode != ModeKeys.EVAL or not metrics:
                return spec
            more = metric_ops(metrics, features, labels, ops.predictions)
            return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **more})

        return model_fn

    @property
    def model_dir(self) -> str:
        """The directory of checkpoints and summaries."""
        return self._core.model_dir

    @property
    def config(self) -> Any:
        """How it runs."""
        return self._core.config

    def get_variable_value(self, name: str) -> Any:
        """The value of a variable in the newest checkpoint."""
        return self._core.get_variable_value(name)

    def get_variable_names(self) -> list[str]:
        """The names of all variables in the newest checkpoint."""
        return self._core.get_variable_names()

    def latest_checkpoint(self) -> str | None:
        """The newest checkpoint; None where there is none."""
        return self._core.latest_checkpoint()

    def fit(
        self, x: Any = None, y: Any = None, input_fn: Any = None, steps: int | None = None,
        batch_size: int | None = None, monitors: Any = None, max_steps: int | None = None,
    ) -> BaseEstimator:  # fmt: skip
        """Trains the model, going on from the newest checkpoint.

        Args:
          x, y: arrays: features and labels.
          input_fn: a function that gives (features, labels), instead.
          steps: how many steps more.
          batch_size: how many rows of arrays a batch has; all when None.
          monitors: monitors and `SessionRunHook`s.
          max_steps: up to which global step, instead of `steps`.

        Returns:
          The Estimator.

        Raises:
          ValueError: arguments are missing or given twice.
        """
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        made = input_fn_of(x, y, input_fn, batch_size, None, shuffle=True)
        hooks = replace_monitors_with_hooks(monitors, self)
        self._core.train(made, hooks=hooks, steps=steps, max_steps=max_steps)
        return self

    def partial_fit(
        self, x: Any = None, y: Any = None, input_fn: Any = None, steps: int = 1,
        batch_size: int | None = None, monitors: Any = None,
    ) -> BaseEstimator:  # fmt: skip
        """As `fit`, of one step."""
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    def evaluate(
        self, x: Any = None, y: Any = None, input_fn: Any = None, feed_fn: Any = None,
        batch_size: int | None = None, steps: int | None = None, metrics: Any = None,
        name: str | None = None, checkpoint_path: Any = None, hooks: Any = None,
        log_progress: bool = True,
    ) -> dict[str, Any]:  # fmt: skip
        """Evaluates the model of a checkpoint.

        Args:
          x, y: arrays: features and labels.
          input_fn: a function that gives (features, labels), instead.
          feed_fn: gives a feed dict for each batch.
          batch_size: how many rows of arrays a batch has; all when None.
          steps: how many batches; until the input's end when None.
          metrics: {name: `MetricSpec`}, besides the model's own.
          name: tells evaluations on several data sets apart.
          checkpoint_path: the checkpoint; the newest when None.
          hooks: `SessionRunHook`s.
          log_progress: accepted.

        Returns:
          {name of a metric, "loss" or "global_step": value}.

        Raises:
          ValueError: arguments are missing or given twice, or there is no checkpoint.
        """
        made = input_fn_of(x, y, input_fn, batch_size, 1, shuffle=False)
        if not (checkpoint_path or self.latest_checkpoint()):
            raise ValueError(f"Couldn't find trained model at {self.model_dir}.")
        hooks = list(hooks or [])
        if feed_fn is not None:
            hooks.append(tf.train.FeedFnHook(feed_fn))
        core = _Estimator(self._adapted(metrics), self.model_dir, self._core._config)
        return core.evaluate(made, steps, hooks, checkpoint_path, name)

    def predict(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None,
        outputs: Any = None, as_iterable: bool = True, iterate_batches: bool = False,
    ) -> Any:  # fmt: skip
        """The predictions for each example of the input.

        Args:
          x: an array: the features.
          input_fn: a function that gives features, instead.
          batch_size: how many rows of an array a batch has; all when None.
          outputs: the names of those that are wanted; all when None.
          as_iterable: whether they come one by one, or as arrays.
          iterate_batches: whether batches come as they are.

        Raises:
          ValueError: arguments are missing or given twice, or there is no checkpoint.
        """
        made = input_fn_of(x, None, input_fn, batch_size, 1, shuffle=False)
        if not self.latest_checkpoint():
            raise ValueError(f"Couldn't find trained model at {self.model_dir}.")
        found = self._core.predict(
            made, predict_keys=outputs, yield_single_examples=not iterate_batches and as_iterable
        )
        return found if as_iterable else _joined(list(found))

    def export_savedmodel(
        self, export_dir_base: Any, serving_input_fn: Any,
        default_output_alternative_key: Any = None, assets_extra: Any = None,
        as_text: bool = False, checkpoint_path: Any = None, graph_rewrite_specs: Any = (),
        strip_default_attrs: bool = False,
    ) -> bytes:  # fmt: skip
        """Writes the model of a checkpoint as a SavedModel; gives its directory.

        Args:
          export_dir_base: the directory below which one is made, named after the second.
          serving_input_fn: a function that gives `InputFnOps`.
          default_output_alternative_key: accepted.
          assets_extra: {path in `assets.extra`: file to copy}.
          as_text: whether the file of the graph is text.
          checkpoint_path: the checkpoint; the newest when None.
          graph_rewrite_specs: accepted.
          strip_default_attrs: whether attributes that are defaults are left out.

        Raises:
          ValueError: there is no function, or no checkpoint.
        """
        if serving_input_fn is None:
            raise ValueError("serving_input_fn must be defined.")

        def receiver() -> Any:
            given = serving_input_fn()
            if isinstance(given, tf.estimator.export.ServingInputReceiver):
                return given
            features, _, fed = given
            return tf.estimator.export.ServingInputReceiver(features, fed)

        return self._core.export_savedmodel(
            export_dir_base, receiver, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """{name: argument}, as scikit-learn asks for them."""
        return {
            name: getattr(self, f"_{name}", None)
            for name in arguments_of(type(self).__init__)
            if name != "self"
        }


def _joined(batches: list[Any]) -> Any:
    if not batches or not isinstance(batches[0], dict):
        return np.concatenate(batches) if batches else np.array([])
    return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}


class Estimator(BaseEstimator):
    """Trains and evaluates the model that a function builds (tf.contrib.learn.Estimator).

    Args:
      model_fn: a function of `features`, `labels` (or `targets`) and of any of `mode`, `params`,
        `config`, `model_dir`, which gives `ModelFnOps` or (predictions, loss, train_op).
      model_dir: the directory of checkpoints and summaries; a temporary one when None.
      config: a `RunConfig`.
      params: what `model_fn` gets as `params`.
      feature_engineering_fn: a function of (features, labels) that is applied first.

    Raises:
      ValueError: there is no function, or it does not take `params`.
    """

    def __init__(
        self, model_fn: Any = None, model_dir: Any = None, config: Any = None, params: Any = None,
        feature_engineering_fn: Any = None,
    ) -> None:  # fmt: skip
        if model_fn is None:
            raise ValueError("model_fn must be provided.")
        names = arguments_of(model_fn)
        if params is not None and "params" not in names:
            raise ValueError(
                f"Estimator's model_fn ({model_fn}) does not have a params argument, but params "
                f"({params}) were passed to the Estimator's constructor."
            )
        self._model_fn, self._params = model_fn, params or {}
        self._feature_engineering_fn = feature_engineering_fn
        super().__init__(model_dir, config)

    @property
    def params(self) -> Any:
        """What the model function gets as `params`."""
        return self._params

    def _call(self, features: Any, labels: Any, mode: str) -> ModelFnOps:
        if self._feature_engineering_fn is not None:
            features, labels = self._feature_engineering_fn(features, labels)
        given = {
            "mode": mode, "params": self._params, "config": self.config,
            "model_dir": self.model_dir,
        }  # fmt: skip
        names = arguments_of(self._model_fn)
        told = {name: value for name, value in given.items() if name in names}
        found = self._model_fn(features, labels, **told)
        if isinstance(found, ModelFnOps):
            return found
        if isinstance(found, tf.estimator.EstimatorSpec):
            return ModelFnOps(
                mode, found.predictions, found.loss, found.train_op, found.eval_metric_ops,
                None, found.training_chief_hooks, found.training_hooks, found.scaffold,
            )  # fmt: skip
        if not isinstance(found, (list, tuple)) or len(found) != 3:
            raise ValueError("Unrecognized value returned by model_fn, please return ModelFnOps.")
        return ModelFnOps(mode, *found)


class SKCompat:
    """An Estimator with scikit-learn's methods, on arrays (tf.contrib.learn.SKCompat).

    Args:
      estimator: an Estimator of tf.contrib.learn.
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def fit(
        self, x: Any, y: Any, batch_size: int = 128, steps: int | None = None,
        max_steps: int | None = None, monitors: Any = None,
    ) -> SKCompat:  # fmt: skip
        """Trains the model on arrays."""
        self._estimator.fit(
            x, y, steps=steps, batch_size=batch_size, max_steps=max_steps, monitors=monitors
        )
        return self

    def score(
        self, x: Any, y: Any, batch_size: int = 128, steps: int | None = None,
        metrics: Any = None, name: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Evaluates the model on arrays."""
        return self._estimator.evaluate(
            x, y, batch_size=batch_size, steps=steps, metrics=metrics, name=name
        )

    def predict(self, x: Any, batch_size: int = 128, outputs: Any = None) -> Any:
        """The predictions for an array, as arrays."""
        return self._estimator.predict(x, batch_size=batch_size, outputs=outputs, as_iterable=False)


def infer_real_valued_columns_from_input_fn(input_fn: Any) -> list[Any]:
    """A real-valued column for each feature that an input function gives."""
    with tf.Graph().as_default():
        features, _ = input_fn()
        return tf.contrib.layers.infer_real_valued_columns(features)


def infer_real_valued_columns_from_input(x: Any) -> list[Any]:
    """A real-valued column for an array, or for each one of a dict."""
    return infer_real_valued_columns_from_input_fn(lambda: (_constants(_array(x)), None))


def _constants(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _constants(value) for key, value in x.items()}
    return tf.placeholder(tf.as_dtype(x.dtype), (None, *x.shape[1:]))


def directory_of(estimator: Any) -> str:
    """The directory of an Estimator of either kind, as a string."""
    return os.fsdecode(estimator.model_dir)


def examples(found: Iterator[Any], key: str) -> Iterator[Any]:
    """One prediction of each example."""
    return (example[key] for example in found)
