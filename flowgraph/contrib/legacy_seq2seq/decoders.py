"""Decoders unrolled over lists of inputs: plain, with embeddings, with attention.

Sutskever et al. 2014 (arXiv:1409.3215); attention as in Vinyals et al. 2014 (arXiv:1412.7449).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.rnn.linear import linear
from flowgraph.ops.control import nest

_Loop = Callable[[Any, int], Any]


def feed_back(
    embedding: Any, output_projection: Any = None, update_embedding: bool = True
) -> _Loop:
    """A loop function: the embedding of the most likely symbol of the output before.

    Args:
      embedding: a matrix, a row a symbol.
      output_projection: (weights, biases) from outputs to symbols, or None.
      update_embedding: whether gradients reach the embedding.
    """

    def loop_function(previous: Any, _: int) -> Any:
        if output_projection is not None:
            previous = tf.nn.xw_plus_b(previous, output_projection[0], output_projection[1])
        embedded = tf.nn.embedding_lookup(embedding, tf.argmax(previous, 1))
        return embedded if update_embedding else tf.stop_gradient(embedded)

    return loop_function


def _next_input(given: Any, previous: Any, loop_function: _Loop | None, step: int) -> Any:
    if loop_function is None or previous is None:
        return given
    with tf.variable_scope("loop_function", reuse=True):
        return loop_function(previous, step)


def rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    loop_function: _Loop | None = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Runs a cell over a list of inputs (tf.contrib.legacy_seq2seq.rnn_decoder).

    Args:
      decoder_inputs: a list of tensors [batch, depth], one for each step.
      initial_state: the first state.
      cell: an `RNNCell`.
      loop_function: a function (output before, step) -> input, which takes the place of all
        inputs but the first one.
      scope: the variable scope; "rnn_decoder" when None.

    Returns:
      A list of outputs [batch, output_size], and the last state.
    """
    with tf.variable_scope(scope or "rnn_decoder"):
        state, outputs, previous = initial_state, [], None
        for i, given in enumerate(decoder_inputs):
            given = _next_input(given, previous, loop_function, i)
            if i > 0:
                tf.get_variable_scope().reuse_variables()
            previous, state = cell(given, state)
            outputs.append(previous)
    return outputs, state


def check_projection(output_projection: Any, num_symbols: int, dtype: Any) -> None:
    """ValueError unless (weights, biases) lead to so many symbols."""
    if output_projection is None:
        return
    weights, biases = (tf.convert_to_tensor(part, dtype=dtype) for part in output_projection)
    weights.shape.assert_is_compatible_with([None, num_symbols])
    biases.shape.assert_is_compatible_with([num_symbols])


def embedding_rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Runs a cell over the embeddings of a list of symbols.

    Args:
      decoder_inputs: a list of int tensors [batch], one for each step.
      initial_state: the first state.
      cell: an `RNNCell`.
      num_symbols: how many symbols there are.
      embedding_size: the size of their embedding.
      output_projection: (weights, biases) from outputs to symbols, for feed_previous; or None.
      feed_previous: whether inputs after the first are the most likely symbols put out.
      update_embedding_for_previous: whether gradients reach the embedding through these.
      scope: the variable scope; "embedding_rnn_decoder" when None.

    Returns:
      A list of outputs [batch, output_size], and the last state.

    Raises:
      ValueError: the projection has another shape
        (tf.contrib.legacy_seq2seq.embedding_rnn_decoder).
    """
    with tf.variable_scope(scope or "embedding_rnn_decoder") as scope:
        check_projection(output_projection, num_symbols, scope.dtype)
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = (
            feed_back(embedding, output_projection, update_embedding_for_previous)
            if feed_previous
            else None
        )
        embedded = (tf.nn.embedding_lookup(embedding, symbols) for symbols in decoder_inputs)
        return rnn_decoder(embedded, initial_state, cell, loop_function=loop_function)


# --- attention ------------------------------------------------------------------------------------
class _Attention:
    """Attends to states [batch, length, size] with several heads, whose variables it makes."""

    def __init__(self, states: Any, num_heads: int, dtype: Any) -> None:
        self.length = states.shape[1].value or tf.shape(states)[1]
        self.size = states.shape[2].value
        self.dtype = dtype
        self.hidden = tf.reshape(states, [-1, self.length, 1, self.size])
        self.features, self.vectors = [], []
        for head in range(num_heads):
            kernel = tf.get_variable(f"AttnW_{head}", [1, 1, self.size, self.size], dtype=dtype)
            self.features.append(tf.nn.conv2d(self.hidden, kernel, [1, 1, 1, 1], "SAME"))
            self.vectors.append(tf.get_variable(f"AttnV_{head}", [self.size], dtype=dtype))

    def first(self, batch_size: Any) -> list[Any]:
        """What each head gives before the first step: zeros."""
        shape = tf.stack([batch_size, self.size])
        zeros = [tf.zeros(shape, dtype=self.dtype) for _ in self.features]
        for part in zeros:
            part.set_shape([None, self.size])
        return zeros

    def __call__(self, query: Any) -> list[Any]:
        """What each head gives for a query, which may be a cell's state."""
        if nest.is_nested(query):
            parts = nest.flatten(query)
            for part in parts:
                if part.shape.rank not in (None, 2):
                    raise ValueError(f"A state to attend with must be a matrix, got {part}")
            query = tf.concat(parts, 1)
        heads = enumerate(zip(self.features, self.vectors, strict=True))
        return [self._head(i, query, features, vector) for i, (features, vector) in heads]

    def _head(self, number: int, query: Any, features: Any, vector: Any) -> Any:
        with tf.variable_scope(f"Attention_{number}"):
            asked = tf.reshape(linear(query, self.size, True), [-1, 1, 1, self.size])
            asked = tf.cast(asked, self.dtype)
            scores = tf.reduce_sum(vector * tf.tanh(features + asked), [2, 3])
            weights = tf.cast(tf.nn.softmax(tf.cast(scores, tf.float32)), self.dtype)
            weights = tf.reshape(weights, [-1, self.length, 1, 1])
            return tf.reshape(tf.reduce_sum(weights * self.hidden, [1, 2]), [-1, self.size])


def attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: _Loop | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Runs a cell over a list of inputs, with attention to states.

    Args:
      decoder_inputs: a list of tensors [batch, depth], one for each step.
      initial_state: the first state.
      attention_states: what is attended to, a tensor [batch, length, size].
      cell: an `RNNCell`.
      output_size: the size of the outputs; the cell's when None.
      num_heads: how many heads there are.
      loop_function: a function (output before, step) -> input; see `rnn_decoder`.
      dtype: the dtype of all; the scope's when None.
      scope: the variable scope; "attention_decoder" when None.
      initial_state_attention: whether attention begins with the first state, or with zeros.

    Returns:
      A list of outputs [batch, output_size], and the last state.

    Raises:
      ValueError: there is no input, no head, or a size is unknown
        (tf.contrib.legacy_seq2seq.attention_decoder).
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.shape[2].value is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.shape}")
    output_size = cell.output_size if output_size is None else output_size
    with tf.variable_scope(scope or "attention_decoder", dtype=dtype) as scope:
        attention = _Attention(attention_states, num_heads, scope.dtype)
        state, outputs, previous = initial_state, [], None
        attended = attention.first(tf.shape(decoder_inputs[0])[0])
        if initial_state_attention:
            attended = attention(initial_state)
        for i, given in enumerate(decoder_inputs):
            if i > 0:
                tf.get_variable_scope().reuse_variables()
            given = _next_input(given, previous, loop_function, i)
            depth = given.shape.with_rank(2)[1].value
            if depth is None:
                raise ValueError(f"Could not infer input size from input: {given.name}")
            joined = [tf.cast(part, scope.dtype) for part in [given, *attended]]
            cell_output, state = cell(linear(joined, depth, True), state)
            reuse = True if i == 0 and initial_state_attention else None
            with tf.variable_scope(tf.get_variable_scope(), reuse=reuse):
                attended = attention(state)
            with tf.variable_scope("AttnOutputProjection"):
                joined = [tf.cast(cell_output, scope.dtype), *attended]
                previous = linear(joined, output_size, True)
            outputs.append(previous)
    return outputs, state


def embedding_attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """`attention_decoder` over the embeddings of a list of symbols.

    Its arguments are those of `embedding_rnn_decoder` and `attention_decoder`
    (tf.contrib.legacy_seq2seq.embedding_attention_decoder).
    """
    output_size = cell.output_size if output_size is None else output_size
    if output_projection is not None:
        biases = tf.convert_to_tensor(output_projection[1], dtype=dtype)
        biases.shape.assert_is_compatible_with([num_symbols])
    with tf.variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = (
            feed_back(embedding, output_projection, update_embedding_for_previous)
            if feed_previous
            else None
        )
        embedded = [tf.nn.embedding_lookup(embedding, symbols) for symbols in decoder_inputs]
        return attention_decoder(
            embedded, initial_state, attention_states, cell, output_size=output_size,
            num_heads=num_heads, loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )  # fmt: skip
