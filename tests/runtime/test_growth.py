"""A loop that keeps building: it works, stays lean, and is told once."""

import logging

import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        yield session


def test_the_word_comes_once_with_the_users_line(session, caplog):
    a, b = tf.constant(1.0), tf.constant(2.0)
    with caplog.at_level(logging.WARNING, logger="flowgraph"):
        for _ in range(300):
            assert session.run(a + b) == 3.0
    (record,) = caplog.records
    assert "The graph keeps growing" in record.getMessage()
    assert f"{__file__}:" in record.getMessage()
    assert "assert session.run(a + b) == 3.0" in record.getMessage()


def test_running_the_same_fetches_is_no_growth(session, caplog):
    total = tf.constant(1.0) + tf.constant(2.0)
    with caplog.at_level(logging.WARNING, logger="flowgraph"):
        for _ in range(300):
            session.run(total)
    assert not caplog.records


def test_old_plans_are_forgotten(session):
    a, b = tf.constant(1.0), tf.constant(2.0)
    for _ in range(1500):
        session.run(a + b)
    assert len(session._calls) <= 1024 and len(session._compiled) <= 1024
