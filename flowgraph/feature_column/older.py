"""Columns by the names that they have inside of TensorFlow's modules, for code that reaches there.

`tensorflow.python.feature_column.feature_column` had classes and functions of its own, with an
underscore; those of `feature_column_v2` took their place. Here both are the same.
"""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    FeatureTransformationCache,
    SequenceDenseColumn,
    to_sparse,
)
from flowgraph.feature_column.categorical import (
    CrossedColumn,
    HashedCategoricalColumn,
    IdentityCategoricalColumn,
    VocabularyFileCategoricalColumn,
    VocabularyListCategoricalColumn,
    WeightedCategoricalColumn,
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
    crossed_column,
    weighted_categorical_column,
)
from flowgraph.feature_column.composed import (
    EmbeddingColumn,
    IndicatorColumn,
    SharedEmbeddingColumn,
    embedding_column,
    indicator_column,
)
from flowgraph.feature_column.dense import (
    BucketizedColumn,
    NumericColumn,
    bucketized_column,
    numeric_column,
)
from flowgraph.feature_column.models import InputLayer, linear_model, transform_features
from flowgraph.feature_column.sequence_columns import (
    SequenceCategoricalColumn,
    SequenceNumericColumn,
)

__all__ = ["InputLayer", "SequenceNumericColumn", "is_feature_column_v2"]

_FeatureColumn, _DenseColumn, _CategoricalColumn = FeatureColumn, DenseColumn, CategoricalColumn
_SequenceDenseColumn, _LazyBuilder = SequenceDenseColumn, FeatureTransformationCache
_transform_features, _to_sparse_input_and_drop_ignore_values = transform_features, to_sparse
_NumericColumn, _BucketizedColumn = NumericColumn, BucketizedColumn
_HashedCategoricalColumn, _CrossedColumn = HashedCategoricalColumn, CrossedColumn
_IdentityCategoricalColumn = IdentityCategoricalColumn
_VocabularyFileCategoricalColumn = VocabularyFileCategoricalColumn
_VocabularyListCategoricalColumn = VocabularyListCategoricalColumn
_WeightedCategoricalColumn, _IndicatorColumn = WeightedCategoricalColumn, IndicatorColumn
_EmbeddingColumn, _SharedEmbeddingColumn = EmbeddingColumn, SharedEmbeddingColumn
_SequenceCategoricalColumn = SequenceCategoricalColumn
_numeric_column, _bucketized_column = numeric_column, bucketized_column
_categorical_column_with_hash_bucket = categorical_column_with_hash_bucket
_categorical_column_with_identity = categorical_column_with_identity
_categorical_column_with_vocabulary_file = categorical_column_with_vocabulary_file
_categorical_column_with_vocabulary_list = categorical_column_with_vocabulary_list
_crossed_column, _weighted_categorical_column = crossed_column, weighted_categorical_column
_embedding_column, _indicator_column = embedding_column, indicator_column


def is_feature_column_v2(feature_columns: Any) -> bool:
    """Whether all columns are of the kind that layers take."""
    return all(isinstance(c, FeatureColumn) and c._is_v2_column for c in feature_columns)


class _LinearModel:
    """A `linear_model` as an object, whose variables are shared by all calls."""

    def __init__(
        self, feature_columns: Any, units: int = 1, sparse_combiner: str = "sum",
        weight_collections: Any = None, trainable: bool = True, name: str | None = None,
    ) -> None:  # fmt: skip
        self._cols_to_vars: dict[Any, Any] = {}
        made = self._cols_to_vars

        def call(features: Any) -> Any:
            made.clear()
            return linear_model(
                features, feature_columns, units, sparse_combiner, weight_collections, trainable,
                made,
            )  # fmt: skip

        self._template = tf.make_template(name or "linear_model", call)

    def __call__(self, features: Any) -> Any:
        return self._template(features)

    def cols_to_vars(self) -> dict[Any, Any]:
        """{column: its variables}, and "bias"."""
        return self._cols_to_vars

    @property
    def variables(self) -> list[Any]:
        """All variables."""
        return self._template.variables  # type: ignore[no-any-return]
