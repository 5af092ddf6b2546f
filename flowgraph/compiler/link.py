"""Pass: turns `waits` into what the parallel scheduler follows, and tells how wide the plan is."""

from __future__ import annotations

from flowgraph.compiler.plan import Plan, Step
from flowgraph.core.function import subgraphs
from flowgraph.core.op_def import Trait


def link(plan: Plan) -> Plan:
    """Fills `successors`, `counts` and `heavy_width`; returns `plan`."""
    successors: list[list[int]] = [[] for _ in plan.steps]
    plan.counts = [len(step.waits) for step in plan.steps]
    for step in plan.steps:
        for index in step.waits:
            successors[index].append(step.index)
    plan.successors = [tuple(s) for s in successors]
    plan.heavy_width = _heavy_width(plan)
    return plan


def _heavy_width(plan: Plan) -> float:
    """How many heavy steps there are for each one of the longest chain of them.

    In the training of a network that is some 1.5: the forward pass is a chain, the backward pass
    two abreast. Loops and conditionals do not count: two of them hold each other up, as most of
    their time goes into Python's own steps, which take turns.
    """
    depth = [0] * len(plan.steps)
    heavy = 0
    for step in plan.steps:
        is_heavy = bool(step.traits & Trait.HEAVY) or _calls_the_user(step)
        heavy += is_heavy
        depth[step.index] = max((depth[w] for w in step.waits), default=0) + is_heavy
    longest = max(depth, default=0)
    return heavy / longest if longest else 1.0


def _calls_the_user(step: Step) -> bool:
    """Whether a step runs a function of the user's, who may wait in it for another."""
    return bool(step.traits & Trait.CALLS) and not subgraphs(step.operation)
