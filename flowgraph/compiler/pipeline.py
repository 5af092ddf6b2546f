"""The passes in their order: from fetches and feeds to a plan that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flowgraph.compiler.choose_kernels import choose_kernels
from flowgraph.compiler.compact import compact
from flowgraph.compiler.drop_dead import drop_dead
from flowgraph.compiler.find_blocking import find_blocking
from flowgraph.compiler.fold_constants import fold_constants
from flowgraph.compiler.fuse_elementwise import fuse_elementwise
from flowgraph.compiler.fuse_patterns import fuse_patterns
from flowgraph.compiler.link import link
from flowgraph.compiler.liveness import find_last_uses
from flowgraph.compiler.lower import Contexts, lower
from flowgraph.compiler.merge_common import merge_common
from flowgraph.compiler.options import ALL, Optimizations
from flowgraph.compiler.order_state import order_state
from flowgraph.compiler.plan import Plan
from flowgraph.compiler.refine_shapes import refine_shapes
from flowgraph.compiler.reuse_buffers import reuse_buffers
from flowgraph.compiler.simplify import simplify
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor

Pass = Callable[[Plan], Plan]
Watch = Callable[[str, Plan], None]


def compile_plan(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    contexts: Contexts,
    libraries: tuple[str, ...],
    options: Optimizations = ALL,
    watch: Watch | None = None,
    shapes: Sequence[TensorShape | None] = (),
) -> Plan:
    """Compiles what `fetches` need, given `feeds`. `contexts` describes a node to its kernel.

    With `shapes`, those of the feeds, the plan is for these alone.

    `watch` is called after each pass with its name and the plan. The next pass changes that plan,
    so what is to be kept of it (`str(plan)`, `plan.snapshot()`) has to be taken down at once.
    """
    if any(shapes) and options.any:
        fetches, feeds = refine_shapes(fetches, feeds, shapes)
    plan = lower(fetches, feeds, contexts)
    if watch is not None:
        watch("lower", plan)
    for name, run in _passes(contexts, libraries, options):
        plan = run(plan)
        if watch is not None:
            watch(name, plan)
    return plan


def _passes(
    contexts: Contexts, libraries: tuple[str, ...], options: Optimizations
) -> Iterator[tuple[str, Pass]]:
    """The passes that are on, by name, in their order."""
    if options.fold:
        most = options.most_folded_bytes
        yield "fold_constants", lambda plan: fold_constants(plan, contexts, libraries, most)
    if options.merge:
        yield "merge_common", merge_common
    if options.simplify:
        yield "simplify", simplify
    if options.any:
        yield "drop_dead", drop_dead
    if options.simplify:
        yield "fuse_patterns", lambda plan: fuse_patterns(plan, contexts, libraries)
    yield "order_state", order_state
    yield "choose_kernels", lambda plan: choose_kernels(plan, contexts, libraries)
    yield "fuse_elementwise", lambda plan: fuse_elementwise(plan, contexts, libraries)
    yield "compact", compact
    if options.any:
        yield "reuse_buffers", reuse_buffers
    yield "find_blocking", find_blocking
    yield "find_last_uses", find_last_uses
    yield "link", link
