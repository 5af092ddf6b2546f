"""One step of a batch whose sequences may be over: their states stay, their outputs are zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import RNNCell

Call = Callable[[], Any]


def wants_list(cell: Any) -> bool:
    """Whether a cell keeps to Keras's interface, where a state is always a list."""
    return not isinstance(cell, RNNCell) and getattr(cell, "zero_state", None) is None


def calling(cell: Any, inputs: Any, state: Any) -> tuple[Any, Any]:
    """Calls a cell of either interface; gives its output and next state."""
    if not wants_list(cell):
        return cell(inputs, state)
    output, new_state = cell(inputs, state if nest.is_nested(state) else [state])
    if not nest.is_nested(state) and nest.is_nested(new_state) and len(new_state) == 1:
        new_state = new_state[0]
    return output, new_state


def choose(finished: Any, old: Any, new: Any) -> Any:
    """The rows of `old` where `finished`, else those of `new`; scalars and arrays are the new."""
    if isinstance(old, tf.TensorArray) or old.shape.rank == 0:
        return new
    if old.shape.rank is None or old.shape.rank != new.shape.rank:
        return tf.where(finished, old, new)
    # Broadcast, as `tf.where` does not, it is computed together with what is chosen from.
    axes = list(range(1, old.shape.rank))
    rows = tf.reshape(finished, [-1, *[1] * len(axes)]) if axes else finished
    return tf.where_v2(rows, old, new)


def masked_step(time: Any, lengths: Any, zero_output: Any, state: Any, call: Call) -> Any:
    """Runs a cell for one step and keeps what belongs to sequences that are over.

    Args:
      time: the step's number.
      lengths: those of the batch's sequences, an int32 vector.
      zero_output: what the output is where a sequence is over.
      state: the state before the step.
      call: runs the cell; gives its output and next state.

    Returns:
      The output and the next state.

    Raises:
      ValueError or TypeError: the cell gives another structure.
    """
    output, new_state = _checked(call(), zero_output, state)
    finished = tf.greater_equal(time, lengths)
    return (
        _shaped(_map(finished, zero_output, output), zero_output),
        _shaped(_map(finished, state, new_state), state),
    )


def _checked(result: Any, zero_output: Any, state: Any) -> Any:
    output, new_state = result
    nest.assert_same_structure(zero_output, output)
    nest.assert_same_structure(state, new_state)
    return output, new_state


def _map(finished: Any, old: Any, new: Any) -> Any:
    return nest.map_structure(lambda o, n: choose(finished, o, n), old, new)


def _shaped(values: Any, like: Any) -> Any:
    """The values, whose static shapes are at least those of `like`."""
    for value, model in zip(nest.flatten(values), nest.flatten(like), strict=True):
        if not isinstance(value, tf.TensorArray):
            value.set_shape(model.shape)
    return values
