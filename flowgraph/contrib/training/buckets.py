"""Batches of examples of like length: each example waits in a queue of its bucket."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from flowgraph.core import dtypes, errors
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.sparse_tensor import convert_to_tensor_or_sparse_tensor
from flowgraph.core.static import constant_value
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.control.cond import cond
from flowgraph.ops.state.queues import FIFOQueue, PaddingFIFOQueue
from flowgraph.train import batching
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner

_ENDS = (errors.OutOfRangeError, errors.CancelledError)


def bucket(
    tensors: Any,
    which_bucket: Any,
    batch_size: Any,
    num_buckets: int,
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """(bucket, batch): batches whose examples are all of one bucket (tf.contrib.training.bucket).

    Args:
      tensors: a list or dict of tensors: one example.
      which_bucket: its bucket's number, an int32 scalar.
      batch_size: how many examples a batch has, or a list of such, one for each bucket.
      num_buckets: how many buckets there are.
      num_threads: how many threads compute examples.
      capacity: the most batches, and examples of a bucket, that wait.
      bucket_capacities: the most examples of each bucket, instead.
      shapes: the shapes of an example's tensors; their own when None.
      dynamic_pad: whether examples are filled with zeros to the largest of their batch.
      allow_smaller_final_batch: whether the last batches may be smaller.
      keep_input: whether the example counts, a bool.
      shared_name: of the queues.
      name: the name of what is added.

    Raises:
      ValueError: there are not as many batch sizes or capacities as buckets.
    """
    sizes = batch_size if isinstance(batch_size, (list, tuple)) else [batch_size] * num_buckets
    capacities = bucket_capacities or [capacity] * num_buckets
    for what, given in (("batch_size", sizes), ("bucket_capacities", capacities)):
        if len(given) != num_buckets:
            raise ValueError(
                f"The list {what} ({given}) must have exactly num_buckets ({num_buckets}) elements."
            )
    examples = batching._as_lists([tensors])
    with name_scope(name, "bucket") as scope:
        sets = [[convert_to_tensor_or_sparse_tensor(t) for t in examples[0]]]
        if not sets[0]:
            raise ValueError("Expected at least one tensor in bucket().")
        keep = batching._checked_keep(keep_input, False)
        stored = batching._stored(sets[0], keep, False, scope)
        types, static = batching._types([stored]), batching._shapes([stored], shapes, False)
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queues = [
            kind(
                capacities[i], types, static, name=f"bucket_queue_{i}",
                shared_name=None if shared_name is None else f"{shared_name}_{i}",
            )
            for i in range(num_buckets)
        ]  # fmt: skip
        known = None if allow_smaller_final_batch else _common_size(sizes)
        batches = [TensorShape.of((known,)).concatenate(shape) for shape in queues[0].shapes]
        top = PaddingFIFOQueue(
            capacity, [dtypes.int32, *types], [SCALAR, *batches], shared_name=shared_name,
            name="top_queue",
        )  # fmt: skip
        number = convert_to_tensor(which_bucket, dtype=dtypes.int32, name="which_bucket")
        _run_queues(
            queues, top, number, stored, keep, sizes, num_threads, allow_smaller_final_batch
        )
        taken = top.dequeue(name="dequeue_top")
        columns = batching._restored(taken[1:], sets, False, scope)
    if isinstance(tensors, dict):
        return taken[0], dict(zip(sorted(tensors, key=str), columns, strict=True))
    return taken[0], columns[0] if len(columns) == 1 else columns


def _common_size(sizes: Any) -> int | None:
    known = {
        None if (size := constant_value(convert_to_tensor(s))) is None else int(size) for s in sizes
    }
    return known.pop() if len(known) == 1 else None


def _run_queues(
    queues: list[Any], top: Any, number: Any, tensors: list[Any], keep: Any, sizes: Any,
    num_threads: int, smaller: bool,
) -> None:  # fmt: skip
    """Adds the runners that put examples into buckets, and full buckets into the queue on top."""

    def put() -> Any:
        puts = [
            cond(raw.Equal(number, np.int32(i)), partial(queue.enqueue, tensors), no_op)
            for i, queue in enumerate(queues)
        ]
        return group(*puts, name="group_enqueues")

    filled = []
    for i, (queue, size) in enumerate(zip(queues, sizes, strict=True)):
        take = queue.dequeue_up_to if smaller else queue.dequeue_many
        batch = take(size, name=f"read_bucket_{i}")
        columns = batch if isinstance(batch, (list, tuple)) else [batch]
        filled.append(top.enqueue([np.int32(i), *columns], name=f"enqueue_from_bucket_{i}"))
    add_queue_runner(
        QueueRunner(
            queues[0], filled, close_op=top.close(),
            cancel_op=top.close(cancel_pending_enqueues=True), queue_closed_exception_types=_ENDS,
        )
    )  # fmt: skip
    add_queue_runner(
        QueueRunner(
            top, [batching._when(keep, put, no_op)] * num_threads,
            close_op=group(*[q.close() for q in queues]),
            cancel_op=group(*[q.close(cancel_pending_enqueues=True) for q in queues]),
            queue_closed_exception_types=_ENDS,
        )
    )  # fmt: skip


def bucket_by_sequence_length(
    input_length: Any,
    tensors: Any,
    batch_size: Any,
    bucket_boundaries: Sequence[int],
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """(lengths, batch): batches of sequences of like length.

    tf.contrib.training.bucket_by_sequence_length. Other arguments are those of `bucket`.

    Args:
      input_length: the example's length, an int32 scalar.
      bucket_boundaries: the lengths at which a bucket ends and the next one begins.

    Raises:
      TypeError, ValueError: the boundaries are no growing integers.
    """
    if not isinstance(bucket_boundaries, (list, tuple)):
        raise TypeError(
            f"bucket_boundaries must be a list or tuple, but received: {bucket_boundaries}"
        )
    if not bucket_boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for before, after in pairwise(bucket_boundaries):
        if not isinstance(before, int) or not isinstance(after, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {before} and {after}")
        if before >= after:
            raise ValueError(
                f"Buckets must contain sequential increasing lengths, but saw: {before} before "
                f"{after}"
            )
    keys = sorted(tensors, key=str) if isinstance(tensors, dict) else None
    parts = [tensors[key] for key in keys] if keys is not None else list(tensors)
    with name_scope(name, "bucket_by_sequence_length"):
        length = convert_to_tensor(input_length, dtype=dtypes.int32, name="input_length")
        reached = raw.GreaterEqual(length, np.array(bucket_boundaries, np.int32))
        which = raw.Sum(raw.Cast(reached, DstT=dtypes.int32), np.int32(0))
        _, (lengths, *columns) = bucket(
            [length, *parts], which, batch_size, len(bucket_boundaries) + 1, num_threads,
            capacity, bucket_capacities, None if shapes is None else [SCALAR, *shapes],
            dynamic_pad, allow_smaller_final_batch, keep_input, shared_name,
        )  # fmt: skip
    if keys is not None:
        return lengths, dict(zip(keys, columns, strict=True))
    return lengths, columns
