"""Training: one operation that trains, and the loop that runs it (tf.contrib.slim.learning)."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowgraph import summary
from flowgraph import train as train_lib
from flowgraph.contrib.training import loops
from flowgraph.contrib.training.loops import clip_gradient_norms, multiply_gradients
from flowgraph.core import errors
from flowgraph.core.graph import control_dependencies, get_default_graph, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.ops.array.constant import constant
from flowgraph.ops.control.basic import group
from flowgraph.ops.math.clip import global_norm
from flowgraph.ops.math.comparison import equal, greater_equal
from flowgraph.ops.math.division import mod
from flowgraph.runtime.config import RunOptions
from flowgraph.runtime.timeline import Timeline
from flowgraph.runtime.trace import RunMetadata
from flowgraph.train.optimizer import Optimizer
from flowgraph.variables.initialization import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from flowgraph.variables.table_initializers import tables_initializer

_log = logging.getLogger("flowgraph")
_Pairs = list[tuple[Any, Any]]
_USE_DEFAULT = 0


def add_gradients_summaries(grads_and_vars: _Pairs) -> list[Any]:
    """A histogram and the norm of each gradient, as summaries."""
    made = []
    for gradient, variable in grads_and_vars:
        if gradient is None:
            _log.info("Var %s has no gradient", variable.op.name)
            continue
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        made.append(summary.histogram(variable.op.name + "/gradient", values))
        norm = global_norm([values])
        made.append(summary.scalar(variable.op.name + "/gradient_norm", norm))
    return made


# --- the operation --------------------------------------------------------------------------------
def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = loops._USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: dict[Any, Any] | None = None,
    check_numerics: bool = True,
) -> Any:
    """An operation that runs updates, trains, and gives the loss (slim.learning.create_train_op).

    Args:
      total_loss: a scalar.
      optimizer: an optimizer.
      global_step: what counts the steps; made when it is not given, None: nothing counts.
      update_ops: what is run before the loss; the collection UPDATE_OPS when None.
      variables_to_train: the variables; all trainable ones when None.
      clip_gradient_norm: the greatest norm of each gradient, if above 0.
      summarize_gradients: whether to make summaries of the gradients.
      gate_gradients: see `Optimizer.compute_gradients`.
      aggregation_method: likewise.
      colocate_gradients_with_ops: likewise.
      gradient_multipliers: a dict from variables or their names to factors of their gradients.
      check_numerics: whether a loss that is infinite or no number is an error.
    """

    def transform(pairs: _Pairs) -> _Pairs:
        if gradient_multipliers:
            with name_scope("multiply_grads"):
                pairs = multiply_gradients(pairs, gradient_multipliers)
        if clip_gradient_norm > 0:
            with name_scope("clip_grads"):
                pairs = clip_gradient_norms(pairs, clip_gradient_norm)
        return pairs

    return loops.create_train_op(
        total_loss, optimizer, global_step, update_ops, variables_to_train, transform,
        summarize_gradients, gate_gradients, aggregation_method, colocate_gradients_with_ops,
        check_numerics,
    )  # fmt: skip


# --- the loop -------------------------------------------------------------------------------------
def train_step(
    sess: Any, train_op: Any, global_step: Any, train_step_kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    """Trains once; gives (the loss, whether to stop).

    `train_step_kwargs` may hold the tensors "should_stop", "should_log" and "should_trace"; with
    the last, the times of a step are written to "logdir".

    Raises:
      ValueError: there is "should_trace" but no "logdir".
    """
    begin, options, metadata = time.time(), None, None
    if "should_trace" in train_step_kwargs:
        if "logdir" not in train_step_kwargs:
            raise ValueError(
                "logdir must be present in train_step_kwargs when should_trace is present"
            )
        if sess.run(train_step_kwargs["should_trace"]):
            options, metadata = RunOptions(trace_level=RunOptions.FULL_TRACE), RunMetadata()
    loss, step = sess.run([train_op, global_step], options=options, run_metadata=metadata)
    elapsed = time.time() - begin
    if metadata is not None:
        _write_trace(metadata, int(step), train_step_kwargs)
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        _log.info("global step %d: loss = %.4f (%.3f sec/step)", step, loss, elapsed)
    stop = train_step_kwargs.get("should_stop")
    return loss, False if stop is None else sess.run(stop)


def _write_trace(metadata: RunMetadata, step: int, arguments: dict[str, Any]) -> None:
    trace = Timeline(metadata.step_stats).generate_chrome_trace_format()
    with open(os.path.join(arguments["logdir"], f"tf_trace-{step}.json"), "w") as file:
        file.write(trace)
    if "summary_writer" in arguments:
        arguments["summary_writer"].add_run_metadata(metadata, f"run_metadata-{step}")


def train(
    train_op: Any,
    logdir: str | None,
    train_step_fn: Callable[..., tuple[Any, Any]] = train_step,
    train_step_kwargs: Any = _USE_DEFAULT,
    log_every_n_steps: int = 1,
    graph: Any = None,
    master: str = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = _USE_DEFAULT,
    init_feed_dict: Any = None,
    local_init_op: Any = _USE_DEFAULT,
    init_fn: Callable[[Any], Any] | None = None,
    ready_op: Any = _USE_DEFAULT,
    summary_op: Any = _USE_DEFAULT,
    save_summaries_secs: int = 600,
    summary_writer: Any = _USE_DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: int = 600,
    sync_optimizer: Any = None,
    session_config: Any = None,
    session_wrapper: Callable[[Any], Any] | None = None,
    trace_every_n_steps: int | None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Runs a train op until it has done its steps or a queue is at its end; gives the last loss.

    Args:
      train_op: what trains and gives the loss; see `create_train_op`.
      logdir: where summaries and checkpoints go; None: nowhere.
      train_step_fn: a function of (session, train op, global step, its arguments) -> (loss, stop).
      train_step_kwargs: its arguments, a dict.
      log_every_n_steps: how often the loss is logged.
      graph: the graph; the default one when None.
      master: the session's target.
      is_chief: whether this process initialises and saves.
      global_step: what counts the steps; that of the graph when None.
      number_of_steps: at which step to stop.
      init_op: what initialises; all global variables by default.
      init_feed_dict: what is fed to it.
      local_init_op: what initialises local variables and tables.
      init_fn: a function of the session that is called after them.
      ready_op: what tells which variables have no value.
      summary_op: what makes the summaries; all of the graph by default.
      save_summaries_secs: how often they are written.
      summary_writer: what writes them.
      startup_delay_steps: at which step a process that is not chief begins.
      saver: what saves checkpoints.
      save_interval_secs: how often it does.
      sync_optimizer: a `SyncReplicasOptimizer` or a list of them.
      session_config: the session's configuration.
      session_wrapper: a function that gives another session for the session.
      trace_every_n_steps: how often the times of a step are written.
      ignore_live_threads: accept threads that do not end.

    Raises:
      ValueError: an argument does not fit.
    """
    _check(train_op, logdir, summary_op, saver, trace_every_n_steps, number_of_steps)
    optimizers = _as_list(sync_optimizer)
    if optimizers and startup_delay_steps > 0:
        raise ValueError("startup_delay_steps must be zero when sync_optimizer is supplied.")
    graph = graph or get_default_graph()
    with graph.as_default():
        if global_step is None:
            global_step = train_lib.get_or_create_global_step()
        saver = saver or train_lib.Saver()
        inits = _init_ops(init_op, local_init_op, ready_op, optimizers, is_chief)
        if summary_op is _USE_DEFAULT:
            summary_op = summary.merge_all()
        tokens = [o.get_init_tokens_op() for o in optimizers] if is_chief else []
        runners = [o.get_chief_queue_runner() for o in optimizers] if is_chief else []
        if train_step_kwargs is _USE_DEFAULT:
            traced = (trace_every_n_steps, logdir) if is_chief and trace_every_n_steps else None
            train_step_kwargs = _step_arguments(
                global_step, number_of_steps, log_every_n_steps, traced
            )
        if summary_writer is _USE_DEFAULT:
            summary_writer = train_lib.Supervisor.USE_DEFAULT
        supervisor = train_lib.Supervisor(
            graph=graph, is_chief=is_chief, logdir=logdir, init_feed_dict=init_feed_dict,
            summary_op=summary_op, summary_writer=summary_writer, global_step=global_step,
            saver=saver, save_summaries_secs=save_summaries_secs,
            save_model_secs=save_interval_secs, init_fn=init_fn, **inits,
        )  # fmt: skip
        if summary_writer is not None:
            train_step_kwargs["summary_writer"] = supervisor.summary_writer
    wait_until = 0 if is_chief else min(startup_delay_steps, number_of_steps or sys.maxsize)
    loop = _Loop(
        supervisor, lambda sess: train_step_fn(sess, train_op, global_step, train_step_kwargs),
        logdir, session_wrapper, runners, tokens, wait_until, ignore_live_threads,
    )  # fmt: skip
    while True:
        try:
            with supervisor.managed_session(
                master, start_standard_services=False, config=session_config
            ) as sess:
                return loop.run(sess)
        except errors.AbortedError:
            _log.info("Retrying training!")


@dataclass(slots=True)
class _Loop:
    """The loop in one session."""

    supervisor: Any
    step: Callable[[Any], tuple[Any, Any]]
    logdir: str | None
    session_wrapper: Callable[[Any], Any] | None
    runners: list[Any]
    tokens: list[Any]
    wait_until: int
    ignore_live_threads: bool
    loss: Any = None

    def run(self, sess: Any) -> Any:
        """Trains until it is done; gives the last loss."""
        supervisor = self.supervisor
        if self.session_wrapper is not None:
            sess = self.session_wrapper(sess)
        if supervisor.is_chief and self.logdir:
            supervisor.start_standard_services(sess)
        elif self.wait_until > 0:
            _wait_for_step(sess, supervisor.global_step, self.wait_until)
        threads = list(supervisor.start_queue_runners(sess))
        if self.runners:
            supervisor.start_queue_runners(sess, self.runners)
            sess.run(self.tokens)
        try:
            while not supervisor.should_stop():
                self.loss, stop = self.step(sess)
                if stop:
                    _log.info("Stopping Training.")
                    supervisor.request_stop()
        except errors.OutOfRangeError as error:
            _log.info("Caught OutOfRangeError. Stopping Training. %s", error)
        if self.logdir and supervisor.is_chief:
            supervisor.saver.save(sess, supervisor.save_path, global_step=supervisor.global_step)
            supervisor.stop(
                threads, close_summary_writer=True, ignore_live_threads=self.ignore_live_threads
            )
        return self.loss


def _check(train_op: Any, logdir: Any, summary_op: Any, saver: Any, trace: Any, steps: Any) -> None:
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if logdir is None:
        if summary_op is not _USE_DEFAULT and summary_op is not None:
            raise ValueError("Cannot provide summary_op because logdir=None")
        if saver is not None:
            raise ValueError("Cannot provide saver because logdir=None")
        if trace is not None:
            raise ValueError("Cannot provide trace_every_n_steps because logdir=None")
    if steps is not None and steps <= 0:
        raise ValueError("`number_of_steps` must be either None or a positive number.")


def _as_list(sync_optimizer: Any) -> list[Any]:
    given = sync_optimizer if isinstance(sync_optimizer, (list, tuple)) else [sync_optimizer]
    found = [optimizer for optimizer in given if optimizer is not None]
    for optimizer in found:
        if not isinstance(optimizer, train_lib.SyncReplicasOptimizer):
            raise ValueError("`sync_optimizer` must be a tf.train.SyncReplicasOptimizer.")
    return found


def _init_ops(
    init_op: Any, local_init_op: Any, ready_op: Any, optimizers: list[Any], is_chief: bool
) -> dict[str, Any]:
    """The operations of the `Supervisor` that initialise."""
    ready_for_local = None
    with name_scope("init_ops"):
        if init_op is _USE_DEFAULT:
            init_op = global_variables_initializer()
        if ready_op is _USE_DEFAULT:
            ready_op = report_uninitialized_variables()
        if local_init_op is _USE_DEFAULT:
            local_init_op = group(local_variables_initializer(), tables_initializer())
        if optimizers:
            with control_dependencies([] if local_init_op is None else [local_init_op]):
                local_init_op = group(
                    *(o.chief_init_op if is_chief else o.local_step_init_op for o in optimizers)
                )
            ready_for_local = group(*(o.ready_for_local_init_op for o in optimizers))
    return {
        "init_op": init_op, "local_init_op": local_init_op, "ready_op": ready_op,
        "ready_for_local_init_op": ready_for_local,
    }  # fmt: skip


def _step_arguments(
    global_step: Any, number_of_steps: Any, log_every: int, traced: Any
) -> dict[str, Any]:
    with name_scope("train_step"):
        arguments: dict[str, Any] = {
            "should_stop": greater_equal(global_step, number_of_steps)
            if number_of_steps
            else constant(False)
        }
        if log_every > 0:
            arguments["should_log"] = equal(mod(global_step, log_every), 0)
        if traced:
            arguments["should_trace"] = equal(mod(global_step, traced[0]), 0)
            arguments["logdir"] = traced[1]
        return arguments


def _wait_for_step(sess: Any, global_step: Any, step: int) -> None:
    while train_lib.global_step(sess, global_step) < step:
        time.sleep(1.0)
