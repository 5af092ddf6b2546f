"""`train_and_evaluate`: training with an evaluation after each checkpoint."""

from __future__ import annotations

import os
import time
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.estimator.estimator import Estimator
from flowgraph.estimator.exporter import Exporter
from flowgraph.estimator.run_config import TaskType
from flowgraph.platform import logging


def _check_input_fn(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"`input_fn` must be callable, given: {input_fn}")


def _hooks(hooks: Any) -> tuple[Any, ...]:
    hooks = tuple(hooks or ())
    for hook in hooks:
        if not isinstance(hook, tf.train.SessionRunHook):
            raise TypeError(f"All hooks must be `SessionRunHook` instances, given: {hook}")
    return hooks


def _exporters(exporters: Any) -> tuple[Any, ...]:
    if not exporters:
        return ()
    every = [exporters] if isinstance(exporters, Exporter) else exporters
    if not hasattr(every, "__iter__") or not all(isinstance(e, Exporter) for e in every):
        raise TypeError(
            f"`exporters` must be an Exporter, an iterable of Exporter, or `None`, found "
            f"{exporters}."
        )
    names = [exporter.name for exporter in every]
    if not all(names):
        raise ValueError(
            f"An Exporter cannot have a name that is `None` or empty. All exporter names: {names}"
        )
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"An Exporter must have a string name. Given: {type(name)}")
    if len(set(names)) < len(names):
        raise ValueError(
            "`exporters` must have unique names. Such a name cannot be `None`. All exporter "
            f"names: {names}"
        )
    return tuple(every)


class _TrainSpec(NamedTuple):
    input_fn: Any
    max_steps: int | None
    hooks: tuple[Any, ...]


class TrainSpec(_TrainSpec):
    """How a model is trained (tf.estimator.TrainSpec).

    Args:
      input_fn: a function that gives (features, labels), or a `tf.data.Dataset` of them.
      max_steps: up to which global step; until the input's end when None.
      hooks: `SessionRunHook`s.

    Raises:
      TypeError: the function or a hook is something else.
      ValueError: `max_steps` is not positive.
    """

    __slots__ = ()

    def __new__(cls, input_fn: Any, max_steps: int | None = None, hooks: Any = None) -> TrainSpec:
        """A new one, checked."""
        _check_input_fn(input_fn)
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"Must specify max_steps > 0, given: {max_steps}")
        return super().__new__(cls, input_fn, max_steps, _hooks(hooks))


class _EvalSpec(NamedTuple):
    input_fn: Any
    steps: int | None
    name: str | None
    hooks: tuple[Any, ...]
    exporters: tuple[Any, ...]
    start_delay_secs: float
    throttle_secs: float


class EvalSpec(_EvalSpec):
    """How a model is evaluated (tf.estimator.EvalSpec).

    Args:
      input_fn: a function that gives (features, labels), or a `tf.data.Dataset` of them.
      steps: how many batches; until the input's end when None.
      name: tells evaluations on several data sets apart.
      hooks: `SessionRunHook`s.
      exporters: one `Exporter` or several.
      start_delay_secs: how long a separate evaluator waits at first.
      throttle_secs: the least time from one evaluation to the next.

    Raises:
      TypeError: an argument is of another type.
      ValueError: a number is out of range, or two exporters have one name.
    """

    __slots__ = ()

    def __new__(
        cls, input_fn: Any, steps: int | None = 100, name: str | None = None, hooks: Any = None,
        exporters: Any = None, start_delay_secs: float = 120, throttle_secs: float = 600,
    ) -> EvalSpec:  # fmt: skip
        """A new one, checked."""
        _check_input_fn(input_fn)
        if steps is not None and steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` must be string, given: {name}")
        hooks, exporters = _hooks(hooks), _exporters(exporters)
        for what, secs in (
            ("start_delay_secs", start_delay_secs),
            ("throttle_secs", throttle_secs),
        ):
            if secs < 0:
                raise ValueError(f"Must specify {what} >= 0, given: {secs}")
        return super().__new__(
            cls, input_fn, steps, name, hooks, exporters, start_delay_secs, throttle_secs
        )


class _Evaluator:
    """Evaluates the newest checkpoint, unless it was evaluated, and calls exporters."""

    def __init__(self, estimator: Any, spec: EvalSpec, max_steps: int | None) -> None:
        self._estimator, self._spec, self._max_steps = estimator, spec, max_steps
        self._previous: str | None = None

    def evaluate_and_export(self) -> tuple[Any, list[Any]]:
        """(the results or None, what the exporters gave)."""
        newest = self._estimator.latest_checkpoint()
        if not newest:
            logging.warning(
                "Estimator is not trained yet. Will start an evaluation when a checkpoint is ready."
            )
            return None, []
        if newest == self._previous:
            logging.warning(
                "No new checkpoint ready for evaluation. Skip the current evaluation pass as "
                "evaluation results are expected to be same for the same checkpoint."
            )
            return None, []
        spec = self._spec
        found = self._estimator.evaluate(
            spec.input_fn, steps=spec.steps, name=spec.name, checkpoint_path=newest,
            hooks=spec.hooks,
        )  # fmt: skip
        if not isinstance(found, dict) or tf.GraphKeys.GLOBAL_STEP not in found:
            raise TypeError(f"`Estimator.evaluate` should return dict. Given {type(found)}.")
        step = found[tf.GraphKeys.GLOBAL_STEP]
        last = bool(self._max_steps) and step >= self._max_steps
        folder = os.path.join(os.fsdecode(self._estimator.model_dir), "export")
        exported = [
            exporter.export(
                estimator=self._estimator, export_path=os.path.join(folder, exporter.name),
                checkpoint_path=newest, eval_result=found, is_the_final_export=last,
            )
            for exporter in spec.exporters
        ]  # fmt: skip
        self._previous = newest
        return found, exported


class _EvaluatingListener(tf.train.CheckpointSaverListener):
    """Evaluates after checkpoints other than the first, and at the end."""

    def __init__(self, evaluator: _Evaluator, throttle_secs: float) -> None:
        self._evaluator, self._throttle_secs = evaluator, throttle_secs
        self.eval_result: Any = None
        self.export_results: Any = None

    def begin(self) -> None:
        """Starts the clock."""
        self._timer = tf.train.SecondOrStepTimer(every_secs=self._throttle_secs)
        self._is_first_run = True

    def after_save(self, session: Any, global_step_value: int) -> None:
        """Evaluates, when it is time."""
        if self._is_first_run:
            self._is_first_run = False
        elif self._timer.should_trigger_for_step(global_step_value):
            self._evaluate(global_step_value)
        else:
            logging.info(
                "Skip the current checkpoint eval due to throttle secs (%s secs).",
                self._throttle_secs,
            )

    def end(self, session: Any, global_step_value: int) -> None:
        """Evaluates the last checkpoint."""
        if global_step_value != self._timer.last_triggered_step():
            self._evaluate(global_step_value)

    def _evaluate(self, step: int) -> None:
        self._timer.update_last_triggered_step(step)
        self.eval_result, self.export_results = self._evaluator.evaluate_and_export()
        if self.eval_result is None:
            raise RuntimeError("There was no new checkpoint after the training.")


def train_and_evaluate(estimator: Any, train_spec: TrainSpec, eval_spec: EvalSpec) -> Any:
    """Trains a model and evaluates its checkpoints (tf.estimator.train_and_evaluate).

    Where TF_CONFIG tells of a cluster, this does what the task of this process is.

    Args:
      estimator: an `Estimator`.
      train_spec: how it is trained.
      eval_spec: how it is evaluated.

    Returns:
      (the last evaluation's results, what the exporters gave); None for a task of a cluster.

    Raises:
      TypeError: an argument is of another type.
      ValueError: the task is none that there is.
    """
    if not isinstance(eval_spec, EvalSpec):
        raise TypeError(
            f"`eval_spec` must have type `tf.estimator.EvalSpec`. Got: {type(eval_spec)}"
        )
    if not isinstance(estimator, Estimator):
        raise TypeError(
            f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}"
        )
    if not isinstance(train_spec, TrainSpec):
        raise TypeError(
            f"`train_spec` must have type `tf.estimator.TrainSpec`. Got: {type(train_spec)}"
        )
    config = estimator.config
    if not config.cluster_spec:
        logging.info("Running training and evaluation locally (non-distributed).")
        return _run_locally(estimator, train_spec, eval_spec)
    if config.task_type == TaskType.EVALUATOR:
        return _run_evaluator(estimator, train_spec, eval_spec)
    if config.task_type == TaskType.PS:
        raise ValueError("Task type ps is not supported: there is one machine with one process.")
    if config.task_type == TaskType.MASTER:
        return _run_locally(estimator, train_spec, eval_spec)
    estimator.train(
        train_spec.input_fn, hooks=list(train_spec.hooks), max_steps=train_spec.max_steps
    )
    return None


def _run_locally(estimator: Any, train_spec: TrainSpec, eval_spec: EvalSpec) -> tuple[Any, Any]:
    config = estimator.config
    logging.info(
        "Start train and evaluate loop. The evaluate will happen after every checkpoint. "
        "Checkpoint frequency is determined based on RunConfig arguments: save_checkpoints_steps "
        "%s or save_checkpoints_secs %s.",
        config.save_checkpoints_steps, config.save_checkpoints_secs,
    )  # fmt: skip
    evaluator = _Evaluator(estimator, eval_spec, train_spec.max_steps)
    listener = _EvaluatingListener(evaluator, eval_spec.throttle_secs)
    estimator.train(
        train_spec.input_fn, hooks=list(train_spec.hooks), max_steps=train_spec.max_steps,
        saving_listeners=[listener],
    )  # fmt: skip
    return listener.eval_result, listener.export_results


def _run_evaluator(estimator: Any, train_spec: TrainSpec, eval_spec: EvalSpec) -> None:
    """Evaluates checkpoints as they appear, up to the last step."""
    if eval_spec.start_delay_secs:
        logging.info("Waiting %f secs before starting eval.", eval_spec.start_delay_secs)
        time.sleep(eval_spec.start_delay_secs)
    evaluator = _Evaluator(estimator, eval_spec, train_spec.max_steps)
    while True:
        start = time.monotonic()
        found, _ = evaluator.evaluate_and_export()
        step = 0 if found is None else found[tf.GraphKeys.GLOBAL_STEP]
        if train_spec.max_steps and step >= train_spec.max_steps:
            logging.info(
                "Exiting evaluation, global_step=%s >= train max_steps=%s", step,
                train_spec.max_steps,
            )  # fmt: skip
            return
        left = eval_spec.throttle_secs - (time.monotonic() - start)
        if left > 0:
            logging.info("Waiting %f secs before starting next eval run.", left)
            time.sleep(left)
