"""Datasets of batches and windows of elements, and of the parts of elements."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from flowgraph.core.errors import DataLossError, InvalidArgumentError
from flowgraph.ops.array.known import boxed
from flowgraph.ops.data._elements import Element, padded, rows_of, stacked
from flowgraph.ops.data._runtime import INFINITE, UNKNOWN_COUNT, Context, Dataset, Place, Unary


def batches_of(count: int, size: int, drop: bool) -> int:
    """How many batches so many elements make."""
    if count < 0:
        return count
    return count // size if drop else -(-count // size)


class Batch(Unary):
    """Elements put together, `size` at a time; `drop` leaves out a last one that is smaller."""

    def __init__(self, source: Dataset, size: int, drop: bool) -> None:
        super().__init__(source)
        if size <= 0:
            raise InvalidArgumentError("Batch size must be greater than zero.")
        self.size, self.drop = size, drop

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The batches."""
        take = self.source.take
        inner = self.source.iterator(context, (*place, 0), take is not None)
        return map(take or self.join, Chunks(inner, self.size, self.drop))

    def join(self, elements: Sequence[Element]) -> Element:
        """A batch of elements."""
        return stacked(elements)

    def cardinality(self) -> int:
        """A part of them."""
        return batches_of(self.source.cardinality(), self.size, self.drop)


class Chunks(Iterator[list[Any]]):
    """Lists of as many items; the last may have fewer."""

    def __init__(self, inner: Iterator[Any], size: int, drop: bool) -> None:
        self._inner, self._size, self._least = inner, size, size if drop else 1

    def __next__(self) -> list[Any]:
        items = list(islice(self._inner, self._size))
        if len(items) < self._least:
            raise StopIteration
        return items


class PaddedBatch(Batch):
    """Batches of elements of different sizes, filled up."""

    def __init__(
        self, source: Dataset, size: int, shapes: Sequence[Any], fillers: Sequence[Any], drop: bool
    ) -> None:
        super().__init__(source, size, drop)
        self.shapes, self.fillers = shapes, fillers

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The batches."""
        inner = self.source.iterator(context, (*place, 0))
        return map(self.join, Chunks(inner, self.size, self.drop))

    def join(self, elements: Sequence[Element]) -> Element:
        """A batch of elements."""
        return padded(elements, self.shapes, self.fillers)


class SparseBatch(Batch):
    """Batches of vectors and such as sparse tensors of a fixed row shape: three variants each."""

    def __init__(self, source: Dataset, size: int, row_shape: Sequence[int], drop: bool) -> None:
        super().__init__(source, size, drop)
        self.row_shape = row_shape

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The batches."""
        inner = self.source.iterator(context, (*place, 0))
        return map(self.join, Chunks(inner, self.size, self.drop))

    def join(self, elements: Sequence[Element]) -> Element:
        """A batch of elements, each of one component."""
        values = [np.asarray(element[0]) for element in elements]
        shape = list(self.row_shape)
        for value in values:
            if value.ndim != len(shape):
                raise InvalidArgumentError(
                    f"Dense element shape {list(value.shape)} is incompatible with the row shape "
                    f"{list(self.row_shape)}."
                )
            for axis, size in enumerate(value.shape):
                if self.row_shape[axis] < 0:
                    shape[axis] = max(shape[axis], size)
                elif size > self.row_shape[axis]:
                    raise DataLossError(
                        f"Dense element shape {list(value.shape)} is larger than the row shape "
                        f"{list(self.row_shape)}."
                    )
        parts = [np.indices(value.shape).reshape(value.ndim, -1).T for value in values]
        rows = np.repeat(np.arange(len(values)), [value.size for value in values])
        indices = np.concatenate([rows[:, None], np.concatenate(parts)], axis=1)
        out = np.empty(3, object)
        out[0] = indices.astype(np.int64)
        out[1] = np.concatenate([value.reshape(-1) for value in values])
        out[2] = np.array([len(values), *[max(size, 0) for size in shape]], np.int64)
        return (out,)


class Unbatch(Unary):
    """The rows of elements."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The rows."""
        return _Rows(self.source.iterator(context, (*place, 0)))

    def cardinality(self) -> int:
        """A run tells."""
        count = self.source.cardinality()
        return count if count in (0, INFINITE) else UNKNOWN_COUNT


class _Rows(Iterator[Element]):
    def __init__(self, inner: Iterator[Element]) -> None:
        self._inner = inner
        self._rows: Iterator[Element] = iter(())

    def __next__(self) -> Element:
        while True:
            for row in self._rows:
                return row
            element = next(self._inner)
            sizes = [len(column) if np.ndim(column) else None for column in element]
            if None in sizes:
                raise InvalidArgumentError("Input element must have a non-scalar value in each "
                                           "component.")  # fmt: skip
            if len(set(sizes)) > 1:
                raise InvalidArgumentError(
                    "Input element must have the same batch size in each component. Component 0 "
                    f"had size {sizes[0]} but another component had size "
                    f"{next(s for s in sizes if s != sizes[0])}."
                )
            self._rows = zip(*map(rows_of, element), strict=True)


class Elements(Dataset):
    """Elements that are there already: of a window, a group."""

    def __init__(self, elements: Sequence[Element]) -> None:
        super().__init__()
        self.elements = elements

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        return iter(self.elements)

    def cardinality(self) -> int:
        """Their number."""
        return len(self.elements)


class Window(Unary):
    """Datasets of elements that follow each other: one for each component."""

    def __init__(self, source: Dataset, size: int, shift: int, stride: int, drop: bool) -> None:
        super().__init__(source)
        for what, number in (("size", size), ("shift", shift), ("stride", stride)):
            if number <= 0:
                raise InvalidArgumentError(f"Window {what} must be greater than zero.")
        self.size, self.shift, self.stride, self.drop = size, shift, stride, drop

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The windows."""
        return _Windows(self, self.source.iterator(context, (*place, 0)))

    def cardinality(self) -> int:
        """One for each shift."""
        count = self.source.cardinality()
        if count < 0:
            return count
        if not self.drop:
            return -(-count // self.shift)
        return max(0, (count - (self.size - 1) * self.stride - 1) // self.shift + 1)


class _Windows(Iterator[Element]):
    def __init__(self, window: Window, inner: Iterator[Element]) -> None:
        self._window = window
        self._inner: Iterator[Element] | None = inner
        self._held: deque[Any] = deque()  # elements, and errors that came in their place

    def _next(self) -> bool:
        if self._inner is None:
            return False
        try:
            self._held.append(next(self._inner))
        except StopIteration:
            self._inner = None
            return False
        except Exception as error:
            self._held.append(error)
        return True

    def __next__(self) -> Element:
        window, held = self._window, self._held
        wanted = (window.size - 1) * window.stride + 1
        while len(held) < wanted and self._next():
            pass
        if not held or (window.drop and len(held) < wanted):
            raise StopIteration
        chosen = list(islice(held, 0, None, window.stride))
        for _ in range(window.shift):
            if not held and not self._next():
                break
            held.popleft()
        for element in chosen:
            if isinstance(element, Exception):
                raise element
        return tuple([boxed(Elements(list(zip(column)))) for column in zip(*chosen, strict=True)])


class Sliding(Window):
    """Batches of elements that follow each other."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The batches."""
        windows = super().iterator(context, place)
        return map(_joined, windows)


def _joined(window: Element) -> Element:
    columns = [dataset[()].elements for dataset in window]
    return tuple([stacked(column)[0] for column in columns])
