"""The row filters of PNG: each byte less a guess from the bytes to its left, above, and both."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError

Array = np.ndarray[Any, Any]
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)
# From so many bytes a step on, a diagonal of all rows at once is faster than row by row.
_WORTH_DIAGONALS = 192


def paeth(left: Array, above: Array, corner: Array) -> Array:
    """Of the three bytes (as int16) the one nearest to left + above - corner."""
    from_left, from_above = np.abs(above - corner), np.abs(left - corner)
    from_corner = np.abs(left + above - 2 * corner)
    nearer = np.where(from_above <= from_corner, above, corner)
    is_left = (from_left <= from_above) & (from_left <= from_corner)
    return np.where(is_left, left, nearer)


def apply(rows: Array, step: int) -> Array:
    """The rows, each filtered and after a byte that tells how.

    The filter of a row is the one whose bytes, as signed numbers, are least in sum.

    Args:
      rows: uint8 [height, bytes].
      step: the bytes of a pixel.
    """
    wide = rows.astype(np.int16)
    left, above, corner = (np.zeros_like(wide) for _ in range(3))
    left[:, step:] = wide[:, :-step]
    above[1:] = wide[:-1]
    corner[1:, step:] = wide[:-1, :-step]
    guesses = (0, left, above, (left + above) >> 1, paeth(left, above, corner))
    best = np.full(len(rows), np.iinfo(np.int64).max)
    out = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    for kind, guess in enumerate(guesses):
        filtered = (wide - guess).astype(np.uint8)
        cost = np.abs(filtered.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
        better = cost < best
        best[better] = cost[better]
        out[better, 0] = kind
        out[better, 1:] = filtered[better]
    return out


def remove(rows: Array, step: int) -> Array:
    """The bytes of filtered rows.

    Args:
      rows: uint8 [height, 1 + bytes], the filter first.
      step: the bytes of a pixel.

    Raises:
      InvalidArgumentError: a row's filter is unknown.
    """
    kinds, filtered = rows[:, 0], rows[:, 1:]
    if kinds.max() > _PAETH:
        raise InvalidArgumentError(f"Invalid PNG data: a row's filter is {kinds.max()}")
    padding = -filtered.shape[1] % step
    if padding:
        filtered = np.pad(filtered, ((0, 0), (0, padding)))
    pixels = filtered.reshape(len(rows), -1, step)
    if (kinds >= _AVERAGE).sum() * step >= _WORTH_DIAGONALS:
        plain = _by_diagonal(kinds, pixels)
    else:
        plain = _by_row(kinds, pixels)
    return np.ascontiguousarray(plain.reshape(len(rows), -1)[:, : rows.shape[1] - 1])


def _by_row(kinds: Array, pixels: Array) -> Array:
    out = np.empty_like(pixels)
    above = np.zeros_like(pixels[0])
    for row, kind, target in zip(pixels, kinds.tolist(), out, strict=True):
        if kind == _SUB:
            np.add.accumulate(row, axis=0, dtype=np.uint8, out=target)
        elif kind == _UP:
            np.add(row, above, out=target)
        elif kind == _NONE:
            target[...] = row
        else:
            for channel in range(row.shape[1]):
                target[:, channel] = _sequence(kind, row[:, channel], above[:, channel])
        above = target
    return out


def _sequence(kind: int, row: Array, above: Array) -> list[int]:
    """The bytes of a row whose guesses need the byte before."""
    out, left, corner = [], 0, 0
    for value, up in zip(row.tolist(), above.tolist(), strict=True):
        if kind == _AVERAGE:
            guess = (left + up) >> 1
        else:
            from_left, from_above = abs(up - corner), abs(left - corner)
            from_corner = abs(left + up - 2 * corner)
            if from_left <= from_above and from_left <= from_corner:
                guess = left
            else:
                guess = up if from_above <= from_corner else corner
        left, corner = (value + guess) & 255, up
        out.append(left)
    return out


def _by_diagonal(kinds: Array, pixels: Array) -> Array:
    """Pixels whose row and column add up to the same do not need each other: all rows at once."""
    height, width, step = pixels.shape
    # diagonal[y + x + 1, y + 1] is the pixel (y, x); zeros before the first row and column.
    diagonal = np.zeros((height + width, height + 1, step), np.int16)
    y, x = np.indices((height, width))
    diagonal[y + x + 1, y + 1] = pixels
    which = [(kinds == kind)[:, None] for kind in range(5)]
    for d in range(1, height + width):
        low, high = max(0, d - width), min(height, d)
        left, above = diagonal[d - 1, low + 1 : high + 1], diagonal[d - 1, low:high]
        corner = diagonal[d - 2, low:high] if d > 1 else np.zeros_like(above)
        guess = np.where(which[_PAETH][low:high], paeth(left, above, corner), 0)
        np.copyto(guess, (left + above) >> 1, where=which[_AVERAGE][low:high])
        np.copyto(guess, above, where=which[_UP][low:high])
        np.copyto(guess, left, where=which[_SUB][low:high])
        target = diagonal[d, low + 1 : high + 1]
        target += guess
        target &= 255
    return diagonal[y + x + 1, y + 1].astype(np.uint8)
