"""Pass: drops the slots that nothing uses any more, and numbers the others anew."""

from __future__ import annotations

from flowgraph.compiler.plan import Plan


def compact(plan: Plan) -> Plan:
    """Renumbers the slots of feeds, fetches and steps; returns `plan`."""
    used = {*plan.feeds, *plan.fetches}
    for step in plan.steps:
        used.update(step.inputs)
        used.update(step.outputs)
        used |= step.reads | step.writes
    if len(used) == len(plan.slots):
        return plan
    order = sorted(used)
    new = {old: i for i, old in enumerate(order)}

    def numbers(slots: tuple[int, ...]) -> tuple[int, ...]:
        return tuple([new[i] for i in slots])

    plan.slots = [plan.slots[i] for i in order]
    plan.presets = [plan.presets[i] for i in order]
    for i, slot in enumerate(plan.slots):
        slot.index = i
        slot.roots = frozenset([new[r] for r in slot.roots if r in new])
    for step in plan.steps:
        step.inputs, step.outputs = numbers(step.inputs), numbers(step.outputs)
        step.reads = frozenset([new[i] for i in step.reads])
        step.writes = frozenset([new[i] for i in step.writes])
    plan.feeds, plan.fetches = numbers(plan.feeds), numbers(plan.fetches)
    return plan
