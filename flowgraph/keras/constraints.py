"""`tf.keras.constraints`: what variables are set to after an update."""

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object
from flowgraph.layers import lookup
from flowgraph.layers.constraints import (
    Constraint,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    UnitNorm,
    max_norm,
    min_max_norm,
    non_neg,
    unit_norm,
)  # fmt: skip


class RadialConstraint(Constraint):
    """Makes a kernel (rows, columns) the same at places of one distance from its middle."""

    def __call__(self, w: Any) -> Any:
        """The kernel whose rings hold the values at their top left corners."""
        rank = w.shape.ndims
        if rank is None or rank not in (2, 4):
            raise ValueError(f"The weight tensor must be of rank 4, but is of shape {w.shape}")
        rows, columns = w.shape.as_list()[:2]
        if rows != columns:
            raise ValueError(f"The weight tensor must be square, but is of shape {w.shape}")
        rings = [[min(i, j, rows - 1 - i, rows - 1 - j) for j in range(rows)] for i in range(rows)]
        corners = tf.stack([w[i, i] for i in range((rows + 1) // 2)])
        return tf.gather(corners, tf.constant(rings))


lookup.CONSTRAINTS.setdefault("RadialConstraint", RadialConstraint)
lookup.CONSTRAINTS.setdefault("radial_constraint", RadialConstraint)
radial_constraint = RadialConstraint


def serialize(constraint: Any) -> Any:
    """The configuration of a constraint."""
    return serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The constraint of a configuration."""
    return deserialize_keras_object(config, lookup.CONSTRAINTS, custom_objects, "constraint")


def get(identifier: Any) -> Any:
    """The constraint of a name, configuration or function; None stays None."""
    return lookup.constraint(identifier)


__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "RadialConstraint", "UnitNorm", "deserialize",
    "get", "max_norm", "min_max_norm", "non_neg", "radial_constraint", "serialize", "unit_norm",
]  # fmt: skip
