"""What a session holds between runs: variables, and other state that ops ask for by name."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from flowgraph.core import errors
from flowgraph.core.dtypes import DType, float32
from flowgraph.core.shapes import TensorShape, brackets
from flowgraph.runtime.waiting import WaitingState


class VariableCell:
    """A variable's memory in one session. Ops that write get the cell; others get `read()`.

    Writes of the same shape happen in place, so a reader that the compiler ordered after the write
    sees it; the value of a new shape gets new memory. Each write changes `version`, so that what
    was derived from the value can be kept as long as that stays.
    """

    __slots__ = ("name", "dtype", "shape", "value", "lock", "version")

    def __init__(self, name: str, dtype: DType, shape: TensorShape) -> None:
        self.name, self.dtype, self.shape = name, dtype, shape
        self.value: np.ndarray[Any, Any] | None = None
        self.lock = threading.RLock()
        self.version = 0

    def read(self) -> np.ndarray[Any, Any]:
        """The memory itself; FailedPreconditionError before it is initialised."""
        if self.value is None:
            raise errors.FailedPreconditionError(
                f"{self._no_value()}\n"
                "  Hint: run its initializer first: sess.run(tf.global_variables_initializer())"
                ", or tf.local_variables_initializer() for a local one."
            )
        return self.value

    def _no_value(self) -> str:
        return f"Attempting to use uninitialized value {self.name}"

    def writable(self) -> np.ndarray[Any, Any]:
        """The memory for a write in place, which the caller makes while it holds `lock`."""
        self.version += 1
        return self.read()

    def assign(self, value: Any, validate_shape: bool = True) -> None:
        """Sets the value: in place when the shape stays, into new memory when it changes.

        With `validate_shape` it must stay as it is, or as declared where there is no value yet.
        """
        value = np.asarray(value)
        with self.lock:
            shape = self.shape if self.value is None else TensorShape.of(self.value.shape)
            if validate_shape and not shape.is_compatible_with(value.shape):
                raise errors.InvalidArgumentError(
                    "Assign requires shapes of both tensors to match. "
                    f"lhs shape= {brackets(shape)} rhs shape= {brackets(TensorShape(value.shape))}"
                )
            self.version += 1
            if self.value is not None and self.value.shape == value.shape:
                np.copyto(self.value, value)
            else:
                self.value = np.array(value, dtype=self.dtype.np_dtype, order="C")

    def update(self, change: Callable[[np.ndarray[Any, Any]], Any]) -> None:
        """Calls `change(array)`, which writes in place, while no other thread writes."""
        with self.lock:
            change(self.writable())

    def __repr__(self) -> str:
        return f"<VariableCell {self.name} {self.dtype.name}{self.shape}>"


class ResourceCell(VariableCell):
    """A resource variable's memory in one session: what was read stays as it is.

    Readers get the memory itself. A write is in place when nobody holds what was read, or a view of
    it, any more; else it goes to a copy. Views hold the array that they look at, so its count of
    references tells.
    """

    __slots__ = ()

    def read(self) -> np.ndarray[Any, Any]:
        """The value now, which stays as it is; FailedPreconditionError before there is one."""
        with self.lock:
            return super().read()

    def _no_value(self) -> str:
        return (
            f"Error while reading resource variable {self.name} from Container: localhost. "
            "This could mean that the variable was uninitialized."
        )

    def holders(self) -> int:
        """The references to the memory; `_ALONE` when there is none but the cell's."""
        return sys.getrefcount(self.value)

    def writable(self) -> np.ndarray[Any, Any]:
        """The memory for a write in place: a copy of what others hold."""
        self.version += 1
        value = super().read()
        if self.holders() > _ALONE + 1:  # and `value`
            self.value = value = value.copy()
        return value

    def assign(self, value: Any, validate_shape: bool = True) -> None:
        """Sets the value, which must have the declared shape."""
        value = np.asarray(value)
        if validate_shape and not self.shape.is_compatible_with(value.shape):
            raise errors.InvalidArgumentError(
                f"Trying to assign variable with wrong shape. Expected {brackets(self.shape)} got "
                f"{brackets(TensorShape(value.shape))}"
            )
        with self.lock:
            self.version += 1
            old = self.value
            if old is not None and old.shape == value.shape and self.holders() == _ALONE + 1:
                np.copyto(old, value)
            else:
                self.value = np.array(value, dtype=self.dtype.np_dtype, order="C")

    def clear(self) -> bool:
        """Forgets the value; whether there was one."""
        with self.lock:
            had, self.value = self.value is not None, None
        return had


def _count_alone() -> int:
    cell = ResourceCell("", float32, TensorShape.of((1,)))
    cell.value = np.zeros(1, np.float32)
    return cell.holders()


_ALONE = _count_alone()  # which differs between versions of Python


class Store:
    """The state of a session by name."""

    def __init__(self) -> None:
        self._states: dict[Hashable, Any] = {}
        self._lock = threading.Lock()
        self._ended = False
        self.numbers = itertools.count()  # tell apart states whose names may be equal

    def variable(self, name: str, dtype: DType, shape: TensorShape) -> VariableCell:
        """The cell called `name`, made when it is missing."""
        cell = self.state(name, lambda: VariableCell(name, dtype, shape))
        if not isinstance(cell, VariableCell) or cell.dtype is not dtype:
            raise errors.InvalidArgumentError(
                f"Resource {name} exists already as {cell!r}, and not as a {dtype.name} variable"
            )
        return cell

    def state(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """The state called `name`, made by `make` when it is missing."""
        with self._lock:
            if self._ended:
                raise errors.CancelledError("The session was closed")
            if name not in self._states:
                self._states[name] = make()
            return self._states[name]

    def end(self) -> None:
        """Forgets everything; whoever waits for some state gets CancelledError."""
        with self._lock:
            self._ended = True
            states = list(self._states.values())
            self._states.clear()
        for state in states:
            if isinstance(state, WaitingState):
                state.end()
