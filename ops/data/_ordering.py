"""Datasets of the elements of others as they are: repeated, shuffled, cut, put together."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.data._elements import Element
from flowgraph.ops.data._runtime import (
    INFINITE,
    UNKNOWN_COUNT,
    Context,
    Dataset,
    Ordering,
    Place,
)
from flowgraph.ops.data._sources import words

Make = Callable[[], Iterator[Any]]


class Repeat(Ordering):
    """The elements again and again; `count` -1 is without end."""

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements, each round by an iterator of its own."""
        inner = (*place, 0)
        return _Again(lambda: self.source.iterator(context, inner, keys), self.count)

    def cardinality(self) -> int:
        """So many rounds."""
        count = self.source.cardinality()
        if self.count < 0:
            return 0 if count == 0 else INFINITE
        if self.count == 0:
            return 0
        return count if count < 0 else count * self.count


class _Again(Iterator[Any]):
    """Ends early where a round without end is empty."""

    def __init__(self, make: Make, count: int) -> None:
        self._make, self._left, self._inner = make, count, iter(())
        self._empty = False

    def __next__(self) -> Any:
        while True:
            for item in self._inner:
                self._empty = False
                return item
            if self._left == 0 or (self._left < 0 and self._empty):
                raise StopIteration
            self._left -= self._left > 0
            self._inner, self._empty = self._make(), True


class Take(Ordering):
    """The first elements; `count` -1 is all of them."""

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        if self.count == 0:
            return iter(())
        inner = self.source.iterator(context, (*place, 0), keys)
        return inner if self.count < 0 else itertools.islice(inner, self.count)

    def cardinality(self) -> int:
        """No more than that."""
        count = self.source.cardinality()
        if self.count < 0 or count == UNKNOWN_COUNT:
            return 0 if self.count == 0 else count
        return self.count if count == INFINITE else min(count, self.count)


class Skip(Ordering):
    """All but the first elements; `count` -1 leaves none."""

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        if self.count < 0:
            return iter(())
        inner = self.source.iterator(context, (*place, 0), keys)
        return itertools.islice(inner, self.count, None)

    def cardinality(self) -> int:
        """So many less."""
        count = self.source.cardinality()
        if self.count < 0:
            return 0
        return count if count < 0 else max(0, count - self.count)


class Shard(Ordering):
    """Every so many-th element."""

    def __init__(self, source: Dataset, shards: int, index: int) -> None:
        super().__init__(source)
        if shards < 1:
            raise InvalidArgumentError(
                f"Number of shards must be greater than zero (currently num_shards = {shards})."
            )
        if not 0 <= index < shards:
            raise InvalidArgumentError(
                f"Index must be between 0 and {shards - 1} (currently index = {index})."
            )
        self.shards, self.index = shards, index

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        inner = self.source.iterator(context, (*place, 0), keys)
        return itertools.islice(inner, self.index, None, self.shards)

    def cardinality(self) -> int:
        """A part of them."""
        count = self.source.cardinality()
        return count if count < 0 else count // self.shards + (self.index < count % self.shards)


class Concatenate(Dataset):
    """The elements of one dataset, then those of another."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements; the second iterator is made when the first is at its end."""
        return _After(
            [
                lambda i=i, source=source: source.iterator(context, (*place, i))
                for i, source in enumerate(self.inputs)
            ]
        )

    def cardinality(self) -> int:
        """Their sum."""
        counts = [source.cardinality() for source in self.inputs]
        if INFINITE in counts:
            return INFINITE
        return UNKNOWN_COUNT if UNKNOWN_COUNT in counts else sum(counts)


class _After(Iterator[Any]):
    def __init__(self, makes: Sequence[Callable[..., Iterator[Any]]]) -> None:
        self._makes = deque(makes)
        self._inner: Iterator[Any] = iter(())

    def __next__(self) -> Any:
        while True:
            for item in self._inner:
                return item
            if not self._makes:
                raise StopIteration
            self._inner = self._makes.popleft()()


class Zip(Dataset):
    """Elements of datasets side by side; their keys are tuples of keys."""

    def __init__(self, *inputs: Dataset) -> None:
        super().__init__(*inputs)
        takes = [source.take for source in inputs]
        if all(takes):
            self.take = lambda keys: self._take(takes, keys)

    def _take(self, takes: Sequence[Any], keys: Sequence[Any]) -> Element:
        columns = zip(*keys, strict=True)
        parts = [take(list(column)) for take, column in zip(takes, columns, strict=True)]
        return tuple(itertools.chain.from_iterable(parts))

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """Tuples as long as any dataset has elements."""
        inner = [s.iterator(context, (*place, i), keys) for i, s in enumerate(self.inputs)]
        together = zip(*inner, strict=False)
        return together if keys else map(tuple, map(itertools.chain.from_iterable, together))

    def cardinality(self) -> int:
        """As many as the shortest has."""
        counts = [source.cardinality() for source in self.inputs]
        if UNKNOWN_COUNT in counts:
            return UNKNOWN_COUNT
        return min((c for c in counts if c != INFINITE), default=INFINITE)


class Shuffle(Ordering):
    """The elements in random order: each is drawn from a buffer of those that come next.

    The numbers are those of TensorFlow's kernel. With `reshuffle`, each round of a repeated dataset
    has seeds of its own, which come from the first; `count` repeats it within the buffer.
    """

    def __init__(
        self, source: Dataset, size: int, seeds: tuple[int, int], reshuffle: bool, count: int = 1
    ) -> None:
        super().__init__(source)
        if size <= 0:
            raise InvalidArgumentError("buffer_size must be greater than zero.")
        if count == 0 or count < -1:
            raise InvalidArgumentError(
                "count must be greater than zero or equal to -1 for an infinite shuffle."
            )
        self.size, self.reshuffle, self.count = size, reshuffle, count
        self.seeds = seeds if any(seeds) else _any_seeds()

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        inner, seeds = (*place, 0), self.seeds
        if self.reshuffle:
            numbers = self.keep(context, place, lambda: words(*seeds))
            seeds = next(numbers), next(numbers)
        return _Shuffled(
            lambda: self.source.iterator(context, inner, keys), self.size, words(*seeds), self.count
        )

    def cardinality(self) -> int:
        """As many, so often."""
        count = self.source.cardinality()
        if self.count < 0:
            return 0 if count == 0 else INFINITE
        return count if count < 0 else count * self.count


def _any_seeds() -> tuple[int, int]:
    from flowgraph.ops._philox import PhiloxState

    state = PhiloxState()
    return state.seed, state.seed2


_MOST_EPOCHS = 100  # that are in a buffer at once


class _Shuffled(Iterator[Any]):
    """A ring of elements in slices, one for each round of the input; drawn is from the first."""

    def __init__(self, make: Make, size: int, numbers: Iterator[int], count: int) -> None:
        self._make, self._size, self._numbers, self._count = make, size, numbers, count
        self._inner: Iterator[Any] | None = make()
        self._epoch = 0
        self._ring: list[Any] = []
        self._slices = deque([[0, 0]])  # [start, end], counted on and on
        self._held = 0

    def _fill(self) -> None:
        if not self._held and not self._ring and self._count == 1:
            self._fill_at_first()
        while self._inner is not None and self._held < self._size:
            for item in self._inner:
                self._put(item)
                break
            else:
                self._next_epoch()
            if len(self._slices) > _MOST_EPOCHS:
                break

    def _fill_at_first(self) -> None:
        assert self._inner is not None
        for item in itertools.islice(self._inner, self._size):
            self._ring.append(item)
            self._held += 1
            self._slices[-1][1] += 1

    def _put(self, item: Any) -> None:
        last = self._slices[-1]
        at = last[1] % self._size
        if at == len(self._ring):
            self._ring.append(item)
        else:
            self._ring[at] = item
        last[1] += 1
        self._held += 1

    def _next_epoch(self) -> None:
        last = self._slices[-1]
        empty = self._count < 0 and self._epoch == 0 and last[1] == 0
        self._epoch += 1
        if empty or 0 <= self._count <= self._epoch:
            self._inner = None
            return
        self._slices.append([last[1], last[1]])
        self._inner = self._make()

    def __next__(self) -> Any:
        if self._inner is not None and self._held < self._size:
            self._fill()
        if not self._held:
            raise StopIteration
        while self._slices[0][0] == self._slices[0][1]:
            self._slices.popleft()
        first, ring, size = self._slices[0], self._ring, self._size
        start = first[0]
        at = (start + next(self._numbers) % (first[1] - start)) % size
        front = start % size
        item, ring[at] = ring[at], ring[front]
        ring[front] = None
        first[0] = start + 1
        self._held -= 1
        return item


class Directed(Dataset):
    """Elements of some datasets, in the order that the numbers of another one tell."""

    def __init__(self, selector: Dataset, *inputs: Dataset) -> None:
        super().__init__(*inputs)
        self.selector = selector

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements; numbers of datasets that are at their end are skipped."""
        numbers = self.selector.iterator(context, (*place, "selector"))
        inner = [s.iterator(context, (*place, i)) for i, s in enumerate(self.inputs)]
        return _Directed(numbers, inner)


class _Directed(Iterator[Any]):
    def __init__(self, numbers: Iterator[Any], inner: list[Any]) -> None:
        self._numbers, self._inner = numbers, inner

    def __next__(self) -> Any:
        while any(self._inner):
            (chosen,) = next(self._numbers)
            if not 0 <= chosen < len(self._inner):
                raise InvalidArgumentError(
                    f"Selector index out of range: {chosen} >= {len(self._inner)}"
                )
            if self._inner[chosen] is None:
                continue
            for element in self._inner[chosen]:
                return element
            self._inner[chosen] = None
        raise StopIteration


class Cache(Ordering):
    """The elements of the first round, kept for the others."""

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        kept = self.keep(context, (place, keys), _Kept)
        if kept.complete is not None:
            return iter(kept.complete)
        return _Keeping(self.source.iterator(context, (*place, 0), keys), kept)


class _Kept:
    complete: list[Any] | None = None


class _Keeping(Iterator[Any]):
    def __init__(self, inner: Iterator[Any], kept: _Kept) -> None:
        self._inner, self._kept, self._items = inner, kept, []  # type: ignore[var-annotated]

    def __next__(self) -> Any:
        for item in self._inner:
            self._items.append(item)
            return item
        if self._kept.complete is None:
            self._kept.complete = self._items
        raise StopIteration


class Promised(Ordering):
    """The elements, whose number somebody knows."""

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        return self.source.iterator(context, (*place, 0), keys)

    def cardinality(self) -> int:
        """What was promised."""
        return self.count
