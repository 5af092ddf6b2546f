"""`tf.train.Supervisor`: a session with threads that save, write summaries and fill queues."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph import summary as summaries
from flowgraph.core import dtypes, errors
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.meta_graph import create_meta_graph_def
from flowgraph.ops.control.basic import group
from flowgraph.platform import logging as tf_logging
from flowgraph.train import training_util
from flowgraph.train.coordinator import Coordinator, LooperThread
from flowgraph.train.graph_writing import write_graph
from flowgraph.train.saver import Saver
from flowgraph.train.session_manager import SessionManager
from flowgraph.train.supervisor_threads import (
    SVStepCounterThread,
    SVSummaryThread,
    SVTimerCheckpointThread,
)
from flowgraph.variables.initialization import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from flowgraph.variables.table_initializers import tables_initializer
from flowgraph.variables.variable import global_variables

_USE_DEFAULT: Any = 0


class Supervisor:
    """Starts a session, saves and writes summaries in threads, and stops all (tf.train.Supervisor).

    What is left at `USE_DEFAULT` is taken from the graph's collection of that name, or made. The
    graph is read-only afterwards.

    Args:
      graph: the graph; the default graph when None.
      ready_op: gives the names of what is not ready.
      ready_for_local_init_op: likewise, of what `local_init_op` needs.
      is_chief: whether it starts the model; else it waits for who does.
      init_op: initialises the model when there is no checkpoint.
      init_feed_dict: what is fed to it.
      local_init_op: initialises what each session has for itself.
      logdir: the directory of checkpoints and summaries; without it there are none.
      summary_op: gives the summaries.
      saver: saves.
      global_step: counts steps.
      save_summaries_secs: the seconds from one summary to the next; 0: never.
      save_model_secs: the seconds from one checkpoint to the next; 0: never.
      recovery_wait_secs: how long to wait before looking again whether the model is ready.
      stop_grace_secs: how long threads may take to end.
      checkpoint_basename: how the names of checkpoints begin.
      session_manager: makes sessions.
      summary_writer: writes summaries; None: nothing does.
      init_fn: a function of the session, called after `init_op`.
      local_init_run_options: the `RunOptions` of `local_init_op`.

    Raises:
      ValueError: a variable has no device, and this is not the chief.
    """

    USE_DEFAULT = _USE_DEFAULT

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = _USE_DEFAULT,
        ready_for_local_init_op: Any = _USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = _USE_DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = _USE_DEFAULT,
        logdir: Any = None,
        summary_op: Any = _USE_DEFAULT,
        saver: Any = _USE_DEFAULT,
        global_step: Any = _USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: Any = None,
        summary_writer: Any = _USE_DEFAULT,
        init_fn: Callable[[Any], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        with self._graph.as_default():
            self._ready_op = _chosen(ready_op, GraphKeys.READY_OP, report_uninitialized_variables)
            self._ready_for_local_init_op = _chosen(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP
            )
            self._init_op = _chosen(init_op, GraphKeys.INIT_OP, global_variables_initializer)
            self._local_init_op = _chosen(
                local_init_op, GraphKeys.LOCAL_INIT_OP, _local_initializer
            )
            self._saver = _chosen(saver, GraphKeys.SAVERS, _saver_of_all)
            self._summary_op = _chosen(summary_op, GraphKeys.SUMMARY_OP, summaries.merge_all)
            self._global_step = _chosen(global_step, GraphKeys.GLOBAL_STEP, _named_global_step)
        self._init_feed_dict, self._init_fn = init_feed_dict, init_fn
        self._is_chief, self._coord = is_chief, Coordinator()
        self._stop_grace_secs = stop_grace_secs
        self._set_up_writing(
            logdir, summary_writer, save_summaries_secs, save_model_secs, checkpoint_basename
        )
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        self._verify_setup()
        self._graph.finalize()

    def _set_up_writing(
        self, logdir: Any, writer: Any, summaries_secs: float, model_secs: float, basename: str
    ) -> None:
        self._logdir: str | None = None
        self._save_summaries_secs = self._save_model_secs = self._save_path = None
        self._summary_writer: Any = None
        self._graph_added_to_summary = False
        if not self._is_chief:
            return
        self._logdir = os.fsdecode(logdir) if logdir else None
        self._save_summaries_secs, self._save_model_secs = summaries_secs, model_secs
        if self._logdir:
            self._save_path = os.path.join(self._logdir, basename)
        if writer is not Supervisor.USE_DEFAULT:
            self._summary_writer = writer
        elif self._logdir:
            self._summary_writer = summaries.FileWriter(self._logdir)

    def _verify_setup(self) -> None:
        if self._is_chief:
            return
        for op in self._graph.get_operations():
            if op.type in ("Variable", "VariableV2") and not op.device:
                raise ValueError(
                    f"When using replicas, all Variables must have their device set: {op}"
                )

    # --- what it has ---------------------------------------------------------------------------
    @property
    def is_chief(self) -> bool:
        """Whether it starts the model."""
        return self._is_chief

    @property
    def session_manager(self) -> Any:
        """Makes sessions."""
        return self._session_manager

    @property
    def coord(self) -> Coordinator:
        """Stops the threads."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """Initialises the model."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not ready."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what `local_init_op` needs and is not ready."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """Writes summaries, or None."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """Gives the summaries."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> Any:
        """The seconds from one summary to the next."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """Counts steps."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """Saves."""
        return self._saver

    @property
    def save_model_secs(self) -> Any:
        """The seconds from one checkpoint to the next."""
        return self._save_model_secs

    @property
    def save_path(self) -> str | None:
        """How the paths of checkpoints begin."""
        return self._save_path

    # --- sessions ------------------------------------------------------------------------------
    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Any:
        """A session that is ready: restored, initialised, or made so by the chief.

        Args:
          master: the session's target.
          config: a `ConfigProto`.
          wait_for_checkpoint: whether to wait for one.
          max_wait_secs: how long.
          start_standard_services: whether the threads are started.
        """
        self._coord.clear_stop()  # it may be the second session
        if self._summary_writer:
            self._summary_writer.reopen()
        if self._is_chief:
            session = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                tf_logging.info("Starting standard services.")
                self.start_standard_services(session)
        else:
            session = self._session_manager.wait_for_session(
                master, config=config, max_wait_secs=max_wait_secs
            )
        if start_standard_services:
            tf_logging.info("Starting queue runners.")
            self.start_queue_runners(session)
        return session

    @contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Any]:
        """A session within a `with` block, at whose end all threads stop.

        An error in the block or in a thread is raised at the end; that of an input at its end is
        none. Arguments are those of `prepare_or_wait_for_session`.
        """
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master=master, config=config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    with contextlib.suppress(errors.OpError, RuntimeError):
                        session.close()

    def _write_graph(self) -> None:
        graph_def = None
        if self._logdir:
            graph_def = self._graph.as_graph_def(add_shapes=True)
            write_graph(graph_def, self._logdir, "graph.pbtxt")
        if self._summary_writer and not self._graph_added_to_summary:
            graph_def = graph_def or self._graph.as_graph_def(add_shapes=True)
            self._summary_writer.add_graph(self._graph)
            saver_def = self._saver.saver_def if self._saver else None
            self._summary_writer.add_meta_graph(
                create_meta_graph_def(graph_def=graph_def, saver_def=saver_def)
            )
            self._graph_added_to_summary = True

    # --- threads -------------------------------------------------------------------------------
    def start_standard_services(self, sess: Any) -> list[LooperThread] | None:
        """Starts the threads that save and write summaries; None without a directory.

        RuntimeError when this is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors "
                "can write events."
            )
        if not self._logdir:
            tf_logging.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        if self._global_step is not None and self._summary_writer:
            step = training_util.global_step(sess, self._global_step)
            log = protos.SessionLog
            self._summary_writer.add_session_log(log(status=log.START), step)
        threads: list[LooperThread] = []
        if self._save_summaries_secs and self._summary_writer:
            if self._summary_op is not None:
                threads.append(SVSummaryThread(self, sess))
            if self._global_step is not None:
                threads.append(SVStepCounterThread(self, sess))
        if self._saver and self._save_model_secs:
            threads.append(SVTimerCheckpointThread(self, sess))
        for thread in threads:
            thread.start()
        return threads

    def start_queue_runners(self, sess: Any, queue_runners: Any = None) -> list[Any]:
        """Starts the threads of queue runners, those of the graph when None."""
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        threads: list[Any] = []
        for runner in queue_runners:
            threads += runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        return threads

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls a function every so many seconds; see `LooperThread`."""
        return LooperThread.loop(self._coord, timer_interval_secs, target, args, kwargs)

    def stop(
        self,
        threads: Any = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """Stops the threads and waits for them; the session stays open.

        Args:
          threads: more threads.
          close_summary_writer: whether the writer is closed.
          ignore_live_threads: whether a thread that does not end is no error.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads,
                stop_grace_period_secs=self._stop_grace_secs,
                ignore_live_threads=ignore_live_threads,
            )
        finally:
            if close_summary_writer and self._summary_writer:
                log = protos.SessionLog
                self._summary_writer.add_session_log(log(status=log.STOP))
                self._summary_writer.close()
                self._graph_added_to_summary = False

    def request_stop(self, ex: Any = None) -> None:
        """As `Coordinator.request_stop`."""
        self._coord.request_stop(ex=ex)

    def should_stop(self) -> bool:
        """As `Coordinator.should_stop`."""
        return self._coord.should_stop()

    def stop_on_exception(self) -> Any:
        """As `Coordinator.stop_on_exception`."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Waits until a stop is asked for."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess: Any, summary: Any, global_step: Any = None) -> None:
        """Writes a summary at the present step, or another.

        Raises:
          TypeError: it is neither a Summary nor bytes.
          RuntimeError: there is no writer.
        """
        if not self._summary_writer:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self._global_step is not None:
            global_step = training_util.global_step(sess, self._global_step)
        self._summary_writer.add_summary(summary, global_step)

    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop, RequestStop, ShouldStop = stop, request_stop, should_stop
    Loop, StopOnException, WaitForStop = loop, stop_on_exception, wait_for_stop
    SummaryComputed = summary_computed


# --- what is left to the supervisor ---------------------------------------------------------------
def _chosen(given: Any, key: str, make: Callable[[], Any] | None = None) -> Any:
    """What was given; by default the collection's first, or what is made and put there."""
    if given is not _USE_DEFAULT:
        return given
    graph = get_default_graph()
    found = graph.get_collection(key)
    if len(found) > 1:
        tf_logging.info("Found %d %s operations. Returning the first one.", len(found), key)
    if found or make is None:
        return found[0] if found else None
    made = make()
    if made is not None:
        graph.add_to_collection(key, made)
    return made


def _local_initializer() -> Any:
    return group(local_variables_initializer(), tables_initializer())


def _saver_of_all() -> Saver | None:
    return Saver() if global_variables() else None


def _named_global_step() -> Any:
    try:
        step = get_default_graph().get_tensor_by_name("global_step:0")
    except KeyError:
        return None
    if step.dtype.base_dtype in (dtypes.int32, dtypes.int64):
        return step
    tf_logging.warning("Found 'global_step' is not an int type: %s", step.dtype)
    return None
