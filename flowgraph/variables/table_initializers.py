"""What a static lookup table is initialised from: tensors, or lines of a text file."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.graph_functions import add_to_collection, get_collection
from flowgraph.core.operation import Operation
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.state import lookup as table_ops
from flowgraph.ops.state._vocabulary import LINE_NUMBER as _LINE_NUMBER
from flowgraph.ops.state._vocabulary import WHOLE_LINE as _WHOLE_LINE
from flowgraph.variables.variable import init_scope


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that initialises all tables of the graph (tf.tables_initializer)."""
    initializers = get_collection(GraphKeys.TABLE_INITIALIZERS)
    return group(*initializers, name=name) if initializers else no_op(name=name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """The old name of `tables_initializer`."""
    return tables_initializer(name)


class TableInitializerBase:
    """What fills a static table: `key_dtype`, `value_dtype`, `initialize(table)`."""

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = dtypes.as_dtype(key_dtype)
        self._value_dtype = dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of the table's keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of the table's values."""
        return self._value_dtype

    @property
    def _shared_name(self) -> str:
        """The name that tables of the same content share; none when empty."""
        return ""

    def _check(self, table: Any) -> None:
        for what, ours, theirs in (
            ("key", self.key_dtype.base_dtype, table.key_dtype),
            ("value", self.value_dtype.base_dtype, table.value_dtype),
        ):
            if ours != theirs:
                raise TypeError(f"Invalid {what} dtype, expected {theirs} but got {ours}.")


class KeyValueTensorInitializer(TableInitializerBase):
    """A table's content as two vectors (tf.lookup.KeyValueTensorInitializer).

    Args:
      keys: a vector; keys that come twice must have the same value.
      values: as many.
      key_dtype: of the keys, where they are Python values.
      value_dtype: likewise.
      name: the scope of the initializing operation.
    """

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if get_default_graph().building_function:
            with init_scope():
                self._convert(keys, values, key_dtype, value_dtype)
        else:
            self._convert(keys, values, key_dtype, value_dtype)
        self._name = "key_value_init" if name is None else name
        super().__init__(self._keys.dtype, self._values.dtype)

    def _convert(self, keys: Any, values: Any, key_dtype: Any, value_dtype: Any) -> None:
        self._keys: Tensor = convert_to_tensor(keys, dtype=key_dtype, name="keys")
        self._values: Tensor = convert_to_tensor(values, dtype=value_dtype, name="values")

    def initialize(self, table: Any) -> Operation:
        """Adds the operation that fills `table`, also to the graph's table initializers."""
        self._check(table)
        with name_scope(self._name, values=(table.resource_handle, self._keys, self._values)):
            op = table_ops.lookup_table_import_op(table.resource_handle, self._keys, self._values)
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, op)
        return op  # type: ignore[no-any-return]


class TextFileIndex:
    """What of a line is meant, when it is not the number of a column (tf.lookup.TextFileIndex)."""

    WHOLE_LINE = _WHOLE_LINE
    LINE_NUMBER = _LINE_NUMBER


class TextFileInitializer(TableInitializerBase):
    """A table's content as the lines of a text file (tf.lookup.TextFileInitializer).

    Args:
      filename: a string, or a scalar string tensor.
      key_dtype: int64 for the line's number; string or an integer for the whole line.
      key_index: the column of the keys, counted from 0, or a `TextFileIndex`.
      value_dtype: likewise; string for the whole line.
      value_index: likewise.
      vocab_size: how many lines to read; all when None. InvalidArgumentError when there are fewer.
      delimiter: the character between columns.
      name: the scope of the initializing operation.

    Raises:
      ValueError: no file name, or dtypes and columns that do not go together.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        if isinstance(filename, os.PathLike):
            filename = os.fspath(filename)
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError(f"Filename required for {name}.")
        super().__init__(key_dtype, value_dtype)
        self._check_column("key", key_index, self.key_dtype, self.key_dtype.is_integer)
        self._check_column("value", value_index, self.value_dtype, False)
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._filename_arg, self._name = filename, name
        self._filename = _asset(filename)
        self._key_index, self._value_index = key_index, value_index
        self._vocab_size, self._delimiter = vocab_size, delimiter

    @staticmethod
    def _check_column(what: str, index: int, dtype: DType, integers: bool) -> None:
        if index < -2:
            raise ValueError(f"Invalid {what} index {index}.")
        if index == TextFileIndex.LINE_NUMBER and dtype != dtypes.int64:
            raise ValueError(
                f"Signature mismatch. {what.title()}s must be dtype {dtypes.int64}, got {dtype}."
            )
        if index == TextFileIndex.WHOLE_LINE and dtype != dtypes.string and not integers:
            raise ValueError(
                f"Signature mismatch. {what.title()}s must be dtype {dtypes.string}"
                f"{' or integer' if what == 'key' else ''}, got {dtype}."
            )

    def initialize(self, table: Any) -> Operation:
        """Adds the operation that fills `table`, also to the graph's table initializers."""
        self._check(table)
        with name_scope(self._name, "text_file_init", (table.resource_handle,)):
            filename = convert_to_tensor(self._filename, dtypes.string, name="asset_filepath")
            op = table_ops.initialize_table_from_text_file_op(
                table.resource_handle,
                filename,
                key_index=self._key_index,
                value_index=self._value_index,
                vocab_size=-1 if self._vocab_size is None else self._vocab_size,
                delimiter=self._delimiter,
            )
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, op)
        if constant_value(filename) is not None:
            add_to_collection(GraphKeys.ASSET_FILEPATHS, filename)
        return op  # type: ignore[no-any-return]

    @property
    def _shared_name(self) -> str:
        """Tables of the same file, size and columns are one."""
        size = f"_{self._vocab_size}" if self._vocab_size else ""
        return f"hash_table_{self._filename_arg}{size}_{self._key_index}_{self._value_index}"


def _asset(filename: Any) -> Tensor:
    with init_scope():
        return convert_to_tensor(filename, dtypes.string, name="asset_path")


class TextFileStringTableInitializer(TextFileInitializer):
    """Of a table from line numbers (or a column) to lines: int64 to string."""

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.LINE_NUMBER,
        value_column_index: int = TextFileIndex.WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_string_table_init",
    ) -> None:
        super().__init__(
            filename, dtypes.int64, key_column_index, dtypes.string, value_column_index,
            vocab_size=vocab_size, delimiter=delimiter, name=name,
        )  # fmt: skip


class TextFileIdTableInitializer(TextFileInitializer):
    """Of a table from lines (or a column) to line numbers: string, or `key_dtype`, to int64."""

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.WHOLE_LINE,
        value_column_index: int = TextFileIndex.LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_id_table_init",
        key_dtype: Any = dtypes.string,
    ) -> None:
        super().__init__(
            filename, key_dtype, key_column_index, dtypes.int64, value_column_index,
            vocab_size=vocab_size, delimiter=delimiter, name=name,
        )  # fmt: skip
