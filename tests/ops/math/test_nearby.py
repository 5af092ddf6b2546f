"""Buckets must be sorted; a number after another."""

import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_buckets_must_be_sorted(session):
    with pytest.raises(errors.InvalidArgumentError, match="sorted boundaries"):
        session.run(raw.Bucketize([1.0], boundaries=[2.0, 1.0]))


def test_nextafter_goes_and_comes_back(session):
    there = tf.math.nextafter([1.0, -1.0], [2.0, -2.0])
    assert session.run(tf.math.nextafter(there, 0.0)).tolist() == [1, -1]
    assert session.run(there)[0] > 1


def test_reciprocal_no_nan_is_zero_at_zero(session):
    assert session.run(tf.math.reciprocal_no_nan([0.0, 4.0])).tolist() == [0, 0.25]
