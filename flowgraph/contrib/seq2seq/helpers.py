"""Helpers: what a decoder is fed at each step, and what it samples of its outputs."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.seq2seq.sampling import categorical_sample
from flowgraph.ops.control import nest
from flowgraph.recurrent.sizes import transpose_batch_time


class Helper(abc.ABC):
    """What `BasicDecoder` asks at each step (tf.contrib.seq2seq.Helper)."""

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The batch, an int32 scalar."""

    @property
    @abc.abstractmethod
    def sample_ids_shape(self) -> Any:
        """The shape of a sample, without the batch."""

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self) -> Any:
        """The dtype of a sample."""

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """(which sequences are over from the start, the first inputs)."""

    @abc.abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is sampled of a step's outputs."""

    @abc.abstractmethod
    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """(which sequences are over, the next inputs, the next state)."""


class CustomHelper(Helper):
    """A helper made of three functions (tf.contrib.seq2seq.CustomHelper).

    Args:
      initialize_fn: a function () -> (finished, first inputs).
      sample_fn: a function (time, outputs, state) -> sample_ids.
      next_inputs_fn: a function (time, outputs, state, sample_ids) -> (finished, next inputs, next
        state).
      sample_ids_shape: the shape of a sample, without the batch; a scalar when None.
      sample_ids_dtype: its dtype; int32 when None.
    """

    def __init__(
        self,
        initialize_fn: Callable[[], Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        self._initialize_fn, self._sample_fn = initialize_fn, sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._batch_size: Any = None
        self._sample_ids_shape = tf.TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or tf.int32

    @property
    def batch_size(self) -> Any:
        """The batch; ValueError before `initialize`."""
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample, without the batch."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The dtype of a sample."""
        return self._sample_ids_dtype

    def initialize(self, name: str | None = None) -> Any:
        """What `initialize_fn` gives."""
        with tf.name_scope(name, f"{type(self).__name__}Initialize"):
            finished, inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = tf.size(finished)
        return finished, inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` gives."""
        with tf.name_scope(name, f"{type(self).__name__}Sample"):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """What `next_inputs_fn` gives."""
        with tf.name_scope(name, f"{type(self).__name__}NextInputs"):
            return self._next_inputs_fn(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )


class _Symbols(Helper):
    """A helper whose samples are numbers of symbols."""

    @property
    def sample_ids_shape(self) -> Any:
        """A scalar's shape."""
        return tf.TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        """int32."""
        return tf.int32


def unstacked(inputs: Any) -> Any:
    """A `TensorArray` of the steps of time-major inputs."""
    array = tf.TensorArray(inputs.dtype, size=tf.shape(inputs)[0], element_shape=inputs.shape[1:])
    return array.unstack(inputs)


class TrainingHelper(_Symbols):
    """Feeds the inputs it is given; samples are the likeliest symbols.

    Args:
      inputs: a tensor [batch, time, depth...], or a structure of them.
      sequence_length: how many steps each sequence has, an int vector [batch].
      time_major: whether inputs are [time, batch, depth...].
      name: the scope of the new operations.

    Raises:
      ValueError: `sequence_length` is not a vector (tf.contrib.seq2seq.TrainingHelper).
    """

    def __init__(
        self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None
    ) -> None:
        with tf.name_scope(name, "TrainingHelper", [sequence_length]):
            inputs = nest.map_structure(lambda x: tf.convert_to_tensor(x, name="inputs"), inputs)
            self._inputs = inputs
            if not time_major:
                inputs = nest.map_structure(transpose_batch_time, inputs)
            self._input_tas = nest.map_structure(unstacked, inputs)
            self._sequence_length = tf.convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.shape.rank != 1:
                raise ValueError(
                    "Expected sequence_length to be a vector, but received shape: "
                    f"{self._sequence_length.shape}"
                )
            self._zero_inputs = nest.map_structure(lambda x: tf.zeros_like(x[0, :]), inputs)
            self._batch_size = tf.size(self._sequence_length)

    @property
    def inputs(self) -> Any:
        """The inputs, as they were given."""
        return self._inputs

    @property
    def sequence_length(self) -> Any:
        """How many steps each sequence has."""
        return self._sequence_length

    @property
    def batch_size(self) -> Any:
        """The batch, an int32 scalar."""
        return self._batch_size

    def _read(self, time: Any, finished: Any) -> Any:
        """The inputs of a step, zeros when all sequences are over."""
        return tf.cond(
            tf.reduce_all(finished),
            lambda: self._zero_inputs,
            lambda: nest.map_structure(lambda array: array.read(time), self._input_tas),
        )

    def initialize(self, name: str | None = None) -> Any:
        """(which sequences are empty, the first step's inputs)."""
        with tf.name_scope(name, "TrainingHelperInitialize"):
            finished = tf.equal(0, self._sequence_length)
            return finished, self._read(0, finished)

    def sample(self, time: Any, outputs: Any, name: str | None = None, **_: Any) -> Any:
        """The likeliest symbols."""
        with tf.name_scope(name, "TrainingHelperSample", [time, outputs]):
            return tf.cast(tf.argmax(outputs, axis=-1), tf.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, name: str | None = None, **_: Any
    ) -> Any:
        """The next step's inputs."""
        with tf.name_scope(name, "TrainingHelperNextInputs"):
            finished = time + 1 >= self._sequence_length
            return finished, self._read(time + 1, finished), state


def embedding_function(embedding: Any) -> Callable[[Any], Any]:
    """What embeds ids: the function itself, or a look-up in a matrix."""
    if callable(embedding):
        return embedding
    return lambda ids: tf.nn.embedding_lookup(embedding, ids)


def tokens(start_tokens: Any, end_token: Any) -> tuple[Any, Any]:
    """The tokens as int32 tensors; ValueError unless they are a vector and a scalar."""
    start = tf.convert_to_tensor(start_tokens, dtype=tf.int32, name="start_tokens")
    end = tf.convert_to_tensor(end_token, dtype=tf.int32, name="end_token")
    if start.shape.rank != 1:
        raise ValueError("start_tokens must be a vector")
    if end.shape.rank != 0:
        raise ValueError("end_token must be a scalar")
    return start, end


class GreedyEmbeddingHelper(_Symbols):
    """Feeds the embedding of the likeliest symbol put out before.

    Args:
      embedding: a matrix, a row a symbol, or a function of ids.
      start_tokens: the first symbols, int32 [batch].
      end_token: the symbol that ends a sequence, an int32 scalar.

    Raises:
      ValueError: the tokens have other ranks (tf.contrib.seq2seq.GreedyEmbeddingHelper).
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embedding_fn = embedding_function(embedding)
        self._start_tokens, self._end_token = tokens(start_tokens, end_token)
        self._batch_size = tf.size(self._start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    @property
    def batch_size(self) -> Any:
        """The batch, an int32 scalar."""
        return self._batch_size

    def initialize(self, name: str | None = None) -> Any:
        """(none is over, the start tokens' embeddings)."""
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """The likeliest symbols; TypeError unless outputs are one tensor."""
        return tf.argmax(_only_tensor(outputs), axis=-1, output_type=tf.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """The samples' embeddings."""
        finished = tf.equal(sample_ids, self._end_token)
        inputs = tf.cond(
            tf.reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, inputs, state


def _only_tensor(outputs: Any) -> Any:
    if not isinstance(outputs, tf.Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
    return outputs


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Feeds the embedding of a symbol drawn by its probability.

    Args:
      embedding: a matrix, a row a symbol, or a function of ids.
      start_tokens: the first symbols, int32 [batch].
      end_token: the symbol that ends a sequence, an int32 scalar.
      softmax_temperature: by what logits are divided before; None: not at all.
      seed: see `set_random_seed` (tf.contrib.seq2seq.SampleEmbeddingHelper).
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature, self._seed = softmax_temperature, seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Symbols drawn by their probabilities; TypeError unless outputs are one tensor."""
        logits = _only_tensor(outputs)
        if self._softmax_temperature is not None:
            logits = logits / self._softmax_temperature
        return categorical_sample(logits, seed=self._seed)


class InferenceHelper(Helper):
    """Feeds what is sampled by a function (tf.contrib.seq2seq.InferenceHelper).

    Args:
      sample_fn: a function of outputs that gives sample_ids.
      sample_shape: the shape of a sample, without the batch.
      sample_dtype: its dtype.
      start_inputs: the first inputs, a tensor [batch, ...].
      end_fn: a function of sample_ids that tells which sequences are over, bool [batch].
      next_inputs_fn: a function of sample_ids that gives the next inputs; the samples when None.
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self._sample_fn, self._end_fn, self._next_inputs_fn = sample_fn, end_fn, next_inputs_fn
        self._sample_shape, self._sample_dtype = tf.TensorShape(sample_shape), sample_dtype
        self._start_inputs = tf.convert_to_tensor(start_inputs, name="start_inputs")
        self._batch_size = tf.shape(self._start_inputs)[0]

    @property
    def batch_size(self) -> Any:
        """The batch, an int32 scalar."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample, without the batch."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The dtype of a sample."""
        return self._sample_dtype

    def initialize(self, name: str | None = None) -> Any:
        """(none is over, the start inputs)."""
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` gives."""
        return self._sample_fn(outputs)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """What `next_inputs_fn` gives, or the samples."""
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state
