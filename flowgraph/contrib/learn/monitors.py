"""Monitors: what looked at training before there were hooks (tf.contrib.learn.monitors)."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.platform import logging


class BaseMonitor:
    """Base class of monitors (tf.contrib.learn.monitors.BaseMonitor)."""

    def __init__(self) -> None:
        self._estimator: Any = None
        self._max_steps: int | None = None

    @property
    def run_on_all_workers(self) -> bool:
        """Whether workers other than the chief run it."""
        return False

    def set_estimator(self, estimator: Any) -> None:
        """Tells which Estimator trains; ValueError when it was told already."""
        if self._estimator is not None:
            raise ValueError("A monitor is already set with an Estimator.")
        self._estimator = estimator

    def begin(self, max_steps: int | None = None) -> None:
        """Called before training."""
        self._max_steps = max_steps

    def end(self, session: Any = None) -> None:
        """Called after training."""
        self._estimator = None

    def epoch_begin(self, epoch: int) -> None:
        """Called before an epoch."""

    def epoch_end(self, epoch: int) -> None:
        """Called after an epoch."""

    def step_begin(self, step: int) -> list[Any]:
        """Called before a step; gives the names of the tensors to fetch."""
        return []

    def step_end(self, step: int, output: Any) -> bool:
        """Called after a step with their values by name; True stops training."""
        return False

    def post_step(self, step: int, session: Any) -> None:
        """Called after a step with the session."""


class EveryN(BaseMonitor):
    """Base class of monitors that look every so many steps (tf.contrib.learn.monitors.EveryN).

    Args:
      every_n_steps: how many steps from one look to the next.
      first_n_steps: how many steps at the beginning are all looked at.
    """

    def __init__(self, every_n_steps: int = 100, first_n_steps: int = 1) -> None:
        super().__init__()
        self._every_n_steps, self._first_n_steps = every_n_steps, first_n_steps
        self._last_successful_step: int | None = None
        self._last_active_step = 0
        self._every_n_step_begin_called = False

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Called before a step that is looked at; gives the names of the tensors to fetch."""
        return []

    def every_n_step_end(self, step: int, outputs: Any) -> bool:
        """Called after a step that is looked at; True stops training."""
        return False

    def every_n_post_step(self, step: int, session: Any) -> None:
        """Called after a step that is looked at, with the session."""

    def step_begin(self, step: int) -> list[Any]:
        """Asks `every_n_step_begin` when it is time."""
        due = (
            step <= self._first_n_steps
            or step >= self._every_n_steps + self._last_active_step
            or step == self._max_steps
        )
        self._every_n_step_begin_called = due
        if not due:
            return []
        self._last_active_step = step
        return self.every_n_step_begin(step)

    def step_end(self, step: int, output: Any) -> bool:
        """Calls `every_n_step_end` when it is time."""
        self._last_successful_step = step
        return bool(self._every_n_step_begin_called and self.every_n_step_end(step, output))

    def post_step(self, step: int, session: Any) -> None:
        """Calls `every_n_post_step` when it is time."""
        if self._every_n_step_begin_called:
            self.every_n_post_step(step, session)

    def end(self, session: Any = None) -> None:
        """Looks at the last step."""
        last = self._last_successful_step
        if last is not None and last != self._last_active_step:
            self.every_n_post_step(last, session)
        super().end(session)


class StopAtStep(BaseMonitor):
    """Stops after some steps, or at a step; ValueError unless one is given."""

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        super().__init__()
        if (num_steps is None) == (last_step is None):
            raise ValueError("One of num_steps or last_step must be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def step_begin(self, step: int) -> list[Any]:
        """Finds the last step."""
        if self._last_step is None:
            self._last_step = step + (self._num_steps or 0) - 1
        return []

    def step_end(self, step: int, output: Any) -> bool:
        """Whether this was the last step."""
        return step >= (self._last_step or 0)


class PrintTensor(EveryN):
    """Logs tensors, a list of names or {tag: name}."""

    def __init__(self, tensor_names: Any, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        named = isinstance(tensor_names, dict)
        self._names = tensor_names if named else {name: name for name in tensor_names}

    def every_n_step_begin(self, step: int) -> list[Any]:
        """The names."""
        return list(self._names.values())

    def every_n_step_end(self, step: int, outputs: Any) -> bool:
        """Logs the values."""
        told = [f"{tag} = {outputs[n]}" for tag, n in self._names.items() if n in outputs]
        logging.info("Step %d: %s", step, ", ".join(told))
        return False


class NanLoss(EveryN):
    """Stops, or raises an error, when a loss is no number."""

    def __init__(
        self, loss_tensor: Any, every_n_steps: int = 100, fail_on_nan_loss: bool = True
    ) -> None:
        super().__init__(every_n_steps)
        self._loss, self._fail = loss_tensor, fail_on_nan_loss

    def every_n_step_begin(self, step: int) -> list[Any]:
        """The loss."""
        return [self._loss]

    def every_n_step_end(self, step: int, outputs: Any) -> bool:
        """Looks at it."""
        if not np.isnan(outputs[self._loss]):
            return False
        if self._fail:
            logging.error("Model diverged with loss = NaN.")
            raise tf.train.NanLossDuringTrainingError
        logging.warning("Model diverged with loss = NaN.")
        return True


class CaptureVariable(EveryN):
    """Keeps the values of a variable by step."""

    def __init__(self, var_name: str, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._name = var_name
        self._values: dict[int, Any] = {}

    @property
    def values(self) -> dict[int, Any]:
        """{step: value}."""
        return self._values

    def every_n_step_begin(self, step: int) -> list[Any]:
        """The variable's name."""
        return [self._name]

    def every_n_step_end(self, step: int, outputs: Any) -> bool:
        """Keeps its value."""
        self._values[step] = outputs[self._name]
        return False


class ValidationMonitor(EveryN):
    """Evaluates while the model trains, and may stop it (tf.contrib.learn's ValidationMonitor).

    Args:
      x, y, input_fn, batch_size, eval_steps, metrics, hooks, name: of `evaluate`.
      every_n_steps: how many steps from one evaluation to the next.
      early_stopping_rounds: training stops after so many steps without a better result.
      early_stopping_metric: which one.
      early_stopping_metric_minimize: whether less is better.
      check_interval_secs: the least time from one look for a checkpoint to the next.

    Raises:
      ValueError: there is no input.
    """

    def __init__(
        self, x: Any = None, y: Any = None, input_fn: Any = None, batch_size: int | None = None,
        eval_steps: int | None = None, every_n_steps: int = 100, metrics: Any = None,
        hooks: Any = None, early_stopping_rounds: int | None = None,
        early_stopping_metric: str = "loss", early_stopping_metric_minimize: bool = True,
        name: str | None = None, check_interval_secs: float = 5,
    ) -> None:  # fmt: skip
        super().__init__(every_n_steps, first_n_steps=-1)
        if x is None and input_fn is None:
            raise ValueError("Either x or input_fn should be provided.")
        self._given = {
            "x": x, "y": y, "input_fn": input_fn, "batch_size": batch_size, "steps": eval_steps,
            "metrics": metrics, "hooks": hooks, "name": name or "validation",
        }  # fmt: skip
        self._rounds, self._metric = early_stopping_rounds, early_stopping_metric
        self._minimize = early_stopping_metric_minimize
        self._best_value: Any = None
        self._best_value_step: int | None = None
        self._best_metrics: Any = None
        self._early_stopped = False
        self._latest_path: str | None = None

    @property
    def early_stopped(self) -> bool:
        """Whether it has stopped training."""
        return self._early_stopped

    @property
    def best_step(self) -> int | None:
        """The step of the best result."""
        return self._best_value_step

    @property
    def best_value(self) -> Any:
        """The best result."""
        return self._best_value

    @property
    def best_metrics(self) -> Any:
        """All results of that evaluation."""
        return self._best_metrics

    def every_n_step_end(self, step: int, outputs: Any) -> bool:
        """Evaluates the newest checkpoint, where it is new; True stops training."""
        if self._estimator is None:
            raise ValueError("Missing call to set_estimator.")
        newest = self._estimator.latest_checkpoint()
        if newest is None or newest == self._latest_path:
            return False
        self._latest_path = newest
        found = self._estimator.evaluate(**self._given)
        told = ", ".join(f"{key} = {value!s}" for key, value in sorted(found.items()))
        logging.info("Validation (step %d): %s", step, told)
        if self._rounds is None:
            return False
        value = found.get(self._metric)
        if value is None:
            raise ValueError(f"Metric {self._metric} missing from outputs {set(found)}.")
        best = self._best_value
        if best is None or (value < best if self._minimize else value > best):
            self._best_value, self._best_value_step, self._best_metrics = value, step, found
        if step - (self._best_value_step or 0) < self._rounds:
            return False
        logging.info(
            "Stopping. Best step: %s with %s = %s.", self._best_value_step, self._metric,
            self._best_value,
        )  # fmt: skip
        self._early_stopped = True
        return True


class RunHookAdapterForMonitors(tf.train.SessionRunHook):
    """Calls monitors as a hook."""

    def __init__(self, monitors: list[BaseMonitor]) -> None:
        self._monitors = monitors

    def begin(self) -> None:
        """Tells the monitors that training begins."""
        self._last_step: int | None = None
        self._step = tf.train.get_global_step()
        for monitor in self._monitors:
            monitor.begin(max_steps=None)

    def before_run(self, run_context: Any) -> Any:
        """Asks what they want to know."""
        if self._last_step is None:
            self._last_step = tf.train.global_step(run_context.session, self._step) + 1
        wanted = [name for m in self._monitors for name in m.step_begin(self._last_step) or []]
        graph = tf.get_default_graph()
        tensors = {name: graph.as_graph_element(_with_output(name)) for name in wanted}
        return tf.train.SessionRunArgs([self._step, tensors])

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Tells them, and stops when one of them says so."""
        _, values = run_values.results
        step = self._last_step or 0
        stops = [monitor.step_end(step, values) for monitor in self._monitors]  # each is told
        if any(stops):
            run_context.request_stop()
        for monitor in self._monitors:
            monitor.post_step(step, run_context.session)
        self._last_step = step + 1

    def end(self, session: Any) -> None:
        """Tells the monitors that training ends."""
        for monitor in self._monitors:
            names = inspect.signature(monitor.end).parameters
            monitor.end(**({"session": session} if "session" in names else {}))


def _with_output(name: Any) -> Any:
    return f"{name}:0" if isinstance(name, str) and ":" not in name else name


def replace_monitors_with_hooks(monitors_or_hooks: Any, estimator: Any) -> list[Any]:
    """Hooks in the place of monitors, which are told the Estimator."""
    given = list(monitors_or_hooks or [])
    hooks = [hook for hook in given if isinstance(hook, tf.train.SessionRunHook)]
    monitors = [monitor for monitor in given if isinstance(monitor, BaseMonitor)]
    for monitor in monitors:
        monitor.set_estimator(estimator)
    return [*hooks, RunHookAdapterForMonitors(monitors)] if monitors else hooks


CheckpointSaver, SummarySaver = tf.train.CheckpointSaverHook, tf.train.SummarySaverHook
StepCounter, LoggingTrainable = tf.train.StepCounterHook, PrintTensor
