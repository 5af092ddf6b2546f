"""What ops on arrays accept at the edges, and how they name what they do not."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core.op_def import raw


def _run(tensors, feed=None):
    with tf.Session() as sess:
        return sess.run(tensors, feed)


def test_an_empty_constant_takes_any_empty_shape():
    assert _run(tf.constant([], tf.float32, [0, 5])).shape == (0, 5)
    assert tf.constant([1.0, 2.0], tf.float32, [0, 5]).shape == (0, 5)  # as TensorFlow has it
    with pytest.raises(ValueError, match="Too many elements"):
        tf.constant(np.ones(2, np.float32), tf.float32, [0, 5])


def test_gather_nd_of_one_index_is_a_scalar():
    assert _run(tf.gather_nd([[1.0, 2.0], [3.0, 4.0]], [1, 0])) == 3.0


def test_gather_nd_from_nothing():
    with pytest.raises(tf.errors.InvalidArgumentError, match="params is empty"):
        _run(tf.gather_nd(np.zeros([0, 3], np.float32), [[0, 0]]))


def test_strings_are_padded_with_a_string():
    padded = _run(tf.pad(["a"], [[1, 2]], constant_values="x"))
    assert padded.tolist() == [b"x", b"a", b"x", b"x"]


@pytest.mark.parametrize(
    "axis, shapes, message",
    [(0, [[[2]], [[2]]], "input 0 should be a vector"),
     (4, [[2, 3], [2, 3]], "Concat dim is out of range: 4 vs. 2"),
     (1, [[2, 3], [2, 3, 4]], "input 1 should contain 2 elements but got 3"),
     (1, [[2, 3], [4, 3]], r"All dimensions except 1 must match. Input 1 has shape \[4 3\]")],
)  # fmt: skip
def test_offsets_of_shapes_that_cannot_be_joined(axis, shapes, message):
    fed = [tf.placeholder(tf.int32) for _ in shapes]
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        _run(raw.ConcatOffset(axis, fed), dict(zip(fed, shapes, strict=True)))


def test_offsets_of_an_axis_from_the_end():
    offsets = _run(raw.ConcatOffset(-1, [np.array([2, 3], np.int32), np.array([2, 4], np.int32)]))
    assert [o.tolist() for o in offsets] == [[0, 0], [0, 3]]


def test_split_names_what_does_not_divide():
    with pytest.raises(ValueError, match="should evenly divide"):
        tf.split([0, 1, 2, 3], 3)


def test_split_needs_one_axis():
    axis = tf.placeholder(tf.int32)
    parts = tf.split(tf.ones([4]), 2, axis=axis)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have exactly one element"):
        _run(parts, {axis: np.zeros([0], np.int32)})
