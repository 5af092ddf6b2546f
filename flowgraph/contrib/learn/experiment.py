"""`Experiment`: an Estimator with its inputs and how it is trained and evaluated."""

from __future__ import annotations

import os
import time
from typing import Any

import flowgraph as tf
from flowgraph.contrib.learn.estimator import directory_of
from flowgraph.contrib.learn.monitors import replace_monitors_with_hooks
from flowgraph.estimator.estimator import Estimator as _CoreEstimator
from flowgraph.platform import logging


class Experiment:
    """All that training and evaluating a model needs (tf.contrib.learn.Experiment).

    Args:
      estimator: an Estimator of tf.estimator or of tf.contrib.learn.
      train_input_fn, eval_input_fn: give (features, labels).
      eval_metrics: {name: `MetricSpec`}; of Estimators of tf.contrib.learn.
      train_steps: how many steps are trained; until the input's end when None.
      eval_steps: how many batches are evaluated.
      train_monitors: monitors and hooks.
      eval_hooks: hooks of evaluations.
      local_eval_frequency: the older name of `min_eval_frequency`.
      eval_delay_secs, continuous_eval_throttle_secs: of `continuous_eval`.
      min_eval_frequency: how many steps lie between evaluations in `train_and_evaluate`.
      delay_workers_by_global_step: accepted.
      export_strategies: what is written after evaluations.
      train_steps_per_iteration: of `continuous_train_and_eval`.
      checkpoint_and_export: accepted.
      saving_listeners: `CheckpointSaverListener`s.
      check_interval_secs: accepted.

    Raises:
      ValueError: the Estimator is none, or metrics are given for one of tf.estimator.
    """

    def __init__(
        self, estimator: Any, train_input_fn: Any, eval_input_fn: Any, eval_metrics: Any = None,
        train_steps: int | None = None, eval_steps: int | None = 100, train_monitors: Any = None,
        eval_hooks: Any = None, local_eval_frequency: int | None = None,
        eval_delay_secs: float = 120, continuous_eval_throttle_secs: float = 60,
        min_eval_frequency: int | None = None, delay_workers_by_global_step: bool = False,
        export_strategies: Any = None, train_steps_per_iteration: int | None = None,
        checkpoint_and_export: bool = False, saving_listeners: Any = None,
        check_interval_secs: float = 5,
    ) -> None:  # fmt: skip
        self._is_core = isinstance(estimator, _CoreEstimator)
        if not self._is_core and not hasattr(estimator, "fit"):
            raise ValueError("`estimator` must implement `tf.contrib.learn.Trainable`")
        if self._is_core and eval_metrics is not None:
            raise ValueError("`eval_metrics` must be `None` with `tf.estimator.Estimator`")
        self._estimator, self._eval_metrics = estimator, eval_metrics
        self._train_input_fn, self._eval_input_fn = train_input_fn, eval_input_fn
        self._train_steps, self._eval_steps = train_steps, eval_steps
        self._train_monitors = list(train_monitors or [])
        self._eval_hooks = list(eval_hooks or [])
        self._frequency = min_eval_frequency or local_eval_frequency
        self._eval_delay_secs = eval_delay_secs
        self._throttle_secs = continuous_eval_throttle_secs
        self._export_strategies = _strategies(export_strategies)
        self._train_steps_per_iteration = train_steps_per_iteration
        self._saving_listeners = list(saving_listeners or [])

    @property
    def estimator(self) -> Any:
        """The Estimator."""
        return self._estimator

    @property
    def eval_metrics(self) -> Any:
        """{name: `MetricSpec`}."""
        return self._eval_metrics

    @property
    def train_steps(self) -> int | None:
        """How many steps are trained."""
        return self._train_steps

    @property
    def eval_steps(self) -> int | None:
        """How many batches are evaluated."""
        return self._eval_steps

    def extend_train_hooks(self, additional_hooks: Any) -> None:
        """Adds monitors and hooks."""
        self._train_monitors.extend(additional_hooks)

    def train(self, delay_secs: float | None = None) -> Any:
        """Trains the model; gives the Estimator."""
        if delay_secs:
            logging.info("Waiting %d secs before starting training.", delay_secs)
            time.sleep(delay_secs)
        return self._call_train(self._train_steps, self._train_monitors)

    def _call_train(self, max_steps: int | None, monitors: Any) -> Any:
        if not self._is_core:
            return self._estimator.fit(
                input_fn=self._train_input_fn, max_steps=max_steps, monitors=monitors
            )
        hooks = replace_monitors_with_hooks(monitors, self._estimator)
        return self._estimator.train(
            self._train_input_fn, hooks=hooks, max_steps=max_steps,
            saving_listeners=self._saving_listeners,
        )  # fmt: skip

    def evaluate(self, delay_secs: float | None = None, name: str | None = None) -> Any:
        """Evaluates the newest checkpoint, after `eval_delay_secs` when no delay is given."""
        delay = self._eval_delay_secs if delay_secs is None else delay_secs
        if delay:
            logging.info("Waiting %d secs before starting eval.", delay)
            time.sleep(delay)
        return self._call_evaluate(name)

    def _call_evaluate(self, name: str | None = None, steps: int | None = None) -> Any:
        given = {
            "steps": steps or self._eval_steps, "hooks": self._eval_hooks,
            "name": name or "one_pass",
        }  # fmt: skip
        if self._is_core:
            return self._estimator.evaluate(self._eval_input_fn, **given)
        return self._estimator.evaluate(
            input_fn=self._eval_input_fn, metrics=self._eval_metrics, **given
        )

    def train_and_evaluate(self) -> Any:
        """Trains the model, with evaluations on the way; gives (last results, exports).

        With a `min_eval_frequency` training stops for an evaluation after so many steps.
        """
        frequency, last = self._frequency, self._train_steps
        if not frequency or last is None:
            self.train(delay_secs=0)
        else:
            step = self._step()
            while step < last:
                goal = min(step + frequency, last)
                self._call_train(goal, self._train_monitors)
                found = self._call_evaluate("during_training" if goal < last else None)
                reached = self._step()
                if reached <= step or goal == last:
                    return found, self._export(found)
                step = reached
        found = self._call_evaluate()
        return found, self._export(found)

    def _step(self) -> int:
        path = tf.train.latest_checkpoint(directory_of(self._estimator))
        return int(tf.train.load_variable(path, tf.GraphKeys.GLOBAL_STEP)) if path else 0

    def local_run(self) -> Any:
        """As `train_and_evaluate`."""
        return self.train_and_evaluate()

    def continuous_eval(self, delay_secs: float | None = None, **kwargs: Any) -> Any:
        """Evaluates checkpoints as they appear, up to the last step of training."""
        delay = self._eval_delay_secs if delay_secs is None else delay_secs
        if delay:
            logging.info("Waiting %f secs before starting eval.", delay)
            time.sleep(delay)
        seen, found = None, None
        while True:
            path = tf.train.latest_checkpoint(directory_of(self._estimator))
            if path and path != seen:
                seen, found = path, self._call_evaluate("continuous")
                self._export(found)
            if self._train_steps and self._step() >= self._train_steps:
                return found
            time.sleep(self._throttle_secs)

    def continuous_train_and_eval(self, continuous_eval_predicate_fn: Any = None) -> Any:
        """Trains and evaluates in turns, while `continuous_eval_predicate_fn(results)` holds."""
        found: Any = None
        while continuous_eval_predicate_fn is None or continuous_eval_predicate_fn(found):
            step = self._step()
            if self._train_steps and step >= self._train_steps:
                break
            more = self._train_steps_per_iteration or self._frequency or 100
            goal = step + more
            if self._train_steps:
                goal = min(goal, self._train_steps)
            self._call_train(goal, self._train_monitors)
            found = self._call_evaluate()
            if self._step() <= step:
                break
        return found, self._export(found)

    def test(self) -> Any:
        """Trains one step, evaluates one batch; gives the results."""
        self._call_train(1, self._train_monitors)
        return self._call_evaluate("one_pass", steps=1)

    def run_std_server(self) -> None:
        """Starts a server of the cluster's task, and waits."""
        config = self._estimator.config
        server = tf.train.Server(
            config.cluster_spec, job_name=config.task_type, task_index=config.task_id
        )
        server.join()

    def _export(self, found: Any) -> list[Any]:
        folder = os.path.join(directory_of(self._estimator), "export")
        path = tf.train.latest_checkpoint(directory_of(self._estimator))
        return [
            strategy.export(
                self._estimator, os.path.join(folder, strategy.name), checkpoint_path=path,
                eval_result=found,
            )
            for strategy in self._export_strategies
        ]  # fmt: skip


def _strategies(given: Any) -> list[Any]:
    if given is None:
        return []
    return [given] if hasattr(given, "export") else list(given)
