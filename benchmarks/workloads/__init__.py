"""The workloads: each builds a graph with whichever TensorFlow it is given, flowgraph or the real.

`WORKLOADS[name](tf)` gives a `Workload`. Weights and data come from numpy with fixed seeds, so that
both sides compute the same numbers, which are compared. `GROUPS` has the names by section of the
table.
"""

from __future__ import annotations

from benchmarks.workloads import any_batch, costs, engine, images, sequences, vectors
from benchmarks.workloads.workload import Workload

STEPS = {
    **engine.WORKLOADS, **vectors.WORKLOADS, **images.WORKLOADS, **sequences.WORKLOADS,
    **any_batch.WORKLOADS,
}  # fmt: skip
GROUPS = {
    "Workloads": STEPS,
    "Cost against batch size": costs.BATCH_COSTS,
    "Cost against graph size": costs.GRAPH_COSTS,
    "Build and import": costs.BUILD_COSTS,
}
WORKLOADS = {name: build for group in GROUPS.values() for name, build in group.items()}
__all__ = ["GROUPS", "WORKLOADS", "Workload"]
