"""Pass: joins elementwise steps over one shape into clusters, each of which becomes one kernel.

Reductions of what a cluster makes become a part of it (join_reductions.py).

Two steps may be joined when one feeds the other, or both read one array, and no way leads from one
to the other through a step outside. That is decided by levels, in linear time: on a way from one
cluster to another, or through a step that cannot be joined, the level rises; so steps of the same
level that feed each other have no way between them that leaves the level, and may form a cluster.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.compiler.choose_kernels import reading
from flowgraph.compiler.groups import Groups
from flowgraph.compiler.join_reductions import join_reductions
from flowgraph.compiler.lower import Contexts
from flowgraph.compiler.plan import Plan, Step, renumber
from flowgraph.core.kernel_registry import (
    REFERENCE,
    ClusterCompiler,
    Member,
    cluster_compiler,
)
from flowgraph.core.op_def import Trait

_MOST_MEMBERS = 128  # a longer chain is cut: compiling takes more than linear time
_FEW = 6  # members from which on a loop pays for arrays of any size
_WORTH = 1 << 10  # elements from which on it pays for one member, a quarter of them for two, ...
_EXCLUDED = Trait.STATEFUL | Trait.CALLS | Trait.MUST_BE_FED


def fuse_elementwise(plan: Plan, contexts: Contexts, libraries: tuple[str, ...]) -> Plan:
    """Replaces clusters of steps by one step each; returns `plan`."""
    compiler = cluster_compiler(libraries)
    if compiler is None:
        return plan
    found = _candidates(plan, contexts, compiler)
    if not found:
        return plan
    clusters = [c for c in _clusters(plan, found) if _pays(plan, c)]
    if clusters:
        join_reductions(plan, clusters, contexts, compiler, found)
        _replace(plan, clusters, found, compiler)
    return plan


def _candidates(plan: Plan, contexts: Contexts, compiler: ClusterCompiler) -> dict[int, Any]:
    """step -> its expression, of the steps that may be members."""
    found: dict[int, Any] = {}
    for step in plan.steps:
        traits = step.traits
        if not traits & Trait.ELEMENTWISE or traits & _EXCLUDED or step.library != REFERENCE:
            continue
        if len(step.operations) > 1 or len(step.outputs) != 1 or not step.inputs:
            continue
        if plan.slots[step.outputs[0]].tensor.shape.rank is None:
            continue
        expression = compiler.expression(contexts(step.operation))
        if expression is not None:
            found[step.index] = expression
    return found


def _clusters(plan: Plan, found: dict[int, Any]) -> list[list[Step]]:
    """Sets of candidates that feed each other, each in the plan's order."""
    producer = {slot: step.index for step in plan.steps for slot in step.outputs}
    shapes = {index: _shape(plan, plan.steps[index]) for index in found}
    near: dict[int, set[int]] = {}  # candidate -> the candidates of its shape that feed it
    for index, shape in shapes.items():
        feeding = {producer[i] for i in plan.steps[index].inputs if i in producer}
        near[index] = {before for before in feeding if shapes.get(before) == shape}
    level = _levels(plan, near)
    groups = Groups(len(plan.steps))
    for index, feeding in near.items():
        for before in feeding:
            if level[before] == level[index]:
                groups.join(index, before)
    _join_readers(plan, shapes, level, groups)
    members: dict[int, list[Step]] = defaultdict(list)
    for index in sorted(near):
        members[groups.of(index)].append(plan.steps[index])
    return [part for cluster in members.values() for part in _cut(cluster)]


def _join_readers(plan: Plan, shapes: dict[int, Any], level: list[int], groups: Groups) -> None:
    """Joins candidates of one level and shape that read the same array of that shape.

    Their levels tell that there is no way from one to the other.
    """
    first: dict[tuple[int, int], int] = {}
    for index, shape in shapes.items():
        for slot in plan.steps[index].inputs:
            known = plan.slots[slot].tensor.shape.known
            if known and ("shape", *known) == shape:
                groups.join(index, first.setdefault((slot, level[index]), index))


def _levels(plan: Plan, near: dict[int, set[int]]) -> list[int]:
    """A level for each step, which rises on every edge from or to a candidate that is not near."""
    level = [0] * len(plan.steps)
    followers: list[list[int]] = [[] for _ in plan.steps]
    for step in plan.steps:
        mine = near.get(step.index)
        for before in step.waits:
            followers[before].append(step.index)
            rises = (mine is not None or before in near) and not (mine and before in mine)
            level[step.index] = max(level[step.index], level[before] + rises)
    # What begins a cluster is put off until it is needed, so that it can join those who need it.
    for step in reversed(plan.steps):
        index = step.index
        if index in near and not near[index] and followers[index]:
            level[index] = min(
                level[after] - (after not in near or index not in near[after])
                for after in followers[index]
            )
    return level


def _shape(plan: Plan, step: Step) -> Any:
    return ("shape", *plan.slots[step.outputs[0]].tensor.shape.known)  # type: ignore[misc]


def _cut(cluster: list[Step]) -> list[list[Step]]:
    """A cluster that is too long in parts: of consecutive steps, so that none waits for a later."""
    return [cluster[i : i + _MOST_MEMBERS] for i in range(0, len(cluster), _MOST_MEMBERS)]


def _pays(plan: Plan, cluster: list[Step]) -> bool:
    """Whether a loop of its own is cheaper than the members' kernels."""
    count = plan.slots[cluster[0].outputs[0]].tensor.shape.num_elements()
    return count is None or count * len(cluster) ** 2 >= _WORTH or len(cluster) >= _FEW


# --- the new steps --------------------------------------------------------------------------------
def _replace(
    plan: Plan, clusters: Sequence[list[Step]], found: dict[int, Any], compiler: ClusterCompiler
) -> None:
    """Puts one step in the place of each cluster's, and orders and numbers the steps anew."""
    home = {step.index: k for k, cluster in enumerate(clusters) for step in cluster}
    wanted = _wanted_outside(plan, home)
    fused = [_fused(plan, c, found, wanted, compiler) for c in clusters]
    # Until they are numbered, clusters have the numbers behind those of the steps.
    base = len(plan.steps)
    steps = {step.index: step for step in plan.steps if step.index not in home}
    for k, step in enumerate(fused):
        step.index = base + k
        steps[step.index] = step
    for step in steps.values():
        step.waits = {base + home[w] if w in home else w for w in step.waits} - {step.index}
    first = {index: index for index in steps}
    for k, cluster in enumerate(clusters):
        first[base + k] = cluster[-1].index
    plan.steps = _ordered(steps, first)


def _wanted_outside(plan: Plan, home: dict[int, int]) -> set[int]:
    """The slots of clusters' members that a step of no or another cluster takes, or a fetch."""
    made = {slot: home[s.index] for s in plan.steps if s.index in home for slot in s.outputs}
    wanted = {slot for slot in plan.fetches if slot in made}
    for step in plan.steps:
        mine = home.get(step.index)
        wanted.update(i for i in step.inputs if i in made and made[i] != mine)
    return wanted


def _fused(
    plan: Plan,
    cluster: list[Step],
    found: dict[int, Any],
    wanted: set[int],
    compiler: ClusterCompiler,
) -> Step:
    made = [step.outputs[0] for step in cluster]
    inside = set(made)
    outer = dict.fromkeys(i for step in cluster for i in step.inputs if i not in inside)
    arguments = {i for s in cluster if not s.traits & Trait.ELEMENTWISE for i in s.inputs[1:]}
    known = [i for i in outer if _is_number(plan.presets[i]) or i in arguments]
    taken = [i for i in outer if i not in set(known)]
    number = {slot: k for k, slot in enumerate([*taken, *known, *made])}
    members = [
        Member(s.operation, s.plain, tuple([number[i] for i in s.inputs]), found[s.index])  # type: ignore[arg-type]
        for s in cluster
    ]
    outputs = [slot for slot in made if slot in wanted] or made[-1:]  # it is only waited for
    dtypes = [plan.slots[i].tensor.dtype.base_dtype.np_dtype for i in taken]
    numbers = [plan.presets[i] for i in known]
    kernel = compiler.bind(members, dtypes, numbers, [number[slot] for slot in outputs])
    handles = [plan.slots[i].is_handle for i in taken]
    inner = {step.index for step in cluster}
    return Step(
        index=-1,
        operations=tuple([step.operation for step in cluster]),
        inputs=tuple(taken),
        outputs=tuple(outputs),
        waits={w for step in cluster for w in step.waits} - inner,
        reads=frozenset().union(*[step.reads for step in cluster]),
        kernel=reading(kernel, handles),
        plain=kernel,
        library=compiler.library,
    )


def _is_number(preset: Any) -> bool:
    """Whether a slot's value is a scalar that is known beforehand."""
    return isinstance(preset, np.ndarray | np.generic) and preset.ndim == 0


def _ordered(steps: dict[int, Step], rank: dict[int, int]) -> list[Step]:
    """The steps so that each comes behind those that it waits for, else in their old order."""
    waiting = {index: len(step.waits) for index, step in steps.items()}
    followers: dict[int, list[int]] = defaultdict(list)
    for index, step in steps.items():
        for before in step.waits:
            followers[before].append(index)
    ready = [(rank[index], index) for index, count in waiting.items() if not count]
    heapq.heapify(ready)
    order: list[Step] = []
    while ready:
        _, index = heapq.heappop(ready)
        order.append(steps[index])
        for follower in followers[index]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, (rank[follower], follower))
    assert len(order) == len(steps), "a cluster waits for itself"
    renumber(order)
    return order
