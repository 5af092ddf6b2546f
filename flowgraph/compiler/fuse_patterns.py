"""Pass: makes one step of a chain of steps that a library has one kernel for.

A library registers chains (`kernel_registry.register_fusion`): a root, then ops that each take the
value of the one before, say a product, the sum with a bias, an activation. A chain is fused when
nobody but the next in it needs a value inside: it is not fetched, no other step takes it or waits
for it. The fused step stands where the chain's last step stood, so what the earlier ones read must
still be there: no later one may come after a write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from flowgraph.compiler.lower import Contexts
from flowgraph.compiler.plan import Plan, Step
from flowgraph.compiler.rewire import Rewiring, is_pure
from flowgraph.core import kernel_registry
from flowgraph.core.kernel_registry import Fusion, Link, Node


def fuse_patterns(plan: Plan, contexts: Contexts, libraries: tuple[str, ...]) -> Plan:
    """Fuses the chains that a library of `libraries` accepts; returns `plan`."""
    roots = [
        (step, found)
        for step in plan.steps
        if (found := kernel_registry.fusions(step.operation.type, libraries))
    ]
    if not roots:
        return plan
    chains = _Chains(plan)
    rewiring = Rewiring(plan)
    for root, fusions in roots:
        for fusion in fusions:
            chain = chains.matching(root, fusion.links)
            if chain and _fuse(rewiring, chain, fusion, contexts):
                break
    return rewiring.done()


class _Chains:
    """Finds chains of steps in a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._users: dict[int, list[tuple[Step, int]]] = defaultdict(list)
        self._waited_for: set[int] = set(plan.targets)
        for step in plan.steps:
            self._waited_for |= step.controls
            for place, slot in enumerate(step.inputs):
                self._users[slot].append((step, place))
        self._fetched = set(plan.fetches)
        self._after_write = _after_write(plan)

    def matching(self, root: Step, links: Sequence[Link]) -> list[tuple[Step, int]] | None:
        """(step, place of the value before it) of `root` and a step for each link, or None."""
        if not is_pure(self._plan, root) or len(root.outputs) != 1:
            return None
        chain = [(root, -1)]
        for link in links:
            follower = self._follower(chain[-1][0])
            if follower is None:
                return None
            step, place = follower
            if place not in link.get(step.operation.type, ()):
                return None
            chain.append(follower)
        return chain if self._may_read_later([step for step, _ in chain]) else None

    def _follower(self, step: Step) -> tuple[Step, int] | None:
        """The one step that needs what `step` makes, when there is nobody else."""
        (slot,) = step.outputs
        users = self._users[slot]
        if len(users) != 1 or slot in self._fetched or step.index in self._waited_for:
            return None
        follower, place = users[0]
        if follower.controls or len(follower.outputs) != 1 or not is_pure(self._plan, follower):
            return None
        return follower, place

    def _may_read_later(self, chain: list[Step]) -> bool:
        """Whether the state that the chain reads is the same when its last step can run."""
        if not any(step.reads for step in chain[:-1]):
            return True
        inside = {step.index for step in chain}
        return not any((step.waits - inside) & self._after_write for step in chain[1:])


def _after_write(plan: Plan) -> set[int]:
    """The steps that write, and those that come after one."""
    followers: dict[int, list[int]] = defaultdict(list)
    for step in plan.steps:
        for before in step.waits:
            followers[before].append(step.index)
    stack = [step.index for step in plan.steps if step.writes]
    found = set(stack)
    while stack:
        for index in followers[stack.pop()]:
            if index not in found:
                found.add(index)
                stack.append(index)
    return found


def _fuse(
    rewiring: Rewiring, chain: list[tuple[Step, int]], fusion: Fusion, contexts: Contexts
) -> bool:
    """Lets the last step of a chain do all of it, when the library accepts that."""
    steps = [step for step, _ in chain]
    nodes = [Node(contexts(step.operation), place) for step, place in chain]
    if not fusion.accepts(nodes):
        return False
    last = steps[-1]
    inputs = [i for step, place in chain for k, i in enumerate(step.inputs) if k != place]
    inside = {step.index for step in steps}
    waits = frozenset().union(*[step.waits for step in steps]) - inside
    last.operations = tuple([op for step in steps for op in step.operations])
    last.inputs, last.controls, last.waits = tuple(inputs), steps[0].controls, set(waits)
    last.reads = frozenset().union(*[step.reads for step in steps])
    last.library, last.bind = fusion.library, partial(fusion.bind, nodes)
    for step in steps[:-1]:
        rewiring.drop(step)
    return True
