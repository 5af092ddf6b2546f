"""Threads that end together: tf.train.Coordinator and LooperThread."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from flowgraph.core import errors

_log = logging.getLogger("flowgraph")
_Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class Coordinator:
    """Stops a set of threads as soon as one of them asks for it (tf.train.Coordinator).

    A thread asks with `request_stop`, others look at `should_stop`; who started them waits in
    `join`, which raises the error that made the first of them ask.

    Args:
      clean_stop_exception_types: errors that are no failure but the end of the work: those of
        `join` do not raise; by default tf.errors.OutOfRangeError, the end of input queues.

    >>> coordinator = Coordinator()
    >>> thread = LooperThread.loop(coordinator, None, coordinator.request_stop)
    >>> coordinator.join([thread])
    >>> coordinator.should_stop()
    True
    """

    def __init__(
        self, clean_stop_exception_types: Sequence[type[BaseException]] | None = None
    ) -> None:
        clean = clean_stop_exception_types
        self._clean = (errors.OutOfRangeError,) if clean is None else tuple(clean)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._raised: _Raised | None = None
        self._joined = False
        self._registered_threads: set[threading.Thread] = set()

    # --- asking --------------------------------------------------------------------------------
    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop.

        Args:
          ex: the exception that is the reason, which is being handled, or `sys.exc_info()` of it.
            That of the first call is raised by `join`; after `join` it is raised at once.
        """
        with self._lock:
            raised = self._failure(ex)
            if self._joined and raised is not None:
                raise _with_trace(raised)
            if not self._stop.is_set():
                if raised is not None and self._raised is None:
                    _log.info("Error reported to Coordinator: %s", raised[1])
                    self._raised = raised
                self._stop.set()

    def _failure(self, ex: Any) -> _Raised | None:
        """What was raised; None when it is nothing, or a clean end."""
        if not ex or isinstance(ex[1] if isinstance(ex, tuple) else ex, self._clean):
            return None
        raised: Any = ex if isinstance(ex, tuple) else sys.exc_info()
        if len(raised) != 3 or not raised[0] or not raised[1]:
            try:
                raise ValueError(
                    "ex must be a tuple or sys.exc_info must return the current exception: "
                    f"{raised}"
                )
            except ValueError:
                raised = sys.exc_info()
        return raised  # type: ignore[no-any-return]

    @contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Within it, an exception asks all threads to stop, and does not go further."""
        try:
            yield
        except BaseException:
            self.request_stop(sys.exc_info())

    def clear_stop(self) -> None:
        """Takes the request back: the coordinator can be used again."""
        with self._lock:
            self._joined = False
            self._raised = None
            self._stop.clear()

    # --- looking -------------------------------------------------------------------------------
    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until a stop is asked for, or `timeout` seconds; whether it was."""
        return self._stop.wait(timeout)

    @property
    def joined(self) -> bool:
        """Whether `join` has ended."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raises the exception that a stop was asked for with, if there was one."""
        with self._lock:
            if self._raised is not None:
                raise _with_trace(self._raised)

    # --- joining -------------------------------------------------------------------------------
    def register_thread(self, thread: threading.Thread) -> None:
        """Adds a thread to those that `join` waits for."""
        with self._lock:
            self._registered_threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits until the threads have ended; raises what a stop was asked for with.

        Args:
          threads: started threads, in addition to the registered ones.
          stop_grace_period_secs: how long a thread may take to end after a stop was asked for.
          ignore_live_threads: whether a thread that takes longer is no error.

        Raises:
          RuntimeError: a thread still runs after the grace period.
        """
        with self._lock:
            everyone = list(self._registered_threads.union(threads or ()))
        # A stop is told, but the end of a thread has to be looked for.
        while any(t.is_alive() for t in everyone) and not self._stop.wait(0.05):
            pass
        end = time.monotonic() + stop_grace_period_secs
        for thread in everyone:
            if thread.is_alive() and stop_grace_period_secs >= 0:
                thread.join(max(0.0, end - time.monotonic()))
        stragglers = [thread.name for thread in everyone if thread.is_alive()]
        with self._lock:
            self._joined = True
            self._registered_threads = set()
            if self._raised is not None:
                raise _with_trace(self._raised)
        if stragglers:
            message = f"Coordinator stopped with threads still running: {' '.join(stragglers)}"
            if not ignore_live_threads:
                raise RuntimeError(message)
            _log.info(message)


def _with_trace(raised: _Raised) -> BaseException:
    return raised[1].with_traceback(raised[2])


class LooperThread(threading.Thread):
    """A thread that calls a function until its coordinator is asked to stop.

    In TensorFlow, tf.train.LooperThread.

    Args:
      coord: the coordinator, which also gets the exceptions that the function raises.
      timer_interval_secs: the seconds from one call to the next; None: as soon as possible.
      target: the function; a subclass may define `run_loop` instead.
      args: the function's arguments.
      kwargs: the function's arguments by name.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        if target is None and (args or kwargs):
            raise ValueError("'args' and 'kwargs' argument require that you also pass 'target'")
        super().__init__(daemon=True)
        self._coord, self._interval = coord, timer_interval_secs
        self._call, self._call_args, self._call_kwargs = target, args or (), kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls `target`, and returns it."""
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """What the thread does."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._interval is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                due = time.monotonic()
                while not self._coord.wait_for_stop(max(0.0, due - time.monotonic())):
                    due += self._interval
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called when the thread starts; for subclasses."""

    def stop_loop(self) -> None:
        """Called when the thread was asked to stop; for subclasses."""

    def run_loop(self) -> None:
        """Called again and again; for subclasses."""
        if self._call is not None:
            self._call(*self._call_args, **self._call_kwargs)
