"""The exponential distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.gamma import Gamma

__all__ = ["Exponential", "ExponentialWithSoftplusRate"]


class Exponential(Gamma):
    """The exponential distribution: a `Gamma` of concentration 1 (tf.distributions.Exponential).

    Args:
        rate: the inverse of the mean, positive.
        validate_args: whether parameters and values are checked.
        allow_nan_stats: whether undefined statistics are NaN.
        name: of the ops.
    """

    _SHAPED = ("rate",)

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Exponential",
    ) -> None:
        parameters = dict(locals())
        # Made in the scope but passed by a name of its own: Gamma opens another one.
        with tf.name_scope(name, values=[rate]) as name:
            rate = tf.convert_to_tensor(rate, name="rate")
        super().__init__(tf.ones([], dtype=rate.dtype), rate, validate_args, allow_nan_stats, name)
        self._parameters = parameters
        self._rate = rate
        self._graph_parents += [rate]

    def _log_survival_function(self, value: Any) -> Any:
        return self._log_prob(value) - tf.log(self._rate)

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        # Never zero, whose logarithm is infinite.
        least = np.finfo(self.dtype.as_numpy_dtype).tiny
        shape = tf.concat([[n], tf.shape(self._rate)], 0)
        sampled = tf.random_uniform(shape, least, 1.0, seed=seed, dtype=self.dtype)
        return -tf.log(sampled) / self._rate


class ExponentialWithSoftplusRate(Exponential):
    """An `Exponential` of softplus(rate)."""

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExponentialWithSoftplusRate",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[rate]) as name:
            rate = tf.softplus(rate, name="softplus_rate")
            super().__init__(rate, validate_args, allow_nan_stats, name)
        self._parameters = parameters
