"""The loss of sequences of logits, as one tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross-entropy of a batch of sequences (tf.contrib.seq2seq.sequence_loss).

    Args:
      logits: a floating tensor [batch, time, symbols].
      targets: an int tensor [batch, time].
      weights: a floating tensor [batch, time].
      average_across_timesteps: whether the sum over time is divided by that of the weights.
      average_across_batch: likewise over the batch.
      sum_over_timesteps: whether the sum over time is divided by the number of weights not zero.
      sum_over_batch: likewise over the batch.
      softmax_loss_function: a function (labels, logits) -> losses; the sparse softmax
        cross-entropy when None.
      name: the scope of the new operations.

    Returns:
      A scalar, or a tensor [time] or [batch] or [batch, time] for axes that are kept.

    Raises:
      ValueError: a tensor has another rank, or an axis is both averaged and summed.
    """
    _check(logits, targets, weights)
    for axis, average, total in (
        ("timesteps", average_across_timesteps, sum_over_timesteps),
        ("batch", average_across_batch, sum_over_batch),
    ):
        if average and total:
            raise ValueError(
                f"average_across_{axis} and sum_over_{axis} cannot be set to True at same time."
            )
    with tf.name_scope(name, "sequence_loss", [logits, targets, weights]):
        flat = tf.reshape(logits, [-1, tf.shape(logits)[2]])
        labels = tf.reshape(targets, [-1])
        loss_of = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
        losses = loss_of(labels=labels, logits=flat) * tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.div_no_nan(tf.reduce_sum(losses), tf.reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            count = tf.cast(tf.count_nonzero(weights), losses.dtype)
            return tf.div_no_nan(tf.reduce_sum(losses), count)
        losses = tf.reshape(losses, tf.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axis = [0] if average_across_batch else [1]
            size = tf.reduce_sum(weights, axis=axis)
        elif sum_over_timesteps or sum_over_batch:
            axis = [0] if sum_over_batch else [1]
            size = tf.cast(tf.count_nonzero(weights, axis=axis), losses.dtype)
        else:
            return losses
        return tf.div_no_nan(tf.reduce_sum(losses, axis=axis), size)


def _check(logits: Any, targets: Any, weights: Any) -> None:
    if len(logits.shape) != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    if len(targets.shape) != 2:
        raise ValueError("Targets must be a [batch_size x sequence_length] tensor")
    if len(weights.shape) != 2:
        raise ValueError("Weights must be a [batch_size x sequence_length] tensor")
