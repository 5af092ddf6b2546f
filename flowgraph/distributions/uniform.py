"""The uniform distribution."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if

__all__ = ["Uniform"]


class Uniform(ScalarDistribution):
    """The uniform distribution from `low` up to, and without, `high` (tf.distributions.Uniform).

    Args:
        low: float.
        high: more than `low`.
        validate_args: whether that is checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: the two have different dtypes, or no float one.
    """

    _SHAPED = "low", "high"

    def __init__(
        self,
        low: Any = 0.0,
        high: Any = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[low, high]) as name:
            said = "uniform not defined when low >= high."
            with checked_if(validate_args, lambda: tf.assert_less(low, high, message=said)):
                self._low = tf.identity(low, name="low")
                self._high = tf.identity(high, name="high")
                tf.assert_same_float_dtype([self._low, self._high])
        super().__init__(
            self._low.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._low, self._high], name,
        )  # fmt: skip

    @property
    def low(self) -> Any:
        """The lower end."""
        return self._low

    @property
    def high(self) -> Any:
        """The upper end."""
        return self._high

    def range(self, name: str = "range") -> Any:
        """high - low."""
        with self._name_scope(name):
            return self.high - self.low

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        samples = tf.random_uniform(self._shape_of(n), dtype=self.dtype, seed=seed)
        return self.low + self.range() * samples

    def _prob(self, x: Any) -> Any:
        x = self._to_batch(x)
        outside = tf.logical_or(x < self.low, x >= self.high)
        density = tf.where_v2(outside, tf.zeros_like(x), tf.ones_like(x) / self.range())
        return tf.where_v2(tf.is_nan(x), x, density)

    def _cdf(self, x: Any) -> Any:
        shape = tf.broadcast_dynamic_shape(tf.shape(x), self.batch_shape_tensor())
        zeros, ones = tf.zeros(shape, dtype=self.dtype), tf.ones(shape, dtype=self.dtype)
        inside = tf.where_v2(x < self.low, zeros, (x * ones - self.low) / self.range())
        return tf.where_v2(x >= self.high, ones, inside)

    def _entropy(self) -> Any:
        return tf.log(self.range())

    def _mean(self) -> Any:
        return (self.low + self.high) / 2.0

    def _variance(self) -> Any:
        return tf.square(self.range()) / 12.0

    def _stddev(self) -> Any:
        return self.range() / math.sqrt(12.0)
