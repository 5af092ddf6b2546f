"""Gamma and Poisson numbers: moments, seeds, dtypes, odd parameters, the slope of a gamma number.

That they are TensorFlow's is tested by golden values: test_golden.py and golden/cases_random.py.
"""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.math._special_functions import digamma
from flowgraph.ops.random._gamma_slope import gamma_slope

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


def test_rates_that_are_no_rates():
    rates = [np.nan, np.inf, -1.0, 0.0]
    floats, _ = drawn(lambda: tf.random_poisson(rates, [1], seed=1))
    np.testing.assert_array_equal(floats, [[np.nan, np.inf, 0.0, 0.0]])
    integers, _ = drawn(lambda: tf.random_poisson(rates, [1], tf.int32, seed=1))
    assert integers.tolist() == [[0, 0, 0, 0]]


def test_no_count_is_too_large_for_its_dtype():
    values, _ = drawn(lambda: tf.random_poisson(65_500.0, [200], tf.float16, seed=1))
    assert np.isfinite(values).all()


def test_shapes_of_gamma_that_are_none():
    values, _ = drawn(lambda: tf.random_gamma([2], [np.nan, -1.0, 0.0], seed=1))
    assert np.isnan(values[:, :2]).all()
    assert (values[:, 2] == np.finfo(np.float32).tiny).all()


@pytest.mark.parametrize("alpha", [1e-3, 0.4, 1.0, 3.0, 40.0, 5000.0])
@pytest.mark.parametrize("relative", [1e-3, 0.5, 0.97, 1.0, 1.03, 2.0])
def test_the_slope_of_a_gamma_number_keeps_its_probability(alpha, relative):
    """By the density's own equation: d/dz of p(z) dz/dalpha is -dp/dalpha."""
    z = alpha * relative
    h = 1e-2 * z / (10 + abs(alpha - z) + np.sqrt(alpha))  # the density bends within so much

    def flow(at):
        density = np.exp((alpha - 1) * np.log(at / z) - (at - z))  # relative to that at z
        return density * gamma_slope(np.array([alpha]), np.array([at]))[0]

    steps = [flow(z + k * h) for k in (-2, -1, 1, 2)]
    found = (steps[0] - 8 * steps[1] + 8 * steps[2] - steps[3]) / (12 * h)
    expected = digamma(np.array([alpha]))[0] - np.log(z)
    scale = abs(expected) + abs(flow(z)) / z + 1e-3
    assert found == pytest.approx(expected, abs=1e-5 * scale)


def test_gradients_reach_the_shape_and_scale_of_gamma_numbers():
    with tf.Graph().as_default(), tf.Session() as session:
        alpha, beta = tf.constant([0.5, 3.0]), tf.constant(2.0)
        numbers = tf.random_gamma([4000], alpha, beta, seed=3)
        by_alpha, by_beta = session.run(tf.gradients(numbers, [alpha, beta]))
    # The mean is alpha / beta, so the mean's slopes are 1 / beta and -alpha / beta ** 2.
    np.testing.assert_allclose(by_alpha / 4000, [0.5, 0.5], rtol=0.05)
    np.testing.assert_allclose(by_beta / 4000, -3.5 / 4, rtol=0.05)
