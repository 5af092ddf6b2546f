"""What all distributions have: shapes, samples, probabilities, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions import kullback_leibler

__all__ = [
    "FULLY_REPARAMETERIZED", "NOT_REPARAMETERIZED", "Distribution", "ReparameterizationType",
]  # fmt: skip


class ReparameterizationType:
    """Whether gradients go through a distribution's samples to its parameters."""

    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameterization Type: {self._rep_type}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")


class Distribution:
    """A batch of distributions of events (tf.distributions.Distribution).

    A sample's shape is sample_shape + batch_shape + event_shape. A subclass defines, of the public
    methods below, those with an underscore before the name.

    Args:
        dtype: of events.
        reparameterization_type: whether gradients go through samples.
        validate_args: whether parameters and values are checked when the graph runs.
        allow_nan_stats: whether an undefined statistic is NaN; if not, it is an error of the run.
        parameters: the arguments of the subclass, for `copy`.
        graph_parents: the tensors this is made of.
        name: of the ops' scope.

    Raises:
        ValueError: one of `graph_parents` is no tensor.
    """

    def __init__(
        self,
        dtype: Any,
        reparameterization_type: ReparameterizationType,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any] | None = None,
        graph_parents: list[Any] | None = None,
        name: str | None = None,
    ) -> None:
        for i, parent in enumerate(graph_parents or []):
            if not (isinstance(parent, tf.Tensor) or hasattr(parent, "_as_graph_element")):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        if not name or name[-1] != "/":
            with tf.name_scope(name or type(self).__name__) as name:
                pass
        self._dtype = dtype
        self._reparameterization_type = reparameterization_type
        self._allow_nan_stats = allow_nan_stats
        self._validate_args = validate_args
        self._parameters = dict(parameters or {})
        self._graph_parents = list(graph_parents or [])
        self._name = name

    # --- what it was made with --------------------------------------------------------------------
    @classmethod
    def param_shapes(cls, sample_shape: Any, name: str = "DistributionParamShapes") -> Any:
        """The shapes of the parameters for samples of a shape, by name, as tensors."""
        with tf.name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, tf.TensorShape]:
        """The shapes of the parameters for samples of a shape that is known, by name.

        Raises:
            ValueError: it is not known.
        """
        if isinstance(sample_shape, tf.TensorShape):
            if not sample_shape.is_fully_defined():
                raise ValueError("TensorShape sample_shape must be fully defined")
            sample_shape = sample_shape.as_list()
        shapes = {}
        for name, shape in cls.param_shapes(sample_shape).items():
            static = tf.constant_value(shape)
            if static is None:
                raise ValueError("sample_shape must be a fully-defined TensorShape or list/tuple")
            shapes[name] = tf.TensorShape([int(n) for n in static])
        return shapes

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Any]:
        raise NotImplementedError("_param_shapes not implemented")

    @property
    def name(self) -> str:
        """The name of the ops' scope, with a slash."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The dtype of events."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments that this was made with."""
        return {k: v for k, v in self._parameters.items() if not k.startswith("__") and k != "self"}

    @property
    def reparameterization_type(self) -> ReparameterizationType:
        """Whether gradients go through samples to the parameters."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self) -> bool:
        """Whether an undefined statistic is NaN, instead of an error."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether parameters and values are checked when the graph runs."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Any:
        """Another one with the same arguments, except for those given."""
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    # --- shapes -----------------------------------------------------------------------------------
    def _missing(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{what} is not implemented: {type(self).__name__}")

    def _batch_shape_tensor(self) -> Any:
        raise self._missing("batch_shape_tensor")

    def _batch_shape(self) -> Any:
        return tf.TensorShape(None)

    def _event_shape_tensor(self) -> Any:
        raise self._missing("event_shape_tensor")

    def _event_shape(self) -> Any:
        return tf.TensorShape(None)

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Any:
        """The shape of the batch as an int32 vector."""
        return self._shape_tensor(name, self.batch_shape, self._batch_shape_tensor, "batch_shape")

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Any:
        """The shape of an event as an int32 vector."""
        return self._shape_tensor(name, self.event_shape, self._event_shape_tensor, "event_shape")

    def _shape_tensor(
        self, name: str, static: tf.TensorShape, dynamic: Callable[[], Any], kind: str
    ) -> Any:
        with self._name_scope(name):
            if static.is_fully_defined():
                return tf.convert_to_tensor(static.as_list(), dtype=tf.int32, name=kind)
            return dynamic()

    @property
    def batch_shape(self) -> tf.TensorShape:
        """The shape of the batch, as far as it is known without a run."""
        return tf.as_shape(self._batch_shape())

    @property
    def event_shape(self) -> tf.TensorShape:
        """The shape of an event, as far as it is known without a run."""
        return tf.as_shape(self._event_shape())

    def is_scalar_event(self, name: str = "is_scalar_event") -> Any:
        """Whether an event is a scalar, as a bool tensor."""
        with self._name_scope(name):
            return _is_scalar(self.event_shape, self.event_shape_tensor, "is_scalar_event")

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Any:
        """Whether there is one distribution, as a bool tensor."""
        with self._name_scope(name):
            return _is_scalar(self.batch_shape, self.batch_shape_tensor, "is_scalar_batch")

    # --- samples ----------------------------------------------------------------------------------
    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        raise self._missing("sample_n")

    def sample(self, sample_shape: Any = (), seed: int | None = None, name: str = "sample") -> Any:
        """Draws from each distribution: a tensor of sample_shape + batch_shape + event_shape."""
        return self._call_sample_n(sample_shape, seed, name)

    def _call_sample_n(self, sample_shape: Any, seed: int | None, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, values=[sample_shape]):
            sample_shape = tf.convert_to_tensor(sample_shape, dtype=tf.int32, name="sample_shape")
            sample_shape, n = _as_vector(sample_shape)
            samples = self._sample_n(n, seed, **kwargs)
            samples = tf.reshape(samples, tf.concat([sample_shape, tf.shape(samples)[1:]], 0))
            return self._set_sample_static_shape(samples, sample_shape)

    def _set_sample_static_shape(self, x: Any, sample_shape: Any) -> Any:
        """Gives samples what is known of their shape."""
        known = tf.constant_value(sample_shape)
        sample = tf.TensorShape(None if known is None else [int(n) for n in known])
        if known is None and sample_shape.shape.is_fully_defined():
            sample = tf.TensorShape([None] * sample_shape.shape.as_list()[0])
        batch, event = self.batch_shape, self.event_shape
        parts = [sample, batch, event]
        ndims = x.shape.ndims
        unknown = [i for i, part in enumerate(parts) if part.ndims is None]
        if len(unknown) == 1 and ndims is not None:
            rest = ndims - sum(part.ndims for part in parts if part.ndims is not None)
            parts[unknown[0]] = tf.TensorShape([None] * rest)
            unknown = []
        if not unknown:
            x.set_shape(parts[0].concatenate(parts[1]).concatenate(parts[2]))
        elif ndims is not None:
            if sample.ndims is not None:
                x.set_shape(sample.concatenate([None] * (ndims - sample.ndims)))
            if event.ndims is not None:
                x.set_shape(tf.TensorShape([None] * (ndims - event.ndims)).concatenate(event))
        return x

    # --- probabilities ----------------------------------------------------------------------------
    def _of_value(
        self, name: str, value: Any, ways: tuple[tuple[str, Callable[[Any], Any]], ...],
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        """The first of several ways to a function of a value that this class has."""
        with self._name_scope(name, values=[value]):
            value = tf.convert_to_tensor(value, name="value", preferred_dtype=self.dtype)
            return _first(
                lambda m=method, t=then: t(getattr(self, m)(value, **(kwargs or {})))
                for method, then in ways
            )

    def _log_prob(self, value: Any) -> Any:
        raise self._missing("log_prob")

    def _prob(self, value: Any) -> Any:
        raise self._missing("prob")

    def _log_cdf(self, value: Any) -> Any:
        raise self._missing("log_cdf")

    def _cdf(self, value: Any) -> Any:
        raise self._missing("cdf")

    def _log_survival_function(self, value: Any) -> Any:
        raise self._missing("log_survival_function")

    def _survival_function(self, value: Any) -> Any:
        raise self._missing("survival_function")

    def _quantile(self, value: Any) -> Any:
        raise self._missing("quantile")

    def log_prob(self, value: Any, name: str = "log_prob") -> Any:
        """The logarithm of the density or the probability of a value."""
        return self._call_log_prob(value, name)

    def _call_log_prob(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(name, value, (("_log_prob", _same), ("_prob", tf.log)), kwargs)

    def prob(self, value: Any, name: str = "prob") -> Any:
        """The density or the probability of a value."""
        return self._call_prob(value, name)

    def _call_prob(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(name, value, (("_prob", _same), ("_log_prob", tf.exp)), kwargs)

    def log_cdf(self, value: Any, name: str = "log_cdf") -> Any:
        """The logarithm of the probability of no more than a value."""
        return self._call_log_cdf(value, name)

    def _call_log_cdf(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(name, value, (("_log_cdf", _same), ("_cdf", tf.log)), kwargs)

    def cdf(self, value: Any, name: str = "cdf") -> Any:
        """The probability of no more than a value."""
        return self._call_cdf(value, name)

    def _call_cdf(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(name, value, (("_cdf", _same), ("_log_cdf", tf.exp)), kwargs)

    def log_survival_function(self, value: Any, name: str = "log_survival_function") -> Any:
        """The logarithm of the probability of more than a value."""
        ways = (("_log_survival_function", _same), ("cdf", lambda cdf: tf.log1p(-cdf)))
        return self._of_value(name, value, ways)

    def survival_function(self, value: Any, name: str = "survival_function") -> Any:
        """The probability of more than a value."""
        ways = (("_survival_function", _same), ("cdf", lambda cdf: 1.0 - cdf))
        return self._of_value(name, value, ways)

    def quantile(self, value: Any, name: str = "quantile") -> Any:
        """The least number that a draw does not exceed with a given probability."""
        return self._of_value(name, value, (("_quantile", _same),))

    # --- statistics -------------------------------------------------------------------------------
    def _entropy(self) -> Any:
        raise self._missing("entropy")

    def _mean(self) -> Any:
        raise self._missing("mean")

    def _variance(self) -> Any:
        raise self._missing("variance")

    def _stddev(self) -> Any:
        raise self._missing("stddev")

    def _covariance(self) -> Any:
        raise self._missing("covariance")

    def _mode(self) -> Any:
        raise self._missing("mode")

    def _cross_entropy(self, other: Any) -> Any:
        return kullback_leibler.cross_entropy(self, other, allow_nan_stats=self.allow_nan_stats)

    def _kl_divergence(self, other: Any) -> Any:
        return kullback_leibler.kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)

    def entropy(self, name: str = "entropy") -> Any:
        """Shannon's entropy in nats."""
        with self._name_scope(name):
            return self._entropy()

    def mean(self, name: str = "mean") -> Any:
        """The mean."""
        with self._name_scope(name):
            return self._mean()

    def variance(self, name: str = "variance") -> Any:
        """The variance of each of an event's elements."""
        with self._name_scope(name):
            return _first((self._variance, lambda: tf.square(self._stddev())))

    def stddev(self, name: str = "stddev") -> Any:
        """The standard deviation of each of an event's elements."""
        with self._name_scope(name):
            return _first((self._stddev, lambda: tf.sqrt(self._variance())))

    def covariance(self, name: str = "covariance") -> Any:
        """The covariance of an event's elements: batch_shape + [k, k]."""
        with self._name_scope(name):
            return self._covariance()

    def mode(self, name: str = "mode") -> Any:
        """The likeliest event."""
        with self._name_scope(name):
            return self._mode()

    def cross_entropy(self, other: Any, name: str = "cross_entropy") -> Any:
        """The cross entropy of this and another distribution."""
        with self._name_scope(name):
            return self._cross_entropy(other)

    def kl_divergence(self, other: Any, name: str = "kl_divergence") -> Any:
        """KL(this || other)."""
        with self._name_scope(name):
            return self._kl_divergence(other)

    def __str__(self) -> str:
        shapes = [
            f", {kind}={shape}"
            for kind, shape in (
                ("batch_shape", self.batch_shape),
                ("event_shape", self.event_shape),
            )
            if shape.ndims is not None
        ]
        return (
            f'tfp.distributions.{type(self).__name__}("{self.name}"{"".join(shapes)}, '
            f"dtype={tf.as_dtype(self.dtype).name})"
        )

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}' "
            f"batch_shape={self.batch_shape} event_shape={self.event_shape} "
            f"dtype={tf.as_dtype(self.dtype).name}>"
        )

    @contextmanager
    def _name_scope(
        self, name: str | None = None, values: list[Any] | None = None
    ) -> Iterator[str]:
        with tf.name_scope(self.name):
            with tf.name_scope(name, values=(values or []) + self._graph_parents) as scope:
                yield scope


def _same(x: Any) -> Any:
    return x


def _first(ways: Any) -> Any:
    """The result of the first function that is implemented; the first one's error if none is."""
    missing: NotImplementedError | None = None
    for way in ways:
        try:
            return way()
        except NotImplementedError as error:
            missing = missing or error
    raise missing or NotImplementedError


def _is_scalar(static: tf.TensorShape, dynamic: Callable[[], Any], name: str) -> Any:
    if static.ndims is not None:
        return tf.convert_to_tensor(static.ndims == 0, name=name)
    shape = dynamic()
    length = shape.shape.as_list()[0] if shape.shape.ndims is not None else None
    if length is not None:
        return tf.convert_to_tensor(length == 0, name=name)
    return tf.equal(tf.shape(shape)[0], 0, name=name)


def _as_vector(shape: Any) -> tuple[Any, Any]:
    """A sample shape, given as a scalar or a vector, as a vector; and the number of samples."""
    static = tf.constant_value(shape)
    if static is not None:
        if static.ndim > 1:
            raise ValueError("Input is neither scalar nor vector.")
        vector = np.reshape(static, [-1]).astype(np.int32)
        number = np.prod(static, dtype=np.int32)
        return tf.convert_to_tensor(vector, name="sample_shape"), number
    if shape.shape.ndims not in (None, 0, 1):
        raise ValueError("Input is neither scalar nor vector.")
    return tf.reshape(shape, [-1]), tf.reduce_prod(shape)
