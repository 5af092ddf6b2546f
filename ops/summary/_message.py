"""Summary messages: a list of values, each with a tag."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.parsing import _wire

_VALUE = 1  # the field of Summary
_TAG, _SIMPLE, IMAGE, HISTOGRAM, AUDIO, _NODE_NAME, TENSOR, METADATA = 1, 2, 4, 5, 6, 7, 8, 9
_TAG_AND_FLOAT = bytes([_SIMPLE << 3 | _wire.FIXED32])


def scalar(tag: bytes, value: Any) -> bytes:
    """A Summary of one number."""
    content = _wire.bytes_field(_TAG, tag) + _TAG_AND_FLOAT + struct.pack("<f", value)
    return _wire.bytes_field(_VALUE, content)


def value(tag: bytes, *parts: tuple[int, bytes], node_name: bytes = b"") -> bytes:
    """A Summary of one value: (number of the field, message) for each of its parts."""
    head = _wire.bytes_field(_TAG, tag) if tag else b""
    if node_name:
        head += _wire.bytes_field(_NODE_NAME, node_name)
    return _wire.bytes_field(_VALUE, head + b"".join(_wire.bytes_field(n, p) for n, p in parts))


def tags(summary: bytes) -> Iterator[bytes]:
    """The tags in a Summary; InvalidArgumentError when the bytes are none."""
    try:
        for field, kind, first, last in _wire.fields(summary):
            if field == _VALUE and kind == _wire.BYTES:
                tag = b""
                for inner, inner_kind, start, stop in _wire.fields(summary, first, last):
                    if inner == _TAG and inner_kind == _wire.BYTES:
                        tag = summary[start:stop]
                yield tag
    except _wire.Malformed:
        raise InvalidArgumentError("Could not parse one of the summary inputs") from None
