"""Distributions of one value."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED
from flowgraph.distributions.scalar import ScalarDistribution

__all__ = ["Deterministic", "VectorDeterministic"]


class Deterministic(ScalarDistribution):
    """A number that is always the same (tf.contrib.distributions.Deterministic).

    Args:
        loc: the number.
        atol: what a value may differ by to have probability 1.
        rtol: what it may differ by as a fraction of `loc`.
        validate_args: has no use.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    _SHAPED = ("loc",)

    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Deterministic",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[loc, atol, rtol]) as name:
            self._loc = tf.convert_to_tensor(loc, name="loc")
            zero = tf.zeros([], self._loc.dtype)
            self._atol = zero if atol is None else tf.convert_to_tensor(atol, self._loc.dtype)
            self._rtol = zero if rtol is None else tf.convert_to_tensor(rtol, self._loc.dtype)
        super().__init__(
            self._loc.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc], name,
        )  # fmt: skip

    @property
    def loc(self) -> Any:
        """The number."""
        return self._loc

    def _slack(self) -> Any:
        return self._atol + self._rtol * tf.abs(self.loc)

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        del seed
        return self.loc + tf.zeros(self._shape_of(n), self.dtype)

    def _prob(self, x: Any) -> Any:
        return tf.cast(tf.abs(x - self.loc) <= self._slack(), self.dtype)

    def _cdf(self, x: Any) -> Any:
        return tf.cast(x >= self.loc - self._slack(), self.dtype)

    def _entropy(self) -> Any:
        return tf.zeros(self.batch_shape_tensor(), self.dtype)

    def _mean(self) -> Any:
        return tf.identity(self.loc)

    def _variance(self) -> Any:
        return tf.zeros_like(self.loc)

    def _mode(self) -> Any:
        return self._mean()


class VectorDeterministic(Deterministic):
    """A vector that is always the same: a `Deterministic` whose last dimension is the event's."""

    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorDeterministic",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, atol, rtol, validate_args, allow_nan_stats, name)
        self._parameters = parameters
        self.loc.shape.with_rank_at_least(1)

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self.loc)[:-1]

    def _batch_shape(self) -> Any:
        return self.loc.shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        return tf.shape(self.loc)[-1:]

    def _event_shape(self) -> Any:
        return self.loc.shape.with_rank_at_least(1)[-1:]

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        del seed
        return self.loc + tf.zeros(tf.concat([[n], tf.shape(self.loc)], 0), self.dtype)

    def _prob(self, x: Any) -> Any:
        near = tf.abs(x - self.loc) <= self._slack()
        return tf.cast(tf.reduce_all(near, axis=-1), self.dtype)

    def _cdf(self, x: Any) -> Any:
        raise self._missing("cdf")
