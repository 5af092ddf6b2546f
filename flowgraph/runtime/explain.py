"""What is wrong with the arrays that a kernel failed on: the op's own shape rule tells.

A kernel need not check what its shape rule checks already. Where the static shapes left it open and
numpy fails on it, the rule is asked again, with the shapes (and small integers) that really came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core.graph import Graph
from flowgraph.core.op_args import parse_args
from flowgraph.core.op_def import OpDef, Trait
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.runtime.store import VariableCell

_MOST_ELEMENTS = 64  # of an array whose values a shape rule may ask for: axes, sizes, paddings


def _came(name: str) -> OpDef:
    """A node for an array that came; not registered, as no graph of a user has it."""
    outputs = parse_args("array: int32", {})
    shape = lambda op: op.attrs["shape"]  # noqa: E731
    return OpDef(name=name, inputs=(), outputs=outputs, attrs={}, shape_rule=shape)


_array = _came("Came")
_numbers = _came("CameAs")
_numbers.preset_value = lambda context: context.attrs["value"]


def explain(op: Operation, values: Sequence[Any]) -> str | None:
    """Why `op` cannot take these values, in its shape rule's words; None when the rule can."""
    if op.op_def.traits & Trait.CALLS or op.op_def.shape_rule is None:
        return None
    graph = Graph()
    inputs = [_input(graph, t, value) for t, value in zip(op.inputs, values, strict=True)]
    dtypes = [t.dtype for t in op.outputs]
    try:
        graph.create_node(op.op_def, inputs, dtypes, op.name, dict(op.attrs))
    except (ValueError, TypeError) as error:
        return str(error).partition(f" for '{op.name}'")[0]
    return None


def _input(graph: Graph, tensor: Tensor, value: Any) -> Tensor:
    if isinstance(value, VariableCell):
        value = value.value
    array = isinstance(value, (np.ndarray, np.generic))
    told = {"shape": TensorShape(value.shape) if array else UNKNOWN}
    known = array and value.dtype.kind in "iu" and value.size <= _MOST_ELEMENTS
    if known:
        told["value"] = value
    node = _numbers if known else _array
    return graph.create_node(node, [], [tensor.dtype], node.name, told).outputs[0]
