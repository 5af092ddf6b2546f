"""The Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if

__all__ = ["Cauchy"]


class Cauchy(ScalarDistribution):
    """The Cauchy distribution, which has no mean (tf.contrib.distributions.Cauchy).

    Args:
        loc: the median, float.
        scale: positive; half of what lies between the quartiles.
        validate_args: whether that is checked.
        allow_nan_stats: whether the mean and the like are NaN; if not, asking for one is an error.
        name: of the ops.
    """

    _SHAPED = "loc", "scale"

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Cauchy",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[loc, scale]) as name:
            with checked_if(validate_args, lambda: tf.assert_positive(scale)):
                self._loc = tf.identity(loc, name="loc")
                self._scale = tf.identity(scale, name="scale")
                tf.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc, self._scale], name,
        )  # fmt: skip

    @property
    def loc(self) -> Any:
        """The median."""
        return self._loc

    @property
    def scale(self) -> Any:
        """The scale."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        probs = tf.random_uniform(self._shape_of(n), 0.0, 1.0, self.dtype, seed)
        return self._quantile(probs)

    def _log_prob(self, x: Any) -> Any:
        normalization = np.log(np.pi) + tf.log(self.scale)
        return -tf.log1p(tf.square(self._z(x))) - normalization

    def _cdf(self, x: Any) -> Any:
        return tf.atan(self._z(x)) / np.pi + 0.5

    def _log_cdf(self, x: Any) -> Any:
        return tf.log1p(2 / np.pi * tf.atan(self._z(x))) - np.log(2)

    def _entropy(self) -> Any:
        return math.log(4 * math.pi) + tf.log(self.scale) + tf.zeros_like(self.loc)

    def _quantile(self, p: Any) -> Any:
        return self.loc + self.scale * tf.tan(np.pi * (p - 0.5))

    def _mode(self) -> Any:
        return self.loc * tf.ones_like(self.scale)

    def _undefined(self, what: str) -> Any:
        if not self.allow_nan_stats:
            raise ValueError(f"`{what}` is undefined for Cauchy distribution.")
        return self._nan()

    def _mean(self) -> Any:
        return self._undefined("mean")

    def _stddev(self) -> Any:
        return self._undefined("stddev")

    def _z(self, x: Any) -> Any:
        with tf.name_scope("standardize", values=[x]):
            return (x - self.loc) / self.scale
