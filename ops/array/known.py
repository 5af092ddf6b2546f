"""What shape rules ask about an op's inputs: constant integers, partly known sizes, axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.shapes import UNKNOWN, TensorShape, brackets
from flowgraph.core.static import constant_value, constant_value_as_shape
from flowgraph.core.tensor import Tensor

_LONGEST_SHAPE = 64  # a longer vector is data, not a shape


def integers(tensor: Tensor) -> list[int] | None:
    """The tensor's values as a flat list when they are constant."""
    value = constant_value(tensor)
    return None if value is None else np.asarray(value).reshape(-1).tolist()  # type: ignore[no-any-return]


def integer(tensor: Tensor) -> int | None:
    """The value of a constant scalar."""
    values = integers(tensor)
    return None if not values else values[0]


def sizes(tensor: Tensor) -> tuple[int | None, ...] | None:
    """The vector of sizes that the tensor holds, as far as known; None: not even its length is."""
    known = tensor.shape.known
    if known is not None and (len(known) != 1 or (known[0] or 0) > _LONGEST_SHAPE):
        return None
    try:
        return constant_value_as_shape(tensor).known
    except ValueError:  # a negative number: not a shape
        return None


def described_shape(tensor: Tensor) -> TensorShape:
    """The shape that a vector of sizes describes; ValueError for a negative size."""
    known = tensor.shape.known
    if known is not None and len(known) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(known)}")
    return constant_value_as_shape(tensor)


def partial_integers(tensor: Tensor) -> list[int | None] | None:
    """The values of a vector as far as known; None when its length is not."""
    values: Any = integers(tensor)
    if values is None:
        values = sizes(tensor)
    return None if values is None else list(values)


def positive_axis(axis: int, rank: int) -> int:
    """The axis counted from the front; ValueError when it is out of range."""
    if not -rank <= axis < rank:
        raise ValueError(
            f"Shape must be at least rank {axis + 1 if axis >= 0 else -axis} but is rank {rank}"
        )
    return axis % rank


def single(value: Any, name: str) -> Any:
    """The one element of an array that should be a scalar; InvalidArgumentError when it is more."""
    if value.size != 1:
        raise InvalidArgumentError(f"{name} must be a scalar, got shape {list(value.shape)}")
    return value.item()


def merged(a: TensorShape, b: TensorShape) -> TensorShape:
    """What both shapes say; ValueError in TensorFlow's words when they contradict each other."""
    x, y = a.known, b.known
    if x is None or y is None or x == y:
        return b if x is None else a
    if len(x) != len(y):
        raise ValueError(f"Shapes must be equal rank, but are {len(x)} and {len(y)}")
    for i, (p, q) in enumerate(zip(x, y, strict=True)):
        if p is not None and q is not None and p != q:
            raise ValueError(
                f"Dimension {i} in both shapes must be equal, but are {p} and {q}. Shapes are "
                f"{brackets(a)} and {brackets(b)}."
            )
    return a.merge_with(b)  # type: ignore[no-any-return]


def unknown_of_rank(rank: int | None) -> TensorShape:
    """A shape of which only the rank is known."""
    return UNKNOWN if rank is None else TensorShape.of((None,) * rank)


def boxed(value: Any) -> Any:
    """An array of `value`: numpy takes the element out when it indexes strings down to one."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value
    array = np.empty((), object)
    array[()] = value
    return array
