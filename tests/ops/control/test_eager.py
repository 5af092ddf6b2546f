import numpy as np
import pytest

import flowgraph as tf


def value(tensor):
    with tf.Session(graph=tf.get_default_graph()) as session:
        return session.run(tensor)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        yield made


def test_py_function_gives_arrays_with_numpy():
    y = tf.py_function(lambda x, n: x.numpy() * int(n), [[1.0, 2.0], 3], tf.float32)
    np.testing.assert_array_equal(value(y), [3.0, 6.0])


def test_py_function_wants_a_function():
    with pytest.raises(TypeError):
        tf.py_function(3, [1.0], tf.float32)


def test_a_gradient_passes_through():
    x = tf.constant([0.2, 1.7])
    y = tf.grad_pass_through(tf.round)(x)
    assert value([y, tf.gradients(y, x)[0]])[1].tolist() == [1.0, 1.0]


def test_recompute_grad_is_the_function():
    x = tf.constant(3.0)
    y = tf.recompute_grad(lambda v: v * v)(x)
    assert value([y, tf.gradients(y, x)[0]]) == [9.0, 6.0]


def test_slices_stay_slices():
    slices = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0]), tf.constant([3, 2]))
    assert tf.convert_to_tensor_or_indexed_slices(slices) is slices
    assert tf.convert_to_tensor_or_indexed_slices([1, 2]).shape.as_list() == [2]
