"""The order and the shape of sparse tensors: reorder, reshape, transpose, expand_dims, reset."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.static import constant_value, constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import sizes
from flowgraph.ops.array.making import ones_like, zeros
from flowgraph.ops.array.reshape import transpose
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.array.slicing import slice as slice_of
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.control.value_checks import assert_equal, assert_less_equal
from flowgraph.ops.math.reduction import reduce_max
from flowgraph.ops.sparse._parts import (
    as_int64,
    check_parts,
    keys,
    listed,
    matrix,
    parts,
    sizes_of,
    vector,
)

__all__ = [
    "sparse_expand_dims",
    "sparse_reorder",
    "sparse_reset_shape",
    "sparse_reshape",
    "sparse_transpose",
]

# --- SparseReorder --------------------------------------------------------------------------------
sparse_reorder_op = define(
    "SparseReorder",
    inputs="input_indices: int64, input_values: T, input_shape: int64",
    outputs="output_indices: int64, output_values: T",
    attrs={"T": attrs.types()},
)


@sparse_reorder_op.shape
def _(op: Operation) -> Any:
    count, rank = sizes_of(op)
    return [matrix(count, rank), vector(count)]


@sparse_reorder_op.kernel
def _(ctx: Any) -> Any:
    def run(indices: Any, values: Any, shape: Any) -> Any:
        check_parts(indices, values, shape)
        order = np.argsort(keys(indices)[0], kind="stable")
        return indices[order], values[order]

    return run


@sparse_reorder_op.gradient
def _(op: Operation, _: Any, grad: Any) -> Any:
    indices, values, shape = op.inputs
    numbers = raw.Range(0, raw.Shape(values)[0], 1)
    came_from = sparse_reorder_op(indices, numbers, shape)[1]
    by_values = raw.GatherV2(grad, raw.InvertPermutation(came_from), 0)
    by_values.set_shape(values.shape)
    return [None, by_values, None]


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The entries sorted into row-major order (tf.sparse.reorder)."""
    sparse = convert_to_sparse_tensor(sp_input)
    indices, values = sparse_reorder_op(*parts(sparse), name=name)
    if sparse.shape.is_fully_defined():
        return SparseTensor(indices, values, sparse.shape.as_list())
    result = SparseTensor(indices, values, identity(sparse.dense_shape))
    result.set_shape(sparse.shape)
    return result


# --- SparseReshape --------------------------------------------------------------------------------
sparse_reshape_op = define(
    "SparseReshape",
    inputs="input_indices: int64, input_shape: int64, new_shape: int64",
    outputs="output_indices: int64, output_shape: int64",
    attrs={},
).no_gradient()


@sparse_reshape_op.shape
def _(op: Operation) -> Any:
    indices, _, wanted = (t.shape for t in op.inputs)
    rank = wanted.with_rank(1).known[0]  # type: ignore[index]
    return [matrix(indices.with_rank(2).known[0], rank), vector(rank)]  # type: ignore[index]


@sparse_reshape_op.kernel
def _(ctx: Any) -> Any:
    def run(indices: Any, old: Any, new: Any) -> Any:
        if indices.ndim != 2 or old.ndim != 1 or new.ndim != 1:
            raise InvalidArgumentError(
                "Indices must be a matrix, and both shapes vectors, got shapes "
                f"{listed(indices.shape)}, {listed(old.shape)} and {listed(new.shape)}"
            )
        if indices.shape[1] != len(old):
            raise InvalidArgumentError(
                f"Input rank {len(old)} does not fit indices of shape {listed(indices.shape)}"
            )
        shape = _reshaped(old.tolist(), new.tolist())
        flat = indices @ _steps(old.tolist())
        places = [
            flat // step % size if size else flat
            for step, size in zip(_steps(shape), shape, strict=True)
        ]
        moved = np.stack(places, axis=1) if places else np.zeros((len(flat), 0), np.int64)
        return moved, np.array(shape, np.int64)

    return run


def _steps(shape: list[int]) -> Any:
    """How many elements lie between neighbours in each dimension."""
    steps = [1] * len(shape)
    for i in range(len(shape) - 1, 0, -1):
        steps[i - 1] = steps[i] * max(shape[i], 1)
    return np.array(steps, np.int64)


def _reshaped(old: list[int], new: list[int]) -> list[int]:
    """The new shape with -1 worked out; InvalidArgumentError when it does not fit."""
    total = int(np.prod(old, dtype=np.int64))
    open_at = [i for i, size in enumerate(new) if size == -1]
    if len(open_at) > 1:
        raise InvalidArgumentError(
            f"only one output dimension may be -1, not both {open_at[0]} and {open_at[1]}"
        )
    for i, size in enumerate(new):
        if size < -1:
            raise InvalidArgumentError(f"size {i} must be non-negative, not {size}")
    known = int(np.prod([size for size in new if size != -1], dtype=np.int64))
    result = list(new)
    if open_at:
        if known == 0:
            raise InvalidArgumentError(
                f"reshape cannot infer the size of a dimension of {listed(new)}: another is zero"
            )
        if total % known:
            raise InvalidArgumentError(
                f"Input to reshape is a SparseTensor with {total} dense values, but the requested "
                f"shape requires a multiple of {known}. input_shape={listed(old)} "
                f"output_shape={listed(new)}"
            )
        result[open_at[0]] = total // known
    elif known != total:
        raise InvalidArgumentError(
            f"Input to reshape is a tensor with {total} dense values, but the requested shape has "
            f"{known}. input_shape={listed(old)} output_shape={listed(new)}"
        )
    return result


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """The same values in another shape, of which one size may be -1 (tf.sparse.reshape).

    Raises:
      ValueError: the static shape has another number of elements, or two sizes are -1.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    wanted = convert_to_tensor(shape, dtype=None if isinstance(shape, Tensor) else dtypes.int64)
    wanted = as_int64(wanted)
    with name_scope(name, "SparseReshape", [sparse.indices]) as scope:
        indices, new_shape = sparse_reshape_op(
            sparse.indices, sparse.dense_shape, wanted, name=scope
        )
        static = _static_reshaped(sparse, wanted)
        if static is not None:
            new_shape = convert_to_tensor(static, dtype=dtypes.int64)
        result = SparseTensor(indices, identity(sparse.values), new_shape)
        result.set_shape(constant_value_as_shape(wanted))
        return result


def _static_reshaped(sparse: SparseTensor, wanted: Tensor) -> list[int] | None:
    """The new shape when all is known before the run; ValueError when it does not fit."""
    value = constant_value(wanted)
    if value is None or not sparse.shape.is_fully_defined():
        return None
    new: list[int] = value.tolist()
    if new.count(-1) > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {new}")
    if -1 in new and 0 in new:
        return None
    try:
        return _reshaped(sparse.shape.as_list(), new)  # type: ignore[arg-type]
    except InvalidArgumentError as error:
        raise ValueError(
            f"Cannot reshape a tensor with {sparse.shape.num_elements()} elements to shape "
            f"{new}: {error}"
        ) from None


# --- made of other ops ----------------------------------------------------------------------------
def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """The dimensions in another order, reversed when `perm` is None (tf.sparse.transpose)."""
    sparse = convert_to_sparse_tensor(sp_input)
    with name_scope(name, "SparseTranspose", [sparse.indices]):
        rank = sparse.shape.rank
        if perm is None:
            if rank is not None:
                perm = np.arange(rank)[::-1].copy()
            else:
                count = raw.Size(sparse.dense_shape)
                perm = count - 1 - raw.Range(0, count, 1)
        indices = transpose(gather(transpose(sparse.indices), perm))
        order = constant_value(convert_to_tensor(perm))
        if order is not None and sparse.shape.is_fully_defined():
            old = sparse.shape.as_list()
            shape: Any = [old[i] for i in order.tolist()]
        else:
            shape = gather(sparse.dense_shape, perm)
        moved = SparseTensor(indices, sparse.values, shape)
        if order is not None and rank is not None:
            moved.set_shape([sparse.shape.as_list()[i] for i in order.tolist()])
        return sparse_reorder(moved)


def sparse_expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """A dimension of size 1 put in before `axis`, at the end when None (tf.sparse.expand_dims)."""
    sparse = convert_to_sparse_tensor(sp_input)
    rank: Any = sparse.shape.rank
    if rank is None:
        rank = shape_of(sparse.dense_shape)[0]  # type: ignore[index]
    with name_scope(name, "expand_dims", [sparse.indices]):
        at: Any = -1 if axis is None else axis
        if not isinstance(at, Tensor):
            at = convert_to_tensor(at, name="axis", dtype=dtypes.int32)
        at = raw.Select(raw.GreaterEqual(at, 0), at, at + rank + 1)
        count = shape_of(sparse.indices)[0]  # type: ignore[index]
        column = zeros(raw.Pack([count, 1]), dtype=dtypes.int64)
        before = slice_of(sparse.indices, [0, 0], raw.Pack([-1, at]))
        after = slice_of(sparse.indices, raw.Pack([0, at]), [-1, -1])
        ends = raw.ExpandDims(at, 0)
        shape = concat(
            [
                slice_of(sparse.dense_shape, [0], ends),
                np.array([1], np.int64),
                slice_of(sparse.dense_shape, ends, [-1]),
            ],
            0,
        )
        return SparseTensor(concat([before, column, after], 1), sparse.values, shape)


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """The same entries in another shape, as large or larger (tf.sparse.reset_shape).

    The smallest that holds all entries when `new_shape` is None.

    Raises:
      ValueError: `new_shape` is smaller than the static shape, or of another rank.
      tf.errors.InvalidArgumentError: (when run) it is smaller than the shape.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    indices, values, shape = (identity(part) for part in parts(sparse))
    if new_shape is None:
        last = reduce_max(indices, axis=0)
        zero = np.array(0, np.int64)
        return SparseTensor(indices, values, raw.Maximum(zero, last + ones_like(shape)))
    wanted = as_int64(convert_to_tensor(new_shape))
    wanted.shape.assert_has_rank(1)
    wanted.shape.assert_is_compatible_with(shape.shape)
    known, old = sizes(wanted), sparse.shape.known
    if known is not None and None not in known and old is not None and None not in old:
        if any(size < was for size, was in zip(known, old, strict=True)):
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape. "
                f"Found new_shape {list(known)}, sp_input.shape {list(old)}."
            )
        return SparseTensor(indices, values, np.array(known, np.int64))
    wanted = with_dependencies([assert_equal(shape_of(shape), shape_of(wanted))], wanted)
    wanted = with_dependencies([assert_less_equal(shape, wanted)], wanted)
    return SparseTensor(indices, values, wanted)
