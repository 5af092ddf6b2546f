"""The Bernoulli distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.checks import (
    embed_check_integer_casting_closed,
    get_logits_and_probs,
)
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.scalar import ScalarDistribution

__all__ = ["Bernoulli", "BernoulliWithSigmoidProbs"]


class Bernoulli(ScalarDistribution):
    """One or zero (tf.distributions.Bernoulli).

    Args:
        logits: the log-odds of one; or else
        probs: the probability of one.
        dtype: of events.
        validate_args: whether `probs` and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: both `logits` and `probs` are given, or neither.
    """

    _SHAPED = ("logits",)

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = tf.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name) as name:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=name
            )
        super().__init__(
            tf.as_dtype(dtype), NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs], name,
        )  # fmt: skip

    @property
    def logits(self) -> Any:
        """The log-odds of one."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The probability of one."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        uniform = tf.random_uniform(self._shape_of(n), seed=seed, dtype=self.probs.dtype)
        return tf.cast(tf.less(uniform, self.probs), self.dtype)

    def _log_prob(self, event: Any) -> Any:
        if self.validate_args:
            event = embed_check_integer_casting_closed(event, target_dtype=tf.bool_)
        event = tf.cast(event, self.logits.dtype)
        logits = self.logits
        if not (event.shape.is_fully_defined() and event.shape == logits.shape):
            logits, event = tf.ones_like(event) * logits, tf.ones_like(logits) * event
        return -tf.sigmoid_cross_entropy_with_logits(labels=event, logits=logits)

    def _entropy(self) -> Any:
        return -self.logits * (tf.sigmoid(self.logits) - 1) + tf.softplus(-self.logits)

    def _mean(self) -> Any:
        return tf.identity(self.probs)

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        return tf.cast(self.probs > 0.5, self.dtype)


class BernoulliWithSigmoidProbs(Bernoulli):
    """A `Bernoulli` of sigmoid(logits)."""

    def __init__(
        self,
        logits: Any = None,
        dtype: Any = tf.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "BernoulliWithSigmoidProbs",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name) as name:
            probs = tf.sigmoid(logits, name="sigmoid_probs")
            super().__init__(None, probs, dtype, validate_args, allow_nan_stats, name)
        self._parameters = parameters


@RegisterKL(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(a: Any, b: Any, name: str | None = None) -> Any:
    with tf.name_scope(name, "kl_bernoulli_bernoulli", values=[a.logits, b.logits]):
        of_zero = tf.softplus(-b.logits) - tf.softplus(-a.logits)
        of_one = tf.softplus(b.logits) - tf.softplus(a.logits)
        return tf.sigmoid(a.logits) * of_zero + tf.sigmoid(-a.logits) * of_one
