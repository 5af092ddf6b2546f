"""The gradients of means of chosen rows check their rows."""

import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_segment_gradients_check_their_rows(session):
    i, s = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    mean = raw.SparseSegmentMeanGrad(tf.ones([2, 2]), i, s, 3)
    for fed, says in [(([3], [0]), r"indices\[0\] = 3"), (([0], [2]), r"segment_ids\[0\] = 2"),
                      (([0, 1], [0]), "same size")]:  # fmt: skip
        with pytest.raises(errors.InvalidArgumentError, match=says):
            session.run(mean, dict(zip((i, s), fed)))
