"""The time and a fact, each time they are run."""

import time

import flowgraph as tf


def test_the_timestamp_is_that_of_the_run():
    with tf.Graph().as_default(), tf.Session() as session:
        now = tf.timestamp()
        before = time.time()
        first, second = session.run(now), session.run(now)
        assert before <= first <= second <= time.time()


def test_a_fact():
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(tf.raw_ops.Fact()) == b"0! == 1"
