"""tf.QueueBase and its kinds: Python's handles of the queues, which make the ops of `queue.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import reduce
from typing import Any

from flowgraph.core import dtypes as _dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dimension, TensorShape, as_shape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.random.seeds import get_seed
from flowgraph.ops.state import queue as ops

__all__ = ["FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue"]


class QueueBase:
    """What all queues can do: their elements are tuples of tensors (tf.QueueBase).

    Args:
      dtypes: the dtypes of an element's components.
      shapes: their shapes, or None when these are left open.
      names: names of the components, or None; with names, elements are dicts.
      queue_ref: the tensor that holds the queue.

    Raises:
      ValueError: there are not as many shapes or names as dtypes.
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Tensor) -> None:
        self._dtypes = dtypes
        for what, given in (("shapes", shapes), ("names", names)):
            if given is not None and len(given) != len(dtypes):
                raise ValueError(
                    f"Queue {what} must have the same length as dtypes, received "
                    f"len({what})={len(given)}, len(dtypes)={len(dtypes)}"
                )
        self._shapes = [UNKNOWN] * len(dtypes) if shapes is None else [as_shape(s) for s in shapes]
        self._names = names
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    @staticmethod
    def from_list(index: Any, queues: Sequence[QueueBase]) -> QueueBase:
        """The queue `queues[index]`, where `index` is a scalar integer tensor.

        Raises:
          TypeError: `queues` is no list of queues whose dtypes and names are the same.
        """
        if not queues or not isinstance(queues, list):
            raise TypeError("A list of queues expected")
        if not all(isinstance(queue, QueueBase) for queue in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        for what in ("dtypes", "names"):
            if any(getattr(q, what) != getattr(first, what) for q in queues[1:]):
                raise TypeError(f"Queues do not have matching component {what}.")
        shapes = [reduce(_common, column) for column in zip(*[q.shapes for q in queues])]
        chosen = raw.GatherV2(
            raw.Pack([q.queue_ref for q in queues], axis=0, name="stack"), index, 0
        )
        return QueueBase(first.dtypes, shapes, first.names, chosen)

    @property
    def queue_ref(self) -> Tensor:
        """The tensor that holds the queue."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the queue."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> list[_dtypes.DType]:
        """The dtypes of an element's components."""
        return self._dtypes  # type: ignore[no-any-return]

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of an element's components."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of an element's components, or None."""
        return self._names  # type: ignore[no-any-return]

    # --- putting -------------------------------------------------------------------------------
    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """An operation that puts one element; it waits while the queue is full.

        When the queue is closed before it has put it, it fails with tf.errors.CancelledError.

        Args:
          vals: a tensor, a list or tuple of tensors, or a dict when the components have names.
          name: the operation's name.
        """
        with name_scope(name or f"{self._name}_enqueue") as scope:
            values = self._tensors(vals)
            for i, (value, shape) in enumerate(zip(values, self._shapes)):
                self._check_shape(i, value.shape, shape)
            return ops.enqueue_op(self._queue_ref, values, name=scope)  # type: ignore[no-any-return]

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """An operation that puts as many elements as the tensors have rows; waits while it is full.

        When the queue is closed before it has put them, it fails with tf.errors.CancelledError.
        """
        with name_scope(name or f"{self._name}_EnqueueMany") as scope:
            values = self._tensors(vals)
            length = Dimension(None)
            for i, (value, shape) in enumerate(zip(values, self._shapes)):
                length = length.merge_with(value.shape.with_rank_at_least(1)[0])
                self._check_shape(i, value.shape[1:], shape)
            return ops.enqueue_many_op(self._queue_ref, values, name=scope)  # type: ignore[no-any-return]

    def _check_shape(self, component: int, came: TensorShape, declared: TensorShape) -> None:
        if not came.is_compatible_with(declared):
            raise ValueError(
                f"Shapes {came} and {declared} are incompatible: component {component} of the "
                f"queue '{self._name}' has shape {declared}, what is put has {came}."
            )

    def _tensors(self, vals: Any) -> list[Tensor]:
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names, key=str) != sorted(vals.keys(), key=str):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
                    f"{sorted(vals)}, Queue: {sorted(self._names)}"
                )
            vals = [vals[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        return [
            convert_to_tensor(value, dtype=dtype, name=f"component_{i}")
            for i, (value, dtype) in enumerate(zip(vals, self._dtypes))
        ]

    # --- taking --------------------------------------------------------------------------------
    def dequeue(self, name: str | None = None) -> Any:
        """The tensors of one element, which a run takes; it waits until there is one.

        When the queue is closed and empty, it fails with tf.errors.OutOfRangeError.
        """
        tensors = ops.dequeue_op(
            self._queue_ref, component_types=self._dtypes, name=name or f"{self._name}_Dequeue"
        )
        return self._element(tensors, TensorShape(()))

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """The tensors of `n` elements as rows; it waits until there are as many.

        When the queue is closed and has fewer, it fails with tf.errors.OutOfRangeError. At run time
        the components need to have shapes: else tf.errors.InvalidArgumentError.
        """
        tensors = ops.dequeue_many_op(
            self._queue_ref,
            n,
            component_types=self._dtypes,
            name=name or f"{self._name}_DequeueMany",
        )
        return self._element(tensors, TensorShape([constant_value(tensors[0].op.inputs[1])]))

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Like `dequeue_many`, but fewer will do when the queue is closed and has some elements."""
        tensors = ops.dequeue_up_to_op(
            self._queue_ref,
            n,
            component_types=self._dtypes,
            name=name or f"{self._name}_DequeueUpTo",
        )
        return self._element(tensors, TensorShape([None]))

    def _element(self, tensors: list[Tensor], outer: TensorShape) -> Any:
        for tensor, shape in zip(tensors, self._shapes):
            tensor.set_shape(outer.concatenate(shape))
        if self._names:
            return dict(zip(self._names, tensors))
        return tensors[0] if len(tensors) == 1 else tensors

    # --- the rest ------------------------------------------------------------------------------
    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """An operation after which nothing more can be put; what there is can still be taken.

        It waits for those who are putting; with `cancel_pending_enqueues`, these are cancelled.
        """
        return ops.close_op(  # type: ignore[no-any-return]
            self._queue_ref,
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_Close",
        )

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether the queue is closed, a bool scalar."""
        return ops.is_closed_op(self._queue_ref, name=name or f"{self._name}_Is_Closed")  # type: ignore[no-any-return]

    def size(self, name: str | None = None) -> Tensor:
        """How many elements there are, an int32 scalar."""
        return ops.size_op(self._queue_ref, name=name or f"{self._name}_Size")  # type: ignore[no-any-return]


class FIFOQueue(QueueBase):
    """A queue that gives its elements in the order in which they came (tf.FIFOQueue).

    Args:
      capacity: the most elements that it holds; a negative number: any.
      dtypes: a dtype, or the list of an element's.
      shapes: the components' fully defined shapes; without them, there are no batches to take.
      names: the components' names, or None.
      shared_name: queues of the same shared name in a session are the same.
      name: the operation's name.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        types, shapes = _as_list(dtypes), _shapes(shapes)
        names = _names(names, types)
        ref = ops.fifo_queue_op(
            component_types=types, shapes=shapes, capacity=capacity, shared_name=shared_name,
            name=name,
        )  # fmt: skip
        super().__init__(types, shapes, names, ref)


class PaddingFIFOQueue(QueueBase):
    """A FIFO queue whose components may differ in size; batches are padded (tf.PaddingFIFOQueue).

    Args:
      capacity: the most elements that it holds; a negative number: any.
      dtypes: a dtype, or the list of an element's.
      shapes: a list of the components' shapes, of known rank. Where a dimension is None, sizes may
        differ, and in a batch the smaller elements end in zeros (or empty strings).
      names: the components' names, or None.
      shared_name: queues of the same shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: `shapes` is no list of as many shapes of known rank as there are dtypes.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        types, shapes = _as_list(dtypes), _shapes(shapes, partial=True)
        names = _names(names, types)
        if len(types) != len(shapes):
            raise ValueError(
                "Shapes must be provided for all components, but received "
                f"{len(types)} dtypes and {len(shapes)} shapes."
            )
        ref = ops.padding_fifo_queue_op(
            component_types=types, shapes=shapes, capacity=capacity, shared_name=shared_name,
            name=name,
        )  # fmt: skip
        super().__init__(types, shapes, names, ref)


class RandomShuffleQueue(QueueBase):
    """A queue that gives its elements in random order (tf.RandomShuffleQueue).

    Args:
      capacity: the most elements that it holds; a negative number: any.
      min_after_dequeue: how many elements it keeps, so that they mix, until it is closed.
      dtypes: a dtype, or the list of an element's.
      shapes: the components' fully defined shapes; without them, there are no batches to take.
      names: the components' names, or None.
      seed: with the graph's seed it sets the order; see `tf.set_random_seed`.
      shared_name: queues of the same shared name in a session are the same.
      name: the operation's name.
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        types, shapes = _as_list(dtypes), _shapes(shapes)
        names = _names(names, types)
        seed1, seed2 = get_seed(seed)
        if seed1 is not None and seed is None and shared_name is not None:
            # Queues that share their elements must agree, wherever in the graph they are made.
            text = f"{seed1}{shared_name}".encode()
            seed2 = int(hashlib.md5(text).hexdigest()[:8], 16) & 0x7FFFFFFF
        ref = ops.random_shuffle_queue_op(
            component_types=types, shapes=shapes, capacity=capacity,
            min_after_dequeue=min_after_dequeue, seed=seed1 or 0, seed2=seed2 or 0,
            shared_name=shared_name, name=name,
        )  # fmt: skip
        super().__init__(types, shapes, names, ref)


class PriorityQueue(QueueBase):
    """A queue that gives the element of the lowest priority first (tf.PriorityQueue).

    An element begins with its priority, an int64 scalar, in front of the components of `types`.

    Args:
      capacity: the most elements that it holds; a negative number: any.
      types: a dtype, or the list of an element's without the priority.
      shapes: the fully defined shapes of the components of `types`.
      names: the components' names, or None.
      shared_name: queues of the same shared name in a session are the same.
      name: the operation's name.
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        types, shapes = _as_list(types), _shapes(shapes)
        ref = ops.priority_queue_op(
            component_types=types, shapes=shapes, capacity=capacity, shared_name=shared_name,
            name=name,
        )  # fmt: skip
        whole = [TensorShape(()), *shapes] if shapes else shapes
        super().__init__([_dtypes.int64, *types], whole, names, ref)


# --- arguments ------------------------------------------------------------------------------------
def _as_list(types: Any) -> list[_dtypes.DType]:
    types = list(types) if isinstance(types, (list, tuple)) else [types]
    return [_dtypes.as_dtype(t) for t in types]


def _shapes(shapes: Any, partial: bool = False) -> list[TensorShape] | None:
    """The components' shapes as a list; a single shape may stand for a list of one."""
    single = not isinstance(shapes, TensorShape) and isinstance(shapes, (list, tuple))
    single = single and all(s is None or isinstance(s, int) for s in shapes)
    if partial and (not isinstance(shapes, (list, tuple)) or single):
        raise ValueError("When providing partial shapes, a list of shapes must be provided.")
    if shapes is None:
        return None
    if not isinstance(shapes, (list, tuple, TensorShape)):
        raise TypeError("shapes must be a TensorShape or a list or tuple of TensorShapes.")
    if isinstance(shapes, TensorShape) or single:
        shapes = [shapes]
    found = [as_shape(shape) for shape in shapes]
    if not partial and not all(shape.is_fully_defined() for shape in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    if any(shape.rank is None for shape in found):
        raise ValueError(f"All shapes must have a defined rank: {found}")
    return found


def _names(names: Any, types: list[_dtypes.DType]) -> list[str] | None:
    if names is None:
        return None
    names = list(names) if isinstance(names, (list, tuple)) else [names]
    if len(names) != len(types):
        raise ValueError("List of names must have the same length as the list of dtypes")
    return names


def _common(a: TensorShape, b: TensorShape) -> TensorShape:
    return a.most_specific_compatible_shape(b)
