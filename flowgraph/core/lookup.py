"""Finds the tensor or operation that a name or an object stands for, with TensorFlow's errors."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor

if TYPE_CHECKING:
    from flowgraph.core.graph import Graph


def as_graph_element(graph: Graph, obj: Any, allow_tensor: bool, allow_operation: bool) -> Any:
    """See `Graph.as_graph_element`. Raises KeyError, ValueError or TypeError as TensorFlow does."""
    if allow_tensor and allow_operation:
        types = "a Tensor or Operation"
    elif allow_tensor or allow_operation:
        types = "a Tensor" if allow_tensor else "an Operation"
    else:
        raise ValueError("allow_tensor and allow_operation can't both be False.")
    if hasattr(obj, "_as_graph_element"):
        obj = obj._as_graph_element()
    if isinstance(obj, bytes):
        obj = obj.decode()
    if isinstance(obj, str):
        return _by_name(graph, obj, types, allow_tensor, allow_operation)
    kinds = (Tensor,) * allow_tensor + (Operation,) * allow_operation
    if isinstance(obj, kinds):
        if obj.graph is not graph:
            raise ValueError(f"{_kind(obj)} {obj} is not an element of this graph.")
        return obj
    raise TypeError(f"Can not convert a {type(obj).__name__} into {types}.")


def _by_name(graph: Graph, name: str, types: str, allow_tensor: bool, allow_op: bool) -> Any:
    if ":" in name and allow_tensor:
        return _tensor_by_name(graph, name)
    if ":" in name:
        raise ValueError(f"Name {name!r} appears to refer to a Tensor, not {types}.")
    op = graph._by_name.get(name)
    if not allow_op:
        found = "exists" if op is not None else "does not exist"
        raise ValueError(
            f"The name {name!r} refers to an Operation, not {types}: an operation of that name "
            f'{found}. Tensor names must be of the form "<op_name>:<output_index>".'
        )
    if op is None:
        raise KeyError(
            f"The name {name!r} refers to an Operation not in the graph.{_nearest(graph, name)}"
        )
    return op


def _tensor_by_name(graph: Graph, name: str) -> Tensor:
    op_name, _, index = name.rpartition(":")
    if not op_name or not index.isdigit():
        raise ValueError(
            f"The name {name!r} looks like a tensor name, but is not a valid one. Tensor names "
            'must be of the form "<op_name>:<output_index>".'
        )
    op = graph._by_name.get(op_name)
    if op is None:
        raise KeyError(
            f"The name {name!r} refers to a Tensor which does not exist. The operation, "
            f"{op_name!r}, does not exist in the graph.{_nearest(graph, op_name)}"
        )
    if int(index) >= len(op.outputs):
        raise KeyError(
            f"The name {name!r} refers to a Tensor which does not exist. The operation, "
            f"{op_name!r}, exists but only has {len(op.outputs)} outputs."
        )
    return op.outputs[int(index)]


def _nearest(graph: Graph, name: str) -> str:
    close = difflib.get_close_matches(name, list(graph._by_name)[:10_000], n=3)
    return f" Did you mean {' or '.join(repr(c) for c in close)}?" if close else ""


def _kind(obj: Any) -> str:
    return "Tensor" if isinstance(obj, Tensor) else "Operation"
