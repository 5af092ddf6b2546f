"""Looking up embeddings in other ways than tf.nn's (tf.contrib.layers)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.selecting import unique
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control.static_checks import assert_same_float_dtype
from flowgraph.ops.nn import embedding_sparse
from flowgraph.ops.nn.embedding import embedding_lookup
from flowgraph.variables.partition import PartitionedVariable
from flowgraph.variables.variable import Variable


def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Any:
    """As `tf.nn.embedding_lookup`, but each id is looked up once only."""
    with name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = convert_to_tensor(ids)
        found, places = unique(reshape(ids, [-1]))
        rows = embedding_lookup(params, found, partition_strategy)
        shape = concat([shape_op(ids), shape_op(rows)[1:]], 0)
        embedded = reshape(gather(rows, places), shape)
        embedded.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return embedded


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = None,
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: float | None = None,
) -> Any:
    """As `tf.nn.safe_embedding_lookup_sparse`, where `combiner` may be None, which is "mean".

    Raises:
      ValueError: weights have different dtypes, or none are given.
    """
    whole = embedding_weights
    weights = list(whole) if isinstance(whole, list | PartitionedVariable) else [whole]
    dtype = None if sparse_weights is None else sparse_weights.dtype
    weights = [w if isinstance(w, Variable) else convert_to_tensor(w, dtype) for w in weights]
    assert_same_float_dtype([*weights, *([] if sparse_weights is None else [sparse_weights])])
    return embedding_sparse.safe_embedding_lookup_sparse(
        weights, sparse_ids, sparse_weights=sparse_weights, combiner=combiner or "mean",
        default_id=default_id, name=name, partition_strategy=partition_strategy, max_norm=max_norm,
    )  # fmt: skip
