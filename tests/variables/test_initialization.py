"""Initializers of many variables, and reports of what is missing."""

import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_each_kind_of_variable_has_its_initializer():
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    local = tf.get_local_variable("local", [])
    inits = [tf.global_variables_initializer(), tf.local_variables_initializer()]
    inits.append(tf.variables_initializer([v], name="only"))
    assert [op.name for op in inits] == ["init", "init_1", "only"]
    missing = tf.report_uninitialized_variables()
    with tf.Session() as session:
        assert session.run(missing).tolist() == [b"v", b"w", b"local"]
        session.run(inits[2])
        assert session.run(missing).tolist() == [b"w", b"local"]
        session.run(inits[0])
        assert session.run(missing).tolist() == [b"local"]
        session.run(inits[1])
        assert session.run(missing).tolist() == []
        assert session.run(tf.report_uninitialized_variables([w])).tolist() == []
        assert session.run(local) is not None


def test_without_variables_there_is_nothing_to_do():
    assert tf.global_variables_initializer().type == "NoOp"
    assert tf.assert_variables_initialized() is None
    with tf.Session() as session:
        assert session.run(tf.report_uninitialized_variables()).tolist() == []


def test_old_names():
    tf.Variable(1.0)
    for make in (tf.initialize_all_variables, tf.initialize_local_variables):
        assert make().type == "NoOp"
    assert tf.initialize_variables(tf.all_variables(), name="old").name == "old"


def test_an_assertion_fails_until_all_are_initialised():
    v, w = tf.Variable(1.0), tf.Variable([2.0])
    checked = tf.assert_variables_initialized()
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value"):
            session.run(checked)
        session.run(w.initializer)
        session.run(checked)
