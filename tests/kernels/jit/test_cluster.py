"""A cluster's machine code against its members' own kernels, over shapes, strides and threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler import fuse_elementwise
from flowgraph.kernels.jit import cluster, engine
from flowgraph.runtime import callable as tiers

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="llvmlite is not installed")


@pytest.fixture(autouse=True)
def _hot(monkeypatch):
    """Plans are hot from their second run on, and every loop is compiled."""
    monkeypatch.setattr(tiers, "HOT_RUNS", 2)
    monkeypatch.setattr(tiers, "HOT_CALLS", 2)
    monkeypatch.setattr(cluster, "WAIT_FROM", 1)
    monkeypatch.setattr(fuse_elementwise, "_FEW", 1)
    with tf.Graph().as_default():
        yield


def check(build, *arrays, shapes=None, rtol=1e-6, config=None):
    """Runs a graph of placeholders cold and hot and compares; gives the hot plan's libraries."""
    shapes = shapes or [a.shape for a in arrays]
    inputs = [tf.placeholder(a.dtype, s) for a, s in zip(arrays, shapes, strict=True)]
    fetches = build(*inputs)
    feeds = dict(zip(inputs, arrays, strict=True))
    with tf.Session(config=config) as session:
        cold = session.run(fetches, feeds)
        session.run(fetches, feeds)
        hot = session.run(fetches, feeds)
        (call,) = session._compiled.values()
    for x, y in zip(tf.nest.flatten(cold), tf.nest.flatten(hot), strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(y, x, rtol=rtol, atol=1e-7)
        assert np.shape(x) == np.shape(y)
    return [step.library for step in call.plan.steps]


def numbers(*shape, dtype=np.float32):
    return np.random.RandomState(len(shape)).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((), ()), ((7,), ()), ((5, 3), (3,)), ((5, 3), (5, 1)), ((4, 1), (1, 6)),
        ((2, 3, 4), (3, 1)),
        ((2, 3, 4), (2, 1, 4)), ((33, 17), (33, 17)), ((1, 1), (1,)), ((2, 1, 3, 1), (4, 1, 5)),
        ((3, 2, 3, 2, 3), (3, 1, 3, 1, 3)),
    ],
)  # fmt: skip
def test_shapes_that_broadcast(left, right):
    libraries = check(
        lambda x, y: tf.sigmoid(x * y + 1.0) - tf.tanh(x), numbers(*left), numbers(*right)
    )
    assert "jit" in libraries


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
def test_dtypes(dtype):
    check(lambda x, y: tf.where(x > y, x * y - 2, tf.abs(x)) + tf.square(y),
          (numbers(40) * 5).astype(dtype), (numbers(40) * 3).astype(dtype))  # fmt: skip


def test_truth_values_come_out_as_such():
    build = lambda x, y: [tf.logical_and(x > 0, tf.logical_not(y < x)), tf.equal(x, y)]  # noqa: E731
    check(build, numbers(70), numbers(70))


def test_several_outputs_and_casts():
    def build(x):
        y = tf.nn.relu(x)
        wide = tf.cast(y, tf.float64) * 2
        return [y, tf.cast(y > 0.5, tf.float32) * y, tf.cast(wide, tf.float32)]

    check(build, numbers(9, 9))


@pytest.mark.parametrize(
    "view",
    [lambda a: a[::2], lambda a: a[:, ::3], lambda a: a.T, lambda a: a[::-1], lambda a: a[:0]],
)
def test_arrays_that_are_not_contiguous(view):
    array = view(numbers(12, 12))
    check(lambda x: tf.exp(x) * 2.0 + x, array)


def test_arrays_that_are_not_aligned():
    raw = np.zeros(4 * 100 + 1, np.uint8)
    array = raw[1:].view(np.float32)
    array[:] = numbers(100)
    check(lambda x: tf.exp(x) + x, array)


def test_special_numbers():
    special = np.float32([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, 3e38] * 11)
    build = lambda x: [tf.nn.relu(x), tf.minimum(x, 1.0), tf.sigmoid(x), x * x, tf.sign(x)]  # noqa: E731
    check(build, special)


def test_the_sign_of_zero_is_no_negative_zero():
    check(lambda x: 1.0 / tf.sign(x) + x, np.float32([-0.0, 0.0, 1.0, -2.0] * 20))


def test_a_batch_of_another_size_each_run():
    x, y = tf.placeholder(tf.float32, [None, 5]), tf.placeholder(tf.float32, [None, 5])
    z = tf.tanh(x) * y + 1.0
    with tf.Session() as session:
        for size in [3, 3, 8, 0, 1, 200, 5, 3]:
            a, b = numbers(size, 5), numbers(size, 5) + 1
            np.testing.assert_allclose(session.run(z, {x: a, y: b}), np.tanh(a) * b + 1, rtol=1e-6)


def test_shapes_that_do_not_fit_are_told_as_ever():
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    z = tf.exp(x + y, name="z")
    with tf.Session() as session:
        for _ in range(4):
            session.run(z, {x: numbers(3), y: numbers(3)})
        with pytest.raises(tf.errors.InvalidArgumentError, match="test_cluster.py") as raised:
            session.run(z, {x: numbers(3), y: numbers(4)})
    assert "op: AddV2" in str(raised.value)


def test_two_threads_share_a_large_array():
    config = tf.ConfigProto(intra_op_parallelism_threads=2, inter_op_parallelism_threads=1)
    check(lambda x: tf.sigmoid(x) * x + 1.0, numbers(1000, 1001), config=config)
    check(lambda x, y: tf.sigmoid(x) * y, numbers(1_000_003), numbers(1), config=config)


def test_many_threads_run_one_plan():
    x = tf.placeholder(tf.float32, [None])
    y = tf.exp(x) * 2.0 - x
    wrong = []
    with tf.Session() as session:

        def work(seed):
            for size in range(1, 60):
                a = np.full(size * 3, seed, np.float32)
                found = session.run(y, {x: a})
                if not np.allclose(found, np.exp(a) * 2 - a, rtol=1e-5):
                    wrong.append((seed, size))

        threads = [threading.Thread(target=work, args=(s / 8,)) for s in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not wrong


def test_the_jit_can_be_turned_off():
    options = tf.OptimizerOptions(global_jit_level=tf.OptimizerOptions.OFF)
    config = tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))
    assert "jit" not in check(lambda x: tf.exp(x) + 1.0, numbers(500), config=config)
