"""`SparseTensor`: the coordinates and values of the elements that are not zero, as three tensors.

It holds tensors and adds nothing to the graph but the constants of what is given as Python values.
Its operations are in ops/sparse, which also tells the session how one is fetched and fed.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from flowgraph.core import stacks
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType, as_dtype, int64
from flowgraph.core.graph import Graph, name_scope
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor

# What fetching a SparseTensor gives, and what is fed for one: three arrays.
SparseTensorValue = namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])


class SparseTensor:
    """A tensor of which only some elements are there, the others being zero (tf.SparseTensor).

    `dense[indices[i]] = values[i]`. Most operations want the indices in row-major order, each once;
    `tf.sparse.reorder` sorts them.

    Args:
      indices: int64 of shape [n, rank], the coordinates.
      values: of any dtype and shape [n].
      dense_shape: an int64 vector of length rank, the shape of the whole.

    Raises:
      ValueError: a static shape does not fit the others.
    """

    __array_priority__ = 100  # numpy leaves `array * sparse` to us

    __slots__ = ("_indices", "_values", "_dense_shape", "_shape", "__dict__", "__weakref__")

    def __init__(
        self, indices: Any, values: Any, dense_shape: Any = None, shape: Any = None
    ) -> None:
        dense_shape = shape if dense_shape is None else dense_shape  # its name before 1.0
        if dense_shape is None:
            raise TypeError("SparseTensor() needs the argument 'dense_shape'")
        given = [x for x in (indices, values, dense_shape) if isinstance(x, Tensor)]
        with name_scope(None, "SparseTensor", given):
            self._indices = convert_to_tensor(indices, name="indices", dtype=int64)
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, name="dense_shape", dtype=int64)
        coordinates: Any = self._indices.shape.with_rank(2).known
        count: Any = self._values.shape.with_rank(1).known
        rank: Any = self._dense_shape.shape.with_rank(1).known
        Dimension(coordinates[0]).assert_is_compatible_with(count[0])
        Dimension(coordinates[1]).assert_is_compatible_with(rank[0])
        self._shape = constant_value_as_shape(self._dense_shape)

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """A `SparseTensor` of a `SparseTensorValue`, or of the parts of another one."""
        if not is_sparse(sparse_tensor_value):
            raise TypeError(
                f"Neither a SparseTensor nor SparseTensorValue: {sparse_tensor_value!r}."
            )
        value = sparse_tensor_value
        return cls(value.indices, value.values, value.dense_shape)

    @property
    def indices(self) -> Tensor:
        """The coordinates, int64 of shape [n, rank]."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The values, of shape [n]."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the whole, an int64 vector."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape of the whole: what is known of `dense_shape`."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The static shape of the whole; the same as `shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Adds what `shape` knows to the static shape; ValueError when they contradict."""
        self._shape = self._shape.merge_with(shape)

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._values.dtype

    @property
    def op(self) -> Operation:
        """The operation that computes the values."""
        return self._values.op

    @property
    def graph(self) -> Graph:
        """The graph of its tensors."""
        return self._indices.graph

    def with_values(self, new_values: Any) -> SparseTensor:
        """The same coordinates with other values."""
        return SparseTensor(self._indices, new_values, self._dense_shape)

    def consumers(self) -> list[Operation]:
        """The operations that take one of its tensors as an input, each once."""
        parts = (self._indices, self._values, self._dense_shape)
        return list(dict.fromkeys(op for part in parts for op in part.consumers()))

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """Computes it in `session` or the default session; gives a `SparseTensorValue`."""
        run = stacks.session_for(self.graph, session, "evaluate tensor").run
        return SparseTensorValue(*run([self._indices, self._values, self._dense_shape], feed_dict))

    @staticmethod
    def _override_operator(operator: str, function: Callable[..., Any]) -> None:
        setattr(SparseTensor, operator, function)

    def __str__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices}, values={self._values}, "
            f"dense_shape={self._dense_shape})"
        )

    __repr__ = __str__


def is_sparse(value: Any) -> bool:
    """Whether the value is a `SparseTensor` or a `SparseTensorValue`."""
    return isinstance(value, (SparseTensor, SparseTensorValue))


def convert_to_sparse_tensor(value: Any) -> SparseTensor:
    """The `SparseTensor` itself, or one of the constants in a `SparseTensorValue`; else TypeError.

    What the functions of ops/sparse do with their arguments.
    """
    if isinstance(value, SparseTensor):
        return value
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    raise TypeError(f"Input must be a SparseTensor, got {value!r} of type {type(value).__name__}.")


def convert_to_tensor_or_sparse_tensor(
    value: Any, dtype: Any = None, name: str | None = None
) -> Any:
    """The value as a `SparseTensor` when it is sparse, else as a tensor (tf's function).

    Raises:
      RuntimeError: a sparse value has another dtype than `dtype`.
    """
    if not is_sparse(value):
        return convert_to_tensor(value, dtype=dtype, name=name)
    sparse = convert_to_sparse_tensor(value)
    if dtype is not None and not as_dtype(dtype).is_compatible_with(sparse.dtype):
        raise RuntimeError(
            f"Sparse dtype mismatch. Requested: {as_dtype(dtype).name}, Actual: {sparse.dtype.name}"
        )
    return sparse


def over_sparse_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a function that keeps zero: of a `SparseTensor` it is taken of the values.

    The result is then a `SparseTensor` with the same coordinates.
    """

    @functools.wraps(function)
    def dispatched(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, SparseTensor):
            return x.with_values(function(x.values, *args, **kwargs))
        return function(x, *args, **kwargs)

    return dispatched
