"""Staging areas: buffers between steps that are bounded by their elements and by their bytes.

They live in their session's store. An element is a list of arrays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from flowgraph.core.errors import InvalidArgumentError, ResourceExhaustedError
from flowgraph.runtime.waiting import WaitingState

Element = list[Any]


class _Bounded(WaitingState):
    def __init__(self, capacity: int, memory_limit: int) -> None:
        super().__init__()
        self.capacity, self.memory_limit = capacity, memory_limit
        self.bytes = 0

    def _has_room(self, size: int, count: int) -> bool:
        if self.capacity and count >= self.capacity:
            return False
        return not self.memory_limit or self.bytes + size <= self.memory_limit

    def _check_size(self, size: int) -> None:
        if self.memory_limit and size > self.memory_limit:
            raise ResourceExhaustedError(
                f"Attempted to insert tensors with combined size of '{size}' bytes into Staging "
                f"Area with a memory limit of '{self.memory_limit}'."
            )


def _size_of(values: Sequence[Any]) -> int:
    return sum(value.nbytes for value in values if value is not None)


class StagingBuffer(_Bounded):
    """First in, first out."""

    def __init__(self, capacity: int, memory_limit: int) -> None:
        super().__init__(capacity, memory_limit)
        self._items: deque[Element] = deque()
        self._putters, self._takers = self.new_line(), self.new_line()

    def put(self, element: Element) -> None:
        """Puts an element; waits for room."""
        size = _size_of(element)
        self._check_size(size)

        def attempt() -> bool:
            if not self._has_room(size, len(self._items)):
                return False
            self._items.append(element)
            self.bytes += size
            self.changed = True
            return True

        self.in_turn(self._putters, attempt, what="Stage operation")

    def get(self, count: int) -> Element:
        """Takes the first element, which has `count` tensors; waits for one."""
        found: list[Element] = []

        def attempt() -> bool:
            if not self._items:
                return False
            _check_count(self._items[0], count)
            found.append(self._items.popleft())
            self.bytes -= _size_of(found[0])
            self.changed = True
            return True

        self.in_turn(self._takers, attempt, what="Unstage operation")
        return found[0]

    def peek(self, index: int, count: int) -> Element:
        """The element at an index, which stays; waits until there is one."""
        if index < 0:
            raise InvalidArgumentError(f"The index must not be negative, got {index}")
        found: list[Element] = []

        def attempt() -> bool:
            if index >= len(self._items):
                return False
            found.append(self._items[index])
            return True

        self.in_turn(self.crowd, attempt, what="StagePeek operation")
        _check_count(found[0], count)
        return [value.copy() for value in found[0]]

    def size(self) -> int:
        """How many elements there are."""
        return len(self._items)

    def clear(self) -> None:
        """Forgets all elements."""

        def change() -> None:
            self._items.clear()
            self.bytes = 0

        self.act(change)


def _check_count(element: Element, count: int) -> None:
    if len(element) != count:
        raise InvalidArgumentError(f"Mismatch stage/unstage: {len(element)} vs. {count}")


class StagingMap(_Bounded):
    """Elements by key, which may be put and taken tensor by tensor."""

    def __init__(self, capacity: int, memory_limit: int, ordered: bool) -> None:
        super().__init__(capacity, memory_limit)
        self._length, self._ordered = 0, ordered
        self._complete: dict[int, Element] = {}
        self._incomplete: dict[int, Element] = {}

    def set_length(self, length: int) -> None:
        """Says how many tensors an element has, which only those who put tell."""
        self._length = length

    def put(self, key: int, indices: Sequence[int], values: Element) -> None:
        """Puts tensors of the element of a key; waits for room."""
        _check_order(indices)
        self._check_bounds(key, indices)
        if len(indices) != len(values):
            raise InvalidArgumentError(f"{len(values)} values came for {len(indices)} indices")
        size = _size_of(values)
        self._check_size(size)
        whole = len(indices) == self._length

        def attempt() -> bool:
            if not self._has_room(size, len(self._complete) if whole else -1):
                return False
            self._insert(key, indices, values, whole)
            self.bytes += size
            self.changed = True
            return True

        self.in_turn(self.crowd, attempt, what="MapStage operation")

    def _insert(self, key: int, indices: Sequence[int], values: Element, whole: bool) -> None:
        if whole:
            self._complete.setdefault(key, list(values))
            return
        element = self._incomplete.get(key, [None] * self._length)
        for index in indices:
            if element[index] is not None:
                raise InvalidArgumentError(
                    f"The tensor for index '{index}' for key '{key}' was already initialized "
                    f"'{self._length}'."
                )
        self._incomplete[key] = element
        for index, value in zip(indices, values, strict=True):
            element[index] = value
        if all(value is not None for value in element):
            self._complete.setdefault(key, self._incomplete.pop(key))

    def get(self, key: int | None, indices: Sequence[int]) -> tuple[int, Element]:
        """(key, tensors that are taken); of any key, the first one, when it is None. Waits."""
        found: list[Any] = []

        def attempt() -> bool:
            chosen = self._first() if key is None else key
            if chosen is None or chosen not in self._complete:
                return False
            element = self._complete[chosen]
            found.append((chosen, self._at(chosen, element, indices)))
            for index in indices:
                self.bytes -= element[index].nbytes
                element[index] = None
            if all(value is None for value in element):
                del self._complete[chosen]
            self.changed = True
            return True

        _check_order(indices)
        self.in_turn(self.crowd, attempt, what="MapUnstage operation")
        return found[0]  # type: ignore[no-any-return]

    def peek(self, key: int, indices: Sequence[int]) -> Element:
        """Tensors of the element of a key, which stay; waits until there is one."""
        found: list[Element] = []

        def attempt() -> bool:
            if key not in self._complete:
                return False
            found.append(self._at(key, self._complete[key], indices))
            return True

        _check_order(indices)
        self.in_turn(self.crowd, attempt, what="MapPeek operation")
        return [value.copy() for value in found[0]]

    def _first(self) -> int | None:
        if not self._complete:
            return None
        return min(self._complete) if self._ordered else next(iter(self._complete))

    def _at(self, key: int, element: Element, indices: Sequence[int]) -> Element:
        self._check_bounds(key, indices)
        for index in indices:
            if element[index] is None:
                raise InvalidArgumentError(
                    f"Tensor at index '{index}' for key '{key}' has already been removed."
                )
        return [element[index] for index in indices]

    def _check_bounds(self, key: int, indices: Sequence[int]) -> None:
        for index in indices:
            if not 0 <= index < self._length:
                raise InvalidArgumentError(
                    f"Index '{index}' for key '{key}' was out of bounds '{self._length}'."
                )

    def size(self) -> int:
        """How many elements are complete."""
        return len(self._complete)

    def incomplete_size(self) -> int:
        """How many elements lack a tensor."""
        return len(self._incomplete)

    def clear(self) -> None:
        """Forgets all elements."""

        def change() -> None:
            self._complete.clear()
            self._incomplete.clear()
            self.bytes = 0

        self.act(change)


def _check_order(indices: Sequence[int]) -> None:
    if any(a >= b for a, b in pairwise(indices)):
        raise InvalidArgumentError("Indices are not strictly ordered")
