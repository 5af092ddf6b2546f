"""Columns of ids as vectors: indicators, embeddings and shared embeddings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flowgraph as tf
from flowgraph.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    ScopeVariables,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
    sequence_length,
)
from flowgraph.feature_column.categorical import WeightedCategoricalColumn
from flowgraph.feature_column.sequence_columns import SequenceCategoricalColumn


def _check_kind(column: Any, kind: str, sequence: bool) -> None:
    """Raises ValueError when ids come in sequences and should not, or the other way round."""
    inner = column.categorical_column
    if isinstance(inner, SequenceCategoricalColumn) == sequence:
        return
    given = f"Given (type {type(inner)}): {inner}"
    if sequence:
        raise ValueError(
            f"In {kind}: {column.name}. categorical_column must be of type "
            "SequenceCategoricalColumn to use SequenceFeatures. Suggested fix: Use one of "
            f"sequence_categorical_column_with_*. {given}"
        )
    raise ValueError(
        f"In {kind}: {column.name}. categorical_column must not be of type "
        "SequenceCategoricalColumn. Suggested fix A: If you wish to use DenseFeatures, use a "
        "non-sequence categorical_column_with_*. Suggested fix B: If you wish to create sequence "
        f"input, use SequenceFeatures instead of DenseFeatures. {given}"
    )


class _VectorColumn(DenseColumn, SequenceDenseColumn):
    """What columns over a column of ids have in common."""

    categorical_column: CategoricalColumn
    _kind = "embedding_column"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the ids."""
        return self.categorical_column.parse_example_spec

    def _vectors(self, transformation_cache: Any, state_manager: Any) -> Any:
        raise NotImplementedError

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The vectors; ValueError when the ids come in sequences."""
        _check_kind(self, self._kind, sequence=False)
        return self._vectors(transformation_cache, state_manager)

    def get_sequence_dense_tensor(
        self, transformation_cache: Any, state_manager: Any = None
    ) -> Any:
        """The vectors of each step; ValueError when the ids do not come in sequences."""
        _check_kind(self, self._kind, sequence=True)
        vectors = self._vectors(transformation_cache, state_manager)
        pair = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        return TensorSequenceLengthPair(vectors, sequence_length(pair.id_tensor))


@dataclass(frozen=True)
class IndicatorColumn(_VectorColumn):
    """How often each id is there."""

    categorical_column: CategoricalColumn
    _kind = "indicator_column"

    @property
    def name(self) -> str:
        """After the column of ids."""
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> Any:
        """[1, the count of ids]."""
        return tf.TensorShape([1, self.categorical_column.num_buckets])

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """Counts, or sums of weights, float32 [batch, ids]."""
        pair = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        size = self.categorical_column.num_buckets
        if pair.weight_tensor is not None:
            merged = tf.sparse_merge(pair.id_tensor, pair.weight_tensor, size)
            # Ids of -1 stand for words that are not known, and are cut off.
            merged = tf.sparse_slice(merged, [0, 0], merged.dense_shape)
            return tf.scatter_nd(merged.indices, merged.values, merged.dense_shape)
        ids = tf.sparse_tensor_to_dense(pair.id_tensor, default_value=-1)
        return tf.reduce_sum(tf.one_hot(ids, size, on_value=1.0, off_value=0.0), axis=[-2])

    def _vectors(self, transformation_cache: Any, state_manager: Any) -> Any:
        return transformation_cache.get(self, state_manager)


def _looked_up(column: Any, weights: Any, transformation_cache: Any, state_manager: Any) -> Any:
    """The embeddings of a column's ids, from their table."""
    pair = column.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
    if column.ckpt_to_load_from is not None:
        tf.train.init_from_checkpoint(
            column.ckpt_to_load_from, {column.tensor_name_in_ckpt: weights}
        )
    return tf.nn.safe_embedding_lookup_sparse(
        weights, pair.id_tensor, sparse_weights=pair.weight_tensor, combiner=column.combiner,
        max_norm=column.max_norm, name=f"{column.name}_weights",
    )  # fmt: skip


@dataclass(frozen=True)
class EmbeddingColumn(_VectorColumn):
    """A trained vector for each id, put together by `combiner`."""

    categorical_column: CategoricalColumn
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: float | None
    trainable: bool

    @property
    def name(self) -> str:
        """After the column of ids."""
        return f"{self.categorical_column.name}_embedding"

    @property
    def variable_shape(self) -> Any:
        """[dimension]."""
        return tf.TensorShape([self.dimension])

    @property
    def variables(self) -> dict[str, dict[str, Any]]:
        """What its variables are made with, by name."""
        shape = (self.categorical_column.num_buckets, self.dimension)
        return {
            "embedding_weights": {
                "shape": shape, "initializer": self.initializer, "trainable": self.trainable
            }
        }  # fmt: skip

    def create_state(self, state_manager: Any) -> None:
        """Makes the table of vectors."""
        state_manager.create_variable(
            self, name="embedding_weights", dtype=tf.float32,
            **self.variables["embedding_weights"],
        )  # fmt: skip

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids."""
        return transformation_cache.get(self.categorical_column, state_manager)

    def _vectors(self, transformation_cache: Any, state_manager: Any) -> Any:
        state = state_manager or ScopeVariables()
        weights = state.get_variable(self, "embedding_weights")
        return _looked_up(self, weights, transformation_cache, state_manager)


@dataclass(frozen=True)
class SharedEmbeddingColumn(_VectorColumn):
    """As `EmbeddingColumn`, with a table that several columns of a graph share."""

    categorical_column: CategoricalColumn
    dimension: int
    combiner: str
    initializer: Any
    shared_embedding_collection_name: str
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: float | None
    trainable: bool

    @property
    def name(self) -> str:
        """After the column of ids."""
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def _is_v2_column(self) -> bool:
        return False

    @property
    def _var_scope_name(self) -> str:
        return self.shared_embedding_collection_name

    @property
    def variable_shape(self) -> Any:
        """[dimension]."""
        return tf.TensorShape([self.dimension])

    variables = EmbeddingColumn.variables

    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The ids."""
        return transformation_cache.get(self.categorical_column, state_manager)

    def _vectors(self, transformation_cache: Any, state_manager: Any) -> Any:
        with tf.name_scope(None, default_name=self.name):
            weights = self._table(state_manager or ScopeVariables())
            return _looked_up(self, weights, transformation_cache, state_manager)

    def _table(self, state: Any) -> Any:
        """The table that the first column of the graph made; ValueError when it does not fit."""
        key = self.shared_embedding_collection_name
        found = tf.get_collection(key)
        if len(found) > 1:
            raise ValueError(
                f"Collection {found} can only contain one variable. Suggested fix A: Choose a "
                "unique name for this collection. Suggested fix B: Do not add any variables to "
                "this collection. The feature_column library already adds a variable under the "
                "hood."
            )
        if not found:
            table = state.get_variable(self, "embedding_weights")
            tf.add_to_collection(key, table)
            return table
        shape = self.variables["embedding_weights"]["shape"]
        if tuple(found[0].get_shape().as_list()) != shape:
            raise ValueError(
                f"Shared embedding collection {key} contains variable {found[0].name} of shape "
                f"{found[0].get_shape()}. Expected shape is {shape}. Suggested fix A: Choose a "
                "unique name for this collection. Suggested fix B: Do not add any variables to "
                "this collection. The feature_column library already adds a variable under the "
                "hood."
            )
        return found[0]


# --- the functions that make them -----------------------------------------------------------------
def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """How often each id is there (tf.feature_column.indicator_column)."""
    return IndicatorColumn(categorical_column)


def _initializer(
    dimension: int | None, given: Any, source: Any, tensor_name: Any, complaint: str
) -> Callable[..., Any]:
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (source is None) != (tensor_name is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )
    if given is not None and not callable(given):
        raise ValueError(f"initializer must be callable if specified.{complaint}")
    return given or tf.truncated_normal_initializer(0.0, stddev=1 / math.sqrt(dimension))


def embedding_column(
    categorical_column: CategoricalColumn, dimension: int, combiner: str = "mean",
    initializer: Any = None, ckpt_to_load_from: Any = None, tensor_name_in_ckpt: Any = None,
    max_norm: float | None = None, trainable: bool = True,
) -> EmbeddingColumn:  # fmt: skip
    """A trained vector for each id (tf.feature_column.embedding_column).

    Args:
      categorical_column: the column of ids.
      dimension: the vectors' size.
      combiner: how those of an example are put together: "mean", "sqrtn" or "sum".
      initializer: of the table; a truncated normal one of 1 / sqrt(dimension) when None.
      ckpt_to_load_from: a checkpoint from which the table starts.
      tensor_name_in_ckpt: its name there.
      max_norm: longer vectors are shortened to it.
      trainable: whether the table is trained.

    Raises:
      ValueError: the size is not positive, or arguments do not fit.
    """
    name = getattr(categorical_column, "name", categorical_column)
    made = _initializer(
        dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt,
        f" Embedding of column_name: {name}",
    )  # fmt: skip
    return EmbeddingColumn(
        categorical_column, dimension, combiner, made, ckpt_to_load_from, tensor_name_in_ckpt,
        max_norm, trainable,
    )  # fmt: skip


def _unweighted(column: Any) -> Any:
    return column.categorical_column if isinstance(column, WeightedCategoricalColumn) else column


def shared_embedding_columns(
    categorical_columns: Any, dimension: int, combiner: str = "mean", initializer: Any = None,
    shared_embedding_collection_name: str | None = None, ckpt_to_load_from: Any = None,
    tensor_name_in_ckpt: Any = None, max_norm: float | None = None, trainable: bool = True,
) -> list[SharedEmbeddingColumn]:  # fmt: skip
    """Columns that share one table of vectors (tf.feature_column.shared_embedding_columns).

    Arguments are those of `embedding_column`, and:

    Args:
      categorical_columns: columns of ids of one kind, with the same count of ids.
      shared_embedding_collection_name: what the table is named after; their names when None.

    Raises:
      ValueError: columns are of different kinds, or arguments do not fit.
    """
    made = _initializer(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, "")
    ordered = sorted(categorical_columns, key=lambda column: column.name)
    if not isinstance(ordered[0], CategoricalColumn):
        raise ValueError(
            "All categorical_columns must be subclasses of _CategoricalColumn. Given: "
            f"{ordered[0]}, of type: {type(ordered[0])}"
        )
    first = _unweighted(ordered[0])
    for column in map(_unweighted, ordered[1:]):
        if not isinstance(column, type(first)):
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same "
                "type, or be weighted_categorical_column of the same type. Given column: "
                f"{first} of type: {type(first)} does not match given column: {column} of type: "
                f"{type(column)}"
            )
        if first.num_buckets != column.num_buckets:
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same "
                f"number of buckets. Given column: {first} with buckets: {first.num_buckets} "
                f"does  not match column: {column} with buckets: {column.num_buckets}"
            )
    name = shared_embedding_collection_name
    name = name or "_".join(column.name for column in ordered) + "_shared_embedding"
    return [
        SharedEmbeddingColumn(
            column, dimension, combiner, made, name, ckpt_to_load_from, tensor_name_in_ckpt,
            max_norm, trainable,
        )
        for column in categorical_columns
    ]  # fmt: skip
