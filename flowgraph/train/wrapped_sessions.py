"""The layers of a monitored session, each a session around another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.core import errors
from flowgraph.platform import logging as tf_logging
from flowgraph.runtime.config import RunOptions
from flowgraph.runtime.trace import RunMetadata
from flowgraph.train.coordinator import Coordinator
from flowgraph.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunValues,
)

PREEMPTION_ERRORS = (errors.AbortedError, errors.UnavailableError)
_LOST = "%s, since a server may have been lost. A new session will be made. Error: %s"


class StepContext:
    """What the function of `run_step_fn` gets (tf.train.MonitoredSession.StepContext)."""

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session, self._run_with_hooks_fn = session, run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The plain session."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """As `MonitoredSession.run`."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """Ends the function, and the loop around it, by StopIteration."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class WrappedSession:
    """A session around another, which may ask for a stop."""

    def __init__(self, sess: Any) -> None:
        self._sess = sess

    @property
    def graph(self) -> Any:
        """The graph."""
        return self._sess.graph

    @property
    def sess_str(self) -> Any:
        """The target."""
        return self._sess.sess_str

    def should_stop(self) -> bool:
        """Whether this layer or one below asks for a stop, or it is closed."""
        if self._check_stop():
            return True
        if not self._sess:
            return True
        return isinstance(self._sess, WrappedSession) and self._sess.should_stop()

    def _check_stop(self) -> bool:
        return False

    def close(self) -> None:
        """Closes it; a second call does nothing."""
        if self._sess:
            try:
                self._sess.close()
            except PREEMPTION_ERRORS as error:
                tf_logging.warning("An error occurred when closing the session: %s", error)
            finally:
                self._sess = None

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """As `tf.Session.run`."""
        return self._sess.run(*args, **kwargs)

    def run_step_fn(self, step_fn: Any, raw_session: Any, run_with_hooks: Any) -> Any:
        """Calls `step_fn` with a `StepContext`."""
        return step_fn(StepContext(raw_session, run_with_hooks or self.run))


class RecoverableSession(WrappedSession):
    """Is made anew when a server was lost."""

    def __init__(self, sess_creator: Any) -> None:
        self._sess_creator = sess_creator
        super().__init__(self._create_session())

    def _create_session(self) -> Any:
        while True:
            try:
                return self._sess_creator.create_session()
            except PREEMPTION_ERRORS as error:
                tf_logging.info(_LOST, "An error was raised while a session was made", error)

    def _check_stop(self) -> bool:
        try:
            return self._sess._check_stop() if self._sess else True
        except PREEMPTION_ERRORS as error:
            tf_logging.info(_LOST, "An error was raised while asking for a stop", error)
            self.close()
            self._sess = self._create_session()
            return False
        except Exception:  # whatever it is, `run` or `close` will raise it
            return True

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """As `tf.Session.run`, again after a loss."""
        return self._again(lambda session: session.run(
            fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata
        ))  # fmt: skip

    def run_step_fn(self, step_fn: Any, raw_session: Any, run_with_hooks: Any) -> Any:
        """Calls `step_fn` with a `StepContext`, again after a loss."""
        return self._again(lambda session: session.run_step_fn(step_fn, raw_session, session.run))

    def _again(self, call: Callable[[Any], Any]) -> Any:
        while True:
            try:
                if not self._sess:
                    self._sess = self._create_session()
                return call(self._sess)
            except PREEMPTION_ERRORS as error:
                tf_logging.info(_LOST, "An error was raised", error)
                self.close()
                self._sess = None


class CoordinatedSession(WrappedSession):
    """Stops when its coordinator does, and raises the error that the coordinator was told."""

    def __init__(self, sess: Any, coord: Coordinator, stop_grace_period_secs: float = 120) -> None:
        super().__init__(sess)
        self._coord, self._stop_grace_period_secs = coord, stop_grace_period_secs

    def _check_stop(self) -> bool:
        self._coord.raise_requested_exception()
        return self._coord.should_stop()

    def close(self) -> None:
        """Stops the threads, then closes the session."""
        self._coord.request_stop()
        try:
            self._coord.join(
                stop_grace_period_secs=self._stop_grace_period_secs, ignore_live_threads=True
            )
        finally:
            with contextlib.suppress(Exception):  # the coordinator's error counts
                super().close()

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """As `tf.Session.run`."""
        try:
            return self._sess.run(*args, **kwargs)
        except PREEMPTION_ERRORS:
            raise
        except Exception as error:
            # A thread's loss of a server may be behind it, after which one can recover.
            try:
                self._coord.raise_requested_exception()
            except PREEMPTION_ERRORS:
                raise
            except Exception:  # the thread's own error is told by `join`
                raise error from None
            raise


class HookedSession(WrappedSession):
    """Calls hooks around each run."""

    def __init__(self, sess: Any, hooks: Sequence[Any]) -> None:
        super().__init__(sess)
        self._hooks, self._should_stop = hooks, False

    def _check_stop(self) -> bool:
        return self._should_stop

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """As `tf.Session.run`; RuntimeError after a stop was asked for."""
        if self.should_stop():
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._sess)
        all_fetches = {"caller": fetches}
        asked = options or RunOptions()
        feeds = self._call_before_run(context, all_fetches, feed_dict, asked)
        recorded = run_metadata or RunMetadata()
        # A run without options takes a shorter way.
        is_special = options is not None or run_metadata is not None or _is_set(asked)
        outputs = super().run(
            fetches=all_fetches,
            feed_dict=feeds,
            options=asked if is_special else None,
            run_metadata=recorded if is_special else None,
        )
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(outputs.get(hook), asked, recorded))
        self._should_stop = self._should_stop or context.stop_requested
        return outputs["caller"]

    def _call_before_run(
        self, context: SessionRunContext, fetches: dict[Any, Any], user_feeds: Any, options: Any
    ) -> Any:
        """What is fed; adds to `fetches` and `options` what the hooks ask for."""
        hook_feeds: dict[Any, Any] = {}
        for hook in self._hooks:
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                fetches[hook] = request.fetches
            if request.feed_dict:
                _check_apart(hook_feeds, request.feed_dict, "Same tensor is fed by two hooks.")
                hook_feeds.update(request.feed_dict)
            if request.options:
                _merge_run_options(options, request.options)
        if not hook_feeds:
            return user_feeds
        if user_feeds:
            _check_apart(user_feeds, hook_feeds, "Same tensor is fed by a SessionRunHook and user.")
            hook_feeds.update(user_feeds)
        return hook_feeds


def _check_apart(some: Any, others: Any, message: str) -> None:
    both = set(some) & set(others)
    if both:
        raise RuntimeError(f"{message} Conflict(s): {list(both)}")


_LARGEST = (
    "trace_level", "timeout_in_ms", "inter_op_thread_pool", "output_partition_graphs",
    "report_tensor_allocations_upon_oom",
)  # fmt: skip


def _merge_run_options(options: Any, more: Any) -> None:
    for name in _LARGEST:
        setattr(options, name, max(getattr(options, name), getattr(more, name)))


def _is_set(options: Any) -> bool:
    return any(getattr(options, name) for name in _LARGEST)
