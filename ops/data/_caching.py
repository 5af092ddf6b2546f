"""A dataset whose elements are kept in a file.

The file holds records: one for each element, with its components as TensorProto messages, each
behind its length. It is there, under its name, when all elements are in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.core.errors import AlreadyExistsError, DataLossError
from flowgraph.ops.data._elements import Element
from flowgraph.ops.data._runtime import Context, Dataset, Place, Unary
from flowgraph.ops.parsing import _files, _tensor_proto
from flowgraph.ops.parsing.tfrecord import RecordReader, TFRecordWriter

_SIZE = 8  # bytes of a length


class FileCache(Unary):
    """The elements, from the file when it is there, else they are put there."""

    def __init__(self, source: Dataset, path: bytes, dtypes: Sequence[Any]) -> None:
        super().__init__(source)
        self.path, self.dtypes = os.fsdecode(path) + ".data", dtypes

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        if os.path.exists(self.path):
            return _Cached(self.path)
        return _Writing(self, self.source.iterator(context, (*place, 0)))


class _Cached(Iterator[Element]):
    def __init__(self, path: str) -> None:
        self._reader: RecordReader | None = RecordReader(path)

    def __next__(self) -> Element:
        record = None if self._reader is None else self._reader.next()
        if record is None:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            raise StopIteration
        return unpack(record)


class _Writing(Iterator[Element]):
    """Writes to a file beside, which two writers cannot have at once."""

    def __init__(self, cache: FileCache, inner: Iterator[Element]) -> None:
        self._cache, self._inner = cache, inner
        self._lock = cache.path + ".lockfile"
        self._writer: TFRecordWriter | None = None
        self._done = False

    def __next__(self) -> Element:
        if self._writer is None and not self._done:
            self._open()
        for element in self._inner:
            if self._writer is not None:
                self._writer.write(pack(element, self._cache.dtypes))
            return element
        self._finish()
        raise StopIteration

    def _open(self) -> None:
        folder = os.path.dirname(self._cache.path)
        with _files.as_tensorflow(self._cache.path):
            if folder:
                os.makedirs(folder, exist_ok=True)
            try:
                os.close(os.open(self._lock, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                raise AlreadyExistsError(
                    "There appears to be a concurrent caching iterator running - cache lockfile "
                    f"already exists ('{self._lock}'). If you are sure no other running TF "
                    "computations are using this cache prefix, delete the lockfile and "
                    "re-initialize the iterator."
                ) from None
        self._writer = TFRecordWriter(self._cache.path + ".part")

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
            os.replace(self._cache.path + ".part", self._cache.path)
            os.remove(self._lock)
        self._writer, self._done = None, True

    def __del__(self) -> None:
        if getattr(self, "_writer", None) is not None:
            self._writer.close()  # type: ignore[union-attr]
            for path in (self._lock, self._cache.path + ".part"):
                if os.path.exists(path):
                    os.remove(path)


def pack(element: Element, dtypes: Sequence[Any]) -> bytes:
    """An element as bytes."""
    parts = []
    for value, dtype in zip(element, dtypes, strict=True):
        written = _tensor_proto.serialize(np.asarray(value), dtype, packed=True)
        parts += [len(written).to_bytes(_SIZE, "little"), written]
    return b"".join(parts)


def unpack(record: bytes) -> Element:
    """The element in bytes; DataLossError where they hold none."""
    values, at = [], 0
    while at < len(record):
        end = at + _SIZE + int.from_bytes(record[at : at + _SIZE], "little")
        if end > len(record):
            raise DataLossError("truncated element in a cache file")
        values.append(_tensor_proto.parse(record[at + _SIZE : end])[0])
        at = end
    return tuple(values)
