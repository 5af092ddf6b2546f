"""The queues themselves: elements that threads put and take, waiting for room and for elements.

A queue lives in its session's store. An element is a tuple of arrays, one for each component. A
call that asks for many works on what there is while it stands first in its line, as in TensorFlow,
so that it may ask for more than the capacity; when its wait ends by an error, all is put back.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core.dtypes import DType
from flowgraph.core.errors import CancelledError, InvalidArgumentError, OutOfRangeError
from flowgraph.core.shapes import TensorShape, brackets
from flowgraph.ops import _philox
from flowgraph.ops.array.known import boxed
from flowgraph.runtime.waiting import WaitingState

Element = tuple[Any, ...]


class Queue(WaitingState):
    """First in, first out. `shapes` are the components' static shapes; empty when left open."""

    kind = "FIFOQueue"
    takes_early = True  # elements of a batch are taken as they come

    def __init__(
        self, name: str, capacity: int, dtypes: Sequence[DType], shapes: Sequence[TensorShape]
    ) -> None:
        super().__init__()
        self.name = name
        self.capacity = float("inf") if capacity < 0 else capacity
        self.dtypes, self.shapes = tuple(dtypes), tuple(shapes)
        self.exact = [s.known if s.is_fully_defined() else None for s in self.shapes]
        self.items: Any = deque()
        self.closed = False
        self.handle = boxed(self)  # an array, as every value is: handles can be packed and gathered
        self._enqueuers, self._dequeuers = self.new_line(), self.new_line()

    # --- how elements are kept: what kinds of queues differ in -----------------------------------
    def _put(self, element: Element) -> None:
        self.items.append(element)

    def _take(self) -> Element:
        return self.items.popleft()  # type: ignore[no-any-return]

    def _put_back(self, elements: list[Element]) -> None:
        self.items.extendleft(reversed(elements))

    def _remove(self, elements: list[Element]) -> None:
        gone = {id(element) for element in elements}
        self.items = deque(e for e in self.items if id(e) not in gone)

    def _available(self) -> int:
        return len(self.items)

    def _stack(self, elements: list[Element]) -> tuple[Any, ...]:
        columns = zip(*elements, strict=True) if elements else [()] * len(self.dtypes)
        return tuple(
            stacked(column, dtype, shape)
            for column, dtype, shape in zip(columns, self.dtypes, self.shapes, strict=True)
        )

    # --- putting -------------------------------------------------------------------------------
    def enqueue(self, element: Element) -> None:
        """Puts one element; waits while the queue is full."""

        def attempt() -> bool:
            self._check_not_closed()
            if len(self.items) >= self.capacity:
                return False
            self._put(element)
            self.changed = True
            return True

        self.in_turn(self._enqueuers, attempt, what="Enqueue operation")

    def enqueue_many(self, elements: list[Element]) -> None:
        """Puts elements one after the other; waits while the queue is full."""
        put = 0

        def attempt() -> bool:
            nonlocal put
            self._check_not_closed()
            start = put
            while put < len(elements) and len(self.items) < self.capacity:
                self._put(elements[put])
                put += 1
            self.changed = put > start
            return put == len(elements)

        if elements:
            self.in_turn(
                self._enqueuers, attempt, lambda: self._remove(elements[:put]), "Enqueue operation"
            )

    def _check_not_closed(self) -> None:
        if self.closed:
            raise CancelledError(f"{self.kind} '{self.name}' is closed.")

    # --- taking --------------------------------------------------------------------------------
    def dequeue(self) -> Element:
        """Takes one element; waits until there is one."""
        found: list[Element] = []

        def attempt() -> bool:
            if self._available() > 0:
                found.append(self._take())
                self.changed = True
                return True
            if self.closed:
                raise self._too_few(1)
            return False

        self.in_turn(self._dequeuers, attempt, what="Dequeue operation")
        return found[0]

    def dequeue_many(self, count: int, allow_fewer: bool = False) -> tuple[Any, ...]:
        """Takes `count` elements, stacked; waits until there are as many.

        With `allow_fewer`, a closed queue gives what it has.
        """
        found: list[Element] = []

        def attempt() -> bool:
            available = self._available()
            if self.closed and len(found) + available < count:
                if not allow_fewer or not (found or available):
                    raise self._too_few(count, len(found))
                wanted = len(found) + available
            elif not self.takes_early and available < count:
                return False
            else:
                wanted = count
            start = len(found)
            while len(found) < wanted and self._available() > 0:
                found.append(self._take())
            self.changed = len(found) > start
            return len(found) == wanted

        if count:
            self.in_turn(
                self._dequeuers, attempt, lambda: self._put_back(found), "Dequeue operation"
            )
        return self._stack(found)

    def _too_few(self, requested: int, held: int = 0) -> OutOfRangeError:
        return OutOfRangeError(
            f"{self.kind} '{self.name}' is closed and has insufficient elements (requested "
            f"{requested}, current size {len(self.items) + held})"
        )

    # --- the rest ------------------------------------------------------------------------------
    def close(self, cancel_pending: bool) -> None:
        """Lets nothing more in: after those who wait to put, or at once, and they are cancelled."""
        if cancel_pending:
            with self.lock:
                self.closed = True
                self._wake_all()
            return

        def attempt() -> bool:
            if self.closed:
                raise CancelledError(f"Queue '{self.name}' is already closed.")
            self.closed = True
            self._wake_all()
            return True

        self.in_turn(self._enqueuers, attempt, what="Close operation")

    def size(self) -> int:
        """How many elements there are."""
        return len(self.items)

    def check_twin(self, other: Queue) -> None:
        """Raises unless a node that makes `other` can share this queue, which has its name."""
        for what, ours, theirs in (
            ("type", self.kind, other.kind),
            ("capacity", self.capacity, other.capacity),
            ("component types", _names(self.dtypes), _names(other.dtypes)),
            ("component shapes", self._shape_key(), other._shape_key()),
            ("settings", self._settings(), other._settings()),
        ):
            if ours != theirs:
                raise InvalidArgumentError(
                    f"Shared queue '{self.name}' has {what} {ours} but requested {what} was "
                    f"{theirs}"
                )

    def _shape_key(self) -> list[str]:
        return [brackets(shape) for shape in self.shapes]

    def _settings(self) -> Any:
        return None

    # --- what may come in ----------------------------------------------------------------------
    def check_components(self, dtypes: tuple[DType, ...]) -> None:
        """Raises InvalidArgumentError unless these are the dtypes of an element."""
        if len(dtypes) != len(self.dtypes):
            raise InvalidArgumentError(
                f"Wrong number of components in tuple. Expected {len(self.dtypes)}, got "
                f"{len(dtypes)}"
            )
        for i, (wanted, came) in enumerate(zip(self.dtypes, dtypes, strict=True)):
            if wanted is not came:
                raise InvalidArgumentError(
                    f"Type mismatch in tuple component {i}. Expected {wanted.name}, got {came.name}"
                )

    def check_element(self, element: Element) -> None:
        """Raises InvalidArgumentError unless the shapes are those of an element."""
        for i, (exact, value) in enumerate(zip(self.exact, element, strict=False)):
            if value.shape != exact:
                self._check_shape(i, self.shapes[i], value.shape)

    def check_batch(self, columns: Element) -> None:
        """Raises InvalidArgumentError unless these are the columns of elements."""
        if not all(column.ndim for column in columns):
            raise InvalidArgumentError("The components of enqueue_many must be vectors or higher")
        count = len(columns[0])
        for i, column in enumerate(columns):
            if self.shapes:
                whole = TensorShape.of((count,)).concatenate(self.shapes[i])
                self._check_shape(i, whole, column.shape)
            elif len(column) != count:
                raise InvalidArgumentError(
                    "All input tensors must have the same size in the 0th dimension. Component "
                    f"{i} has {len(column)}, and should have {count}"
                )

    def _check_shape(self, i: int, wanted: TensorShape, came: tuple[int, ...]) -> None:
        if not wanted.is_compatible_with(TensorShape.of(came)):
            raise InvalidArgumentError(
                f"Shape mismatch in tuple component {i}. Expected {brackets(wanted)}, got "
                f"{brackets(TensorShape.of(came))}"
            )

    def check_many(self) -> None:
        """Raises InvalidArgumentError where batches cannot be taken: components of any shape."""
        if not self.shapes:
            raise InvalidArgumentError(
                f"{self.kind}'s DequeueMany and DequeueUpTo require the components to have "
                "specified shapes."
            )


class PaddingQueue(Queue):
    """First in, first out; in batches, elements of different sizes are padded with zeros."""

    kind = "PaddingFIFOQueue"

    def _stack(self, elements: list[Element]) -> tuple[Any, ...]:
        columns = zip(*elements, strict=True) if elements else [()] * len(self.dtypes)
        return tuple(
            padded(column, dtype, shape)
            for column, dtype, shape in zip(columns, self.dtypes, self.shapes, strict=True)
        )

    def _shape_key(self) -> Any:
        return [len(self.shapes)]  # shapes that are compatible will do, and each element is checked


class ShuffleQueue(Queue):
    """Gives a random one of its elements, of which it keeps `least` until it is closed."""

    kind = "RandomShuffleQueue"

    def __init__(self, *args: Any, least: int, seeds: tuple[int, int]) -> None:
        super().__init__(*args)
        if not 0 <= least < self.capacity:
            raise InvalidArgumentError(
                f"min_after_dequeue {least} must be >= 0 and < capacity {self.capacity}"
            )
        self.items, self.least, self.seeds = [], least, seeds
        self._random = _philox.PhiloxState(*seeds)
        self._words: list[int] = []

    def _available(self) -> int:
        return len(self.items) - (0 if self.closed else self.least)

    def _take(self) -> Element:
        if not self._words:
            words = _philox.words(self._random, self._random.reserve(64), 256)
            self._words = words.tolist()[::-1]
        items = self.items
        at = self._words.pop() % len(items)
        items[at], items[-1] = items[-1], items[at]
        return items.pop()  # type: ignore[no-any-return]

    def _put_back(self, elements: list[Element]) -> None:
        self.items += reversed(elements)

    def _remove(self, elements: list[Element]) -> None:
        gone = {id(element) for element in elements}
        self.items = [e for e in self.items if id(e) not in gone]

    def _settings(self) -> Any:
        return f"min_after_dequeue={self.least}, seeds={self.seeds}"


class PriorityQueue(Queue):
    """Gives the element of the lowest priority, its first component; of equals any."""

    kind = "PriorityQueue"
    takes_early = False  # a batch is sorted as a whole

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.items = []
        self._count = 0

    def _put(self, element: Element) -> None:
        self._count += 1
        heapq.heappush(self.items, (int(element[0]), self._count, element))

    def _take(self) -> Element:
        return heapq.heappop(self.items)[-1]  # type: ignore[no-any-return]

    def _put_back(self, elements: list[Element]) -> None:
        for element in elements:
            self._put(element)

    def _remove(self, elements: list[Element]) -> None:
        gone = {id(element) for element in elements}
        self.items = [entry for entry in self.items if id(entry[-1]) not in gone]
        heapq.heapify(self.items)

    def check_element(self, element: Element) -> None:
        """Raises InvalidArgumentError unless the shapes fit and the priority is a scalar."""
        if element[0].ndim:
            raise InvalidArgumentError(
                "Expected the priority element to be a scalar, but received shape: "
                f"{list(element[0].shape)}"
            )
        super().check_element(element)

    def check_batch(self, columns: Element) -> None:
        """Raises InvalidArgumentError unless these are columns, the first one of priorities."""
        super().check_batch(columns)
        if columns[0].ndim != 1:
            raise InvalidArgumentError(
                "Expected the priority element to be a vector, but received shape: "
                f"{list(columns[0].shape)}"
            )


def _names(dtypes: Sequence[DType]) -> list[str]:
    return [dtype.name for dtype in dtypes]


# --- elements and batches -------------------------------------------------------------------------
def own(value: Any) -> Any:
    """A copy, which nobody else writes to while it is in a queue."""
    return value.copy() if isinstance(value, np.ndarray) else boxed(value)


def rows(columns: Element) -> list[Element]:
    """The elements of a batch: views of one copy of each column."""
    split = []
    for column in columns:
        copy = np.array(column)
        if copy.dtype.kind == "O" and copy.ndim == 1:
            split.append([boxed(value) for value in copy])
        else:
            split.append(list(copy))
    return list(zip(*split, strict=True))


def stacked(values: Sequence[Any], dtype: DType, shape: TensorShape) -> Any:
    """Values of one shape as an array whose rows they are."""
    inner = shape.known if not values else values[0].shape
    assert inner is not None
    if inner == () and dtype.np_dtype.kind != "O":
        return np.array(values, dtype.np_dtype)
    batch = np.empty((len(values), *(d or 0 for d in inner)), dtype.np_dtype)
    for i, value in enumerate(values):
        batch[i] = value[()] if inner == () else value
    return batch


def padded(values: Sequence[Any], dtype: DType, shape: TensorShape) -> Any:
    """Values as rows of an array; where a dimension is open, smaller ones end in zeros."""
    if shape.is_fully_defined() or not values:
        return stacked(values, dtype, shape)
    sizes = np.max([value.shape for value in values], axis=0).tolist()
    filler: Any = b"" if dtype.np_dtype.kind == "O" else 0
    batch = np.full((len(values), *sizes), filler, dtype.np_dtype)
    for row, value in zip(batch, values, strict=True):
        row[tuple(map(slice, value.shape))] = value
    return batch
