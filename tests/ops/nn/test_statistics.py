"""Moments from sums and with weights, against numpy."""

import numpy as np
import pytest

import flowgraph as tf

X = np.random.RandomState(3).randn(3, 4, 5).astype(np.float32)


@pytest.mark.parametrize("shift", [None, 0.5])
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("shape", [[3, 4, 5], None])
def test_normalized_sufficient_statistics_are_the_moments(shift, keep, shape):
    x = tf.placeholder(tf.float32, shape)
    stats = tf.nn.sufficient_statistics(x, [0, 2], shift, keep_dims=keep)
    with tf.Session() as sess:
        feed = {x: X}
        assert sess.run(stats[0], feed) == 15
        mean, variance = sess.run(tf.nn.normalize_moments(*stats), feed)
    np.testing.assert_allclose(mean, X.mean((0, 2), keepdims=keep), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, X.var((0, 2), keepdims=keep), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("keep", [False, True])
def test_weighted_moments_count_an_element_as_often_as_its_weight(keep):
    weights = np.array([1, 2, 3, 1], np.int32)
    mean, variance = tf.nn.weighted_moments(X, [1], weights[:, None], keep_dims=keep)
    repeated = np.repeat(X, weights, axis=1)
    with tf.Session() as sess:
        mean, variance = sess.run([mean, variance])
    np.testing.assert_allclose(mean, repeated.mean(1, keepdims=keep), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, repeated.var(1, keepdims=keep), rtol=1e-4, atol=1e-5)


def test_weighted_moments_of_float16_stay_float16():
    mean, variance = tf.nn.weighted_moments(X.astype(np.float16), [0], 2.0)
    assert mean.dtype == variance.dtype == tf.float16
    assert mean.shape == variance.shape == (4, 5)
