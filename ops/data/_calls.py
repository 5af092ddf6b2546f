"""Datasets that call functions of the graph on elements of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError, OpError, OutOfRangeError
from flowgraph.ops.array.known import boxed
from flowgraph.ops.data._batches import Elements
from flowgraph.ops.data._elements import Element
from flowgraph.ops.data._runtime import UNKNOWN_COUNT, Context, Dataset, Place, Unary

Function = Callable[..., Sequence[Any]]


class Bound:
    """A function of the graph with the values that it took from outside."""

    __slots__ = ("call", "captured", "restart")

    def __init__(
        self, call: Function, captured: Element, restart: Callable[[], None] | None = None
    ) -> None:
        self.call, self.captured, self.restart = call, captured, restart

    def begin(self, context: Context) -> None:
        """Lets random numbers of a seed begin anew, once in each pipeline."""
        if self.restart is not None:
            context.keep(("begun", id(self.call)), self.restart)

    def __call__(self, *arguments: Any) -> Element:
        """The results for an element."""
        return tuple(self.call(*arguments, *self.captured))

    def may_end(self, *arguments: Any) -> Element:
        """The same; an OutOfRangeError of the function ends the dataset."""
        try:
            return tuple(self.call(*arguments, *self.captured))
        except OutOfRangeError:
            raise StopIteration from None

    def must_give(self, *arguments: Any) -> Element:
        """The same; an OutOfRangeError of the function is an error and not an end."""
        try:
            return tuple(self.call(*arguments, *self.captured))
        except OutOfRangeError as error:
            raise InvalidArgumentError(
                f"Function invocation produced OutOfRangeError: {error.message}"
            ) from error


class Map(Unary):
    """What a function makes of elements. `keeps_count`: it gives something for each."""

    def __init__(self, source: Dataset, function: Bound, keeps_count: bool) -> None:
        super().__init__(source)
        self.bound = function
        self.function = function.must_give if keeps_count else function.may_end

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The results."""
        self.bound.begin(context)
        return Mapped(self.function, self.source.iterator(context, (*place, 0)))


class Mapped(Iterator[Element]):
    """A function of each element."""

    def __init__(self, function: Callable[..., Element], inner: Iterator[Element]) -> None:
        self._function, self._inner = function, inner

    def __next__(self) -> Element:
        return self._function(*next(self._inner))


class Filter(Unary):
    """The elements for which a function gives true."""

    def __init__(self, source: Dataset, predicate: Bound) -> None:
        super().__init__(source)
        self.predicate = predicate

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        self.predicate.begin(context)
        return filter(self._accepts, self.source.iterator(context, (*place, 0)))

    def _accepts(self, element: Element) -> bool:
        (verdict,) = self.predicate(*element)
        if np.ndim(verdict):
            raise InvalidArgumentError("Filter predicate `f` must return a scalar bool.")
        return bool(verdict)

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


class TakeWhile(Unary):
    """The elements before the first for which a function gives false."""

    def __init__(self, source: Dataset, predicate: Bound) -> None:
        super().__init__(source)
        self.predicate = predicate

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        self.predicate.begin(context)
        return _While(self.predicate, self.source.iterator(context, (*place, 0)))

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


class _While(Iterator[Element]):
    def __init__(self, predicate: Bound, inner: Iterator[Element]) -> None:
        self._predicate, self._inner, self._ended = predicate, inner, False

    def __next__(self) -> Element:
        if self._ended:
            raise StopIteration
        element = next(self._inner)
        (verdict,) = self._predicate(*element)
        if np.ndim(verdict):
            raise InvalidArgumentError("TakeWhile predicate must return a scalar bool.")
        if not verdict:
            self._ended = True
            raise StopIteration
        return element


class Scan(Unary):
    """A function of a state and an element gives the next state and the result."""

    def __init__(
        self, source: Dataset, state: Element, function: Bound, keeps_count: bool = False
    ) -> None:
        super().__init__(source)
        self.state, self.bound = state, function
        self.function = function.must_give if keeps_count else function.may_end

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The results."""
        self.bound.begin(context)
        return _Scanned(self, self.source.iterator(context, (*place, 0)))


class _Scanned(Iterator[Element]):
    def __init__(self, scan: Scan, inner: Iterator[Element]) -> None:
        self._function, self._inner, self._state = scan.function, inner, scan.state

    def __next__(self) -> Element:
        found = self._function(*self._state, *next(self._inner))
        count = len(self._state)
        self._state = found[:count]
        return found[count:]


class FlatMap(Unary):
    """The elements of the datasets that a function makes of elements."""

    def __init__(self, source: Dataset, function: Bound) -> None:
        super().__init__(source)
        self.function = function

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements, of one dataset after another."""
        self.function.begin(context)
        inner = self.source.iterator(context, (*place, 0))
        return _Flat(self.function, inner, context, place)

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


class _Flat(Iterator[Element]):
    def __init__(
        self, function: Bound, inner: Iterator[Element], context: Context, place: Place
    ) -> None:
        self._function, self._inner, self._context = function, inner, context
        self._place = (*place, "each")
        self._current: Iterator[Element] = iter(())

    def __next__(self) -> Element:
        while True:
            for element in self._current:
                return element
            self._current = iter(())
            (dataset,) = self._function(*next(self._inner))
            self._current = as_dataset(dataset).iterator(self._context, self._place)


def as_dataset(value: Any) -> Dataset:
    """The dataset in a variant."""
    found = value[()] if isinstance(value, np.ndarray) else value
    if not isinstance(found, Dataset):
        raise InvalidArgumentError(f"Expected a dataset, got {type(found).__name__}")
    return found


class Interleave(Unary):
    """Elements of several datasets that a function makes, some of each in turn."""

    def __init__(
        self, source: Dataset, function: Bound, cycle: int, block: int, errors_in_turn: bool = False
    ) -> None:
        super().__init__(source)
        if cycle <= 0:
            raise InvalidArgumentError("`cycle_length` must be > 0")
        if block <= 0:
            raise InvalidArgumentError("`block_length` must be > 0")
        self.function, self.cycle, self.block = function, cycle, block
        self.errors_in_turn = errors_in_turn  # what fails to open stands for an empty dataset

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        self.function.begin(context)
        inner = self.source.iterator(context, (*place, 0))
        return _Interleaved(self, inner, context, place)

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


class _Interleaved(Iterator[Element]):
    def __init__(
        self, about: Interleave, inner: Iterator[Element], context: Context, place: Place
    ) -> None:
        self._about, self._context, self._place = about, context, place
        self._inner: Iterator[Element] | None = inner
        self._open: list[Iterator[Element] | None] = [None] * about.cycle
        self._at = self._given = 0

    def _advance(self) -> None:
        self._given, self._at = 0, (self._at + 1) % len(self._open)

    def _start(self) -> None:
        assert self._inner is not None
        for element in self._inner:
            (dataset,) = self._about.function(*element)
            place = (*self._place, "each", self._at)
            self._open[self._at] = as_dataset(dataset).iterator(self._context, place)
            return
        self._inner = None

    def _start_or_fail(self) -> None:
        try:
            self._start()
        except Exception:
            if self._about.errors_in_turn:
                self._open[self._at] = iter(())
                self._take_turn()
            raise

    def _take_turn(self) -> None:
        self._given += 1
        if self._given == self._about.block:
            self._advance()

    def __next__(self) -> Element:
        while self._inner is not None or any(self._open):
            current = self._open[self._at]
            if current is None:
                if self._inner is not None:
                    self._start_or_fail()
                else:
                    self._advance()
                continue
            for element in current:
                self._take_turn()
                return element
            self._open[self._at] = None
            self._advance()
        raise StopIteration


class IgnoreErrors(Unary):
    """The elements that can be had without an error."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        return _Ignoring(self.source.iterator(context, (*place, 0)))

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


class _Ignoring(Iterator[Element]):
    def __init__(self, inner: Iterator[Element]) -> None:
        self._inner = inner

    def __next__(self) -> Element:
        while True:
            try:
                return next(self._inner)
            except OpError:
                continue


class Unique(Unary):
    """The elements that were not there before; each has one component."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        seen: set[Any] = set()

        def is_new(element: Element) -> bool:
            value = np.asarray(element[0])
            key = (value.shape, *value.reshape(-1).tolist())
            known = key in seen
            seen.add(key)
            return not known

        return filter(is_new, self.source.iterator(context, (*place, 0)))

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


# --- groups ---------------------------------------------------------------------------------------
def _whole(values: Element, what: str) -> int:
    if len(values) != 1 or np.size(values[0]) != 1 or np.asarray(values[0]).dtype != np.int64:
        raise InvalidArgumentError(f"`{what}` must return a scalar int64.")
    return int(np.asarray(values[0]).reshape(())[()])


class GroupByWindow(Unary):
    """Elements of the same key, so many at a time, made a dataset by a function."""

    def __init__(self, source: Dataset, key: Bound, reduce: Bound, size: Bound) -> None:
        super().__init__(source)
        self.key, self.reduce, self.size = key, reduce, size

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements of those datasets."""
        return _Grouped(self, self.source.iterator(context, (*place, 0)), context, place)

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT


class _Grouped(Iterator[Element]):
    def __init__(
        self, about: GroupByWindow, inner: Iterator[Element], context: Context, place: Place
    ) -> None:
        self._about, self._context, self._place = about, context, place
        self._inner: Iterator[Element] | None = inner
        self._groups: dict[int, list[Element]] = {}
        self._sizes: dict[int, int] = {}
        self._current: Iterator[Element] = iter(())

    def __next__(self) -> Element:
        while True:
            for element in self._current:
                return element
            key = self._full_group()
            group = boxed(Elements(self._groups.pop(key)))
            (dataset,) = self._about.reduce(np.int64(key), group)
            place = (*self._place, "group", key)
            self._current = as_dataset(dataset).iterator(self._context, place)

    def _full_group(self) -> int:
        """The key of a group that is full, or at the end of the input of any that is left."""
        while self._inner is not None:
            for element in self._inner:
                key = _whole(self._about.key(*element), "key_func")
                group = self._groups.setdefault(key, [])
                group.append(element)
                if len(group) == self._size_of(key):
                    return key
                break
            else:
                self._inner = None
        if not self._groups:
            raise StopIteration
        return min(self._groups)

    def _size_of(self, key: int) -> int:
        if key not in self._sizes:
            size = _whole(self._about.size(np.int64(key)), "window_size_func")
            if size <= 0:
                raise InvalidArgumentError(
                    f"Window size must be greater than zero, but got {size}."
                )
            self._sizes[key] = size
        return self._sizes[key]


class GroupByReducer(Unary):
    """One element for each key: what a reducer makes of all elements of that key."""

    def __init__(
        self, source: Dataset, key: Bound, first: Bound, reduce: Bound, finish: Bound
    ) -> None:
        super().__init__(source)
        self.functions = key, first, reduce, finish

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The results by ascending keys."""
        return iter(self._results(self.source.iterator(context, (*place, 0))))

    def _results(self, inner: Iterator[Element]) -> Iterator[Element]:
        key_of, first, reduce, finish = self.functions
        states: dict[int, Element] = {}
        for element in inner:
            key = _whole(key_of(*element), "key_func")
            if key not in states:
                states[key] = first(np.int64(key))
            states[key] = reduce(*states[key], *element)
        for key in sorted(states):
            yield finish(*states[key])

    def cardinality(self) -> int:
        """A run tells."""
        return UNKNOWN_COUNT
