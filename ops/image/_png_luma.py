"""Grey from RGB as libpng computes it, with its tables where a file tells its gamma.

Levels are mixed as they are, or, when the file has a gamma, as the light that they stand for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
# ITU-R BT.601's weights in 15 bits, as libpng rounds them.
_WEIGHTS = np.array([9797, 19234, 3737], np.uint32)
_HALF = np.uint32(1 << 14)
_UNIT = 100000  # gammas are counted in its parts
_NEAR = 5000  # a gamma this close to 1 is none
_CUT_SHIFT = 5  # 16-bit levels that will be cut to 8 are looked up by 11 bits


def luma(colors: Array, gamma: int | None, cut: bool) -> Array:
    """The grey [height, width, 1] of RGB, in the same dtype.

    Args:
      colors: uint8 or uint16 [height, width, 3].
      gamma: the file's, in hundred-thousandths, or None.
      cut: whether 16-bit levels will be cut to 8 bits.
    """
    wide = colors.dtype == np.uint16
    grey, plain = _mixed(colors, round_up=wide), colors[:, :, :1]
    if gamma is not None and _is_significant(gamma):
        shift = _CUT_SHIFT if wide and cut else 0
        bits = (16 if wide else 8) - shift
        to_light, from_light = _table(bits, wide, gamma, True), _table(bits, wide, gamma, False)
        grey = from_light[_mixed(to_light[colors >> shift], round_up=True) >> shift]
        if shift:
            plain = _nearest_level()[plain >> shift]
    same = (colors == colors[:, :, :1]).all(axis=2, keepdims=True)
    return np.where(same, plain, grey)


def _mixed(colors: Array, round_up: bool) -> Array:
    weighted = (colors * _WEIGHTS).sum(axis=2, keepdims=True, dtype=np.uint32)
    return (weighted + (_HALF if round_up else np.uint32(0)) >> 15).astype(colors.dtype)


def _is_significant(gamma: int) -> bool:
    return any(abs(value - _UNIT) > _NEAR for value in (gamma, _reciprocal(gamma)))


def _reciprocal(gamma: int) -> int:
    return int(_UNIT * _UNIT / gamma + 0.5)


@lru_cache(maxsize=8)
def _table(bits: int, wide: bool, gamma: int, to_light: bool) -> Array:
    """The light of each level, or the level of each light, by their upper `bits`."""
    exponent = _reciprocal(gamma) if to_light else _reciprocal(_reciprocal(gamma))
    greatest, dtype = (65535.0, np.uint16) if wide else (255.0, np.uint8)
    levels = np.arange(1 << bits) / ((1 << bits) - 1)
    return np.floor(greatest * levels ** (exponent / _UNIT) + 0.5).astype(dtype)


@lru_cache(maxsize=1)
def _nearest_level() -> Array:
    """For the upper 11 bits of a level the 16-bit one that is nearest among those of 8 bits."""
    most = (1 << 16 - _CUT_SHIFT) - 1
    bounds = ((np.arange(255) * 257 + 128) * most + 32768) // 65535
    steps = np.searchsorted(bounds, np.arange(most + 1), side="left")
    return (steps * 257).astype(np.uint16)
