"""GIF files (CompuServe, "Graphics Interchange Format", 89a): their frames as RGB."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError

Array = np.ndarray[Any, Any]
SIGNATURE = b"GIF8"
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL = 0xF9
_MOST_CODES = 4096


@dataclass(frozen=True, slots=True)
class _Frame:
    left: int
    top: int
    palette: Array
    indices: Array
    transparent: int | None


def read(contents: bytes) -> Array:
    """The frames [n, height, width, 3] of a file, as uint8.

    The canvas is as large as the largest frame; what a frame leaves open shows the one before,
    black before the first.

    Raises:
      InvalidArgumentError: the file is none, is damaged or has no frame.
    """
    try:
        frames = list(_frames(contents))
    except (IndexError, struct.error):
        raise _invalid("it ends too early", contents) from None
    if not frames:
        raise _invalid("gif file does not contain any image", contents)
    height, width = np.max([f.indices.shape for f in frames], axis=0)
    out = np.zeros((len(frames), height, width, 3), np.uint8)
    for k, frame in enumerate(frames):
        if k:
            out[k] = out[k - 1]
        target = out[k, frame.top :, frame.left :][: len(frame.indices), : frame.indices.shape[1]]
        indices = frame.indices[: target.shape[0], : target.shape[1]]
        shown = indices != (-1 if frame.transparent is None else frame.transparent)
        if indices[shown].max(initial=0) >= len(frame.palette):
            raise _invalid("a colour index is outside of the colour map", contents)
        target[shown] = frame.palette[indices[shown]]
    return out


def _invalid(why: str, contents: bytes) -> InvalidArgumentError:
    return InvalidArgumentError(f"Invalid GIF data (size {len(contents)}), {why}")


def _frames(contents: bytes) -> Iterator[_Frame]:
    flags, place = contents[10], 13
    shared, place = _palette(contents, place, flags)
    transparent = None
    while (kind := contents[place]) != _TRAILER:
        if kind == _EXTENSION:
            data, end = _blocks(contents, place + 2)
            if contents[place + 1] == _GRAPHIC_CONTROL and len(data) >= 4:
                transparent = data[3] if data[0] & 1 else None
            place = end
        elif kind == _IMAGE:
            left, top, width, height, flags = struct.unpack_from("<HHHHB", contents, place + 1)
            own, place = _palette(contents, place + 10, flags)
            palette = shared if own is None else own
            if palette is None:
                raise _invalid("missing color map", contents)
            size = contents[place]
            data, place = _blocks(contents, place + 1)
            indices = _decompressed(data, size, width * height, contents)
            rows = indices.reshape(height, width)
            if flags & 0x40:
                rows = _ordered(rows)
            yield _Frame(left, top, palette, rows, transparent)
            transparent = None
        else:
            raise _invalid(f"a block of unknown kind {kind}", contents)


def _palette(contents: bytes, place: int, flags: int) -> tuple[Array | None, int]:
    """(The colour map that the flags announce, the place after it)."""
    if not flags & 0x80:
        return None, place
    end = place + 3 * (2 << (flags & 7))
    colors = np.frombuffer(contents[place:end], np.uint8)
    if len(colors) < end - place:
        raise _invalid("it ends too early", contents)
    return colors.reshape(-1, 3), end


def _blocks(contents: bytes, place: int) -> tuple[bytes, int]:
    """(The data of the blocks from `place` on, joined; the place after them)."""
    parts = []
    while size := contents[place]:
        parts.append(contents[place + 1 : place + 1 + size])
        place += 1 + size
    return b"".join(parts), place + 1


def _ordered(rows: Array) -> Array:
    """The rows of an interlaced frame in their order."""
    places = np.arange(len(rows))
    order = np.concatenate([places[0::8], places[4::8], places[2::4], places[1::2]])
    out = np.empty_like(rows)
    out[order] = rows
    return out


def _decompressed(data: bytes, size: int, count: int, contents: bytes) -> Array:
    """`count` colour indices, by the LZW of variable code length."""
    if not 1 <= size <= 8:
        raise _invalid(f"codes start with {size} bits", contents)
    clear, out, length = 1 << size, [], 0
    start = [bytes([i]) for i in range(clear)] + [b"", b""]
    table, bits, last = list(start), size + 1, b""
    buffer = filled = 0
    for byte in data:
        buffer |= byte << filled
        filled += 8
        while filled >= bits:
            code, buffer, filled = buffer & ((1 << bits) - 1), buffer >> bits, filled - bits
            if code == clear:
                table, bits, last = list(start), size + 1, b""
                continue
            if code == clear + 1 or length >= count:
                return _indices(out, count, contents)
            if code > len(table) or (code == len(table) and not last):
                raise _invalid("a code is not of the table", contents)
            text = table[code] if code < len(table) else last + last[:1]
            out.append(text)
            length += len(text)
            if last and len(table) < _MOST_CODES:
                table.append(last + text[:1])
                if len(table) == 1 << bits and bits < 12:
                    bits += 1
            last = text
    return _indices(out, count, contents)


def _indices(parts: list[bytes], count: int, contents: bytes) -> Array:
    found = np.frombuffer(b"".join(parts), np.uint8)
    if len(found) < count:
        raise _invalid(f"a frame has {len(found)} of {count} pixels", contents)
    return found[:count]
