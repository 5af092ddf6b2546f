"""setdiff1d and UniqueV2 on bad input, and on half precision."""

import ml_dtypes
import numpy as np
import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_setdiff1d_takes_vectors(session):
    with pytest.raises(ValueError, match="rank 1"):
        tf.setdiff1d([[1]], [1])
    x = tf.placeholder(tf.int32)
    with pytest.raises(errors.InvalidArgumentError, match="x should be a 1D vector"):
        session.run(tf.setdiff1d(x, [1]), {x: 3})


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.bool_])
def test_setdiff1d_and_unique_rows_of_narrow_types(session, dtype):
    rows = np.array([[1, 0], [1, 1], [1, 0]]).astype(dtype)
    y, idx, count = session.run(raw.UniqueWithCountsV2(rows, [0]))
    assert y.dtype == dtype and (y == rows[:2]).all()
    assert (idx.tolist(), count.tolist()) == ([0, 1, 0], [2, 1])
    out, places = session.run(tf.setdiff1d(rows[1], rows[0, 1:]))
    assert out.dtype == dtype and places.tolist() == [0, 1]


def test_axes_that_cannot_be(session):
    axis = tf.placeholder(tf.int64)
    x = tf.constant([[1, 2], [3, 4]])
    for value, says in [([2], "between"), ([0, 1], "at most one"), ([], "1D vector")]:
        with pytest.raises(errors.InvalidArgumentError, match=says):
            session.run(raw.UniqueV2(x, axis), {axis: np.array(value, np.int64)})
