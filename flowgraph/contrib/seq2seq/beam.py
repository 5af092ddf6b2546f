"""`BeamSearchDecoder`: keeps the best few sequences at each step."""

from __future__ import annotations

import logging
from collections import namedtuple
from typing import Any

import flowgraph as tf
from flowgraph.contrib.seq2seq.beam_steps import (
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    attention_probs,
    beam_search_step,
    check_rank,
)
from flowgraph.contrib.seq2seq.decoder import Decoder, check_output_layer, size_after
from flowgraph.contrib.seq2seq.helpers import embedding_function, tokens
from flowgraph.core.static import constant_value
from flowgraph.ops.control import nest
from flowgraph.ops.nn.gather_tree import gather_tree
from flowgraph.recurrent.base import assert_like_rnncell

_log = logging.getLogger("flowgraph")


class FinalBeamSearchDecoderOutput(
    namedtuple("FinalBeamDecoderOutput", ["predicted_ids", "beam_search_decoder_output"])
):
    """The symbols of whole beams, the best first, and the output of each step."""


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Each row of a batch `multiplier` times, one behind the other.

    Args:
      t: a tensor [batch, ...], or a structure of them.
      multiplier: how often, the width of the beams.
      name: the scope of the new operations.

    Returns:
      Tensors [batch * multiplier, ...].

    Raises:
      ValueError: a tensor's rank is unknown or 0 (tf.contrib.seq2seq.tile_batch).
    """
    with tf.name_scope(name, "tile_batch", nest.flatten(t)):
        return nest.map_structure(lambda part: _tiled(part, multiplier), t)


def _tiled(tensor: Any, multiplier: int) -> Any:
    tensor = tf.convert_to_tensor(tensor, name="t")
    shape = tensor.shape
    if not shape.rank:
        raise ValueError(f"t must have statically known rank, at least 1: {tensor}")
    tiling = [1] * (shape.rank + 1)
    tiling[1] = multiplier
    sizes = tf.shape(tensor)
    result = tf.reshape(
        tf.tile(tf.expand_dims(tensor, 1), tiling),
        tf.concat(([sizes[0] * multiplier], sizes[1:]), 0),
    )
    rows = None if shape[0].value is None else shape[0].value * multiplier
    result.set_shape(tf.TensorShape([rows]).concatenate(shape[1:]))
    return result


def gather_tree_from_array(t: Any, parent_ids: Any, sequence_length: Any) -> Any:
    """Values of each step and beam, put together along whole beams.

    Args:
      t: a tensor [time, batch, beams, ...] or [time, batch * beams, ...].
      parent_ids: which beam of the step before each came from, int32 [time, batch, beams].
      sequence_length: how long each beam is, int [batch, beams].
    """
    known, sizes = parent_ids.shape, tf.shape(parent_ids)
    time, batch, width = (known[i].value or sizes[i] for i in range(3))
    beams = tf.tile(tf.reshape(tf.range(width), [1, 1, -1]), [time, batch, 1])
    longest = tf.cast(tf.reduce_max(sequence_length, axis=1), tf.int32)
    ordered = gather_tree(beams, parent_ids, longest, width + 1)
    inside = tf.transpose(tf.sequence_mask(sequence_length, maxlen=time), perm=[2, 0, 1])
    ordered = tf.where(inside, ordered, beams)
    times = tf.tile(tf.reshape(tf.range(time), [-1, 1, 1]), [1, batch, width])
    rows = tf.tile(tf.reshape(tf.range(batch), [1, -1, 1]), [time, 1, width])
    indices = tf.stack([times, rows, ordered], -1)
    values = tf.reshape(t, [time, batch, width, -1])
    return tf.reshape(tf.gather_nd(values, indices), tf.shape(t))


def check_static_batch_beam_maybe(shape: Any, batch_size: Any, beam_width: int) -> bool:
    """Whether elements of this static shape may be [batch, beams, ...]; warns when not."""
    if batch_size is None or shape[0].value is None:
        return True
    rows, columns = shape[0].value, shape[1].value if shape.rank >= 2 else None
    joined = rows == batch_size * beam_width
    split = columns is None or (rows == batch_size and columns == beam_width)
    if joined or (shape.rank >= 2 and split):
        return True
    _log.warning(
        "TensorArray reordering expects elements to be reshapable to %s which is incompatible with "
        "the current shape %s. Consider setting reorder_tensor_arrays to False to disable "
        "TensorArray reordering during the beam search.",
        tf.TensorShape([batch_size, beam_width, None]), shape,
    )  # fmt: skip
    return False


def check_batch_beam(t: Any, batch_size: Any, beam_width: int) -> Any:
    """An assertion that elements t [time, ...] are [batch * beams] or [batch, beams] in a run."""
    message = (
        "TensorArray reordering expects elements to be reshapable to [batch_size, beam_size, -1] "
        f"which is incompatible with the dynamic shape of {t.name} elements. Consider setting "
        "reorder_tensor_arrays to False to disable TensorArray reordering during the beam search."
    )
    shape = tf.shape(t)
    right = tf.equal(shape[1], batch_size * beam_width)
    if t.shape.rank != 2:
        split = tf.logical_and(tf.equal(shape[1], batch_size), tf.equal(shape[2], beam_width))
        right = tf.logical_or(right, split)
    return tf.Assert(right, [message])


class BeamSearchDecoder(Decoder):
    """Decodes with the best few sequences of each batch row (tf.contrib.seq2seq.BeamSearchDecoder).

    An `AttentionWrapper`'s memory, lengths and first state have to go through `tile_batch` first.

    Args:
      cell: an `RNNCell`.
      embedding: a matrix, a row a symbol, or a function of ids.
      start_tokens: the first symbols, int32 [batch].
      end_token: the symbol that ends a sequence, an int32 scalar.
      initial_state: the first state, of tensors [batch * beam_width, ...].
      beam_width: how many sequences are kept.
      output_layer: a layer that gives logits, or None.
      length_penalty_weight: how much long sequences are preferred; 0: not at all.
      coverage_penalty_weight: how much sequences are preferred that attended to all of the memory.
      reorder_tensor_arrays: whether `TensorArray`s in the cell's state are put in the order of the
        beams at the end.

    Raises:
      TypeError: an argument is of another kind.
      ValueError: the tokens have other ranks, or the state's batch is not that of all beams.
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: Any = 0.0,
        coverage_penalty_weight: Any = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        assert_like_rnncell("cell", cell)
        check_output_layer(output_layer)
        self._cell, self._output_layer, self._beam_width = cell, output_layer, beam_width
        self._length_penalty_weight = length_penalty_weight
        self._coverage_penalty_weight = coverage_penalty_weight
        self._reorder_tensor_arrays = reorder_tensor_arrays
        self._embedding_fn = embedding_function(embedding)
        start, self._end_token = tokens(start_tokens, end_token)
        self._batch_size = tf.size(start)
        self._initial_cell_state = nest.map_structure(
            self._split_state, initial_state, self._cell.state_size
        )
        self._start_tokens = tf.tile(tf.expand_dims(start, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(self._start_tokens)
        # At first all beams are the same, so that only one of them may go on.
        self._finished = self._first_beam(False, True, tf.bool)

    def _first_beam(self, value: Any, others: Any, dtype: Any) -> Any:
        return tf.one_hot(
            tf.zeros([self._batch_size], dtype=tf.int32), depth=self._beam_width,
            on_value=tf.constant(value, dtype), off_value=tf.constant(others, dtype), dtype=dtype,
        )  # fmt: skip

    @property
    def batch_size(self) -> Any:
        """The batch, without the beams, an int32 scalar."""
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        """True: beams change places, and one that is over may be dropped."""
        return True

    @property
    def output_size(self) -> Any:
        """The sizes of scores, symbols and parents."""
        return BeamSearchDecoderOutput(*[tf.TensorShape([self._beam_width])] * 3)

    @property
    def output_dtype(self) -> Any:
        """The dtypes of scores, symbols and parents."""
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        scores = nest.map_structure(
            lambda _: dtype, size_after(self._output_layer, self._cell.output_size)
        )
        return BeamSearchDecoderOutput(scores, tf.int32, tf.int32)

    def initialize(self, name: str | None = None) -> Any:
        """(which beams are over, the first inputs, the first state)."""
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        attended = attention_probs(self._initial_cell_state, self._coverage_penalty_weight)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=self._first_beam(0.0, float("-inf"), dtype),
            finished=self._finished,
            lengths=tf.zeros([self._batch_size, self._beam_width], dtype=tf.int64),
            accumulated_attention_probs=() if attended is None else attended,
        )
        return self._finished, self._start_inputs, state

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """One step of all beams, and the choice of those that go on."""
        with tf.name_scope(name, "BeamSearchDecoderStep"):
            inputs = nest.map_structure(lambda x: self._merged(x, x.shape[2:]), inputs)
            cell_state = nest.map_structure(
                self._merge_state, state.cell_state, self._cell.state_size
            )
            outputs, next_cell_state = self._cell(inputs, cell_state)
            outputs = nest.map_structure(lambda x: self._split(x, x.shape[1:]), outputs)
            next_cell_state = nest.map_structure(
                self._split_state, next_cell_state, self._cell.state_size
            )
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            result, next_state = beam_search_step(
                time, outputs, next_cell_state, state, self._batch_size, self._beam_width,
                self._end_token, self._length_penalty_weight, self._coverage_penalty_weight,
            )  # fmt: skip
            next_inputs = tf.cond(
                tf.reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(result.predicted_ids),
            )
        return result, next_state, next_inputs, next_state.finished

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Follows each beam from its end to its beginning."""
        longest = tf.cast(tf.reduce_max(final_state.lengths, axis=1), tf.int32)
        predicted = gather_tree(outputs.predicted_ids, outputs.parent_ids, longest, self._end_token)
        if self._reorder_tensor_arrays:
            cell_state = nest.map_structure(
                lambda part: self._sorted(part, outputs.parent_ids, final_state.lengths),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=cell_state)
        return FinalBeamSearchDecoderOutput(predicted, outputs), final_state

    # --- batch and beams --------------------------------------------------------------------------
    def _known_batch(self) -> int | None:
        known = constant_value(self._batch_size)
        return None if known is None else int(known)

    def _merged(self, tensor: Any, size: Any) -> Any:
        """[batch, beams, ...] as [batch * beams, ...]."""
        known = self._known_batch()
        rows = self._batch_size * self._beam_width
        result = tf.reshape(tensor, tf.concat(([rows], tf.shape(tensor)[2:]), 0))
        batch = tf.TensorShape([None if known is None else known * self._beam_width])
        result.set_shape(batch.concatenate(_static(size)))
        return result

    def _split(self, tensor: Any, size: Any) -> Any:
        """[batch * beams, ...] as [batch, beams, ...]; ValueError when the batch is another."""
        result = tf.reshape(
            tensor,
            tf.concat(([self._batch_size, self._beam_width], tf.shape(tensor)[1:]), 0),
        )
        expected = tf.TensorShape([self._known_batch(), self._beam_width]).concatenate(
            _static(size)
        )
        if not result.shape.is_compatible_with(expected):
            raise ValueError(
                "Unexpected behavior when reshaping between beam width and batch size.  The "
                f"reshaped tensor has shape: {result.shape}.  We expected it to have shape "
                f"(batch_size, beam_width, depth) == {expected}.  Perhaps you forgot to create a "
                "zero_state with batch_size=encoder_batch_size * beam_width?"
            )
        result.set_shape(expected)
        return result

    def _split_state(self, part: Any, size: Any) -> Any:
        if isinstance(part, tf.TensorArray):
            return part
        check_rank(part)
        return self._split(part, size) if part.shape.rank >= 1 else part

    def _merge_state(self, part: Any, size: Any) -> Any:
        if isinstance(part, tf.TensorArray):
            return part
        check_rank(part)
        return self._merged(part, size) if part.shape.rank >= 2 else part

    def _sorted(self, part: Any, parent_ids: Any, lengths: Any) -> Any:
        """An array of all steps as a tensor, along the beams; other parts as they are."""
        if not isinstance(part, tf.TensorArray):
            return part
        if not part.element_shape.rank:
            _log.warning(
                "The TensorArray %s in the cell state is not amenable to sorting based on the beam "
                "search result. For a TensorArray to be sorted, its elements shape must be defined "
                "and have at least a rank of 1, but saw shape: %s",
                part.handle.name, part.element_shape,
            )  # fmt: skip
            return part
        if not check_static_batch_beam_maybe(
            part.element_shape, self._known_batch(), self._beam_width
        ):
            return part
        steps = part.stack()
        check = check_batch_beam(steps, self._batch_size, self._beam_width)
        with tf.control_dependencies([check]):
            return gather_tree_from_array(steps, parent_ids, lengths)


def _static(size: Any) -> Any:
    """A size as far as it is known."""
    if isinstance(size, tf.Tensor):
        known = constant_value(size)
        return tf.TensorShape(None) if known is None else tf.TensorShape(known.reshape(-1).tolist())
    return tf.TensorShape([size]) if isinstance(size, int) else tf.TensorShape(size)
