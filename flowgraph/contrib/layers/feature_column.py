"""Columns of features, in the way of tf.contrib.layers: real_valued_column and its kin.

A column tells how its features are parsed (`config`), what it makes of them (`transform`), and how
that goes into a deep model (`dense`) or a linear one (`linear_ids`). The functions that build
models of columns are in `feature_column_ops`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.ops.array.making import one_hot
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.array.shape import size
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.division import mod
from flowgraph.ops.math.nearby import bucketize
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.parsing.features import FixedLenFeature, VarLenFeature
from flowgraph.ops.sparse.dense import sparse_tensor_to_dense
from flowgraph.ops.sparse.merging import sparse_merge
from flowgraph.ops.strings.elementwise import string_to_hash_bucket_fast
from flowgraph.ops.strings.numbers import as_string
from flowgraph.variables.vocabularies import index_table_from_file, index_table_from_tensor


@dataclass(frozen=True, eq=False)
class FeatureColumn:
    """Base class of columns."""

    @property
    def name(self) -> str:
        """The name of its variables' scope."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """What columns are sorted by."""
        return f"_{type(self).__name__}(column_name={self.name!r})"

    @property
    def config(self) -> dict[str, Any]:
        """How its features are parsed."""
        raise NotImplementedError

    def transform(self, features: Any) -> Any:
        """What it makes of a dict of features: a tensor, or ids as a sparse tensor."""
        raise NotImplementedError

    def _is_dense(self) -> bool:
        return False


def _sparse(tensor: Any) -> SparseTensor:
    """A dense tensor as a sparse one of its elements that are not "" or -1."""
    from flowgraph.contrib.layers.sparse_ops import dense_to_sparse_tensor

    if isinstance(tensor, SparseTensor):
        return tensor
    tensor = convert_to_tensor(tensor)
    return dense_to_sparse_tensor(tensor, "" if tensor.dtype == dtypes.string else -1)


def _with_values(ids: SparseTensor, values: Any) -> SparseTensor:
    return SparseTensor(ids.indices, values, ids.dense_shape)


# --- dense columns --------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class RealValuedColumn(FeatureColumn):
    """Numbers, `dimension` of them for each example."""

    column_name: str
    dimension: int
    default_value: tuple[Any, ...] | None
    dtype: Any
    normalizer: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.column_name

    @property
    def config(self) -> dict[str, Any]:
        """A feature of fixed length."""
        default = None if self.default_value is None else list(self.default_value)
        return {self.column_name: FixedLenFeature([self.dimension], self.dtype, default)}

    def transform(self, features: Any) -> Any:
        """The numbers as float32 [batch, dimension], normalised."""
        value = convert_to_tensor(features[self.column_name])
        value = value if self.normalizer is None else self.normalizer(value)
        return reshape(cast(value, dtypes.float32), [-1, self.dimension])

    def _is_dense(self) -> bool:
        return True


@dataclass(frozen=True, eq=False)
class BucketizedColumn(FeatureColumn):
    """Into which of the buckets between boundaries numbers fall."""

    source_column: RealValuedColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        """After the column of the numbers."""
        return f"{self.source_column.name}_bucketized"

    @property
    def config(self) -> dict[str, Any]:
        """That of the numbers."""
        return self.source_column.config

    @property
    def length(self) -> int:
        """How many buckets there are."""
        return len(self.boundaries) + 1

    def transform(self, features: Any) -> Any:
        """The buckets' numbers, int32 [batch, dimension]."""
        return bucketize(self.source_column.transform(features), list(self.boundaries))

    def ids(self, features: Any) -> SparseTensor:
        """The buckets, numbered through all dimensions, as ids of each example."""
        buckets, dimension = self.transform(features), self.source_column.dimension
        offsets = np.arange(dimension, dtype=np.int32) * self.length
        flat = cast(reshape(buckets + offsets, [-1]), dtypes.int64)
        batch = cast(shape_op(buckets)[0], dtypes.int64)
        zero, one = cast(0, dtypes.int64), cast(1, dtypes.int64)
        places = raw.Range(zero, cast(size(flat), dtypes.int64), one)
        indices = raw.Pack([places // dimension, places % dimension], axis=1)
        return SparseTensor(indices, flat, raw.Pack([batch, cast(dimension, dtypes.int64)]))

    @property
    def size(self) -> int:
        """How many ids there are."""
        return self.length * self.source_column.dimension


# --- sparse columns -------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class SparseColumn(FeatureColumn):
    """Base class of columns of ids, any number for each example."""

    column_name: str
    size: int
    combiner: str
    dtype: Any

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.column_name

    @property
    def config(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.column_name: VarLenFeature(self.dtype)}

    def transform(self, features: Any) -> SparseTensor:
        """The ids, int64."""
        given = _sparse(features[self.column_name])
        return _with_values(given, self._numbers(given.values))

    def ids(self, features: Any) -> SparseTensor:
        """The ids, int64."""
        return self.transform(features)

    def _numbers(self, values: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class SparseColumnHashed(SparseColumn):
    """Words or numbers, by their hashes."""

    def _numbers(self, values: Any) -> Any:
        words = values if values.dtype == dtypes.string else as_string(values)
        return string_to_hash_bucket_fast(words, self.size)


@dataclass(frozen=True, eq=False)
class SparseColumnIntegerized(SparseColumn):
    """Numbers, modulo their count."""

    def _numbers(self, values: Any) -> Any:
        return cast(mod(values, cast(self.size, values.dtype)), dtypes.int64)


@dataclass(frozen=True, eq=False)
class SparseColumnKeys(SparseColumn):
    """Words or numbers of a list."""

    keys: tuple[Any, ...]
    default_value: int

    def _numbers(self, values: Any) -> Any:
        keys = list(self.keys)
        table = index_table_from_tensor(keys, default_value=self.default_value, dtype=self.dtype)
        return table.lookup(values)


@dataclass(frozen=True, eq=False)
class SparseColumnVocabulary(SparseColumn):
    """Words of a file."""

    vocabulary_file: str
    num_oov_buckets: int
    vocab_size: int | None
    default_value: int

    def _numbers(self, values: Any) -> Any:
        words = values if values.dtype == dtypes.string else as_string(values)
        table = index_table_from_file(
            self.vocabulary_file, self.num_oov_buckets, self.vocab_size, self.default_value
        )
        return table.lookup(words)


@dataclass(frozen=True, eq=False)
class CrossedColumn(FeatureColumn):
    """All combinations of the values of several columns, by their hashes."""

    columns: tuple[FeatureColumn, ...]
    size: int
    combiner: str

    @property
    def name(self) -> str:
        """Those of its columns, in order."""
        return "_X_".join(sorted(column.name for column in self.columns))

    @property
    def config(self) -> dict[str, Any]:
        """Those of its columns."""
        return {key: value for column in self.columns for key, value in column.config.items()}

    def transform(self, features: Any) -> SparseTensor:
        """The ids, int64."""
        parts = []
        for column in self.columns:
            if isinstance(column, SparseColumn):
                part = _sparse(features[column.column_name])
                if part.values.dtype != dtypes.string:
                    part = _with_values(part, cast(part.values, dtypes.int64))
            else:
                part = column.ids(features)  # type: ignore[attr-defined]
            parts.append(part)
        found = raw.SparseCross(
            [part.indices for part in parts], [part.values for part in parts],
            [part.dense_shape for part in parts], [], hashed_output=True, num_buckets=self.size,
            hash_key=0, out_type=dtypes.int64, internal_type=dtypes.string,
        )  # fmt: skip
        return SparseTensor(*found)

    def ids(self, features: Any) -> SparseTensor:
        """The ids, int64."""
        return self.transform(features)


@dataclass(frozen=True, eq=False)
class WeightedSparseColumn(FeatureColumn):
    """A column of ids with a feature of their weights."""

    sparse_id_column: SparseColumn
    weight_column_name: str
    dtype: Any

    @property
    def name(self) -> str:
        """Those of ids and weights."""
        return f"{self.sparse_id_column.name}_weighted_by_{self.weight_column_name}"

    @property
    def size(self) -> int:
        """How many ids there are."""
        return self.sparse_id_column.size

    @property
    def combiner(self) -> str:
        """How the rows of an example are put together."""
        return self.sparse_id_column.combiner

    @property
    def config(self) -> dict[str, Any]:
        """Those of ids and weights."""
        weights = {self.weight_column_name: VarLenFeature(self.dtype)}
        return {**self.sparse_id_column.config, **weights}

    def transform(self, features: Any) -> tuple[SparseTensor, SparseTensor]:
        """(the ids, their weights)."""
        weights = features[self.weight_column_name]
        ids = self.sparse_id_column.transform(features)
        if not isinstance(weights, SparseTensor):
            weights = _with_values(ids, reshape(weights, [-1]))
        return ids, _with_values(weights, cast(weights.values, dtypes.float32))

    def ids(self, features: Any) -> SparseTensor:
        """The ids, int64."""
        return self.transform(features)[0]

    def weights(self, features: Any) -> SparseTensor:
        """Their weights."""
        return self.transform(features)[1]


# --- ids as vectors -------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class OneHotColumn(FeatureColumn):
    """How often each id is there."""

    sparse_id_column: Any

    @property
    def name(self) -> str:
        """After the column of ids."""
        return f"{self.sparse_id_column.name}_one_hot"

    @property
    def config(self) -> dict[str, Any]:
        """That of the ids."""
        return self.sparse_id_column.config  # type: ignore[no-any-return]

    def transform(self, features: Any) -> Any:
        """Counts, or sums of weights, float32 [batch, ids]."""
        column = self.sparse_id_column
        if isinstance(column, WeightedSparseColumn):
            ids, weights = column.transform(features)
            return sparse_tensor_to_dense(sparse_merge(ids, weights, column.size))
        dense = sparse_tensor_to_dense(column.ids(features), default_value=-1)
        return reduce_sum(one_hot(dense, column.size, on_value=1.0, off_value=0.0), [1])

    def _is_dense(self) -> bool:
        return True


@dataclass(frozen=True, eq=False)
class EmbeddingColumn(FeatureColumn):
    """A trained vector for each id, put together by `combiner`."""

    sparse_id_column: Any
    dimension: int
    combiner: str
    initializer: Any
    max_norm: float | None
    trainable: bool
    shared_name: str | None = None

    @property
    def name(self) -> str:
        """After the column of ids."""
        return f"{self.sparse_id_column.name}_embedding"

    @property
    def config(self) -> dict[str, Any]:
        """That of the ids."""
        return self.sparse_id_column.config  # type: ignore[no-any-return]

    def transform(self, features: Any) -> Any:
        """What the column of ids makes of the features."""
        return self.sparse_id_column.transform(features)
