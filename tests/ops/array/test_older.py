"""Ops of old graphs: what they refuse, and that PlaceholderV2 is fed."""

import numpy as np
import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_placeholder_v2_is_fed(session):
    x = raw.PlaceholderV2(dtype=tf.float32, shape=[2])
    assert x.shape.as_list() == [2]
    assert session.run(x + 1.0, {x: [1, 2]}).tolist() == [2, 3]
    with pytest.raises(errors.InvalidArgumentError, match="must feed"):
        session.run(x + 1.0)


def test_reverse_has_a_flag_for_each_dimension(session):
    with pytest.raises(ValueError, match="as many elements"):
        raw.Reverse([[1]], [True])
    flags = tf.placeholder(tf.bool)
    with pytest.raises(errors.InvalidArgumentError, match="vector of 2"):
        session.run(raw.Reverse([[1]], flags), {flags: [True]})


def test_blocks_must_fit(session):
    x = tf.placeholder(tf.float32)
    zeros = np.zeros((2, 2), np.int32)
    for op, fed, says in [
        (raw.SpaceToBatch, np.ones((1, 3, 2, 1)), "not divisible"),
        (raw.BatchToSpace, np.ones((3, 1, 1, 1)), "not divisible"),
        (raw.BatchToSpace, np.ones((4, 1, 1)), "rank should be: 4"),
    ]:
        with pytest.raises(errors.InvalidArgumentError, match=says):
            session.run(op(x, zeros, block_size=2), {x: fed})
    with pytest.raises(ValueError, match="evenly divisible by 2 but is 3"):
        raw.SpaceToBatch(tf.ones([1, 3, 2, 1]), zeros, block_size=2)
    with pytest.raises(ValueError, match="evenly divisible by 4 but is 3"):
        raw.BatchToSpace(tf.ones([3, 1, 1, 1]), zeros, block_size=2)


def test_tile_grad_must_divide(session):
    n = tf.placeholder(tf.int32)
    for times in ([2], [0], [1, 1]):
        with pytest.raises(errors.InvalidArgumentError, match="divide the sizes"):
            session.run(raw.TileGrad(tf.ones([3]), n), {n: times})
