"""`variable_scope` and `get_variable`: names, reuse, and what a scope hands on."""

import re

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.variables.template import make_template


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_a_variable_is_named_by_the_variable_scope_alone(graph):
    with tf.name_scope("ops"), tf.variable_scope("a") as scope:
        v = tf.get_variable("v", [1])
        assert graph.get_name_scope() == "ops/a"
    assert v.name == "a/v:0" and v.value().name == "a/v/read:0"
    assert (scope.name, scope.original_name_scope) == ("a", "ops/a/")


def test_scopes_nest_and_are_entered_again(graph):
    with tf.variable_scope("a") as a:
        with tf.variable_scope("b") as b:
            assert (b.name, b.original_name_scope) == ("a/b", "a/b/")
    with tf.variable_scope("other"):
        with tf.variable_scope(b) as again:
            assert (again.name, again.original_name_scope) == ("a/b", "a/b/")
            assert graph.get_name_scope() == "other/b"
            assert tf.get_variable("v", [1]).name == "a/b/v:0"
        assert tf.get_variable("v", [1]).name == "other/v:0"
    with tf.variable_scope("a") as second:
        assert (second.name, second.original_name_scope) == ("a", "a_1/")
    with tf.variable_scope(a, auxiliary_name_scope=False):
        assert graph.get_name_scope() == ""
    with tf.variable_scope("") as root:
        assert (root.name, graph.get_name_scope()) == ("", "")


def test_default_names_are_unique_within_the_scope():
    with tf.variable_scope("q"):
        names = []
        for _ in range(2):
            with tf.variable_scope(None, "d") as scope:
                names.append((scope.name, scope.original_name_scope))
        with tf.variable_scope("d") as scope:
            names.append((scope.name, scope.original_name_scope))
    assert names == [("q/d", "q/d/"), ("q/d_1", "q/d_1/"), ("q/d", "q/d_2/")]
    with tf.variable_scope("q"), tf.variable_scope(None, "d") as scope:
        assert scope.name == "q/d"
    with tf.variable_scope("named", default_name="unused") as scope:
        assert scope.name == "named"


def test_one_scope_object_can_be_entered_twice():
    block = tf.variable_scope("n", reuse=tf.AUTO_REUSE)
    with block:
        v = tf.get_variable("v", [1])
    with block as scope:
        assert tf.get_variable("v", [1]) is v
        assert scope.original_name_scope == "n/"


def test_reuse():
    with tf.variable_scope("a"):
        v = tf.get_variable("v", [2])
        tf.get_variable_scope().reuse_variables()
        assert tf.get_variable("v", [2]) is v
        with tf.variable_scope("inner", reuse=False):
            assert tf.get_variable_scope().reuse is True
    assert tf.get_variable_scope().reuse is False
    with tf.variable_scope("a", reuse=True):
        assert tf.get_variable("v") is v
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE) as scope:
        assert scope.reuse is tf.AUTO_REUSE
        assert tf.get_variable("v", [2]) is v
        assert tf.get_variable("new", [2]).name == "a/new:0"
    tf.get_variable("root", [1])
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        assert tf.get_variable("root").name == "root:0"


def failing(message, *args, **kwargs):
    with pytest.raises(ValueError, match=re.escape(message)):
        tf.get_variable(*args, **kwargs)


def test_what_reuse_refuses():
    tf.get_variable("v", [2])
    failing(
        "Variable v already exists, disallowed. Did you mean to set reuse=True or "
        "reuse=tf.AUTO_REUSE in VarScope? Originally defined at:\n\n"
        f'  File "{__file__}"',
        "v", [2],
    )  # fmt: skip
    with tf.variable_scope("", reuse=True):
        failing("Variable no does not exist, or was not created with tf.get_variable()", "no", [2])
        failing(
            "Trying to share variable v, but specified shape (3,) and found shape (2,).", "v", [3]
        )
        failing(
            "Trying to share variable v, but specified dtype float64 and found dtype float32_ref.",
            "v", [2], tf.float64,
        )  # fmt: skip


def test_what_get_variable_refuses():
    failing("Variable x did not get an initializer, so its `shape` argument must be", "x")
    failing("`shape` should be fully defined. Variable x has shape (?,)", "x", [None])
    failing("If initializer is a constant, do not specify shape.", "x", [], initializer=1.0)
    failing("explicit dtype '<dtype: 'int32'>'", "x", dtype=tf.int32, initializer=tf.constant(1.0))
    failing("An initializer for variable x of <dtype: 'complex64'>", "x", [1], tf.complex64)
    failing("Passed a custom_getter which is not callable: 3", "x", [1], custom_getter=3)
    failing("Partitioner must be callable, but received: 3", "x", [1], partitioner=3)


def test_what_variable_scope_refuses():
    with pytest.raises(TypeError, match="If default_name is None then name_or_scope is required"):
        tf.variable_scope(None)
    with pytest.raises(ValueError, match="The reuse parameter must be True or False or None."):
        tf.variable_scope("a", reuse=3)
    with pytest.raises(TypeError, match="auxiliary_name_scope must be `True` or `False`"):
        tf.variable_scope("a", auxiliary_name_scope=3)
    with pytest.raises(TypeError, match="must be a string or VariableScope"):
        tf.variable_scope(3).__enter__()
    with pytest.raises(ValueError, match="reuse=True cannot be used without a name_or_scope"):
        tf.variable_scope(None, "d", reuse=True).__enter__()
    outer, inner = tf.variable_scope("outer"), tf.variable_scope("inner")
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(RuntimeError, match="Improper nesting of variable_scope."):
        outer.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("dtype", "node"),
    [
        (tf.float32, "w/Initializer/random_uniform"),
        (tf.int32, "w/Initializer/zeros"),
        (tf.bool, "w/Initializer/zeros"),
    ],
)
def test_default_initializers(dtype, node):
    assert tf.get_variable("w", [2, 3], dtype).initial_value.op.name == node


def test_initializers_of_any_kind():
    given = {
        "value": (None, np.float64([1.0, 2.0])),
        "number": (None, 3),
        "class": ([2], tf.zeros_initializer),
        "function": (None, lambda: tf.zeros([3])),
        "with_info": ([2], lambda shape, dtype, partition_info: tf.ones(shape, dtype)),
        "plain": ([2], lambda shape, dtype=None: tf.fill(shape, 2.0)),
    }
    made = {k: tf.get_variable(k, shape, initializer=i) for k, (shape, i) in given.items()}
    assert made["value"].dtype.base_dtype is tf.float64
    assert made["number"].dtype.base_dtype is tf.int32
    assert made["function"].shape.as_list() == [3]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(made["plain"]).tolist() == [2.0, 2.0]
        assert session.run(made["with_info"]).tolist() == [1.0, 1.0]


def test_a_scope_hands_its_defaults_on(graph):
    norm = tf.nn.l2_loss
    with tf.variable_scope(
        "a", initializer=tf.ones_initializer(), regularizer=norm, dtype=tf.float64,
        constraint=tf.abs,
    ):  # fmt: skip
        v = tf.get_variable("v", [2])
        tf.get_variable("free", [2], regularizer=tf.no_regularizer)
        with tf.variable_scope("inner", initializer=tf.zeros_initializer()) as inner:
            assert inner.regularizer is norm and inner.dtype is tf.float64
            assert inner.constraint is None  # TensorFlow's constraints go no deeper
            w = tf.get_variable("w", [2])
    assert v.constraint is tf.abs and v.dtype.base_dtype is tf.float64
    losses = graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert [loss.name for loss in losses] == [
        "a/v/Regularizer/L2Loss:0",
        "a/inner/w/Regularizer/L2Loss:0",
    ]
    with tf.variable_scope("a", reuse=True, regularizer=norm):
        tf.get_variable("v", [2], tf.float64)
    assert len(graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 2
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([v, w])[1].tolist() == [0.0, 0.0]
        assert session.run(losses) == [1.0, 0.0]


def test_custom_getters_wrap_each_other():
    asked = []

    def outer(getter, name, *args, **kwargs):
        asked.append((name, sorted(kwargs)))
        return getter(name + "_outer", *args, **kwargs)

    def inner(getter, name, shape=None, **kwargs):
        return getter(name + "_inner", shape=shape, **kwargs)

    with tf.variable_scope("a", custom_getter=outer):
        with tf.variable_scope("b", custom_getter=inner):
            assert tf.get_variable("v", [1]).name == "a/b/v_inner_outer:0"
    assert tf.get_variable("v", [1], custom_getter=outer).name == "v_outer:0"
    assert asked[1] == (
        "v",
        [
            "aggregation", "caching_device", "collections", "constraint", "dtype", "initializer",
            "partitioner", "regularizer", "reuse", "shape", "synchronization", "trainable",
            "use_resource", "validate_shape",
        ],
    )  # fmt: skip


def test_collections_of_a_scope():
    with tf.variable_scope("a") as scope:
        v = tf.get_variable("v", [1])
        local = tf.get_local_variable("counter", [1])
    tf.get_variable("ab", [1])
    assert scope.global_variables() == [v] == scope.trainable_variables()
    assert scope.local_variables() == [local] == tf.local_variables()
    assert local.name == "a/counter:0" and local not in tf.global_variables()


def test_graphs_do_not_share_variables(graph):
    tf.get_variable("v", [1])
    with tf.Graph().as_default() as other:
        assert tf.get_variable("v", [1]).graph is other
        assert tf.get_variable_scope().name == ""
    x = tf.ones([1])
    with tf.Graph().as_default(), tf.variable_scope("s", values=[x]):
        assert tf.get_variable("v", [1]).graph is graph


def test_the_old_form():
    with tf.variable_op_scope([tf.ones([1])], None, "d") as scope:
        assert scope.name == "d"


def test_names_of_operations_and_variables_do_not_clash():
    tf.Variable(1.0, name="w")
    assert tf.get_variable("w", [1]).name == "w_1:0"
    with tf.variable_scope("", reuse=True):
        assert tf.get_variable("w").name == "w_1:0"


# --- templates ------------------------------------------------------------------------------------
def scaled(x, factor=1.0):
    return tf.get_variable("t", [1]) * x * factor


def test_a_template_shares_its_variables():
    template = make_template("name", scaled, factor=2.0)
    assert template.variable_scope is None
    first, second = template(1.0), template(2.0)
    assert (first.name, second.name) == ("name/mul_1:0", "name_1/mul_1:0")
    assert (
        [v.name for v in template.variables]
        == ["name/t:0"]
        == [v.name for v in template.trainable_variables]
    )
    other = make_template("name", scaled)
    other(1.0)
    assert (other.name, other.var_scope.name) == ("name", "name_1")
    assert make_template("x", scaled, unique_name_="exact")(1.0).name == "exact/mul_1:0"


def test_a_template_may_fix_its_scope_when_it_is_made():
    with tf.variable_scope("outer"):
        template = make_template("x", scaled, create_scope_now_=True)
    template(1.0)
    assert [v.name for v in template.global_variables] == ["outer/x/t:0"]


def test_what_templates_refuse():
    with pytest.raises(ValueError, match="name cannot be None."):
        make_template(None, scaled)
    wrong = make_template("wrong", lambda: tf.Variable(1.0))
    wrong()
    with pytest.raises(ValueError, match="perhaps you used tf.Variable when you meant tf.get_var"):
        wrong()
