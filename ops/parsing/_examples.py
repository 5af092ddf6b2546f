"""Example and SequenceExample messages read from their bytes, only as far as they are asked for.

A message stays where it is: a place is (first, last), offsets in the bytes of the whole.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.ops.parsing import _wire

Place = tuple[int, int]

TYPES = (dtypes.float32, dtypes.int64, dtypes.string)
WORDS = {"float32": "float", "int64": "int64", "string": "string"}  # TensorFlow's, in messages
_KINDS = {1: dtypes.string, 2: dtypes.float32, 3: dtypes.int64}  # fields of Feature
_KEY = 1 << 3 | _wire.BYTES  # the byte before the length of a key
_LONG = 0x80  # lengths from here on take more than one byte
_NUMBERS = (
    (dtypes.float32, _wire.BYTES), (dtypes.float32, _wire.FIXED32), (dtypes.int64, _wire.BYTES),
)  # fmt: skip
_EMPTY = {t: np.empty(0, t.np_dtype) for t in TYPES}


def features_of(data: bytes, wanted: Container[bytes]) -> dict[bytes, Place]:
    """The features of a serialised Example by name; the last of one name counts."""
    found: dict[bytes, Place] = {}
    for field, kind, first, last in _wire.fields(data):
        if field == 1 and kind == _wire.BYTES:
            found.update(entries(data, first, last, wanted))
    return found


def sequence_of(
    data: bytes, context: Container[bytes], lists: Container[bytes]
) -> tuple[dict[bytes, Place], dict[bytes, Place]]:
    """(context features, feature lists) of a serialised SequenceExample by name."""
    found: tuple[dict[bytes, Place], dict[bytes, Place]] = ({}, {})
    for field, kind, first, last in _wire.fields(data):
        if field in (1, 2) and kind == _wire.BYTES:
            wanted = context if field == 1 else lists
            found[field - 1].update(entries(data, first, last, wanted))
    return found


def entries(data: bytes, start: int, stop: int, wanted: Container[bytes]) -> dict[bytes, Place]:
    """The entries of a map from strings to messages, at a place."""
    found: dict[bytes, Place] = {}
    for field, kind, first, last in _wire.fields(data, start, stop):
        if field != 1 or kind != _wire.BYTES:
            continue
        size = data[first + 1] if last - first > 2 and data[first] == _KEY else _LONG
        if size < _LONG:
            middle = first + 2 + size
            number, begin = _wire.only_field(data, middle, last)
            if number == 2:  # a key and a value, in this order and nothing else
                if (key := data[first + 2 : middle]) in wanted:
                    found[key] = (begin, last)
                continue
        key, place = b"", (last, last)
        for inner, inner_kind, begin, end in _wire.fields(data, first, last):
            if inner == 1 and inner_kind == _wire.BYTES:
                key = data[begin:end]
            elif inner == 2 and inner_kind == _wire.BYTES:
                place = (begin, end)
        if key in wanted:
            found[key] = place
    return found


def features_in(data: bytes, place: Place) -> list[Place]:
    """The features of a FeatureList."""
    return [
        (first, last)
        for field, kind, first, last in _wire.fields(data, *place)
        if field == 1 and kind == _wire.BYTES
    ]


def values_of(data: bytes, place: Place) -> tuple[dtypes.DType | None, Any]:
    """(dtype, vector of values) of a Feature; (None, None) of one that holds no list."""
    number, start = _wire.only_field(data, *place)
    inner, first = _wire.only_field(data, start, place[1]) if number in _KINDS else (0, 0)
    if inner == 1:
        return _KINDS[number], _of_one_field(data, first, place[1], _KINDS[number])
    dtype: dtypes.DType | None = None
    parts: list[Any] = []
    for field, kind, first, last in _wire.fields(data, *place):
        if field in _KINDS and kind == _wire.BYTES:
            if _KINDS[field] is not dtype:
                dtype, parts = _KINDS[field], []
            parts += _list(data, first, last, dtype)
    if dtype is None:
        return None, None
    if len(parts) == 1 and dtype is not dtypes.string:
        return dtype, parts[0]
    if dtype is dtypes.string:
        texts = np.empty(len(parts), object)
        texts[:] = parts
        return dtype, texts
    return dtype, np.concatenate(parts) if parts else _EMPTY[dtype]


def _of_one_field(data: bytes, first: int, last: int, dtype: dtypes.DType) -> Any:
    """The values of a list that is one string, or numbers packed together."""
    if dtype is dtypes.string:
        text = np.empty(1, object)
        text[0] = data[first:last]
        return text
    return _list_of_numbers(data, first, last, dtype)


def _list_of_numbers(data: bytes, first: int, last: int, dtype: dtypes.DType) -> Any:
    if dtype is dtypes.int64:
        return _wire.varints(data, first, last)
    if (last - first) % 4:
        raise _wire.Malformed(f"{last - first} bytes of packed floats")
    return np.frombuffer(data, "<f4", (last - first) // 4, first)


def _list(data: bytes, start: int, stop: int, dtype: dtypes.DType) -> list[Any]:
    """The values of a list message: strings, or arrays of numbers, packed or one by one."""
    found: list[Any] = []
    for field, kind, first, last in _wire.fields(data, start, stop):
        if field != 1:
            continue
        if dtype is dtypes.string and kind == _wire.BYTES:
            found.append(data[first:last])
        elif (dtype, kind) in _NUMBERS:
            found.append(_list_of_numbers(data, first, last, dtype))
        elif dtype is dtypes.int64 and kind == _wire.VARINT:
            found.append(np.array([_wire.signed(first)], np.int64))
        else:
            raise _wire.Malformed(f"a value of the wrong kind in a list of {dtype.name}")
    return found
