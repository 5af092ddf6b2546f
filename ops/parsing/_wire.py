"""Protocol buffers' wire format: a message is a sequence of (field number, kind, value).

Only what readers and writers of TensorFlow's few messages need; see protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class Malformed(ValueError):
    """The bytes are not a message."""


# --- reading --------------------------------------------------------------------------------------
def fields(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, ...]]:
    """(number, kind, first, last) of each field between two offsets of `data`.

    Of a varint `first` is the value itself; of others the field's bytes are `data[first:last]`.
    """
    at, end = start, len(data) if stop is None else stop
    while at < end:
        tag, at = data[at], at + 1
        if tag > 0x7F:
            tag, at = varint(data, at - 1, end)
        kind = tag & 7
        if kind == BYTES:
            size, at = varint(data, at, end)
            after = at + size
        elif kind == VARINT:
            value, at = varint(data, at, end)
            yield tag >> 3, kind, value, at
            continue
        elif kind in (FIXED32, FIXED64):
            after = at + (4 if kind == FIXED32 else 8)
        else:
            raise Malformed(f"a field of kind {kind} at byte {at}")
        if after > end or not tag >> 3:
            raise Malformed(f"a field that ends after its message at byte {at}")
        yield tag >> 3, kind, at, after
        at = after


def only_field(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """(number, first) of a message that is one field of bytes, up to its end; else (0, 0).

    So lie nearly all of the messages within an Example: this is `fields` for them, at a fifth of
    the time.
    """
    if stop - start < 2:
        return 0, 0
    tag, size, at = data[start], data[start + 1], start + 2
    if tag & 7 != BYTES or tag > 0x7F:
        return 0, 0
    if size > 0x7F:
        more = data[at] if at < stop else 0x80
        if more < 0x80:
            size, at = size & 0x7F | more << 7, at + 1
        else:
            size, at = varint(data, start + 1, stop)
    return (tag >> 3, at) if at + size == stop else (0, 0)


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """(the number at an offset, the offset after it)."""
    result = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, at
        shift += 7
        if shift >= 7 * _LONGEST_VARINT:
            break
    raise Malformed(f"a number without an end at byte {at}")


def varints(data: bytes, start: int, stop: int) -> Any:
    """A packed list of numbers, as int64."""
    if 0 < stop - start <= _LONGEST_VARINT:
        value, after = varint(data, start, stop)
        if after == stop:
            return np.array([signed(value)], np.int64)
    packed = np.frombuffer(data, np.uint8, stop - start, start)
    is_last = packed < 0x80
    if is_last.all():
        return packed.astype(np.int64)
    ends = np.flatnonzero(is_last)
    if not ends.size or ends[-1] != len(packed) - 1:
        raise Malformed(f"a number without an end before byte {stop}")
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    if sizes.max() > _LONGEST_VARINT:
        raise Malformed(f"a number of {sizes.max()} bytes before byte {stop}")
    shifts = 7 * (np.arange(len(packed)) - np.repeat(starts, sizes))
    parts = (packed & 0x7F).astype(np.uint64) << shifts.astype(np.uint64)
    return np.bitwise_or.reduceat(parts, starts).view(np.int64)


def signed(value: int) -> int:
    """A varint read as an int64."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


# --- writing --------------------------------------------------------------------------------------
def number(value: int) -> bytes:
    """A varint; a negative number takes ten bytes."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer_field(field: int, value: int) -> bytes:
    """A field that is a number."""
    return number(field << 3 | VARINT) + number(value)


def bytes_field(field: int, value: bytes) -> bytes:
    """A field that is a string, bytes, a message or a packed list."""
    return number(field << 3 | BYTES) + number(len(value)) + value
