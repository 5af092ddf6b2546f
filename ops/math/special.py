"""Special functions: the error function, the gamma function's relatives, Hurwitz's zeta."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.arithmetic import binary
from flowgraph.ops.math.broadcast import sum_to_shape_of
from flowgraph.ops.math.unary import slope_at_input, through_float32, unary

# Bernoulli numbers B_2k (Abramowitz and Stegun, table 23.2), for Euler and Maclaurin's sum.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_SHIFT = 12  # from here on the asymptotic series are exact to float64


def _each(function: Any) -> Any:
    """A function of a Python float as one of arrays, computed in float64."""
    wide = np.frompyfunc(function, 1, 1)

    def apply(x: Any) -> Any:
        return np.asarray(wide(x.astype(np.float64)), dtype=np.float64).astype(x.dtype)

    return apply


def _log_gamma(x: float) -> float:
    if x == math.floor(x) and x <= 0:
        return math.inf
    return math.nan if math.isnan(x) else math.inf if math.isinf(x) else math.lgamma(x)


def _digamma(x: Any) -> Any:
    """The derivative of log Gamma: recurrence up to 12, then its series (A. & S. 6.3.18)."""
    value = x.astype(np.float64)
    reflected = value < 0.5
    at = np.where(reflected, 1 - value, value)
    result = np.zeros_like(at)
    for _ in range(_SHIFT):
        small = at < _SHIFT
        result -= np.where(small, 1 / np.where(small, at, 1), 0)
        at = np.where(small, at + 1, at)
    result += np.log(at) - 0.5 / at
    for k, b in enumerate(_BERNOULLI, start=1):
        result -= b / (2 * k * at ** (2 * k))
    # psi(1 - x) - psi(x) = pi / tan(pi x); at the poles there is no value.
    result = np.where(reflected, result - np.pi / np.tan(np.pi * value), result)
    pole = (value <= 0) & (value == np.floor(value))
    return np.where(pole, np.nan, result).astype(x.dtype)


def _zeta(s: Any, q: Any) -> Any:
    """sum over n >= 0 of (q + n) ** -s, by Euler and Maclaurin (A. & S. 23.2.7 shifted)."""
    s, q = np.broadcast_arrays(s.astype(np.float64), q.astype(np.float64))
    total = sum((q + n) ** -s for n in range(_SHIFT))
    end = q + _SHIFT
    total = total + end ** (1 - s) / (s - 1) + 0.5 * end**-s
    term = s * end ** (-s - 1)
    for k, b in enumerate(_BERNOULLI, start=1):
        total = total + b / math.factorial(2 * k) * term
        term = term * (s + 2 * k - 1) * (s + 2 * k) / end**2
    return np.where(s > 1, total, np.where(s == 1, np.inf, np.nan))


erf_op = unary("Erf", dtypes.FLOATING, _each(math.erf))
erfc_op = unary("Erfc", dtypes.FLOATING, _each(math.erfc))
lgamma_op = unary("Lgamma", dtypes.FLOATING, _each(_log_gamma))
digamma_op = unary("Digamma", dtypes.FLOATING, _digamma)
zeta_op = binary("Zeta", (dtypes.float32, dtypes.float64))
zeta_op.kernel(lambda ctx: lambda s, q: _zeta(s, q).astype(ctx.dtype))
polygamma_op = binary("Polygamma", (dtypes.float32, dtypes.float64))


@polygamma_op.kernel
def _(ctx: Any) -> Any:
    factorial = _each(lambda n: math.gamma(n + 1) if n > -1 else math.nan)

    def polygamma(n: Any, x: Any) -> Any:
        n, x = np.broadcast_arrays(n, x)
        sign = np.where(n % 2 == 1, 1.0, -1.0)
        positive = sign * factorial(n) * _zeta(n + 1, x)
        return np.where(n == 0, _digamma(x), positive).astype(ctx.dtype)

    return lambda n, x: through_float32(ctx, polygamma)(n, x)


slope_at_input(erf_op, lambda x: raw.Exp(-raw.Square(x)) * (2 / math.sqrt(math.pi)))
slope_at_input(erfc_op, lambda x: raw.Exp(-raw.Square(x)) * (-2 / math.sqrt(math.pi)))
slope_at_input(lgamma_op, lambda x: raw.Digamma(x))
slope_at_input(digamma_op, lambda x: raw.Polygamma(x.dtype.base_dtype.as_numpy_dtype(1), x))


@polygamma_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    n, x = op.inputs
    return [None, sum_to_shape_of(grad * raw.Polygamma(n + 1, x), x, n)]  # type: ignore[operator]


@zeta_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    s, q = op.inputs
    return [None, sum_to_shape_of(grad * -s * raw.Zeta(s + 1, q), q, s)]  # type: ignore[operator]


def erf(x: Any, name: str | None = None) -> Tensor:
    """The error function (tf.erf)."""
    return erf_op(x, name=name)  # type: ignore[no-any-return]


def erfc(x: Any, name: str | None = None) -> Tensor:
    """1 - erf(x), exact for large x (tf.erfc)."""
    return erfc_op(x, name=name)  # type: ignore[no-any-return]


def lgamma(x: Any, name: str | None = None) -> Tensor:
    """log|Gamma(x)| (tf.lgamma)."""
    return lgamma_op(x, name=name)  # type: ignore[no-any-return]


def digamma(x: Any, name: str | None = None) -> Tensor:
    """The derivative of lgamma (tf.digamma)."""
    return digamma_op(x, name=name)  # type: ignore[no-any-return]


def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Hurwitz's zeta function: the sum of (q + n) ** -x over n >= 0, for x > 1 (tf.zeta)."""
    return zeta_op(x, q, name=name)  # type: ignore[no-any-return]


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The derivative of order `a` of digamma (tf.polygamma)."""
    return polygamma_op(a, x, name=name)  # type: ignore[no-any-return]
