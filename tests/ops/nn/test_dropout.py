"""Dropout: rates as numbers and tensors, noise shapes, dtypes. Its numbers: ops/random."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.nn.dropout import dropout_v2


def run(build):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(build())


def test_a_number_and_a_tensor_as_rate_drop_the_same():
    number = run(lambda: tf.nn.dropout(tf.ones([50]), rate=0.25, seed=1))
    tensor = run(lambda: tf.nn.dropout(tf.ones([50]), rate=tf.constant(0.25), seed=1))
    kept = run(lambda: tf.nn.dropout(tf.ones([50]), 0.75, seed=1))
    second = run(lambda: dropout_v2(tf.ones([50]), 0.25, seed=1))
    for other in (tensor, kept, second):
        np.testing.assert_array_equal(number, other)


@pytest.mark.parametrize(
    ("shape", "shared"),
    [
        ([4, 1], np.s_[:, :1]),
        ([None, 1], np.s_[:, :1]),
        ((1, 6), np.s_[:1]),
        (tf.TensorShape([1, None]), np.s_[:1]),
    ],
)
def test_noise_is_shared_along_dimensions_of_one(shape, shared):
    value = run(lambda: tf.nn.dropout(tf.ones([4, 6]), 0.5, noise_shape=shape, seed=3))
    np.testing.assert_array_equal(value, np.broadcast_to(value[shared], (4, 6)))
    assert len(np.unique(value)) == 2


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_the_dtype_stays(dtype):
    value = run(lambda: tf.nn.dropout(tf.ones([20], dtype), 0.5, seed=1))
    assert value.dtype == dtype.as_numpy_dtype
    assert set(value.astype(float)) == {0.0, 2.0}


def test_a_dropped_nan_is_gone():
    value = run(lambda: tf.nn.dropout(tf.fill([50], np.nan), 0.5, seed=1))
    assert np.isnan(value).any() and (value == 0).any()


def test_of_unknown_shape():
    with tf.Graph().as_default(), tf.Session() as session:
        x, rate = tf.placeholder(tf.float32), tf.placeholder(tf.float32, [])
        y = tf.nn.dropout(x, rate=rate, seed=1)
        assert y.shape.ndims is None
        assert session.run(y, {x: np.ones((3, 2)), rate: 0.0}).tolist() == [[1.0, 1.0]] * 3
        assert tf.nn.dropout(x, rate=0) is x


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: tf.nn.dropout(x, "much"), "keep_prob must be a floating point number"),
        (lambda x: tf.nn.dropout(x, 0.0), r"\[0, 1\)"),
        (lambda x: tf.nn.dropout(x, rate=-0.1), r"\[0, 1\)"),
        (lambda x: tf.nn.dropout(x, rate=tf.constant([0.5])), "rank 0"),
        (lambda x: tf.nn.dropout(x, rate=tf.constant(0.5, tf.float64)), "requested dtype float32"),
    ],
)
def test_bad_arguments(build, message):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        build(tf.ones([3]))
