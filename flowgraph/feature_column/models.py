"""What is made of columns: the input of a network, linear models, specs for parsing."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    FeatureTransformationCache,
    ScopeVariables,
    SequenceDenseColumn,
    check_batch_sizes,
    normalized,
)
from flowgraph.variables.partition import PartitionedVariable


def _collections(given: Any) -> list[str]:
    collections = list(given or [])
    for key in (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.MODEL_VARIABLES):
        if key not in collections:
            collections.append(key)
    return collections


def _variables_here() -> list[Any]:
    scope = tf.get_variable_scope().name
    return tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=f"{scope}/" if scope else None)


def _dense(
    features: Any, columns: list[Any], state: Any, cols_to_vars: Any, cols_to_output_tensors: Any
) -> Any:
    cache, outputs = FeatureTransformationCache(features), []
    for column in columns:
        with tf.variable_scope(None, default_name=column._var_scope_name):
            tensor = column.get_dense_tensor(cache, state)
            shape = (tf.shape(tensor)[0], column.variable_shape.num_elements())
            outputs.append(tf.reshape(tensor, shape))
            if cols_to_vars is not None:
                cols_to_vars[column] = _variables_here()
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[column] = outputs[-1]
    check_batch_sizes(outputs, columns)
    return tf.concat(outputs, 1)


def input_layer(
    features: Any, feature_columns: Any, weight_collections: Any = None, trainable: bool = True,
    cols_to_vars: Any = None, cols_to_output_tensors: Any = None,
) -> Any:  # fmt: skip
    """The columns of features side by side (tf.feature_column.input_layer).

    Args:
      features: {name: tensor or sparse tensor}.
      feature_columns: columns of numbers; ids go in by an embedding or an indicator.
      weight_collections: the collections of their variables.
      trainable: whether these are trained.
      cols_to_vars: a dict that gets each column's variables.
      cols_to_output_tensors: a dict that gets each column's part.

    Returns:
      float32 [batch, columns' sizes together], in the order of the columns' names.

    Raises:
      ValueError: a column gives no numbers, two have one name, or a feature is missing.
    """
    columns = _checked_dense(feature_columns)
    state = ScopeVariables(_collections(weight_collections), trainable)
    with tf.variable_scope(None, default_name="input_layer", values=list(features.values())):
        return _dense(features, columns, state, cols_to_vars, cols_to_output_tensors)


def _checked_dense(feature_columns: Any) -> list[Any]:
    columns = normalized(feature_columns)
    for column in columns:
        if not isinstance(column, DenseColumn):
            raise ValueError(
                "Items of feature_columns must be a _DenseColumn. You can wrap a categorical "
                f"column with an embedding_column or indicator_column. Given: {column}"
            )
    return columns


class InputLayer:
    """An `input_layer` whose variables are shared by all calls.

    Args:
      feature_columns, weight_collections, trainable, cols_to_vars: as in `input_layer`.
      name: the variables' scope.
      create_scope_now: whether that is made unique now, or at the first call.
    """

    def __init__(
        self, feature_columns: Any, weight_collections: Any = None, trainable: bool = True,
        cols_to_vars: Any = None, name: str = "feature_column_input_layer",
        create_scope_now: bool = True,
    ) -> None:  # fmt: skip
        self._columns = _checked_dense(feature_columns)
        self._state = ScopeVariables(_collections(weight_collections), trainable)
        self._name = name
        self._template = tf.make_template(name, self._call, create_scope_now_=create_scope_now)

    def _call(self, features: Any) -> Any:
        return _dense(features, self._columns, self._state, None, None)

    def __call__(self, features: Any) -> Any:
        """The columns of features side by side."""
        return self._template(features)

    @property
    def name(self) -> str:
        """The variables' scope."""
        return self._name

    @property
    def variables(self) -> list[Any]:
        """Its variables."""
        return self._template.variables

    weights = variables

    @property
    def trainable_variables(self) -> list[Any]:
        """Those that are trained."""
        return self._template.trainable_variables

    trainable_weights = trainable_variables


# --- linear models --------------------------------------------------------------------------------
def weighted_sum(column: Any, cache: Any, state: Any, combiner: str, weights: Any) -> Any:
    """A column's part of a linear model, [batch, units]."""
    if not isinstance(column, CategoricalColumn):
        tensor = column.get_dense_tensor(cache, state)
        shape = (tf.shape(tensor)[0], column.variable_shape.num_elements())
        return tf.matmul(tf.reshape(tensor, shape), weights, name="weighted_sum")
    pair = column.get_sparse_tensors(cache, state)
    ids = tf.sparse_reshape(pair.id_tensor, [tf.shape(pair.id_tensor)[0], -1])
    given = pair.weight_tensor
    if given is not None:
        given = tf.sparse_reshape(given, [tf.shape(given)[0], -1])
    return tf.nn.safe_embedding_lookup_sparse(
        weights, ids, sparse_weights=given, combiner=combiner, name="weighted_sum"
    )


def linear_rows(column: Any) -> int:
    """How many rows a column's weights have in a linear model."""
    if isinstance(column, CategoricalColumn):
        return column.num_buckets
    return column.variable_shape.num_elements()


def checked_linear(feature_columns: Any) -> list[Any]:
    """The columns in order; ValueError when one does not go into a linear model."""
    columns = normalized(feature_columns)
    for column in columns:
        if not isinstance(column, (DenseColumn, CategoricalColumn)):
            raise ValueError(
                "Items of feature_columns must be either a _DenseColumn or _CategoricalColumn. "
                f"Given: {column}"
            )
    return columns


def linear_model(
    features: Any, feature_columns: Any, units: int = 1, sparse_combiner: str = "sum",
    weight_collections: Any = None, trainable: bool = True, cols_to_vars: Any = None,
) -> Any:  # fmt: skip
    """A linear model of columns (tf.feature_column.linear_model).

    Args:
      features: {name: tensor or sparse tensor}.
      feature_columns: columns of numbers or ids.
      units: how many outputs there are.
      sparse_combiner: how the weights of an example's ids are put together.
      weight_collections: the collections of the variables.
      trainable: whether these are trained.
      cols_to_vars: a dict that gets each column's variables, and "bias".

    Returns:
      float32 [batch, units].

    Raises:
      ValueError: a column is of another kind, or a feature is missing.
    """
    columns = checked_linear(feature_columns)
    collections = _collections(weight_collections)
    state = ScopeVariables(collections, trainable)
    cache, parts = FeatureTransformationCache(features), []
    made = {"initializer": tf.zeros_initializer(), "trainable": trainable}
    with tf.variable_scope(None, "linear_model"):
        for column in columns:
            with tf.variable_scope(None, default_name=column._var_scope_name):
                shape = (linear_rows(column), units)
                weights = tf.get_variable(
                    "weights", shape, tf.float32, collections=collections, **made
                )
                parts.append(weighted_sum(column, cache, state, sparse_combiner, weights))
                if cols_to_vars is not None:
                    cols_to_vars[column] = _variables_here()
        check_batch_sizes(parts, columns)
        total = tf.add_n(parts, name="weighted_sum_no_bias")
        bias = tf.get_variable("bias_weights", [units], tf.float32, collections=collections, **made)
        if cols_to_vars is not None:
            cols_to_vars["bias"] = list(bias) if isinstance(bias, PartitionedVariable) else [bias]
        return tf.nn.bias_add(total, bias, name="weighted_sum")


# --- other ----------------------------------------------------------------------------------------
def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """How the features of columns are parsed (tf.feature_column.make_parse_example_spec).

    Raises:
      ValueError: something is no column, or two differ in a feature.
    """
    result: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"All feature_columns must be _FeatureColumn instances. Given: {column}"
            )
        for key, value in column.parse_example_spec.items():
            if key in result and value != result[key]:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {value} "
                    f"and {result[key]}"
                )
            result[key] = value
    return result


def transform_features(features: Any, feature_columns: Any) -> dict[Any, Any]:
    """{column: what it makes of the features}."""
    cache = FeatureTransformationCache(features)
    with tf.name_scope(None, "transform_features", list(features.values())):
        outputs = {}
        for column in normalized(feature_columns):
            with tf.name_scope(None, default_name=column.name):
                outputs[column] = cache.get(column)
        return outputs


def sequence_input_layer(
    features: Any, feature_columns: Any, weight_collections: Any = None, trainable: bool = True
) -> tuple[Any, Any]:
    """The columns of sequences side by side (tf.contrib.feature_column.sequence_input_layer).

    Args:
      features: {name: sparse tensor}.
      feature_columns: sequence columns.
      weight_collections: the collections of their variables.
      trainable: whether these are trained.

    Returns:
      (float32 [batch, steps, columns' sizes together], int64 [batch]: the counts of steps).

    Raises:
      ValueError: a column gives no sequences.
    """
    columns = normalized(feature_columns)
    for column in columns:
        if not isinstance(column, SequenceDenseColumn):
            raise ValueError(
                "All feature_columns must be of type _SequenceDenseColumn. You can wrap a "
                "sequence_categorical_column with an embedding_column or indicator_column. Given "
                f"(type {type(column)}): {column}"
            )
    state = ScopeVariables(_collections(weight_collections), trainable)
    cache, outputs, lengths = FeatureTransformationCache(features), [], []
    with tf.variable_scope(None, "sequence_input_layer", values=list(features.values())):
        for column in columns:
            with tf.variable_scope(None, default_name=column._var_scope_name):
                dense, length = column.get_sequence_dense_tensor(cache, state)
                shape = tf.shape(dense)
                size = column.variable_shape.num_elements()
                outputs.append(tf.reshape(dense, [shape[0], shape[1], size]))
                lengths.append(length)
        check_batch_sizes(lengths, columns)
        return tf.concat(outputs, -1), all_equal(lengths)


def all_equal(tensors: list[Any]) -> Any:
    """The first of tensors that must have equal values when they run."""
    with tf.name_scope(None, "assert_all_equal", tensors):
        if len(tensors) == 1:
            return tensors[0]
        with tf.control_dependencies([tf.assert_equal(tensors[0], t) for t in tensors[1:]]):
            return tf.identity(tensors[0])
