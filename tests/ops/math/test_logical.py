"""Logic takes bools only, and exclusive or is made as in TensorFlow."""

import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
def test_numbers_are_refused(name):
    with pytest.raises(TypeError, match="has type int32 that does not match expected type of bool"):
        getattr(tf, name)(tf.constant(1), tf.constant(0))


def test_exclusive_or_names_its_last_node(graph):
    x = tf.constant([True, False], name="x")
    z = tf.logical_xor(x, True, name="z")
    with tf.Session() as session:
        assert session.run(z).tolist() == [False, True]
    added = [(op.name, op.type) for op in graph.get_operations() if op.type.startswith("Logical")]
    assert added == [
        ("LogicalOr", "LogicalOr"), ("LogicalAnd", "LogicalAnd"), ("LogicalNot", "LogicalNot"),
        ("z", "LogicalAnd"),
    ]  # fmt: skip
