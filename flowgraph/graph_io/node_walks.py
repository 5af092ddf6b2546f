"""Ways through the nodes of GraphDef messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowgraph.graph_io import protos


def node_name(ref: str) -> str:
    """The name of the node behind an input."""
    return ref.lstrip("^").split(":")[0]


def reached_from(nodes: Mapping[str, Any], names: Iterable[str]) -> set[str]:
    """The names of the nodes that some nodes need, those among them."""
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in found and name in nodes:
            found.add(name)
            stack += [node_name(ref) for ref in nodes[name].input]
    return found


def without_nodes(graph_def: Any) -> Any:
    """A GraphDef with the versions and functions of another one."""
    empty = protos.GraphDef()
    if graph_def.HasField("versions"):
        empty.versions.CopyFrom(graph_def.versions)
    if graph_def.HasField("library"):
        empty.library.CopyFrom(graph_def.library)
    return empty


def extract_sub_graph(graph_def: Any, dest_nodes: Any) -> Any:
    """The part of a GraphDef that some nodes need (tf.graph_util.extract_sub_graph).

    Args:
      graph_def: the GraphDef.
      dest_nodes: the names of the nodes, a list.

    Raises:
      TypeError: `graph_def` is none, or `dest_nodes` is a string.
      AssertionError: a name is not in the graph.
    """
    if not isinstance(graph_def, protos.GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    nodes = {node.name: node for node in graph_def.node}
    for name in dest_nodes:
        if name not in nodes:
            raise AssertionError(f"{name} is not in graph")
    needed = reached_from(nodes, dest_nodes)
    part = without_nodes(graph_def)
    part.node.extend([node for node in graph_def.node if node.name in needed])
    return part
