"""What a feature column is, and the cache of what columns make of the features.

A column tells how its features are parsed (`parse_example_spec`), what it makes of them
(`transform_feature`), and what of that goes into a model: numbers (`DenseColumn`), ids
(`CategoricalColumn`) or numbers for each step of a sequence (`SequenceDenseColumn`). Variables of
columns are made by a state: `ScopeVariables` makes them in the variable scope, a layer among its
own weights. The names with an underscore are those under which TensorFlow's first functions on
columns call the same methods.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.platform import logging


class FeatureColumn(abc.ABC):
    """Base class of columns."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What its variables and errors are named after."""

    @property
    @abc.abstractmethod
    def parse_example_spec(self) -> dict[str, Any]:
        """How its features are parsed, by name."""

    @abc.abstractmethod
    def transform_feature(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """What the column makes of the features, which the cache gives."""

    def create_state(self, state_manager: Any) -> None:  # noqa: B027 - most have none
        """Makes the column's variables, where it has some."""

    @property
    def _is_v2_column(self) -> bool:
        return True

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)

    def __gt__(self, other: Any) -> bool:
        return str(self) > str(other)

    @property
    def _var_scope_name(self) -> str:
        return self.name

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.parse_example_spec

    def _transform_feature(self, inputs: Any) -> Any:
        return self.transform_feature(inputs)


class DenseColumn(FeatureColumn):
    """A column that gives numbers, `variable_shape` of them for each example."""

    @property
    @abc.abstractmethod
    def variable_shape(self) -> Any:
        """The shape of what an example has, without the batch."""

    @abc.abstractmethod
    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The numbers, float32 [batch, ...]."""

    @property
    def _variable_shape(self) -> Any:
        return self.variable_shape

    def _get_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: bool | None = None
    ) -> Any:
        return self.get_dense_tensor(inputs, ScopeVariables(weight_collections, trainable))


class IdWeightPair(NamedTuple):
    """Ids as an int64 sparse tensor, and a sparse tensor of their weights or None."""

    id_tensor: Any
    weight_tensor: Any


class CategoricalColumn(FeatureColumn):
    """A column that gives ids below `num_buckets`, any number of them for each example."""

    IdWeightPair = IdWeightPair

    @property
    @abc.abstractmethod
    def num_buckets(self) -> int:
        """How many ids there are."""

    @abc.abstractmethod
    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any = None) -> Any:
        """The `IdWeightPair` of a batch."""

    @property
    def _num_buckets(self) -> int:
        return self.num_buckets

    def _get_sparse_tensors(
        self, inputs: Any, weight_collections: Any = None, trainable: bool | None = None
    ) -> Any:
        return self.get_sparse_tensors(inputs)


class TensorSequenceLengthPair(NamedTuple):
    """Numbers [batch, steps, ...], and how many steps each example has."""

    dense_tensor: Any
    sequence_length: Any


class SequenceDenseColumn(FeatureColumn):
    """A column that gives numbers for each step of a sequence."""

    TensorSequenceLengthPair = TensorSequenceLengthPair

    @abc.abstractmethod
    def get_sequence_dense_tensor(
        self, transformation_cache: Any, state_manager: Any = None
    ) -> Any:
        """The `TensorSequenceLengthPair` of a batch."""

    def _get_sequence_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: bool | None = None
    ) -> Any:
        state = ScopeVariables(weight_collections, trainable)
        return self.get_sequence_dense_tensor(inputs, state)


class ScopeVariables:
    """Makes columns' variables in the current variable scope.

    Args:
      weight_collections: their collections, besides that of all variables.
      trainable: whether they are trained.
    """

    def __init__(self, weight_collections: Any = None, trainable: bool | None = True) -> None:
        self._collections = list(weight_collections or [])
        if tf.GraphKeys.GLOBAL_VARIABLES not in self._collections:
            self._collections.append(tf.GraphKeys.GLOBAL_VARIABLES)
        self._trainable = trainable is None or trainable

    def get_variable(self, column: Any, name: str) -> Any:
        """The variable of this name, as `column.variables` describes it."""
        given = column.variables[name]
        return tf.get_variable(
            name, shape=given["shape"], dtype=tf.float32, initializer=given["initializer"],
            trainable=self._trainable and given["trainable"], collections=self._collections,
        )  # fmt: skip


class FeatureTransformationCache:
    """Features, and what columns have made of them: each column is computed once.

    Args:
      features: {name or column: tensor or sparse tensor}.
    """

    def __init__(self, features: Any) -> None:
        self._features = dict(features)
        self._feature_tensors: dict[Any, Any] = {}

    def get(self, key: Any, state_manager: Any = None) -> Any:
        """The feature of a name, or what a column makes of the features.

        Raises:
          ValueError: there is no such feature, it is a scalar, or the column makes nothing.
          TypeError: the key is neither a name nor a column.
        """
        if key in self._feature_tensors:
            return self._feature_tensors[key]
        if key in self._features:
            found = self._raw(key)
        elif isinstance(key, str):
            raise ValueError(f"Feature {key} is not in features dictionary.")
        elif not isinstance(key, FeatureColumn):
            raise TypeError(f'"key" must be either a "str" or "FeatureColumn". Provided: {key}')
        else:
            logging.debug("Transforming feature_column %s.", key)
            found = key.transform_feature(self, state_manager)
            if found is None:
                raise ValueError(f"Column {key.name} is not supported.")
        self._feature_tensors[key] = found
        return found

    def _raw(self, key: Any) -> Any:
        """A feature of rank 2 at least: [batch] becomes [batch, 1]."""
        tensor = tf.contrib.framework.convert_to_tensor_or_sparse_tensor(self._features[key])

        def expanded() -> Any:
            if isinstance(tensor, tf.SparseTensor):
                return tf.sparse_reshape(tensor, [tf.shape(tensor)[0], 1])
            return tf.expand_dims(tensor, -1)

        rank = tensor.get_shape().ndims
        if rank == 0:
            raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {tensor}")
        if rank is not None:
            return expanded() if rank == 1 else tensor
        message = f"Feature (key: {key}) cannot have rank 0. Given: {tensor}"
        check = tf.assert_positive(tf.rank(tensor), message=message)
        with tf.control_dependencies([check]):
            return tf.cond(tf.equal(1, tf.rank(tensor)), expanded, lambda: tensor)


def to_sparse(tensor: Any, ignore_value: Any = None) -> Any:
    """A tensor as a sparse one of its elements that are not "", -1 or `ignore_value`."""
    tensor = tf.contrib.framework.convert_to_tensor_or_sparse_tensor(tensor)
    if isinstance(tensor, tf.SparseTensor):
        return tensor
    with tf.name_scope(None, "to_sparse_input", [tensor]):
        if ignore_value is None:
            if tensor.dtype == tf.string:
                ignore_value = ""
            else:
                ignore_value = -1 if tensor.dtype.is_integer else 0.0
        ignored = tf.constant(ignore_value, tensor.dtype, name="ignore_value")
        indices = tf.where(tf.not_equal(tensor, ignored), name="indices")
        shape = tf.shape(tensor, out_type=tf.int64, name="dense_shape")
        return tf.SparseTensor(indices, tf.gather_nd(tensor, indices, name="values"), shape)


def normalized(feature_columns: Any) -> list[Any]:
    """Columns as a list in the order of their names.

    ValueError when there are none, some are no columns, or two have the same name.
    """
    if isinstance(feature_columns, FeatureColumn):
        feature_columns = [feature_columns]
    if isinstance(feature_columns, Iterator):
        feature_columns = list(feature_columns)
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"Items of feature_columns must be a FeatureColumn. Given (type {type(column)}): "
                f"{column}."
            )
    if not feature_columns:
        raise ValueError("feature_columns must not be empty.")
    by_name: dict[str, Any] = {}
    for column in feature_columns:
        if column.name in by_name:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and "
                f"{by_name[column.name]}. This usually means that these columns refer to same "
                "base feature. Either one must be discarded or a duplicated but renamed item must "
                "be inserted in features dict."
            )
        by_name[column.name] = column
    return [by_name[name] for name in sorted(by_name)]


def check_batch_sizes(tensors: list[Any], columns: list[Any]) -> None:
    """Raises ValueError when the static batch sizes of columns' tensors differ."""
    first: tuple[Any, int] | None = None
    for tensor, column in zip(tensors, columns, strict=True):
        size = tf.dimension_value(tensor.shape[0]) if tensor.shape.ndims else None
        if size is None:
            continue
        if first is None:
            first = column, size
        elif first[1] != size:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same. Batch size of columns "
                f"({first[0].name}, {column.name}): ({first[1]}, {size})"
            )


def sequence_length(ids: Any, num_elements: int = 1) -> Any:
    """How many steps each example of a sparse tensor [batch, steps, ...] has, int64 [batch]."""
    with tf.name_scope(None, "sequence_length") as scope:
        rows, steps = ids.indices[:, 0], ids.indices[:, 1]
        last = tf.segment_max(steps + 1, rows)
        counts = tf.cast(tf.ceil(last / num_elements), tf.int64)
        missing = tf.shape(ids)[:1] - tf.shape(counts)[:1]
        return tf.concat([counts, tf.zeros(missing, tf.int64)], 0, name=scope)


def check_key(key: Any) -> None:
    """Raises ValueError unless a feature's name is a string."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def check_string_or_int(dtype: Any, prefix: str) -> None:
    """Raises ValueError unless a dtype is string or integer."""
    if dtype != tf.string and not dtype.is_integer:
        raise ValueError(f"{prefix} dtype must be string or integer. dtype: {dtype}.")
