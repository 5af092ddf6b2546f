"""Pass: computes once, when the plan is made, what is the same in every run.

A step whose inputs are all known, and that does nothing but compute, runs here with the kernel that
it would have; what it gives becomes a preset. When the kernel complains the step stays, so that the
run will say what is wrong. A value that is much larger than what it is made of is made in each run,
as it would be kept for as long as the plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.compiler.lower import Contexts
from flowgraph.compiler.options import MOST_BYTES
from flowgraph.compiler.plan import Plan, Step
from flowgraph.compiler.rewire import MOST_CONTROLS, Rewiring, is_pure
from flowgraph.core import kernel_registry
from flowgraph.core.tensor import Tensor

_SMALL_BYTES = 1 << 16  # kept whatever it is made of


def fold_constants(
    plan: Plan, contexts: Contexts, libraries: tuple[str, ...], most_bytes: int = MOST_BYTES
) -> Plan:
    """Turns steps over known values into presets; returns `plan`."""
    rewiring = Rewiring(plan)
    presets = plan.presets
    for step in plan.steps:
        rewiring.catch_up(step)
        values = _static(step)
        if values is None:
            for i in step.inputs:
                if presets[i] is None:
                    break
            else:
                values = _computed(plan, step, contexts, libraries, most_bytes)
        if (
            values is not None
            and is_pure(plan, step)
            and not step.reads
            and len(step.waits) <= MOST_CONTROLS
        ):
            for slot, value in zip(step.outputs, values, strict=True):
                presets[slot] = value
            rewiring.fold(step)
    return rewiring.done()


def _static(step: Step) -> Any:
    """What the static shapes alone tell: the shape, rank or size of what is fed."""
    op = step.operation
    if op.op_def.static_value is None:
        return None
    value = op.op_def.static_value(op)
    return None if value is None or value.nbytes > _SMALL_BYTES else (value,)


def _computed(
    plan: Plan, step: Step, contexts: Contexts, libraries: tuple[str, ...], most_bytes: int
) -> Any:
    """What the step's kernel gives for its known inputs, if that may be kept, else None."""
    if not step.inputs or step.reads or not is_pure(plan, step):
        return None
    inputs = [plan.presets[i] for i in step.inputs]
    most = min(most_bytes, max(_SMALL_BYTES, 2 * _bytes(inputs)))
    if sum(_expected_bytes(plan.slots[i].tensor) for i in step.outputs) > most:
        return None
    context = contexts(step.operation)
    bind = kernel_registry.choose(context, libraries)[1]
    if bind is None:
        return None
    try:
        with np.errstate(all="ignore"):
            result = bind(context)(*inputs)
    except Exception:
        return None
    values = (result,) if step.single_output else tuple(result)
    return None if _bytes(values) > most or any(v is None for v in values) else values


def _bytes(values: Any) -> int:
    return sum([getattr(value, "nbytes", 0) for value in values])


def _expected_bytes(tensor: Tensor) -> int:
    return (tensor.shape.num_elements() or 0) * tensor.dtype.base_dtype.np_dtype.itemsize
