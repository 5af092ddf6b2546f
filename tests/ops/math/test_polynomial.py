"""Polynomials against numpy."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.mark.parametrize("coeffs", [[], [2.0], [1.0, -2.0, 0.5]])
def test_polyval(coeffs):
    x = np.array([[-1.5, 0.0, 2.0]], np.float32)
    with tf.Session() as sess:
        got = sess.run(tf.math.polyval(coeffs, x))
    np.testing.assert_allclose(np.broadcast_to(got, x.shape), np.polyval(coeffs, x))


def test_coefficients_must_be_a_list():
    with pytest.raises(ValueError, match="must be list type"):
        tf.math.polyval(np.ones(2), 1.0)
