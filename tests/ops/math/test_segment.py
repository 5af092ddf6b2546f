"""Segments, sorted, unsorted and sparse, against loops; gradients; wrong ids."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import segment, sparse_segment
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

DATA = np.random.RandomState(0).uniform(0.5, 2, [5, 2])
SORTED = [0, 0, 1, 3, 3]
UNSORTED = [2, 0, -1, 2, 3]
ROWS = {
    "sum": lambda rows: rows.sum(0),
    "mean": lambda rows: rows.mean(0),
    "sqrt_n": lambda rows: rows.sum(0) / np.sqrt(len(rows)),
    "prod": lambda rows: rows.prod(0),
    "max": lambda rows: rows.max(0),
    "min": lambda rows: rows.min(0),
}


def expected(name, data, ids, count, fill):
    """The definition: row i is made of the rows whose id is i."""
    ids = np.asarray(ids)
    return np.stack(
        [ROWS[name](data[ids == i]) if i in ids else np.full(2, fill) for i in range(count)]
    )


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min"])
def test_sorted_segments(name):
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        x = placeholder(dtypes.float64, [5, 2])
        y = getattr(segment, f"segment_{name}")(x, SORTED)
        assert y.shape.as_list() == [None, 2]
        want = expected(name, DATA, SORTED, 4, fill=name == "prod")
        np.testing.assert_allclose(session.run(y, {x: DATA}), want)
        assert compute_gradient_error(x, [5, 2], y, [4, 2], DATA, 1e-5) < 1e-8
        (slope,) = gradients(y * y, x)
        assert compute_gradient_error(x, [5, 2], slope, [5, 2], DATA, 1e-5) < 1e-7


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", ["sum", "mean", "sqrt_n", "prod", "max", "min"])
def test_unsorted_segments(name, known):
    fills = {"prod": 1, "max": np.finfo(float).min, "min": np.finfo(float).max}
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        x = placeholder(dtypes.float64, [5, 2] if known else None)
        ids = placeholder(dtypes.int64, [5] if known else None)
        y = getattr(segment, f"unsorted_segment_{name}")(x, ids, 5)
        if known:
            assert y.shape.as_list() == [5, 2]
        want = expected(name, DATA, UNSORTED, 5, fills.get(name, 0))
        np.testing.assert_allclose(session.run(y, {x: DATA, ids: UNSORTED}), want)
        y = y[2:4]  # where there are elements
        more = {ids: UNSORTED}
        args = (DATA, 1e-5, None, more)
        assert compute_gradient_error(x, [5, 2], y, [2, 2], *args) < 1e-8
        (slope,) = gradients(y * y, x)
        assert compute_gradient_error(x, [5, 2], slope, [5, 2], *args) < 1e-7


def test_the_slope_of_a_product_with_zeros():
    with Graph().as_default() as graph, Session(graph=graph).as_default():
        x = placeholder(dtypes.float64, [5])
        start = np.array([0.0, 2.0, 3.0, 0.0, 0.0])
        for y in (
            segment.segment_prod(x, [0, 0, 0, 1, 1]),
            segment.unsorted_segment_prod(x, [0, 0, 0, 1, 1], 2),
        ):
            assert compute_gradient_error(x, [5], y, [2], start, 1e-5) < 1e-8


@pytest.mark.parametrize("segments", [None, 6])
@pytest.mark.parametrize("name", ["sum", "mean", "sqrt_n"])
def test_sparse_segments(name, segments):
    indices = [4, 0, 0, 2, 1]
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        x = placeholder(dtypes.float64, [5, 2])
        function = getattr(sparse_segment, f"sparse_segment_{name}")
        y = function(x, indices, SORTED, num_segments=segments)
        assert y.shape.as_list() == [segments, 2]
        count = segments or 4
        want = expected(name, DATA[indices], SORTED, count, fill=0)
        np.testing.assert_allclose(session.run(y, {x: DATA}), want)
        assert compute_gradient_error(x, [5, 2], y, [count, 2], DATA, 1e-5) < 1e-8
        (slope,) = gradients(y * y, x)
        assert compute_gradient_error(x, [5, 2], slope, [5, 2], DATA, 1e-5) < 1e-7


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.int32, np.complex64])
def test_dtypes(dtype):
    x = np.arange(6).reshape(3, 2).astype(dtype)
    with Graph().as_default() as graph, Session(graph=graph) as session:
        total, unsorted, mean = session.run(
            [segment.segment_sum(x, [0, 0, 1]), segment.unsorted_segment_sum(x, [1, 0, 1], 2),
             segment.segment_mean(x, [0, 0, 1])]
        )  # fmt: skip
        for value, want in ((total, [[2, 4], [4, 5]]), (unsorted, [[2, 3], [4, 6]]),
                            (mean, [[1, 2], [4, 5]])):  # fmt: skip
            assert value.dtype == dtype
            np.testing.assert_array_equal(value, np.array(want, dtype))


def test_ids_of_more_dimensions():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = np.arange(8.0).reshape(2, 2, 2)
        y = segment.unsorted_segment_sum(x, [[0, 3], [3, 1]], 4)
        assert session.run(y).tolist() == [[0, 1], [6, 7], [0, 0], [6, 8]]


def test_empty_ones():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x, ids = np.zeros([0, 2]), np.zeros(0, np.int32)
        assert session.run(segment.segment_sum(x, ids)).shape == (0, 2)
        assert session.run(segment.unsorted_segment_sum(x, ids, 3)).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(
    ("ids", "message"),
    [([1, 0], "not increasing"), ([-1, 0], "Segment id -1 out of range"),
     ([0, -1], "segment ids must be >= 0"),
     ([0], "same size as dimension 0"),
     ([[0, 1]], "should be a vector")],
)  # fmt: skip
def test_wrong_ids_of_sorted_segments(ids, message):
    with Graph().as_default() as graph, Session(graph=graph) as session:
        fed = placeholder(dtypes.int32)
        with pytest.raises(InvalidArgumentError, match=message):
            session.run(segment.segment_sum(DATA[:2], fed), {fed: ids})


def test_the_first_wrong_segment_is_named():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        with pytest.raises(InvalidArgumentError, match=r"Segment id 1 out of range \[0, 1\)"):
            session.run(segment.segment_sum([1.0, 2.0, 3.0, 4.0], [0, 1, 2, 0]))
        with pytest.raises(InvalidArgumentError, match="not increasing"):
            session.run(segment.segment_sum([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 3]))


def test_wrong_ids_of_unsorted_segments():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        text = r"segment_ids\[1\] = 5 is out of range \[0, 3\)"
        with pytest.raises(InvalidArgumentError, match=text):
            session.run(segment.unsorted_segment_sum(DATA[:2], [0, 5], 3))
        with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
            segment.unsorted_segment_sum(DATA[:2], [0, 1, 2], 3)
        x, ids, count = placeholder(dtypes.float32), placeholder(dtypes.int32), constant(2)
        y = segment.unsorted_segment_sum(x, ids, count)
        with pytest.raises(InvalidArgumentError, match=r"data.shape = \[2,1\] does not start with"):
            session.run(y, {x: [[1], [2]], ids: [0]})
        with pytest.raises(InvalidArgumentError, match="num_segments == -1 must not be negative"):
            session.run(y, {x: [1], ids: [0], count: -1})


def test_wrong_arguments_of_sparse_segments():
    total = sparse_segment.sparse_segment_sum
    with Graph().as_default() as graph, Session(graph=graph) as session:
        with pytest.raises(InvalidArgumentError, match=r"indices\[1\] == 5 out of range \[0, 2\)"):
            session.run(total(DATA[:2], [0, 5], [0, 0]))
        with pytest.raises(InvalidArgumentError, match="must be < num_segments"):
            session.run(total(DATA[:2], [0, 1], [0, 3], num_segments=2))
        indices = placeholder(dtypes.int32)
        with pytest.raises(InvalidArgumentError, match="should have same size"):
            session.run(total(DATA[:2], indices, [0, 1]), {indices: [0]})
