"""The static shapes of windows that do not fit their image."""

import pytest

import flowgraph as tf


@pytest.mark.parametrize("size", [5, 6])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_window_larger_than_its_image_is_refused(size, stride):
    message = f"Negative dimension size caused by subtracting {size} from 4"
    with tf.Graph().as_default():
        image, strides = tf.ones([1, 4, 4, 1]), [1, stride, stride, 1]
        with pytest.raises(ValueError, match=message):
            tf.nn.conv2d(image, tf.ones([size, size, 1, 1]), strides, "VALID")
        with pytest.raises(ValueError, match=message):
            tf.nn.max_pool(image, [1, size, size, 1], strides, "VALID")
        assert tf.nn.conv2d(image, tf.ones([size, size, 1, 1]), strides, "SAME").shape.ndims == 4


def test_explicit_paddings_are_not_negative():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="must be nonnegative"):
        tf.nn.conv2d(
            tf.zeros([1, 4, 4, 1]), tf.zeros([2, 2, 1, 1]), 1, [[0, 0], [-1, 0], [0, 0], [0, 0]]
        )
