"""Producers of rows for input pipelines made of queues (tf.train).

Each makes a queue, adds a `QueueRunner` for it to the graph, and gives the queue, or what is
dequeued of it. `tf.train.start_queue_runners` starts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.control.checks import Assert
from flowgraph.ops.math.range import range as numbers_up_to
from flowgraph.ops.parsing.files import matching_files
from flowgraph.ops.random.shuffle import random_shuffle
from flowgraph.ops.state.queues import FIFOQueue, QueueBase
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner
from flowgraph.variables.variable import Variable


# --- producers of rows ----------------------------------------------------------------------------
def match_filenames_once(pattern: Any, name: str | None = None) -> Variable:
    """A local variable of the names of the files that match (tf.train.match_filenames_once).

    `tf.local_variables_initializer()` looks for them.

    Args:
      pattern: a glob, or a vector of them.
      name: the variable's name.
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            matching_files(pattern), trainable=False, validate_shape=False, name=scope,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )  # fmt: skip


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Any:
    """The tensor, which can be computed `num_epochs` times (tf.train.limit_epochs).

    The next time is a tf.errors.OutOfRangeError. A local variable counts: run
    `tf.local_variables_initializer()` before. None sets no limit.

    Raises:
      ValueError: num_epochs is not positive.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        zero = convert_to_tensor(0, dtype=dtypes.int64)
        epochs = Variable(
            zero, name="epochs", trainable=False, collections=[GraphKeys.LOCAL_VARIABLES]
        )
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return identity(tensor, name=scope)


def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> QueueBase:
    """A queue of the rows of `input_tensor`, again and again (tf.train.input_producer).

    Args:
      input_tensor: a tensor of rank 1 or higher.
      element_shape: the shape of a row, when the tensor's own does not tell.
      num_epochs: after how many times of all rows the queue ends; None: never. It needs
        `tf.local_variables_initializer()`.
      shuffle: whether the rows come in random order each time.
      seed: of that order.
      capacity: of the queue.
      shared_name: of the queue.
      summary_name: accepted; there are no summaries of how full the queue is.
      name: the name of what is added.
      cancel_op: what ends the queue at a stop; closing it when None.

    Raises:
      ValueError: the shape of a row is not known.
    """
    del summary_name
    with name_scope(name, "input_producer", [input_tensor]):
        tensor = convert_to_tensor(input_tensor, name="input_tensor")
        shape = tensor.shape[1:].merge_with(element_shape)
        if not shape.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be "
                "specified"
            )
        if shuffle:
            tensor = random_shuffle(tensor, seed=seed)
        tensor = limit_epochs(tensor, num_epochs)
        queue = FIFOQueue(
            capacity,
            [tensor.dtype.base_dtype],
            shapes=[shape],
            shared_name=shared_name,
            name=name,  # type: ignore[arg-type]
        )
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([tensor])], cancel_op=cancel_op))
    return queue


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> QueueBase:
    """A queue of strings, names of files as a rule (tf.train.string_input_producer).

    Args:
      string_tensor: a vector of strings, not empty.
      num_epochs, shuffle, seed, capacity, shared_name, name, cancel_op: as in `input_producer`.

    Raises:
      ValueError: the list of strings is empty; of a tensor, InvalidArgumentError at run time.
    """
    needed = "string_input_producer requires a non-null input tensor"
    if isinstance(string_tensor, (list, tuple, np.ndarray)) and not len(string_tensor):
        raise ValueError(needed)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert_to_tensor(string_tensor, dtype=dtypes.string)
        with control_dependencies([Assert(raw.Greater(raw.Size(strings), 0), [needed])]):
            strings = identity(strings)
        return input_producer(
            strings, [], num_epochs, shuffle, seed, capacity, shared_name, None, scope, cancel_op
        )


def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """A queue of the integers from 0 to `limit` - 1 (tf.train.range_input_producer).

    Args:
      limit: an int32 scalar.
      num_epochs, shuffle, seed, capacity, shared_name, name: as in `input_producer`.
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        numbers = numbers_up_to(limit)
        return input_producer(
            numbers, [], num_epochs, shuffle, seed, capacity, shared_name, None, scope
        )


def slice_input_producer(
    tensor_list: Sequence[Any],
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """The same row of each tensor, another one in each run (tf.train.slice_input_producer).

    Args:
      tensor_list: tensors of the same length.
      num_epochs, shuffle, seed, capacity, shared_name, name: as in `input_producer`.

    Raises:
      ValueError: there is no tensor.
    """
    with name_scope(name, "input_producer", tensor_list):
        tensors = [convert_to_tensor(tensor) for tensor in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        length = raw.Shape(tensors[0])[0]
        queue = range_input_producer(length, num_epochs, shuffle, seed, capacity, shared_name)
        index = queue.dequeue()
        return [gather(tensor, index) for tensor in tensors]
