"""Rearranged weights are kept while they stay as they are, and never longer."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler import watch_inputs
from flowgraph.kernels.onednn import matmul, weights

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 8, 8, 16), dtype=np.float32)
W = RNG.standard_normal((3, 3, 16, 32), dtype=np.float32)
A = RNG.standard_normal((64, 300), dtype=np.float32)
B = RNG.standard_normal((300, 200), dtype=np.float32)


@pytest.fixture(autouse=True)
def packed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """How often weights were packed."""
    monkeypatch.setattr(matmul, "WORTH", 0)
    counts: list[int] = []
    pack = weights.Packing.pack

    def counting(self: Any, array: Any) -> Any:
        counts.append(array.size)
        return pack(self, array)

    monkeypatch.setattr(weights.Packing, "pack", counting)
    with tf.Graph().as_default():
        yield counts


def conv(x: Any, w: Any) -> Any:
    return tf.nn.conv2d(x, w, [1] * 4, "SAME")


def fused(x: Any, w: Any) -> Any:
    return tf.nn.relu(conv(x, w) + tf.constant(W[0, 0, 0]))


def pooled(x: Any, w: Any) -> Any:
    return tf.nn.max_pool(fused(x, w), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


KINDS = {"conv": (conv, X, W), "fused": (fused, X, W), "pooled": (pooled, X, W),
         "product": (tf.matmul, A, B)}  # fmt: skip
each_kind = pytest.mark.parametrize("kind", KINDS)


def assert_close(actual: Any, expected: Any) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@each_kind
@pytest.mark.parametrize("resource", [False, True])
def test_each_write_is_seen(kind: str, resource: bool, packed: Any) -> None:
    build, value, first = KINDS[kind]
    x, fed = tf.placeholder(tf.float32, value.shape), tf.placeholder(tf.float32, first.shape)
    w = tf.get_variable("w", initializer=first, use_resource=resource)
    y, expected = build(x, w), build(x, fed)
    loss = tf.nn.l2_loss(w)
    writes = [
        tf.no_op(),
        w.assign(first * 2),
        w.assign_add(first),
        tf.train.GradientDescentOptimizer(0.5).minimize(loss),
        tf.train.MomentumOptimizer(0.5, 0.9).minimize(loss),
        tf.scatter_update(w, [0, 1], first[:2]),
    ]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for write in (*writes, *writes):
            session.run(write)
            for _ in range(3):
                actual = session.run(y, {x: value})
            assert_close(actual, session.run(expected, {x: value, fed: session.run(w)}))
        w.load(first, session)
        assert_close(session.run(y, {x: value}), session.run(expected, {x: value, fed: first}))
    assert len(packed) >= len(writes)


@each_kind
def test_a_write_between_reads_of_one_run_is_seen(kind: str) -> None:
    build, value, first = KINDS[kind]
    x = tf.placeholder(tf.float32, value.shape)
    w = tf.Variable(first)
    before = build(x, w)
    with tf.control_dependencies([before]):
        negated = w.assign(-w)
    with tf.control_dependencies([negated]):
        after = build(x * 2, tf.identity(w.read_value())) if kind == "product" else build(x, -w)
    with tf.Session() as session:
        session.run(w.initializer)
        for turn in range(4):
            a, b = session.run([before, after], {x: value})
            sign = -1 if turn % 2 else 1
            assert_close(a, session.run(build(x, sign * first), {x: value}))
            if kind == "product":
                assert_close(b, -2 * a)
            else:
                assert_close(b, a)


@each_kind
def test_constants_are_packed_once(kind: str, packed: Any) -> None:
    build, value, first = KINDS[kind]
    x = tf.placeholder(tf.float32, [None, *value.shape[1:]])
    y = build(x, tf.constant(first))
    with tf.Session() as session:
        values = [session.run(y, {x: value}) for _ in range(5)]
    for other in values[1:]:
        assert_close(other, values[0])
    assert len(packed) == 1


def test_training_packs_nothing(packed: Any) -> None:
    x = tf.placeholder(tf.float32, X.shape)
    w = tf.Variable(W)
    step = tf.train.GradientDescentOptimizer(1e-6).minimize(tf.nn.l2_loss(fused(x, w)))
    with tf.Session() as session:
        session.run(w.initializer)
        for _ in range(5):
            session.run(step, {x: X})
    assert not packed


def test_fed_weights_are_taken_as_they_come(packed: Any) -> None:
    x, w = tf.placeholder(tf.float32, X.shape), tf.Variable(W)
    y, read = conv(x, w), w.read_value()
    z = conv(x, read)
    with tf.Session() as session:
        session.run(w.initializer)
        given = W.copy()
        for scale in (1, 2, 3, 4):
            given[...] = W * scale
            assert_close(session.run(z, {x: X, read: given}), scale * session.run(y, {x: X}))


def test_each_session_has_weights_of_its_own() -> None:
    x, w = tf.placeholder(tf.float32, A.shape), tf.Variable(B)
    y = tf.matmul(x, w)
    with tf.Session() as one, tf.Session() as other:
        one.run(w.initializer)
        other.run(w.assign(B * 3))
        for _ in range(4):
            assert_close(other.run(y, {x: A}), 3 * one.run(y, {x: A}))


def test_sizes_that_change_all_the_time(packed: Any) -> None:
    x = tf.placeholder(tf.float32, [None, 300])
    y = tf.matmul(x, tf.constant(B))
    with tf.Session() as session:
        for rows in (*range(2, 30), *range(2, 30)):
            assert_close(session.run(y, {x: A[:rows]}), A[:rows] @ B)
    assert len(packed) <= 2 * weights._MOST_CALLS  # the plan, and its successor when it is hot


def test_a_length_is_not_taken_while_another_thread_writes() -> None:
    source = watch_inputs.Constant(np.ones((4, 4), np.float32))
    kept, found = weights.Weights(source), []
    with source.lock:
        source.version += 1
        reader = threading.Thread(target=lambda: found.append(kept.length(source.value)))
        reader.start()
        reader.join(0.05)
        source.value[...] = 2.0
    reader.join()
    assert found == [8.0] and kept.length(source.value) == 8.0
