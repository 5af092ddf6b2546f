"""Runs a plan's steps one by one in the caller's thread: small plans, traced and timed runs.

The loop is bare on purpose: a cached run of a few scalars costs a few microseconds.
"""

from __future__ import annotations

import time
from operator import itemgetter
from typing import Any

import numpy as np

from flowgraph.compiler.plan import Plan, Step
from flowgraph.core import errors
from flowgraph.core.shapes import brackets
from flowgraph.runtime import run_state
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.store import VariableCell
from flowgraph.runtime.trace import Trace


def program(plan: Plan) -> list[tuple[Any, ...]]:
    """The steps as tuples (kernel, inputs, outputs, free, step) for `run`.

    One input or output is its slot's number, several inputs are an itemgetter, none is None.
    """
    return [(s.kernel, _gather(s.inputs), _scatter(s), s.free, s) for s in plan.steps]


def _gather(inputs: tuple[int, ...]) -> Any:
    if not inputs:
        return None
    return inputs[0] if len(inputs) == 1 else itemgetter(*inputs)


def _scatter(step: Step) -> Any:
    return step.outputs[0] if step.operation.op_def.single_output else step.outputs


def run(code: list[tuple[Any, ...]], values: list[Any]) -> None:
    """Runs all steps; `values` are the slots' values, feeds and presets in place."""
    step: Any = None
    gather: Any = None
    try:
        for kernel, gather, scatter, free, step in code:  # noqa: B007 - the handler tells of it
            if type(gather) is int:
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


def run_watched(plan: Plan, values: list[Any], state: RunState | None, trace: Trace | None) -> None:
    """Like `run`, with a deadline and a record of each step."""
    outer, run_state.current.run = run_state.current.run, state
    try:
        for step in plan.steps:
            if state is not None:
                state.check()
            execute(step, values, trace)
            for slot in step.free:
                values[slot] = None
    finally:
        run_state.current.run = outer
    if state is not None:
        state.check()


def execute(step: Step, values: list[Any], trace: Trace | None) -> float:
    """Runs one step and says how many seconds it took."""
    start = time.perf_counter()
    try:
        assert step.kernel is not None
        result = step.kernel(*[values[i] for i in step.inputs])
        if step.operation.op_def.single_output:
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
    came = ", ".join(_describe(values[i]) for i in step.inputs)
    return errors.of_operation(error, step.operation, came)


def _describe(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        dtype = "string" if value.dtype == object else value.dtype.name
        return f"{dtype}[{','.join(map(str, value.shape))}]"
    if isinstance(value, VariableCell):
        return f"{value.dtype.as_ref.name}{brackets(value.shape)}"
    return type(value).__name__
