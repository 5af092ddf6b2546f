"""tensorflow.python.ops.inplace_ops."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.scripts import inplace_ops
from flowgraph.scripts.views import find


def test_rows_are_replaced_and_added_to():
    x = np.arange(6.0, dtype=np.float32).reshape(3, 2)
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run([
            inplace_ops.alias_inplace_update(x, 1, [7, 8]),
            inplace_ops.inplace_update(x, [0, 2], [[1, 1], [2, 2]]),
            inplace_ops.alias_inplace_add(x, [1, 1], np.ones((2, 2))),
            inplace_ops.alias_inplace_sub(x, None, x),
            inplace_ops.inplace_update(x, None, -x),
            inplace_ops.empty_like(x) + inplace_ops.empty([3, 2], tf.float32),
        ])  # fmt: skip
    expected = [
        [[0, 1], [7, 8], [4, 5]], [[1, 1], [2, 3], [2, 2]], [[0, 1], [4, 5], [4, 5]],
        np.zeros((3, 2)), -x, np.zeros((3, 2)),
    ]  # fmt: skip
    for one, wanted in zip(found, expected, strict=True):
        assert np.array_equal(one, wanted)


def test_shapes_that_do_not_fit():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="incompatible"):
        inplace_ops.inplace_update(np.zeros((3, 2)), None, np.zeros((2, 2)))


def test_scripts_find_them():
    module = find("python.ops.inplace_ops")
    assert module.alias_inplace_update is inplace_ops.inplace_update
