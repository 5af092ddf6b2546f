"""Barriers: completing, waiting, closing, bad input."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import flowgraph as tf
from flowgraph.ops.state.barrier import Barrier

LONG = 10.0


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


class Job:
    """A call in a thread of its own."""

    def __init__(self, call: Callable[..., Any], *args: Any) -> None:
        self.found: list[Any] = []
        self.thread = threading.Thread(target=self._run, args=(call, args), daemon=True)
        self.thread.start()

    def _run(self, call: Callable[..., Any], args: Any) -> None:
        try:
            self.found.append(call(*args))
        except tf.errors.OpError as error:
            self.found.append(error)

    def waits(self) -> bool:
        self.thread.join(0.03)
        return self.thread.is_alive()

    def end(self) -> Any:
        self.thread.join(LONG)
        assert self.found, "the thread hangs"
        return self.found[0]


def pairs() -> Any:
    return Barrier([tf.float32, tf.string], shapes=[[], []])


def listed(values: Any) -> list[Any]:
    return [value.tolist() for value in values]


def test_elements_are_taken_in_the_order_of_their_keys(session: Any) -> None:
    barrier = pairs()
    for key, value in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        session.run(barrier.insert_many(0, [key], [value]))
    session.run(barrier.insert_many(1, ["c", "b"], ["C", "B"]))
    taken = barrier.take_many(2)
    assert [t.shape.as_list() for t in taken] == [[2]] * 4
    indices, keys, numbers, words = listed(session.run(taken))
    assert indices == [1 - 2**63, 2 - 2**63] and keys == [b"b", b"c"]
    assert numbers == [2, 3] and words == [b"B", b"C"]
    assert session.run([barrier.ready_size(), barrier.incomplete_size()]) == [0, 1]


def test_taking_waits_for_complete_elements(session: Any) -> None:
    barrier = pairs()
    waiting = Job(session.run, barrier.take_many(1))
    session.run(barrier.insert_many(0, ["a"], [1.0]))
    assert waiting.waits()
    session.run(barrier.insert_many(1, ["a"], ["A"]))
    assert listed(waiting.end())[1:] == [[b"a"], [1], [b"A"]]
    put = [barrier.insert_many(i, ["b"], [v]) for i, v in enumerate((2.0, "B"))]
    assert listed(Job(session.run, [barrier.take_many(1), put]).end()[0])[1] == [b"b"]


def test_a_closed_barrier_can_be_completed(session: Any) -> None:
    barrier = pairs()
    session.run(barrier.insert_many(0, ["a", "b"], [1.0, 2.0]))
    session.run(barrier.insert_many(1, ["a"], ["A"]))
    waiting = Job(session.run, barrier.take_many(2))
    session.run(barrier.close())
    assert waiting.waits()
    with pytest.raises(tf.errors.CancelledError, match="brand new key"):
        session.run(barrier.insert_many(0, ["c"], [3.0]))
    session.run(barrier.insert_many(1, ["b"], ["B"]))
    assert listed(waiting.end())[1] == [b"a", b"b"]
    for small in (True, False):
        with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient"):
            session.run(barrier.take_many(1, allow_small_batch=small))
    with pytest.raises(tf.errors.CancelledError, match="already closed"):
        session.run(barrier.close())


def test_a_cancelled_barrier_gives_what_is_complete(session: Any) -> None:
    barrier = pairs()
    session.run(barrier.insert_many(0, ["a", "b"], [1.0, 2.0]))
    session.run(barrier.insert_many(1, ["a"], ["A"]))
    session.run(barrier.close())
    waiting = Job(session.run, barrier.take_many(2))
    assert waiting.waits()
    session.run(barrier.close(cancel_pending_enqueues=True))
    assert isinstance(waiting.end(), tf.errors.OutOfRangeError)
    with pytest.raises(tf.errors.CancelledError, match="Pending enqueues cancelled: True"):
        session.run(barrier.insert_many(1, ["b"], ["B"]))
    assert session.run(barrier.incomplete_size()) == 0
    assert listed(session.run(barrier.take_many(5, allow_small_batch=True)))[1] == [b"a"]


def test_waits_end_by_timeouts_and_with_the_session() -> None:
    with tf.Graph().as_default():
        barrier, session = pairs(), tf.Session()
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(barrier.take_many(1), options=tf.RunOptions(timeout_in_ms=30))
        waiting = Job(session.run, barrier.take_many(1))
        assert waiting.waits()
        session.close()
        assert isinstance(waiting.end(), tf.errors.CancelledError)


def test_bad_input(session: Any) -> None:
    with pytest.raises(ValueError, match="Empty tensors are not supported"):
        Barrier([tf.float32], shapes=[[0]])
    barrier = pairs()
    with pytest.raises(ValueError, match="Dimension 0 in both shapes"):
        barrier.insert_many(0, ["a"], [1.0, 2.0])
    for at in (-1, 2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
            session.run(barrier.insert_many(at, ["a"], [1.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected component of type string"):
        session.run(barrier.insert_many(1, ["a"], [1.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Shape mismatch"):
        session.run(barrier.insert_many(0, ["a"], [[1.0]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="no elements"):
        session.run(barrier.insert_many(0, ["a"], tf.zeros([1, 0])))
    for keys in (["a", "a"], ["b", "b"]):
        with pytest.raises(tf.errors.InvalidArgumentError, match="already has a value"):
            session.run(barrier.insert_many(0, keys, [1.0, 2.0]))
    assert session.run(barrier.incomplete_size()) == 0  # nothing of a failed insertion stays
    with pytest.raises(tf.errors.InvalidArgumentError, match="Timeout not supported"):
        session.run(barrier.take_many(1, timeout=5))
    n = tf.placeholder(tf.int32, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must not be negative"):
        session.run(barrier.take_many(n), {n: -1})
