"""tf.losses: weights that do not fit, unknown ranks, gradients; what is None."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("weights", [[1.0, 2.0], [[1.0, 2.0]], [[[1.0]]]])
def test_weights_must_fit(weights):
    with pytest.raises(ValueError, match="weights can not be broadcast to values"):
        tf.losses.mean_squared_error(tf.zeros([3, 4]), tf.zeros([3, 4]), weights)


def test_weights_of_unknown_shape_are_checked_when_they_run():
    weights = tf.placeholder(tf.float32)
    loss = tf.losses.mean_squared_error(tf.ones([3, 4]), tf.zeros([3, 4]), weights)
    with tf.Session() as session:
        assert session.run(loss, {weights: 2.0}) == 2.0
        assert session.run(loss, {weights: [[1.0], [0.0], [1.0]]}) == 1.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="can not be broadcast"):
            session.run(loss, {weights: [1.0, 2.0]})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tf.losses.mean_squared_error(None, [1.0]), "labels must not be None"),
        (lambda: tf.losses.log_loss([1.0], None), "predictions must not be None"),
        (lambda: tf.losses.cosine_distance([1.0], [1.0]), "You must specify 'axis'"),
        (lambda: tf.losses.cosine_distance([1.0], [1.0], 0, dim=0), "both 'axis' and 'dim'"),
        (lambda: tf.losses.mean_squared_error([1.0], [[1.0, 2.0]]), "are incompatible"),
        (lambda: tf.losses.mean_squared_error([1.0], [1.0], reduction="x"), "Invalid Reduction"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_loss_without_weights_is_zero_and_so_is_its_gradient():
    x = tf.Variable([[1.0, 2.0, 3.0]])
    loss = tf.losses.mean_pairwise_squared_error(tf.zeros([1, 3]), x, weights=0.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(loss) == 0.0
        np.testing.assert_array_equal(session.run(tf.gradients(loss, x)[0]), np.zeros([1, 3]))


def test_losses_are_found_by_scope_and_collection():
    with tf.name_scope("a"):
        first = tf.losses.mean_squared_error([1.0], [2.0])
    tf.losses.mean_squared_error([1.0], [2.0], loss_collection="mine")
    tf.losses.mean_squared_error([1.0], [2.0], loss_collection=None)
    assert tf.losses.get_losses() == tf.losses.get_losses("a") == [first]
    assert (
        len(tf.losses.get_losses(loss_collection="mine")) == 1 and tf.losses.get_losses("b") == []
    )
