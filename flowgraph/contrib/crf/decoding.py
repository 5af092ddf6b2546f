"""The best sequence of tags, in the graph and in numpy (Viterbi 1967)."""

from __future__ import annotations

from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.contrib.crf.cells import CrfDecodeBackwardRnnCell, CrfDecodeForwardRnnCell
from flowgraph.contrib.crf.scores import by_length
from flowgraph.recurrent.dynamic import dynamic_rnn


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[int], Any]:
    """The best sequence of tags, outside of a graph (tf.contrib.crf.viterbi_decode).

    Args:
      score: the tags' own scores, an array [time, tags].
      transition_params: the scores of transitions, an array [tags, tags].

    Returns:
      A list of tags, and their score.
    """
    trellis = np.zeros_like(score)
    pointers = np.zeros_like(score, dtype=np.int32)
    trellis[0] = score[0]
    for t in range(1, score.shape[0]):
        ways = np.expand_dims(trellis[t - 1], 1) + transition_params
        trellis[t] = score[t] + np.max(ways, 0)
        pointers[t] = np.argmax(ways, 0)
    tags = [np.argmax(trellis[-1])]
    for pointer in reversed(pointers[1:]):
        tags.append(pointer[tags[-1]])
    return tags[::-1], np.max(trellis[-1])


def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> tuple[Any, Any]:
    """The best sequences of tags, in the graph (tf.contrib.crf.crf_decode).

    Args:
      potentials: the tags' own scores, [batch, time, tags].
      transition_params: the scores of transitions, [tags, tags].
      sequence_length: how many steps each sequence has, int [batch].

    Returns:
      The tags, int32 [batch, time], and their scores, [batch].
    """
    potentials = tf.convert_to_tensor(potentials)
    lengths = tf.convert_to_tensor(sequence_length)

    def one() -> tuple[Any, Any]:
        scores = tf.squeeze(potentials, [1])
        tags = tf.expand_dims(tf.argmax(scores, axis=1), 1)
        return tf.cast(tags, tf.int32), tf.reduce_max(scores, axis=1)

    def more() -> tuple[Any, Any]:
        rest = tf.maximum(tf.constant(0, dtype=lengths.dtype), lengths - 1)
        pointers, last = dynamic_rnn(
            CrfDecodeForwardRnnCell(transition_params),
            tf.slice(potentials, [0, 1, 0], [-1, -1, -1]),
            sequence_length=rest,
            initial_state=tf.squeeze(tf.slice(potentials, [0, 0, 0], [-1, 1, -1]), axis=[1]),
            dtype=tf.int32,
        )
        pointers = tf.reverse_sequence(pointers, rest, seq_axis=1)
        final = tf.expand_dims(tf.cast(tf.argmax(last, axis=1), tf.int32), axis=-1)
        before, _ = dynamic_rnn(
            CrfDecodeBackwardRnnCell(potentials.shape[2].value), pointers, sequence_length=rest,
            initial_state=final, dtype=tf.int32,
        )  # fmt: skip
        tags = tf.concat([final, tf.squeeze(before, axis=[2])], axis=1)
        return tf.reverse_sequence(tags, lengths, seq_axis=1), tf.reduce_max(last, axis=1)

    return by_length(potentials, one, more)
