"""Elements of datasets: tuples of arrays, and how many of them become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core.errors import DataLossError, InvalidArgumentError
from flowgraph.ops.array.known import boxed

Element = tuple[Any, ...]


def listed(shape: Sequence[int]) -> str:
    """A shape as TensorFlow's messages show one: [2,3]."""
    return f"[{','.join(map(str, shape))}]"


def scalar_argument(value: Any, name: str) -> Any:
    """The number or string in a scalar; InvalidArgumentError when it is none."""
    array = np.asarray(value)
    if array.ndim:
        raise InvalidArgumentError(f"{name} must be a scalar")
    return array[()]


def rows_of(column: Any) -> Any:
    """The rows of an array, one after another; strings come as arrays, as every value does."""
    if column.dtype.kind == "O" and column.ndim == 1:
        return map(boxed, column)
    return iter(column)


def stacked(elements: Sequence[Element]) -> Element:
    """Elements of equal shapes as one, with a new first dimension."""
    return tuple([_stack(column, i) for i, column in enumerate(zip(*elements, strict=True))])


def _stack(values: Sequence[Any], component: int) -> Any:
    first = values[0]
    shape = np.shape(first)
    for i, value in enumerate(values):
        if np.shape(value) != shape:
            raise InvalidArgumentError(
                f"Cannot batch tensors with different shapes in component {component}. First "
                f"element had shape {listed(shape)} and element {i} had shape "
                f"{listed(np.shape(value))}."
            )
    if not isinstance(first, (np.ndarray, np.generic)) or first.dtype.kind == "O":
        return _objects(values, shape)
    if shape:
        return np.concatenate(values).reshape(len(values), *shape)
    return np.array(values, first.dtype)


def _objects(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Strings, variants and what else is no number."""
    batch = np.empty((len(values), *shape), object)
    for i, value in enumerate(values):
        batch[i] = value[()] if not shape and isinstance(value, np.ndarray) else value
    return batch


def padded(
    elements: Sequence[Element], shapes: Sequence[Sequence[int]], fillers: Sequence[Any]
) -> Element:
    """Elements as one; each component is filled up to a shape, -1 in which means the largest."""
    columns = zip(*elements, strict=True)
    return tuple(
        [
            _pad(column, shape, filler, i)
            for i, (column, shape, filler) in enumerate(zip(columns, shapes, fillers, strict=True))
        ]
    )


def _pad(values: Sequence[Any], shape: Sequence[int], filler: Any, component: int) -> Any:
    sizes = list(shape)
    for value in values:
        came = np.shape(value)
        if len(came) != len(sizes):
            raise InvalidArgumentError(
                f"All elements in a batch must have the same rank as the padded shape for "
                f"component{component}: expected rank {len(sizes)} but got element with rank "
                f"{len(came)}"
            )
        for axis, (wanted, size) in enumerate(zip(shape, came, strict=True)):
            if wanted < 0:
                sizes[axis] = max(sizes[axis], size)
            elif size > wanted:
                raise DataLossError(
                    f"Attempted to pad to a smaller size than the input element: component "
                    f"{component} has shape {listed(came)}, and the padded shape is "
                    f"{listed(shape)}."
                )
    batch = np.full((len(values), *[max(size, 0) for size in sizes]), filler[()], filler.dtype)
    for row, value in enumerate(values):
        batch[(row, *map(slice, np.shape(value)))] = value
    return batch


def nbytes(element: Element) -> int:
    """The memory of an element's numbers."""
    return sum([getattr(value, "nbytes", 0) for value in element])
