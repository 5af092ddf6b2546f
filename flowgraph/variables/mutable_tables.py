"""Lookup tables that change: keys are inserted and removed by operations."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import colocate_with, name_scope
from flowgraph.core.graph_functions import add_to_collection
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.state import lookup as table_ops
from flowgraph.variables.tables import LookupInterface

SaveSpec = namedtuple("SaveSpec", ["tensor", "slice_spec", "name", "dtype"])


class TableSaveable:
    """What a Saver must know of a table: what to save, under which names, how to restore."""

    def __init__(self, table: Any, name: str) -> None:
        keys, values = table.export()
        self.op, self.name = table, name
        self.specs = [
            SaveSpec(keys, "", f"{name}-keys", keys.dtype),
            SaveSpec(values, "", f"{name}-values", values.dtype),
        ]

    @property
    def optional_restore(self) -> bool:
        """False: a checkpoint without the table is an error."""
        return False

    @property
    def device(self) -> str:
        """Where the table is."""
        return self.op.resource_handle.device  # type: ignore[no-any-return]

    def restore(
        self, restored_tensors: Any, restored_shapes: Any, name: str | None = None
    ) -> Operation:
        """The operation that gives the table the saved content."""
        del restored_shapes
        handle = self.op.resource_handle
        with name_scope(name, f"{self.name}_table_restore"), colocate_with(handle.op):
            return table_ops.lookup_table_import_op(handle, *restored_tensors)  # type: ignore[no-any-return]


class _MutableTable(LookupInterface):
    """What both kinds of tables that change have in common."""

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Tensor,
        name: str,
        checkpoint: bool,
    ) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default_value, self._name = default_value, name
        handle = self._create_resource(checkpoint)
        self._resource_handle = handle
        self._table_name = handle.op.name.split("/")[-1]
        self._saved: TableSaveable | None = None
        if checkpoint:
            add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self._saveable)

    @property
    def _saveable(self) -> TableSaveable:
        """What a Saver must know of it."""
        if self._saved is None:
            self._saved = TableSaveable(self, self._name)
        return self._saved

    def _create_resource(self, checkpoint: bool) -> Tensor:
        raise TypeError(f"{type(self).__name__} has no table of its own")

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys, an int64 scalar."""
        handle: Any = self.resource_handle
        with name_scope(name, f"{self.name}_Size", [handle]), colocate_with(handle.op):
            return table_ops.lookup_table_size_op(handle)  # type: ignore[no-any-return]

    def lookup(self, keys: Any, name: str | None = None) -> Tensor:
        """The values of `keys`; the table's default for those that it does not have."""
        handle: Any = self.resource_handle
        with name_scope(name, f"{self.name}_lookup_table_find", [handle]):
            keys = convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            with colocate_with(handle.op):
                return table_ops.lookup_table_find_op(handle, keys, self._default_value)  # type: ignore[no-any-return]

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """An operation that sets the values of `keys`; of equal ones the last counts."""
        handle: Any = self.resource_handle
        with name_scope(name, f"{self.name}_lookup_table_insert", [handle]):
            keys = convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            values = convert_to_tensor(values, dtype=self._value_dtype, name="values")
            with colocate_with(handle.op):
                return table_ops.lookup_table_insert_op(handle, keys, values)  # type: ignore[no-any-return]

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """An operation that removes `keys`, if they are there.

        TypeError when the keys have another dtype than the table's.
        """
        self._check_keys(keys)
        handle: Any = self.resource_handle
        with name_scope(name, f"{self.name}_lookup_table_remove", [handle, keys]):
            return table_ops.lookup_table_remove_op(handle, keys)  # type: ignore[no-any-return]

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """(all keys, their values)."""
        handle: Any = self.resource_handle
        with name_scope(name, f"{self.name}_lookup_table_export_values", [handle]):
            with colocate_with(handle.op):
                keys, values = table_ops.lookup_table_export_op(
                    handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype
                )
        return keys, values


class MutableHashTable(_MutableTable):
    """A table that changes (tf.contrib.lookup.MutableHashTable).

    Args:
      key_dtype: int32, int64 or string.
      value_dtype: a number's, bool or string.
      default_value: the value of keys that are missing; a vector when values are vectors.
      name: of the table's node.
      checkpoint: whether savers save the table.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        default = convert_to_tensor(default_value, dtype=value_dtype)
        super().__init__(key_dtype, value_dtype, default, name, checkpoint)

    def _create_resource(self, checkpoint: bool) -> Tensor:
        about: dict[str, Any] = {
            "use_node_name_sharing": checkpoint,
            "key_dtype": self._key_dtype,
            "value_dtype": self._value_dtype,
            "name": self._name,
        }
        shape = self._default_value.shape
        if shape.rank == 0:
            return table_ops.mutable_hash_table_op(**about)  # type: ignore[no-any-return]
        return table_ops.mutable_hash_table_of_tensors_op(value_shape=shape, **about)  # type: ignore[no-any-return]


class DenseHashTable(_MutableTable):
    """A table that changes, whose keys may be vectors (tf.lookup.experimental.DenseHashTable).

    Args:
      key_dtype: int32, int64 or string.
      value_dtype: a number's, bool or string.
      default_value: the value of keys that are missing, a scalar or vector.
      empty_key: a key, scalar or vector, that is never used.
      deleted_key: another one.
      initial_num_buckets: how many rows `export` has at first: a power of 2.
      name: of the table's node.
      checkpoint: whether savers save the table.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
    ) -> None:
        default = convert_to_tensor(default_value, dtype=value_dtype, name="default_value")
        self._initial_num_buckets = initial_num_buckets
        self._empty_key = convert_to_tensor(empty_key, dtype=key_dtype, name="empty_key")
        self._deleted_key = convert_to_tensor(deleted_key, dtype=key_dtype, name="deleted_key")
        super().__init__(key_dtype, value_dtype, default, name, checkpoint)

    def _create_resource(self, checkpoint: bool) -> Tensor:
        return table_ops.mutable_dense_hash_table_op(  # type: ignore[no-any-return]
            self._empty_key,
            self._deleted_key,
            use_node_name_sharing=checkpoint,
            value_dtype=self._value_dtype,
            value_shape=self._default_value.shape,
            initial_num_buckets=self._initial_num_buckets,
            name=self._name,
        )

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """The newer name of `insert`."""
        return self.insert(keys, values, name)

    def erase(self, keys: Any, name: str | None = None) -> Operation:
        """The newer name of `remove`."""
        return self.remove(keys, name)


MutableDenseHashTable = DenseHashTable
