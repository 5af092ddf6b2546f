"""A compiled (fetches, feeds) pair of one session: feed, choose how to run, run, fetch.

How a plan is run is decided by what it costs. A chain, or a plan that is over in no time, runs in
the caller's thread. A wide plan of measurable cost goes to the parallel scheduler.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.compiler.plan import Plan
from flowgraph.core import dtypes, errors
from flowgraph.core.op_def import Trait
from flowgraph.core.tensor import Tensor
from flowgraph.runtime import blas, parallel, run_state, serial
from flowgraph.runtime.fetches import Rebuild
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.trace import Trace

_SMALL_SECONDS = 200e-6
_LOOK_AGAIN_EVERY = 64  # serial runs between two looks at whether they take long by now
_WORTH_BYTES = 1 << 18
_UNBOUNDED = Trait.HEAVY | Trait.CALLS


class CompiledCall:
    """Runs a plan with fed values and gives what was asked for."""

    def __init__(
        self, plan: Plan, rebuild: Rebuild, pool: parallel.Pool | None, kernel_threads: int
    ) -> None:
        self.plan = plan
        self._pool = pool
        self._code = serial.program(plan)
        self._rebuild = rebuild
        # One budget: where kernels run side by side, each gets one thread. The plan alone decides,
        # never the clock, so that the same seed gives the same digits.
        self._wide = pool is not None and plan.heavy_width > 1
        self._kernel_threads = 1 if self._wide else kernel_threads
        self._serial = pool is None or len(plan.steps) < 2
        self._promising = any(step.traits & _UNBOUNDED for step in plan.steps)
        self._runs = 0
        self._fetches = [(i, self._finish(i)) for i in plan.fetches]
        self._plain = all(finish is None for _, finish in self._fetches)

    def _finish(self, slot: int) -> Any:
        tensor, fresh = self.plan.slots[slot].tensor, self.plan.slots[slot].fresh
        if self.plan.slots[slot].is_handle:
            return _reader(tensor)
        if tensor.dtype.base_dtype in (dtypes.resource, dtypes.variant):
            return lambda value: value
        return None if fresh else _own

    def values(self, fed: Sequence[Any]) -> list[Any]:
        """The slots' values before a run."""
        values = self.plan.presets.copy()
        for slot, value in zip(self.plan.feeds, fed, strict=True):
            values[slot] = value
        return values

    def __call__(self, fed: Sequence[Any]) -> Any:
        """Runs once with the fed arrays, in the order of the plan's feeds."""
        values = self.values(fed)
        if self._kernel_threads != blas._now:
            blas.use_threads(self._kernel_threads)
        self._runs += 1
        with np.errstate(all="ignore"):
            if self._serial and self._runs % _LOOK_AGAIN_EVERY:
                serial.run(self._code, values)
            else:
                self._run_measured(values)
        return self.result(values)

    def _run_measured(self, values: list[Any]) -> None:
        """The first runs, and one of many later: chooses how the next ones go."""
        start = time.perf_counter()
        if self._serial or not self._worth_threads(values):
            serial.run(self._code, values)
            took = time.perf_counter() - start
            self._serial = self._pool is None or len(self.plan.steps) < 2 or took < 1e-3
            return
        assert self._pool is not None
        parallel.ParallelRun(self.plan, values, self._pool, RunState(), None).run()
        took = time.perf_counter() - start
        self._serial = self._runs > 1 and (took < _SMALL_SECONDS or not self._can_overlap())

    def _worth_threads(self, values: list[Any]) -> bool:
        return (
            self._promising
            or sum([getattr(v, "nbytes", 0) for v in values]) > _WORTH_BYTES
            or any((s.tensor.shape.num_elements() or 0) > _WORTH_BYTES for s in self.plan.slots)
        )

    def watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> Any:
        """Runs once with a deadline, a trace, or both."""
        values = self.values(fed)
        blas.use_threads(self._kernel_threads)
        with np.errstate(all="ignore"):
            if self._pool is not None and len(self.plan.steps) > 1:
                parallel.ParallelRun(self.plan, values, self._pool, state, trace).run()
                state.check()
            else:
                serial.run_watched(self.plan, values, state, trace)
        return self.result(values)

    def _can_overlap(self) -> bool:
        """Whether two steps that were measured as heavy do not depend on each other."""
        depth = [0] * len(self.plan.steps)
        heavy = 0
        for step in self.plan.steps:
            is_heavy = parallel.is_heavy(step, [])
            heavy += is_heavy
            depth[step.index] = max((depth[w] for w in step.waits), default=0) + is_heavy
        return heavy > max(depth, default=0)

    def result(self, values: list[Any]) -> Any:
        """The fetched values in the structure that was asked for; each is the caller's own."""
        if self._plain:
            return self._rebuild([_result(values[i]) for i, _ in self._fetches])
        return self._rebuild(
            [
                _result(values[i]) if finish is None else finish(values[i])
                for i, finish in self._fetches
            ]
        )


class FunctionCall:
    """A compiled subgraph: the body of a conditional or a loop, called by its op's kernel."""

    def __init__(self, plan: Plan, pool: parallel.Pool | None) -> None:
        self.plan = plan
        self._code = serial.program(plan)
        self._pool = pool if plan.heavy_width > 1 else None
        self._serial = self._pool is None
        self._runs = 0

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        """Runs the body: its captured values and arguments in, its outputs out."""
        values = self.plan.presets.copy()
        for slot, value in zip(self.plan.feeds, args, strict=True):
            values[slot] = value
        self._runs += 1
        if self._serial and (self._pool is None or self._runs % _LOOK_AGAIN_EVERY):
            serial.run(self._code, values)
        else:
            self._run_measured(values)
        return tuple([values[i] for i in self.plan.fetches])

    def _run_measured(self, values: list[Any]) -> None:
        """The first runs, and one of many later: a body that is over at once needs no pool."""
        start = time.perf_counter()
        if self._serial:
            serial.run(self._code, values)
        else:
            assert self._pool is not None
            outer = run_state.current.run
            state = RunState() if outer is None else outer.child()
            parallel.ParallelRun(self.plan, values, self._pool, state, None).run()
        self._serial = time.perf_counter() - start < _SMALL_SECONDS


def _result(value: Any) -> Any:
    """Scalars come as numpy scalars, strings as bytes, as in TensorFlow."""
    if type(value) is np.ndarray and value.ndim == 0:
        return value[()]
    return value


def _reader(tensor: Tensor) -> Any:
    """Reads a fetched variable; an error names it."""

    def read(cell: Any) -> Any:
        try:
            return _own(cell.read())
        except errors.OpError as error:
            raise errors.of_operation(error, tensor.op) from error

    return read


def _own(value: Any) -> Any:
    if type(value) is np.ndarray:
        return value[()] if value.ndim == 0 else value.copy()
    return value
