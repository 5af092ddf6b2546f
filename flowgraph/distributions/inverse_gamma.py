"""The inverse gamma distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if

__all__ = ["InverseGamma", "InverseGammaWithSoftplusConcentrationRate"]


class InverseGamma(ScalarDistribution):
    """The distribution of 1 / x of a gamma one (tf.contrib.distributions.InverseGamma).

    Args:
        concentration: the shape, positive.
        rate: the scale, positive.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether an undefined mean or variance is NaN.
        name: of the ops.
    """

    _SHAPED = "concentration", "rate"

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGamma",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[concentration, rate]) as name:
            with checked_if(
                validate_args,
                lambda: tf.assert_positive(concentration),
                lambda: tf.assert_positive(rate),
            ):
                self._concentration = tf.identity(concentration, name="concentration")
                self._rate = tf.identity(rate, name="rate")
                tf.assert_same_float_dtype([self._concentration, self._rate])
        super().__init__(
            self._concentration.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats,
            parameters, [self._concentration, self._rate], name,
        )  # fmt: skip

    @property
    def concentration(self) -> Any:
        """The shape."""
        return self._concentration

    @property
    def rate(self) -> Any:
        """The scale."""
        return self._rate

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        return 1.0 / tf.random_gamma([n], self.concentration, self.rate, self.dtype, seed)

    def _log_prob(self, x: Any) -> Any:
        x = self._checked(x)
        unnormalized = -(1.0 + self.concentration) * tf.log(x) - self.rate / x
        return unnormalized - (
            tf.lgamma(self.concentration) - self.concentration * tf.log(self.rate)
        )

    def _cdf(self, x: Any) -> Any:
        return tf.igammac(self.concentration, self.rate / self._checked(x))

    def _entropy(self) -> Any:
        shape = self.concentration
        return shape + tf.log(self.rate) + tf.lgamma(shape) - (1.0 + shape) * tf.digamma(shape)

    def _mean(self) -> Any:
        mean = self.rate / (self.concentration - 1.0)
        said = "mean undefined when any concentration <= 1"
        return self._defined_where(mean, self.concentration, 1.0, said)

    def _variance(self) -> Any:
        shape = self.concentration
        variance = tf.square(self.rate) / tf.squared_difference(shape, 1.0) / (shape - 2.0)
        said = "variance undefined when any concentration <= 2"
        return self._defined_where(variance, shape, 2.0, said)

    def _mode(self) -> Any:
        return self.rate / (1.0 + self.concentration)

    def _checked(self, x: Any) -> Any:
        tf.assert_same_float_dtype(tensors=[x], dtype=self.dtype)
        return tf.with_dependencies([tf.assert_positive(x)], x) if self.validate_args else x


class InverseGammaWithSoftplusConcentrationRate(InverseGamma):
    """An `InverseGamma` of softplus(concentration) and softplus(rate)."""

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[concentration, rate]) as name:
            super().__init__(
                tf.softplus(concentration, name="softplus_concentration"),
                tf.softplus(rate, name="softplus_rate"), validate_args, allow_nan_stats, name,
            )  # fmt: skip
        self._parameters = parameters
