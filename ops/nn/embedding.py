"""Looking up rows of embedding tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import merged
from flowgraph.ops.array.partition import dynamic_partition, parallel_dynamic_stitch
from flowgraph.ops.array.shape import shape_of, size
from flowgraph.ops.math.clip import clip_by_norm

__all__ = ["embedding_lookup"]


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: float | None = None,
) -> Tensor:
    """The rows of `params` that `ids` name (tf.nn.embedding_lookup).

    Args:
      params: a table [rows, ...], or a list of tables among which the rows are dealt out.
      ids: int32 or int64, of any shape.
      partition_strategy: how they are dealt: "mod", row i to table i % n, or "div", in blocks that
        are equal but for the first ones, which have one row more where they must.
      name: a name scope.
      validate_indices: accepted; indices are always checked.
      max_norm: rows longer than this are scaled down to it.

    Returns:
      A tensor of shape ids.shape + params.shape[1:]. The gradient of a table is `IndexedSlices`.

    Raises:
      ValueError: `params` is empty, or the strategy is none of the two.
    """
    del validate_indices
    in_pieces = isinstance(params, (list, tuple)) or hasattr(params, "_get_variable_list")
    tables = list(params) if in_pieces else [params]
    if not tables or params is None:
        raise ValueError("Need at least one param to be passed to embedding_lookup")
    with name_scope(name, "embedding_lookup", [*tables, ids]) as scope:
        if not any(hasattr(table, "sparse_read") for table in tables):
            tables = [convert_to_tensor(table, name="params") for table in tables]
        ids = convert_to_tensor(ids, name="ids")
        if len(tables) == 1:
            rows = _clipped(gather(tables[0], ids, name=scope), ids, max_norm)
            return raw.Identity(rows)  # type: ignore[no-any-return]
        return _clipped(_from_parts(tables, ids, partition_strategy, scope), ids, max_norm)


def _from_parts(tables: list[Any], ids: Tensor, strategy: str, scope: str) -> Tensor:
    """Gathers from each table what it has, and puts the rows together."""
    count, flat = len(tables), raw.Reshape(ids, [-1])
    places = raw.Range(0, size(flat), 1, name="range")
    if strategy == "mod":
        table_of, row_of = flat % count, flat // count
    elif strategy == "div":
        table_of, row_of = _in_blocks(tables, flat)
    else:
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    if table_of.dtype is not dtypes.int32:
        table_of = raw.Cast(table_of, DstT=dtypes.int32)
    wanted = dynamic_partition(row_of, table_of, count)
    found = [gather(table, rows) for table, rows in zip(tables, wanted, strict=True)]
    rows = parallel_dynamic_stitch(dynamic_partition(places, table_of, count), found, name=scope)
    inner = tables[0].shape[1:]
    for table in tables[1:]:
        inner = merged(inner, table.shape[1:])
    return _with_shape_of(ids, rows, tables[0], inner)


def _with_shape_of(ids: Tensor, rows: Tensor, table: Any, inner: TensorShape) -> Tensor:
    """The rows, in the order of the flat ids, in the shape of the ids."""
    if inner.is_fully_defined():
        own: Any = np.array(inner.known, np.int32)
    else:
        own = shape_of(table)[1:]  # type: ignore[index]
    result = raw.Reshape(rows, concat([shape_of(ids), own], 0))
    result.set_shape(ids.shape.concatenate(inner))
    return result  # type: ignore[no-any-return]


def _in_blocks(tables: list[Any], ids: Tensor) -> tuple[Tensor, Tensor]:
    """(the table, the row in it) of each id, for blocks: all of one size, or the first `more` of
    them one row longer."""  # fmt: skip
    kind = ids.dtype.base_dtype
    lengths = [table.shape[0].value if table.shape.rank is not None else None for table in tables]
    if None not in lengths:
        total: Any = constant(sum(lengths), kind)
    else:
        sizes = raw.Pack([shape_of(table)[0] for table in tables])  # type: ignore[index]
        total = raw.Sum(raw.Cast(sizes, DstT=kind), [0], keep_dims=False)
    each, more = total // len(tables), total % len(tables)
    table_of = raw.Maximum(ids // (each + 1), (ids - more) // each)
    in_longer = raw.Less(table_of, more)
    return table_of, raw.Select(in_longer, ids % (each + 1), (ids - more) % each)


def _clipped(rows: Tensor, ids: Tensor, max_norm: float | None) -> Tensor:
    """Each row no longer than max_norm."""
    if max_norm is None:
        return rows
    first, last = ids.shape.rank, rows.shape.rank
    if first is not None and last is not None:
        axes: Any = list(range(first, last))
    else:
        axes = raw.Range(raw.Rank(ids), raw.Rank(rows), 1)
    return clip_by_norm(rows, max_norm, axes=axes)  # type: ignore[no-any-return]
