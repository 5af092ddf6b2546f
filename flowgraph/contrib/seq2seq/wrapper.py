"""`AttentionWrapper`: a cell that attends to a memory."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.contrib.seq2seq.attention import AttentionMechanism, dense
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes
from flowgraph.recurrent.base import RNNCell, assert_like_rnncell

_BEAMS = (
    "Are you using the BeamSearchDecoder?  You may need to tile your {what} via the "
    "tf.contrib.seq2seq.tile_batch function with argument multiple=beam_width."
)


class AttentionWrapperState(
    namedtuple(
        "AttentionWrapperState",
        ("cell_state", "attention", "time", "alignments", "alignment_history", "attention_state"),
    )
):
    """The state of an `AttentionWrapper` (tf.contrib.seq2seq.AttentionWrapperState).

    The wrapped cell's state; what attention gave, [batch, size]; the step's number; the alignments
    [batch, time]; a `TensorArray` of all alignments, or (); and the mechanism's own state.
    """

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """The state with other parts, which have the same shapes.

        Raises:
          ValueError: the shapes differ.
        """

        def checked(old: Any, new: Any) -> Any:
            if isinstance(old, tf.Tensor) and isinstance(new, tf.Tensor):
                old.shape.assert_is_compatible_with(new.shape)
            return new

        return nest.map_structure(checked, self, super()._replace(**kwargs))


def compute_attention(
    attention_mechanism: Any, cell_output: Any, attention_state: Any, attention_layer: Any
) -> tuple[Any, Any, Any]:
    """What a mechanism gives for a cell's output: (attention, alignments, next state)."""
    alignments, next_state = attention_mechanism(cell_output, state=attention_state)
    context = tf.squeeze(tf.matmul(tf.expand_dims(alignments, 1), attention_mechanism.values), [1])
    if attention_layer is None:
        return context, alignments, next_state
    return attention_layer(tf.concat([cell_output, context], 1)), alignments, next_state


class AttentionWrapper(RNNCell):
    """A cell that attends to one or several memories (tf.contrib.seq2seq.AttentionWrapper).

    Args:
      cell: the cell to wrap.
      attention_mechanism: an `AttentionMechanism`, or a list of them.
      attention_layer_size: the size of a layer on top of (output, context), or a list of sizes;
        None: attention is the context itself.
      alignment_history: whether the alignments of all steps are kept, in a `TensorArray`.
      cell_input_fn: a function (inputs, attention) -> the cell's inputs; side by side when None.
      output_attention: whether the output is the attention, or the cell's output.
      initial_cell_state: the cell's first state, which `zero_state` gives; zeros when None.
      name: its name.
      attention_layer: layers instead of `attention_layer_size`.
      attention_fn: a function (mechanism, output, state, layer) -> (attention, alignments, state);
        `compute_attention` when None.
      dtype: the dtype of variables.

    Raises:
      TypeError: an argument is of another kind.
      ValueError: sizes and mechanisms differ in number, or both sizes and layers are given.
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        self._cell = cell
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._attention_mechanisms = _mechanisms(attention_mechanism)
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(
                f"cell_input_fn must be callable, saw type: {type(cell_input_fn).__name__}"
            )
        self._cell_input_fn = cell_input_fn or _side_by_side
        self._attention_fn = attention_fn or compute_attention
        self._output_attention, self._alignment_history = output_attention, alignment_history
        self._make_layers(attention_layer_size, attention_layer)
        with tf.name_scope(name, "AttentionWrapperInit"):
            self._initial_cell_state = initial_cell_state
            if initial_cell_state is not None:
                self._initial_cell_state = self._checked_state(initial_cell_state)

    def _make_layers(self, given_sizes: Any, given_layers: Any) -> None:
        """The layers on top of (output, context), and the size of what attention gives."""
        if given_sizes is not None and given_layers is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        mechanisms = self._attention_mechanisms
        depths = [mechanism.values.shape[-1].value for mechanism in mechanisms]
        self._attention_layers: Any = None
        if given_sizes is not None:
            depths = _one_each("attention_layer_size", "integer", given_sizes, mechanisms)
            self._attention_layers = tuple(
                dense(size, "attention_layer", mechanism.dtype)
                for size, mechanism in zip(depths, mechanisms, strict=True)
            )
        elif given_layers is not None:
            layers = _one_each("attention_layer", "layer", given_layers, mechanisms)
            self._attention_layers = layers
            inputs = [[None, self._cell.output_size + depth] for depth in depths]
            depths = [
                tf.TensorShape(layer.compute_output_shape(tf.TensorShape(shape)))[-1].value
                for layer, shape in zip(layers, inputs, strict=True)
            ]
        self._attention_layer_size = sum(depths)

    def _checked_state(self, state: Any) -> Any:
        last = nest.flatten(state)[-1]
        batch = last.shape[0].value or tf.shape(last)[0]
        message = (
            f"When constructing AttentionWrapper {self._base_name}: Non-matching batch sizes "
            "between the memory (encoder output) and initial_cell_state.  "
            + _BEAMS.format(what="initial state")
        )
        with tf.control_dependencies(self._same_batch(batch, message)):
            return nest.map_structure(
                lambda s: tf.identity(s, name="check_initial_cell_state"), state
            )

    def _same_batch(self, batch_size: Any, message: str) -> list[Any]:
        return [
            tf.assert_equal(batch_size, mechanism.batch_size, message=message)
            for mechanism in self._attention_mechanisms
        ]

    def _item_or_tuple(self, values: Any) -> Any:
        values = tuple(values)
        return values if self._is_multi else values[0]

    @property
    def output_size(self) -> Any:
        """The size of attention, or of the cell's output."""
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> Any:
        """An `AttentionWrapperState` of sizes."""
        mechanisms = self._attention_mechanisms
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=tf.TensorShape([]),
            attention=self._attention_layer_size,
            alignments=self._item_or_tuple(m.alignments_size for m in mechanisms),
            attention_state=self._item_or_tuple(m.state_size for m in mechanisms),
            alignment_history=self._item_or_tuple(
                m.alignments_size if self._alignment_history else () for m in mechanisms
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """An `AttentionWrapperState` to begin with.

        Raises:
          InvalidArgumentError: the batch is not the memory's.
        """
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            cell_state = self._initial_cell_state
            if cell_state is None:
                cell_state = _first_state(self._cell, batch_size, dtype)
            message = (
                f"When calling zero_state of AttentionWrapper {self._base_name}: Non-matching "
                "batch sizes between the memory (encoder output) and the requested batch size.  "
                "Are you using the BeamSearchDecoder?  If so, make sure your encoder output has "
                "been tiled to beam_width via tf.contrib.seq2seq.tile_batch, and the batch_size= "
                "argument passed to zero_state is batch_size * beam_width."
            )
            with tf.control_dependencies(self._same_batch(batch_size, message)):
                cell_state = nest.map_structure(
                    lambda s: tf.identity(s, name="checked_cell_state"), cell_state
                )
            mechanisms = self._attention_mechanisms
            alignments = [m.initial_alignments(batch_size, dtype) for m in mechanisms]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=tf.zeros([], dtype=tf.int32),
                attention=sizes.zeros(batch_size, self._attention_layer_size, dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(
                    m.initial_state(batch_size, dtype) for m in mechanisms
                ),
                alignment_history=self._item_or_tuple(self._history(a, dtype) for a in alignments),
            )

    def _history(self, alignments: Any, dtype: Any) -> Any:
        if not self._alignment_history:
            return ()
        return tf.TensorArray(dtype, size=0, dynamic_size=True, element_shape=alignments.shape)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step: the cell on inputs and attention, then attention to its output.

        Raises:
          TypeError: the state is not an `AttentionWrapperState`.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                "Expected state to be instance of AttentionWrapperState. Received type "
                f"{type(state)} instead."
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        cell_output, next_cell_state = self._cell(cell_inputs, state.cell_state)
        cell_output = self._checked_output(cell_output)
        before, histories = [state.attention_state], [state.alignment_history]
        if self._is_multi:
            before, histories = state.attention_state, state.alignment_history
        layers = self._attention_layers or [None] * len(self._attention_mechanisms)
        attentions, alignments, states, written = [], [], [], []
        for mechanism, old, history, layer in zip(
            self._attention_mechanisms, before, histories, layers, strict=True
        ):
            attention, alignment, new = self._attention_fn(mechanism, cell_output, old, layer)
            attentions.append(attention)
            alignments.append(alignment)
            states.append(new)
            written.append(history.write(state.time, alignment) if self._alignment_history else ())
        attention = tf.concat(attentions, 1)
        next_state = AttentionWrapperState(
            time=state.time + 1,
            cell_state=next_cell_state,
            attention=attention,
            attention_state=self._item_or_tuple(states),
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(written),
        )
        return attention if self._output_attention else cell_output, next_state

    def _checked_output(self, output: Any) -> Any:
        batch = output.shape[0].value or tf.shape(output)[0]
        message = (
            f"When applying AttentionWrapper {self.name}: Non-matching batch sizes between the "
            "memory (encoder output) and the query (decoder output).  "
            + _BEAMS.format(what="memory input")
        )
        with tf.control_dependencies(self._same_batch(batch, message)):
            return tf.identity(output, name="checked_cell_output")


def _side_by_side(inputs: Any, attention: Any) -> Any:
    return tf.concat([inputs, attention], -1)


def _first_state(cell: Any, batch_size: Any, dtype: Any) -> Any:
    if hasattr(cell, "get_initial_state"):
        return cell.get_initial_state(batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def _mechanisms(given: Any) -> tuple[Any, ...]:
    if isinstance(given, (list, tuple)):
        expected = "attention_mechanism must contain only instances of AttentionMechanism"
    else:
        given = (given,)
        expected = (
            "attention_mechanism must be an AttentionMechanism or list of multiple "
            "AttentionMechanism instances"
        )
    for mechanism in given:
        if not isinstance(mechanism, AttentionMechanism):
            raise TypeError(f"{expected}, saw type: {type(mechanism).__name__}")
    return tuple(given)


def _one_each(name: str, what: str, given: Any, mechanisms: tuple[Any, ...]) -> tuple[Any, ...]:
    values = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if len(values) != len(mechanisms):
        raise ValueError(
            f"If provided, {name} must contain exactly one {what} per attention_mechanism, saw: "
            f"{len(values)} vs {len(mechanisms)}"
        )
    return values
