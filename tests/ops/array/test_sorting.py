"""Sorting against numpy, on any axis; what sort, NthElement and TopK refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@given(st.lists(st.integers(0, 4), min_size=1, max_size=3), st.data())
@settings(max_examples=40, deadline=None)
def test_sort_is_that_of_numpy_and_keeps_the_order_of_equals(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    dtype = data.draw(st.sampled_from([np.float32, np.int8, np.uint8, np.int64]))
    known = data.draw(st.booleans())
    x = np.random.RandomState(0).randint(0, 4, shape).astype(dtype)
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(dtype, shape if known else None)
        found = [tf.sort(fed, axis), tf.argsort(fed, axis), tf.sort(fed, axis, "DESCENDING")]
        up, order, down = session.run(found, {fed: x})
    np.testing.assert_array_equal(up, np.sort(x, axis))
    np.testing.assert_array_equal(order, np.argsort(x, axis, kind="stable"))
    np.testing.assert_array_equal(down, np.flip(np.sort(x, axis), axis))


def test_what_sort_refuses():
    with pytest.raises(ValueError, match="should be one of ASCENDING"):
        tf.sort([1, 2], direction="up")
    with pytest.raises(ValueError, match="constant scalar"):
        tf.sort([1, 2], axis=tf.placeholder(tf.int32, []))


def test_nth_element_of_what_is_not_there():
    with tf.Graph().as_default(), tf.Session() as session:
        n = tf.placeholder(tf.int32, [])
        x = tf.constant([3.0, 1.0])
        nth = raw.NthElement(x, n)
        with pytest.raises(errors.InvalidArgumentError, match="n >= 0, got -1"):
            session.run(nth, {n: -1})
        with pytest.raises(errors.InvalidArgumentError, match="at least n\\+1 = 3"):
            session.run(nth, {n: 2})
        with pytest.raises(ValueError, match="last dimension > n = 2 but is 2"):
            raw.NthElement(x, 2)
        with pytest.raises(ValueError, match=">= k = 3 but is 2"):
            raw.TopK(x, k=3)
