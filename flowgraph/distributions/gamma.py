"""The gamma distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.scalar import ScalarDistribution, checked_if

__all__ = ["Gamma", "GammaWithSoftplusConcentrationRate"]


class Gamma(ScalarDistribution):
    """The gamma distribution (tf.distributions.Gamma).

    Args:
        concentration: the shape, positive.
        rate: the inverse scale, positive.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: the two have different dtypes, or no float one.
    """

    _SHAPED: tuple[str, ...] = ("concentration", "rate")

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
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
            self._concentration.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats,
            parameters, [self._concentration, self._rate], name,
        )  # fmt: skip

    @property
    def concentration(self) -> Any:
        """The shape."""
        return self._concentration

    @property
    def rate(self) -> Any:
        """The inverse scale."""
        return self._rate

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        return tf.random_gamma([n], self.concentration, self.rate, self.dtype, seed)

    def _log_prob(self, x: Any) -> Any:
        return self._log_unnormalized_prob(x) - self._log_normalization()

    def _cdf(self, x: Any) -> Any:
        return tf.igamma(self.concentration, self.rate * self._checked(x))

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._checked(x)
        return tf.xlogy(self.concentration - 1.0, x) - self.rate * x

    def _log_normalization(self) -> Any:
        return tf.lgamma(self.concentration) - self.concentration * tf.log(self.rate)

    def _entropy(self) -> Any:
        shape = self.concentration
        return shape - tf.log(self.rate) + tf.lgamma(shape) + (1.0 - shape) * tf.digamma(shape)

    def _mean(self) -> Any:
        return self.concentration / self.rate

    def _variance(self) -> Any:
        return self.concentration / tf.square(self.rate)

    def _stddev(self) -> Any:
        return tf.sqrt(self.concentration) / self.rate

    def _mode(self) -> Any:
        mode = (self.concentration - 1.0) / self.rate
        said = "mode not defined when any concentration <= 1"
        return self._defined_where(mode, self.concentration, 1.0, said)

    def _checked(self, x: Any) -> Any:
        tf.assert_same_float_dtype(tensors=[x], dtype=self.dtype)
        return tf.with_dependencies([tf.assert_positive(x)], x) if self.validate_args else x


class GammaWithSoftplusConcentrationRate(Gamma):
    """A `Gamma` of softplus(concentration) and softplus(rate)."""

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "GammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[concentration, rate]) as name:
            super().__init__(
                tf.softplus(concentration, name="softplus_concentration"),
                tf.softplus(rate, name="softplus_rate"), validate_args, allow_nan_stats, name,
            )  # fmt: skip
        self._parameters = parameters


@RegisterKL(Gamma, Gamma)
def _kl_gamma_gamma(a: Any, b: Any, name: str | None = None) -> Any:
    values = [a.concentration, a.rate, b.concentration, b.rate]
    with tf.name_scope(name, "kl_gamma_gamma", values):
        return (
            (a.concentration - b.concentration) * tf.digamma(a.concentration)
            + tf.lgamma(b.concentration)
            - tf.lgamma(a.concentration)
            + b.concentration * tf.log(a.rate)
            - b.concentration * tf.log(b.rate)
            + a.concentration * (b.rate / a.rate - 1.0)
        )
