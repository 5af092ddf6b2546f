"""Ids and values merged into one sparse tensor, and ids as a table of truth values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor, is_sparse
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import fill
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.sparse._parts import as_int64
from flowgraph.ops.sparse.dense import sparse_tensor_to_dense
from flowgraph.ops.sparse.shaping import sparse_reorder

__all__ = ["sparse_merge", "sparse_to_indicator"]


def sparse_merge(
    sp_ids: Any, sp_values: Any, vocab_size: Any, name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:  # fmt: skip
    """Ids and values at the same places as one tensor, in which the ids are indices (sparse_merge).

    The last dimension of the ids is replaced: `result[..., id] = value`.

    Args:
      sp_ids: a `SparseTensor` of ids, or a list of them, one for each new dimension.
      sp_values: a `SparseTensor` with the same indices.
      vocab_size: the size of the new dimension, or a list of sizes.
      name: a name scope.
      already_sorted: whether the result need not be sorted.
    """
    all_ids, vocab = _lists(sp_ids, vocab_size)
    with name_scope(name, "SparseMerge"):
        all_ids = [convert_to_sparse_tensor(ids) for ids in all_ids]
        values = convert_to_sparse_tensor(sp_values)
        columns = [raw.ExpandDims(as_int64(ids.values), 1) for ids in all_ids]
        sizes = [
            as_int64(size) if isinstance(size, Tensor)
            else convert_to_tensor(size, dtype=dtypes.int64)
            for size in vocab
        ]  # fmt: skip
        first: Any = all_ids[0]
        indices = concat([first.indices[:, :-1], *columns], 1)
        shape = concat([first.dense_shape[:-1], sizes], 0)
        result = SparseTensor(indices, values.values, shape)
        if already_sorted:
            return result
        in_order = sparse_reorder(result)
        return SparseTensor(in_order.indices, in_order.values, shape)


def _lists(sp_ids: Any, vocab_size: Any) -> tuple[list[Any], list[Any]]:
    """The ids and sizes as lists; TypeError or ValueError when they do not go together."""
    if is_sparse(sp_ids):
        if not _is_size(vocab_size):
            raise TypeError(
                f"vocab_size has to be a Tensor or Python int. Found {type(vocab_size)}"
            )
        return [sp_ids], [vocab_size]
    if not isinstance(sp_ids, Iterable):
        raise TypeError(f"sp_ids has to be a SparseTensor or list thereof. Found {type(sp_ids)}")
    if not isinstance(vocab_size, (list, tuple)) or not all(map(_is_size, vocab_size)):
        raise TypeError(
            f"vocab_size has to be a list of Tensors or Python ints. Found {vocab_size!r}"
        )
    ids = list(sp_ids)
    if len(ids) != len(vocab_size):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    return ids, list(vocab_size)


def _is_size(value: Any) -> bool:
    return isinstance(value, (Tensor, int, np.integer))


def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """A dense table that is True where an id is: `result[..., id]` (tf.sparse.to_indicator)."""
    sparse = convert_to_sparse_tensor(sp_input)
    with name_scope(name, "SparseToIndicator", [sparse.values]) as scope:
        count: Any = shape_of(sparse.indices)[0]  # type: ignore[index]
        present = fill(raw.ExpandDims(count, 0), True)
        merged = sparse_merge(sparse, sparse.with_values(present), vocab_size, scope)
        return sparse_tensor_to_dense(merged, False, validate_indices=False, name=scope)
