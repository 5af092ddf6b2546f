"""Random choices as helpers make them: yes or no, or one of several symbols."""

from __future__ import annotations

from typing import Any

import flowgraph as tf


def bernoulli_sample(probs: Any, shape: Any, dtype: Any = tf.int32, seed: int | None = None) -> Any:
    """Draws 1 (True) with the probabilities, else 0: a tensor [shape, *probs]."""
    probs = tf.convert_to_tensor(probs, name="probs")
    whole = tf.concat([tf.reshape(shape, [-1]), tf.shape(probs)], 0)
    uniform = tf.random_uniform(whole, seed=seed, dtype=probs.dtype)
    return tf.cast(tf.less(uniform, probs), dtype)


def categorical_sample(logits: Any, dtype: Any = tf.int32, seed: int | None = None) -> Any:
    """Draws a symbol for each row of logits: int32 [...]."""
    logits = tf.convert_to_tensor(logits, name="logits")
    size = tf.shape(logits)
    rows = logits if logits.shape.rank == 2 else tf.reshape(logits, [-1, size[-1]])
    drawn = tf.reshape(tf.multinomial(rows, 1, seed=seed), size[:-1])
    return tf.cast(drawn, dtype)


def mixed(chosen: Any, sampled: Any, others: Any) -> Any:
    """Rows of `others`, those where `chosen` (bool [batch]) replaced by what `sampled` gives.

    Args:
      chosen: which rows are replaced.
      sampled: a function of the chosen rows' numbers, int32 [count, 1], that gives these rows.
      others: the rows where they are not.
    """
    at = tf.cast(tf.where(chosen), tf.int32)
    rest = tf.cast(tf.where(tf.logical_not(chosen)), tf.int32)
    shape = tf.shape(others)
    replaced = tf.scatter_nd(indices=at, updates=sampled(at), shape=shape)
    kept = tf.scatter_nd(indices=rest, updates=tf.gather_nd(others, rest), shape=shape)
    return replaced + kept
