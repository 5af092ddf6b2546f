"""Looking up rows of embedding tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor


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
      partition_strategy: how they are dealt: "mod" (row i of table i % n) or "div" (in blocks).
      name: a name scope.
      validate_indices: accepted; indices are always checked.
      max_norm: rows longer than this are scaled down to it.

    Returns:
      A tensor of shape ids.shape + params.shape[1:]. Its gradient is an `IndexedSlices`.

    Raises:
      ValueError: `params` is empty, or the strategy is none of the two.
    """
    del validate_indices
    tables = list(params) if isinstance(params, (list, tuple)) else [params]
    if not tables:
        raise ValueError("Need at least one param to be passed to embedding_lookup")
    with name_scope(name, "embedding_lookup"):
        ids = convert_to_tensor(ids, name="ids")
        if len(tables) == 1:
            return _clipped(_gather(tables[0], ids), ids, max_norm)
        return _clipped(_from_parts(tables, ids, partition_strategy), ids, max_norm)


def _gather(table: Any, ids: Tensor) -> Tensor:
    result = raw.GatherV2(convert_to_tensor(table, name="params"), ids, np.int32(0))
    return raw.Identity(result)  # type: ignore[no-any-return]


def _from_parts(tables: list[Any], ids: Tensor, strategy: str) -> Tensor:
    """Gathers from each table what it has, and chooses by table."""
    if strategy not in ("mod", "div"):
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    tensors = [convert_to_tensor(t, name="params") for t in tables]
    kind, count = ids.dtype.base_dtype.as_numpy_dtype, len(tensors)
    sizes = [raw.Cast(raw.Shape(t)[0], DstT=ids.dtype) for t in tensors]
    if strategy == "mod":
        part, row = raw.FloorMod(ids, kind(count)), raw.FloorDiv(ids, kind(count))
        starts: list[Any] = [None] * count
    else:
        starts = [kind(0)]
        for size in sizes[:-1]:
            starts.append(raw.Add(starts[-1], size))
        part = raw.AddN([
            raw.Cast(raw.GreaterEqual(ids, start), DstT=ids.dtype) for start in starts[1:]
        ])  # fmt: skip
        row = ids
    result = None
    for i, table in enumerate(tensors):
        mine = raw.Equal(part, kind(i))
        local = row if starts[i] is None else row - starts[i]
        rows = raw.GatherV2(table, raw.Select(mine, local, raw.ZerosLike(local)), np.int32(0))
        weight = raw.Cast(mine, DstT=table.dtype.base_dtype)
        extra = (rows.shape.rank or 0) - (ids.shape.rank or 0)
        for _ in range(extra):
            weight = raw.ExpandDims(weight, -1)
        rows = rows * weight
        result = rows if result is None else result + rows
    return result  # type: ignore[return-value]


def _clipped(rows: Tensor, ids: Tensor, max_norm: float | None) -> Tensor:
    if max_norm is None:
        return rows
    axes = list(range(ids.shape.rank or 0, rows.shape.rank or 0))
    norm = raw.Sqrt(raw.Sum(raw.Square(rows), np.array(axes, np.int32), keep_dims=True))
    limit = rows.dtype.base_dtype.as_numpy_dtype(max_norm)
    return rows * limit / raw.Maximum(norm, limit)  # type: ignore[no-any-return]


__all__ = ["embedding_lookup"]
