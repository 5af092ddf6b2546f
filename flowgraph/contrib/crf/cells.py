"""The recursions of a linear-chain CRF over a sequence, as cells."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.recurrent.base import RNNCell


class _Tags(RNNCell):
    """A cell whose state and output are one number for each tag."""

    def __init__(self, transition_params: Any) -> None:
        super().__init__()
        transitions = tf.convert_to_tensor(transition_params)
        self._transition_params = tf.expand_dims(transitions, 0)
        self._num_tags = transitions.shape[0].value

    @property
    def state_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    @property
    def output_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    def _scores(self, state: Any) -> Any:
        """The scores [batch, from, to] of going on."""
        return tf.expand_dims(state, 2) + self._transition_params


class CrfForwardRnnCell(_Tags):
    """Sums over all ways to each tag, in logarithms (tf.contrib.crf.CrfForwardRnnCell).

    Args:
      transition_params: the scores of transitions, [tags, tags].
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """The alphas [batch, tags] after a step, twice."""
        alphas = inputs + tf.reduce_logsumexp(self._scores(state), [1])
        return alphas, alphas


class CrfDecodeForwardRnnCell(_Tags):
    """The best way to each tag (tf.contrib.crf.CrfDecodeForwardRnnCell).

    Args:
      transition_params: the scores of transitions, [tags, tags].
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """The tags from which the best ways come, int32 [batch, tags], and their scores."""
        scores = self._scores(state)
        pointers = tf.cast(tf.argmax(scores, 1), tf.int32)
        return pointers, inputs + tf.reduce_max(scores, [1])


class CrfDecodeBackwardRnnCell(RNNCell):
    """Follows the best way back (tf.contrib.crf.CrfDecodeBackwardRnnCell).

    Args:
      num_tags: how many tags there are.
    """

    def __init__(self, num_tags: Any) -> None:
        super().__init__()
        self._num_tags = num_tags

    @property
    def state_size(self) -> Any:
        """1: the tag."""
        return 1

    @property
    def output_size(self) -> Any:
        """1: the tag."""
        return 1

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """The tag before, int32 [batch, 1], twice."""
        rows = tf.range(tf.shape(inputs)[0])
        indices = tf.stack([rows, tf.squeeze(state, axis=[1])], axis=1)
        tags = tf.expand_dims(tf.gather_nd(inputs, indices), axis=-1)
        return tags, tags
