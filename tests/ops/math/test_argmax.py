"""argmax and argmin against numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import flowgraph as tf
from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.math.argmax import argmax, argmin
from flowgraph.runtime.session import Session


@given(hnp.arrays(np.int32, hnp.array_shapes(max_dims=3, max_side=4)), st.data())
def test_against_numpy(array, data):
    axis = data.draw(st.integers(-array.ndim, array.ndim - 1))
    known = [d if data.draw(st.booleans()) else None for d in array.shape]
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = placeholder(dtypes.int32, known)
        for function, ours in ((np.argmax, argmax), (np.argmin, argmin)):
            y = ours(x, axis, output_type=dtypes.int32)
            value = session.run(y, {x: array})
            np.testing.assert_array_equal(value, function(array, axis))
            assert value.dtype == np.int32
            assert y.shape.is_compatible_with(value.shape)


def test_defaults_and_old_names():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = constant([[1.0, 5.0], [2.0, 3.0]])
        assert session.run(argmax(x)).tolist() == [1, 0]
        assert session.run(argmax(x, dimension=1)).dtype == np.int64
        with pytest.raises(ValueError, match="both 'dimension' and 'axis'"):
            argmax(x, axis=0, dimension=0)


def test_errors():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        with pytest.raises(ValueError, match=r"Dimension \(3\) must be in the range \[-2, 2\)"):
            argmax(constant([[1.0]]), 3)
        x = placeholder(dtypes.float32)
        with pytest.raises(InvalidArgumentError, match=r"in the range \[0, 0\), but got 0"):
            session.run(argmax(x), {x: 1.0})
        with pytest.raises(InvalidArgumentError, match=r"axis 1 is empty in shape \[2,0\]"):
            session.run(argmax(x, 1), {x: np.zeros([2, 0])})


def test_the_old_names_take_the_dimension_second():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant([[1.0, 3.0], [2.0, 0.0]])
        assert session.run(tf.arg_max(x, 1)).tolist() == [1, 0]
        assert session.run(tf.arg_min(x, 0, tf.int32)).dtype == np.int32
