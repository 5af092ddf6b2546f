"""Sessions that start, stop and recover by themselves, and call hooks around each run (tf.train).

A monitored session is a stack: one that calls hooks, in one that obeys a coordinator, in one that
is made anew after an error that means that a server was lost. The layers are in
`wrapped_sessions.py`.
"""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core import errors
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.train.coordinator import Coordinator
from flowgraph.train.queue_runner import start_queue_runners
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.session_manager import SessionManager
from flowgraph.train.wrapped_sessions import (
    CoordinatedSession,
    HookedSession,
    RecoverableSession,
    StepContext,
    WrappedSession,
)

__all__ = [
    "USE_DEFAULT", "ChiefSessionCreator", "MonitoredSession", "MonitoredTrainingSession",
    "Scaffold", "SessionCreator", "SingularMonitoredSession", "WorkerSessionCreator",
]  # fmt: skip
USE_DEFAULT: Any = object()
_WrappedSession, _RecoverableSession = WrappedSession, RecoverableSession
_CoordinatedSession, _HookedSession = CoordinatedSession, HookedSession


# --- who makes the session ------------------------------------------------------------------------
class SessionCreator(abc.ABC):
    """Makes a session; for subclasses (tf.train.SessionCreator)."""

    @abc.abstractmethod
    def create_session(self) -> Any:
        """A new session."""


class _ScaffoldedCreator(SessionCreator):
    """What the two kinds of creators have in common."""

    def __init__(self, scaffold: Scaffold | None, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master, self._config = master, config
        self._session_manager: SessionManager | None = None

    def _get_session_manager(self) -> SessionManager:
        if self._session_manager is None:
            self._session_manager = SessionManager(
                local_init_op=self._scaffold.local_init_op,
                local_init_feed_dict=self._scaffold.local_init_feed_dict,
                ready_op=self._scaffold.ready_op,
                ready_for_local_init_op=self._scaffold.ready_for_local_init_op,
                graph=get_default_graph(),
            )
        return self._session_manager


class ChiefSessionCreator(_ScaffoldedCreator):
    """Makes a session that it restores or initialises (tf.train.ChiefSessionCreator).

    Args:
      scaffold: tells with what; a `Scaffold()` when None.
      master: the session's target.
      config: a `ConfigProto`.
      checkpoint_dir: the directory whose newest checkpoint is restored.
      checkpoint_filename_with_path: one checkpoint, instead.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_filename_with_path = checkpoint_filename_with_path

    def create_session(self) -> Any:
        """A session that is ready."""
        self._scaffold.finalize()
        return self._get_session_manager().prepare_session(
            self._master,
            saver=self._scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=self._scaffold.init_op,
            init_feed_dict=self._scaffold.init_feed_dict,
            init_fn=self._scaffold.init_fn,
        )


class WorkerSessionCreator(_ScaffoldedCreator):
    """Makes a session of a model that the chief makes ready (tf.train.WorkerSessionCreator).

    Args:
      scaffold: tells how to see that it is; a `Scaffold()` when None.
      master: the session's target.
      config: a `ConfigProto`.
      max_wait_secs: how long to wait.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Any:
        """A session that is ready; waits for it."""
        self._scaffold.finalize()
        return self._get_session_manager().wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )


class _CoordinatedSessionCreator(SessionCreator):
    """Makes a session with its coordinator, queue runners and hooks."""

    def __init__(
        self, session_creator: Any, hooks: Sequence[Any], stop_grace_period_secs: float
    ) -> None:
        self._session_creator, self._hooks = session_creator, hooks
        self._stop_grace_period_secs = stop_grace_period_secs
        self.coord: Coordinator | None = None
        self.tf_sess: Any = None

    def create_session(self) -> CoordinatedSession:
        self.tf_sess = self._session_creator.create_session()
        self.coord = Coordinator(clean_stop_exception_types=[])
        if get_default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
            start_queue_runners(sess=self.tf_sess, coord=self.coord)
        for hook in self._hooks:
            hook.after_create_session(self.tf_sess, self.coord)
        return CoordinatedSession(
            HookedSession(self.tf_sess, self._hooks), self.coord, self._stop_grace_period_secs
        )


# --- the sessions ---------------------------------------------------------------------------------
class _MonitoredSession:
    """What both kinds of monitored sessions have in common."""

    StepContext = StepContext
    _CoordinatedSessionCreator = _CoordinatedSessionCreator

    def __init__(
        self,
        session_creator: Any,
        hooks: Sequence[Any] | None,
        should_recover: bool,
        stop_grace_period_secs: float = 120,
    ) -> None:
        self._graph_was_finalized = get_default_graph().finalized
        self._hooks = hooks or []
        for hook in self._hooks:
            hook.begin()
        self._coordinated_creator = _CoordinatedSessionCreator(
            session_creator or ChiefSessionCreator(), self._hooks, stop_grace_period_secs
        )
        self._sess: Any = (
            RecoverableSession(self._coordinated_creator)
            if should_recover
            else self._coordinated_creator.create_session()
        )

    @property
    def graph(self) -> Any:
        """The graph; None after the end."""
        session = self._tf_sess()
        return None if session is None else session.graph

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """As `tf.Session.run`, with the hooks around it.

        RuntimeError after a stop was asked for.
        """
        return self._open().run(
            fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata
        )

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls a function that makes several runs, with or without hooks.

        Args:
          step_fn: a function of `step_context`, which has `session`, `run_with_hooks` and
            `request_stop`.

        Raises:
          ValueError: it has other arguments.
        """
        names = tuple(inspect.signature(step_fn).parameters)
        if names not in (("step_context",), ("self", "step_context")):
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and "
                f"`step_context` arguments if it's an instance method. Got {names} instead."
            )
        return self._open().run_step_fn(step_fn, self._tf_sess(), run_with_hooks=None)

    def _open(self) -> Any:
        if self._sess is None:
            raise RuntimeError("Attempted to use a closed Session.")
        return self._sess

    def should_stop(self) -> bool:
        """Whether a stop was asked for, or the session is closed."""
        return self._sess is None or self._sess.should_stop()

    def close(self) -> None:
        """Calls the hooks' `end` and ends the session."""
        self._close_internal()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, exception_type: Any, exception_value: Any, traceback: Any) -> bool:
        if exception_type in (errors.OutOfRangeError, StopIteration):
            exception_type = None
        self._close_internal(exception_type)
        # __exit__ returns True to suppress an exception: the input's end is a good end.
        return exception_type is None

    def _close_internal(self, exception_type: Any = None) -> None:
        try:
            if not exception_type:
                for hook in self._hooks:
                    hook.end(self._coordinated_creator.tf_sess)
        finally:
            try:
                if self._sess is None:
                    raise RuntimeError("Session is already closed.")
                self._sess.close()
            finally:
                self._sess = None
                self._coordinated_creator.tf_sess = None
                self._coordinated_creator.coord = None
                if not self._graph_was_finalized:
                    get_default_graph()._unsafe_unfinalize()

    def _is_closed(self) -> bool:
        return self._coordinated_creator.tf_sess is None

    def _tf_sess(self) -> Any:
        return self._coordinated_creator.tf_sess


class MonitoredSession(_MonitoredSession):
    """A session with hooks that starts itself and recovers from lost servers.

    tf.train.MonitoredSession. At the end of a `with` block, the end of the input
    (OutOfRangeError) is no error.

    Args:
      session_creator: makes the session; a `ChiefSessionCreator()` when None.
      hooks: `SessionRunHook`s.
      stop_grace_period_secs: how long threads may take to end.
    """

    def __init__(
        self,
        session_creator: Any = None,
        hooks: Sequence[Any] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator, hooks, True, stop_grace_period_secs)


class SingularMonitoredSession(_MonitoredSession):
    """A session with hooks that starts itself, and does not recover.

    tf.train.SingularMonitoredSession.

    Args:
      hooks: `SessionRunHook`s.
      scaffold: a `Scaffold`.
      master: the session's target.
      config: a `ConfigProto`.
      checkpoint_dir: the directory whose newest checkpoint is restored.
      stop_grace_period_secs: how long threads may take to end.
      checkpoint_filename_with_path: one checkpoint, instead.
    """

    def __init__(
        self,
        hooks: Sequence[Any] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: Any = None,
    ) -> None:
        creator = ChiefSessionCreator(
            scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
        )
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """The plain session."""
        return self._tf_sess()


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: Any = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[Any] | None = None,
    chief_only_hooks: Sequence[Any] | None = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: Any = None,
) -> MonitoredSession:
    """A monitored session for training, which saves (tf.train.MonitoredTrainingSession).

    Args:
      master: the session's target.
      is_chief: whether it starts the model; else it waits for who does.
      checkpoint_dir: the directory of checkpoints, which is restored from.
      scaffold: a `Scaffold`.
      hooks: `SessionRunHook`s.
      chief_only_hooks: more, of the chief alone.
      save_checkpoint_secs: how many seconds from one checkpoint to the next; 600 by default.
      save_summaries_steps: how many steps from one summary to the next; 100 by default.
      save_summaries_secs: how many seconds, instead.
      config: a `ConfigProto`.
      stop_grace_period_secs: how long threads may take to end.
      log_step_count_steps: how many steps from one log of the rate to the next.
      max_wait_secs: how long a worker waits for the chief.
      save_checkpoint_steps: how many steps from one checkpoint to the next.
      summary_dir: the directory of summaries; `checkpoint_dir` when None.
    """
    scaffold = scaffold or Scaffold()
    if not is_chief:
        creator: SessionCreator = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(creator, hooks or [], stop_grace_period_secs)
    summary_every = _intervals(save_summaries_steps, save_summaries_secs, (100, None))
    checkpoint_every = _intervals(save_checkpoint_steps, save_checkpoint_secs, (None, 600))
    writing = _writing_hooks(
        scaffold, checkpoint_dir, summary_dir or checkpoint_dir, log_step_count_steps,
        summary_every, checkpoint_every,
    )  # fmt: skip
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    every = [*(chief_only_hooks or ()), *writing, *(hooks or ())]
    return MonitoredSession(creator, every, stop_grace_period_secs)


def _intervals(steps: Any, secs: Any, default: tuple[Any, Any]) -> tuple[Any, Any]:
    """(steps, seconds) from one time to the next."""
    if steps is USE_DEFAULT and secs is USE_DEFAULT:
        return default
    return None if steps is USE_DEFAULT else steps, None if secs is USE_DEFAULT else secs


def _writing_hooks(
    scaffold: Scaffold, checkpoint_dir: Any, summary_dir: Any, log_steps: int | None,
    summary_every: tuple[Any, Any], checkpoint_every: tuple[Any, Any],
) -> list[Any]:  # fmt: skip
    from flowgraph.train import writing_hooks as write

    hooks: list[Any] = []
    if summary_dir and log_steps and log_steps > 0:
        hooks.append(write.StepCounterHook(every_n_steps=log_steps, output_dir=summary_dir))
    if summary_dir and any(n and n > 0 for n in summary_every):
        steps, secs = summary_every
        hooks.append(write.SummarySaverHook(steps, secs, summary_dir, scaffold=scaffold))
    if checkpoint_dir and any(n and n > 0 for n in checkpoint_every):
        steps, secs = checkpoint_every
        hooks.append(write.CheckpointSaverHook(checkpoint_dir, secs, steps, scaffold=scaffold))
    return hooks
