"""The run that this thread is working for: its deadline, and whether it has been cancelled.

Kernels that loop or block ask `check()`, so that no run outlives its timeout for long.
"""

from __future__ import annotations

import threading
import time
from itertools import count

from flowgraph.core import errors


class RunState:
    """The limits of one run."""

    __slots__ = ("deadline", "cancelled", "timeout_ms", "outer")

    def __init__(self, timeout_ms: int = 0) -> None:
        self.timeout_ms = timeout_ms
        self.deadline = time.monotonic() + timeout_ms / 1e3 if timeout_ms else None
        self.cancelled = False
        self.outer: RunState | None = None

    def child(self) -> RunState:
        """The state of a run inside this run: it ends with this one, or by itself before."""
        inner = RunState()
        inner.deadline, inner.timeout_ms, inner.outer = self.deadline, self.timeout_ms, self
        return inner

    def check(self) -> None:
        """Raises DeadlineExceededError or CancelledError when the run has to end."""
        state: RunState | None = self
        while state is not None:
            if state.cancelled:
                raise errors.CancelledError("Step was cancelled by an error of another operation.")
            state = state.outer
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


# --- which run it is ------------------------------------------------------------------------------
begun = 0  # a number that changes whenever a run begins, in whatever thread
_numbers = count(1)


def begin() -> None:
    """Notes that a run begins: what a kernel keeps for another one of its run is past its time."""
    global begun
    begun = next(_numbers)  # each number is stored once, so that none comes back
