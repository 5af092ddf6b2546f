"""Loops of machine code that change arrays in place: whole ones, or the rows that numbers name.

The new values are written as a pure function of the values now and of other inputs; it is traced.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.kernels.jit import engine
from flowgraph.kernels.jit.approximations import work
from flowgraph.kernels.jit.cluster import WORTH_THREADS, Variant
from flowgraph.kernels.jit.emit import HEADER, PER_ARRAY, ROWS, Loop
from flowgraph.kernels.jit.layout import part_for_thread
from flowgraph.kernels.jit.trace import KNOWN, Expr, Symbol, Untraceable
from flowgraph.runtime import blas

_MOST_PLANS = 64  # combinations of shapes that a loop keeps a plan for

Rule = Callable[..., tuple[Any, ...]]  # (values of the states..., other inputs...) -> new values


class Form:
    """What is computed, and what the inputs are: states in front, a gradient, numbers, indices."""

    def __init__(
        self, rule: Rule, dtypes: Sequence[np.dtype[Any]], states: int, gradient: int,
        indices: int | None, known: Sequence[Any],
    ) -> None:  # fmt: skip
        self.states, self.gradient, self.indices = states, gradient, indices
        new = _traced(rule, dtypes, indices, known)
        changed = [k for k, expr in enumerate(new) if expr.op != "input" or expr.args[0] != k]
        whole = (*range(states), gradient)
        self.loop = Loop(
            inputs=tuple(dtypes),
            steps=tuple([int(k in whole) for k in range(len(dtypes))]),
            outputs=tuple([new[k] for k in changed]),
            into=tuple(changed),
            rows=indices,
            named=() if indices is None else tuple(range(states)),
        )
        self.work = work(self.loop.outputs)


def _traced(
    rule: Rule, dtypes: Sequence[np.dtype[Any]], indices: int | None, known: Sequence[Any]
) -> list[Expr]:
    """The states' new values as expressions of the inputs; Untraceable where there is none."""
    if any(dtype not in KNOWN for dtype in dtypes):
        raise Untraceable(f"inputs of {dtypes}")
    given = [
        Symbol(Expr("input", (k,), dtype)) if number is None else number
        for k, (dtype, number) in enumerate(zip(dtypes, known, strict=True))
        if k != indices
    ]
    new = rule(*given)
    if not all(isinstance(x, Symbol) and x.dtype == dtypes[0] for x in new):
        raise Untraceable("the rule gives no expression of the states' dtype")
    return [x.expr for x in new]


class _Plan:
    """The table's numbers, but for the arrays, for one thread or for several.

    `size` is how long a row is, `along` tells which arrays go on from row to row, and `number` is
    how many rows the variable has, where the loop takes rows by number.
    """

    def __init__(
        self, loop: Loop, size: int, rows: int, along: Sequence[bool], number: int | None = None
    ) -> None:
        self.size, self.rows, self._number = size, rows, number
        self._loop, self._along = loop, along
        self._pack = struct.Struct(f"{HEADER + PER_ARRAY * len(along)}q").pack
        self._numbers = {1: self._table(size, rows)}

    def _table(self, size: int, rows: int) -> list[int]:
        numbers = [size, 1, self.size * self.rows, rows]
        for along, dtype in zip(self._along, self._loop.inputs, strict=True):
            numbers += [0, size * dtype.itemsize if along else 0, 0, dtype.itemsize]
        if self._loop.rows is not None:
            assert self._number is not None
            numbers[HEADER + PER_ARRAY * self._loop.rows + 1] = self._number
        return numbers

    def table(self, arrays: Sequence[Any], threads: int) -> tuple[bytes, int]:
        """(the table, the rows in it): for several threads the one row is cut into parts."""
        if threads not in self._numbers:
            part = part_for_thread(self.size, threads)
            self._numbers[threads] = self._table(part, -(-self.size // part))
        known = self._numbers[threads]
        numbers = known.copy()
        numbers[HEADER::PER_ARRAY] = map(id, arrays)
        return self._pack(*numbers), known[ROWS]


class InPlace:
    """The loop of a form: machine code when its time has come (see cluster.py)."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._variant = Variant(form.loop)
        self._plans: dict[Any, _Plan | None] = {}

    def ready(self) -> engine.Code | None:
        """The code, if it is to be used by now; counts the calls until then."""
        return self._variant.code or self._variant.ready()

    def run(self, code: engine.Code, arrays: list[Any]) -> bool:
        """Runs the loop over the states and the other inputs, each in one piece.

        False when it does not take them, for their shapes or for numbers that name no row: then
        nothing is changed.
        """
        key = tuple([a.shape for a in arrays])
        plan = self._plans[key] if key in self._plans else self._plan(key)
        if plan is None:
            return False
        self._set_apart(arrays)
        worth = plan.rows == 1 and plan.size * self.form.work > WORTH_THREADS
        threads = blas.kernel_threads() if worth and code.launch is not None else 1
        table, rows = plan.table(arrays, threads)
        if threads == 1:
            return not code.kernel(table, 0, rows, 0)
        code.launch(table, threads)
        return True

    def _set_apart(self, arrays: list[Any]) -> None:
        """Copies a gradient that may be in a state's memory: the loop takes them for separate."""
        at = self.form.gradient
        grad = arrays[at]
        for state in arrays[: self.form.states]:
            if np.may_share_memory(state, grad):
                arrays[at] = grad.copy()
                return

    def _plan(self, key: tuple[tuple[int, ...], ...]) -> _Plan | None:
        """Works out the plan for arrays of these shapes, and keeps it."""
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[key] = _made_for(self.form, key)
        return plan


def _made_for(form: Form, key: tuple[tuple[int, ...], ...]) -> _Plan | None:
    """None when the shapes do not fit each other, or are too small to be worth the call."""
    whole, grad = key[0], key[form.gradient]
    numbers = [k for k in range(form.states, len(key)) if k not in (form.gradient, form.indices)]
    if any(s != whole for s in key[: form.states]) or any(key[k] != () for k in numbers):
        return None
    along = [k < form.states or k == form.gradient for k in range(len(key))]
    if form.indices is None:
        size = math.prod(whole)
        # What is one operation numpy does as fast in one thread, in one call that costs less.
        if grad != whole or not size or (form.work == 1 and size <= WORTH_THREADS):
            return None
        return _Plan(form.loop, size, 1, along)
    of_indices = key[form.indices]
    size, rows = math.prod(whole[1:]), math.prod(of_indices)
    if not whole or grad != (*of_indices, *whole[1:]) or not size or not rows:
        return None
    return _Plan(form.loop, size, rows, along, whole[0])


def own(x: Any) -> Any:
    """An input as an array in one piece; a number that is a view of something as a copy."""
    if type(x) is not np.ndarray:
        return np.asarray(x)
    if x.ndim == 0:
        return x if x.base is None else x.copy()
    return x if x.flags.c_contiguous else np.ascontiguousarray(x)
