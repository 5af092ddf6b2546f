"""Colours and adjustments: bad input, and properties that no recorded value tells."""

import colorsys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

BAD = tf.errors.InvalidArgumentError


def run(build, *values, known=False):
    """The value of what `build` makes of placeholders, whose shapes it may not know."""
    with tf.Graph().as_default(), tf.Session() as session:
        arrays = [np.asarray(v) for v in values]
        inputs = [tf.placeholder(a.dtype, a.shape if known else None) for a in arrays]
        return session.run(build(*inputs), dict(zip(inputs, arrays, strict=True)))


def zeros(*shape):
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("build", "shape", "message"),
    [
        (lambda x: tf.image.rgb_to_hsv(x), (2, 4), "must have 3 channels"),
        (lambda x: tf.image.hsv_to_rgb(x), (), "must have 3 channels"),
        (lambda x: tf.image.adjust_hue(x, 0.1), (2, 3), "at least 3-D"),
        (lambda x: tf.image.adjust_hue(x, 0.1), (2, 3, 4), "3 channels but instead has 4"),
        (lambda x: tf.image.adjust_hue(x, [0.1]), (2, 3, 3), "delta must be scalar"),
        (lambda x: tf.image.adjust_saturation(x, 0.1), (2, 3, 1), "3 channels but instead has 1"),
        (lambda x: tf.image.adjust_contrast(x, 0.1), (3,), "at least 3-D"),
        (lambda x: tf.image.grayscale_to_rgb(x), (2, 2, 3), "should be size 1"),
        (lambda x: tf.image.per_image_standardization(x), (2, 0, 3), "must be > 0"),
        (lambda x: tf.image.adjust_gamma(x, x - 1.0), (), "non-negative real"),
        (lambda x: tf.image.psnr(x, tf.zeros([3, 3, 1]), 1.0), (3, 2, 1), "assertion failed"),
        (lambda x: tf.image.ssim(x, x, 1.0), (8, 20, 1), "assertion failed"),
    ],
)
def test_bad_images_are_told_at_the_run(build, shape, message):
    with pytest.raises(BAD, match=message):
        run(build, zeros(*shape))


@pytest.mark.parametrize(
    ("build", "shape", "message"),
    [
        (lambda x: tf.image.rgb_to_hsv(x), [2, 4], "must be 3 but is 4"),
        (lambda x: tf.image.adjust_hue(x, 0.1), [3], "rank at least 3"),
        (lambda x: tf.image.adjust_contrast(x, [1.0]), [3, 3, 3], "rank 0"),
        (lambda x: tf.image.grayscale_to_rgb(x), [2, 2, 3], "should be size 1"),
        (lambda x: tf.image.grayscale_to_rgb(x), [1], "at least two-dimensional"),
        (lambda x: tf.image.per_image_standardization(x), [2, 3], "at least three-dimensional"),
        (lambda x: tf.image.per_image_standardization(x), [2, 0, 3], "must be > 0"),
        (lambda x: tf.image.adjust_gamma(x, -1), [2], "non-negative real"),
        (lambda x: tf.image.random_hue(x, 0.6), [2, 2, 3], "<= 0.5"),
        (lambda x: tf.image.random_hue(x, -0.1), [2, 2, 3], "non-negative"),
        (lambda x: tf.image.random_brightness(x, -0.1), [2, 2, 3], "non-negative"),
        (lambda x: tf.image.random_contrast(x, 0.5, 0.5), [2, 2, 3], "upper must be > lower"),
        (lambda x: tf.image.random_saturation(x, -1, 0.5), [2, 2, 3], "non-negative"),
        (lambda x: tf.image.psnr(x, tf.zeros([2, 2, 1]), 1.0), [2, 2, 3], "incompatible"),
        (lambda x: tf.image.ssim(x, tf.zeros([4, 9, 9, 1]), 1.0), [5, 9, 9, 1], "not compatible"),
    ],
)
def test_what_is_known_is_refused_when_built(build, shape, message):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        build(tf.placeholder(tf.float32, shape))


def test_only_numbers_are_converted():
    with tf.Graph().as_default():
        for value, dtype in (([True], tf.float32), ([1.0], tf.bool), ([1.0], tf.string)):
            with pytest.raises(AttributeError, match="floating point or integer"):
                tf.image.convert_image_dtype(value, dtype)


def test_adjustments_have_no_gradient():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 2, 3])
        for y in (tf.image.adjust_hue(x, 0.1), tf.image.adjust_contrast(x, 2.0)):
            with pytest.raises(LookupError, match="No gradient defined"):
                tf.gradients(y, x)
        assert tf.gradients(tf.image.hsv_to_rgb(x), x) == [None]


PIXEL = st.tuples(*[st.floats(0, 1, width=32)] * 3)


@settings(max_examples=60, deadline=None)
@given(PIXEL)
def test_hsv_is_that_of_the_standard_library(pixel):
    ours = run(tf.image.rgb_to_hsv, np.array(pixel, np.float64))
    hue, saturation, value = colorsys.rgb_to_hsv(*map(float, pixel))
    np.testing.assert_allclose(ours[1:], [saturation, value], atol=1e-7)
    np.testing.assert_allclose((ours[0] - hue + 0.5) % 1 - 0.5, 0, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(PIXEL)
def test_there_and_back(pixel):
    x = np.array(pixel, np.float32)
    back = run(lambda x: tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(x)), x)
    np.testing.assert_allclose(back, x, atol=1e-6)

    def turned(delta):
        return lambda x: tf.image.adjust_hue(x[None, None], delta)[0, 0]

    np.testing.assert_allclose(run(turned(1.0), x), x, atol=2e-6)
    np.testing.assert_allclose(run(turned(1 / 3), x), np.roll(x, 1), atol=2e-6)


def test_equal_images_are_alike():
    x = np.random.RandomState(0).uniform(size=(2, 16, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(run(lambda x: tf.image.ssim(x, x, 1.0), x), [1, 1], rtol=1e-5)
    assert np.isposinf(run(lambda x: tf.image.psnr(x, x, 1.0), x)).all()
