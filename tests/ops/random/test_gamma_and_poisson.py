"""Gamma and Poisson numbers, which are not TensorFlow's own: their moments, seeds and dtypes."""

import numpy as np
import pytest

import flowgraph as tf

COUNT = 20000


def drawn(build):
    with tf.Graph().as_default():
        numbers = build()
        with tf.Session() as session:
            return session.run(numbers), session.run(numbers)


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 1.0), (1.0, 2.0), (7.5, 0.5)])
def test_gamma_has_its_mean_and_variance(alpha, beta):
    values, _ = drawn(lambda: tf.random_gamma([COUNT], alpha, beta, tf.float64, seed=5))

    mean, variance = alpha / beta, alpha / beta**2
    assert values.dtype == np.float64
    assert values.min() > 0
    assert abs(values.mean() - mean) < 5 * np.sqrt(variance / COUNT)
    assert values.var() == pytest.approx(variance, rel=0.1)


@pytest.mark.parametrize("rate", [0.3, 4.0, 60.0])
def test_poisson_has_its_mean_and_variance(rate):
    values, _ = drawn(lambda: tf.random_poisson(rate, [COUNT], seed=5))

    assert values.dtype == np.float32
    assert (values == np.round(values)).all()
    assert abs(values.mean() - rate) < 5 * np.sqrt(rate / COUNT)
    assert values.var() == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize(
    "build",
    [
        lambda seed: tf.random_gamma([20], 2.0, seed=seed),
        lambda seed: tf.random_poisson(3.0, [20], seed=seed),
    ],
)
def test_a_seed_fixes_the_numbers_and_each_run_goes_on(build):
    first, second = drawn(lambda: build(11))
    again, _ = drawn(lambda: build(11))
    other, _ = drawn(lambda: build(12))

    np.testing.assert_array_equal(first, again)
    assert (first != second).any()
    assert (first != other).any()


def test_shapes_are_those_asked_for_and_the_parameters():
    with tf.Graph().as_default():
        gamma = tf.random_gamma([3], [[1.0, 2.0]])
        poisson = tf.random_poisson([1.0, 2.0], [4])
        assert gamma.shape.as_list() == [3, 1, 2]
        assert poisson.shape.as_list() == [4, 2]
        with tf.Session() as session:
            assert session.run(gamma).shape == (3, 1, 2)
            assert session.run(poisson).shape == (4, 2)
