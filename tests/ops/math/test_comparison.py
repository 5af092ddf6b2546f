"""Comparisons: bool comes out, shapes are merged or broadcast, == stays Python's own."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core.op_def import raw


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_equality_of_tensors_is_identity():
    x, y = tf.constant(1.0), tf.constant(1.0)
    assert x == x and x != y
    assert len({x, y, x}) == 2


def test_a_comparison_has_no_truth_before_a_run():
    with pytest.raises(TypeError, match="as a Python `bool` is not allowed"):
        bool(tf.constant(1.0) < 2.0)


def test_strings_are_equal_or_not_and_have_no_order(session):
    x = tf.constant([["a"], ["b"]])
    value = session.run(tf.equal(x, ["a", "b", "c"]))
    assert value.dtype == bool
    assert value.tolist() == [[True, False, False], [False, True, False]]
    assert session.run(tf.not_equal(x[0, 0], "b")) == np.True_
    with pytest.raises(TypeError, match="string not in list of allowed values"):
        tf.less(x, x)


def test_equality_can_answer_for_shapes_that_clash(session):
    x, y = tf.constant([1.0, 2.0]), tf.constant([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
        tf.equal(x, y)
    loose = {"incompatible_shape_error": False}
    found = [raw.Equal(x, y, **loose), raw.NotEqual(x, y, **loose)]
    assert [t.shape.as_list() for t in found] == [[], []]
    assert session.run(found) == [False, True]
    some = tf.placeholder(tf.float32, [None])
    either = raw.Equal(x, some, **loose)
    assert either.shape.rank is None
    assert session.run(either, {some: [1, 3]}).tolist() == [True, False]
    assert session.run(either, {some: [1, 2, 3]}).tolist() is False


def test_approximate_equality_wants_one_shape(session):
    x, y = tf.constant([1.0, 2.0, np.nan]), tf.constant([1.05, 2.2, np.nan])
    assert session.run(tf.approximate_equal(x, y, 0.1)).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="must be equal, but are 3 and 1"):
        tf.approximate_equal(x, [1.0])
    some = tf.placeholder(tf.float32, None)
    assert tf.approximate_equal(some, x).shape.as_list() == [3]
    with pytest.raises(tf.errors.InvalidArgumentError, match="one shape"):
        session.run(tf.approximate_equal(some, x), {some: [1.0]})


def test_gradients_stop_at_comparisons():
    x = tf.constant([1.0, -1.0])
    assert tf.gradients(tf.cast(x > 0, tf.float32), x) == [None]
