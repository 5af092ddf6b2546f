"""`add_n` refuses what does not add up."""

import pytest

import flowgraph as tf


def test_dtypes_must_match():
    with tf.Graph().as_default(), pytest.raises(TypeError, match=r"\[float32, int32\] that don't"):
        tf.add_n([tf.constant(1.0), tf.constant(1)])


def test_a_list_of_none_is_refused():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="at least one Tensor"):
        tf.add_n([])
