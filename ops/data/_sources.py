"""Datasets that are made of arrays, numbers and Python generators."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError, UnimplementedError
from flowgraph.ops import _philox
from flowgraph.ops.array.known import boxed
from flowgraph.ops.data._elements import Element, listed, rows_of
from flowgraph.ops.data._runtime import INFINITE, UNKNOWN_COUNT, Context, Dataset, Place


class Single(Dataset):
    """One element."""

    def __init__(self, element: Element) -> None:
        super().__init__()
        self.element = element

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The element."""
        return iter([self.element])

    def cardinality(self) -> int:
        """One."""
        return 1


class Slices(Dataset):
    """The rows of arrays; their numbers are the keys."""

    def __init__(self, columns: Sequence[Any]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        for column in self.columns:
            if not np.ndim(column):
                raise InvalidArgumentError("All components must be at least 1-dimensional")
        self.count = len(self.columns[0])
        for i, column in enumerate(self.columns):
            if len(column) != self.count:
                raise InvalidArgumentError(
                    f"All components must have the same size in the 0th dimension: component 0 "
                    f"has {self.count} rows, component {i} has {len(column)}"
                )
        self.take = self._take

    def _take(self, keys: Sequence[int]) -> Element:
        first, count = keys[0], len(keys)
        if keys[-1] - first + 1 == count and list(range(first, first + count)) == keys:
            return tuple([column[first : first + count].copy() for column in self.columns])
        at = np.array(keys, np.intp)
        return tuple([column.take(at, axis=0) for column in self.columns])

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The rows."""
        if keys:
            return iter(range(self.count))
        return zip(*map(rows_of, self.columns), strict=True)

    def cardinality(self) -> int:
        """The number of rows."""
        return self.count


class SparseSlices(Dataset):
    """The rows of a sparse tensor as (indices, values, shape)."""

    def __init__(self, indices: Any, values: Any, shape: Any) -> None:
        super().__init__()
        rows = indices[:, 0] if indices.size else np.zeros(0, np.int64)
        if np.any(np.diff(rows) < 0):
            raise UnimplementedError(
                "The SparseTensor must be ordered in the batch dimension; handling arbitrarily "
                "ordered input is not currently supported."
            )
        self.count = int(shape[0]) if len(shape) else 0
        ends = np.searchsorted(rows, np.arange(self.count + 1)).tolist()
        self._parts = [
            (indices[a:b, 1:], values[a:b], shape[1:]) for a, b in itertools.pairwise(ends)
        ]

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The rows."""
        return iter(self._parts)

    def cardinality(self) -> int:
        """The number of rows."""
        return self.count


class Range(Dataset):
    """Numbers of equal distance, which are their own keys."""

    def __init__(self, start: int, stop: int, step: int) -> None:
        super().__init__()
        if not step:
            raise InvalidArgumentError("step must be a non-zero integer.")
        self.numbers = range(start, stop, step)
        self.take = lambda keys: (np.array(keys, np.int64),)

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The numbers."""
        return iter(self.numbers) if keys else zip(map(np.int64, self.numbers), strict=True)

    def cardinality(self) -> int:
        """How many there are."""
        return max(0, -(-(self.numbers.stop - self.numbers.start) // self.numbers.step))


class Empty(Dataset):
    """No elements."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """Nothing."""
        return iter(())

    def cardinality(self) -> int:
        """None."""
        return 0


class RandomNumbers(Dataset):
    """Numbers of 32 random bits without end."""

    def __init__(self, seed: int, seed2: int) -> None:
        super().__init__()
        self.seeds = seed, seed2

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The numbers."""
        return zip(map(np.int64, words(*self.seeds)), strict=False)

    def cardinality(self) -> int:
        """Without end."""
        return INFINITE


def words(seed: int, seed2: int) -> Iterator[int]:
    """The stream of 32-bit numbers of a generator; of (0, 0) another one each time."""
    exact = _philox.PhiloxState.exactly
    state = exact(seed, seed2, 0) if seed or seed2 else _philox.PhiloxState()
    for block in itertools.count(0, _BLOCKS):
        yield from _philox.words(state, block, 4 * _BLOCKS).tolist()


_BLOCKS = 64


class Generated(Dataset):
    """What a Python generator yields; `convert` makes an element of a value."""

    def __init__(self, make: Callable[[], Any], convert: Callable[[Any], Element]) -> None:
        super().__init__()
        self.make, self.convert = make, convert

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements; the generator is started at the first one."""
        return map(self.convert, Late(self.make))

    def cardinality(self) -> int:
        """Nobody knows."""
        return UNKNOWN_COUNT


class Late:
    """An iterator that is made when it is first asked."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._inner = make, None

    def __iter__(self) -> Iterator[Any]:
        return self  # type: ignore[return-value]

    def __next__(self) -> Any:
        if self._inner is None:
            self._inner = self._make()
        return next(self._inner)  # type: ignore[call-overload]


def checked_value(value: Any, dtype: Any, shape: Any) -> Any:
    """A value of a generator as an array; TypeError or ValueError when it is another than told."""
    wanted = dtype.np_dtype
    if dtype.name == "string":
        from flowgraph.runtime.feeds import to_bytes

        array = np.asarray(boxed(value) if isinstance(value, (str, bytes)) else value)
        if not array.size:
            array = array.astype(object)
        if array.dtype.kind not in "SUO":
            raise _not_convertible(dtype, value)
        array = to_bytes(array)
    else:
        try:
            array = np.array(value)  # a copy: the generator may write to its own again
            array = array if array.dtype == wanted else np.array(value, wanted)
        except (TypeError, ValueError):
            raise _not_convertible(dtype, value) from None
    if not shape.is_compatible_with(array.shape):
        raise ValueError(
            f"`generator` yielded an element of shape {array.shape} where an element of shape "
            f"{shape} was expected."
        )
    return array


def _not_convertible(dtype: Any, value: Any) -> TypeError:
    return TypeError(
        "`generator` yielded an element that could not be converted to the expected type. The "
        f"expected type was {dtype.name}, but the yielded element was {value}."
    )


def checked_shapes(element: Element, shapes: Sequence[Any]) -> Element:
    """The element; InvalidArgumentError when a component has another shape than told."""
    for value, shape in zip(element, shapes, strict=True):
        if not shape.is_compatible_with(np.shape(value)):
            raise InvalidArgumentError(
                f"Incompatible shapes: expected {shape} but got {listed(np.shape(value))}"
            )
    return element
