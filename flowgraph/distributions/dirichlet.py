"""The Dirichlet distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED, Distribution
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.vectors import outer_covariance

__all__ = ["Dirichlet"]


class Dirichlet(Distribution):
    """The Dirichlet distribution over vectors that sum to 1 (tf.distributions.Dirichlet).

    Args:
        concentration: [..., k], positive.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether an undefined mode is NaN.
        name: of the ops.
    """

    def __init__(
        self,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Dirichlet",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[concentration]) as name:
            concentration = tf.convert_to_tensor(concentration, name="concentration")
            self._concentration = _checked(concentration) if validate_args else concentration
            self._total_concentration = tf.reduce_sum(self._concentration, -1)
        super().__init__(
            self._concentration.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats,
            parameters, [self._concentration, self._total_concentration], name,
        )  # fmt: skip

    @property
    def concentration(self) -> Any:
        """The parameter, [..., k]."""
        return self._concentration

    @property
    def total_concentration(self) -> Any:
        """Its sum over the last dimension."""
        return self._total_concentration

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self.total_concentration)

    def _batch_shape(self) -> Any:
        return self.total_concentration.shape

    def _event_shape_tensor(self) -> Any:
        return tf.shape(self.concentration)[-1:]

    def _event_shape(self) -> Any:
        return self.concentration.shape.with_rank_at_least(1)[-1:]

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        sample = tf.random_gamma([n], self.concentration, dtype=self.dtype, seed=seed)
        return sample / tf.reduce_sum(sample, -1, keepdims=True)

    def _log_prob(self, x: Any) -> Any:
        return self._log_unnormalized_prob(x) - self._log_normalization()

    def _prob(self, x: Any) -> Any:
        return tf.exp(self._log_prob(x))

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._checked_sample(x)
        return tf.reduce_sum(tf.xlogy(self.concentration - 1.0, x), -1)

    def _log_normalization(self) -> Any:
        return tf.lbeta(self.concentration)

    def _classes(self) -> Any:
        return tf.cast(self.event_shape_tensor()[0], self.dtype)

    def _entropy(self) -> Any:
        total = self.total_concentration
        own = tf.reduce_sum((self.concentration - 1.0) * tf.digamma(self.concentration), axis=-1)
        return self._log_normalization() + (total - self._classes()) * tf.digamma(total) - own

    def _mean(self) -> Any:
        return self.concentration / self.total_concentration[..., None]

    def _covariance(self) -> Any:
        return outer_covariance(self._variance_scale() * self._mean(), self._variance())

    def _variance(self) -> Any:
        scale = self._variance_scale()
        x = scale * self._mean()
        return x * (scale - x)

    def _variance_scale(self) -> Any:
        return tf.rsqrt(1.0 + self.total_concentration[..., None])

    def _mode(self) -> Any:
        total = self.total_concentration[..., None]
        mode = (self.concentration - 1.0) / (total - self._classes())
        if self.allow_nan_stats:
            nan = tf.fill(tf.shape(mode), self.dtype.as_numpy_dtype(np.nan), name="nan")
            defined = tf.reduce_all(self.concentration > 1.0, axis=-1, keepdims=True)
            return tf.where_v2(defined, mode, nan)
        said = "Mode undefined when any concentration <= 1"
        check = tf.assert_less(tf.ones([], self.dtype), self.concentration, message=said)
        return tf.with_dependencies([check], mode)

    def _checked_sample(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        one = tf.ones([], dtype=self.dtype)
        said = "sample last-dimension must sum to `1`"
        checks = [
            tf.assert_positive(x, message="samples must be positive"),
            tf.assert_near(one, tf.reduce_sum(x, -1), message=said),
        ]
        return tf.with_dependencies(checks, x)


def _checked(concentration: Any) -> Any:
    said = "Concentration parameter must"
    checks = [
        tf.assert_positive(concentration, message=f"{said} be positive."),
        tf.assert_rank_at_least(concentration, 1, message=f"{said} have >=1 dimensions."),
        tf.assert_less(1, tf.shape(concentration)[-1], message=f"{said} have event_size >= 2."),
    ]
    return tf.with_dependencies(checks, concentration)


@RegisterKL(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(a: Any, b: Any, name: str | None = None) -> Any:
    with tf.name_scope(name, "kl_dirichlet_dirichlet", [a.concentration, b.concentration]):
        total = tf.digamma(tf.reduce_sum(a.concentration, axis=-1, keepdims=True))
        slope = tf.digamma(a.concentration) - total
        apart = tf.reduce_sum((a.concentration - b.concentration) * slope, axis=-1)
        return apart - tf.lbeta(a.concentration) + tf.lbeta(b.concentration)
