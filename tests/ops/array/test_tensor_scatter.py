"""Tensors with some elements changed: what is refused, and that the input stays as it is."""

import numpy as np
import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.mark.parametrize("method", ["update", "add", "sub"])
def test_places_and_shapes_are_checked(session, method):
    change = getattr(tf, f"tensor_scatter_nd_{method}")
    x = tf.zeros([3])
    i, y = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    changed = change(x, i, y)
    with pytest.raises(errors.InvalidArgumentError, match=r"\[3\] does not index into"):
        session.run(changed, {i: [[3]], y: [1]})
    with pytest.raises(errors.InvalidArgumentError, match="Must have updates.shape"):
        session.run(changed, {i: [[1]], y: [[1]]})
    with pytest.raises(errors.InvalidArgumentError, match="at most the tensor's rank"):
        session.run(changed, {i: [[1, 1]], y: [1]})
    with pytest.raises(ValueError, match="Dimensions of indices"):
        change(x, [[1, 1]], [1.0])
    with pytest.raises(ValueError, match="Dimension 0 in both shapes"):
        change(x, [[1]], [1.0, 2.0])


def test_coordinates_of_no_dimension_mean_the_whole(session):
    none = np.zeros((2, 0), np.int32)
    updates = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert session.run(tf.tensor_scatter_nd_update([0.0, 0.0], none, updates)).tolist() == [3, 4]
    assert session.run(tf.tensor_scatter_nd_add([1.0, 0.0], none, updates)).tolist() == [5, 6]


def test_a_variable_is_not_written(session):
    v = tf.Variable([1.0, 2.0])
    session.run(v.initializer)
    changed = [
        tf.tensor_scatter_nd_update(v, [[0]], [9.0]),
        raw.InplaceUpdate(v, [0], [9.0]),
        raw.TensorStridedSliceUpdate(v, [0], [1], [1], [9.0]),
    ]
    for value in session.run(changed):
        assert value.tolist() == [9, 2]
    assert session.run(v).tolist() == [1, 2]


def test_rows_and_slices_must_fit(session):
    y = tf.placeholder(tf.float32)
    with pytest.raises(errors.InvalidArgumentError, match="v have a row of x"):
        session.run(raw.InplaceAdd(tf.zeros([3]), [0, 1], y), {y: [1]})
    with pytest.raises(errors.InvalidArgumentError, match=r"shape of the slice, \[2\]"):
        session.run(raw.TensorStridedSliceUpdate(tf.zeros([3]), [0], [2], [1], y), {y: [1, 2, 3]})
    with pytest.raises(errors.InvalidArgumentError, match="out of bounds"):
        session.run(raw.TensorStridedSliceUpdate(tf.zeros([3]), [5], [6], [1], y,
                                                 shrink_axis_mask=1), {y: 1})  # fmt: skip


def test_empty(session):
    assert session.run(raw.Empty([2], dtype=tf.string)).tolist() == [b"", b""]
    shape = tf.placeholder(tf.int32)
    with pytest.raises(errors.InvalidArgumentError, match="sizes >= 0"):
        session.run(raw.Empty(shape, dtype=tf.float32), {shape: [-1]})
