"""Initializers: shapes, dtypes, configuration, errors. Their values: tests/ops/random."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.variables import initializers

MADE = [
    tf.zeros_initializer(),
    tf.ones_initializer(),
    tf.constant_initializer(3.0),
    tf.random_uniform_initializer(-1, 1, seed=2),
    tf.random_normal_initializer(1.0, 0.1, seed=2),
    tf.truncated_normal_initializer(stddev=0.1, seed=2),
    tf.variance_scaling_initializer(2.0, "fan_out", "uniform", seed=2),
    tf.glorot_uniform_initializer(seed=2),
    tf.glorot_normal_initializer(seed=2),
    tf.initializers.he_normal(seed=2),
    tf.initializers.lecun_uniform(seed=2),
    tf.uniform_unit_scaling_initializer(seed=2),
    tf.orthogonal_initializer(2.0, seed=2),
    tf.initializers.identity(3.0),
]


def value(tensor):
    with tf.Session(graph=tensor.graph) as session:
        return session.run(tensor)


@pytest.mark.parametrize("initializer", MADE, ids=lambda i: type(i).__name__)
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_shape_and_dtype_are_those_asked_for(initializer, dtype):
    with tf.Graph().as_default():
        tensor = initializer([4, 3], dtype=dtype)
        assert tensor.dtype == dtype and tensor.shape.as_list() == [4, 3]
        assert value(tensor).shape == (4, 3)


@pytest.mark.parametrize("initializer", MADE, ids=lambda i: type(i).__name__)
def test_its_configuration_makes_it_again(initializer):
    again = type(initializer).from_config(initializer.get_config())
    with tf.Graph().as_default():
        first, second = initializer([3, 2]), again([3, 2])
        np.testing.assert_array_equal(value(first), value(second))


def test_a_constant_list_fills_the_shape_in_order():
    with tf.Graph().as_default():
        filled = tf.constant_initializer([1, 2, 3])([2, 3], dtype=tf.int32)
        assert value(filled).tolist() == [[1, 2, 3], [3, 3, 3]]


def test_an_orthogonal_matrix_has_unit_columns():
    with tf.Graph().as_default():
        wide = value(tf.orthogonal_initializer(seed=1)([2, 5], dtype=tf.float64))
        filters = value(tf.orthogonal_initializer(seed=1)([3, 3, 2, 4], dtype=tf.float64))
    np.testing.assert_allclose(wide @ wide.T, np.eye(2), atol=1e-12)
    flat = filters.reshape(-1, 4)
    np.testing.assert_allclose(flat.T @ flat, np.eye(4), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "fans"), [([], (1, 1)), ([7], (7, 7)), ([3, 4], (3, 4)), ([5, 5, 3, 8], (75, 200))]
)
def test_fans(shape, fans):
    assert initializers.compute_fans(shape) == fans


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tf.variance_scaling_initializer(-1.0), ValueError, "positive float"),
        (lambda: tf.variance_scaling_initializer(mode="fan"), ValueError, "Invalid `mode`"),
        (lambda: tf.variance_scaling_initializer(distribution="x"), ValueError, "distribution"),
        (lambda: tf.random_normal_initializer(dtype=tf.int32), ValueError, "floating point"),
        (lambda: tf.constant_initializer(object()), TypeError, "Invalid type for initial value"),
        (lambda: tf.orthogonal_initializer()([3]), ValueError, "at least two-dimensional"),
        (lambda: tf.initializers.identity()([2, 2, 2]), ValueError, "only be used for 2D"),
        (
            lambda: tf.constant_initializer([1.0, 2.0], verify_shape=True)([3]),
            TypeError,
            "Expected Tensor's shape",
        ),
    ],
)
def test_bad_arguments(make, error, message):
    with tf.Graph().as_default(), pytest.raises(error, match=message):
        make()
