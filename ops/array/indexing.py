"""Ops that take and put elements by number: gather, gather_nd, scatter_nd, boolean_mask."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import (
    boxed,
    described_shape,
    integer,
    positive_axis,
    unknown_of_rank,
)
from flowgraph.ops.array.shape import shape_of

__all__ = ["batch_gather", "boolean_mask", "gather", "gather_nd", "scatter_nd"]

_INDEX = attrs.types(*dtypes.INDEX)
_UNSIGNED = {np.dtype(np.int32): np.dtype(np.uint32), np.dtype(np.int64): np.dtype(np.uint64)}

# --- GatherV2, Gather -----------------------------------------------------------------------------
gather_v2_op = define(
    "GatherV2",
    inputs="params: Tparams, indices: Tindices, axis: Taxis",
    outputs="output: Tparams",
    attrs={
        "batch_dims": attrs.integer(0),
        "Tparams": attrs.types(),
        "Tindices": _INDEX,
        "Taxis": attrs.types(*dtypes.INDEX),
    },
)
gather_op = define(
    "Gather",
    inputs="params: Tparams, indices: Tindices",
    outputs="output: Tparams",
    attrs={
        "validate_indices": attrs.boolean(True),
        "Tparams": attrs.types(),
        "Tindices": _INDEX,
    },
)


@gather_v2_op.shape
def _(op: Operation) -> TensorShape:
    params, indices, axis_tensor = op.inputs
    dims, theirs = params.shape.known, indices.shape.known
    batch, axis = op.attrs["batch_dims"], integer(axis_tensor)
    axis_tensor.shape.with_rank(0)
    if dims is None or theirs is None:
        return UNKNOWN
    batch = batch + len(theirs) if batch < 0 else batch
    if batch > len(theirs):
        raise ValueError(f"batch_dims {batch} must be at most rank(indices) = {len(theirs)}")
    if axis is None:
        return unknown_of_rank(len(dims) + len(theirs) - batch - 1)
    axis = positive_axis(axis, len(dims))
    shared = TensorShape.of(dims[:batch]).merge_with(TensorShape.of(theirs[:batch])).known or ()
    return TensorShape.of((*shared, *dims[batch:axis], *theirs[batch:], *dims[axis + 1 :]))


@gather_op.shape
def _(op: Operation) -> TensorShape:
    dims, theirs = op.inputs[0].shape.with_rank_at_least(1).known, op.inputs[1].shape.known
    return UNKNOWN if dims is None or theirs is None else TensorShape.of((*theirs, *dims[1:]))


@gather_op.kernel
def _(ctx: Any) -> Any:
    return lambda params, indices: _take(params, indices, 0)


@gather_v2_op.kernel
def _(ctx: Any) -> Any:
    batch_dims = ctx.attrs["batch_dims"]

    def run(params: Any, indices: Any, axis: Any) -> Any:
        if axis.ndim:
            raise InvalidArgumentError(f"axis must be a scalar, got shape {list(axis.shape)}")
        at = axis.item()
        if not -params.ndim <= at < params.ndim:
            raise InvalidArgumentError(
                f"Expected axis in the range [-{params.ndim}, {params.ndim}), but got {at}"
            )
        if batch_dims:
            return _take_in_batches(params, indices, at % params.ndim, batch_dims)
        return _take(params, indices, at)

    return run


def _take(params: Any, indices: Any, axis: int) -> Any:
    if not params.size:  # nothing is taken, from wherever
        axis %= params.ndim
        shape = params.shape[:axis] + indices.shape + params.shape[axis + 1 :]
        if 0 in shape:
            return np.empty(shape, params.dtype)
    _check_indices(indices, params.shape[axis])
    return boxed(params.take(indices, axis=axis))


def _check_indices(indices: Any, size: int) -> None:
    # Seen as unsigned, a negative index is larger than any: one pass is enough.
    if indices.size and indices.view(_UNSIGNED[indices.dtype]).max() >= size:
        bad = np.argwhere((indices < 0) | (indices >= size))[0].tolist()
        at = f"[{','.join(map(str, bad))}]" if bad else ""
        raise InvalidArgumentError(f"indices{at} = {indices[tuple(bad)]} is not in [0, {size})")


def _take_in_batches(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    batch = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    if params.shape[:batch] != indices.shape[:batch]:
        raise InvalidArgumentError(
            f"params.shape[:{batch}]: {list(params.shape[:batch])} should be equal to "
            f"indices.shape[:{batch}]: {list(indices.shape[:batch])}"
        )
    _check_indices(indices, params.shape[axis])
    between, after = params.shape[batch:axis], params.shape[axis + 1 :]
    count = int(np.prod(params.shape[:batch], dtype=np.int64))
    rows = np.moveaxis(params, axis, batch).reshape(count, params.shape[axis], *between, *after)
    flat = indices.reshape(count, int(np.prod(indices.shape[batch:], dtype=np.int64)))
    taken = rows[np.arange(count)[:, None], flat]
    inner = indices.shape[batch:]
    taken = taken.reshape(*params.shape[:batch], *inner, *between, *after)
    middle = range(batch, batch + len(inner))
    moved = range(batch + len(inner), batch + len(inner) + len(between))
    order = [*range(batch), *moved, *middle, *range(moved.stop, taken.ndim)]
    return np.ascontiguousarray(np.transpose(taken, order))


@gather_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [_rows_gradient(op, grad), None]


@gather_v2_op.gradient
def _(op: Operation, grad: Any) -> Any:
    params, indices, axis_tensor = op.inputs
    axis, batch = constant_value(axis_tensor), op.attrs["batch_dims"]
    if axis is not None and int(axis) == 0 and batch == 0:
        return [_rows_gradient(op, grad), None, None]
    grad = convert_to_tensor(grad)
    rank, own = params.shape.rank, indices.shape.rank
    if axis is None or rank is None or own is None:
        if batch:
            raise ValueError(
                "The gradient of tf.gather with batch_dims needs a constant axis and static ranks "
                f"of params and indices, got {params.shape} and {indices.shape}"
            )
        return [_dynamic_gradient(params, indices, axis_tensor, grad), None, None]
    batch = batch + own if batch < 0 else batch
    return [_dense_gradient(params, indices, int(axis) % rank, batch, grad), None, None]


def _rows_gradient(op: Operation, grad: Any) -> IndexedSlices:
    params, indices = op.inputs[:2]
    shape = shape_of(params)
    count = raw.ExpandDims(_size(indices), 0)
    values = raw.Reshape(grad, concat([count, shape[1:]], 0))  # type: ignore[index]
    return IndexedSlices(values, raw.Reshape(indices, count), shape)


def _size(tensor: Tensor) -> Any:
    count = tensor.shape.num_elements()
    return raw.Size(tensor) if count is None else np.int32(count)


def _dense_gradient(params: Tensor, indices: Tensor, axis: int, batch: int, grad: Tensor) -> Tensor:
    """The gradient for any axis: rows in front, summed by index, and moved back.

    `grad` has dimensions [batch, between, indices, after]; those of `params` between batch and axis
    come first in the result, as they did in `params`.
    """
    rank, own = params.shape.rank, indices.shape.rank
    assert rank is not None and own is not None
    shape: Any = shape_of(params)
    inner, between = own - batch, axis - batch
    order = [
        *range(batch),
        *range(batch + between, batch + between + inner),
        *range(batch, batch + between),
        *range(batch + between + inner, rank + inner - 1),
    ]
    rest = concat([shape[batch:axis], shape[axis + 1 :]], 0)
    rows = raw.Reshape(
        raw.Transpose(grad, np.array(order, np.int32)),
        concat([raw.ExpandDims(_size(indices), 0), rest], 0),
    )
    size: Any = shape[axis]
    ids: Any = raw.Reshape(indices, [-1])
    segments = size
    if batch:
        count = raw.Prod(shape[:batch], [0], keep_dims=False)
        segments = count * size
        kind = indices.dtype.base_dtype
        starts = raw.Cast(raw.Range(0, count, 1) * size, DstT=kind)
        per_batch = raw.Reshape(indices, raw.Pack([count, -1]))
        ids = raw.Reshape(per_batch + raw.ExpandDims(starts, 1), [-1])
    total = raw.UnsortedSegmentSum(rows, ids, segments)
    total = raw.Reshape(total, concat([shape[:batch], [size], rest], 0))
    back = [
        *range(batch),
        *range(batch + 1, batch + 1 + between),
        batch,
        *range(batch + 1 + between, rank),
    ]
    return raw.Transpose(total, np.array(back, np.int32))  # type: ignore[no-any-return]


def _dynamic_gradient(params: Tensor, indices: Tensor, axis: Tensor, grad: Tensor) -> Tensor:
    """`_dense_gradient` without batches, for ranks or an axis that only the run knows."""
    shape: Any = raw.Shape(params)
    rank = raw.Rank(params)
    at = raw.FloorMod(raw.Cast(axis, DstT="int32"), rank)
    before, after = shape[:at], shape[at + 1 :]
    count = raw.ExpandDims(raw.Size(indices), 0)
    rows = raw.Reshape(grad, concat([before, count, after], 0))
    left, right = raw.Range(0, at, 1), raw.Range(at + 1, rank, 1)
    rows = raw.Transpose(rows, concat([raw.ExpandDims(at, 0), left, right], 0))
    total = raw.UnsortedSegmentSum(rows, raw.Reshape(indices, [-1]), shape[at])
    return raw.Transpose(total, concat([left + 1, [0], right], 0))  # type: ignore[no-any-return]


def gather(
    params: Any,
    indices: Any,
    validate_indices: bool | None = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """The slices of `params` along `axis` that `indices` name (tf.gather).

    Args:
      params: the tensor to take from.
      indices: int32 or int64 of any shape, each in [0, params.shape[axis]).
      validate_indices: accepted; indices are always checked.
      name: the operation's name.
      axis: the dimension; batch_dims when None.
      batch_dims: how many leading dimensions params and indices share.
    """
    del validate_indices
    if axis is None:
        axis = batch_dims
    if isinstance(axis, int) and axis == 0 and hasattr(params, "sparse_read"):
        return params.sparse_read(indices, name=name)  # type: ignore[no-any-return]
    return gather_v2_op(params, indices, axis, batch_dims=batch_dims, name=name)  # type: ignore[no-any-return]


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """`gather` in which all dimensions of indices but the last are batches (tf.batch_gather)."""
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.shape.rank is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        last = indices.shape.rank - 1
        return gather(params, indices, axis=last, batch_dims=last)


# --- GatherNd -------------------------------------------------------------------------------------
gather_nd_op = define(
    "GatherNd",
    inputs="params: Tparams, indices: Tindices",
    outputs="output: Tparams",
    attrs={"Tparams": attrs.types(), "Tindices": _INDEX},
)


@gather_nd_op.shape
def _(op: Operation) -> TensorShape:
    return gathered_nd_shape(op.inputs[0].shape, op.inputs[1].shape)


def gathered_nd_shape(of_params: TensorShape, of_indices: TensorShape) -> TensorShape:
    """The static shape of what `gather_nd` gives."""
    params, indices = of_params.known, of_indices.with_rank_at_least(1).known
    if params is None or indices is None or indices[-1] is None:
        return UNKNOWN
    if indices[-1] > len(params):
        raise ValueError("indices.shape[-1] must be <= params.rank")
    return TensorShape.of((*indices[:-1], *params[indices[-1] :]))


@gather_nd_op.kernel
def _(ctx: Any) -> Any:
    def run(params: Any, indices: Any) -> Any:
        depth = indices.shape[-1] if indices.ndim else 0
        if depth > params.ndim:
            raise InvalidArgumentError(
                "index innermost dimension length must be <= params rank; saw: "
                f"{depth} vs. {params.ndim}"
            )
        if math.prod(indices.shape[:-1]) and not params.size:
            raise InvalidArgumentError(
                "Requested more than 0 entries, but params is empty.  Params shape: "
                f"[{','.join(map(str, params.shape))}]"
            )
        _check_coordinates(indices, params.shape, "param shape")
        if depth == 0:
            return np.array(np.broadcast_to(params, (*indices.shape[:-1], *params.shape)))
        taken = params[tuple(indices.reshape(-1, depth).T)]
        return taken.reshape((*indices.shape[:-1], *params.shape[depth:]))

    return run


def _check_coordinates(indices: Any, shape: tuple[int, ...], what: str) -> None:
    bounds = np.array(shape[: indices.shape[-1]], indices.dtype)
    wrong = (indices < 0) | (indices >= bounds)
    if wrong.any():
        bad = np.argwhere(wrong.any(axis=-1))[0].tolist()
        at = f"[{','.join(map(str, bad))}]" if bad else ""
        came = ", ".join(map(str, indices[tuple(bad)].tolist()))
        raise InvalidArgumentError(
            f"indices{at} = [{came}] does not index into {what} [{','.join(map(str, shape))}]"
        )


@gather_nd_op.gradient
def _(op: Operation, grad: Any) -> Any:
    params, indices = op.inputs
    kind = indices.dtype.base_dtype
    shape = shape_of(params, out_type=kind)
    known = indices.shape.known
    if known is not None and len(known) == 2 and known[1] == 1:
        rows = raw.Squeeze(indices, squeeze_dims=[-1])
        return [IndexedSlices(convert_to_tensor(grad), rows, shape), None]
    return [raw.ScatterNd(indices, grad, shape), None]


def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """The elements or slices whose coordinates the last dimension of `indices` is (tf.gather_nd).

    The first `batch_dims` dimensions of params and indices are the same, and are not indexed.
    """
    found = constant_value(batch_dims)
    batch = int(batch_dims if found is None else found)
    if batch == 0:
        own = getattr(params, "gather_nd", None)
        if own is not None:
            return own(indices, name=name)  # type: ignore[no-any-return]
        return gather_nd_op(params, indices, name=name)  # type: ignore[no-any-return]
    with name_scope(name, "BatchGatherND", [params, indices]):
        params = convert_to_tensor(params, name="params")
        indices = convert_to_tensor(indices, name="indices")
        return gather_nd_op(params, _with_batches(params, indices, batch))  # type: ignore[no-any-return]


def _with_batches(params: Tensor, indices: Tensor, batch: int) -> Tensor:
    """The coordinates preceded by those of their batch."""
    rank = indices.shape.rank
    if batch < 0:
        raise ValueError("tf.gather_nd does not allow negative batch_dims.")
    if rank is None or batch >= rank:
        raise ValueError(f"batch_dims = {batch} must be less than rank(indices) = {rank}")
    params.shape[:batch].assert_is_compatible_with(indices.shape[:batch])
    kind = indices.dtype.base_dtype
    shape: Any = shape_of(indices, out_type=kind)
    one = concat([shape[:-1], [1]], 0)
    parts = []
    for axis in range(batch):
        numbers = raw.Cast(raw.Range(0, raw.Cast(shape[axis], DstT="int32"), 1), DstT=kind)
        column = raw.Reshape(numbers, [-1 if i == axis else 1 for i in range(rank)])
        parts.append(raw.BroadcastTo(column, one))
    return concat([*parts, indices], -1)


# --- ScatterNd ------------------------------------------------------------------------------------
scatter_nd_op = define(
    "ScatterNd",
    inputs="indices: Tindices, updates: T, shape: Tindices",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tindices": _INDEX},
)


@scatter_nd_op.shape
def _(op: Operation) -> TensorShape:
    return scattered_nd_shape(described_shape(op.inputs[2]), *[t.shape for t in op.inputs[:2]])


def scattered_nd_shape(
    of_output: TensorShape, of_indices: TensorShape, of_updates: TensorShape
) -> TensorShape:
    """The static shape of what `updates` are put into; ValueError when they do not fit."""
    indices = of_indices.with_rank_at_least(1)
    if of_output.num_elements() == 0 and indices.num_elements() and of_updates.num_elements():
        raise ValueError(f"Indices and updates specified for an empty output of shape {of_output}")
    depth = None if indices.known is None else indices.known[-1]
    if depth is None or of_output.rank is None:
        return of_output
    of_output.with_rank_at_least(depth)
    wanted = indices[:-1].concatenate(of_output[depth:])
    if not wanted.is_compatible_with(of_updates):
        raise ValueError(
            f"updates must have the shape of indices without its last dimension, then that of a "
            f"slice: expected {wanted}, got {of_updates} with indices {indices} and shape "
            f"{of_output}"
        )
    return of_output


@scatter_nd_op.kernel
def _(ctx: Any) -> Any:
    zero = b"" if ctx.dtype == object else ctx.dtype.type(0)

    def run(indices: Any, updates: Any, shape: Any) -> Any:
        result = np.full(tuple(shape.tolist()), zero, ctx.dtype)
        depth = indices.shape[-1] if indices.ndim else 0
        if updates.shape != (*indices.shape[:-1], *result.shape[depth:]):
            raise InvalidArgumentError(
                "Must have updates.shape = indices.shape[:batch_dim] + "
                f"params_shape[slice_dim:], got updates.shape: {list(updates.shape)}, "
                f"indices.shape: {list(indices.shape)}, params_shape: {list(result.shape)}"
            )
        _check_coordinates(indices, result.shape, "shape")
        if depth == 0:
            return result + updates.reshape(-1, *result.shape).sum(axis=0, dtype=ctx.dtype)
        np.add.at(result, tuple(np.moveaxis(indices, -1, 0)), updates)
        return result

    return run


@scatter_nd_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [None, raw.GatherNd(grad, op.inputs[0]), None]


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Zeros of `shape` to which `updates` are added at coordinates `indices` (tf.scatter_nd)."""
    return scatter_nd_op(indices, updates, shape, name=name)  # type: ignore[no-any-return]


# --- boolean_mask ---------------------------------------------------------------------------------
def boolean_mask(
    tensor: Any, mask: Any, name: str | None = "boolean_mask", axis: Any = None
) -> Tensor:
    """The elements of `tensor` where `mask` is True (tf.boolean_mask).

    Args:
      tensor: of rank n.
      mask: bool, of rank k <= n (static), of the shape of k dimensions of tensor from `axis` on.
      name: the scope of the operations.
      axis: 0 when None.
    """
    with name_scope(name, "boolean_mask", [tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        rank, known = mask.shape.rank, tensor.shape
        if rank == 0:
            raise ValueError("mask cannot be scalar.")
        if rank is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  "
                "E.g. shape=[None] is ok, but shape=None is not."
            )
        at = 0 if axis is None else int(axis if isinstance(axis, int) else constant_value(axis))
        known[at : at + rank].assert_is_compatible_with(mask.shape)
        count = raw.Prod(shape_of(tensor)[at : at + rank], [0], keep_dims=False)  # type: ignore[index]
        sizes = [shape_of(tensor)[:at], [count], shape_of(tensor)[at + rank :]]  # type: ignore[index]
        rows = raw.Reshape(tensor, concat(sizes, 0))
        if known.rank is not None:
            merged = [known[at : at + rank].num_elements()]
            rows.set_shape(known[:at].concatenate(merged).concatenate(known[at + rank :]))
        flat = raw.Reshape(mask, [-1])
        indices = raw.Squeeze(raw.Where(flat), squeeze_dims=[1])
        return gather(rows, indices, axis=at)
