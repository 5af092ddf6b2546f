"""CRC-32C (Castagnoli), masked as record files have it; whole blocks at a time with numpy.

The checksum is linear: each byte adds what its table says for its distance to the end of the block,
and the register before a block is as good as added to the block's first four bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

_POLYNOMIAL = 0x82F63B78  # reflected
_BLOCK = 512
_SHORT = 32  # bytes that are done one by one
_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8


@cache
def _bytes_table() -> list[int]:
    """What a byte in the register becomes after eight steps."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.tolist()  # type: ignore[no-any-return]


@cache
def _block_table() -> Any:
    """[i, b]: what byte b at place i of a block of `_BLOCK` bytes adds to the checksum."""
    one = np.array(_bytes_table(), np.uint32)
    table = np.empty((_BLOCK, 256), np.uint32)
    table[-1] = one
    for i in reversed(range(_BLOCK - 1)):
        table[i] = one[table[i + 1] & 0xFF] ^ (table[i + 1] >> 8)
    return table


@cache
def _register_tables() -> tuple[list[int], ...]:
    """What the four bytes of the register before a whole block add."""
    return tuple(_block_table()[i].tolist() for i in range(4))


def value(data: bytes) -> int:
    """The CRC-32C of bytes."""
    head = len(data) % _BLOCK
    register = _first(data[:head], _ONES)
    if head < len(data):
        blocks = np.frombuffer(data, np.uint8, offset=head).reshape(-1, _BLOCK)
        added = np.bitwise_xor.reduce(_block_table()[np.arange(_BLOCK), blocks], axis=1)
        a, b, c, d = _register_tables()
        for more in added.tolist():
            register = (
                a[register & 0xFF] ^ b[register >> 8 & 0xFF] ^ c[register >> 16 & 0xFF]
                ^ d[register >> 24] ^ more
            )  # fmt: skip
    return register ^ _ONES


def _first(data: bytes, register: int) -> int:
    """The register after less than a block."""
    if len(data) < _SHORT:
        table = _bytes_table()
        for byte in data:
            register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
        return register
    block = np.frombuffer(data, np.uint8).copy()
    block[:4] ^= np.frombuffer(register.to_bytes(4, "little"), np.uint8)
    places = np.arange(_BLOCK - len(block), _BLOCK)
    return int(np.bitwise_xor.reduce(_block_table()[places, block]))


def masked(data: bytes) -> int:
    """The checksum as files hold it, so that the checksum of data with checksums stays good."""
    crc = value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ONES
