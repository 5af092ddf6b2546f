"""Objects that hold variables, as a graph: what each holds under which name.

Checkpoints of objects name a variable by the way to it from the root, and hold a description of
the whole graph of objects (TrackableObjectGraph).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowgraph.core import errors
from flowgraph.core.graph import get_default_graph
from flowgraph.graph_io import protos
from flowgraph.train.checkpoint_reader import CheckpointReader
from flowgraph.train.optimizer import Optimizer
from flowgraph.variables.variable import Variable

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"


@dataclass(eq=False)
class Node:
    """An object, its children by name, and the way to it."""

    value: Any
    number: int
    path: str
    children: dict[str, Node] = field(default_factory=dict)
    slots: list[tuple[Node, str, Node]] = field(default_factory=list)  # variable, name, slot

    @property
    def key(self) -> str:
        """What a checkpoint calls the object's value, when it is a variable."""
        return f"{self.path}/.ATTRIBUTES/{_VALUE}" if self.path else f".ATTRIBUTES/{_VALUE}"


def children_of(value: Any) -> Iterator[tuple[str, Any]]:
    """(name, object) of what an object holds."""
    if isinstance(value, Variable):
        return
    if hasattr(value, "_checkpoint_children"):
        yield from value._checkpoint_children()
    elif isinstance(value, Mapping):
        yield from ((str(key), inner) for key, inner in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((str(i), inner) for i, inner in enumerate(value))
    elif isinstance(value, Optimizer):
        graph = get_default_graph()
        own = [(n, v) for (n, g), v in value._non_slots.items() if g is graph]
        yield from sorted(own, key=lambda pair: pair[0])
    else:
        for i, layer in enumerate(getattr(value, "layers", ())):
            yield f"layer-{i}", layer
        yield from ((n, v) for n, v in vars(value).items() if not n.startswith("_"))


def holds_variables(value: Any) -> bool:
    """Whether an object is one that checkpoints know of."""
    if isinstance(value, (Variable, Optimizer)) or hasattr(value, "_checkpoint_children"):
        return True
    if isinstance(value, Mapping):
        return any(holds_variables(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(holds_variables(inner) for inner in value)
    return not isinstance(value, type) and isinstance(getattr(value, "variables", None), list)


def nodes_of(root: Any) -> list[Node]:
    """All objects below a root, which is the first; nearer ones come first."""
    nodes = [Node(root, 0, "")]
    known = {id(root): nodes[0]}
    for node in nodes:  # which grows
        for name, value in children_of(node.value):
            if not holds_variables(value):
                continue
            if id(value) not in known:
                made = Node(value, len(nodes), _joined(node.path, _escaped(name)))
                known[id(value)] = made
                nodes.append(made)
            node.children[name] = known[id(value)]
    for node in list(nodes):
        if isinstance(node.value, Optimizer):
            _add_slots(node, nodes, known)
    return nodes


def _add_slots(node: Node, nodes: list[Node], known: dict[int, Node]) -> None:
    for variable in [n for n in nodes if isinstance(n.value, Variable)]:
        for name in node.value.get_slot_names():
            slot = node.value.get_slot(variable.value, name)
            if slot is None:
                continue
            path = f"{variable.path}/.OPTIMIZER_SLOT/{node.path}/{_escaped(name)}"
            if id(slot) not in known:
                known[id(slot)] = Node(slot, len(nodes), path)
                nodes.append(known[id(slot)])
            node.slots.append((variable, name, known[id(slot)]))


def _escaped(name: str) -> str:
    return name.replace(".", "..").replace("/", ".S")


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


# --- as a message ---------------------------------------------------------------------------------
def message_of(nodes: list[Node]) -> Any:
    """The TrackableObjectGraph of objects."""
    whole = protos.TrackableObjectGraph()
    for node in nodes:
        made = whole.nodes.add()
        for name, child in node.children.items():
            made.children.add(node_id=child.number, local_name=name)
        if isinstance(node.value, Variable):
            name = node.value._shared_name
            made.attributes.add(name=_VALUE, full_name=name, checkpoint_key=node.key)
        for variable, name, slot in node.slots:
            made.slot_variables.add(
                original_variable_node_id=variable.number,
                slot_name=name,
                slot_variable_node_id=slot.number,
            )
    return whole


def read_message(reader: CheckpointReader) -> Any:
    """The TrackableObjectGraph in a checkpoint; None when it is one of variables by name.

    DataLossError when it cannot be read.
    """
    from google.protobuf import message

    if not reader.has_tensor(GRAPH_KEY):
        return None
    whole = protos.TrackableObjectGraph()
    try:
        whole.ParseFromString(reader.get_tensor(GRAPH_KEY))
    except message.DecodeError as error:
        raise errors.DataLossError(f"{GRAPH_KEY} is no description of objects: {error}") from None
    return whole


def keys_by_name(reader: CheckpointReader) -> dict[str, str] | None:
    """{name of a variable: its key} in a checkpoint of objects; None when it is none."""
    whole = read_message(reader)
    if whole is None:
        return None
    return {a.full_name: a.checkpoint_key for node in whole.nodes for a in node.attributes}


def matched(root: Any, whole: Any) -> tuple[list[tuple[Any, str]], set[int], list[Node]]:
    """([(variable, its key)], the saved objects that were found, objects that were not saved)."""
    nodes = nodes_of(root)
    at: dict[int, int] = {0: 0}  # of ours -> of theirs
    for node in nodes:
        if node.number not in at:
            continue
        theirs = whole.nodes[at[node.number]]
        saved = {child.local_name: child.node_id for child in theirs.children}
        for name, child in node.children.items():
            if name in saved:
                at.setdefault(child.number, saved[name])
        slots = {
            (s.original_variable_node_id, s.slot_name): s.slot_variable_node_id
            for s in theirs.slot_variables
        }
        for variable, name, slot in node.slots:
            found = slots.get((at.get(variable.number, -1), name))
            if found is not None:
                at.setdefault(slot.number, found)
    pairs = []
    for node in nodes:
        if node.number in at and isinstance(node.value, Variable):
            keys = {a.name: a.checkpoint_key for a in whole.nodes[at[node.number]].attributes}
            if _VALUE in keys:
                pairs.append((node.value, keys[_VALUE]))
    missing = [n for n in nodes if n.number not in at and isinstance(n.value, Variable)]
    return pairs, set(at.values()), missing
