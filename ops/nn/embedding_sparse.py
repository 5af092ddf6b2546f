"""Rows of embedding tables looked up by sparse ids, and combined into one row for each example."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import ones, zeros_like
from flowgraph.ops.array.selecting import unique, where
from flowgraph.ops.array.shape import rank as rank_of
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.reduction import reduce_prod
from flowgraph.ops.math.segment import segment_sum
from flowgraph.ops.math.sparse_segment import (
    sparse_segment_mean,
    sparse_segment_sqrt_n,
    sparse_segment_sum,
)
from flowgraph.ops.nn.embedding import embedding_lookup
from flowgraph.ops.sparse.rows import sparse_fill_empty_rows, sparse_retain
from flowgraph.ops.sparse.shaping import sparse_reshape

__all__ = ["embedding_lookup_sparse", "safe_embedding_lookup_sparse"]

_COMBINE: dict[str, Any] = {
    "sum": sparse_segment_sum,
    "mean": sparse_segment_mean,
    "sqrtn": sparse_segment_sqrt_n,
}
_HALVES = (dtypes.float16, dtypes.bfloat16)


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: float | None = None,
) -> Tensor:
    """For each row of sparse ids, the rows of a table combined (tf.nn.embedding_lookup_sparse).

    Args:
      params: a table [rows, ...], or a list of tables among which the rows are dealt out.
      sp_ids: a `SparseTensor` [n, m] of int32 or int64 ids, sorted by rows; no row may be empty
        but between others, where the result is 0.
      sp_weights: None, or a `SparseTensor` with the same indices, whose values multiply the rows.
      partition_strategy: see `embedding_lookup`.
      name: a name scope.
      combiner: "sum"; "mean", by the sum of the weights, which is taken when None; or "sqrtn", by
        the root of the sum of their squares.
      max_norm: rows longer than this are scaled down to it before.

    Returns:
      A tensor of shape [n, ...]. The gradient of a table is `IndexedSlices`.

    Raises:
      TypeError: the ids or weights are no `SparseTensor`.
      ValueError: the combiner is none of the three.
    """
    combiner = "mean" if combiner is None else combiner
    if combiner not in _COMBINE:
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner!r}")
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError(f"sp_ids must be SparseTensor, got {type(sp_ids).__name__}")
    if sp_weights is not None:
        _check_weights(sp_ids, sp_weights)
    tables = _tables(params)
    given = [table for table in tables if isinstance(table, Tensor)]
    with name_scope(name, "embedding_lookup_sparse", [*given, sp_ids.values]) as scope:
        first: Any = sp_ids.indices[:, 0]  # type: ignore[index]
        segments = cast(first, dtypes.int32)
        ids, place = unique(sp_ids.values)
        rows = embedding_lookup(tables, ids, partition_strategy, max_norm=max_norm)
        if sp_weights is None:
            return _COMBINE[combiner](rows, place, segments, name=scope)  # type: ignore[no-any-return]
        return _weighted(gather(rows, place), sp_weights.values, segments, combiner, scope)


def _tables(params: Any) -> list[Any]:
    in_pieces = isinstance(params, (list, tuple)) or hasattr(params, "_get_variable_list")
    return list(params) if in_pieces else [params]


def _check_weights(sp_ids: SparseTensor, sp_weights: Any) -> None:
    if not isinstance(sp_weights, SparseTensor):
        raise TypeError(
            f"sp_weights must be either None or SparseTensor, got {type(sp_weights).__name__}"
        )
    sp_ids.values.shape.assert_is_compatible_with(sp_weights.values.shape)
    sp_ids.indices.shape.assert_is_compatible_with(sp_weights.indices.shape)
    sp_ids.dense_shape.shape.assert_is_compatible_with(sp_weights.dense_shape.shape)


def _weighted(rows: Tensor, weights: Tensor, segments: Tensor, combiner: str, name: str) -> Tensor:
    """The rows times their weights, summed by segment and divided as the combiner says."""
    own = rows.dtype.base_dtype
    if own in _HALVES:
        rows = cast(rows, dtypes.float32)
    weights = cast(weights, rows.dtype)
    inner = ones(raw.ExpandDims(rank_of(rows) - 1, 0), dtypes.int32)  # type: ignore[operator]
    known = rows.shape.rank
    ends = weights.shape.concatenate(TensorShape(None if known is None else [1] * (known - 1)))
    weights = raw.Reshape(weights, concat([shape_of(weights), inner], 0))
    weights.set_shape(ends)
    total = segment_sum(rows * weights, segments)  # type: ignore[operator]
    if combiner != "sum":
        factors = weights if combiner == "mean" else raw.Square(weights)
        by = segment_sum(factors, segments)
        total = raw.DivNoNan(total, by if combiner == "mean" else raw.Sqrt(by))
    return cast(total, own) if own in _HALVES else raw.Identity(total, name=name)  # type: ignore[no-any-return]


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = "mean",
    default_id: Any = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: float | None = None,
) -> Tensor:
    """`embedding_lookup_sparse` that allows empty rows (tf.nn.safe_embedding_lookup_sparse).

    Negative ids are left out, and so are weights that are not positive unless the combiner is
    "sum". A row with nothing left gives the row of `default_id`, or zeros when that is None.

    Args:
      embedding_weights: a table, or a list of tables among which the rows are dealt out.
      sparse_ids: a `SparseTensor` of ids of any rank; the last dimension is combined.
      sparse_weights: None, or a `SparseTensor` with the same indices.
      combiner: "mean", "sqrtn" or "sum".
      default_id: an id for rows that are empty.
      name: a name scope.
      partition_strategy: "div" or "mod", see `embedding_lookup`.
      max_norm: rows longer than this are scaled down to it before.
    """
    if embedding_weights is None:
        raise ValueError("Missing embedding_weights None.")
    tables = _tables(embedding_weights)
    if not tables:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    dtype = None if sparse_weights is None else sparse_weights.dtype
    tables = [t if hasattr(t, "sparse_read") else convert_to_tensor(t, dtype=dtype) for t in tables]
    ids = convert_to_sparse_tensor(sparse_ids)
    with name_scope(name, "embedding_lookup", [ids.values]) as scope:
        shape: Any = ids.dense_shape
        flat = sparse_reshape(ids, raw.Pack([reduce_prod(shape[:-1]), shape[-1]]))
        kept, weights = _pruned(flat, sparse_weights, combiner)
        filled, is_empty = sparse_fill_empty_rows(kept, default_id or 0)
        if weights is not None:
            weights, _ = sparse_fill_empty_rows(weights, 1.0)
        rows = embedding_lookup_sparse(
            tables, filled, weights, partition_strategy, None, combiner, max_norm
        )
        if default_id is None:
            rows = where(is_empty, zeros_like(rows), rows)  # whole rows
        return _in_shape_of(ids, rows, scope)


def _pruned(ids: SparseTensor, sparse_weights: Any, combiner: Any) -> tuple[SparseTensor, Any]:
    """The ids and weights without negative ids, and without weights that do not count."""
    is_valid = raw.GreaterEqual(ids.values, np.array(0, ids.dtype.np_dtype))
    if sparse_weights is None:
        return sparse_retain(ids, is_valid), None
    weights = ids.with_values(convert_to_sparse_tensor(sparse_weights).values)
    if combiner != "sum":
        zero = np.array(0, weights.dtype.np_dtype)
        is_valid = raw.LogicalAnd(is_valid, raw.Greater(weights.values, zero))
    return sparse_retain(ids, is_valid), sparse_retain(weights, is_valid)


def _in_shape_of(ids: SparseTensor, rows: Tensor, name: str) -> Tensor:
    """The rows in the shape of the ids without the last dimension."""
    outer: Any = cast(ids.dense_shape, dtypes.int32)
    inner: Any = shape_of(rows)
    result = raw.Reshape(rows, concat([outer[:-1], inner[1:]], 0), name=name)
    if ids.shape.rank is not None:
        result.set_shape(ids.shape[:-1].concatenate(rows.shape[1:]))
    return result  # type: ignore[no-any-return]
