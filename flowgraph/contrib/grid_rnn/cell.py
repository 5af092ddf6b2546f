"""Cells in a grid: a cell for each dimension, all of them fed by all (arXiv:1507.01526)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flowgraph as tf
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import RNNCell
from flowgraph.recurrent.lstm import LSTMCell, warn_of_joined_state


def _dimensions(count: int, given: Any) -> list[int]:
    """The dimensions that an argument names: None, one number, or several."""
    numbers = [] if given is None else given if isinstance(given, (list, tuple)) else [given]
    numbers = sorted(set(numbers))
    if any(not 0 <= number < count for number in numbers):
        raise ValueError(f"Invalid dims: {numbers}. Must be in [0, {count})")
    return numbers


@dataclass(frozen=True, slots=True)
class _Grid:
    """Which dimensions take inputs, give outputs, come last, and have no state."""

    count: int
    inputs: list[int]
    outputs: list[int]
    priority: list[int]
    non_recurrent: list[int]

    @property
    def recurrent(self) -> list[int]:
        return [i for i in range(self.count) if i not in self.non_recurrent]

    @property
    def first(self) -> list[int]:
        """The dimensions that do not come last."""
        return [i for i in range(self.count) if i not in self.priority]


class GridRNNCell(RNNCell):
    """A grid of cells (tf.contrib.grid_rnn.GridRNNCell).

    Args:
      num_units: the size of each dimension's state.
      num_dims: how many dimensions there are.
      input_dims: which of them take inputs: a number or a list.
      output_dims: which give outputs.
      priority_dims: which are computed after the others, from their new outputs.
      non_recurrent_dims: which have no state.
      tied: whether all dimensions share one cell.
      cell_fn: a function num_units -> cell; an `LSTMCell` when None.
      non_recurrent_fn: the activation of dimensions without state; relu when None.
      state_is_tuple: whether the state is a tuple; else one tensor.
      output_is_tuple: whether the output is a tuple; else one tensor.

    Raises:
      TypeError: `cell_fn` gives no cell.
      ValueError: a dimension is not in the grid.
    """

    def __init__(
        self,
        num_units: int,
        num_dims: int = 1,
        input_dims: Any = None,
        output_dims: Any = None,
        priority_dims: Any = None,
        non_recurrent_dims: Any = None,
        tied: bool = False,
        cell_fn: Callable[[int], Any] | None = None,
        non_recurrent_fn: Any = None,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        super().__init__()
        warn_of_joined_state(self, state_is_tuple)
        if num_dims < 1:
            raise ValueError(f"dims must be >= 1: {num_dims}")
        named = (input_dims, output_dims, priority_dims, non_recurrent_dims)
        self._grid = _Grid(num_dims, *[_dimensions(num_dims, dims) for dims in named])
        self._num_units, self._tied = num_units, tied
        self._non_recurrent_fn = non_recurrent_fn or tf.nn.relu
        self._state_is_tuple, self._output_is_tuple = state_is_tuple, output_is_tuple
        make = cell_fn or functools.partial(LSTMCell, state_is_tuple=state_is_tuple)
        self._cells = [make(num_units)] * num_dims if tied else [
            make(num_units) for _ in range(num_dims)
        ]  # fmt: skip
        if not isinstance(self._cells[0], RNNCell):
            raise TypeError(f"cell_fn must return an RNNCell instance, saw: {type(self._cells[0])}")

    @property
    def output_size(self) -> Any:
        """The sizes of the outputs' dimensions, or their sum."""
        size, count = self._cells[0].output_size, len(self._grid.outputs)
        return (size,) * count if self._output_is_tuple else size * count

    @property
    def state_size(self) -> Any:
        """The sizes of the recurrent dimensions' states, or their sum."""
        count = len(self._grid.recurrent)
        if self._state_is_tuple:
            return (self._cells[0].state_size,) * count
        return self._cell_state_size() * count

    def _cell_state_size(self) -> int:
        return sum(nest.flatten(self._cells[0].state_size))

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; gives the outputs and the next states."""
        step = _Step(self._grid, self._num_units)
        with tf.variable_scope(scope or type(self).__name__):
            has_memory = self._cell_state_size() > self._num_units
            self._take_state(step, state, has_memory)
            self._project(step, inputs, has_memory)
            self._propagate(step, self._grid.first, True)
            self._propagate(step, self._grid.priority, False)
            outputs = [step.output[i] for i in self._grid.outputs]
            states = [step.state[i] for i in self._grid.recurrent]
            if not self._output_is_tuple:
                outputs = _joined(outputs, inputs.dtype)
            if not self._state_is_tuple:
                states = _joined([part for one in states for part in one], inputs.dtype)
        as_given = [tuple(x) if isinstance(x, list) else x for x in (outputs, states)]
        return as_given[0], as_given[1]

    def _take_state(self, step: _Step, state: Any, has_memory: bool) -> None:
        recurrent, units = self._grid.recurrent, self._num_units
        if self._state_is_tuple:
            if len(recurrent) != len(state):
                raise ValueError(f"Expected state as a tuple of {len(recurrent)} element")
            for i, own in zip(recurrent, state, strict=True):
                step.c[i], step.m[i] = own if has_memory else (None, own)
            return
        size = self._cell_state_size()
        for i, start in zip(recurrent, range(0, self.state_size, size), strict=True):
            if has_memory:
                step.c[i] = tf.slice(state, [0, start], [-1, units])
                step.m[i] = tf.slice(state, [0, start + units], [-1, size - units])
            else:
                step.m[i] = tf.slice(state, [0, start], [-1, units])

    def _project(self, step: _Step, inputs: Any, has_memory: bool) -> None:
        """The inputs take the place of the states of their dimensions."""
        numbers = self._grid.inputs
        if inputs is None or not numbers:
            return
        if isinstance(inputs, tuple):
            if len(numbers) != len(inputs):
                raise ValueError(f"Expect inputs as a tuple of {len(numbers)} tensors")
            parts = inputs
        elif not inputs.shape.with_rank(2)[1].value:
            return
        else:
            parts = tf.split(value=inputs, num_or_size_splits=len(numbers), axis=1)
        for i, part in zip(numbers, parts, strict=True):
            shape = [part.shape.with_rank(2)[1].value, self._num_units]
            kernel = tf.get_variable(f"project_m_{i}", shape, dtype=part.dtype)
            step.m[i] = tf.matmul(part, kernel)
            if has_memory:
                kernel = tf.get_variable(f"project_c_{i}", shape, dtype=part.dtype)
                step.c[i] = tf.matmul(part, kernel)

    def _propagate(self, step: _Step, dimensions: list[int], first: bool) -> None:
        """Computes these dimensions from what all the others put out last."""
        if not dimensions:
            return
        given, last = step.given()
        for i in dimensions:
            without_state = i in self._grid.non_recurrent
            name = "non_recurrent" if without_state else "recurrent"
            with tf.variable_scope(name if self._tied else f"{name}/cell_{i}"):
                if self._tied and not (first and i == dimensions[0]):
                    tf.get_variable_scope().reuse_variables()
                if without_state:
                    step.output[i] = self._dense(given, last)
                else:
                    state = last if step.c[i] is None else (step.c[i], last)
                    step.output[i], step.state[i] = self._cells[i](given, state)

    def _dense(self, given: Any, last: Any) -> Any:
        inputs = tf.concat([given, last], 1) if self._grid.count > 1 else last
        scope = tf.get_variable_scope()
        return tf.contrib.layers.fully_connected(
            inputs, num_outputs=self._num_units, activation_fn=self._non_recurrent_fn,
            weights_initializer=scope.initializer or tf.glorot_uniform_initializer(),
            weights_regularizer=scope.regularizer,
        )  # fmt: skip


class _Step:
    """What a step has of each dimension: memory, output before, new output, new state."""

    def __init__(self, grid: _Grid, units: int) -> None:
        self._count, self._units = grid.count, units
        self.c: list[Any] = [None] * grid.count
        self.m: list[Any] = [None] * grid.count
        self.output: list[Any] = [None] * grid.count
        self.state: list[Any] = [None] * grid.count

    def given(self) -> tuple[Any, Any]:
        """What cells are given: the last outputs of all dimensions but one, and of that one."""
        newest = [m if out is None else out for m, out in zip(self.m, self.output, strict=True)]
        if self._count > 1:
            return tf.concat(newest[:-1], 1), newest[-1]
        first = self.m[0]
        rows = first.shape[0].value or tf.shape(first)[0]
        return tf.reshape(tf.zeros([0], first.dtype), tf.stack([rows, 0])), newest[-1]


def _joined(parts: list[Any], dtype: Any) -> Any:
    return tf.concat(parts, 1) if parts else tf.zeros([0, 0], dtype)
