"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.reduction import reduce_max, reduce_sum, renamed

__all__ = ["norm", "normalize"]


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The norm of vectors or matrices (tf.norm).

    Args:
      tensor: numbers.
      ord: "euclidean", 1, 2, infinity or a positive number; of matrices "fro" instead of a number.
      axis: an int for norms of vectors, two for norms of matrices, None for the whole as a vector.
      keepdims: keep the reduced dimensions, with size 1; `keep_dims` is its old name.
      name: the scope of the operations.

    Raises:
      ValueError: `ord` or `axis` is none of these.
    """
    keep = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    is_matrix = isinstance(axis, (list, tuple)) and len(axis) == 2
    _check_norm(ord, axis, is_matrix)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        if ord in ("fro", "euclidean") or (ord == 2 and not is_matrix):
            if is_matrix and axis[0] == axis[1]:
                raise ValueError(f"'axis' must name two different dimensions, got {axis}")
            by = raw.Conj(tensor) if tensor.dtype.is_complex else tensor
            result = raw.Sqrt(reduce_sum(raw.Mul(tensor, by, name="mul"), axis, True))
        elif is_matrix and ord == 2:
            result = _spectral_norm(tensor, axis)
        else:
            result = _norm_of_order(raw.Abs(tensor), ord, axis, is_matrix)
        if keep:
            return result
        if axis is None:
            axes: Any = list(range(tensor.shape.rank)) if tensor.shape.rank else None
        else:
            axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
        result = raw.Squeeze(result, squeeze_dims=axes)
        if axis is None:
            result.set_shape(())
        return result  # type: ignore[no-any-return]


def _check_norm(ord: Any, axis: Any, is_matrix: bool) -> None:
    if isinstance(axis, (list, tuple)) and (len(axis) not in (1, 2) or len(set(axis)) != len(axis)):
        raise ValueError(
            f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}"
        )
    if is_matrix:
        allowed = ["euclidean", "fro", 1, 2, np.inf]
        if ord not in allowed:
            raise ValueError(f"'ord' must be a supported matrix norm in {allowed}, got {ord}")
    elif ord != "euclidean" and (isinstance(ord, str) or ord <= 0):
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")


def _norm_of_order(size: Any, ord: Any, axis: Any, is_matrix: bool) -> Any:
    """The norm of order 1, infinity or, of vectors, any positive number, of absolute values."""
    if is_matrix:
        # The largest of the sums of columns (1) or of rows (infinity).
        summed, largest = axis if ord == 1 else reversed(axis)
        return reduce_max(reduce_sum(size, summed, True), largest, True)
    if ord == 1:
        return reduce_sum(size, axis, True)
    if ord == np.inf:
        return reduce_max(size, axis, True)
    kind = size.dtype.base_dtype.np_dtype
    powers = raw.Pow(size, np.array(ord, kind))
    return raw.Pow(reduce_sum(powers, axis, True), np.array(1 / ord, kind))


def _spectral_norm(tensor: Tensor, axis: Any) -> Any:
    """The largest singular value of the matrices in two dimensions, which are kept with size 1."""
    rank = tensor.shape.rank
    if rank is None:
        raise ValueError("The norm of order 2 of matrices needs the tensor's rank")
    last = [a % rank for a in axis]
    order = [*(i for i in range(rank) if i not in last), *last]
    values = raw.Svd(raw.Transpose(tensor, np.array(order, np.int32)), compute_uv=False)[0]
    largest = raw.ExpandDims(reduce_max(raw.Abs(values), [-1], True), -1)
    return raw.Transpose(largest, np.argsort(order).astype(np.int32))


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """(the tensor divided by its norm, the norm with dimensions kept) (tf.linalg.normalize).

    The arguments are those of `norm`, and so are the errors.
    """
    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        by = norm(tensor, ord, axis, keepdims=True)
        by = by if by.dtype is tensor.dtype else raw.Cast(by, DstT=tensor.dtype)
        return raw.RealDiv(tensor, by), by
