"""`tf.layers.experimental`: naming variables as keras does."""

from flowgraph.layers.base import keras_style_scope, set_keras_style

__all__ = ["keras_style_scope", "set_keras_style"]
