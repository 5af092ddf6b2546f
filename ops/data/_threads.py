"""Datasets that work ahead, in threads, where that takes long enough to be worth one.

Until elements are known to take long, everything runs in the caller's thread. The order of the
elements is the same either way, and so are errors and the end.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.ops.data._batches import Batch, batches_of
from flowgraph.ops.data._calls import Bound, Map
from flowgraph.ops.data._elements import Element
from flowgraph.ops.data._runtime import Context, Dataset, Ordering, Place

_FIRST = 4  # elements that are made before it is decided
_SLOW_SECONDS = 400e-6  # for an element: several times what it costs to hand one over
_AUTO_BUFFER = 8
_AUTO_CALLS = 4
_MOST_CALLS = 16
AUTOTUNE = -1


class Prefetch(Ordering):
    """The elements; a thread makes the next ones while the last is used."""

    def __init__(self, source: Dataset, size: int) -> None:
        super().__init__(source)
        self.size = _AUTO_BUFFER if size < 0 else size

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The elements."""
        inner = self.source.iterator(context, (*place, 0), keys)
        return inner if keys or not self.size else _Ahead(inner, self.size, context)


class _Ahead(Iterator[Any]):
    def __init__(self, inner: Iterator[Any], size: int, context: Context) -> None:
        self._inner, self._size, self._context = inner, size, context
        self._made, self._seconds = 0, 0.0
        self._found: queue.Queue[Any] | None = None

    def __next__(self) -> Any:
        if self._found is not None:
            return self._take(self._found)
        start = time.perf_counter()
        item = next(self._inner)
        self._seconds += time.perf_counter() - start
        self._made += 1
        if self._made == _FIRST:
            if self._seconds > _FIRST * _SLOW_SECONDS:
                self._start()
            self._made, self._seconds = 0, 0.0
        return item

    def _start(self) -> None:
        found: queue.Queue[Any] = queue.Queue(self._size)
        self._found = found
        worker = threading.Thread(
            target=_work, args=(self._inner, found, self._context.closed), daemon=True,
            name="flowgraph-prefetch",
        )  # fmt: skip
        self._context.at_end(lambda: _empty(found))
        worker.start()

    def _take(self, found: queue.Queue[Any]) -> Any:
        kind, value = found.get()
        if kind is StopIteration:
            found.put((kind, value))  # for whoever asks again
            raise StopIteration
        if kind is Exception:
            raise value
        return value


def _work(inner: Iterator[Any], found: queue.Queue[Any], closed: threading.Event) -> None:
    with np.errstate(all="ignore"):
        while not closed.is_set():
            try:
                result = (None, next(inner))
            except StopIteration:
                result = (StopIteration, None)  # type: ignore[assignment]
            except Exception as error:
                result = (Exception, error)  # type: ignore[assignment]
            while not closed.is_set():
                try:
                    found.put(result, timeout=0.5)
                    break
                except queue.Full:
                    continue
            if result[0] is StopIteration:
                return


def _empty(found: queue.Queue[Any]) -> None:
    """Lets a worker that waits for room go on to its end."""
    try:
        while True:
            found.get_nowait()
    except queue.Empty:
        pass


class ParallelMap(Map):
    """What a function makes of elements; several calls run at once where each takes long."""

    def __init__(self, source: Dataset, function: Bound, keeps_count: bool, calls: int) -> None:
        super().__init__(source, function, keeps_count)
        self.calls = min(_AUTO_CALLS if calls < 0 else calls, _MOST_CALLS)

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The results, in the order of the elements."""
        self.bound.begin(context)
        inner = self.source.iterator(context, (*place, 0))
        return _Parallel(self.function, inner, self.calls, context)


class _Parallel(Iterator[Element]):
    def __init__(
        self, function: Callable[..., Element], inner: Iterator[Any], calls: int, context: Context
    ) -> None:
        self._function, self._inner, self._calls = function, inner, calls
        self._context, self._pool = context, None
        self._running: deque[Future[Any] | Exception] = deque()
        self._made, self._seconds = 0, 0.0

    def __next__(self) -> Element:
        if self._pool is not None:
            return self._next_of(self._pool)
        element = next(self._inner)
        start = time.perf_counter()
        result = self._function(*element)
        self._seconds += time.perf_counter() - start
        self._made += 1
        if self._made == _FIRST:
            if self._calls > 1 and self._seconds > _FIRST * _SLOW_SECONDS:
                self._pool = pool = ThreadPoolExecutor(self._calls, "flowgraph-map")  # type: ignore[assignment]
                self._context.at_end(lambda: pool.shutdown(wait=False, cancel_futures=True))
            self._made, self._seconds = 0, 0.0
        return result

    def _next_of(self, pool: ThreadPoolExecutor) -> Element:
        while len(self._running) < self._calls:
            try:
                element = next(self._inner)
            except StopIteration:
                break
            except Exception as error:
                self._running.append(error)
                continue
            self._running.append(pool.submit(_quiet, self._function, element))
        if not self._running:
            raise StopIteration
        first = self._running.popleft()
        if isinstance(first, Exception):
            raise first
        ended, result = first.result()
        if ended:
            self._inner, self._running = iter(()), deque()
            raise StopIteration
        return result  # type: ignore[no-any-return]


def _quiet(function: Callable[..., Element], element: Element) -> tuple[bool, Any]:
    """(whether the function ended the dataset, its results)."""
    with np.errstate(all="ignore"):
        try:
            return False, function(*element)
        except StopIteration:
            return True, None


class _Whole(Iterator[list[Element]]):
    """Lists of as many results; an error of one takes the place of the whole list."""

    def __init__(self, results: Iterator[Element], size: int, least: int) -> None:
        self._results, self._size, self._least = results, size, least

    def __next__(self) -> list[Element]:
        found: list[Element] = []
        first: Exception | None = None
        for _ in range(self._size):
            try:
                found.append(next(self._results))
            except StopIteration:
                break
            except Exception as error:
                first = first or error
        if first is not None:
            raise first
        if len(found) < self._least:
            raise StopIteration
        return found


class MapAndBatch(ParallelMap):
    """Batches of what a function makes of elements."""

    def __init__(
        self, source: Dataset, function: Bound, keeps_count: bool, calls: int, size: int, drop: bool
    ) -> None:
        super().__init__(source, function, keeps_count, calls)
        self._batch = Batch(self, size, drop)

    def join(self, elements: Any) -> Element:
        """A batch of results."""
        try:
            return self._batch.join(elements)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                "Cannot add tensor to the batch: number of elements does not match. "
                f"({error.message})"
            ) from None

    def iterator(self, context: Context, place: Place, keys: bool = False) -> Iterator[Any]:
        """The batches."""
        results = super().iterator(context, place)
        whole = _Whole(results, self._batch.size, self._batch.size if self._batch.drop else 1)
        return map(self.join, whole)

    def cardinality(self) -> int:
        """A part of them."""
        return batches_of(self.source.cardinality(), self._batch.size, self._batch.drop)
