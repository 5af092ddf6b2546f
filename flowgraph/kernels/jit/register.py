"""Offers the compiler of elementwise clusters to the pass that looks for them."""

from __future__ import annotations

from flowgraph.core.kernel_registry import has_threads, register_cluster_compiler
from flowgraph.kernels.jit import engine, loops, segments, updates  # noqa: F401 - they register
from flowgraph.kernels.jit.cluster import Cluster
from flowgraph.kernels.jit.expressions import expression
from flowgraph.kernels.jit.sums import summed

LIBRARY = "jit"

has_threads(LIBRARY)
register_cluster_compiler(LIBRARY, engine.is_available, expression, summed, Cluster)
