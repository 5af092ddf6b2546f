"""Two networks over one sequence, forward and backward."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import assert_like_rnncell
from flowgraph.recurrent.dynamic import dynamic_rnn
from flowgraph.recurrent.static import check_list, static_rnn


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """`dynamic_rnn` in both directions (tf.nn.bidirectional_dynamic_rnn).

    Args:
      cell_fw: the `RNNCell` that runs forward.
      cell_bw: the one that runs backward, from each sequence's own end.
      inputs: a tensor [batch, time, depth...], or a structure of them.
      sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
      initial_state_fw: the forward cell's first state; zeros when None.
      initial_state_bw: the backward cell's.
      dtype: the first states' dtype; needed unless they are given.
      parallel_iterations: accepted; steps run one after the other.
      swap_memory: accepted.
      time_major: whether inputs and outputs are [time, batch, depth...].
      scope: the variable scope; "bidirectional_rnn" when None.

    Returns:
      (forward, backward) outputs, in the order of the inputs, and (forward, backward) last states.

    Raises:
      TypeError: one of the cells is not a cell.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def reverse(structure: Any) -> Any:
        return nest.map_structure(
            lambda x: _reverse(x, sequence_length, time_axis, batch_axis), structure
        )

    shared = {
        "sequence_length": sequence_length, "dtype": dtype, "time_major": time_major,
        "parallel_iterations": parallel_iterations, "swap_memory": swap_memory,
    }  # fmt: skip
    with tf.variable_scope(scope or "bidirectional_rnn"):
        with tf.variable_scope("fw") as fw_scope:
            output_fw, state_fw = dynamic_rnn(
                cell_fw, inputs, initial_state=initial_state_fw, scope=fw_scope, **shared
            )
        with tf.variable_scope("bw") as bw_scope:
            reversed_output, state_bw = dynamic_rnn(
                cell_bw, reverse(inputs), initial_state=initial_state_bw, scope=bw_scope, **shared
            )
    return (output_fw, reverse(reversed_output)), (state_fw, state_bw)


def _reverse(x: Any, lengths: Any, time_axis: int, batch_axis: int) -> Any:
    if lengths is None:
        return tf.reverse(x, axis=[time_axis])
    return tf.reverse_sequence(x, lengths, seq_axis=time_axis, batch_axis=batch_axis)


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """`static_rnn` in both directions (tf.nn.static_bidirectional_rnn).

    Args:
      cell_fw: the `RNNCell` that runs forward.
      cell_bw: the one that runs backward, from each sequence's own end.
      inputs: a list of tensors [batch, depth], or of structures of them, one for each step.
      initial_state_fw: the forward cell's first state; zeros when None.
      initial_state_bw: the backward cell's.
      dtype: the first states' dtype; needed unless they are given.
      sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
      scope: the variable scope; "bidirectional_rnn" when None.

    Returns:
      A list of outputs [batch, both sizes together], the forward and the backward last state.

    Raises:
      TypeError: one of the cells is not a cell, or `inputs` not a list.
      ValueError: `inputs` is empty.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    check_list(inputs)
    with tf.variable_scope(scope or "bidirectional_rnn"):
        with tf.variable_scope("fw") as fw_scope:
            output_fw, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=fw_scope
            )
        with tf.variable_scope("bw") as bw_scope:
            reversed_output, state_bw = static_rnn(
                cell_bw, reverse_list(inputs, sequence_length), initial_state_bw, dtype,
                sequence_length, scope=bw_scope,
            )  # fmt: skip
    output_bw = reverse_list(reversed_output, sequence_length)
    pairs = zip(nest.flatten(output_fw), nest.flatten(output_bw), strict=True)
    outputs = [tf.concat([forward, backward], 1) for forward, backward in pairs]
    return nest.pack_sequence_as(output_fw, outputs), state_fw, state_bw


def reverse_list(steps: Any, lengths: Any) -> list[Any]:
    """The steps from last to first; of each sequence in the batch, its own steps only."""
    if lengths is None:
        return list(reversed(steps))
    columns = []
    for parts in zip(*[nest.flatten(step) for step in steps], strict=True):
        turned = tf.unstack(tf.reverse_sequence(tf.stack(parts), lengths, seq_axis=0, batch_axis=1))
        for old, new in zip(parts, turned, strict=True):
            new.set_shape(old.shape)
        columns.append(turned)
    rows = zip(*columns, strict=True)
    return [nest.pack_sequence_as(step, row) for step, row in zip(steps, rows, strict=True)]
