"""The multinomial distribution whose probabilities are a Dirichlet distribution's."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.checks import (
    embed_check_categorical_event_shape,
    embed_check_nonnegative_integer_form,
)
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED, Distribution
from flowgraph.distributions.util import gen_new_seed, log_combinations
from flowgraph.distributions.vectors import checked_counts, outer_covariance

__all__ = ["DirichletMultinomial"]


class DirichletMultinomial(Distribution):
    """How often each class is drawn, with probabilities drawn from a `Dirichlet`.

    (tf.distributions.DirichletMultinomial)

    Args:
        total_count: the number of draws, of the dtype of `concentration`.
        concentration: [..., k], positive.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    def __init__(
        self,
        total_count: Any,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "DirichletMultinomial",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[total_count, concentration]) as name:
            self._total_count = tf.convert_to_tensor(total_count, name="total_count")
            self._concentration = tf.convert_to_tensor(concentration, name="concentration")
            if validate_args:
                self._total_count = embed_check_nonnegative_integer_form(self._total_count)
                self._concentration = _checked(self._concentration)
            self._total_concentration = tf.reduce_sum(self._concentration, -1)
        super().__init__(
            self._concentration.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats,
            parameters, [self._total_count, self._concentration], name,
        )  # fmt: skip

    @property
    def total_count(self) -> Any:
        """The number of draws."""
        return self._total_count

    @property
    def concentration(self) -> Any:
        """The parameter of the classes' probabilities, [..., k]."""
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
        draws = tf.cast(self.total_count, dtype=tf.int32)
        k = self.event_shape_tensor()[0]
        weights = tf.random_gamma([n], self.concentration, dtype=self.dtype, seed=seed)
        logits = tf.reshape(tf.log(weights), [-1, k])
        drawn = tf.multinomial(logits, draws, seed=gen_new_seed(seed, "dirichlet_multinomial"))
        counts = tf.reduce_sum(tf.one_hot(drawn, depth=k), -2)
        shape = tf.concat([[n], self.batch_shape_tensor(), [k]], 0)
        return tf.cast(tf.reshape(counts, shape), self.dtype)

    def _log_prob(self, counts: Any) -> Any:
        counts = self._checked_sample(counts)
        of_order = tf.lbeta(self.concentration + counts) - tf.lbeta(self.concentration)
        return of_order + log_combinations(self.total_count, counts)

    def _prob(self, counts: Any) -> Any:
        return tf.exp(self._log_prob(counts))

    def _mean(self) -> Any:
        return self.total_count * (self.concentration / self.total_concentration[..., None])

    def _covariance(self) -> Any:
        return outer_covariance(self._variance_scale() * self._mean(), self._variance())

    def _variance(self) -> Any:
        scale = self._variance_scale()
        x = scale * self._mean()
        return x * (self.total_count * scale - x)

    def _variance_scale(self) -> Any:
        total = self.total_concentration[..., None]
        return tf.sqrt((1.0 + total / self.total_count) / (1.0 + total))

    def _checked_sample(self, counts: Any) -> Any:
        if not self.validate_args:
            return counts
        said = "counts last-dimension must sum to `self.total_count`"
        return checked_counts(counts, self.total_count, said)


def _checked(concentration: Any) -> Any:
    concentration = embed_check_categorical_event_shape(concentration)
    said = "Concentration parameter must be positive."
    check = tf.assert_positive(concentration, message=said)
    return tf.with_dependencies([check], concentration)
