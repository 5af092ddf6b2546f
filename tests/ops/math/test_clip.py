"""Clipping: bounds, norms, what is None or infinite, and gradients at nothing."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core.op_def import raw


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def slices(values):
    return tf.IndexedSlices(tf.constant(values), tf.constant([0, 2]), tf.constant([3]))


def test_where_the_bounds_cross_the_lower_one_counts(session):
    x = tf.constant([1.0, 5.0])
    assert session.run(tf.clip_by_value(x, [2.0, 3.0], 2.0)).tolist() == [2.0, 3.0]
    assert session.run(raw.ClipByValue(x, [2.0, 3.0], 2.0)).tolist() == [2.0, 3.0]


def test_bounds_may_not_make_the_value_larger(session):
    x = tf.constant([1.0, 2.0])
    with pytest.raises(ValueError, match="incompatible"):
        tf.clip_by_value(x, [[1.0, 2.0], [3.0, 4.0]], 3.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="same shape as input, or a scalar"):
        session.run(raw.ClipByValue(x, [1.0], 3.0))


def test_a_gradient_goes_to_the_bound_that_was_taken(session):
    x, low, high = tf.constant([-3.0, 1.0, 9.0, 7.0]), tf.constant(-1.0), tf.constant(4.0)
    found = session.run(tf.gradients(raw.ClipByValue(x, low, high), [x, low, high]))
    assert [np.asarray(g).tolist() for g in found] == [[0.0, 1.0, 0.0, 0.0], 1.0, 2.0]


def test_a_norm_of_zero_has_a_finite_gradient(session):
    x = tf.constant([0.0, 0.0])
    assert session.run(tf.gradients(tf.clip_by_norm(x, 1.0), x)[0]).tolist() == [1.0, 1.0]


def test_rows_stay_rows(session):
    rows = slices([3.0, 4.0])
    for clipped, expected in (
        (tf.clip_by_value(rows, -1.0, 3.5), [3.0, 3.5]),
        (tf.clip_by_norm(rows, 1.0), [0.6, 0.8]),
        (tf.clip_by_global_norm([rows, None], 1.0)[0][0], [0.6, 0.8]),
    ):
        assert isinstance(clipped, tf.IndexedSlices)
        assert clipped.indices is rows.indices
        np.testing.assert_allclose(session.run(clipped.values), expected, rtol=1e-6)


def test_a_global_norm_is_of_all_and_skips_none(session):
    x, y = tf.constant([3.0]), tf.constant([[4.0]])
    assert session.run(tf.global_norm([x, None, y])) == 5.0
    clipped, norm = tf.clip_by_global_norm([x, None, y], 1.0)
    assert clipped[1] is None
    values = session.run([clipped[0], clipped[2], norm])
    np.testing.assert_allclose(np.ravel([v.item() for v in values]), [0.6, 0.8, 5.0], rtol=1e-6)
    short, _ = tf.clip_by_global_norm([x, y], 50.0)
    assert session.run(short)[0].tolist() == [3.0]


def test_a_norm_can_be_given(session):
    (clipped,), norm = tf.clip_by_global_norm([tf.constant([8.0])], 1.0, tf.constant(4.0))
    assert session.run([clipped, norm])[0].tolist() == [2.0]


def test_an_infinite_norm_makes_all_nan(session):
    x, y = tf.constant([np.inf]), tf.constant([1.0])
    values = session.run(tf.clip_by_global_norm([x, y], 1.0)[0])
    assert np.isnan(values).all()


def test_a_lone_tensor_is_no_list():
    for function in (tf.global_norm, lambda t: tf.clip_by_global_norm(t, 1.0)):
        with pytest.raises(TypeError, match="t_list should be a sequence"):
            function(tf.constant([1.0]))
