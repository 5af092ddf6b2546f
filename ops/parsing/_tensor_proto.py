"""Arrays as TensorFlow's TensorProto messages, and back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.parsing import _wire

_DTYPE, _SHAPE, _CONTENT, _STRINGS = 1, 2, 4, 8
# The field that lists elements of a dtype, and how numpy reads its packed bytes (None: varints).
_LISTS: dict[str, tuple[int, str | None]] = {
    "float32": (5, "<f4"), "float64": (6, "<f8"), "int32": (7, None), "uint8": (7, None),
    "int16": (7, None), "int8": (7, None), "uint16": (7, None), "complex64": (9, "<f4"),
    "int64": (10, None), "bool": (11, None), "complex128": (12, "<f8"), "float16": (13, None),
    "bfloat16": (13, None), "uint32": (16, None), "uint64": (17, None),
}  # fmt: skip
_HALVES = ("float16", "bfloat16")
_FIXED = {_wire.FIXED32: 4, _wire.FIXED64: 8}


def serialize(array: Any, dtype: dtypes.DType, packed: bool = False) -> bytes:
    """The message of an array; `packed` puts strings, too, into one field of bytes."""
    dims = b"".join(_wire.bytes_field(2, _dim(size)) for size in array.shape)
    head = _wire.integer_field(_DTYPE, dtype.enum) + _wire.bytes_field(_SHAPE, dims)
    if dtype is dtypes.string:
        texts = np.asarray(array, object).reshape(-1).tolist()
        if not packed:
            return head + b"".join(_wire.bytes_field(_STRINGS, text) for text in texts)
        lengths = b"".join(_wire.number(len(text)) for text in texts)
        return head + (_wire.bytes_field(_CONTENT, lengths + b"".join(texts)) if texts else b"")
    content = np.ascontiguousarray(array).astype(dtype.np_dtype.newbyteorder("<")).tobytes()
    return head + _wire.bytes_field(_CONTENT, content) if content else head


def _dim(size: int) -> bytes:
    return _wire.integer_field(1, size) if size else b""


def parse(data: bytes) -> tuple[Any, dtypes.DType]:
    """(array, dtype) of a message.

    Raises:
      _wire.Malformed: the bytes are no TensorProto.
      InvalidArgumentError: its parts contradict each other.
    """
    dtype, shape, content = dtypes.float32, (), None
    lists: dict[int, list[tuple[int, int, int]]] = {}
    for field, kind, first, last in _wire.fields(data):
        if field == _DTYPE and kind == _wire.VARINT:
            dtype = _known_dtype(first)
        elif field == _SHAPE and kind == _wire.BYTES:
            shape = _shape(data, first, last)
        elif field == _CONTENT and kind == _wire.BYTES:
            content = data[first:last]
        else:
            lists.setdefault(field, []).append((kind, first, last))
    if dtype is dtypes.string and content:
        values = _packed_texts(content, int(np.prod(shape)))
    elif dtype is dtypes.string:
        values = _texts(data, lists.get(_STRINGS, []))
    elif content:
        values = _from_content(content, dtype)
    else:
        values = _from_list(data, lists, dtype)
    return _spread(values, shape, dtype), dtype


def _known_dtype(enum: int) -> dtypes.DType:
    try:
        return dtypes.as_dtype(enum).base_dtype
    except TypeError:
        raise InvalidArgumentError(f"TensorProto has an unknown data type: {enum}") from None


def _shape(data: bytes, first: int, last: int) -> tuple[int, ...]:
    sizes = []
    for field, kind, start, stop in _wire.fields(data, first, last):
        if field == 2 and kind == _wire.BYTES:
            size = 0
            for inner, inner_kind, value, _ in _wire.fields(data, start, stop):
                if inner == 1 and inner_kind == _wire.VARINT:
                    size = _wire.signed(value)
            sizes.append(size)
    if any(size < 0 for size in sizes):
        raise InvalidArgumentError(f"TensorProto has a negative size in its shape: {sizes}")
    return tuple(sizes)


def _texts(data: bytes, parts: list[tuple[int, int, int]]) -> Any:
    values = np.empty(len(parts), object)
    values[:] = [data[first:last] for _, first, last in parts]
    return values


def _packed_texts(content: bytes, count: int) -> Any:
    """Strings whose lengths stand before all of them."""
    lengths, at = [], 0
    for _ in range(count):
        length, at = _wire.varint(content, at, len(content))
        lengths.append(length)
    ends = np.cumsum([at, *lengths]).tolist()
    if ends[-1] != len(content):
        raise InvalidArgumentError(
            f"TensorProto has {len(content)} bytes of strings, which should be {ends[-1]}"
        )
    values = np.empty(count, object)
    values[:] = [content[a:b] for a, b in pairwise(ends)]
    return values


def _from_content(content: bytes, dtype: dtypes.DType) -> Any:
    stored = dtype.np_dtype.newbyteorder("<")
    if len(content) % stored.itemsize:
        raise InvalidArgumentError(
            f"TensorProto has {len(content)} bytes of content, not a multiple of "
            f"{stored.itemsize}, the size of {dtype.name}"
        )
    return np.frombuffer(content, stored).astype(dtype.np_dtype)


def _from_list(data: bytes, lists: Any, dtype: dtypes.DType) -> Any:
    if dtype.name not in _LISTS:
        raise InvalidArgumentError(f"TensorProto of data type {dtype.name} cannot be read")
    field, stored = _LISTS[dtype.name]
    parts = []
    for kind, first, last in lists.get(field, []):
        if stored is not None and kind in (_wire.BYTES, *_FIXED):
            parts.append(np.frombuffer(data[first:last], stored))
        elif stored is None and kind == _wire.BYTES:
            parts.append(_wire.varints(data, first, last))
        elif stored is None and kind == _wire.VARINT:
            parts.append(np.array([_wire.signed(first)], np.int64))
    values = np.concatenate(parts) if parts else np.empty(0, stored or np.int64)
    if dtype.name in _HALVES:
        return values.astype(np.uint16).view(dtype.np_dtype)
    if dtype.is_complex:
        return values.view(stored.replace("f4", "c8").replace("f8", "c16"))  # type: ignore[union-attr]
    return values.astype(dtype.np_dtype)


# --- a message that is nothing but the list of values, as old checkpoints have it -----------------
def listed(array: Any, dtype: dtypes.DType) -> bytes:
    """The message of an array's values, without dtype and shape."""
    flat = np.asarray(array).reshape(-1)
    if dtype is dtypes.string:
        return b"".join(_wire.bytes_field(_STRINGS, text) for text in flat.tolist())
    if dtype.name not in _LISTS:
        raise InvalidArgumentError(
            f"A tensor of data type {dtype.name} cannot be written as a list"
        )
    field, stored = _LISTS[dtype.name]
    if not flat.size:
        return b""
    if stored is not None:
        return _wire.bytes_field(field, np.ascontiguousarray(flat).view(stored).tobytes())
    if dtype.name in _HALVES:
        flat = np.ascontiguousarray(flat).view(np.uint16)
    return _wire.bytes_field(field, b"".join(map(_wire.number, flat.astype(np.int64).tolist())))


def of_list(data: bytes, dtype: dtypes.DType) -> Any:
    """The values of such a message; ValueError when it is none."""
    lists: dict[int, list[tuple[int, int, int]]] = {}
    for field, kind, first, last in _wire.fields(data):
        lists.setdefault(field, []).append((kind, first, last))
    if dtype is dtypes.string:
        return _texts(data, lists.get(_STRINGS, []))
    return _from_list(data, lists, dtype)


def _spread(values: Any, shape: tuple[int, ...], dtype: dtypes.DType) -> Any:
    """The values in their shape; the last one stands for all that are left out."""
    count = int(np.prod(shape))
    if len(values) > count:
        raise InvalidArgumentError(
            f"TensorProto has {len(values)} values for a tensor of shape {list(shape)}"
        )
    if len(values) < count:
        fill = values[-1] if len(values) else (b"" if dtype is dtypes.string else 0)
        rest = np.full(count - len(values), fill, dtype.np_dtype)
        values = np.concatenate([values, rest])
    return values.reshape(shape)
