"""Pass: puts reads and writes of the same state in order, as edges that every scheduler keeps.

What the graph leaves open is decided as TensorFlow's executor mostly does: a read that does not
depend on a write comes before it; writes come in the order in which they were made. The order is
found by running the plan on paper, one step at a time, so the edges can never form a circle.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from flowgraph.compiler.plan import Plan, Step, renumber


def order_state(plan: Plan) -> Plan:
    """Orders the steps and adds the edges. Slots and steps are changed in place; returns `plan`."""
    if not _in_order(plan) or any(step.writes for step in plan.steps):
        plan.steps = _linear_order(plan.steps)
        _add_edges(plan.steps)
    return plan


def _in_order(plan: Plan) -> bool:
    return all(not step.waits or max(step.waits) < step.index for step in plan.steps)


def _linear_order(steps: list[Step]) -> list[Step]:
    """A topological order in which a write lets the reads of its state go first."""
    waiting = {step.index: len(step.waits) for step in steps}
    followers: dict[int, list[Step]] = defaultdict(list)
    readers: dict[int, int] = defaultdict(int)  # state -> reads still to come
    for step in steps:
        for index in step.waits:
            followers[index].append(step)
        for root in step.reads:
            readers[root] += 1
    by_index = {step.index: step for step in steps}
    ready = [step.index for step in steps if not step.waits]
    deferred: list[int] = []
    heapq.heapify(ready)
    order: list[Step] = []
    while ready or deferred:
        if ready:
            step = by_index[heapq.heappop(ready)]
            if any(readers[root] for root in step.writes):
                heapq.heappush(deferred, step.index)
                continue
        else:
            step = by_index[heapq.heappop(deferred)]
        order.append(step)
        released = False
        for root in step.reads:
            readers[root] -= 1
            released |= readers[root] == 0
        if released and deferred:
            ready += deferred
            heapq.heapify(ready)
            deferred = []
        for follower in followers[step.index]:
            waiting[follower.index] -= 1
            if waiting[follower.index] == 0:
                heapq.heappush(ready, follower.index)
    if len(order) < len(steps):
        raise ValueError("The graph has a cycle of control dependencies")
    renumber(order)
    return order


def _add_edges(order: list[Step]) -> None:
    last_write: dict[int, int] = {}
    reads_since: dict[int, list[int]] = defaultdict(list)
    for step in order:
        for root in step.reads:
            if root in last_write:
                step.waits.add(last_write[root])
            reads_since[root].append(step.index)
        for root in step.writes:
            if root in last_write:
                step.waits.add(last_write[root])
            step.waits.update(reads_since.pop(root, ()))
            last_write[root] = step.index
