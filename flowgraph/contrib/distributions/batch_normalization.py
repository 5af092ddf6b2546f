"""Batch normalisation as a flow."""

from __future__ import annotations

from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.distributions.bijector import Bijector

__all__ = ["BatchNormalization"]


class BatchNormalization(Bijector):
    """The inverse normalises a batch, the forward way takes that back by the moving statistics.

    (tf.contrib.distributions.bijectors.BatchNormalization)

    Args:
        batchnorm_layer: a `tf.layers.BatchNormalization`; one whose gamma stays positive when it is
            not given.
        training: whether a batch is normalised by its own statistics.
        validate_args: has no use.
        name: of the ops.

    Raises:
        ValueError: it is no such layer, or one that renormalises or has virtual batches.
    """

    def __init__(
        self,
        batchnorm_layer: Any = None,
        training: bool = True,
        validate_args: bool = False,
        name: str = "batch_normalization",
    ) -> None:
        layer = batchnorm_layer or tf.layers.BatchNormalization(
            gamma_constraint=lambda x: tf.nn.relu(x) + 1e-6
        )
        if not isinstance(layer, tf.layers.BatchNormalization):
            raise ValueError("batchnorm_layer must be an instance of BatchNormalization layer.")
        if getattr(layer, "renorm", False):
            raise ValueError("BatchNorm Bijector does not support renormalization.")
        if getattr(layer, "virtual_batch_size", None):
            raise ValueError("BatchNorm Bijector does not support virtual batch sizes.")
        self.batchnorm, self._training = layer, training
        axis = layer.axis
        super().__init__(
            forward_min_event_ndims=1 if isinstance(axis, int) else len(axis),
            validate_args=validate_args,
            name=name,
        )

    def _built(self, x: Any) -> Any:
        if not self.batchnorm.built:
            self.batchnorm.build(x.shape)
            self.batchnorm.built = True
        return self.batchnorm

    def _axes(self, ndims: int) -> list[int]:
        """The dimensions that are normalised over."""
        axis = self.batchnorm.axis
        kept = {a % ndims for a in ([axis] if isinstance(axis, int) else axis)}
        return [i for i in range(ndims) if i not in kept]

    def _in_place(self, values: Any, x: Any) -> Any:
        """A vector of the layer in the shape that it has to a batch."""
        shape = np.array(x.shape.as_list())
        shape[self._axes(len(shape))] = 1
        return tf.reshape(values, shape)

    def _forward(self, x: Any) -> Any:
        layer = self._built(x)
        scale = tf.sqrt(layer.moving_variance + layer.epsilon)
        if layer.scale:
            scale /= layer.gamma
        shift = layer.moving_mean
        if layer.center:
            shift = shift - layer.beta * scale
        return x * self._in_place(scale, x) + self._in_place(shift, x)

    def _inverse(self, y: Any) -> Any:
        return self.batchnorm.apply(y, training=self._training)

    def _log_det(self, y: Any, of_batch: bool) -> Any:
        if not y.shape.is_fully_defined():
            raise ValueError("Input must have shape known at graph construction.")
        layer = self._built(y)
        variance = layer.moving_variance
        if of_batch:
            _, variance = tf.nn.moments(y, axes=self._axes(y.shape.ndims))
        total = -0.5 * tf.reduce_sum(tf.log(variance + layer.epsilon))
        return total + tf.reduce_sum(tf.log(layer.gamma)) if layer.scale else total

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return self._log_det(y, self._training)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -self._log_det(x, False)
