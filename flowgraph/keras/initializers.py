"""`tf.keras.initializers`: the first values of variables."""

from typing import Any

from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object
from flowgraph.layers import lookup
from flowgraph.layers.lookup import RandomNormal, RandomUniform, TruncatedNormal
from flowgraph.variables.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    VarianceScaling,
    Zeros,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)  # fmt: skip

constant, ones, zeros, identity, orthogonal = Constant, Ones, Zeros, Identity, Orthogonal
normal = random_normal = RandomNormal
uniform = random_uniform = RandomUniform
truncated_normal = TruncatedNormal
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The initializer of a configuration."""
    return deserialize_keras_object(config, lookup.INITIALIZERS, custom_objects, "initializer")


def get(identifier: Any) -> Any:
    """The initializer of a name, configuration or function; None stays None.

    Raises:
      ValueError: nobody knows it.
    """
    if identifier is None or isinstance(identifier, (str, dict)) or callable(identifier):
        return lookup.initializer(identifier)
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")


__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "Identity", "Initializer", "Ones", "Orthogonal",
    "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "constant",
    "deserialize", "get", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity",
    "lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal", "random_normal",
    "random_uniform", "serialize", "truncated_normal", "uniform", "zeros",
]  # fmt: skip
