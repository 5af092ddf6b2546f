"""Accumulators: waiting for gradients, dropping late ones, bad input."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf

LONG = 10.0


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def background(call: Callable[..., Any], *args: Any) -> tuple[threading.Thread, list[Any]]:
    """A call in a thread of its own, and the list that gets its result or error."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(call(*args))
        except tf.errors.OpError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


def ended(job: tuple[threading.Thread, list[Any]]) -> Any:
    job[0].join(LONG)
    assert job[1], "the thread hangs"
    return job[1][0]


def within(milliseconds: int) -> Any:
    return tf.RunOptions(timeout_in_ms=milliseconds)


def test_taking_waits_for_enough_gradients(session: Any) -> None:
    sums = tf.ConditionalAccumulator(tf.float32, shape=[2])
    put = sums.apply_grad([1.0, 3.0])
    taking = background(session.run, sums.take_grad(2))
    session.run(put)
    taking[0].join(0.05)
    assert not taking[1] and session.run(sums.num_accumulated()) == 1
    session.run(put)
    np.testing.assert_array_equal(ended(taking), [1, 3])
    assert session.run(sums.num_accumulated()) == 0


def test_steps_of_one_run_release_each_other(session: Any) -> None:
    dense = tf.ConditionalAccumulator(tf.float32, reduction_type="SUM")
    sparse = tf.SparseConditionalAccumulator(tf.float32)
    taken = [dense.take_grad(2), list(sparse.take_grad(1))]
    put = [dense.apply_grad(1.0), dense.apply_grad(2.0), sparse.apply_grad([1], [[5.0]])]
    total, rows = ended(background(session.run, [taken, put]))[0]
    assert total == 3 and rows[0].tolist() == [1] and rows[1].tolist() == [[5]]
    assert rows[2].tolist() == [-1, 1]


def test_late_gradients_are_dropped(session: Any) -> None:
    sums, step = tf.ConditionalAccumulator(tf.float32), tf.placeholder(tf.int64, [])
    put, count, take = (
        sums.apply_grad(1.0, local_step=step),
        sums.num_accumulated(),
        sums.take_grad(1),
    )
    session.run(put, {step: 0})
    session.run(take)  # after which it is step 1
    session.run(put, {step: 0})
    assert session.run(count) == 0
    session.run(put, {step: 1})
    assert session.run(count) == 1
    session.run(sums.set_global_step(7))
    session.run(put, {step: 6})
    session.run(put, {step: 8})
    assert session.run(count) == 2


def test_what_was_taken_does_not_change(session: Any) -> None:
    sums = tf.ConditionalAccumulator(tf.float32, reduction_type="SUM")
    x = tf.placeholder(tf.float32, [2])
    put, take = sums.apply_grad(x, local_step=9), sums.take_grad(1)
    fed = np.array([1.0, 2.0], np.float32)
    session.run(put, {x: fed})
    session.run(put, {x: fed})
    np.testing.assert_array_equal(fed, [1, 2])
    first = session.run(take)
    session.run(put, {x: fed})
    np.testing.assert_array_equal(first, [2, 4])
    np.testing.assert_array_equal(session.run(take), [1, 2])


def test_waits_end_by_timeouts_and_with_the_session(session: Any) -> None:
    sums = tf.ConditionalAccumulator(tf.float32)
    session.run(sums.apply_grad(4.0))
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(sums.take_grad(2), options=within(50))
    assert session.run(sums.take_grad(1)) == 4
    other = tf.Session()
    taking = background(other.run, sums.take_grad(1))
    taking[0].join(0.05)
    other.close()
    assert isinstance(ended(taking), tf.errors.CancelledError)


def test_rows_that_come_twice_or_out_of_order_are_summed(session: Any) -> None:
    sums = tf.SparseConditionalAccumulator(tf.float32, shape=[5, 1])
    session.run(sums.apply_grad([3, 1, 3], [[1.0], [2.0], [4.0]]))
    session.run(sums.apply_grad([1], [[6.0]]))
    taken = sums.take_indexed_slices_grad(2)
    assert isinstance(taken, tf.IndexedSlices)
    indices, values, shape = session.run([taken.indices, taken.values, taken.dense_shape])
    assert indices.tolist() == [1, 3] and shape.tolist() == [5, 1]
    np.testing.assert_array_equal(values, [[4], [5]])


def test_a_shared_name_is_one_accumulator(session: Any) -> None:
    a, b = (tf.ConditionalAccumulator(tf.float32, shared_name="s", name=n) for n in "ab")
    assert (a.name, a.dtype) == ("a", tf.float32)
    session.run(a.apply_grad(2.0))
    assert session.run(b.take_grad(1)) == 2


def test_bad_gradients(session: Any) -> None:
    x, sums = tf.placeholder(tf.float32), tf.ConditionalAccumulator(tf.float32, shape=[None, 2])
    with pytest.raises(ValueError, match="incompatible"):
        sums.apply_grad([1.0, 2.0])
    with pytest.raises(ValueError, match="allowed values"):
        tf.ConditionalAccumulator(tf.float32, reduction_type="MAX")
    put = sums.apply_grad(x)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected \[\?,2\], got \[3,3\]"):
        session.run(put, {x: np.zeros((3, 3))})
    session.run(put, {x: np.zeros((3, 2))})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected \[3,2\], got \[4,2\]"):
        session.run(put, {x: np.zeros((4, 2))})
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be positive, but was 0"):
        session.run(sums.take_grad(0))


@pytest.mark.parametrize(
    ("indices", "values", "shape", "said"),
    [
        ([[0]], [[1.0, 2.0]], None, "vector of indices"),
        ([0], 1.0, None, "vector of indices"),
        ([0, 1], [[1.0, 2.0]], None, "as many rows"),
        ([4], [[1.0, 2.0]], None, "index is 4 exceeded 4"),
        ([0], [[1.0]], None, "values dim 1 to be 2, got 1"),
        ([0], [1.0], None, "values rank at least 2, got 1"),
        ([0], [[1.0, 2.0]], [3, 2], "shape dim 0 to be 4, got 3"),
        ([0], [[1.0, 2.0]], [4], "shape rank at least 2, got 1"),
    ],
)
def test_bad_rows(session: Any, indices: Any, values: Any, shape: Any, said: str) -> None:
    sums = tf.SparseConditionalAccumulator(tf.float32, shape=[4, 2])
    i, x = tf.placeholder(tf.int64), tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        session.run(sums.apply_grad(i, x, shape), {i: indices, x: values})


def test_rows_must_be_alike(session: Any) -> None:
    sums = tf.SparseConditionalAccumulator(tf.float32)
    session.run(sums.apply_grad([0], [[1.0, 2.0]]))
    for values in ([1.0], [[1.0, 2.0, 3.0]]):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Shape mismatch"):
            session.run(sums.apply_grad([0], values))
