"""Sorted tables in a file: LevelDB's format, in which checkpoints keep what they hold.

Keys and values are bytes, in blocks of some kilobytes, each with a checksum; in a block each key is
written as what it has beyond the key before it. An index block tells where the blocks are, and the
footer where the index is.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from flowgraph.core.errors import DataLossError
from flowgraph.ops.parsing import _crc32c, _files, _wire

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_HANDLES = _FOOTER - 8
_TRAILER = 5  # a block's kind and checksum
_PLAIN = 0
_RESTART_EVERY = 16
_BLOCK_SIZE = 262144
_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")


class TableWriter:
    """Writes a table to a file; keys have to come in ascending order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._offset = file, 0
        self._block, self._index = _Block(), _Block()

    def add(self, key: bytes, value: bytes) -> None:
        """Adds an entry."""
        self._block.add(key, value)
        if self._block.size >= _BLOCK_SIZE:
            self._end_block()

    def finish(self) -> None:
        """Writes what is left, the index and the footer."""
        if self._block.count:
            self._end_block()
        meta = self._write(_Block())
        index = self._write(self._index)
        self._file.write((meta + index).ljust(_HANDLES, b"\0") + _U64.pack(_MAGIC))

    def _end_block(self) -> None:
        last = self._block.last
        self._index.add(last, self._write(self._block))
        self._block = _Block()

    def _write(self, block: _Block) -> bytes:
        """Writes a block; gives its handle."""
        data = block.finished()
        framed = data + bytes([_PLAIN])
        self._file.write(framed + _U32.pack(_crc32c.masked(framed)))
        handle = _wire.number(self._offset) + _wire.number(len(data))
        self._offset += len(data) + _TRAILER
        return handle


class _Block:
    """Entries in the making."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._restarts = [0]
        self.size = self.count = 0
        self.last = b""

    def add(self, key: bytes, value: bytes) -> None:
        if self.count and self.count % _RESTART_EVERY == 0:
            self._restarts.append(self.size)
            shared = 0
        else:
            shared = _shared(self.last, key)
        head = _wire.number(shared) + _wire.number(len(key) - shared) + _wire.number(len(value))
        self._parts += [head, key[shared:], value]
        self.size += len(head) + len(key) - shared + len(value)
        self.count += 1
        self.last = key

    def finished(self) -> bytes:
        restarts = [_U32.pack(at) for at in (*self._restarts, len(self._restarts))]
        return b"".join(self._parts + restarts)


def _shared(a: bytes, b: bytes) -> int:
    """How many bytes two keys begin with in common."""
    shortest = min(len(a), len(b))
    return next((i for i in range(shortest) if a[i] != b[i]), shortest)


def entries(path: str | bytes | Path) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of each entry of a table in a file, in order.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file is no table, or damaged; the message names it.
    """
    name = os.fsdecode(path)
    data = _files.read(os.fsencode(path))
    if len(data) < _FOOTER or _U64.unpack(data[-8:])[0] != _MAGIC:
        raise DataLossError(
            f"Unable to open table file {name}: not an sstable (bad magic number): perhaps your "
            "file is in a different file format and you need to use a different restore operator?"
        )
    try:
        _, at = _handle(data, len(data) - _FOOTER)
        index, _ = _handle(data, at)
        for _, handle in _entries(data, *index, name):
            yield from _entries(data, *_handle(handle, 0)[0], name)
    except _wire.Malformed as error:
        raise DataLossError(f"{name}: corrupted table: {error}") from None


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """((offset, size) of a block, where the next handle is)."""
    offset, at = _wire.varint(data, at, len(data))
    size, at = _wire.varint(data, at, len(data))
    return (offset, size), at


def _entries(data: bytes, offset: int, size: int, name: str) -> Iterator[tuple[bytes, bytes]]:
    end = offset + size
    if end + _TRAILER > len(data):
        raise DataLossError(f"{name}: truncated block read: a block ends at byte {end}")
    if _U32.unpack(data[end + 1 : end + _TRAILER])[0] != _crc32c.masked(data[offset : end + 1]):
        raise DataLossError(f"{name}: block checksum mismatch: the block at byte {offset}")
    if data[end] != _PLAIN:
        raise DataLossError(f"{name}: the block at byte {offset} is compressed, or no block")
    restarts = _U32.unpack(data[end - 4 : end])[0] if size >= 4 else 0
    stop = end - 4 * (restarts + 1)
    if stop < offset:
        raise DataLossError(f"{name}: bad block contents: the block at byte {offset}")
    key, at = b"", offset
    while at < stop:
        shared, at = _wire.varint(data, at, stop)
        more, at = _wire.varint(data, at, stop)
        length, at = _wire.varint(data, at, stop)
        if shared > len(key) or at + more + length > stop:
            raise DataLossError(f"{name}: bad entry in block: at byte {at}")
        key = key[:shared] + data[at : at + more]
        at += more
        yield key, data[at : at + length]
        at += length
