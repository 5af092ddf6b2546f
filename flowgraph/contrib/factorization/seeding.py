"""Rows to begin k-means with: each likelier the farther it is from those chosen before it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def plus_plus(points: Array, count: int, seed: int, retries: int) -> Array:
    """Chooses `count` of the points by k-means++ (D. Arthur and S. Vassilvitskii, 2007).

    Of `retries` + 1 candidates the one that brings the points nearest is taken each time;
    with a negative number of retries there are 2 + log(count) of them.
    """
    random = np.random.RandomState(seed)
    candidates = (2 + int(math.log(max(count, 1))) if retries < 0 else retries) + 1
    chosen = [random.randint(len(points))]
    nearest = _squared(points, points[chosen[0]])
    for _ in range(count - 1):
        drawn = _draw(random, nearest, candidates)
        distances = [np.minimum(nearest, _squared(points, points[i])) for i in drawn]
        best = int(np.argmin([d.sum() for d in distances]))
        chosen.append(int(drawn[best]))
        nearest = distances[best]
    return points[chosen]


def chain(points: Array, count: int, length: int, seed: int) -> Array:
    """Chooses `count` of the points by k-MC2, chains of a length (O. Bachem et al., 2016)."""
    random = np.random.RandomState(seed)
    chosen = [random.randint(len(points))]
    nearest = _squared(points, points[chosen[0]])
    for _ in range(count - 1):
        at = random.randint(len(points))
        for _ in range(length):
            to = random.randint(len(points))
            if nearest[to] > random.rand() * nearest[at]:
                at = to
        chosen.append(at)
        nearest = np.minimum(nearest, _squared(points, points[at]))
    return points[chosen]


def _squared(points: Array, center: Array) -> Array:
    return np.square(points - center).sum(axis=1)


def _draw(random: np.random.RandomState, weights: Array, count: int) -> Array:
    total = weights.sum()
    if total <= 0:  # all points are among those chosen
        return random.randint(len(weights), size=count)
    return random.choice(len(weights), size=count, p=weights / total)
