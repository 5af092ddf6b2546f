"""The table of a model's layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras.engine.node import Node


def count_params(weights: Any) -> int:
    """How many numbers some variables hold."""
    return int(sum(np.prod(w.shape.as_list()) for w in {id(w): w for w in weights}.values()))


def _is_chain(model: Any, nodes: list[Node]) -> bool:
    """Whether the layers stand one after another, each used once."""
    if getattr(model, "_is_sequential", False) or not model._is_graph_network:
        return True
    for level in model._map.nodes_by_depth.values():
        if len(level) > 1 or len(level[0]._inbound) > 1:
            return False
    used = {id(n) for n in nodes}
    return all(sum(id(n) in used for n in layer._inbound_nodes) <= 1 for layer in model.layers)


def _shape_of(layer: Any) -> Any:
    try:
        return layer.output_shape
    except AttributeError:
        return "multiple"


def print_summary(
    model: Any, line_length: Any = None, positions: Any = None, print_fn: Any = None
) -> None:
    """Prints the layers, the shapes of their outputs and their numbers of parameters.

    Args:
      model: the model.
      line_length: 65 for a chain of layers, 98 otherwise.
      positions: where columns end, as shares of the line or as numbers of characters.
      print_fn: prints a line.
    """
    show = print_fn or print
    nodes = [
        n for level in (model._map.nodes_by_depth.values() if model._is_graph_network else ())
        for n in level
    ]  # fmt: skip
    chain = _is_chain(model, nodes)
    line_length = line_length or (65 if chain else 98)
    ends = positions or ([0.45, 0.85, 1.0] if chain else [0.33, 0.55, 0.67, 1.0])
    if ends[-1] <= 1:
        ends = [int(line_length * p) for p in ends]

    def row(fields: list[Any]) -> None:
        line = ""
        for i, field in enumerate(fields):
            line = (line[:-1] + " " if i else line) + str(field)
            line = line[: ends[i]].ljust(ends[i])
        show(line)

    show(f'Model: "{model.name}"')
    show("_" * line_length)
    row(["Layer (type)", "Output Shape", "Param #"] + ([] if chain else ["Connected to"]))
    show("=" * line_length)
    layers = model.layers
    for number, layer in enumerate(layers):
        fields = [f"{layer.name} ({type(layer).__name__})", _shape_of(layer), layer.count_params()]
        more = [] if chain else _connections(layer, nodes)
        row(fields + ([] if chain else more[:1] or [""]))
        for one in more[1:]:
            row(["", "", "", one])
        show(("=" if number == len(layers) - 1 else "_") * line_length)
    trained = count_params(getattr(model, "_trained", None) or model.trainable_weights)
    fixed = count_params(model.non_trainable_weights)
    show(f"Total params: {trained + fixed:,}")
    show(f"Trainable params: {trained:,}")
    show(f"Non-trainable params: {fixed:,}")
    show("_" * line_length)


def _connections(layer: Any, nodes: list[Node]) -> list[str]:
    known = {id(n) for n in nodes}
    return [
        f"{before.name}[{index}][{place}]"
        for node in layer._inbound_nodes if id(node) in known
        for before, index, place, _ in node.iterate_inbound()
    ]  # fmt: skip
