"""PNG files (W3C "Portable Network Graphics", second edition) over zlib and numpy."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.image import _png_filters as filters
from flowgraph.ops.image._png_luma import luma

Array = np.ndarray[Any, Any]
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the colour type: grey, RGB, palette, with alpha
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7: each pass takes the pixels from (y, x) on, with steps (dy, dx).
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
           (1, 0, 2, 1))  # fmt: skip
_MOST_PIXELS = 1 << 29
_SRGB_GAMMA = 45455
_GAMMAS = range(16, 625_000_001)  # what libpng takes for one, in hundred-thousandths


@dataclass(frozen=True, slots=True)
class _File:
    """What the chunks of a file tell."""

    width: int
    height: int
    depth: int
    color: int
    interlaced: bool
    palette: Array
    transparent: bytes | None
    gamma: int | None
    data: bytes


# --- reading --------------------------------------------------------------------------------------
def read(contents: bytes, channels: int, dtype: np.dtype[Any]) -> Array:
    """The picture [height, width, channels] of a file, as libpng gives it.

    Args:
      contents: the file.
      channels: 1 to 4, or 0 for those of the file.
      dtype: uint8 (16 bits are cut to their upper half) or uint16 (8 bits are spread).

    Raises:
      InvalidArgumentError: the file is none or is damaged.
    """
    file = _parse(contents)
    samples = _samples(file)
    channels = channels or _own_channels(file)
    picture = _as_channels(file, samples, channels, cut=dtype.itemsize == 1)
    if dtype.itemsize == 1:
        return (picture >> 8).astype(np.uint8) if file.depth == 16 else picture
    return picture if file.depth == 16 else picture.astype(np.uint16) * np.uint16(257)


def _invalid(why: str, contents: bytes) -> InvalidArgumentError:
    return InvalidArgumentError(f"Invalid PNG data, size {len(contents)}: {why}")


def _parse(contents: bytes) -> _File:
    chunks = _chunks(contents)
    header = chunks.get(b"IHDR", b"")
    if len(header) != 13:
        raise _invalid("no header", contents)
    width, height, depth, color, method, filtering, interlace = struct.unpack(">IIBBBBB", header)
    if depth not in _DEPTHS.get(color, ()) or method or filtering or interlace > 1:
        raise _invalid(f"a colour type {color} of {depth} bits is unknown", contents)
    if not 0 < width * height < _MOST_PIXELS:
        raise _invalid(f"{width} by {height} pixels", contents)
    palette = np.frombuffer(chunks.get(b"PLTE", b""), np.uint8)
    if len(palette) % 3 or (color == 3 and not len(palette)):
        raise _invalid("no palette", contents)
    try:
        data = zlib.decompressobj().decompress(chunks.get(b"IDAT", b""))
    except zlib.error as error:
        raise _invalid(str(error), contents) from None
    return _File(width, height, depth, color, bool(interlace), palette.reshape(-1, 3),
                 chunks.get(b"tRNS"), _gamma(chunks), data)  # fmt: skip


def _gamma(chunks: dict[bytes, bytes]) -> int | None:
    if b"sRGB" in chunks:
        return _SRGB_GAMMA
    gamma = int.from_bytes(chunks.get(b"gAMA", b"")[:4], "big")
    return gamma if gamma in _GAMMAS else None


def _chunks(contents: bytes) -> dict[bytes, bytes]:
    """The chunks by name, those of the same name joined; the check sums are verified."""
    found: dict[bytes, list[bytes]] = {}
    place = len(SIGNATURE)
    while place + 12 <= len(contents):
        (size,) = struct.unpack_from(">I", contents, place)
        name, end = contents[place + 4 : place + 8], place + 8 + size
        if end + 4 > len(contents):
            break
        (expected,) = struct.unpack_from(">I", contents, end)
        intact = zlib.crc32(contents[place + 4 : end]) == expected
        if intact:
            found.setdefault(name, []).append(contents[place + 8 : end])
        elif name[:1].isupper():  # an optional chunk is left out instead
            raise _invalid(f"the check sum of {name!r} is wrong", contents)
        place = end + 4
        if name == b"IEND":
            return {key: b"".join(parts) for key, parts in found.items()}
    raise _invalid("it ends too early", contents)


def _samples(file: _File) -> Array:
    """The samples [height, width, channels] as they are stored, palette indices included."""
    channels = _CHANNELS[file.color]
    dtype = np.uint16 if file.depth == 16 else np.uint8
    out = np.empty((file.height, file.width, channels), dtype)
    data = np.frombuffer(file.data, np.uint8)
    for y, x, dy, dx in _PASSES if file.interlaced else ((0, 0, 1, 1),):
        part = out[y::dy, x::dx]
        if part.size:
            size = -(-part.shape[1] * channels * file.depth // 8)
            rows, data = data[: len(part) * (size + 1)], data[len(part) * (size + 1) :]
            if rows.size < len(part) * (size + 1):
                raise InvalidArgumentError("Invalid PNG data: fewer rows than the header tells")
            step = max(channels * file.depth // 8, 1)
            plain = filters.remove(rows.reshape(len(part), size + 1), step)
            part[...] = _unpacked(plain, part.shape[1] * channels, file.depth).reshape(part.shape)
    return out


def _unpacked(rows: Array, count: int, depth: int) -> Array:
    """The first `count` numbers of `depth` bits of each row."""
    if depth == 16:
        return rows.view(">u2")
    if depth == 8:
        return rows
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    numbers = rows[:, :, None] >> shifts & np.uint8((1 << depth) - 1)
    return numbers.reshape(len(rows), -1)[:, :count]


# --- channels -------------------------------------------------------------------------------------
def _own_channels(file: _File) -> int:
    if file.color == 3:
        return 3 if file.transparent is None else 4
    return _CHANNELS[file.color]


def _as_channels(file: _File, samples: Array, channels: int, cut: bool) -> Array:
    """The samples with the wanted channels, in 8 or 16 bits as the file has them."""
    colors, alpha = _colors_and_alpha(file, samples)
    if channels < 3 and colors.shape[2] == 3:
        colors = luma(colors, file.gamma, cut)
    elif channels > 2 and colors.shape[2] == 1:
        colors = np.repeat(colors, 3, axis=2)
    if channels % 2:
        return colors
    if alpha is None:
        # libpng's filler is of the file's depth, even where the samples have become 8 bits.
        alpha = np.full((*colors.shape[:2], 1), (1 << file.depth) - 1, colors.dtype)
    return np.concatenate([colors, alpha], axis=2)


def _colors_and_alpha(file: _File, samples: Array) -> tuple[Array, Array | None]:
    if file.color in (4, 6):
        return samples[:, :, :-1], samples[:, :, -1:]
    if file.color == 3:
        if samples.max() >= len(file.palette):
            raise InvalidArgumentError("Invalid PNG data: a colour is not of the palette")
        colors = file.palette[samples[:, :, 0]]
        if file.transparent is None:
            return colors, None
        alphas = np.full(256, 255, np.uint8)
        alphas[: len(file.transparent)] = np.frombuffer(file.transparent, np.uint8)[:256]
        return colors, alphas[samples]
    alpha = None
    greatest = samples.dtype.type(65535 if file.depth == 16 else 255)
    if file.transparent is not None:
        key = np.frombuffer(file.transparent, ">u2")[: samples.shape[2]]
        hidden = (samples == key).all(axis=2, keepdims=True)
        alpha = np.where(hidden, greatest * 0, greatest).astype(samples.dtype)
    if file.depth < 8:
        samples = samples * np.uint8(255 // ((1 << file.depth) - 1))
    return samples, alpha


# --- writing --------------------------------------------------------------------------------------
def write(picture: Array, compression: int = -1) -> bytes:
    """The file of a picture uint8 or uint16 [height, width, 1 to 4 channels].

    Args:
      picture: what to write.
      compression: zlib's level, 0 to 9; -1 for its own choice.
    """
    height, width, channels = picture.shape
    depth = picture.dtype.itemsize * 8
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    big = picture.astype(picture.dtype.newbyteorder(">"), order="C")
    rows = big.reshape(height, -1).view(np.uint8)
    data = zlib.compress(filters.apply(rows, channels * depth // 8).tobytes(), compression)
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, part) for name, part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
