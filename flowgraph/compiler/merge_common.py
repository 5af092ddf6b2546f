"""Pass: computes once what several nodes compute from the same values (common subexpressions).

Two steps are twins when op type, attributes, inputs and what they wait for besides are the same and
nothing they do can differ: no random numbers, no state that a step of the plan writes. Constants of
equal bits count as the same input.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.compiler.plan import Plan, Step
from flowgraph.compiler.rewire import Rewiring, is_pure
from flowgraph.core.op_def import Trait

_MOST_COMPARED_BYTES = 1024  # larger constants are the same only when they are one node's


def merge_common(plan: Plan) -> Plan:
    """Lets twins share one step; returns `plan`."""
    rewiring = Rewiring(plan)
    written = written_roots(plan)
    constants = _SameConstants(plan)
    # The first step that might be a twin; once there is a second one, all of them by their details.
    found: dict[Any, Step | dict[Any, Step]] = {}
    for step in plan.steps:
        rewiring.catch_up(step)
        key = (step.operations[-1].op_def, _rough_inputs(plan, step))
        first = found.setdefault(key, step)
        if first is step or not _may_be_merged(plan, step, written):
            continue
        if isinstance(first, Step):
            first_details = [(_details(plan, first, constants), first)]
            first = dict(first_details if _may_be_merged(plan, first, written) else [])
            found[key] = first
        twin = first.setdefault(_details(plan, step, constants), step)
        if twin is not step:
            rewiring.merge(step, twin)
    return rewiring.done()


def written_roots(plan: Plan) -> frozenset[int]:
    """The handle slots of all state that the plan writes."""
    return frozenset().union(*[step.writes for step in plan.steps if step.writes])


def _may_be_merged(plan: Plan, step: Step, written: frozenset[int]) -> bool:
    return is_pure(plan, step) and not step.reads & written


def _rough_inputs(plan: Plan, step: Step) -> tuple[int, ...]:
    """The inputs, of which known ones count as equal: most steps have no twin by that alone."""
    presets, inputs = plan.presets, step.inputs
    for i in inputs:
        if presets[i] is not None:
            inputs = tuple([i if presets[i] is None else -1 for i in inputs])
            break
    return _sorted(plan, step, inputs)


def _sorted(plan: Plan, step: Step, inputs: tuple[int, ...]) -> tuple[int, ...]:
    """The two inputs of a commutative op in one order, whatever order they were given in."""
    if len(inputs) != 2 or inputs[0] <= inputs[1] or not step.traits & Trait.COMMUTATIVE:
        return inputs
    # The parts of a complex product are rounded by their order.
    is_complex = plan.slots[step.outputs[0]].tensor.dtype.is_complex
    return inputs if is_complex else (inputs[1], inputs[0])


def _details(plan: Plan, step: Step, constants: _SameConstants) -> Any:
    """What twins have in common."""
    op = step.operation
    inputs = _sorted(plan, step, tuple([constants[i] for i in step.inputs]))
    attrs = [(k, _hashable(v)) for k, v in op.attrs.items() if not k.startswith("_")]
    try:
        key = (inputs, step.controls, frozenset(attrs), len(step.outputs))
        hash(key)
    except TypeError:
        return op  # an attribute that cannot be compared: equal to nothing else
    return key


def _hashable(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple([_hashable(v) for v in value])
    if isinstance(value, np.ndarray) and value.dtype != object:
        return (value.dtype, value.shape, value.tobytes())
    if isinstance(value, float):
        return repr(value)  # 0.0 is not -0.0
    return (type(value), value)


class _SameConstants(dict[int, int]):
    """slot -> the first slot whose constant has the same bits, itself for what is no constant."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._first: dict[Any, int] = {}

    def __missing__(self, slot: int) -> int:
        value = self._plan.presets[slot]
        if (
            not isinstance(value, (np.ndarray, np.generic))
            or value.dtype == object
            or value.nbytes > _MOST_COMPARED_BYTES
        ):
            self[slot] = slot
        else:
            key = (self._plan.slots[slot].tensor.dtype, value.shape, value.tobytes())
            self[slot] = self._first.setdefault(key, slot)
        return self[slot]
