"""The hooks that write files: checkpoints, summaries, steps per second, timelines (tf.train)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from flowgraph import summary as summaries
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.meta_graph import create_meta_graph_def
from flowgraph.platform import logging as tf_logging
from flowgraph.runtime.config import RunOptions
from flowgraph.train import training_util
from flowgraph.train.graph_writing import write_graph
from flowgraph.train.hook_timers import SecondOrStepTimer
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)


class CheckpointSaverListener:
    """Called around the saving of checkpoints (tf.train.CheckpointSaverListener)."""

    def begin(self) -> None:
        """Called once, before the session is made."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Called before a checkpoint is written."""

    def after_save(self, session: Any, global_step_value: int) -> Any:
        """Called after one was written; what is true asks for a stop."""

    def end(self, session: Any, global_step_value: int) -> None:
        """Called once at the end."""


class CheckpointSaverHook(SessionRunHook):
    """Saves a checkpoint every so many steps or seconds, and at the end.

    tf.train.CheckpointSaverHook.

    Args:
      checkpoint_dir: the directory.
      save_secs: how many seconds from one to the next.
      save_steps: how many steps, instead.
      saver: saves; the graph's when None.
      checkpoint_basename: how the files' names begin.
      scaffold: its saver saves, instead.
      listeners: `CheckpointSaverListener`s.

    Raises:
      ValueError: not exactly one of the intervals is given; both a saver and a scaffold are.
    """

    def __init__(
        self,
        checkpoint_dir: Any,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> None:
        tf_logging.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver, self._scaffold = saver, scaffold
        self._checkpoint_dir = os.fsdecode(checkpoint_dir)
        self._save_path = os.path.join(self._checkpoint_dir, checkpoint_basename)
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = list(listeners or [])
        self._steps_per_run = 1

    def _set_steps_per_run(self, steps_per_run: int) -> None:
        self._steps_per_run = steps_per_run

    def begin(self) -> None:
        """Looks for the global step; RuntimeError when there is none."""
        self._summary_writer = summaries.FileWriterCache.get(self._checkpoint_dir)
        self._global_step_tensor = training_util.global_step_read("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Writes the graph and the first checkpoint."""
        step = session.run(self._global_step_tensor)
        graph = get_default_graph()
        write_graph(graph.as_graph_def(add_shapes=True), self._checkpoint_dir, "graph.pbtxt")
        saver = self._get_saver()
        self._summary_writer.add_graph(graph)
        self._summary_writer.add_meta_graph(
            create_meta_graph_def(
                graph_def=graph.as_graph_def(add_shapes=True),
                saver_def=saver.saver_def if saver else None,
            )
        )
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Saves when it is time."""
        if self._timer.should_trigger_for_step(run_values.results + self._steps_per_run):
            step = run_context.session.run(self._global_step_tensor)
            if self._timer.should_trigger_for_step(step):
                self._timer.update_last_triggered_step(step)
                if self._save(run_context.session, step):
                    run_context.request_stop()

    def end(self, session: Any) -> None:
        """Saves the last step."""
        step = session.run(self._global_step_tensor)
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: int) -> bool:
        """Whether a listener asks for a stop."""
        tf_logging.info("Saving checkpoints for %d into %s.", step, self._save_path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._save_path, global_step=step)
        log = protos.SessionLog
        self._summary_writer.add_session_log(
            log(status=log.CHECKPOINT, checkpoint_path=self._save_path), step
        )
        asked = [listener for listener in self._listeners if listener.after_save(session, step)]
        for listener in asked:
            tf_logging.info("A CheckpointSaverListener requested a stop: %s", listener)
        return bool(asked)

    def _get_saver(self) -> Any:
        if self._saver is None and self._scaffold is not None:
            return self._scaffold.saver
        if self._saver is None:
            savers = get_default_graph().get_collection(GraphKeys.SAVERS)
            if len(savers) != 1:
                found = "More than one item" if savers else "No items"
                raise RuntimeError(
                    f"{found} in collection {GraphKeys.SAVERS}. Please add a saver to the "
                    "collection or provide a saver or scaffold."
                )
            self._saver = savers[0]
        return self._saver


class StepCounterHook(SessionRunHook):
    """Logs and records steps per second (tf.train.StepCounterHook).

    Args:
      every_n_steps: how many steps from one time to the next.
      every_n_secs: how many seconds, instead.
      output_dir: the directory of summaries.
      summary_writer: writes them, instead.

    Raises:
      ValueError: not exactly one of the intervals is given.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_steps=every_n_steps, every_secs=every_n_secs)
        self._summary_writer, self._output_dir = summary_writer, output_dir
        self._last_global_step: Any = None
        self._steps_per_run = 1

    def _set_steps_per_run(self, steps_per_run: int) -> None:
        self._steps_per_run = steps_per_run

    def begin(self) -> None:
        """Looks for the global step; RuntimeError when there is none."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = summaries.FileWriterCache.get(self._output_dir)
        self._global_step_tensor = training_util.global_step_read("StepCounterHook")
        self._summary_tag = training_util.get_global_step().op.name + "/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs and records when it is time."""
        stale = run_values.results
        if self._timer.should_trigger_for_step(stale + self._steps_per_run):
            step = run_context.session.run(self._global_step_tensor)
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds is not None:
                    self._log_and_record(steps, seconds, step)
        if stale == self._last_global_step:
            tf_logging.log_first_n(
                tf_logging.WARN,
                "It seems that global step (tf.train.get_global_step) has not been increased. "
                "Current value (could be stable): %s vs previous value: %s. You could increase "
                "the global step by passing tf.train.get_global_step() to "
                "Optimizer.apply_gradients or Optimizer.minimize.",
                5, stale, self._last_global_step,
            )  # fmt: skip
        self._last_global_step = stale

    def _log_and_record(self, elapsed_steps: Any, elapsed_time: float, global_step: int) -> None:
        rate = elapsed_steps / elapsed_time if elapsed_time else float("inf")
        if self._summary_writer is not None:
            value = protos.Summary.Value(tag=self._summary_tag, simple_value=rate)
            self._summary_writer.add_summary(protos.Summary(value=[value]), global_step)
        tf_logging.info("%s: %g", self._summary_tag, rate)


class SummarySaverHook(SessionRunHook):
    """Writes summaries every so many steps or seconds (tf.train.SummarySaverHook).

    Args:
      save_steps: how many steps from one time to the next.
      save_secs: how many seconds, instead.
      output_dir: the directory.
      summary_writer: writes them, instead.
      scaffold: its `summary_op` is run.
      summary_op: a tensor of summaries or a list of such, instead.

    Raises:
      ValueError: not exactly one of scaffold and summary_op, or of the intervals, is given.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op, self._scaffold = summary_op, scaffold
        self._summary_writer, self._output_dir = summary_writer, output_dir
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Looks for the global step; RuntimeError when there is none."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = summaries.FileWriterCache.get(self._output_dir)
        self._next_step: Any = None
        self._global_step_tensor = training_util.global_step_read("SummarySaverHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the step, and for summaries when it is time."""
        due = self._next_step is None or self._timer.should_trigger_for_step(self._next_step)
        self._request_summary = due
        requests = {"global_step": self._global_step_tensor}
        summary_op = self._get_summary_op() if due else None
        if summary_op is not None:
            requests["summary"] = summary_op
        return SessionRunArgs(requests)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes them."""
        if not self._summary_writer:
            return
        step = run_values.results["global_step"] + 1
        if self._next_step is None or self._request_summary:
            step = run_context.session.run(self._global_step_tensor)
        if self._next_step is None:
            log = protos.SessionLog
            self._summary_writer.add_session_log(log(status=log.START), step)
        if self._request_summary:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                self._summary_writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        """Gives the operating system what was written."""
        if self._summary_writer:
            self._summary_writer.flush()

    def _get_summary_op(self) -> Any:
        summary_op = self._summary_op
        if summary_op is None:
            summary_op = self._scaffold.summary_op
        if summary_op is None or isinstance(summary_op, list):
            return summary_op
        return [summary_op]


class ProfilerHook(SessionRunHook):
    """Writes a timeline of a run every so many steps or seconds (tf.train.ProfilerHook).

    The files, `timeline-<step>.json`, are for chrome://tracing.

    Args:
      save_steps: how many steps from one to the next.
      save_secs: how many seconds, instead.
      output_dir: the directory.
      show_dataflow: accepted.
      show_memory: accepted.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._output_file = os.path.join(output_dir, "timeline-{}.json")
        self._file_writer = summaries.FileWriterCache.get(output_dir or os.curdir)
        self._show_dataflow, self._show_memory = show_dataflow, show_memory
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Looks for the global step; RuntimeError when there is none."""
        self._next_step: Any = None
        self._global_step_tensor = training_util.global_step_read("ProfilerHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Asks for the step, and for a trace when it is time."""
        self._request_summary = self._next_step is not None and self._timer.should_trigger_for_step(
            self._next_step
        )
        options = RunOptions(trace_level=RunOptions.FULL_TRACE) if self._request_summary else None
        return SessionRunArgs({"global_step": self._global_step_tensor}, options=options)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes it."""
        step = run_values.results["global_step"]
        if self._next_step is None:
            self._timer.update_last_triggered_step(step)
        step += 1
        if self._request_summary:
            step = run_context.session.run(self._global_step_tensor)
            self._timer.update_last_triggered_step(step)
            path = self._output_file.format(step)
            tf_logging.info("Saving timeline for %d into '%s'.", step, path)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(_timeline(run_values.run_metadata.step_stats), file)
            self._file_writer.add_run_metadata(run_values.run_metadata, f"step_{step}")
        self._next_step = step + 1


def _timeline(step_stats: Any) -> dict[str, Any]:
    """The steps of a run as chrome://tracing shows them."""
    events: list[dict[str, Any]] = []
    for pid, stats in enumerate(step_stats.dev_stats):
        events.append(
            {"name": "process_name", "ph": "M", "pid": pid, "args": {"name": stats.device}}
        )
        for node in stats.node_stats:
            events.append(
                {
                    "name": getattr(node, "op_type", "") or node.node_name,
                    "cat": "Op",
                    "ph": "X",
                    "pid": pid,
                    "tid": node.thread_id,
                    "ts": node.all_start_micros,
                    "dur": node.all_end_rel_micros,
                    "args": {"name": node.node_name, "op": node.timeline_label},
                }
            )
    return {"traceEvents": events}
