"""`MultiRNNCell`: cells on top of each other."""

from __future__ import annotations

import copy
import logging
from typing import Any

import flowgraph as tf
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import RNNCell

_log = logging.getLogger("flowgraph")


class MultiRNNCell(RNNCell):
    """Cells on top of each other: each one's output is the next one's input.

    Args:
      cells: a list or tuple of cells, the lowest first. One object twice shares its variables,
        unless its inputs differ in depth, where TensorFlow since 1.1 fails: then each place has a
        copy of its own, as it had before.
      state_is_tuple: whether the state is a tuple of the cells' states; else one tensor, in which
        they stand side by side.

    Raises:
      TypeError: `cells` is not a list or tuple.
      ValueError: there is none, or states that are tuples should be joined
        (tf.nn.rnn_cell.MultiRNNCell).
    """

    def __init__(self, cells: Any, state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_nested(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if len({id(cell) for cell in cells}) < len(cells):
            _log.warning(
                "At least two cells provided to MultiRNNCell are the same object and will share "
                "weights."
            )
        self._cells = list(cells)
        first = [next(i for i, c in enumerate(cells) if c is cell) for cell in cells]
        # Where an object stands again: its first place, and a copy that has no variables yet.
        self._repeats = {
            i: (first[i], copy.deepcopy(cell)) for i, cell in enumerate(cells) if first[i] < i
        }
        self._state_is_tuple = state_is_tuple
        if not state_is_tuple and any(nest.is_nested(c.state_size) for c in cells):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set.  "
                f"State sizes are: {[c.state_size for c in cells]}"
            )

    @property
    def state_size(self) -> Any:
        """A tuple of the cells' state sizes, or their sum."""
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The last cell's."""
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The first states of all cells."""
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    @property
    def trainable_weights(self) -> list[Any]:
        """The cells' variables that optimizers change."""
        return self._weights("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The cells' other variables."""
        rest = self._weights("non_trainable_weights")
        return rest if self.trainable else self._weights("trainable_weights") + rest

    def _weights(self, name: str) -> list[Any]:
        return [weight for cell in self._cells for weight in getattr(cell, name, ())]

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of all cells; gives the last one's output and all next states."""
        if self._state_is_tuple and not nest.is_nested(state):
            raise ValueError(
                f"Expected state to be a tuple of length {len(self.state_size)}, "
                f"but received: {state}"
            )
        position, new_states, depths = 0, [], []
        for i in range(len(self._cells)):
            depths.append(_depth(inputs))
            first, spare = self._repeats.get(i, (i, None))
            if depths[first] != depths[i]:
                self._cells[i] = spare
                del self._repeats[i]
            cell = self._cells[i]
            with tf.variable_scope(f"cell_{i}"):
                if self._state_is_tuple:
                    own = state[i]
                else:
                    own = tf.slice(state, [0, position], [-1, cell.state_size])
                    position += cell.state_size
                inputs, new_state = cell(inputs, own)
                new_states.append(new_state)
        return inputs, tuple(new_states) if self._state_is_tuple else tf.concat(new_states, 1)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; of each cell, its class and its own."""
        cells = [
            {"class_name": type(cell).__name__, "config": cell.get_config()} for cell in self._cells
        ]
        return {**super().get_config(), "cells": cells, "state_is_tuple": self._state_is_tuple}


def _depth(inputs: Any) -> Any:
    """The depth of a step's inputs, None where it has none or several."""
    shape = getattr(inputs, "shape", None)
    return shape[-1].value if isinstance(shape, tf.TensorShape) and shape.rank else None
