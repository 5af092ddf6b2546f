"""What a plan looks like between two passes, and what a pass changed.

Passes renumber steps and slots, so that both are told by names here: a step by the operation that
errors and traces name, a value by its tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from flowgraph.core.op_def import Trait


@dataclass(frozen=True, slots=True)
class StepView:
    """A step at one moment: see `flowgraph.compiler.plan.Step`.

    `waits` are the steps that it waits for though no data comes from them; `types` are those of
    `operations`, of which a fused step has several.
    """

    name: str
    operations: tuple[str, ...]
    types: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    waits: frozenset[str] = frozenset()
    library: str = ""
    reuses: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The op type, or those that were fused: "Conv2D + BiasAdd + Relu"."""
        if len(self.types) <= 3:
            return " + ".join(self.types)
        return f"{len(self.types)} operations"


@dataclass(frozen=True)
class Moment:
    """The steps of a plan, and the values that are there before a run (name -> short text)."""

    steps: tuple[StepView, ...]
    known: dict[str, str]
    fetches: tuple[str, ...]
    slots: int
    values: int = 0
    """Nodes of a graph that are values and no steps: constants, variables, placeholders."""

    @cached_property
    def by_name(self) -> dict[str, StepView]:
        """The steps by name."""
        return {step.name: step for step in self.steps}

    @cached_property
    def makers(self) -> dict[str, str]:
        """Tensor -> the step that makes it."""
        return {tensor: step.name for step in self.steps for tensor in step.outputs}


@dataclass(frozen=True)
class Change:
    """A pass with the plan before and after it, and what it did, by steps' names.

    `stands_in` tells which tensor is used now in place of one that is gone.
    """

    name: str
    before: Moment
    after: Moment
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    stands_in: dict[str, str] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        """Whether the pass left the steps as they were."""
        return not (self.gone or self.changed)


def of_graph(operations: Iterable[Any], fetches: Sequence[Any]) -> Moment:
    """A graph as if each operation were a step, but for those that are values."""
    steps, known, values = [], {}, 0
    for op in operations:
        if op.op_def.traits & Trait.MUST_BE_FED or op.op_def.preset_value is not None:
            values += 1
            known.update({t.name: "" for t in op.outputs})
            continue
        steps.append(StepView(
            op.name, (op.name,), (op.type,), tuple(t.name for t in op.inputs),
            tuple(t.name for t in op.outputs), frozenset(c.name for c in op.control_inputs),
        ))  # fmt: skip
    names = tuple(f.name for f in fetches)
    return Moment(tuple(steps), known, names, len(known), values)


def of_plan(plan: Any) -> Moment:
    """A plan as it is now."""
    now = plan.snapshot()
    makers = {slot: s.index for s in plan.steps for slot in s.outputs}
    steps = []
    for step, seen in zip(plan.steps, now.steps, strict=True):
        by_data = {makers[i] for i in seen.inputs if i in makers}
        steps.append(StepView(
            seen.name,
            tuple(op.name for op in step.operations),
            tuple(op.type for op in step.operations),
            tuple(now.tensors[i] for i in seen.inputs),
            tuple(now.tensors[i] for i in seen.outputs),
            frozenset(now.steps[w].name for w in seen.waits if w not in by_data),
            step.library,
            tuple(now.tensors[i] for i in step.reuses),
        ))  # fmt: skip
    known = {now.tensors[i]: _text(plan.presets[i]) for i in now.known}
    known.update({now.tensors[i]: "" for i in now.feeds})
    fetched = tuple(now.tensors[i] for i in now.fetches)
    return Moment(tuple(steps), known, fetched, len(now.tensors))


def _text(value: Any) -> str:
    """A known value if it is short."""
    if not isinstance(value, np.ndarray | np.generic) or value.size > 4 or value.ndim > 1:
        return ""
    items = [f"{v:.4g}" if isinstance(v, float) else str(v) for v in value.ravel().tolist()]
    text = items[0] if value.ndim == 0 else f"[{', '.join(items)}]"
    return text if len(text) <= 16 else ""


def difference(name: str, before: Moment, after: Moment) -> Change:
    """What a pass did."""
    gone = tuple(s.name for s in before.steps if s.name not in after.by_name)
    changed = tuple(
        step.name
        for step in after.steps
        if (old := before.by_name.get(step.name)) is None or _is_other(old, step, name)
    )
    return Change(name, before, after, gone, changed, _stand_ins(before, after))


def _is_other(old: StepView, new: StepView, name: str) -> bool:
    if old.operations != new.operations or old.library != new.library or old.reuses != new.reuses:
        return True
    # What a dropped step was waited for is handed on; that is order only where order is made.
    return name == "order_state" and bool(new.waits - old.waits)


def _stand_ins(before: Moment, after: Moment) -> dict[str, str]:
    pairs = list(zip(before.fetches, after.fetches))
    for step in after.steps:
        old = before.by_name.get(step.name)
        if old is not None and len(old.inputs) == len(step.inputs):
            pairs += zip(old.inputs, step.inputs)
    return {old: new for old, new in pairs if old != new}
