"""`TPUEstimator`: an Estimator whose functions are told the size of the batch."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from flowgraph.contrib.tpu.config import RunConfig, check_positive
from flowgraph.estimator.estimator import Estimator
from flowgraph.estimator.functions import arguments_of
from flowgraph.estimator.modes import ModeKeys
from flowgraph.estimator.spec import EstimatorSpec

_BATCH_SIZE = "batch_size"


class TPUEstimatorSpec(NamedTuple):
    """A model, as a TPUEstimator needs it (tf.contrib.tpu.TPUEstimatorSpec).

    Args:
      mode, predictions, loss, train_op, export_outputs: those of `tf.estimator.EstimatorSpec`.
      training_hooks, evaluation_hooks, prediction_hooks: likewise.
      eval_metrics: (function, a list or dict of tensors that it is called with), which gives
        {name: (value, update operation)}.
      scaffold_fn: gives the `tf.train.Scaffold`.
      host_call: a function and its tensors, which TPUs call on their host; not called here.
    """

    mode: str
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metrics: Any = None
    export_outputs: Any = None
    scaffold_fn: Any = None
    host_call: Any = None
    training_hooks: Any = None
    evaluation_hooks: Any = None
    prediction_hooks: Any = None

    def as_estimator_spec(self) -> EstimatorSpec:
        """The same for an Estimator."""
        metrics = None
        if self.eval_metrics:
            function, tensors = self.eval_metrics
            is_dict = isinstance(tensors, dict)
            metrics = function(**tensors) if is_dict else function(*tensors)
        return EstimatorSpec(
            self.mode, self.predictions, self.loss, self.train_op, metrics, self.export_outputs,
            scaffold=self.scaffold_fn() if self.scaffold_fn else None,
            training_hooks=self.training_hooks, evaluation_hooks=self.evaluation_hooks,
            prediction_hooks=self.prediction_hooks,
        )  # fmt: skip


class TPUEstimator(Estimator):
    """An Estimator for TPUs (tf.contrib.tpu.TPUEstimator), which runs on the CPU here.

    Its functions find the batch size of their mode in `params["batch_size"]`.

    Args:
      model_fn, model_dir, params, warm_start_from: those of `tf.estimator.Estimator`; the model
        function may give a `TPUEstimatorSpec`.
      config: a `tf.contrib.tpu.RunConfig`.
      use_tpu: whether to run on TPUs, of which there are none.
      train_batch_size, eval_batch_size, predict_batch_size: of each mode.
      batch_axis, eval_on_tpu, export_to_tpu, export_to_cpu: accepted.

    Raises:
      ValueError: the config is of another kind, `params` has a batch size already, or a batch size
        is not positive or missing.
      RuntimeError: TPUs are asked for.
    """

    _may_be_overridden = Estimator._may_be_overridden | {"_call_input_fn"}

    def __init__(
        self, model_fn: Any = None, model_dir: Any = None, config: Any = None, params: Any = None,
        use_tpu: bool = True, train_batch_size: int | None = None,
        eval_batch_size: int | None = None, predict_batch_size: int | None = None,
        batch_axis: Any = None, eval_on_tpu: bool = True, export_to_tpu: bool = True,
        export_to_cpu: bool = True, warm_start_from: Any = None,
    ) -> None:  # fmt: skip
        if not isinstance(config, RunConfig):
            raise ValueError("`config` must be provided with type `tpu_config.RunConfig`")
        if params is not None and _BATCH_SIZE in params:
            raise ValueError(f"{_BATCH_SIZE} are reserved keys but existed in params {params}.")
        sizes = {
            ModeKeys.TRAIN: train_batch_size, ModeKeys.EVAL: eval_batch_size,
            ModeKeys.PREDICT: predict_batch_size,
        }  # fmt: skip
        if use_tpu:
            if train_batch_size is None:
                raise ValueError("`train_batch_size` cannot be `None`")
            raise RuntimeError(
                "TPUEstimator: flowgraph cannot find any TPU cores. Pass use_tpu=False to run the "
                "same model on the CPU."
            )
        for mode, size in sizes.items():
            if size is not None:
                check_positive(size, f"{mode} batch size")
        self._batch_sizes = sizes
        super().__init__(
            model_fn and self._told(model_fn), model_dir, config, params, warm_start_from
        )

    def _params_of(self, mode: str, params: Any) -> Any:
        """The parameters with the batch size of a mode, where there is one."""
        size = self._batch_sizes.get(mode)
        return params if size is None else {**params, _BATCH_SIZE: size}

    def _told(self, model_fn: Any) -> Any:
        """The model function, told its batch size, and its result as an EstimatorSpec."""
        names = arguments_of(model_fn)
        if "params" not in names:
            raise ValueError(
                f"model_fn ({model_fn}) does not include params argument, required by TPUEstimator "
                'to pass batch size as params["batch_size"]'
            )

        @functools.wraps(model_fn)
        def call(*args: Any, **kwargs: Any) -> Any:
            if "mode" in kwargs:
                kwargs["params"] = self._params_of(kwargs["mode"], kwargs["params"])
            spec = model_fn(*args, **kwargs)
            return spec.as_estimator_spec() if isinstance(spec, TPUEstimatorSpec) else spec

        return call

    def _call_input_fn(self, input_fn: Any, mode: str) -> Any:
        if "params" not in arguments_of(input_fn):
            raise ValueError(
                f"input_fn ({input_fn}) does not include params argument, required by TPUEstimator "
                'to pass batch size as params["batch_size"]'
            )
        told = functools.partial(input_fn, params=self._params_of(mode, self.params))
        return super()._call_input_fn(told, mode)
