"""Distributions of counts: Poisson, geometric, binomial and negative binomial."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions import special_math
from flowgraph.distributions.checks import (
    assert_integer_form,
    embed_check_nonnegative_integer_form,
    get_logits_and_probs,
)
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution, checked_if
from flowgraph.distributions.util import gen_new_seed

__all__ = ["Binomial", "Geometric", "NegativeBinomial", "Poisson"]


class _Counts(ScalarDistribution):
    """What they have in common: values are whole and not negative."""

    def _checked(self, x: Any) -> Any:
        return embed_check_nonnegative_integer_form(x) if self.validate_args else x


class Poisson(_Counts):
    """The Poisson distribution (tf.contrib.distributions.Poisson).

    Args:
        rate: the mean, positive; or else
        log_rate: its logarithm.
        validate_args: whether `rate` and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: both `rate` and `log_rate` are given, or neither.
        TypeError: it is no float.
    """

    _SHAPED = ("rate",)

    def __init__(
        self,
        rate: Any = None,
        log_rate: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Poisson",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[rate]) as name:
            if (rate is None) == (log_rate is None):
                raise ValueError("Must specify exactly one of `rate` and `log_rate`.")
            kind = "rate" if log_rate is None else "log_rate"
            given = tf.convert_to_tensor(rate if log_rate is None else log_rate, name=kind)
            if not given.dtype.is_floating:
                raise TypeError(f"{kind}.dtype ({given.dtype.name}) is a not a float-type.")
            if kind == "rate":
                with checked_if(validate_args, lambda: tf.assert_positive(given)):
                    self._rate = tf.identity(given, name="rate")
                self._log_rate = tf.log(given, name="log_rate")
            else:
                self._rate, self._log_rate = tf.exp(given, name="rate"), given
        super().__init__(
            self._rate.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._rate], name,
        )  # fmt: skip

    @property
    def rate(self) -> Any:
        """The mean."""
        return self._rate

    @property
    def log_rate(self) -> Any:
        """Its logarithm."""
        return self._log_rate

    def _log_prob(self, x: Any) -> Any:
        x = self._checked(x)
        return x * self.log_rate - tf.lgamma(1.0 + x) - self.rate

    def _log_cdf(self, x: Any) -> Any:
        return tf.log(self.cdf(x))

    def _cdf(self, x: Any) -> Any:
        return tf.igammac(1.0 + self._checked(x), self.rate)

    def _mean(self) -> Any:
        return tf.identity(self.rate)

    def _variance(self) -> Any:
        return tf.identity(self.rate)

    def _mode(self) -> Any:
        return tf.floor(self.rate)

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        return tf.random_poisson(self.rate, [n], dtype=self.dtype, seed=seed)


class _OfTrials(_Counts):
    """Counts of trials, of a probability that each has."""

    _logits: Any
    _probs: Any

    @property
    def logits(self) -> Any:
        """The log-odds of a trial."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The probability of a trial."""
        return self._probs


class Geometric(_OfTrials):
    """How many trials fail before the first success (tf.contrib.distributions.Geometric).

    Args:
        logits: the log-odds of a success; or else
        probs: its probability, more than 0.
        validate_args: whether `probs` and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    _SHAPED = ("probs",)

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Geometric",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[logits, probs]) as name:
            self._logits, probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=name
            )
            with checked_if(validate_args, lambda: tf.assert_positive(probs)):
                self._probs = tf.identity(probs, name="probs")
        super().__init__(
            self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._probs, self._logits], name,
        )  # fmt: skip

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        least = np.finfo(self.dtype.as_numpy_dtype).tiny  # never zero: its logarithm is infinite
        uniform = tf.random_uniform(self._shape_of(n), least, 1.0, self.dtype, seed)
        return tf.floor(tf.log(uniform) / tf.log1p(-self.probs))

    def _whole(self, x: Any) -> Any:
        x = self._checked(x) if self.validate_args else tf.floor(x)
        return x * tf.ones_like(self.probs)

    def _cdf(self, x: Any) -> Any:
        x = self._whole(x)
        inside = -tf.expm1((1.0 + x) * tf.log1p(-self.probs))
        return tf.where_v2(x < 0.0, tf.zeros_like(x), inside)

    def _log_prob(self, x: Any) -> Any:
        x = self._whole(x)
        probs = self.probs * tf.ones_like(x)
        # At zero the factor is 1 even where the probability is.
        safe = tf.where_v2(tf.equal(x, 0.0), tf.zeros_like(probs), probs)
        return x * tf.log1p(-safe) + tf.log(probs)

    def _entropy(self) -> Any:
        probs = self._probs
        if self.validate_args:
            said = "Entropy is undefined when logits = inf or probs = 1."
            check = tf.assert_less(probs, tf.constant(1.0, probs.dtype), message=said)
            probs = tf.with_dependencies([check], probs)
        return tf.softplus(self.logits) / probs - self.logits

    def _mean(self) -> Any:
        return tf.exp(-self.logits)

    def _variance(self) -> Any:
        return self._mean() / self.probs

    def _mode(self) -> Any:
        return tf.zeros(self.batch_shape_tensor(), dtype=self.dtype)


class Binomial(_OfTrials):
    """How many of a number of trials succeed (tf.contrib.distributions.Binomial).

    Args:
        total_count: the number of trials, a float that is whole.
        logits: the log-odds of a success; or else
        probs: its probability.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    _SHAPED = "total_count", "probs"

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Binomial",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[total_count, logits, probs]) as name:
            count = tf.convert_to_tensor(total_count, name="total_count")
            self._total_count = _checked_total(count) if validate_args else count
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=name
            )
        super().__init__(
            self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._total_count, self._logits, self._probs], name,
        )  # fmt: skip

    @property
    def total_count(self) -> Any:
        """The number of trials."""
        return self._total_count

    def _log_prob(self, counts: Any) -> Any:
        counts = self._checked(counts)
        failures = self.total_count - counts
        of_order = counts * tf.log(self.probs) + failures * tf.log1p(-self.probs)
        ways = tf.lgamma(1.0 + failures) + tf.lgamma(1.0 + counts)
        return of_order - (ways - tf.lgamma(1.0 + self.total_count))

    def _prob(self, counts: Any) -> Any:
        return tf.exp(self._log_prob(counts))

    def _cdf(self, counts: Any) -> Any:
        counts = self._checked(counts)
        probs = self.probs + tf.zeros_like(counts)
        counts = counts + tf.zeros_like(probs)
        failures = self.total_count - counts
        all_of_them = tf.equal(counts, self.total_count)
        failures = tf.where_v2(all_of_them, tf.ones_like(failures), failures)
        below = special_math.betainc(failures, counts + 1, 1 - probs)
        return tf.where_v2(all_of_them, tf.ones_like(below), below)

    def _checked(self, counts: Any) -> Any:
        counts = super()._checked(counts)
        if not self.validate_args:
            return counts
        said = "counts are not less than or equal to n."
        check = tf.assert_less_equal(counts, self.total_count, message=said)
        return tf.with_dependencies([check], counts)

    def _mean(self) -> Any:
        return self.total_count * self.probs

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        return tf.floor((1.0 + self.total_count) * self.probs)


def _checked_total(count: Any) -> Any:
    checks = [
        tf.assert_non_negative(count, message="total_count must be non-negative."),
        assert_integer_form(count, message="total_count cannot contain fractional components."),
    ]
    return tf.with_dependencies(checks, count)


class NegativeBinomial(_OfTrials):
    """How many trials succeed before so many fail (tf.contrib.distributions.NegativeBinomial).

    Args:
        total_count: the number of failures, positive.
        logits: the log-odds of a success; or else
        probs: its probability.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    _SHAPED = "total_count", "probs"

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NegativeBinomial",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[total_count, logits, probs]) as name:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=name
            )
            with checked_if(validate_args, lambda: tf.assert_positive(total_count)):
                self._total_count = tf.identity(total_count)
        super().__init__(
            self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._total_count, self._probs, self._logits], name,
        )  # fmt: skip

    @property
    def total_count(self) -> Any:
        """The number of failures."""
        return self._total_count

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        # A Poisson number whose rate is a gamma one.
        rate = tf.random_gamma(
            [n], self.total_count, tf.exp(-self.logits), dtype=self.dtype, seed=seed
        )
        again = gen_new_seed(seed, "negative_binom")
        return tf.random_poisson(rate, [], dtype=self.dtype, seed=again)

    def _cdf(self, x: Any) -> Any:
        return special_math.betainc(
            self.total_count, 1.0 + self._checked(x), tf.sigmoid(-self.logits)
        )

    def _log_prob(self, x: Any) -> Any:
        x = self._checked(x)
        of_order = -self.total_count * tf.softplus(self.logits) - x * tf.softplus(-self.logits)
        ways = tf.lgamma(1.0 + x) + tf.lgamma(self.total_count)
        return of_order - (ways - tf.lgamma(self.total_count + x))

    def _mean(self) -> Any:
        return self.total_count * tf.exp(self.logits)

    def _mode(self) -> Any:
        count = tf.maximum(self.total_count - 1.0, tf.zeros_like(self.total_count))
        return tf.floor(count * tf.exp(self.logits))

    def _variance(self) -> Any:
        return self._mean() / tf.sigmoid(-self.logits)
