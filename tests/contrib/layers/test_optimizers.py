"""tf.contrib.layers.optimize_loss: it trains, clips, decays, counts and summarises."""

import numpy as np
import pytest

import flowgraph as tf

optimize_loss = tf.contrib.layers.optimize_loss


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def model():
    step = tf.train.get_or_create_global_step()
    x = tf.Variable(10.0, name="x")
    return step, x, tf.abs(x * 2.0)


OPTIMIZERS = {
    "name": "SGD",
    "class": tf.train.GradientDescentOptimizer,
    "object": tf.train.GradientDescentOptimizer(0.1),
    "function": lambda rate: tf.train.GradientDescentOptimizer(rate),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_kind_of_optimizer_trains(kind):
    step, x, loss = model()
    train = optimize_loss(loss, step, 0.1, OPTIMIZERS[kind])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(train) == 20.0
        assert session.run([x, step]) == [pytest.approx(9.8), 1]


def test_gradients_are_multiplied_and_clipped():
    step, x, loss = model()
    train = optimize_loss(
        loss, step, 0.1, "SGD", gradient_multipliers={"x:0": 7.0}, clip_gradients=1.0,
        increment_global_step=False, summaries=["loss", "gradients", "gradient_norm"],
    )  # fmt: skip
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        assert session.run([x, step]) == [pytest.approx(9.9), 0]
    assert len(tf.get_collection(tf.GraphKeys.SUMMARIES)) == 5


def test_the_rate_decays_and_updates_run_first():
    step, x, loss = model()
    seen = tf.Variable(0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(seen, 1))
    train = optimize_loss(
        loss, step, 0.1, "SGD",
        learning_rate_decay_fn=lambda rate, step: tf.train.exponential_decay(rate, step, 1, 0.5),
    )  # fmt: skip
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(2):
            session.run(train)
        np.testing.assert_allclose(session.run([x, seen]), [10 - 0.2 - 0.1, 2], 1e-6)


def test_adaptive_clipping_knows_usual_norms():
    step, x, loss = model()
    clip = tf.contrib.layers.optimizers.adaptive_clipping_fn(static_max_norm=0.5)
    train = optimize_loss(loss, step, 1.0, "SGD", clip_gradients=clip)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        assert 9.4 < session.run(x) < 10.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": -1.0, "optimizer": "SGD"}, "Invalid learning_rate"),
        ({"learning_rate": 1, "optimizer": "SGD"}, "should be 0d Tensor or float"),
        ({"learning_rate": None, "optimizer": "SGD"}, "Learning rate is None"),
        ({"learning_rate": 0.1, "optimizer": "Best"}, "Optimizer name should be one of"),
        ({"learning_rate": 0.1, "optimizer": 3}, "Unrecognized optimizer"),
        ({"learning_rate": 0.1, "optimizer": lambda rate: 3}, "should return subclass"),
        ({"learning_rate": 0.1, "optimizer": "SGD", "summaries": ["x"]}, "Summaries should be"),
        ({"learning_rate": 0.1, "optimizer": "SGD", "clip_gradients": "x"}, "Unknown type"),
    ],
)
def test_mistakes(arguments, message):
    step, _, loss = model()
    with pytest.raises(ValueError, match=message):
        optimize_loss(loss, step, **arguments)
