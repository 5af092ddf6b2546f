"""The pass that computes what is the same in every run."""

import sys
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.compiler.fold_constants import fold_constants
from flowgraph.core.function import FuncGraph

sys.path.insert(0, str(Path(__file__).parent))

from passing import LIBRARIES, both_ways, contexts, names, plan_of, same_bits, types


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def folded(fetches, feeds=(), **more):
    return plan_of(fetches, feeds, [lambda p: fold_constants(p, contexts(), LIBRARIES, **more)])


def test_a_chain_of_known_values_becomes_one():
    x = tf.placeholder(tf.float32, [3])
    y = x + tf.sqrt(tf.constant([1.0, 4.0, 9.0])) * 2.0
    plan = folded([y], [x])
    assert types(plan) in (["AddV2"], ["Add"])
    assert plan.presets[plan.steps[0].inputs[1]].tolist() == [2.0, 4.0, 6.0]


def test_a_fetched_value_is_the_callers_own():
    y = tf.constant([1.0, 2.0]) * 3.0
    with tf.Session() as session:
        first = session.run(y)
        first[:] = 0
        assert session.run(y).tolist() == [3.0, 6.0]


def test_what_is_fed_is_not_folded():
    c = tf.constant(2.0)
    y = c * 3.0
    assert types(folded([y], [c])) == ["Mul"]
    with tf.Session() as session:
        assert session.run(y) == 6.0
        assert session.run(y, {c: 5.0}) == 15.0
        assert session.run(y + 1.0, {y: 1.0}) == 2.0


def test_random_numbers_and_variables_are_not_folded():
    v = tf.Variable(1.0)
    assert types(folded([tf.random_uniform([2])])) != []
    plan = folded([v * 2.0])
    assert "Mul" in types(plan)


def test_a_large_value_made_of_little_is_made_in_each_run():
    assert types(folded([tf.fill([1000, 1000], tf.constant(1.0) + 1.0)])) == ["Fill"]
    assert types(folded([tf.range(1 << 20)])) == ["Range"]
    assert types(folded([tf.fill([10, 10], 1.0)])) == []


def test_the_limit_holds_for_what_is_as_large_as_its_inputs():
    big = tf.constant(np.ones(1 << 16, np.float32))
    assert types(folded([big * 2.0])) == []
    assert types(folded([big * 2.0], most_bytes=1000)) == ["Mul"]


def test_a_mistake_is_told_by_the_run_with_the_users_line():
    y = tf.gather(tf.constant([1.0, 2.0]), tf.constant(7)) + 1.0
    plan = folded([y])
    assert types(plan) == types(plan_of([y]))
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="test_fold_constants"):
            session.run(y)


def test_who_uses_a_folded_value_waits_for_what_it_waited_for():
    x = tf.placeholder(tf.float32, [])
    check = tf.Assert(x > 0.0, [x])
    with tf.control_dependencies([check]):
        y = tf.constant(2.0) * tf.constant(3.0)
    z = y + tf.placeholder_with_default(1.0, [])
    plan = folded([z], [x])
    add = plan.steps[names(plan).index(z.op.name)]
    assert names(plan).index(check.name) in add.controls
    assert "Mul" not in types(plan)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(y, {x: -1.0})


def test_a_folded_target_leaves_what_it_waited_for_to_be_run():
    v = tf.Variable(0.0)
    with tf.control_dependencies([v.assign_add(1.0)]):
        y = tf.constant(2.0) * 3.0
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(y.op)
        assert session.run(v) == 1.0
        assert session.run(y) == 6.0
        assert session.run(v) == 2.0


def test_static_shapes_fold_the_ops_that_ask_for_them():
    x = tf.placeholder(tf.float32, [None, 3])
    whole = tf.placeholder(tf.float32, [2, 3])
    assert types(folded([tf.raw_ops.Shape(input=whole)], [whole])) == []
    assert types(folded([tf.raw_ops.Shape(input=x)], [x])) == ["Shape"]
    assert types(folded([tf.raw_ops.Rank(input=x)], [x])) == []


def test_a_long_chain_takes_no_recursion_and_linear_time():
    y = tf.constant(0)
    for _ in range(3000):
        y = y + 1
    assert types(folded([y])) == []
    with tf.Session() as session:
        assert session.run(y) == 3000


def kinds(graph):
    return [op.type for op in graph.get_operations()]


def test_bodies_of_loops_gain(graph):
    def body(i, x):
        return i + 1, x * (tf.constant(2.0) + tf.sqrt(tf.constant(4.0)))

    _, x = tf.while_loop(lambda i, x: i < 3, body, [0, tf.placeholder_with_default(1.0, [])])
    on, off = both_ways(graph, x)
    assert on == off == 64.0
    loop = next(op for op in graph.get_operations() if "While" in op.type)
    inner = next(g for g in loop.attrs.values() if isinstance(g, FuncGraph) and "Mul" in kinds(g))
    assert sorted(types(folded(inner.outputs, inner.inputs))) == ["AddV2", "Mul"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.0])
def test_special_numbers_stay_as_they_are(graph, value):
    y = tf.constant(value) * tf.constant([1.0, -1.0, 0.0])
    same_bits(*both_ways(graph, y))
