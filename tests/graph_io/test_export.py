"""Graph.as_graph_def and Operation.node_def."""

from __future__ import annotations

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_a_node(graph):
    a = tf.placeholder(tf.float32, [None, 3], name="a")
    first, second = tf.split(a, [1, 2], axis=1, name="split")
    with tf.control_dependencies([first]), tf.device("/gpu:1"):
        b = tf.matmul(second, second, transpose_a=True, name="b")
    node = b.op.node_def
    assert isinstance(node, tf.NodeDef)
    assert (node.name, node.op, node.device) == ("b", "MatMul", "/device:GPU:1")
    assert list(node.input) == ["split:1", "split:1", "^split"]
    assert node.attr["T"].type == tf.float32.as_datatype_enum
    assert (node.attr["transpose_a"].b, node.attr["transpose_b"].b) == (True, False)
    assert str(b.op) == str(node) and 'name: "b"' in str(node)
    shape = a.op.node_def.attr["shape"].shape
    assert [d.size for d in shape.dim] == [-1, 3]
    assert tf.TensorShape(shape).as_list() == [None, 3]


def test_attributes_have_tensorflows_kinds(graph):
    c = tf.constant([[1, 2]], name="c")
    assert tf.make_ndarray(c.op.node_def.attr["value"].tensor).tolist() == [[1, 2]]
    assert tf.make_ndarray(c.op.get_attr("value")).tolist() == [[1, 2]]
    pooled = tf.nn.max_pool(tf.zeros([1, 4, 4, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "SAME").op
    assert list(pooled.node_def.attr["ksize"].list.i) == [1, 2, 2, 1]
    assert pooled.node_def.attr["padding"].s == b"SAME"
    unknown = tf.placeholder(tf.int64).op
    assert unknown.node_def.attr["shape"].shape.unknown_rank
    assert tf.TensorShape(unknown.get_attr("shape")).rank is None
    c.op._set_attr("_mine", tf.AttrValue(i=3))
    assert c.op.node_def.attr["_mine"].i == 3


def test_the_graph(graph):
    tf.placeholder(tf.float32, [2], name="x")
    version = graph.version
    tf.constant("text", name="t")
    whole = graph.as_graph_def(add_shapes=True)
    assert [n.name for n in whole.node] == ["x", "t"]
    assert whole.versions.producer == graph.graph_def_versions.producer == 134
    assert whole.node[0].attr["_output_shapes"].list.shape[0].dim[0].size == 2
    assert [n.name for n in graph.as_graph_def(from_version=version).node] == ["t"]
    with tf.Session() as session:
        assert session.graph_def == graph.as_graph_def()


def test_errors_have_the_node():
    x = tf.placeholder(tf.float32, name="x")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(x + 1.0)
    assert caught.value.node_def.name == "x"


# --- loops, conditionals, and what has a state ----------------------------------------------------
def loops():
    """A loop with a conditional and its gradients, second ones too."""
    x = tf.get_variable("x", initializer=np.float32([1, 2]))
    factor = tf.constant(1.5)

    def body(i, value):
        smaller = tf.reduce_sum(value) < 20.0
        return i + 1, tf.cond(smaller, lambda: value * value * factor, lambda: value / 2.0)

    y = tf.while_loop(lambda i, _: i < 4, body, [0, x * 1.0])[1]
    first = tf.gradients(y, x)[0]
    return [y, first, tf.gradients(first, x)[0]]


def state():
    """Writes to a variable in a branch and in a loop."""
    v = tf.get_variable("v", initializer=0.0)
    flag = tf.constant(True)
    added = tf.cond(flag, lambda: tf.assign_add(v, 2.0), lambda: tf.identity(v))
    with tf.control_dependencies([added]):
        loop = tf.while_loop(
            lambda i: i < 3, lambda i: tf.tuple([i + 1], control_inputs=[tf.assign_add(v, 1.0)])[0],
            [0],
        )  # fmt: skip
    with tf.control_dependencies([loop]):
        return [v.read_value()]


def several():
    """tf.case, scan and a TensorArray."""
    index = tf.constant(1)
    chosen = tf.switch_case(index, [lambda: 1.0, lambda: 2.0, lambda: 3.0])
    scanned = tf.scan(lambda a, b: a + b, tf.constant([1.0, 2.0, 3.0]))
    array = tf.TensorArray(tf.float32, 2).write(1, 2.0).write(0, 5.0)
    return [chosen, scanned, array.stack()]


@pytest.mark.parametrize("build", [loops, state])
def test_read_again(build):
    with tf.Graph().as_default() as graph:
        outputs = build()
        names = [t.name for t in outputs]
        init = tf.global_variables_initializer().name
        written = graph.as_graph_def()
        with tf.Session() as session:
            session.run(init)
            expected = session.run(names)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.import_graph_def(tf.GraphDef.FromString(written.SerializeToString()), name="")
        session.run(init)
        for got, value in zip(session.run(names), expected, strict=True):
            np.testing.assert_array_equal(got, value)
        again = {node.name: node for node in graph.as_graph_def().node}
        assert again == {node.name: node for node in written.node}


def test_functions_are_written_once_each():
    loops()
    names = [f.signature.name for f in tf.get_default_graph().as_graph_def().library.function]
    assert len(names) == len(set(names)) >= 6


def test_several_kinds(graph):
    outputs = several()
    written, names = graph.as_graph_def(), [t.name for t in outputs]
    with tf.Session() as session:
        expected = session.run(names)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(written, name="")
        for got, value in zip(session.run(names), expected, strict=True):
            np.testing.assert_array_equal(got, value)
