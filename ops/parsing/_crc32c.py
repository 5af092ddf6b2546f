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
_EQUAL = (5685, 1362, 426)  # see `_folded`
_LONG, _PIECE = 1 << 16, 1 << 22  # bytes from which on words are folded, and how many at once
_AT_ONCE = 256  # blocks, so that what is made of them stays in the cache
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


def value(data: Any, before: int = 0) -> int:
    """The CRC-32C of bytes, or of bytes that follow others whose CRC-32C is `before`."""
    register = before ^ _ONES
    at = 0
    while len(data) - at >= _LONG:
        size = min(len(data) - at, _PIECE) // 4 * 4
        words = np.frombuffer(data, "<u4", size // 4, at).copy()
        words[0] ^= register
        register = _register(_folded(words).view(np.uint8), 0)
        at += size
    return _register(data[at:], register) ^ _ONES


def _folded(words: Any) -> Any:
    """The last of these words, changed so that they have the remainder of them all.

    A word is as good as three later ones, since x**(32 * 5685) and x**(32 * 1362) + x**(32 * 426)
    + 1 have the same remainder.
    """
    a, b, c = _EQUAL
    chunk, at = a - b, 0
    while len(words) - at >= a + chunk:
        front = words[at : at + chunk]
        for shift in (a - b, a - c, a):
            words[at + shift : at + shift + chunk] ^= front
        at += chunk
    return words[at:]


def _register(data: Any, register: int) -> int:
    """The register after some bytes."""
    head = len(data) % _BLOCK
    register = _first(data[:head], register)
    if head < len(data):
        blocks = np.frombuffer(data, np.uint8, offset=head).reshape(-1, _BLOCK)
        for start in range(0, len(blocks), _AT_ONCE):
            register = _after(blocks[start : start + _AT_ONCE], register)
    return register


def _after(blocks: Any, register: int) -> int:
    """The register after whole blocks."""
    added = np.bitwise_xor.reduce(_block_table()[np.arange(_BLOCK), blocks], axis=1)
    a, b, c, d = _register_tables()
    for more in added.tolist():
        register = (
            a[register & 0xFF] ^ b[register >> 8 & 0xFF] ^ c[register >> 16 & 0xFF]
            ^ d[register >> 24] ^ more
        )  # fmt: skip
    return register


def _first(data: Any, register: int) -> int:
    """The register after less than a block."""
    if len(data) < _SHORT:
        table = _bytes_table()
        for byte in bytes(data):
            register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
        return register
    block = np.frombuffer(data, np.uint8).copy()
    block[:4] ^= np.frombuffer(register.to_bytes(4, "little"), np.uint8)
    places = np.arange(_BLOCK - len(block), _BLOCK)
    return int(np.bitwise_xor.reduce(_block_table()[places, block]))


def masked(data: Any) -> int:
    """The checksum as files hold it, so that the checksum of data with checksums stays good."""
    return mask(value(data))


def mask(crc: int) -> int:
    """A checksum as files hold it."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ONES
