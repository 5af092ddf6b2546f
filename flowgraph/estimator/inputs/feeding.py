"""Queues that threads fill from arrays and data frames."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.platform import logging
from flowgraph.train.queue_runner import QueueRunner


class FeedingQueueRunner(QueueRunner):
    """A queue runner whose operations are fed by functions.

    Args:
      queue: the queue.
      enqueue_ops: the operations.
      feed_fns: a function for each of them that makes a function, for each start of the threads
        a new one, which gives the next feed dict, or raises OutOfRangeError at the end.

    Raises:
      ValueError: there are not as many functions as operations.
    """

    def __init__(self, queue: Any, enqueue_ops: Any, feed_fns: Any) -> None:
        if len(enqueue_ops) != len(feed_fns):
            raise ValueError(
                "If feed_fns is not None, it must have the same length as enqueue_ops."
            )
        super().__init__(
            queue, enqueue_ops,
            queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
        )  # fmt: skip
        self._feed_fns = dict(zip(enqueue_ops, feed_fns, strict=True))

    def _feeder(self, session: Any, enqueue_op: Any) -> Callable[[], None]:
        """A function that puts the next elements."""
        feed = self._feed_fns[enqueue_op]()
        return lambda: session.run(enqueue_op, feed_dict=feed())

    def to_proto(self, export_scope: str | None = None) -> Any:
        """None: functions are not written with a graph."""
        return None


class _Rows:
    """Gives rows of columns, some at a time, from a row on and around the end."""

    def __init__(
        self, columns: list[Any], placeholders: list[Any], size: int, start: int,
        num_epochs: int | None,
    ) -> None:  # fmt: skip
        self._columns, self._placeholders = columns, placeholders
        self._size, self._start = size, start
        self._length = len(columns[0])
        self._left = None if num_epochs is None else num_epochs * self._length

    def __call__(self) -> dict[Any, Any]:
        """The next feed dict; OutOfRangeError after the last epoch."""
        count = self._size if self._left is None else min(self._size, self._left)
        if count == 0:
            raise tf.errors.OutOfRangeError(None, None, "Already emitted all epochs.")
        rows = np.arange(self._start, self._start + count) % self._length
        self._start = (self._start + count) % self._length
        if self._left is not None:
            self._left -= count
        values = [rows, *(column[rows] for column in self._columns)]
        return dict(zip(self._placeholders, values, strict=True))


def dequeued(
    columns: list[Any], batch_size: int, capacity: int, shuffle: bool, num_threads: int,
    num_epochs: int | None, seed: int | None = None, min_after_dequeue: int | None = None,
) -> list[Any]:  # fmt: skip
    """Batches of columns' rows, from a queue that threads of the session fill.

    Args:
      columns: arrays of one length.
      batch_size: how many rows a batch has; the last one may have less where epochs are counted.
      capacity: how many rows the queue holds.
      shuffle: whether rows come in a random order.
      num_threads: how many threads fill it.
      num_epochs: how often each row comes; without end when None.
      seed: of the order.
      min_after_dequeue: how many rows stay in the queue, so that the order is random enough.

    Returns:
      A tensor for each column.
    """
    if num_threads > 1 and num_epochs is not None:
        logging.warning(
            "enqueue_data was called with num_epochs and num_threads > 1. num_epochs is applied "
            "per thread, so this will produce more epochs than you probably intend. If you want "
            "to limit epochs, use one thread."
        )
    with tf.name_scope("enqueue_input"):
        kinds = [tf.int64, *(tf.as_dtype(column.dtype) for column in columns)]
        shapes = [(), *(column.shape[1:] for column in columns)]
        least = 0
        if shuffle:
            least = int(capacity / 4 if min_after_dequeue is None else min_after_dequeue)
            queue = tf.RandomShuffleQueue(capacity, least, kinds, shapes, seed=seed)
        else:
            queue = tf.FIFOQueue(capacity, kinds, shapes)
        ops, feeds = [], []
        for number in range(num_threads):
            placeholders = [tf.placeholder(kind) for kind in kinds]
            ops.append(queue.enqueue_many(placeholders))
            chance = random.Random(None if seed is None else (number + 1) * seed)
            start = chance.randrange(len(columns[0])) if shuffle else 0
            feeds.append(_later(columns, placeholders, batch_size, start, num_epochs))
        tf.train.add_queue_runner(FeedingQueueRunner(queue, ops, feeds))
        full = tf.cast(tf.maximum(0, queue.size() - least), tf.float32) / (capacity - least)
        name = f"queue/{queue.name}fraction_over_{least}_of_{capacity - least}_full"
        tf.summary.scalar(name, full)
    take = queue.dequeue_many if num_epochs is None else queue.dequeue_up_to
    return take(batch_size)[1:]


def _later(*args: Any) -> Callable[[], _Rows]:
    return lambda: _Rows(*args)
