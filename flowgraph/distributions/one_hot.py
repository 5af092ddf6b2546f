"""The categorical distribution as rows of zeros with a one, and its relaxed forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.bijectors import Exp, Sigmoid
from flowgraph.distributions.checks import get_logits_and_probs
from flowgraph.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    Distribution,
)
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.logistic import Logistic
from flowgraph.distributions.scalar import checked_if
from flowgraph.distributions.transformed_distribution import TransformedDistribution
from flowgraph.distributions.vectors import outer_covariance

__all__ = [
    "ExpRelaxedOneHotCategorical", "OneHotCategorical", "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
]  # fmt: skip


class _OfClasses(Distribution):
    """Distributions of rows with a place for each class."""

    _logits: Any
    _probs: Any

    @property
    def event_size(self) -> Any:
        """The number of classes, an int32 scalar."""
        return tf.shape(self._logits)[-1]

    @property
    def logits(self) -> Any:
        """Logarithms of the classes' weights."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The classes' probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self._logits)[:-1]

    def _batch_shape(self) -> Any:
        return self.logits.shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        return tf.shape(self.logits)[-1:]

    def _event_shape(self) -> Any:
        return self.logits.shape.with_rank_at_least(1)[-1:]

    def _broadcast(self, x: Any) -> tuple[Any, Any]:
        logits = self.logits
        if not (x.shape.is_fully_defined() and x.shape == logits.shape):
            logits = tf.ones_like(x, dtype=logits.dtype) * logits
            x = tf.ones_like(logits, dtype=x.dtype) * x
        return x, logits


class OneHotCategorical(_OfClasses):
    """A class from 0 to n - 1 as a row with a one at its place.

    (tf.contrib.distributions.OneHotCategorical)

    Args:
        logits: [..., n], logarithms of the classes' weights; or else
        probs: [..., n], their probabilities.
        dtype: of events.
        validate_args: whether `probs` and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = tf.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "OneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[logits, probs]) as name:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=name
            )
        super().__init__(
            tf.as_dtype(dtype), NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs], name,
        )  # fmt: skip

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        logits = tf.reshape(self.logits, [-1, self.event_size])
        drawn = tf.transpose(tf.multinomial(logits, n, seed=seed))
        rows = tf.one_hot(drawn, self.event_size, dtype=self.dtype)
        return tf.reshape(rows, tf.concat([[n], tf.shape(self.logits)], 0))

    def _log_prob(self, x: Any) -> Any:
        x, logits = self._broadcast(x)
        return tf.reduce_sum(tf.cast(x, logits.dtype) * tf.log_softmax(logits), -1)

    def _entropy(self) -> Any:
        return -tf.reduce_sum(tf.log_softmax(self.logits) * self.probs, axis=-1)

    def _mean(self) -> Any:
        return tf.identity(self.probs)

    def _mode(self) -> Any:
        mode = tf.one_hot(tf.argmax(self.logits, axis=-1), self.event_size, dtype=self.dtype)
        mode.set_shape(self.logits.shape)
        return mode

    def _covariance(self) -> Any:
        return outer_covariance(self.probs, self._variance())

    def _variance(self) -> Any:
        return self.probs * (1.0 - self.probs)


@RegisterKL(OneHotCategorical, OneHotCategorical)
def _kl_one_hot(a: Any, b: Any, name: str | None = None) -> Any:
    with tf.name_scope(name, "kl_categorical_categorical", values=[a.logits, b.logits]):
        apart = tf.log_softmax(a.logits) - tf.log_softmax(b.logits)
        return tf.reduce_sum(tf.softmax(a.logits) * apart, axis=-1)


class ExpRelaxedOneHotCategorical(_OfClasses):
    """Logarithms of draws from a `RelaxedOneHotCategorical`, for the same arguments."""

    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExpRelaxedOneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[logits, probs, temperature]) as name:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=name
            )
            if dtype is None:
                dtype = self._logits.dtype
                temperature = tf.cast(temperature, dtype)
            with checked_if(validate_args, lambda: tf.assert_positive(temperature)):
                self._temperature = tf.identity(temperature, name="temperature")
                self._column = tf.reshape(temperature, [-1, 1], name="temperature_2d")
        super().__init__(
            tf.as_dtype(dtype), FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs, self._temperature], name,
        )  # fmt: skip

    @property
    def temperature(self) -> Any:
        """How far from zeros and ones draws may be."""
        return self._temperature

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        shape = tf.concat([[n], tf.shape(self.logits)], 0)
        logits = self.logits * tf.ones(shape, dtype=self.dtype)
        logits = tf.reshape(logits, [-1, self.event_size])
        least = np.finfo(self.dtype.as_numpy_dtype).tiny
        uniform = tf.random_uniform(tf.shape(logits), least, 1.0, self.dtype, seed)
        gumbel = -tf.log(-tf.log(uniform))
        return tf.reshape(tf.log_softmax((gumbel + logits) / self._column), shape)

    def _log_prob(self, x: Any) -> Any:
        if self.validate_args:
            x = _checked_logarithms(x)
        x, logits = self._broadcast(x)
        shape = tf.shape(tf.reduce_sum(logits, axis=[-1]))
        logits = tf.reshape(logits, [-1, self.event_size])
        x = tf.reshape(x, [-1, self.event_size])
        k = tf.cast(self.event_size, x.dtype)
        constant = tf.lgamma(k) + (k - 1.0) * tf.log(self.temperature)
        weights = tf.log_softmax(logits - x * self._column)
        return tf.reshape(constant + tf.reduce_sum(weights, [-1]), shape)


def _checked_logarithms(x: Any) -> Any:
    zero = tf.zeros([], dtype=x.dtype)
    checks = [
        tf.assert_less_equal(x, zero),
        tf.assert_near(zero, tf.reduce_logsumexp(x, axis=[-1])),
    ]
    return tf.with_dependencies(checks, x)


class RelaxedOneHotCategorical(TransformedDistribution):
    """Rows that sum to 1, near to ones of zeros with a one: the Gumbel-softmax distribution.

    (tf.contrib.distributions.RelaxedOneHotCategorical)

    Args:
        temperature: how far from zeros and ones draws may be, positive.
        logits: [..., n], logarithms of the classes' weights; or else
        probs: [..., n], their probabilities.
        dtype: of events; that of `logits` when it is not given.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedOneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        logarithms = ExpRelaxedOneHotCategorical(
            temperature, logits, probs, dtype, validate_args, allow_nan_stats
        )
        super().__init__(logarithms, Exp(), name=name)
        self._parameters = parameters

    @property
    def temperature(self) -> Any:
        """How far from zeros and ones draws may be."""
        return self.distribution.temperature  # type: ignore[attr-defined]

    @property
    def logits(self) -> Any:
        """Logarithms of the classes' weights."""
        return self.distribution.logits  # type: ignore[attr-defined]

    @property
    def probs(self) -> Any:
        """The classes' probabilities."""
        return self.distribution.probs  # type: ignore[attr-defined]


class RelaxedBernoulli(TransformedDistribution):
    """Numbers between 0 and 1, near to these (tf.contrib.distributions.RelaxedBernoulli).

    Args:
        temperature: how far from 0 and 1 draws may be, positive.
        logits: the log-odds of 1; or else
        probs: its probability.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedBernoulli",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[logits, probs, temperature]) as name:
            with checked_if(validate_args, lambda: tf.assert_positive(temperature)):
                self._temperature = tf.identity(temperature, name="temperature")
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args
            )
            inner = Logistic(
                self._logits / self._temperature, 1.0 / self._temperature, validate_args,
                allow_nan_stats, name + "Logistic",
            )  # fmt: skip
            super().__init__(
                inner, Sigmoid(validate_args=validate_args), validate_args=validate_args, name=name
            )
        self._parameters = parameters

    @property
    def temperature(self) -> Any:
        """How far from 0 and 1 draws may be."""
        return self._temperature

    @property
    def logits(self) -> Any:
        """The log-odds of 1."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The probability of 1."""
        return self._probs
