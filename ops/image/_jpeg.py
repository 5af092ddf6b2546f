"""JPEG files through Pillow, which is imported when a picture is read or written."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError, UnimplementedError

Array = np.ndarray[Any, Any]
SIGNATURE = b"\xff\xd8\xff"
_NO_SIZE = (0xC4, 0xC8, 0xCC)  # markers among those of frames that are none: tables
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_END = b"\xff\xd9"


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise UnimplementedError(
            "JPEG files are read and written by Pillow, which is not installed: pip install pillow"
        ) from None
    return Image


# --- reading --------------------------------------------------------------------------------------
def read(
    contents: bytes,
    channels: int,
    ratio: int = 1,
    window: tuple[int, int, int, int] | None = None,
    recover: bool = False,
) -> Array:
    """The picture uint8 [height, width, channels] of a file.

    Args:
      contents: the file.
      channels: 1 or 3, or 0 for those of the file.
      ratio: 1, 2, 4 or 8: the picture is made smaller by it.
      window: the top, left, height and width of what is wanted of it.
      recover: whether a file that ends too early gives what is there.

    Raises:
      InvalidArgumentError: the file is none or damaged, or the window is not inside.
      UnimplementedError: Pillow is not installed.
    """
    image = _pillow()
    # libjpeg makes the rest grey when the end comes early; without it Pillow gives up.
    data = contents + _END if recover else contents
    try:
        with image.open(io.BytesIO(data), formats=["JPEG"]) as file:
            mode = "L" if channels == 1 or (channels == 0 and file.mode == "L") else "RGB"
            size = -(-file.width // ratio), -(-file.height // ratio)
            file.draft(mode, (max(file.width // ratio, 1), max(file.height // ratio, 1)))
            found = file.convert(mode)
            picture = np.array(found if found.size == size else found.resize(size))
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidArgumentError(
            f"Invalid JPEG data or crop window, data size {len(contents)}: {error}"
        ) from None
    picture = picture.reshape(*picture.shape[:2], -1)
    return picture if window is None else _cut(picture, window)


def _cut(picture: Array, window: tuple[int, int, int, int]) -> Array:
    top, left, height, width = window
    fits = min(top, left) >= 0 and height > 0 and width > 0
    if not fits or top + height > picture.shape[0] or left + width > picture.shape[1]:
        raise InvalidArgumentError(
            f"Invalid JPEG data or crop window: {list(window)} is not inside of "
            f"{picture.shape[0]} by {picture.shape[1]} pixels"
        )
    return picture[top : top + height, left : left + width].copy()


def size_of(contents: bytes) -> tuple[int, int, int]:
    """(height, width, channels) as the file's header tells; InvalidArgumentError if none does."""
    place = 2
    while contents.startswith(SIGNATURE) and place + 9 < len(contents):
        marker, size = struct.unpack_from(">xBH", contents, place)
        if contents[place] != 0xFF:
            break
        if marker == 0xFF:  # padding before a marker
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            height, width, channels = struct.unpack_from(">HHB", contents, place + 5)
            return height, width, channels
        else:
            place += 2 + size
    raise InvalidArgumentError(f"Invalid JPEG data, size {len(contents)}")


# --- writing --------------------------------------------------------------------------------------
def write(picture: Array, a: Mapping[str, Any]) -> bytes:
    """The file of a picture uint8 [height, width, 1 or 3].

    Args:
      picture: what to write.
      a: the attributes of EncodeJpeg: quality and what else differs from the defaults.

    Raises:
      UnimplementedError: Pillow is not installed.
    """
    out = io.BytesIO()
    pixels = picture[:, :, 0] if picture.shape[2] == 1 else picture
    _pillow().fromarray(pixels).save(
        out, format="JPEG", quality=a["quality"], progressive=a.get("progressive", False),
        optimize=a.get("optimize_size", False),
        subsampling="4:2:0" if a.get("chroma_downsampling", True) else "4:4:4",
    )  # fmt: skip
    return _with_metadata(out.getvalue(), a)


def _with_metadata(contents: bytes, a: Mapping[str, Any]) -> bytes:
    """The file with its JFIF header's density, and the XMP data in a segment after it."""
    unit = 2 if a.get("density_unit") == "cm" else 1
    density = struct.pack(">BHH", unit, a.get("x_density", 300), a.get("y_density", 300))
    contents = contents[:13] + density + contents[18:]
    if not a.get("xmp_metadata"):
        return contents
    data = _XMP + a["xmp_metadata"].encode("utf-8", "surrogateescape")
    segment = b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data
    return contents[:20] + segment + contents[20:]
