"""`tf.keras.wrappers`: Keras models for other libraries."""

from flowgraph.keras.wrappers import scikit_learn

__all__ = ["scikit_learn"]
