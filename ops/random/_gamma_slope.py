"""How a gamma-distributed number moves with its shape: d sample / d alpha at a fixed probability.

With P(alpha, z) the distribution function and p its density, that is -(dP / d alpha) / p (Figurnov,
Mohamed and Mnih 2018, "Implicit reparameterization gradients"). Each of the three forms below is a
sum of terms of one sign where it is used, so nothing cancels. Imports only numpy and digamma.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.ops.math._special_functions import digamma

Doubles = np.ndarray[Any, Any]  # of float64

_SERIES_UP_TO = 10.0  # of the sample
_TERMS = 80
# The trapezoidal rule in x with s = exp(x - exp(-x)) sums integrands that decay like exp(-s), to
# double precision (Takahasi and Mori 1974, "double exponential").
_X = np.arange(-3.6, 4.4, 0.05)
_NODES = np.exp(_X - np.exp(-_X))
_WEIGHTS = 0.05 * _NODES * (1 + np.exp(-_X))


def gamma_slope(alpha: Doubles, sample: Doubles) -> Doubles:
    """d sample / d alpha, of arrays of one shape; 0 for a sample of 0."""
    below = sample < alpha
    series = below & (sample <= _SERIES_UP_TO) & (sample > 0)
    result = np.where(sample == 0, 0.0, np.nan)
    with np.errstate(all="ignore"):
        for chosen, form in (
            (series, _by_series),
            (below & (sample > _SERIES_UP_TO), _by_lower_integral),
            (~below & (alpha > 0) & np.isfinite(sample), _by_upper_integral),
        ):
            if chosen.any():
                result[chosen] = form(alpha[chosen], sample[chosen])
    return result


def _by_series(alpha: Doubles, z: Doubles) -> Doubles:
    """The power series of P in z, differentiated term by term."""
    psi, log_z = digamma(alpha + 1), np.log(z)
    coefficient = z / alpha
    total = np.zeros_like(z)
    for n in range(1, _TERMS):
        total += coefficient * (psi - log_z)
        psi += 1 / (alpha + n)
        coefficient *= z / (alpha + n)
    return total


def _by_lower_integral(alpha: Doubles, z: Doubles) -> Doubles:
    """P as an integral over (0, z), at z exp(-y)."""
    slope = alpha - z
    above = digamma(alpha) - np.log(z)

    def integrand(y: Doubles) -> Doubles:
        return np.exp(-alpha * y - z * np.expm1(-y)) * (above + y)

    return z * _integral(integrand, slope, z)


def _by_upper_integral(alpha: Doubles, z: Doubles) -> Doubles:
    """1 - P as an integral over (z, infinity), at z + s."""
    more = np.maximum(alpha - 1, 0)
    psi = digamma(alpha)

    def integrand(s: Doubles) -> Doubles:
        return np.exp((alpha - 1) * np.log1p(s / z) - s) * (np.log(z + s) - psi)

    return _integral(integrand, 1 - more / z, more / (z * z))


def _integral(integrand: Callable[[Doubles], Doubles], slope: Doubles, bend: Doubles) -> Doubles:
    """From 0 to infinity, of an integrand that falls as exp(-slope s - bend s ** 2 / 2)."""
    width = 1 / (slope / 2 + np.sqrt(slope * slope / 4 + bend))
    total = np.zeros_like(width)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        total += weight * integrand(node * width)
    return total * width
