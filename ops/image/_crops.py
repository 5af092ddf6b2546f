"""Random crops of a wanted size and shape, equal to TensorFlow's for equal seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops import _philox as philox

Crop = tuple[int, int, int, int]  # top, left, bottom, right, in pixels
_F = np.float32


class _Words:
    """The 32-bit words that one run of the op has set aside, one after another."""

    def __init__(self, state: philox.PhiloxState, count: int) -> None:
        self._state, self._next = state, state.reserve(-(-count // 4))
        self._ready: list[int] = []

    def word(self) -> int:
        if not self._ready:
            self._ready = philox.words(self._state, self._next, 32).tolist()[::-1]
            self._next += 8
        return self._ready.pop()

    def uniform(self) -> Any:
        """A float32 of [0, 1): the low 23 bits."""
        return np.uint32(self.word() & 0x7FFFFF | 0x7F << 23).view(np.float32) - _F(1)

    def below(self, n: int) -> int:
        """An integer of [0, n), each as likely: words that would favour small ones are skipped."""
        if n & (n - 1) == 0:
            return self.word() & (n - 1)
        unfair = 0xFFFFFFFF % n + 1
        word = self.word()
        while word < unfair:
            word = self.word()
        return word % n


def crop_sampler(
    state: philox.PhiloxState, a: Mapping[str, Any]
) -> Callable[[int, int, list[Crop], float], Crop]:
    """A function (height, width, objects, least part of one that must show) -> crop."""
    shapes, areas = _range(a, "aspect_ratio_range"), _range(a, "area_range")
    attempts = a["max_attempts"]
    if areas[0] > 1 or areas[1] > 1:
        raise InvalidArgumentError(f"Area range must be less then or equal to 1.0: {areas}")
    if attempts <= 0:
        raise InvalidArgumentError(f"Max attempts must be positive: {attempts}")

    def sample(height: int, width: int, objects: list[Crop], covered: float) -> Crop:
        words = _Words(state, 4 * attempts)
        for _ in range(attempts):
            shape = words.uniform() * (shapes[1] - shapes[0]) + shapes[0]
            crop = _random_crop(height, width, areas, shape, words)
            if crop is not None and _shows(crop, objects, covered):
                return crop
        return 0, 0, height, width

    return sample


def _range(a: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    values = a[name]
    if len(values) != 2 or min(values) <= 0:
        raise InvalidArgumentError(f"{name} must be two positive numbers, got {values}")
    return _F(values[0]), _F(values[1])


def _rounded(value: Any) -> int:
    """The nearest integer of a float32, halves to the even one."""
    return int(np.rint(_F(value)))


def _random_crop(
    height: int, width: int, areas: tuple[Any, Any], shape: Any, words: _Words
) -> Crop | None:
    """A crop of the wanted area, and of `shape`: width over height; None when there is none."""
    if width <= 0 or height <= 0 or areas[0] > areas[1]:
        return None
    least, most = (area * _F(width) * _F(height) for area in areas)
    rows, most_rows = (_rounded(np.sqrt(area / shape)) for area in (least, most))
    if _rounded(_F(most_rows) * shape) > width:
        # Just under half a pixel more than the image, so that the width rounds to no more.
        most_rows = int((width + 0.5 - float(_F(1e-7))) / float(shape))
    most_rows = min(most_rows, height)
    rows = min(rows, most_rows)
    if rows < most_rows:
        rows += words.below(most_rows - rows + 1)
    columns = _rounded(_F(rows) * shape)
    if _F(rows * columns) < least:
        rows += 1
        columns = _rounded(_F(rows) * shape)
    if _F(rows * columns) > most:
        rows -= 1
        columns = _rounded(_F(rows) * shape)
    fits = 0 < columns <= width and 0 < rows <= height
    if not fits or not least <= _F(rows * columns) <= most:
        return None
    top = words.below(height - rows) if rows < height else 0
    left = words.below(width - columns) if columns < width else 0
    return top, left, top + rows, left + columns


def _area(crop: Crop) -> int:
    return (crop[2] - crop[0]) * (crop[3] - crop[1])


def _shows(crop: Crop, objects: list[Crop], covered: float) -> bool:
    """Whether the crop shows the part `covered` of an object of a pixel or more."""
    if _area(crop) < 1:
        return False
    for box in objects:
        if _area(box) < 1:
            continue
        low = [max(p, q) for p, q in zip(crop[:2], box[:2], strict=True)]
        high = [min(p, q) for p, q in zip(crop[2:], box[2:], strict=True)]
        shown = math.prod(max(b - a, 0) for a, b in zip(low, high, strict=True))
        if _F(shown) / _F(_area(box)) >= covered:
            return True
    return False
