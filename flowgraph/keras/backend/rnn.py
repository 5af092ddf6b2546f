"""`K.rnn`: a step function applied along the time axis, unrolled or in a loop."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.ops.control import nest


def _swap(tensor: Any) -> Any:
    """Batch and time exchanged."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.ndims)])


def rnn(
    step_function: Any, inputs: Any, initial_states: Any, go_backwards: bool = False,
    mask: Any = None, constants: Any = None, unroll: bool = False, input_length: Any = None,
    time_major: bool = False, zero_output_for_mask: bool = False,
) -> Any:  # fmt: skip
    """Applies `step_function(input, states) -> (output, new states)` along time.

    Args:
      step_function: takes what one step has and the states (the constants behind them).
      inputs: a tensor, or a nest of tensors, (samples, time, ...).
      initial_states: a list of tensors.
      go_backwards: whether to start at the end.
      mask: (samples, time) of bools: where False, states stay and the output is repeated.
      constants: tensors put behind the states at each step.
      unroll: whether to write out the steps instead of looping.
      input_length: the number of steps where `inputs` does not tell.
      time_major: whether time comes before samples.
      zero_output_for_mask: whether the output is zero where the mask is False.

    Returns:
      (the last output, all outputs, the last states).
    """
    if not time_major:
        inputs = nest.map_structure(_swap, inputs)
    if mask is not None:
        mask = tf.cast(mask, tf.bool) if mask.dtype.base_dtype is not tf.bool else mask
        mask = tf.expand_dims(mask, -1) if mask.shape.ndims == 2 else mask
        mask = mask if time_major else _swap(mask)
    loop = _Loop(step_function, inputs, mask, list(constants or []), go_backwards,
                 zero_output_for_mask, input_length)  # fmt: skip
    last, outputs, states = loop.unrolled(initial_states) if unroll else loop.looped(initial_states)
    if not time_major:
        outputs = nest.map_structure(_swap, outputs)
    return last, outputs, states


class _Loop:
    """The parts of one `rnn` call, time major."""

    def __init__(
        self, step: Any, inputs: Any, mask: Any, constants: list[Any], backwards: bool,
        zero_masked: bool, length: Any,
    ) -> None:  # fmt: skip
        self.step, self.mask, self.constants = step, mask, constants
        self.backwards, self.zero_masked = backwards, zero_masked
        flat = nest.flatten(inputs)
        self.structure, self.flat = inputs, flat
        self.static_steps = flat[0].shape.as_list()[0]
        self.steps = tf.shape(flat[0])[0] if length is None else length

    def _apply(self, pieces: list[Any], mask: Any, previous: Any, states: Any) -> Any:
        """One step: outputs (flat) and states, kept where the mask is False."""
        one = nest.pack_sequence_as(self.structure, pieces)
        output, fresh = self.step(one, tuple(states) + tuple(self.constants))
        flat, fresh = nest.flatten(output), list(nest.flatten(fresh))
        if mask is None:
            return output, flat, fresh
        if previous is None or self.zero_masked:
            previous = [tf.zeros_like(t) for t in flat]
        flat = [_choose(mask, a, b) for a, b in zip(flat, previous, strict=True)]
        fresh = [_choose(mask, a, b) for a, b in zip(fresh, states, strict=True)]
        return output, flat, fresh

    def unrolled(self, states: Any) -> Any:
        """Writes out the steps."""
        if not self.static_steps:
            raise ValueError("Unrolling requires a fixed number of timesteps.")
        states, wanted = list(nest.flatten(states)), states
        order = range(self.static_steps)
        pieces = [tf.unstack(t) for t in self.flat]
        masks = None if self.mask is None else tf.unstack(self.mask)
        collected, flat, output = [], None, None
        for t in reversed(order) if self.backwards else order:
            one_mask = None if masks is None else masks[t]
            output, flat, states = self._apply([p[t] for p in pieces], one_mask, flat, states)
            collected.append(flat)
        outputs = [tf.stack(list(column)) for column in zip(*collected, strict=True)]
        return (
            nest.pack_sequence_as(output, flat), nest.pack_sequence_as(output, outputs),
            nest.pack_sequence_as(wanted, states),
        )  # fmt: skip

    def looped(self, states: Any) -> Any:
        """Runs the steps in a `while_loop`."""
        wanted, states = states, list(nest.flatten(states))
        arrays = [self._read(t) for t in self.flat]
        masks = None if self.mask is None else self._read(self.mask)
        first_mask = None if self.mask is None else self.mask[0]
        example, flat, _ = self._apply([t[0] for t in self.flat], first_mask, None, states)
        written = [
            tf.TensorArray(t.dtype, size=self.steps, name=f"output_ta_{i}")
            for i, t in enumerate(flat)
        ]
        start = [] if self.mask is None or self.zero_masked else [tf.zeros_like(t) for t in flat]

        def body(time: Any, arrays_out: Any, states: Any, previous: Any) -> Any:
            one_mask = None if masks is None else masks.read(time)
            _, flat, fresh = self._apply(
                [a.read(time) for a in arrays], one_mask, previous or None, states
            )
            for new, old in zip(fresh, states, strict=True):
                new.set_shape(old.shape.merge_with(new.shape))
            arrays_out = [a.write(time, t) for a, t in zip(arrays_out, flat, strict=True)]
            return time + 1, arrays_out, fresh, flat if previous else []

        _, written, states, _ = tf.while_loop(
            lambda time, *_: time < self.steps, body, (tf.constant(0), written, states, start),
            parallel_iterations=32, maximum_iterations=self.steps,
        )  # fmt: skip
        outputs = [a.stack() for a in written]
        for tensor, like in zip(outputs, flat, strict=True):
            tensor.set_shape([self.static_steps, *like.shape.as_list()])
        last = [t[-1] for t in outputs]
        pack = nest.pack_sequence_as
        return pack(example, last), pack(example, outputs), pack(wanted, states)

    def _read(self, tensor: Any) -> Any:
        """A TensorArray of the steps, in the order in which they are taken."""
        array = tf.TensorArray(tensor.dtype, size=self.steps, name="input_ta")
        return array.unstack(tf.reverse(tensor, [0]) if self.backwards else tensor)


def _choose(mask: Any, fresh: Any, old: Any) -> Any:
    """`fresh` where the mask (samples, 1) is True, `old` elsewhere."""
    rank = fresh.shape.ndims
    while mask.shape.ndims < rank:
        mask = tf.expand_dims(mask, -1)
    if rank == 1:
        mask = tf.reshape(mask, [-1])
    chosen = tf.where(tf.logical_and(mask, tf.ones_like(fresh, dtype=tf.bool)), fresh, old)
    chosen.set_shape(fresh.shape)
    return chosen
