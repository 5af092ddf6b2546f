"""Columns of sequences: ids and numbers for each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flowgraph as tf
from flowgraph.feature_column import categorical
from flowgraph.feature_column.base import (
    CategoricalColumn,
    IdWeightPair,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
    sequence_length,
)
from flowgraph.feature_column.dense import checked_shape


@dataclass(frozen=True)
class SequenceCategoricalColumn(CategoricalColumn):
    """Ids of each step of a sequence."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """That of the column of ids."""
        return self.categorical_column.name

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the column of ids."""
        return self.categorical_column.parse_example_spec

    @property
    def num_buckets(self) -> int:
        """That of the column of ids."""
        return self.categorical_column.num_buckets

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids."""
        return self.categorical_column.transform_feature(transformation_cache, state_manager)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids [batch, steps, ids of a step], so that ids of a step are put together."""
        pair = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        shape = tf.shape(pair.id_tensor)
        target = [shape[0], shape[1], tf.reduce_prod(shape[2:])]
        ids, weights = tf.sparse_reshape(pair.id_tensor, target), pair.weight_tensor
        return IdWeightPair(ids, None if weights is None else tf.sparse_reshape(weights, target))


@dataclass(frozen=True)
class SequenceNumericColumn(SequenceDenseColumn):
    """Numbers of each step of a sequence."""

    key: str
    shape: tuple[int, ...]
    default_value: float
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.key: tf.VarLenFeature(self.dtype)}

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The numbers, normalised."""
        given = transformation_cache.get(self.key, state_manager)
        return given if self.normalizer_fn is None else self.normalizer_fn(given)

    @property
    def variable_shape(self) -> Any:
        """The shape of a step's numbers."""
        return tf.TensorShape(self.shape)

    _variable_shape = variable_shape

    def get_sequence_dense_tensor(
        self, transformation_cache: Any, state_manager: Any = None
    ) -> Any:
        """The numbers [batch, steps, ...], filled up with the default value."""
        given = transformation_cache.get(self, state_manager)
        dense = tf.sparse_tensor_to_dense(given, default_value=self.default_value)
        shape = tf.concat([tf.shape(dense)[:1], [-1], list(self.shape)], axis=0)
        elements = self.variable_shape.num_elements() if given.get_shape().ndims == 2 else 1
        lengths = sequence_length(given, num_elements=elements)
        return TensorSequenceLengthPair(tf.reshape(dense, shape), lengths)


def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> SequenceCategoricalColumn:
    """As `categorical_column_with_identity`, of sequences."""
    made = categorical.categorical_column_with_identity(key, num_buckets, default_value)
    return SequenceCategoricalColumn(made)


def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = tf.string
) -> SequenceCategoricalColumn:
    """As `categorical_column_with_hash_bucket`, of sequences."""
    made = categorical.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype)
    return SequenceCategoricalColumn(made)


def sequence_categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: str, vocabulary_size: int | None = None, num_oov_buckets: int = 0,
    default_value: int | None = None, dtype: Any = tf.string,
) -> SequenceCategoricalColumn:  # fmt: skip
    """As `categorical_column_with_vocabulary_file`, of sequences."""
    made = categorical.categorical_column_with_vocabulary_file(
        key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
    )
    return SequenceCategoricalColumn(made)


def sequence_categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1,
    num_oov_buckets: int = 0,
) -> SequenceCategoricalColumn:  # fmt: skip
    """As `categorical_column_with_vocabulary_list`, of sequences."""
    made = categorical.categorical_column_with_vocabulary_list(
        key, vocabulary_list, dtype, default_value, num_oov_buckets
    )
    return SequenceCategoricalColumn(made)


def sequence_numeric_column(
    key: str, shape: Any = (1,), default_value: float = 0.0, dtype: Any = tf.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> SequenceNumericColumn:  # fmt: skip
    """Numbers of each step of a sequence (tf.feature_column.sequence_numeric_column).

    Args:
      key: the feature's name.
      shape: the shape of a step's numbers.
      default_value: what shorter sequences are filled up with.
      dtype: the dtype in which they are parsed.
      normalizer_fn: a function of the sparse tensor that is applied first.

    Raises:
      TypeError: the function is not callable.
      ValueError: the dtype holds no numbers, or the shape is out of range.
    """
    sizes = checked_shape(shape, key)
    kind = tf.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {kind}, key: {key}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return SequenceNumericColumn(key, sizes, default_value, kind, normalizer_fn)
