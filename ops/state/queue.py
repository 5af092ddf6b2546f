"""Queues between steps and runs: the ops that make them, put elements and take them.

Putting and taking wait (`Trait.BLOCKS`): for room, for elements, for another run's step or one of
the same run. The queues themselves are in `_queue_store.py`, Python's classes in `queues.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes, errors
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, UNKNOWN, TensorShape
from flowgraph.ops.array.known import integer
from flowgraph.ops.state import _queue_store as store

# --- FIFOQueueV2, PaddingFIFOQueueV2, RandomShuffleQueueV2, PriorityQueueV2 -----------------------
_SHARED = {"container": attrs.string(""), "shared_name": attrs.string("")}


def _queue(
    op_type: str, make: Callable[..., store.Queue], also: dict[str, attrs.Attr] | None = None
) -> OpDef:
    """Declares the op that makes one kind of queue: `make(name, capacity, dtypes, shapes)`."""
    op_def = define(
        op_type,
        outputs="handle: resource",
        attrs={
            "component_types": attrs.type_list(),
            "shapes": attrs.shapes(()),
            "capacity": attrs.integer(-1),
            **(also or {}),
            **_SHARED,
        },
        shape=lambda op: _checked(op) and SCALAR,
        traits=Trait.STATEFUL,
    ).no_gradient()

    @op_def.preset
    def _(ctx: Any) -> Any:
        shared = ctx.attrs["shared_name"]
        key = ("queue", ctx.attrs["container"], shared) if shared else ("queue", ctx.op.origin)

        def fresh() -> store.Queue:
            name = shared or f"_{next(ctx.state.numbers)}_{ctx.name}"
            return make(ctx.attrs, name, ctx.attrs["capacity"], *components(ctx.op))

        queue: store.Queue = ctx.state.state(key, fresh)
        if shared:
            try:
                queue.check_twin(fresh())
            except errors.OpError as error:
                raise errors.of_operation(error, ctx.op) from error
        return queue.handle

    return op_def


def _checked(op: Operation) -> bool:
    types, shapes = op.attrs["component_types"], op.attrs["shapes"]
    if not types and op.op_def is not priority_queue_op:
        raise ValueError(f"component_types of {op.type} must not be empty")
    if shapes and len(shapes) != len(types):
        raise ValueError(
            f"{op.type} needs as many shapes as component_types, got {len(shapes)} shapes and "
            f"{len(types)} types"
        )
    return True


def components(op: Operation) -> tuple[list[dtypes.DType], list[TensorShape]]:
    """(dtypes, static shapes) of the elements of a queue; no shapes when they are left open."""
    types, shapes = list(op.attrs["component_types"]), list(op.attrs["shapes"])
    if op.op_def is priority_queue_op:
        types, shapes = [dtypes.int64, *types], [SCALAR, *shapes] if shapes or not types else []
    return types, shapes


fifo_queue_op = _queue("FIFOQueueV2", lambda attrs, *args: store.Queue(*args))
padding_fifo_queue_op = _queue("PaddingFIFOQueueV2", lambda attrs, *args: store.PaddingQueue(*args))
random_shuffle_queue_op = _queue(
    "RandomShuffleQueueV2",
    lambda attrs, *args: store.ShuffleQueue(
        *args, least=attrs["min_after_dequeue"], seeds=(attrs["seed"], attrs["seed2"])
    ),
    {
        "min_after_dequeue": attrs.integer(0),
        "seed": attrs.integer(0),
        "seed2": attrs.integer(0),
    },
)
priority_queue_op = _queue("PriorityQueueV2", lambda attrs, *args: store.PriorityQueue(*args))


# --- QueueEnqueueV2, QueueEnqueueManyV2 -----------------------------------------------------------
def _putting(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="handle: resource, components: *Tcomponents",
        attrs={"Tcomponents": attrs.type_list(), "timeout_ms": attrs.integer(-1)},
        traits=Trait.STATEFUL | Trait.BLOCKS,
    ).no_gradient()


enqueue_op = _putting("QueueEnqueueV2")
enqueue_many_op = _putting("QueueEnqueueManyV2")


@enqueue_op.kernel
def _(ctx: Any) -> Any:
    types = ctx.input_dtypes[1:]

    def enqueue(handle: Any, *components: Any) -> tuple[()]:
        queue: store.Queue = handle.item()
        element = tuple([store.own(value) for value in components])
        queue.check_components(types)
        queue.check_element(element)
        queue.enqueue(element)
        return ()

    return enqueue


@enqueue_many_op.kernel
def _(ctx: Any) -> Any:
    types = ctx.input_dtypes[1:]

    def enqueue_many(handle: Any, *components: Any) -> tuple[()]:
        queue: store.Queue = handle.item()
        queue.check_components(types)
        queue.check_batch(components)
        queue.enqueue_many(store.rows(components))
        return ()

    return enqueue_many


# --- QueueDequeueV2, QueueDequeueManyV2, QueueDequeueUpToV2 ---------------------------------------
def _taking(op_type: str, more: str, shape: Callable[[Operation], Any]) -> OpDef:
    return define(
        op_type,
        inputs=f"handle: resource{more}",
        outputs="components: *component_types",
        attrs={"component_types": attrs.type_list(), "timeout_ms": attrs.integer(-1)},
        shape=shape,
        traits=Trait.STATEFUL | Trait.BLOCKS,
    ).no_gradient()


def _element_shapes(op: Operation) -> list[TensorShape]:
    """What the queue, where it can be told, says of the shapes of its elements."""
    maker = op.inputs[0].op
    types, shapes = components(maker) if maker.op_def.outputs[0].name == "handle" else ([], [])
    if not shapes or len(types) != len(op.outputs):
        return [UNKNOWN] * len(op.outputs)
    return shapes


def _batch_shapes(op: Operation) -> list[TensorShape]:
    if op.inputs[1].shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {op.inputs[1].shape.rank}")
    count = integer(op.inputs[1])
    if count is not None and count < 0:
        raise ValueError(f"Input 'n' must be >= 0, but is {count}")
    exact = op.op_def is dequeue_many_op or count == 0
    length = TensorShape.of((count if exact else None,))
    return [length.concatenate(shape) for shape in _element_shapes(op)]


dequeue_op = _taking("QueueDequeueV2", "", _element_shapes)
dequeue_many_op = _taking("QueueDequeueManyV2", ", n: int32", _batch_shapes)
dequeue_up_to_op = _taking("QueueDequeueUpToV2", ", n: int32", _batch_shapes)


@dequeue_op.kernel
def _(ctx: Any) -> Any:
    types = ctx.output_dtypes

    def dequeue(handle: Any) -> Any:
        queue: store.Queue = handle.item()
        queue.check_components(types)
        return queue.dequeue()

    return dequeue


def _bind_batch(allow_fewer: bool) -> Callable[[Any], Any]:
    def bind(ctx: Any) -> Any:
        types = ctx.output_dtypes

        def dequeue_many(handle: Any, n: Any) -> Any:
            queue: store.Queue = handle.item()
            count = int(n)
            if count < 0:
                word = "DequeueUpTo" if allow_fewer else "DequeueMany"
                raise errors.InvalidArgumentError(f"{word} requested {count} < 0 elements")
            queue.check_components(types)
            queue.check_many()
            return queue.dequeue_many(count, allow_fewer)

        return dequeue_many

    return bind


dequeue_many_op.kernel(_bind_batch(False))
dequeue_up_to_op.kernel(_bind_batch(True))

# --- QueueCloseV2, QueueIsClosedV2, QueueSizeV2 ---------------------------------------------------
close_op = define(
    "QueueCloseV2",
    inputs="handle: resource",
    attrs={"cancel_pending_enqueues": attrs.boolean(False)},
    traits=Trait.STATEFUL | Trait.BLOCKS,
).no_gradient()


@close_op.kernel
def _(ctx: Any) -> Any:
    cancel = ctx.attrs["cancel_pending_enqueues"]

    def close(handle: Any) -> tuple[()]:
        queue: store.Queue = handle.item()
        queue.close(cancel)
        return ()

    return close


def _asking(op_type: str, output: str, ask: Callable[[store.Queue], Any]) -> OpDef:
    op_def = define(
        op_type,
        inputs="handle: resource",
        outputs=output,
        shape=lambda op: SCALAR,
        traits=Trait.STATEFUL | Trait.CHEAP,
    ).no_gradient()
    op_def.kernel(lambda ctx: lambda handle: ask(handle.item()))
    return op_def


is_closed_op = _asking("QueueIsClosedV2", "is_closed: bool", lambda queue: np.bool_(queue.closed))
size_op = _asking("QueueSizeV2", "size: int32", lambda queue: np.int32(queue.size()))
