"""The layers of a Keras model: they are objects there, and need not be guessed from scopes."""

from __future__ import annotations

from typing import Any

from flowgraph.ops.control import nest
from flowgraph.viz.boilerplate import SHAPE_QUESTIONS
from flowgraph.viz.network.layers import INPUT, Layer, Network
from flowgraph.viz.reading import VARIABLES

_SILENT = SHAPE_QUESTIONS | VARIABLES | {"Const", "NoOp", "ReadVariableOp"}


def read(model: Any) -> Network:
    """The layers of a Keras model (or a single layer), each once however often it is called.

    Raises:
      ValueError: for a model that has no weights yet.
    """
    if not model.built:
        raise ValueError(
            f"the model {model.name!r} has not been built yet: call it on data, build() it with an "
            "input shape, or give its first layer an input_shape"
        )
    nodes = _nodes(model)
    layers: list[Layer] = []
    made_by: dict[int, int] = {}  # a tensor's id -> the number of the layer that made it
    listed = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    for tensor in nest.flatten(getattr(model, "inputs", None) or []):
        made_by[id(tensor)] = len(layers)
        layers.append(Layer(tensor.op.name, (tensor.op,), tensor, kind=INPUT))
    for layer in listed:
        calls = [n for n in layer._inbound_nodes if nodes is None or id(n) in nodes]
        layers.append(_layer(layer, calls, made_by))
        for call in calls:
            made_by.update({id(t): len(layers) - 1 for t in nest.flatten(call.output_tensors)})
    trained = frozenset(w.op.name for w in model.trainable_weights)
    variables = {w.op.name: w for w in model.weights}
    return Network(f"model {model.name!r}", tuple(layers), tuple(variables.values()), trained)


def _nodes(model: Any) -> set[int] | None:
    """The calls within the model; None for a subclass, whose calls nobody wrote down."""
    if not getattr(model, "_is_graph_network", False):
        return None
    return {id(node) for level in model._map.nodes_by_depth.values() for node in level}


def _layer(layer: Any, calls: list[Any], made_by: dict[int, int]) -> Layer:
    operations: dict[str, Any] = {}
    inputs: dict[int, None] = {}
    for call in calls:
        sources = nest.flatten([call.input_tensors, list(call.arguments.values())])
        inputs.update((made_by[id(t)], None) for t in sources if id(t) in made_by)
        operations.update((op.name, op) for op in _between(call))
    outputs = nest.flatten(calls[-1].output_tensors) if calls else []
    variables = tuple({w.op.name: w.op for w in layer.weights}.values())
    return Layer(
        layer.name, tuple(operations.values()), outputs[0] if outputs else None, variables,
        tuple(inputs), bool(variables), type(layer).__name__,
    )  # fmt: skip


def _between(call: Any) -> list[Any]:
    """The operations that lead from a call's inputs to its outputs."""
    given = {id(t) for t in nest.flatten(call.input_tensors)}
    found: dict[str, Any] = {}
    stack = [t for t in nest.flatten(call.output_tensors) if id(t) not in given]
    while stack:
        op = stack.pop().op
        if op.name not in found:
            found[op.name] = op
            stack += [t for t in op.inputs if id(t) not in given]
    kept = [op for op in found.values() if op.type not in _SILENT]
    return sorted(kept, key=lambda op: op._id)
