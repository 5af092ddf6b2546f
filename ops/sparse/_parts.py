"""What ops on sparse tensors share: checks of the parts, static sizes, comparable coordinates.

A kernel gets indices [n, rank], values [n] and a shape [rank], all as arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor


# --- static sizes ---------------------------------------------------------------------------------
def vector(size: int | None) -> TensorShape:
    """The static shape of a vector."""
    return TensorShape.of((size,))


def matrix(rows: int | None, columns: int | None) -> TensorShape:
    """The static shape of a matrix."""
    return TensorShape.of((rows, columns))


def sizes_of(op: Operation, first: int = 0) -> tuple[int | None, int | None]:
    """(number of entries, rank) as far as three inputs from `first` on tell; ValueError if wrong.

    They are indices, values and shape; a contradiction between them is an error.
    """
    indices, values, shape = (t.shape for t in op.inputs[first : first + 3])
    rows, columns = indices.with_rank(2).known  # type: ignore[misc]
    count = Dimension(rows).merge_with(values.with_rank(1).known[0])  # type: ignore[index]
    rank = Dimension(columns).merge_with(shape.with_rank(1).known[0])  # type: ignore[index]
    return count.value, rank.value


# --- run-time checks ------------------------------------------------------------------------------
def listed(numbers: Any) -> str:
    """Numbers in brackets, as TensorFlow writes shapes and coordinates."""
    return f"[{','.join(str(int(n)) for n in numbers)}]"


def check_parts(indices: Any, values: Any, shape: Any, what: str = "Input") -> None:
    """Raises InvalidArgumentError unless the three arrays can be one sparse tensor."""
    if indices.ndim != 2:
        said = f"indices should be a matrix but received shape {listed(indices.shape)}"
    elif values.ndim != 1:
        said = f"values should be a vector but received shape {listed(values.shape)}"
    elif shape.ndim != 1:
        said = f"shape should be a vector but received shape {listed(shape.shape)}"
    elif len(indices) != len(values):
        said = f"has {len(values)} values for indices of shape {listed(indices.shape)}"
    elif indices.shape[1] != len(shape):
        said = f"has rank {len(shape)} and indices of shape {listed(indices.shape)}"
    else:
        return
    raise InvalidArgumentError(f"{what} {said}")


def check_bounds(indices: Any, shape: Any) -> None:
    """Raises InvalidArgumentError for the first coordinates that lie outside the shape."""
    bad = np.flatnonzero(((indices < 0) | (indices >= shape)).any(axis=1))
    if bad.size:
        raise InvalidArgumentError(
            f"indices[{bad[0]}] = {listed(indices[bad[0]])} is out of bounds: "
            f"need 0 <= index < {listed(shape)}"
        )


def check_same_shape(a: Any, b: Any) -> None:
    """Raises InvalidArgumentError unless two operands have one shape."""
    if len(a) != len(b):
        raise InvalidArgumentError(
            f"Operands' ranks do not match: got shapes {listed(a)} and {listed(b)}"
        )
    bad = np.flatnonzero(a != b)
    if bad.size:
        at = bad[0]
        raise InvalidArgumentError(
            f"Operands' shapes do not match: got {a[at]} and {b[at]} for dimension {at}"
        )


# --- coordinates that compare ---------------------------------------------------------------------
_LARGEST = 1 << 62


def keys(*indices: Any) -> list[Any]:
    """For each array of coordinates, integers that are equal and ordered as the coordinates are."""
    together = np.concatenate(indices)
    ends = np.cumsum([len(part) for part in indices])[:-1]
    return np.split(_keys(together), ends)


def _keys(indices: Any) -> Any:
    if not indices.size:
        return np.zeros(len(indices), np.int64)
    low = indices.min(axis=0)
    spans = [int(h) - int(lo) + 1 for h, lo in zip(indices.max(axis=0), low, strict=True)]
    steps = [1]
    for span in reversed(spans[1:]):
        steps.append(steps[-1] * span)
    if steps[-1] * spans[0] < _LARGEST:
        return (indices - low) @ np.array(steps[::-1], np.int64)
    # Too many elements to number: the distinct coordinates are numbered instead.
    return np.unique(indices, axis=0, return_inverse=True)[1].reshape(-1)


def find(keys_of: Any, among: Any) -> tuple[Any, Any]:
    """(whether each key is among the others, where: the place of the first such)."""
    if not len(among):
        return np.zeros(len(keys_of), bool), np.zeros(len(keys_of), np.int64)
    order = np.argsort(among, kind="stable")
    places = order[np.minimum(np.searchsorted(among[order], keys_of), len(among) - 1)]
    return among[places] == keys_of, places


# --- graphs ---------------------------------------------------------------------------------------
def parts(sparse: SparseTensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three tensors in the order in which ops take them."""
    return sparse.indices, sparse.values, sparse.dense_shape


def as_int64(tensor: Any) -> Any:
    """The tensor as int64: an index, or the shape of one."""
    return tensor if tensor.dtype.name == "int64" else raw.Cast(tensor, DstT="int64")


def first_given(default: Any, **named: Any) -> Any:
    """The value of an argument that has several names; ValueError when more than one is given."""
    given = {name: value for name, value in named.items() if value is not None}
    if len(given) > 1:
        first, *others = given
        raise ValueError(f"Cannot specify both '{others[0]}' and '{first}'.")
    return next(iter(given.values()), default)
