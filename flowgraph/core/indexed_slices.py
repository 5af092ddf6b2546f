"""`IndexedSlices`: the gradient of a gather, which names only the rows that it touches."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flowgraph.core.dtypes import DType
from flowgraph.core.graph import Graph
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor

# What fetching an IndexedSlices gives: three arrays, the last of which may be None.
IndexedSlicesValue = namedtuple("IndexedSlicesValue", ["values", "indices", "dense_shape"])


class IndexedSlices:
    """Rows of a larger tensor: `dense[indices[i]] += values[i]`, zero elsewhere (tf.IndexedSlices).

    Args:
      values: a tensor of shape [n, ...].
      indices: an integer tensor of shape [n]; an index may come twice, and its rows add up.
      dense_shape: an integer vector, the shape of the whole; may be None.
    """

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        self._values, self._indices, self._dense_shape = values, indices, dense_shape

    @property
    def values(self) -> Tensor:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """Which rows they are."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the whole, where it is known."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape of the whole."""
        if self._dense_shape is None:
            return TensorShape(None)
        return constant_value_as_shape(self._dense_shape)

    @property
    def name(self) -> str:
        """The name of the rows' tensor."""
        return self._values.name

    @property
    def device(self) -> str:
        """The device asked for."""
        return self._values.device

    @property
    def op(self) -> Operation:
        """The operation that computes the rows."""
        return self._values.op

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._values.dtype

    @property
    def graph(self) -> Graph:
        """The graph of its tensors."""
        return self._values.graph

    def consumers(self) -> list[Operation]:
        """The operations that take one of its tensors as an input, each once."""
        parts = [t for t in (self._values, self._indices, self._dense_shape) if t is not None]
        return list(dict.fromkeys(op for part in parts for op in part.consumers()))

    def __neg__(self) -> IndexedSlices:
        negated: Any = -self._values  # type: ignore[operator]
        return IndexedSlices(negated, self._indices, self._dense_shape)

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    __repr__ = __str__
