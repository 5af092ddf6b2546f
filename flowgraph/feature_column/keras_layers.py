"""Layers of Keras that take a batch's features by name and give what columns make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flowgraph as tf
from flowgraph.feature_column.base import (
    DenseColumn,
    FeatureTransformationCache,
    SequenceDenseColumn,
    check_batch_sizes,
    normalized,
)
from flowgraph.keras.engine.base_layer import Layer


class _LayerVariables:
    """Makes columns' variables as weights of a layer, and hands them out."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._made: dict[tuple[str, str], Any] = {}

    def create_variable(
        self, column: Any, name: str, shape: Any, dtype: Any = None, trainable: bool = True,
        initializer: Any = None, **_: Any,
    ) -> Any:  # fmt: skip
        """The weight `name` of a column; ValueError where the column has one of that name."""
        key = (column.name, name)
        if key in self._made:
            raise ValueError(f"Variable {name} of column {column.name} already exists.")
        self._made[key] = self._layer.add_weight(
            f"{column.name}/{name}",
            shape=tuple(shape),
            dtype=dtype or tf.float32,
            initializer=initializer,
            trainable=trainable and self._layer.trainable,
        )
        return self._made[key]

    def get_variable(self, column: Any, name: str) -> Any:
        """The weight `name` of a column."""
        if (column.name, name) not in self._made:
            raise ValueError(f"Column {column.name} has no variable {name}: build the layer first.")
        return self._made[column.name, name]


class _ColumnsLayer(Layer):
    """A layer of columns of one kind.

    Args:
      feature_columns: the columns.
      trainable: whether their variables are trained.
      name: the layer's.
    """

    _kind: type = DenseColumn
    _kind_name = "DenseColumn"

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns = normalized(feature_columns)
        self._columns_variables = _LayerVariables(self)
        for column in self._feature_columns:
            if not isinstance(column, self._kind):
                raise ValueError(
                    f"Items of feature_columns must be a {self._kind_name}. You can wrap a "
                    "categorical column with an embedding_column or indicator_column. Given: "
                    f"{column}"
                )

    def build(self, input_shape: Any) -> None:
        """Makes the columns' variables."""
        for column in self._feature_columns:
            if hasattr(column, "create_state"):
                column.create_state(self._columns_variables)
        super().build(None)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The batch's shape, and the sizes of the columns together."""
        total = sum(c.variable_shape.num_elements() for c in self._feature_columns)
        return tf.TensorShape([*tf.TensorShape(input_shape).as_list()[: self._outer], total])

    _outer = 1  # how many dimensions stand before a column's own

    def _cache(self, features: Any) -> FeatureTransformationCache:
        if not isinstance(features, Mapping):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        return FeatureTransformationCache(features)

    def _flat(self, column: Any, tensor: Any) -> Any:
        outer = tf.shape(tensor)[: self._outer]
        size = column.variable_shape.num_elements()
        return tf.reshape(tensor, tf.concat([outer, [size]], 0))

    def _joined(self, tensors: list[Any]) -> Any:
        check_batch_sizes(tensors, self._feature_columns)
        joined = tf.concat(tensors, -1)
        total = sum(c.variable_shape.num_elements() for c in self._feature_columns)
        joined.set_shape([None] * self._outer + [total])
        return joined


class DenseFeatures(_ColumnsLayer):
    """The columns of features side by side (tf.keras.layers.DenseFeatures).

    Called on {feature's name: tensor or sparse tensor}, it gives float32 [batch, columns' sizes
    together], in the order of the columns' names.

    Args:
      feature_columns: columns of numbers; ids go in by an embedding or an indicator.
      trainable: whether their variables are trained.
      name: the layer's.

    Raises:
      ValueError: a column gives no numbers; or, when called, the features are no dictionary.
    """

    def call(self, features: Any, cols_to_output_tensors: Any = None) -> Any:
        """The columns side by side; a dict that is given gets each column's part."""
        cache, outputs = self._cache(features), []
        for column in self._feature_columns:
            with tf.name_scope(column.name):
                tensor = column.get_dense_tensor(cache, self._columns_variables)
                outputs.append(self._flat(column, tensor))
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[column] = outputs[-1]
        return self._joined(outputs)


class SequenceFeatures(_ColumnsLayer):
    """The columns of sequences side by side (tf.keras.experimental.SequenceFeatures).

    Called on {feature's name: sparse tensor}, it gives float32 [batch, steps, columns' sizes
    together] and each example's number of steps, int64 [batch].

    Args:
      feature_columns: columns of sequences of numbers.
      trainable: whether their variables are trained.
      name: the layer's.

    Raises:
      ValueError: a column is of another kind; or, when called, the features are no dictionary.
    """

    _kind = SequenceDenseColumn
    _kind_name = "SequenceDenseColumn"
    _outer = 2

    def call(self, features: Any) -> Any:
        """The columns side by side, and the numbers of steps."""
        cache, outputs, lengths = self._cache(features), [], []
        for column in self._feature_columns:
            with tf.name_scope(column.name):
                tensor, length = column.get_sequence_dense_tensor(cache, self._columns_variables)
                outputs.append(self._flat(column, tensor))
                lengths.append(length)
        check_batch_sizes(lengths, self._feature_columns)
        checks = [tf.assert_equal(lengths[0], other) for other in lengths[1:]]
        with tf.control_dependencies(checks):
            return self._joined(outputs), tf.identity(lengths[0])
