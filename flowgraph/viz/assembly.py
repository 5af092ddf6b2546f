"""Put a picture together: nodes and clusters from the scope tree; wiring.py adds the edges."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flowgraph.viz import reading, wiring
from flowgraph.viz.boilerplate import PARAMETERS, Helpers
from flowgraph.viz.compact import Stacks
from flowgraph.viz.model import Cluster, Edge, Kind, Node, Picture, Row
from flowgraph.viz.reading import Reach
from flowgraph.viz.scopes import APPLY, Scope, is_optimizer

SHORT, SHORT_IF_NAMED = 6, 12
"""A formula "b + c" is written out if its operands together are at most this long; it tells more
of an operation that a person named ("E") than of one named after its type ("add_1")."""
MOST_NAMES = 3
WITH_VALUES = (Kind.PLACEHOLDER, Kind.VARIABLE, Kind.CONSTANT)


@dataclass(slots=True)
class Plan:
    """What is drawn and how; `place` and the sets are filled while nodes are made."""

    reach: Reach
    helpers: Helpers
    folded: frozenset[str]
    stacks: Stacks
    shapes: bool
    compact: bool
    values: dict[str, str] = field(default_factory=dict)
    """Tensor -> its value in a run, in few words."""
    place: dict[str, str] = field(default_factory=dict)
    """Drawn operation -> the node that stands for it."""
    helped: dict[str, list[str]] = field(default_factory=dict)
    """Drawn operation -> itself and its helpers."""
    machinery: set[str] = field(default_factory=set)
    holders: set[str] = field(default_factory=set)
    """Folded scopes that are machinery, or have some in them."""
    in_machinery: set[str] = field(default_factory=set)
    """The folded operations that belong to machinery."""
    optimizers: dict[str, int] = field(default_factory=dict)
    """Folded optimizer -> how many variables it updates."""
    labelled: set[str] = field(default_factory=set)
    """Nodes that tell their own shape, so that their edges need not."""


def assemble(plan: Plan, tree: Scope, title: str | None) -> Picture:
    """Nodes, clusters and edges of what is drawn."""
    for op in plan.reach.operations:
        if (name := plan.helpers.drawn_as(op.name)) is not None:
            plan.helped.setdefault(name, []).append(op.name)
    root = _cluster(plan, tree)
    edges = wiring.edges(plan)
    return Picture(_annotated(root, plan, edges), edges, title, plan.compact)


def _cluster(plan: Plan, scope: Scope) -> Cluster:
    nodes = [
        _node(plan, op, scope)
        for op in scope.operations
        if not plan.helpers.is_helper(op.name) and plan.stacks.head.get(op.name, op.name) == op.name
    ]
    clusters = []
    for child in scope.children.values():
        if child.path in plan.folded:
            nodes.append(_folded_node(plan, child, scope))
        else:
            clusters.append(_cluster(plan, child))
    kind = Kind.GRADIENT if reading.in_gradients(scope.path) else Kind.OPERATION
    title = _relative(scope.path, scope.path.rpartition("/")[0])
    return Cluster(scope.path, title, kind, tuple(nodes), tuple(clusters))


def _relative(name: str, scope: str) -> str:
    if name == scope:
        return name.rpartition("/")[2]
    outer, _, last = name.rpartition("/")
    if outer != scope and outer.rpartition("/")[2] == last:
        name = outer
    return name[len(scope) + 1 :] if scope and name.startswith(scope + "/") else name


def _folded_node(plan: Plan, child: Scope, scope: Scope) -> Node:
    drawn = list(child.all_operations())
    names = tuple(name for op in drawn for name in plan.helped.get(op.name, ()))
    for op in drawn:
        plan.place[op.name] = child.path
    machines = [inner for inner in child.walk() if inner.machinery]
    if machines:
        plan.holders.add(child.path)
        plan.in_machinery |= {op.name for inner in machines for op in inner.all_operations()}
    if child.machinery:
        plan.machinery.add(child.path)
        if is_optimizer(child):
            plan.optimizers[child.path] = sum(bool(APPLY.match(op.type)) for op in drawn)
    variables = sum(op.type in reading.VARIABLES for op in drawn)
    detail = _count(len(names), "operation")
    if variables:
        detail += f", {_count(variables, 'variable')}"
    if child.alike:
        detail = f"{child.alike[0]} × like {child.alike[1]}\n{detail}"
    kind = Kind.GRADIENT if reading.in_gradients(child.path) else Kind.OPERATION
    return Node(child.path, _relative(child.path, scope.path), detail, kind, names, len(names))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _node(plan: Plan, op: Any, scope: Scope) -> Node:
    kind = reading.kind_of(op)
    followers = plan.stacks.rows.get(op.name, [])
    members = [op, *followers]
    for member in members:
        plan.place[member.name] = op.name
    if kind in WITH_VALUES:
        plan.labelled.add(op.name)
    title, detail = _words(plan, op, scope)
    return Node(
        op.name,
        title,
        detail,
        kind,
        tuple(name for member in members for name in plan.helped[member.name]),
        target=any(member.name in plan.reach.targets for member in members),
        rows=tuple(Row(m.name, *_words(plan, m, scope)) for m in followers),
    )


def _words(plan: Plan, op: Any, scope: Scope) -> tuple[str, str]:
    """Title and detail of an operation."""
    title, kind = _relative(op.name, scope.path), reading.kind_of(op)
    if kind is Kind.CONSTANT:
        value = reading.constant_text(op)
        if value is not None:
            return (title, value) if reading.names_itself(op) else (value, "")
    if kind in WITH_VALUES:
        return title, _value_detail(plan, op)
    return title, _operation_detail(plan, op, title)


def _value_detail(plan: Plan, op: Any) -> str:
    slots = plan.helpers.slots.get(op.name, [])
    parts = [reading.describe(_value(plan, op))] if plan.shapes else []
    parts += [f"+ {', '.join(slots)}"] if slots else []
    if op.type == "PlaceholderWithDefault":
        default = reading.constant_text(op.inputs[0].op)
        parts += [f"default {default}"] if default else []
    return "\n".join(part for part in parts if part)


def _value(plan: Plan, op: Any) -> Any:
    """The tensor that a variable's readers see (a resource handle tells no shape itself)."""
    if op.type == "VarHandleOp":
        for user, _ in plan.reach.consumers[op.name]:
            if user.type == "ReadVariableOp":
                return user.outputs[0]
    return op.outputs[0]


def _operation_detail(plan: Plan, op: Any, title: str) -> str:
    """The formula if it is short or has a constant drawn nowhere else; else the type."""
    last = title.rpartition("/")[2].rstrip("0123456789").rstrip("_")
    named_after_type = len(last) > 1 and op.type.lower().startswith(last.lower())
    symbol = reading.INFIX.get(op.type)
    inlined = [t.op for t in op.inputs if plan.helpers.owner.get(t.op.name) == op.name]
    values = [v for v in map(reading.constant_text, inlined) if v] if plan.compact else []
    if symbol and len(op.inputs) == 2:
        left, right = (_operand(t.op, t.op in inlined) for t in op.inputs)
        longest = SHORT if named_after_type else SHORT_IF_NAMED
        if values or len(left) + len(right) <= longest:
            return f"{left} {symbol} {right}"
        return "" if named_after_type else symbol
    words = [] if named_after_type else [op.type]
    if values and op.type not in PARAMETERS:
        words.append(("of " if len(op.inputs) == 1 else "with ") + ", ".join(values))
    return " ".join(words)


def _operand(op: Any, inlined: bool) -> str:
    """How a formula calls an operation: by its name, or by the value that is shown nowhere else."""
    if op.type == "Const" and (inlined or not reading.names_itself(op)):
        return reading.constant_text(op) or op.name.rpartition("/")[2]
    if op.type == "Identity" and op.name.endswith("/read"):
        op = op.inputs[0].op
    return str(op.name).rpartition("/")[2]


def _annotated(cluster: Cluster, plan: Plan, edges: tuple[Edge, ...]) -> Cluster:
    """Tell in a node what it reads, or how many use it, where its many edges are not drawn."""
    nodes = tuple(
        replace(node, detail=f"{node.detail}\n{text}".strip())
        if (text := _reads(node.name, plan, edges) if node.folded else _feeds(node, edges))
        else node
        for node in cluster.nodes
    )
    clusters = tuple(_annotated(child, plan, edges) for child in cluster.clusters)
    return replace(cluster, nodes=nodes, clusters=clusters)


def _feeds(node: Node, edges: tuple[Edge, ...]) -> str:
    """ "used in 53 places", of a value whose edges are all left out."""
    going = [edge for edge in edges if edge.source == node.name]
    if len(going) < wiring.EVERYWHERE or not all(edge.background for edge in going):
        return ""
    return f"used in {len(going)} places"


def _reads(name: str, plan: Plan, edges: tuple[Edge, ...]) -> str:
    """ "reads 24 tensors of conv1, conv2, …", or what an optimizer updates."""
    incoming = [edge for edge in edges if edge.target == name and edge.background]
    if not incoming or name not in plan.holders:
        return ""
    if name in plan.optimizers:
        words = f"updates {_count(plan.optimizers[name], 'variable')}"
    else:
        words = f"reads {_count(sum(edge.tensors for edge in incoming), 'tensor')}"
    places = list(dict.fromkeys(edge.source.split("/")[0] for edge in incoming))
    names = ", ".join(places[:MOST_NAMES]) + (", …" if len(places) > MOST_NAMES else "")
    return f"{words}\nof {names}"
