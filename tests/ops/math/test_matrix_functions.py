"""LU, exp, log, sqrt of matrices by what defines them; CholeskyGrad, Einsum and others refused."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.math import _matrix_functions as functions

errors, raw = tf.errors, tf.raw_ops
RNG = np.random.RandomState(3)


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.mark.parametrize("size", [1, 2, 7])
def test_lu_gives_the_rows_in_order(session, size):
    x = RNG.normal(size=(3, size, size))
    both, order = session.run(tf.linalg.lu(x))
    lower, upper = np.tril(both, -1) + np.eye(size), np.triu(both)
    np.testing.assert_allclose(lower @ upper, np.take_along_axis(x, order[..., None], 1), 1e-12)
    assert np.abs(lower).max() <= 1


@pytest.mark.parametrize("scale", [1e-8, 0.1, 3.0])
def test_log_and_sqrt_undo_exp_and_square(scale):
    x = scale * RNG.normal(size=(4, 3, 3))
    x = x / max(1, np.abs(np.linalg.eigvals(x)).max() / 3)  # so that log gives x and no other
    np.testing.assert_allclose(functions.log(functions.exp(x).astype(complex)), x, 1e-6, 1e-13)
    square = x @ x + 9 * np.eye(3)
    root = functions.sqrt(square)
    np.testing.assert_allclose(root @ root, square, 1e-11, 1e-13)


def test_matrices_without_enough_eigenvectors():
    block = np.array([[2.0, 1, 0, 0], [0, 2, 1, 0], [0, 0, 2, 1], [0, 0, 0, 2]])
    root, log = functions.sqrt(block), functions.log(block.astype(complex))
    np.testing.assert_allclose(root @ root, block, 1e-13, 1e-14)
    np.testing.assert_allclose(functions.exp(log), block, 1e-12, 1e-12)
    assert np.isnan(functions.sqrt(np.array([[-1.0, 0], [0, 4.0]]))).all()  # which is complex


def test_what_is_no_square_matrix(session):
    x = tf.placeholder(tf.float32)
    for make in (tf.linalg.lu, tf.linalg.sqrtm, raw.MatrixExponential):
        with pytest.raises(errors.InvalidArgumentError, match="must be square"):
            session.run(make(x), {x: np.ones((2, 3))})
        with pytest.raises(ValueError, match="must be equal"):
            make(tf.ones([2, 3]))
    with pytest.raises(errors.InvalidArgumentError, match="not invertible"):
        session.run(tf.linalg.lu(x), {x: [[1, 1], [1, 1]]})
    with pytest.raises(errors.InvalidArgumentError, match="one shape"):
        session.run(raw.CholeskyGrad(x, tf.eye(2)), {x: np.eye(3)})
    with pytest.raises(ValueError, match="does not support"):
        tf.linalg.expm(tf.constant([[1]]))
