"""Plans for the shapes that prove hot: they keep the state that the first plan made."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.runtime.callable import HOT_RUNS


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
