"""The passes in their order: from fetches and feeds to a plan that is ready to run."""

from __future__ import annotations

from collections.abc import Sequence

from flowgraph.compiler.choose_kernels import choose_kernels
from flowgraph.compiler.link import link
from flowgraph.compiler.liveness import find_last_uses
from flowgraph.compiler.lower import Contexts, lower
from flowgraph.compiler.order_state import order_state
from flowgraph.compiler.plan import Plan
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor


def compile_plan(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    contexts: Contexts,
    libraries: tuple[str, ...],
) -> Plan:
    """Compiles what `fetches` need, given `feeds`. `contexts` describes a node to its kernel."""
    plan = lower(fetches, feeds, contexts)
    plan = order_state(plan)
    plan = choose_kernels(plan, contexts, libraries)
    plan = find_last_uses(plan)
    return link(plan)
