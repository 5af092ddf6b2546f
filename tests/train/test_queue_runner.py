"""Coordinator, LooperThread and QueueRunner: threads that end together, with the right error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf

LONG = 10.0


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def alive(threads: list[threading.Thread]) -> list[str]:
    for thread in threads:
        thread.join(LONG)
    return [thread.name for thread in threads if thread.is_alive()]


# --- Coordinator ----------------------------------------------------------------------------------
def test_a_stop_ends_all_threads() -> None:
    coord = tf.train.Coordinator()
    counts = [0, 0]

    def work(i: int) -> None:
        while not coord.should_stop():
            counts[i] += 1
            coord.wait_for_stop(0.001)

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(2)]
    coord.register_thread(threads[0])
    for thread in threads:
        thread.start()
    assert not coord.joined and not coord.should_stop()
    coord.request_stop()
    coord.join(threads[1:])
    assert coord.joined and not alive(threads)


def test_the_first_error_is_raised_by_join() -> None:
    coord = tf.train.Coordinator()

    def fail(error: Exception, after: float) -> None:
        with coord.stop_on_exception():
            time.sleep(after)
            raise error

    first, second = ValueError("first"), ValueError("second")
    threads = [
        threading.Thread(target=fail, args=args, daemon=True)
        for args in ((second, 0.1), (first, 0.0))
    ]
    for thread in threads:
        thread.start()
    with pytest.raises(ValueError, match="first"):
        coord.join(threads)
    with pytest.raises(ValueError, match="first"):
        coord.raise_requested_exception()
    try:
        raise KeyError("late")
    except KeyError as error:
        with pytest.raises(KeyError, match="late"):
            coord.request_stop(error)
    coord.clear_stop()
    coord.raise_requested_exception()
    assert not coord.should_stop() and not coord.joined


def test_the_end_of_input_is_no_error() -> None:
    for kinds, error in ((None, tf.errors.OutOfRangeError("end")), ((KeyError,), KeyError("end"))):
        coord = tf.train.Coordinator(clean_stop_exception_types=kinds)
        with coord.stop_on_exception():
            raise error
        assert coord.should_stop()
        coord.join([])


def test_an_error_that_was_not_raised_is_refused() -> None:
    coord = tf.train.Coordinator()
    coord.request_stop(ValueError("never raised"))
    with pytest.raises(ValueError, match="sys.exc_info must return the current exception"):
        coord.join([])


def test_a_thread_that_goes_on_is_an_error() -> None:
    for ignore in (False, True):
        coord, let_go = tf.train.Coordinator(), threading.Event()
        thread = threading.Thread(target=let_go.wait, args=(LONG,), name="stubborn", daemon=True)
        thread.start()
        coord.request_stop()
        if ignore:
            coord.join([thread], stop_grace_period_secs=0.02, ignore_live_threads=True)
        else:
            with pytest.raises(RuntimeError, match="still running: stubborn"):
                coord.join([thread], stop_grace_period_secs=0.02)
        let_go.set()
        assert not alive([thread])


# --- LooperThread ---------------------------------------------------------------------------------
def test_a_looper_calls_until_it_is_stopped() -> None:
    for interval in (None, 0.001):
        coord, calls = tf.train.Coordinator(), []

        def call(x: int, y: int, coord: Any = coord, calls: Any = calls) -> None:
            calls.append(x + y)
            if len(calls) == 3:
                coord.request_stop()

        tf.train.LooperThread.loop(coord, interval, call, args=(1,), kwargs={"y": 2})
        coord.join()
        assert calls == [3, 3, 3]


def test_an_error_in_a_looper_stops_the_others() -> None:
    coord, parts = tf.train.Coordinator(), []

    class Looper(tf.train.LooperThread):
        def start_loop(self) -> None:
            parts.append("start")

        def run_loop(self) -> None:
            coord.wait_for_stop(0.001)

        def stop_loop(self) -> None:
            parts.append("stop")

    def fail() -> None:
        raise KeyError("wrong")

    Looper(coord, None).start()
    tf.train.LooperThread.loop(coord, 0.01, fail)
    with pytest.raises(KeyError, match="wrong"):
        coord.join()
    assert parts == ["start", "stop"]


def test_bad_loopers() -> None:
    with pytest.raises(ValueError, match="must be a Coordinator"):
        tf.train.LooperThread(None, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="also pass 'target'"):
        tf.train.LooperThread(tf.train.Coordinator(), 1, args=(1,))


# --- QueueRunner ----------------------------------------------------------------------------------
def counting(limit: int) -> tuple[Any, Any]:
    """(a counter that ends at `limit`, a variable to initialise)"""
    counter = tf.Variable(0, trainable=False)
    return counter.count_up_to(limit), counter.initializer


def test_the_end_of_the_input_closes_the_queue(session: Any) -> None:
    number, initializer = counting(30)
    queue = tf.FIFOQueue(4, tf.int32)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(number)] * 3)
    session.run(initializer)
    coord = tf.train.Coordinator()
    threads = runner.create_threads(session, coord, daemon=True, start=True)
    assert len(threads) == 4
    assert threads[0].name == f"QueueRunnerThread-{queue.name}-fifo_queue_enqueue"
    assert runner.create_threads(session, coord) == []
    take, taken = queue.dequeue(), []
    with pytest.raises(tf.errors.OutOfRangeError):
        while True:
            taken.append(int(session.run(take)))
    assert sorted(taken) == list(range(30))
    coord.request_stop()
    coord.join(threads)
    assert not alive(threads) and runner.exceptions_raised == []


def test_a_stop_ends_threads_that_wait(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1)] * 2))
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(session, coord)
    assert len(threads) == 3 and all(thread.daemon for thread in threads)
    assert session.run(queue.dequeue()) == 1
    coord.request_stop()
    coord.join(threads, stop_grace_period_secs=LONG)
    assert not alive(threads)
    assert session.run(queue.is_closed())


def test_an_error_is_told_to_the_coordinator(session: Any) -> None:
    x = tf.Variable(0.0)
    bad = tf.check_numerics(1.0 / x, "no number")
    queue, other = tf.FIFOQueue(2, tf.float32), tf.FIFOQueue(2, tf.float32)
    session.run(x.initializer)
    coord = tf.train.Coordinator()
    for q, op in ((queue, queue.enqueue(bad)), (other, other.enqueue(1.0))):
        tf.train.QueueRunner(q, [op]).create_threads(session, coord, daemon=True, start=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no number"):
        coord.join(stop_grace_period_secs=LONG)


def test_an_error_without_a_coordinator_is_kept(session: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    queue = tf.FIFOQueue(2, tf.float32)
    bad = tf.check_numerics(tf.constant(np.nan), "no number")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(bad)])
    threads = runner.create_threads(session, daemon=True, start=True)
    assert not alive(threads)
    assert [type(e) for e in runner.exceptions_raised] == [tf.errors.InvalidArgumentError]


def test_closing_the_session_ends_the_threads() -> None:
    with tf.Graph().as_default():
        queue = tf.FIFOQueue(2, tf.int32)
        tf.train.add_queue_runner(
            tf.train.QueueRunner(
                queue, [queue.enqueue(1)],
                queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
            )
        )  # fmt: skip
        with tf.Session() as session:
            threads = tf.train.start_queue_runners()
            session.run(queue.dequeue())
        assert not alive(threads)


def test_bad_arguments(session: Any) -> None:
    queue = tf.FIFOQueue(2, tf.int32)
    with pytest.raises(ValueError, match="Must provide queue and enqueue_ops"):
        tf.train.QueueRunner(queue, [])
    with pytest.raises(TypeError, match="tuple of tf.error types"):
        tf.train.QueueRunner(
            queue,
            [queue.enqueue(1)],
            queue_closed_exception_types=(ValueError,),  # type: ignore[arg-type]
        )
    with pytest.raises(TypeError, match="must be a `tf.Session`"):
        tf.train.start_queue_runners("session")


def test_runners_need_a_session() -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match="No default session"):
        tf.train.start_queue_runners()
