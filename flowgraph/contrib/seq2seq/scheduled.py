"""Helpers that now and then feed a model its own outputs in training.

Scheduled sampling: Bengio et al. 2015, arXiv:1506.03099.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.seq2seq.helpers import TrainingHelper, embedding_function, unstacked
from flowgraph.contrib.seq2seq.sampling import bernoulli_sample, categorical_sample, mixed
from flowgraph.ops.control import nest
from flowgraph.recurrent.sizes import transpose_batch_time


def _probability(value: Any) -> Any:
    probability = tf.convert_to_tensor(value, name="sampling_probability")
    if probability.shape.rank not in (0, 1):
        raise ValueError(
            "sampling_probability must be either a scalar or a vector. saw shape: "
            f"{probability.shape}"
        )
    return probability


def _draw(probability: Any, batch_size: Any, dtype: Any, seed: int | None) -> Any:
    """Yes or no for each row of the batch, whose probabilities may be their own."""
    shape = [batch_size] if probability.shape.rank == 0 else []
    return bernoulli_sample(probability, tf.cast(shape, tf.int32), dtype, seed)


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Feeds the inputs given, or the embedding of a symbol drawn from the outputs.

    Args:
      inputs: a tensor [batch, time, depth].
      sequence_length: how many steps each sequence has, an int vector [batch].
      embedding: a matrix, a row a symbol, or a function of ids.
      sampling_probability: how probable it is that a symbol is drawn; a scalar, or a vector
        [batch].
      time_major: whether inputs are [time, batch, depth].
      seed: of the symbols drawn.
      scheduling_seed: of the choice whether to draw.
      name: the scope of the new operations.

    Raises:
      ValueError: the probability is neither scalar nor vector
        (tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper).
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        with tf.name_scope(name, "ScheduledEmbeddingSamplingWrapper"):
            self._embedding_fn = embedding_function(embedding)
            self._sampling_probability = _probability(sampling_probability)
            self._seed, self._scheduling_seed = seed, scheduling_seed
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(
        self, time: Any, outputs: Any, state: Any = None, name: str | None = None, **_: Any
    ) -> Any:
        """Symbols drawn, -1 where none is."""
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperSample"):
            chosen = _draw(
                self._sampling_probability, self.batch_size, tf.bool, self._scheduling_seed
            )
            drawn = categorical_sample(outputs, seed=self._seed)
            return tf.where(chosen, drawn, tf.fill([self.batch_size], -1))

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None,
        name: str | None = None, **_: Any,
    ) -> Any:  # fmt: skip
        """The next step's inputs, or the embeddings of the symbols drawn."""
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs"):
            finished, given, state = super().next_inputs(time, outputs, state)

            def sampled(rows: Any) -> Any:
                return self._embedding_fn(tf.gather_nd(sample_ids, rows))

            inputs = tf.cond(
                tf.reduce_all(finished),
                lambda: given,
                lambda: mixed(sample_ids > -1, sampled, given),
            )
            return finished, _like(inputs, given), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """Feeds the inputs given, or the outputs of the step before.

    Args:
      inputs: a tensor [batch, time, depth].
      sequence_length: how many steps each sequence has, an int vector [batch].
      sampling_probability: how probable it is that outputs are fed; a scalar, or a vector [batch].
      time_major: whether inputs are [time, batch, depth].
      seed: of that choice.
      next_inputs_fn: a function of outputs that gives inputs; the outputs themselves when None.
      auxiliary_inputs: more inputs, which stand beside all that is fed; or None.
      name: the scope of the new operations.

    Raises:
      ValueError: the probability is neither scalar nor vector
        (tf.contrib.seq2seq.ScheduledOutputTrainingHelper).
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        with tf.name_scope(name, "ScheduledOutputTrainingHelper"):
            self._sampling_probability = _probability(sampling_probability)
            self._seed, self._next_inputs_fn = seed, next_inputs_fn
            self._auxiliary_input_tas: Any = None
            if auxiliary_inputs is not None:
                inputs = nest.map_structure(tf.convert_to_tensor, inputs)
                more = nest.map_structure(tf.convert_to_tensor, auxiliary_inputs)
                inputs = nest.map_structure(lambda x, y: tf.concat((x, y), -1), inputs, more)
                if not time_major:
                    more = nest.map_structure(transpose_batch_time, more)
                self._auxiliary_input_tas = nest.map_structure(unstacked, more)
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(
        self, time: Any, outputs: Any, state: Any = None, name: str | None = None, **_: Any
    ) -> Any:
        """1 for each row whose outputs are fed, else 0."""
        with tf.name_scope(name, "ScheduledOutputTrainingHelperSample"):
            return _draw(self._sampling_probability, self.batch_size, tf.int32, self._seed)

    def _with_auxiliary(self, time: Any, outputs: Any, rows: Any = None) -> Any:
        """The outputs beside the auxiliary inputs of the next step."""
        if self._auxiliary_input_tas is None:
            return outputs
        more = nest.map_structure(lambda array: array.read(time + 1), self._auxiliary_input_tas)
        if rows is not None:
            more = nest.map_structure(lambda x: tf.gather_nd(x, rows), more)
        return nest.map_structure(lambda x, y: tf.concat((x, y), -1), outputs, more)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any = None,
        name: str | None = None, **_: Any,
    ) -> Any:  # fmt: skip
        """The next step's inputs, or the outputs."""
        with tf.name_scope(name, "ScheduledOutputTrainingHelperNextInputs"):
            finished, given, state = super().next_inputs(time, outputs, state)
            chosen = tf.cast(sample_ids, tf.bool)

            def sampled(rows: Any) -> Any:
                made = self._next_inputs_fn(tf.gather_nd(outputs, rows))
                return self._with_auxiliary(time, made, rows)

            def fed() -> Any:
                if self._next_inputs_fn is None:
                    return tf.where(chosen, self._with_auxiliary(time, outputs), given)
                return mixed(chosen, sampled, given)

            none = tf.logical_not(tf.reduce_any(chosen))
            inputs = tf.cond(tf.logical_or(tf.reduce_all(finished), none), lambda: given, fed)
            return finished, _like(inputs, given), state


def _like(inputs: Any, given: Any) -> Any:
    """The inputs, whose static shape is that of the ones given."""
    inputs.set_shape(given.shape)
    return inputs
