"""The categorical distribution."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.checks import (
    embed_check_categorical_event_shape,
    embed_check_integer_casting_closed,
    get_logits_and_probs,
)
from flowgraph.distributions.distribution import NOT_REPARAMETERIZED
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.scalar import ScalarDistribution

__all__ = ["Categorical"]


class Categorical(ScalarDistribution):
    """A class from 0 to n - 1 (tf.distributions.Categorical).

    Args:
        logits: [..., n], logarithms of the classes' weights; or else
        probs: [..., n], their probabilities.
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
        name: str = "Categorical",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name, values=[logits, probs]) as name:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=name
            )
            if validate_args:
                self._logits = embed_check_categorical_event_shape(self._logits)
            static = self._logits.shape.with_rank_at_least(1)
            classes = None if static.ndims is None else static.as_list()[-1]
            if classes is None:
                self._event_size = tf.shape(self._logits)[-1]
            else:
                self._event_size = tf.constant(classes, tf.int32, name="event_size")
        super().__init__(
            tf.as_dtype(dtype), NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs], name,
        )  # fmt: skip

    @property
    def event_size(self) -> Any:
        """The number of classes, an int32 scalar."""
        return self._event_size

    @property
    def logits(self) -> Any:
        """Logarithms of the classes' weights."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The classes' probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self.logits)[:-1]

    def _batch_shape(self) -> Any:
        return self.logits.shape[:-1] if self.logits.shape.ndims is not None else None

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        logits = self.logits
        if logits.shape.ndims != 2:
            logits = tf.reshape(logits, [-1, self.event_size])
        dtype = tf.int64 if self.dtype.size > 4 else tf.int32
        draws = tf.multinomial(logits, n, seed=seed, output_dtype=dtype)
        return tf.cast(tf.reshape(tf.transpose(draws), self._shape_of(n)), self.dtype)

    def _cdf(self, k: Any) -> Any:
        k, probs = self._broadcast(k, self.probs)
        flat = tf.reshape(probs, (-1, self._event_size))
        below = tf.sequence_mask(tf.reshape(k, [-1]), self._event_size)
        total = tf.reduce_sum(tf.where(below, flat, tf.zeros_like(flat)), axis=-1)
        return tf.reshape(total, tf.shape(k))

    def _log_prob(self, k: Any) -> Any:
        k, logits = self._broadcast(k, self.logits)
        return -tf.sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _broadcast(self, event: Any, params: Any) -> tuple[Any, Any]:
        """Events and the parameters of their distributions, in shapes that fit."""
        event = tf.convert_to_tensor(event, name="k")
        if self.validate_args:
            event = embed_check_integer_casting_closed(event, target_dtype=tf.int32)
        if event.dtype.is_floating:
            event = tf.cast(event, dtype=tf.int32)
        elif not event.dtype.is_integer:
            raise TypeError(
                f"`value` should have integer `dtype` or `self.dtype` ({self.dtype.base_dtype})"
            )
        batch = tf.TensorShape(None) if params.shape.ndims is None else params.shape[:-1]
        fits = batch.is_fully_defined() and event.shape.is_fully_defined() and batch == event.shape
        if not fits:
            params *= tf.ones_like(event[..., None], dtype=params.dtype)
            event *= tf.ones(tf.shape(params)[:-1], dtype=event.dtype)
            if params.shape.ndims is not None:
                event.set_shape(params.shape[:-1])
        return event, params

    def _entropy(self) -> Any:
        return -tf.reduce_sum(tf.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Any:
        mode = tf.cast(tf.argmax(self.logits, axis=-1), self.dtype)
        mode.set_shape(self.batch_shape)
        return mode


@RegisterKL(Categorical, Categorical)
def _kl_categorical_categorical(a: Any, b: Any, name: str | None = None) -> Any:
    with tf.name_scope(name, "kl_categorical_categorical", values=[a.logits, b.logits]):
        apart = tf.log_softmax(a.logits) - tf.log_softmax(b.logits)
        return tf.reduce_sum(tf.softmax(a.logits) * apart, axis=-1)
