"""tf.py_func: what the function gets, what it may give, and its exceptions."""

import gc
import weakref

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.control.python import numpy_function


def test_the_function_gets_arrays_scalars_and_bytes(session):
    seen = []

    def look(*args):
        seen.extend(type(a) for a in args)
        return np.float32(1)

    inputs = [1.0, [1, 2], "a", ["a", "b"], True]
    session.run(tf.py_func(look, [tf.constant(v) for v in inputs], tf.float32))
    assert seen == [np.float32, np.ndarray, bytes, np.ndarray, np.bool_]


@pytest.mark.parametrize(
    "value, dtype, expected",
    [
        (3.0, tf.float64, 3.0),
        (3, tf.int64, 3),
        (True, tf.bool, True),
        ("é", tf.string, "é".encode()),
        (b"a\0", tf.string, b"a\0"),
        (np.array(["ab", "c"]), tf.string, [b"ab", b"c"]),
        (np.arange(6).reshape(2, 3).T, tf.int64, [[0, 3], [1, 4], [2, 5]]),
    ],
)
def test_values_come_with_their_own_dtype(session, value, dtype, expected):
    out = tf.py_func(lambda: value, [], dtype)
    assert out.shape.rank is None and out.dtype == dtype
    assert np.asarray(session.run(out), object).tolist() == expected


def test_several_results_or_none(session):
    x = tf.constant(1.0)
    out = tf.py_func(lambda x: (x, x + 1), [x], [tf.float32, tf.float32], name="two")
    assert [t.name for t in out] == ["two:0", "two:1"] and session.run(out) == [1.0, 2.0]
    assert isinstance(tf.py_func(lambda x: x, [x], [tf.float32]), list)
    nothing = tf.py_func(lambda x: None, [x], [])
    assert isinstance(nothing, tf.Operation) and session.run(nothing) is None


@pytest.mark.parametrize(
    "value, dtypes, said",
    [
        (3.0, tf.float32, "0-th value returned by pyfunc_"),
        ((np.float32(1), 3), [tf.float32, tf.int32], "1-th value returned by pyfunc_"),
        ((1, 2), tf.int64, "returns 2 values, but expects to see 1 values"),
        (1, [tf.int64] * 2, "returns 1 values, but expects to see 2 values"),
        (None, tf.int64, "returns 0 values, but expects to see 1 values"),
    ],
)
def test_other_dtypes_or_numbers_are_errors(session, value, dtypes, said):
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        session.run(tf.py_func(lambda: value, [], dtypes))


def test_a_result_that_is_no_array_is_an_error(session):
    with pytest.raises(tf.errors.InternalError, match="Unsupported object type dict"):
        session.run(tf.py_func(lambda: {}, [], tf.float32))


@pytest.mark.parametrize(
    "error, expected",
    [
        (ValueError, tf.errors.InvalidArgumentError),
        (TypeError, tf.errors.InvalidArgumentError),
        (StopIteration, tf.errors.OutOfRangeError),
        (MemoryError, tf.errors.ResourceExhaustedError),
        (NotImplementedError, tf.errors.UnimplementedError),
        (KeyError, tf.errors.UnknownError),
        (IndexError, tf.errors.UnknownError),
        (ZeroDivisionError, tf.errors.UnknownError),
    ],
)
def test_exceptions_become_tensorflows(session, error, expected):
    def fail():
        raise error("what went wrong")

    with pytest.raises(expected, match="what went wrong") as raised:
        session.run(tf.py_func(fail, [], tf.float32))
    text = str(raised.value)
    assert text.startswith(f"{error.__name__}: ") and 'raise error("what went wrong")' in text
    assert isinstance(raised.value.__cause__.__cause__, error)


def test_the_function_cannot_change_others_values(session):
    v = tf.Variable([1.0, 2.0])

    def spoil(x):
        x[:] = 0
        return x

    out = tf.py_func(spoil, [v], tf.float32)
    session.run(v.initializer)
    assert session.run(out).tolist() == [0.0, 0.0] and session.run(v).tolist() == [1.0, 2.0]


def test_a_result_that_the_function_keeps_is_copied(session):
    kept = np.zeros(2)
    out = tf.py_func(lambda: kept, [], tf.float64)
    first = session.run(out)
    kept[:] = 1
    assert first.tolist() == [0, 0] and session.run(out).tolist() == [1, 1]


def test_it_runs_at_each_run_even_without_inputs(session):
    numbers = iter(range(5))
    out = tf.py_func(lambda: next(numbers), [], tf.int64)
    assert [session.run(out) for _ in range(3)] == [0, 1, 2]
    assert tf.py_func(lambda: 1, [], tf.int64, stateful=False).op.type == "PyFuncStateless"
    assert session.run(numpy_function(lambda x: x + 1, [tf.constant(1)], tf.int32)) == 2


def test_the_function_lives_as_long_as_the_graph():
    class Function:
        def __call__(self):
            return 1

    function = Function()
    alive = weakref.ref(function)
    graph = tf.Graph()
    with graph.as_default():
        out = tf.py_func(function, [], tf.int64)
    del function
    gc.collect()
    with tf.Session(graph=graph) as session:
        assert session.run(out) == 1
    del graph, out, session
    gc.collect()
    assert alive() is None


def test_there_is_no_gradient(session):
    x = tf.constant(1.0)
    assert tf.gradients(tf.py_func(lambda x: x, [x], tf.float32), x) == [None]


def test_what_is_not_callable_is_an_error(session):
    with pytest.raises(ValueError, match="to be callable"):
        tf.py_func(3, [], tf.float32)
