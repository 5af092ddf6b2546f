"""Reading checkpoints: what there is, tensors, and parts of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from flowgraph.ops.checkpoint import _slices, _table
from flowgraph.ops.checkpoint._entries import HEADER, LITTLE, Entry, data_path, index_path
from flowgraph.ops.checkpoint._slices import Extent, Spec
from flowgraph.ops.parsing import _crc32c, _files, _wire


class Reader:
    """What both formats have in common: tensors by name, whole or in parts."""

    prefix: str

    def names(self) -> list[str]:
        """The tensors there are, those in parts once; sorted."""
        raise NotImplementedError

    def has(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        raise NotImplementedError

    def _known(self, name: str) -> Entry:
        raise NotImplementedError

    def _whole(self, name: str, entry: Entry) -> Any:
        raise NotImplementedError

    def _part(self, name: str, entry: Entry, extents: tuple[Extent, ...]) -> Any:
        raise NotImplementedError

    def entry(self, name: str) -> Entry:
        """What is told of a tensor; NotFoundError when there is none of that name."""
        if not self.has(name):
            raise NotFoundError(f"Key {name} not found in checkpoint {self.prefix}")
        return self._known(name)

    def read(self, name: str, spec: Spec | None = None) -> Any:
        """A tensor, or a part of it, put together of the parts that there are.

        Raises:
          NotFoundError: there is none.
          InvalidArgumentError: the part is one of another shape, or its parts are not all there.
          DataLossError: the data is damaged.
        """
        entry = self.entry(name)
        wanted = spec or _slices.whole(entry.shape)
        if wanted.full != entry.shape:
            raise InvalidArgumentError(
                f"tensor_name = {name}; shape in shape_and_slice spec {list(wanted.full)} does not "
                f"match the shape stored in checkpoint: {list(entry.shape)}"
            )
        if entry.slices:
            return self._assembled(name, entry, wanted)
        value = self._whole(name, entry)
        if wanted.is_whole:
            return value
        return value[tuple(slice(a, b) for a, b in wanted.ranges())]

    def _assembled(self, name: str, entry: Entry, wanted: Spec) -> Any:
        result = np.empty(wanted.shape, entry.dtype.np_dtype)
        missing = result.size
        for extents in entry.slices:
            there = Spec(entry.shape, extents)
            shared = _slices.overlap(wanted, there)
            if shared is None:
                continue
            to, of, count = shared
            result[to] = self._part(name, entry, extents)[of]
            missing -= count
        if missing > 0:
            raise InvalidArgumentError(
                f"Does not have sufficient slices for partitioned tensor {name} to restore in "
                f"slice_spec: {wanted.extents}"
            )
        return result


class BundleReader(Reader):
    """Reads a checkpoint.

    Raises:
      NotFoundError: there is none.
      DataLossError: it is damaged; the message names the file.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._all = dict(_table.entries(index_path(prefix)))
        if HEADER not in self._all:
            raise self._lost("failed to seek to header entry")
        self._read_header(self._all.pop(HEADER))
        self._entries: dict[bytes, Entry] = {}

    def _read_header(self, header: bytes) -> None:
        found = {1: 0, 2: LITTLE}
        try:
            for field, kind, value, _ in _wire.fields(header):
                if kind == _wire.VARINT:
                    found[field] = value
        except _wire.Malformed as error:
            raise self._lost(f"unable to parse header: {error}") from None
        self.shards, self._order = found[1], "<" if found[2] == LITTLE else ">"

    def _lost(self, detail: str) -> DataLossError:
        return DataLossError(
            f"Unable to read file ({index_path(self.prefix)}). Perhaps the file is corrupt or was "
            f"produced by a newer version with format changes ({detail})"
        )

    def names(self) -> list[str]:
        """The tensors there are, those in parts once; sorted."""
        return [key.decode() for key in self._all if not key.startswith(b"\0")]

    def entries(self) -> dict[bytes, Entry]:
        """All entries by key, parts included."""
        return {key: self._entry(key) for key in self._all}

    def has(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return name.encode() in self._all

    def _known(self, name: str) -> Entry:
        return self._entry(name.encode())

    def _entry(self, key: bytes) -> Entry:
        if key not in self._entries:
            try:
                self._entries[key] = Entry.of_message(self._all[key])
            except (ValueError, TypeError) as error:
                raise self._lost(f"Entry for key {key!r} not parseable: {error}") from None
        return self._entries[key]

    def _part(self, name: str, entry: Entry, extents: tuple[Extent, ...]) -> Any:
        key = _slices.key(name.encode(), extents)
        if key not in self._all:
            raise self._lost(f"a part of {name} is missing")
        return self._whole(name, self._entry(key))

    def _whole(self, name: str, entry: Entry) -> Any:
        path = data_path(self.prefix, entry.shard, self.shards)
        with _files.as_tensorflow(path), open(path, "rb") as file:
            there = max(0, os.fstat(file.fileno()).st_size - entry.offset)
            if there < entry.size:
                raise DataLossError(
                    f"{path}: truncated: expected {entry.size} bytes of {name} at byte "
                    f"{entry.offset}, found {there}"
                )
            data = np.empty(entry.size, np.uint8)
            file.seek(entry.offset)
            file.readinto(data.data)
        count = int(np.prod(entry.shape, dtype=np.int64))
        if entry.dtype is dtypes.string:
            flat, crc = _texts(data.tobytes(), count, f"{path}: {name}")
        else:
            flat, crc = self._numbers(data, entry, count, name), _crc32c.value(data)
        if _crc32c.mask(crc) != entry.crc:
            raise DataLossError(f"{path}: checksum does not match: the data of {name} is damaged")
        return flat.reshape(entry.shape)

    def _numbers(self, data: Any, entry: Entry, count: int, name: str) -> Any:
        stored = entry.dtype.np_dtype
        if stored.kind == "O" or len(data) != count * stored.itemsize:
            raise self._lost(
                f"Invalid size in bundle entry: key {name}; stored size {len(data)}; expected size "
                f"{count * stored.itemsize}"
            )
        if stored.itemsize > 1 and stored.kind != "V":
            stored = stored.newbyteorder(self._order)
        return data.view(stored).astype(entry.dtype.np_dtype, copy=False)


def _texts(data: bytes, count: int, what: str) -> tuple[Any, int]:
    """(strings, checksum) of packed strings."""
    lengths, at = [], 0
    try:
        for _ in range(count):
            length, at = _wire.varint(data, at, len(data))
            lengths.append(length)
    except _wire.Malformed as error:
        raise DataLossError(f"{what}: {error}") from None
    crc = crc_of_lengths(lengths)
    if data and data[at : at + 4] != _crc32c.mask(crc).to_bytes(4, "little"):
        raise DataLossError(f"{what}: the length checksum does not match")
    at += 4 if data else 0
    if at + sum(lengths) != len(data):
        raise DataLossError(f"{what}: strings of {sum(lengths)} bytes in {len(data) - at}")
    crc = _crc32c.value(data[at - 4 :], crc) if data else crc
    values = np.empty(count, object)
    for i, length in enumerate(lengths):
        values[i] = data[at : at + length]
        at += length
    return values, crc


def crc_of_lengths(lengths: Iterable[int]) -> int:
    """The checksum of strings' lengths, as numbers of four bytes."""
    plain = (n.to_bytes(4 if n <= 0xFFFFFFFF else 8, "little") for n in lengths)
    return _crc32c.value(b"".join(plain))
