"""tf.case and tf.switch_case."""

from collections import OrderedDict

import numpy as np
import pytest

import flowgraph as tf


def constants(*values):
    return [lambda v=v: tf.constant(v) for v in values]


def test_the_first_true_predicate_decides(session):
    x = tf.placeholder(tf.int32, [])
    a, b, c = constants(1, 2, 3)
    out = tf.case([(x < 2, a), (x < 4, b)], default=c)
    assert [session.run(out, {x: v}) for v in (1, 3, 5)] == [1, 2, 3]
    ordered = tf.case(OrderedDict([(x < 4, a), (x < 2, b)]), default=c)
    assert session.run(ordered, {x: 1}) == 1


def test_without_default_one_must_be_true(session):
    x = tf.placeholder(tf.int32, [])
    a, b, _ = constants(1, 2, 3)
    out = tf.case([(x < 2, a), (x < 4, b)])
    assert [session.run(out, {x: v}) for v in (1, 3)] == [1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="None of conditions evaluated as"):
        session.run(out, {x: 5})


def test_exclusive_predicates(session):
    x = tf.placeholder(tf.int32, [])
    a, b, c = constants(1, 2, 3)
    out = tf.case({x < 2: a, x > 4: b}, default=c, exclusive=True)
    assert [session.run(out, {x: v}) for v in (1, 3, 5)] == [1, 3, 2]
    both = tf.case([(x < 2, a), (x < 4, b)], default=c, exclusive=True)
    assert session.run(both, {x: 3}) == 2
    said = r"more than 1 conditions \(Less_1:0, Less_2:0\) evaluated as True:\] \[1 1\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        session.run(both, {x: 1})


def test_gradients_of_a_switch(session, assert_gradients):
    i, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float64, [2])
    y = tf.switch_case(
        i, [lambda: tf.exp(x) * x, lambda: tf.sin(x), lambda: tf.reduce_sum(x * x * x)]
    )
    assert y.shape.rank is None
    for index in (0, 1, 2, 7, -1):
        assert_gradients(y, x, np.array([0.4, -0.9]), {i: index})


def test_an_index_without_branch_takes_the_default_or_the_last(session):
    i = tf.placeholder(tf.int64, [])
    a, b, c = constants(1, 2, 9)
    last = tf.switch_case(i, {1: b, 0: a})
    default = tf.switch_case(i, [(0, a), (1, b)], default=c)
    assert [session.run([last, default], {i: v}) for v in (0, 1, 2, -5)] == [
        [1, 1], [2, 2], [2, 9], [2, 9],
    ]  # fmt: skip


def test_a_switch_between_writes(session):
    i, v = tf.placeholder(tf.int32, []), tf.Variable(0.0)
    out = tf.switch_case(i, [lambda k=k: tf.assign_add(v, 10.0**k) for k in range(3)])
    session.run(v.initializer)
    for index in (0, 2, 2):
        session.run(out, {i: index})
    assert session.run(v) == 201.0


@pytest.mark.parametrize(
    "build, error, said",
    [
        (lambda x, f: tf.case(3), TypeError, "must be a list, tuple, or dict"),
        (lambda x, f: tf.case([x]), TypeError, "must be a 2-tuple"),
        (lambda x, f: tf.case([(True, f)]), TypeError, "pred must be a Tensor"),
        (lambda x, f: tf.case([(x, f)]), TypeError, "Tensor of type bool"),
        (lambda x, f: tf.case([(x < 2, 3)]), TypeError, "must be callable"),
        (lambda x, f: tf.switch_case(1, [f]), TypeError, "must be a Tensor"),
        (lambda x, f: tf.switch_case(x < 2, [f]), TypeError, "must be an integer Tensor"),
        (lambda x, f: tf.switch_case(x, []), ValueError, "at least one item"),
        (lambda x, f: tf.switch_case(x, 3), TypeError, "must be a list, tuple, or dict"),
        (lambda x, f: tf.switch_case(x, {1: f}), ValueError, "contiguous range"),
        (lambda x, f: tf.switch_case(x, [f, lambda: 2.0]), TypeError, "same number, type"),
        (lambda x, f: tf.switch_case(x, [f, lambda: (1,)]), TypeError, "same number, type"),
    ],
)
def test_what_does_not_fit_is_an_error(session, build, error, said):
    with pytest.raises(error, match=said):
        build(tf.constant(1), lambda: tf.constant(1))
