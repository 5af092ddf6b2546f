"""Declarations of ops as OpDef messages: the list of ops that a graph uses."""

from __future__ import annotations

from typing import Any

from flowgraph.core import attrs as attr_kinds
from flowgraph.core import op_def as op_defs
from flowgraph.core.op_def import OpDef
from flowgraph.graph_io import forms, protos
from flowgraph.graph_io.attributes import to_attr_value


def ops_used_by_graph_def(graph_def: Any) -> list[str]:
    """The types of ops that a GraphDef uses, those in its functions among them."""
    functions = {f.signature.name: f for f in graph_def.library.function}
    used: set[str] = set()
    stack = [graph_def.node]
    while stack:
        for node in stack.pop():
            called = [v.func.name for v in node.attr.values() if v.HasField("func")]
            called += [f.name for v in node.attr.values() for f in v.list.func]
            for name in [node.op, *called]:
                if name not in used and name in functions:
                    stack.append(functions[name].node_def)
                used.add(name)
    return sorted(used - functions.keys() - {""})


def stripped_op_list_for_graph(graph_def: Any) -> Any:
    """The OpList of the ops that a GraphDef uses, without descriptions."""
    known = []
    for name in ops_used_by_graph_def(graph_def):
        if name in forms.LOOPS or name in forms.CONDITIONALS:
            continue  # whose declaration here is another one
        try:
            known.append(op_message(op_defs.get(name)))
        except LookupError:
            continue
    return protos.OpList(op=known)


def op_message(op_def: OpDef) -> Any:
    """The OpDef message of a declaration."""
    message = protos.OpDef(name=op_def.name, is_stateful=op_def.is_stateful())
    for args, field in ((op_def.inputs, message.input_arg), (op_def.outputs, message.output_arg)):
        for arg in args:
            field.add(
                name=arg.name,
                type=0 if arg.dtype is None else arg.dtype.enum,
                type_attr=arg.type_attr or "",
                number_attr=arg.number_attr or "",
                type_list_attr=arg.type_list_attr or "",
                is_ref=arg.is_ref,
            )
    for name, attr in op_def.attrs.items():
        if attr.kind != "python":
            _describe(message.attr.add(name=name, type=attr.kind), attr)
    return message


def _describe(told: Any, attr: Any) -> None:
    if attr.default is not attr_kinds.REQUIRED and (
        attr.default is not None or "shape" in told.type
    ):
        told.default_value.CopyFrom(to_attr_value(attr.default, attr.kind, str))
    if attr.minimum is not None:
        told.has_minimum, told.minimum = True, attr.minimum
    if attr.allowed is not None:
        allowed = to_attr_value(attr.allowed, f"list({attr.kind})", str)
        told.allowed_values.CopyFrom(allowed)


def strip_defaults(graph_def: Any) -> None:
    """Takes the attributes that are defaults out of the nodes."""
    functions = {f.signature.name for f in graph_def.library.function}
    nodes = [*graph_def.node, *[n for f in graph_def.library.function for n in f.node_def]]
    for node in nodes:
        if node.op in functions or node.op in forms.LOOPS or node.op in forms.CONDITIONALS:
            continue
        try:
            declared = op_message(op_defs.get(node.op))
        except LookupError:
            continue
        for attr in declared.attr:
            has = attr.name in node.attr and attr.HasField("default_value")
            if has and node.attr[attr.name] == attr.default_value:
                del node.attr[attr.name]
