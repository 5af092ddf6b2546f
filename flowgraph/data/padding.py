"""The arguments of `padded_batch` as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.data import nest
from flowgraph.data.structure import TensorSpec


def padded_arguments(
    dataset: Any, padded_shapes: Any, padding_values: Any
) -> tuple[list[Tensor], list[Tensor], Any]:
    """(vectors of sizes, scalars to fill with, the spec of a padded element).

    Raises:
      TypeError: elements have sparse components, or a value has another dtype.
      ValueError: a shape does not fit.
    """
    spec = dataset.element_spec
    if any(type(leaf) is not TensorSpec for leaf in nest.flatten(spec)):
        raise TypeError(
            "Batching of padded sparse tensors is not currently supported; elements are of "
            f"classes {dataset.output_classes}"
        )
    shapes = [
        _sizes(told, leaf.shape)
        for told, leaf in zip(
            nest.flatten_up_to(spec, padded_shapes), nest.flatten(spec), strict=True
        )
    ]
    values = _values(dataset, padding_values)
    padded = [
        TensorSpec(_known(sizes), leaf.dtype)
        for sizes, leaf in zip(shapes, nest.flatten(spec), strict=True)
    ]
    return shapes, values, nest.pack_sequence_as(spec, padded)


def _known(sizes: Tensor) -> TensorShape:
    try:
        return constant_value_as_shape(sizes)
    except ValueError:  # sizes that the run will complain of
        return TensorShape([None] * (sizes.shape[0].value or 0))


def _sizes(told: Any, shape: TensorShape) -> Tensor:
    """A vector of sizes, -1 in which means the largest."""
    try:
        wanted = as_shape(told)
        sizes = [-1 if d is None else d for d in wanted.as_list()]
        vector = convert_to_tensor(np.array(sizes, np.int64), name="padded_shape")
    except (TypeError, ValueError):
        vector = convert_to_tensor(told, preferred_dtype=dtypes.int64)
        if vector.shape.rank not in (None, 1):
            raise ValueError(
                f"Padded shape {told} must be a 1-D tensor of tf.int64 values, but its shape was "
                f"{vector.shape}."
            ) from None
        if vector.dtype is not dtypes.int64:
            raise TypeError(
                f"Padded shape {told} must be a 1-D tensor of tf.int64 values, but its element "
                f"type was {vector.dtype.name}."
            ) from None
        wanted = _known(vector)
    _check_fits(wanted, shape, told)
    return vector


def _check_fits(wanted: TensorShape, shape: TensorShape, told: Any) -> None:
    if shape.rank is None or wanted.rank is None:
        return
    if wanted.rank != shape.rank:
        raise ValueError(
            f"The padded shape {wanted} is not compatible with the corresponding input component "
            f"shape {shape}."
        )
    for size, most in zip(shape.as_list(), wanted.as_list(), strict=True):
        if size is not None and most is not None and most < size:
            raise ValueError(
                f"The padded shape {wanted} is not compatible with the corresponding input "
                f"component shape {shape}."
            )


def _values(dataset: Any, padding_values: Any) -> list[Tensor]:
    types = nest.flatten(dataset.output_types)
    if padding_values is None:
        return [convert_to_tensor(_zero(t), name="padding_value") for t in types]
    told = nest.flatten_up_to(dataset.element_spec, padding_values)
    return [_value(v, t) for v, t in zip(told, types, strict=True)]


def _zero(dtype: Any) -> Any:
    if dtype.name == "string":
        return b""
    if dtype.name == "variant":
        raise TypeError("Unable to create padding for field of type 'variant'")
    return np.zeros((), dtype.np_dtype)


def _value(value: Any, dtype: Any) -> Tensor:
    if value is None:
        return convert_to_tensor(_zero(dtype), name="padding_value")
    tensor = convert_to_tensor(value, name="padding_value")
    if tensor.shape.rank not in (None, 0):
        raise ValueError(f"Padding value should be a scalar, but is not: {value}")
    if tensor.dtype is not dtype:
        raise TypeError(
            f"Padding value type ({tensor.dtype.name}) does not match output type ({dtype.name})"
        )
    return tensor
