"""Losses of lists of logits, and models with buckets of lengths."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import flowgraph as tf


def _call_loss(function: Callable[..., Any], labels: Any, logits: Any) -> Any:
    """Calls the user's loss; TensorFlow 0.x passed (inputs, labels), 1.x by name."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = ["labels", "logits"]
    if "labels" in names and len(names) == 2 and "logits" not in names:
        other = next(name for name in names if name != "labels")
        return function(**{"labels": labels, other: logits})
    return function(labels=labels, logits=logits)


def sequence_loss_by_example(
    logits: list[Any],
    targets: list[Any],
    weights: list[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross-entropy of a sequence, for each example of a batch.

    Args:
      logits: a list of tensors [batch, symbols], one for each step.
      targets: a list of int tensors [batch].
      weights: a list of floating tensors [batch].
      average_across_timesteps: whether the sum is divided by that of the weights.
      softmax_loss_function: a function (labels, logits) -> losses [batch]; the sparse softmax
        cross-entropy when None.
      name: the scope of the new operations.

    Returns:
      A floating tensor [batch].

    Raises:
      ValueError: the lists differ in length (tf.contrib.legacy_seq2seq.sequence_loss_by_example).
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )
    with tf.name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=tf.reshape(target, [-1]), logits=logit
                )
            else:
                loss = _call_loss(softmax_loss_function, target, logit)
            losses.append(loss * weight)
        total = tf.add_n(losses)
        if average_across_timesteps:
            total /= tf.add_n(weights) + 1e-12  # weights may all be zero
    return total


def sequence_loss(
    logits: list[Any],
    targets: list[Any],
    weights: list[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross-entropy of a batch of sequences, a scalar.

    Its arguments are those of `sequence_loss_by_example`; `average_across_batch` tells whether the
    sum over the batch is divided by its size (tf.contrib.legacy_seq2seq.sequence_loss).
    """
    with tf.name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = tf.reduce_sum(
            sequence_loss_by_example(
                logits, targets, weights, average_across_timesteps=average_across_timesteps,
                softmax_loss_function=softmax_loss_function,
            )
        )  # fmt: skip
        if not average_across_batch:
            return cost
        return cost / tf.cast(tf.shape(targets[0])[0], cost.dtype)


def model_with_buckets(
    encoder_inputs: list[Any],
    decoder_inputs: list[Any],
    targets: list[Any],
    weights: list[Any],
    buckets: list[tuple[int, int]],
    seq2seq: Callable[[Any, Any], Any],
    softmax_loss_function: Callable[..., Any] | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Any]]:
    """A model for each bucket of lengths, all with the same variables.

    Args:
      encoder_inputs: a list of tensors, at least as long as the last bucket.
      decoder_inputs: likewise.
      targets: a list of int tensors [batch].
      weights: a list of floating tensors [batch].
      buckets: pairs (encoder's length, decoder's length), the longest last.
      seq2seq: a function (encoder_inputs, decoder_inputs) -> (outputs, state).
      softmax_loss_function: see `sequence_loss_by_example`.
      per_example_loss: whether losses are tensors [batch], or scalars.
      name: the scope of the new operations.

    Returns:
      For each bucket its list of outputs, and its loss.

    Raises:
      ValueError: a list is shorter than the last bucket
        (tf.contrib.legacy_seq2seq.model_with_buckets).
    """
    given = {"encoder_inputs": encoder_inputs, "targets": targets, "weights": weights}
    for what, values in given.items():
        needed = buckets[-1][0 if what == "encoder_inputs" else 1]
        if len(values) < needed:
            raise ValueError(
                f"Length of {what} ({len(values)}) must be at least that of last bucket ({needed})."
            )
    loss_of = sequence_loss_by_example if per_example_loss else sequence_loss
    losses, outputs = [], []
    everything = [*encoder_inputs, *decoder_inputs, *targets, *weights]
    with tf.name_scope(name, "model_with_buckets", everything):
        for j, (source, target) in enumerate(buckets):
            with tf.variable_scope(tf.get_variable_scope(), reuse=True if j > 0 else None):
                bucket, _ = seq2seq(encoder_inputs[:source], decoder_inputs[:target])
                outputs.append(bucket)
                losses.append(
                    loss_of(
                        bucket, targets[:target], weights[:target],
                        softmax_loss_function=softmax_loss_function,
                    )
                )  # fmt: skip
    return outputs, losses
