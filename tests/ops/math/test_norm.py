"""Norms of vectors and matrices against numpy."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.math.norm import norm, normalize
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

X = np.random.RandomState(0).uniform(-1, 1, [2, 3, 4])


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("ord", ["euclidean", 1, 2, 3, 2.5, np.inf])
@pytest.mark.parametrize("axis", [None, 1, -1])
def test_norms_of_vectors(axis, ord, keep):
    order = 2 if ord == "euclidean" else ord
    flat = X.reshape(-1) if axis is None else X
    expected = np.linalg.norm(flat, order, 0 if axis is None else axis)
    if keep:
        expected = np.expand_dims(expected, (0, 1, 2) if axis is None else axis)
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        for x in (placeholder(dtypes.float64, X.shape), placeholder(dtypes.float64)):
            y = norm(x, ord, axis, keep)
            np.testing.assert_allclose(session.run(y, {x: X}), expected)
            assert y.shape.is_compatible_with(expected.shape)
            assert compute_gradient_error(x, X.shape, y, expected.shape, X, 1e-6) < 1e-7


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("ord", ["fro", "euclidean", 1, 2, np.inf])
@pytest.mark.parametrize("axis", [[0, 1], [-1, 0]])
def test_norms_of_matrices(axis, ord, keep):
    order = "fro" if ord == "euclidean" else ord
    expected = np.linalg.norm(X, order, tuple(axis), keepdims=keep)
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        x = placeholder(dtypes.float64, X.shape)
        y = norm(x, ord, axis, keep_dims=keep)
        np.testing.assert_allclose(session.run(y, {x: X}), expected)
        assert compute_gradient_error(x, X.shape, y, expected.shape, X, 1e-6) < 1e-6


@pytest.mark.parametrize(
    ("ord", "axis", "message"),
    [(5, [0, 1], "must be a supported matrix norm"), ("a", None, "supported vector norm, got a"),
     (-1, None, "supported vector norm"), (1, [0, 1, 2], "tuple of 2 unique integers"),
     (1, [0, 0], "tuple of 2 unique integers")],
)  # fmt: skip
def test_what_is_no_norm(ord, axis, message):
    with Graph().as_default(), pytest.raises(ValueError, match=message):
        norm(constant(X), ord, axis)


def test_normalize_gives_the_tensor_and_its_norm():
    with Graph().as_default(), Session() as session:
        y, by = session.run(normalize([[3.0, 4.0], [6.0, 8.0]], axis=1))
        np.testing.assert_allclose(y, [[0.6, 0.8]] * 2, rtol=1e-6)
        np.testing.assert_allclose(by, [[5.0], [10.0]])
        whole, one = session.run(normalize([1.0, 1.0], ord=1))
        assert (whole.tolist(), one.tolist()) == ([0.5, 0.5], [2.0])
