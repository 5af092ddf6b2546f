"""Shapes of what is made: as specific as what is known of the sizes."""

import flowgraph as tf


def test_tile_and_pad_by_partly_known_sizes():
    with tf.Graph().as_default():
        batch = tf.shape(tf.placeholder("float32", [None, 4]))[0]
        assert tf.tile([[1.0, 2.0]], [batch, 3]).shape.as_list() == [None, 6]
        assert tf.pad(tf.ones([2, 4]), [[0, batch], [1, 1]]).shape.as_list() == [None, 6]
        assert tf.tile([[1.0, 2.0]], [batch, 0]).shape.as_list() == [None, 0]
