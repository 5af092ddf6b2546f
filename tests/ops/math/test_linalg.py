"""Inverses, determinants, linear systems and cross products: values, derivatives, errors."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import linalg
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

RNG = np.random.RandomState(0)
A = RNG.uniform(-1, 1, [2, 3, 3]) + 2 * np.eye(3)
B = RNG.uniform(-1, 1, [2, 3, 2])
TALL, WIDE = RNG.uniform(-1, 1, [4, 2]), RNG.uniform(-1, 1, [2, 4])


def check(function, starts, expected, is_known=True):
    """The function's values are the expected ones, and both derivatives those of differences."""
    shapes = [list(s.shape) for s in starts]
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        xs = [placeholder(dtypes.float64, s if is_known else [None] * len(s)) for s in shapes]
        y = function(*xs)
        np.testing.assert_allclose(session.run(y, dict(zip(xs, starts))), expected, rtol=1e-9)
        assert y.shape.is_compatible_with(expected.shape)
        assert compute_gradient_error(xs, shapes, y, expected.shape, starts, 1e-5) < 1e-6
        for slope, shape in zip(gradients(y * y, xs), shapes, strict=True):
            assert compute_gradient_error(xs, shapes, slope, shape, starts, 1e-5) < 1e-4


@pytest.mark.parametrize("is_known", [True, False])
def test_inverses_and_determinants(is_known):
    turned = A.swapaxes(-1, -2)
    check(linalg.matrix_inverse, [A], np.linalg.inv(A), is_known)
    check(lambda x: linalg.matrix_inverse(x, adjoint=True), [A], np.linalg.inv(turned), is_known)
    check(linalg.matrix_determinant, [A], np.linalg.det(A), is_known)
    check(lambda x: linalg.slogdet(x)[1], [A], np.linalg.slogdet(A)[1], is_known)


@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("is_known", [True, False])
def test_linear_systems(is_known, adjoint):
    turned = A.swapaxes(-1, -2) if adjoint else A
    solve = np.linalg.solve(turned, B)
    check(lambda a, b: linalg.matrix_solve(a, b, adjoint), [A, B], solve, is_known)
    for lower, part in ((True, np.tril(A)), (False, np.triu(A))):
        solve = np.linalg.solve(part.swapaxes(-1, -2) if adjoint else part, B)
        function = lambda a, b: linalg.matrix_triangular_solve(a, b, lower, adjoint)  # noqa: B023, E731
        check(function, [A, B], solve, is_known)


@pytest.mark.parametrize("matrix", [TALL, WIDE], ids=["tall", "wide"])
@pytest.mark.parametrize("regularizer", [0.0, 0.3])
def test_least_squares(matrix, regularizer):
    rhs = RNG.uniform(-1, 1, [len(matrix), 2])
    if regularizer:
        gram = matrix.T @ matrix + regularizer * np.eye(matrix.shape[1])
        expected = np.linalg.solve(gram, matrix.T @ rhs)
    else:
        expected = np.linalg.lstsq(matrix, rhs, rcond=None)[0]
    check(lambda a, b: linalg.matrix_solve_ls(a, b, regularizer), [matrix, rhs], expected)


def test_least_squares_of_matrices_without_full_rank():
    matrix, rhs = np.ones([3, 2]), np.arange(3.0)[:, None]
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant(matrix)
        slow = linalg.matrix_solve_ls(x, rhs, fast=False)
        np.testing.assert_allclose(session.run(slow), [[0.5], [0.5]])
        with pytest.raises(LookupError, match="fast=False"):
            gradients(slow, x)


def test_cross_products():
    a, b = RNG.uniform(-1, 1, [2, 2, 3])
    for is_known in (True, False):
        check(linalg.cross, [a, b], np.cross(a, b), is_known)


def test_traces_and_adjoints():
    check(linalg.trace, [A], np.trace(A, axis1=-2, axis2=-1))
    check(linalg.adjoint, [A], A.swapaxes(-1, -2))
    with Graph().as_default() as graph, Session(graph=graph) as session:
        z = constant([[1 + 2j, 3j]])
        assert session.run(linalg.adjoint(z)).tolist() == [[1 - 2j], [-3j]]


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.complex128])
def test_dtypes(dtype):
    a = A.astype(dtype)
    if a.dtype.kind == "c":
        a = a + 1j * RNG.uniform(-1, 1, a.shape).astype(dtype)
    b = B.astype(dtype)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        ys = [linalg.matrix_inverse(a, adjoint=True), linalg.matrix_determinant(a),
              *linalg.slogdet(a), linalg.matrix_solve(a, b, adjoint=True),
              linalg.matrix_solve_ls(a, b, 0.5)]  # fmt: skip
        values = session.run(ys)
        assert {v.dtype for v in values} == {np.dtype(dtype)}
        adjoint = a.conj().swapaxes(-1, -2)
        np.testing.assert_allclose(values[0], np.linalg.inv(adjoint), rtol=1e-3)
        np.testing.assert_allclose(values[2] * np.exp(values[3]), values[1], rtol=1e-3)
        np.testing.assert_allclose(adjoint @ values[4], b, atol=1e-4)
        # A determinant of one matrix is an array or scalar of the dtype too.
        assert session.run(linalg.matrix_determinant(a[0])).dtype == dtype


def test_static_misfits():
    with Graph().as_default():
        square, other = constant(np.eye(2)), constant(np.ones([3, 2]))
        for function in (linalg.matrix_inverse, linalg.matrix_determinant):
            with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 2"):
                function(other)
        with pytest.raises(ValueError, match="at least rank 2 but is rank 1"):
            linalg.matrix_solve(square, np.ones(2))
        with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
            linalg.matrix_solve(square, other)
        with pytest.raises(ValueError, match="Shapes must be equal rank"):
            linalg.matrix_solve(np.ones([3, 2, 2]), square)
        with pytest.raises(ValueError, match="Dimension must be 3 but is 2"):
            linalg.cross(square, square)


def test_errors_at_run_time():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x, ones = placeholder(dtypes.float64), np.ones([2, 2])
        for y, value, message in (
            (linalg.matrix_inverse(x), ones, "Input is not invertible"),
            (linalg.matrix_inverse(x), np.ones([2, 3]), "Input matrix must be square"),
            (linalg.matrix_inverse(x), np.ones(3), "must have rank >= 2, got 1"),
            (linalg.matrix_solve(x, ones), ones, "Input matrix is not invertible"),
            (linalg.matrix_solve(x, ones), np.eye(3), "matrix and rhs are incompatible"),
            (linalg.matrix_triangular_solve(x, ones), np.zeros([2, 2]), "is not invertible"),
            (linalg.matrix_solve_ls(x, ones), ones, "rank deficient or ill-conditioned"),
            (linalg.cross(x, x), np.ones([2, 2]), "only defined for 3-element vectors"),
        ):
            with pytest.raises(InvalidArgumentError, match=message):
                session.run(y, {x: value})
