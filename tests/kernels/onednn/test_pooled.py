"""A convolution pooled part by part of the batch: one step, the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry
from flowgraph.kernels.onednn import pooled

POOLS = {"max": tf.nn.max_pool, "avg": tf.nn.avg_pool}
HEADS = {
    "": lambda y, b: y,
    "bias": tf.nn.bias_add,
    "relu": lambda y, b: tf.nn.relu(y),
    "bias tanh": lambda y, b: tf.tanh(tf.nn.bias_add(y, b)),
}


def numbers(shape: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled, "_WORTH", 1 << 12)
    monkeypatch.setattr(pooled, "_AT_ONCE", 1 << 12)


def both(fetch: Any, feeds: Any, monkeypatch: Any) -> tuple[Any, Any, Any]:
    """(the value, the value of the reference kernels, the plan's steps)."""
    with tf.Session() as session:
        value = session.run(fetch, feeds)
        plan = list(session._compiled.values())[-1].plan.steps
    with monkeypatch.context() as patch:
        patch.setattr(kernel_registry, "libraries", lambda: ())
        with tf.Session() as session:
            return value, session.run(fetch, feeds), plan


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, 2, "SAME"), (3, 2, "VALID"), (3, 1, "SAME")]
)
def test_parts_of_a_batch(
    pool: str, head: str, size: int, stride: int, padding: str, monkeypatch: Any
) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 9, 9, 3])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 16), 1), [1] * 4, "SAME")
        y = HEADS[head](y, numbers((16,), 2))
        y = POOLS[pool](y, [1, size, size, 1], [1, stride, stride, 1], padding)
        for batch in (7, 1, 0, 2):
            actual, expected, plan = both(y, {x: numbers((batch, 9, 9, 3))}, monkeypatch)
            assert actual.shape == expected.shape
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    assert len(plan) == 1
    assert plan[0].library == "onednn"


@pytest.mark.parametrize("place", [0, 6])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(number: float, place: int, monkeypatch: Any) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [7, 8, 8, 3])
        y = tf.nn.conv2d(x, numbers((1, 1, 3, 16), 1), [1] * 4, "SAME")
        y = tf.nn.max_pool(y, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        value = numbers((7, 8, 8, 3))
        value[place, 2:4, 2:4] = number
        actual, expected, _ = both(y, {x: value}, monkeypatch)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    assert not np.isfinite(expected).all()


def test_channels_first(monkeypatch: Any) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [5, 3, 8, 8])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 8), 1), [1] * 4, "SAME", data_format="NCHW")
        y = tf.nn.relu(tf.nn.bias_add(y, numbers((8,), 2), data_format="NCHW"))
        y = tf.nn.max_pool(y, [1, 1, 2, 2], [1, 1, 2, 2], "SAME", data_format="NCHW")
        actual, expected, plan = both(y, {x: numbers((5, 3, 8, 8))}, monkeypatch)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    assert len(plan) == 1


def test_what_training_needs_is_kept_for_it() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [5, 8, 8, 3])
        w = tf.Variable(numbers((3, 3, 3, 8), 1))
        y = tf.nn.max_pool(tf.nn.conv2d(x, w, [1] * 4, "SAME"), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        (dw,) = tf.gradients(y, w)
        with tf.Session() as session:
            session.run(w.initializer)
            feeds = {x: numbers((5, 8, 8, 3))}
            alone = session.run(y, feeds)
            together, _ = session.run([y, dw], feeds)
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-5)


def test_pooling_over_channels_is_not_joined(monkeypatch: Any) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [5, 8, 8, 3])
        y = tf.nn.conv2d(x, numbers((3, 3, 3, 8), 1), [1] * 4, "SAME")
        y = tf.nn.max_pool(y, [1, 1, 1, 2], [1, 1, 1, 2], "SAME")
        actual, expected, plan = both(y, {x: numbers((5, 8, 8, 3))}, monkeypatch)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    assert [len(step.operations) for step in plan] == [1, 1]
