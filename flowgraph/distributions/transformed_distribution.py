"""A distribution of a function of another one's draws."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.identity_bijector import Identity
from flowgraph.distributions.util import maybe_get_static_value

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """What a bijector makes of a distribution (tf.contrib.distributions.TransformedDistribution).

    Args:
        distribution: the one that is drawn from.
        bijector: what its draws go through; nothing is done to them when it is not given.
        batch_shape: makes a batch of this shape of one distribution.
        event_shape: makes events of this shape of ones that are numbers, drawn independently.
        validate_args: whether parameters and values are checked.
        name: of the ops.

    Raises:
        ValueError: a shape is given, and the distribution has one already.
    """

    def __init__(
        self,
        distribution: Distribution,
        bijector: Any = None,
        batch_shape: Any = None,
        event_shape: Any = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or ("" if bijector is None else bijector.name) + distribution.name.rstrip("/")
        bijector = Identity(validate_args=validate_args) if bijector is None else bijector
        with tf.name_scope(name, values=[event_shape, batch_shape]) as name:
            self._new_batch = _override(batch_shape, distribution.batch_shape, "batch_shape")
            self._new_event = _override(event_shape, distribution.event_shape, "event_shape")
        # Draws of a batch come in event + sample + batch: the event has to go behind the batch.
        self._rotates = (
            self._new_event is not None
            and self._new_batch is None
            and distribution.batch_shape.ndims != 0
        )
        self._distribution, self._bijector = distribution, bijector
        super().__init__(
            distribution.dtype, distribution.reparameterization_type, validate_args,
            distribution.allow_nan_stats, parameters,
            distribution._graph_parents + bijector.graph_parents, name,
        )  # fmt: skip

    @property
    def distribution(self) -> Distribution:
        """The one that is drawn from."""
        return self._distribution

    @property
    def bijector(self) -> Any:
        """What its draws go through."""
        return self._bijector

    def _event_ndims_added(self) -> int:
        return 0 if self._new_event is None else self._new_event.shape.as_list()[0]

    def _event_shape_tensor(self) -> Any:
        of_base = self._new_event
        if of_base is None:
            of_base = self.distribution.event_shape_tensor()
        return self.bijector.forward_event_shape_tensor(of_base)

    def _event_shape(self) -> Any:
        if self._new_event is None:
            return self.bijector.forward_event_shape(self.distribution.event_shape)
        return self.bijector.forward_event_shape(_static_shape(self._new_event))

    def _batch_shape_tensor(self) -> Any:
        if self._new_batch is None:
            return self.distribution.batch_shape_tensor()
        return self._new_batch

    def _batch_shape(self) -> Any:
        if self._new_batch is None:
            return self.distribution.batch_shape
        return _static_shape(self._new_batch)

    def _call_sample_n(self, sample_shape: Any, seed: int | None, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, values=[sample_shape]):
            sample_shape = tf.convert_to_tensor(sample_shape, dtype=tf.int32, name="sample_shape")
            sample_shape = tf.reshape(sample_shape, [-1])
            n = tf.reduce_prod(sample_shape)
            x = self._base_sample(n, seed)
            shape = tf.concat([sample_shape, tf.shape(x)[1:]], 0)
            # The bijector sees the tensor that it gets back when its inverse is asked for.
            y = self.bijector.forward(tf.reshape(x, shape), **kwargs)
            return self._set_sample_static_shape(y, sample_shape)

    def _base_sample(self, n: Any, seed: int | None) -> Any:
        parts = [part for part in (self._new_batch, self._new_event) if part is not None]
        parts = [*parts, [n]] if self._rotates else [[n], *parts]
        x = self.distribution.sample(sample_shape=tf.concat(parts, 0), seed=seed)
        return self._rotated(x)

    def _rotated(self, x: Any, back: bool = False) -> Any:
        if not self._rotates:
            return x
        ndims = tf.rank(x)
        first = ndims - self._event_ndims_added() if back else self._event_ndims_added()
        return tf.transpose(x, tf.concat([tf.range(first, ndims), tf.range(0, first)], 0))

    def _ildj(self, y: Any) -> Any:
        return self.bijector.inverse_log_det_jacobian(y, event_ndims=self._event_ndims())

    def _event_ndims(self) -> Any:
        if self.event_shape.ndims is not None:
            return self.event_shape.ndims
        ndims = tf.size(self.event_shape_tensor())
        known = maybe_get_static_value(ndims)
        return ndims if known is None else int(known)

    def _log_prob(self, y: Any) -> Any:
        x, ildj = self.bijector.inverse(y), self._ildj(y)
        if self.bijector._is_injective:
            return self._log_prob_at(x, ildj)
        fibers = [self._log_prob_at(x_i, ildj_i) for x_i, ildj_i in zip(x, ildj)]
        return tf.reduce_logsumexp(tf.stack(fibers), axis=0)

    def _log_prob_at(self, x: Any, ildj: Any) -> Any:
        log_prob = self.distribution.log_prob(self._rotated(x, back=True))
        ndims = self._event_ndims_added()
        if ndims:
            axes = list(range(ndims)) if self._rotates else list(range(-ndims, 0))
            log_prob = tf.reduce_sum(log_prob, axes)
        return log_prob + tf.cast(ildj, log_prob.dtype)

    def _prob(self, y: Any) -> Any:
        return tf.exp(self._log_prob(y))

    def _of_numbers(self, what: str) -> None:
        """Whether a function of the inverse may be asked of the base distribution."""
        if self._new_event is not None:
            raise NotImplementedError(f"{what} is not implemented when overriding event_shape")
        if not self.bijector._is_injective:
            raise NotImplementedError(f"{what} is not implemented when bijector is not injective.")

    def _log_cdf(self, y: Any) -> Any:
        self._of_numbers("log_cdf")
        return self.distribution.log_cdf(self.bijector.inverse(y))

    def _cdf(self, y: Any) -> Any:
        self._of_numbers("cdf")
        return self.distribution.cdf(self.bijector.inverse(y))

    def _log_survival_function(self, y: Any) -> Any:
        self._of_numbers("log_survival_function")
        return self.distribution.log_survival_function(self.bijector.inverse(y))

    def _survival_function(self, y: Any) -> Any:
        self._of_numbers("survival_function")
        return self.distribution.survival_function(self.bijector.inverse(y))

    def _quantile(self, value: Any) -> Any:
        self._of_numbers("quantile")
        return self.bijector.forward(self.distribution.quantile(value))

    def _entropy(self) -> Any:
        if not self.bijector.is_constant_jacobian:
            raise NotImplementedError("entropy is not implemented")
        if not self.bijector._is_injective:
            raise NotImplementedError("entropy is not implemented when bijector is not injective.")
        entropy = self.distribution.entropy()
        if self._new_event is not None:
            entropy *= tf.cast(tf.reduce_prod(self._new_event), entropy.dtype)
        if self._new_batch is not None:
            entropy = tf.broadcast_to(entropy, self._new_batch)
        shape = tf.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        entropy -= tf.cast(self._ildj(tf.zeros(shape, dtype=self.dtype)), entropy.dtype)
        entropy.set_shape(self.batch_shape)
        return entropy


def _override(shape: Any, of_base: tf.TensorShape, name: str) -> Any:
    """A shape that is given, as an int32 vector; None where none is."""
    if shape is None:
        return None
    shape = tf.convert_to_tensor(shape, dtype=tf.int32, name=name)
    if shape.shape.ndims == 0 or (shape.shape.ndims == 1 and shape.shape.as_list() == [0]):
        return None
    if shape.shape.ndims != 1 or shape.shape.as_list()[0] is None:
        raise ValueError("shape override must be a vector")
    known = tf.constant_value(shape)
    if known is not None and any(n <= 0 for n in known):
        raise ValueError("shape override must have positive elements")
    if of_base.ndims != 0:
        raise ValueError("base distribution not scalar")
    return shape


def _static_shape(shape: Any) -> tf.TensorShape:
    known = tf.constant_value(shape)
    if known is None:
        return tf.TensorShape([None] * shape.shape.as_list()[0])
    return tf.TensorShape([int(n) for n in known])
