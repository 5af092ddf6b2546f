"""Kinds of attributes of an op: what may stand there, its default, and the check of a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.shapes import as_shape


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()


@dataclass(frozen=True, slots=True)
class Attr:
    """An attribute's kind (TensorFlow's word: type, int, list(int) ...) and what it allows."""

    kind: str
    default: Any = REQUIRED
    allowed: tuple[Any, ...] | None = None
    minimum: int | None = None


def types(*allowed: dtypes.DType, default: dtypes.DType = REQUIRED) -> Attr:
    """A dtype; any when none is named."""
    return Attr("type", default, allowed or None)


def type_list(default: Any = REQUIRED) -> Attr:
    """A list of dtypes."""
    return Attr("list(type)", default)


def count(minimum: int = 1) -> Attr:
    """The length of a list input."""
    return Attr("int", REQUIRED, None, minimum)


def integer(default: Any = REQUIRED, minimum: int | None = None) -> Attr:
    """An int."""
    return Attr("int", default, None, minimum)


def real(default: Any = REQUIRED) -> Attr:
    """A float."""
    return Attr("float", default)


def boolean(default: Any = REQUIRED) -> Attr:
    """A bool."""
    return Attr("bool", default)


def string(default: Any = REQUIRED) -> Attr:
    """A string; kept as str."""
    return Attr("string", default)


def choice(*allowed: str, default: Any = REQUIRED) -> Attr:
    """One of some strings."""
    return Attr("string", default, allowed)


def ints(default: Any = REQUIRED) -> Attr:
    """A list of ints."""
    return Attr("list(int)", default)


def reals(default: Any = REQUIRED) -> Attr:
    """A list of floats."""
    return Attr("list(float)", default)


def strings(default: Any = REQUIRED) -> Attr:
    """A list of strings."""
    return Attr("list(string)", default)


def shape(default: Any = REQUIRED) -> Attr:
    """A static shape."""
    return Attr("shape", default)


def shapes(default: Any = REQUIRED) -> Attr:
    """A list of static shapes."""
    return Attr("list(shape)", default)


def array() -> Attr:
    """A numpy array (TensorFlow's kind "tensor")."""
    return Attr("tensor")


def function() -> Attr:
    """A subgraph (TensorFlow's kind "func")."""
    return Attr("func")


def python(default: Any = REQUIRED) -> Attr:
    """A Python object that lives with the graph, such as the function of a py_func."""
    return Attr("python", default)


def _one_string(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if not isinstance(value, str):
        raise TypeError(f"expected a string, got {value!r}")
    return value


def _one_int(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or int(value) != value:
        raise TypeError(f"expected an int, got {value!r}")
    return int(value)


def _each(convert: Any) -> Any:
    def convert_all(values: Any) -> Any:
        if not isinstance(values, (list, tuple, np.ndarray)):
            raise TypeError(f"expected a list, got {values!r}")
        return [convert(v) for v in values]

    return convert_all


def _same(value: Any) -> Any:
    return value


_CONVERT: dict[str, Any] = {
    "type": lambda v: dtypes.as_dtype(v).base_dtype,
    "list(type)": _each(lambda v: dtypes.as_dtype(v).base_dtype),
    "int": _one_int,
    "float": float,
    "bool": bool,
    "string": _one_string,
    "list(int)": _each(_one_int),
    "list(float)": _each(float),
    "list(string)": _each(_one_string),
    "shape": as_shape,
    "list(shape)": _each(as_shape),
    "tensor": _same,
    "func": _same,
    "python": _same,
}


def convert(op_type: str, name: str, attr: Attr, value: Any) -> Any:
    """Gives the value in its canonical form; TypeError or ValueError when it does not fit."""
    try:
        result = _CONVERT[attr.kind](value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected {attr.kind} for argument '{name}' of '{op_type}' Op, not {value!r}: {error}"
        ) from None
    if attr.kind == "string" and attr.allowed is not None and result not in attr.allowed:
        expected = '", "'.join(attr.allowed)
        raise ValueError(
            f"Value for attr '{name}' of \"{result}\" is not in the list of allowed values: "
            f"\"{expected}\" (op: '{op_type}')"
        )
    if attr.kind == "type" and attr.allowed is not None and result not in attr.allowed:
        raise TypeError(
            f"Value passed to parameter '{name}' has DataType {result.name} not in list of allowed "
            f"values: {', '.join(t.name for t in attr.allowed)} (op: '{op_type}')"
        )
    if attr.minimum is not None and result < attr.minimum:
        raise ValueError(
            f"Attr '{name}' of '{op_type}' Op passed {result} less than minimum {attr.minimum}."
        )
    return result
