"""Sizes of states and outputs: ints, `TensorShape`s or tensors, nested as a cell nests its state.

A batch in front of a size gives a shape. Also here: zeros of such shapes, and the two axes that
recurrent networks swap, batch and time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flowgraph as tf
from flowgraph.core.shapes import as_shape
from flowgraph.core.static import constant_value
from flowgraph.ops.control import nest

Shape = Any


def _as_vector(part: Any, what: str) -> Any:
    """A tensor of rank 0 or 1 as a vector."""
    if part.shape.rank == 0:
        return tf.expand_dims(part, 0)
    if part.shape.rank != 1:
        raise ValueError(f"{what} tensor must be either a scalar or vector, but saw tensor: {part}")
    return part


def _known(part: Any) -> Any:
    """A part of a shape, as far as it is known before any run."""
    if isinstance(part, tf.Tensor):
        value = constant_value(part)
        return tf.TensorShape(None) if value is None else tf.TensorShape(value.reshape(-1).tolist())
    return as_shape(part)


def static_shape(prefix: Any, suffix: Any) -> tf.TensorShape:
    """The shape made of two parts, as far as it is known.

    Args:
      prefix: the batch, or time and batch: an int, a `TensorShape`, a list, or a tensor.
      suffix: the size behind it, likewise.
    """
    batch, size = _known(prefix), _known(suffix)
    if batch.rank is None and isinstance(prefix, tf.Tensor) and prefix.shape.rank == 0:
        batch = tf.TensorShape([None])
    return batch.concatenate(size)


def dynamic_shape(prefix: Any, suffix: Any) -> Any:
    """The same shape as an int32 vector: a list where all of it is known, else a tensor.

    Raises:
      ValueError: a part is neither known nor a tensor.
    """
    whole = static_shape(prefix, suffix)
    if whole.is_fully_defined():
        return whole.as_list()
    parts = []
    for part, what in ((prefix, "prefix"), (suffix, "suffix")):
        if isinstance(part, tf.Tensor):
            parts.append(_as_vector(part, what))
            continue
        shape = as_shape(part)
        if not shape.is_fully_defined():
            raise ValueError(f"Provided a prefix or suffix of None: {prefix} and {suffix}")
        parts.append(tf.constant(shape.as_list(), dtype=tf.int32))
    return tf.concat(parts, 0)


def zeros(batch_size: Any, size: Any, dtype: Any) -> Any:
    """Zeros of shape [batch_size, *size]."""
    result = tf.zeros(dynamic_shape(batch_size, size), dtype=dtype)
    result.set_shape(static_shape(batch_size, size))
    return result


def flatten_sizes(sizes: Any) -> list[Any]:
    """The single sizes of a nested structure."""
    return nest.flatten(sizes)


def transpose_batch_time(x: Any) -> Any:
    """Swaps the first two axes of a tensor; one of a lower rank stays.

    Keeps what is known of the static shape (tf.contrib.rnn.transpose_batch_time).
    """
    x = tf.convert_to_tensor(x)
    shape = x.shape
    if shape.rank is not None and shape.rank < 2:
        return x
    if shape.rank is not None:
        return tf.transpose(x, [1, 0, *range(2, shape.rank)])
    result = tf.transpose(x, tf.concat([[1, 0], tf.range(2, tf.rank(x))], 0))
    return result


def batch_size_of(inputs: Sequence[Any]) -> Any:
    """The batch of time-major tensors: an int where one of them tells, else a scalar tensor.

    Raises:
      ValueError: a tensor has no batch axis (tf.contrib.rnn.best_effort_input_batch_size).
    """
    for tensor in inputs:
        shape = tensor.shape
        if shape.rank is None:
            continue
        if shape.rank < 2:
            raise ValueError(f"Expected input tensor {tensor} to have rank at least 2")
        if shape[1].value is not None:
            return shape[1].value
    return tf.shape(inputs[0])[1]


def state_dtype(dtype: Any, state: Any) -> Any:
    """The dtype of a network's outputs: what is told, or else that of all parts of its state.

    Raises:
      ValueError: there is nothing to tell it by, or the parts differ.
    """
    if dtype is not None:
        return tf.as_dtype(dtype)
    kinds = [tf.convert_to_tensor(part).dtype.base_dtype for part in nest.flatten(state)]
    if not kinds:
        raise ValueError("Unable to infer dtype from empty state.")
    if any(kind != kinds[0] for kind in kinds):
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single "
            f"representative dtype: {[kind.name for kind in kinds]}"
        )
    return kinds[0]
