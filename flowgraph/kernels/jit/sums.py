"""Sums and means that a cluster's loop takes of what it computes.

Each is added up in float64, in arrays of their own for each thread; so it is at least as exact as
numpy's, and what is summed need never be written to memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core.static import constant_value
from flowgraph.kernels.jit.trace import FLOATS

Shape = tuple[int, ...]

ITEM = np.dtype(np.float64).itemsize
_LINE = 128  # bytes between two threads' sums at the least: they never write to one cache line
_FEWER = 4  # times fewer numbers than are summed there must be in the result


@dataclass(frozen=True, slots=True)
class Summed:
    """What a reducing op of a cluster does: the expression of its member.

    `axes` are counted from the front.
    """

    axes: tuple[int, ...]
    keep_dims: bool
    is_mean: bool


def summed(context: Any) -> Summed | None:
    """The sum or mean that a node takes of its first input; None where it is none for a loop."""
    rank = context.input_shapes[0].rank
    if rank is None or context.input_dtypes[0].np_dtype not in FLOATS:
        return None
    if context.type == "BiasAddGrad":
        channels = 1 if context.attrs["data_format"].startswith("NC") else rank - 1
        return Summed(tuple([a for a in range(rank) if a != channels]), False, False)
    if context.type not in ("Sum", "Mean"):
        return None
    known = constant_value(context.op.inputs[1])
    given = [] if known is None else known.reshape(-1).tolist()
    axes = sorted({axis % rank for axis in given if -rank <= axis < rank})
    if not axes or len(axes) < len(given):
        return None
    return Summed(tuple(axes), context.attrs["keep_dims"], context.type == "Mean")


class Totals:
    """The sums over an array of some shape, as a loop adds them up."""

    def __init__(self, summed: Summed, shape: Shape, dtype: np.dtype[Any]) -> None:
        over = set(summed.axes)
        self.kept = tuple([1 if axis in over else size for axis, size in enumerate(shape)])
        self.strides = np.empty(self.kept).strides
        self._count = math.prod(self.kept)
        self.pays = self._count * _FEWER <= math.prod(shape)
        self.apart = (self._count * ITEM // _LINE + 2) * _LINE  # bytes from part to part
        self._divisor = math.prod(shape) // self._count if summed.is_mean else 1
        result = [size for axis, size in enumerate(shape) if axis not in over]
        self._shape = self.kept if summed.keep_dims else tuple(result)
        self._dtype = dtype

    def make(self, parts: int) -> np.ndarray[Any, Any]:
        """Memory for sums of as many parts of the whole."""
        return np.zeros((parts, self.apart // ITEM))

    def result(self, added: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What the op gives, from the sums of the parts."""
        parts = added[:, : self._count]
        total = parts[0] if len(parts) == 1 else parts.sum(0)
        if self._divisor != 1:
            total = total / self._divisor
        with np.errstate(over="ignore"):
            return total.astype(self._dtype).reshape(self._shape)  # type: ignore[no-any-return]
