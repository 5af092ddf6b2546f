"""tensordot: products of tensors summed over named axes, as one product of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.reduced import axes_mask, named_first

__all__ = ["tensordot"]


@dataclass(frozen=True, slots=True)
class _Side:
    """A factor as a matrix: its free sizes, as a list or tensor and as far as known."""

    matrix: Tensor
    sizes: Any
    known: tuple[int | None, ...] | None


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Sums products of two tensors over axes of both (tf.tensordot).

    Args:
      a: the left tensor.
      b: the right one, of the same dtype.
      axes: n, for the last n axes of `a` and the first n of `b`; or a pair of ints, lists or of
        tensors, the axes of each.
      name: the scope of the operations.

    Returns:
      A tensor of a's other dimensions followed by b's.

    Raises:
      ValueError: the axes do not fit.

    >>> tensordot([[1.0, 2.0]], [3.0, 4.0], 1).shape.as_list()
    [1]
    """
    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, dtype_hint=a.dtype.base_dtype, name="b")
        axes_a, axes_b = _axes(a, b, axes)
        left = _as_matrix(a, axes_a, free_first=True)
        right = _as_matrix(b, axes_b, free_first=False)
        product = matmul(left.matrix, right.matrix)
        if left.known is None or right.known is None:
            sizes = raw.ConcatV2([left.sizes, right.sizes], 0)
            return raw.Reshape(product, sizes, name=scope)  # type: ignore[no-any-return]
        known = left.known + right.known
        if None not in known:
            if product.shape.known == known:
                return product
            return raw.Reshape(product, np.array(known, np.int32), name=scope)  # type: ignore[no-any-return]
        sizes = raw.ConcatV2([left.sizes, right.sizes], 0)
        result: Tensor = raw.Reshape(product, sizes, name=scope)
        result.set_shape(TensorShape.of(known))
        return result


def _axes(a: Tensor, b: Tensor, axes: Any) -> tuple[Any, Any]:
    """The axes of each side: a list of ints, or a tensor where the run decides."""
    if isinstance(axes, (int, np.integer)):
        return _last_and_first(a, b, int(axes))
    if isinstance(axes, Tensor):
        values = integers(axes)
        if values is None or axes.shape.rank is None:
            return axes[0], axes[1]  # type: ignore[index]
        axes = np.reshape(values, axes.shape.known).tolist()  # type: ignore[arg-type]
        if isinstance(axes, int):
            return _last_and_first(a, b, axes)
    if not isinstance(axes, (list, tuple, np.ndarray)):
        raise ValueError(f"'axes' must be an integer or have length 2. Received {axes!r}")
    if len(axes) != 2:
        raise ValueError(f"'axes' must be an integer or have length 2. Received {axes!r}")
    of_a, of_b = (
        side if isinstance(side, Tensor) else np.reshape(side, -1).tolist() for side in axes
    )
    if isinstance(of_a, list) and isinstance(of_b, list) and len(of_a) != len(of_b):
        raise ValueError(
            f"Different number of contraction axes 'a' and 'b', {len(of_a)} != {len(of_b)}."
        )
    return of_a, of_b


def _last_and_first(a: Tensor, b: Tensor, count: int) -> tuple[Any, Any]:
    if count < 0:
        raise ValueError("'axes' must be at least 0.")
    rank = a.shape.rank
    for tensor in (a, b):
        if tensor.shape.rank is not None and count > tensor.shape.rank:
            raise ValueError(
                f"'axes' must not be larger than the number of dimensions of tensor {tensor}. "
                f"Received {count}, vs tensor dimensions {tensor.shape.rank}."
            )
    start = 0 if rank is None else rank  # negative axes where the rank is not known
    return list(range(start - count, start)), list(range(count))


def _as_matrix(x: Tensor, axes: Any, free_first: bool) -> _Side:
    """The tensor as a matrix: [free, contracted], or [contracted, free]."""
    dims = x.shape.known
    if dims is None or isinstance(axes, Tensor):
        return _as_matrix_at_run(x, axes, free_first)
    axes = [_positive(axis, len(dims), x) for axis in axes]
    free = [i for i in range(len(dims)) if i not in axes]
    order = free + axes if free_first else axes + free
    if order != list(range(len(dims))):
        x = raw.Transpose(x, np.array(order, np.int32), name="transpose")
    sizes = tuple(dims[i] for i in free)
    if None in dims:
        shape = raw.Shape(x)
        cut = len(free) if free_first else len(axes)
        matrix = _flattened(x, shape, cut)
        return _Side(matrix, shape[:cut] if free_first else shape[cut:], sizes)
    flat = [_product(dims, free), _product(dims, axes)][:: 1 if free_first else -1]
    if x.shape.known != tuple(flat):
        x = raw.Reshape(x, np.array(flat, np.int32))
    return _Side(x, np.array(sizes, np.int32), sizes)


def _as_matrix_at_run(x: Tensor, axes: Any, free_first: bool) -> _Side:
    rank = raw.Rank(x)
    axes = convert_to_tensor(axes, dtype=None if isinstance(axes, Tensor) else "int32", name="axes")
    mask = axes_mask(axes, rank)
    axes = raw.SelectV2(raw.Less(axes, 0), raw.AddV2(axes, rank), axes)
    free = named_first(raw.Sub(1, mask), rank)[: raw.Sub(rank, raw.Size(axes))]  # type: ignore[index]
    order = raw.ConcatV2([free, axes] if free_first else [axes, free], 0)
    turned = raw.Transpose(x, order)
    shape = raw.Shape(turned)
    cut = raw.Size(free if free_first else axes)
    return _Side(_flattened(turned, shape, cut), shape[:cut] if free_first else shape[cut:], None)


def _flattened(x: Tensor, shape: Any, cut: Any) -> Tensor:
    """The tensor as a matrix of the dimensions before `cut` and after."""
    sides = [raw.Prod(part, 0, keep_dims=False) for part in (shape[:cut], shape[cut:])]
    return raw.Reshape(x, raw.Pack(sides))  # type: ignore[no-any-return]


def _positive(axis: int, rank: int, x: Tensor) -> int:
    if not -rank <= axis < rank:
        raise IndexError(f"Axis {axis} is out of range for a tensor of rank {rank}: {x}")
    return axis % rank


def _product(dims: Sequence[int | None], axes: Sequence[int]) -> int:
    return math.prod(dims[i] for i in axes)  # type: ignore[misc]
