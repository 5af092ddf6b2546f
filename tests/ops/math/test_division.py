"""Quotients and remainders: their edges, and what they refuse. Golden cases hold the rest."""

import numpy as np
import pytest

import flowgraph as tf

INTEGER_OPS = ("floordiv", "floormod", "truncatediv", "div")


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8"])
@pytest.mark.parametrize("name", INTEGER_OPS)
def test_an_integer_is_not_divided_by_zero(session, name, dtype):
    x, y = tf.placeholder(dtype, [2]), tf.placeholder(dtype, [2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
        session.run(getattr(tf, name)(x, y), {x: [1, 2], y: [1, 0]})


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64])
def test_the_lowest_integer_by_minus_one_wraps_around(session, dtype):
    lowest = np.iinfo(dtype).min
    x, y = tf.constant(np.array([lowest], dtype)), tf.constant(np.array([-1], dtype))
    quotients = session.run([tf.floordiv(x, y), tf.truncatediv(x, y)])
    assert [q.tolist() for q in quotients] == [[lowest], [lowest]]
    assert session.run(tf.floormod(x, y)).tolist() == [0]


def test_signs_of_quotients_and_remainders(session):
    x, y = tf.constant([7, -7, 7, -7]), tf.constant([2, 2, -2, -2])
    assert session.run(tf.floordiv(x, y)).tolist() == [3, -4, -4, 3]
    assert session.run(tf.floormod(x, y)).tolist() == [1, 1, -1, -1]
    assert session.run(tf.truncatediv(x, y)).tolist() == [3, -3, -3, 3]
    assert session.run(tf.truncatemod(x, y)).tolist() == [1, -1, 1, -1]
    assert session.run(tf.div(x, y)).tolist() == [3, -4, -4, 3]


def test_a_floor_is_that_of_the_rounded_quotient(session):
    x, y = tf.constant([1.0, 3.0, -1.0], tf.float64), tf.constant(0.1, tf.float64)
    assert session.run(x // y).tolist() == [10.0, 30.0, -10.0]


def test_floors_at_infinity_and_zero(session):
    x, y = tf.constant([np.inf, -1.0, 5.0, -5.0]), tf.constant([2.0, np.inf, 0.0, 0.0])
    assert session.run(x // y).tolist() == [np.inf, 0.0, np.inf, -np.inf]


@pytest.mark.parametrize(
    "given, wide",
    [("int8", "float32"), ("uint8", "float32"), ("int16", "float32"), ("uint16", "float32"),
     ("int32", "float64"), ("int64", "float64"), ("float16", "float16"), ("bfloat16", "bfloat16"),
     ("complex64", "complex64")],
)  # fmt: skip
def test_true_division_casts_by_tensorflows_table(session, given, wide):
    half = tf.truediv(tf.cast([1], given), tf.cast([2], given))
    assert half.dtype.name == wide
    assert session.run(tf.cast(half, tf.float32)).tolist() == [0.5]


def test_true_division_wants_one_dtype():
    with pytest.raises(TypeError, match="same dtype, got tf.int32 != tf.float32"):
        tf.truediv(tf.constant(1), tf.constant(1.0))


def test_a_quotient_that_tells_what_nothing_is(session):
    x = tf.constant([0.0, np.nan, 1.0, np.inf, 2.0])
    y = tf.constant([0.0, 0.0, 0.0, 0.0, 4.0])
    assert session.run(tf.div_no_nan(x, y)).tolist() == [0.0, 0.0, 0.0, 0.0, 0.5]
    assert session.run(tf.math.multiply_no_nan(x, y)).tolist() == [0.0, 0.0, 0.0, 0.0, 8.0]
    flipped = session.run([tf.math.xdivy(y, x), tf.math.xlogy(y, x)])
    assert [f.tolist()[:4] for f in flipped] == [[0.0] * 4, [0.0] * 4]


def test_gradients_stay_finite_where_zero_is_told(session):
    x, y = tf.constant([0.0, 3.0], tf.float64), tf.constant([0.0, 2.0], tf.float64)
    for function in (tf.div_no_nan, tf.math.xdivy, tf.math.xlogy):
        first = tf.gradients(function(x, y), [x, y])
        second = tf.gradients(first, [x, y])
        assert np.isfinite(session.run([*first, *second])).all(), function.__name__


def test_floors_and_truncations_stop_gradients_and_truncated_remainders_have_none():
    x, y = tf.constant(7.0), tf.constant(2.0)
    assert tf.gradients([tf.floordiv(x, y), tf.truncatediv(x, y)], [x, y]) == [None, None]
    with pytest.raises(LookupError, match="'TruncateMod'"):
        tf.gradients(tf.truncatemod(x, y), x)
