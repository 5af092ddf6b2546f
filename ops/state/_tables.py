"""Lookup tables as values of a session: from keys to rows of one array.

A key's row number is looked up in a dictionary, the values of all keys are then taken at once.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from flowgraph.core.dtypes import DType
from flowgraph.core.errors import (
    AbortedError,
    FailedPreconditionError,
    InvalidArgumentError,
    UnimplementedError,
)

Shape = tuple[int, ...]
_FIRST_CAPACITY = 8


class Table:
    """A table that can be changed. Keys are scalars, values of `value_shape`."""

    def __init__(
        self,
        name: str,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: Shape = (),
        key_shape: Shape = (),
    ) -> None:
        self.name, self.key_dtype, self.value_dtype = name, key_dtype, value_dtype
        self.key_shape, self.value_shape = key_shape, value_shape
        self.lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._rows: dict[Any, int] = {}
        self._free: list[int] = []
        self._values = np.zeros((_FIRST_CAPACITY, *self.value_shape), self.value_dtype.np_dtype)

    def size(self) -> int:
        """The number of keys."""
        return len(self._rows)

    # --- checks -----------------------------------------------------------------------------------
    def check_types(self, key: DType, value: DType) -> None:
        """InvalidArgumentError unless keys and values have these dtypes."""
        if key is not self.key_dtype or value is not self.value_dtype:
            raise InvalidArgumentError(
                f"Conflicting key/value dtypes {key.name}->{value.name} with "
                f"{self.key_dtype.name}->{self.value_dtype.name} for table {self.name}"
            )

    def _prefix(self, keys: Any) -> Shape:
        """The dimensions of `keys` that count them; InvalidArgumentError when they do not fit."""
        rank = len(self.key_shape)
        if keys.shape[keys.ndim - rank :] != self.key_shape:
            raise InvalidArgumentError(
                f"Input key shape {list(keys.shape)} must end with the table's key shape "
                f"{list(self.key_shape)}"
            )
        return keys.shape[: keys.ndim - rank]

    def _check_values(self, keys: Any, values: Any) -> None:
        wanted = (*self._prefix(keys), *self.value_shape)
        if values.shape != wanted:
            raise InvalidArgumentError(
                f"Expected shape {list(wanted)} for value, got {list(values.shape)}"
            )

    def _listed(self, keys: Any) -> list[Any]:
        """The keys as a list of what a dictionary can hold."""
        if not self.key_shape:
            return keys.reshape(-1).tolist()  # type: ignore[no-any-return]
        return list(map(tuple, keys.reshape(-1, *self.key_shape).tolist()))

    # --- reading ----------------------------------------------------------------------------------
    def find(self, keys: Any, default: Any) -> Any:
        """The values of the keys, `default` for those that are missing."""
        prefix = self._prefix(keys)
        if default.shape != self.value_shape:
            raise InvalidArgumentError(
                f"Expected shape {list(self.value_shape)} for default value, got "
                f"{list(default.shape)}"
            )
        listed = self._listed(keys)
        with self.lock:
            found = map(self._rows.get, listed, itertools.repeat(-1))
            rows = np.fromiter(found, np.int64, len(listed))
            result = self._values[rows]
        result[rows < 0] = default
        return result.reshape(prefix + self.value_shape)

    def export(self) -> tuple[Any, Any]:
        """All keys and their values, in the order in which the keys came."""
        with self.lock:
            keys = np.array(list(self._rows), self.key_dtype.np_dtype)
            rows = np.fromiter(self._rows.values(), np.int64, len(self._rows))
            return keys.reshape(-1, *self.key_shape), self._values[rows]

    # --- writing ----------------------------------------------------------------------------------
    def insert(self, keys: Any, values: Any) -> None:
        """Sets the values of some keys; of equal ones the last counts."""
        self._check_values(keys, values)
        self._set(self._listed(keys), values.reshape(-1, *self.value_shape))

    def import_values(self, keys: Any, values: Any) -> None:
        """Sets the whole content."""
        self._check_values(keys, values)
        with self.lock:
            self._clear()
            self._set(self._listed(keys), values.reshape(-1, *self.value_shape))

    def remove(self, keys: Any) -> None:
        """Removes some keys, if they are there."""
        self._prefix(keys)
        listed = set(self._listed(keys))
        with self.lock:
            for key in listed & self._rows.keys():
                self._free.append(self._rows.pop(key))

    def _set(self, keys: Sequence[Any], values: Any) -> None:
        with self.lock:
            new = [key for key in dict.fromkeys(keys) if key not in self._rows]
            self._rows.update(zip(new, self._rows_for(len(new))))
            rows = np.fromiter(map(self._rows.__getitem__, keys), np.int64, len(keys))
            self._values[rows] = values

    def _rows_for(self, count: int) -> Iterable[int]:
        """Numbers of rows that are not in use."""
        used, capacity = len(self._rows) + len(self._free), len(self._values)
        reused = min(count, len(self._free))
        wanted = used + count - reused
        if wanted > capacity:
            more = np.zeros(
                (max(wanted, 2 * capacity) - capacity, *self.value_shape), self._values.dtype
            )
            self._values = np.concatenate([self._values, more])
        return [*[self._free.pop() for _ in range(reused)], *range(used, wanted)]


class StaticTable(Table):
    """A table that is given its content once."""

    def __init__(self, name: str, key_dtype: DType, value_dtype: DType) -> None:
        super().__init__(name, key_dtype, value_dtype)
        self.is_initialized = False

    def find(self, keys: Any, default: Any) -> Any:
        """The values of the keys; FailedPreconditionError before there are any."""
        if not self.is_initialized:
            raise FailedPreconditionError(
                f"Table not initialized: {self.name}\n"
                "  Hint: run its initializer first: sess.run(tf.tables_initializer())."
            )
        return super().find(keys, default)

    def export(self) -> tuple[Any, Any]:
        """All keys and their values; AbortedError before there are any."""
        if not self.is_initialized:
            raise AbortedError("HashTable is not initialized.")
        return super().export()

    def initialize(self, keys: Any, values: Any) -> None:
        """Sets the content, once. A second time, as many keys must come, and nothing is changed."""
        if keys.shape != values.shape:
            raise InvalidArgumentError(
                "keys and values should have the same dimension, got "
                f"{list(keys.shape)} and {list(values.shape)}"
            )
        if not keys.size:
            raise InvalidArgumentError("keys and values cannot be empty tensors.")
        listed = self._listed(keys)
        with self.lock:
            if not self.is_initialized:
                self._fill(listed, values.reshape(-1))
            elif len(listed) != self.size():
                raise FailedPreconditionError(
                    f"Table was already initialized with different data: {self.size()} keys, "
                    f"and not {len(listed)}"
                )

    import_values = initialize

    def _fill(self, keys: list[Any], values: Any) -> None:
        last = dict(zip(keys, range(len(keys))))
        rows = np.fromiter(map(last.__getitem__, keys), np.int64, len(keys))
        for i in np.flatnonzero(rows != np.arange(len(keys))):
            first, second = values[i], values[rows[i]]
            if first != second:
                raise FailedPreconditionError(
                    "HashTable has different value for same key. Key "
                    f"{keys[i]!r} has {first!r} and trying to add value {second!r}"
                )
        self._set(keys, values)
        self.is_initialized = True

    def insert(self, keys: Any, values: Any) -> None:
        """Not for this kind."""
        raise UnimplementedError("Insert not supported by a table that is initialized once")

    def remove(self, keys: Any) -> None:
        """Not for this kind."""
        raise UnimplementedError("Remove not supported by a table that is initialized once")


class DenseTable(Table):
    """A table in which two keys mean "empty" and "deleted", and which exports its buckets.

    Keys may be vectors. TensorFlow keeps such a table in arrays of `buckets` rows, which double
    when they are too full; here only the number of buckets is the same, and the filled ones come
    first.
    """

    def __init__(
        self,
        name: str,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: Shape,
        empty: Any,
        deleted: Any,
        buckets: int,
        max_load: float,
    ) -> None:
        super().__init__(name, key_dtype, value_dtype, value_shape, empty.shape)
        _check_dense(value_shape, empty, deleted, buckets, max_load)
        self._empty, self._deleted = self._listed(empty)[0], self._listed(deleted)[0]
        if self._empty == self._deleted:
            raise InvalidArgumentError("Empty and deleted keys cannot be equal")
        self._buckets, self._max_load = buckets, max_load

    def _keys(self, keys: Any) -> list[Any]:
        rows = keys.shape[0] if keys.ndim else 1
        if keys.size != rows * int(np.prod(self.key_shape)):
            raise InvalidArgumentError(
                f"Expected key shape {[rows, *self.key_shape]} got {list(keys.shape)}"
            )
        listed = self._listed(keys)
        for key, which in ((self._empty, "empty"), (self._deleted, "deleted")):
            if key in listed:
                raise InvalidArgumentError(f"Using the {which}_key as a table key is not allowed")
        return listed

    def find(self, keys: Any, default: Any) -> Any:
        """The values of the keys; InvalidArgumentError when a special key is among them."""
        self._prefix(keys)
        self._keys(keys)
        return super().find(keys, default)

    def insert(self, keys: Any, values: Any) -> None:
        """Sets the values of some keys."""
        self._check_values(keys, values)
        listed = self._keys(keys)
        with self.lock:
            while self.size() + len(listed) > self._buckets * self._max_load:
                self._buckets *= 2
            self._set(listed, values.reshape(-1, *self.value_shape))

    def remove(self, keys: Any) -> None:
        """Removes some keys, if they are there."""
        self._prefix(keys)
        self._keys(keys)
        super().remove(keys)

    def export(self) -> tuple[Any, Any]:
        """The buckets: matrices of keys and of values, in which empty ones have the empty key."""
        with self.lock:
            keys, values = super().export()
            width = int(np.prod(self.key_shape))
            all_keys = np.empty((self._buckets, width), self.key_dtype.np_dtype)
            all_keys[:] = self._empty
            all_keys[: len(keys)] = keys.reshape(len(keys), width)
            fill = b"" if self.value_dtype.np_dtype.kind == "O" else 0
            shape = (self._buckets, int(np.prod(self.value_shape)))
            all_values = np.full(shape, fill, self.value_dtype.np_dtype)
            all_values[: len(values)] = values.reshape(len(values), shape[1])
        return all_keys, all_values

    def import_values(self, keys: Any, values: Any) -> None:
        """Sets the whole content from buckets, as `export` gives them."""
        width, wide = int(np.prod(self.key_shape)), int(np.prod(self.value_shape))
        if keys.shape[1:] not in ((width,), self.key_shape):
            raise InvalidArgumentError(
                f"Expected buckets of keys of shape {[None, width]}, got {list(keys.shape)}"
            )
        if values.shape[:1] != keys.shape[:1] or values.size != len(keys) * wide:
            raise InvalidArgumentError(
                f"Expected shape {[len(keys), wide]} for value, got {list(values.shape)}"
            )
        listed = self._listed(keys)
        full = [i for i, key in enumerate(listed) if key not in (self._empty, self._deleted)]
        with self.lock:
            self._clear()
            self._buckets = len(keys)
            rows = values.reshape(-1, *self.value_shape)[full]
            self._set([listed[i] for i in full], rows)


def _check_dense(
    value_shape: Shape, empty: Any, deleted: Any, buckets: int, max_load: float
) -> None:
    if not 0 < max_load < 1:
        raise InvalidArgumentError(f"max_load_factor must be between 0 and 1, got: {max_load}")
    if len(value_shape) > 1:
        raise InvalidArgumentError(
            f"Empty value must be a scalar or a vector, got shape {list(value_shape)}"
        )
    if empty.ndim > 1:
        raise InvalidArgumentError(
            f"Empty key must be a scalar or a vector, got shape {list(empty.shape)}"
        )
    if empty.shape != deleted.shape:
        raise InvalidArgumentError(
            "Empty and deleted keys must have same shape, got shapes: "
            f"{list(empty.shape)} and {list(deleted.shape)}"
        )
    if buckets < 4 or buckets & (buckets - 1):
        raise InvalidArgumentError(
            f"Number of buckets must be at least 4 and a power of 2, got: {buckets}"
        )
