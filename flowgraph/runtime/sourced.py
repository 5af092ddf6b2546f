"""Runs that begin with what iterators give: taken first, then fed to a plan for its shapes.

An iterator over batches of any size tells its plan no shapes. So what it gives is taken by a plan
of its own, and the rest is run as if that had been fed: then the shapes that prove hot have plans
for these alone (`CompiledCall`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.compiler.lower import prune
from flowgraph.compiler.plan import Plan
from flowgraph.core import dtypes
from flowgraph.core.op_def import Trait
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.runtime.callable import CompiledCall, PlanCall
from flowgraph.runtime.run_state import RunState
from flowgraph.runtime.trace import Trace

_FEW = 8  # operations besides the sources for which nothing is won


def sources(fetches: Sequence[Tensor | Operation], feeds: Sequence[Tensor]) -> list[Tensor]:
    """What may be taken first: outputs of sources in open shapes, where nothing else decides.

    Nothing but sources may use an iterator, and none may wait for another operation, so that taking
    its values first is what the plan might do as well.
    """
    fed = set(feeds)
    needed = prune([f if isinstance(f, Operation) else f.op for f in fetches], fed)
    found = [op for op in needed if op.op_def.traits & Trait.SOURCE]
    if not found or len(needed) < len(found) + _FEW:
        return []
    taken = [t for op in found for t in op.outputs]
    if all(t.shape.is_fully_defined() for t in taken) or not fed.isdisjoint(taken):
        return []
    if any(t.dtype.base_dtype in (dtypes.resource, dtypes.variant) for t in taken):
        return []
    rest = prune(
        [f if isinstance(f, Operation) else f.op for f in fetches if f not in taken],
        fed.union(taken),
    )
    if any(op.op_def.traits & Trait.SOURCE for op in rest):
        return []  # it is fetched or waited for itself: the rest would take once more
    return taken if _are_independent(found, needed, fed) else []


def _are_independent(
    found: Sequence[Operation], needed: Sequence[Operation], fed: set[Tensor]
) -> bool:
    """Whether sources, and what they are made of, have nothing to do with the rest of a run."""
    before = prune(found, fed)
    inside = set(before)
    mine = {t for op in before for t in op.outputs} - {t for op in found for t in op.outputs}
    return not any(
        op.control_inputs or (op.op_def.writes and not op.op_def.traits & Trait.SOURCE)
        for op in before
    ) and all(mine.isdisjoint(op.inputs) for op in needed if op not in inside)


class SourcedCall:
    """A call whose sources `first` takes, and `rest` is fed with, behind what the caller feeds."""

    def __init__(self, first: PlanCall, rest: CompiledCall) -> None:
        self._first, self._rest = first, rest

    @property
    def plan(self) -> Plan:
        """The plan that the last run took, without what takes the sources."""
        return self._rest.plan

    def __call__(self, fed: Sequence[Any]) -> Any:
        """Runs once with the fed arrays."""
        return self._rest([*fed, *self._first.taken(fed)])

    def watched(self, fed: Sequence[Any], state: RunState, trace: Trace | None) -> Any:
        """Runs once with a deadline, a trace, or both."""
        return self._rest.watched(
            [*fed, *self._first.taken_watched(fed, state, trace)], state, trace
        )


Call = CompiledCall | SourcedCall
