"""What is made of columns: inputs of deep models, sums of linear ones, parsing (tf.contrib)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers.feature_column import (
    BucketizedColumn,
    EmbeddingColumn,
    FeatureColumn,
    RealValuedColumn,
    WeightedSparseColumn,
)
from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import name_scope
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import one_hot
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.math.add_n import add_n
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.nn.activation import bias_add
from flowgraph.ops.nn.embedding_sparse import safe_embedding_lookup_sparse
from flowgraph.ops.parsing.features import FixedLenFeature
from flowgraph.ops.parsing.parse_features import parse_example
from flowgraph.ops.sparse.dense import sparse_placeholder
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import AUTO_REUSE, variable_scope


def check_feature_columns(feature_columns: Any) -> None:
    """Checks that there are columns, each of a name of its own; ValueError otherwise."""
    seen = set()
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"Expected a feature column, got: {column!r}")
        if column.name in seen:
            raise ValueError(f"Duplicate feature column name found for column: {column}")
        seen.add(column.name)


def _sorted(feature_columns: Any) -> list[Any]:
    check_feature_columns(feature_columns)
    return sorted(feature_columns, key=lambda column: column.key)


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    """How the features of all columns are parsed: what `tf.parse_example` takes.

    tf.contrib.layers.create_feature_spec_for_parsing.
    """
    spec: dict[str, Any] = {}
    for column in feature_columns:
        spec.update(column.config)
    return spec


def parse_feature_columns_from_examples(
    serialized: Any, feature_columns: Any, name: str | None = None, example_names: Any = None
) -> dict[Any, Any]:
    """Parses examples; gives a dict from columns to what they make of them."""
    check_feature_columns(feature_columns)
    spec = create_feature_spec_for_parsing(feature_columns)
    features = parse_example(serialized, spec, name=name, example_names=example_names)
    return transform_features(features, feature_columns)


def transform_features(features: dict[Any, Any], feature_columns: Any) -> dict[Any, Any]:
    """A dict from columns to what they make of the features."""
    return {column: column.transform(features) for column in _sorted(feature_columns)}


def make_place_holder_tensors_for_base_features(feature_columns: Any) -> dict[str, Any]:
    """Placeholders for all features of the columns, by name."""
    made: dict[str, Any] = {}
    for name, spec in create_feature_spec_for_parsing(feature_columns).items():
        if isinstance(spec, FixedLenFeature):
            shape = [None, *spec.shape]
            made[name] = placeholder(spec.dtype, shape=shape, name=f"Placeholder_{name}")
        else:
            made[name] = sparse_placeholder(spec.dtype, name=f"SparsePlaceholder_{name}")
    return made


def infer_real_valued_columns(features: Any) -> list[RealValuedColumn]:
    """A column of numbers for each feature; the one of a tensor alone is called "".

    Raises:
      ValueError: a feature's rank or size is not known.
    """
    given = features if isinstance(features, dict) else {"": features}
    made = []
    for name in sorted(given):
        sizes = given[name].shape.with_rank(2).as_list()
        if sizes[1] is None:
            raise ValueError(f"Size of second dimension of feature {name!r} is not known.")
        made.append(RealValuedColumn(name, sizes[1], None, given[name].dtype, None))
    return made


# --- deep models ----------------------------------------------------------------------------------
def input_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """The columns one beside the other, float32 [batch, ...], in the order of their names.

    Args:
      columns_to_tensors: the features, by name.
      feature_columns: columns of numbers, of embeddings, or one-hot ones.
      weight_collections: the collections of embeddings.
      trainable: whether embeddings are trained.
      scope: the variable scope.

    Raises:
      ValueError: a column cannot be put into a deep model as it is.
    """
    with variable_scope(scope, "input_from_feature_columns", list(columns_to_tensors.values())):
        parts = []
        for column in _sorted(feature_columns):
            shared = getattr(column, "shared_name", None)
            reuse = AUTO_REUSE if shared else None
            with variable_scope(shared, column.name, reuse=reuse):
                parts.append(_dense(column, columns_to_tensors, weight_collections, trainable))
        return concat(parts, 1)


def _dense(column: Any, features: Any, collections: Any, trainable: bool) -> Any:
    if column._is_dense():
        return column.transform(features)
    if isinstance(column, BucketizedColumn):
        hot = one_hot(column.transform(features), column.length, on_value=1.0, off_value=0.0)
        return reshape(hot, [-1, column.size])
    if isinstance(column, EmbeddingColumn):
        ids = column.sparse_id_column
        own = (ids.size, column.dimension)
        weights = ids.weights(features) if isinstance(ids, WeightedSparseColumn) else None

        table = model_variable(
            "weights", shape=own, dtype=dtypes.float32, initializer=column.initializer,
            trainable=trainable and column.trainable, collections=collections,
        )  # fmt: skip
        return safe_embedding_lookup_sparse(
            [table], ids.ids(features), sparse_weights=weights, combiner=column.combiner,
            max_norm=column.max_norm,
        )  # fmt: skip
    raise ValueError(
        f"Error creating input layer for column: {column.name}. Sparse columns must be wrapped "
        "with embedding_column or one_hot_column."
    )


# --- linear models --------------------------------------------------------------------------------
def weighted_sum_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Any,
    num_outputs: int,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Any, dict[Any, list[Any]], Any]:
    """A linear model of the columns: (outputs [batch, num_outputs], variables of each, bias).

    Args:
      columns_to_tensors: the features, by name.
      feature_columns: columns of numbers, of ids, of buckets or crossed ones.
      num_outputs: how many outputs there are.
      weight_collections: the collections of the weights.
      trainable: whether they are trained.
      scope: the variable scope.
    """
    collections = [*(weight_collections or ()), GraphKeys.GLOBAL_VARIABLES]
    with variable_scope(
        scope, "weighted_sum_from_feature_columns", list(columns_to_tensors.values())
    ):
        outputs, variables = [], {}
        for column in _sorted(feature_columns):
            with variable_scope(None, column.name), name_scope(None):
                value, weights = _linear(
                    column, columns_to_tensors, num_outputs, collections, trainable
                )
            outputs.append(value)
            variables[column] = [weights]
        total = add_n(outputs)
        bias = model_variable(
            "bias_weight", shape=[num_outputs], initializer=zeros_initializer(),
            trainable=trainable, collections=collections,
        )  # fmt: skip
        return bias_add(total, bias), variables, bias


def _linear(
    column: Any, features: Any, num_outputs: int, collections: Any, trainable: bool
) -> tuple[Any, Any]:
    """(the column's part of the outputs, its weights)."""
    dense = column.transform(features) if column._is_dense() else None
    rows = column.size if dense is None else dense.shape.as_list()[1]
    weights = model_variable(
        "weights", shape=[rows, num_outputs], initializer=zeros_initializer(),
        trainable=trainable, collections=collections,
    )  # fmt: skip
    if dense is not None:
        return matmul(dense, weights), weights
    if isinstance(column, EmbeddingColumn):
        raise ValueError(f"Column {column.name}: an embedding is no column of a linear model.")
    given: SparseTensor | None = None
    if isinstance(column, WeightedSparseColumn):
        given = column.weights(features)
    combiner = getattr(column, "combiner", "sum")
    found = safe_embedding_lookup_sparse(
        [weights], column.ids(features), sparse_weights=given, combiner=combiner
    )
    return found, weights


__all__ = [
    "check_feature_columns",
    "create_feature_spec_for_parsing",
    "infer_real_valued_columns",
    "input_from_feature_columns",
    "make_place_holder_tensors_for_base_features",
    "parse_feature_columns_from_examples",
    "transform_features",
    "weighted_sum_from_feature_columns",
]
