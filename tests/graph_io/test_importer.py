"""tf.import_graph_def: names, mapped inputs, returned elements, and malformed graphs."""

from __future__ import annotations

import numpy as np
import pytest
from google.protobuf import message, text_format

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def written(build):
    """The GraphDef of what a function adds to a graph."""
    with tf.Graph().as_default() as graph:
        build()
        return graph.as_graph_def()


def sum_of_two():
    x = tf.placeholder(tf.float32, [], name="x")
    tf.add(x, tf.constant(1.0, name="one"), name="y")


def parsed(text):
    return text_format.Parse(text, tf.GraphDef())


INT = "attr { key: 'dtype' value { type: DT_INT32 } } attr { key: 'shape' value { shape { } } }"
A = f"node {{ name: 'A' op: 'Placeholder' {INT} }}"


def neg(name, source, kind="DT_INT32"):
    attr = f"attr {{ key: 'T' value {{ type: {kind} }} }}"
    return f"node {{ name: '{name}' op: 'Neg' input: '{source}' {attr} }}"


# --- names and elements ---------------------------------------------------------------------------
def test_names_and_elements(graph):
    y, op, x = tf.import_graph_def(written(sum_of_two), return_elements=["y:0", "y", "x:0"])
    assert (y.name, op.name, x.name) == ("import/y:0", "import/y", "import/x:0")
    assert tf.import_graph_def(written(sum_of_two), name="other") is None
    assert graph.get_tensor_by_name("other/y:0").shape == ()
    (again,) = tf.import_graph_def(written(sum_of_two), return_elements=["y"])
    assert again.name == "import_1/y"
    with tf.Session() as session:
        assert session.run(y, {x: 2.0}) == 3.0


def test_names_without_a_scope_get_numbers():
    (first,) = tf.import_graph_def(written(sum_of_two), return_elements=["y"], name="")
    (second,) = tf.import_graph_def(written(sum_of_two), return_elements=["y"], name="")
    assert (first.name, second.name) == ("y", "y_1")
    assert [t.op.name for t in second.inputs] == ["x_1", "one_1"]
    with tf.name_scope("scope"):
        tf.constant(1.0)
    (third,) = tf.import_graph_def(
        parsed("node { name: 'scope' op: 'NoOp' }"), return_elements=["scope"], name=""
    )
    assert third.name == "scope_1"


def test_mapped_inputs():
    mine = tf.constant(5.0)
    y, x = tf.import_graph_def(written(sum_of_two), {"x:0": mine}, ["y:0", "x:0"])
    assert x is mine and y.op.inputs[0] is mine
    (z,) = tf.import_graph_def(written(sum_of_two), {"x": 7.0}, ["y:0"])
    with tf.Session() as session:
        assert session.run([y, z]) == [6.0, 8.0]


def test_mapped_control_inputs():
    def build():
        with tf.control_dependencies([tf.no_op(name="first")]):
            tf.no_op(name="second")

    mine = tf.no_op(name="mine")
    (second,) = tf.import_graph_def(written(build), {"^first": mine}, ["second"])
    assert second.control_inputs == [mine]


def test_what_the_graph_had_is_kept():
    def build():
        with tf.device("/cpu:0"):
            a = tf.placeholder(tf.float32, [None, 3], name="a")
        with tf.colocate_with(a), tf.control_dependencies([a]):
            tf.identity(a, name="b")

    b, a = tf.import_graph_def(written(build), return_elements=["b", "a"], name="s")
    assert a.device == "/device:CPU:0" and b.device == a.device
    assert b.colocation_groups() == [b"loc:@s/a"]
    assert b.control_inputs == [a]
    assert b.outputs[0].shape.as_list() == [None, 3]
    with tf.device("/job:worker"):
        (a,) = tf.import_graph_def(written(build), return_elements=["a"])
    assert a.device == "/job:worker/device:CPU:0"


def test_gradients_can_be_overridden(graph):
    @tf.RegisterGradient("TestTwiceAsMuch")
    def _(op, grad):
        return 2 * grad

    def build():
        tf.nn.relu(tf.placeholder(tf.float32, [2], name="x"), name="y")

    with graph.gradient_override_map({"Relu": "TestTwiceAsMuch"}):
        x, y = tf.import_graph_def(written(build), return_elements=["x:0", "y:0"])
    with tf.Session() as session:
        assert session.run(tf.gradients(y, x), {x: [-1, 1]})[0].tolist() == [2, 2]


def test_nodes_may_come_in_any_order():
    (c,) = tf.import_graph_def(parsed(neg("C", "B") + neg("B", "A:0") + A), return_elements=["C"])
    assert c.inputs[0].op.inputs[0].op.name == "import/A"


def test_unknown_attributes_at_their_defaults():
    later = "attr { key: 'bad_indices_policy' value { s: '' } }"
    kinds = "".join(
        f"attr {{ key: '{k}' value {{ type: {v} }} }}"
        for k, v in (("Tparams", "DT_INT32"), ("Tindices", "DT_INT32"))
    )
    node = f"node {{ name: 'G' op: 'GatherNd' input: 'A' input: 'A' {kinds} {later} }}"
    tf.import_graph_def(parsed(A.replace("shape { }", "shape { dim { size: 1 } }") + node))
    bad = parsed(A + node.replace("s: ''", "s: 'IGNORE'"))
    with pytest.raises(ValueError, match="mentions attr 'bad_indices_policy' not in Op<name=Ga"):
        tf.import_graph_def(bad)


def test_producer_tells_defaults():
    text = A + neg("B", "A").replace("} }", "} } attr { key: 'new' value { i: 3 } }", 1)
    producer = "op { name: 'Neg' attr { name: 'new' type: 'int' default_value { i: 3 } } }"
    with pytest.raises(ValueError, match="mentions attr 'new'"):
        tf.import_graph_def(parsed(text))
    from flowgraph.graph_io import protos

    tf.import_graph_def(parsed(text), producer_op_list=text_format.Parse(producer, protos.OpList()))


# --- malformed graphs -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (neg("B", "A:0"), "Node 'B': Unknown input node 'A:0'"),
        (A + neg("B", "A:1"), "Node 'B': Connecting to invalid output 1 of source node A which "),
        (A + neg("B", "A:B"), "Node 'B': Unknown input node 'A:B'"),
        ("node { name: 'B' op: 'NoOp' input: '^A' }", "Node 'B': Unknown input node '\\^A'"),
        (A + A, "Node 'A' is not unique"),
        (A + neg("B", "A", "DT_FLOAT"), "Input 0 of node import/B was passed int32 from impor"),
        (A + "node { name: 'B' op: 'Neg' input: 'A' }", "missing attr 'T' from Op<name=Neg>"),
        (A + neg("B", "A").replace("type: DT_INT32", "i: 3"), "value with type int when type"),
        ("node { name: 'B' op: 'Neg' attr { key: 'T' value { type: DT_INT32 } } }",
         "expected inputs 'int32' do not match 0 inputs specified"),
        (neg("B", "C") + neg("C", "B"), "2 nodes in a cycle: node '[BC]' needs its own output"),
        (neg("B", "B"), "node 'B' needs its own output"),
        ("node { name: '' op: 'NoOp' }", "not a valid node name"),
        (A + neg("B", "A").replace("DT_INT32", "DT_STRING"), "attr 'T' of node 'B'"),
        ("node { name: 'C' op: 'Const' attr { key: 'dtype' value { type: DT_INT32 } } "
         "attr { key: 'value' value { tensor { dtype: DT_INT32 tensor_content: 'abc' "
         "tensor_shape { dim { size: 2 } } } } } }", "attr 'value' of node 'C'.*3 bytes"),
        ("versions { producer: -1 }", "below min producer"),
        ("versions { min_consumer: 1000000 }", "min consumer version 1000000 above current"),
    ],
)  # fmt: skip
def test_malformed_graphs(text, said):
    with pytest.raises(ValueError, match=said):
        tf.import_graph_def(parsed(text))


def test_unknown_ops():
    with pytest.raises(tf.errors.NotFoundError, match="Op type not registered 'Odd'.*node 'B'"):
        tf.import_graph_def(parsed("node { name: 'B' op: 'Odd' }"))


def test_a_truncated_file():
    data = written(sum_of_two).SerializeToString()
    with pytest.raises(message.DecodeError):
        tf.GraphDef().ParseFromString(data[:-3])


def test_python_functions_of_other_processes():
    def build():
        tf.py_func(np.sin, [tf.constant(1.0)], tf.float32, name="p")

    with tf.Graph().as_default() as first:
        p = tf.py_func(np.sin, [tf.constant(1.0)], tf.float32, name="p")
        (same,) = tf.import_graph_def(first.as_graph_def(), return_elements=["p:0"])
        with tf.Session() as session:
            assert len(set(session.run([p, same]))) == 1
    gone = written(build)
    gone.node[-1].attr["token"].s = b"pyfunc_of_nobody"
    with pytest.raises(ValueError, match="'p' calls the Python function 'pyfunc_of_nobody'"):
        tf.import_graph_def(gone)


# --- arguments ------------------------------------------------------------------------------------
def test_arguments_of_other_types():
    with pytest.raises(TypeError, match="graph_def must be a GraphDef proto"):
        tf.import_graph_def("graph.pb")
    with pytest.raises(TypeError, match="input_map must be a dictionary"):
        tf.import_graph_def(tf.GraphDef(), input_map=[tf.constant(5.0)])
    with pytest.raises(TypeError, match="return_elements must be a list of strings"):
        tf.import_graph_def(tf.GraphDef(), return_elements=[7])
    with pytest.raises(ValueError, match="requires a non-empty `name`"):
        tf.import_graph_def(tf.GraphDef(), {"a:0": 5.0}, name="")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"return_elements": ["B"]}, "Requested return node 'B' not found in graph def"),
        ({"return_elements": ["B:0"]}, "Requested return tensor 'B:0' not found in graph def"),
        ({"return_elements": ["A:1"]}, r"Invalid return output 1 of node 'A', which has 1 output"),
        ({"return_elements": ["A:B:0"]}, "Cannot convert 'A:B:0' to a tensor name"),
        ({"input_map": {"B:0": 1.0}}, r"map inputs that were not found in graph_def: \[B:0\]"),
        ({"input_map": {"A:2": 1.0}}, r"map inputs that were not found in graph_def: \[A:2\]"),
    ],
)
def test_names_that_are_not_there(given, said):
    with pytest.raises(ValueError, match=said):
        tf.import_graph_def(parsed(A), **given)


def test_dataflow_that_is_no_loop():
    enter = (
        "node { name: 'E' op: 'Enter' input: 'A' attr { key: 'T' value { type: DT_INT32 } } "
        "attr { key: 'frame_name' value { s: 'f' } } }"
    )
    with pytest.raises(ValueError, match="Node 'E' enters a frame that is no loop"):
        tf.import_graph_def(parsed(A + enter))
    merge = "node { name: 'M' op: 'Merge' input: 'A' input: 'A' }"
    with pytest.raises(ValueError, match="Node 'M' of type Merge belongs to no loop or cond"):
        tf.import_graph_def(parsed(A + merge))


def test_functions_that_are_missing():
    call = "node { name: 'C' op: 'PartitionedCall' attr { key: 'f' value { func { name: 'g' } } } }"
    with pytest.raises(tf.errors.NotFoundError, match="Function 'g' that node 'C' calls"):
        tf.import_graph_def(parsed(call))
    itself = (
        "library { function { signature { name: 'g' } node_def { name: 'n' op: 'g' } } } "
        "node { name: 'C' op: 'g' }"
    )
    with pytest.raises(ValueError, match="Function 'g' calls itself"):
        tf.import_graph_def(parsed(itself))
