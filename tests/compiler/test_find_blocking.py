"""Which steps get threads of their own: those that may end each other's waits, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime.fetches import FetchPlan


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def blocking(session: Any, *fetches: Any) -> list[str]:
    """The types of the steps that need threads."""
    plan = session.compile_call(FetchPlan(session.graph, list(fetches)), []).plan
    return sorted(plan.steps[i].operation.type for i in plan.blocking)


def test_one_wait_needs_no_thread(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    assert blocking(session, queue.dequeue(), queue.size(), tf.constant(1) + 1) == []


def test_two_that_take_need_no_threads(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    assert blocking(session, queue.dequeue(), queue.dequeue()) == []


def test_one_that_takes_and_one_that_puts_need_threads(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    found = blocking(session, queue.dequeue(), queue.enqueue(1))
    assert found == ["QueueDequeueV2", "QueueEnqueueV2"]
    assert blocking(session, queue.dequeue(), queue.close()) == ["QueueCloseV2", "QueueDequeueV2"]


def test_steps_in_order_need_no_threads(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    put = queue.enqueue(1)
    with tf.control_dependencies([put]):
        taken = queue.dequeue() + 1
    assert blocking(session, taken, queue.enqueue(taken)) == []
    assert len(blocking(session, taken, queue.enqueue(2))) == 3


def test_steps_of_two_queues_need_no_threads(session: Any) -> None:
    a, b = tf.FIFOQueue(2, tf.int32), tf.FIFOQueue(2, tf.int32)
    assert blocking(session, b.enqueue(a.dequeue())) == []
    assert blocking(session, a.dequeue(), b.enqueue(1)) == []
    # A ring of two queues, each of which the other's step may fill.
    assert len(blocking(session, b.enqueue(a.dequeue()), a.enqueue(b.dequeue()))) == 4


def test_two_names_of_one_queue_count_as_one(session: Any) -> None:
    a, b = (tf.FIFOQueue(2, tf.int32, shared_name="s") for _ in range(2))
    assert len(blocking(session, a.dequeue(), b.enqueue(1))) == 2


def test_what_is_inside_a_loop_counts(session: Any) -> None:
    queue, other = (tf.FIFOQueue(2, tf.int32, shapes=[[]]) for _ in range(2))
    loop = tf.while_loop(lambda i: i < 3, lambda i: i + queue.dequeue(), [0])
    assert blocking(session, loop) == []
    assert len(blocking(session, loop, queue.enqueue(1))) == 2
    assert blocking(session, loop, other.enqueue(1)) == []
    assert blocking(session, tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])) == []


def test_python_may_do_anything(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    called = tf.py_func(lambda: np.int32(1), [], tf.int32)
    assert blocking(session, queue.dequeue(), called) == ["QueueDequeueV2"]
    assert blocking(session, queue.enqueue(called)) == []
    assert blocking(session, called) == []
