"""`raw_rnn`: a loop over a cell whose inputs, states and outputs a function of the user decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.core.shapes import Dimension
from flowgraph.core.static import constant_value
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes
from flowgraph.recurrent.base import assert_like_rnncell
from flowgraph.recurrent.dynamic import cache_reads
from flowgraph.recurrent.step import choose


def raw_rnn(
    cell: Any,
    loop_fn: Callable[..., Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Runs a cell in a loop that `loop_fn` controls (tf.nn.raw_rnn).

    Args:
      cell: an `RNNCell`.
      loop_fn: a function (time, cell_output, cell_state, loop_state) -> (elements_finished,
        next_input, next_cell_state, emit_output, next_loop_state). Before the first step it is
        called with a time of 0 and None; then emit_output is an example of what is put out, without
        the batch, or None for what the cell puts out.
      parallel_iterations: accepted; steps run one after the other.
      swap_memory: accepted.
      scope: the variable scope; "rnn" when None.

    Returns:
      A `TensorArray` of what was put out (or a structure of them), the last state of the cell, and
      the last loop state. The loop ends when all elements are finished.

    Raises:
      TypeError: `cell` is not a cell, or `loop_fn` not callable.
      ValueError: `loop_fn` changes a structure.
    """
    assert_like_rnncell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with tf.variable_scope(scope or "rnn") as varscope:
        cache_reads(varscope)
        return _Loop(cell, loop_fn).run(
            parallel_iterations=parallel_iterations or 32, swap_memory=swap_memory
        )


class _Loop:
    """What the first call of `loop_fn` told, and the loop itself."""

    def __init__(self, cell: Any, loop_fn: Callable[..., Any]) -> None:
        self.cell, self.loop_fn = cell, loop_fn
        self.time = tf.constant(0, dtype=tf.int32)
        finished, next_input, state, emit, loop_state = loop_fn(self.time, None, None, None)
        self.finished, self.next_input = tf.convert_to_tensor(finished), next_input
        self.has_loop_state = loop_state is not None
        self.loop_state = loop_state if self.has_loop_state else tf.constant(0, dtype=tf.int32)
        nest.assert_same_structure(state, cell.state_size)
        self.state = nest.map_structure(tf.convert_to_tensor, state)
        batch_size = _batch_size(nest.flatten(next_input))
        self._make_outputs(emit, batch_size)

    def _make_outputs(self, emit: Any, batch_size: Any) -> None:
        """The arrays of what is put out, and what is put out for elements that are finished."""
        if emit is None:
            structure = self.cell.output_size
            flat = nest.flatten(structure)
            kinds = [nest.flatten(self.state)[0].dtype] * len(flat)
        else:
            structure = emit
            examples = [tf.convert_to_tensor(part) for part in nest.flatten(emit)]
            flat = [e.shape if e.shape.is_fully_defined() else tf.shape(e) for e in examples]
            kinds = [example.dtype for example in examples]
        known = batch_size if isinstance(batch_size, int) else constant_value(batch_size)
        arrays = [
            tf.TensorArray(
                kind, size=0, dynamic_size=True, name=f"rnn_output_{i}",
                element_shape=sizes.static_shape([known], size),
            )
            for i, (kind, size) in enumerate(zip(kinds, flat, strict=True))
        ]  # fmt: skip
        zeros = [sizes.zeros(batch_size, s, kind) for s, kind in zip(flat, kinds, strict=True)]
        self.arrays = nest.pack_sequence_as(structure, arrays)
        self.zero_emit = nest.pack_sequence_as(structure, zeros)

    def body(
        self, time: Any, finished: Any, inputs: Any, arrays: Any, state: Any, loop_state: Any
    ) -> Any:
        """One step: the cell, then the user's function."""
        output, cell_state = self.cell(inputs, state)
        nest.assert_same_structure(state, cell_state)
        nest.assert_same_structure(self.cell.output_size, output)
        next_time = time + 1
        next_finished, next_input, next_state, emit, next_loop_state = self.loop_fn(
            next_time, output, cell_state, loop_state
        )
        nest.assert_same_structure(state, next_state)
        nest.assert_same_structure(inputs, next_input)
        nest.assert_same_structure(arrays, emit)
        emit = _through(finished, self.zero_emit, emit)
        next_state = _through(finished, state, next_state)
        arrays = nest.map_structure(lambda array, part: array.write(time, part), arrays, emit)
        return [
            next_time, tf.logical_or(finished, next_finished), next_input, arrays, next_state,
            loop_state if next_loop_state is None else next_loop_state,
        ]  # fmt: skip

    def run(self, **more: Any) -> tuple[Any, Any, Any]:
        """The loop's arrays, last state and last loop state."""
        first = [
            self.time, self.finished, self.next_input, self.arrays, self.state, self.loop_state,
        ]  # fmt: skip
        *_, arrays, state, loop_state = tf.while_loop(
            lambda _, finished, *rest: tf.logical_not(tf.reduce_all(finished)),
            self.body,
            first,
            **more,
        )
        return arrays, state, loop_state if self.has_loop_state else None


def _through(finished: Any, old: Any, new: Any) -> Any:
    return nest.map_structure(lambda o, n: choose(finished, o, n), old, new)


def _batch_size(inputs: list[Any]) -> Any:
    """The batch of a step's inputs: an int where one of them tells, else a scalar tensor."""
    known = Dimension(None)
    for tensor in inputs:
        if tensor.shape.rank is not None:
            known = known.merge_with(tensor.shape[0])
    return tf.shape(inputs[0])[0] if known.value is None else known.value
