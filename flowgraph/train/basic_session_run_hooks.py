"""The hooks that there are (tf.train): stopping, logging, waiting, feeding, looking for NaN.

Those that write checkpoints, summaries and timelines are in `writing_hooks.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from flowgraph.core import dtypes, errors
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.platform import logging as tf_logging
from flowgraph.train import training_util
from flowgraph.train.hook_timers import NeverTriggerTimer, SecondOrStepTimer
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.train.writing_hooks import (
    CheckpointSaverHook,
    CheckpointSaverListener,
    ProfilerHook,
    StepCounterHook,
    SummarySaverHook,
)
from flowgraph.variables.initializers import ones_initializer
from flowgraph.variables.scope import AUTO_REUSE, get_variable, variable_scope

__all__ = [
    "CheckpointSaverHook", "CheckpointSaverListener", "FeedFnHook", "FinalOpsHook",
    "GlobalStepWaiterHook", "LoggingTensorHook", "NanLossDuringTrainingError", "NanTensorHook",
    "NeverTriggerTimer", "ProfilerHook", "SecondOrStepTimer", "StepCounterHook",
    "StopAtStepHook", "SummarySaverHook", "get_or_create_steps_per_run_variable",
]  # fmt: skip


class LoggingTensorHook(SessionRunHook):
    """Logs values every so many runs or seconds (tf.train.LoggingTensorHook).

    Args:
      tensors: tensors or names, as a list or as {tag: tensor}.
      every_n_iter: how many runs from one line to the next.
      every_n_secs: how many seconds, instead.
      at_end: whether a line is logged at the end.
      formatter: gives the line for {tag: value}.

    Raises:
      ValueError: not exactly one of the two intervals is given, where `at_end` does not do alone.
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[Any], str] | None = None,
    ) -> None:
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs must be "
                "provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, Mapping):
            self._tag_order, self._tensors = sorted(tensors), dict(tensors)
        else:
            self._tag_order, self._tensors = list(tensors), {item: item for item in tensors}
        self._formatter, self._log_at_end = formatter, at_end
        self._timer = (
            NeverTriggerTimer()
            if only_at_end
            else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)
        )

    def begin(self) -> None:
        """Looks the tensors up."""
        self._timer.reset()
        self._iter_count = 0
        self._current_tensors = {tag: _element(t) for tag, t in self._tensors.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the values when it is time."""
        self._should_trigger = self._timer.should_trigger_for_step(self._iter_count)
        return SessionRunArgs(self._current_tensors) if self._should_trigger else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs them."""
        if self._should_trigger:
            self._log_tensors(run_values.results)
        self._iter_count += 1

    def end(self, session: Any) -> None:
        """Logs them a last time, when that was asked for."""
        if self._log_at_end:
            self._log_tensors(session.run(self._current_tensors))

    def _log_tensors(self, values: Any) -> None:
        elapsed, _ = self._timer.update_last_triggered_step(self._iter_count)
        with np.printoptions(suppress=True):
            if self._formatter:
                tf_logging.info(self._formatter(values))
                return
            line = ", ".join(f"{tag} = {values[tag]!s}" for tag in self._tag_order)
            if elapsed is not None:
                tf_logging.info("%s (%.3f sec)", line, elapsed)
            else:
                tf_logging.info("%s", line)


class StopAtStepHook(SessionRunHook):
    """Asks for a stop at a global step (tf.train.StopAtStepHook).

    Args:
      num_steps: how many steps after the session was made.
      last_step: the global step, instead.

    Raises:
      ValueError: not exactly one of the two is given.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self) -> None:
        """Looks for the global step; RuntimeError when there is none."""
        self._global_step_tensor = training_util.global_step_read("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Finds out where to stop."""
        if self._last_step is None:
            self._last_step = session.run(self._global_step_tensor) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Asks for a stop when the step is reached; it is read again, as others count too."""
        if run_values.results + 1 < self._last_step:
            return
        if run_context.session.run(self._global_step_tensor) >= self._last_step:
            run_context.request_stop()


class NanLossDuringTrainingError(RuntimeError):
    """The loss became NaN (tf.train.NanLossDuringTrainingError)."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends the training when the loss becomes NaN (tf.train.NanTensorHook).

    Args:
      loss_tensor: the loss.
      fail_on_nan_loss: whether that is an error; else a stop is asked for.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss_tensor, self._fail_on_nan_loss = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the loss."""
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Looks at it."""
        if np.isnan(run_values.results):
            message = "Model diverged with loss = NaN."
            if self._fail_on_nan_loss:
                tf_logging.error(message)
                raise NanLossDuringTrainingError
            tf_logging.warning(message)
            run_context.request_stop()


class GlobalStepWaiterHook(SessionRunHook):
    """Lets a worker wait for a global step before its first run (tf.train.GlobalStepWaiterHook)."""

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        """Looks for the global step; RuntimeError when there is none."""
        self._worker_is_started = False
        self._global_step_tensor = training_util.global_step_read("_GlobalStepWaiterHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Waits."""
        if self._worker_is_started or self._wait_until_step <= 0:
            self._worker_is_started = True
            return None
        tf_logging.info(
            "Waiting for global step %d before starting training.", self._wait_until_step
        )
        while run_context.session.run(self._global_step_tensor) < self._wait_until_step:
            time.sleep(0.5)
        self._worker_is_started = True
        return None


class FinalOpsHook(SessionRunHook):
    """Runs something at the end (tf.train.FinalOpsHook).

    Args:
      final_ops: what is fetched.
      final_ops_feed_dict: what is fed.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._final_ops, self._feed_dict = final_ops, final_ops_feed_dict
        self._final_ops_values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """The values that were fetched."""
        return self._final_ops_values

    def end(self, session: Any) -> None:
        """Fetches them."""
        if self._final_ops is None:
            return
        try:
            self._final_ops_values = session.run(self._final_ops, feed_dict=self._feed_dict)
        except (errors.OutOfRangeError, StopIteration):
            tf_logging.warning(
                "The operations of FinalOpsHook have a dependency back to some input source, which "
                "is at its end. They should only read variables: of a metric, for example, the "
                "value, and not its update."
            )
            raise


class FeedFnHook(SessionRunHook):
    """Feeds each run what a function gives (tf.train.FeedFnHook)."""

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Calls the function."""
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())


def get_or_create_steps_per_run_variable() -> Any:
    """The local variable that tells loops on a device how many steps one run makes.

    RuntimeError when there are several.
    """
    name = "hooks_steps_per_run"
    found = get_default_graph().get_collection(name)
    if len(found) > 1:
        raise RuntimeError("Multiple steps_per_run_var in collection.")
    if found:
        return found[0]
    with variable_scope("hooks", reuse=AUTO_REUSE):
        return get_variable(
            "steps_per_run",
            initializer=ones_initializer(),
            shape=[],
            dtype=dtypes.int32,
            trainable=False,
            collections=[name, GraphKeys.LOCAL_VARIABLES],
            use_resource=True,
        )


def _element(value: Any) -> Any:
    """The tensor or operation that a hook was given, which may be a name."""
    graph = get_default_graph()
    if not isinstance(value, str):
        if getattr(value, "graph", None) is not graph:
            raise ValueError(
                f"Passed {value} should have graph attribute that is equal to current graph "
                f"{graph}."
            )
        return value
    if ":" in value:
        return graph.as_graph_element(value)
    element = graph.as_graph_element(f"{value}:0")
    if len(element.op.outputs) > 1:
        raise ValueError(
            f"Name {value} is ambiguous, as this `Operation` has multiple outputs (at least 2)."
        )
    return element
