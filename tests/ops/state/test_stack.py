"""Stacks that live for one run: order, limits, bad input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(name="session")
def open_session() -> Iterator[Any]:
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def stack(size: Any = -1) -> Any:
    return tf.raw_ops.StackV2(max_size=size, elem_type=tf.float32, stack_name="numbers")


def then(first: Any, make: Any) -> Any:
    with tf.control_dependencies([first]):
        return make()


def test_each_run_has_a_stack_of_its_own(session: Any) -> None:
    handle = stack(1)
    pushed = tf.raw_ops.StackPushV2(handle=handle, elem=[1.0, 2.0])
    popped = then(pushed, lambda: tf.raw_ops.StackPopV2(handle=handle, elem_type=tf.float32))
    for _ in range(2):
        session.run(pushed)  # what is left is gone with the run
        np.testing.assert_array_equal(session.run(popped), [1, 2])


def test_a_pushed_variable_is_kept_as_it_was(session: Any) -> None:
    variable = tf.Variable([1.0])
    session.run(variable.initializer)
    handle = stack()
    pushed = tf.raw_ops.StackPushV2(handle=handle, elem=variable)
    changed = then(pushed, lambda: variable.assign([5.0]).op)
    popped = then(changed, lambda: tf.raw_ops.StackPopV2(handle=handle, elem_type=tf.float32))
    np.testing.assert_array_equal(session.run(popped), [1])


def test_misuse(session: Any) -> None:
    handle = stack(1)
    one = tf.constant(1.0)
    push = tf.raw_ops.StackPushV2(handle=handle, elem=one)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"overflowed its max_size \(1\)"):
        session.run(then(push, lambda: tf.raw_ops.StackPushV2(handle=handle, elem=one)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="is empty when calling Pop"):
        session.run(tf.raw_ops.StackPopV2(handle=handle, elem_type=tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must have type float32"):
        session.run(tf.raw_ops.StackPushV2(handle=handle, elem=tf.constant(1)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must have type float32"):
        session.run(tf.raw_ops.StackPopV2(handle=handle, elem_type=tf.int32))
    close = tf.raw_ops.StackCloseV2(handle=handle)
    with pytest.raises(tf.errors.InvalidArgumentError, match="already been closed"):
        session.run(then(close, lambda: tf.raw_ops.StackPushV2(handle=handle, elem=one)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be a scalar"):
        session.run(stack(tf.placeholder(tf.int32, name="n")), {"n:0": [1, 2]})
