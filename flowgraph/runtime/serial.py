"""Runs a plan's steps one by one in the caller's thread: small plans, traced and timed runs.

The loop is bare on purpose: a cached run of a few scalars costs a few microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from flowgraph.compiler.plan import Plan, Slot, Step
from flowgraph.core import errors
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import brackets
from flowgraph.runtime import run_state
from flowgraph.runtime.explain import explain
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.store import VariableCell
from flowgraph.runtime.trace import Trace

_OF_NUMPY = (ValueError, TypeError, IndexError, AttributeError)  # what its own checks raise
_NUMPY_ON_BROADCASTING = "operands could not be broadcast together"

_FREED_FROM = 1 << 10  # elements; what is known to have fewer is freed with the run


def program(plan: Plan) -> list[tuple[Any, ...]]:
    """The steps as tuples (kernel, count, inputs, output, free, step) for `run`.

    `count` is 1 or 2 for as many inputs, else 0: one input is its slot's number, two are a pair of
    them, several an itemgetter, none is None. `output` is a slot's number, or a tuple of them.
    """
    big = {slot.index for slot in plan.slots if not _is_small(slot)}
    return [
        (s.kernel, _count(s), _gather(s.inputs), _scatter(s), _free(s, big), s) for s in plan.steps
    ]


def _is_small(slot: Slot) -> bool:
    dtype, count = slot.tensor.dtype.base_dtype, slot.tensor.shape.num_elements()
    if not slot.fresh:  # it may hold a variable's memory, which is written in place when it is free
        return False
    return count is not None and count < _FREED_FROM and dtype.np_dtype.kind != "O"


def _free(step: Step, big: set[int]) -> tuple[int, ...]:
    return tuple([slot for slot in step.free if slot in big])


def _count(step: Step) -> int:
    return len(step.inputs) if len(step.inputs) in (1, 2) else 0


def _gather(inputs: tuple[int, ...]) -> Any:
    if not inputs:
        return None
    if len(inputs) == 2:
        return inputs
    return inputs[0] if len(inputs) == 1 else itemgetter(*inputs)


def _scatter(step: Step) -> Any:
    return step.outputs[0] if step.single_output else step.outputs


def run(code: list[tuple[Any, ...]], values: list[Any]) -> None:
    """Runs all steps; `values` are the slots' values, feeds and presets in place."""
    step: Any = None
    try:
        for kernel, count, gather, scatter, free, step in code:  # noqa: B007 - for the handler
            if count == 2:
                a, b = gather
                result = kernel(values[a], values[b])
            elif count == 1:
                result = kernel(values[gather])
            elif gather is None:
                result = kernel()
            else:
                result = kernel(*gather(values))
            if type(scatter) is int:
                values[scatter] = result
            elif scatter:
                for slot, value in zip(scatter, result, strict=True):
                    values[slot] = value
            for slot in free:
                values[slot] = None
    except Exception as error:
        raise failure(error, step, values) from error


def run_watched(plan: Plan, values: list[Any], state: RunState, trace: Trace | None) -> None:
    """Like `run`, with a deadline and a record of each step."""
    outer, run_state.current.run = run_state.current.run, state
    try:
        for step in plan.steps:
            state.check()
            execute(step, values, trace)
            for slot in step.free:
                values[slot] = None
    finally:
        run_state.current.run = outer


def run_measured(plan: Plan, values: list[Any]) -> None:
    """Like `run`, and notes for each step how long it took."""
    for step in plan.steps:
        step.seconds = execute(step, values, None)
        for slot in step.free:
            values[slot] = None


def execute(step: Step, values: list[Any], trace: Trace | None) -> float:
    """Runs one step and says how many seconds it took."""
    start = time.perf_counter()
    try:
        assert step.kernel is not None
        result = step.kernel(*[values[i] for i in step.inputs])
        if step.single_output:
            values[step.outputs[0]] = result
        elif step.outputs:
            for slot, value in zip(step.outputs, result, strict=True):
                values[slot] = value
    except Exception as error:
        raise failure(error, step, values) from error
    end = time.perf_counter()
    if trace is not None:
        trace.record(step, start, end, result)
    return end - start


def failure(error: Exception, step: Step, values: list[Any]) -> Exception:
    """The error that the user sees when `step` failed."""
    return of_kernel(error, step.operation, [values[i] for i in step.inputs])


def of_kernel(error: Exception, op: Operation, taken: Sequence[Any]) -> Exception:
    """The error that the user sees when `op`'s kernel failed on the values that it took."""
    if isinstance(error, _OF_NUMPY) and not isinstance(error, errors.OpError):
        reason = explain(op, taken)
        if str(error).startswith(_NUMPY_ON_BROADCASTING):
            shapes = [list(v.shape) for v in taken if isinstance(v, (np.ndarray, np.generic))]
            said = " vs. ".join(str(shape).replace(" ", "") for shape in shapes)
            error = errors.InvalidArgumentError(f"Incompatible shapes: {said}")
        elif reason is not None:  # a ValueError may be a kernel's own, with words of its own
            said = f"{error} ({reason})" if isinstance(error, ValueError) else reason
            error = errors.InvalidArgumentError(said)
    names = [tensor.op.name for tensor in op.inputs]
    names += [""] * (len(taken) - len(names))
    return errors.of_operation(error, op, ", ".join(map(_describe, taken, names)))


def _describe(value: Any, name: str) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        return f"{_kind(value)}[{','.join(map(str, value.shape))}]"
    if isinstance(value, VariableCell):
        return f"{name}: {value.dtype.as_ref.name}{brackets(value.shape)}"
    return type(value).__name__


def _kind(value: Any) -> str:
    if value.dtype != object:
        return str(value.dtype.name)
    return "string" if value.ndim or isinstance(value[()], (bytes, str)) else "resource"
