"""What is known of the elements of a list, as static shapes tell of tensors.

A tensor of dtype variant may be a list of tensors. An op that makes, changes or reads lists says
with `OpDef.elements` what all elements of its output have in common: `Elements`, EMPTY for a list
that has none yet, or None when nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor

EMPTY = "no elements yet"
_MOST_COMPARED = 32  # integers in a value that is remembered: shapes are


@dataclass(frozen=True, slots=True)
class Elements:
    """The static shape of all elements of a list, and their value where it is one."""

    shape: TensorShape
    value: Any = None

    @classmethod
    def like(cls, tensor: Tensor) -> Elements:
        """Elements such as a tensor."""
        count = tensor.shape.num_elements()
        if count is None or count > _MOST_COMPARED or not tensor.dtype.is_integer:
            return cls(tensor.shape)
        return cls(tensor.shape, constant_value(tensor))

    @classmethod
    def rows_of(cls, tensor: Tensor) -> Elements | None:
        """Elements such as the rows of a tensor."""
        return cls(tensor.shape[1:]) if tensor.shape.rank else None

    def says_as_much_as(self, other: Any) -> bool:
        """Whether the other one knows the same."""
        return (
            isinstance(other, Elements)
            and self.shape.known == other.shape.known
            and (self.value is None) == (other.value is None)
        )


def elements_of(tensor: Tensor) -> Any:
    """What is known of the elements of a list."""
    return tensor._elements


def element_shape(handle: Tensor) -> TensorShape:
    """The static shape of an element that is taken from a list."""
    known = handle._elements
    return known.shape if isinstance(known, Elements) else UNKNOWN


def element_value(handle: Tensor) -> Any:
    """The value of an element that is taken from a list, None where it may be one or another."""
    known = handle._elements
    return known.value if isinstance(known, Elements) else None


def joined(a: Any, b: Any) -> Any:
    """What is known of a list that may be one or the other, or has elements of both."""
    if a is None or b is None:
        return None
    if a is EMPTY or b is EMPTY:
        return b if a is EMPTY else a
    same = a.value is not None and b.value is not None and np.array_equal(a.value, b.value)
    return Elements(a.shape.most_specific_compatible_shape(b.shape), a.value if same else None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a tensor: its static shape, and the elements if it is a list."""

    shape: TensorShape
    elements: Any

    @classmethod
    def of(cls, tensor: Tensor) -> Known:
        """What a tensor says of itself."""
        return cls(tensor.shape, tensor._elements)

    def either(self, other: Known) -> Known:
        """What is known of a value that may be one or the other."""
        shape = self.shape.most_specific_compatible_shape(other.shape)
        return Known(shape, joined(self.elements, other.elements))

    def says_as_much_as(self, other: Known) -> bool:
        """Whether both know the same, where one is what is left of the other."""
        mine, theirs = self.elements, other.elements
        same = mine.says_as_much_as(theirs) if isinstance(mine, Elements) else mine is theirs
        return same and self.shape.known == other.shape.known
