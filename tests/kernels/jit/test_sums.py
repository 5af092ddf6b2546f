"""Sums and means that a cluster takes of what it computes, against the ops' own kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf
from flowgraph.compiler import fuse_elementwise, join_reductions
from flowgraph.kernels.jit import cluster, engine
from flowgraph.runtime import callable as tiers

pytestmark = pytest.mark.skipif(not engine.is_available(), reason="llvmlite is not installed")


@pytest.fixture(autouse=True)
def _hot(monkeypatch):
    """Plans are hot from their second run on, every loop is compiled, and each sum joins one."""
    monkeypatch.setattr(tiers, "HOT_RUNS", 2)
    monkeypatch.setattr(cluster, "WAIT_FROM", 1)
    monkeypatch.setattr(fuse_elementwise, "_FEW", 1)
    monkeypatch.setattr(join_reductions, "_WORTH", 1)


def numbers(*shape, dtype=np.float32):
    return np.random.RandomState(len(shape)).standard_normal(shape).astype(dtype)


def check(build, *arrays, shapes=None, rtol=1e-5, threads=0):
    """Runs a graph of placeholders cold and hot and compares; gives the hot plan's fused types."""
    shapes = shapes or [a.shape for a in arrays]
    config = tf.ConfigProto(intra_op_parallelism_threads=threads)
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        inputs = [tf.placeholder(a.dtype, s) for a, s in zip(arrays, shapes, strict=True)]
        fetches = build(*inputs)
        feeds = dict(zip(inputs, arrays, strict=True))
        cold = session.run(fetches, feeds)
        session.run(fetches, feeds)
        hot = session.run(fetches, feeds)
        (call,) = session._compiled.values()
        for x, y in zip(tf.nest.flatten(cold), tf.nest.flatten(hot), strict=True):
            assert np.asarray(x).dtype == np.asarray(y).dtype
            assert np.shape(x) == np.shape(y)
            scale = np.abs(np.nan_to_num(x)).max(initial=0)
            np.testing.assert_allclose(y, x, rtol=rtol, atol=rtol * scale)
    return ["+".join(op.type for op in step.operations) for step in call.plan.steps]


AXES = [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2), (-1,), (-3, -1)]


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("shape", [(6, 5, 40), (40, 6, 5), (3, 200, 300), (1, 64, 1)])
@pytest.mark.parametrize("op", [tf.reduce_sum, tf.reduce_mean])
def test_axes(axes, shape, op):
    for keep_dims in (False, True):
        check(lambda x, k=keep_dims: op(tf.square(x) + x, axes, k), numbers(*shape))


def test_what_is_summed_is_part_of_the_cluster():
    def build(x, y):
        z = tf.squared_difference(x, y)
        return [tf.reduce_mean(z, [0, 1]), tf.reduce_sum(z), tf.reduce_sum(x * y, 0), z]

    types = check(build, numbers(30, 20, 16), numbers(16))
    assert types == ["SquaredDifference+Mul+Mean+Sum+Sum"]


def test_a_bias_and_its_gradient():
    for shape, data_format in (((8, 6, 6, 16), "NHWC"), ((8, 16, 6, 6), "NCHW"), ((50, 16), None)):

        def build(x, b, data_format=data_format):
            y = tf.nn.relu(tf.nn.bias_add(x, b, data_format))
            return tf.gradients(tf.reduce_sum(tf.sin(y)), [x, b])

        types = check(build, numbers(*shape), numbers(16))
        assert any("BiasAddGrad" in t and "+" in t for t in types), types


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1 << 19,), (1 << 10, 1 << 9), (1 << 15, 16), (3, 1 << 18)])
def test_threads(threads, shape):
    def build(x):
        y = tf.square(x)
        sums = [tf.reduce_sum(y, axis) for axis in range(len(shape))]
        return [tf.reduce_mean(y), *sums] if len(shape) > 1 else tf.reduce_mean(y)

    check(build, numbers(*shape), threads=threads)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_long_sum_is_exact(dtype):
    x = np.full(3_000_001, 0.1, dtype)
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(dtype, x.shape)
        mean = tf.reduce_mean(fed * 2.0)
        for _ in range(4):
            found = session.run(mean, {fed: x})
    assert found == pytest.approx(2 * float(dtype(0.1)), rel=1e-7)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 3e38])
def test_numbers_that_are_none(number):
    x = numbers(40, 30)
    x[3, 4] = x[5, 6] = number
    check(lambda x: [tf.reduce_sum(-x, 0), tf.reduce_mean(x * 2.0, 1)], x)


def test_shapes_that_change_and_empty_ones():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 3])
        fetches = [tf.reduce_sum(tf.square(x), 0), tf.reduce_mean(tf.square(x), 1)]
        for rows in (5, 5, 5, 7, 0, 1, 200, 5):
            value = numbers(rows, 3)
            down, along = session.run(fetches, {x: value})
            np.testing.assert_allclose(down, np.square(value).sum(0), rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(along, np.square(value).mean(1), rtol=1e-5)


def test_inputs_that_are_walked_by_strides():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [40, 50])
        total = tf.reduce_sum(tf.square(tf.transpose(x)), 0)
        value = numbers(40, 50)
        for fed in (value, np.asfortranarray(value), value, value[::-1], value, value):
            np.testing.assert_allclose(
                session.run(total, {x: fed}), np.square(fed).sum(1), rtol=1e-5
            )


def test_axes_that_are_computed_are_left_alone():
    types = check(lambda x, axes: tf.reduce_sum(tf.square(x), axes), numbers(9, 8), np.int32([1]))
    assert "Sum" in types


def test_a_sum_that_waits_for_something_is_left_alone():
    def build(x):
        y = tf.square(x)
        with tf.control_dependencies([tf.matmul(x, x)]):
            return tf.reduce_sum(y)

    assert "Sum" in check(build, numbers(8, 8))


@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    data=st.data(),
    keep_dims=st.booleans(),
)
def test_any_axes_of_any_shape(shape, data, keep_dims):
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    other = data.draw(st.lists(st.sampled_from([0, 1]), min_size=len(shape), max_size=len(shape)))
    second = [size if whole else 1 for size, whole in zip(shape, other, strict=True)]
    check(
        lambda x, y: [tf.reduce_sum(x * y, axes, keep_dims), tf.nn.relu(x * y)],
        numbers(*shape), numbers(*second),
    )  # fmt: skip
