"""BMP files without compression: 8, 24 or 32 bits a pixel, taken as they are stored."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError

Array = np.ndarray[Any, Any]
SIGNATURE = b"BM"
_HEADER = 32  # bytes that tell where the pixels start and how they lie
_MOST_PIXELS = (2**31 - 1) // 8


def read(contents: bytes, channels: int) -> Array:
    """The picture uint8 [height, width, channels] of a file: grey (not by the palette), RGB, RGBA.

    Args:
      contents: the file.
      channels: those of the file, or 0 for them.

    Raises:
      InvalidArgumentError: the file is no such one, or `channels` are not its.
    """
    if len(contents) < _HEADER:
        raise InvalidArgumentError(
            f"Incomplete bmp content, requires at least {_HEADER} bytes to find the header size, "
            f"width, height, and bpp, got {len(contents)} bytes"
        )
    (start,) = struct.unpack_from("<i", contents, 10)
    width, height = struct.unpack_from("<ii", contents, 18)
    (bits,) = struct.unpack_from("<i", contents, 28)
    own = bits // 8
    if channels not in (0, own):
        raise InvalidArgumentError(
            f"channels attribute {channels} does not match bits per pixel from file {own}"
        )
    if own not in (1, 3, 4):
        raise InvalidArgumentError(f"Number of channels must be 1, 3 or 4, was {own}")
    if width <= 0 or height == 0 or start < 0 or width * abs(height) >= _MOST_PIXELS:
        raise InvalidArgumentError(
            "Width must be positive, height nonzero, header size nonnegative and their product "
            f"small, got {width}, {height} and {start}"
        )
    size = -(-own * width // 4) * 4  # rows are padded to four bytes
    rows = abs(height)
    needed = start + (rows - 1) * size + width * own
    if needed > len(contents):
        raise InvalidArgumentError(
            f"Incomplete bmp content, requires at least {needed} bytes, got {len(contents)} bytes"
        )
    data = np.frombuffer(contents[start : start + rows * size].ljust(rows * size), np.uint8)
    picture = data.reshape(rows, size)[:, : width * own].reshape(rows, width, own)
    if height > 0:
        picture = picture[::-1]
    return np.ascontiguousarray(picture[:, :, [2, 1, 0, 3][:own] if own > 1 else [0]])
