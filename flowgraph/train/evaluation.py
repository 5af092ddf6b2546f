"""Running evaluations of checkpoints, once or of each that appears."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import control_dependencies, get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.ops.state import variable as state_ops
from flowgraph.platform import logging as tf_logging
from flowgraph.train import training_util
from flowgraph.train.basic_session_run_hooks import FinalOpsHook
from flowgraph.train.checkpoint_management import checkpoints_iterator
from flowgraph.train.monitored_session import ChiefSessionCreator, MonitoredSession
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import get_variable


def get_or_create_eval_step() -> Any:
    """The variable that counts evaluated batches, made when there is none.

    ValueError when there are several.
    """
    found = get_default_graph().get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        return found[0]
    return get_variable(
        "eval_step",
        shape=[],
        dtype=dtypes.int64,
        initializer=zeros_initializer(),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
    )


class StopAfterNEvalsHook(SessionRunHook):
    """Stops an evaluation after some batches (tf.contrib.training.StopAfterNEvalsHook).

    Args:
      num_evals: how many; until the input's end when None.
      log_progress: whether about ten lines tell how far it is.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._num_evals, self._log_progress = num_evals, log_progress
        self._evals_completed: Any = None
        few = num_evals is None or num_evals < 20
        self._log_frequency = 1 if few else math.floor((num_evals or 0) / 10.0)

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        self._evals_completed = updated_eval_step

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the count."""
        return SessionRunArgs({"evals_completed": self._evals_completed})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Asks for a stop when there were enough."""
        done, total = run_values.results["evals_completed"], self._num_evals
        if self._log_progress and total is None:
            tf_logging.info("Evaluation [%d]", done)
        elif self._log_progress and (done % self._log_frequency == 0 or done == total):
            tf_logging.info("Evaluation [%d/%d]", done, total)
        if total is not None and done >= total:
            run_context.request_stop()


class SummaryAtEndHook(SessionRunHook):
    """Writes summaries at the end (tf.contrib.training.SummaryAtEndHook).

    Args:
      log_dir: the directory.
      summary_writer: writes them, instead.
      summary_op: gives them; all of the graph when None.
      feed_dict: what is fed to it.

    Raises:
      ValueError: there is neither a directory nor a writer.
    """

    def __init__(
        self,
        log_dir: Any = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: Any = None,
    ) -> None:
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")
        self._log_dir, self._summary_writer = log_dir, summary_writer
        self._given_summary_op, self._feed_dict = summary_op, feed_dict

    def begin(self) -> None:
        """Merges the graph's summaries."""
        from flowgraph import summary

        self._summary_op = self._given_summary_op
        if self._summary_op is None:
            self._summary_op = summary.merge_all()
        self._global_step = training_util.get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Makes the writer."""
        from flowgraph import summary

        if self._summary_writer is None:
            self._summary_writer = summary.FileWriterCache.get(self._log_dir)

    def end(self, session: Any) -> None:
        """Writes them."""
        if self._summary_op is not None:
            step = training_util.global_step(session, self._global_step)
            self._summary_writer.add_summary(session.run(self._summary_op, self._feed_dict), step)
        self._summary_writer.flush()


def _with_counter(eval_ops: Any) -> tuple[Any, Any]:
    """(what is run for a batch, the count behind it)."""
    counted = state_ops.assign_add(get_or_create_eval_step(), 1)
    if isinstance(eval_ops, dict):
        every: Any = {**eval_ops, "update_eval_step": counted}
        waits = list(every.values())
    else:
        given = list(eval_ops) if isinstance(eval_ops, (list, tuple)) else [eval_ops]
        every = waits = [*given, counted]
    with control_dependencies(waits):
        return every, raw.Identity(get_or_create_eval_step().read_value())


def _evaluated(creator: ChiefSessionCreator, eval_ops: Any, feed_dict: Any, hooks: Any) -> None:
    tf_logging.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ"))
    with MonitoredSession(creator, hooks) as session:
        while eval_ops is not None and not session.should_stop():
            session.run(eval_ops, feed_dict)
    tf_logging.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S"))


def evaluate_once(
    checkpoint_path: Any,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    hooks: Sequence[Any] | None = None,
    config: Any = None,
) -> Any:
    """Evaluates a checkpoint; gives the values of `final_ops` at the end.

    tf.contrib.training.evaluate_once.

    Args:
      checkpoint_path: the checkpoint.
      master: the session's target.
      scaffold: a `tf.train.Scaffold`.
      eval_ops: what is run for each batch: an operation, a list or a dict.
      feed_dict: what is fed to it.
      final_ops: what is run at the end.
      final_ops_feed_dict: what is fed to it.
      hooks: `SessionRunHook`s.
      config: a `ConfigProto`.
    """
    hooks = list(hooks or [])
    get_or_create_eval_step()
    if eval_ops is not None:
        eval_ops, count = _with_counter(eval_ops)
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(count)
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    creator = ChiefSessionCreator(
        scaffold, master, config, checkpoint_filename_with_path=checkpoint_path
    )
    _evaluated(creator, eval_ops, feed_dict, [*hooks, final])
    return final.final_ops_values


def evaluate_repeatedly(
    checkpoint_dir: Any,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    eval_interval_secs: float = 60,
    hooks: Sequence[Any] | None = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Evaluates each checkpoint that appears in a directory; gives the last values of `final_ops`.

    tf.contrib.training.evaluate_repeatedly. Other arguments are those of `evaluate_once`.

    Args:
      checkpoint_dir: the directory.
      eval_interval_secs: the least time from one to the next.
      max_number_of_evaluations: how many there are at most.
      timeout: how long to wait for the next checkpoint.
      timeout_fn: called after a timeout; when it gives True, this is the end.
    """
    hooks = list(hooks or [])
    get_or_create_eval_step()
    if eval_ops is not None:
        eval_ops, count = _with_counter(eval_ops)
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(count)
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    found = checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    for number, path in enumerate(found, 1):
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_filename_with_path=path)
        _evaluated(creator, eval_ops, feed_dict, [*hooks, final])
        if max_number_of_evaluations is not None and number >= max_number_of_evaluations:
            break
    return final.final_ops_values


_StopAfterNEvalsHook, _evaluate_once = StopAfterNEvalsHook, evaluate_once
_get_or_create_eval_step = get_or_create_eval_step
