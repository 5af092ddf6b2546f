"""A graph with its session, and gradients checked against central differences."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        yield session


@pytest.fixture
def assert_gradients(session):
    """Checks that the first and second derivative of y by x agree with differences."""

    def check(y, x, value, feeds):
        first = tf.gradients(y, x)[0]
        second = tf.gradients(tf.reduce_sum(first * first), x)[0]
        for of, grad in ((y, first), (first * first, second)):
            found = session.run(grad, {x: value, **feeds})
            expected = _differences(session, of, x, value, feeds)
            np.testing.assert_allclose(found, expected, 1e-6, 1e-8)

    return check


def _differences(session, y, x, value, feeds, step=1e-5):
    """The gradient of sum(y)."""
    grad = np.zeros_like(value)
    for i in np.ndindex(value.shape):
        move = np.zeros_like(value)
        move[i] = step
        high = np.sum(session.run(y, {x: value + move, **feeds}))
        low = np.sum(session.run(y, {x: value - move, **feeds}))
        grad[i] = (high - low) / (2 * step)
    return grad
