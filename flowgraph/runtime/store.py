"""What a session holds between runs: variables, and other state that ops ask for by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from flowgraph.core import errors
from flowgraph.core.dtypes import DType
from flowgraph.core.shapes import TensorShape, brackets


class VariableCell:
    """A variable's memory in one session. Ops that write get the cell; others get `read()`.

    Writes of the same shape happen in place, so a reader that the compiler ordered after the write
    sees it; the value of a new shape gets new memory.
    """

    __slots__ = ("name", "dtype", "shape", "value", "lock")

    def __init__(self, name: str, dtype: DType, shape: TensorShape) -> None:
        self.name, self.dtype, self.shape = name, dtype, shape
        self.value: np.ndarray[Any, Any] | None = None
        self.lock = threading.RLock()

    def read(self) -> np.ndarray[Any, Any]:
        """The memory itself; FailedPreconditionError before it is initialised."""
        if self.value is None:
            raise errors.FailedPreconditionError(
                f"Attempting to use uninitialized value {self.name}\n"
                "  Hint: run its initializer first: sess.run(tf.global_variables_initializer())"
                ", or tf.local_variables_initializer() for a local one."
            )
        return self.value

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
            if self.value is not None and self.value.shape == value.shape:
                np.copyto(self.value, value)
            else:
                self.value = np.array(value, dtype=self.dtype.np_dtype, order="C")

    def update(self, change: Callable[[np.ndarray[Any, Any]], Any]) -> None:
        """Calls `change(array)`, which writes in place, while no other thread writes."""
        with self.lock:
            change(self.read())

    def __repr__(self) -> str:
        return f"<VariableCell {self.name} {self.dtype.name}{self.shape}>"


class Store:
    """The state of a session by name."""

    def __init__(self) -> None:
        self._states: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

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
            if name not in self._states:
                self._states[name] = make()
            return self._states[name]

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._states.clear()
