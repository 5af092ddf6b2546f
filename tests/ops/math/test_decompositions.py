"""Decompositions: that they give the matrix again, their derivatives, and errors."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import decompositions
from flowgraph.ops.math.matmul import matmul
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

RNG = np.random.RandomState(0)
X = RNG.uniform(-1, 1, [2, 3, 3]) + np.eye(3)
SHAPES = [[3, 3], [4, 2], [2, 4], [2, 3, 2]]


def symmetric(x):
    """A positive definite matrix made of any."""
    return matmul(x, x, adjoint_b=True)


def check(function, start, first=1e-6, second=1e-4):
    """Both derivatives of `function(placeholder)` are those of differences."""
    shape = list(start.shape)
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        x = placeholder(dtypes.float64, shape)
        y = function(x)
        found = session.run(y, {x: start})
        assert y.shape.as_list() == list(np.shape(found))
        assert compute_gradient_error(x, shape, y, np.shape(found), start, 1e-5) < first
        (slope,) = gradients(y * y, x)
        assert compute_gradient_error(x, shape, slope, shape, start, 1e-5) < second


def test_cholesky():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        for dtype in (np.float32, np.float64, np.complex128):
            a = symmetric(constant((X + 1j * X[::-1]).astype(dtype) if dtype is np.complex128
                                   else X.astype(dtype)))  # fmt: skip
            a_value, value = session.run([a, decompositions.cholesky(a)])
            assert value.dtype == dtype
            np.testing.assert_allclose(value @ value.conj().swapaxes(-1, -2), a_value, rtol=1e-4)
        text = "Cholesky decomposition was not successful"
        with pytest.raises(InvalidArgumentError, match=text):
            session.run(decompositions.cholesky(-np.eye(2)))
    check(lambda x: decompositions.cholesky(symmetric(x)), X)


def test_what_is_made_of_cholesky():
    b = RNG.uniform(-1, 1, [2, 3, 1])
    a = X @ X.swapaxes(-1, -2)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        chol = decompositions.cholesky(a)
        solved = session.run(decompositions.cholesky_solve(chol, b))
        np.testing.assert_allclose(solved, np.linalg.solve(a, b))
        logdet = session.run(decompositions.logdet(a))
        np.testing.assert_allclose(logdet, np.linalg.slogdet(a)[1])
    check(lambda x: decompositions.cholesky_solve(decompositions.cholesky(symmetric(x)), b), X)
    check(lambda x: decompositions.logdet(symmetric(x)), X)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_qr(shape, full):
    x = RNG.uniform(-1, 1, shape)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        tensors = decompositions.qr(x, full)
        q, r = session.run(tensors)
        np.testing.assert_allclose(q @ r, x)
        np.testing.assert_allclose(r, np.triu(r))
        assert [t.shape.as_list() for t in tensors] == [list(q.shape), list(r.shape)]
        eye = np.broadcast_to(np.eye(q.shape[-1]), [*shape[:-2], q.shape[-1], q.shape[-1]])
        np.testing.assert_allclose(q.swapaxes(-1, -2) @ q, eye, atol=1e-12)
    if shape[-2] >= shape[-1] and not (full and shape[-2] != shape[-1]):
        check(lambda x: decompositions.qr(x, full)[0], x)
        check(lambda x: decompositions.qr(x, full)[1], x)
    else:
        with Graph().as_default(), pytest.raises(LookupError, match="No gradient of 'Qr'"):
            tensor = constant(x)
            gradients(decompositions.qr(tensor, full)[0], tensor)


def test_eigenvalues_and_vectors():
    a = X + X.swapaxes(-1, -2)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        values, vectors = session.run(decompositions.self_adjoint_eig(a))
        np.testing.assert_allclose(vectors * values[:, None] @ vectors.swapaxes(-1, -2), a)
        alone = session.run(decompositions.self_adjoint_eigvals(a))
        np.testing.assert_allclose(alone, values)
        z = a[0] + 1j * np.triu(a[0], 1) - 1j * np.tril(a[0], -1)
        assert session.run(decompositions.self_adjoint_eigvals(z)).dtype == np.complex128
    check(lambda x: decompositions.self_adjoint_eig(symmetric(x))[0], X)
    check(lambda x: decompositions.self_adjoint_eig(symmetric(x))[1], X)
    check(lambda x: decompositions.self_adjoint_eigvals(symmetric(x)), X)
    # A matrix stands for a symmetric one by its lower triangle.
    check(lambda x: decompositions.self_adjoint_eigvals(x), a)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values(shape, full):
    x = RNG.uniform(-1, 1, shape)
    least = min(shape[-2:])
    with Graph().as_default() as graph, Session(graph=graph) as session:
        tensors = decompositions.svd(x, full)
        s, u, v = session.run(list(tensors))
        assert [t.shape.as_list() for t in tensors] == [list(p.shape) for p in (s, u, v)]
        product = u[..., :least] * s[..., None, :] @ v[..., :least].swapaxes(-1, -2)
        np.testing.assert_allclose(product, x)
        alone = session.run(decompositions.svd(x, compute_uv=False))
        np.testing.assert_allclose(alone, s)
    check(lambda x: decompositions.svd(x, compute_uv=False), x)
    if full and shape[-1] != shape[-2]:
        with Graph().as_default(), pytest.raises(LookupError, match="No gradient of 'Svd'"):
            tensor = constant(x)
            gradients(decompositions.svd(tensor, full)[1], tensor)
    else:
        for i in range(3):
            check(lambda x: decompositions.svd(x, full)[i], x, 1e-5, 1e-3)  # noqa: B023


def test_unknown_shapes():
    with Graph().as_default():
        x = placeholder(dtypes.float32, [None, 4, None])
        assert [t.shape.as_list() for t in decompositions.qr(x)] == [[None, 4, None], [None] * 3]
        assert decompositions.svd(x, True)[1].shape.as_list() == [None, 4, 4]
        unknown = placeholder(dtypes.float32)
        assert decompositions.svd(unknown, compute_uv=False).shape.rank is None
        with pytest.raises(ValueError, match="at least rank 2 but is rank 1"):
            decompositions.qr(placeholder(dtypes.float32, [3]))
