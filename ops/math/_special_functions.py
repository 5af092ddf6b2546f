"""Special functions of arrays, which numpy lacks: error function, gamma's relatives, zeta, Bessel.

Each formula names its source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (A&S),
the NIST Digital Library of Mathematical Functions (DLMF, dlmf.nist.gov), or a paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = Any
Pieces = Sequence[tuple[Array, Callable[[Array], Array]]]


def _by_pieces(x: Array, pieces: Pieces) -> Array:
    """Applies to each element the function of the one condition that holds for it."""
    result = np.empty_like(x)
    for condition, function in pieces:
        if x.size and condition.all():
            return function(x)
        if condition.any():
            result[condition] = function(x[condition])
    return result


def _polynomial(x: Array, coefficients: Sequence[float]) -> Array:
    """The polynomial whose coefficients begin with the highest power's, by Horner's rule."""
    result = x * coefficients[0]
    for c in coefficients[1:-1]:
        result += c
        result *= x
    return result + coefficients[-1]


# --- erf, erfc ------------------------------------------------------------------------------------
# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
# Computation 23 (1969), 631-637: numerators and denominators, highest power first.
_SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
     3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
     6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
     1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
     3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip
_NEAR, _FAR = 0.46875, 4.0
_VANISHED = 30.0  # erfc is zero from here on, in float64 too


def _ratio(x: Array, parts: tuple[Sequence[float], Sequence[float]]) -> Array:
    return _polynomial(x, parts[0]) / _polynomial(x, parts[1])


def _erf_near(x: Array) -> Array:
    return x * _ratio(x * x, _SMALL)


def _erfc_middle(x: Array) -> Array:
    return _exp_of_minus_square(x) * _ratio(x, _MIDDLE)


def _erfc_far(x: Array) -> Array:
    x = np.minimum(x, x.dtype.type(_VANISHED))
    z = 1 / (x * x)
    return _exp_of_minus_square(x) * (1 / math.sqrt(math.pi) - z * _ratio(z, _LARGE)) / x


def _exp_of_minus_square(x: Array) -> Array:
    """exp(-x * x); x is split so that the square of its first part is exact, as Cody advises."""
    head = np.trunc(x * 16) / 16
    return np.exp(-head * head) * np.exp(-(x - head) * (x + head))


def _erfc_of_positive(x: Array) -> Array:
    return _by_pieces(x, ((x <= _FAR, _erfc_middle), (x > _FAR, _erfc_far)))


def erf(x: Array) -> Array:
    """The error function of float32 or float64."""
    x = np.asarray(x)
    away = np.abs(x) > _NEAR
    return _by_pieces(
        x, ((~away, _erf_near), (away, lambda x: np.copysign(1 - _erfc_of_positive(np.abs(x)), x)))
    )


def erfc(x: Array) -> Array:
    """1 - erf, exact for large x too, of float32 or float64."""
    x = np.asarray(x)
    above, below = x > _NEAR, x < -_NEAR
    return _by_pieces(
        x,
        (
            (above, _erfc_of_positive),
            (below, lambda x: 2 - _erfc_of_positive(-x)),
            (~(above | below), lambda x: 1 - _erf_near(x)),
        ),
    )


# --- Hurwitz's zeta function ----------------------------------------------------------------------
# The Bernoulli numbers B_2, B_4, ..., B_20 (A&S table 23.2).
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
              43867 / 798, -174611 / 330)  # fmt: skip
_START = 10  # from here on series in 1 / x with those numbers are exact to float64


def _zeta_of_positive(s: Array, q: Array) -> Array:
    """Euler and Maclaurin's sum for s > 1, q > 0 (DLMF 25.11.7)."""
    total = np.zeros(np.broadcast_shapes(s.shape, q.shape))
    for n in range(_START):
        total += (q + n) ** -s
    end = q + _START
    last = end**-s
    total += last * (end / (s - 1) + 0.5)
    term = last * s / end
    for k, b in enumerate(_BERNOULLI, start=1):
        total += term * (b / math.factorial(2 * k))
        term = term * (s + 2 * k - 1) * (s + 2 * k) / (end * end)
    return total


def zeta(s: Array, q: Array) -> Array:
    """The sum of (q + n) ** -s over n >= 0, of float64, broadcast.

    Infinite at s = 1 and, for even s, at the poles q = 0, -1, ...; NaN where there is no sum.
    """
    s, q = np.broadcast_arrays(s, q)
    whole = np.floor(q) == q
    series = _zeta_of_positive(s, np.where(q > 0, q, 1.0))
    if (q <= 0).any():
        series = np.where(q > 0, series, _zeta_of_negative(s, q))
        series = np.where((q <= 0) & whole, np.where(s % 2 == 0, np.inf, np.nan), series)
    series = np.where(np.isposinf(q), 0.0, series)
    return np.where(s > 1, series, np.where(s == 1, np.inf, np.nan))


def _zeta_of_negative(s: Array, q: Array) -> Array:
    """For whole s and q < 0: the terms below zero are a difference of two sums of positive ones."""
    rest = q - np.floor(q)
    rest = np.where(rest == 0, 0.5, rest)  # a pole, which the caller knows
    sign = np.where(s % 2 == 0, 1.0, -1.0)
    below = _zeta_of_positive(s, 1 - rest) - _zeta_of_positive(s, np.maximum(1 - q, 1.0))
    return np.where(np.floor(s) == s, _zeta_of_positive(s, rest) + sign * below, np.nan)


# --- log Gamma and its derivatives ----------------------------------------------------------------
def _taylor_at_two() -> list[float]:
    """The coefficients of log Gamma(2 + z), highest power first (A&S 6.1.33)."""
    powers = np.arange(2.0, 29.0)  # of z <= 1/2: the next one is below float64's precision
    slopes = (-1) ** powers * zeta(powers, np.float64(2.0)) / powers
    return [*slopes[::-1].tolist(), 1 - np.euler_gamma, 0.0]


_TAYLOR = _taylor_at_two()


def _stirling(x: Array) -> Array:
    """log Gamma for large x (A&S 6.1.41)."""
    result = (x - 0.5) * (np.log(x) - 1) + (0.5 * math.log(2 * math.pi) - 0.5)
    z = 1 / (x * x)
    series = [b / (2 * k * (2 * k - 1)) for k, b in enumerate(_BERNOULLI, start=1)]
    return result + _polynomial(z, series[::-1]) / x


def _log_gamma_between(x: Array) -> Array:
    """log Gamma of [2.5, 10): Gamma(x) = (x - 1) Gamma(x - 1) down to [1.5, 2.5]."""
    product = np.ones_like(x)
    for _ in range(_START - 2):
        high = x > 2.5
        x = np.where(high, x - 1, x)
        product *= np.where(high, x, 1)
    return _polynomial(x - 2, _TAYLOR) + np.log(product)


def _log_gamma_reflected(x: Array) -> Array:
    """log|Gamma| of x <= -1/2 (A&S 6.1.17); infinite at the poles."""
    away = np.abs(x - np.rint(x))  # sin(pi x) but for the sign, whose argument stays small
    log_sine = np.log(-x * np.sin(np.pi * away) / np.pi)
    return np.where(np.isinf(x), np.inf, -log_sine - log_gamma(-x))


def log_gamma(x: Array) -> Array:
    """log|Gamma(x)| of float64."""
    x = np.asarray(x)
    return _by_pieces(
        x,
        (
            (x <= -0.5, _log_gamma_reflected),
            (np.abs(x) < 0.5,
             lambda x: _polynomial(x, _TAYLOR) - np.log1p(x) - np.log(np.abs(x))),
            ((x >= 0.5) & (x < 1.5), lambda x: _polynomial(x - 1, _TAYLOR) - np.log(x)),
            ((x >= 1.5) & (x < 2.5), lambda x: _polynomial(x - 2, _TAYLOR)),
            ((x >= 2.5) & (x < _START), _log_gamma_between),
            (~(x < _START), _stirling),
        ),
    )  # fmt: skip


def digamma(x: Array) -> Array:
    """The derivative of log Gamma, of float64; NaN at the poles."""
    x = np.asarray(x)
    reflected = x < 0.5
    at = np.where(reflected, 1 - x, x)
    result = np.zeros_like(at)
    for _ in range(_START):  # psi(x) = psi(x + 1) - 1 / x (A&S 6.3.5)
        low = at < _START
        if not low.any():
            break
        result -= np.where(low, 1 / at, 0)
        at = np.where(low, at + 1, at)
    z = 1 / (at * at)
    series = [b / (2 * k) for k, b in enumerate(_BERNOULLI, start=1)]
    result += np.log(at) - 0.5 / at - z * _polynomial(z, series[::-1])  # A&S 6.3.18
    if not reflected.any():
        return result
    away = x - np.rint(x)
    turn = np.where(away == 0, np.nan, np.pi / np.tan(np.pi * away))  # A&S 6.3.7
    return np.where(reflected, result - turn, result)


_FACTORIALS = np.array([math.factorial(n) for n in range(171)] + [math.inf], np.float64)


def polygamma(n: Array, x: Array) -> Array:
    """The derivative of order n of digamma, of float64, broadcast (A&S 6.4.10)."""
    n, x = np.broadcast_arrays(n, x)
    valid = (n >= 0) & (np.floor(n) == n)
    order = np.where(valid, n, 1.0)
    factorial = _FACTORIALS[np.minimum(order, 171).astype(np.int64)]
    higher = np.where(order % 2 == 1, 1.0, -1.0) * factorial * zeta(order + 1, x)
    if (order == 0).any():
        higher = np.where(order == 0, digamma(x), higher)
    return np.where(valid, higher, np.nan)


# --- modified Bessel functions, scaled by exp(-|x|) -----------------------------------------------
# Up to 20, the trapezoidal rule for Bessel's integral (DLMF 10.32.1, 10.32.3) with 44 points around
# the circle: the first error is I_44(x), which is below float64's precision. Symmetry leaves 11.
_COSINES = np.cos((np.arange(11) + 0.5) * (np.pi / 22))
_MOST = 20.0


def _bessel_far(x: Array, order: int) -> Array:
    """Hankel's expansion (DLMF 10.40.1), for |x| > 20: the smallest term is of exp(-2 |x|)."""
    result = np.ones_like(x)
    term = np.ones_like(x)
    for k in range(1, 31):
        term = term * (((2 * k - 1) ** 2 - 4 * order * order) / (8 * k)) / x
        result += term
    return result / np.sqrt(2 * np.pi * x)


def bessel_i0e(x: Array) -> Array:
    """exp(-|x|) I_0(x) of float64."""
    x = np.abs(x)
    far = x > _MOST

    def near(x: Array) -> Array:
        total = np.zeros_like(x)
        for c in _COSINES:
            total += np.exp((c - 1) * x) + np.exp(-(c + 1) * x)
        return total * (0.5 / len(_COSINES))

    return _by_pieces(x, ((~far, near), (far, lambda x: _bessel_far(x, 0))))


def bessel_i1e(x: Array) -> Array:
    """exp(-|x|) I_1(x) of float64."""
    size = np.abs(x)
    far = size > _MOST

    def near(x: Array) -> Array:
        total = np.zeros_like(x)
        for c in _COSINES:
            total += c * np.sinh(c * x)
        return total * np.exp(-x) / len(_COSINES)

    found = _by_pieces(size, ((~far, near), (far, lambda x: _bessel_far(x, 1))))
    return np.copysign(found, x)
