"""Distributions of numbers: what follows from the parameters' shapes alone."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.distribution import Distribution


class ScalarDistribution(Distribution):
    """A batch of distributions of numbers, whose shape is what its parameters broadcast to.

    A subclass names them in `_SHAPED`.
    """

    _SHAPED: tuple[str, ...] = ()

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Any]:  # type: ignore[override]
        shape = tf.convert_to_tensor(sample_shape, dtype=tf.int32)
        return dict.fromkeys(cls._SHAPED, shape)

    def _shaping(self) -> list[Any]:
        return [getattr(self, name) for name in self._SHAPED]

    def _batch_shape_tensor(self) -> Any:
        return functools.reduce(tf.broadcast_dynamic_shape, map(tf.shape, self._shaping()))

    def _batch_shape(self) -> Any:
        shapes = [tensor.shape for tensor in self._shaping()]
        return functools.reduce(tf.broadcast_static_shape, shapes)

    def _event_shape_tensor(self) -> Any:
        return tf.constant([], dtype=tf.int32)

    def _event_shape(self) -> Any:
        return tf.TensorShape([])

    def _shape_of(self, n: Any) -> Any:
        """The shape of `n` draws from each distribution."""
        return tf.concat([[n], self.batch_shape_tensor()], 0)

    def _to_batch(self, x: Any) -> Any:
        """`x` broadcast to the shape of the batch."""
        return x * tf.ones(self.batch_shape_tensor(), dtype=x.dtype)

    def _nan(self) -> Any:
        """NaN for each member of the batch."""
        return tf.fill(self.batch_shape_tensor(), self._number(np.nan), name="nan")

    def _number(self, value: float) -> Any:
        return self.dtype.as_numpy_dtype(value)

    def _defined_where(self, statistic: Any, parameter: Any, above: float, said: str) -> Any:
        """A statistic that exists where a parameter is large enough: NaN elsewhere, or an error."""
        limit = tf.constant(above, dtype=self.dtype)
        if self.allow_nan_stats:
            return tf.where_v2(tf.greater(parameter, limit), statistic, self._nan())
        return tf.with_dependencies([tf.assert_less(limit, parameter, message=said)], statistic)


def checked_if(validate_args: bool, *checks: Any) -> Any:
    """A scope in which ops wait for checks, each a function that makes one."""
    return tf.control_dependencies([check() for check in checks] if validate_args else [])
