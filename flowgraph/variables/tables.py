"""Lookup tables that are initialised once, and such with buckets for keys they do not have."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.selecting import where_v2
from flowgraph.ops.control.basic import no_op
from flowgraph.ops.math.arithmetic import add
from flowgraph.ops.math.cast import cast
from flowgraph.ops.state import lookup as table_ops
from flowgraph.variables.variable import init_scope


class LookupInterface:
    """What all tables have: `key_dtype`, `value_dtype`, `name`, `size()`, `lookup(keys)`."""

    _table_name: str | None = None
    _resource_handle: Tensor | None = None

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = dtypes.as_dtype(key_dtype)
        self._value_dtype = dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of the values."""
        return self._value_dtype

    @property
    def name(self) -> str | None:
        """The last part of the name of the table's node."""
        return self._table_name

    @property
    def resource_handle(self) -> Tensor | None:
        """The tensor by which operations know the table."""
        return self._resource_handle

    def _check_keys(self, keys: Any) -> None:
        if keys.dtype.base_dtype != self._key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}."
            )


def _like_keys(keys: Any, values: Tensor) -> Any:
    """The values as the keys came: a `SparseTensor` or a tensor."""
    if isinstance(keys, SparseTensor):
        return SparseTensor(keys.indices, values, keys.dense_shape)
    return values


class InitializableLookupTableBase(LookupInterface):
    """A table that an initializer fills once.

    Args:
      default_value: a scalar, the value of keys that the table does not have.
      initializer: a `TableInitializerBase`.
    """

    _shared_name: str | None = None
    _name = "hash_table"

    def __init__(self, default_value: Any, initializer: Any) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype)
        self._default_value.shape.merge_with([])
        self._initializer = initializer
        with init_scope():
            self._resource_handle = self._create_resource()
        if get_default_graph().building_function:
            with init_scope():
                self._init_op = self._initialize()
        else:
            self._init_op = self._initialize()

    def _create_resource(self) -> Tensor:
        handle: Tensor = table_ops.hash_table_op(
            shared_name=self._shared_name,
            key_dtype=self._initializer.key_dtype,
            value_dtype=self._initializer.value_dtype,
            name=self._name,
        )
        self._table_name = handle.op.name.split("/")[-1]
        return handle

    def _initialize(self) -> Operation:
        return self._initializer.initialize(self)  # type: ignore[no-any-return]

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table; tf.tables_initializer() runs those of all tables."""
        return self._init_op

    @property
    def init(self) -> Operation:
        """The old name of `initializer`."""
        return self._init_op

    @property
    def default_value(self) -> Tensor:
        """The value of keys that the table does not have."""
        return self._default_value

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys, an int64 scalar."""
        with name_scope(name, f"{self.name}_Size", [self.resource_handle]):
            return table_ops.lookup_table_size_op(self.resource_handle)  # type: ignore[no-any-return]

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of `keys`, a tensor or `SparseTensor` of any shape, as the like.

        TypeError when the keys have another dtype than the table's.
        """
        key_tensor = keys.values if isinstance(keys, SparseTensor) else keys
        self._check_keys(keys)
        inputs = (self.resource_handle, key_tensor, self._default_value)
        with name_scope(name, f"{self.name}_Lookup", inputs):
            values = table_ops.lookup_table_find_op(*inputs)
        values.set_shape(key_tensor.get_shape())
        return _like_keys(keys, values)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """(all keys, their values) as vectors."""
        with name_scope(name, f"{self.name}_Export", [self.resource_handle]):
            keys, values = table_ops.lookup_table_export_op(
                self.resource_handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype
            )
        values.set_shape(keys.get_shape().concatenate(self._default_value.shape))
        return keys, values


InitializableLookupTableBaseV1 = InitializableLookupTableBase


class StaticHashTable(InitializableLookupTableBase):
    """A table that an initializer fills once (tf.lookup.StaticHashTable).

    Tables of the same text file and columns are one.

    Args:
      initializer: a `KeyValueTensorInitializer` or `TextFileInitializer`.
      default_value: a scalar, the value of keys that the table does not have.
      name: of the table's node.
    """

    def __init__(self, initializer: Any, default_value: Any, name: str | None = None) -> None:
        self._shared_name = initializer._shared_name
        self._name = name or "hash_table"
        super().__init__(default_value, initializer)


class HashTable(InitializableLookupTableBase):
    """The older form of `StaticHashTable`, shared by `shared_name` (tf.contrib.lookup)."""

    def __init__(
        self,
        initializer: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        self._shared_name = shared_name
        self._name = name or "hash_table"
        super().__init__(default_value, initializer)


# --- hash buckets for keys that the table does not have -------------------------------------------
class HasherSpec(namedtuple("HasherSpec", ["hasher", "key"])):
    """How keys are hashed: "fasthash", "legacy", or "stronghash" with a key of two numbers."""

    __slots__ = ()


FastHashSpec = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """Hashing with a secret key of two unsigned integers."""

    __slots__ = ()

    def __new__(cls, key: Any) -> StrongHashSpec:
        """Checks the key."""
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        if not all(isinstance(part, int) for part in key):
            raise TypeError(f"Invalid key {key}. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", key)


def _hash_bucket(spec: HasherSpec, keys: Tensor, buckets: int) -> Tensor:
    strings = keys if keys.dtype.base_dtype == dtypes.string else raw.AsString(keys)
    about: dict[str, Any] = {"num_buckets": buckets, "name": "hash_bucket"}
    if spec.hasher == "fasthash":
        return raw.StringToHashBucketFast(strings, **about)  # type: ignore[no-any-return]
    if spec.hasher == "legacy":
        return raw.StringToHashBucket(strings, **about)  # type: ignore[no-any-return]
    if spec.hasher == "stronghash":
        return raw.StringToHashBucketStrong(strings, key=spec.key, **about)  # type: ignore[no-any-return]
    raise ValueError(f"Unknown hasher {spec.hasher}")


def _check_source(source: Any, key_dtype: DType) -> None:
    """TypeError unless a table or initializer gives ids for keys of this dtype."""
    if source.key_dtype not in (dtypes.int64, dtypes.string):
        raise TypeError(
            f"Invalid key dtype, expected one of {(dtypes.int64, dtypes.string)}, but got "
            f"{source.key_dtype}."
        )
    if source.key_dtype.is_integer != key_dtype.is_integer:
        kind = "integer" if key_dtype.is_integer else "non-integer"
        raise TypeError(f"Invalid key dtype, expected {kind} but got {source.key_dtype}.")
    if source.value_dtype != dtypes.int64:
        raise TypeError(
            f"Invalid value dtype, expected {dtypes.int64} but got {source.value_dtype}."
        )


class IdTableWithHashBuckets(LookupInterface):
    """Ids of a table; keys that it does not have get further ones by their hash (contrib.lookup).

    Args:
      table: from string or int64 to int64, or None: all keys are hashed.
      num_oov_buckets: how many further ids there are, after those of the table.
      hasher_spec: `FastHashSpec`, or a `StrongHashSpec`.
      name: of the table.
      key_dtype: what `lookup` takes: string or an integer; the table's when None.

    Raises:
      ValueError: there is neither a table nor a bucket.
      TypeError: dtypes that do not go together.
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: HasherSpec = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        name = name.rstrip("/") if name else None
        if table is None and num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0 if no table is supplied.")
        if key_dtype is None:
            key_dtype = dtypes.string if table is None else table.key_dtype
        key_dtype = dtypes.as_dtype(key_dtype)
        if table is not None:
            _check_source(table, key_dtype)
        if not key_dtype.is_integer and key_dtype != dtypes.string:
            raise TypeError(f"Invalid key_dtype, expected integer or string, got {key_dtype}.")
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec, got {hasher_spec}")
        self._table, self._num_oov_buckets = table, num_oov_buckets
        self._hasher_spec = hasher_spec
        name = name or ("hash_bucket" if table is None else table.name)
        self._table_name = name.split("/")[-1] if name else None
        super().__init__(key_dtype, dtypes.int64)

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        if self._table is not None:
            return self._table.initializer  # type: ignore[no-any-return]
        with name_scope(None, "init"):
            return no_op()

    @property
    def init(self) -> Operation:
        """The old name of `initializer`."""
        return self.initializer

    @property
    def resource_handle(self) -> Tensor | None:
        """The table's; None when there is no table."""
        return None if self._table is None else self._table.resource_handle

    def size(self, name: str | None = None) -> Tensor:
        """The number of ids: the table's and the buckets'."""
        with name_scope(name, f"{self.name}_Size"):
            if self._table is None:
                count = convert_to_tensor(0, dtype=dtypes.int64)
            else:
                count = self._table.size()
            return count + self._num_oov_buckets  # type: ignore[no-any-return]

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The ids of `keys`, a tensor or `SparseTensor` of any shape, as the like.

        TypeError when the keys have another dtype than `key_dtype`.
        """
        self._check_keys(keys)
        values = keys.values if isinstance(keys, SparseTensor) else keys
        if self._table is not None and self._table.key_dtype == dtypes.int64:
            values = cast(values, dtypes.int64)
        if self._num_oov_buckets == 0:
            return _like_keys(keys, self._table.lookup(values, name=name))
        with name_scope(name, f"{self.name}_Lookup"):
            ids = _hash_bucket(self._hasher_spec, values, self._num_oov_buckets)
            if self._table is not None:
                found = self._table.lookup(values)
                further = add(ids, self._table.size())
                is_found = raw.NotEqual(found, self._table.default_value)
                ids = where_v2(is_found, found, further)
        return _like_keys(keys, ids)


class StaticVocabularyTable(IdTableWithHashBuckets):
    """Ids of a vocabulary; other words get further ones by hash (tf.lookup.StaticVocabularyTable).

    Args:
      initializer: from string or int64 to int64, or None: all keys are hashed.
      num_oov_buckets: how many further ids there are: at least one.
      lookup_key_dtype: what `lookup` takes: string or an integer; the initializer's when None.
      name: of the table.

    Raises:
      ValueError: `num_oov_buckets` is not positive.
      TypeError: dtypes that do not go together.
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        table = None
        if initializer is None:
            lookup_key_dtype = dtypes.string
        else:
            lookup_key_dtype = dtypes.as_dtype(lookup_key_dtype or initializer.key_dtype)
            _check_source(initializer, lookup_key_dtype)
            table = StaticHashTable(initializer, default_value=-1)
        super().__init__(table, num_oov_buckets, name=name, key_dtype=lookup_key_dtype)
