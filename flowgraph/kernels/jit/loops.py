"""Loops of scalars as one function of machine code.

A loop begins as always: its condition and its body are called, plan by plan. A thread in the
background compiles the function when so many iterations have shown that it is worth it; from a
fixed number of iterations on it is used, waited for if need be. So the count of iterations, never
the clock, decides which digits a run gives.
"""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

import numpy as np

from flowgraph.core import kernel_registry
from flowgraph.core.op_def import Kernel, KernelContext
from flowgraph.kernels.jit import engine
from flowgraph.kernels.jit.cluster import _compiled
from flowgraph.kernels.jit.loop_code import PARTS, emit_loop
from flowgraph.kernels.jit.loop_graph import Program, program_of
from flowgraph.kernels.jit.trace import Untraceable
from flowgraph.runtime import run_state

LIBRARY = "jit.loops"
COMPILE_FROM = 500  # the iteration at which the function is begun to be compiled
WAIT_FROM = 5000  # the iteration for which it is waited for
_OF_INNER = 16  # a loop within is taken for so many iterations
_FIRST_PART, _LAST_PART = 1 << 10, 1 << 16  # iterations of a loop with lists that are one part


# --- ending a run ---------------------------------------------------------------------------------
class _Asked(threading.local):
    error: BaseException | None = None


_asked = _Asked()


@cache
def _check() -> Any:
    """What machine code calls to ask whether the run goes on."""

    def check() -> int:
        try:
            run_state.check()
        except BaseException as error:  # raised when the function has come back
            _asked.error = error
            return 1
        return 0

    return ctypes.CFUNCTYPE(ctypes.c_int32)(check)


@cache
def _address_of_check() -> int:
    return ctypes.cast(_check(), ctypes.c_void_p).value or 0


# --- the kernel -----------------------------------------------------------------------------------
class ScalarLoop:
    """The kernel of a loop whose variables are scalars, and lists of scalars."""

    def __init__(self, ctx: KernelContext, program: Program) -> None:
        assert ctx.compile is not None
        self._condition, self._body = ctx.compile(ctx.attrs["cond"]), ctx.compile(ctx.attrs["body"])
        self._carried = list(ctx.attrs["carried"])
        self._program, self._dtypes = program, program.dtypes(ctx.op)
        self._iterations, self._weight = 0, 1 + _OF_INNER * program.inner_loops
        self._coming: Future[engine.Code] | None = None
        self._code: engine.Code | None = None
        lists = (program.pushes, program.pops)
        self._element = {i: _element(ctx, i) for numbers in lists for i in numbers}
        arrays = len(self._dtypes) + (PARTS + len(self._element) if program.has_lists else 0)
        self._pack = struct.Struct(f"{arrays + 1}q").pack

    def __call__(self, *inputs: Any) -> list[Any]:
        """Gives the last values of what the loop carries."""
        values = list(inputs)
        if self._code is not None or self._goes_on(values):
            self._finish(values)
        return [values[i] for i in self._carried]

    def _goes_on(self, values: list[Any]) -> bool:
        """Iterates until there is machine code to go on with; False when the loop is over."""
        condition, body, carried, check = (
            self._condition, self._body, self._carried, run_state.check,
        )  # fmt: skip
        while condition(*values)[0]:
            check()
            for i, value in zip(carried, body(*values), strict=True):
                values[i] = value
            self._iterations += self._weight
            if self._iterations >= COMPILE_FROM and self._is_compiled():
                return True
        return False

    def _is_compiled(self) -> bool:
        if self._coming is None:
            self._coming = _compiled(emit_loop(self._program, self._dtypes))
        if self._iterations >= WAIT_FROM:
            self._code = self._coming.result()
        return self._code is not None

    def _finish(self, values: list[Any]) -> None:
        """Does the rest of the loop, or falls back on plans where values are not what was said."""
        program, code = self._program, self._code
        assert code is not None
        scalars = [np.array(values[i]) for i in program.scalars]
        for array, dtype in zip(scalars, self._dtypes, strict=True):
            if array.ndim or array.dtype != dtype:
                self._by_plans(values)
                return
        if program.has_lists:
            self._with_lists(code, scalars, values)
        else:
            self._call(code, scalars)
        for k in program.carried:
            values[program.scalars[k]] = scalars[k]

    def _call(self, code: engine.Code, arrays: Sequence[Any]) -> None:
        code.kernel(self._pack(*map(id, arrays), _address_of_check()), 0, 0, 0)
        error, _asked.error = _asked.error, None
        if error is not None:
            raise error

    def _with_lists(self, code: engine.Code, scalars: list[Any], values: list[Any]) -> None:
        """Does the loop in parts, between which the lists are taken apart and put together."""
        program, size = self._program, _FIRST_PART
        most, count, goes_on = np.array(size), np.array(0), np.array(True)
        while goes_on:
            run_state.check()
            pops = [_taken(values[i], self._element[i], size) for i in program.pops]
            most[()] = min([size, *map(len, pops)])
            pushes = [np.empty(most, self._element[i]) for i in program.pushes]
            self._call(code, [*scalars, most, count, goes_on, *pushes, *pops])
            done = int(count)
            for i, array in zip(program.pushes, pushes, strict=True):
                values[i] = _pushed(values[i], array[:done])
            for i in program.pops:
                values[i] = _without(values[i], done)
            if goes_on and not most:  # a list is empty: the body will say so
                for k in program.carried:
                    values[program.scalars[k]] = scalars[k]
                self._by_plans(values)
                for k in program.carried:
                    scalars[k] = values[program.scalars[k]]
                return
            size = min(2 * size, _LAST_PART)

    def _by_plans(self, values: list[Any]) -> None:
        while self._condition(*values)[0]:
            run_state.check()
            for i, value in zip(self._carried, self._body(*values), strict=True):
                values[i] = value


# --- lists: chains of tuples (see ops/control/tensor_list.py) -------------------------------------
def _element(ctx: KernelContext, number: int) -> np.dtype[Any]:
    """The dtype of the scalars in the list that is a loop's input."""
    body, j = ctx.attrs["body"], ctx.attrs["carried"].index(number)
    found: np.dtype[Any] = body.outputs[j].op.attrs["element_dtype"].np_dtype
    return found


def _taken(handle: Any, dtype: np.dtype[Any], most: int) -> Any:
    """The last elements of a list, the last first; none where they are not scalars."""
    found = []
    while handle and len(found) < most:
        handle, last = handle
        found.append(last)
    try:
        array = np.array(found, dtype)
    except ValueError:
        return np.empty(0, dtype)
    return array if array.ndim == 1 else np.empty(0, dtype)


def _without(handle: Any, count: int) -> Any:
    for _ in range(count):
        handle = handle[0]
    return handle


def _pushed(handle: Any, array: Any) -> Any:
    for value in array:
        handle = (handle, value)
    return handle


# --- registration ---------------------------------------------------------------------------------
def _program(ctx: KernelContext) -> Program | None:
    try:
        return program_of(ctx.op)
    except Untraceable:
        return None


def _accepts(ctx: KernelContext) -> bool:
    """Whether condition and body compute nothing but scalars."""
    return engine.is_available() and _program(ctx) is not None


def _bind(ctx: KernelContext) -> Kernel:
    program = _program(ctx)
    assert program is not None
    return ScalarLoop(ctx, program)


for _type in ("While", "StatelessWhile"):
    kernel_registry.register(_type, LIBRARY, _accepts)(_bind)
