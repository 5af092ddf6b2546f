"""`Variable`: its nodes and names, initial values, use as a tensor."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.variables.variable import init_scope, variable_creator_scope


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def nodes(graph):
    return [(op.name, op.type, [t.name for t in op.inputs]) for op in graph.get_operations()]


def run(fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches)


def test_the_nodes_of_a_variable(graph):
    tf.Variable(1.0)
    tf.Variable(lambda: tf.zeros([2]), name="u")
    assert nodes(graph) == [
        ("Variable/initial_value", "Const", []),
        ("Variable", "VariableV2", []),
        ("Variable/Assign", "Assign", ["Variable:0", "Variable/initial_value:0"]),
        ("Variable/read", "Identity", ["Variable:0"]),
        ("u/Initializer/zeros", "Const", []),
        ("u", "VariableV2", []),
        ("u/Assign", "Assign", ["u:0", "u/Initializer/zeros:0"]),
        ("u/read", "Identity", ["u:0"]),
    ]
    assert graph.get_operation_by_name("u/Initializer/zeros").colocation_groups() == [b"loc:@u"]
    assert graph.get_operation_by_name("Variable/read").colocation_groups() == [b"loc:@Variable"]


def test_what_a_variable_tells_of_itself(graph):
    v = tf.Variable([1.0, 2.0], name="v", trainable=False)
    assert (v.name, v.op.name, v.op.type, v.graph) == ("v:0", "v", "VariableV2", graph)
    assert v.dtype.name == "float32_ref" and v.dtype.base_dtype is tf.float32
    assert v.shape.as_list() == [2] == v.get_shape().as_list()
    assert v.initializer.name == "v/Assign"
    assert v.initial_value.name == "v/initial_value:0"
    assert v.value().name == "v/read:0" and v.read_value().name == "read:0"
    assert v.trainable is False and v.constraint is None
    assert repr(v) == str(v) == "<tf.Variable 'v:0' shape=(2,) dtype=float32_ref>"
    assert graph.as_graph_element(v) is graph.get_tensor_by_name("v:0")
    assert tf.convert_to_tensor(v) is v.value()
    assert tf.convert_to_tensor(v, as_ref=True) is v.op.outputs[0]
    assert tf.get_static_value(v) is None


def test_names_follow_the_name_scope():
    with tf.name_scope("scope"):
        assert tf.Variable(1.0).name == "scope/Variable:0"
        assert tf.Variable(1.0).name == "scope/Variable_1:0"
        assert tf.Variable(1.0, name="w").value().name == "scope/w/read:0"


def test_collections(graph):
    v, w = tf.Variable(1.0), tf.Variable(1.0, trainable=False)
    local = tf.Variable(1.0, collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    own = tf.Variable(1.0, collections=("mine", tf.GraphKeys.MODEL_VARIABLES), name="own")
    assert tf.global_variables() == [v, w] == tf.all_variables()
    assert tf.trainable_variables() == [v, own]
    assert tf.local_variables() == [local]
    assert tf.model_variables() == [own] == graph.get_collection("mine")
    assert tf.trainable_variables("ow") == [own] and tf.trainable_variables("wn") == []
    assert tf.moving_average_variables() == []


def test_an_initial_value_is_converted_to_the_dtype():
    assert tf.Variable(1, dtype=tf.float64).dtype.base_dtype is tf.float64
    assert tf.Variable(lambda: np.float16(2.0)).dtype.base_dtype is tf.float16
    assert tf.Variable("text").dtype.base_dtype is tf.string
    with pytest.raises(TypeError, match=r"Expected int32, got 1\.0"):
        tf.Variable(1.0, dtype=tf.int32)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tf.Variable(), ValueError, "initial_value must be specified."),
        (
            lambda: tf.Variable(1.0, collections="x"),
            ValueError,
            "must be a list, tuple, or set. Got x of type <class 'str'>",
        ),
        (lambda: tf.Variable(1.0, constraint=3), ValueError, "`constraint` argument must be a"),
        (
            lambda: tf.Variable(tf.placeholder(tf.float32, [None])),
            ValueError,
            r'initial_value must have a shape specified: Tensor\("Placeholder:0", shape=\(\?,\)',
        ),
        (lambda: tf.Variable(1.0, variable_def=3), ValueError, "are mutually exclusive"),
        (lambda: iter(tf.Variable([1.0])), TypeError, "'Variable' object is not iterable."),
        (
            lambda: tf.convert_to_tensor(tf.Variable(1.0), tf.int32),
            ValueError,
            "requested to type 'int32' for variable of type 'float32_ref'",
        ),
    ],
)
def test_what_a_variable_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_operators_are_those_of_tensors():
    v, two = tf.Variable([4.0, 5.0]), tf.constant([2.0, 2.0])
    results = run([
        v + 1, 1 + v, v - 3, 3 - v, v * two, two * v, v / 2, 8 // v, v % 3, 2 % v, v**2, 2**v, -v,
        abs(-v), v > 4, v <= 4, np.ones(2, np.float32) - v, v + v, v[1], v[tf.newaxis, ::-1],
    ])  # fmt: skip
    a = np.array([4.0, 5.0])
    expected = [
        a + 1, 1 + a, a - 3, 3 - a, a * 2, a * 2, a / 2, 8 // a, a % 3, 2 % a, a**2, 2**a, -a,
        a, a > 4, a <= 4, 1 - a, a + a, a[1], a[None, ::-1],
    ]  # fmt: skip
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value)
    matrix, flag = tf.Variable(np.eye(2, dtype=np.float32)), tf.Variable([True, False])
    product, inverted, both = run([matrix @ tf.ones([2, 2]), ~flag, flag & True])
    assert product.tolist() == [[1, 1], [1, 1]]
    assert inverted.tolist() == [False, True] and both.tolist() == [True, False]


def test_variables_are_compared_by_identity():
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    assert v == v and v != w and len({v, w, v}) == 2 and v in [w, v] and bool(v)


def test_an_operation_on_a_variable_goes_to_its_graph(graph):
    v = tf.Variable([1.0])
    with tf.Graph().as_default():
        assert tf.identity(v).graph is graph
        assert (v + 1).graph is graph
        assert v.assign([1.0]).graph is graph


def test_initial_values_may_depend_on_other_variables():
    w1 = tf.Variable(tf.random_normal([3], seed=3), name="w1")
    w2 = tf.Variable(w1 * 2, name="w2")
    w3 = tf.Variable(w2 + tf.reduce_sum(w1), name="w3")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        a, b, c = session.run([w1, w2, w3])
        np.testing.assert_allclose(b, a * 2)
        np.testing.assert_allclose(c, b + a.sum(), rtol=1e-6)
        session.run(w1.assign([1.0, 1.0, 1.0]))
        session.run(w2.initializer)
        assert session.run(w2).tolist() == [2.0, 2.0, 2.0]
    assert tf.get_default_graph().get_operation_by_name("mul_w2").type == "Mul"


def test_initialized_value_and_load():
    v = tf.Variable([1.0, 2.0])
    known = v.initialized_value()
    with tf.Session() as session:
        assert session.run(known).tolist() == [1.0, 2.0]
        v.load([4.0, 5.0], session)
        assert session.run(known).tolist() == [4.0, 5.0]
        assert v.eval(session=session).tolist() == [4.0, 5.0] == v.eval().tolist()
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(1,\)"):
            v.load([1.0], session)


def test_gradients_of_variables():
    v, table = tf.Variable(3.0), tf.Variable([1.0, 2.0])
    squared = v * v
    slope = tf.gradients(squared, v)[0]
    assert tf.gradients(squared, [v, table])[1] is None
    sparse = tf.gradients(tf.reduce_sum(tf.gather(table, [0, 0])), table)[0]
    assert isinstance(sparse, tf.IndexedSlices)
    assert run([slope, tf.gradients(slope, v)[0]]) == [6.0, 2.0]


def test_a_static_shape_can_be_told_later():
    u = tf.Variable(tf.placeholder(tf.float32), validate_shape=False)
    u.set_shape([None, 3])
    assert u.shape.as_list() == [None, 3] == u.value().shape.as_list()
    assert tf.Variable([1.0], shape=[None]).shape.as_list() == [None]


def test_devices():
    with tf.device("/cpu:0"):
        v = tf.Variable(1.0)
    assert v.device == v.initializer.device == v.value().device == "/device:CPU:0"


def test_init_scope_leaves_conditionals_and_control_dependencies(graph):
    def then():
        with tf.control_dependencies([tf.constant(1.0, name="first")]), init_scope():
            lifted.append(tf.constant(1.0, name="lifted"))
        return tf.constant(1.0)

    lifted = []
    tf.cond(tf.constant(True), then, lambda: tf.constant(2.0))
    assert lifted[0].graph is graph
    assert lifted[0].op.control_inputs == [] and lifted[0].name == "cond/lifted:0"


def test_creators_take_part():
    def renamed(next_creator, **kwargs):
        assert kwargs["dtype"] is None and kwargs["trainable"] is None
        kwargs["name"] = "renamed"
        return next_creator(**kwargs)

    with variable_creator_scope(renamed):
        assert tf.Variable(1.0).name == "renamed:0"
    assert tf.Variable(1.0).name == "Variable:0"


def test_a_finished_graph_takes_no_variable(graph):
    tf.Variable(1.0)
    graph.finalize()
    with pytest.raises(RuntimeError, match="Graph is finalized"):
        tf.Variable(1.0)
