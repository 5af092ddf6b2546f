"""Losses over very many classes, which look at the true ones and a few candidates."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.making import ones_like, zeros_like
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.nn.embedding import embedding_lookup
from flowgraph.ops.nn.sampling import compute_accidental_hits, log_uniform_candidate_sampler
from flowgraph.ops.nn.softmax import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation (tf.nn.nce_loss; Gutmann and Hyvärinen 2010).

    Args:
      weights: [num_classes, dim], or a list of tables that hold its rows.
      biases: [num_classes].
      labels: int64 [batch, num_true].
      inputs: [batch, dim].
      num_sampled: how many candidates to draw for the whole batch.
      num_classes: the number of classes.
      num_true: how many true classes an example has.
      sampled_values: what a candidate sampler gave; log-uniform ones when None.
      remove_accidental_hits: leave out candidates that are true classes.
      partition_strategy: "mod" or "div", see `embedding_lookup`.
      name: the scope of the operations.

    Returns:
      The loss of each example, [batch].
    """
    logits, targets = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name, None,
    )  # fmt: skip
    losses = sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name="sampled_losses")
    return reduce_sum(losses, 1)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Softmax cross-entropy over the true classes and a few candidates.

    (tf.nn.sampled_softmax_loss; Jean et al. 2014, arXiv:1412.2007.) Arguments as `nce_loss`'s; for
    training only, as it is below the full loss.
    """
    logits, targets = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name, seed,
    )  # fmt: skip
    return softmax_cross_entropy_with_logits_v2(labels=raw.StopGradient(targets), logits=logits)


def _sampled_logits(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int,
    num_true: int, sampled_values: Any, remove_hits: bool, strategy: str, name: str,
    seed: int | None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Logits [batch, num_true + num_sampled] less log of their expected counts, and the targets."""
    with name_scope(name, "compute_sampled_logits"):
        labels, inputs = _in_order(labels, inputs)
        labels = cast(labels, dtypes.int64)
        inputs = convert_to_tensor(inputs)
        flat = raw.Reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = log_uniform_candidate_sampler(
                labels, num_true, num_sampled, True, num_classes, seed
            )
        sampled, true_count, sampled_count = (raw.StopGradient(v) for v in sampled_values)
        everything = concat([flat, cast(sampled, dtypes.int64)], 0)
        rows = embedding_lookup(weights, everything, partition_strategy=strategy)
        offsets = embedding_lookup(biases, everything, partition_strategy=strategy)
        count = raw.Shape(flat)
        true_rows = raw.Slice(rows, [0, 0], stack([count[0], -1]))
        sampled_rows = raw.Slice(rows, stack([count[0], 0]), [-1, -1])
        true_logits = _dots(inputs, true_rows, num_true)
        true_logits += raw.Reshape(raw.Slice(offsets, [0], count), [-1, num_true])
        sampled_logits = matmul(inputs, sampled_rows, transpose_b=True)
        sampled_logits += raw.Slice(offsets, count, [-1])  # type: ignore[operator]
        if remove_hits:
            sampled_logits += _hits(labels, sampled, num_true, sampled_logits)  # type: ignore[operator]
        kind = sampled_logits.dtype
        true_logits -= raw.Log(cast(true_count, kind))
        sampled_logits -= raw.Log(cast(sampled_count, kind))  # type: ignore[operator]
        logits = concat([true_logits, sampled_logits], 1)
        targets = concat([ones_like(true_logits) / num_true, zeros_like(sampled_logits)], 1)  # type: ignore[operator]
        return logits, targets


def _in_order(labels: Any, inputs: Any) -> tuple[Any, Any]:
    """Both, also in the order before TensorFlow 1.0, which is told by the labels' integers."""
    are_tensors = isinstance(labels, Tensor) and isinstance(inputs, Tensor)
    if are_tensors and labels.dtype.is_floating and inputs.dtype.is_integer:
        return inputs, labels
    return labels, inputs


def _dots(inputs: Tensor, rows: Tensor, num_true: int) -> Tensor:
    """The product of each input with the weights of each of its classes: [batch, num_true]."""
    shape = concat([[-1, num_true], raw.Shape(rows)[1:2]], 0)
    products = raw.ExpandDims(inputs, 1) * raw.Reshape(rows, shape)
    return reduce_sum(products, 2)


def _hits(labels: Tensor, sampled: Tensor, num_true: int, logits: Tensor) -> Tensor:
    """The lowest number where a candidate is a true class of the row, zero elsewhere."""
    rows, places, weights = compute_accidental_hits(labels, sampled, num_true)
    where = stack([cast(rows, dtypes.int64), places], axis=1)
    shape = raw.Shape(logits, out_type=dtypes.int64)
    return raw.ScatterNd(where, cast(weights, logits.dtype), shape)  # type: ignore[no-any-return]
