"""map_fn, foldl, foldr and scan: against plain Python, and their gradients."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

ROWS = np.arange(12.0).reshape(4, 3) / 7


def test_map_fn_stacks_what_the_function_gives(session):
    out = tf.map_fn(lambda row: row[:2] * 2.0, ROWS)
    assert out.shape.as_list() == [4, 2]
    np.testing.assert_array_equal(session.run(out), ROWS[:, :2] * 2)


def test_map_fn_of_structures_to_structures(session):
    elems = {"a": tf.constant([1, 2, 3]), "b": (tf.constant([[1.0], [2.0], [3.0]]),)}
    out = tf.map_fn(
        lambda e: [e["a"] + 1, (tf.cast(e["a"], tf.float32) * e["b"][0],)],
        elems,
        dtype=[tf.int32, (tf.float32,)],
    )
    ints, (floats,) = session.run(out)
    assert (ints.tolist(), floats.tolist()) == ([2, 3, 4], [[1.0], [4.0], [9.0]])


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_the_number_of_rows_may_be_known_at_the_run_alone(session, rows):
    x = tf.placeholder(tf.float32, [None, 3])
    out = tf.map_fn(lambda row: tf.tile(row, [2]), x)
    assert out.shape.as_list() == [None, 6]
    assert session.run(out, {x: np.ones((rows, 3))}).shape == (rows, 6)


def test_map_fn_of_strings(session):
    out = tf.map_fn(lambda s: s, tf.constant(["a", "bc"]))
    assert session.run(out).tolist() == [b"a", b"bc"]


def test_shapes_that_differ_from_row_to_row_are_an_error(session):
    out = tf.map_fn(lambda n: tf.range(n), tf.constant([1, 2]), infer_shape=False)
    assert out.shape.rank is None
    with pytest.raises(tf.errors.InvalidArgumentError, match="inconsistent shapes"):
        session.run(out)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6), st.booleans())
@settings(max_examples=20, deadline=None)
def test_folds_and_scans_do_what_pythons_do(values, with_start):
    def combine(total, x):
        return total * 3 - x

    start = 2 if with_start else None
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        elems = tf.constant(values)
        found = session.run([
            tf.foldl(combine, elems, start), tf.foldr(combine, elems, start),
            tf.scan(combine, elems, start), tf.scan(combine, elems, start, reverse=True),
        ])  # fmt: skip

    def way(items):
        totals = [start] if with_start else [items[0]]
        for x in items if with_start else items[1:]:
            totals.append(combine(totals[-1], x))
        return totals[1:] if with_start else totals

    there, back = way(values), way(values[::-1])
    assert found[0] == there[-1] and found[1] == back[-1]
    assert found[2].tolist() == there and found[3].tolist() == back[::-1]
    assert found[0] == reduce(combine, values, *([start] if with_start else []))


def test_scan_of_structures(session):
    out = tf.scan(lambda a, x: (a[1], a[0] + a[1]), tf.zeros([7]), (0, 1))
    assert [o.tolist() for o in session.run(list(out))] == [
        [1, 1, 2, 3, 5, 8, 13], [1, 2, 3, 5, 8, 13, 21],
    ]  # fmt: skip
    two = tf.foldl(lambda a, x: (a[0] - x[0], a[1] * x[1]), (np.arange(4), np.arange(1, 5)))
    assert session.run(two) == (-6, 24)


@pytest.mark.parametrize("known", [True, False])
def test_gradients(session, assert_gradients, known):
    x = tf.placeholder(tf.float64, [4, 3] if known else [None, None])
    w = tf.placeholder(tf.float64, [3])
    step = lambda a, row: tf.tanh(a * w + row * row)  # noqa: E731
    weights = np.array([0.5, -1.0, 0.8])
    for y in (
        tf.map_fn(lambda row: tf.tanh(row * w) * row, x),
        tf.foldl(step, x),
        tf.foldr(step, x, tf.constant([0.1, 0.2, 0.3], tf.float64)),
        tf.scan(step, x, tf.constant([0.1, 0.2, 0.3], tf.float64), reverse=True),
    ):
        assert_gradients(y, x, ROWS, {w: weights})
        assert_gradients(y, w, weights, {x: ROWS})


def test_variables_are_captured(session):
    v = tf.get_variable("v", initializer=3.0)
    y = tf.map_fn(lambda x: x * v, tf.constant([1.0, 2.0]))
    session.run(v.initializer)
    assert session.run([y, tf.gradients(y, v)[0]])[1] == 3.0


def test_the_time_grows_with_the_number_of_rows_alone(session):
    x = tf.placeholder(tf.float64, [None])
    y = tf.gradients(tf.map_fn(lambda row: row * row, x), x)[0]
    values = np.arange(5000.0)
    np.testing.assert_array_equal(session.run(y, {x: values}), 2 * values)


@pytest.mark.parametrize(
    "build, error, said",
    [
        (lambda: tf.map_fn(3, [1.0]), TypeError, "not callable"),
        (lambda: tf.map_fn(lambda x: x, tf.constant(1)), ValueError, "not scalars"),
        (lambda: tf.map_fn(lambda x: (x, x), tf.constant([1])), ValueError, "nested structure"),
        (lambda: tf.map_fn(lambda x: x * 1.5, tf.constant([1]), tf.int32), TypeError, "int32"),
        (lambda: tf.map_fn(lambda x: tf.cast(x, tf.int64), tf.constant([1])), TypeError, "int64"),
        (lambda: tf.map_fn(lambda x: x[0], (np.ones(2), np.ones(3))), ValueError, "2 and 3"),
        (lambda: tf.foldl(lambda a, x: a, tf.constant(1)), ValueError, "not scalars"),
        (lambda: tf.scan(lambda a, x: [a, x], tf.constant([1])), ValueError, "nested structure"),
        (lambda: tf.scan(lambda a, x: tf.stack([a, x]), np.ones(2)), ValueError, "one iteration"),
    ],
)
def test_what_does_not_fit_is_an_error(session, build, error, said):
    with pytest.raises(error, match=said):
        build()


def test_the_first_of_no_rows_is_an_error(session):
    with pytest.raises(tf.errors.InvalidArgumentError, match="past the end"):
        session.run(tf.foldl(lambda a, x: a - x, tf.zeros([0])))
