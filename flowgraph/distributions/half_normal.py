"""The half-normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions import special_math
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if

__all__ = ["HalfNormal"]


class HalfNormal(ScalarDistribution):
    """The distribution of the magnitude of a normal number (tf.contrib.distributions.HalfNormal).

    Args:
        scale: that number's standard deviation, positive.
        validate_args: whether that is checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    _SHAPED = ("scale",)

    def __init__(
        self,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "HalfNormal",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[scale]) as name:
            with checked_if(validate_args, lambda: tf.assert_positive(scale)):
                self._scale = tf.identity(scale, name="scale")
        super().__init__(
            self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._scale], name,
        )  # fmt: skip

    @property
    def scale(self) -> Any:
        """The scale."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        sampled = tf.random_normal(self._shape_of(n), dtype=self.dtype, seed=seed)
        return tf.abs(sampled * self.scale)

    def _prob(self, x: Any) -> Any:
        density = np.sqrt(2 / np.pi) / self.scale * tf.exp(-0.5 * (x / self.scale) ** 2)
        return density * tf.cast(x >= 0, self.dtype)

    def _cdf(self, x: Any) -> Any:
        return tf.erf(tf.maximum(x, tf.zeros_like(x)) / self.scale / np.sqrt(2.0))

    def _entropy(self) -> Any:
        return 0.5 * tf.log(np.pi * self.scale**2.0 / 2.0) + 0.5

    def _mean(self) -> Any:
        return self.scale * np.sqrt(2.0) / np.sqrt(np.pi)

    def _quantile(self, p: Any) -> Any:
        return np.sqrt(2.0) * self.scale * special_math.erfinv(p)

    def _mode(self) -> Any:
        return tf.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _variance(self) -> Any:
        return self.scale**2.0 * (1.0 - 2.0 / np.pi)
