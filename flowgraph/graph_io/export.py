"""Graphs as GraphDef messages, operations as NodeDef, subgraphs as FunctionDef."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flowgraph.compiler.lower import prune
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import Graph
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import forms, protos
from flowgraph.graph_io.attributes import to_attr_value
from flowgraph.graph_io.tensors import shape_of_proto, shape_proto, tensor_proto
from flowgraph.graph_io.variable_defs import variable_def, variable_of

__all__ = [
    "attribute", "graph_def", "module", "node_def", "shape_of_proto", "shape_proto",
    "variable_def", "variable_of",
]  # fmt: skip

PRODUCER = 134  # TF_GRAPH_DEF_VERSION of TensorFlow 1.15
_Named = Callable[[forms.Subgraph, Operation, str], str]


def module() -> Any:
    """This module: what core asks for messages."""
    return sys.modules[__name__]


def versions(graph: Graph) -> Any:
    """The VersionDef of a graph: our own, or that of the program whose nodes it has."""
    return protos.VersionDef(producer=PRODUCER if graph._producer is None else graph._producer)


def graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """The GraphDef of a graph; see `Graph.as_graph_def`."""
    functions = _Functions()
    ops = [op for op in graph.get_operations() if op._id > (from_version or 0)]
    nodes = [_node(op, _outer_name, functions.named) for op in ops]
    if add_shapes:
        for op, node in zip(ops, nodes, strict=True):
            if op.outputs:
                shapes = (
                    node.attr["output_shapes"].list.shape
                    if op.type in forms.LOOPS
                    else ([shape_proto(t.shape) for t in op.outputs])
                )
                node.attr["_output_shapes"].list.shape.extend(shapes)
    whole = protos.GraphDef(node=nodes, versions=versions(graph))
    if functions.written:
        whole.library.function.extend(functions.written)
    return whole


def node_def(op: Operation) -> Any:
    """The NodeDef of an operation."""
    return _node(op, _outer_name, lambda _, caller, attr: function_name(caller, attr))


def attribute(op: Operation, name: str) -> Any:
    """An attribute's value as a message: shapes, arrays and subgraphs have one each."""
    kind, value = forms.form_of(op).attrs[name]
    proto = _attr_value(op, name, kind, value, lambda _, o, attr: function_name(o, attr))
    field = proto.WhichOneof("value")
    if field != "list":
        return getattr(proto, field)
    return [v for _, values in proto.list.ListFields() for v in values]


def _node(op: Operation, name_of: Callable[[Tensor], str], named: _Named) -> Any:
    form = forms.form_of(op)
    node = protos.NodeDef(name=op.name, op=form.type, device=op.device)
    node.input.extend([name_of(t) for t in op.inputs])
    node.input.extend([f"^{control.name}" for control in op.control_inputs])
    for name, (kind, value) in form.attrs.items():
        node.attr[name].CopyFrom(_attr_value(op, name, kind, value, named))
    return node


def _attr_value(op: Operation, name: str, kind: str, value: Any, named: _Named) -> Any:
    if kind == "message":
        return protos.AttrValue.FromString(value.SerializeToString())
    dtype = op.attrs.get("dtype")
    if kind == "tensor" and isinstance(dtype, DType):  # which may be quantised
        return protos.AttrValue(tensor=tensor_proto(value, dtype))
    numbers = iter(range(len(value))) if kind == "list(func)" else None

    def called(subgraph: Any) -> str:
        suffix = name if numbers is None else f"{name}{next(numbers)}"
        return named(subgraph, op, suffix)

    return to_attr_value(value, kind, called)


def _outer_name(tensor: Tensor) -> str:
    number = forms.output_number(tensor)
    return f"{tensor.op.name}:{number}" if number else str(tensor.op.name)


# --- functions ------------------------------------------------------------------------------------
def function_name(caller: Operation, attr: str) -> str:
    """The name of the function that an operation has as an attribute."""
    return f"{caller.name}.{attr}".replace("/", ".")


class _Functions:
    """The functions of a graph: each subgraph once, under a name of its own."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self._names: dict[forms.Subgraph, str] = {}
        self._taken: set[str] = set()

    def named(self, subgraph: forms.Subgraph, caller: Operation, attr: str) -> str:
        """The name of a subgraph, which is written when it is met first."""
        if subgraph not in self._names:
            name = wanted = function_name(caller, attr)
            number = 0
            while name in self._taken:
                number += 1
                name = f"{wanted}_{number}"
            self._taken.add(name)
            self._names[subgraph] = name
            self.written.append(self._write(subgraph, name))
        return self._names[subgraph]

    def _write(self, subgraph: forms.Subgraph, name: str) -> Any:
        graph = subgraph.graph
        inputs = {t: f"input_{i}" for i, t in enumerate(graph.inputs)}

        def name_of(tensor: Tensor) -> str:
            if tensor in inputs:
                return inputs[tensor]
            argument, place = forms.output_argument(tensor)
            return f"{tensor.op.name}:{argument}:{place}"

        function = protos.FunctionDef()
        function.signature.name = name
        for tensor, argument in inputs.items():
            function.signature.input_arg.add(
                name=argument, type=tensor.dtype.base_dtype.enum, is_ref=_is_written(tensor)
            )
        for i, tensor in enumerate(subgraph.outputs):
            output = function.signature.output_arg.add(
                name=f"output_{i}", type=tensor.dtype.base_dtype.enum
            )
            function.ret[output.name] = name_of(tensor)
        targets = [t.op for t in subgraph.outputs if t not in inputs]
        nodes = prune(targets, set(inputs))
        function.signature.is_stateful = any(op.op_def.is_stateful() for op in nodes)
        function.node_def.extend([_node(op, name_of, self.named) for op in nodes])
        return function


def _is_written(tensor: Tensor) -> bool:
    """Whether an input must be the variable itself, since something inside writes to it."""
    if not tensor.dtype.is_ref_dtype:
        return False
    for op in tensor.consumers():
        if any(a.is_ref and op.input_named(a.name) is tensor for a in op.op_def.inputs):
            return True
        for kind, value in forms.form_of(op).attrs.values():
            called = value if kind == "list(func)" else [value] if kind == "func" else []
            offset = 1 if op.type in forms.CONDITIONALS else 0
            for subgraph in called:
                pairs = zip(op.inputs[offset:], subgraph.graph.inputs, strict=True)
                if any(t is tensor and _is_written(inner) for t, inner in pairs):
                    return True
    return False
