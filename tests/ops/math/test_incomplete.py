"""The incomplete gamma and beta functions against sums and identities that hold for them."""

import math

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.math import _incomplete as functions


def test_gamma_of_whole_numbers_is_a_poisson_sum():
    for a in (1, 2, 5, 20, 80):
        x = np.array([1e-3, 0.5, a * 0.7, a, a * 1.3, a + 40.0])
        terms = [np.exp(k * np.log(x) - x - math.lgamma(k + 1)) for k in range(a)]
        np.testing.assert_allclose(functions.igammac(np.float64(a), x), sum(terms), 1e-11, 1e-300)


def test_the_two_parts_of_gamma_make_one():
    a, x = np.meshgrid(np.geomspace(0.01, 5e4, 30), np.geomspace(1e-3, 5e4, 30))
    whole = functions.igamma(a, x) + functions.igammac(a, x)
    np.testing.assert_allclose(whole, 1, 1e-12)


def test_the_slope_by_the_first_argument():
    a, x = np.meshgrid(np.array([0.4, 1.0, 3.0, 12.0, 50.0]), np.array([0.1, 1.0, 4.0, 30.0, 60.0]))
    step = 1e-5 * a
    differences = (functions.igamma(a + step, x) - functions.igamma(a - step, x)) / (2 * step)
    np.testing.assert_allclose(functions.igamma_grad_a(a, x), differences, 1e-6, 1e-9)


def test_beta_of_whole_numbers_is_a_binomial_sum():
    x = np.array([0.0, 0.01, 0.3, 0.7, 0.999, 1.0])
    for a, b in ((1, 1), (2, 5), (9, 3), (40, 60)):
        n = a + b - 1
        terms = [math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1)]
        found = functions.betainc(np.float64(a), np.float64(b), x)
        np.testing.assert_allclose(found, sum(terms), 1e-11)


def test_beta_from_the_other_end():
    a, b, x = np.meshgrid(np.geomspace(0.05, 200, 9), np.geomspace(0.05, 200, 9), [0.1, 0.5, 0.8])
    whole = functions.betainc(a, b, x) + functions.betainc(b, a, 1 - x)
    np.testing.assert_allclose(whole, 1, 1e-11)


def test_shapes_of_betainc():
    assert tf.betainc(tf.ones([2]), 1.0, tf.ones([2])).shape.as_list() == [2]
    with pytest.raises(ValueError, match="must be equal"):
        tf.betainc(tf.ones([2]), tf.ones([3]), 0.5)
    with tf.Graph().as_default(), tf.Session() as session:
        a = tf.placeholder(tf.float32)
        with pytest.raises(tf.errors.InvalidArgumentError, match="inconsistent"):
            session.run(tf.betainc(a, [1.0, 2.0], 0.5), {a: [1, 2, 3]})
