"""A batch of distributions taken as one of larger events."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.kullback_leibler import RegisterKL, kl_divergence

__all__ = ["Independent"]


class Independent(Distribution):
    """A batch whose last dimensions belong to the event (tf.contrib.distributions.Independent).

    Args:
        distribution: the batch, of a rank that is known.
        reinterpreted_batch_ndims: how many dimensions; all but the first when it is not given.
        validate_args: has no use.
        name: of the ops.

    Raises:
        ValueError: the batch has fewer dimensions, or its rank is not known.
    """

    def __init__(
        self,
        distribution: Distribution,
        reinterpreted_batch_ndims: int | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        there = distribution.batch_shape.ndims
        if there is None:
            raise ValueError("Independent: the rank of the distribution's batch must be known.")
        ndims = max(0, there - 1)
        if reinterpreted_batch_ndims is not None:
            known = tf.constant_value(tf.convert_to_tensor(reinterpreted_batch_ndims))
            ndims = int(known)  # type: ignore[call-overload]
        if ndims > there:
            raise ValueError(
                f"reinterpreted_batch_ndims({ndims}) cannot exceed "
                f"distribution.batch_ndims({there})"
            )
        self._distribution, self._ndims, self._kept = distribution, ndims, there - ndims
        super().__init__(
            distribution.dtype, distribution.reparameterization_type, validate_args,
            distribution.allow_nan_stats, parameters, distribution._graph_parents,
            name or "Independent" + distribution.name.rstrip("/"),
        )  # fmt: skip

    @property
    def distribution(self) -> Distribution:
        """The batch."""
        return self._distribution

    @property
    def reinterpreted_batch_ndims(self) -> int:
        """How many of its dimensions belong to the event."""
        return self._ndims

    def _batch_shape_tensor(self) -> Any:
        return self.distribution.batch_shape_tensor()[: self._kept]

    def _batch_shape(self) -> Any:
        return self.distribution.batch_shape[: self._kept]

    def _event_shape_tensor(self) -> Any:
        more = self.distribution.batch_shape_tensor()[self._kept :]
        return tf.concat([more, self.distribution.event_shape_tensor()], axis=0)

    def _event_shape(self) -> Any:
        more = self.distribution.batch_shape[self._kept :]
        return more.concatenate(self.distribution.event_shape)

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        return self.distribution.sample(sample_shape=n, seed=seed)

    def _summed(self, statistic: Any) -> Any:
        return tf.reduce_sum(statistic, axis=list(range(-self._ndims, 0)))

    def _log_prob(self, x: Any) -> Any:
        return self._summed(self.distribution.log_prob(x))

    def _entropy(self) -> Any:
        return self._summed(self.distribution.entropy())

    def _mean(self) -> Any:
        return self.distribution.mean()

    def _variance(self) -> Any:
        return self.distribution.variance()

    def _stddev(self) -> Any:
        return self.distribution.stddev()

    def _mode(self) -> Any:
        return self.distribution.mode()


@RegisterKL(Independent, Independent)
def _kl_independent(a: Any, b: Any, name: str | None = None) -> Any:
    if not a.event_shape.is_compatible_with(b.event_shape):
        raise ValueError("Event shapes do not match.")
    if a.reinterpreted_batch_ndims != b.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "KL between Independents with different event shapes not supported."
        )
    return a._summed(kl_divergence(a.distribution, b.distribution, name=name or "kl_independent"))
