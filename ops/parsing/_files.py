"""Files as readers need them: opened with TensorFlow's errors, unpacked, matched by patterns."""

from __future__ import annotations

import errno
import fnmatch
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from flowgraph.core import errors

WINDOW_BITS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS | 16}
_CHUNK = 1 << 18
_ERRORS: dict[int | None, Any] = {
    errno.ENOENT: errors.NotFoundError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.ENOSPC: errors.ResourceExhaustedError,
}


@contextmanager
def as_tensorflow(path: bytes | str) -> Iterator[None]:
    """Turns the operating system's errors into TensorFlow's, which name the file."""
    try:
        yield
    except OSError as error:
        name = os.fsdecode(path)
        raise _ERRORS.get(error.errno, errors.UnknownError)(f"{name}; {error.strerror}") from None


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


def matching(pattern: bytes) -> list[bytes]:
    """The paths that match a pattern of *, ? and [...], none of which matches a slash."""
    found = [b"/" if pattern.startswith(b"/") else b""]
    for part in pattern.split(b"/"):
        if not part:
            continue
        if not any(c in part for c in b"*?["):
            found = [p for p in (os.path.join(f, part) for f in found) if os.path.lexists(p)]
            continue
        found = [
            os.path.join(folder, name)
            for folder in found
            if os.path.isdir(folder or b".")
            for name in os.listdir(folder or b".")
            if fnmatch.fnmatchcase(name, part)
        ]
    return sorted(path for path in found if path)
