"""Stateless random ops: the seed alone tells the numbers; seeds, shapes and errors."""

import numpy as np
import pytest

import flowgraph as tf


def draw(seed, shape=(4,)):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(tf.random.stateless_uniform(shape, seed))


def test_the_seed_alone_tells_the_numbers():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(5)
        x = tf.random.stateless_uniform([4], [1, 2])
        first, second = session.run(x), session.run(x)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, draw([1, 2]))
    for other in ([2, 1], [1, 3], [0, 0], [-1, 2]):
        assert not np.array_equal(first, draw(other))


def test_the_seed_can_be_a_tensor_of_either_integer_dtype():
    with tf.Graph().as_default(), tf.Session() as session:
        for dtype in (tf.int32, tf.int64):
            seed = tf.placeholder(dtype, [2])
            x = tf.random.stateless_normal([3], seed)
            one, two = (session.run(x, {seed: s}) for s in ([1, 2], [1, 3]))
            assert not np.array_equal(one, two)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: tf.random.stateless_uniform([2], [1, 2, 3]), ValueError, "must be 2"),
        (lambda: tf.random.stateless_uniform([2], 1), ValueError, "rank 1"),
        (
            lambda: tf.random.stateless_uniform([2], [1, 2], dtype=tf.int32),
            ValueError,
            "Must specify maxval",
        ),
        (
            lambda: tf.random.stateless_uniform([2], [1, 2], dtype=tf.uint8),
            ValueError,
            "Invalid dtype",
        ),
    ],
)
def test_bad_arguments(build, error, message):
    with tf.Graph().as_default(), pytest.raises(error, match=message):
        build()


def test_a_seed_of_a_shape_known_only_when_running():
    with tf.Graph().as_default(), tf.Session() as session:
        seed = tf.placeholder(tf.int64)
        x = tf.random.stateless_uniform([2], seed)
        assert x.shape.as_list() == [2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="must (have shape|be 2)"):
            session.run(x, {seed: [1, 2, 3]})


def test_classes_are_drawn_by_their_logits():
    with tf.Graph().as_default(), tf.Session() as session:
        logits = tf.log([[0.2, 0.8]])
        drawn = tf.random.stateless_multinomial(logits, 4000, [3, 4])
        assert drawn.dtype == tf.int64 and drawn.shape.as_list() == [1, 4000]
        assert abs(session.run(drawn).mean() - 0.8) < 4 * np.sqrt(0.16 / 4000)
