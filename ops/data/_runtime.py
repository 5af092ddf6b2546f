"""What a dataset is while a graph runs: something that iterators over its elements are made of.

An iterator is one of Python's own: `next` gives an element or raises StopIteration, and after any
other error the following `next` goes on behind it (so no iterator is a generator that an error of
a function or file would end).

Some datasets know their elements by a key: the rows of an array by their numbers. What only orders
elements (shuffle, repeat, take ...) then works on keys, and a batch gathers all its rows at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from flowgraph.ops.data._elements import Element

INFINITE, UNKNOWN_COUNT = -1, -2
Place = tuple[Any, ...]  # of a dataset in the whole: the way to it from the last one
Take = Callable[[Sequence[Any]], Element]  # keys -> their elements as one, with a new dimension
Function = Callable[..., Sequence[Any]]


class Context:
    """What the iterators of one pipeline share; `close` ends the threads that were started."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self.closed = threading.Event()
        self._at_end: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under `key`, made when it is missing."""
        with self._lock:
            if key not in self.kept:
                self.kept[key] = make()
            return self.kept[key]

    def at_end(self, function: Callable[[], None]) -> None:
        """Calls `function` when the pipeline is done with."""
        with self._lock:
            self._at_end.append(function)

    def close(self) -> None:
        """Ends what is running."""
        self.closed.set()
        with self._lock:
            functions, self._at_end = self._at_end, []
        for function in functions:
            function()

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()


class Dataset:
    """A dataset: `inputs` are those that it is made of; `take` is None where there are no keys."""

    take: Take | None = None

    def __init__(self, *inputs: Dataset) -> None:
        self.inputs = inputs
        self._kept: WeakKeyDictionary[Context, dict[Any, Any]] = WeakKeyDictionary()

    def keep(self, context: Context, key: Any, make: Callable[[], Any]) -> Any:
        """What outlives an iterator of a pipeline, such as the elements of a cache.

        It belongs to this very dataset: one that a function makes for each element has its own.
        """
        kept = self._kept.setdefault(context, {})
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements, or with `keys` what `take` makes elements of."""
        raise NotImplementedError

    def cardinality(self) -> int:
        """The number of elements; INFINITE, or UNKNOWN_COUNT where only a run tells."""
        return UNKNOWN_COUNT


class Unary(Dataset):
    """A dataset that is made of one."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source)
        self.source = source

    def cardinality(self) -> int:
        """As many as the input has."""
        return self.source.cardinality()


class Ordering(Unary):
    """A dataset of elements of another one as they are: they may pass as keys."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source)
        self.take = source.take
