"""Finds out whether other programs use this machine's cores, too.

A kernel's team of threads waits for its slowest member. Where a core is busy with something else,
that member waits for the core at every kernel, and the team is slower than one thread alone (an
LSTM's step by half). Linux tells how long threads were ready and had no core; when that is a good
part of the time, kernels get one thread for a while. What a run computes does not depend on that
but for the order of sums; with TF_DETERMINISTIC_OPS=1 in the environment nothing changes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

_FIRST_LOOK, _LAST_LOOK = 0.02, 0.32  # seconds from look to look: longer each time all is well
_CROWDED = 0.15  # the part of the time that threads may wait for a core
_REST, _MOST_REST = 0.1, 6.4  # seconds of one thread: longer when it is as crowded afterwards

Threads = tuple[int, int]


def waited() -> float | None:
    """The seconds that this thread and kernels' threads had no core and wanted one; None: unknown.

    Other threads of Python's do not count: what the compiler or a queue waits for is no crowd.
    """
    others = {thread.native_id for thread in threading.enumerate()} - {threading.get_native_id()}
    total = 0
    try:
        for thread in os.listdir("/proc/self/task"):
            if int(thread) in others:
                continue
            with open(f"/proc/self/task/{thread}/schedstat", "rb") as file:
                total += int(file.read().split()[1])
    except (OSError, IndexError, ValueError):  # no Linux, or a thread that has just ended
        return None
    return total * 1e-9


class Crowding:
    """Decides before each run how many threads its kernels get."""

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        waited: Callable[[], float | None] = waited,
    ) -> None:
        self._clock, self._waited = clock, waited
        self._until = 0.0  # till then it is crowded
        self._look_at, self._interval = 0.0, _FIRST_LOOK
        self._rest = _REST
        self._before: tuple[float, float] | None = None  # (when, waited) of the last look
        self._is_on = os.environ.get("TF_DETERMINISTIC_OPS", "0") not in ("1", "true")

    def threads(self, wanted: Threads) -> Threads:
        """The threads of flowgraph's and of numpy's kernels: as wanted, or one."""
        now = self._clock()
        if now < self._until:
            return (1, 1)
        if now >= self._look_at and self._is_on:
            self._look(now)
            if now < self._until:
                return (1, 1)
        return wanted

    def _look(self, now: float) -> None:
        before, total = self._before, self._waited()
        self._before = None if total is None else (now, total)
        if before is None or total is None:
            self._interval = _FIRST_LOOK
        elif total - before[1] > _CROWDED * (now - before[0]):
            self._until, self._before = now + self._rest, None
            self._rest, self._interval = min(2 * self._rest, _MOST_REST), _FIRST_LOOK
        elif self._interval < _LAST_LOOK:
            self._interval = 2 * self._interval
        else:
            self._rest = _REST
        self._look_at = max(now, self._until) + self._interval


crowding = Crowding()
