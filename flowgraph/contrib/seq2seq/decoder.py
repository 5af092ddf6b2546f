"""Decoders, and the loop that runs them: `dynamic_decode`."""

from __future__ import annotations

import abc
from collections import namedtuple
from contextlib import suppress
from typing import Any

import flowgraph as tf
from flowgraph.contrib.seq2seq.helpers import Helper
from flowgraph.core.static import constant_value
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes
from flowgraph.recurrent.base import assert_like_rnncell
from flowgraph.recurrent.dynamic import cache_reads
from flowgraph.recurrent.step import choose


class Decoder(abc.ABC):
    """What `dynamic_decode` runs step by step (tf.contrib.seq2seq.Decoder)."""

    @property
    def batch_size(self) -> Any:
        """The batch, an int32 scalar."""
        raise NotImplementedError(f"{type(self).__name__} does not define batch_size")

    @property
    def output_size(self) -> Any:
        """The size of the outputs, or a structure of sizes."""
        raise NotImplementedError(f"{type(self).__name__} does not define output_size")

    @property
    def output_dtype(self) -> Any:
        """The dtypes of the outputs, in the same structure."""
        raise NotImplementedError(f"{type(self).__name__} does not define output_dtype")

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """(which sequences are over from the start, the first inputs, the first state)."""

    @abc.abstractmethod
    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """(outputs, next state, next inputs, which sequences are over)."""

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """(outputs, state) as the user gets them; called once, after the loop."""
        del sequence_lengths
        return outputs, final_state

    @property
    def tracks_own_finished(self) -> bool:
        """Whether a sequence that is over may go on, as beams that change places do."""
        return False


def dynamic_decode(
    decoder: Decoder,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Runs a decoder until all sequences are over (tf.contrib.seq2seq.dynamic_decode).

    Args:
      decoder: a `Decoder`.
      output_time_major: whether outputs are [time, batch, ...], or [batch, time, ...].
      impute_finished: whether states of sequences that are over stay, and their outputs are zeros.
      maximum_iterations: the most steps there may be, an int32 scalar; None: no limit.
      parallel_iterations: accepted; steps run one after the other.
      swap_memory: accepted.
      scope: the variable scope; "decoder" when None.

    Returns:
      The outputs, the last state, and how many steps each sequence has, int32 [batch].

    Raises:
      TypeError: `decoder` is not a decoder.
      ValueError: `maximum_iterations` is not a scalar, or a structure changes.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with tf.variable_scope(scope, "decoder") as varscope:
        cache_reads(varscope)
        if maximum_iterations is not None:
            maximum_iterations = tf.convert_to_tensor(
                maximum_iterations, dtype=tf.int32, name="maximum_iterations"
            )
            if maximum_iterations.shape.rank != 0:
                raise ValueError("maximum_iterations must be a scalar")
        loop = _Loop(decoder, impute_finished, maximum_iterations)
        outputs, state, lengths = loop.run(
            parallel_iterations=parallel_iterations, swap_memory=swap_memory,
            maximum_iterations=maximum_iterations,
        )  # fmt: skip
        # A user's decoder may say that it has no such method, as TensorFlow's base class does.
        with suppress(NotImplementedError):
            outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = nest.map_structure(sizes.transpose_batch_time, outputs)
    return outputs, state, lengths


class _Loop:
    """The loop's first values and its body."""

    def __init__(self, decoder: Decoder, impute_finished: bool, maximum: Any) -> None:
        self.decoder, self.impute_finished = decoder, impute_finished
        finished, self.inputs, self.state = decoder.initialize()
        if maximum is not None:
            finished = tf.logical_or(finished, maximum <= 0)
        self.finished = tf.convert_to_tensor(finished)
        self.lengths = tf.zeros_like(self.finished, dtype=tf.int32)
        self.arrays = nest.map_structure(self._array, decoder.output_size, decoder.output_dtype)
        if impute_finished:
            self.zero_outputs = nest.map_structure(
                lambda size, dtype: sizes.zeros(decoder.batch_size, size, dtype),
                decoder.output_size, decoder.output_dtype,
            )  # fmt: skip

    def _array(self, size: Any, dtype: Any) -> Any:
        """The array of one output."""
        shape = None
        if isinstance(size, tf.TensorShape) and size.rank != 0:
            batch = constant_value(tf.convert_to_tensor(self.decoder.batch_size))
            shape = tf.TensorShape([None if batch is None else int(batch)]).concatenate(size)
        return tf.TensorArray(dtype, size=0, dynamic_size=True, element_shape=shape)

    def body(
        self, time: Any, arrays: Any, state: Any, inputs: Any, finished: Any, lengths: Any
    ) -> Any:
        """One step."""
        outputs, next_state, next_inputs, over = self.decoder.step(time, inputs, state)
        if not self.decoder.tracks_own_finished:
            over = tf.logical_or(over, finished)
        counted = tf.fill(tf.shape(lengths), time + 1)
        lengths = tf.where(tf.logical_not(finished), counted, lengths)
        nest.assert_same_structure(state, next_state)
        nest.assert_same_structure(arrays, outputs)
        nest.assert_same_structure(inputs, next_inputs)
        if self.impute_finished:
            outputs = nest.map_structure(
                lambda out, zero: tf.where(finished, zero, out), outputs, self.zero_outputs
            )
            next_state = nest.map_structure(
                lambda old, new: _stay(finished, old, new), state, next_state
            )
        arrays = nest.map_structure(lambda array, out: array.write(time, out), arrays, outputs)
        return time + 1, arrays, next_state, next_inputs, over, lengths

    def run(self, **more: Any) -> tuple[Any, Any, Any]:
        """The outputs, the last state and the lengths."""
        first = (
            tf.constant(0, dtype=tf.int32), self.arrays, self.state, self.inputs, self.finished,
            self.lengths,
        )  # fmt: skip
        _, arrays, state, _, _, lengths = tf.while_loop(
            lambda *values: tf.logical_not(tf.reduce_all(values[4])), self.body, first, **more
        )
        return nest.map_structure(lambda array: array.stack(), arrays), state, lengths


def _stay(finished: Any, old: Any, new: Any) -> Any:
    if not isinstance(old, tf.TensorArray):
        new.set_shape(old.shape)
    return choose(finished, old, new)


# --- the plain decoder ----------------------------------------------------------------------------
class BasicDecoderOutput(namedtuple("BasicDecoderOutput", ("rnn_output", "sample_id"))):
    """What `BasicDecoder` puts out: the cell's (or the layer's) output, and what was sampled."""


def check_output_layer(output_layer: Any) -> None:
    """TypeError unless it is a layer or None."""
    if output_layer is not None and not isinstance(output_layer, BaseLayer):
        raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")


def size_after(output_layer: Any, size: Any) -> Any:
    """The size of a cell's output, after the output layer if there is one."""
    if output_layer is None:
        return size
    whole = nest.map_structure(lambda s: tf.TensorShape([None]).concatenate(s), size)
    return nest.map_structure(lambda s: s[1:], output_layer.compute_output_shape(whole))


class BasicDecoder(Decoder):
    """A cell that is fed by a helper, with a layer for its outputs.

    Args:
      cell: an `RNNCell`.
      helper: a `Helper`.
      initial_state: the first state.
      output_layer: a layer applied to the outputs before they are sampled, or None.

    Raises:
      TypeError: an argument is of another kind (tf.contrib.seq2seq.BasicDecoder).
    """

    def __init__(
        self, cell: Any, helper: Helper, initial_state: Any, output_layer: Any = None
    ) -> None:
        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        check_output_layer(output_layer)
        self._cell, self._helper = cell, helper
        self._initial_state, self._output_layer = initial_state, output_layer

    @property
    def batch_size(self) -> Any:
        """The helper's."""
        return self._helper.batch_size

    @property
    def output_size(self) -> Any:
        """The sizes of output and sample."""
        size = size_after(self._output_layer, self._cell.output_size)
        return BasicDecoderOutput(rnn_output=size, sample_id=self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> Any:
        """The dtypes of output and sample."""
        dtype = nest.flatten(self._initial_state)[0].dtype
        size = size_after(self._output_layer, self._cell.output_size)
        kinds = nest.map_structure(lambda _: dtype, size)
        return BasicDecoderOutput(kinds, self._helper.sample_ids_dtype)

    def initialize(self, name: str | None = None) -> Any:
        """The helper's first inputs, and the first state."""
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """One step: the cell, the layer, the sample."""
        with tf.name_scope(name, "BasicDecoderStep"):
            outputs, state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            sample_ids = self._helper.sample(time=time, outputs=outputs, state=state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )
        return BasicDecoderOutput(outputs, sample_ids), next_state, next_inputs, finished
