"""`tf.layers`' batch normalisation, as a class and as a function."""

from __future__ import annotations

from typing import Any

from flowgraph.layers.base import Layer
from flowgraph.layers.base_normalization import BaseBatchNormalization
from flowgraph.layers.utils import layer_function


class BatchNormalization(BaseBatchNormalization, Layer):
    """Normalises each channel (tf.layers.BatchNormalization); see `BaseBatchNormalization`.

    Its variables are `gamma`, `beta`, `moving_mean` and `moving_variance`. What moves the averages
    is in the collection UPDATE_OPS, for a train op to depend on.
    """

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Computes the outputs; `training` is a bool, or a tensor."""
        return super().call(inputs, training=training)


batch_normalization = layer_function(
    BatchNormalization,
    "batch_normalization",
    """Normalises each channel (tf.layers.batch_normalization); see `BatchNormalization`.

    `training` is a bool, or a tensor. What moves the averages is in the collection UPDATE_OPS:

        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            train_op = optimizer.minimize(loss)
    """,
    order="inputs axis momentum epsilon center scale beta_initializer gamma_initializer "
    "moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer "
    "beta_constraint gamma_constraint training trainable name reuse renorm renorm_clipping "
    "renorm_momentum fused virtual_batch_size adjustment",
)

BatchNorm, batch_norm = BatchNormalization, batch_normalization
