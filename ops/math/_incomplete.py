"""The incomplete gamma and beta functions of float64 arrays.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), 8.7.1, 8.9.2 and 8.17.22;
continued fractions are evaluated from the front by Lentz's method.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph.ops.math._special_functions import log_gamma
from flowgraph.ops.random._gamma_slope import gamma_slope

Array = Any
_MOST_TERMS = 20_000  # sqrt(a) of them are needed, about
_TINY = 1e-300
_PRECISION = 1e-16


# --- gamma ----------------------------------------------------------------------------------------
def igamma(a: Array, x: Array) -> Array:
    """P(a, x): the integral of t^(a-1) e^-t from 0 to x, divided by gamma(a)."""
    return _gamma_parts(a, x, upper=False)


def igammac(a: Array, x: Array) -> Array:
    """Q(a, x) = 1 - P(a, x)."""
    return _gamma_parts(a, x, upper=True)


def igamma_grad_a(a: Array, x: Array) -> Array:
    """The derivative of P(a, x) by a."""
    a, x = np.broadcast_arrays(a, x)
    valid = (a > 0) & (x > 0) & np.isfinite(x)
    result = np.where((a > 0) & (x >= 0), 0.0, np.nan)
    a, x = a[valid], x[valid]
    density = np.exp((a - 1) * np.log(x) - x - log_gamma(a))
    result[valid] = -gamma_slope(a, x) * density
    return result


def _gamma_parts(a: Array, x: Array, upper: bool) -> Array:
    a, x = np.broadcast_arrays(a, x)
    result = np.full(a.shape, np.nan)
    whole = (a > 0) & (x >= 0)
    result[whole] = 1.0 if upper else 0.0  # at x = 0
    result[whole & np.isinf(x)] = 0.0 if upper else 1.0
    inside = whole & (x > 0) & np.isfinite(x) & np.isfinite(a)
    below = inside & ((x <= 1) | (x <= a))
    above = inside & ~below
    if below.any():
        lower_part = _lower_series(a[below], x[below])
        result[below] = 1 - lower_part if upper else lower_part
    if above.any():
        upper_part = _upper_fraction(a[above], x[above])
        result[above] = upper_part if upper else 1 - upper_part
    return result


def _lower_series(a: Array, x: Array) -> Array:
    term, total = np.ones_like(x), np.ones_like(x)
    for n in range(1, _MOST_TERMS):
        term = term * x / (a + n)
        total += term
        if (term <= _PRECISION * total).all():
            break
    return total * np.exp(a * np.log(x) - x - log_gamma(a + 1))


def _upper_fraction(a: Array, x: Array) -> Array:
    def steps() -> Iterator[tuple[Array, Array]]:
        for n in range(1, _MOST_TERMS):
            yield n * (a - n), x + 1 - a + 2 * n

    return np.exp(a * np.log(x) - x - log_gamma(a)) / _continued(x + 1 - a, steps())


def _continued(first: Array, steps: Iterator[tuple[Array, Array]]) -> Array:
    """first + p1 / (q1 + p2 / (q2 + ...)), of the steps (p, q)."""
    total = _off_zero(first)
    c, d = total, np.zeros_like(total)
    for p, q in steps:
        d = 1 / _off_zero(q + p * d)
        c = _off_zero(q + p / c)
        total = total * c * d
        if (np.abs(c * d - 1) <= 4 * _PRECISION).all():
            break
    return total


def _off_zero(x: Array) -> Array:
    return np.where(x == 0, _TINY, x)


# --- beta -----------------------------------------------------------------------------------------
def betainc(a: Array, b: Array, x: Array) -> Array:
    """I_x(a, b): the integral of t^(a-1) (1-t)^(b-1) from 0 to x, by that from 0 to 1."""
    a, b, x = np.broadcast_arrays(a, b, x)
    result = np.full(a.shape, np.nan)
    whole = (a > 0) & (b > 0) & (x >= 0) & (x <= 1)
    result[whole] = np.where(x[whole] == 1, 1.0, 0.0)
    inside = whole & (x > 0) & (x < 1)
    if inside.any():
        a, b, x = a[inside], b[inside], x[inside]
        far = x > (a + 1) / (a + b + 2)  # where the fraction converges sooner from the other end
        p, q, y = np.where(far, b, a), np.where(far, a, b), np.where(far, 1 - x, x)
        log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b)
        front = np.exp(a * np.log(x) + b * np.log1p(-x) - log_beta) / p
        part = front / _continued(np.ones_like(y), _beta_steps(p, q, y))
        result[inside] = np.where(far, 1 - part, part)
    return result


def _beta_steps(a: Array, b: Array, x: Array) -> Iterator[tuple[Array, Array]]:
    one = np.ones_like(x)
    yield -(a + b) * x / (a + 1), one
    for m in range(1, _MOST_TERMS):
        at = a + 2 * m
        yield m * (b - m) * x / ((at - 1) * at), one
        yield -(a + m) * (a + b + m) * x / (at * (at + 1)), one
