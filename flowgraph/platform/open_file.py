"""The file object of tf.gfile: opened when it is first read or written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from flowgraph.core import errors
from flowgraph.platform.compat import as_bytes
from flowgraph.platform.filesystem import as_tensorflow, local_path

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class FileIO:
    """A file that is opened at its first read or write, of text or (mode with "b") of bytes.

    Reading and writing have positions of their own, and any mode but "a" starts a new file at its
    first write, as in TensorFlow. Text is UTF-8, its line ends are left as they are.

    Args:
        name: the path.
        mode: one of r, w, a, r+, w+, a+, with or without "b".

    Raises:
        InvalidArgumentError: another mode.
        NotFoundError, PermissionDeniedError: at the first read or write.
    """

    def __init__(self, name: Any, mode: str) -> None:
        self.__name, self.__mode = name, mode
        self._binary_mode = "b" in mode
        plain = mode.replace("b", "")
        if plain not in _MODES:
            raise errors.InvalidArgumentError(
                None, None,
                f"mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+', but {mode!r}",
            )  # fmt: skip
        self._may_read = plain == "r" or "+" in plain
        self._may_write = plain != "r"
        self._reader: BinaryIO | None = None
        self._writer: BinaryIO | None = None

    @property
    def name(self) -> Any:
        """The path as it was given."""
        return self.__name

    @property
    def mode(self) -> str:
        """The mode as it was given."""
        return self.__mode

    def _open(self, mode: str) -> BinaryIO:
        path = local_path(self.__name)
        with as_tensorflow(path):
            if mode == "rb" and os.path.isdir(path):
                raise IsADirectoryError(21, "Is a directory")
            return open(path, mode)

    def _readable(self) -> BinaryIO:
        if not self._may_read:
            raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
        if self._reader is None:
            self._reader = self._open("rb")
        return self._reader

    def _writable(self) -> BinaryIO:
        if not self._may_write:
            raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
        if self._writer is None:
            self._writer = self._open("ab" if "a" in self.__mode else "wb")
        return self._writer

    def _value(self, content: bytes) -> Any:
        return content if self._binary_mode else content.decode()

    def size(self) -> int:
        """The file's length in bytes."""
        path = local_path(self.__name)
        with as_tensorflow(path):
            return os.stat(path).st_size

    def write(self, file_content: Any) -> None:
        """Writes text or bytes at the file's end."""
        content = as_bytes(file_content)
        with as_tensorflow(local_path(self.__name)):
            self._writable().write(content)

    def read(self, n: int = -1) -> Any:
        """The next `n` bytes, as text unless the mode has "b"; with -1 all that are left."""
        return self._value(self._readable().read(-1 if n is None else n))

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Goes to a place in the file: from its start (whence 0), from here (1), from its end (2).

        `position` is the old name of `offset`.
        """
        reader = self._readable() if self._may_read else self._writable()
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        if offset is not None and position is not None:
            raise TypeError("seek(): offset and position may not be set simultaneously.")
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(
                None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2."
            )
        place = int(position if offset is None else offset)  # type: ignore[arg-type]
        place += (0, reader.tell(), self.size() if whence == 2 else 0)[whence]
        if place < 0:
            raise errors.InvalidArgumentError(
                None, None, f"Seeking to position {place}, before the file's start"
            )
        reader.seek(place)

    def readline(self, size: int = -1) -> Any:
        r"""The next line with its "\n"; nothing at the file's end."""
        return self._value(self._readable().readline(size))

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return list(self)

    def tell(self) -> int:
        """The place of the next read, or of the next write where the mode allows no reading."""
        return (self._readable() if self._may_read else self._writable()).tell()

    def seekable(self) -> bool:
        """True."""
        return True

    def readable(self) -> bool:
        """Whether the mode allows reading."""
        return self._may_read

    def writable(self) -> bool:
        """Whether the mode allows writing."""
        return self._may_write

    def flush(self) -> None:
        """Hands what was written to the operating system."""
        if self._writer is not None:
            with as_tensorflow(local_path(self.__name)):
                self._writer.flush()

    def close(self) -> None:
        """Closes the file; what was written is then complete."""
        for file in (self._reader, self._writer):
            if file is not None:
                with as_tensorflow(local_path(self.__name)):
                    file.close()
        self._reader = self._writer = None

    def __enter__(self) -> FileIO:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__
