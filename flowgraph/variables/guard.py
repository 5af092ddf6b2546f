"""Initial values that are computed from other variables, which may not be initialised yet."""

from __future__ import annotations

from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.op_def import Trait
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor

# These see a variable itself and must not be given its initialized_value instead.
_AS_IT_IS = ("IsVariableInitialized", "VarIsInitializedOp")


def guarded(value: Tensor, name: str) -> Tensor:
    """The tensor computed from `initialized_value()` of each variable that it reads.

    The operations between are made again, with `_<name>` behind their names, as in TensorFlow.
    """
    between = _ancestors(value.op)
    if not any(_is_variable(op) for op in between):
        return value
    instead: dict[Tensor, Tensor] = {}
    for op in between:
        if _is_variable(op):
            known = _initialized_value(op)
            if known is not None:
                instead[op.outputs[0]] = known
        elif any(t in instead for t in op.inputs):
            copy = _again(op, [instead.get(t, t) for t in op.inputs], name)
            instead.update(zip(op.outputs, copy.outputs, strict=True))
    return instead.get(value, value)


def _ancestors(op: Operation) -> list[Operation]:
    """The operation and all that it is computed from, oldest first."""
    found, stack = {op}, [op]
    while stack:
        op = stack.pop()
        if op.type in _AS_IT_IS or op.op_def.traits & Trait.CALLS:
            continue
        new = [t.op for t in op.inputs if t.op not in found]
        found.update(new)
        stack += new
    return sorted(
        (op for op in found if op.type not in _AS_IT_IS and not op.op_def.traits & Trait.CALLS),
        key=lambda op: op._id,
    )


def _is_variable(op: Operation) -> bool:
    """Whether it gives the value of a variable: as a mutable tensor, or read by its handle."""
    if op.type == "ReadVariableOp":
        return op.inputs[0].op.type == "VarHandleOp"
    return not op.inputs and bool(op.outputs) and op.outputs[0].dtype.is_ref_dtype


def _initialized_value(op: Operation) -> Tensor | None:
    op = op.inputs[0].op if op.inputs else op
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in op.graph.get_collection(key):
            if getattr(variable, "op", None) is op:
                result: Any = variable.initialized_value()
                return result  # type: ignore[no-any-return]
    return None


def _again(op: Operation, inputs: list[Tensor], name: str) -> Operation:
    dtypes = [t.dtype for t in op.outputs]
    attrs = dict(op.attrs)
    with op.graph.name_scope(None):
        return op.graph.create_node(op.op_def, inputs, dtypes, f"{op.name}_{name}", attrs)
