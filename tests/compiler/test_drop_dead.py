"""The pass that takes out what nobody needs any more."""

import sys
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.compiler.drop_dead import drop_dead
from flowgraph.compiler.plan import Plan, Step

sys.path.insert(0, str(Path(__file__).parent))

from passing import names, plan_of


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_what_a_fetch_needs_stays():
    x = tf.placeholder(tf.float32, [])
    y = tf.exp(x) + tf.tanh(x)
    assert len(plan_of([y], [x], [drop_dead]).steps) == 3


def test_what_nobody_uses_goes_with_what_it_alone_used():
    x = tf.placeholder(tf.float32, [])
    kept, other = tf.tanh(x, name="kept"), tf.exp(tf.sin(x))
    plan = plan_of([kept, other], [x])
    plan.fetches = plan.fetches[:1]
    assert names(drop_dead(plan)) == ["kept"]
    assert plan.steps[0].index == 0


def test_effects_and_targets_stay():
    x = tf.placeholder(tf.float32, [])
    v = tf.Variable(1.0)
    ops = [v.assign(x).op, tf.Assert(x > 0.0, [x]), tf.random_uniform([1]), tf.exp(x).op]
    plan = plan_of(ops, [x])
    plan.fetches = ()
    before = names(plan)
    assert names(drop_dead(plan)) == before


def test_what_is_waited_for_stays():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.exp(x, name="first")]):
        y = tf.tanh(x, name="second")
    assert names(plan_of([y], [x], [drop_dead])) == ["first", "second"]


def test_an_empty_plan():
    plan: Plan = Plan([], list[Step](), (), (), [])
    assert drop_dead(plan).steps == []
