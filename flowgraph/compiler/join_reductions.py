"""Lets clusters of elementwise steps take the sums of what they compute (see fuse_elementwise)."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.compiler.lower import Contexts
from flowgraph.compiler.plan import Plan, Step
from flowgraph.core.kernel_registry import ClusterCompiler

_WORTH = 1 << 17  # elements below which they lie in the caches, where to sum them costs little
_UNKNOWN = 64  # what a size is taken for that is not known before a run


def join_reductions(
    plan: Plan,
    clusters: list[list[Step]],
    contexts: Contexts,
    compiler: ClusterCompiler,
    found: dict[int, Any],
) -> None:
    """Adds to each cluster the reductions of what it makes; `found` gets their expressions.

    A reduction that needs nothing but what one cluster makes cannot close a circle. Its other
    inputs, the axes, are constants.
    """
    large = [cluster for cluster in clusters if _size(plan, cluster[0]) >= _WORTH]
    home = {slot: cluster for cluster in large for s in cluster for slot in s.outputs}
    taken = {slot for cluster in clusters for s in cluster for slot in s.inputs}
    for step in plan.steps:
        cluster = home.get(step.inputs[0]) if step.inputs else None
        if cluster is None or step.index in found or len(step.operations) > 1:
            continue
        waits_outside = step.waits - {s.index for s in cluster}
        others = step.inputs[1:]
        if waits_outside or any(plan.presets[i] is None or i in taken for i in others):
            continue
        reduction = compiler.reduction(contexts(step.operation))
        if reduction is not None:
            found[step.index] = reduction
            cluster.append(step)


def _size(plan: Plan, step: Step) -> int:
    """About how many elements a cluster with this step computes."""
    known = plan.slots[step.outputs[0]].tensor.shape.known or ()
    return math.prod(_UNKNOWN if size is None else size for size in known)
