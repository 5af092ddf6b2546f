"""Folds the dimensions of some arrays that are broadcast together into at most three loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LOOPS = 3
_NARROW = 128  # elements of the inner loop, below which unrolling does not pay


_LINE = 64  # elements: two threads never write to one line of the cache


def part_for_thread(size: int, threads: int) -> int:
    """How many of `size` elements one of as many threads takes: whole lines of the cache."""
    return -(-size // (threads * _LINE)) * _LINE


@dataclass(frozen=True, slots=True)
class Layout:
    """`sizes` of the outer, middle and inner loop, and each array's strides in bytes for them."""

    sizes: tuple[int, int, int]
    strides: tuple[tuple[int, int, int], ...]

    def steps(self, itemsizes: Sequence[int]) -> tuple[int, ...]:
        """How the inner loop walks each array: 0 not at all, 1 by elements, 2 by its stride."""
        inner = [s[2] for s in self.strides]
        return tuple(
            0 if stride == 0 else 1 if stride == size else 2
            for stride, size in zip(inner, itemsizes, strict=True)
        )

    @property
    def narrow(self) -> bool:
        """Whether the inner loop is short."""
        return self.sizes[2] < _NARROW


def fold(
    shape: tuple[int, ...],
    shapes: Sequence[tuple[int, ...]],
    strides: Sequence[tuple[int, ...]],
) -> Layout | None:
    """The loops over `shape` for arrays of `shapes`; None when they are more than three."""
    wide = [_spread(shape, s, t) for s, t in zip(shapes, strides, strict=True)]
    sizes: list[int] = []
    walked: list[list[int]] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        here = [w[axis] for w in wide]
        if sizes and all(outer == size * inner for outer, inner in zip(walked[-1], here)):
            sizes[-1] *= size
            walked[-1] = here
        else:
            sizes.append(size)
            walked.append(here)
    if len(sizes) > _LOOPS:
        return None
    missing = _LOOPS - len(sizes)
    sizes = [1] * missing + sizes
    walked = [[0] * len(shapes)] * missing + walked
    columns = tuple((a, b, c) for a, b, c in zip(*walked, strict=True))
    return Layout((sizes[0], sizes[1], sizes[2]), columns)


def _spread(
    shape: tuple[int, ...], own: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[int, ...]:
    """An array's strides over `shape`: 0 in the dimensions in which it is repeated."""
    missing = len(shape) - len(own)
    return (0,) * missing + tuple(
        0 if size == 1 else stride for size, stride in zip(own, strides, strict=True)
    )
