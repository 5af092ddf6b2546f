"""Loops of scalars as machine code give what plans give."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf
from flowgraph.kernels.jit import engine, loops

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="needs llvmlite")
_NUMBERS = (np.float32, np.float64, np.int32, np.int64)


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Machine code from the fifth iteration on."""
    monkeypatch.setattr(loops, "COMPILE_FROM", 2)
    monkeypatch.setattr(loops, "WAIT_FROM", 5)


def _session(jit=True):
    config = tf.ConfigProto()
    config.graph_options.optimizer_options.global_jit_level = 0 if jit else -1
    return tf.Session(config=config)


def _same(fetches, feeds=None, runs=3, rtol=0.0):
    """Checks that several runs give what a session without the compiler gives; gives that."""
    with _session(jit=False) as plain:
        wanted = plain.run(fetches, feeds)
    with _session() as session:
        for _ in range(runs):
            found = session.run(fetches, feeds)
            for a, b in zip(np.ravel(np.array(found, object)), np.ravel(np.array(wanted, object))):
                assert np.asarray(a).dtype == np.asarray(b).dtype
                assert np.asarray(a).shape == np.asarray(b).shape
                np.testing.assert_allclose(a, b, rtol=rtol, atol=0)
    return wanted


def _compiled(monkeypatch):
    """A list of the loops that are done by machine code from now on."""
    done = []
    finish = loops.ScalarLoop._finish

    def noted(self, values):
        done.append(self)
        finish(self, values)

    monkeypatch.setattr(loops.ScalarLoop, "_finish", noted)
    return done


@pytest.fixture
def done(monkeypatch):
    """The loops that were done by machine code."""
    return _compiled(monkeypatch)


@pytest.mark.parametrize("dtype", _NUMBERS)
def test_dtypes(dtype, done):
    x = tf.placeholder(dtype, [])
    step = tf.constant(dtype(3))
    result = tf.while_loop(
        lambda i, y, b: i < 20,
        lambda i, y, b: (i + 1, tf.where(b, y * step - dtype(7), y + dtype(2)), y > dtype(9)),
        [0, x, False],
    )
    _same(result, {x: dtype(5)})
    assert done


def test_integers_wrap_around(done):
    for dtype in (np.int32, np.int64):
        x = tf.constant(dtype(12345))
        result = tf.while_loop(
            lambda i, y: i < 50, lambda i, y, one=dtype(1): (i + 1, y * y + one), [0, x]
        )
        _same(result)
    assert done


def test_nan_and_infinity(done):
    x = tf.placeholder(tf.float32, [])
    result = tf.while_loop(
        lambda i, y, z: i < 60,
        lambda i, y, z: (i + 1, y * y - y, tf.maximum(z, y) / (y - z)),
        [0, x, tf.constant(1.0)],
    )
    for value in (np.nan, np.inf, -np.inf, 3.0, 1.0, -0.0):
        _same(result, {x: value})
    assert done


def test_functions_of_floats(done):
    x = tf.placeholder(tf.float32, [])
    result = tf.while_loop(
        lambda i, y: i < 12,
        lambda i, y: (i + 1, tf.tanh(y) + tf.exp(-y) + tf.log(tf.abs(y) + 1.5) + tf.sigmoid(y)),
        [0, x],
    )
    _same(result, {x: 0.7}, rtol=1e-5)
    assert done


def test_no_iteration_and_few(done):
    n = tf.placeholder(tf.int32, [])
    result = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * 2.0), [0, 1.5])
    with _session() as session:
        for count in (0, 1, 20, 0, 1, 2, -4, 20):
            assert session.run(result, {n: count}) == (max(count, 0), 1.5 * 2.0 ** max(count, 0))
    assert done


def test_maximum_iterations(done):
    _same(tf.while_loop(lambda i: i < 100, lambda i: i + 1, [0], maximum_iterations=33))
    assert done


def test_captured_values_and_variables(done):
    v = tf.Variable(2.0)
    w = tf.constant(3.0)
    a = tf.placeholder(tf.float32, [])
    result = tf.while_loop(lambda y: y < 1e6, lambda y: y * v + w * a, [1.0])
    with _session() as session:
        session.run(tf.global_variables_initializer())
        for given in (1.0, 2.5, 7.0):
            y = np.float32(1)
            while y < 1e6:
                y = y * np.float32(2) + np.float32(3) * np.float32(given)
            assert session.run(result, {a: given}) == y
    assert done


def test_loop_in_a_loop(done):
    x = tf.placeholder(tf.float32, [])

    def outer(i, y, total):
        _, z = tf.while_loop(
            lambda j, z: tf.logical_and(j < i, z < 50.0), lambda j, z: (j + 1, z * 1.5 + y), [0, y]
        )
        _, w = tf.while_loop(lambda j, w: j < 3, lambda j, w: (j + 1, w - z), [i, z])
        return i + 1, y + 0.25, total + z * w

    result = tf.while_loop(lambda i, y, t: i < 30, outer, [0, x, 0.0])
    _same(result, {x: 0.5})
    assert done


def test_loop_in_a_condition(done):
    def condition(i):
        return tf.while_loop(lambda j, s: j < 5, lambda j, s: (j + 1, s + i), [0, 0])[1] < 100

    _same(tf.while_loop(condition, lambda i: i + 1, [0]))
    assert done


def test_conditional_in_a_loop(done):
    x = tf.placeholder(tf.float32, [])
    result = tf.while_loop(
        lambda i, y: i < 40,
        lambda i, y: (i + 1, tf.cond(y > 4.0, lambda: y / 3.0, lambda: y * 1.7 + 0.1)),
        [0, x],
    )
    _same(result, {x: 1.0})
    assert done


def test_loop_that_only_one_branch_runs():
    """It need not end where it is not run."""

    def body(i, y):
        def other():
            return tf.while_loop(lambda z: tf.not_equal(z, 0), lambda z: z + 1, [i - 5])

        return i + 1, tf.cond(i > 5, lambda: y + 1, other)

    _same(tf.while_loop(lambda i, y: i < 12, body, [0, 0]))


def test_gradient(done):
    x = tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(lambda i, y: i < 40, lambda i, y: (i + 1, y * y * 0.5 + x), [0, x])
    grad = tf.gradients(y, x)[0]
    second = tf.gradients(grad, x)[0]
    _same([y, grad, second], {x: 0.3})
    _same([y, grad, second], {x: 0.0})
    assert len(set(done)) > 1


def test_parts_of_lists(monkeypatch, done):
    monkeypatch.setattr(loops, "_FIRST_PART", 2)
    monkeypatch.setattr(loops, "_LAST_PART", 7)
    x = tf.placeholder(tf.float32, [None])
    mapped = tf.map_fn(lambda e: e * 2.0 + 1.0, x)
    summed = tf.scan(lambda a, e: a * 0.5 + e, x)
    grad = tf.gradients(summed, x)[0]
    for size in (0, 1, 6, 41):
        feed = {x: np.arange(size, dtype=np.float32)}
        fetches = [mapped, summed, grad] if size else [mapped]
        with _session(jit=False) as plain, _session() as session:
            for a, b in zip(plain.run(fetches, feed), session.run(fetches, feed), strict=True):
                np.testing.assert_array_equal(a, b)
    assert done


def test_endless_loop_ends_at_its_deadline(done):
    quick = tf.while_loop(lambda i: i < 10.0, lambda i: i * 1.0, [0.0])
    nested = tf.while_loop(
        lambda i: i < 10.0, lambda i: tf.while_loop(lambda j: j < 1.0, lambda j: j, [i]), [0.0]
    )
    with _session() as session:
        for loop in (quick, nested):
            start = time.monotonic()
            with pytest.raises(tf.errors.DeadlineExceededError):
                session.run(loop, options=tf.RunOptions(timeout_in_ms=150))
            assert time.monotonic() - start < 3
    assert done


def test_what_has_an_effect_or_other_shapes_is_left_alone(done):
    v = tf.placeholder(tf.float32, [3])
    arrays = tf.while_loop(lambda i, y: i < 20, lambda i, y: (i + 1, y * 2.0), [0, v])
    _same([arrays[0], tf.reduce_sum(arrays[1])], {v: [1.0, 2.0, 3.0]})
    tf.set_random_seed(1)
    noise = tf.while_loop(
        lambda i, y: i < 20, lambda i, y: (i + 1, y + tf.random_uniform([])), [0, 0.0]
    )
    _same(noise, runs=1)
    assert not done


def test_many_threads(done):
    x = tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(lambda i, y: i < 300, lambda i, y: (i + 1, y * 0.9 + 0.3), [0, x])
    found = {}
    with _session() as session, _session(jit=False) as plain:

        def run(k):
            found[k] = [session.run(y, {x: float(k)}) for _ in range(20)]

        threads = [threading.Thread(target=run, args=(k,)) for k in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for k, values in found.items():
            assert set(values) == {plain.run(y, {x: float(k)})}
    assert done


def test_a_million_iterations_at_once(monkeypatch, done):
    monkeypatch.undo()
    done = _compiled(monkeypatch)
    _, y = tf.while_loop(
        lambda i, y: i < 1_000_000, lambda i, y: (i + 1, y * 0.999 + 0.01), [0, 1.0]
    )
    with _session() as session:
        assert session.run(y) == pytest.approx(10.0, rel=1e-4)
    assert done


# --- random bodies --------------------------------------------------------------------------------
_BINARY = (tf.add, tf.subtract, tf.multiply, tf.maximum, tf.minimum, tf.divide)
_UNARY = (tf.negative, tf.abs, tf.square, tf.sign, tf.floor, tf.identity, tf.stop_gradient)


def _expression(choices, values):
    """A random expression of the values, as the choices tell."""
    values = list(values)
    for kind, a, b in choices:
        x, y = values[a % len(values)], values[b % len(values)]
        if kind < len(_BINARY):
            values.append(_BINARY[kind](x, y))
        elif kind < len(_BINARY) + len(_UNARY):
            values.append(_UNARY[kind - len(_BINARY)](x))
        else:
            values.append(tf.where(x < y, y, x))
    return values[-1]


_choices = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 9), st.integers(0, 9)), max_size=8)


@settings(max_examples=25, deadline=None)
@given(_choices, _choices, st.floats(-4, 4, width=32), st.sampled_from([np.float32, np.float64]))
def test_random_bodies(first, second, value, dtype):
    with tf.Graph().as_default():
        x = tf.placeholder(dtype, [])
        constants = [x, tf.constant(dtype(0.75))]
        result = tf.while_loop(
            lambda i, a, b: i < 15,
            lambda i, a, b: (
                i + 1, _expression(first, [a, b, *constants]), _expression(second, [b, a])
            ),
            [0, x, tf.constant(dtype(-1.5))],
        )  # fmt: skip
        _same(result, {x: value}, runs=2)
