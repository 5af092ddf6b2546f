"""The normal and Laplace distributions' functions, right also far out in the tails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf

__all__ = ["betainc", "erfinv", "log_cdf_laplace", "log_ndtr", "ndtr", "ndtri"]

# Between these the logarithm of `ndtr` is taken as it is; beyond them a series is more exact.
LOGNDTR_FLOAT64_LOWER, LOGNDTR_FLOAT64_UPPER = np.array(-20.0), np.array(8.0)
LOGNDTR_FLOAT32_LOWER, LOGNDTR_FLOAT32_UPPER = np.array(-10, np.float32), np.array(5, np.float32)
_SEGMENTS: dict[Any, tuple[Any, Any]] = {
    np.float64: (LOGNDTR_FLOAT64_LOWER, LOGNDTR_FLOAT64_UPPER),
    np.float32: (LOGNDTR_FLOAT32_LOWER, LOGNDTR_FLOAT32_UPPER),
}


def _as_float(x: Any, name: str) -> Any:
    x = tf.convert_to_tensor(x, name=name)
    if x.dtype.as_numpy_dtype not in _SEGMENTS:
        raise TypeError(f"{name}.dtype={x.dtype} is not handled; expected float32 or float64.")
    return x


def ndtr(x: Any, name: str = "ndtr") -> Any:
    """The area under the standard normal density up to `x`: float32 or float64."""
    with tf.name_scope(name, values=[x]):
        return _ndtr(_as_float(x, "x"))


def _ndtr(x: Any) -> Any:
    half_sqrt_2 = tf.constant(0.5 * np.sqrt(2.0), dtype=x.dtype, name="half_sqrt_2")
    w = x * half_sqrt_2
    z = tf.abs(w)
    tail = tf.erfc(z)
    return 0.5 * tf.where_v2(
        tf.less(z, half_sqrt_2), 1.0 + tf.erf(w), tf.where_v2(tf.greater(w, 0.0), 2.0 - tail, tail)
    )


# The rational approximations of the Cephes library (S. Moshier), highest power first.
_MIDDLE = (
    (-59.9633501014107895267, 98.0010754185999661536, -56.6762857469070293439,
     13.9312609387279679503, -1.23916583867381258016),
    (1.0, 1.95448858338141759834, 4.67627912898881538453, 86.3602421390890590575,
     -225.462687854119370527, 200.260212380060660359, -82.0372256168333339912,
     15.9056225126211695515, -1.18331621121330003142),
)  # fmt: skip
_TAIL = (
    (4.05544892305962419923, 31.5251094599893866154, 57.1628192246421288162,
     44.0805073893200834700, 14.6849561928858024014, 2.18663306850790267539,
     -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4),
    (1.0, 15.7799883256466749731, 45.3907635128879210584, 41.3172038254672030440,
     15.0425385692907503408, 2.50464946208309415979, -1.42182922854787788574e-1,
     -3.80806407691578277194e-2, -9.33259480895457427372e-4),
)  # fmt: skip
_FAR_TAIL = (
    (3.23774891776946035970, 6.91522889068984211695, 3.93881025292474443415,
     1.33303460815807542389, 2.01485389549179081538e-1, 1.23716634817820021358e-2,
     3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9),
    (1.0, 6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271,
     2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4,
     2.89247864745380683936e-6, 6.79019408009981274425e-9),
)  # fmt: skip


def _ratio(x: Any, coefficients: tuple[Sequence[float], Sequence[float]]) -> Any:
    above, below = (_polynomial(x, c) for c in coefficients)
    return above / below


def _polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    dtype = x.dtype.as_numpy_dtype
    value = tf.zeros_like(x) + dtype(coefficients[0])
    for c in coefficients[1:]:
        value = value * x + dtype(c)
    return value


def ndtri(p: Any, name: str = "ndtri") -> Any:
    """The inverse of `ndtr`: where the area under the standard normal density is `p`."""
    with tf.name_scope(name, values=[p]):
        p = _as_float(p, "p")
        infinity = tf.zeros_like(p) + p.dtype.as_numpy_dtype(np.inf)
        inside = _ndtri_inside(p)
        return tf.where_v2(p <= 0.0, -infinity, tf.where_v2(p >= 1.0, infinity, inside))


def _ndtri_inside(p: Any) -> Any:
    lower = tf.where_v2(p > -np.expm1(-2.0), 1.0 - p, p)
    safe = tf.where_v2(lower <= 0.0, tf.zeros_like(p) + p.dtype.as_numpy_dtype(0.5), lower)
    w = safe - 0.5
    ww = w**2
    middle = -np.sqrt(2.0 * np.pi) * (w + w * ww * _ratio(ww, _MIDDLE))
    z = tf.sqrt(-2.0 * tf.log(safe))
    first = z - tf.log(z) / z
    inverse = 1.0 / z
    tail = first - _ratio(inverse, _TAIL) * inverse
    far = first - _ratio(inverse, _FAR_TAIL) * inverse
    x = tf.where_v2(safe > np.exp(-2.0), middle, tf.where_v2(z >= 8.0, far, tail))
    return tf.where_v2(p > 1.0 - np.exp(-2.0), x, -x)


def log_ndtr(x: Any, series_order: int = 3, name: str = "log_ndtr") -> Any:
    """The logarithm of `ndtr`, right also where `ndtr` itself is 0 or 1.

    Args:
        x: float32 or float64.
        series_order: terms of the series for the lower tail, 0 to 30.
        name: of the ops.

    Raises:
        TypeError: another dtype, or `series_order` is no integer.
        ValueError: it is out of its range.
    """
    if not isinstance(series_order, int):
        raise TypeError("series_order must be a Python integer.")
    if not 0 <= series_order <= 30:
        kind = "non-negative" if series_order < 0 else "<= 30"
        raise ValueError(f"series_order must be {kind}.")
    with tf.name_scope(name, values=[x]):
        x = _as_float(x, "x")
        lower, upper = _SEGMENTS[x.dtype.as_numpy_dtype]
        # Each branch is kept within its own range, so that no gradient of another is NaN.
        return tf.where_v2(
            tf.greater(x, upper),
            -_ndtr(-x),
            tf.where_v2(
                tf.greater(x, lower),
                tf.log(_ndtr(tf.maximum(x, lower))),
                _log_ndtr_lower(tf.minimum(x, lower), series_order),
            ),
        )


def _log_ndtr_lower(x: Any, series_order: int) -> Any:
    squared = tf.square(x)
    scale = -0.5 * squared - tf.log(-x) - 0.5 * np.log(2.0 * np.pi)
    return scale + tf.log(_asymptotic_series(x, squared, series_order))


def _asymptotic_series(x: Any, squared: Any, order: int) -> Any:
    dtype = x.dtype.as_numpy_dtype
    sums = [tf.zeros_like(x), tf.zeros_like(x)]
    power = squared
    for n in range(1, order + 1):
        sums[n % 2] += dtype(math.prod(range(2 * n - 1, 1, -2))) / power
        power *= squared
    return 1.0 + sums[0] - sums[1]


def erfinv(x: Any, name: str = "erfinv") -> Any:
    """The inverse of the error function."""
    with tf.name_scope(name, values=[x]):
        x = _as_float(x, "x")
        return ndtri((x + 1.0) / 2.0) / np.sqrt(2)


def log_cdf_laplace(x: Any, name: str = "log_cdf_laplace") -> Any:
    """The logarithm of the standard Laplace distribution's area up to `x`."""
    with tf.name_scope(name, values=[x]):
        x = tf.convert_to_tensor(x, name="x")
        below = -np.log(2.0) + x
        above = tf.log1p(-0.5 * tf.exp(-tf.abs(x)))
        return tf.where_v2(x < 0.0, below, above)


def betainc(a: Any, b: Any, x: Any) -> Any:
    """The regularised incomplete beta function, of arguments that are broadcast."""
    zeros = tf.zeros_like(a + b + x)
    return tf.betainc(a + zeros, b + zeros, x + zeros)
