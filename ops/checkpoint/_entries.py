"""Checkpoints of TensorFlow's second format: an index that is a table, and files of plain data.

`prefix.index` maps a tensor's name to its dtype, shape and place in `prefix.data-?????-of-?????`;
a tensor saved in parts has an entry for each part, under a key that tells which.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowgraph.core import dtypes
from flowgraph.ops.checkpoint import _slices
from flowgraph.ops.checkpoint._slices import Extent
from flowgraph.ops.parsing import _wire

HEADER = b""  # the key of what is told of the whole
LITTLE, BIG = 0, 1
_DTYPE, _SHAPE, _SHARD, _OFFSET, _SIZE, _CRC, _SLICES = range(1, 8)


def index_path(prefix: str) -> str:
    """The file that tells what a checkpoint holds, and that there is one."""
    return prefix + ".index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """One of the files of data."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor, or a part of one, lies; `slices` are the parts of one saved in parts."""

    dtype: dtypes.DType
    shape: tuple[int, ...]
    shard: int = 0
    offset: int = 0
    size: int = 0
    crc: int = 0
    slices: tuple[tuple[Extent, ...], ...] = ()

    def message(self) -> bytes:
        """The BundleEntryProto."""
        numbers = ((_SHARD, self.shard), (_OFFSET, self.offset), (_SIZE, self.size))
        parts = [_wire.integer_field(_DTYPE, self.dtype.enum)]
        parts.append(_wire.bytes_field(_SHAPE, self.shape_message()))
        parts += [_wire.integer_field(field, value) for field, value in numbers if value]
        if self.crc:
            parts.append(_wire.number(_CRC << 3 | _wire.FIXED32) + self.crc.to_bytes(4, "little"))
        parts += [_wire.bytes_field(_SLICES, _slices.message(s)) for s in self.slices]
        return b"".join(parts)

    def shape_message(self) -> bytes:
        """The TensorShapeProto."""
        dims = [_wire.bytes_field(2, _wire.integer_field(1, n) if n else b"") for n in self.shape]
        return b"".join(dims)

    @staticmethod
    def of_message(data: bytes) -> Entry:
        """The entry in a BundleEntryProto; ValueError when it is none."""
        found = {_DTYPE: 0, _SHARD: 0, _OFFSET: 0, _SIZE: 0}
        shape: list[int] = []
        slices, crc = [], 0
        for field, kind, first, last in _wire.fields(data):
            if kind == _wire.VARINT:
                found[field] = first
            elif field == _SHAPE:
                shape = sizes(data, first, last)
            elif field == _CRC:
                crc = int.from_bytes(data[first:last], "little")
            elif field == _SLICES:
                slices.append(_slices.of_message(data, first, last))
        if any(size < 0 for size in shape):
            raise ValueError(f"Invalid tensor shape: {shape}")
        return Entry(
            dtypes.as_dtype(found[_DTYPE]).base_dtype, tuple(shape), found[_SHARD],
            found[_OFFSET], found[_SIZE], crc, tuple(slices),
        )  # fmt: skip


def sizes(data: bytes, first: int, last: int) -> list[int]:
    """The sizes in a TensorShapeProto."""
    found = []
    for field, _, start, stop in _wire.fields(data, first, last):
        if field == 2:
            dim = {f: v for f, _, v, _ in _wire.fields(data, start, stop)}
            found.append(_wire.signed(dim.get(1, 0)))
    return found
