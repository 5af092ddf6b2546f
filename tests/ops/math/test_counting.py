"""Counts of nonzeros, of integers, and of values in bins."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.math import counting
from flowgraph.runtime.session import Session


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 3.0]])
@pytest.mark.parametrize(("shortest", "longest"), [(None, None), (6, None), (None, 2), (1, 3)])
def test_bincount(weights, shortest, longest):
    arr = [1, 1, 3]
    want = np.bincount(arr, weights, minlength=shortest or 0)[:longest]
    with Graph().as_default() as graph, Session(graph=graph) as session:
        found = session.run(counting.bincount(arr, weights, shortest, longest))
        assert found.dtype == (np.int32 if weights is None else np.float32)
        assert found.tolist() == want.tolist()


def test_bincount_of_nothing_and_of_negatives():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        assert session.run(counting.bincount(constant([], dtypes.int32))).tolist() == []
        assert session.run(counting.bincount([[2, 0], [2, 2]])).tolist() == [1, 0, 3]
        with pytest.raises(InvalidArgumentError, match="must be non-negative"):
            session.run(counting.bincount([-1]))


def test_histogram_counts_what_is_outside_in_the_end_bins():
    values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    with Graph().as_default() as graph, Session(graph=graph) as session:
        counts = counting.histogram_fixed_width(values, [0.0, 5.0], nbins=5)
        assert counts.shape.as_list() == [5]
        assert session.run(counts).tolist() == [2, 1, 1, 0, 2]
        bins = counting.histogram_fixed_width_bins(values, [0.0, 5.0], nbins=5)
        assert session.run(bins).tolist() == [0, 0, 1, 2, 4, 4]


def test_histograms_that_cannot_be():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        with pytest.raises(ValueError, match="Requires nbins > 0: 0"):
            counting.histogram_fixed_width([1.0], [0.0, 5.0], nbins=0)
        with pytest.raises(InvalidArgumentError, match=r"but got '\[5, 5\]'"):
            session.run(counting.histogram_fixed_width([1.0], [5.0, 5.0]))


def test_count_nonzero():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant([[0.0, 2.0, 1.0], [0.0, 0.0, 3.0]])
        for y, want in (
            (counting.count_nonzero(x), 3),
            (counting.count_nonzero(x, 1), [2, 1]),
            (counting.count_nonzero(x, [0, 1], keep_dims=True, dtype=dtypes.int32), [[3]]),
            (counting.count_nonzero(input=[True, False, True]), 2),
            (counting.count_nonzero(["", "a", "b"]), 2),
        ):
            value = session.run(y)
            assert value.tolist() == want
            assert value.dtype == y.dtype.as_numpy_dtype
        with pytest.raises(ValueError, match="Missing required argument"):
            counting.count_nonzero()


def test_unknown_lengths():
    with Graph().as_default():
        x = placeholder(dtypes.int32)
        assert counting.bincount(x).shape.as_list() == [None]
        nbins = placeholder(dtypes.int32, [])
        assert counting.histogram_fixed_width(x, [0, 2], nbins).shape.as_list() == [None]
