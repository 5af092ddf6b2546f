"""The pass that leaves out steps whose op knows a simpler way to the same bits."""

import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler.drop_dead import drop_dead
from flowgraph.compiler.simplify import simplify

sys.path.insert(0, str(Path(__file__).parent))

from passing import both_ways, plan_of, same_bits, types

raw = tf.raw_ops
AWKWARD = np.array([[0.0, -0.0, np.nan], [np.inf, -np.inf, 1e-42], [1.5, -2.5, 3e38]], np.float32)
X = "float32", [3, 3]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def simplified(fetches, feeds=()):
    return plan_of(fetches, feeds, [simplify, drop_dead])


def left(build, dtype="float32", shape=(3, 3)):
    """The op types that are left of `build(x)`, whose value is the same with passes on and off."""
    x = tf.placeholder(dtype, shape)
    y = build(x)
    value = AWKWARD.astype(dtype) if dtype != "int32" else np.arange(-4, 5).reshape(3, 3)
    if shape is None or len(shape) == 2:
        same_bits(*both_ways(tf.get_default_graph(), y, {x: value}))
    return types(simplified([y], [x]))


@pytest.mark.parametrize("build", [
    tf.identity, tf.stop_gradient, lambda x: tf.identity_n([x, x])[1],
    lambda x: tf.identity(tf.stop_gradient(tf.identity(x))),
    lambda x: x * 1.0, lambda x: 1.0 * x, lambda x: x / 1.0, lambda x: x - 0.0,
    lambda x: x + -0.0, lambda x: x * np.ones((3, 3), np.float32),
    lambda x: x * np.ones((1, 3), np.float32), lambda x: tf.negative(-x), lambda x: x ** 1.0,
    lambda x: raw.Cast(x=x, DstT=tf.float32), lambda x: tf.reshape(x, [3, 3]),
    lambda x: tf.reshape(x, [-1, 3]), lambda x: tf.transpose(x, [0, 1]),
    lambda x: tf.transpose(tf.transpose(x)), lambda x: tf.tile(x, [1, 1]),
    lambda x: tf.pad(x, [[0, 0], [0, 0]]), lambda x: tf.slice(x, [0, 0], [-1, 3]),
    lambda x: tf.broadcast_to(x, [3, 3]), lambda x: tf.reduce_max(x, np.zeros(0, np.int32)),
    lambda x: tf.reduce_sum(x, np.zeros(0, np.int32)), lambda x: tf.reduce_mean(x, []),
    lambda x: raw.AddN(inputs=[x]), lambda x: raw.EnsureShape(input=x, shape=[3, None]),
    lambda x: tf.where(np.ones((3, 3), bool), x, x * 2.0),
    lambda x: tf.where(np.zeros((3, 3), bool), x * 2.0, x),
])  # fmt: skip
def test_nothing_is_left_where_the_output_is_an_input(build):
    assert left(build) == []


@pytest.mark.parametrize("build", [
    lambda x: x + 0.0, lambda x: x - -0.0,  # 0.0 for -0.0
    lambda x: x * np.ones((2, 3, 3), np.float32), lambda x: x * np.ones((1, 1, 1), np.float32),
    lambda x: x / 3.0, lambda x: 1.0 / x, lambda x: 0.0 - x, lambda x: x * 0.0,
    lambda x: x ** np.full((3, 3), 2.0, np.float32),  # which numpy does not square
    lambda x: tf.where([[True, False, True]] * 3, x, x),
    lambda x: tf.transpose(x), lambda x: tf.reshape(x, [9]), lambda x: tf.floordiv(x, 1.0),
])  # fmt: skip
def test_what_is_not_the_same_to_the_bit_stays(build):
    assert len(left(build)) == 1


def test_integers_know_one_zero():
    assert left(lambda x: x + 0, "int32") == left(lambda x: 0 + x, "int32") == []
    assert left(lambda x: x * 1, "int32") == left(lambda x: tf.negative(-x), "int32") == []


def test_complex_products_have_parts_that_meet(graph):
    assert left(lambda x: x * 1.0, "complex64") == ["Mul"]


def test_a_shape_that_is_not_known_may_change():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.placeholder(tf.float32, None)
    assert types(simplified([x * np.ones((3, 3), np.float32)], [x])) == ["Mul"]
    assert types(simplified([y * np.ones((1,), np.float32)], [y])) == ["Mul"]
    assert types(simplified([y * 1.0, x * np.ones((1, 3), np.float32)], [x, y])) == []
    assert types(simplified([tf.reshape(x, [3, 3])], [x])) == ["Reshape"]
    assert types(simplified([tf.reshape(x, [-1, 3])], [x])) == []
    with tf.Session() as session:
        empty = session.run(tf.reshape(x, [-1, 3]), {x: np.zeros((0, 3))})
    assert empty.shape == (0, 3)


def test_unknown_ranks_and_odd_constants_are_left_to_the_run():
    x = tf.placeholder(tf.float32, None)
    fetches = [
        tf.tile(x, [1, 1]), tf.broadcast_to(x, [3, 3]), tf.pad(x, [[0, 0], [0, 0]]),
        tf.transpose(x, [0, 1]), tf.reshape(x, [-1]), tf.slice(x, [0, 0], [-1, -1]),
        tf.where(True, x, x + 1.0), raw.EnsureShape(input=x, shape=[3, None]),
        x * np.zeros((0, 3), np.float32),
    ]  # fmt: skip
    assert len(simplified(fetches, [x]).steps) == len(fetches) + 1


def test_a_square_is_a_product():
    assert left(lambda x: x**2.0) == ["Square"]
    assert left(lambda x: x**2, "int32") == ["Square"]


def test_two_transpositions_are_one(graph):
    x = tf.placeholder(tf.float32, [2, 3, 4])
    y = tf.transpose(tf.transpose(x, [1, 2, 0]), [1, 0, 2])
    plan = simplified([y], [x])
    assert types(plan) == ["Transpose"]
    assert plan.presets[plan.steps[0].inputs[1]].tolist() == [2, 1, 0]
    same_bits(*both_ways(graph, y, {x: np.arange(24).reshape(2, 3, 4)}))


def test_the_second_of_two_shapes_counts(graph):
    x = tf.placeholder(tf.float32, [2, 3, 4])
    y = tf.reshape(tf.reshape(x, [6, 4]), [-1, 8])
    assert types(simplified([y], [x])) == ["Reshape"]
    same_bits(*both_ways(graph, y, {x: np.arange(24).reshape(2, 3, 4)}))


def test_of_no_elements_the_first_shape_counts_as_well(graph):
    x = tf.placeholder(tf.float32, [0, 3])
    y = tf.reshape(tf.reshape(x, [-1, 1]), [0, -1])
    assert types(simplified([y], [x])) == ["Reshape", "Reshape"]
    same_bits(*both_ways(graph, y, {x: np.zeros((0, 3))}))


def test_a_first_shape_that_may_not_fit_still_complains():
    x = tf.placeholder(tf.float32, [None])
    y = tf.reshape(tf.reshape(x, [3, 4]), [-1])
    assert types(simplified([y], [x])) == ["Reshape", "Reshape"]
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(y, {x: np.zeros(13)})


def test_the_read_of_a_variable_is_no_mere_identity(graph):
    v = tf.Variable([1.0, 2.0])
    plan = simplified([tf.stop_gradient(v)])
    assert types(plan) == ["Identity"]


def test_a_copy_made_before_a_write_keeps_the_old_value(graph):
    v = tf.Variable([1.0, 2.0], use_resource=False)
    copy = v * 1.0
    with tf.control_dependencies([copy]):
        write = v.assign([7.0, 7.0])
    on, off = both_ways(graph, [copy, write.op], first=v.initializer)
    assert on[0].tolist() == off[0].tolist() == [1.0, 2.0]


def test_a_fetch_that_became_a_feed_a_constant_or_another_fetch_is_a_copy():
    x = tf.placeholder(tf.float32, [3, 3])
    fed = np.ones((3, 3), np.float32)
    y = tf.exp(x)
    with tf.Session() as session:
        got = session.run(x * 1.0, {x: fed})
        assert got is not fed and not np.shares_memory(got, fed)
        one, two, three = session.run([y, tf.identity(y), y * 1.0], {x: fed})
        assert not any(np.shares_memory(a, b) for a, b in [(one, two), (two, three), (one, three)])
        constant = tf.constant([1.0, 2.0])
        first = session.run(constant / 1.0)
        first[:] = 0
        assert session.run(constant / 1.0).tolist() == [1.0, 2.0]


def test_what_was_waited_for_still_is():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
        y = tf.identity(x)
    z = tf.exp(y)
    plan = simplified([z], [x])
    assert "Identity" not in types(plan)
    exp = plan.steps[types(plan).index("Exp")]
    assert exp.waits == {types(plan).index("Assert")}
    with tf.Session() as session:
        for fetch in (z, y):
            with pytest.raises(tf.errors.InvalidArgumentError):
                session.run(fetch, {x: -1.0})


def test_what_is_looked_through_passes_on_what_it_waited_for():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
        inner = -x
    plan = simplified([tf.exp(-inner)], [x])
    assert types(plan)[-1] == "Exp" and "Neg" not in types(plan)
    assert types(plan).index("Assert") in plan.steps[-1].waits


def test_a_step_that_many_steps_are_waited_for_stays():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.exp(x + i) for i in range(20)]):
        y = tf.identity(x)
    assert types(simplified([tf.tanh(y)], [x])).count("Identity") == 1


def test_an_error_tells_the_users_name_and_line():
    x = tf.placeholder(tf.float32, None)
    y = tf.transpose(tf.transpose(x, [1, 0]), [0, 1], name="mine")
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="test_simplify"):
            session.run(y, {x: np.zeros(3)})
