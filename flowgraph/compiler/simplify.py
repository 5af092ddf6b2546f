"""Pass: leaves out or replaces steps whose op knows a simpler way to the same bits.

The rules stand with the ops (`OpDef.simplify`, see core/simplify.py). This pass asks them and sees
to what they cannot know: that a copy is not replaced by memory that a later step writes, and that
what was waited for still is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.compiler.merge_common import written_roots
from flowgraph.compiler.plan import Plan, Slot, Step
from flowgraph.compiler.rewire import MOST_CONTROLS, Rewiring, is_pure
from flowgraph.core import dtypes, op_def
from flowgraph.core.attrs import types
from flowgraph.core.op_args import parse_args
from flowgraph.core.op_def import OpDef, Trait
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.simplify import Replacement, Value
from flowgraph.core.tensor import Tensor


def simplify(plan: Plan) -> Plan:
    """Asks each step's op for a simpler way; returns `plan`."""
    rewiring = Rewiring(plan)
    written = written_roots(plan)
    for step in plan.steps:
        rewiring.catch_up(step)
        rule = step.operations[-1].op_def.simplify_rule
        if rule is None:
            continue
        application = _Application(rewiring, step, [])
        answer = rule(application)
        if answer is None or not is_pure(plan, step):
            continue
        if any(plan.slots[i].is_handle for i in step.inputs):
            continue  # it reads a variable, whatever else it does
        controls = step.controls.union(*[s.controls for s in application.passed])
        if len(controls) > MOST_CONTROLS:
            continue
        if isinstance(answer, Replacement):
            _replace(rewiring, step, answer, controls)
        else:
            values = tuple(answer) if isinstance(answer, (list, tuple)) else (answer,)
            if _may_stand_in(plan, step, values, written):
                rewiring.alias(step, values, controls)
    return rewiring.done()


class _Application:
    """What a rule sees of a step; `passed` collects the steps that it looks through."""

    def __init__(self, rewiring: Rewiring, step: Step, passed: list[Step]) -> None:
        self._rewiring, self._plan, self._step = rewiring, rewiring.plan, step
        self.passed = passed

    @property
    def op(self) -> Operation:
        return self._step.operation

    def input(self, index: int) -> Value:
        return Value(self._step.inputs[index])

    def shape(self, index: int) -> TensorShape:
        return self._plan.slots[self._step.inputs[index]].tensor.shape

    def constant(self, index: int) -> Any:
        slot = self._step.inputs[index]
        value = self._plan.presets[slot]
        if value is None or self._plan.slots[slot].roots:
            return None
        return np.asarray(value)

    def maker(self, index: int, op_type: str) -> _Application | None:
        maker = self._rewiring.makers()[self._step.inputs[index]]
        if maker < 0:
            return None
        step = self._plan.steps[maker]
        if step.operation.type != op_type or not is_pure(self._plan, step):
            return None
        if any(self._plan.slots[i].is_handle for i in step.inputs):
            return None
        self.passed.append(step)
        return _Application(self._rewiring, step, self.passed)


def _may_stand_in(plan: Plan, step: Step, values: Sequence[int], written: frozenset[int]) -> bool:
    """Whether the values may be used instead of the step's outputs."""
    for output, value in zip(step.outputs, values, strict=True):
        source = plan.slots[value]
        if source.tensor.dtype is not plan.slots[output].tensor.dtype:
            return False
        # A copy keeps what was there before the write; the memory itself would not.
        if not step.traits & Trait.VIEW and source.roots & written:
            return False
    return True


def _replace(rewiring: Rewiring, step: Step, answer: Replacement, controls: frozenset[int]) -> None:
    """Lets the step compute the same by another op."""
    slots = rewiring.plan.slots
    if any(slots[i].roots - step.reads for i in answer.inputs if isinstance(i, int)):
        return  # it would read a variable, which the step does not
    inputs = tuple(
        [i if isinstance(i, int) else _constant(rewiring, step, i) for i in answer.inputs]
    )
    definition = op_def.get(answer.op_type)
    tensors = [slots[i].tensor for i in inputs]
    step.operations = (step.operation.replaced_by(definition, tensors, dict(answer.attrs)),)
    rewiring.rewire(step, inputs, controls)


# Where a constant of a plan comes from that is in no graph: like any constant, it tells its value.
_known = OpDef(
    "Known", (), parse_args("value: dtype", {"dtype": types()}), {"dtype": types()},
    preset_value=lambda context: context.attrs["value"], single_output=True,
)  # fmt: skip


def _constant(rewiring: Rewiring, step: Step, value: np.ndarray[Any, Any]) -> int:
    """A new slot that holds `value` in every run."""
    plan, dtype = rewiring.plan, dtypes.from_numpy(value.dtype)
    op = step.operation.replaced_by(_known, (), {"value": value, "dtype": dtype})
    tensor = Tensor(op, 0, dtype)
    tensor.set_shape(TensorShape.of(value.shape))
    op.outputs = [tensor]
    slot = Slot(len(plan.slots), tensor, fresh=False)
    plan.slots.append(slot)
    plan.presets.append(value)
    rewiring.makers().append(-1)
    return slot.index
