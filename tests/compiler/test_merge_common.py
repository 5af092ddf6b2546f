"""The pass that computes once what several nodes compute from the same values."""

import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler.merge_common import merge_common

sys.path.insert(0, str(Path(__file__).parent))

from passing import both_ways, plan_of, types


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def merged(fetches, feeds=()):
    return plan_of(fetches, feeds, [merge_common])


@pytest.fixture
def x():
    return tf.placeholder(tf.float32, [2, 3])


def test_twins_become_one_and_so_do_twins_made_of_them(x):
    y = tf.tanh(tf.exp(x)) + tf.tanh(tf.exp(x))
    plan = merged([y], [x])
    assert types(plan)[:2] == ["Exp", "Tanh"] and len(plan.steps) == 3
    assert plan.steps[2].inputs[0] == plan.steps[2].inputs[1]


def test_equal_constants_are_the_same_input_and_others_are_not(x):
    assert len(merged([x * 2.0, x * 2.0], [x]).steps) == 1
    assert len(merged([x * 2.0, x * 3.0], [x]).steps) == 2
    assert len(merged([x * 0.0, x * -0.0], [x]).steps) == 2
    nan = float("nan")
    assert len(merged([x * nan, x * nan], [x]).steps) == 1
    assert len(merged([tf.cast(x, tf.float64), tf.cast(x, tf.int32)], [x]).steps) == 2


def test_attributes_tell_apart(x):
    sums = [tf.reduce_sum(x, 0), tf.reduce_sum(x, 0, keepdims=True), tf.reduce_sum(x, 0)]
    assert len(merged(sums, [x]).steps) == 2


def test_the_order_of_inputs_matters_unless_the_op_is_commutative(x):
    y = tf.placeholder(tf.float32, [2, 3])
    assert len(merged([x * y, y * x], [x, y]).steps) == 1
    assert len(merged([x - y, y - x], [x, y]).steps) == 2
    assert len(merged([tf.maximum(x, y), tf.maximum(y, x)], [x, y]).steps) == 2
    c, d = tf.placeholder(tf.complex64, [2]), tf.placeholder(tf.complex64, [2])
    assert len(merged([c * d, d * c], [c, d]).steps) == 2


def test_the_sum_of_three_is_not_reordered(graph):
    x, y, z = [tf.placeholder(tf.float32, []) for _ in range(3)]
    sums = [tf.add_n([x, y, z]), tf.add_n([z, y, x])]
    on, off = both_ways(graph, sums, {x: 1e8, y: -1e8, z: 1.0})
    assert on == off


def test_random_numbers_are_drawn_each_by_its_node():
    a, b = tf.random_uniform([4], seed=1), tf.random_uniform([4], seed=1)
    assert types(merged([a, b])).count("RandomUniform") == 2


def test_twins_behind_different_controls_stay(x):
    with tf.control_dependencies([tf.Assert(True, [x])]):
        a = tf.exp(x)
    assert types(merged([a, tf.exp(x)], [x])).count("Exp") == 2


def test_who_waited_for_a_twin_waits_for_the_other(x):
    first, second = tf.exp(x), tf.exp(x)
    with tf.control_dependencies([second]):
        last = tf.tanh(x)
    plan = merged([first, last], [x])
    assert types(plan) == ["Exp", "Tanh"]
    assert plan.steps[1].waits == {0}


def test_reads_of_a_variable_are_merged_only_when_nothing_writes_it():
    v = tf.Variable([1.0, 2.0])
    ref = v._ref() if hasattr(v, "_ref") else v.op.outputs[0]
    reads = [tf.raw_ops.Neg(x=ref), tf.raw_ops.Neg(x=ref)]
    assert types(merged(reads)).count("Neg") == 1
    assert types(merged([*reads, v.assign_add([1.0, 1.0])])).count("Neg") == 2


def test_a_read_before_and_one_after_a_write_differ(graph):
    v = tf.Variable(1.0)
    before = v * 2.0
    with tf.control_dependencies([before]):
        write = v.assign(5.0)
    with tf.control_dependencies([write]):
        after = v.read_value() * 2.0
    on, off = both_ways(graph, [before, after], first=v.initializer)
    assert on == off == [2.0, 10.0]


def test_both_fetches_of_a_merged_value_are_the_callers_own(x):
    a, b = tf.exp(x), tf.exp(x)
    with tf.Session() as session:
        first, second = session.run([a, b], {x: np.zeros((2, 3))})
    first[:] = 7
    assert second.tolist() == np.ones((2, 3)).tolist()


def test_an_op_that_is_fed_is_no_twin(x):
    a, b = tf.exp(x), tf.exp(x)
    with tf.Session() as session:
        fed = np.full((2, 3), 5.0, np.float32)
        got = session.run([a, b], {x: np.zeros((2, 3)), a: fed})
    assert got[0][0, 0] == 5.0 and got[1][0, 0] == 1.0


def test_steps_of_several_outputs(x):
    a, b = tf.split(x, 3, 1), tf.split(x, 3, 1)
    plan = merged([*a, *b], [x])
    assert len(plan.steps) == 1 and plan.fetches[:3] == plan.fetches[3:]


def test_many_of_a_kind_take_linear_time(x):
    fetches = [x * float(i % 10) for i in range(2000)]
    assert len(merged(fetches, [x]).steps) == 10
