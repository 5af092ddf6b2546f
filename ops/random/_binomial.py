"""Binomial numbers, by the algorithms of TensorFlow's CPU kernel on its generator.

One job: one stream of uniforms, from which number after number is made; how many it takes depends
on the numbers themselves, so that they are made one by one. Imports only numpy and the generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph.ops import _philox as philox

Array = np.ndarray[Any, Any]
Draw = Callable[[], float]
_CHUNK = 256  # blocks made at a time
# log(k!) less Stirling's approximation of it, for k = 0 ... 9.
_TAILS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def binomial(
    state: philox.PhiloxState, counts: Array, probs: Array, each: int, total: int
) -> Array:
    """`each` numbers for each (count, probability), `total` of them in all, as float64."""
    result = np.empty(total)
    blocks = _blocks(state)
    for row, (count, prob) in enumerate(zip(counts, probs, strict=True)):
        part = result[row * each : (row + 1) * each]
        if math.isnan(prob) or count <= 0 or prob <= 0:
            part[:] = np.nan if math.isnan(prob) else 0
            continue
        if prob >= 1:
            part[:] = count
            continue
        rare = prob if prob <= 0.5 else prob.dtype.type(1) - prob
        draw = _rejecting if count * rare >= 10 else _inverting
        for i in range(part.size):
            part[i] = draw(float(count), float(rare), _uniforms(blocks))
        if prob > 0.5:
            part[:] = float(count) - part
    return result


def _blocks(state: philox.PhiloxState) -> Iterator[tuple[float, float]]:
    """The pairs of uniforms of the generator's blocks, one after the other."""
    first = state.consumed
    while True:
        drawn = philox.blocks_at(state, philox.counters_from(first, _CHUNK))
        yield from zip(*philox.uniform_double(drawn).tolist(), strict=True)
        first += _CHUNK


def _uniforms(blocks: Iterator[tuple[float, float]]) -> Draw:
    """The uniforms for one number: of each pair the second is handed out first."""
    left: list[float] = []

    def draw() -> float:
        if not left:
            left.extend(next(blocks))
        return left.pop()

    return draw


def _inverting(count: float, prob: float, uniform: Draw) -> float:
    """How many geometric numbers add up to no more than `count`."""
    total, found, scale = 0.0, 0, math.log1p(-prob)
    while True:
        u = uniform()
        total += math.ceil(math.log(u) / scale) if u else math.inf
        if total > count:
            return found
        found += 1


def _rejecting(count: float, prob: float, uniform: Draw) -> float:
    """Transformed rejection (Hoermann 1993, The generation of binomial random variates)."""
    spread = math.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    odds, mode = prob / (1 - prob), math.floor((count + 1) * prob)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if not us:  # the number would be infinite
            continue
        k = math.floor((2 * a / us + b) * u + count * prob + 0.5)
        if us >= 0.07 and v <= 0.92 - 4.2 / b:
            return k
        if k < 0 or k > count:
            continue
        ratio = v * (2.83 + 5.1 / b) * spread / (a / (us * us) + b)
        if not ratio or math.log(ratio) <= _bound(count, k, mode, odds):
            return k


def _bound(count: float, k: float, mode: float, odds: float) -> float:
    """The logarithm of how likely k is, compared with the mode."""
    return (
        (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
        + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
        + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
        + _tail(mode) + _tail(count - mode) - _tail(k) - _tail(count - k)
    )  # fmt: skip


def _tail(k: float) -> float:
    if k <= 9:
        return _TAILS[int(k)]
    square = (k + 1) ** 2
    return (1 / 12 - (1 / 360 + 1 / 1260 / square) / square) / (k + 1)
