"""A graph with its session."""

import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        yield session
