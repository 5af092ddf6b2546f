"""Systems and products of matrices with three diagonals; forms that are refused."""

import numpy as np
import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops
RNG = np.random.RandomState(3)


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_matrices_with_three_diagonals(session):
    d = tf.placeholder(tf.float64, [3, None])
    solved = tf.linalg.tridiagonal_solve(d, np.ones(3))
    with pytest.raises(errors.InvalidArgumentError, match="not invertible"):
        session.run(solved, {d: np.zeros((3, 3))})
    with pytest.raises(errors.InvalidArgumentError, match="must have shape"):
        session.run(solved, {d: np.zeros((3, 4))})
    for size in (1, 2, 5, 9):
        parts, x = RNG.normal(size=(2, 3, size)), RNG.normal(size=(2, size, 2))
        product = tf.linalg.tridiagonal_matmul(parts, x)
        np.testing.assert_allclose(
            session.run(tf.linalg.tridiagonal_solve(parts, product)), x, 1e-7
        )


@pytest.mark.parametrize(
    ("diagonals", "kind", "says"),
    [
        (np.ones((2, 3)), "compact", "Dimension must be 3 but is 2"),
        ([np.ones(3), np.ones(5), np.ones(4)], "sequence", "length 5 or 4, got 3"),
        (np.ones(3), "sequence", "sequence of length 3"),
        (np.ones((3, 4)), "matrix", "to be same, got 3 and 4"),
        (np.ones((3, 3)), "rows", "Unrecognized"),
    ],
)
def test_forms_of_diagonals_that_are_refused(diagonals, kind, says):
    rows = np.shape(diagonals)[-1] if isinstance(diagonals, np.ndarray) else 5
    with pytest.raises(ValueError, match=says):
        tf.linalg.tridiagonal_solve(diagonals, np.ones((rows, 1)), diagonals_format=kind)
