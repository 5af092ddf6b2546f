"""tf.test.compute_gradient: Jacobians from tf.gradients and from differences."""

import numpy as np
import pytest

import flowgraph as tf


def test_the_jacobian_of_a_product_is_its_matrix():
    matrix = np.arange(6.0).reshape(2, 3)
    with tf.Graph().as_default(), tf.Session():
        x = tf.placeholder(tf.float64, [3, 1])
        y = tf.matmul(matrix, x)
        found, numeric = tf.test.compute_gradient(x, [3, 1], y, [2, 1])
    np.testing.assert_allclose(found, matrix.T)
    np.testing.assert_allclose(numeric, matrix.T, atol=1e-9)


def test_a_wrong_gradient_is_an_error_above_zero():
    @tf.custom_gradient
    def wrong(x):
        return x * x, lambda dy: dy * x

    with tf.Graph().as_default(), tf.Session():
        x = tf.placeholder(tf.float64, [2])
        error = tf.test.compute_gradient_error(x, [2], wrong(x), [2], np.array([1.0, 3.0]))
        assert error == pytest.approx(3.0)
        assert tf.test.compute_gradient_error(x, [2], x * x, [2]) < 1e-9


def test_complex_numbers_count_as_two_real_ones():
    with tf.Graph().as_default(), tf.Session():
        x = tf.placeholder(tf.complex128, [2])
        ((found, numeric),) = tf.test.compute_gradient([x], [[2]], x * x, [2])
    assert found.shape == (4, 4)
    np.testing.assert_allclose(found, numeric, atol=1e-8)


def test_a_list_of_xs_gives_a_list():
    with tf.Graph().as_default(), tf.Session():
        x, y = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [])
        pairs = tf.test.compute_gradient([x, y], [[], []], x * y, [], [2.0, 5.0])
    assert [float(found[0, 0]) for found, _ in pairs] == [5.0, 2.0]


def test_it_needs_a_session():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="default session"):
        x = tf.placeholder(tf.float64, [])
        tf.test.compute_gradient(x, [], x * x, [])
