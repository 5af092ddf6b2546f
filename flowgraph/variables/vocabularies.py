"""Tables between the words of a vocabulary and their numbers, of a tensor or a file."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.shape import size
from flowgraph.ops.math.cast import cast
from flowgraph.variables.table_initializers import (
    KeyValueTensorInitializer,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileStringTableInitializer,
)
from flowgraph.variables.tables import (
    FastHashSpec,
    HasherSpec,
    IdTableWithHashBuckets,
    StaticHashTable,
)


def _check_file(vocabulary_file: Any) -> None:
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")


def _check_index_table(num_oov_buckets: int, key_dtype: Any) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    if not key_dtype.is_integer and key_dtype.base_dtype != dtypes.string:
        raise TypeError("Only integer and string keys are supported.")


def _with_buckets(table: Any, num_oov_buckets: int, hasher_spec: HasherSpec, dtype: Any) -> Any:
    if not num_oov_buckets:
        return table
    return IdTableWithHashBuckets(
        table, num_oov_buckets=num_oov_buckets, hasher_spec=hasher_spec, key_dtype=dtype
    )


def _numbers(vocabulary: Tensor) -> Tensor:
    return cast(raw.Range(0, size(vocabulary), 1, name="range"), dtypes.int64)


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    key_dtype: Any = dtypes.string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """A table from the lines of a file to their numbers, an int64 (contrib.lookup).

    Args:
      vocabulary_file: a name, or a scalar string tensor.
      num_oov_buckets: how many further ids other words share, by their hash.
      vocab_size: how many lines are read; all when None.
      default_value: the id of other words, without buckets.
      hasher_spec: how they are hashed.
      key_dtype: string, or an integer.
      name: the scope.
      key_column_index: the column of the words.
      value_column_index: the column of the ids.
      delimiter: the character between columns.
    """
    _check_file(vocabulary_file)
    key_dtype = dtypes.as_dtype(key_dtype)
    if vocab_size is not None and vocab_size < 1:
        file = vocabulary_file
        if isinstance(file, Tensor):
            file = constant_value(file) or "?"
        raise ValueError(
            f"vocab_size must be greater than 0, got {vocab_size}. vocabulary_file: {file}"
        )
    _check_index_table(num_oov_buckets, key_dtype)
    with name_scope(name, "string_to_index"):
        with name_scope(None, "hash_table"):
            init = TextFileIdTableInitializer(
                vocabulary_file,
                vocab_size=vocab_size,
                key_dtype=dtypes.int64 if key_dtype.is_integer else key_dtype,
                name="table_init",
                key_column_index=key_column_index,
                value_column_index=value_column_index,
                delimiter=delimiter,
            )
            table = StaticHashTable(init, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, key_dtype)


def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    dtype: Any = dtypes.string,
    name: str | None = None,
) -> Any:
    """A table from the elements of a vector to their numbers, an int64 (contrib.lookup).

    Args:
      mapping: a vector of strings or integers, all different.
      num_oov_buckets: how many further ids other keys share, by their hash.
      default_value: the id of other keys, without buckets.
      hasher_spec: how they are hashed.
      dtype: what `lookup` takes: string, or an integer.
      name: the scope.
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    dtype = dtypes.as_dtype(dtype)
    _check_index_table(num_oov_buckets, dtype)
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(mapping)
        if keys.dtype.is_integer != dtype.is_integer:
            kind = "integer" if dtype.is_integer else "non-integer"
            raise ValueError(f"Expected {kind}, got {keys.dtype}.")
        if not dtype.is_integer and keys.dtype.base_dtype != dtype:
            raise ValueError(f"Expected {dtype}, got {keys.dtype}.")
        values = _numbers(keys)
        with name_scope(None, "hash_table"):
            keys = cast(keys, dtypes.int64) if keys.dtype.is_integer else keys
            init = KeyValueTensorInitializer(
                keys, values, keys.dtype.base_dtype, dtypes.int64, name="table_init"
            )
            table = StaticHashTable(init, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, dtype)


def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: Any = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> StaticHashTable:
    """A table from the numbers of a file's lines, int64, to the lines (contrib.lookup)."""
    _check_file(vocabulary_file)
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        init = TextFileStringTableInitializer(
            vocabulary_file,
            vocab_size=vocab_size,
            name="table_init",
            key_column_index=key_column_index,
            value_column_index=value_column_index,
            delimiter=delimiter,
        )
        return StaticHashTable(init, default_value)


def index_to_string_table_from_tensor(
    mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> StaticHashTable:
    """A table from the numbers of a string vector's elements, int64, to them (contrib.lookup)."""
    if mapping is None:
        raise ValueError("mapping must be specified.")
    with name_scope(name, "index_to_string"):
        words = convert_to_tensor(mapping, dtypes.string)
        init = KeyValueTensorInitializer(
            _numbers(words), words, dtypes.int64, dtypes.string, name="table_init"
        )
        return StaticHashTable(init, default_value)


# --- the oldest names, which contrib.lookup has too -----------------------------------------------
def string_to_index(
    tensor: Any, mapping: Any, default_value: Any = -1, name: str | None = None
) -> Any:
    """The numbers of strings in the vector `mapping` (contrib.lookup.string_to_index)."""
    return index_table_from_tensor(mapping, default_value=default_value, name=name).lookup(tensor)


def index_to_string(
    tensor: Any, mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> Any:
    """The strings of the vector `mapping` by number (contrib.lookup.index_to_string)."""
    table = index_to_string_table_from_tensor(mapping, default_value=default_value, name=name)
    return table.lookup(tensor)


def string_to_index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    name: str | None = None,
) -> Any:
    """The old name of `index_table_from_file`, for strings."""
    return index_table_from_file(
        vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name=name
    )


def string_to_index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    name: str | None = None,
) -> Any:
    """The old name of `index_table_from_tensor`, for strings."""
    with name_scope(name, "string_to_index") as scope:
        mapping = convert_to_tensor(mapping)
    if mapping.dtype.base_dtype != dtypes.string:
        raise ValueError("string_to_index_table_from_tensor requires string.")
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=scope)
