"""Graphs whose variables become constants (tf.graph_util.convert_variables_to_constants)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.graph_io.forms import CONDITIONALS, LOOPS
from flowgraph.graph_io.node_walks import extract_sub_graph, node_name, without_nodes
from flowgraph.graph_io.ordering import in_order
from flowgraph.graph_io.tensors import tensor_proto
from flowgraph.platform import logging

_VARIABLES = ("Variable", "VariableV2", "AutoReloadVariable", "VarHandleOp")
_HANDED_ON = ("Identity",)  # what gives a handle as it is
_CALLS = ("f", "cond", "body", "then_branch", "else_branch")  # attributes that are functions


def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: Any,
    variable_names_whitelist: Any = None,
    variable_names_blacklist: Any = None,
) -> Any:
    """The part of a graph that some nodes need, with the values of variables as constants.

    tf.graph_util.convert_variables_to_constants.

    Args:
      sess: the session that has the values.
      input_graph_def: the GraphDef of its graph.
      output_node_names: the names of the nodes.
      variable_names_whitelist: only these variables become constants.
      variable_names_blacklist: these variables stay.

    Raises:
      FailedPreconditionError: a variable has no value.
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    nodes = {node.name: node for node in part.node}
    names = _chosen(nodes, variable_names_whitelist, variable_names_blacklist)
    tensors = [_readable(sess, nodes[name]) for name in names]
    values = dict(zip(names, sess.run(tensors) if tensors else [], strict=True))
    frozen = without_nodes(part)
    freezing = _Freezing(frozen, nodes, values)
    for node in part.node:
        new = frozen.node.add()
        new.CopyFrom(node)
        if node.name in values:
            _make_constant(new, node, values[node.name])
        else:
            freezing.rewrite(new, {i: freezing.behind(ref) for i, ref in enumerate(node.input)})
    logging.info("Froze %d variables.", len(values))
    return frozen


def _chosen(nodes: Mapping[str, Any], only: Any, without: Any) -> list[str]:
    return [
        name
        for name, node in nodes.items()
        if node.op in _VARIABLES
        and (only is None or name in only)
        and (without is None or name not in without)
    ]


def _readable(sess: Any, node: Any) -> Any:
    """The tensor that gives a variable's value."""
    tensor = sess.graph.get_tensor_by_name(node.name + ":0")
    if node.op != "VarHandleOp":
        return tensor
    for op in tensor.consumers():
        if op.type == "ReadVariableOp":
            return op.outputs[0]
    raise ValueError(f"Nothing reads the variable {node.name}, which is to become a constant")


def _make_constant(new: Any, node: Any, value: Any) -> None:
    dtype = dtypes.as_dtype(node.attr["dtype"].type).base_dtype
    new.Clear()
    new.op, new.name, new.device = "Const", node.name, node.device
    new.attr["dtype"].type = dtype.enum
    array = np.asarray(value, dtype.np_dtype)
    new.attr["value"].tensor.CopyFrom(tensor_proto(array, dtype))


class _Freezing:
    """Nodes and functions that took handles of variables, and are to take values."""

    def __init__(self, frozen: Any, nodes: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self._functions = {f.signature.name: f for f in frozen.library.function}
        self._nodes = nodes
        self._variables = {
            name: nodes[name].attr for name in values if nodes[name].op == "VarHandleOp"
        }
        self._done: set[str] = set()

    def behind(self, ref: str) -> Any:
        """The attributes of the variable whose handle an input is; None for anything else."""
        name = node_name(ref)
        while name in self._nodes and self._nodes[name].op in _HANDED_ON:
            name = node_name(self._nodes[name].input[0])
        return None if ref.startswith("^") else self._variables.get(name)

    def rewrite(self, node: Any, behind: Mapping[int, Any]) -> None:
        """Makes a node take values; `behind` are the variables, by the number of the input."""
        given = {i: v for i, v in behind.items() if v is not None}
        if not given:
            return
        if node.op in ("ReadVariableOp", "Identity"):
            node.op = "Identity"
            node.attr.clear()
            node.attr["T"].type = given[0]["dtype"].type
        elif node.op == "ResourceGather":
            node.op = "Gather"
            indices = node.attr["Tindices"].type
            node.attr.clear()
            node.attr["Tparams"].type = given[0]["dtype"].type
            node.attr["Tindices"].type = indices
        else:
            self._call(node, given)

    def _call(self, node: Any, given: Mapping[int, Any]) -> None:
        """Makes the functions that a node calls take values."""
        key = "T" if "T" in node.attr else "Tin"
        called = [node.attr[a].func.name for a in _CALLS if a in node.attr]
        if "branches" in node.attr:
            called += [f.name for f in node.attr["branches"].list.func]
        known = [name for name in called if name in self._functions]
        if not known or key not in node.attr:
            raise ValueError(
                f"Node '{node.name}' of type {node.op} takes the handle of a variable that is to "
                "become a constant. Hint: list it in variable_names_blacklist."
            )
        first = 1 if node.op in CONDITIONALS else 0  # what decides is not handed on
        node.attr.pop("_output_shapes", None)
        for i, variable in given.items():
            node.attr[key].list.type[i - first] = variable["dtype"].type
            if node.op in LOOPS and node.attr["output_shapes"].list.shape:
                node.attr["output_shapes"].list.shape[i].CopyFrom(variable["shape"].shape)
        for name in known:
            self._function(self._functions[name], {i - first: v for i, v in given.items()})

    def _function(self, function: Any, given: Mapping[int, Any]) -> None:
        """Makes a function take values in place of some of its arguments."""
        if function.signature.name in self._done:
            return
        self._done.add(function.signature.name)
        arguments = function.signature.input_arg
        behind, renamed = {}, {}
        for i, variable in given.items():
            arguments[i].type = variable["dtype"].type
            behind[arguments[i].name] = variable
        for node in in_order({n.name: n for n in function.node_def}, node_name):
            node.input[:] = [renamed.get(ref, ref) for ref in node.input]
            handed = {i: behind.get(ref) for i, ref in enumerate(node.input)}
            first = next((v for v in handed.values() if v is not None), None)
            if first is not None and node.op in _HANDED_ON:
                behind[f"{node.name}:output:0"] = first
            if first is not None and node.op == "ReadVariableOp":
                # An identity's output has another name.
                renamed[f"{node.name}:value:0"] = f"{node.name}:output:0"
            self.rewrite(node, handed)
        for output in function.signature.output_arg:
            ref = function.ret[output.name]
            function.ret[output.name] = renamed.get(ref, ref)
            if ref in behind:
                output.type = behind[ref]["dtype"].type
