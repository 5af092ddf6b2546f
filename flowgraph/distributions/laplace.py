"""The Laplace distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions import special_math
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if

__all__ = ["Laplace", "LaplaceWithSoftplusScale"]


class Laplace(ScalarDistribution):
    """The Laplace distribution: exponential on both sides of `loc` (tf.distributions.Laplace).

    Args:
        loc: its centre, float.
        scale: positive; the variance is twice its square.
        validate_args: whether that is checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: the two have different dtypes, or no float one.
    """

    _SHAPED = "loc", "scale"

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Laplace",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[loc, scale]) as name:
            with checked_if(validate_args, lambda: tf.assert_positive(scale)):
                self._loc = tf.identity(loc, name="loc")
                self._scale = tf.identity(scale, name="scale")
                tf.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            self._loc.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc, self._scale], name,
        )  # fmt: skip

    @property
    def loc(self) -> Any:
        """The centre."""
        return self._loc

    @property
    def scale(self) -> Any:
        """The scale."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        # Within (-1, 1): the logarithm below must not be of zero.
        number = self.dtype.as_numpy_dtype
        uniform = tf.random_uniform(
            self._shape_of(n), np.nextafter(number(-1.0), number(0.0)), 1.0, self.dtype, seed
        )
        return self.loc - self.scale * tf.sign(uniform) * tf.log1p(-tf.abs(uniform))

    def _log_prob(self, x: Any) -> Any:
        return -tf.abs(self._z(x)) - (math.log(2.0) + tf.log(self.scale))

    def _prob(self, x: Any) -> Any:
        return tf.exp(self._log_prob(x))

    def _log_cdf(self, x: Any) -> Any:
        return special_math.log_cdf_laplace(self._z(x))

    def _log_survival_function(self, x: Any) -> Any:
        return special_math.log_cdf_laplace(-self._z(x))

    def _cdf(self, x: Any) -> Any:
        z = self._z(x)
        return 0.5 + 0.5 * tf.sign(z) * (1.0 - tf.exp(-tf.abs(z)))

    def _entropy(self) -> Any:
        return math.log(2.0) + 1.0 + tf.log(self.scale + tf.zeros_like(self.loc))

    def _mean(self) -> Any:
        return self.loc + tf.zeros_like(self.scale)

    def _stddev(self) -> Any:
        return math.sqrt(2.0) * self.scale + tf.zeros_like(self.loc)

    def _mode(self) -> Any:
        return self._mean()

    def _z(self, x: Any) -> Any:
        return (x - self.loc) / self.scale


class LaplaceWithSoftplusScale(Laplace):
    """A `Laplace` whose scale is softplus(scale)."""

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "LaplaceWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[loc, scale]) as name:
            scale = tf.softplus(scale, name="softplus_scale")
            super().__init__(loc, scale, validate_args, allow_nan_stats, name)
        self._parameters = parameters
