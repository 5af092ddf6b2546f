"""tf.graph_util."""

from __future__ import annotations

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def nodes(**inputs):
    """A GraphDef of NoOps with these inputs."""
    made = [tf.NodeDef(name=n, op="NoOp", input=refs) for n, refs in inputs.items()]
    return tf.GraphDef(node=made)


def test_part_of_a_graph():
    whole = nodes(a=[], b=["a:1"], c=["^b"], d=[], e=["c", "d"])
    part = tf.graph_util.extract_sub_graph(whole, ["c"])
    assert [n.name for n in part.node] == ["a", "b", "c"]
    with pytest.raises(AssertionError, match="z is not in graph"):
        tf.graph_util.extract_sub_graph(whole, ["z"])
    with pytest.raises(TypeError, match="dest_nodes must be a list"):
        tf.graph_util.extract_sub_graph(whole, "c")
    with pytest.raises(TypeError, match=r"graph_pb2\.GraphDef proto"):
        tf.graph_util.extract_sub_graph({"node": whole}, ["c"])


@pytest.mark.parametrize("resource", [False, True])
def test_variables_become_constants(graph, resource):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.variable_scope("net", use_resource=resource):
        w = tf.get_variable("w", [2, 3])
        table = tf.get_variable("table", [5, 3])
    y = tf.add(tf.matmul(x, w), tf.gather(table, [1]), name="y")
    tf.train.AdamOptimizer().minimize(tf.reduce_sum(y))
    fed = np.float32([[1, 2], [3, 4]])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        expected = session.run(y, {x: fed})
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
        partly = tf.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), ["y"], variable_names_blacklist=["net/w"]
        )
    assert not {"VariableV2", "VarHandleOp", "Assign"} & {n.op for n in frozen.node}
    kinds = {n.name: n.op for n in partly.node}
    assert (kinds["net/w"] == "Const", kinds["net/table"]) == (False, "Const")
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(frozen, return_elements=["y:0"])
        np.testing.assert_array_equal(session.run(y, {"import/x:0": fed}), expected)


def test_variables_without_a_value(graph):
    tf.identity(tf.get_variable("w", [2]), name="y")
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError):
        tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])


def test_nodes_of_training_alone():
    whole = nodes(a=[], b=["a"], c=["b:0"], d=["c", "^e"], e=["b"], f=["check"], check=["a"])
    kinds = {"b": "Identity", "c": "Identity", "e": "Identity", "check": "CheckNumerics"}
    for node in whole.node:
        node.op = kinds.get(node.name, node.op)
    left = tf.graph_util.remove_training_nodes(whole)
    assert {n.name: list(n.input) for n in left.node} == {
        "a": [], "d": ["a", "^e"], "e": ["a"], "f": [],
    }  # fmt: skip
    kept = tf.graph_util.remove_training_nodes(whole, protected_nodes=["c", "check"])
    assert {n.name for n in kept.node} == {"a", "c", "d", "e", "f", "check"}


def test_what_cannot_be_on_a_gpu():
    w = tf.get_variable("w", [2])
    assert not tf.graph_util.must_run_on_cpu(w.op)
    assert tf.graph_util.must_run_on_cpu(w.op, pin_variables_on_cpu=True)
    assert tf.graph_util.must_run_on_cpu(tf.constant("text").op.node_def)
    assert not tf.graph_util.must_run_on_cpu(tf.constant(1).op.node_def)


def test_shape_of_a_node(graph):
    tf.placeholder(tf.float32, [None, 2], name="x")
    assert tf.graph_util.tensor_shape_from_node_def_name(graph, "x").as_list() == [None, 2]


@pytest.mark.parametrize("resource", [False, True])
def test_variables_inside_of_loops_become_constants(graph, resource):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.variable_scope("net", use_resource=resource):
        w = tf.get_variable("w", initializer=np.float32([2, 3]))
        table = tf.get_variable("table", initializer=np.float32([[1, 0], [0, 1]]))

    def body(i, value):
        grown = tf.cond(tf.reduce_sum(value) < 9.0, lambda: value * w, lambda: value + 1.0)
        return i + 1, grown + tf.gather(table, 0)

    tf.identity(tf.while_loop(lambda i, _: i < 3, body, [0, x])[1], name="y")
    fed = np.float32([1, 2])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        expected = session.run("y:0", {x: fed})
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(frozen, return_elements=["y:0"])
        np.testing.assert_array_equal(session.run(y, {"import/x:0": fed}), expected)


def test_a_handle_that_something_else_takes(graph):
    v = tf.get_variable("v", [2], use_resource=True)
    tf.identity(v.is_initialized(), name="y")
    tf.identity(v, name="read")
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(ValueError, match="VarIsInitializedOp takes the handle of a variable"):
            tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
