"""Zeros, Kronecker's product, Toeplitz and circulant operators, against numpy's matrices."""

import numpy as np
import pytest

import flowgraph as tf


def rand(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def check(operator, matrix, solve=True):
    """Products, the adjoint's too, solutions, determinant, trace and diagonal."""
    rows, columns = matrix.shape[-2:]
    x, y = rand(*matrix.shape[:-2], columns, 2), rand(*matrix.shape[:-2], rows, 2, seed=1)
    assert operator.shape.as_list() == list(matrix.shape)
    adjoint = np.conj(np.swapaxes(matrix, -1, -2))
    asked = [operator.to_dense(), operator.matmul(x), operator.matmul(y, adjoint=True)]
    wanted = [matrix, matrix @ x, adjoint @ y]
    if solve:
        asked += [operator.solve(y), operator.solve(y, adjoint=True)]
        wanted += [np.linalg.solve(matrix, y), np.linalg.solve(adjoint, y)]
        asked += [operator.determinant(), operator.log_abs_determinant()]
        wanted += [np.linalg.det(matrix), np.linalg.slogdet(matrix)[1]]
    asked += [operator.diag_part(), operator.trace()]
    wanted += [np.diagonal(matrix, 0, -2, -1), np.trace(matrix, 0, -2, -1)]
    with tf.Session() as session:
        for got, expected in zip(session.run(asked), wanted, strict=True):
            np.testing.assert_allclose(got, expected, rtol=2e-3, atol=2e-4)


def test_zeros():
    check(tf.linalg.LinearOperatorZeros(3, batch_shape=[2]), np.zeros((2, 3, 3)), solve=False)
    wide = tf.linalg.LinearOperatorZeros(2, 3, is_square=False, is_self_adjoint=False)
    assert wide.is_square is False
    check(wide, np.zeros((2, 3)), solve=False)
    with pytest.raises(ValueError, match="always singular"):
        tf.linalg.LinearOperatorZeros(3, is_non_singular=True)
    with pytest.raises(ValueError, match="has no inverse"):
        tf.linalg.LinearOperatorZeros(3).solve(np.ones((3, 1), np.float32))


def test_kronecker():
    a, b = (
        rand(2, 2) + 2 * np.eye(2, dtype=np.float32),
        rand(3, 3, seed=1) + 3 * np.eye(3, dtype="f"),
    )
    full = tf.linalg.LinearOperatorFullMatrix
    operator = tf.linalg.LinearOperatorKronecker([full(a), full(b)])
    check(operator, np.kron(a, b))
    wide = tf.linalg.LinearOperatorKronecker([full(rand(2, 3)), full(rand(1, 2))])
    check(wide, np.kron(rand(2, 3), rand(1, 2)), solve=False)
    with pytest.raises(ValueError, match="list of >=1 operators"):
        tf.linalg.LinearOperatorKronecker([])
    with pytest.raises(TypeError, match="same dtype"):
        tf.linalg.LinearOperatorKronecker([full(a), full(b.astype(np.float64))])


def test_toeplitz():
    column, row = np.float32([4, 1, 2]), np.float32([4, -1, 3])
    check(
        tf.linalg.LinearOperatorToeplitz(column, row),
        np.float32([[4, -1, 3], [1, 4, -1], [2, 1, 4]]),
    )


def circulant(kernel):
    """The matrix that convolves (around the edges) with a kernel of any rank."""
    size = kernel.size
    columns = [np.roll(kernel, np.unravel_index(i, kernel.shape), tuple(range(kernel.ndim)))
               for i in range(size)]  # fmt: skip
    return np.stack([c.reshape(-1) for c in columns], axis=-1)


@pytest.mark.parametrize("shape, name", [((4,), ""), ((2, 3), "2D"), ((2, 2, 3), "3D")])
def test_circulants(shape, name):
    kernel = rand(*shape)
    kernel.flat[0] += 5
    spectrum = np.fft.fftn(kernel).astype(np.complex64)
    kind = getattr(tf.linalg, f"LinearOperatorCirculant{name}")
    operator = kind(spectrum, input_output_dtype=tf.float32)
    assert operator.block_depth == len(shape)
    check(operator, circulant(kernel))
    with tf.Session() as session:
        found = session.run(operator.convolution_kernel())
    np.testing.assert_allclose(found, kernel, rtol=1e-4, atol=1e-5)


def test_hints_of_a_spectrum():
    assert tf.linalg.LinearOperatorCirculant(np.float32([1, 2])).is_self_adjoint
    with pytest.raises(ValueError, match="real spectrum"):
        tf.linalg.LinearOperatorCirculant(np.float32([1, 2]), is_self_adjoint=False)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        tf.linalg.LinearOperatorCirculant2D(np.complex64([1, 2]))


@pytest.mark.parametrize(
    "promise, good, bad, said",
    [
        ("assert_self_adjoint", [[1.0, 2], [2, 1]], [[1.0, 2], [3, 1]], "not self-adjoint"),
        ("assert_positive_definite", [[2.0, 1], [1, 2]], [[1.0, 2], [2, 1]], "not positive def"),
        ("assert_non_singular", [[1.0, 2], [2, 1]], [[1.0, 2], [2, 4]], "was singular"),
    ],
)
def test_promises_are_checked_at_the_run(promise, good, bad, said):
    matrix = tf.placeholder(tf.float32, [2, 2])
    check_ = getattr(tf.linalg.LinearOperatorFullMatrix(matrix), promise)()
    with tf.Session() as session:
        session.run(check_, {matrix: good})
        with pytest.raises(tf.errors.InvalidArgumentError, match=said):
            session.run(check_, {matrix: bad})
