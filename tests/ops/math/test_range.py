"""range and linspace: values as TensorFlow's to the last bit, static shapes, errors."""

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import Graph
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value, constant_value_as_shape
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.array.making import zeros
from flowgraph.ops.math.range import lin_space, range
from flowgraph.runtime.session import Session

HALVES = [np.float16, ml_dtypes.bfloat16]


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        yield session


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((5,), [0, 1, 2, 3, 4]),
        ((3, 18, 3), [3, 6, 9, 12, 15]),
        ((3, 17, 3), [3, 6, 9, 12, 15]),
        ((5, 0, -2), [5, 3, 1]),
        ((-3, 3), [-3, -2, -1, 0, 1, 2]),
        ((3, 1, -0.5), [3, 2.5, 2, 1.5]),
        ((0.0, 1.0, 0.25), [0, 0.25, 0.5, 0.75]),
        ((4, 4), []),
        ((0,), []),
    ],
)
def test_values_and_static_shape(session, arguments, expected):
    y = range(*arguments)
    assert y.shape.as_list() == [len(expected)]
    assert session.run(y).tolist() == expected
    assert constant_value(y).tolist() == expected


def test_the_widest_dtype_wins(session):
    i = placeholder(dtypes.int32, [])
    cases = [
        (range(3), dtypes.int32),
        (range(np.int64(3)), dtypes.int64),
        (range(i, 10.0), dtypes.float32),
        (range(i, np.float64(3)), dtypes.float64),
        (range(3, dtype=dtypes.float32), dtypes.float32),
        (range(i, dtype=dtypes.int64), dtypes.int64),
        (range(constant(4, dtypes.int8)), dtypes.int8),
    ]
    for y, dtype in cases:
        assert y.dtype is dtype
        assert session.run(y, {i: 2}).dtype == dtype.np_dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_start_plus_a_multiple_of_delta(session, dtype):
    start, limit, delta = dtype(0.3), dtype(700), dtype(0.1)
    expected = start + np.arange(np.ceil((limit - start) / delta), dtype=dtype) * delta
    got = session.run(range(start, limit, delta))
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", HALVES, ids=lambda t: np.dtype(t).name)
def test_half_precision_is_rounded_once(session, dtype):
    y = raw.Range(*[constant(np.asarray(v, dtype)) for v in (0, 1, 0.125)])
    assert session.run(y).tolist() == [i / 8 for i in np.arange(8)]
    points = lin_space(constant(np.asarray(0, dtype)), np.asarray(1, dtype), 7)
    np.testing.assert_array_equal(session.run(points), (np.arange(7) / 6).astype(dtype))


def test_integers_at_the_end_of_their_range(session):
    top = 2**63 - 1
    assert session.run(range(np.int64(top - 3), np.int64(top), 2)).tolist() == [top - 3, top - 1]
    y = raw.Range(*[constant(np.uint64(v)) for v in (2**64 - 3, 2**64 - 1, 1)])
    assert session.run(y).tolist() == [2**64 - 3, 2**64 - 2]


def test_what_cannot_be_reached_is_an_error(session):
    n = placeholder(dtypes.int32, [])
    cases = [
        ((5, 0, 1), "Requires start <= limit when delta > 0: 5/0"),
        ((0, 5, -1), "Requires start >= limit when delta < 0: 0/5"),
        ((0, 5, 0), "Requires delta != 0: 0"),
    ]
    for (start, limit, delta), message in cases:
        with pytest.raises(ValueError, match=message):
            range(start, limit, delta)
        with pytest.raises(InvalidArgumentError, match=message):
            session.run(raw.Range(n + start, limit, delta), {n: 0})


def test_only_scalars(session):
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1 for 'limit'"):
        range([1])
    x = placeholder(dtypes.int32)
    y = range(x)
    assert y.shape.as_list() == [None]
    with pytest.raises(InvalidArgumentError, match=r"limit must be a scalar, not shape \[2\]"):
        session.run(y, {x: [1, 2]})


def test_names(session):
    range(3)
    range(4.0, name="r")
    assert [op.name for op in constant(0).graph.get_operations()[:-1]] == [
        "range/start", "range/limit", "range/delta", "range",
        "r/start", "r/limit", "r/delta", "r/Cast", "r/Cast_1", "r",
    ]  # fmt: skip


def test_a_constant_range_is_known_as_a_shape(session):
    assert constant_value_as_shape(range(2, 5)).as_list() == [2, 3, 4]
    assert zeros(range(2, 5)).shape.as_list() == [2, 3, 4]


def test_a_python_range_becomes_a_tensor(session):
    import builtins

    y = convert_to_tensor(builtins.range(1, 7, 2))
    assert y.op.type == "Range" and session.run(y).tolist() == [1, 3, 5]
    assert convert_to_tensor(builtins.range(2), dtypes.int64).dtype is dtypes.int64


# --- linspace -------------------------------------------------------------------------------------
def test_linspace_has_both_ends(session):
    y = lin_space(10.0, 12.0, 3, name="l")
    assert y.op.name == "l" and y.shape.as_list() == [3] and y.dtype is dtypes.float32
    assert session.run(y).tolist() == [10, 11, 12]
    assert session.run(lin_space(0.5, 7.0, 1)).tolist() == [0.5]
    n = placeholder(dtypes.int64, [])
    y = lin_space(np.float64(0.1), np.float64(0.9), n)
    assert y.shape.as_list() == [None]
    got = session.run(y, {n: 1000})
    assert got[0] == 0.1 and got[-1] == 0.9
    np.testing.assert_allclose(got, np.linspace(0.1, 0.9, 1000), rtol=1e-14)


def test_linspace_of_no_points_is_an_error(session):
    with pytest.raises(ValueError, match="Requires num > 0: 0"):
        lin_space(0.0, 1.0, 0)
    n = placeholder(dtypes.int32, [])
    with pytest.raises(InvalidArgumentError, match="Requires num > 0: -1"):
        session.run(lin_space(0.0, 1.0, n), {n: -1})
    x = placeholder(dtypes.float32)
    with pytest.raises(InvalidArgumentError, match=r"start must be a scalar, not shape \[1\]"):
        session.run(lin_space(x, 1.0, 3), {x: [1]})
    with pytest.raises(TypeError, match="'start' has DataType int32"):
        lin_space(0, 1, 3)
