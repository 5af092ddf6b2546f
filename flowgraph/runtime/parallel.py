"""Runs independent steps of a plan at the same time, on the caller's thread and a pool's.

A step that becomes ready runs at once in the thread that freed it when it is cheap; of several
heavy ones the thread keeps one and offers the others. Steps that may wait for one another get
threads of their own, as the pool's are few. The state of a run is explicit: how many steps each
step still waits for, who still needs each slot, what is ready, the first error.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from queue import SimpleQueue
from typing import Any

import numpy as np

from flowgraph.compiler.plan import Plan, Step
from flowgraph.core.op_def import Trait
from flowgraph.runtime import run_state
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.serial import execute
from flowgraph.runtime.trace import Trace

_HEAVY_SECONDS = 60e-6  # below this, handing a step to another thread costs more than it wins
_BYTES_PER_SECOND = 4e9
_HEAVY_FACTOR = 16  # a heavy op works this much more on each byte


class Pool:
    """Worker threads of a session; they start with the first job and end with `close`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._jobs: SimpleQueue[Any] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._finalizer: Any = None

    def submit(self, job: Any) -> None:
        """Calls `job()` in a worker, soon."""
        if not self._threads:
            self._start()
        self._jobs.put(job)

    def _start(self) -> None:
        with self._lock:
            if self._threads:
                return
            for i in range(self.size):
                name = f"flowgraph-worker-{i}"
                thread = threading.Thread(target=_work, args=(self._jobs,), name=name, daemon=True)
                thread.start()
                self._threads.append(thread)
            self._finalizer = weakref.finalize(self, _stop, self._jobs, len(self._threads))

    def close(self) -> None:
        """Ends the workers after the jobs that they have, and waits for them."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join()
            self._threads = []


def _work(jobs: SimpleQueue[Any]) -> None:
    np.seterr(all="ignore")
    while True:
        job = jobs.get()
        if job is None:
            return
        job()
        del job  # else the last run's values would live until the next


def _stop(jobs: SimpleQueue[Any], count: int) -> None:
    for _ in range(count):
        jobs.put(None)


def is_heavy(step: Step, values: list[Any]) -> bool:
    """Whether a step is worth a thread: by its measured time, else by the bytes that it takes."""
    if step.traits & Trait.BLOCKS:  # its time tells how long it waited
        return False
    if step.seconds >= 0:
        return step.seconds > _HEAVY_SECONDS
    traits = step.traits
    if traits & Trait.CHEAP:
        return False
    if traits & Trait.CALLS:
        return True
    size = sum([getattr(values[i], "nbytes", 0) for i in step.inputs])
    factor = _HEAVY_FACTOR if traits & Trait.HEAVY else 1
    return size * factor / _BYTES_PER_SECOND > _HEAVY_SECONDS


class ParallelRun:
    """One run of a plan by several threads."""

    def __init__(
        self,
        plan: Plan,
        values: list[Any],
        pool: Pool | None,
        state: RunState,
        trace: Trace | None,
    ) -> None:
        self.plan, self.values, self.pool, self.state, self.trace = plan, values, pool, state, trace
        self.counts = list(plan.counts)
        self.left = len(plan.steps)
        self.offered: deque[int] = deque()
        self.working = 0
        self.error: BaseException | None = None
        self.changed = threading.Condition()
        self.users = dict(plan.users)  # how many steps still need a slot's memory

    def run(self) -> None:
        """Runs all steps; returns when they are done, or raises the first error."""
        self.working = 1
        try:
            self._work(None)
            self._help_until_done()
        except BaseException as error:  # Ctrl-C in the caller's thread
            self._fail(error)
            self._help_until_done()
        if self.error is not None:
            raise self.error

    def _help_until_done(self) -> None:
        while True:
            with self.changed:
                while not self.offered and not self._finished():
                    self.changed.wait()
                if self._finished():
                    return
                step = self.offered.popleft()
                self.working += 1
            self._work([step])

    def _finished(self) -> bool:
        """Nobody works any more, and nothing is left to do or an error forbids it."""
        return self.working == 0 and (self.left == 0 or self.error is not None)

    def _assist(self) -> None:
        """What a worker does for this run: one offered step, and what follows from it."""
        with self.changed:
            if not self.offered or self.error is not None:
                return
            step = self.offered.popleft()
            self.working += 1
        self._work([step])

    def _work(self, local: list[int] | None) -> None:
        """Runs steps until none follows; `working` counts this thread already.

        None: from the beginning, with the steps that wait for none.
        """
        outer, run_state.current.run = run_state.current.run, self.state
        try:
            if local is None:
                with self.changed:
                    local = self._sort([i for i, n in enumerate(self.counts) if n == 0])
            while local and self.error is None:
                index = local.pop()
                step = self.plan.steps[index]
                self.state.check()
                step.seconds = execute(step, self.values, self.trace)
                with self.changed:
                    local += self._sort(self._finish(step))
        except BaseException as error:
            self._fail(error)
        finally:
            run_state.current.run = outer
            with self.changed:
                self.working -= 1
                if not self.working:
                    self.changed.notify_all()

    def _finish(self, step: Step) -> list[int]:
        self.left -= 1
        users = self.users
        for slot in step.touched:
            users[slot] -= 1
            if not users[slot]:
                self.values[slot] = None
        ready = []
        for follower in self.plan.successors[step.index]:
            self.counts[follower] -= 1
            if self.counts[follower] == 0:
                ready.append(follower)
        if self.left == 0:
            self.changed.notify_all()
        return ready

    def _sort(self, ready: list[int]) -> list[int]:
        """What of `ready` this thread runs itself, last first; offers the rest to others."""
        if self.error is not None:
            return ready
        if self.plan.blocking:
            ready = self._start_threads(ready)
        if len(ready) < 2 or self.pool is None:
            return ready
        heavy = [i for i in ready if is_heavy(self.plan.steps[i], self.values)]
        mine = [i for i in reversed(ready) if i not in heavy]
        for index in heavy[1:]:
            self.offered.append(index)
            self.pool.submit(self._assist)
        if len(heavy) > 1:
            self.changed.notify_all()
        return heavy[:1] + mine  # cheap ones first: they may free more heavy ones for others

    def _start_threads(self, ready: list[int]) -> list[int]:
        """Gives each step that may wait for another a thread; returns the other steps."""
        for index in ready:
            if index in self.plan.blocking:
                name = f"flowgraph-{self.plan.steps[index].operation.name}"
                args = ([index],)
                threading.Thread(target=self._work_alone, args=args, name=name, daemon=True).start()
                self.working += 1
        return [index for index in ready if index not in self.plan.blocking]

    def _work_alone(self, local: list[int]) -> None:
        np.seterr(all="ignore")
        self._work(local)

    def _fail(self, error: BaseException) -> None:
        with self.changed:
            if self.error is None:
                self.error = error
            self.state.cancelled = True
            self.offered.clear()
            self.changed.notify_all()
