"""A cluster of elementwise ops as one kernel: numpy at first, machine code soon after.

A plan that proves hot has clusters. A cluster's first calls run the ops' own kernels one after
another, while a thread in the background compiles the loop; from a fixed call on it is used, waited
for if need be. So the count of calls, never the clock, decides which digits a run gives.
"""

from __future__ import annotations

import copy
import math
import struct
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, lru_cache
from typing import Any

import numpy as np

from flowgraph.core.kernel_registry import Member
from flowgraph.kernels.jit import engine
from flowgraph.kernels.jit.approximations import work
from flowgraph.kernels.jit.emit import HEADER, PER_ARRAY, Loop, emit
from flowgraph.kernels.jit.layout import Layout, fold, part_for_thread
from flowgraph.kernels.jit.sums import ITEM, Summed, Totals
from flowgraph.kernels.jit.trace import Expr, constant, inputs_of
from flowgraph.runtime import blas
from flowgraph.runtime.serial import of_kernel

WAIT_FROM = 4  # the call of a loop for which its machine code is waited for
_MOST_PLANS = 64  # combinations of shapes and strides that a cluster keeps a plan for
WORTH_THREADS = 1 << 18  # additions below which one thread does them all


@cache
def _background() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="flowgraph-jit")


@lru_cache(512)
def _compiled(text: str) -> Future[engine.Code]:
    """The code of a module: compiled once for all clusters that come to the same loop."""
    return _background().submit(engine.compile_ir, text)


class Variant:
    """The cluster's loop for one way in which its inputs are walked."""

    def __init__(self, loop: Loop) -> None:
        self.loop, self.calls = loop, 0
        self.code: engine.Code | None = None
        self._coming: Future[engine.Code] | None = None

    def ready(self) -> engine.Code | None:
        """The code when its time has come; counts the calls until then."""
        self.calls += 1
        if self._coming is None:
            self._coming = _compiled(emit(self.loop, engine.openmp() is not None))
        if self.calls >= WAIT_FROM:
            self.code = self._coming.result()
        return self.code


class _Plan:
    """One combination of the inputs' shapes and strides: the table but for the arrays.

    `totals` has, for each output that is a sum, what its sums are like.
    """

    def __init__(
        self, variant: Variant, shape: tuple[int, ...], layout: Layout, work: int, inputs: int,
        totals: Sequence[Totals | None],
    ) -> None:  # fmt: skip
        self.variant, self.shape, self.layout = variant, shape, layout
        self.places = variant.loop.places
        self.totals = totals
        self.sums = {k: t for k, t in zip(self.places, totals, strict=True) if t is not None}
        self.replaced = [k for k in self.places if k < inputs]
        outer, middle, inner = layout.sizes
        self.rows = outer * middle
        self.worth_threads = work * self.rows * inner > WORTH_THREADS
        self.numbers = [inner, middle, self.rows * inner, self.rows]
        for k, (a, b, c) in enumerate(layout.strides):
            self.numbers += [0, a, b, self._step(k, c)]
        self.pack = struct.Struct(f"{len(self.numbers)}q").pack
        self._split: dict[int, tuple[list[int], int]] = {1: (self.numbers, self.rows)}

    def _step(self, k: int, stride: int) -> int:
        return self.sums[k].apart if k in self.sums else stride

    def table(self, arrays: list[Any], threads: int) -> tuple[bytes, int]:
        """(the table, the rows in it) for as many threads."""
        if threads not in self._split:
            self._split[threads] = self._for_threads(threads)
        known, rows = self._split[threads]
        numbers = known.copy()
        numbers[HEADER::PER_ARRAY] = map(id, arrays)
        return self.pack(*numbers), rows

    def _for_threads(self, threads: int) -> tuple[list[int], int]:
        """A single long row is cut into one for each thread."""
        size = self.layout.sizes[2]
        part = part_for_thread(size, threads)
        if self.rows != 1 or part >= size:
            return self.numbers, self.rows
        rows = -(-size // part)
        numbers = [part, 1, size, rows]
        for k, (_, _, c) in enumerate(self.layout.strides):
            numbers += [0, part * c, 0, self._step(k, c)]
        return numbers, rows


class Cluster:
    """The kernel: called with the cluster's inputs, gives its output, or a tuple of them."""

    def __init__(
        self,
        members: Sequence[Member],
        inputs: Sequence[np.dtype[Any]],
        numbers: Sequence[Any],
        outputs: Sequence[int],
    ) -> None:
        self.members, self.outputs = tuple(members), tuple(outputs)
        self._inputs, self._numbers = tuple(inputs), tuple(numbers)
        self._exprs, self._summed = _joined(members, inputs, numbers, outputs)
        self._dtypes = [e.dtype for e in self._exprs]
        self._work = work(self._exprs)
        self._needs = [sorted({x.args[0] for x in inputs_of([e])}) for e in self._exprs]
        self._variants: dict[Any, Variant] = {}
        self._plans: dict[Any, _Plan | None] = {}
        self._reusable: tuple[int, ...] = ()

    def reusing(self, places: tuple[int, ...]) -> Cluster:
        """The cluster, which may overwrite the inputs in these places."""
        other = copy.copy(self)
        other._reusable, other._variants, other._plans = places, {}, {}
        return other

    def __call__(self, *arrays: Any) -> Any:
        """The output for these inputs, or a tuple of the outputs."""
        key = tuple([(a.shape, a.strides) for a in arrays])
        try:
            plan = self._plans[key]
        except KeyError:
            plan = self._plan(key)
        code = None if plan is None else plan.variant.code or plan.variant.ready()
        if plan is None or code is None:
            return self._by_members(arrays)
        taken = [a if type(a) is np.ndarray else np.asarray(a) for a in arrays]
        for k in plan.replaced:
            if not taken[k].flags.writeable:  # the memory of a bytes object, perhaps
                taken[k] = taken[k].copy()
        threads = blas.kernel_threads() if plan.worth_threads and code.launch is not None else 1
        for k, dtype, totals in zip(plan.places, self._dtypes, plan.totals, strict=True):
            if totals is not None:
                taken.append(totals.make(threads * plan.variant.loop.lanes))
            elif k >= len(arrays):
                taken.append(np.empty(plan.shape, dtype))
        table, rows = plan.table(taken, threads)
        if threads > 1 and rows > 1:
            code.launch(table, threads)
        else:
            code.kernel(table, 0, rows, 0)
        for k in plan.replaced:  # other numbers than those that somebody knows this array for
            taken[k] = taken[k].view()
        for k, totals in plan.sums.items():
            taken[k] = totals.result(taken[k])
        if len(plan.places) == 1:
            return taken[plan.places[0]]
        return tuple([taken[k] for k in plan.places])

    def _plan(self, key: Any) -> _Plan | None:
        """Works out the loops for inputs of these shapes and strides, and keeps them."""
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[key] = self._made(key)
        return plan

    def _made(self, key: Any) -> _Plan | None:
        shapes = [shape for shape, _ in key]
        try:
            shape = np.broadcast_shapes(*shapes)
            parts = {np.broadcast_shapes(*[shapes[i] for i in need]) for need in self._needs}
        except ValueError:
            return None  # the members' own kernels say what is wrong
        if parts != {shape} or 0 in shape:
            return None
        totals = [
            None if summed is None else Totals(summed, shape, dtype)
            for summed, dtype in zip(self._summed, self._dtypes, strict=True)
        ]
        if not all(t is None or t.pays for t in totals):
            return None
        into = self._into(shape, key)
        own = [k for k, place in enumerate(into) if place is None]
        rooms = [self._room(shape, self._dtypes[k], totals[k]) for k in own]
        layout = fold(
            shape,
            [*shapes, *[room[0] for room in rooms]],
            [*[s for _, s in key], *[room[1] for room in rooms]],
        )
        if layout is None:
            return None
        sizes = [*[d.itemsize for d in self._inputs], *[room[2] for room in rooms]]
        steps = layout.steps(sizes)
        walked = dict(zip(own, steps[len(key) :], strict=True))
        sums = tuple([None if t is None else walked[k] for k, t in enumerate(totals)])
        if 2 in sums:
            return None
        loop = Loop(
            self._inputs, steps[: len(key)], tuple(self._exprs), layout.narrow, into, sums=sums
        )
        way = (loop.steps, layout.narrow, into, sums)
        variant = self._variants.setdefault(way, Variant(loop))
        return _Plan(variant, shape, layout, self._work, len(key), totals)

    @staticmethod
    def _room(
        shape: tuple[int, ...], dtype: np.dtype[Any], totals: Totals | None
    ) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """(shape, strides, size of an element) of the memory that an output is written to."""
        if totals is not None:
            return totals.kept, totals.strides, ITEM
        return shape, _strides(shape, dtype), dtype.itemsize

    def _into(self, shape: tuple[int, ...], key: Any) -> tuple[int | None, ...]:
        """For each output the input whose memory it takes, or None.

        An output may replace an input of its shape and dtype that lies in one piece.
        """
        left = list(self._reusable) if math.prod(shape) > 1 else []
        into: list[int | None] = []
        for dtype, summed in zip(self._dtypes, self._summed, strict=True):
            wanted = (dtype, shape, _strides(shape, dtype))
            fit = [k for k in left if summed is None and (self._inputs[k], *key[k]) == wanted]
            into.append(fit[0] if fit else None)
            left = [k for k in left if k not in fit[:1]]
        return tuple(into)

    def _by_members(self, arrays: Sequence[Any]) -> Any:
        """What the ops' own kernels give, one after another."""
        values = [*arrays, *self._numbers]
        for member in self.members:
            taken = [values[i] for i in member.inputs]
            try:
                values.append(member.kernel(*taken))
            except Exception as error:
                raise of_kernel(error, member.operation, taken) from error
        found = [values[i] for i in self.outputs]
        return found[0] if len(found) == 1 else tuple(found)


def _strides(shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[int, ...]:
    """Of an array that lies in one piece."""
    return np.empty(shape, dtype).strides


def _joined(
    members: Sequence[Member],
    inputs: Sequence[np.dtype[Any]],
    numbers: Sequence[Any],
    outputs: Sequence[int],
) -> tuple[list[Expr], list[Summed | None]]:
    """The outputs as expressions of the cluster's inputs, and which sums are taken of them."""
    values: list[Any] = [Expr("input", (i,), dtype) for i, dtype in enumerate(inputs)]
    values += [None if np.ndim(n) else constant(n, n.dtype) for n in numbers]
    summed: dict[int, Summed] = {}
    for member in members:
        taken = [values[i] for i in member.inputs]
        if isinstance(member.expression, Summed):
            summed[len(values)] = member.expression
            values.append(taken[0])
        else:
            values.append(_substituted(member.expression, taken))
    return [values[i] for i in outputs], [summed.get(i) for i in outputs]


def _substituted(expr: Expr, inputs: Sequence[Expr]) -> Expr:
    """The expression with its inputs replaced; equal parts stay one."""
    done: dict[Expr, Expr] = {}

    def of(e: Expr) -> Expr:
        if e.op == "input":
            return inputs[e.args[0]]
        if e.op == "const":
            return e
        if e not in done:
            done[e] = Expr(e.op, tuple([of(a) for a in e.args]), e.dtype)
        return done[e]

    return of(expr)
