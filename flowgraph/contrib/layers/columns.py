"""The functions that make columns of features (tf.contrib.layers.real_valued_column and its kin).

See `feature_column` for what they are, and `feature_column_ops` for what is made of them.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

from flowgraph.contrib.layers.feature_column import (
    BucketizedColumn,
    CrossedColumn,
    EmbeddingColumn,
    OneHotColumn,
    RealValuedColumn,
    SparseColumn,
    SparseColumnHashed,
    SparseColumnIntegerized,
    SparseColumnKeys,
    SparseColumnVocabulary,
    WeightedSparseColumn,
)
from flowgraph.core import dtypes
from flowgraph.variables.initializers import truncated_normal_initializer


def real_valued_column(
    column_name: str,
    dimension: int = 1,
    default_value: Any = None,
    dtype: Any = dtypes.float32,
    normalizer: Callable[[Any], Any] | None = None,
) -> RealValuedColumn:
    """Numbers (tf.contrib.layers.real_valued_column).

    Args:
      column_name: the feature's name.
      dimension: how many numbers an example has.
      default_value: those of an example without the feature: one number, or a list.
      dtype: the dtype in which they are parsed.
      normalizer: a function of a tensor that is applied first.

    Raises:
      TypeError: an argument is of the wrong type.
      ValueError: the dimension is not positive, or default values do not fit.
    """
    if not isinstance(dimension, int):
        raise TypeError(
            f"dimension must be an integer. dimension: {dimension}, column_name: {column_name}"
        )
    if dimension < 1:
        raise ValueError(
            f"dimension must be greater than 0. dimension: {dimension}, column_name: {column_name}"
        )
    kind = dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(
            f"dtype must be convertible to float. dtype: {kind}, column_name: {column_name}"
        )
    if normalizer is not None and not callable(normalizer):
        raise TypeError(f"normalizer must be a callable. normalizer: {normalizer}")
    given = default_value
    if isinstance(given, numbers.Number):
        given = [given] * dimension
    if given is not None:
        given = tuple(given)
        if len(given) != dimension:
            raise ValueError(
                "The length of default_value must be equal to dimension. default_value: "
                f"{default_value}, dimension: {dimension}, column_name: {column_name}"
            )
    return RealValuedColumn(column_name, dimension, given, kind, normalizer)


def bucketized_column(source_column: RealValuedColumn, boundaries: Any) -> BucketizedColumn:
    """Into which bucket between rising boundaries each number falls.

    Raises:
      TypeError: the source is no column of numbers.
      ValueError: the boundaries are no list, or do not rise.
    """
    if not isinstance(source_column, RealValuedColumn):
        raise TypeError(
            "source_column must be an instance of _RealValuedColumn. source_column: "
            f"{source_column}"
        )
    if not isinstance(boundaries, (list, tuple)) or not boundaries:
        raise ValueError(
            f"boundaries must be a list and it should not be empty. boundaries: {boundaries}"
        )
    rising = tuple(dict.fromkeys(boundaries))
    if list(rising) != sorted(rising):
        raise ValueError(f"boundaries must be a sorted list. boundaries: {boundaries}")
    return BucketizedColumn(source_column, rising)


# --- ids ------------------------------------------------------------------------------------------
def _check_size(what: str, size: Any, column_name: str) -> None:
    if size is None or size < 1:
        raise ValueError(f"{what} must be at least 1. {what}: {size}, column: {column_name}")


def sparse_column_with_hash_bucket(
    column_name: str,
    hash_bucket_size: int,
    combiner: str = "sum",
    dtype: Any = dtypes.string,
    hash_keys: Any = None,
) -> SparseColumnHashed:
    """Words or integers, by their hashes; `hash_keys` is accepted as None.

    Raises:
      ValueError: there are no buckets, the dtype is neither, or there are hash keys.
    """
    _check_size("hash_bucket_size", hash_bucket_size, column_name)
    kind = dtypes.as_dtype(dtype)
    if kind != dtypes.string and not kind.is_integer:
        raise ValueError(f"dtype must be string or integer. dtype: {kind}, column: {column_name}")
    if hash_keys is not None:
        raise ValueError(f"hash_keys of column {column_name}: several hashes are not supported.")
    return SparseColumnHashed(column_name, hash_bucket_size, combiner, kind)


def sparse_column_with_integerized_feature(
    column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = dtypes.int64
) -> SparseColumnIntegerized:
    """Integers, modulo `bucket_size`.

    Raises:
      ValueError: the size is below 1, or the dtype is no integer's.
    """
    _check_size("bucket_size", bucket_size, column_name)
    kind = dtypes.as_dtype(dtype)
    if not kind.is_integer:
        raise ValueError(f"dtype must be an integer. dtype is {kind}, column {column_name}")
    return SparseColumnIntegerized(column_name, bucket_size, combiner, kind)


def sparse_column_with_keys(
    column_name: str, keys: Any, default_value: int = -1, combiner: str = "sum",
    dtype: Any = dtypes.string,
) -> SparseColumnKeys:  # fmt: skip
    """Words or integers of a list; `default_value` is the number of others."""
    keys = tuple(keys)
    kind = dtypes.as_dtype(dtype)
    return SparseColumnKeys(column_name, len(keys), combiner, kind, keys, default_value)


def sparse_column_with_vocabulary_file(
    column_name: str,
    vocabulary_file: str,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = dtypes.string,
) -> SparseColumnVocabulary:
    """Words of a file, one a line; others go to `num_oov_buckets` or to `default_value`.

    Raises:
      ValueError: there is no file or no size, or the dtype is neither string nor integer.
    """
    if not vocabulary_file:
        raise ValueError(f"vocabulary_file cannot be empty. column_name: {column_name}")
    if vocab_size is None:
        raise ValueError(f"vocab_size must be set. column_name: {column_name}")
    kind = dtypes.as_dtype(dtype)
    if kind != dtypes.string and not kind.is_integer:
        raise ValueError(f"dtype must be string or integer. dtype: {kind}, column: {column_name}")
    return SparseColumnVocabulary(
        column_name, vocab_size + num_oov_buckets, combiner, kind, vocabulary_file,
        num_oov_buckets, vocab_size, default_value,
    )  # fmt: skip


def crossed_column(
    columns: Any,
    hash_bucket_size: int,
    combiner: str = "sum",
    ckpt_to_load_from: Any = None,
    tensor_name_in_ckpt: Any = None,
    hash_key: Any = None,
) -> CrossedColumn:
    """All combinations of the values of several columns; the last three are accepted.

    Raises:
      ValueError: there are fewer than two columns, or no buckets.
      TypeError: a column can not be crossed.
    """
    del ckpt_to_load_from, tensor_name_in_ckpt, hash_key
    columns = tuple(columns)
    for column in columns:
        if not isinstance(column, SparseColumn | CrossedColumn | BucketizedColumn):
            raise TypeError(
                "columns must be a set of _SparseColumn, _CrossedColumn, or _BucketizedColumn. "
                f"column: {column}"
            )
    if len(columns) < 2:
        raise ValueError(f"columns must contain at least 2 elements. columns: {columns}")
    _check_size("hash_bucket_size", hash_bucket_size, str(columns))
    return CrossedColumn(columns, hash_bucket_size, combiner)


def weighted_sparse_column(
    sparse_id_column: SparseColumn, weight_column_name: str, dtype: Any = dtypes.float32
) -> WeightedSparseColumn:
    """Ids, with a feature of their weights."""
    kind = dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype is not convertible to float. Given {kind}")
    return WeightedSparseColumn(sparse_id_column, weight_column_name, kind)


# --- ids as vectors -------------------------------------------------------------------------------
def one_hot_column(sparse_id_column: Any) -> OneHotColumn:
    """How often each id is there."""
    return OneHotColumn(sparse_id_column)


def embedding_column(
    sparse_id_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """A trained vector for each id.

    Args:
      sparse_id_column: the ids.
      dimension: the length of a vector.
      combiner: "mean", "sqrtn" or "sum": how those of an example are put together.
      initializer: normal numbers of deviation 1 / sqrt(number of ids) when None.
      ckpt_to_load_from: accepted as None.
      tensor_name_in_ckpt: likewise.
      max_norm: the greatest norm of a vector.
      trainable: whether they are trained.

    Raises:
      ValueError: the dimension is below 1, the initializer cannot be called, or a checkpoint is
        given.
    """
    if dimension < 1:
        raise ValueError(f"Dimension must be greater than 0. Given {dimension}")
    if initializer is not None and not callable(initializer):
        raise ValueError(
            "initializer must be callable if specified. Embedding of column_name: "
            f"{sparse_id_column.name}"
        )
    if ckpt_to_load_from is not None or tensor_name_in_ckpt is not None:
        raise ValueError(
            "ckpt_to_load_from is not supported: restore with "
            "tf.train.init_from_checkpoint instead."
        )
    if initializer is None:
        deviation = 1 / math.sqrt(sparse_id_column.size)
        initializer = truncated_normal_initializer(mean=0.0, stddev=deviation)
    return EmbeddingColumn(sparse_id_column, dimension, combiner, initializer, max_norm, trainable)


def shared_embedding_columns(
    sparse_id_columns: Any,
    dimension: int,
    combiner: str = "mean",
    shared_embedding_name: str | None = None,
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[EmbeddingColumn]:
    """Columns of ids of one vocabulary, with the same vectors; see `embedding_column`."""
    columns = list(sparse_id_columns)
    if not columns:
        raise ValueError("The input must be a list of sparse columns.")
    if len({column.size for column in columns}) > 1:
        raise ValueError("The columns must have the same number of ids.")
    name = shared_embedding_name or "_".join(column.name for column in columns[:3])
    name = name if shared_embedding_name else f"{name}_shared_embedding"
    made = [
        embedding_column(
            column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt,
            max_norm, trainable,
        )
        for column in columns
    ]  # fmt: skip
    return [
        EmbeddingColumn(
            c.sparse_id_column, c.dimension, c.combiner, made[0].initializer, c.max_norm,
            c.trainable, name,
        )
        for c in made
    ]  # fmt: skip
