"""Iterators as what a session keeps: they are made of a dataset, and give its elements."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.core.errors import (
    CancelledError,
    FailedPreconditionError,
    InvalidArgumentError,
    OutOfRangeError,
)
from flowgraph.ops.array.known import boxed
from flowgraph.ops.data._elements import Element, listed
from flowgraph.ops.data._runtime import Context, Dataset
from flowgraph.runtime.waiting import WaitingState


class IteratorState(WaitingState):
    """An iterator of a session. `make` gives the dataset of one that needs no initializer."""

    def __init__(
        self,
        name: str,
        dtypes: Sequence[Any],
        shapes: Sequence[Any],
        make: Callable[[], Dataset] | None = None,
    ) -> None:
        super().__init__()
        self.name, self.dtypes, self.shapes = name, tuple(dtypes), tuple(shapes)
        self.handle = boxed(self)
        self._make = make
        self._alone = threading.RLock()
        self._context: Context | None = None
        self._elements: Iterator[Element] | None = None
        self._ended = False

    def start(self, dataset: Dataset, dtypes: Sequence[Any], shapes: Sequence[Any]) -> None:
        """Begins with a dataset of these types, from its first element."""
        self.check_types(dtypes, shapes)
        with self._alone:
            self.stop()
            context = Context()
            self._elements, self._context = dataset.iterator(context, ()), context
            self._ended = False

    def check_types(self, dtypes: Sequence[Any], shapes: Sequence[Any]) -> None:
        """InvalidArgumentError unless elements are of these dtypes and fit these shapes."""
        if not self.dtypes:
            return
        if len(dtypes) != len(self.dtypes):
            raise InvalidArgumentError(
                f"Number of components does not match: expected {len(self.dtypes)} types but got "
                f"{len(dtypes)}."
            )
        for i, (ours, theirs) in enumerate(zip(self.dtypes, dtypes, strict=True)):
            if ours is not theirs:
                raise InvalidArgumentError(
                    f"Data type mismatch at component {i}: expected {ours.name} but got "
                    f"{theirs.name}."
                )
        for i, (ours, theirs) in enumerate(zip(self.shapes, shapes, strict=False)):
            if not ours.is_compatible_with(theirs):
                raise InvalidArgumentError(
                    f"Incompatible shapes at component {i}: expected {_brackets(ours)} but got "
                    f"{_brackets(theirs)}."
                )

    def next(self) -> Element:
        """The next element.

        Raises:
          OutOfRangeError: there is none.
          FailedPreconditionError: the iterator has no dataset yet.
        """
        with self._alone:
            if self._elements is None:
                self._begin()
            if not self._ended:
                for element in self._elements:  # type: ignore[union-attr]
                    return element
                self._ended = True
            raise OutOfRangeError("End of sequence")

    def _begin(self) -> None:
        if self._context is not None:
            raise CancelledError("The session was closed")
        if self._make is None:
            raise FailedPreconditionError(
                "GetNext() failed because the iterator has not been initialized. Ensure that you "
                "have run the initializer operation for this iterator before getting the next "
                "element."
            )
        self._context = Context()
        try:
            self._elements = self._make().iterator(self._context, ())
        except BaseException:
            self._context = None
            raise

    def stop(self) -> None:
        """Ends the threads of the pipeline."""
        if self._context is not None:
            self._context.close()

    def end(self) -> None:
        """The session is closed."""
        super().end()
        self.stop()
        self._elements = None


def _brackets(shape: Any) -> str:
    known = shape.known
    return "<unknown>" if known is None else listed(["?" if d is None else d for d in known])


def as_iterator(value: Any) -> IteratorState:
    """The iterator that a handle is."""
    found = value[()] if isinstance(value, np.ndarray) else value
    if not isinstance(found, IteratorState):
        raise InvalidArgumentError(f"Expected an iterator, got {type(found).__name__}")
    return found
