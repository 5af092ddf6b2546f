"""Running sums and products: values, gradients at zeros too, and wrong axes."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.core.op_def import raw
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.cumulative import cumprod, cumsum, cumulative_logsumexp
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

FLAGS = [(False, False), (False, True), (True, False), (True, True)]


def expected(ufunc, identity, x, axis, exclusive, reverse):
    """The definition: element i is the reduction of those before it."""
    rows = np.moveaxis(x, axis, 0)
    rows = rows[::-1] if reverse else rows
    ends = range(0 if exclusive else 1, len(rows) + (not exclusive))
    result = np.stack([ufunc.reduce(rows[:end], axis=0, initial=identity) for end in ends])
    return np.moveaxis(result[::-1] if reverse else result, 0, axis)


@pytest.mark.parametrize(("exclusive", "reverse"), FLAGS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize(
    ("function", "ufunc", "identity"),
    [(cumsum, np.add, 0), (cumprod, np.multiply, 1), (cumulative_logsumexp, np.logaddexp, -np.inf)],
)
def test_values(function, ufunc, identity, axis, exclusive, reverse):
    x = np.random.RandomState(0).uniform(-1, 1, [3, 4])
    with Graph().as_default() as graph, Session(graph=graph) as session:
        y = session.run(function(x, axis, exclusive, reverse))
        np.testing.assert_allclose(y, expected(ufunc, identity, x, axis, exclusive, reverse))


@pytest.mark.parametrize(("exclusive", "reverse"), FLAGS)
@pytest.mark.parametrize("function", [cumsum, cumprod])
def test_derivatives_also_at_zeros(function, exclusive, reverse):
    start = np.array([[1.5, 0.0, -2.0, 0.0], [2.0, 0.5, 1.0, 3.0]])
    with Graph().as_default() as graph, Session(graph=graph).as_default():
        x = placeholder(dtypes.float64, [2, None])
        y = function(x, 1, exclusive, reverse)
        (slope,) = gradients(y * y, x)
        assert compute_gradient_error(x, [2, 4], y, [2, 4], start, 1e-5) < 1e-8
        assert compute_gradient_error(x, [2, 4], slope, [2, 4], start, 1e-5) < 1e-6


@pytest.mark.parametrize(("exclusive", "reverse"), FLAGS)
def test_derivatives_of_logarithms_of_sums(exclusive, reverse):
    start = np.array([0.5, -1.0, 2.0, 0.3])
    weights = np.array([1.0, -2.0, 0.5, 1.5])
    with Graph().as_default() as graph, Session(graph=graph).as_default():
        x = placeholder(dtypes.float64, [4])
        y = cumulative_logsumexp(x, 0, exclusive, reverse)
        if exclusive:  # the first is -inf
            y = y[:-1] if reverse else y[1:]
        (slope,) = gradients(y * weights[: 4 - exclusive], x)
        assert compute_gradient_error(x, [4], y, [4 - exclusive], start, 1e-5) < 1e-8
        assert compute_gradient_error(x, [4], slope, [4], start, 1e-5) < 1e-8


def test_a_linear_recurrence_and_its_derivatives():
    x, a = np.random.RandomState(2).uniform(-1, 1, [2, 5, 3])
    y = np.zeros_like(x)
    for k in range(4):
        y[k + 1] = x[k] + a[k] * y[k]
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        px, pa = (placeholder(dtypes.float64, [5, 3]) for _ in range(2))
        found = raw.LinearRecurrence(px, pa, 0)
        turned = raw.LinearRecurrence(px, pa, 0, reverse=True)
        np.testing.assert_allclose(session.run(found, {px: x, pa: a}), y)
        backwards = session.run(turned, {px: x[::-1], pa: a[::-1]})
        np.testing.assert_allclose(backwards, y[::-1])
        slopes = gradients(found * found, [px, pa])
        for z in (found, *slopes):
            args = ([px, pa], [[5, 3]] * 2, z, [5, 3], [x, a], 1e-5)
            assert compute_gradient_error(*args) < 1e-7


def test_dtypes():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        for dtype in (np.float16, ml_dtypes.bfloat16, np.uint8, np.complex64):
            y = session.run(cumsum(constant(np.array([200, 100, 1], dtype)), exclusive=True))
            assert y.dtype == dtype
            last = 300 % 256 if dtype is np.uint8 else 300
            np.testing.assert_array_equal(y, np.array([0, 200, last], dtype))


def test_wrong_axes():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        text = r"ScanOp: Expected scan axis in the range \[-2, 2\), but got 3"
        with pytest.raises(InvalidArgumentError, match=text):
            session.run(cumsum(constant([[1.0]]), 3))
        with pytest.raises(InvalidArgumentError, match=r"range \[0, 0\)"):
            session.run(cumsum(constant(1.0)))
        axis = placeholder(dtypes.int32)
        with pytest.raises(InvalidArgumentError, match=r"axis must be a scalar, not \[1\]"):
            session.run(cumsum(constant([1.0]), axis), {axis: [0]})
