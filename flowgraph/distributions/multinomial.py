"""The multinomial distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.checks import (
    embed_check_nonnegative_integer_form,
    get_logits_and_probs,
)
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED, Distribution
from flowgraph.distributions.util import log_combinations
from flowgraph.distributions.vectors import checked_counts

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """How often each of k classes is drawn (tf.distributions.Multinomial).

    Args:
        total_count: the number of draws, of the dtype of `logits` or `probs`.
        logits: [..., k], logarithms of the classes' weights; or else
        probs: [..., k], their probabilities.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.

    Raises:
        ValueError: both `logits` and `probs` are given, or neither.
    """

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Multinomial",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[total_count, logits, probs]) as name:
            self._total_count = tf.convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = embed_check_nonnegative_integer_form(self._total_count)
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=name
            )
            self._mean_val = self._total_count[..., None] * self._probs
        super().__init__(
            self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._total_count, self._logits, self._probs], name,
        )  # fmt: skip

    @property
    def total_count(self) -> Any:
        """The number of draws."""
        return self._total_count

    @property
    def logits(self) -> Any:
        """Logarithms of the classes' weights."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The classes' probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self._mean_val)[:-1]

    def _batch_shape(self) -> Any:
        return self._mean_val.shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        return tf.shape(self._mean_val)[-1:]

    def _event_shape(self) -> Any:
        return self._mean_val.shape.with_rank_at_least(1)[-1:]

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        k = self.event_shape_tensor()[0]
        draws = tf.cast(self.total_count, dtype=tf.int32)
        draws = tf.ones_like(self.logits[..., 0], dtype=draws.dtype) * draws
        logits = tf.ones_like(draws[..., None], dtype=self.logits.dtype) * self.logits

        def of_one(given: Any) -> Any:
            weights, count = given
            drawn = tf.multinomial(weights[None, ...], count, seed)
            drawn = tf.reshape(drawn, shape=[n, -1])
            return tf.reduce_sum(tf.one_hot(drawn, depth=k, dtype=self.dtype), axis=-2)

        flat = [tf.reshape(logits, [-1, k]), n * tf.reshape(draws, [-1])]
        counts = tf.transpose(tf.map_fn(of_one, flat, dtype=self.dtype), perm=[1, 0, 2])
        return tf.reshape(counts, tf.concat([[n], self.batch_shape_tensor(), [k]], 0))

    def _log_prob(self, counts: Any) -> Any:
        counts = self._checked(counts)
        of_order = tf.reduce_sum(counts * tf.log_softmax(self.logits), -1)
        return of_order + log_combinations(self.total_count, counts)

    def _mean(self) -> Any:
        return tf.identity(self._mean_val)

    def _for_each_count(self) -> Any:
        return self.probs * tf.ones_like(self.total_count)[..., None]

    def _covariance(self) -> Any:
        outer = tf.matmul(self._mean_val[..., None], self._for_each_count()[..., None, :])
        return tf.matrix_set_diag(-outer, self._variance())

    def _variance(self) -> Any:
        return self._mean_val - self._mean_val * self._for_each_count()

    def _checked(self, counts: Any) -> Any:
        if not self.validate_args:
            return counts
        return checked_counts(counts, self.total_count, "counts must sum to `self.total_count`")
