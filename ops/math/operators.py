"""Python's operators on tensors: which function each calls, and how the other side is converted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.lazy import later
from flowgraph.core.op_def import raw
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor, override_operator

Function = Callable[..., Any]
_DIVISION = "flowgraph.ops.math.division"


def _add(x: Any, y: Any, name: str | None = None) -> Any:
    """Strings have no AddV2."""
    op_def = raw.Add if x.dtype.base_dtype.name == "string" else raw.AddV2
    return op_def(x, y, name=name)


def _logical(op_type: str) -> Function:
    return lambda x, y, name=None: getattr(raw, op_type)(x, y, name=name)


def _xor(x: Any, y: Any, name: str | None = None) -> Any:
    from flowgraph.ops.math.logical import logical_xor

    with name_scope(name, "xor", [x, y]) as scope:  # it is made of several nodes
        return logical_xor(x, y, name=scope)


_BINARY: dict[str, Function] = {
    "add": _add,
    "sub": lambda x, y, name=None: raw.Sub(x, y, name=name),
    "mul": lambda x, y, name=None: raw.Mul(x, y, name=name),
    "div": later(
        _DIVISION, "div"
    ),  # Python 2's operator, which TensorFlow still lets one call by its name
    "truediv": later(_DIVISION, "truediv"),
    "floordiv": lambda x, y, name=None: raw.FloorDiv(x, y, name=name),
    "mod": lambda x, y, name=None: raw.FloorMod(x, y, name=name),
    "pow": later("flowgraph.ops.math.powers", "pow"),
    "matmul": later("flowgraph.ops.math.matmul", "matmul"),
    "and": _logical("LogicalAnd"),
    "or": _logical("LogicalOr"),
    "xor": _xor,
}
_COMPARE = {"lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual"}


def _forward(name: str, function: Function) -> Function:
    def operator(x: Tensor, y: Any) -> Any:
        if type(y) is Tensor:
            return function(x, y, name=name)
        if isinstance(y, SparseTensor):
            return NotImplemented  # it has products with dense tensors of its own
        with name_scope(None, name, [x]) as scope:
            try:
                y = convert_to_tensor(y, dtype_hint=x.dtype.base_dtype, name="y")
            except TypeError:
                if hasattr(type(y), f"__r{name}__"):
                    return NotImplemented  # its own type knows better
                raise
            return function(x, y, name=scope)

    return operator


def _reflected(name: str, function: Function) -> Function:
    def operator(y: Tensor, x: Any) -> Any:
        with name_scope(None, name, [y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    return operator


def _compared(op_type: str) -> Function:
    return lambda x, y: getattr(raw, op_type)(x, y)


for _name, _function in _BINARY.items():
    override_operator(f"__{_name}__", _forward(_name, _function))
    override_operator(f"__r{_name}__", _reflected(_name, _function))
for _name, _op_type in _COMPARE.items():
    override_operator(f"__{_name}__", _compared(_op_type))
override_operator("__neg__", lambda x: raw.Neg(x))
override_operator("__invert__", lambda x: raw.LogicalNot(x))
override_operator("__abs__", later("flowgraph.ops.math.unary", "abs"))
