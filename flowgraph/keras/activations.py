"""`tf.keras.activations`: the functions behind layers' `activation` argument."""

from typing import Any

from flowgraph.keras.utils.generic import deserialize_keras_object
from flowgraph.layers import lookup
from flowgraph.layers.activations import (
    elu,
    exponential,
    hard_sigmoid,
    linear,
    relu,
    selu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    swish,
    tanh,
)  # fmt: skip

_ALL = lookup.ACTIVATIONS


def serialize(activation: Any) -> Any:
    """The name of an activation."""
    return getattr(activation, "__name__", activation)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The activation of a name."""
    return deserialize_keras_object(name, _ALL, custom_objects, "activation function")


def get(identifier: Any) -> Any:
    """The activation of a name; None is the linear one; a function stays.

    Raises:
      ValueError, TypeError: nobody knows it.
    """
    return lookup.activation(identifier)


__all__ = [
    "deserialize", "elu", "exponential", "get", "hard_sigmoid", "linear", "relu", "selu",
    "serialize", "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh",
]  # fmt: skip
