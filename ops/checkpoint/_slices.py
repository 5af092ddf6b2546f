"""Parts of tensors as checkpoints name them: "4 3 0,2:-" is rows 0 and 1 of a tensor of [4, 3]."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.parsing import _wire

WHOLE = (0, -1)  # all of an axis
Extent = tuple[int, int]  # first index, length


@dataclass(frozen=True, slots=True)
class Spec:
    """A part of a tensor: the whole's shape, and (first index, length) along each axis."""

    full: tuple[int, ...]
    extents: tuple[Extent, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The part's shape."""
        return tuple(
            size if length < 0 else length
            for size, (_, length) in zip(self.full, self.extents, strict=True)
        )

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the whole is missing."""
        return self.shape == self.full

    def ranges(self) -> list[tuple[int, int]]:
        """[first, end) along each axis."""
        pairs = zip(self.full, self.extents, strict=True)
        return [(0, n) if size < 0 else (at, at + size) for n, (at, size) in pairs]


def parse(text: str) -> Spec:
    """Reads a part; InvalidArgumentError when it is none, or does not lie in the whole."""
    *sizes, last = text.split(" ")
    try:
        full = tuple(int(size) for size in sizes)
        extents = tuple(_extent(part) for part in last.split(":"))
    except ValueError:
        raise InvalidArgumentError(
            f"Expected a shape and slice such as '4 3 0,2:-', got {text!r}"
        ) from None
    if not full:
        raise InvalidArgumentError(
            f"Need least two elements in shape_and_slice specification: {text}"
        )
    spec = Spec(full, extents)
    if len(full) != len(extents):
        raise InvalidArgumentError(
            f"Mismatching ranks: shape {list(full)} and slice {last!r} in {text!r}"
        )
    if any(a < 0 or b > n for (a, b), n in zip(spec.ranges(), full, strict=True)):
        raise InvalidArgumentError(
            f"Extent in slice {last!r} is out of bounds of the shape {list(full)}"
        )
    return spec


def _extent(part: str) -> Extent:
    if part == "-":
        return WHOLE
    at, length = part.split(",")
    if int(at) < 0 or int(length) <= 0:
        raise ValueError(part)
    return int(at), int(length)


def whole(shape: Sequence[int]) -> Spec:
    """All of a tensor."""
    return Spec(tuple(shape), (WHOLE,) * len(shape))


def overlap(a: Spec, b: Spec) -> tuple[tuple[slice, ...], tuple[slice, ...], int] | None:
    """(where in `a`, where in `b`, how many elements) two parts share; None when none."""
    inside_a, inside_b = [], []
    for (a0, a1), (b0, b1) in zip(a.ranges(), b.ranges(), strict=True):
        first, end = max(a0, b0), min(a1, b1)
        if end <= first:
            return None
        inside_a.append(slice(first - a0, end - a0))
        inside_b.append(slice(first - b0, end - b0))
    return tuple(inside_a), tuple(inside_b), math.prod(s.stop - s.start for s in inside_a)


# --- TensorSliceProto -----------------------------------------------------------------------------
def message(extents: Sequence[Extent]) -> bytes:
    """The message of a part."""
    parts = []
    for at, length in extents:
        start = _wire.integer_field(1, at) if at else b""
        parts.append(
            _wire.bytes_field(1, start + (_wire.integer_field(2, length) if length >= 0 else b""))
        )
    return b"".join(parts)


def of_message(data: bytes, first: int, last: int) -> tuple[Extent, ...]:
    """The part that a message tells."""
    extents = []
    for field, kind, start, stop in _wire.fields(data, first, last):
        if field == 1 and kind == _wire.BYTES:
            at, length = WHOLE
            for inner, _, value, _ in _wire.fields(data, start, stop):
                value = _wire.signed(value)
                at, length = (value, length) if inner == 1 else (at, value)
            extents.append((at, length))
    return tuple(extents)


# --- keys: bytes that sort as what they stand for -------------------------------------------------
def key(name: bytes, extents: Sequence[Extent]) -> bytes:
    """The key of a part of the tensor `name` in a checkpoint's table."""
    escaped = re.sub(rb"[\0\xff]", lambda byte: byte[0] + bytes([byte[0][0] ^ 0xFF]), name)
    numbers = b"".join(_signed(number) for extent in extents for number in extent)
    return b"\0" + escaped + b"\0\x01" + _unsigned(len(extents)) + numbers


def _unsigned(value: int) -> bytes:
    size = (value.bit_length() + 7) // 8
    return bytes([size]) + value.to_bytes(size, "big")


def _signed(value: int) -> bytes:
    """As many ones as there are bytes, then the number; a negative one is inverted twice."""
    magnitude = ~value if value < 0 else value
    size = magnitude.bit_length() // 7 + 1  # seven bits a byte, one of them the sign
    coded = magnitude | ((1 << size) - 1) << (7 * size)
    if value < 0:
        coded ^= (1 << 8 * size) - 1
    return coded.to_bytes(size, "big")
