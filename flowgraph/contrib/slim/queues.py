"""A block in which the queue runners run (tf.contrib.slim.queues)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph_functions import get_collection
from flowgraph.train.coordinator import Coordinator

__all__ = ["NestedQueueRunnerError", "QueueRunners"]
_lock = threading.Lock()


class NestedQueueRunnerError(Exception):
    """There is such a block already."""


@contextmanager
def QueueRunners(session: Any) -> Iterator[None]:
    """Starts the queue runners of the graph and stops them at the block's end.

    Raises:
      NestedQueueRunnerError: there is such a block already.
    """
    if not _lock.acquire(blocking=False):
        raise NestedQueueRunnerError("QueueRunners cannot be nested")
    coord, threads = Coordinator(), []
    for runner in get_collection(GraphKeys.QUEUE_RUNNERS):
        threads.extend(runner.create_threads(session, coord=coord, daemon=True, start=True))
    try:
        yield
    finally:
        coord.request_stop()
        try:
            coord.join(threads, stop_grace_period_secs=120)
        except RuntimeError:
            session.close()
        _lock.release()
