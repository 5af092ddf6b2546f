"""Cross-entropy: shapes that broadcast and the errors of those that do not."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core.op_def import raw


def _run(tensors, feed=None):
    with tf.Session() as sess:
        return sess.run(tensors, feed)


@pytest.mark.parametrize("shapes", [([2, 3], [2, 1]), ([2, 1], [2, 3]), ([1, 3], [2, 3])])
def test_logits_and_labels_broadcast(shapes):
    rng = np.random.RandomState(1)
    x, z = (rng.rand(*shape).astype(np.float32) for shape in shapes)
    wide = [np.array(a) for a in np.broadcast_arrays(x, z)]
    for got, want in zip(
        _run(raw.SoftmaxCrossEntropyWithLogits(x, z)),
        _run(raw.SoftmaxCrossEntropyWithLogits(*wide)),
        strict=True,
    ):
        np.testing.assert_allclose(got, want, rtol=1e-5)


def test_shapes_that_do_not_broadcast():
    x, z = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    loss = raw.SoftmaxCrossEntropyWithLogits(x, z)[0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be broadcastable"):
        _run(loss, {x: np.ones([2, 3]), z: np.ones([2, 2])})
    with pytest.raises(tf.errors.InvalidArgumentError, match="broadcasted to be 2-dimensional"):
        _run(loss, {x: np.ones([3]), z: np.ones([3])})


def test_sparse_labels_must_be_a_vector():
    labels = tf.placeholder(tf.int32)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=[[7.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels must be 1-D"):
        _run(loss, {labels: 0})
