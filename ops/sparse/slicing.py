"""Parts of sparse tensors, and joined ones: slice, split, concat."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.math.reduction import reduce_max
from flowgraph.ops.sparse._parts import (
    check_bounds,
    check_parts,
    find,
    first_given,
    keys,
    listed,
    matrix,
    parts,
    sizes_of,
    vector,
)

__all__ = ["sparse_concat", "sparse_slice", "sparse_split"]

# --- SparseSlice, SparseSliceGrad -----------------------------------------------------------------
sparse_slice_op = define(
    "SparseSlice",
    inputs="indices: int64, values: T, shape: int64, start: int64, size: int64",
    outputs="output_indices: int64, output_values: T, output_shape: int64",
    attrs={"T": attrs.types()},
)


@sparse_slice_op.shape
def _(op: Operation) -> Any:
    rank = sizes_of(op)[1]
    for tensor in op.inputs[3:]:
        length = tensor.shape.with_rank(1).known[0]  # type: ignore[index]
        rank = Dimension(rank).merge_with(length).value
    return [matrix(None, rank), vector(None), vector(rank)]


@sparse_slice_op.kernel
def _(ctx: Any) -> Any:
    def run(indices: Any, values: Any, shape: Any, start: Any, size: Any) -> Any:
        check_parts(indices, values, shape)
        for what, given in (("start", start), ("size", size)):
            if given.shape != shape.shape:
                raise InvalidArgumentError(
                    f"Expected {what} to be a vector of length {len(shape)} but got shape "
                    f"{listed(given.shape)}"
                )
        if (size < 0).any():
            raise InvalidArgumentError(f"Expected a non-negative size, got {listed(size)}")
        inside = ((indices >= start) & (indices < start + size)).all(axis=1)
        left = np.clip(shape - start, 0, size)
        return indices[inside] - start, values[inside], left

    return run


@sparse_slice_op.gradient
def _(op: Operation, _: Any, grad: Any, __: Any) -> Any:
    indices, values, _, start, _ = op.inputs
    by_values = sparse_slice_grad_op(grad, indices, start, op.outputs[0])
    by_values.set_shape(values.shape)
    return [None, by_values, None, None, None]


sparse_slice_grad_op = define(
    "SparseSliceGrad",
    inputs="backprop_val_grad: T, input_indices: int64, input_start: int64, output_indices: int64",
    outputs="val_grad: T",
    attrs={"T": dtypes.NUMBERS},
    shape=lambda op: vector(op.inputs[1].shape.with_rank(2).known[0]),  # type: ignore[index]
)


@sparse_slice_grad_op.kernel
def _(ctx: Any) -> Any:
    zero = ctx.dtype.type(0)

    def run(grad: Any, indices: Any, start: Any, taken: Any) -> Any:
        if grad.shape != taken.shape[:1]:
            raise InvalidArgumentError(
                f"{len(taken)} entries were taken, but the gradient has shape {listed(grad.shape)}"
            )
        wanted, known = keys(indices, taken + start)
        found, places = find(wanted, known)
        if not len(grad):
            return np.zeros(len(indices), ctx.dtype)
        return np.where(found, grad[places], zero)

    return run


@sparse_slice_grad_op.gradient
def _(op: Operation, grad: Any) -> Any:
    _, indices, start, taken = op.inputs
    places = taken + start
    return [raw.SparseAddGrad(grad, places, places, indices)[0], None, None, None]


def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """The entries from `start` on within `size` (tf.sparse.slice).

    Args:
      sp_input: a `SparseTensor`.
      start: an int64 vector, where the slice begins in each dimension.
      size: an int64 vector; what reaches over the end is cut.
      name: the operation's name.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    start = convert_to_tensor(start, dtypes.int64)
    size = convert_to_tensor(size, dtypes.int64)
    with name_scope(name, "SparseSlice", [sparse.indices]) as scope:
        return SparseTensor(*sparse_slice_op(*parts(sparse), start, size, name=scope))


# --- SparseSplit ----------------------------------------------------------------------------------
sparse_split_op = define(
    "SparseSplit",
    inputs="split_dim: int64, indices: int64, values: T, shape: int64",
    outputs="output_indices: num_split * int64, output_values: num_split * T, "
    "output_shape: num_split * int64",
    attrs={"num_split": attrs.count(), "T": attrs.types()},
)


@sparse_split_op.shape
def _(op: Operation) -> Any:
    _, rank = sizes_of(op, 1)
    count = op.attrs["num_split"]
    return [matrix(None, rank)] * count + [vector(None)] * count + [vector(rank)] * count


@sparse_split_op.kernel
def _(ctx: Any) -> Any:
    count = ctx.attrs["num_split"]

    def run(axis: Any, indices: Any, values: Any, shape: Any) -> Any:
        check_parts(indices, values, shape)
        check_bounds(indices, shape)
        rank, at = len(shape), int(axis)
        if not -rank <= at < rank:
            raise InvalidArgumentError(f"Input axis should be in range [{-rank}, {rank}), got {at}")
        if not 1 <= count <= shape[at]:
            raise InvalidArgumentError(
                "Input num_split should be between 1 and the splitting dimension size "
                f"({shape[at]}), got {count}"
            )
        # The first `more` parts have one row more than the others.
        each, more = divmod(int(shape[at]), count)
        pieces = []
        for i in range(count):
            start, length = i * each + min(i, more), each + (i < more)
            inside = (indices[:, at] >= start) & (indices[:, at] < start + length)
            places, sizes = indices[inside], shape.copy()
            places[:, at] -= start
            sizes[at] = length
            pieces.append((places, values[inside], sizes))
        return [part for kind in zip(*pieces, strict=True) for part in kind]

    return run


def sparse_split(
    keyword_required: Any = None,
    sp_input: Any = None,
    num_split: Any = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """A sparse tensor cut into `num_split` along an axis (tf.sparse.split).

    All arguments are given by name. Where the size does not divide, the first parts are larger.

    Args:
      keyword_required: nothing.
      sp_input: a `SparseTensor`.
      num_split: how many parts.
      axis: the dimension; `split_dim` is its old name.
      name: the operation's name.
      split_dim: the old name of `axis`.
    """
    if keyword_required is not None:
        raise ValueError("Keyword arguments are required for this function.")
    axis = first_given(None, axis=axis, split_dim=split_dim)
    for what, value in (("sp_input", sp_input), ("num_split", num_split), ("axis", axis)):
        if value is None:
            raise ValueError(f"{what} is required")
    sparse = convert_to_sparse_tensor(sp_input)
    pieces = sparse_split_op(axis, *parts(sparse), num_split=num_split, name=name)
    count = len(pieces) // 3
    return [SparseTensor(*pieces[i::count]) for i in range(count)]


# --- SparseConcat ---------------------------------------------------------------------------------
sparse_concat_op = define(
    "SparseConcat",
    inputs="indices: N * int64, values: N * T, shapes: N * int64",
    outputs="output_indices: int64, output_values: T, output_shape: int64",
    attrs={"concat_dim": attrs.integer(), "N": attrs.count(2), "T": attrs.types()},
).no_gradient()


@sparse_concat_op.shape
def _(op: Operation) -> Any:
    count = op.attrs["N"]
    rank, rows = Dimension(None), 0
    for indices, values, shape in zip(*(op.inputs[i * count :][:count] for i in range(3))):
        own, columns = indices.shape.with_rank(2).known  # type: ignore[misc]
        number = Dimension(own).merge_with(values.shape.with_rank(1).known[0]).value  # type: ignore[index]
        rows = None if rows is None or number is None else rows + number  # type: ignore[assignment]
        rank = rank.merge_with(columns).merge_with(shape.shape.with_rank(1).known[0])  # type: ignore[index]
    return [matrix(rows, rank.value), vector(rows), vector(rank.value)]


@sparse_concat_op.kernel
def _(ctx: Any) -> Any:
    count, axis = ctx.attrs["N"], ctx.attrs["concat_dim"]

    def run(*arrays: Any) -> Any:
        pieces = list(zip(*(arrays[i * count :][:count] for i in range(3)), strict=True))
        for i, piece in enumerate(pieces):
            check_parts(*piece, what=f"Input {i}")
        shapes = [shape for _, _, shape in pieces]
        at = _concat_axis(axis, shapes)
        starts = np.cumsum([0] + [shape[at] for shape in shapes])
        indices = np.concatenate([piece[0] for piece in pieces])
        indices[:, at] += np.repeat(starts[:-1], [len(piece[0]) for piece in pieces])
        values = np.concatenate([piece[1] for piece in pieces])
        order = np.argsort(keys(indices)[0], kind="stable")
        whole = shapes[0].copy()
        whole[at] = starts[-1]
        return indices[order], values[order], whole

    return run


def _concat_axis(axis: int, shapes: list[Any]) -> int:
    """The axis counted from the front; InvalidArgumentError when the shapes do not fit."""
    rank = len(shapes[0])
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            f"Concat dimension must be in range [{-rank}, {rank}), got {axis}"
        )
    for i, shape in enumerate(shapes):
        if len(shape) != rank:
            raise InvalidArgumentError(
                f"Ranks of all input tensors must match: expected {rank} but got {len(shape)} at "
                f"position {i}"
            )
        for at in np.flatnonzero(shape != shapes[0]):
            if at != axis % rank:
                raise InvalidArgumentError(
                    f"Input shapes must match: expected {shapes[0][at]} for dimension {at} but got "
                    f"{shape[at]} at position {i}"
                )
    return axis % rank


def sparse_concat(
    axis: Any,
    sp_inputs: Any,
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
    expand_nonconcat_dims: bool | None = None,
) -> SparseTensor:
    """Sparse tensors joined along an axis; the entries come out sorted (tf.sparse.concat).

    Args:
      axis: the dimension; `concat_dim` is its old name.
      sp_inputs: a list of `SparseTensor`s, equal in rank and in all other sizes.
      name: the operation's name.
      expand_nonconcat_dim: take the largest of the other sizes instead; `expand_nonconcat_dims`
        is its newer name.
      concat_dim: the old name of `axis`.
      expand_nonconcat_dims: the newer name of `expand_nonconcat_dim`.
    """
    axis = first_given(None, axis=axis, concat_dim=concat_dim)
    if not isinstance(sp_inputs, (list, tuple)):
        raise TypeError("Inputs must be a list or tuple.")
    inputs = [convert_to_sparse_tensor(sparse) for sparse in sp_inputs]
    if not inputs:
        raise ValueError("sparse_concat needs at least one SparseTensor, got []")
    if len(inputs) == 1:
        return inputs[0]
    indices, values, shapes = zip(*map(parts, inputs), strict=True)
    expand = expand_nonconcat_dims or expand_nonconcat_dim
    if expand:
        shapes = _expanded(axis, shapes)
    joined = sparse_concat_op(list(indices), list(values), list(shapes), concat_dim=axis, name=name)
    result = SparseTensor(*joined)
    result.set_shape(_joined_shape(axis, inputs, expand))
    return result


def _expanded(axis: int, shapes: Any) -> list[Tensor]:
    """The shapes with the largest sizes but along the axis."""
    rows = [raw.Reshape(shape, [1, -1]) for shape in shapes]
    largest: Any = reduce_max(concat(rows, 0), 0)
    if axis == -1:
        return [concat([largest[:-1], shape[-1:]], 0) for shape in shapes]
    return [
        concat([largest[:axis], shape[axis : axis + 1], largest[axis + 1 :]], 0) for shape in shapes
    ]


def _joined_shape(axis: int, inputs: list[SparseTensor], expand: bool) -> TensorShape:
    shapes = [sparse.shape for sparse in inputs]
    rank = shapes[0].rank
    if any(shape.rank != rank for shape in shapes) or rank is None or not -rank <= axis < rank:
        return TensorShape(None)
    sizes: list[list[int | None]] = [list(column) for column in zip(*(s.as_list() for s in shapes))]
    along = sizes[axis]
    result: list[int | None] = []
    for column in sizes:
        known = [size for size in column if size is not None]
        if expand:
            result.append(max(known) if len(known) == len(column) else None)
        else:
            result.append(known[0] if known else None)
    result[axis] = None if None in along else sum(along)  # type: ignore[arg-type]
    return TensorShape(result)
