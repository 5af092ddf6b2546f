"""The methods of a variable that add operations which change it."""

from __future__ import annotations

from typing import Any

from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.state import scatter, variable


class Assigning:
    """Base class of `Variable`: each method gives the variable after the change, as a tensor.

    With `read_value=False` it gives the operation.
    """

    def _ref(self) -> Tensor:
        raise TypeError(f"{type(self).__name__} has no mutable tensor")

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None,
        read_value: bool = True,
    ) -> Any:  # fmt: skip
        """Sets the value, which must have the variable's shape."""
        result = variable.assign(self._ref(), value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None,
        read_value: bool = True,
    ) -> Any:  # fmt: skip
        """Adds to the value."""
        result = variable.assign_add(self._ref(), delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None,
        read_value: bool = True,
    ) -> Any:  # fmt: skip
        """Subtracts from the value."""
        result = variable.assign_sub(self._ref(), delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def count_up_to(self, limit: int) -> Tensor:
        """Counts up by one and gives the value before; OutOfRangeError at `limit`."""
        return variable.count_up_to(self._ref(), limit)

    # --- rows that an IndexedSlices names ------------------------------------------------------
    def _scatter(self, op_type: str, delta: Any, use_locking: bool, name: str | None) -> Tensor:
        if not isinstance(delta, IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {delta}")
        op_def = getattr(raw, op_type)
        return op_def(  # type: ignore[no-any-return]
            self._ref(), delta.indices, delta.values, use_locking=use_locking, name=name
        )

    def scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Sets the rows that `sparse_delta.indices` name to `sparse_delta.values`."""
        return self._scatter("ScatterUpdate", sparse_delta, use_locking, name)

    def scatter_add(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Adds to rows."""
        return self._scatter("ScatterAdd", sparse_delta, use_locking, name)

    def scatter_sub(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Subtracts from rows."""
        return self._scatter("ScatterSub", sparse_delta, use_locking, name)

    def scatter_mul(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Multiplies rows."""
        return self._scatter("ScatterMul", sparse_delta, use_locking, name)

    def scatter_div(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Divides rows."""
        return self._scatter("ScatterDiv", sparse_delta, use_locking, name)

    def scatter_min(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Lowers rows to what `sparse_delta` has, where that is less."""
        return self._scatter("ScatterMin", sparse_delta, use_locking, name)

    def scatter_max(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Raises rows to what `sparse_delta` has, where that is more."""
        return self._scatter("ScatterMax", sparse_delta, use_locking, name)

    def batch_scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Tensor:
        """Sets rows whose indices count within a batch (tf.batch_scatter_update)."""
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        return scatter.batch_scatter_update(
            self._ref(), sparse_delta.indices, sparse_delta.values, use_locking, name
        )

    # --- elements at coordinates ---------------------------------------------------------------
    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """Sets the elements or slices at some coordinates (tf.scatter_nd_update)."""
        return scatter.scatter_nd_update(self._ref(), indices, updates, name=name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """Adds to the elements or slices at some coordinates."""
        return scatter.scatter_nd_add(self._ref(), indices, updates, name=name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """Subtracts from the elements or slices at some coordinates."""
        return scatter.scatter_nd_sub(self._ref(), indices, updates, name=name)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements or slices at some coordinates (tf.gather_nd)."""
        return raw.GatherNd(self, indices, name=name)  # type: ignore[no-any-return]

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Tensor:
        return raw.StridedSliceAssign(self._ref(), begin, end, strides, value, name=name, **masks)  # type: ignore[no-any-return]
