"""A convolution or product with its bias and activation: one step, the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.runtime import blas


def numbers(shape: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


ACTIVATIONS = {
    "none": lambda x: x, "relu": tf.nn.relu, "relu6": tf.nn.relu6, "elu": tf.nn.elu,
    "tanh": tf.tanh, "sigmoid": tf.sigmoid,
}  # fmt: skip
BIASES = {
    "none": lambda y, b: y, "BiasAdd": tf.nn.bias_add, "Add": lambda y, b: y + b,
    "turned": lambda y, b: b + y,
}  # fmt: skip


def steps(session: Any) -> Any:
    """The steps of what the session compiled last."""
    return list(session._compiled.values())[-1].plan.steps


def both(fetch: Any, feeds: Any, monkeypatch: Any) -> tuple[Any, Any, Any]:
    """(the value, the value without oneDNN, the plan's steps)."""
    with tf.Session() as session:
        value = session.run(fetch, feeds)
        plan = steps(session)
    with monkeypatch.context() as patch:
        order = tuple(name for name in kernel_registry.libraries() if name != "onednn")
        patch.setattr(kernel_registry, "libraries", lambda: order)
        with tf.Session() as session:
            return value, session.run(fetch, feeds), plan


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_convolutions(activation: str, bias: str, monkeypatch: Any) -> None:
    if activation == bias == "none":
        return
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 9, 9, 3])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 16), 1), [1, 1, 1, 1], "SAME")
        y = ACTIVATIONS[activation](BIASES[bias](y, numbers((16,), 2)))
        for batch in (2, 0, 3):
            actual, expected, plan = both(y, {x: numbers((batch, 9, 9, 3)) * 2}, monkeypatch)
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    assert len(plan) == 1
    assert plan[0].library == "onednn"
    assert len(plan[0].operations) == 3 - [activation, bias].count("none")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numbers_that_are_none(activation: str, number: float, monkeypatch: Any) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 9, 9, 3])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 16), 1), [1, 1, 1, 1], "SAME")
        y = ACTIVATIONS[activation](tf.nn.bias_add(y, numbers((16,), 2)))
        value = numbers((2, 9, 9, 3))
        value[1, 4, 4, 0] = value[1, 4, 5, 1] = number
        actual, expected, _ = both(y, {x: value}, monkeypatch)
    if number == 3e38:  # which of several huge terms meet first is the kernel's business
        np.testing.assert_array_equal(np.isnan(actual[0]), np.isnan(expected[0]))
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
        assert number > 0 or np.isnan(number) or not np.isnan(expected).all()


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_channels_first(data_format: str, monkeypatch: Any) -> None:
    with tf.Graph().as_default():
        shape = [2, 8, 8, 3] if data_format == "NHWC" else [2, 3, 8, 8]
        x = tf.placeholder(tf.float32, shape)
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 8), 1), [1] * 4, "SAME", data_format=data_format)
        y = tf.nn.relu(tf.nn.bias_add(y, numbers((8,), 2), data_format=data_format))
        actual, expected, plan = both(y, {x: numbers(shape)}, monkeypatch)
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
        assert len(plan) == 1


def test_a_sum_that_is_no_bias_stays(monkeypatch: Any) -> None:
    """A vector along the width, in an image of channels first; a whole image; one number."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 3, 8, 8])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 8), 1), [1] * 4, "SAME", data_format="NCHW")
        for other in (numbers((8,)), numbers((2, 8, 8, 8)), numbers((1,)), numbers(())):
            actual, expected, plan = both(y + other, {x: numbers((2, 3, 8, 8))}, monkeypatch)
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
            assert all(len(step.operations) == 1 for step in plan)


def test_products(monkeypatch: Any) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 300])
        y = tf.nn.relu(tf.matmul(x, numbers((300, 200), 1)) + numbers((200,), 2))
        for rows in (64, 1, 0, 3):
            actual, expected, plan = both(y, {x: numbers((rows, 300))}, monkeypatch)
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)
    assert [len(step.operations) for step in plan] == [2, 1]


def test_an_error_names_the_op_that_failed() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 9, 9, None])
        w = tf.placeholder(tf.float32, [3, 3, None, 4])
        y = tf.nn.relu(tf.nn.conv2d(x, w, [1] * 4, "SAME", name="inner"))
        with tf.Session() as session:
            with pytest.raises(tf.errors.InvalidArgumentError, match="inner"):
                session.run(y, {x: numbers((1, 9, 9, 3)), w: numbers((3, 3, 2, 4))})


def test_training_gives_the_same_numbers(monkeypatch: Any) -> None:
    """Values inside a chain that the gradient needs are still there."""
    with tf.Graph().as_default():
        x = tf.constant(numbers((4, 8, 8, 3)))
        w, b = tf.Variable(numbers((3, 3, 3, 16), 1)), tf.Variable(numbers((16,), 2))
        h = tf.tanh(tf.nn.bias_add(tf.nn.conv2d(x, w, [1] * 4, "SAME"), b))
        v = tf.Variable(numbers((3, 3, 16, 8), 3))
        y = tf.nn.elu(tf.nn.conv2d(h, v, [1, 2, 2, 1], "SAME") + b[:8])
        grads = tf.gradients(tf.reduce_mean(tf.square(y)), [w, b, v])
        init = tf.global_variables_initializer()

        def values() -> Any:
            with tf.Session() as session:
                session.run(init)
                return session.run(grads)

        actual = values()
        order = tuple(name for name in kernel_registry.libraries() if name != "onednn")
        monkeypatch.setattr(kernel_registry, "libraries", lambda: order)
        for got, expected in zip(actual, values(), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_kernels_keep_to_the_threads_of_the_session() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 9, 9, 3])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 16), 1), [1] * 4, "SAME")
        for count in (1, 3):
            config = tf.ConfigProto(intra_op_parallelism_threads=count)
            with tf.Session(config=config) as session:
                session.run(y, {x: numbers((2, 9, 9, 3))})
                assert blas.kernel_threads() == count
