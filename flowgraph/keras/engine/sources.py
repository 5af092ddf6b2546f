"""Where the batches of fit, evaluate and predict come from.

A source gives batches `(inputs, targets, weights)` of lists; `size` is the number of examples it
has, `steps` the number of batches in an epoch, each None where it is not known.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from flowgraph.core import errors
from flowgraph.keras import backend as K
from flowgraph.ops.control import nest


class Arrays:
    """Arrays, cut into batches, in a new order for each epoch if need be."""

    def __init__(self, parts: Any, batch_size: int, shuffle: Any = False) -> None:
        self.parts, self.batch_size, self.shuffle = parts, batch_size, shuffle
        first = next((a for part in parts for a in part if a is not None), None)
        self.size = 0 if first is None else int(first.shape[0])
        self.steps = -(-self.size // batch_size)

    def _order(self) -> Any:
        order = np.arange(self.size)
        if self.shuffle == "batch":
            whole = self.size // self.batch_size
            rows = order[: whole * self.batch_size].reshape(whole, self.batch_size)
            np.random.shuffle(rows)
            return np.append(rows.flatten(), order[whole * self.batch_size :])
        if self.shuffle:
            np.random.shuffle(order)
        return order

    def epoch(self) -> Iterator[Any]:
        """(batch, number of examples) of each batch of an epoch."""
        order = self._order()
        for start in range(0, self.size, self.batch_size):
            stop = min(start + self.batch_size, self.size)
            if self.steps == 1:
                yield self.parts, stop - start
                continue
            chosen: Any = order[start:stop] if self.shuffle else slice(start, stop)
            batch = tuple([None if a is None else a[chosen] for a in part] for part in self.parts)
            yield batch, stop - start


class Tensors:
    """Tensors of the graph, computed anew for each batch; `steps` batches make an epoch."""

    size = None

    def __init__(self, parts: Any, steps: int | None) -> None:
        self.parts, self.steps = parts, steps

    def epoch(self) -> Iterator[Any]:
        """Batches without end."""
        flat = nest.flatten(self.parts)
        symbolic = [t for t in flat if hasattr(t, "graph")]
        while True:
            values = iter(K.get_session(symbolic).run(symbolic) if symbolic else [])
            found = [next(values) if hasattr(t, "graph") else t for t in flat]
            batch = nest.pack_sequence_as(self.parts, found)
            yield batch, _count(batch)


def _count(batch: Any) -> int:
    for value in nest.flatten(batch):
        if value is not None and getattr(value, "shape", ()):
            return int(value.shape[0])
    return 1


def split(element: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample weights) of what a generator or data set gives."""
    if isinstance(element, tuple):
        if len(element) not in (1, 2, 3):
            raise ValueError(
                "Output of generator should be a tuple `(x, y, sample_weight)` or `(x, y)`. Found: "
                f"{str(element)[:200]}"
            )
        return (*element, None, None)[:3]  # type: ignore[return-value]
    return element, None, None


class Elements:
    """Batches of a generator, of a `Sequence`, or of a tf.data data set or iterator.

    Args:
      data: where they come from.
      steps: how many make an epoch; None: as many as there are.
      prepare: makes lists of arrays of (x, y, sample weights).
      shuffle: whether the batches of a `Sequence` come in a new order.
    """

    size = None

    def __init__(self, data: Any, steps: int | None, prepare: Any, shuffle: bool = False) -> None:
        self.prepare, self.shuffle, self.data = prepare, shuffle, data
        self.is_sequence = hasattr(data, "__getitem__") and hasattr(data, "__len__")
        self.is_dataset, self.is_iterator = is_dataset(data), is_graph_iterator(data)
        self.bounded = steps is not None
        if steps is None and self.is_sequence:
            steps = len(data)
        self.steps = steps
        self.exhausted = False
        self._running: Any = None

    def _elements(self) -> Iterator[Any]:
        if self.is_sequence:
            yield from self._from_sequence()
        elif self.is_dataset or self.is_iterator:
            yield from self._from_graph()
        else:
            yield from self.data

    def _from_sequence(self) -> Iterator[Any]:
        while True:
            order = list(range(len(self.data)))
            if self.shuffle:
                np.random.shuffle(order)
            for index in order:
                yield self.data[index]
            if hasattr(self.data, "on_epoch_end"):
                self.data.on_epoch_end()
            if not self.bounded:
                return

    def _from_graph(self) -> Iterator[Any]:
        if not hasattr(self, "_next"):
            self._iterator = (
                self.data.make_initializable_iterator() if self.is_dataset else self.data
            )
            element = self._iterator.get_next()
            self._next = element if isinstance(element, tuple) else (element,)
        session = K.get_session(nest.flatten(self._next))
        if self.is_dataset:
            session.run(self._iterator.initializer)
        while True:
            try:
                yield session.run(self._next)
            except errors.OutOfRangeError:
                return

    def restart(self) -> None:
        """Lets a data set or `Sequence` start again; a generator cannot."""
        if self.is_dataset or self.is_sequence:
            self._running = None

    def epoch(self) -> Iterator[Any]:
        """The batches of an epoch: the next `steps`, or all that there are."""
        if self._running is None or (not self.bounded and not inspect.isgenerator(self.data)):
            self._running = self._elements()
        for _ in range(self.steps) if self.bounded else iter(int, 1):
            element = next(self._running, None)
            if element is None:
                self.exhausted = True
                return
            batch = self.prepare(*split(element))
            yield batch, _count(batch)


def is_dataset(data: Any) -> bool:
    """Whether `data` is a tf.data data set."""
    return hasattr(data, "make_initializable_iterator")


def is_graph_iterator(data: Any) -> bool:
    """Whether `data` is an iterator of a tf.data data set."""
    return hasattr(data, "get_next") and hasattr(data, "output_shapes")


def is_batched(data: Any) -> bool:
    """Whether `data` gives batches by itself: a data set, an iterator, generator or `Sequence`."""
    if is_dataset(data) or is_graph_iterator(data) or inspect.isgenerator(data):
        return True
    if hasattr(data, "on_epoch_end") and hasattr(data, "__getitem__"):
        return True
    return hasattr(data, "__next__")
