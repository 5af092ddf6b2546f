"""Names of scopes, and what a graph holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor


def get_name_scope() -> str:
    """The name of the scope that is open in the default graph; empty outside of any."""
    return get_default_graph().get_name_scope()


def get_graph_from_inputs(op_input_list: Iterable[Any], graph: Graph | None = None) -> Graph:
    """The graph that all tensors and operations of a list are in: `graph`, or the default one.

    Raises:
        TypeError: `graph` is no graph.
        ValueError: they are in different graphs.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"Input graph needs to be a Graph: {graph!r}")
    said = "must be from the same graph as the other inputs"
    if graph is not None:
        said = "is not from the passed-in graph"
    for item in op_input_list:
        element = item._as_graph_element() if hasattr(item, "_as_graph_element") else item
        if not isinstance(element, (Tensor, Operation)):
            continue
        if graph is None:
            graph = element.graph
        elif graph is not element.graph:
            raise ValueError(f"{element} {said}.")
    return graph or get_default_graph()


def get_placeholders(graph: Graph) -> list[Tensor]:
    """The placeholders of a graph, in the order in which they were made."""
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """A name of a node or an input ("^a", "loc:@a") without a scope that it begins with."""
    if not export_scope:
        return name
    return re.sub(rf"^([\^]|loc:@|^)?{re.escape(export_scope)}[\/]+(.*)", r"\1\2", str(name))


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """A name of a node or an input ("^a", "loc:@a") with a scope put before it."""
    if not import_scope:
        return name
    scope = import_scope.rstrip("/")
    return re.sub(r"^([\^]|loc:@|^)?(.*)", rf"\1{scope}/\2", str(name), count=1)
