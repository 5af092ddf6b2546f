"""Numbers that take a varying count of draws each: classes, gamma, Poisson, normals cut anywhere.

One job: the algorithms of TensorFlow's CPU kernels on its generator, so that the same seeds give
the same numbers, but for whole arrays at a time. Imports only numpy and the generator.

Where TensorFlow shares a long result out over threads, its numbers depend on how many there are
(for classes and cut normals); here they are those of one thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.ops import _philox as philox

Array = np.ndarray[Any, Any]
Doubles = Array  # of float64
Lanes = Array  # of places
_log_factorial = np.frompyfunc(lambda k: math.lgamma(k + 1), 1, 1)


# --- classes --------------------------------------------------------------------------------------
def classes(state: philox.PhiloxState, logits: Any, count: int) -> Lanes:
    """`count` draws for each row of logits [rows, classes], with probabilities softmax(logits).

    Classes of infinite or NaN logits are never drawn; a row without others gives their number.
    """
    # Each number is two words, and room is kept for a multiple of four of them.
    rounded = -(-count // 4) * 4
    first = state.reserve(len(logits) * rounded * 2 * philox.BLOCKS_PER_OUTPUT)
    rows = len(logits)
    drawn = philox.blocks_at(state, philox.counters_from(first, -(-rows * count // 2)))
    uniforms = philox.uniform_double(drawn).T.reshape(-1)[: rows * count].reshape(rows, count)
    wide = logits.astype(np.float64)
    finite = np.isfinite(wide)
    highest = np.max(wide, axis=1, keepdims=True, where=finite, initial=-np.inf)
    above = np.where(finite, wide - np.where(np.isfinite(highest), highest, 0), -np.inf)
    sums = np.cumsum(np.exp(above), axis=1)
    wanted = uniforms * sums[:, -1:]
    result = np.empty((rows, count), np.intp)
    for row, ends, values in zip(result, sums, wanted, strict=True):
        row[:] = np.searchsorted(ends, values, side="right")
    return result


# --- gamma, Poisson -------------------------------------------------------------------------------
class _Streams:
    """One stream of numbers for each output (a lane), each from its own stretch of blocks.

    A block gives two uniforms or two normals, of which the second is handed out first.
    """

    def __init__(self, state: philox.PhiloxState, lanes: int) -> None:
        step = philox.BLOCKS_PER_OUTPUT
        self._state = state
        self._next = philox.counters_from(state.reserve(lanes * step), lanes, step)
        self._uniforms = np.empty((2, lanes)), np.zeros(lanes, np.intp)
        self._normals = np.empty((2, lanes)), np.zeros(lanes, np.intp)

    def uniform(self, lanes: Lanes) -> Doubles:
        """The next uniform number of each of these lanes."""
        return self._take(*self._uniforms, philox.uniform_double, lanes)

    def normal(self, lanes: Lanes) -> Doubles:
        """The next normal number of each of these lanes."""
        return self._take(*self._normals, philox.normal_double, lanes)

    def _take(
        self, kept: Doubles, left: Lanes, transform: Callable[[Any], Doubles], lanes: Lanes
    ) -> Doubles:
        empty = lanes[left[lanes] == 0]
        if empty.size:
            kept[:, empty] = transform(philox.blocks_at(self._state, self._next[empty]))
            self._next[empty] += np.uint64(1)
            left[empty] = 2
        left[lanes] -= 1
        return kept[left[lanes], lanes]


def _per_lane(draw: Callable[..., None]) -> Callable[..., Doubles]:
    """Gives a lane to each (parameter, sample); the result is [samples, parameters]."""

    def sample(state: philox.PhiloxState, parameters: Doubles, samples: int, *more: Any) -> Doubles:
        result = np.empty(parameters.size * samples)
        with np.errstate(all="ignore"):
            draw(_Streams(state, result.size), np.repeat(parameters, samples), result, *more)
        return result.reshape(parameters.size, samples).T

    return sample


@_per_lane
def gamma(streams: _Streams, alpha: Doubles, result: Doubles) -> None:
    """Gamma numbers of shape `alpha` and scale 1 (Marsaglia and Tsang 2000, TOMS 26).

    A normal is transformed and accepted with a probability of 95 % or more. Where alpha < 1, the
    number is that of alpha + 1 times uniform ** (1 / alpha). Where alpha = 1, it is exponential.
    """
    exponential = np.flatnonzero(alpha == 1)
    result[exponential] = -np.log1p(-streams.uniform(exponential))
    boosted = alpha < 1
    d = alpha + np.where(boosted, 2.0 / 3, -1.0 / 3)
    c = 1.0 / 3 / np.sqrt(d)
    lanes = np.flatnonzero(alpha != 1)
    while lanes.size:
        x = streams.normal(lanes)
        root = 1 + c[lanes] * x
        outside = root <= 0
        rejected, lanes, x, root = lanes[outside], lanes[~outside], x[~outside], root[~outside]
        v = root * root * root
        u = streams.uniform(lanes)
        accepted = u < 1 - 0.0331 * (x * x) * (x * x)
        accepted |= np.log(u) < 0.5 * x * x + d[lanes] * (1 - v + np.log(v))
        done = lanes[accepted]
        result[done] = d[done] * v[accepted]
        small = done[boosted[done]]
        result[small] *= streams.uniform(small) ** (1 / alpha[small])
        lanes = np.concatenate([rejected, lanes[~accepted]])


@_per_lane
def poisson(streams: _Streams, rate: Doubles, result: Doubles, highest: float) -> None:
    """Poisson numbers of rate `rate`, none above `highest`; NaN where the rate is NaN or infinite.

    A rate that is not positive gives zeros.
    """
    result[:] = np.where(np.isfinite(rate), 0.0, rate)
    _poisson_by_product(streams, rate, result)
    _poisson_by_rejection(streams, rate, result, highest)


def _poisson_by_product(streams: _Streams, rate: Doubles, result: Doubles) -> None:
    """Small rates: how many uniforms can be multiplied before exp(-rate) is reached (Knuth)."""
    lanes = np.flatnonzero((rate > 0) & (rate < 10))
    bound, product = np.exp(-rate), np.ones_like(rate)
    while lanes.size:
        product[lanes] *= streams.uniform(lanes)
        lanes = lanes[product[lanes] > bound[lanes]]
        result[lanes] += 1


def _poisson_by_rejection(
    streams: _Streams, rate: Doubles, result: Doubles, highest: float
) -> None:
    """Large rates: transformed rejection (Hoermann 1993, algorithm PTRD without its table)."""
    lanes = np.flatnonzero((rate >= 10) & np.isfinite(rate))
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    while lanes.size:
        u, v = streams.uniform(lanes) - 0.5, streams.uniform(lanes)
        a_here, b_here, rate_here = a[lanes], b[lanes], rate[lanes]
        shifted = 0.5 - np.abs(u)
        k = np.floor((2 * a_here / shifted + b_here) * u + rate_here + 0.43)
        accepted = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b_here - 2))
        unsure = np.flatnonzero(~accepted & (k >= 0) & ~((shifted < 0.013) & (v > shifted)))
        scale = a_here[unsure] / shifted[unsure] ** 2 + b_here[unsure]
        bound = np.log(v[unsure] * inverse_alpha[lanes[unsure]] / scale)
        density = k[unsure] * np.log(rate_here[unsure]) - rate_here[unsure]
        density -= _log_factorial(k[unsure]).astype(np.float64)
        accepted[unsure] = bound <= density
        accepted &= k <= highest
        result[lanes[accepted]] = k[accepted]
        lanes = lanes[~accepted]


# --- normals cut at any bounds --------------------------------------------------------------------
# With a bound so many deviations from the mean, drawing normals wastes few enough of them.
_WIDE = 1.3
_DESIRED_ROW = 100  # one set of bounds for all: TensorFlow works on so many numbers at a time
_MOST_TRIES = 1000  # that TensorFlow sets blocks aside for

# (counters of groups) -> values and which of them are accepted, both [per group, groups]
Propose = Callable[[philox.Counters], tuple[Any, Any]]


def cut_normal(state: philox.PhiloxState, parameters: list[Array], out: Array) -> Array:
    """Fills `out` [rows, ...] with normals within bounds, and returns it (Robert 1995, in spirit).

    Args:
      state: the op's generator.
      parameters: means, deviations, lower and upper bounds: each of one element or one per row.
      out: of a floating dtype, in which the arithmetic is done.

    Raises:
      ValueError: a deviation is not positive, or the bounds of a row are the wrong way round.
    """
    flat = out.reshape(-1)
    shared = all(p.size == 1 for p in parameters)
    length = _DESIRED_ROW if shared else max(flat.size // max(len(out), 1), 1)
    rows = -(-flat.size // length)
    at = state.reserve(rows * 2 * _MOST_TRIES * (length + 3) // 4)
    for i, start in enumerate(range(0, flat.size, length)):
        row = flat[start : start + length]
        mean, deviation, low, high = (p.reshape(-1)[i if p.size > 1 else 0] for p in parameters)
        bounded = np.isfinite(low) or np.isfinite(high)
        if not (deviation > 0 and low < high and bounded):
            raise ValueError("Invalid parameters")
        if (np.isinf(low) and low < 0) or high < mean:
            low, high, deviation = high, low, -deviation  # so that the lower bound is the nearer
        with np.errstate(all="ignore"):
            at = _fill(state, at, row, (low - mean) / deviation, (high - mean) / deviation)
        row *= deviation
        row += mean
    return out


def _fill(state: philox.PhiloxState, at: int, row: Any, low: Any, high: Any) -> int:
    """Fills `row` with accepted proposals from block `at` on; returns the block after the last."""
    blocks, propose = _proposal(state, row.dtype, low, high)
    filled, groups = 0, row.size // 2 + 8
    while filled < row.size:
        values, accepted = propose(philox.counters_from(at, groups, blocks))
        if not accepted.any() and groups >= _MOST_TRIES:  # bounds a rounding apart: no use in more
            accepted[:] = True
        elif not accepted.any():
            groups = _MOST_TRIES
            continue
        chosen = np.flatnonzero(accepted.T.reshape(-1))[: row.size - filled]
        row[filled : filled + chosen.size] = values.T.reshape(-1)[chosen]
        filled += chosen.size
        last = chosen[-1] // len(values) + 1 if filled == row.size else groups
        at += int(last) * blocks
    return at


def _proposal(
    state: philox.PhiloxState, dtype: np.dtype[Any], low: Any, high: Any
) -> tuple[int, Propose]:
    """How many blocks a group of proposals takes, and the function that draws groups."""
    number = dtype.type
    uniform, normal = philox.UNIFORM[dtype.name][1], philox.NORMAL[dtype.name][1]

    def uniforms(at: philox.Counters) -> Any:
        return uniform(philox.blocks_at(state, at)).astype(dtype, copy=False)

    def normals(at: philox.Counters) -> Any:
        values = normal(philox.blocks_at(state, at)).astype(dtype, copy=False)
        return values, (values >= low) & (values <= high)

    def within(at: philox.Counters) -> Any:
        """Uniform between the bounds, accepted as often as the density there is of its maximum."""
        z = uniforms(at) * (high - low) + low
        nearest = number(0) if low < 0 else low * low
        height = np.exp((nearest - z * z) / number(2))
        return z, uniforms(at + np.uint64(1)) <= height

    def beyond(at: philox.Counters) -> Any:
        """Exponential from the lower bound on, at the rate that is accepted most often."""
        drawn = uniforms(at)
        rate = (low + np.sqrt(low * low + number(4))) / number(2)
        z = -np.log(drawn[0::2]) / rate + low
        x = rate - z if low < rate else np.full_like(z, low - rate)
        return z, (drawn[1::2] <= np.exp(-x * x / number(2))) & (z < high)

    root = np.sqrt(low * low + number(4))
    widest = number(2) * np.exp(number(0.5) + low * (low - root) / number(4)) / (low + root)
    if (low < -_WIDE and high >= 0) or (high > _WIDE and low <= 0):
        return 1, normals
    return (2, within) if high - low < widest else (1, beyond)
