"""`tf.keras.regularizers`: losses of variables and outputs."""

from typing import Any

from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object
from flowgraph.layers import lookup
from flowgraph.layers.regularizers import L1L2, Regularizer, l1, l1_l2, l2

# As later Keras writes them into files.
lookup.REGULARIZERS.setdefault("L1", l1)
lookup.REGULARIZERS.setdefault("L2", lambda l2: L1L2(l2=l2))


def serialize(regularizer: Any) -> Any:
    """The configuration of a regularizer."""
    return serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The regularizer of a configuration."""
    return deserialize_keras_object(config, lookup.REGULARIZERS, custom_objects, "regularizer")


def get(identifier: Any) -> Any:
    """The regularizer of a name, configuration or function; None stays None."""
    return lookup.regularizer(identifier)


__all__ = ["L1L2", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2", "serialize"]
