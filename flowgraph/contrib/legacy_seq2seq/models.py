"""Encoders and decoders put together, each from lists of inputs to lists of outputs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.legacy_seq2seq.decoders import (
    check_projection,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    feed_back,
    rnn_decoder,
)
from flowgraph.contrib.rnn.wrappers import EmbeddingWrapper, OutputProjectionWrapper
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import RNNCell
from flowgraph.recurrent.static import static_rnn

Result = tuple[Any, Any]


def basic_rnn_seq2seq(
    encoder_inputs: Any, decoder_inputs: Any, cell: Any, dtype: Any = tf.float32, scope: Any = None
) -> Result:
    """Encodes one list of tensors [batch, depth] and decodes another one.

    Args:
      encoder_inputs: what is read first, whose last state starts the decoder.
      decoder_inputs: the decoder's inputs.
      cell: an `RNNCell`; the encoder is a copy of it.
      dtype: the first state's dtype.
      scope: the variable scope; "basic_rnn_seq2seq" when None.

    Returns:
      A list of the decoder's outputs, and its last state
      (tf.contrib.legacy_seq2seq.basic_rnn_seq2seq).
    """
    with tf.variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    loop_function: Callable[[Any, int], Any] | None = None,
    dtype: Any = tf.float32,
    scope: Any = None,
) -> Result:
    """As `basic_rnn_seq2seq`, encoder and decoder being one cell with the same variables.

    `loop_function` is that of `rnn_decoder` (tf.contrib.legacy_seq2seq.tied_rnn_seq2seq).
    """
    with tf.variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        tf.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


def _decode(
    feed_previous: Any, decoder: Callable[..., Result], update: bool = True, **more: Any
) -> Result:
    """Decodes with `feed_previous` True or False, or as a bool tensor tells in a run."""
    if isinstance(feed_previous, bool):
        return decoder(feed_previous, **more)
    form: list[Result] = []

    def branch(value: bool) -> list[Any]:
        # The second branch that is built finds the variables of the first one.
        with tf.variable_scope(tf.get_variable_scope(), reuse=None if value else True):
            outputs, state = decoder(value, **({} if update else {"update": False}), **more)
        form.append((outputs, state))
        return outputs + nest.flatten(state)

    flat = list(tf.cond(feed_previous, lambda: branch(True), lambda: branch(False)))
    outputs, state = form[0]
    return flat[: len(outputs)], nest.pack_sequence_as(state, flat[len(outputs) :])


def embedding_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Result:
    """Encodes one list of symbols and decodes another one.

    Args:
      encoder_inputs: a list of int tensors [batch].
      decoder_inputs: likewise.
      cell: an `RNNCell`; the encoder is a copy of it.
      num_encoder_symbols: how many symbols there are for the encoder.
      num_decoder_symbols: likewise for the decoder.
      embedding_size: the size of their embeddings.
      output_projection: (weights, biases) from outputs to symbols; when None, the outputs are
        projected to symbols by a layer of the model.
      feed_previous: whether the decoder's inputs after the first are the most likely symbols put
        out; a bool or a bool tensor.
      dtype: the dtype of all; the scope's when None.
      scope: the variable scope; "embedding_rnn_seq2seq" when None.

    Returns:
      A list of outputs [batch, num_decoder_symbols] (or the cell's output_size), and the last
      state (tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq).
    """
    with tf.variable_scope(scope or "embedding_rnn_seq2seq") as scope:
        if dtype is not None:
            scope.set_dtype(dtype)
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=dtype or scope.dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decoder(feed: bool, update: bool = True) -> Result:
            return embedding_rnn_decoder(
                decoder_inputs, state, cell, num_decoder_symbols, embedding_size,
                output_projection=output_projection, feed_previous=feed,
                update_embedding_for_previous=update,
            )  # fmt: skip

        return _decode(feed_previous, decoder, update=False)


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Result:
    """As `embedding_rnn_seq2seq`, with one embedding and one cell for encoder and decoder.

    `num_decoder_symbols` is how many symbols are put out, `num_symbols` when None
    (tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq).
    """
    with tf.variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as scope:
        dtype = scope.dtype
        check_projection(output_projection, num_symbols, dtype)
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)
        encoded = [tf.nn.embedding_lookup(embedding, symbols) for symbols in encoder_inputs]
        decoded = [tf.nn.embedding_lookup(embedding, symbols) for symbols in decoder_inputs]
        if output_projection is None:
            size = num_symbols if num_decoder_symbols is None else num_decoder_symbols
            cell = OutputProjectionWrapper(cell, size)

        def decoder(feed: bool, update: bool = True) -> Result:
            loop = feed_back(embedding, output_projection, update) if feed else None
            return tied_rnn_seq2seq(encoded, decoded, cell, loop_function=loop, dtype=dtype)

        return _decode(feed_previous, decoder, update=False)


def embedding_attention_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Result:
    """As `embedding_rnn_seq2seq`, the decoder attending to the encoder's outputs.

    `num_heads` and `initial_state_attention` are those of `attention_decoder`
    (tf.contrib.legacy_seq2seq.embedding_attention_seq2seq).
    """
    with tf.variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as scope:
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        outputs, state = static_rnn(encoder, encoder_inputs, dtype=scope.dtype)
        steps = [tf.reshape(output, [-1, 1, cell.output_size]) for output in outputs]
        attended = tf.concat(steps, 1)
        output_size = None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decoder(feed: bool, update: bool = True) -> Result:
            return embedding_attention_decoder(
                decoder_inputs, state, attended, cell, num_decoder_symbols, embedding_size,
                num_heads=num_heads, output_size=output_size,
                output_projection=output_projection, feed_previous=feed,
                update_embedding_for_previous=update,
                initial_state_attention=initial_state_attention,
            )  # fmt: skip

        return _decode(feed_previous, decoder, update=False)


def one2many_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs_dict: dict[Any, Any],
    enc_cell: Any,
    dec_cells_dict: dict[Any, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: dict[Any, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """One encoder and several decoders, by name; see `embedding_rnn_seq2seq`.

    Returns:
      By name, a decoder's outputs, and its last state.

    Raises:
      TypeError: a cell is not an `RNNCell`.
      ValueError: cells and inputs have other names
        (tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq).
    """
    for name, cell in (("enc_cell", enc_cell), *(("dec_cell", c) for c in dec_cells_dict.values())):
        if not isinstance(cell, RNNCell):
            raise TypeError(f"{name} is not an RNNCell: {type(cell)}")
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError("keys of dec_cells_dict != keys of decoder_inputs_dict")
    outputs_dict, state_dict = {}, {}
    with tf.variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as scope:
        encoder = EmbeddingWrapper(enc_cell, num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=scope.dtype)
        for name, decoder_inputs in decoder_inputs_dict.items():
            symbols = num_decoder_symbols_dict[name]
            with tf.variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], symbols)

                def decoder(
                    feed: bool, inputs: Any = decoder_inputs, cell: Any = cell, size: int = symbols
                ) -> Result:
                    return embedding_rnn_decoder(
                        inputs, state, cell, size, embedding_size, feed_previous=feed
                    )

                outputs_dict[name], state_dict[name] = _decode(feed_previous, decoder)
    return outputs_dict, state_dict
