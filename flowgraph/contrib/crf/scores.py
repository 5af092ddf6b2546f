"""Scores and likelihoods of sequences of tags (Lafferty et al. 2001, conditional random fields)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.crf.cells import CrfForwardRnnCell
from flowgraph.recurrent.dynamic import dynamic_rnn


def by_length(inputs: Any, one: Callable[[], Any], more: Callable[[], Any]) -> Any:
    """`one()` for sequences of a single step, else `more()`; told now if the length is known."""
    steps = inputs.shape[1].value
    if steps is not None:
        return one() if steps == 1 else more()
    return tf.cond(tf.equal(tf.shape(inputs)[1], 1), one, more)


def _zero_if_empty(lengths: Any, scores: Any) -> Any:
    return tf.where(tf.less_equal(lengths, 0), tf.zeros_like(scores), scores)


def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """The unnormalised scores [batch] of sequences of tags.

    Args:
      inputs: the tags' own scores, [batch, time, tags].
      tag_indices: the tags, int [batch, time].
      sequence_lengths: how many steps each sequence has, int [batch].
      transition_params: the scores of transitions, [tags, tags]
        (tf.contrib.crf.crf_sequence_score).
    """
    tags, lengths = tf.convert_to_tensor(tag_indices), tf.convert_to_tensor(sequence_lengths)

    def one() -> Any:
        rows = tf.range(tf.shape(inputs, out_type=tags.dtype)[0], dtype=tags.dtype)
        at = tf.concat([tf.reshape(rows, [-1, 1]), tags], axis=1)
        return _zero_if_empty(lengths, tf.gather_nd(tf.squeeze(inputs, [1]), at))

    def more() -> Any:
        binary = crf_binary_score(tags, lengths, transition_params)
        return crf_unary_score(tags, lengths, inputs) + binary

    inputs = tf.convert_to_tensor(inputs)
    return by_length(inputs, one, more)


def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """The scores [batch] of all sequences whose tags are among those allowed at each step.

    Args:
      inputs: the tags' own scores, [batch, time, tags].
      tag_bitmap: which tags are allowed, bool [batch, time, tags].
      sequence_lengths: how many steps each sequence has, int [batch].
      transition_params: the scores of transitions, [tags, tags]
        (tf.contrib.crf.crf_multitag_sequence_score).
    """
    inputs = tf.convert_to_tensor(inputs)
    allowed = tf.where(tag_bitmap, inputs, tf.fill(tf.shape(inputs), float("-inf")))
    return by_length(
        inputs,
        lambda: tf.reduce_logsumexp(allowed, axis=[1, 2]),
        lambda: crf_log_norm(allowed, sequence_lengths, transition_params),
    )


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The logarithm of the sum over all sequences of tags, [batch].

    Args:
      inputs: the tags' own scores, [batch, time, tags].
      sequence_lengths: how many steps each sequence has, int [batch].
      transition_params: the scores of transitions, [tags, tags] (tf.contrib.crf.crf_log_norm).
    """
    inputs, lengths = tf.convert_to_tensor(inputs), tf.convert_to_tensor(sequence_lengths)
    first = tf.squeeze(tf.slice(inputs, [0, 0, 0], [-1, 1, -1]), [1])

    def norm(alphas: Any) -> Any:
        return _zero_if_empty(lengths, tf.reduce_logsumexp(alphas, [1]))

    def more() -> Any:
        _, alphas = dynamic_rnn(
            CrfForwardRnnCell(transition_params),
            tf.slice(inputs, [0, 1, 0], [-1, -1, -1]),
            sequence_length=_steps_after_the_first(lengths),
            initial_state=first,
            dtype=inputs.dtype,
        )
        return norm(alphas)

    return by_length(inputs, lambda: norm(first), more)


def _steps_after_the_first(lengths: Any) -> Any:
    return tf.maximum(tf.constant(0, dtype=lengths.dtype), lengths - 1)


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Any, Any]:
    """The log-likelihoods [batch] of sequences of tags, and the transitions.

    Args:
      inputs: the tags' own scores, [batch, time, tags].
      tag_indices: the tags, int [batch, time].
      sequence_lengths: how many steps each sequence has, int [batch].
      transition_params: the scores of transitions, [tags, tags]; a variable "transitions" when
        None (tf.contrib.crf.crf_log_likelihood).
    """
    inputs = tf.convert_to_tensor(inputs)
    if transition_params is None:
        tags = inputs.shape[2].value
        transition_params = tf.get_variable("transitions", [tags, tags])
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return score - norm, transition_params


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Any:
    """The sums [batch] of the tags' own scores (tf.contrib.crf.crf_unary_score)."""
    tags, inputs = tf.convert_to_tensor(tag_indices), tf.convert_to_tensor(inputs)
    batch, steps, count = tf.unstack(tf.shape(inputs))
    offsets = tf.expand_dims(tf.range(batch) * steps * count, 1)
    offsets += tf.expand_dims(tf.range(steps) * count, 0)
    at = tf.reshape(tf.cast(offsets, tags.dtype) + tags, [-1])
    scores = tf.reshape(tf.gather(tf.reshape(inputs, [-1]), at), [batch, steps])
    mask = tf.sequence_mask(sequence_lengths, maxlen=tf.shape(tags)[1], dtype=scores.dtype)
    return tf.reduce_sum(scores * mask, 1)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The sums [batch] of the transitions' scores (tf.contrib.crf.crf_binary_score)."""
    tags = tf.convert_to_tensor(tag_indices)
    transitions = tf.convert_to_tensor(transition_params)
    count = tf.shape(tags)[1] - 1
    starts = tf.slice(tags, [0, 0], tf.stack([-1, count]))
    ends = tf.slice(tags, [0, 1], tf.stack([-1, count]))
    at = starts * transitions.shape[0].value + ends
    scores = tf.gather(tf.reshape(transitions, [-1]), at)
    mask = tf.sequence_mask(sequence_lengths, maxlen=tf.shape(tags)[1], dtype=scores.dtype)
    return tf.reduce_sum(scores * tf.slice(mask, [0, 1], [-1, -1]), 1)
