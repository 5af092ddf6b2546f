"""Powers, extremes and angles: dtypes, edges, and gradients where they are not smooth."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_an_integer_has_no_negative_power(session):
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative integer powers"):
        session.run(tf.pow(tf.constant([2, 3]), tf.constant([-1, 2])))


def test_a_power_of_unsigned_integers_is_refused():
    with pytest.raises(TypeError, match="uint8 not in list of allowed values"):
        tf.pow(tf.constant([2], tf.uint8), tf.constant([2], tf.uint8))


def test_the_gradient_by_an_exponent_is_zero_where_the_base_has_no_logarithm(session):
    x, y = tf.constant([-2.0, 0.0, 2.0]), tf.constant([2.0, 2.0, 2.0])
    by_y = session.run(tf.gradients(tf.pow(x, y), y)[0])
    np.testing.assert_allclose(by_y, [0.0, 0.0, 4 * np.log(2)], rtol=1e-6)


def test_a_power_that_is_told_adds_no_logarithm():
    x = tf.Variable([2.0])
    tf.gradients(x**3.0, x)
    assert "Log" not in {op.type for op in tf.get_default_graph().get_operations()}


@pytest.mark.parametrize("function, by_x", [(tf.maximum, [1, 0, 1]), (tf.minimum, [0, 1, 1])])
def test_a_gradient_goes_to_the_one_taken_and_at_a_tie_to_the_first(session, function, by_x):
    x, y = tf.constant([3.0, 1.0, 2.0]), tf.constant([2.0, 2.0, 2.0])
    found = session.run(tf.gradients(function(x, y), [x, y]))
    assert [g.tolist() for g in found] == [by_x, [1 - g for g in by_x]]


@pytest.mark.parametrize("function", [tf.maximum, tf.minimum])
def test_nan_wins(session, function):
    value = session.run(function([np.nan, 1.0], [1.0, np.nan]))
    assert np.isnan(value).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_a_dtype_is_kept(session, dtype):
    x, y = tf.cast([0.5, 2.0], dtype), tf.cast([1.5, 0.25], dtype)
    for function in (tf.pow, tf.maximum, tf.squared_difference, tf.atan2, tf.math.xlogy):
        z = function(x, y)
        assert z.dtype.name == session.run(z).dtype.name == dtype


def test_atan2_takes_y_first_and_names_its_inputs_so():
    angle = tf.atan2(tf.constant(1.0), 2.0)
    assert [arg.name for arg in angle.op.op_def.inputs] == ["y", "x"]
    assert angle.op.inputs[1].op.name == "Atan2/x"


def test_a_squared_difference_of_complex_numbers_is_real(session):
    x, y = tf.constant([1 + 2j]), tf.constant([3 - 1j])
    assert session.run(tf.squared_difference(x, y)).tolist() == [13 + 0j]
