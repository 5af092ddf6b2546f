"""What models of sequences have in common."""

from __future__ import annotations

from typing import Any

import flowgraph as tf


def select_last_activations(activations: Any, sequence_lengths: Any) -> Any:
    """The last output of each sequence.

    Args:
      activations: [batch, steps, size].
      sequence_lengths: [batch], the counts of steps.

    Returns:
      [batch, size].
    """
    with tf.name_scope("select_last_activations", values=[activations, sequence_lengths]):
        shape = tf.shape(activations)
        rows = tf.range(shape[0])
        last = tf.cast(sequence_lengths, tf.int32) - 1
        return tf.gather_nd(activations, tf.stack([rows, last], axis=1))


def mask_activations_and_labels(
    activations: Any, labels: Any, sequence_lengths: Any
) -> tuple[Any, Any]:
    """Outputs and labels of all steps that there are, one below the other.

    Args:
      activations: [batch, steps, size].
      labels: [batch, steps].
      sequence_lengths: [batch]; all steps when None.
    """
    with tf.name_scope("mask_activations_and_labels", values=[activations, labels]):
        shape = tf.shape(labels)
        if sequence_lengths is None:
            count = tf.reduce_prod(shape)
            return tf.reshape(activations, [count, -1]), tf.reshape(labels, [count])
        mask = tf.sequence_mask(sequence_lengths, shape[1])
        return tf.boolean_mask(activations, mask), tf.boolean_mask(labels, mask)
