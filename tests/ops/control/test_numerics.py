"""tf.add_check_numerics_ops: every floating tensor of the graph is checked."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_the_first_bad_tensor_is_named(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.log(x, name="y")
    tf.add(y, 1.0, name="z")
    tf.range(3)
    check = tf.add_check_numerics_ops()
    checks = [op for op in tf.get_default_graph().get_operations() if op.type == "CheckNumerics"]
    assert [op.inputs[0].name for op in checks] == ["x:0", "y:0", "z/y:0", "z:0"]
    assert session.run(check, {x: [1.0, 2.0]}) is None
    with pytest.raises(tf.errors.InvalidArgumentError, match="y:0 : Tensor had Inf and NaN"):
        session.run(check, {x: [0.0, -1.0]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="x:0 : Tensor had NaN"):
        session.run(check, {x: [np.nan, 1.0]})


def test_a_variable_is_checked_where_it_is_read(session):
    v = tf.Variable(1.0, name="v")
    check = tf.add_check_numerics_ops()
    session.run(tf.global_variables_initializer())
    session.run(check)
    session.run(v.assign(np.inf))
    with pytest.raises(tf.errors.InvalidArgumentError, match="v/read:0 : Tensor had Inf"):
        session.run(check)


def test_an_empty_graph_has_nothing_to_check(session):
    assert session.run(tf.add_check_numerics_ops()) is None


def test_branches_and_loops_are_refused():
    tf.while_loop(lambda x: x < 3.0, lambda x: x + 1.0, [tf.constant(0.0)])
    with pytest.raises(ValueError, match="not compatible with TensorFlow control flow"):
        tf.add_check_numerics_ops()
