"""Bidirectional networks on top of each other."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.recurrent.bidirectional import bidirectional_dynamic_rnn, static_bidirectional_rnn


def _check(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> None:
    for name, cells in (("fw", cells_fw), ("bw", cells_bw)):
        if not cells:
            raise ValueError(f"Must specify at least one {name} cell for BidirectionalRNN.")
        if not isinstance(cells, list):
            raise ValueError(f"cells_{name} must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for name, states in (("fw", states_fw), ("bw", states_bw)):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(
                f"initial_states_{name} must be a list of state tensors (one per layer)."
            )


def _layers(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> Any:
    _check(cells_fw, cells_bw, states_fw, states_bw)
    none = [None] * len(cells_fw)
    return list(zip(cells_fw, cells_bw, states_fw or none, states_bw or none, strict=True))


def stack_bidirectional_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """`static_bidirectional_rnn`s on top of each other (tf.contrib.rnn.stack_bidirectional_rnn).

    Args:
      cells_fw: the forward cells, the lowest first.
      cells_bw: the backward cells.
      inputs: a list of tensors [batch, depth], one for each step.
      initial_states_fw: a list of the forward cells' first states; zeros when None.
      initial_states_bw: likewise of the backward cells.
      dtype: the first states' dtype; needed unless they are given.
      sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
      scope: the variable scope; "stack_bidirectional_rnn" when None.

    Returns:
      The last layer's outputs, the forward and the backward cells' last states.

    Raises:
      ValueError: the lists do not fit each other.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states = []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw, first_fw, first_bw) in enumerate(layers):
            with tf.variable_scope(f"cell_{i}") as cell_scope:
                inputs, last_fw, last_bw = static_bidirectional_rnn(
                    cell_fw, cell_bw, inputs, first_fw, first_bw, dtype, sequence_length,
                    scope=cell_scope,
                )  # fmt: skip
            states.append((last_fw, last_bw))
    return inputs, *zip(*states, strict=True)


def stack_bidirectional_dynamic_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """`bidirectional_dynamic_rnn`s on top of each other; see `stack_bidirectional_rnn`.

    Inputs and outputs are tensors [batch, time, depth], or [time, batch, depth] with `time_major`
    (tf.contrib.rnn.stack_bidirectional_dynamic_rnn).
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states = []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw, first_fw, first_bw) in enumerate(layers):
            with tf.variable_scope(f"cell_{i}"):
                outputs, last = bidirectional_dynamic_rnn(
                    cell_fw, cell_bw, inputs, initial_state_fw=first_fw,
                    initial_state_bw=first_bw, sequence_length=sequence_length, dtype=dtype,
                    parallel_iterations=parallel_iterations, swap_memory=swap_memory,
                    time_major=time_major,
                )  # fmt: skip
                inputs = tf.concat(outputs, 2)
            states.append(last)
    return inputs, *zip(*states, strict=True)
