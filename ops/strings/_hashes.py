"""Fingerprints of byte strings, as TensorFlow's hash buckets use them.

Farm: FarmHash's Fingerprint64 (Pike 2014, github.com/google/farmhash, farmhashna); sip: SipHash-2-4
(Aumasson and Bernstein 2012); murmur: MurmurHash64A (Appleby 2008) with TensorFlow's seed.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(s: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(s[at : at + size], "little")


def _rotate(value: int, shift: int) -> int:
    """To the right."""
    return ((value >> shift) | (value << (64 - shift))) & _MASK


def _mix(value: int) -> int:
    return value ^ (value >> 47)


def _two(u: int, v: int, mul: int) -> int:
    a = _mix(((u ^ v) * mul) & _MASK)
    b = _mix(((v ^ a) * mul) & _MASK)
    return (b * mul) & _MASK


def farm(s: bytes) -> int:
    """Fingerprint64 of a byte string."""
    size = len(s)
    if size <= 16:
        return _farm_16(s, size)
    if size <= 32:
        return _farm_32(s, size)
    return _farm_64(s, size) if size <= 64 else _farm_long(s, size)


def _farm_16(s: bytes, size: int) -> int:
    mul = (_K2 + size * 2) & _MASK
    if size >= 8:
        a, b = (_word(s, 0) + _K2) & _MASK, _word(s, size - 8)
        c = (_rotate(b, 37) * mul + a) & _MASK
        d = ((_rotate(a, 25) + b) * mul) & _MASK
        return _two(c, d, mul)
    if size >= 4:
        return _two(size + (_word(s, 0, 4) << 3), _word(s, size - 4, 4), mul)
    if size:
        y = s[0] + (s[size >> 1] << 8)
        z = size + (s[-1] << 2)
        return (_mix((y * _K2 & _MASK) ^ (z * _K0 & _MASK)) * _K2) & _MASK
    return _K2


def _farm_32(s: bytes, size: int) -> int:
    mul = (_K2 + size * 2) & _MASK
    a, b = (_word(s, 0) * _K1) & _MASK, _word(s, 8)
    c, d = (_word(s, size - 8) * mul) & _MASK, (_word(s, size - 16) * _K2) & _MASK
    first = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    return _two(first, (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK, mul)


def _farm_64(s: bytes, size: int) -> int:
    mul = (_K2 + size * 2) & _MASK
    a, b = (_word(s, 0) * _K2) & _MASK, _word(s, 8)
    c, d = (_word(s, size - 8) * mul) & _MASK, (_word(s, size - 16) * _K2) & _MASK
    y = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    z = _two(y, (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK, mul)
    e, f = (_word(s, 16) * mul) & _MASK, _word(s, 24)
    g = ((y + _word(s, size - 32)) * mul) & _MASK
    h = ((z + _word(s, size - 24)) * mul) & _MASK
    first = (_rotate((e + f) & _MASK, 43) + _rotate(g, 30) + h) & _MASK
    return _two(first, (e + _rotate((f + a) & _MASK, 18) + g) & _MASK, mul)


def _weak(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_word(s, at + 8 * i) for i in range(4))
    a = (a + w) & _MASK
    b = _rotate((b + a + z) & _MASK, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _rotate(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK


def _farm_long(s: bytes, size: int) -> int:
    x, y = 81, (81 * _K1 + 113) & _MASK
    z = (_mix((y * _K2 + 113) & _MASK) * _K2) & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _word(s, 0)) & _MASK
    for at in range(0, (size - 1) // 64 * 64, 64):
        x = (_rotate((x + y + v[0] + _word(s, at + 8)) & _MASK, 37) * _K1) & _MASK
        y = (_rotate((y + v[1] + _word(s, at + 48)) & _MASK, 42) * _K1) & _MASK
        x ^= w[1]
        y = (y + v[0] + _word(s, at + 40)) & _MASK
        z = (_rotate((z + w[0]) & _MASK, 33) * _K1) & _MASK
        v = _weak(s, at, (v[1] * _K1) & _MASK, (x + w[0]) & _MASK)
        w = _weak(s, at + 32, (z + w[1]) & _MASK, (y + _word(s, at + 16)) & _MASK)
        z, x = x, z
    mul, at = (_K1 + ((z & 0xFF) << 1)) & _MASK, size - 64
    first = (w[0] + ((size - 1) & 63)) & _MASK
    v = ((v[0] + first) & _MASK, v[1])
    w = ((first + v[0]) & _MASK, w[1])
    x = (_rotate((x + y + v[0] + _word(s, at + 8)) & _MASK, 37) * mul) & _MASK
    y = (_rotate((y + v[1] + _word(s, at + 48)) & _MASK, 42) * mul) & _MASK
    x ^= (w[1] * 9) & _MASK
    y = (y + v[0] * 9 + _word(s, at + 40)) & _MASK
    z = (_rotate((z + w[0]) & _MASK, 33) * mul) & _MASK
    v = _weak(s, at, (v[1] * mul) & _MASK, (x + w[0]) & _MASK)
    w = _weak(s, at + 32, (z + w[1]) & _MASK, (y + _word(s, at + 16)) & _MASK)
    z, x = x, z
    left = (_two(v[0], w[0], mul) + _mix(y) * _K0 + z) & _MASK
    return _two(left, (_two(v[1], w[1], mul) + x) & _MASK, mul)


def sip(s: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 of a byte string under a key of two 64-bit words."""
    v = [
        key[0] ^ 0x736F6D6570736575, key[1] ^ 0x646F72616E646F6D,
        key[0] ^ 0x6C7967656E657261, key[1] ^ 0x7465646279746573,
    ]  # fmt: skip
    whole = len(s) // 8 * 8
    tail = _word(s, whole, 7) | (len(s) & 0xFF) << 56
    for m in [*(_word(s, i) for i in range(0, whole, 8)), tail]:
        v[3] ^= m
        _sip_rounds(v, 2)
        v[0] ^= m
    v[2] ^= 0xFF
    _sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _left(value: int, shift: int) -> int:
    return _rotate(value, 64 - shift)


def _sip_rounds(v: list[int], count: int) -> None:
    for _ in range(count):
        v[0] = (v[0] + v[1]) & _MASK
        v[2] = (v[2] + v[3]) & _MASK
        v[1], v[3] = _left(v[1], 13) ^ v[0], _left(v[3], 16) ^ v[2]
        v[0] = _left(v[0], 32)
        v[2] = (v[2] + v[1]) & _MASK
        v[0] = (v[0] + v[3]) & _MASK
        v[1], v[3] = _left(v[1], 17) ^ v[2], _left(v[3], 21) ^ v[0]
        v[2] = _left(v[2], 32)


def murmur(s: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """MurmurHash64A of a byte string."""
    m, r = 0xC6A4A7935BD1E995, 47
    h = seed ^ (len(s) * m & _MASK)
    whole = len(s) // 8 * 8
    for i in range(0, whole, 8):
        k = (_word(s, i) * m) & _MASK
        k ^= k >> r
        h = ((h ^ (k * m & _MASK)) * m) & _MASK
    if whole < len(s):
        h = ((h ^ _word(s, whole)) * m) & _MASK
    h = ((h ^ (h >> r)) * m) & _MASK
    return h ^ (h >> r)
