"""State that operations wait for: a queue that is empty or full, an accumulator, a barrier.

Whoever has to wait stands in a line and acts in its own thread when its turn has come, so that a
wait that ends by a timeout, by Ctrl-C or by the session's end has taken and put nothing.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from flowgraph.core import errors
from flowgraph.runtime import run_state

_LOOK_SECONDS = 0.05  # how long the end of a run may go unnoticed by a wait
# A wait without a run to look after is woken when there is cause. That it also wakes by itself
# lets Ctrl-C through on systems where a signal does not interrupt a lock.
_IDLE_SECONDS = 1.0

Line = deque[threading.Condition]


class WaitingState:
    """State of a session that many threads use, some of which wait for others.

    A subclass makes its lines with `new_line`; those in one line are served in the order in which
    they came, those in the `crowd` in any. `changed` is set by whatever changes what others may be
    waiting for.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.changed = False
        self.crowd: Line = deque()
        self._lines: list[Line] = []
        self._ended = False

    def new_line(self) -> Line:
        """A line for callers that are to be served one after the other."""
        line: Line = deque()
        self._lines.append(line)
        return line

    def in_turn(
        self,
        line: Line,
        attempt: Callable[[], bool],
        undo: Callable[[], None] | None = None,
        what: str = "Operation",
    ) -> None:
        """Calls `attempt` under the lock, when it is this caller's turn, until it returns True.

        Args:
          line: where to stand while others are served first, or the crowd.
          attempt: does what can be done now; sets `changed` when that was anything.
          undo: takes back what was done so far, when the wait ends by an error.
          what: names the operation in the error of a cancelled one.
        """
        with self.lock:
            self._check(what)
            if (not line or line is self.crowd) and self._attempt(attempt):
                return
            turn = threading.Condition(self.lock)
            line.append(turn)
            try:
                while not (self._is_next(turn, line) and self._attempt(attempt)):
                    self._wait(turn, what)
            except BaseException:
                if undo is not None:
                    undo()
                raise
            finally:
                line.remove(turn)
                self._wake()

    def act(self, change: Callable[[], None]) -> None:
        """Calls `change` under the lock and lets those who wait look again."""
        with self.lock:
            self._check("Operation")
            change()
            self._wake_all()

    def end(self) -> None:
        """The session is closed: every wait ends with CancelledError, now and later."""
        with self.lock:
            self._ended = True
            self._wake_all()

    # --- under the lock ------------------------------------------------------------------------
    def _is_next(self, turn: threading.Condition, line: Line) -> bool:
        return line is self.crowd or line[0] is turn

    def _attempt(self, attempt: Callable[[], bool]) -> bool:
        self.changed = False
        try:
            return attempt()
        finally:
            if self.changed:
                self._wake()

    def _wait(self, turn: threading.Condition, what: str) -> None:
        run = run_state.current.run
        if run is None:
            turn.wait(_IDLE_SECONDS)
        else:
            run.check()
            rest = _LOOK_SECONDS
            if run.deadline is not None:
                rest = min(rest, max(0.0, run.deadline - time.monotonic()))
            turn.wait(rest)
            run.check()
        self._check(what)

    def _check(self, what: str) -> None:
        if self._ended:
            raise errors.CancelledError(f"{what} was cancelled: the session was closed")

    def _wake(self) -> None:
        for line in self._lines:
            if line:
                line[0].notify()
        for turn in self.crowd:
            turn.notify()

    def _wake_all(self) -> None:
        for line in (*self._lines, self.crowd):
            for turn in line:
                turn.notify()
