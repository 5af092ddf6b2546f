"""Columns of ids: by hashes, words of lists and files, numbers, crossed and weighted ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.feature_column.base import (
    CategoricalColumn,
    FeatureColumn,
    IdWeightPair,
    check_key,
    check_string_or_int,
    to_sparse,
)
from flowgraph.ops.sparse.cross import sparse_cross_hashed
from flowgraph.platform import logging


class _KeyedColumn(CategoricalColumn):
    """Ids made of one feature's values."""

    key: str
    dtype: Any

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.key: tf.VarLenFeature(self.dtype)}

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids, int64."""
        given = to_sparse(transformation_cache.get(self.key, state_manager))
        values = self._numbers(given.values)
        return tf.SparseTensor(given.indices, values, given.dense_shape)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids, without weights."""
        return IdWeightPair(transformation_cache.get(self, state_manager), None)

    def _numbers(self, values: Any) -> Any:
        raise NotImplementedError

    def _check(self, values: Any) -> None:
        kind = values.dtype
        check_string_or_int(kind, prefix=f"column_name: {self.key} input_tensor")
        if self.dtype.is_integer != kind.is_integer:
            raise ValueError(
                "Column dtype and SparseTensors dtype must be compatible. key: "
                f"{self.key}, column dtype: {self.dtype}, tensor dtype: {kind}"
            )


@dataclass(frozen=True)
class HashedCategoricalColumn(_KeyedColumn):
    """Words or numbers, by their hashes."""

    key: str
    hash_bucket_size: int
    dtype: Any

    def _numbers(self, values: Any) -> Any:
        self._check(values)
        words = values if self.dtype == tf.string else tf.as_string(values)
        return tf.string_to_hash_bucket_fast(words, self.hash_bucket_size, name="lookup")

    @property
    def num_buckets(self) -> int:
        """The count of buckets."""
        return self.hash_bucket_size


@dataclass(frozen=True)
class VocabularyFileCategoricalColumn(_KeyedColumn):
    """Words or numbers, by their lines in a file."""

    key: str
    vocabulary_file: str
    vocabulary_size: int
    num_oov_buckets: int
    dtype: Any
    default_value: int

    def _numbers(self, values: Any) -> Any:
        self._check(values)
        whole = values.dtype.is_integer
        table = tf.contrib.lookup.index_table_from_file(
            vocabulary_file=self.vocabulary_file, num_oov_buckets=self.num_oov_buckets,
            vocab_size=self.vocabulary_size, default_value=self.default_value,
            key_dtype=tf.int64 if whole else self.dtype, name=f"{self.key}_lookup",
        )  # fmt: skip
        return table.lookup(tf.cast(values, tf.int64) if whole else values)

    @property
    def num_buckets(self) -> int:
        """The count of lines, and of buckets for other words."""
        return self.vocabulary_size + self.num_oov_buckets


@dataclass(frozen=True)
class VocabularyListCategoricalColumn(_KeyedColumn):
    """Words or numbers, by their places in a list."""

    key: str
    vocabulary_list: tuple[Any, ...]
    dtype: Any
    default_value: int
    num_oov_buckets: int

    def _numbers(self, values: Any) -> Any:
        self._check(values)
        whole = values.dtype.is_integer
        table = tf.contrib.lookup.index_table_from_tensor(
            tuple(self.vocabulary_list), default_value=self.default_value,
            num_oov_buckets=self.num_oov_buckets, dtype=tf.int64 if whole else self.dtype,
            name=f"{self.key}_lookup",
        )  # fmt: skip
        return table.lookup(tf.cast(values, tf.int64) if whole else values)

    @property
    def num_buckets(self) -> int:
        """The count of words, and of buckets for other words."""
        return len(self.vocabulary_list) + self.num_oov_buckets


@dataclass(frozen=True)
class IdentityCategoricalColumn(_KeyedColumn):
    """Numbers that are ids themselves."""

    key: str
    number_buckets: int
    default_value: int | None
    dtype = tf.int64

    def _numbers(self, values: Any) -> Any:
        if not values.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {values.dtype}")
        values = tf.cast(values, tf.int64, name="values")
        zero, end = tf.constant(0, tf.int64), tf.constant(self.num_buckets, tf.int64)
        if self.default_value is None:
            checks = (
                tf.assert_less(
                    values, end, data=(values, end), name="assert_less_than_num_buckets"
                ),
                tf.assert_greater_equal(
                    values, zero, data=(values,), name="assert_greater_or_equal_0"
                ),
            )
            with tf.control_dependencies(checks):
                return tf.identity(values)
        outside = tf.logical_or(values < zero, values >= end, name="out_of_range")
        default = tf.fill(tf.shape(values), tf.constant(self.default_value, tf.int64))
        return tf.where(outside, default, values)

    @property
    def num_buckets(self) -> int:
        """The count of numbers."""
        return self.number_buckets


@dataclass(frozen=True)
class WeightedCategoricalColumn(CategoricalColumn):
    """Ids of a column, with a feature of their weights."""

    categorical_column: CategoricalColumn
    weight_feature_key: str
    dtype: Any

    @property
    def name(self) -> str:
        """Those of column and weights."""
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """Those of column and weights."""
        config = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in config:
            raise ValueError(
                f"Parse config {config[self.weight_feature_key]} already exists for "
                f"{self.weight_feature_key}."
            )
        config[self.weight_feature_key] = tf.VarLenFeature(self.dtype)
        return config

    @property
    def num_buckets(self) -> int:
        """That of the column."""
        return self.categorical_column.num_buckets

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """(the ids, their weights)."""
        weights = transformation_cache.get(self.weight_feature_key, state_manager)
        if weights is None:
            raise ValueError(f"Missing weights {self.weight_feature_key}.")
        weights = tf.contrib.framework.convert_to_tensor_or_sparse_tensor(weights)
        if self.dtype != weights.dtype.base_dtype:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {weights.dtype}.")
        if not isinstance(weights, tf.SparseTensor):
            weights = to_sparse(weights, ignore_value=0.0 if self.dtype.is_floating else 0)
        if not weights.dtype.is_floating:
            weights = tf.cast(weights, tf.float32)
        return transformation_cache.get(self.categorical_column, state_manager), weights

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids with their weights."""
        return IdWeightPair(*transformation_cache.get(self, state_manager))


@dataclass(frozen=True)
class CrossedColumn(CategoricalColumn):
    """All combinations of the values of several features, by their hashes."""

    keys: tuple[Any, ...]
    hash_bucket_size: int
    hash_key: int | None

    @property
    def _leaves(self) -> list[Any]:
        leaves: list[Any] = []
        for key in self.keys:
            leaves += key._leaves if isinstance(key, CrossedColumn) else [key]
        return leaves

    @property
    def name(self) -> str:
        """Those of features and columns, in order."""
        return "_X_".join(sorted(getattr(key, "name", key) for key in self._leaves))

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """Those of features and columns."""
        config: dict[str, Any] = {}
        for key in self.keys:
            own = isinstance(key, FeatureColumn)
            config.update(key.parse_example_spec if own else {key: tf.VarLenFeature(tf.string)})
        return config

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids, int64; ValueError when a column has weights."""
        parts = []
        for key in self._leaves:
            if isinstance(key, str):
                parts.append(transformation_cache.get(key, state_manager))
                continue
            pair = key.get_sparse_tensors(transformation_cache, state_manager)
            if pair.weight_tensor is not None:
                raise ValueError(
                    "crossed_column does not support weight_tensor, but the given column "
                    f"populates weight_tensor. Given column: {key.name}"
                )
            parts.append(pair.id_tensor)
        return sparse_cross_hashed(parts, num_buckets=self.hash_bucket_size, hash_key=self.hash_key)

    @property
    def num_buckets(self) -> int:
        """The count of buckets."""
        return self.hash_bucket_size

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids, without weights."""
        return IdWeightPair(transformation_cache.get(self, state_manager), None)


# --- the functions that make them -----------------------------------------------------------------
def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = tf.string
) -> HashedCategoricalColumn:
    """Words or numbers by hashes (tf.feature_column.categorical_column_with_hash_bucket).

    Args:
      key: the feature's name.
      hash_bucket_size: how many buckets there are.
      dtype: string or an integer dtype.

    Raises:
      ValueError: the count is not positive, or the dtype another.
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(
            f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}"
        )
    check_key(key)
    kind = tf.as_dtype(dtype)
    check_string_or_int(kind, prefix=f"column_name: {key}")
    return HashedCategoricalColumn(key, hash_bucket_size, kind)


def _check_oov(num_oov_buckets: int | None, has_default: bool, key: str) -> None:
    if not num_oov_buckets:
        return
    if has_default:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


def categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: str, vocabulary_size: int | None = None, num_oov_buckets: int = 0,
    default_value: int | None = None, dtype: Any = tf.string,
) -> VocabularyFileCategoricalColumn:  # fmt: skip
    """Words of a file, by their lines (tf.feature_column.categorical_column_with_vocabulary_file).

    Args:
      key: the feature's name.
      vocabulary_file: the file, a word a line.
      vocabulary_size: how many of them count; all when None.
      num_oov_buckets: how many buckets there are for other words.
      default_value: the id of other words, instead; -1 when None.
      dtype: string or an integer dtype.

    Raises:
      ValueError: there is no file, a count is out of range, or both of the last are given.
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        if not tf.gfile.Exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        with tf.gfile.GFile(vocabulary_file) as file:
            vocabulary_size = sum(1 for _ in file)
        logging.info(
            "vocabulary_size = %d in %s is inferred from the number of elements in the "
            "vocabulary_file %s.",
            vocabulary_size, key, vocabulary_file,
        )  # fmt: skip
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    _check_oov(num_oov_buckets, default_value is not None, key)
    kind = tf.as_dtype(dtype)
    check_string_or_int(kind, prefix=f"column_name: {key}")
    check_key(key)
    default = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(
        key, vocabulary_file, vocabulary_size, num_oov_buckets or 0, kind, default
    )


def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1,
    num_oov_buckets: int = 0,
) -> VocabularyListCategoricalColumn:  # fmt: skip
    """Words or numbers of a list (tf.feature_column.categorical_column_with_vocabulary_list).

    Args:
      key: the feature's name.
      vocabulary_list: the words or numbers.
      dtype: string or an integer dtype; that of the list when None.
      default_value: the id of others.
      num_oov_buckets: how many buckets there are for others, instead.

    Raises:
      ValueError: the list is empty or has doubles, or an argument does not fit.
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    own = tf.as_dtype(np.array(vocabulary_list).dtype)
    _check_oov(num_oov_buckets, default_value != -1, key)
    check_string_or_int(own, prefix=f"column_name: {key} vocabulary")
    kind = own if dtype is None else tf.as_dtype(dtype)
    if kind.is_integer != own.is_integer:
        raise ValueError(
            f"dtype {kind} and vocabulary dtype {own} do not match, column_name: {key}"
        )
    check_string_or_int(kind, prefix=f"column_name: {key}")
    check_key(key)
    return VocabularyListCategoricalColumn(
        key, tuple(vocabulary_list), kind, default_value, num_oov_buckets
    )


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """Numbers that are ids themselves (tf.feature_column.categorical_column_with_identity).

    Args:
      key: the feature's name.
      num_buckets: the numbers are below it.
      default_value: the id of other numbers; they are errors when None.

    Raises:
      ValueError: a number is out of range.
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(
            f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}"
        )
    check_key(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)


def weighted_categorical_column(
    categorical_column: CategoricalColumn, weight_feature_key: str, dtype: Any = tf.float32
) -> WeightedCategoricalColumn:
    """Ids with weights (tf.feature_column.weighted_categorical_column).

    Args:
      categorical_column: the column of ids.
      weight_feature_key: the feature of their weights.
      dtype: its dtype.

    Raises:
      ValueError: the dtype holds no numbers.
    """
    kind = None if dtype is None else tf.as_dtype(dtype)
    if kind is None or not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype {kind} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, kind)


def crossed_column(keys: Any, hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """All combinations of several features' values (tf.feature_column.crossed_column).

    Args:
      keys: names of features, or columns of ids other than hashed ones.
      hash_bucket_size: how many buckets the combinations are hashed to.
      hash_key: the key of the hash.

    Raises:
      ValueError: there are less than two keys, one is something else, or no buckets.
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, (str, CategoricalColumn)):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column "
                f"except HashedCategoricalColumn. Given: {key}"
            )
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing "
                "before crossing will increase probability of collision. Instead, use the "
                f"feature name as a string. Given: {key}"
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)
