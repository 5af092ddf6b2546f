"""The search behind non-max suppression: greedy by score, or with scores that fall by overlap."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_BLOCK = 128  # candidates compared with each other at once, and then with all that come after


class Boxes:
    """Boxes whose similarity is intersection over union, in the dtype they have."""

    def __init__(self, boxes: Array) -> None:
        first, second = boxes[:, :2], boxes[:, 2:]
        self.low, self.high = np.minimum(first, second), np.maximum(first, second)
        sides = self.high - self.low
        self.area = sides[:, 0] * sides[:, 1]

    def similarity(self, rows: Array, columns: Array) -> Array:
        """[rows, columns]; 0 with a box that has no area."""
        y, x = (
            np.maximum(
                np.minimum.outer(self.high[rows, axis], self.high[columns, axis])
                - np.maximum.outer(self.low[rows, axis], self.low[columns, axis]),
                0,
            )
            for axis in (0, 1)
        )
        y *= x
        union = np.add.outer(self.area[rows], self.area[columns])
        union -= y
        with np.errstate(divide="ignore", invalid="ignore"):
            y /= union
        y[self.area[rows] <= 0] = 0
        y[:, self.area[columns] <= 0] = 0
        return y

    def exceeding(self, rows: Array, columns: Array, limit: Any) -> Array:
        """Whether the similarity is above the limit, [rows, columns]."""
        return self.similarity(rows, columns) > limit


class Overlaps:
    """A matrix of similarities: [candidate, chosen box]."""

    def __init__(self, matrix: Array) -> None:
        self.matrix = matrix

    def similarity(self, rows: Array, columns: Array) -> Array:
        """[rows, columns]."""
        return self.matrix[np.ix_(rows, columns)]

    def exceeding(self, rows: Array, columns: Array, limit: Any) -> Array:
        """Whether the similarity is above the limit, [rows, columns]."""
        return self.similarity(rows, columns) > limit


def suppress(
    boxes: Boxes | Overlaps, scores: Array, size: int, limit: Any, least: Any, sigma: Any = 0.0
) -> tuple[Array, Array]:
    """(int32 indices, scores) of at most `size` boxes that stay, by falling score.

    Args:
      boxes: what tells how alike two boxes are.
      scores: [n]; only those above `least` are candidates; of equal ones the first goes first.
      size: the most boxes to keep.
      limit: a box more alike than this to one that stays is removed.
      least: see `scores`.
      sigma: when above 0, instead of removing boxes, their scores fall by overlap (soft NMS).
    """
    candidates = np.flatnonzero(scores > least)
    order = candidates[np.argsort(-scores[candidates].astype(np.float32), kind="stable")]
    if sigma > 0:
        return _softly(boxes, scores, order, size, least, sigma)
    chosen = _greedily(boxes, order, size, limit)
    return chosen.astype(np.int32), scores[chosen]


def _greedily(boxes: Boxes | Overlaps, order: Array, size: int, limit: Any) -> Array:
    chosen: list[Array] = []
    count = 0
    while len(order) and count < size:
        block, order = order[:_BLOCK], order[_BLOCK:]
        removes = boxes.exceeding(block, block, limit).T  # [by, whom]
        alive = np.ones(len(block), bool)
        for i in range(len(block)):
            if alive[i]:
                alive[i + 1 :] &= ~removes[i, i + 1 :]
        stay = block[alive][: size - count]
        chosen.append(stay)
        count += len(stay)
        if len(order) and count < size:
            order = order[~boxes.exceeding(order, stay, limit).any(axis=1)]
    return np.concatenate(chosen) if chosen else np.zeros(0, np.intp)


def _softly(
    boxes: Boxes | Overlaps, scores: Array, order: Array, size: int, least: Any, sigma: Any
) -> tuple[Array, Array]:
    """Each candidate that comes up loses score by the boxes chosen since it last came up."""
    dtype = scores.dtype
    scale = (dtype.type(-0.5) / dtype.type(sigma)).astype(dtype)
    everyone = np.arange(len(scores))
    queue = [(-float(scores[i]), int(i), 0) for i in order]
    chosen: list[int] = []
    kept: list[Any] = []
    falls: list[Array] = []  # for each chosen box: what the score of each box is multiplied by
    while queue and len(chosen) < size:
        negative, index, seen = heapq.heappop(queue)
        original = score = dtype.type(-negative)
        for fall in reversed(falls[seen:]):
            score = score * fall[index]
            if score <= least:
                break
        if score == original:
            alike = boxes.similarity(everyone, np.array([index]))[:, 0]
            falls.append(np.exp((scale * alike * alike).astype(np.float32)).astype(dtype))
            chosen.append(index)
            kept.append(score)
        elif score > least:
            heapq.heappush(queue, (-float(score), index, len(chosen)))
    return np.array(chosen, np.int32), np.array(kept, dtype)
