"""Pass: lets a kernel write its output where an input lies that nobody needs afterwards.

That spares memory, and the way to it: the lines that are written are in the cache already.
A kernel that can do so has a method `reusing(places)`, places among its inputs, and gives a kernel
that may overwrite the arrays in these places.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from flowgraph.compiler.groups import Groups
from flowgraph.compiler.plan import Plan, Step
from flowgraph.core.op_def import Trait


def reuse_buffers(plan: Plan) -> Plan:
    """Rebinds the kernels that can reuse an input's memory; returns `plan`."""
    memory = _Memory(plan)
    for step in plan.steps:
        reusing = getattr(step.kernel, "reusing", None)
        if reusing is not None:
            places = tuple([k for k in range(len(step.inputs)) if memory.is_left_by(step, k)])
            if places:
                step.kernel = reusing(places)
                step.reuses = tuple([step.inputs[k] for k in places])
    return plan


class _Memory:
    """Which slots may share memory, and who reads what lies there."""

    def __init__(self, plan: Plan) -> None:
        self._groups = Groups(len(plan.slots))
        self._readers: dict[int, set[int]] = defaultdict(set)  # steps that are no views
        views = [s for s in plan.steps if s.traits & Trait.VIEW]
        for step in views:
            slots = [i for i in step.inputs if not _is_smaller(plan, i, step)] + [*step.outputs]
            for slot in slots[1:]:
                self._groups.join(slot, slots[0])
        for step in plan.steps:
            if not step.traits & Trait.VIEW:
                for slot in step.inputs:
                    self._readers[self._groups.of(slot)].add(step.index)
        viewed = {slot for step in views for slot in step.outputs}
        self._kept = {self._groups.of(slot) for slot in (*plan.feeds, *plan.fetches)}
        for found in plan.slots:
            view = found.index in viewed and not found.is_handle and not found.roots
            if not (found.fresh or view) or plan.presets[found.index] is not None:
                self._kept.add(self._groups.of(found.index))

    def is_left_by(self, step: Step, place: int) -> bool:
        """Whether the memory of an input is the run's own, and this step alone reads it, once.

        That no other step reads it at all, earlier ones included, makes it true for any order in
        which a scheduler runs the steps.
        """
        home = self._groups.of(step.inputs[place])
        if home in self._kept or self._readers[home] != {step.index}:
            return False
        return sum(self._groups.of(slot) == home for slot in step.inputs) == 1


def _is_smaller(plan: Plan, slot: int, view: Step) -> bool:
    """Whether a known value is smaller than all outputs of a view, as the shape of a Reshape is.

    A view in one piece, and no other memory is taken, lies within something of at least its size.
    """
    value = plan.presets[slot]
    outputs = [plan.slots[i].tensor for i in view.outputs]
    least = [(t.shape.num_elements() or 0) * t.dtype.base_dtype.np_dtype.itemsize for t in outputs]
    return isinstance(value, np.ndarray) and all(value.nbytes < size for size in least)
