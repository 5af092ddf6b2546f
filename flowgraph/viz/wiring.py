"""The edges of a picture: tensors and control dependencies between the nodes that are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flowgraph.viz import reading
from flowgraph.viz.model import Edge, Kind

if TYPE_CHECKING:
    from flowgraph.viz.assembly import Plan

EVERYWHERE = 8
"""A value that so many nodes use is told of in its node; its edges would hide the picture."""
Flow = tuple[str, str, str]
"""Source node, target node, row of the target."""


def edges(plan: Plan) -> tuple[Edge, ...]:
    """Data edges, merged by their two ends, then control edges."""
    flows: dict[Flow, dict[str, str]] = {}
    waits: dict[tuple[str, str], None] = {}
    outer: set[Flow] = set()  # into what is no machinery
    by_name = {op.name: op for op in plan.reach.operations}
    for op in plan.reach.operations:
        target = _place(plan, op)
        if target is None:
            continue
        for tensor in _visible_inputs(plan, op, by_name):
            source = _place(plan, tensor.op)
            if source is not None and source != target:
                label = "" if _is_told(plan, source, tensor) else reading.describe(tensor)
                if tensor.name in plan.values:
                    label = f"{label}\n= {plan.values[tensor.name]}".strip()
                flow = (source, target, _row(plan, op))
                flows.setdefault(flow, {})[tensor.name] = label
                if plan.helpers.drawn_as(op.name) not in plan.in_machinery:
                    outer.add(flow)
        for control in _visible_controls(op):
            source = _place(plan, control)
            if source is not None and source != target:
                waits[source, target] = None
    data = [_data_edge(plan, flow, tensors) for flow, tensors in flows.items()]
    joined = {(source, target) for source, target, _ in flows}
    control = [Edge(*pair, control=True) for pair in waits if pair not in joined]
    return _with_background(plan, data + control, outer)


def _place(plan: Plan, op: Any) -> str | None:
    name = plan.helpers.drawn_as(op.name)
    return None if name is None else plan.place.get(name)


def _is_told(plan: Plan, source: str, tensor: Any) -> bool:
    """Whether the source's node tells this shape already, or it is a mere helper's."""
    passes_on = tensor.op.type in ("Identity", "ReadVariableOp")
    return source in plan.labelled or (tensor.op.name in plan.helpers.owner and not passes_on)


def _row(plan: Plan, op: Any) -> str:
    name = plan.helpers.drawn_as(op.name) or ""
    return name if plan.stacks.head.get(name, name) != name else ""


def _visible_controls(op: Any) -> list[Any]:
    """A constant waits for nothing that a reader cares about (gradients tie them to a frame)."""
    return [] if reading.kind_of(op) is Kind.CONSTANT else list(op.control_inputs)


def _visible_inputs(plan: Plan, op: Any, by_name: dict[str, Any]) -> list[Any]:
    """An operation's inputs; a helper's only where its owner has no others (`tf.zeros_like`)."""
    if op.name not in plan.helpers.owner:
        return list(op.inputs)
    drawn = plan.helpers.drawn_as(op.name)
    owner = by_name.get(drawn or "")
    if owner is None or op.type in reading.VARIABLES:
        return []
    own = [t for t in owner.inputs if plan.helpers.drawn_as(t.op.name) != drawn]
    return [] if own else list(op.inputs)


def _data_edge(plan: Plan, flow: Flow, tensors: dict[str, str]) -> Edge:
    source, target, row = flow
    labels = tuple(dict.fromkeys(label for label in tensors.values() if label))
    shown = labels if plan.shapes or plan.values else ()
    return Edge(source, target, shown, len(tensors), row=row)


def _with_background(plan: Plan, found: list[Edge], outer: set[Flow]) -> tuple[Edge, ...]:
    """Mark the many edges from layers into folded machinery, but keep one of each as its tie."""
    kept = _feeders(plan, found) | plan.machinery
    hubs = _hubs(plan, found)
    marked = [
        replace(edge, background=True)
        if edge.source in hubs or (edge.source not in kept and _goes_inside(plan, edge, outer))
        else edge
        for edge in found
    ]
    order = {plan.place[op.name]: index for index, op in enumerate(plan.reach.operations)
             if op.name in plan.place}  # fmt: skip
    for name in sorted(plan.holders):
        if reading.in_gradients(name) or name not in plan.machinery:
            _tie(marked, name, order)
    return tuple(marked)


def _goes_inside(plan: Plan, edge: Edge, outer: set[Flow]) -> bool:
    """Whether only machinery is at an edge's end, of which the scope there may hold more."""
    if edge.target in plan.machinery:
        return True
    is_data = not edge.control and (edge.source, edge.target, edge.row) not in outer
    return is_data and edge.target in plan.holders


def _feeders(plan: Plan, found: list[Edge]) -> set[str]:
    """Nodes that exist for one machinery only: a decayed learning rate, clipped gradients."""
    users: dict[str, set[str]] = {}
    for edge in found:
        users.setdefault(edge.source, set()).add(edge.target)
    return {source for source, targets in users.items()
            if len(targets) == 1 and targets <= plan.holders}  # fmt: skip


def _hubs(plan: Plan, found: list[Edge]) -> set[str]:
    """Values that go nearly everywhere beside the data, such as a placeholder `is_training`."""
    users: dict[str, set[str]] = {}
    sources: dict[str, set[str]] = {}
    for edge in found:
        users.setdefault(edge.source, set()).add(edge.target)
        sources.setdefault(edge.target, set()).add(edge.source)
    common = {name for name in plan.labelled if len(users.get(name, ())) >= EVERYWHERE}
    return {name for name in common if all(sources[user] - common for user in users[name])}


def _tie(marked: list[Edge], name: str, order: dict[str, int]) -> None:
    """Gradients hang on the latest node that they read (the loss), if on nothing else."""
    into = [index for index, edge in enumerate(marked) if edge.target == name]
    if into and all(marked[index].background for index in into):
        last = max(into, key=lambda index: order.get(marked[index].source, -1))
        marked[last] = replace(marked[last], background=False, labels=())
