"""The run that this thread is working for: its deadline, and whether it has been cancelled.

Kernels that loop or block ask `check()`, so that no run outlives its timeout for long.
"""

from __future__ import annotations

import threading
import time

from flowgraph.core import errors


class RunState:
    """The limits of one run."""

    __slots__ = ("deadline", "cancelled", "timeout_ms")

    def __init__(self, timeout_ms: int = 0) -> None:
        self.timeout_ms = timeout_ms
        self.deadline = time.monotonic() + timeout_ms / 1e3 if timeout_ms else None
        self.cancelled = False

    def child(self) -> RunState:
        """The state of a run inside this run: the same deadline, an end of its own."""
        inner = RunState()
        inner.deadline, inner.timeout_ms = self.deadline, self.timeout_ms
        return inner

    def check(self) -> None:
        """Raises DeadlineExceededError or CancelledError when the run has to end."""
        if self.cancelled:
            raise errors.CancelledError("Step was cancelled by an error of another operation.")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise errors.DeadlineExceededError(
                f"Timed out after {self.timeout_ms} ms (RunOptions.timeout_in_ms)"
            )


class _Current(threading.local):
    run: RunState | None = None


current = _Current()


def check() -> None:
    """Ends this thread's run when it has to end; for kernels that take long."""
    run = current.run
    if run is not None:
        run.check()
