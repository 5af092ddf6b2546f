"""Files as readers need them: opened with TensorFlow's errors, unpacked, matched by patterns."""

from __future__ import annotations

import io
import os
import zlib
from typing import Any, BinaryIO

from flowgraph.core import errors
from flowgraph.platform.filesystem import as_tensorflow, matching

__all__ = ["as_tensorflow", "matching", "open_to_read", "read", "write"]

WINDOW_BITS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS | 16}
_CHUNK = 1 << 18


def open_to_read(path: bytes | str, compression: str = "") -> BinaryIO:
    """The file's bytes, unpacked when `compression` is "ZLIB" or "GZIP"."""
    with as_tensorflow(path):
        file = open(path, "rb")  # noqa: SIM115 - the caller closes it
    if not compression:
        return file
    return io.BufferedReader(_Unpacked(file, WINDOW_BITS[compression]), _CHUNK)


class _Unpacked(io.RawIOBase):
    """What a compressed file holds; DataLossError when it is not what it should be."""

    def __init__(self, file: BinaryIO, window_bits: int) -> None:
        self._file, self._window_bits = file, window_bits
        self._unpack = zlib.decompressobj(window_bits)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills as much of the buffer as is to be had at once."""
        while True:
            packed = self._unpack.unconsumed_tail or self._unpack.unused_data
            packed = packed or self._file.read(_CHUNK)
            if not packed:
                return 0
            if self._unpack.eof:  # another part follows, as in files that were put together
                self._unpack = zlib.decompressobj(self._window_bits)
            try:
                found = self._unpack.decompress(packed, len(buffer))
            except zlib.error as error:
                raise errors.DataLossError(f"inflate() failed: {error}") from None
            if found:
                buffer[: len(found)] = found
                return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


def read(path: bytes | str) -> bytes:
    """All bytes of a file."""
    with as_tensorflow(path), open(path, "rb") as file:
        return file.read()


def write(path: bytes | str, contents: bytes) -> None:
    """Writes a file, and makes the directories above it where they are missing."""
    with as_tensorflow(path):
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(contents)
