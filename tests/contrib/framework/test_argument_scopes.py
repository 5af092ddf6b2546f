"""tf.contrib.framework.arg_scope, and variables by name and scope."""

import numpy as np
import pytest

import flowgraph as tf

framework = tf.contrib.framework


@framework.add_arg_scope
def colour(name, shade=1, tone="plain"):
    """Says."""
    return name, shade, tone


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_a_scope_gives_arguments_where_a_call_does_not():
    with framework.arg_scope([colour], shade=2) as scope:
        assert colour("a") == ("a", 2, "plain") and colour("a", shade=3)[1] == 3
        with framework.arg_scope([colour], tone="deep"):
            assert colour("a") == ("a", 2, "deep")
        with framework.arg_scope({}):
            assert colour("a") == ("a", 1, "plain")
    assert colour("a") == ("a", 1, "plain")
    with framework.arg_scope(scope):
        assert colour("a")[1] == 2
    assert colour.__name__ == "colour" and colour.__doc__ == "Says."
    assert framework.arg_scoped_arguments(colour) == ("shade", "tone")
    assert framework.has_arg_scope(colour) and not framework.has_arg_scope(print)


def test_mistakes():
    with pytest.raises(ValueError, match="is not decorated with @add_arg_scope"):
        with framework.arg_scope([print], end=""):
            pass
    with pytest.raises(TypeError, match="must either be a list/tuple or reused scope"):
        with framework.arg_scope(colour, shade=2):
            pass
    with pytest.raises(ValueError, match="kwargs must be empty"):
        with framework.arg_scope({}, shade=2):
            pass


def test_variables_are_found():
    with tf.variable_scope("a"):
        w = framework.model_variable("w", [2], initializer=tf.zeros_initializer())
    b = framework.variable("b", [2], initializer=tf.ones_initializer())
    local = framework.local_variable(3.0, name="l")
    assert framework.get_model_variables() == [w] and framework.get_local_variables() == [local]
    assert framework.get_variables_by_name("w") == [w] == framework.get_variables("a")
    assert framework.get_variables_by_suffix("b") == [b]
    assert framework.get_unique_variable("a/w") is w
    assert framework.get_variables_to_restore(exclude=["a"]) == [b]
    assert framework.filter_variables([w, b], exclude_patterns=["^a/"]) == [b]
    with pytest.raises(ValueError, match="Couldn't find variable c"):
        framework.get_unique_variable("c")
    with pytest.raises(TypeError, match="include is provided but is not a list"):
        framework.get_variables_to_restore(include="a")


def test_values_are_assigned_by_name_and_from_a_checkpoint(tmp_path):
    with tf.variable_scope("a"):
        w = framework.model_variable("w", [2], initializer=tf.zeros_initializer())
    missing = framework.variable("m", [2], initializer=tf.ones_initializer())
    saver = tf.train.Saver([w])
    with tf.Session() as session:
        framework.assign_from_values_fn({"a/w": np.array([5.0, 6.0])})(session)
        path = saver.save(session, str(tmp_path / "model.ckpt"))
    with tf.Session() as session:
        restore = framework.assign_from_checkpoint_fn(path, [w, missing], ignore_missing_vars=True)
        restore(session)
        np.testing.assert_array_equal(session.run(w), [5.0, 6.0])
        operation, feed = framework.assign_from_checkpoint(path, {"a/w": missing})
        session.run(operation, feed)
        np.testing.assert_array_equal(session.run(missing), [5.0, 6.0])
    with pytest.raises(ValueError, match=r"missing variable \[m\]"):
        framework.assign_from_checkpoint(path, [missing])
    assert framework.assign_from_checkpoint_fn(path, [missing], ignore_missing_vars=True) is None
    with pytest.raises(ValueError, match="cannot be empty"):
        framework.assign_from_checkpoint_fn(path, [])
    with pytest.raises(ValueError, match="Variable x wasn't found"):
        framework.assign_from_values({"x": np.zeros(1)})


def test_zero_initializer_is_for_fresh_variables():
    v = tf.Variable([1.0, 2.0])
    zero = framework.zero_initializer(v)
    with tf.Session() as session:
        np.testing.assert_array_equal(session.run(zero), [0.0, 0.0])
        with pytest.raises(tf.errors.InvalidArgumentError, match="already initialized"):
            session.run(zero)
