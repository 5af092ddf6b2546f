"""Each kind of operator against its matrix in numpy."""

import numpy as np
import pytest

import flowgraph as tf

L = tf.linalg
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
BATCH = np.stack([SQUARE, 2 * SQUARE + np.triu(SQUARE)])


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


KINDS = {
    "full": lambda: (L.LinearOperatorFullMatrix(BATCH), BATCH),
    "triangular": lambda: (L.LinearOperatorLowerTriangular(BATCH), np.tril(BATCH)),
    "diagonal": lambda: (
        L.LinearOperatorDiag(BATCH[:, 0]), np.stack([np.diag(row) for row in BATCH[:, 0]]),
    ),
    "scaled": lambda: (
        L.LinearOperatorScaledIdentity(3, np.array([2.0, 3.0])),
        np.array([2.0, 3.0])[:, None, None] * np.eye(3),
    ),
    "identity": lambda: (
        L.LinearOperatorIdentity(3, [2], dtype=tf.float64), np.stack([np.eye(3)] * 2),
    ),
    "adjoint": lambda: (L.LinearOperatorFullMatrix(BATCH).adjoint(), BATCH.swapaxes(1, 2)),
    "inverse": lambda: (L.LinearOperatorFullMatrix(BATCH).inverse(), np.linalg.inv(BATCH)),
    "reflection": lambda: (
        L.LinearOperatorHouseholder(BATCH[:, 0]),
        np.eye(3) - 2 * BATCH[:, 0, :, None] * BATCH[:, 0, None]
        / (BATCH[:, 0] ** 2).sum(-1)[:, None, None],
    ),
    "blocks": lambda: (
        L.LinearOperatorBlockDiag(
            [L.LinearOperatorFullMatrix(BATCH[:, :2, :2]), L.LinearOperatorDiag(SQUARE[0, 1:2])]
        ),
        np.pad(BATCH[:, :2, :2], [(0, 0), (0, 1), (0, 1)]) + SQUARE[0, 1] * np.diag([0, 0, 1.0]),
    ),
    "update": lambda: (
        L.LinearOperatorLowRankUpdate(
            L.LinearOperatorFullMatrix(BATCH), BATCH[:, :, :2], [[2.0, 3.0]] * 2, BATCH[:, :, 1:]
        ),
        BATCH + (BATCH[:, :, :2] * [2.0, 3.0]) @ BATCH[:, :, 1:].swapaxes(1, 2),
    ),
    "product": lambda: (
        L.LinearOperatorFullMatrix(BATCH).matmul(L.LinearOperatorDiag(SQUARE[0])),
        BATCH * SQUARE[0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_operator_does_what_its_matrix_does(kind, session):
    operator, matrix = KINDS[kind]()
    x = np.arange(12.0).reshape(2, 3, 2)
    turned = matrix.swapaxes(1, 2)
    wanted = {
        operator.to_dense(): matrix,
        operator.matmul(x): matrix @ x,
        operator.matmul(x, adjoint=True): turned @ x,
        operator.matvec(x[..., 0]): (matrix @ x)[..., 0],
        operator.solve(x): np.linalg.solve(matrix, x),
        operator.solve(x, adjoint=True): np.linalg.solve(turned, x),
        operator.solvevec(x[..., 1]): np.linalg.solve(matrix, x)[..., 1],
        operator.solve(x[1]): np.linalg.solve(matrix, np.stack([x[1]] * 2)),
        operator.diag_part(): np.diagonal(matrix, axis1=1, axis2=2),
        operator.trace(): np.trace(matrix, axis1=1, axis2=2),
        operator.determinant(): np.linalg.det(matrix),
        operator.log_abs_determinant(): np.linalg.slogdet(matrix)[1],
        operator.add_to_tensor(np.ones((3, 3))): matrix + 1,
        operator.shape_tensor(): [2, 3, 3],
    }
    assert operator.shape == [2, 3, 3] and operator.is_square and operator.dtype == tf.float64
    for tensor, value in zip(session.run(list(wanted)), wanted.values(), strict=True):
        np.testing.assert_allclose(tensor, value, rtol=1e-9, atol=1e-9)


def test_the_masks_of_a_transformer(session):
    """As its scripts make them: of a matrix whose shape is not known beforehand."""
    inputs = tf.placeholder(tf.float32, [None, None, None])
    tril = L.LinearOperatorLowerTriangular(tf.ones_like(inputs[0])).to_dense()
    assert session.run(tril, {inputs: np.zeros((2, 3, 3))}).tolist() == np.tri(3).tolist()


def test_a_cholesky_factor_is_an_operator(session):
    operator = L.LinearOperatorFullMatrix(SQUARE, is_self_adjoint=True, is_positive_definite=True)
    assert operator.is_non_singular and operator.adjoint() is operator
    factor = session.run(operator.cholesky().to_dense())
    np.testing.assert_allclose(factor @ factor.T, SQUARE)
    with pytest.raises(ValueError, match="Cholesky"):
        L.LinearOperatorFullMatrix(SQUARE).cholesky()


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: L.LinearOperatorLowerTriangular([1.0]), "tril must have at least 2"),
        (lambda: L.LinearOperatorLowerTriangular(SQUARE, is_square=False), "Only square"),
        (lambda: L.LinearOperatorDiag(1.0), "diag must have at least 1"),
        (lambda: L.LinearOperatorDiag([1.0], is_self_adjoint=False), "always self adjoint"),
        (lambda: L.LinearOperatorFullMatrix(np.ones((2, 3))).solve([[1.0]]), "not square"),
        (lambda: L.LinearOperatorComposition([]), "non-empty"),
        (
            lambda: L.LinearOperatorFullMatrix(
                SQUARE, is_positive_definite=True, is_non_singular=False
            ),
            "always non-singular",
        ),
    ],
)
def test_what_does_not_fit(make, said):
    with pytest.raises(ValueError, match=said):
        make()
