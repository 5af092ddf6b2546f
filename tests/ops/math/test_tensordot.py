"""tensordot against numpy, where shapes and axes are known before a run and where they are not."""

import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math.tensordot import tensordot
from flowgraph.runtime.session import Session
from flowgraph.test import compute_gradient_error

CASES = [
    ([2, 3], [3, 4], 1),
    ([2, 3, 2], [3, 2, 2], 2),
    ([2], [3], 0),
    ([2, 3, 2], [3, 2, 2], [[1, 0], [0, 2]]),
    ([2, 3, 2], [2, 3], [[-2], [-1]]),
    ([2, 3], [3, 2], [1, 0]),
    ([0, 3], [3, 2], 1),
    ([2, 0], [0, 3], 1),
]


@pytest.mark.parametrize("variant", ["known", "partly", "unknown", "fed axes"])
@pytest.mark.parametrize(("a", "b", "axes"), CASES)
def test_values_and_derivatives(a, b, axes, variant):
    rng = np.random.RandomState(0)
    starts = [rng.uniform(-1, 1, a), rng.uniform(-1, 1, b)]
    expected = np.tensordot(*starts, axes)
    with Graph().as_default() as graph, Session(graph=graph).as_default() as session:
        shapes = {"known": (a, b), "partly": ([None, *a[1:]], [*b[:-1], None])}
        x, y = (placeholder(dtypes.float64, s) for s in shapes.get(variant, (None, None)))
        feeds = {x: starts[0], y: starts[1]}
        given = axes
        if variant == "fed axes":
            given = placeholder(dtypes.int32, [2, None])
            pair = axes
            if not np.ndim(axes):
                pair = [range(len(a) - axes, len(a)), range(axes)]
            feeds[given] = np.reshape([list(np.atleast_1d(p)) for p in pair], [2, -1])
        z = tensordot(x, y, given)
        value = session.run(z, feeds)
        np.testing.assert_allclose(value, expected)
        assert value.shape == expected.shape
        assert z.shape.is_compatible_with(expected.shape)
        more = {k: v for k, v in feeds.items() if k not in (x, y)}
        args = (starts, 1e-5, None, more)
        assert compute_gradient_error([x, y], [a, b], z, expected.shape, *args) < 1e-8
        if expected.size and np.size(starts[0]):
            (slope,) = gradients(z * z, x)
            assert compute_gradient_error([x, y], [a, b], slope, a, *args) < 1e-7


def test_static_shapes():
    with Graph().as_default():
        x, y = placeholder(dtypes.float32, [None, 3]), placeholder(dtypes.float32, [3, None, 5])
        assert tensordot(x, y, 1).shape.as_list() == [None, None, 5]
        assert tensordot(x, y, constant(1)).shape.as_list() == [None, None, 5]
        known = placeholder(dtypes.float32, [2, 3])
        assert tensordot(known, y, [[1], [0]]).shape.as_list() == [2, None, 5]


@pytest.mark.parametrize(
    ("axes", "message"),
    [(3, "must not be larger than the number of dimensions"), (-1, "must be at least 0"),
     ([[0], [0, 1]], "Different number of contraction axes"), ([[0], [0], [1]], "have length 2"),
     (1, "Dimensions must be equal, but are 3 and 2"),
     ("ab", "must be an integer")],
)  # fmt: skip
def test_axes_that_do_not_fit(axes, message):
    with Graph().as_default(), pytest.raises(ValueError, match=message):
        tensordot(constant(np.ones([2, 3])), constant(np.ones([2, 3])), axes)


def test_an_axis_out_of_range_is_an_index_error():
    with Graph().as_default(), pytest.raises(IndexError, match="Axis 5 is out of range"):
        tensordot(constant(np.ones([2, 3])), constant(np.ones([2, 3])), [[5], [0]])
