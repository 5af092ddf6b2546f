"""A compiled (fetches, feeds) pair of one session: feed, choose how to run, run, fetch.

How a plan is run is decided by what it costs. A chain, or a plan that is over in no time, runs in
the caller's thread. A wide plan of measurable cost goes to the parallel scheduler.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from flowgraph.compiler.plan import Plan, Step
from flowgraph.core import dtypes, errors, kernel_registry
from flowgraph.core.op_def import Trait
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.runtime import blas, parallel, run_state, serial
from flowgraph.runtime.crowding import crowding
from flowgraph.runtime.fetches import Rebuild
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.trace import Trace

HOT_RUNS = 10  # so many runs later a plan is worth the time of a better one
HOT_CALLS = 100  # and so many calls later the body of a loop
_MOST_SHAPES = 4  # for which a call has plans of their own
_MOST_MET = 64  # shapes that are counted, which may prove hot: more tell that they always change
_SMALL_SECONDS = 200e-6
_LOOK_AGAIN_EVERY = 64  # serial runs between two looks at whether they take long by now
_WORTH_BYTES = 1 << 18
_WORTH_ABREAST = 0.3  # the part of a run's time that threads between kernels have to win
# How wide a plan has to be for threads between kernels rather than within. A team of threads within
# a kernel starts in less than a microsecond, while handing a step to another thread costs some ten:
# so with teams it takes more abreast than there are threads.
_WIDE, _WIDE_FOR_A_TEAM = 1.75, 1.25
_UNBOUNDED = Trait.HEAVY | Trait.CALLS

Hot = Callable[..., Plan]  # (shapes of the feeds, where the plan is to be for these) -> a plan


class CompiledCall:
    """A compiled (fetches, feeds) pair: a plan at once, and a better one when it proves hot.

    Where the graph does not know the feeds' shapes, each of the first few shapes that prove hot has
    a plan made for it alone, and all others share one. The counts of runs decide when, never the
    clock, so that the same seed gives the same digits. `hot(shapes)` compiles the better plan, for
    any shapes without them; `hot` is None when there is none.
    """

    def __init__(
        self,
        plan: Plan,
        hot: Hot | None,
        rebuild: Rebuild,
        pool: parallel.Pool | None,
        kernel_threads: int,
    ) -> None:
        self.cold = self._tier = self._general = PlanCall(plan, rebuild, pool, kernel_threads)
        self._runs = 0
        self._hot = hot
        self._rest = (rebuild, pool, kernel_threads)
        self._open = [] if hot is None else _open_feeds(plan)
        self._of_shapes: dict[Any, PlanCall] = {}
        self._met: dict[Any, int] = {}  # how often shapes were fed that have no plan of their own

    @property
    def plan(self) -> Plan:
        """The plan that the last run took."""
        return self._tier.plan

    def __call__(self, fed: Sequence[Any]) -> Any:
        """Runs once with the fed arrays, in the order of the plan's feeds."""
        tier = self._tier  # another thread may change it meanwhile
        if self._open:
            tier = self._tier = self._for_shapes(fed)
        else:
            self._runs += 1
            if self._runs == HOT_RUNS:
                tier = self._tier = self._heated()
        return tier(fed)

    def _heated(self) -> PlanCall:
        """The better plan for all shapes."""
        hot, self._hot = self._hot, None
        return self._general if hot is None else PlanCall(hot(), *self._rest)

    def _for_shapes(self, fed: Sequence[Any]) -> PlanCall:
        shapes = tuple([fed[k].shape for k in self._open])
        tier = self._of_shapes.get(shapes)
        if tier is not None:
            return tier
        self._runs += 1
        if len(self._of_shapes) < _MOST_SHAPES and len(self._met) < _MOST_MET:
            count = self._met[shapes] = self._met.get(shapes, 0) + 1
            if count == HOT_RUNS and self._hot is not None:
                return self._made_for(shapes, len(fed))
        if self._runs == 2 * HOT_RUNS and self._hot is not None:
            self._general = PlanCall(self._hot(), *self._rest)
        return self._general

    def _made_for(self, shapes: tuple[Any, ...], count: int) -> PlanCall:
        known: list[TensorShape | None] = [None] * count
        for k, shape in zip(self._open, shapes, strict=True):
            known[k] = TensorShape.of(shape)
        assert self._hot is not None
        tier = self._of_shapes[shapes] = PlanCall(self._hot(known), *self._rest)
        return tier

    def watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> Any:
        """Runs once with a deadline, a trace, or both."""
        tier = self._tier
        if self._open:
            shapes = tuple([fed[k].shape for k in self._open])
            tier = self._tier = self._of_shapes.get(shapes, self._general)
        return tier.watched(fed, state, trace)


def _open_feeds(plan: Plan) -> list[int]:
    """The places of the feeds whose shapes the graph does not know."""
    tensors = [plan.slots[slot].tensor for slot in plan.feeds]
    return [
        k
        for k, tensor in enumerate(tensors)
        if not tensor.shape.is_fully_defined()
        and tensor.dtype.base_dtype not in (dtypes.resource, dtypes.variant)
    ]


class PlanCall:
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
        teams = any(_has_team(step) and step.traits & Trait.HEAVY for step in plan.steps)
        self._wide = pool is not None and plan.heavy_width >= (
            _WIDE_FOR_A_TEAM * kernel_threads if teams else _WIDE
        )
        threads = 1 if self._wide else kernel_threads
        self._threads = (threads, 1 if teams else threads)
        self._has_team = threads > 1 and any(step.traits & _UNBOUNDED for step in plan.steps)
        self._serial = not plan.blocking and (pool is None or len(plan.steps) < 2)
        self._promising = any(step.traits & _UNBOUNDED for step in plan.steps) or any(
            (slot.tensor.shape.num_elements() or 0) > _WORTH_BYTES for slot in plan.slots
        )
        self._takes = any(step.traits & Trait.BLOCKS for step in plan.steps)
        self._runs = 0
        self._fetches = [(i, self._finish(i)) for i in plan.fetches]
        if len(set(plan.fetches)) < len(plan.fetches):
            self._fetches = _copied_if_again(self._fetches)
        self._plain = all(finish is None for _, finish in self._fetches)

    def _finish(self, slot: int) -> Any:
        tensor, fresh = self.plan.slots[slot].tensor, self.plan.slots[slot].fresh
        if self.plan.slots[slot].is_handle:
            return _reader(tensor)
        if tensor.dtype.base_dtype in (dtypes.resource, dtypes.variant):
            return lambda value: value
        return None if fresh else _own

    def values(self, fed: Sequence[Any]) -> list[Any]:
        """The slots' values before a run, which begins with this."""
        run_state.begin()
        values = self.plan.presets.copy()
        for slot, value in zip(self.plan.feeds, fed, strict=True):
            values[slot] = value
        return values

    def __call__(self, fed: Sequence[Any]) -> Any:
        """Runs once with the fed arrays, in the order of the plan's feeds."""
        values = self.values(fed)
        threads = crowding.threads(self._threads) if self._has_team else self._threads
        if threads != blas._now:
            blas.use_threads(*threads)
        self._runs += 1
        with np.errstate(all="ignore"):
            if self._serial and self._runs % _LOOK_AGAIN_EVERY:
                serial.run(self._code, values)
            else:
                self._run_measured(values)
        return self.result(values)

    def _run_measured(self, values: list[Any]) -> None:
        """The first runs, and one of many later: chooses how the next ones go."""
        if self.plan.blocking:
            parallel.ParallelRun(self.plan, values, self._pool, RunState(), None).run()
            return
        start = time.perf_counter()
        if not self._wide and (self._serial or self._runs == 1):
            serial.run_measured(self.plan, values)
            self._serial = self._pool is None or not self._can_overlap()
        elif self._serial or not self._worth_threads(values):
            serial.run(self._code, values)
            self._serial = len(self.plan.steps) < 2 or time.perf_counter() - start < 1e-3
        else:
            parallel.ParallelRun(self.plan, values, self._pool, RunState(), None).run()
            took = time.perf_counter() - start
            self._serial = self._runs > 1 and (took < _SMALL_SECONDS or not self._can_overlap())

    def _worth_threads(self, values: list[Any]) -> bool:
        return self._promising or sum([getattr(v, "nbytes", 0) for v in values]) > _WORTH_BYTES

    def taken(self, fed: Sequence[Any]) -> list[Any]:
        """Runs once; gives the values as they are, which may be memory of the state."""
        values = self.values(fed)
        with np.errstate(all="ignore"):
            self._run_measured(values)
        return [values[i] for i in self.plan.fetches]

    def taken_watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> list[Any]:
        """Like `taken`, with a deadline, a trace, or both."""
        values = self._run_watched(fed, state, trace)
        return [values[i] for i in self.plan.fetches]

    def watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> Any:
        """Runs once with a deadline, a trace, or both."""
        values = self._run_watched(fed, state, trace)
        if not self._takes:  # what was taken from a queue, a little late, must not be lost
            state.check()
        return self.result(values)

    def _run_watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> list[Any]:
        values = self.values(fed)
        blas.use_threads(*self._threads)
        with np.errstate(all="ignore"):
            if self.plan.blocking or (self._pool is not None and len(self.plan.steps) > 1):
                parallel.ParallelRun(self.plan, values, self._pool, state, trace).run()
            else:
                serial.run_watched(self.plan, values, state, trace)
        return values

    def _can_overlap(self) -> bool:
        """Whether steps that were measured as heavy take longer than the longest chain of them.

        Where kernels have teams of threads, these belong to the caller's thread: another thread
        would make a team of its own, and the two would fight for the cores. So only steps without
        a team, and without a loop that may have one inside, can win, and must win much.
        """
        until = [0.0] * len(self.plan.steps)
        abreast = total = 0.0
        for step in self.plan.steps:
            seconds = step.seconds if parallel.is_heavy(step, []) else 0.0
            total += seconds
            if not self._wide and (_has_team(step) or step.traits & _UNBOUNDED):
                seconds = 0.0
            abreast += seconds
            until[step.index] = max((until[w] for w in step.waits), default=0.0) + seconds
        won = abreast - max(until, default=0.0)
        return won > (0.0 if self._wide else _WORTH_ABREAST * total)

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


def _has_team(step: Step) -> bool:
    return kernel_registry.is_threaded(step.library)


class FunctionCall:
    """A compiled subgraph: the body of a conditional or a loop, called by its op's kernel."""

    def __init__(self, plan: Plan, hot: Hot | None, pool: parallel.Pool | None) -> None:
        self._body = _Body(plan, pool)
        self._hot, self._pool, self._calls = hot, pool, 0

    def __call__(self, *args: Any) -> Sequence[Any]:
        """Runs the body: its captured values and arguments in, its outputs out."""
        self._calls += 1
        if self._calls == HOT_CALLS:
            hot, self._hot = self._hot, None
            if hot is not None:
                self._body = _Body(hot(), self._pool)
        body = self._body
        values = [*args, *body.rest] if body.in_order else body.values(args)
        if body.serial:
            serial.run(body.code, values)
        else:
            body.run(values)
        return body.fetch(values)


class _Body:
    """One plan of a subgraph, and how it is run.

    Where the first slots are those that are fed (`in_order`), `rest` are the presets of the others.
    """

    def __init__(self, plan: Plan, pool: parallel.Pool | None) -> None:
        self.plan = plan
        self.code = serial.program(plan)
        self.in_order = plan.feeds == tuple(range(len(plan.feeds)))
        self.rest = plan.presets[len(plan.feeds) :]
        self.fetch = _getter(plan.fetches)
        self._pool = pool if plan.heavy_width >= _WIDE else None
        self.serial = self._pool is None and not plan.blocking
        self._small, self._runs = False, 0

    def values(self, args: tuple[Any, ...]) -> list[Any]:
        """The slots' values before a run."""
        values = self.plan.presets.copy()
        for slot, value in zip(self.plan.feeds, args, strict=True):
            values[slot] = value
        return values

    def run(self, values: list[Any]) -> None:
        """Runs a body that may be worth threads, or needs them.

        One budget: where each kernel has several threads, kernels do not run side by side.
        """
        self._runs += 1
        small = self._small and self._runs % _LOOK_AGAIN_EVERY
        if not self.plan.blocking and (small or blas.kernel_threads() > 1):
            serial.run(self.code, values)
        else:
            self._run_measured(values)

    def _run_measured(self, values: list[Any]) -> None:
        """The first runs, and one of many later: a body that is over at once needs no pool."""
        start = time.perf_counter()
        if self._small:
            serial.run(self.code, values)
        else:
            outer = run_state.current.run
            state = RunState() if outer is None else outer.child()
            parallel.ParallelRun(self.plan, values, self._pool, state, None).run()
        self._small = not self.plan.blocking and time.perf_counter() - start < _SMALL_SECONDS


def _getter(slots: Sequence[int]) -> Callable[[list[Any]], Sequence[Any]]:
    """A function that gives the values of some slots, as fast as can be."""
    if len(slots) > 1:
        return itemgetter(*slots)
    return lambda values: [values[i] for i in slots]


def _copied_if_again(fetches: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """A value that several fetches share is handed out once, and copied for the others."""
    seen: set[int] = set()
    result = []
    for slot, finish in fetches:
        result.append((slot, finish or _own) if slot in seen else (slot, finish))
        seen.add(slot)
    return result


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
