"""Pass: puts steps that may wait behind all others, and finds those that wait for one another.

An enqueue waits for room, a dequeue for an element. When one step of a plan can end the wait of
another and no edge puts them in order, each such step needs a thread of its own. One that waits for
other runs alone may as well wait in the caller's thread: most plans with a queue are of that kind.
What does not need its result comes before it, so that an error there is not kept waiting.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from flowgraph.compiler.plan import Plan, Step, renumber
from flowgraph.core.function import subgraphs
from flowgraph.core.op_def import Trait
from flowgraph.core.operation import Operation

_MAY = Trait.BLOCKS | Trait.CALLS


def find_blocking(plan: Plan) -> Plan:
    """Orders the steps; fills `blocking` with those that need own threads; returns `plan`."""
    waiting = [step for step in plan.steps if step.traits & _MAY and _may_wait(step.operation)]
    if not waiting:
        return plan
    _put_last(plan, waiting)
    others = [step for step in plan.steps if _runs_python(step)]
    if _can_release(plan, waiting, others):
        plan.blocking = frozenset(step.index for step in waiting)
    return plan


def _put_last(plan: Plan, waiting: list[Step]) -> None:
    """Moves what waits, and what needs it, behind the other steps; numbers all anew."""
    late = {step.index for step in waiting}
    for step in plan.steps:
        if not late.isdisjoint(step.waits):
            late.add(step.index)
    plan.steps.sort(key=lambda step: step.index in late)  # keeps the order of either part
    renumber(plan.steps)


def _may_wait(op: Operation) -> bool:
    """Whether the op, or one in a subgraph that it calls, may wait or end a wait."""
    stack, seen = [op], set()
    while stack:
        op = stack.pop()
        if op.op_def.traits & Trait.BLOCKS:
            return True
        if op.op_def.traits & Trait.CALLS:
            for graph in subgraphs(op):
                if graph not in seen:
                    seen.add(graph)
                    stack += graph.get_operations()
    return False


def _runs_python(step: Step) -> bool:
    """Whether the step calls the user's Python, which may do anything, a session's run included."""
    return bool(step.traits & Trait.CALLS) and not subgraphs(step.operation)


def _can_release(plan: Plan, waiting: list[Step], others: list[Step]) -> bool:
    """Whether a step of `waiting` and another that may end its wait are not in order."""
    marked = {step.index: 1 << i for i, step in enumerate([*waiting, *others])}
    before = [0] * len(plan.steps)  # the marked steps that each step comes after, itself included
    for step in plan.steps:
        mask = marked.get(step.index, 0)
        for index in step.waits:
            mask |= before[index]
        before[step.index] = mask
    state = {step.index: _state(plan, step) for step in waiting}

    def are_in_order(a: Step, b: Step) -> bool:
        later, earlier = (a, b) if a.index > b.index else (b, a)
        return bool(before[later.index] & marked[earlier.index])

    def touch_the_same(a: Step, b: Step) -> bool:
        if a.operation.op_def is b.operation.op_def and a.traits & Trait.BLOCKS:
            return False  # two that put, or two that take: neither ends the other's wait
        known, also = state[a.index], state[b.index]
        return known is None or also is None or not known.isdisjoint(also)

    return any(
        not are_in_order(a, b) and touch_the_same(a, b) for a, b in combinations(waiting, 2)
    ) or any(not are_in_order(a, b) for a in waiting for b in others if a is not b)


def _state(plan: Plan, step: Step) -> frozenset[int] | None:
    """The identities of the state that a step touches through handles; None: any state."""
    touched: set[int] = set()
    for root in step.reads | step.writes:
        value: Any = plan.presets[root]
        if value is None:  # a handle that comes from outside
            return None
        touched.add(id(value))
    return frozenset(touched) or None
