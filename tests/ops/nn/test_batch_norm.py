"""fused_batch_norm and lrn in float64: derivatives of first and second order, bad input."""

import numpy as np
import pytest

import flowgraph as tf

BUILDS = {
    "training": lambda x: tf.nn.fused_batch_norm(x, [1.5, -0.5], [0.1, 0.2])[0],
    "in use": lambda x: tf.nn.fused_batch_norm(
        x, [1.5, -0.5], [0.1, 0.2], [0.0, 1.0], [1.0, 2.0], is_training=False
    )[0],
    "NCHW": lambda x: tf.transpose(
        tf.nn.fused_batch_norm(
            tf.transpose(x, [0, 3, 1, 2]), [1.0, 2.0], [0.0, 0.0], data_format="NCHW"
        )[0],
        [0, 2, 3, 1],
    ),
    "lrn": lambda x: tf.nn.lrn(x, 1, 2.0, 0.3, 0.75),
}


@pytest.mark.parametrize("name", BUILDS)
def test_derivatives_are_those_of_differences(name):
    shape = [2, 2, 3, 2]
    start = np.random.RandomState(0).standard_normal(shape)
    with tf.Graph().as_default(), tf.Session():
        x = tf.placeholder(tf.float64, shape)
        y = tf.square(BUILDS[name](x))
        (slope,) = tf.gradients(y, x)
        for value in (y, slope):
            found, numeric = tf.test.compute_gradient(x, shape, value, shape, start, 1e-5)
            np.testing.assert_allclose(found, numeric, rtol=1e-5, atol=1e-6)


def test_scale_and_offset_have_gradients():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(np.random.RandomState(0).standard_normal([2, 2, 2, 3]))
        scale, offset = tf.ones([3], tf.float64), tf.zeros([3], tf.float64)
        y, _, _ = tf.nn.fused_batch_norm(x, scale, offset, epsilon=0.01)
        by_scale, by_offset = session.run(tf.gradients(y, [scale, offset]))
    np.testing.assert_allclose(by_scale, 0, atol=1e-12)  # normalised numbers sum to zero
    np.testing.assert_allclose(by_offset, 8)


def test_statistics_belong_to_use_and_not_to_training():
    with tf.Graph().as_default():
        x = tf.zeros([1, 2, 2, 1])
        with pytest.raises(ValueError, match="must be None"):
            tf.nn.fused_batch_norm(x, [1.0], [0.0], mean=[0.0])
        with pytest.raises(ValueError, match="must be given"):
            tf.nn.fused_batch_norm(x, [1.0], [0.0], is_training=False)
        with pytest.raises(ValueError):
            tf.nn.fused_batch_norm(x, [1.0, 2.0], [0.0])
        with pytest.raises(ValueError):
            tf.nn.lrn(tf.zeros([2, 2]))


@pytest.mark.parametrize("channels", [0, 1, 7, 300])
def test_lrn_of_few_and_of_many_channels(channels):
    x = np.random.RandomState(0).standard_normal([2, 1, 3, channels])
    near = abs(np.arange(channels)[:, None] - np.arange(channels)) <= 2
    expected = x / (1.5 + 0.3 * np.square(x) @ near) ** 0.75
    with tf.Graph().as_default(), tf.Session() as session:
        image = tf.constant(x)
        y = tf.nn.lrn(image, 2, 1.5, 0.3, 0.75)
        found, slope = session.run([y, tf.gradients(y, image)[0]])
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        assert slope.shape == x.shape
        with pytest.raises(tf.errors.InvalidArgumentError, match="4 dimensions"):
            session.run(tf.nn.lrn(tf.placeholder_with_default(np.zeros([2, 3]), None)))


@pytest.mark.parametrize("scaled", [False, True])
def test_the_oldest_batch_norm_has_second_derivatives(scaled):
    rng = np.random.RandomState(0)
    inputs = [rng.uniform(0.5, 2, shape) for shape in ([1, 2, 2, 2], *[[2]] * 4)]
    with tf.Graph().as_default(), tf.Session():
        xs = [tf.constant(x) for x in inputs]
        y = tf.raw_ops.BatchNormWithGlobalNormalization(
            *xs, variance_epsilon=0.1, scale_after_normalization=scaled
        )
        slopes = tf.gradients(y**2, xs)
        for x, start in zip(xs[:3], inputs):
            for slope in slopes[:3]:
                found, numeric = tf.test.compute_gradient(
                    x, start.shape, slope, slope.shape.as_list(), start, 1e-5
                )
                np.testing.assert_allclose(found, numeric, rtol=1e-4, atol=1e-5)
