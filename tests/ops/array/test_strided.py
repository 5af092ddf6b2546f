"""Slices of tensors against numpy: values, static shapes of partly known inputs, gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array import making, reshape, shape, strided
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.array.joining import stack
from flowgraph.ops.gradients import gradients
from flowgraph.runtime.session import Session


@st.composite
def sliced(draw):
    """An array, an index that numpy takes, and a static shape in which some sizes are unknown."""
    dims = draw(st.lists(st.integers(0, 4), max_size=4))
    bound = st.none() | st.integers(-6, 6)
    step = st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3])
    entries, left = [], draw(st.integers(0, len(dims)))
    for size in dims[:left]:
        kinds = ["slice", "slice", "new"] + (["index"] if size else [])
        kind = draw(st.sampled_from(kinds))
        if kind == "new":
            entries.append(None)
        if kind == "index":
            entries.append(draw(st.integers(-size, size - 1)))
        else:
            entries.append(slice(draw(bound), draw(bound), draw(step)))
    if draw(st.booleans()):
        tail = [Ellipsis]
        for size in dims[left:]:
            if size and draw(st.booleans()):
                tail.append(draw(st.integers(-size, size - 1)))
            else:
                tail.append(slice(draw(bound), draw(bound), draw(step)))
        entries += tail
    known = [d if draw(st.booleans()) else None for d in dims]
    return np.arange(float(np.prod(dims))).reshape(dims), tuple(entries), known


@settings(max_examples=300, deadline=None)
@given(sliced())
def test_a_slice_is_numpys(case):
    array, index, known = case
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.float64, known)
        y = x[index]
        expected = array[index]
        value = session.run(y, {x: array})
        np.testing.assert_array_equal(value, expected)
        assert value.shape == expected.shape
        assert y.shape.is_compatible_with(expected.shape)
        if None not in known:
            assert y.shape.as_list() == list(expected.shape)


@settings(max_examples=100, deadline=None)
@given(sliced())
def test_the_gradient_puts_back_what_the_slice_took(case):
    array, index, known = case
    weight = np.array(array[index]) + 1
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.float64, known)
        above = placeholder(dtypes.float64, weight.shape)
        (grad,) = gradients(x[index], x, above)
        (again,) = gradients(grad, above, x)
        expected = np.zeros_like(array)
        expected[index] = weight
        feed = {x: array, above: weight}
        np.testing.assert_array_equal(session.run(grad, feed), expected)
        np.testing.assert_array_equal(session.run(again, feed), array[index])


@pytest.mark.parametrize(
    "sizes",
    [
        lambda s: [s[0], 10],
        lambda s: stack([s[0], 10]),
        lambda s: [-1, s[1] if False else 10],
    ],
)
def test_a_shape_made_of_slices_of_a_shape_is_known_statically(sizes):
    with Graph().as_default():
        x = placeholder(dtypes.float32, [None, 2, 5])
        assert reshape.reshape(x, sizes(shape.shape(x))).shape.as_list() == [None, 10]


def test_a_slice_of_a_partly_known_shape_is_a_shape():
    with Graph().as_default():
        x = placeholder(dtypes.float32, [None, 2, 5])
        sizes = shape.shape(x)
        assert making.zeros(sizes[1:]).shape.as_list() == [2, 5]
        assert making.zeros(sizes[::2]).shape.as_list() == [None, 5]
        assert making.fill([sizes[2]], 1.0).shape.as_list() == [5]


def test_an_index_out_of_range_says_where():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.float32, [3])
        with pytest.raises(ValueError, match="slice index 3 of dimension 0 out of bounds"):
            x[3]
        y = placeholder(dtypes.float32, [None, None])
        with pytest.raises(InvalidArgumentError, match="slice index 7 of dimension 1 out"):
            session.run(y[:, 7], {y: np.zeros((2, 3))})


def test_strides_of_zero_are_refused():
    with Graph().as_default():
        x = placeholder(dtypes.float32, [3])
        with pytest.raises(ValueError, match=r"strides\[0\] must be non-zero"):
            strided.strided_slice(x, [0], [3], [0])


def test_one_ellipsis_at_most():
    with Graph().as_default(), pytest.raises(ValueError, match="Multiple ellipses"):
        making.ones([2, 2])[..., ...]
