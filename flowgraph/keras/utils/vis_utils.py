"""Pictures of models."""

from __future__ import annotations

import importlib
from typing import Any


def plot_model(
    model: Any, to_file: str = "model.png", show_shapes: bool = False,
    show_layer_names: bool = True, rankdir: str = "TB", expand_nested: bool = False, dpi: int = 96,
) -> Any:  # fmt: skip
    """Draws the layers of a model into a file (tf.keras.utils.plot_model).

    Args:
      model: a model that is built.
      to_file: the file; its ending tells the format.
      show_shapes: whether to tell inputs' and outputs' shapes.
      show_layer_names: whether to tell names.
      rankdir: "TB" from top to bottom, "LR" from left to right.
      expand_nested: accepted.
      dpi: dots per inch.
    """
    dot = model_to_dot(model, show_shapes, show_layer_names, rankdir, expand_nested, dpi)
    kind = str(to_file).rpartition(".")[2] or "png"
    if kind == "dot":
        data = dot.source.encode()
    else:
        data = importlib.import_module("flowgraph.viz.render").render(dot.source, kind)
    with open(to_file, "wb") as f:
        f.write(data)


def model_to_dot(
    model: Any, show_shapes: bool = False, show_layer_names: bool = True, rankdir: str = "TB",
    expand_nested: bool = False, dpi: int = 96, subgraph: bool = False,
) -> Any:  # fmt: skip
    """The layers of a model as a graphviz graph."""
    graphviz = importlib.import_module("graphviz")
    dot = graphviz.Digraph(graph_attr={"rankdir": rankdir, "dpi": str(dpi)},
                           node_attr={"shape": "record"})  # fmt: skip
    layers = list(model._map.layers) if model._is_graph_network else model.layers
    known = {id(layer) for layer in layers}
    for layer in layers:
        label = type(layer).__name__
        if show_layer_names:
            label = f"{layer.name}: {label}"
        if show_shapes:
            shapes = [getattr(layer, f"{end}_shape", "?") if layer._inbound_nodes else "?"
                      for end in ("input", "output")]  # fmt: skip
            label += f"\n|{{input:|output:}}|{{{{{shapes[0]}}}|{{{shapes[1]}}}}}"
        dot.node(str(id(layer)), label)
    for layer in layers:
        for node in layer._inbound_nodes:
            for before in node._inbound:
                if id(before) in known:
                    dot.edge(str(id(before)), str(id(layer)))
    return dot
