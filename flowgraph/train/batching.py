"""Batches of examples for input pipelines made of queues: tf.train.batch and its kin.

Each makes a queue, adds a `QueueRunner` for it to the graph, and gives what is dequeued of it.
`tf.train.start_queue_runners` starts them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_tensor_or_sparse_tensor
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.partition import dynamic_partition
from flowgraph.ops.array.reshape import expand_dims, squeeze
from flowgraph.ops.control.basic import no_op, with_dependencies
from flowgraph.ops.control.cond import cond
from flowgraph.ops.sparse import tensors_map
from flowgraph.ops.sparse.rows import sparse_retain
from flowgraph.ops.state.queues import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner

_Sets = list[list[Any]]  # of each source, the tensors of an example


# --- the functions --------------------------------------------------------------------------------
def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of the examples that `tensors` are in each run (tf.train.batch).

    When the examples end, a run raises tf.errors.OutOfRangeError.

    Args:
      tensors: a list or dict of tensors or `SparseTensor`s: one example, or with `enqueue_many` as
        many as they have rows.
      batch_size: how many examples a batch has.
      num_threads: how many threads compute examples; with more than one, their order is open.
      capacity: the most examples that wait.
      enqueue_many: whether each tensor has one example in each row.
      shapes: the shapes of an example's tensors; their own when None.
      dynamic_pad: whether the sizes of examples may differ; smaller ones then end in zeros.
      allow_smaller_final_batch: whether the last batch may be smaller; else its examples are lost.
      shared_name: of the queue.
      name: the name of what is added.

    Returns:
      Tensors in the structure of `tensors`; of a list of one, the tensor.

    Raises:
      ValueError: the shapes are not known.
    """
    return maybe_batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch` of the examples for which `keep_input`, a bool, is true (tf.train.maybe_batch).

    With `enqueue_many`, it may be a vector with a bool for each of the examples.
    """
    queue = _queue(dynamic_pad, capacity, shared_name)
    return _batched(
        "batch", [tensors], queue, batch_size, keep_input, num_threads, enqueue_many, shapes,
        allow_smaller_final_batch, name,
    )  # fmt: skip


def batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch` of several sources, each in a thread of its own (tf.train.batch_join).

    Args:
      tensors_list: a list of what `batch` takes as `tensors`, all of the same structure.
      batch_size, capacity, enqueue_many, shapes, dynamic_pad: as in `batch`.
      allow_smaller_final_batch, shared_name, name: likewise.
    """
    return maybe_batch_join(
        tensors_list, True, batch_size, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch_join(
    tensors_list: Sequence[Any],
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch_join` of the examples for which `keep_input` is true (tf.train.maybe_batch_join)."""
    queue = _queue(dynamic_pad, capacity, shared_name)
    return _batched(
        "batch_join", tensors_list, queue, batch_size, keep_input, 1, enqueue_many, shapes,
        allow_smaller_final_batch, name,
    )  # fmt: skip


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch` of examples in random order (tf.train.shuffle_batch).

    Args:
      tensors: one example, or with `enqueue_many` many, as in `batch`.
      batch_size: how many examples a batch has.
      capacity: the most examples that wait.
      min_after_dequeue: how many of them are kept, so that they mix.
      num_threads: how many threads compute examples.
      seed: of the order.
      enqueue_many, shapes, allow_smaller_final_batch, shared_name, name: as in `batch`.

    Raises:
      ValueError: the capacity is not above min_after_dequeue, or the shapes are not known.
    """
    return maybe_shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many,
        shapes, allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch` of the examples that `keep_input` keeps (tf.train.maybe_shuffle_batch)."""
    queue = _shuffling(capacity, min_after_dequeue, seed, shared_name)
    return _batched(
        "shuffle_batch", [tensors], queue, batch_size, keep_input, num_threads, enqueue_many,
        shapes, allow_smaller_final_batch, name,
    )  # fmt: skip


def shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch` of several sources in threads of their own (tf.train.shuffle_batch_join)."""
    return maybe_shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch_join` of the examples kept (tf.train.maybe_shuffle_batch_join)."""
    queue = _shuffling(capacity, min_after_dequeue, seed, shared_name)
    return _batched(
        "shuffle_batch_join", tensors_list, queue, batch_size, keep_input, 1, enqueue_many, shapes,
        allow_smaller_final_batch, name,
    )  # fmt: skip


def _queue(padding: bool, capacity: int, shared_name: str | None) -> Callable[..., QueueBase]:
    kind = PaddingFIFOQueue if padding else FIFOQueue
    return partial(kind, capacity, shared_name=shared_name)


def _shuffling(
    capacity: int, least: int, seed: int | None, shared_name: str | None
) -> Callable[..., QueueBase]:
    if capacity <= least:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {least}.")
    return partial(RandomShuffleQueue, capacity, least, seed=seed, shared_name=shared_name)


# --- what is common to all -----------------------------------------------------------------------
def _batched(
    default: str,
    sources: Sequence[Any],
    make_queue: Callable[..., QueueBase],
    batch_size: Any,
    keep_input: Any,
    threads: int,
    enqueue_many: bool,
    shapes: Any,
    smaller: bool,
    name: str | None,
) -> Any:
    """Puts examples into a queue and takes batches of them, in the structure of the examples."""
    sets = _as_lists(sources)
    flat = [tensor for tensors in sets for tensor in tensors]
    with name_scope(name, default, [t for t in flat if isinstance(t, Tensor)]) as scope:
        sets = [[convert_to_tensor_or_sparse_tensor(t) for t in tensors] for tensors in sets]
        if not sets[0]:
            raise ValueError("Expected at least one tensor in batch().")
        keep = _checked_keep(keep_input, enqueue_many)
        stored = [_stored(tensors, keep, enqueue_many, scope) for tensors in sets]
        queue = make_queue(dtypes=_types(stored), shapes=_shapes(stored, shapes, enqueue_many))
        puts = [_put(queue, tensors, keep, enqueue_many) for tensors in stored]
        add_queue_runner(QueueRunner(queue, puts * threads))
        take = queue.dequeue_up_to if smaller else queue.dequeue_many
        batch = take(batch_size, name=scope)
        columns = _restored(
            batch if isinstance(batch, list) else [batch], sets, enqueue_many, scope
        )
    if isinstance(sources[0], dict):
        return dict(zip(sorted(sources[0], key=str), columns, strict=True))
    return columns[0] if len(columns) == 1 else columns


def _as_lists(sources: Sequence[Any]) -> _Sets:
    if not sources:
        raise ValueError("Expected at least one set of tensors")
    if not isinstance(sources[0], dict):
        return [list(tensors) for tensors in sources]
    if any(set(tensors) != set(sources[0]) for tensors in sources):
        raise ValueError("All dictionaries in tensors_list must have the same keys")
    return [[tensors[key] for key in sorted(tensors, key=str)] for tensors in sources]


def _checked_keep(keep_input: Any, enqueue_many: bool) -> Tensor:
    keep = convert_to_tensor(keep_input)
    if keep.shape.rank is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if not enqueue_many and keep.shape.rank == 1:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if keep.shape.rank > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def _when(keep: Tensor, do: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    value = constant_value(keep)
    if value is None:
        return cond(keep, do, otherwise)
    return do() if value else otherwise()


def _put(queue: QueueBase, tensors: list[Any], keep: Tensor, enqueue_many: bool) -> Any:
    enqueue = queue.enqueue_many if enqueue_many else queue.enqueue
    if keep.shape.rank == 1:
        chosen = raw.Cast(keep, DstT=dtypes.int32)
        return enqueue([dynamic_partition(t, chosen, num_partitions=2)[1] for t in tensors])
    return _when(keep, lambda: enqueue(tensors), no_op)


def _types(sets: _Sets) -> list[dtypes.DType]:
    kinds = [[tensor.dtype.base_dtype for tensor in tensors] for tensors in sets]
    for other in kinds[1:]:
        if other != kinds[0]:
            raise TypeError(
                f"Expected types to be consistent: {', '.join(t.name for t in kinds[0])} vs. "
                f"{', '.join(t.name for t in other)}."
            )
    return kinds[0]


def _shapes(sets: _Sets, shapes: Any, enqueue_many: bool) -> Any:
    if shapes is not None:
        return shapes
    for tensors in sets:
        for tensor in tensors:
            if tensor.shape.rank is None:
                raise ValueError(f"Cannot infer Tensor's rank: {tensor}")
    return [_shape_of_all([tensors[i].shape for tensors in sets], enqueue_many)
            for i in range(len(sets[0]))]  # fmt: skip


def _shape_of_all(shapes: list[TensorShape], enqueue_many: bool) -> TensorShape:
    if enqueue_many:
        shapes = [shape.with_rank_at_least(1)[1:] for shape in shapes]
    for shape in shapes[1:]:
        shapes[0].merge_with(shape)  # raises where they contradict each other
    return shapes[0]


# --- sparse tensors: a queue carries their numbers in a map ---------------------------------------
def _stored(tensors: list[Any], keep: Tensor, enqueue_many: bool, scope: str) -> list[Any]:
    return [
        _store(tensor, keep, enqueue_many, f"{scope}sparse_{i}")
        if isinstance(tensor, SparseTensor)
        else tensor
        for i, tensor in enumerate(tensors)
    ]


def _store(sp: SparseTensor, keep: Tensor, enqueue_many: bool, kept_in: str) -> Tensor:
    if keep.shape.rank == 1:
        sp = sparse_retain(sp, gather(keep, sp.indices[:, 0]))
        numbers = tensors_map.add_many_sparse_to_map(sp, kept_in)
    elif enqueue_many:
        numbers = _when(
            keep,
            lambda: tensors_map.add_many_sparse_to_map(sp, kept_in),
            lambda: raw.Fill(sp.dense_shape[0:1], convert_to_tensor(-1, dtype=dtypes.int64)),
        )
    else:
        numbers = _when(
            keep,
            lambda: tensors_map.add_sparse_to_map(sp, kept_in),
            lambda: convert_to_tensor(-1, dtype=dtypes.int64),
        )
    return expand_dims(numbers, -1)


def _restored(batch: list[Tensor], sets: _Sets, enqueue_many: bool, scope: str) -> list[Any]:
    """The columns of a batch; each waits until the sparse ones are out of their maps."""
    columns: list[Any] = []
    for i, (column, example) in enumerate(zip(batch, sets[0], strict=True)):
        if isinstance(example, SparseTensor):
            inner = example.dense_shape.shape.with_rank(1)[0].value
            rank = None if inner is None else inner + (0 if enqueue_many else 1)
            kept_in, numbers = f"{scope}sparse_{i}", squeeze(column, [1])
            column = tensors_map.take_many_sparse_from_map(numbers, example.dtype, kept_in, rank)
        columns.append(column)
    if not any(isinstance(column, SparseTensor) for column in columns):
        return columns
    parts = [c.values if isinstance(c, SparseTensor) else c for c in columns]
    return [_after(parts, column) for column in columns]


def _after(parts: list[Tensor], column: Any) -> Any:
    if not isinstance(column, SparseTensor):
        return with_dependencies(parts, column)
    return SparseTensor(
        *[with_dependencies(parts, t) for t in (column.indices, column.values, column.dense_shape)]
    )
