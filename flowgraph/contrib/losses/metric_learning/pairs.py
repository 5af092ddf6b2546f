"""Losses of pairs and triplets of embeddings in a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flowgraph as tf


# --- what they share ------------------------------------------------------------------------------
def pairwise_distance(embeddings: Any, squared: bool = False) -> Any:
    """Distances [n, n] of the rows of `embeddings` [n, d], with zeros where rows are equal.

    The gradient of a distance that is zero is zero, where the root's own would be infinite.
    """
    norms = tf.reduce_sum(tf.square(embeddings), axis=1, keepdims=True)
    products = tf.matmul(embeddings, embeddings, transpose_b=True)
    squares = tf.maximum(norms + tf.transpose(norms) - 2.0 * products, 0.0)
    apart = tf.cast(squares > 0.0, squares.dtype)
    distances = squares if squared else tf.sqrt(squares + (1.0 - apart) * 1e-16)
    return distances * apart * (1.0 - tf.eye(tf.shape(embeddings)[0], dtype=squares.dtype))


def _same_label(labels: Any) -> Any:
    """Whether examples i and j have one label, [n, n]."""
    labels = tf.convert_to_tensor(labels)
    labels.shape.assert_has_rank(1)
    return tf.equal(labels[:, tf.newaxis], labels[tf.newaxis, :])


def _without_self(same: Any, dtype: Any) -> Any:
    """1 where two different examples have one label, else 0."""
    return tf.cast(same, dtype) - tf.eye(tf.shape(same)[0], dtype=dtype)


def _lowest(values: Any, mask: Any) -> Any:
    """The minimum over the last axis of what the mask keeps; the maximum of all where it is empty.

    A sum instead of a choice, so that gradients are shared among equals as TensorFlow's are.
    """
    top = tf.reduce_max(values, -1, keepdims=True)
    return tf.reduce_min((values - top) * mask, -1) + tf.squeeze(top, [-1])


def _highest(values: Any, mask: Any) -> Any:
    return -_lowest(-values, mask)


# --- the losses -----------------------------------------------------------------------------------
def contrastive_loss(
    labels: Any, embeddings_anchor: Any, embeddings_positive: Any, margin: float = 1.0
) -> Any:
    """Draws pairs of label 1 together, and those of label 0 apart as far as `margin`.

    (tf.contrib.losses.metric_learning.contrastive_loss; Hadsell, Chopra and LeCun 2006)

    Args:
      labels: 0 or 1 for each pair, [batch].
      embeddings_anchor: the first of each pair, [batch, dimensions], of length 1 at best.
      embeddings_positive: the second of each pair.
      margin: how far apart is far enough.

    Returns:
      a scalar.
    """
    squares = tf.squared_difference(embeddings_anchor, embeddings_positive)
    distances = tf.sqrt(tf.reduce_sum(squares, 1))
    near = tf.cast(labels, distances.dtype)
    lacking = tf.maximum(margin - distances, 0.0)
    return tf.reduce_mean(
        near * tf.square(distances) + (1.0 - near) * tf.square(lacking), name="contrastive_loss"
    )


def triplet_semihard_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Any:
    """For each pair of one label: how far the nearest stranger that is farther stays within margin.

    Where no stranger is farther than the pair is wide, the farthest one is taken.
    (tf.contrib.losses.metric_learning.triplet_semihard_loss; Schroff and others, FaceNet, 2015)

    Args:
      labels: integers [batch].
      embeddings: float32 [batch, dimensions], of length 1 at best.
      margin: the least difference of squared distances.

    Returns:
      a scalar, the mean over pairs of one label.
    """
    same = _same_label(labels)
    distances = pairwise_distance(embeddings, squared=True)
    strangers = tf.logical_not(same)
    # [anchor, positive, negative]; distances are symmetric.
    farther = tf.logical_and(
        strangers[:, tf.newaxis, :], distances[:, tf.newaxis, :] > distances[:, :, tf.newaxis]
    )
    shape = tf.shape(farther)
    outside = _lowest(
        tf.broadcast_to(distances[:, tf.newaxis, :], shape), tf.cast(farther, distances.dtype)
    )
    inside = _highest(distances, tf.cast(strangers, distances.dtype))
    negatives = tf.where(
        tf.reduce_any(farther, -1), outside, tf.broadcast_to(inside[:, tf.newaxis], shape[:2])
    )
    positives = _without_self(same, distances.dtype)
    losses = tf.maximum((margin + distances - negatives) * positives, 0.0)
    return tf.truediv(tf.reduce_sum(losses), tf.reduce_sum(positives), name="triplet_semihard_loss")


def lifted_struct_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Any:
    """For each pair of one label: its distance against a soft minimum over both ones' strangers.

    (tf.contrib.losses.metric_learning.lifted_struct_loss; Oh Song and others 2015)

    Args:
      labels: integers [batch].
      embeddings: float32 [batch, dimensions], not normalized.
      margin: how far strangers should be.

    Returns:
      a scalar.
    """
    same = _same_label(labels)
    distances = pairwise_distance(embeddings)
    strangers = 1.0 - tf.cast(same, distances.dtype)
    lacking = margin - distances
    worst = _highest(lacking, strangers)[:, tf.newaxis]
    # The largest exponent of a pair is taken out of its sum, lest exp overflows.
    largest = tf.maximum(worst, tf.transpose(worst))
    exponents = tf.exp(lacking[:, tf.newaxis, :] - largest[:, :, tf.newaxis])
    sums = tf.reduce_sum(exponents * strangers[:, tf.newaxis, :], -1)
    losses = largest + tf.log(sums + tf.transpose(sums)) + distances
    positives = _without_self(same, distances.dtype)
    squares = tf.square(tf.maximum(losses * positives, 0.0))
    return tf.truediv(
        0.25 * tf.reduce_sum(squares), tf.reduce_sum(positives) / 2.0, name="liftedstruct_loss"
    )


def npairs_loss(
    labels: Any,
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Any:
    """Each anchor is to be most like the positives of its label, of all that are in the batch.

    (tf.contrib.losses.metric_learning.npairs_loss; Sohn 2016)

    Args:
      labels: integers [pairs].
      embeddings_anchor: float32 [pairs, dimensions], not normalized.
      embeddings_positive: the other one of each pair.
      reg_lambda: the weight of the embeddings' squared lengths.
      print_losses: whether the two parts are printed.

    Returns:
      a scalar.
    """
    shared = tf.cast(_same_label(labels), tf.float32)
    return _npairs(shared, embeddings_anchor, embeddings_positive, reg_lambda, print_losses)


def npairs_loss_multilabel(
    sparse_labels: Sequence[Any],
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Any:
    """The loss of `npairs_loss` where a pair has a set of labels: likeness is what sets share.

    (tf.contrib.losses.metric_learning.npairs_loss_multilabel)

    Args:
      sparse_labels: for each pair a boolean SparseTensor [classes].
      embeddings_anchor: float32 [pairs, dimensions], not normalized.
      embeddings_positive: the other one of each pair.
      reg_lambda: the weight of the embeddings' squared lengths.
      print_losses: whether the two parts are printed.

    Raises:
      TypeError: a label is not a SparseTensor.
    """
    if not all(isinstance(labels, tf.SparseTensor) for labels in sparse_labels):
        raise TypeError(f"sparse_labels must be a list of SparseTensors, but got {sparse_labels}")
    with tf.name_scope("NpairsLossMultiLabel"):
        sets = [
            tf.cast(tf.sparse_tensor_to_dense(s, False, validate_indices=False), tf.float32)
            for s in sparse_labels
        ]
        rows = tf.stack([tf.reshape(row, [-1]) for row in sets])
        shared = tf.matmul(rows, rows, transpose_b=True)
        return _npairs(shared, embeddings_anchor, embeddings_positive, reg_lambda, print_losses)


def _npairs(shared: Any, anchors: Any, positives: Any, reg_lambda: float, shown: bool) -> Any:
    """The cross entropy of likenesses with the shares of labels, and the lengths' penalty."""
    lengths = [tf.reduce_mean(tf.reduce_sum(tf.square(e), 1)) for e in (anchors, positives)]
    penalty = tf.multiply(0.25 * reg_lambda, lengths[0] + lengths[1], name="l2loss")
    entropies = tf.nn.softmax_cross_entropy_with_logits(
        logits=tf.matmul(anchors, positives, transpose_b=True),
        labels=shared / tf.reduce_sum(shared, 1, keepdims=True),
    )
    entropy = tf.reduce_mean(entropies, name="xentropy")
    if shown:
        entropy = tf.Print(entropy, ["cross entropy:", entropy, "l2loss:", penalty])
    return penalty + entropy
