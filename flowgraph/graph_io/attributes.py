"""Attributes of operations as AttrValue messages, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.attrs import Attr
from flowgraph.core.dtypes import DType
from flowgraph.core.shapes import TensorShape
from flowgraph.graph_io import protos
from flowgraph.graph_io.tensors import array_of, shape_of_proto, shape_proto, tensor_proto

# Kind of attribute -> the field of AttrValue, and how a value gets there and back.
_FIELDS = {
    "type": "type", "int": "i", "float": "f", "bool": "b", "string": "s", "shape": "shape",
    "tensor": "tensor", "func": "func",
}  # fmt: skip


def _text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


_TO_PROTO: dict[str, Callable[[Any], Any]] = {
    "type": lambda v: dtypes.as_dtype(v).enum,
    "int": int,
    "float": float,
    "bool": bool,
    "string": _text,
    "shape": shape_proto,
    "tensor": lambda v: tensor_proto(v, dtypes.from_numpy(v.dtype)),
}
_FROM_PROTO: dict[str, Callable[[Any], Any]] = {
    "type": dtypes.as_dtype,
    "int": int,
    "float": float,
    "bool": bool,
    "string": lambda v: v.decode("utf-8", "surrogateescape"),
    "shape": shape_of_proto,
    "tensor": array_of,
}
# By the Python type of a value that no declaration describes: its kind.
_KINDS: tuple[tuple[Any, str], ...] = (
    (DType, "type"), ((bool, np.bool_), "bool"), ((int, np.integer), "int"),
    ((float, np.floating), "float"), ((str, bytes), "string"), (TensorShape, "shape"),
    (np.ndarray, "tensor"),
)  # fmt: skip


def to_attr_value(value: Any, kind: str, function_name: Callable[[Any], str]) -> Any:
    """The AttrValue of a value; `function_name` tells how a subgraph is called."""
    proto = protos.AttrValue()
    if kind.startswith("list("):
        inner = kind[5:-1]
        proto.list.SetInParent()
        field = getattr(proto.list, _FIELDS[inner])
        field.extend([_converted(v, inner, function_name) for v in value])
        return proto
    converted = _converted(value, kind, function_name)
    if kind in ("shape", "tensor", "func"):
        getattr(proto, _FIELDS[kind]).CopyFrom(converted)
    else:
        setattr(proto, _FIELDS[kind], converted)
    return proto


def _converted(value: Any, kind: str, function_name: Callable[[Any], str]) -> Any:
    if kind == "func":
        return protos.NameAttrList(name=function_name(value))
    return _TO_PROTO[kind](value)


def kind_of(value: Any) -> str | None:
    """The kind of attribute that a value without a declaration is; None when it is none."""
    if isinstance(value, (list, tuple)):
        inner = {kind_of(v) for v in value}
        if len(inner) > 1 or None in inner:
            return None
        return f"list({inner.pop()})" if inner else "list(string)"
    return next((kind for types, kind in _KINDS if isinstance(value, types)), None)


def from_attr_value(proto: Any, functions: Callable[[Any], Any] | None = None) -> Any:
    """The value of an AttrValue; None when it has none.

    `functions` gives the subgraph of a NameAttrList; without it that message itself is the value.

    Raises:
      TypeError, ValueError: it cannot be read, as a tensor whose parts contradict each other.
    """
    field = proto.WhichOneof("value")
    if field is None:
        return None
    if field != "list":
        return _read(getattr(proto, field), field, functions)
    return [_read(v, f.name, functions) for f, values in proto.list.ListFields() for v in values]


_KIND_OF_FIELD = {field: kind for kind, field in _FIELDS.items()}


def _read(value: Any, field: str, functions: Callable[[Any], Any] | None) -> Any:
    if field == "func":
        return value if functions is None else functions(value)
    if field == "placeholder":
        return value
    return _FROM_PROTO[_KIND_OF_FIELD[field]](value)


def fits(proto: Any, attr: Attr) -> bool:
    """Whether an AttrValue has the field that an attribute of this kind needs."""
    field = proto.WhichOneof("value")
    if not attr.kind.startswith("list("):
        return bool(field == _FIELDS.get(attr.kind))
    full = [f.name for f, _ in proto.list.ListFields()]
    return field == "list" and full in ([], [_FIELDS[attr.kind[5:-1]]])
