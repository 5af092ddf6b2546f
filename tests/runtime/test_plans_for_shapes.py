"""Plans for the shapes that prove hot: they keep the state that the first plan made."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime.callable import HOT_RUNS, CompiledCall


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def _fed(fetch, x, shape):
    """What each of many runs gives, with the number of the run as the fed value."""
    with tf.Session() as session:
        session.run(tf.get_collection("init"))
        return [session.run(fetch, {x: np.full(shape, i, "f")}) for i in range(HOT_RUNS + 5)]


def test_a_queue_stays_the_same():
    x = tf.placeholder(tf.float32)
    queue = tf.FIFOQueue(1, tf.float32, shapes=[2])
    tf.add_to_collection("init", queue.enqueue([tf.fill([2], -1.0)]))
    before = queue.dequeue()
    push = queue.enqueue([tf.reshape(x, [2])])

    found = _fed([before, push], x, (1, 2))

    assert [old[0] for old, _ in found] == list(range(-1, HOT_RUNS + 4))


def test_an_iterator_goes_on():
    x = tf.placeholder(tf.float32)
    following = tf.data.Dataset.range(100).make_one_shot_iterator().get_next()

    found = _fed([following, x + 1.0], x, (3,))

    assert [int(n) for n, _ in found] == list(range(HOT_RUNS + 5))


def test_a_reader_goes_on(tmp_path):
    (tmp_path / "lines").write_text("\n".join(map(str, range(100))))
    x = tf.placeholder(tf.float32)
    names = tf.FIFOQueue(1, tf.string, shapes=[[]])
    tf.add_to_collection("init", names.enqueue([str(tmp_path / "lines")]))
    _, line = tf.TextLineReader().read(names)

    found = _fed([line, x + 1.0], x, (3,))

    assert [int(text) for text, _ in found] == list(range(HOT_RUNS + 5))


def test_a_feed_whose_rank_nobody_knows():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32, [None, 2])
    total = tf.reduce_sum(x) + tf.reduce_sum(y)

    with tf.Session() as session:
        for i in range(HOT_RUNS + 5):
            shape = (1,) * (i % 3)
            assert session.run(total, {x: np.full(shape, i, "f"), y: np.ones((3, 2))}) == i + 6


def test_the_size_of_what_came_after_a_write_keeps_the_order():
    x = tf.placeholder(tf.float32, [None, 2])
    v = tf.get_variable("v", initializer=0.0, use_resource=True)
    tf.add_to_collection("init", v.initializer)
    with tf.control_dependencies([v.assign_add(1.0)]):
        later = tf.identity(x)
    sizes = tf.shape(later) * 2
    with tf.control_dependencies([sizes]):
        now = v.read_value()

    assert _fed(now, x, (3, 2)) == list(range(1, HOT_RUNS + 6))


def test_a_thread_runs_its_own_plan_whatever_another_does_meanwhile():
    class Interrupted(CompiledCall):
        """As if another thread, which feeds other shapes, ran between any two lines."""

        def __setattr__(self, name, value):
            if name == "_tier" and meanwhile:
                value = super()._for_shapes(meanwhile)
            super().__setattr__(name, value)

    x, meanwhile = tf.placeholder(tf.float32, [None]), []
    total = tf.reduce_sum(x * 2.0) + tf.cast(tf.size(x), tf.float32)
    with tf.Session() as session:
        for size in (2, 3):
            for _ in range(HOT_RUNS):
                session.run(total, {x: np.ones(size)})
        (call,) = session._compiled.values()
        call.__class__ = Interrupted
        meanwhile.append(np.ones(3, "f"))
        assert session.run(total, {x: np.ones(2)}) == 6.0
        assert session.run(total, {x: np.ones(2)}, tf.RunOptions(timeout_in_ms=9999)) == 6.0
