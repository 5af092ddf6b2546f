"""Symbols as vectors: embed_sequence, bow_encoder (tf.contrib.layers)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers.embedding_ops import (
    embedding_lookup_unique,
    safe_embedding_lookup_sparse,
)
from flowgraph.contrib.layers.sparse_ops import dense_to_sparse_tensor
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.ops.math.reduction import reduce_mean
from flowgraph.ops.nn.embedding import embedding_lookup
from flowgraph.variables.scope import variable_scope


def bow_encoder(
    ids: Any,
    vocab_size: int,
    embed_dim: int,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Any:
    """The mean of the vectors of all symbols of a text, [batch, embed_dim].

    Args:
      ids: [batch, symbols], may be sparse.
      vocab_size: how many symbols there are.
      embed_dim: the length of a vector.
      sparse_lookup: leave out symbols that are 0 where the ids are dense.
      initializer: what the variable `embeddings` starts with.
      regularizer: a function of it that gives a loss.
      trainable: whether it is trained.
      scope: the variable scope.
      reuse: whether to find the variable instead of making it.

    Raises:
      ValueError: a size is missing.
      TypeError: the ids are sparse without `sparse_lookup`.
    """
    if not vocab_size or not embed_dim:
        raise ValueError("Must specify vocab size and embedding dimension")
    with variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = model_variable(
            "embeddings", shape=[vocab_size, embed_dim], initializer=initializer,
            regularizer=regularizer, trainable=trainable,
        )  # fmt: skip
        if sparse_lookup:
            sparse = ids if isinstance(ids, SparseTensor) else dense_to_sparse_tensor(ids)
            return safe_embedding_lookup_sparse([embeddings], sparse, combiner="mean", default_id=0)
        if isinstance(ids, SparseTensor):
            raise TypeError(f"ids are expected to be dense Tensor, got: {ids}")
        return reduce_mean(embedding_lookup(embeddings, ids), axis=1)


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Any:
    """A vector for each symbol, [batch, symbols, embed_dim].

    Args:
      ids: integers [batch, symbols].
      vocab_size: how many symbols there are.
      embed_dim: the length of a vector.
      unique: look each symbol up once only.
      initializer: what the variable `embeddings` starts with.
      regularizer: a function of it that gives a loss.
      trainable: whether it is trained.
      scope: the variable scope.
      reuse: whether to find the variable instead of making it; then sizes may be left out.

    Raises:
      ValueError: a size is missing.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. Got "
            f"vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        unknown = vocab_size is None or embed_dim is None
        embeddings = model_variable(
            "embeddings", shape=None if unknown else [vocab_size, embed_dim],
            initializer=initializer, regularizer=regularizer, trainable=trainable,
        )  # fmt: skip
        look_up = embedding_lookup_unique if unique else embedding_lookup
        return look_up(embeddings, ids)
