"""Columns of numbers: numeric and bucketized ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import flowgraph as tf
from flowgraph.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    IdWeightPair,
    check_key,
)
from flowgraph.ops.math.nearby import bucketize


@dataclass(frozen=True)
class NumericColumn(DenseColumn):
    """Numbers of a feature."""

    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of fixed length."""
        return {self.key: tf.FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The numbers as float32, normalised; ValueError where they are sparse."""
        given = transformation_cache.get(self.key, state_manager)
        if isinstance(given, tf.SparseTensor):
            raise ValueError(
                "The corresponding Tensor of numerical column must be a Tensor. SparseTensor is "
                f"not supported. key: {self.key}"
            )
        if self.normalizer_fn is not None:
            given = self.normalizer_fn(given)
        return tf.cast(given, tf.float32)

    @property
    def variable_shape(self) -> Any:
        """The feature's shape."""
        return tf.TensorShape(self.shape)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The numbers."""
        return transformation_cache.get(self, state_manager)


@dataclass(frozen=True)
class BucketizedColumn(DenseColumn, CategoricalColumn):
    """Into which of the buckets between boundaries numbers fall."""

    source_column: NumericColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        """After the numbers' column."""
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the numbers."""
        return self.source_column.parse_example_spec

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The buckets' numbers, int32."""
        source = transformation_cache.get(self.source_column, state_manager)
        return bucketize(source, list(self.boundaries))

    @property
    def variable_shape(self) -> Any:
        """That of the numbers, and the count of buckets."""
        return tf.TensorShape((*self.source_column.shape, len(self.boundaries) + 1))

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The buckets as one-hot vectors."""
        buckets = tf.cast(transformation_cache.get(self, state_manager), tf.int64)
        return tf.one_hot(buckets, len(self.boundaries) + 1, on_value=1.0, off_value=0.0)

    @property
    def num_buckets(self) -> int:
        """The count of buckets of all numbers of an example."""
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The buckets as ids, those of different numbers apart."""
        buckets = transformation_cache.get(self, state_manager)
        batch, size = tf.shape(buckets)[0], self.source_column.shape[0]
        rows = tf.reshape(tf.tile(tf.expand_dims(tf.range(0, batch), 1), [1, size]), [-1])
        columns = tf.tile(tf.range(0, size), [batch])
        ids = tf.reshape(buckets, [-1]) + (len(self.boundaries) + 1) * columns
        indices = tf.cast(tf.transpose(tf.stack([rows, columns])), tf.int64)
        shape = tf.cast(tf.stack([batch, size]), tf.int64)
        return IdWeightPair(tf.SparseTensor(indices, tf.cast(ids, tf.int64), shape), None)


def checked_shape(shape: Any, key: Any) -> tuple[int, ...]:
    """A shape as a tuple; TypeError when it is not one of integers, ValueError below 1."""
    if shape is None:
        raise AssertionError("shape is None")
    if not isinstance(shape, (list, tuple)) and not hasattr(shape, "__iter__"):
        shape = [shape]
    sizes = tuple(getattr(size, "value", size) for size in shape)
    for size in sizes:
        if not hasattr(size, "__index__"):
            raise TypeError(f"shape dimensions must be integer. shape: {sizes}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {sizes}, key: {key}")
    return tuple(int(size) for size in sizes)


def _whole(shape: tuple[int, ...], value: Any) -> Any:
    return tuple(_whole(shape[1:], value) for _ in range(shape[0])) if shape else value


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    nested = isinstance(value, (list, tuple))
    if not shape or not nested:
        return nested == bool(shape)
    return len(value) == shape[0] and all(_fits(part, shape[1:]) for part in value)


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value]
    return [leaf for part in value for leaf in _flat(part)]


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, (list, tuple)) else value


def default_value_of(shape: tuple[int, ...], value: Any, dtype: Any, key: str) -> Any:
    """A default value in tuples of this shape.

    ValueError when it has another shape, TypeError when the dtype does not hold it.
    """
    if value is None:
        return None
    if isinstance(value, int) or (isinstance(value, float) and dtype.is_floating):
        return _whole(shape, value)
    if callable(getattr(value, "tolist", None)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        if not _fits(value, shape):
            raise ValueError(
                "The shape of default_value must be equal to given shape. default_value: "
                f"{value}, shape: {shape}, key: {key}"
            )
        leaves = _flat(value)
        if all(isinstance(leaf, int) for leaf in leaves) or (
            dtype.is_floating and any(isinstance(leaf, float) for leaf in leaves)
        ):
            return _as_tuple(value)
    raise TypeError(
        f"default_value must be compatible with dtype. default_value: {value}, dtype: {dtype}, "
        f"key: {key}"
    )


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = tf.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """Numbers of a feature (tf.feature_column.numeric_column).

    Args:
      key: the feature's name.
      shape: the shape of an example's numbers.
      default_value: those of an example without the feature: one number, or of that shape.
      dtype: the dtype in which they are parsed.
      normalizer_fn: a function of the tensor that is applied first.

    Raises:
      TypeError: the function is not callable, or shape or default are of a wrong type.
      ValueError: the dtype holds no numbers, or shape or default do not fit.
    """
    sizes = checked_shape(shape, key)
    kind = tf.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {kind}, key: {key}")
    default = default_value_of(sizes, default_value, kind, key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    check_key(key)
    return NumericColumn(key, sizes, default, kind, normalizer_fn)


def bucketized_column(source_column: NumericColumn, boundaries: Any) -> BucketizedColumn:
    """Into which bucket numbers fall (tf.feature_column.bucketized_column).

    Args:
      source_column: a numeric column of rank 1.
      boundaries: rising numbers; n of them make n + 1 buckets.

    Raises:
      ValueError: the column is another, or the boundaries do not rise.
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(
            "source_column must be a column generated with numeric_column(). Given: "
            f"{source_column}"
        )
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if boundaries is None or (isinstance(boundaries, (list, tuple)) and not boundaries):
        raise ValueError("boundaries must not be empty.")
    if not isinstance(boundaries, (list, tuple)):
        raise ValueError("boundaries must be a sorted list.")
    if any(low >= high for low, high in pairwise(boundaries)):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))
