"""Nothing here recurses: long loops, deep scopes, long chains, and their gradients."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest

import flowgraph as tf

CHAIN = 50_000


@pytest.fixture(autouse=True)
def _little_room() -> Iterator[None]:
    """A recursion as deep as the graph would fail long before Python's own limit."""
    before = sys.getrecursionlimit()
    frames, frame = 0, sys._getframe()
    while frame is not None:
        frames, frame = frames + 1, frame.f_back  # type: ignore[assignment]
    sys.setrecursionlimit(frames + 150)
    with tf.Graph().as_default():
        yield
    sys.setrecursionlimit(before)


def test_a_loop_of_10_000_iterations_and_its_gradient() -> None:
    x = tf.placeholder(tf.float64, [])
    step = 1.0 / 10_000
    _, y = tf.while_loop(lambda i, _: i < 10_000, lambda i, y: (i + 1, y + step * x * y), [0, x])
    (slope,) = tf.gradients(y, x)
    with tf.Session() as session:
        value, found = session.run([y, slope], {x: 1.5})
    # y = x (1 + x h) ** n, so dy/dx = y / x + n h y / (1 + x h)
    expected = 1.5 * (1 + 1.5 * step) ** 10_000
    assert value == pytest.approx(expected, rel=1e-9)
    assert found == pytest.approx(expected / 1.5 + expected / (1 + 1.5 * step), rel=1e-9)


def test_200_nested_scopes() -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        for i in range(200):
            stack.enter_context(tf.name_scope(f"s{i}") if i % 2 else tf.variable_scope(f"v{i}"))
        v = tf.get_variable("v", initializer=2.0)
        y = tf.square(v, name="y")
    assert v.op.name.count("/") == 100 and y.op.name.count("/") == 200
    (slope,) = tf.gradients(y, v)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([y, slope]) == [4.0, 4.0]


def test_200_nested_control_dependencies() -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        for i in range(200):
            stack.enter_context(tf.control_dependencies([tf.constant(i)]))
        y = tf.add(1, 2)
    with tf.Session() as session:
        assert session.run(y) == 3


def test_a_chain_of_50_000_ops_and_its_gradient() -> None:
    x = y = tf.placeholder(tf.float64, [2])
    for _ in range(CHAIN // 2):
        y = tf.negative(y)
        y = y + 1.0
    (slope,) = tf.gradients(y, x)
    with tf.Session() as session:
        value, found = session.run([y, slope], {x: [1.0, 2.0]})
    # Each pair of ops gives 1 - y, and an even number of pairs gives x back.
    np.testing.assert_array_equal(value, [1.0, 2.0])
    np.testing.assert_array_equal(found, [1.0, 1.0])


def test_a_chain_of_control_edges() -> None:
    op = tf.no_op()
    for _ in range(5_000):
        with tf.control_dependencies([op]):
            op = tf.no_op()
    with tf.Session() as session:
        session.run(op)


def test_a_chain_of_constants_is_known_before_the_run() -> None:
    y = tf.constant(0)
    for _ in range(3_000):
        y = y + 1
    assert tf.zeros([2]).shape == [2]
    with tf.Session() as session:
        assert session.run(tf.reshape(tf.zeros([3_000]), [y])).shape == (3_000,)


def test_a_list_fetched_that_is_15_levels_deep() -> None:
    nested: object = tf.constant(1)
    for _ in range(15):
        nested = [nested]
    with tf.Session() as session:
        found = session.run(nested)
    for _ in range(15):
        (found,) = found
    assert found == 1


def test_deep_conditionals_in_a_loop() -> None:
    def body(i: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        for _ in range(4):
            y = tf.cond(tf.equal(i % 2, 0), lambda y=y: y * 1.0001, lambda y=y: y)
        return i + 1, y

    x = tf.placeholder(tf.float64, [])
    _, y = tf.while_loop(lambda i, _: i < 500, body, [0, x])
    (slope,) = tf.gradients(y, x)
    with tf.Session() as session:
        value, found = session.run([y, slope], {x: 1.0})
    assert value == found == pytest.approx(1.0001**1000, rel=1e-9)
