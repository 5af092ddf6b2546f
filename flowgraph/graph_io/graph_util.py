"""GraphDefs changed as messages (tf.graph_util): parts of them, and variables made constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowgraph.core import dtypes
from flowgraph.graph_io import protos
from flowgraph.graph_io.freezing import convert_variables_to_constants
from flowgraph.graph_io.importer import import_graph_def
from flowgraph.graph_io.node_walks import extract_sub_graph, node_name, without_nodes

__all__ = [
    "convert_variables_to_constants", "extract_sub_graph", "import_graph_def", "must_run_on_cpu",
    "remove_training_nodes", "tensor_shape_from_node_def_name",
]  # fmt: skip

_REMOVED, _SPLICED = ("CheckNumerics",), ("Identity",)  # what training alone needs


def remove_training_nodes(input_graph: Any, protected_nodes: Any = None) -> Any:
    """A GraphDef without nodes that only training needs (tf.graph_util.remove_training_nodes).

    These are checks of numbers, and identities for which nothing waits by a control input, unless
    they are among `protected_nodes`.
    """
    protected = set(protected_nodes or ())
    waits = {
        node_name(ref) for node in input_graph.node for ref in node.input if ref.startswith("^")
    }
    removed = {n.name for n in input_graph.node if n.op in _REMOVED and n.name not in protected}
    spliced: dict[str, str] = {}
    kept = without_nodes(input_graph)
    for node in input_graph.node:
        inputs = [ref for ref in node.input if node_name(ref) not in removed]
        if node.op in _SPLICED and inputs and node.name not in waits | protected:
            spliced[node.name] = inputs[0]
        elif node.name not in removed:
            new = kept.node.add()
            new.CopyFrom(node)
            new.input[:] = inputs
    for node in kept.node:
        node.input[:] = [_past(spliced, ref) for ref in node.input]
    return kept


def _past(spliced: Mapping[str, str], ref: str) -> str:
    """The input, past the nodes that are taken out."""
    while ref.removesuffix(":0") in spliced:
        ref = spliced[ref.removesuffix(":0")]
    return ref


def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Whether an operation or NodeDef cannot be on a GPU (tf.graph_util.must_run_on_cpu).

    These are ops on strings and, if that is asked for, variables.
    """
    described = node if isinstance(node, protos.NodeDef) else node.node_def
    if pin_variables_on_cpu and described.op in ("Variable", "VariableV2"):
        return True
    if described.op == "Const" and described.attr["dtype"].type == dtypes.string.enum:
        return True
    return described.op in ("DynamicStitch", "ParallelDynamicStitch") and (
        described.attr["T"].type == dtypes.int32.enum
    )


def tensor_shape_from_node_def_name(graph: Any, input_name: str) -> Any:
    """The static shape of a node's output (tf.graph_util.tensor_shape_from_node_def_name).

    Args:
      graph: the graph.
      input_name: a name as NodeDefs have it, "x" or "x:1".
    """
    name = input_name if ":" in input_name else f"{input_name}:0"
    return graph.get_tensor_by_name(name).shape
