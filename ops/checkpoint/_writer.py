"""Writing checkpoints, and making one of several."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.checkpoint import _slices, _table
from flowgraph.ops.checkpoint._entries import BIG, HEADER, Entry, data_path, index_path
from flowgraph.ops.checkpoint._reader import BundleReader, crc_of_lengths
from flowgraph.ops.checkpoint._slices import Spec
from flowgraph.ops.parsing import _crc32c, _files, _wire

_VERSION = _wire.bytes_field(3, _wire.integer_field(1, 1))  # producer 1


class BundleWriter:
    """Writes a checkpoint of one file of data.

    All goes to files of temporary names, which get their own names when all is written; what was
    there before stays as it was when something fails. To be used in a `with` block.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix, self._entries, self._offset = prefix, dict[bytes, Entry](), 0
        self._temporary = f".tempstate{uuid.uuid4().int & (1 << 64) - 1}"
        self._data_path = data_path(prefix, 0, 1)
        with _files.as_tensorflow(prefix):
            with suppress(FileExistsError):
                os.mkdir(os.path.dirname(prefix) or os.curdir)
            self._data: BinaryIO = open(self._data_path + self._temporary, "wb")  # noqa: SIM115

    def add(self, name: str, value: Any, dtype: dtypes.DType, spec: Spec | None = None) -> None:
        """Adds a tensor, or the part of one that `spec` tells."""
        key = name.encode()
        if spec is None or spec.is_whole:
            if key in self._entries:
                raise InvalidArgumentError(f"Adding duplicate key: {name}")
            self._entries[key] = self._write(value, dtype)
            return
        if spec.shape != value.shape:
            raise InvalidArgumentError(
                f"The shape of the tensor to save as a part of {name} is {list(value.shape)}, and "
                f"the part's is {list(spec.shape)}"
            )
        known = self._entries.get(key, Entry(dtype, spec.full))
        if known.shape != spec.full or known.dtype is not dtype:
            raise InvalidArgumentError(
                f"Parts of {name} are of different tensors: {known.dtype.name}{list(known.shape)} "
                f"and {dtype.name}{list(spec.full)}"
            )
        self._entries[key] = replace(known, slices=(*known.slices, spec.extents))
        self._entries[_slices.key(key, spec.extents)] = self._write(value, dtype)

    def _write(self, value: Any, dtype: dtypes.DType) -> Entry:
        if dtype is dtypes.string:
            parts, crc = _packed_texts(np.asarray(value, object).reshape(-1).tolist())
        else:
            parts, crc = [_bytes_of(value, dtype)], None
        size = 0
        for part in parts:
            self._data.write(part)
            size += len(part)
        if crc is None:
            crc = _crc32c.value(parts[0])
        entry = Entry(dtype, tuple(value.shape), 0, self._offset, size, _crc32c.mask(crc))
        self._offset += size
        return entry

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        index = index_path(self._prefix) + self._temporary
        try:
            with _files.as_tensorflow(self._prefix):
                self._data.close()
                if kind is None:
                    _write_index(index, self._entries, shards=1)
                    os.replace(self._data.name, self._data_path)
                    os.replace(index, index_path(self._prefix))
        finally:
            for path in (self._data.name, index):
                with suppress(OSError):
                    os.unlink(path)


def _write_index(path: str, entries: dict[bytes, Entry], shards: int) -> None:
    with open(path, "wb") as file:
        table = _table.TableWriter(file)
        little = _wire.integer_field(2, BIG) if sys.byteorder == "big" else b""
        table.add(HEADER, _wire.integer_field(1, shards) + little + _VERSION)
        for key in sorted(entries):
            table.add(key, entries[key].message())
        table.finish()


def _bytes_of(value: Any, dtype: dtypes.DType) -> Any:
    """An array's memory as bytes."""
    if dtype.np_dtype.kind == "O":
        raise InvalidArgumentError(f"A tensor of dtype {dtype.name} cannot be saved")
    array = np.ascontiguousarray(value, dtype.np_dtype)
    return array.reshape(-1).view(np.uint8).data if array.size else b""


def _packed_texts(texts: Sequence[bytes]) -> tuple[list[bytes], int]:
    """(lengths, their checksum and the strings, the checksum of all)."""
    lengths = b"".join(_wire.number(len(text)) for text in texts)
    crc = crc_of_lengths(map(len, texts))
    checksum = _crc32c.mask(crc).to_bytes(4, "little")
    joined = b"".join(texts)
    return [lengths, checksum, joined], _crc32c.value(checksum + joined, crc)


# --- merging --------------------------------------------------------------------------------------
def merge(prefixes: Sequence[str], destination: str, delete_old_dirs: bool = True) -> None:
    """Makes one checkpoint of several, whose files of data it takes over.

    Raises:
      InvalidArgumentError: a tensor is in two of them.
    """
    entries: dict[bytes, Entry] = {}
    files: dict[str, int] = {}
    shards = 0
    for prefix in prefixes:
        reader = BundleReader(prefix)
        shards += reader.shards
        for key, entry in reader.entries().items():
            known = entries.get(key)
            if known is not None and not (known.slices and entry.slices):
                raise InvalidArgumentError(
                    f"Duplicate tensor keyed by {key.decode(errors='replace')} encountered, when "
                    f"merging prefix: {prefix}"
                )
            if known is not None:
                entries[key] = replace(known, slices=known.slices + entry.slices)
                continue
            path = data_path(prefix, entry.shard, reader.shards)
            if not entry.slices:
                entry = replace(entry, shard=files.setdefault(path, len(files)))
            entries[key] = entry
    index = index_path(destination)
    temporary = f"{index}.tempstate{uuid.uuid4().hex}"
    with _files.as_tensorflow(destination), _removed_if_left(temporary):
        os.makedirs(os.path.dirname(destination) or os.curdir, exist_ok=True)
        _write_index(temporary, entries, len(files))
        for path, shard in files.items():
            os.replace(path, data_path(destination, shard, len(files)))
        os.replace(temporary, index)
    _clean(prefixes, delete_old_dirs)


@contextmanager
def _removed_if_left(path: str) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)


def _clean(prefixes: Sequence[str], delete_old_dirs: bool) -> None:
    for prefix in prefixes:
        with suppress(OSError):
            os.unlink(index_path(prefix))
    if delete_old_dirs:
        for folder in dict.fromkeys(os.path.dirname(prefix) for prefix in prefixes):
            with suppress(OSError):  # it is not empty
                os.rmdir(folder)
