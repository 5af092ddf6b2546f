"""Constants of Python values: what TensorFlow takes, and what it refuses with which error."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64", "complex64"])
def test_a_python_bool_counts_as_a_number(dtype):
    x = tf.constant([True, 2], dtype)
    with tf.Session() as session:
        assert session.run(x).tolist() == [1, 2]
        assert session.run(tf.constant(3.0) * True) == 3.0


@pytest.mark.parametrize("value", [["a", 2], [b"a", 1.5], [["a"], [1.5]]])
def test_numbers_among_strings_are_refused(value):
    with pytest.raises(TypeError, match="Expected strings"):
        tf.constant(value)


@pytest.mark.parametrize("dtype", [None, "int32"])
def test_a_tensor_is_no_constant(dtype):
    with pytest.raises(TypeError, match="Expected any non-tensor type, got a tensor instead"):
        tf.constant(tf.ones([]), dtype)


def test_none_in_a_shape_is_a_type_error_with_a_hint():
    x = tf.placeholder("float32", [None, 3])
    with pytest.raises(TypeError, match=r"Contents: \[None, 3\].*an unknown size is -1"):
        tf.reshape(x, [None, 3])


def test_lists_of_unequal_lengths_are_a_value_error():
    with pytest.raises(ValueError, match="non-rectangular"):
        tf.constant([[1], [2, 3]])


def test_no_values_fill_a_shape_with_zeros():
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(tf.constant([], shape=[2])).tolist() == [0.0, 0.0]


def test_a_name_can_be_bytes():
    with tf.Graph().as_default():
        assert tf.constant(1.0, name=b"one").op.name == "one"


def test_no_elements_of_a_python_number():
    assert tf.constant(1.5, shape=[0, 3]).shape.as_list() == [0, 3]
    with pytest.raises(ValueError, match="Needed at most 0, but received 1"):
        tf.constant(np.array([1.5]), shape=[0])
