"""What a hook of a monitored session is: called before and after each run (tf.train)."""

from __future__ import annotations

from typing import Any, NamedTuple


class SessionRunHook:
    """Called around the runs of a monitored session; for subclasses (tf.train.SessionRunHook)."""

    def begin(self) -> None:
        """Called once, before the session is made: the last chance to add to the graph."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called whenever a session was made, with its coordinator."""

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before each run; gives what is to be fetched and fed in addition, or None."""
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after each run with the values of what `before_run` asked for."""

    def end(self, session: Any) -> None:
        """Called once at the end, while the session is still there; not after an error."""


class SessionRunArgs(NamedTuple):
    """What `SessionRunHook.before_run` adds to a run (tf.train.SessionRunArgs)."""

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What `SessionRunHook.after_run` gets of a run (tf.train.SessionRunValues)."""

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """About the run that a hook is called for (tf.train.SessionRunContext)."""

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._original_args, self._session = original_args, session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        """What the caller of `run` fetches and feeds."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session that runs."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook asked for a stop."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Asks that no run follows this one."""
        self._stop_requested = True
