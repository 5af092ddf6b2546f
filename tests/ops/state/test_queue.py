"""Queues: waiting, order, closing, cancelling, bad input. No test may hang: every join ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf

SOON = 0.05  # seconds in which a thread that can go on would have done so
LONG = 10.0  # seconds after which a thread hangs


class Background:
    """A call in a thread of its own."""

    def __init__(self, call: Callable[..., Any], *args: Any, **more: Any) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(call, args, more), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[..., Any], args: Any, more: Any) -> None:
        try:
            self.result = call(*args, **more)
        except BaseException as error:
            self.error = error

    def waits(self) -> bool:
        """Whether it is still running after a moment."""
        self._thread.join(SOON)
        return self._thread.is_alive()

    def join(self) -> Any:
        """The result, or the error raised."""
        self._thread.join(LONG)
        assert not self._thread.is_alive(), "the thread hangs"
        if self.error is not None:
            raise self.error
        return self.result


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def within(milliseconds: int) -> Any:
    return tf.RunOptions(timeout_in_ms=milliseconds)


def filled(values: list[int], capacity: int = 10, **options: Any) -> Any:
    queue = tf.FIFOQueue(capacity, tf.int32, shapes=[[]], **options)
    if values:
        tf.get_default_session().run(queue.enqueue_many([values]))
    return queue


# --- waiting for another run ----------------------------------------------------------------------
def test_dequeue_waits_for_an_element(session: Any) -> None:
    queue = filled([])
    taking = Background(session.run, queue.dequeue())
    assert taking.waits()
    session.run(queue.enqueue(7))
    assert taking.join() == 7


def test_enqueue_waits_for_room(session: Any) -> None:
    queue = filled([1, 2], capacity=2)
    putting = Background(session.run, queue.enqueue(3))
    assert putting.waits()
    assert session.run(queue.size()) == 2
    assert session.run(queue.dequeue()) == 1
    putting.join()
    np.testing.assert_array_equal(session.run(queue.dequeue_many(2)), [2, 3])


def test_batches_may_be_larger_than_the_capacity(session: Any) -> None:
    queue = filled([], capacity=3)
    putting = Background(session.run, queue.enqueue_many([list(range(10))]))
    np.testing.assert_array_equal(session.run(queue.dequeue_many(8)), range(8))
    putting.join()
    assert session.run(queue.size()) == 2


def test_those_who_wait_are_served_in_their_order(session: Any) -> None:
    queue, place = filled([], capacity=1), tf.placeholder(tf.int32, [])
    put, take = queue.enqueue(place), queue.dequeue()
    session.run(put, {place: 0})
    putting = []
    for i in range(1, 6):
        putting.append(Background(session.run, put, {place: i}))
        assert putting[-1].waits()
    assert [session.run(take) for _ in range(6)] == list(range(6))
    for thread in putting:
        thread.join()
    taking = []
    for _ in range(5):
        taking.append(Background(session.run, take))
        assert taking[-1].waits()
    for i in range(5):
        session.run(put, {place: i})
    assert [thread.join() for thread in taking] == list(range(5))


def test_the_components_of_an_element_stay_together(session: Any) -> None:
    queue, i = tf.FIFOQueue(4, [tf.int32, tf.float32], shapes=[[], [3]]), tf.placeholder(tf.int32)
    put = queue.enqueue([i, tf.fill([3], tf.cast(i, tf.float32))])
    take = queue.dequeue_many(5)
    putting = [
        Background(lambda k=k: [session.run(put, {i: 100 * k + j}) for j in range(25)])
        for k in range(4)
    ]
    taking = [Background(lambda: [session.run(take) for _ in range(10)]) for _ in range(2)]
    for thread in putting:
        thread.join()
    numbers: list[int] = []
    for a, b in [batch for thread in taking for batch in thread.join()]:
        np.testing.assert_array_equal(b, np.repeat(a[:, None], 3, 1))
        numbers += a.tolist()
    assert sorted(numbers) == sorted(100 * k + j for k in range(4) for j in range(25))


# --- waiting for a step of the same run -----------------------------------------------------------
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("first", ["enqueue", "dequeue"])
def test_steps_of_one_run_release_each_other(first: str, threads: int) -> None:
    config = tf.ConfigProto(inter_op_parallelism_threads=threads)
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        queue = tf.FIFOQueue(1, tf.int32)
        if first == "enqueue":
            steps = [queue.enqueue(i) for i in range(4)]
            elements = [queue.dequeue() for _ in range(4)]
        else:
            elements = [queue.dequeue() for _ in range(4)]
            steps = [queue.enqueue(i) for i in range(4)]
        for _ in range(3):
            thread = Background(session.run, [elements, steps])
            assert sorted(thread.join()[0]) == [0, 1, 2, 3]


def test_a_close_releases_a_dequeue_of_the_same_run(session: Any) -> None:
    queue = filled([])
    fetches = [queue.dequeue(), queue.close()]
    with pytest.raises(tf.errors.OutOfRangeError):
        Background(session.run, fetches).join()


def test_a_loop_and_a_step_beside_it_release_each_other(session: Any) -> None:
    queue = filled([], capacity=1)
    _, total = tf.while_loop(
        lambda i, s: i < 5, lambda i, s: (i + 1, s + queue.dequeue()), [0, 0], name="taking"
    )
    put = queue.enqueue_many([[1, 2, 3, 4, 5]])
    assert Background(session.run, [total, put]).join()[0] == 15


def test_steps_inside_a_loop_release_each_other(session: Any) -> None:
    queue = filled([])

    def body(i: Any, s: Any) -> Any:
        taken = queue.dequeue()
        with tf.control_dependencies([queue.enqueue(i)]):
            return i + 1, s + taken

    loop = tf.while_loop(lambda i, s: i < 5, body, [0, 0])
    assert Background(session.run, loop).join() == (5, 10)


def test_a_step_in_a_branch_waits(session: Any) -> None:
    queue, choice = filled([]), tf.placeholder(tf.bool, [])
    taken = tf.cond(choice, queue.dequeue, lambda: tf.constant(-1))
    assert session.run(taken, {choice: False}) == -1
    taking = Background(session.run, taken, {choice: True})
    assert taking.waits()
    session.run(queue.enqueue(3))
    assert taking.join() == 3


def test_python_of_the_same_run_releases_a_dequeue(session: Any) -> None:
    queue = filled([])
    put = queue.enqueue(4)
    taken = queue.dequeue()

    def function() -> Any:
        session.run(put)
        return np.int32(1)

    assert Background(session.run, [taken, tf.py_func(function, [], tf.int32)]).join() == [4, 1]


def test_a_failing_step_ends_the_wait_of_another(session: Any) -> None:
    queue, x = filled([], capacity=1), tf.placeholder(tf.int32, [])
    fails = tf.assert_positive(x)
    with tf.control_dependencies([fails]):
        put = queue.enqueue(x)
    fetches = [queue.dequeue(), put]
    with pytest.raises(tf.errors.InvalidArgumentError):
        Background(session.run, fetches, {x: -1}).join()
    assert Background(session.run, fetches, {x: 1}).join()[0] == 1


def test_an_error_beside_a_wait_is_not_kept_waiting() -> None:
    config = tf.ConfigProto(inter_op_parallelism_threads=1)
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        queue, x = tf.FIFOQueue(1, tf.int32), tf.placeholder(tf.int32, [])
        fetches = [queue.dequeue() + 1, tf.assert_positive(x)]
        with pytest.raises(tf.errors.InvalidArgumentError):
            Background(session.run, fetches, {x: -1}).join()


# --- how a wait ends ------------------------------------------------------------------------------
def test_a_timeout_ends_a_wait_and_takes_nothing(session: Any) -> None:
    queue = filled([1, 2])
    with pytest.raises(tf.errors.DeadlineExceededError, match=r"resource\[\](.|\n)*_DequeueMany"):
        Background(session.run, queue.dequeue_many(3), options=within(50)).join()
    np.testing.assert_array_equal(session.run(queue.dequeue_many(2)), [1, 2])


def test_a_timeout_ends_a_wait_and_puts_nothing(session: Any) -> None:
    queue = filled([1, 2], capacity=3)
    with pytest.raises(tf.errors.DeadlineExceededError):
        Background(session.run, queue.enqueue_many([[3, 4]]), options=within(50)).join()
    assert session.run(queue.size()) == 2
    session.run(queue.close())
    np.testing.assert_array_equal(session.run(queue.dequeue_up_to(9)), [1, 2])


@pytest.mark.parametrize("kind", ["random", "priority"])
def test_what_a_cancelled_batch_had_taken_is_put_back(session: Any, kind: str) -> None:
    if kind == "random":
        queue = tf.RandomShuffleQueue(9, 0, tf.int32, shapes=[[]], seed=1)
        session.run(queue.enqueue_many([[1, 2, 3]]))
    else:
        queue = tf.PriorityQueue(9, [])
        session.run(queue.enqueue_many([[3, 1, 2]]))
    with pytest.raises(tf.errors.DeadlineExceededError):
        Background(session.run, queue.dequeue_many(4), options=within(50)).join()
    assert sorted(session.run(queue.dequeue_many(3))) == [1, 2, 3]


def test_a_timeout_of_the_session_ends_waits() -> None:
    config = tf.ConfigProto(operation_timeout_in_ms=50)
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        queue = tf.FIFOQueue(1, tf.int32)
        with pytest.raises(tf.errors.DeadlineExceededError):
            Background(session.run, queue.dequeue()).join()
        assert Background(session.run, [queue.dequeue(), queue.enqueue(1)]).join()[0] == 1


def test_closing_the_session_ends_waits() -> None:
    with tf.Graph().as_default():
        queue = tf.FIFOQueue(1, tf.int32)
        other = tf.FIFOQueue(1, tf.int32)
        session = tf.Session()
        fetches: list[Any] = [queue.dequeue(), [other.dequeue(), queue.enqueue(other.dequeue())]]
        taking = [Background(session.run, fetch) for fetch in fetches]
        assert all(thread.waits() for thread in taking)
        session.close()
        for thread in taking:
            with pytest.raises(tf.errors.CancelledError):
                thread.join()


def test_ctrl_c_ends_a_wait_and_loses_nothing(session: Any) -> None:
    queue = filled([])
    take, main = queue.dequeue(), threading.main_thread()
    assert threading.current_thread() is main
    timer = threading.Timer(0.1, signal.pthread_kill, (main.ident, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        session.run(take)
    timer.join(LONG)
    session.run(queue.enqueue(5))
    assert Background(session.run, take).join() == 5


def test_ctrl_c_ends_a_run_whose_steps_wait_in_threads(session: Any) -> None:
    queue, other = filled([]), filled([])
    fetches = [queue.dequeue(), queue.enqueue(other.dequeue())]
    timer = threading.Timer(
        0.1, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)
    )
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        session.run(fetches)
    timer.join(LONG)
    session.run(other.enqueue(5))
    assert Background(session.run, fetches).join()[0] == 5


# --- closing --------------------------------------------------------------------------------------
def test_a_closed_queue_gives_what_it_has(session: Any) -> None:
    queue = filled([1, 2, 3], name="numbers")
    session.run(queue.close())
    assert session.run(queue.is_closed())
    with pytest.raises(tf.errors.CancelledError, match=r"FIFOQueue '_\d+_numbers' is closed"):
        session.run(queue.enqueue(4))
    with pytest.raises(
        tf.errors.OutOfRangeError,
        match=r"FIFOQueue '_\d+_numbers' is closed and has insufficient elements \(requested 4, "
        r"current size 3\)",
    ):
        session.run(queue.dequeue_many(4))
    np.testing.assert_array_equal(session.run(queue.dequeue_up_to(4)), [1, 2, 3])
    for take in (queue.dequeue(), queue.dequeue_many(1), queue.dequeue_up_to(1)):
        with pytest.raises(tf.errors.OutOfRangeError, match="current size 0"):
            session.run(take)


def test_closing_ends_waits_for_elements(session: Any) -> None:
    queue = filled([1])
    up_to = Background(session.run, queue.dequeue_up_to(3))
    assert up_to.waits()
    one = Background(session.run, queue.dequeue())
    assert one.waits()
    session.run(queue.close())
    np.testing.assert_array_equal(up_to.join(), [1])
    with pytest.raises(tf.errors.OutOfRangeError):
        one.join()


def test_closing_waits_for_those_who_put(session: Any) -> None:
    queue = filled([1, 2], capacity=2)
    putting = Background(session.run, queue.enqueue(3))
    assert putting.waits()
    closing = Background(session.run, queue.close())
    assert closing.waits()
    assert not session.run(queue.is_closed())
    assert session.run(queue.dequeue()) == 1
    putting.join()
    closing.join()
    np.testing.assert_array_equal(session.run(queue.dequeue_up_to(9)), [2, 3])


def test_closing_can_cancel_those_who_put(session: Any) -> None:
    queue = filled([1, 2], capacity=2)
    putting = Background(session.run, queue.enqueue(3))
    assert putting.waits()
    session.run(queue.close(cancel_pending_enqueues=True))
    with pytest.raises(tf.errors.CancelledError):
        putting.join()
    np.testing.assert_array_equal(session.run(queue.dequeue_many(2)), [1, 2])


def test_closing_twice(session: Any) -> None:
    queue = filled([])
    session.run(queue.close())
    with pytest.raises(tf.errors.CancelledError, match="already closed"):
        session.run(queue.close())
    session.run(queue.close(cancel_pending_enqueues=True))


# --- the kinds ------------------------------------------------------------------------------------
def test_a_shuffling_queue_keeps_the_least_until_it_is_closed(session: Any) -> None:
    queue = tf.RandomShuffleQueue(9, 2, tf.int32, shapes=[[]], seed=3)
    session.run(queue.enqueue_many([[1, 2, 3]]))
    taken = [session.run(queue.dequeue())]
    waiting = Background(session.run, queue.dequeue_many(2))
    assert waiting.waits()
    session.run(queue.close())
    assert sorted(taken + waiting.join().tolist()) == [1, 2, 3]


def test_a_shuffling_queue_without_seed_differs_between_sessions() -> None:
    orders = []
    with tf.Graph().as_default():
        queue = tf.RandomShuffleQueue(-1, 0, tf.int32, shapes=[[]])
        put, take = queue.enqueue_many([list(range(50))]), queue.dequeue_many(50)
        for _ in range(2):
            with tf.Session() as session:
                session.run(put)
                orders.append(session.run(take).tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(50))
    assert orders[0] != orders[1]


def test_a_priority_queue_gives_the_rest_up_to(session: Any) -> None:
    queue = tf.PriorityQueue(9, [tf.string], shapes=[[]])
    session.run(queue.enqueue_many([[3, 1, 2], ["c", "a", "b"]]))
    session.run(queue.close())
    priorities, words = session.run(queue.dequeue_up_to(5))
    assert priorities.tolist() == [1, 2, 3] and words.tolist() == [b"a", b"b", b"c"]


def test_elements_are_copies(session: Any) -> None:
    variable, x = tf.Variable([1.0, 2.0]), tf.placeholder(tf.float32, [2])
    queue = tf.FIFOQueue(9, tf.float32, shapes=[[2]])
    session.run(variable.initializer)
    session.run(queue.enqueue(variable))
    session.run(variable.assign([7.0, 7.0]))
    fed = np.array([3.0, 4.0], np.float32)
    session.run(queue.enqueue(x), {x: fed})
    fed[:] = 0
    batch = np.array([[5.0, 6.0]], np.float32)
    many = tf.placeholder(tf.float32, [None, 2])
    session.run(queue.enqueue_many(many), {many: batch})
    batch[:] = 0
    np.testing.assert_array_equal(session.run(queue.dequeue_many(3)), [[1, 2], [3, 4], [5, 6]])


def test_a_shared_name_is_one_queue_of_the_session(session: Any) -> None:
    a, b = (tf.FIFOQueue(3, tf.int32, shared_name="s", name=n) for n in "ab")
    session.run(a.enqueue(1))
    assert session.run(b.dequeue()) == 1
    taken = Background(session.run, [a.dequeue(), b.enqueue(2)]).join()
    assert taken[0] == 2
    with tf.Session() as other:
        assert other.run(a.size()) == 0
    wrong = [
        tf.FIFOQueue(4, tf.int32, shared_name="s"), tf.FIFOQueue(3, tf.int64, shared_name="s"),
        tf.FIFOQueue(3, tf.int32, shapes=[[]], shared_name="s"),
        tf.PaddingFIFOQueue(3, tf.int32, shapes=[[]], shared_name="s"),
    ]  # fmt: skip
    for queue in wrong:
        with pytest.raises(tf.errors.InvalidArgumentError, match="Shared queue 's' has"):
            session.run(queue.size())


# --- bad input ------------------------------------------------------------------------------------
def test_bad_arguments(session: Any) -> None:
    with pytest.raises(ValueError, match="fully defined"):
        tf.FIFOQueue(3, tf.float32, shapes=[[None]])
    with pytest.raises(ValueError, match="same length"):
        tf.FIFOQueue(3, [tf.float32, tf.int32], names=["x"])
    with pytest.raises(ValueError, match="Shapes must be provided"):
        tf.PaddingFIFOQueue(3, [tf.float32, tf.int32], shapes=[[None]])
    with pytest.raises(ValueError, match="list of shapes"):
        tf.PaddingFIFOQueue(3, tf.float32, shapes=[3])
    queue = tf.FIFOQueue(3, [tf.float32, tf.int32], shapes=[[2], []])
    with pytest.raises(ValueError, match="incompatible"):
        queue.enqueue([[1.0], 1])
    with pytest.raises(ValueError, match="rank at least 1"):
        queue.enqueue_many([1.0, [1]])
    with pytest.raises(ValueError):
        queue.enqueue_many([[[1.0, 2.0]], [1, 2]])
    with pytest.raises(TypeError):
        queue.enqueue([[1.0, 2.0], "a"])
    with pytest.raises(ValueError, match="must be >= 0"):
        queue.dequeue_many(-1)
    with pytest.raises(ValueError, match="must have names"):
        queue.enqueue({"x": 1})
    with pytest.raises(TypeError, match="matching component dtypes"):
        tf.QueueBase.from_list(0, [queue, tf.FIFOQueue(3, tf.int32)])
    named = tf.FIFOQueue(3, [tf.float32, tf.int32], names=["x", "y"])
    with pytest.raises(ValueError, match="do not match"):
        named.enqueue({"x": 1.0})
    with pytest.raises(ValueError, match="dictionary"):
        named.enqueue([1.0, 1])


def test_bad_values_at_run_time(session: Any) -> None:
    x, n = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    queue = tf.FIFOQueue(3, [tf.float32, tf.int32], shapes=[[2], []])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"component 0. Expected \[2\], got"):
        session.run(queue.enqueue([x, 1]), {x: [1, 2, 3]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="component 1"):
        session.run(queue.enqueue_many([x, [1]]), {x: [[1, 2], [3, 4]]})
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.run(queue.enqueue_many([x, [1]]), {x: 1})
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected 2, got 1"):
        session.run(queue.enqueue([[1.0, 2.0]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="-1"):
        session.run(queue.dequeue_many(n), {n: -1})
    open_queue = tf.FIFOQueue(3, tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="specified shapes"):
        session.run(open_queue.dequeue_many(1))
    a, b = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    pairs = tf.FIFOQueue(3, [tf.float32, tf.int32])
    with pytest.raises(tf.errors.InvalidArgumentError, match="same size in the 0th dimension"):
        session.run(pairs.enqueue_many([a, b]), {a: [1, 2], b: [1]})
    priority = tf.PriorityQueue(3, [tf.float32], shapes=[[]])
    with pytest.raises(ValueError):
        priority.enqueue([[1, 2], 1.0])


def test_a_plan_with_one_wait_needs_no_threads(session: Any) -> None:
    queue = filled(list(range(300)), capacity=-1)
    result = tf.reduce_sum(queue.dequeue_many(2) * 2) + tf.cast(queue.size() * 0, tf.int32)
    session.run(result)
    before, start = threading.active_count(), time.perf_counter()
    for _ in range(100):
        session.run(result)
        assert threading.active_count() == before
    assert time.perf_counter() - start < 1.0
