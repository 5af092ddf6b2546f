"""Variables in runs: sessions of their own, order of reads and writes, failed runs."""

import threading

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_two_sessions_hold_two_values(graph):
    v = tf.Variable(1.0)
    with tf.Session() as one, tf.Session() as two:
        one.run(v.initializer)
        two.run(v.initializer)
        one.run(v.assign(5.0))
        assert (one.run(v), two.run(v)) == (5.0, 1.0)


def test_a_failed_run_leaves_variables_as_they_were_before_the_failing_assign(graph):
    v = tf.Variable([1.0, 2.0])
    x = tf.placeholder(tf.float32, [None])
    bad = v.assign_add(tf.check_numerics(x, "x"))
    wrong_shape = tf.assign(v, x, validate_shape=True)
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(bad, {x: [np.nan, 1.0]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="shapes of both tensors"):
            session.run(wrong_shape, {x: [1.0, 2.0, 3.0]})
        assert session.run(v).tolist() == [1.0, 2.0]


def test_a_fetched_value_does_not_change_later(graph):
    v = tf.Variable([1.0, 2.0])
    step = v.assign_add([1.0, 1.0])
    with tf.Session() as session:
        session.run(v.initializer)
        before = session.run(v)
        session.run(step)
        assert before.tolist() == [1.0, 2.0]


def test_what_was_read_before_a_write_keeps_its_value_in_the_run(graph):
    v = tf.Variable(np.zeros(4, np.float32))
    read = v.read_value() * 1.0
    with tf.control_dependencies([read]):
        write = v.assign(np.ones(4, np.float32))
    with tf.control_dependencies([write]):
        after = v.read_value() * 1.0
    with tf.Session() as session:
        session.run(v.initializer)
        first, last = session.run([read, after])
        assert first.tolist() == [0.0] * 4 and last.tolist() == [1.0] * 4


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_heavy_reads_and_a_write_are_never_torn(graph, threads):
    size = 300
    v = tf.Variable(np.zeros((size, size), np.float32))
    ones = tf.placeholder(tf.float32, [size, size])
    products = [tf.matmul(ones, v + float(i)) for i in range(6)]
    write = v.assign_add(tf.matmul(ones, ones) / size)
    config = tf.ConfigProto(inter_op_parallelism_threads=threads)
    with tf.Session(config=config) as session:
        session.run(v.initializer)
        for step in range(5):
            values = session.run([*products, write], {ones: np.ones((size, size))})
            for i, product in enumerate(values[:-1]):  # each read comes before the write
                np.testing.assert_allclose(product, size * (step + i), rtol=1e-5)


def test_additions_from_many_threads_all_count(graph):
    v = tf.Variable(0)
    step = v.assign_add(1)
    with tf.Session() as session:
        session.run(v.initializer)
        threads = [
            threading.Thread(target=lambda: [session.run(step.op) for _ in range(100)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert session.run(v) == 800


def test_a_closed_session_forgets_its_variables(graph):
    v = tf.Variable(1.0)
    with tf.Session() as session:
        session.run(v.initializer)
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError):
        session.run(v)


def test_a_timeout_ends_a_loop(graph):
    forever = tf.while_loop(lambda i: i < 10**9, lambda i: i + 1, [0])
    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(forever, options=tf.RunOptions(timeout_in_ms=100))
