"""Chains that a library has one kernel for become one step, when nobody needs what is inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import kernel_registry

LINK = {"Negative": (0,), "Neg": (0,)}
SUM = {"Add": (0,), "AddV2": (0,)}


@pytest.fixture(autouse=True)
def _library(monkeypatch: Any) -> Iterator[None]:
    """A library that fuses Square, Add and Neg."""
    monkeypatch.setattr(kernel_registry, "_fusions", {})
    monkeypatch.setattr(kernel_registry, "libraries", lambda: ("tested",))

    def accepts(nodes: Any) -> bool:
        return all(node.context.output_dtypes[0] == tf.float32 for node in nodes)

    @kernel_registry.register_fusion("Square", [SUM, LINK], "tested", accepts)
    def _(nodes: Any) -> Any:
        return lambda x, y: -(x * x + y)

    @kernel_registry.register_fusion("Square", [SUM], "tested", accepts)
    def _(nodes: Any) -> Any:
        return lambda x, y: x * x + y

    yield


def run(fetches: Any, feeds: Any = None, before: Any = None) -> tuple[Any, list[list[str]]]:
    """The values, and each step's op types."""
    with tf.Session() as session:
        if before is not None:
            session.run(before)
        value = session.run(fetches, feeds)
        plan = list(session._compiled.values())[-1].plan
        return value, [[op.type for op in step.operations] for step in plan.steps]


def types(steps: list[list[str]]) -> list[int]:
    return sorted(len(step) for step in steps)


@pytest.fixture
def inputs() -> Iterator[Any]:
    with tf.Graph().as_default():
        yield tf.placeholder(tf.float32, [3]), tf.placeholder(tf.float32, [3])


X, Y = np.float32([1, 2, 3]), np.float32([5, 6, 7])


def test_the_longest_chain(inputs: Any) -> None:
    x, y = inputs
    value, steps = run(-(tf.square(x) + y), {x: X, y: Y})
    assert types(steps) == [3]
    np.testing.assert_array_equal(value, -(X * X + Y))
    value, steps = run(tf.sqrt(tf.square(x) + y), {x: X, y: Y})
    assert types(steps) == [1, 2]
    np.testing.assert_array_equal(value, np.sqrt(X * X + Y))


def test_the_place_in_a_link_counts(inputs: Any) -> None:
    x, y = inputs
    value, steps = run(y + tf.square(x), {x: X, y: Y})
    assert types(steps) == [1, 1]
    np.testing.assert_array_equal(value, X * X + Y)


def test_what_is_needed_inside_ends_the_chain(inputs: Any) -> None:
    x, y = inputs
    feeds = {x: X, y: Y}
    square = tf.square(x)
    total = square + y
    assert types(run([-total, total], feeds)[1]) == [1, 2]
    assert types(run([-total, square], feeds)[1]) == [1, 1, 1]
    value, steps = run([-total, total * 2.0], feeds)
    assert types(steps) == [1, 1, 2]
    np.testing.assert_array_equal(value[1], (X * X + Y) * 2)
    value, steps = run(square + square, feeds)
    assert types(steps) == [1, 1]
    np.testing.assert_array_equal(value, 2 * X * X)


def test_what_is_waited_for_inside_ends_the_chain(inputs: Any) -> None:
    x, y = inputs
    square = tf.square(x)
    with tf.control_dependencies([square]):
        other = y * 2.0
    value, steps = run(square + other, {x: X, y: Y})
    assert all(len(step) == 1 for step in steps)
    np.testing.assert_array_equal(value, X * X + 2 * Y)


def test_what_is_not_accepted_stays() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float64, [3])
        assert types(run(tf.square(x) + 1.0, {x: X})[1]) == [1, 1]


def test_state_is_read_before_it_is_written() -> None:
    """The sum waits for a write of what the root reads: fused, the root would read too late."""
    with tf.Graph().as_default():
        v = tf.Variable(X)
        square = tf.square(v)
        written = tf.assign(v, Y)
        value, steps = run(square + written, None, tf.global_variables_initializer())
        np.testing.assert_array_equal(value, X * X + Y)
        assert ["Square", "Add"] not in steps and ["Square", "AddV2"] not in steps
        value, steps = run(tf.square(v) + 1.0, None, tf.global_variables_initializer())
        assert 2 in types(steps)
        np.testing.assert_array_equal(value, X * X + 1)
