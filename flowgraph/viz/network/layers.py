"""The layers of a graph: which operations belong together, with what variables, in which order.

`find_layers` takes whatever users hold (a tensor, a graph, a scope, a Keras model); what counts
as one layer is told by `units`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx

from flowgraph.core.collections import GraphKeys
from flowgraph.viz import graph_def, reading
from flowgraph.viz.boilerplate import ASSIGNS, SHAPE_QUESTIONS, Helpers, find_helpers
from flowgraph.viz.network import units
from flowgraph.viz.reading import PLACEHOLDERS, VARIABLES, Reach, in_gradients

INPUT = "input"
SOURCES = PLACEHOLDERS | {
    "IteratorGetNext", "IteratorGetNextSync", "QueueDequeueV2", "QueueDequeueManyV2",
    "QueueDequeueUpToV2", "ReaderReadV2",
}  # fmt: skip
"""Op types that bring data into a graph."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `operations` are what it computes with, `variables` what it learns.

    `inputs` are the numbers of the layers that feed it. `weighty` tells whether it has weights or
    changes sizes; what has not (a loss, a cast) is of less interest.
    """

    name: str
    operations: tuple[Any, ...]
    output: Any
    variables: tuple[Any, ...] = ()
    inputs: tuple[int, ...] = ()
    weighty: bool = False
    kind: str = ""
    """What its author called it (a Keras class); "" lets the operations tell."""

    @property
    def is_input(self) -> bool:
        """Whether it is what is fed or read."""
        return self.kind == INPUT


@dataclass(frozen=True, slots=True)
class Network:
    """Layers, inputs before their users; `variables` are all that the source knows."""

    title: str
    layers: tuple[Layer, ...]
    variables: tuple[Any, ...]
    trainable: frozenset[str]


def find_layers(source: Any) -> Network:
    """The layers of a Keras model, a graph, a scope, or of what tensors depend on.

    Args:
      source: a Keras model; a Graph or GraphDef; a scope of the default graph (its name or a
        VariableScope); a tensor, an operation or a list of these.

    Raises:
      TypeError: when `source` is none of these.
      ValueError: when there is no layer in it.
    """
    if hasattr(source, "layers") and hasattr(source, "count_params"):
        from flowgraph.viz.network import keras_layers

        return keras_layers.read(source)
    scope = _scope_name(source)
    if scope is not None:
        return _of_scope(scope)
    title = "the graph"
    if graph_def.is_graph_def(source):
        title, source = "the GraphDef", _imported(source)
    elif not hasattr(source, "get_operations"):
        items = list(source) if isinstance(source, list | tuple) else [source]
        title = ", ".join(str(getattr(i, "name", i)) for i in items) or "nothing"
    try:
        reach = reading.read(source)
    except TypeError:
        raise TypeError(
            "expected a Keras model, a Graph, a GraphDef, the name of a scope, a VariableScope, "
            f"a Tensor, an Operation or a list of these, got {source!r}"
        ) from None
    layers = layers_of(reach)
    if not layers:
        raise ValueError(
            f"there are no layers in {title}: no weights, and nothing is computed of what is fed"
        )
    graph = source if hasattr(source, "get_operations") else reach.operations[0].graph
    return Network(title, layers, *_variables(graph, reach))


def _scope_name(source: Any) -> str | None:
    if isinstance(source, str):
        return source.strip("/")
    if hasattr(source, "original_name_scope"):
        return str(source.name)
    return None


def _of_scope(scope: str) -> Network:
    """The layers that lie within a scope of the default graph."""
    from flowgraph.core.graph import get_default_graph

    graph = get_default_graph()
    reach = reading.read(graph)
    inside = scope + "/" if scope else ""
    if not any(op.name.startswith(inside) for op in reach.operations):
        raise ValueError(f"there is no scope {scope!r} in the default graph")
    # What a scope computes is of interest whether or not weights outside of it need it.
    ends = tuple(op for op in reach.operations if op.name.startswith(inside))
    everything = layers_of(reading.read(list(ends)), frozenset())
    kept = [i for i, layer in enumerate(everything) if layer.name.startswith(inside)]
    kept = kept or [i for i, layer in enumerate(everything) if layer.name == scope]
    if not kept:
        raise ValueError(f"there are no layers in the scope {scope!r}: it computes nothing")
    chosen = _chosen(everything, kept)
    variables, trainable = _variables(graph, reach)
    own = tuple(v for v in variables if v.op.name.startswith(inside))
    return Network(f"scope {scope!r}", chosen, own, trainable)


def _imported(source: Any) -> Any:
    """A GraphDef as a graph, which knows shapes."""
    from flowgraph.core.graph import Graph
    from flowgraph.graph_io.importer import import_graph_def

    graph = Graph()
    with graph.as_default():
        import_graph_def(source, name="")
    return graph


def _variables(graph: Any, reach: Reach) -> tuple[tuple[Any, ...], frozenset[str]]:
    """The graph's trained variables (of those that are reached), and their names.

    Of others only those in layers count: the rest are counters and optimizers' slots.
    """
    reached = {op.name for op in reach.operations} if reach.targets else None
    trained = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
    own = {v.op.name: v for v in trained if reached is None or v.op.name in reached}
    return tuple(own.values()), frozenset(own)


def layers_of(reach: Reach, targets: frozenset[str] | None = None) -> tuple[Layer, ...]:
    """Groups operations into layers, inputs before their users.

    For a whole graph (no targets) what comes after the last weights (losses, metrics) is left out.
    """
    helpers = find_helpers(reach)
    forward = _forward(reach, helpers)
    found = units.find_units(forward, helpers)
    groups = units.assign(forward, found, helpers)
    merged = _merged(groups, forward)
    layers = _layers(merged, forward, helpers, found)
    if (reach.targets if targets is None else targets) or not any(x.weighty for x in layers):
        return layers
    return _leading_to_weights(layers)


def _forward(reach: Reach, helpers: Helpers) -> list[Any]:
    """What a person would call the net: no gradients, no updates, no initial values, no checks."""
    late: set[str] = set()
    kept = []
    for op in reach.operations:
        if op.name in reach.targets and not in_gradients(op.name):
            kept.append(op)
        elif in_gradients(op.name) or any(t.op.name in late for t in op.inputs):
            late.add(op.name)
        elif not (
            helpers.is_helper(op.name)
            or op.type in VARIABLES
            or op.type in ASSIGNS
            or op.type in ("Const", "NoOp")
            or op.type in SHAPE_QUESTIONS
            or any(t.dtype.is_ref_dtype for t in op.inputs)  # an update of a variable
            or (op.outputs and all(t.dtype.base_dtype.name == "string" for t in op.outputs))
        ):
            kept.append(op)
    return kept


def _merged(groups: dict[str, str], forward: Sequence[Any]) -> dict[str, str]:
    """Groups that feed each other in a circle, as the steps of an unrolled cell do, are one.

    What else stands in the circle's scope (the last step, which feeds none) belongs to it too.
    """
    while True:
        circles = [
            c for c in networkx.strongly_connected_components(_flow(groups, forward)) if len(c) > 1
        ]  # fmt: skip
        if not circles:
            return groups
        stands_for = {}
        for circle in circles:
            name = units.common_scope(circle) or min(circle)
            stands_for.update(dict.fromkeys(circle, name))
            stands_for.update({
                group: name for op, group in groups.items()
                if group == op and group.startswith(name + "/") and group not in stands_for
            })  # fmt: skip
        groups = {op: stands_for.get(group, group) for op, group in groups.items()}


def _flow(groups: dict[str, str], forward: Sequence[Any]) -> Any:
    """Which groups feed which."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(dict.fromkeys(groups.values()))
    for op in forward:
        for tensor in op.inputs:
            before = groups.get(tensor.op.name)
            if before is not None and before != groups[op.name]:
                graph.add_edge(before, groups[op.name])
    return graph


def _layers(
    groups: dict[str, str], forward: Sequence[Any], helpers: Helpers, found: units.Units
) -> tuple[Layer, ...]:
    members: dict[str, list[Any]] = {}
    for op in forward:
        members.setdefault(groups[op.name], []).append(op)
    # In the order of data flow, and of creation where that leaves it open.
    place = {name: i for i, name in enumerate(members)}
    order = list(
        networkx.lexicographical_topological_sort(_flow(groups, forward), key=place.__getitem__)
    )
    number = {name: i for i, name in enumerate(order)}
    users = _users(forward)
    layers = []
    for name in order:
        operations = members[name]
        feeding = dict.fromkeys(
            number[groups[t.op.name]]
            for op in operations for t in op.inputs
            if t.op.name in groups and groups[t.op.name] != name
        )  # fmt: skip
        made = [t for op in operations for t in op.outputs]
        taken = [t for t in made if any(groups[u] != name for u in users.get(t.name, ()))]
        outputs = taken or [t for t in made if not users.get(t.name)]
        variables = found.variables_of(operations)
        weighty = bool(variables) or any(units.is_primary(op) for op in operations)
        brings = all(op.type in SOURCES or not len(op.inputs) for op in operations)
        kind = INPUT if brings and not weighty else ""
        layers.append(Layer(
            name, _useful(operations, outputs), _main(outputs, operations), variables,
            tuple(sorted(feeding)), weighty, kind,
        ))  # fmt: skip
    return _without_knobs(layers)


def _users(forward: Sequence[Any]) -> dict[str, list[str]]:
    """Tensor -> the operations that take it."""
    users: dict[str, list[str]] = {}
    for op in forward:
        for tensor in op.inputs:
            users.setdefault(tensor.name, []).append(op.name)
    return users


def _main(outputs: Sequence[Any], operations: Sequence[Any]) -> Any:
    """The output that matters: the last with axes that is no flag."""
    candidates = outputs or [t for op in operations for t in op.outputs]
    plain = [t for t in candidates if not t.dtype.base_dtype.is_bool]
    ranked = [t for t in plain if t.shape.rank]
    return (ranked or plain or candidates or [None])[-1]


def _useful(operations: Sequence[Any], outputs: Sequence[Any]) -> tuple[Any, ...]:
    """What leads to the layer's outputs; a Keras cell that was called to learn shapes does not."""
    inside = {op.name: op for op in operations}
    needed: set[str] = set()
    stack = [t.op.name for t in outputs]
    while stack:
        name = stack.pop()
        if name not in needed:
            needed.add(name)
            stack += [t.op.name for t in inside[name].inputs if t.op.name in inside]
    return tuple(op for op in operations if op.name in needed)


def _without_knobs(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Without what only steers (keep_prob), inputs that nobody takes, and states of zeros."""
    users: dict[int, list[int]] = {i: [] for i in range(len(layers))}
    for i, layer in enumerate(layers):
        for before in layer.inputs:
            users[before].append(i)
    knobs: set[int] = set()
    for i in reversed(range(len(layers))):
        if not layers[i].weighty and _steers(layers, i, users[i], knobs):
            knobs.add(i)

    def is_shown(i: int, layer: Layer) -> bool:
        if layer.output is None or i in knobs:
            return False
        taken = bool(users[i]) if layer.is_input else bool(layer.inputs)
        return layer.weighty or taken or len(layers) == 1

    return _chosen(layers, [i for i, layer in enumerate(layers) if is_shown(i, layer)])


def _steers(layers: Sequence[Layer], number: int, users: Sequence[int], knobs: set[int]) -> bool:
    """Whether a layer is a switch or a probability: a scalar that is fed, or what is made of it."""
    output = layers[number].output
    if output is None:
        return False
    if layers[number].is_input and (output.shape.rank == 0 or output.dtype.base_dtype.is_bool):
        return True
    return (
        output.shape.rank in (0, None)
        and bool(users)
        and all(
            u in knobs or any(op.type == "RandomUniform" for op in layers[u].operations)
            for u in users
        )
    )


def _leading_to_weights(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Layers with weights, and what they depend on."""
    needed: set[int] = set()
    for i in reversed(range(len(layers))):
        if layers[i].weighty or i in needed:
            needed |= {i, *layers[i].inputs}
    return _chosen(layers, sorted(needed))


def _chosen(layers: Sequence[Layer], kept: Iterable[int]) -> tuple[Layer, ...]:
    """Some of the layers, with the inputs' numbers put right."""
    kept = list(kept)
    number = {old: new for new, old in enumerate(kept)}
    return tuple(
        Layer(x.name, x.operations, x.output, x.variables,
              tuple(number[i] for i in x.inputs if i in number), x.weighty, x.kind)
        for x in (layers[i] for i in kept)
    )  # fmt: skip
