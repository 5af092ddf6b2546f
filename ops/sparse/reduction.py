"""Sums and maxima over dimensions of sparse tensors, with dense or sparse results."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers
from flowgraph.ops.array.shape import rank as rank_of
from flowgraph.ops.math.reduced import axes_mask
from flowgraph.ops.sparse._parts import (
    as_int64,
    check_bounds,
    check_parts,
    first_given,
    keys,
    matrix,
    parts,
    sizes_of,
    vector,
)

__all__ = [
    "sparse_reduce_max",
    "sparse_reduce_max_sparse",
    "sparse_reduce_sum",
    "sparse_reduce_sum_sparse",
]

_INPUTS = "input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32"
_HALVES = (dtypes.float16, dtypes.bfloat16)
_UFUNCS: dict[str, Any] = {"Sum": np.add, "Max": np.maximum}


# --- static shapes --------------------------------------------------------------------------------
def _static_axes(op: Operation, rank: int) -> set[int] | None:
    """The axes when they are known, and right: the run tells of one out of range."""
    axes = integers(op.inputs[3])
    if axes is None or not all(-rank <= axis < rank for axis in axes):
        return None
    return {axis % rank for axis in axes}


def _reduced_shape(op: Operation) -> TensorShape:
    rank = sizes_of(op)[1]
    sizes = constant_value_as_shape(op.inputs[2]).known
    if rank is None or sizes is None:
        return UNKNOWN
    axes, keep = _static_axes(op, rank), op.attrs["keep_dims"]
    if axes is None:
        return TensorShape.of((None,) * rank) if keep else UNKNOWN
    if keep:
        return TensorShape.of(tuple([1 if i in axes else d for i, d in enumerate(sizes)]))
    return TensorShape.of(tuple([d for i, d in enumerate(sizes) if i not in axes]))


def _reduced_parts(op: Operation) -> list[TensorShape]:
    rank = _reduced_shape(op).rank
    return [matrix(None, rank), vector(None), vector(rank)]


# --- kernels --------------------------------------------------------------------------------------
def _grouped(ctx: Any, ufunc: Any) -> Any:
    """A function that gives (indices, values, shape) of what is left, the entries sorted."""
    keep = ctx.attrs["keep_dims"]
    wide = np.dtype(np.float32) if ctx.input_dtypes[1] in _HALVES else None

    def run(indices: Any, values: Any, shape: Any, axes: Any) -> Any:
        check_parts(indices, values, shape)
        check_bounds(indices, shape)
        reduced = _reduced_mask(axes, len(shape))
        if keep:
            left, size = np.where(reduced, 0, indices), np.where(reduced, 1, shape)
        else:
            left, size = indices[:, ~reduced], shape[~reduced]
        if not len(left):
            return left, values.copy(), size
        group = keys(left)[0]
        order = np.argsort(group, kind="stable")
        group = group[order]
        starts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
        kind = values.dtype if wide is None else wide
        total = ufunc.reduceat(values[order].astype(kind, copy=False), starts, 0, kind)
        return left[order][starts], total.astype(values.dtype, copy=False), size

    return run


def _reduced_mask(axes: Any, rank: int) -> Any:
    mask = np.zeros(rank, bool)
    for axis in axes.reshape(-1).tolist():
        if not -rank <= axis < rank:
            raise InvalidArgumentError(
                f"Invalid reduction dimension {axis}, for input with {rank} dimensions."
            )
        mask[axis % rank] = True
    return mask


# --- SparseReduceSum, SparseReduceMax and their sparse versions -----------------------------------
def _dense(kind: str, types: Any) -> OpDef:
    op_def = define(
        f"SparseReduce{kind}",
        inputs=_INPUTS,
        outputs="output: T",
        attrs={"keep_dims": attrs.boolean(False), "T": types},
        shape=_reduced_shape,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        grouped = _grouped(ctx, _UFUNCS[kind])

        def run(*arrays: Any) -> Any:
            indices, values, size = grouped(*arrays)
            result = np.zeros(tuple(size.tolist()), ctx.dtype)
            if len(indices):
                result[tuple(indices.T)] = values if indices.shape[1] else values[0]
            return result

        return run

    return op_def


def _sparse(kind: str, types: Any) -> OpDef:
    op_def = define(
        f"SparseReduce{kind}Sparse",
        inputs=_INPUTS,
        outputs="output_indices: int64, output_values: T, output_shape: int64",
        attrs={"keep_dims": attrs.boolean(False), "T": types},
        shape=_reduced_parts,
    )
    op_def.kernel(lambda ctx: _grouped(ctx, _UFUNCS[kind]))
    return op_def


sparse_reduce_sum_op = _dense("Sum", dtypes.NUMBERS)
sparse_reduce_max_op = _dense("Max", dtypes.REAL)
sparse_reduce_sum_sparse_op = _sparse("Sum", dtypes.NUMBERS)
sparse_reduce_max_sparse_op = _sparse("Max", dtypes.REAL)


@sparse_reduce_sum_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # Each entry went to the place where its reduced coordinates are 0.
    indices, values, shape, axes = op.inputs
    reduced = as_int64(raw.Minimum(axes_mask(axes, raw.Size(shape)), 1))
    others = np.array(1, np.int64) - reduced
    by_place = raw.Reshape(grad, shape * others + reduced)
    by_values = raw.GatherNd(by_place, indices * others)
    by_values.set_shape(values.shape)
    return [None, by_values, None, None]


# --- public functions -----------------------------------------------------------------------------
def _reduce(op_def: OpDef, sp_input: Any, axis: Any, keepdims: Any, *old: Any) -> Any:
    sparse = convert_to_sparse_tensor(sp_input)
    axes = first_given(None, axis=axis, reduction_axes=old[0])
    keep = first_given(False, keepdims=keepdims, keep_dims=old[1])
    if axes is None:
        rank = sparse.shape.rank
        axes = raw.Range(0, rank_of(sparse), 1) if rank is None else np.arange(rank, dtype=np.int32)
    return op_def(*parts(sparse), axes, keep_dims=bool(keep))


def sparse_reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The sum over some axes, or all, as a dense tensor (tf.sparse.reduce_sum).

    Args:
      sp_input: a `SparseTensor`.
      axis: an int or a list of them, which may be negative; None is all axes.
      keepdims: keep the reduced dimensions, with size 1.
      reduction_axes: the old name of `axis`.
      keep_dims: the old name of `keepdims`.
    """
    return _reduce(  # type: ignore[no-any-return]
        sparse_reduce_sum_op, sp_input, axis, keepdims, reduction_axes, keep_dims
    )


def sparse_reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The largest of the entries over some axes, dense; 0 where none is (tf.sparse.reduce_max)."""
    return _reduce(  # type: ignore[no-any-return]
        sparse_reduce_max_op, sp_input, axis, keepdims, reduction_axes, keep_dims
    )


def sparse_reduce_sum_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """As `sparse_reduce_sum`, with a sparse result (tf.sparse.reduce_sum_sparse)."""
    return SparseTensor(
        *_reduce(sparse_reduce_sum_sparse_op, sp_input, axis, keepdims, reduction_axes, keep_dims)
    )


def sparse_reduce_max_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """As `sparse_reduce_max`, with a sparse result (tf.sparse.reduce_max_sparse)."""
    return SparseTensor(
        *_reduce(sparse_reduce_max_sparse_op, sp_input, axis, keepdims, reduction_axes, keep_dims)
    )
