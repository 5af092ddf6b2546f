"""A queue that is filled beforehand (tf.contrib.slim.prefetch_queue)."""

from __future__ import annotations

from typing import Any

from flowgraph import summary
from flowgraph.core import dtypes
from flowgraph.core.graph import name_scope
from flowgraph.ops.math.cast import cast
from flowgraph.ops.state.queues import FIFOQueue, PaddingFIFOQueue
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner


def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """A queue of batches that threads fill.

    Args:
      tensors: a list or a dict of tensors.
      capacity: how many elements the queue holds.
      num_threads: how many threads fill it.
      dynamic_pad: whether shapes may have unknown sizes.
      shared_name: see `tf.FIFOQueue`.
      name: the scope of the operations.
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    listed = [tensors[key] for key in names] if names else list(tensors)
    with name_scope(name, "prefetch_queue", listed):
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queue = kind(
            capacity=capacity, dtypes=[t.dtype for t in listed], shapes=[t.shape for t in listed],
            names=names, shared_name=shared_name,
        )  # fmt: skip
        runner = QueueRunner(queue, [queue.enqueue(tensors)] * num_threads)
        add_queue_runner(runner)
        full = cast(queue.size(), dtypes.float32) * (1.0 / capacity)
        summary.scalar(f"fraction_of_{capacity}_full", full)
        return queue
