"""Cells around another cell that project, embed, carry along or attend."""

from __future__ import annotations

import logging
import math
from typing import Any

import flowgraph as tf
from flowgraph.contrib.rnn.linear import kept_linear
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import RNNCell, assert_like_rnncell

_log = logging.getLogger("flowgraph")


class _Around(RNNCell):
    """A cell with the sizes and the first state of the one inside, `self._cell`."""

    def __init__(self, cell: Any, reuse: bool | None = None) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        """The wrapped cell's."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """The wrapped cell's."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The wrapped cell's."""
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)


class EmbeddingWrapper(_Around):
    """A cell whose inputs are numbers of classes, which it embeds.

    Args:
      cell: the cell to wrap.
      embedding_classes: how many classes there are.
      embedding_size: the size of their embedding.
      initializer: what the embedding starts with; the scope's when None, else uniform numbers of
        variance 1.
      reuse: whether variables are found, not made.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: a size is not positive (tf.contrib.rnn.EmbeddingWrapper).
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._embedding_classes, self._embedding_size = embedding_classes, embedding_size
        self._initializer = initializer

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of the cell on the classes' embeddings."""
        with tf.device("/cpu:0"):
            initializer = self._initializer or tf.get_variable_scope().initializer
            if not initializer:
                bound = math.sqrt(3)  # of uniform numbers with variance 1
                initializer = tf.random_uniform_initializer(-bound, bound)
            first = state[0] if isinstance(state, tuple) else state
            embedding = tf.get_variable(
                "embedding",
                [self._embedding_classes, self._embedding_size],
                initializer=initializer,
                dtype=nest.flatten(first)[0].dtype,
            )
            embedded = tf.nn.embedding_lookup(embedding, tf.reshape(inputs, [-1]))
            return self._cell(embedded, state)


class InputProjectionWrapper(_Around):
    """A cell whose inputs are projected first (tf.contrib.rnn.InputProjectionWrapper).

    Args:
      cell: the cell to wrap.
      num_proj: the size to which inputs are projected.
      activation: a function applied to the projection, or None.
      input_size: accepted, deprecated.
      reuse: whether variables are found, not made.

    Raises:
      TypeError: `cell` is not a cell.
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Any = None,
        input_size: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if input_size is not None:
            _log.warning("%s: The input_size parameter is deprecated.", self)
        self._num_proj, self._activation = num_proj, activation

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of the cell on the projection."""
        projected = kept_linear(self, "input", inputs, self._num_proj)
        return self._cell(self._activation(projected) if self._activation else projected, state)


class OutputProjectionWrapper(_Around):
    """A cell whose outputs are projected (tf.contrib.rnn.OutputProjectionWrapper).

    Args:
      cell: the cell to wrap.
      output_size: the size to which outputs are projected.
      activation: a function applied to the projection, or None.
      reuse: whether variables are found, not made.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: `output_size` is not positive.
    """

    def __init__(
        self, cell: Any, output_size: int, activation: Any = None, reuse: bool | None = None
    ) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size, self._activation = output_size, activation

    @property
    def output_size(self) -> Any:
        """The projection's size."""
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of the cell; gives the projection."""
        output, new_state = self._cell(inputs, state)
        projected = kept_linear(self, "output", output, self._output_size)
        return self._activation(projected) if self._activation else projected, new_state


class HighwayWrapper(_Around):
    """A cell whose inputs are carried along past it (Zilly et al. 2016, arXiv:1607.03474).

    Args:
      cell: the cell to wrap; its inputs and outputs have one size.
      couple_carry_transform_gates: whether what is not carried is transformed.
      carry_bias_init: what the carry gate's bias starts with; more carries more.

    Raises:
      TypeError or ValueError: inputs and outputs differ (tf.contrib.rnn.HighwayWrapper).
    """

    def __init__(
        self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0
    ) -> None:
        super().__init__(cell)
        self._couple_carry_transform_gates = couple_carry_transform_gates
        self._carry_bias_init = carry_bias_init

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell, with its inputs carried along."""
        outputs, new_state = self._cell(inputs, state, scope=scope)
        nest.assert_same_structure(inputs, outputs)
        return nest.map_structure(self._highway, inputs, outputs), new_state

    def _highway(self, given: Any, made: Any) -> Any:
        given.shape.assert_is_compatible_with(made.shape)
        carry = self._gate("carry", given, self._carry_bias_init)
        if self._couple_carry_transform_gates:
            transform = 1 - carry
        else:
            transform = self._gate("transform", given, -self._carry_bias_init)
        return given * carry + made * transform

    def _gate(self, name: str, given: Any, bias: float) -> Any:
        size = given.shape.with_rank(2)[1].value
        weight = tf.get_variable(f"{name}_w", [size, size])
        shift = tf.get_variable(f"{name}_b", [size], initializer=tf.constant_initializer(bias))
        return tf.sigmoid(tf.nn.xw_plus_b(given, weight, shift))


class CompiledWrapper(_Around):
    """A cell as it is: `compile_stateful` tells TensorFlow's XLA what to compile."""

    def __init__(self, cell: Any, compile_stateful: bool = False) -> None:
        super().__init__(cell)
        self._compile_stateful = compile_stateful

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell."""
        return self._cell(inputs, state, scope=scope)


class AttentionCellWrapper(RNNCell):
    """A cell that attends to its own last outputs (Bahdanau et al. 2014, arXiv:1409.0473).

    Args:
      cell: the cell to wrap.
      attn_length: to how many outputs it attends.
      attn_size: the size of what attention gives, and of the output; the cell's when None.
      attn_vec_size: the size of the features by which they are compared; attn_size when None.
      input_size: the size of the cell's inputs; that of the inputs when None.
      state_is_tuple: whether the state is a tuple (cell's state, attention, outputs); else one
        tensor.
      reuse: whether variables are found, not made.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: `attn_length` is not positive, or a cell's tuple of states should be joined
        (tf.contrib.rnn.AttentionCellWrapper).
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        if nest.is_nested(cell.state_size) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. State size "
                f"is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        self._cell, self._input_size, self._state_is_tuple = cell, input_size, state_is_tuple
        self._attn_size = cell.output_size if attn_size is None else attn_size
        self._attn_vec_size = self._attn_size if attn_vec_size is None else attn_vec_size
        self._attn_length = attn_length

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state, the attention, and the outputs attended to."""
        attended = self._attn_size * self._attn_length
        size = (self._cell.state_size, self._attn_size, attended)
        return size if self._state_is_tuple else sum(size)

    @property
    def output_size(self) -> Any:
        """The size of what attention gives."""
        return self._attn_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of the cell, and attention to the outputs before."""
        cell_state, attention, attended = self._parts(state)
        attended = tf.reshape(attended, [-1, self._attn_length, self._attn_size])
        size = inputs.shape.as_list()[1] if self._input_size is None else self._input_size
        inputs = kept_linear(self, "inputs", [inputs, attention], size)
        cell_output, new_state = self._cell(inputs, cell_state)
        query = tf.concat(nest.flatten(new_state), 1) if self._state_is_tuple else new_state
        new_attention, rest = self._attention(query, attended)
        with tf.variable_scope("attn_output_projection"):
            output = kept_linear(self, "output", [cell_output, new_attention], self._attn_size)
        attended = tf.concat([rest, tf.expand_dims(output, 1)], 1)
        attended = tf.reshape(attended, [-1, self._attn_length * self._attn_size])
        result = (new_state, new_attention, attended)
        return output, result if self._state_is_tuple else tf.concat(list(result), 1)

    def _parts(self, state: Any) -> Any:
        if self._state_is_tuple:
            return state
        own, size = self._cell.state_size, self._attn_size
        return (
            tf.slice(state, [0, 0], [-1, own]),
            tf.slice(state, [0, own], [-1, size]),
            tf.slice(state, [0, own + size], [-1, size * self._attn_length]),
        )

    def _attention(self, query: Any, attended: Any) -> tuple[Any, Any]:
        """What attention gives, and the outputs without the oldest."""
        length, size, features = self._attn_length, self._attn_size, self._attn_vec_size
        with tf.variable_scope("attention"):
            kernel = tf.get_variable("attn_w", [1, 1, size, features])
            vector = tf.get_variable("attn_v", [features])
            hidden = tf.reshape(attended, [-1, length, 1, size])
            keys = tf.nn.conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            asked = tf.reshape(kept_linear(self, "query", query, features), [-1, 1, 1, features])
            scores = tf.reduce_sum(vector * tf.tanh(keys + asked), [2, 3])
            weights = tf.reshape(tf.nn.softmax(scores), [-1, length, 1, 1])
            result = tf.reshape(tf.reduce_sum(weights * hidden, [1, 2]), [-1, size])
            return result, tf.slice(attended, [0, 1, 0], [-1, -1, -1])
