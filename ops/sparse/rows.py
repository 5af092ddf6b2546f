"""Rows that are filled or left out: fill_empty_rows, retain, and the mask of `IndexedSlices`."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.known import merged
from flowgraph.ops.array.selecting import where
from flowgraph.ops.sparse._parts import check_parts, listed, matrix, parts, sizes_of, vector

__all__ = ["sparse_fill_empty_rows", "sparse_mask", "sparse_retain"]

# --- SparseFillEmptyRows, SparseFillEmptyRowsGrad -------------------------------------------------
sparse_fill_empty_rows_op = define(
    "SparseFillEmptyRows",
    inputs="indices: int64, values: T, dense_shape: int64, default_value: T",
    outputs="output_indices: int64, output_values: T, empty_row_indicator: bool, "
    "reverse_index_map: int64",
    attrs={"T": attrs.types()},
)


@sparse_fill_empty_rows_op.shape
def _(op: Operation) -> Any:
    count, rank = sizes_of(op)
    merged(op.inputs[3].shape, SCALAR)
    sizes = constant_value_as_shape(op.inputs[2]).known
    rows = sizes[0] if sizes else None
    return [matrix(None, rank), vector(None), vector(rows), vector(count)]


@sparse_fill_empty_rows_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.output_dtypes[1].np_dtype

    def run(indices: Any, values: Any, shape: Any, default: Any) -> Any:
        check_parts(indices, values, shape)
        if default.ndim or not len(shape):
            raise InvalidArgumentError(
                f"default_value must be a scalar and dense_shape not empty, got shapes "
                f"{listed(default.shape)} and {listed(shape.shape)}"
            )
        count, rows = int(shape[0]), indices[:, 0]
        bad = np.flatnonzero((rows < 0) | (rows >= count))
        if bad.size:
            raise InvalidArgumentError(
                f"indices({bad[0]}, 0) is invalid: {rows[bad[0]]} is not in [0, {count})"
            )
        is_empty = np.bincount(rows, minlength=count) == 0
        empty = np.flatnonzero(is_empty)
        added = np.zeros((len(empty), len(shape)), np.int64)
        added[:, 0] = empty
        order = np.argsort(np.concatenate([rows, empty]), kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        filling = np.full(len(empty), default[()], dtype)
        new_indices = np.concatenate([indices, added])[order]
        new_values = np.concatenate([values, filling])[order]
        return new_indices, new_values, is_empty, place[: len(rows)]

    return run


@sparse_fill_empty_rows_op.gradient
def _(op: Operation, _: Any, grad: Any, *__: Any) -> Any:
    by_values, by_default = sparse_fill_empty_rows_grad_op(op.outputs[3], grad)
    return [None, by_values, None, by_default]


sparse_fill_empty_rows_grad_op = define(
    "SparseFillEmptyRowsGrad",
    inputs="reverse_index_map: int64, grad_values: T",
    outputs="d_values: T, d_default_value: T",
    attrs={"T": attrs.types()},
)


@sparse_fill_empty_rows_grad_op.shape
def _(op: Operation) -> Any:
    places, _ = (t.shape.with_rank(1) for t in op.inputs)
    return [places, SCALAR]


@sparse_fill_empty_rows_grad_op.kernel
def _(ctx: Any) -> Any:
    def run(places: Any, grads: Any) -> Any:
        if places.size and (places.min() < 0 or places.max() >= len(grads)):
            raise InvalidArgumentError(
                f"Elements in reverse index must be in [0, {len(grads)}) but got {listed(places)}"
            )
        others = np.ones(len(grads), bool)
        others[places] = False
        return grads[places], grads[others].sum(dtype=ctx.dtype)

    return run


@sparse_fill_empty_rows_grad_op.gradient
def _(op: Operation, by_values: Any, by_default: Any) -> Any:
    # Each element went to one place: to its entry, or into the sum of the default.
    places, grads = op.inputs
    column = raw.ExpandDims(places, 1)
    shape = raw.Shape(grads, out_type=dtypes.int64)
    return [None, raw.ScatterNd(column, by_values - by_default, shape) + by_default]


def sparse_fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """Puts an entry at the start of each row that has none (tf.sparse.fill_empty_rows).

    Returns:
      (the filled `SparseTensor`, a bool vector that tells which rows had been empty)
    """
    sparse = convert_to_sparse_tensor(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sparse.indices]):
        default = convert_to_tensor(default_value, dtype=sparse.dtype)
        indices, values, is_empty, _ = sparse_fill_empty_rows_op(*parts(sparse), default)
        return SparseTensor(indices, values, sparse.dense_shape), is_empty


# --- made of other ops ----------------------------------------------------------------------------
def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """The entries for which a bool vector says True (tf.sparse.retain)."""
    sparse = convert_to_sparse_tensor(sp_input)
    to_retain = convert_to_tensor(to_retain)
    to_retain.shape.assert_has_rank(1)
    sparse.values.shape.assert_is_compatible_with(to_retain.shape)
    kept = raw.Reshape(where(to_retain), [-1])
    indices, values = gather(sparse.indices, kept), gather(sparse.values, kept)
    result = SparseTensor(indices, values, identity(sparse.dense_shape))
    result.set_shape(sparse.shape)
    return result


def sparse_mask(a: Any, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """`IndexedSlices` without the rows of some indices (tf.sparse_mask)."""
    with name_scope(name, "sparse_mask", [a.values, mask_indices]) as scope:
        masked = raw.ExpandDims(
            convert_to_tensor(mask_indices, dtype=a.indices.dtype.base_dtype), 0
        )
        same = raw.Equal(raw.ExpandDims(a.indices, 1), masked)
        kept = raw.Reshape(where(raw.LogicalNot(raw.Any(same, [1], keep_dims=False))), [-1])
        indices = gather(a.indices, kept)
        indices.set_shape([None])
        return IndexedSlices(gather(a.values, kept, name=scope), indices, a.dense_shape)
