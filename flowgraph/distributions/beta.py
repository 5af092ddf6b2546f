"""The beta distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions import special_math
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.scalar import ScalarDistribution
from flowgraph.distributions.util import gen_new_seed

__all__ = ["Beta", "BetaWithSoftplusConcentration"]


class Beta(ScalarDistribution):
    """The beta distribution over (0, 1) (tf.distributions.Beta).

    Args:
        concentration1: positive, alpha.
        concentration0: positive, beta.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether an undefined mode is NaN.
        name: of the ops.

    Raises:
        ValueError: the two have different dtypes, or no float one.
    """

    _SHAPED = "concentration1", "concentration0"

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[concentration1, concentration0]) as name:
            self._concentration1 = _positive(concentration1, "concentration1", validate_args)
            self._concentration0 = _positive(concentration0, "concentration0", validate_args)
            tf.assert_same_float_dtype([self._concentration1, self._concentration0])
            self._total_concentration = self._concentration1 + self._concentration0
        super().__init__(
            self._total_concentration.dtype, FULLY_REPARAMETERIZED, validate_args,
            allow_nan_stats, parameters,
            [self._concentration1, self._concentration0, self._total_concentration], name,
        )  # fmt: skip

    @property
    def concentration1(self) -> Any:
        """Alpha."""
        return self._concentration1

    @property
    def concentration0(self) -> Any:
        """Beta."""
        return self._concentration0

    @property
    def total_concentration(self) -> Any:
        """Alpha + beta."""
        return self._total_concentration

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self.total_concentration)

    def _batch_shape(self) -> Any:
        return self.total_concentration.shape

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        ones = tf.ones_like(self.total_concentration, dtype=self.dtype)
        first = tf.random_gamma([n], ones * self.concentration1, dtype=self.dtype, seed=seed)
        second = tf.random_gamma(
            [n], ones * self.concentration0, dtype=self.dtype, seed=gen_new_seed(seed, "beta")
        )
        return first / (first + second)

    def _log_prob(self, x: Any) -> Any:
        return self._log_unnormalized_prob(x) - self._log_normalization()

    def _prob(self, x: Any) -> Any:
        return tf.exp(self._log_prob(x))

    def _log_cdf(self, x: Any) -> Any:
        return tf.log(self._cdf(x))

    def _cdf(self, x: Any) -> Any:
        return special_math.betainc(self.concentration1, self.concentration0, x)

    def _log_unnormalized_prob(self, x: Any) -> Any:
        x = self._checked(x)
        first = tf.xlogy(self.concentration1 - 1.0, x)
        return first + (self.concentration0 - 1.0) * tf.log1p(-x)

    def _log_normalization(self) -> Any:
        return (
            tf.lgamma(self.concentration1)
            + tf.lgamma(self.concentration0)
            - tf.lgamma(self.total_concentration)
        )

    def _entropy(self) -> Any:
        a, b, total = self.concentration1, self.concentration0, self.total_concentration
        return (
            self._log_normalization()
            - (a - 1.0) * tf.digamma(a)
            - (b - 1.0) * tf.digamma(b)
            + (total - 2.0) * tf.digamma(total)
        )

    def _mean(self) -> Any:
        return self._concentration1 / self._total_concentration

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self._mean()) / (1.0 + self.total_concentration)

    def _mode(self) -> Any:
        mode = (self.concentration1 - 1.0) / (self.total_concentration - 2.0)
        if self.allow_nan_stats:
            defined = tf.logical_and(self.concentration1 > 1.0, self.concentration0 > 1.0)
            return tf.where_v2(defined, mode, self._nan())
        one = tf.ones([], dtype=self.dtype)
        checks = [
            tf.assert_less(one, parameter, message=f"Mode undefined for {kind} <= 1.")
            for kind, parameter in (
                ("concentration1", self.concentration1),
                ("concentration0", self.concentration0),
            )
        ]
        return tf.with_dependencies(checks, mode)

    def _checked(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        one = tf.ones([], self.dtype)
        checks = [
            tf.assert_positive(x, message="sample must be positive"),
            tf.assert_less(x, one, message="sample must be less than `1`."),
        ]
        return tf.with_dependencies(checks, x)


def _positive(concentration: Any, name: str, validate_args: bool) -> Any:
    tensor = tf.convert_to_tensor(concentration, name=name)
    if not validate_args:
        return tensor
    said = "Concentration parameter must be positive."
    return tf.with_dependencies([tf.assert_positive(tensor, message=said)], tensor)


class BetaWithSoftplusConcentration(Beta):
    """A `Beta` of softplus(concentration1) and softplus(concentration0)."""

    def __init__(
        self,
        concentration1: Any,
        concentration0: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "BetaWithSoftplusConcentration",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[concentration1, concentration0]) as name:
            super().__init__(
                tf.softplus(concentration1, name="softplus_concentration1"),
                tf.softplus(concentration0, name="softplus_concentration0"),
                validate_args, allow_nan_stats, name,
            )  # fmt: skip
        self._parameters = parameters


@RegisterKL(Beta, Beta)
def _kl_beta_beta(a: Any, b: Any, name: str | None = None) -> Any:
    with tf.name_scope(name, "kl_beta_beta", values=a._graph_parents + b._graph_parents):
        result = b._log_normalization() - a._log_normalization()
        for kind, sign in (
            ("concentration1", -1),
            ("concentration0", -1),
            ("total_concentration", 1),
        ):
            of_a, of_b = getattr(a, kind), getattr(b, kind)
            result += sign * tf.digamma(of_a) * (of_b - of_a)
        return result
