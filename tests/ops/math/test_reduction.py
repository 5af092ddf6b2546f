"""Reductions against numpy, over axes and static shapes of all kinds, and their gradients."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import reduction
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

NUMPY = {
    reduction.reduce_sum: np.sum,
    reduction.reduce_mean: np.mean,
    reduction.reduce_prod: np.prod,
    reduction.reduce_max: np.max,
    reduction.reduce_min: np.min,
    reduction.reduce_variance: np.var,
    reduction.reduce_std: np.std,
    reduction.reduce_euclidean_norm: lambda x, axis, keepdims: np.sqrt(
        np.sum(x * x, axis=axis, keepdims=keepdims)
    ),
    reduction.reduce_logsumexp: lambda x, axis, keepdims: np.log(
        np.sum(np.exp(x), axis=axis, keepdims=keepdims)
    ),
}
SMOOTH = [f for f in NUMPY if f is not reduction.reduce_std]


@st.composite
def reduced(draw):
    """An array, axes or None, whether to keep them, and a static shape that knows some sizes."""
    dims = draw(st.lists(st.integers(1, 4), max_size=4))
    axes = draw(st.none() | st.sets(st.sampled_from(range(len(dims)))) if dims else st.none())
    if axes is not None:
        axes = [a - len(dims) if draw(st.booleans()) else a for a in sorted(axes)]
    known = [d if draw(st.booleans()) else None for d in dims]
    if draw(st.integers(0, 5)) == 0:
        known = None
    values = np.random.RandomState(draw(st.integers(0, 9))).uniform(0.5, 2, dims)
    return np.asarray(values), axes, draw(st.booleans()), known


@pytest.mark.parametrize("function", NUMPY, ids=lambda f: f.__name__)
@settings(max_examples=60, deadline=None)
@given(case=reduced())
def test_a_reduction_is_numpys(function, case):
    array, axes, keep, known = case
    expected = NUMPY[function](array, axis=None if axes is None else tuple(axes), keepdims=keep)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.float64, known)
        along = placeholder(dtypes.int32, None)
        static = function(x, axes, keep)
        fed = static if axes is None else function(x, along, keep)
        for y in (static, fed):
            value = session.run(y, {x: array, along: [] if axes is None else axes})
            np.testing.assert_allclose(value, expected, rtol=1e-12)
            assert y.shape.is_compatible_with(np.shape(expected))
        if known is not None and None not in known:
            assert static.shape.as_list() == list(np.shape(expected))


@pytest.mark.parametrize("axes", [None, 1, [0, -1], []])
@pytest.mark.parametrize("known", [[2, 3, 2], [None, 3, None], None])
@pytest.mark.parametrize("function", SMOOTH, ids=lambda f: f.__name__)
def test_first_and_second_derivatives(function, known, axes):
    start = np.random.RandomState(1).uniform(0.5, 2, [2, 3, 2])
    with Graph().as_default() as graph, Session(graph=graph).as_default():
        x = placeholder(dtypes.float64, known)
        along = placeholder(dtypes.int32, None)
        feeds = {along: [0] if axes is None else np.asarray(axes, np.int32)}
        for where in (axes, along):
            y = function(x, where, True)
            shape = np.shape(y.eval({x: start, **feeds}))
            error = compute_gradient_error(x, [2, 3, 2], y, shape, start, 1e-5, None, feeds)
            assert error < 1e-6
            (slope,) = gradients(y * y, x)
            error = compute_gradient_error(x, [2, 3, 2], slope, [2, 3, 2], start, 1e-5, None, feeds)
            assert error < 1e-5


def test_derivatives_of_a_product_at_zeros():
    with Graph().as_default() as graph, Session(graph=graph).as_default():
        x = placeholder(dtypes.float64, [2, 3])
        start = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]])
        for axis, shape in ((None, []), (1, [2]), ([0, 1], [])):
            y = reduction.reduce_prod(x, axis)
            (slope,) = gradients(y, x)
            assert compute_gradient_error(x, [2, 3], y, shape, start, 1e-5) < 1e-8
            assert compute_gradient_error(x, [2, 3], slope, [2, 3], start, 1e-5) < 1e-8


def test_the_gradient_at_ties_is_shared():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
        (slope,) = gradients(reduction.reduce_max(x, 1), x)
        np.testing.assert_allclose(session.run(slope), [[0, 0.5, 0.5], [1 / 3] * 3], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_sums_of_16_bits_are_kept_in_32(dtype):
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant(np.full(5000, 0.5, dtype))
        total, mean = session.run([reduction.reduce_sum(x), reduction.reduce_mean(x)])
        assert total.dtype == dtype and mean.dtype == dtype
        assert float(total) == float(dtype(2500)) and float(mean) == 0.5


def test_integers_keep_their_dtype():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant([200, 200, 100], dtypes.uint8)
        found = session.run([reduction.reduce_sum(x), reduction.reduce_mean(x)])
        assert [v.dtype for v in found] == [np.uint8] * 2
        assert found == [500 % 256, 166]
        # The mean of integers is rounded to zero.
        assert session.run(reduction.reduce_mean([-7, 0])) == -3


def test_empty_reductions():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.float32, [None])
        names = ("sum", "prod", "mean", "max", "min", "logsumexp")
        ys = [getattr(reduction, f"reduce_{name}")(x) for name in names]
        found = session.run(ys, {x: []})
        np.testing.assert_array_equal(found, [0, 1, np.nan, -np.inf, np.inf, -np.inf])
        lowest = session.run(reduction.reduce_max(constant([], dtypes.int32)))
        assert lowest == np.iinfo(np.int32).min
        flags = constant([], dtypes.bool_)
        assert session.run([reduction.reduce_all(flags), reduction.reduce_any(flags)]) == [1, 0]


def test_the_names_of_arguments_are_old_and_new():
    with Graph().as_default():
        x = constant([[1.0, 2.0]])
        assert reduction.reduce_sum(x, reduction_indices=1, keep_dims=True).shape == [1, 1]
        with pytest.raises(ValueError, match="both 'reduction_indices' and 'axis'"):
            reduction.reduce_sum(x, axis=0, reduction_indices=0)
        with pytest.raises(ValueError, match="both 'keep_dims' and 'keepdims'"):
            reduction.reduce_sum(x, keepdims=True, keep_dims=True)


def test_an_axis_out_of_range():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        with pytest.raises(ValueError, match=r"Invalid reduction dimension 3 for input with 2 dim"):
            reduction.reduce_sum(constant([[1.0]]), 3)
        x, axis = placeholder(dtypes.float32), placeholder(dtypes.int32)
        y = reduction.reduce_sum(x, axis)
        with pytest.raises(InvalidArgumentError, match=r"Invalid reduction dimension \(-3 for"):
            session.run(y, {x: [[1.0]], axis: -3})
        with pytest.raises(InvalidArgumentError, match="duplicate dimension: 1"):
            session.run(y, {x: [[1.0]], axis: [1, -1]})


def test_a_fed_axis_takes_the_place_of_a_constant_one():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant([[1.0, 2.0], [3.0, 4.0]])
        axis = constant(0)
        y = reduction.reduce_sum(x, axis)
        assert session.run(y).tolist() == [4, 6]
        assert session.run(y, {axis: 1}).tolist() == [3, 7]


def test_the_static_shape_of_a_fed_axis():
    with Graph().as_default():
        x = placeholder(dtypes.float32, [2, 3])
        assert reduction.reduce_sum(x, placeholder(dtypes.int32, [])).shape.as_list() == [None]
        assert reduction.reduce_sum(x, placeholder(dtypes.int32, [None])).shape.rank is None
        kept = reduction.reduce_sum(x, placeholder(dtypes.int32, [1]), keepdims=True)
        assert kept.shape.as_list() == [None, None]


def test_dtypes_that_do_not_fit():
    with Graph().as_default():
        with pytest.raises(TypeError, match="'input' has DataType bool not in list"):
            reduction.reduce_sum([True])
        with pytest.raises(TypeError, match="expected type of bool"):
            reduction.reduce_all([1])
        with pytest.raises(TypeError, match="real or complex"):
            reduction.reduce_std([1])


def test_complex_numbers():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant(np.array([3 + 1j, 4], np.complex128))
        assert session.run(reduction.reduce_mean(x)) == 3.5 + 0.5j
        assert np.isclose(session.run(reduction.reduce_euclidean_norm(x)), np.sqrt(26))
        assert np.isclose(session.run(reduction.reduce_variance(x)), 0.5)
