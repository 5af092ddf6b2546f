"""Networks unrolled over a list of inputs: `static_rnn` and what is made of it."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.core.shapes import Dimension
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes
from flowgraph.recurrent.base import assert_like_rnncell
from flowgraph.recurrent.dynamic import cache_reads
from flowgraph.recurrent.step import calling, masked_step


def static_rnn(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Runs a cell over a list of inputs, one step after the other in the graph (tf.nn.static_rnn).

    Where a sequence of the batch is over, outputs are zeros and the state stays.

    Args:
      cell: an `RNNCell`.
      inputs: a list of tensors [batch, depth], or of structures of them, one for each step.
      initial_state: the first state, in the structure of `cell.state_size`; zeros when None.
      dtype: the first state's dtype; needed unless it is given.
      sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
      scope: the variable scope; "rnn" when None.

    Returns:
      A list of outputs [batch, output_size], and the state after the last step.

    Raises:
      TypeError: `cell` is not a cell, or `inputs` not a list.
      ValueError: `inputs` is empty or its depth unknown, or there is neither state nor dtype.
    """
    assert_like_rnncell("cell", cell)
    check_list(inputs)
    with tf.variable_scope(scope or "rnn") as varscope:
        cache_reads(varscope)
        batch_size = _batch_size(inputs)
        state = _first_state(cell, initial_state, batch_size, dtype)
        lengths = zero_output = None
        if sequence_length is not None:
            lengths = _lengths(sequence_length)
            kind = sizes.state_dtype(dtype, state)
            zero_output = nest.map_structure(
                lambda size: sizes.zeros(batch_size, size, kind), cell.output_size
            )
        outputs = []
        for time, step_inputs in enumerate(inputs):
            if time > 0:
                varscope.reuse_variables()
            if lengths is None:
                output, state = calling(cell, step_inputs, state)
            else:
                output, state = masked_step(
                    time, lengths, zero_output, state,
                    lambda now=step_inputs, before=state: calling(cell, now, before),
                )  # fmt: skip
            outputs.append(output)
        return outputs, state


def check_list(inputs: Any) -> None:
    """TypeError unless inputs are a list or tuple, ValueError when it is empty."""
    if not nest.is_nested(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")


def _first_state(cell: Any, initial_state: Any, batch_size: Any, dtype: Any) -> Any:
    if initial_state is not None:
        return initial_state
    if not dtype:
        raise ValueError("If no initial_state is provided, dtype must be specified")
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def _lengths(sequence_length: Any) -> Any:
    lengths = tf.convert_to_tensor(sequence_length, name="sequence_length")
    if lengths.shape.rank not in (None, 1):
        raise ValueError("sequence_length must be a vector of length batch_size")
    return tf.cast(lengths, tf.int32)


def _batch_size(inputs: Any) -> Any:
    """The batch: an int where an input tells, else a scalar tensor; checks what is known."""
    flat = nest.flatten(inputs)
    first = flat[0]
    if first.shape.rank == 1:  # numbers of classes, as EmbeddingWrapper takes them
        known = first.shape[0]
    else:
        known = Dimension(None)
        for tensor in flat:
            shape = tensor.shape.with_rank_at_least(2)
            known = known.merge_with(shape[0])
            for i, size in enumerate(shape.as_list()[1:]):
                if size is None:
                    raise ValueError(
                        f"Input size (dimension {i} of inputs) must be accessible via shape "
                        "inference, but saw value None."
                    )
    return known.value or tf.shape(first)[0]


# --- states that are kept from one run to the next ------------------------------------------------
def static_state_saving_rnn(
    cell: Any,
    inputs: Any,
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """`static_rnn` whose first state was the last one of the run before.

    Args:
      cell: an `RNNCell`.
      inputs: a list of tensors [batch, depth], one for each step.
      state_saver: an object with methods `state(name)` and `save_state(name, value)`.
      state_name: the state's name, or names in the structure of `cell.state_size`.
      sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
      scope: the variable scope; "rnn" when None.

    Returns:
      A list of outputs [batch, output_size], and the state after the last step; the last output
      and the state wait for the state to be saved.

    Raises:
      ValueError: names and states differ in structure (tf.nn.static_state_saving_rnn).
    """
    state_size = cell.state_size
    if nest.is_nested(state_size) != nest.is_nested(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {state_size}"
        )
    names = nest.flatten(state_name)
    if len(names) != len(nest.flatten(state_size)):
        raise ValueError(
            f"#elems(state_name) != #elems(state_size): {len(names)} vs. "
            f"{len(nest.flatten(state_size))}"
        )
    initial = nest.pack_sequence_as(state_size, [state_saver.state(name) for name in names])
    outputs, state = static_rnn(
        cell, inputs, initial_state=initial, sequence_length=sequence_length, scope=scope
    )
    pairs = zip(names, nest.flatten(state), strict=True)
    saved = [state_saver.save_state(name, part) for name, part in pairs]
    with tf.control_dependencies(saved):
        outputs[-1] = nest.map_structure(tf.identity, outputs[-1])
        return outputs, nest.map_structure(tf.identity, state)
