"""Sums of gradients that threads add to, and that are taken when enough have come.

An accumulator lives in its session's store. It counts steps: each taking is one, and a gradient of
an earlier step than the present one is dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.dtypes import DType
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.shapes import TensorShape, brackets
from flowgraph.ops.array.known import boxed
from flowgraph.runtime.waiting import WaitingState


class Accumulator(WaitingState):
    """A sum or mean of dense gradients of one shape."""

    kind = "ConditionalAccumulator"

    def __init__(self, name: str, dtype: DType, shape: TensorShape, mean: bool) -> None:
        super().__init__()
        self.name, self.dtype, self.shape, self.mean = name, dtype, shape, mean
        self.count = 0
        self.step = 0
        self.handle = boxed(self)
        self._sum: Any = None
        self._takers = self.new_line()

    def read(self) -> Any:
        """What the handle shows when it is fetched as a reference."""
        return np.array([b"localhost", self.name.encode()], object)

    def set_step(self, step: int) -> None:
        """Sets the present step: gradients of earlier ones are dropped."""
        with self.lock:
            self.step = step

    def apply(self, step: int, gradient: Any) -> None:
        """Adds a gradient that was computed at `step`, unless that is in the past."""

        def change() -> None:
            if step >= self.step:
                self._add(gradient)
                self.count += 1

        self.act(change)

    def take(self, required: int) -> Any:
        """The sum or mean of at least `required` gradients, after which the next step begins."""
        if required <= 0:
            raise InvalidArgumentError(
                f"Argument num_required must be positive, but was {required}"
            )
        found: list[Any] = []

        def attempt() -> bool:
            if self.count < required:
                return False
            found.append(self._result())
            self.count, self._sum = 0, None
            self.step += 1
            self.changed = True
            return True

        self.in_turn(self._takers, attempt, what="TakeGrad operation")
        return found[0]

    # --- under the lock ------------------------------------------------------------------------
    def _add(self, gradient: Any) -> None:
        expected = self.shape if self._sum is None else TensorShape.of(self._sum.shape)
        if not expected.is_compatible_with(TensorShape.of(gradient.shape)):
            raise InvalidArgumentError(
                f"Shape mismatch: expected {brackets(expected)}, got "
                f"{brackets(TensorShape.of(gradient.shape))}"
            )
        if self._sum is None:
            self._sum = np.array(gradient, self.dtype.np_dtype)
        else:
            self._sum += gradient

    def _result(self) -> Any:
        return _divided(self._sum, self.count) if self.mean else self._sum


class SparseAccumulator(Accumulator):
    """A sum or mean of gradients of some rows; a row's mean is over the gradients that have it."""

    kind = "SparseConditionalAccumulator"

    def _add(self, gradient: Any) -> None:
        indices, values, shape = gradient
        self._check_gradient(indices, values, shape)
        rows, places = np.unique(indices, return_inverse=True)
        total = np.zeros((len(rows), *values.shape[1:]), self.dtype.np_dtype)
        np.add.at(total, places, values)
        counts = np.ones(len(rows), np.int64)
        if self._sum is not None:
            rows, total, counts = _added(self._sum, (rows, total, counts))
        self._sum = rows, total, counts

    def _result(self) -> Any:
        rows, total, counts = self._sum
        if self.mean:
            total = _divided(total, counts.reshape(-1, *[1] * (total.ndim - 1)))
        first = self.shape.known[0] if self.shape.rank else None
        shape = np.array([-1 if first is None else first, *total.shape[1:]], np.int64)
        return rows.astype(np.int64), total, shape

    def _check_gradient(self, indices: Any, values: Any, shape: Any) -> None:
        if indices.ndim != 1 or not values.ndim or len(values) != len(indices):
            raise InvalidArgumentError(
                "Expected a vector of indices and as many rows of values, got shapes "
                f"{list(indices.shape)} and {list(values.shape)}"
            )
        declared = list(self.shape.known or ())
        if shape is not None:
            self._check_sizes("shape", declared, shape.tolist())
        if declared and declared[0] is not None:
            over = np.flatnonzero(indices >= declared[0])
            if over.size:
                at = int(over[0])
                raise InvalidArgumentError(
                    f"Shape mismatch: index of slice {at} exceeded limits of shape; index is "
                    f"{indices[at]} exceeded {declared[0]}"
                )
        if self._sum is not None:
            before = self._sum[1].shape
            if len(before) != values.ndim:
                raise InvalidArgumentError(
                    f"Shape mismatch: expected values rank {len(before)}, got {values.ndim}"
                )
            declared = list(before)
        self._check_sizes("values", [None, *declared[1:]] if declared else [], list(values.shape))

    def _check_sizes(self, what: str, declared: list[Any], sizes: list[int]) -> None:
        if len(declared) > len(sizes):
            raise InvalidArgumentError(
                f"Shape mismatch: expected {what} rank at least {len(declared)}, got {len(sizes)}"
            )
        for i, (wanted, size) in enumerate(zip(declared, sizes, strict=False)):
            if wanted is not None and wanted != size:
                raise InvalidArgumentError(
                    f"Shape mismatch: expected {what} dim {i} to be {wanted}, got {size}"
                )


def _added(a: Any, b: Any) -> Any:
    """(rows, sums, counts) of two sets of rows, each in order and without doubles."""
    rows = np.union1d(a[0], b[0])
    total = np.zeros((len(rows), *a[1].shape[1:]), a[1].dtype)
    counts = np.zeros(len(rows), np.int64)
    for part, values, count in (a, b):
        places = np.searchsorted(rows, part)
        total[places] += values
        counts[places] += count
    return rows, total, counts


def _divided(total: Any, count: Any) -> Any:
    if total.dtype.kind in "iu":
        return total // np.asarray(count, total.dtype)
    return total / np.asarray(count).astype(total.dtype)
