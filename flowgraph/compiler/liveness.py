"""Pass: tells each step which slots nobody needs after it, so that their memory can go."""

from __future__ import annotations

from collections import Counter, defaultdict

from flowgraph.compiler.plan import Plan


def find_last_uses(plan: Plan) -> Plan:
    """Fills `free` of every step for the plan's own order, and for any order `users` and `touched`.

    Returns `plan`.
    """
    keep = set(plan.fetches)
    keep.update(i for i, value in enumerate(plan.presets) if value is not None)
    seen: set[int] = set(keep)
    free: dict[int, list[int]] = defaultdict(list)
    for step in reversed(plan.steps):
        for slot in (*step.inputs, *step.outputs):
            if slot not in seen:
                seen.add(slot)
                free[step.index].append(slot)
    for step in plan.steps:
        step.free = tuple(free[step.index]) if step.index in free else ()
        step.touched = tuple({*step.inputs, *step.outputs} - keep)
    plan.users = Counter(slot for step in plan.steps for slot in step.touched)
    return plan
