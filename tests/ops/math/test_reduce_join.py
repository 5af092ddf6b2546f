"""Joining strings over axes."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.math.reduce_join import reduce_join
from flowgraph.runtime.session import Session

X = np.array([[b"a", b"b"], [b"c", b"d"]], object)


@pytest.mark.parametrize(
    ("axis", "expected"),
    [(None, b"abcd"), ([0, 1], b"acbd"), ([1, 0], b"abcd"), (0, [b"ac", b"bd"]), ([], X),
     (-1, [b"ab", b"cd"])],
)  # fmt: skip
def test_the_first_axis_is_joined_first(axis, expected):
    with Graph().as_default() as graph, Session(graph=graph) as session:
        for x in (constant(X), placeholder(dtypes.string)):
            feeds = {} if x.op.type == "Const" else {x: X}
            found = session.run(reduce_join(x, axis), feeds)
            assert np.array_equal(found, np.array(expected, object))


def test_separator_and_kept_dimensions():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        joined = reduce_join(constant(X), 0, keep_dims=True, separator="-")
        assert joined.shape.as_list() == [1, 2]
        assert session.run(joined).tolist() == [[b"a-c", b"b-d"]]
        assert session.run(reduce_join(constant(X[:0]), 0)).tolist() == [b"", b""]


def test_axes_that_do_not_fit():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        with pytest.raises(ValueError, match="Invalid reduction dimension 2"):
            reduce_join(constant(X), 2)
        axis = placeholder(dtypes.int32)
        with pytest.raises(InvalidArgumentError, match="Duplicate reduction dimension 1"):
            session.run(reduce_join(constant(X), axis), {axis: [1, -1]})
