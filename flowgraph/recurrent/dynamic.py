"""`dynamic_rnn`: a cell over all steps of a sequence, in a loop."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes
from flowgraph.recurrent.base import assert_like_rnncell
from flowgraph.recurrent.step import calling, masked_step


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """Runs a cell over the steps of a sequence (tf.nn.dynamic_rnn).

    Where a sequence of the batch is over, outputs are zeros and the state stays.

    Args:
      cell: an `RNNCell`.
      inputs: a tensor [batch, time, depth...], or a structure of them.
      sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
      initial_state: the first state, in the structure of `cell.state_size`; zeros when None.
      dtype: the first state's dtype; needed unless it is given.
      parallel_iterations: accepted; steps run one after the other.
      swap_memory: accepted.
      time_major: whether inputs and outputs are [time, batch, depth...].
      scope: the variable scope; "rnn" when None.

    Returns:
      The outputs [batch, time, output_size], and the state after the last step.

    Raises:
      TypeError: `cell` is not a cell.
      ValueError: `inputs` is None or its depth unknown, or there is neither state nor dtype.
      InvalidArgumentError: in a run, there are not as many lengths as rows in the batch.
    """
    assert_like_rnncell("cell", cell)
    with tf.variable_scope(scope or "rnn") as varscope:
        cache_reads(varscope)
        flat = [tf.convert_to_tensor(part) for part in nest.flatten(inputs)]
        if not time_major:
            flat = [sizes.transpose_batch_time(part) for part in flat]
        if sequence_length is not None:
            sequence_length = _as_lengths(sequence_length)
        batch_size = sizes.batch_size_of(flat)
        state = first_state(cell, initial_state, batch_size, dtype)
        if sequence_length is not None:
            sequence_length = _checked(sequence_length, batch_size)
        outputs, final_state = _loop(
            cell, nest.pack_sequence_as(inputs, flat), state, batch_size, sequence_length, dtype,
            parallel_iterations=parallel_iterations or 32, swap_memory=swap_memory,
        )  # fmt: skip
        if not time_major:
            outputs = nest.map_structure(sizes.transpose_batch_time, outputs)
        return outputs, final_state


def cache_reads(varscope: Any) -> None:
    """Lets variables made in a scope be read once, outside of the loop."""
    if varscope.caching_device is None and not tf.get_default_graph().building_function:
        varscope.set_caching_device(lambda op: op.device)


def first_state(cell: Any, initial_state: Any, batch_size: Any, dtype: Any) -> Any:
    """The state to begin with: the one that is given, or the cell's own.

    Raises:
      ValueError: there is neither state nor dtype.
    """
    if initial_state is not None:
        return initial_state
    if not dtype:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def _as_lengths(sequence_length: Any) -> Any:
    lengths = tf.cast(sequence_length, tf.int32)
    if lengths.shape.rank not in (None, 1):
        raise ValueError(
            f"sequence_length must be a vector of length batch_size, but saw shape: {lengths.shape}"
        )
    return tf.identity(lengths, name="sequence_length")


def _checked(lengths: Any, batch_size: Any) -> Any:
    """The lengths, once a run has seen that there are as many as rows in the batch."""
    actual, expected = tf.shape(lengths), tf.stack([batch_size])
    same = tf.reduce_all(tf.equal(actual, expected))
    told = [f"Expected shape for Tensor {lengths.name} is ", expected, " but saw shape: ", actual]
    with tf.control_dependencies([tf.Assert(same, told)]):
        return tf.identity(lengths, name="CheckSeqLen")


def _steps(inputs: list[Any]) -> tuple[int | None, Any]:
    """The number of steps of time-major inputs: what is known of it, and as a tensor."""
    known: int | None = None
    for tensor in inputs:
        shape = tensor.shape
        if shape.rank is None:
            continue
        _check_depth(tensor)
        if known is not None and shape[0].value not in (None, known):
            raise ValueError(
                f"Time steps is not the same for all the elements in the input in a batch: "
                f"{known} and {shape[0].value}"
            )
        known = shape[0].value if known is None else known
    return known, tf.shape(inputs[0])[0] if known is None else tf.constant(known)


def _check_depth(tensor: Any) -> None:
    shape = tensor.shape.with_rank_at_least(3)
    if any(size is None for size in shape.as_list()[2:]):
        raise ValueError(
            f"Input size (depth of inputs) must be accessible via shape inference, but saw value "
            f"None: {tensor}"
        )


def _loop(
    cell: Any, inputs: Any, state: Any, batch_size: Any, lengths: Any, dtype: Any, **more: Any
) -> tuple[Any, Any]:
    """The loop over the steps of time-major inputs."""
    flat, structure = nest.flatten(inputs), cell.output_size
    known_steps, steps = _steps(flat)
    kind = sizes.state_dtype(dtype, state)
    if lengths is not None:
        zero_output = nest.map_structure(lambda s: sizes.zeros(batch_size, s, kind), structure)
    time = tf.constant(0, dtype=tf.int32, name="time")
    known_batch = batch_size if isinstance(batch_size, int) else constant_value(batch_size)
    shapes = [sizes.static_shape([known_batch], size) for size in nest.flatten(structure)]
    read, written = _arrays(flat, shapes, kind, steps)

    def one_step(time: Any, written: Any, state: Any) -> Any:
        step_inputs = nest.pack_sequence_as(inputs, [array.read(time) for array in read])
        if lengths is None:
            output, new_state = calling(cell, step_inputs, state)
        else:
            output, new_state = masked_step(
                time, lengths, zero_output, state, lambda: calling(cell, step_inputs, state)
            )
        outputs = zip(written, nest.flatten(output), strict=True)
        return time + 1, tuple(array.write(time, part) for array, part in outputs), new_state

    # At least one step, so that the cell's variables and shapes are there.
    bound = steps
    if lengths is not None:
        bound = tf.minimum(steps, tf.maximum(1, tf.reduce_max(lengths)))
    _, written, final_state = tf.while_loop(
        lambda time, *_: time < bound, one_step, (time, written, state), **more
    )
    outputs = [array.stack() for array in written]
    for output, shape in zip(outputs, shapes, strict=True):
        output.set_shape(TensorShape([known_steps]).concatenate(shape))
    return nest.pack_sequence_as(structure, outputs), final_state


def _arrays(
    inputs: list[Any], shapes: list[TensorShape], kind: Any, steps: Any
) -> tuple[list[Any], tuple[Any, ...]]:
    """The arrays that the loop reads its inputs from, and those that it writes outputs to."""
    with tf.name_scope("dynamic_rnn") as scope:
        written = tuple(
            tf.TensorArray(
                kind, size=steps, tensor_array_name=f"{scope}output_{i}", element_shape=shape
            )
            for i, shape in enumerate(shapes)
        )
        read = [
            tf.TensorArray(
                part.dtype, size=steps, tensor_array_name=f"{scope}input_{i}",
                element_shape=part.shape[1:],
            ).unstack(part)
            for i, part in enumerate(inputs)
        ]  # fmt: skip
    return read, written
