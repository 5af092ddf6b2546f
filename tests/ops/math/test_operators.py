"""Python's operators: who converts whom, names of nodes, and types that know better."""

import operator

import numpy as np
import pytest

import flowgraph as tf

TWINS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv,
         operator.mod, operator.pow]  # fmt: skip


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.mark.parametrize("function", TWINS)
@pytest.mark.parametrize("dtype", [tf.float16, tf.float64, tf.int64])
def test_the_tensor_decides_the_dtype_of_a_number(session, function, dtype):
    x = tf.constant([2, 5], dtype)
    wide = tf.float64 if dtype is tf.int64 and function is operator.truediv else dtype
    for result, expected in (
        (function(x, 3), function(np.array([2.0, 5.0]), 3)),
        (function(3, x), function(3, np.array([2.0, 5.0]))),
    ):
        assert result.dtype == wide
        np.testing.assert_allclose(session.run(result), expected, rtol=1e-3)


def test_numpy_leaves_the_operation_to_the_tensor(session):
    x = tf.constant([1.0, 2.0])
    total = np.array([0.5, 0.5]) + x
    assert isinstance(total, tf.Tensor) and total.dtype == tf.float32
    assert session.run(total).tolist() == [1.5, 2.5]
    assert session.run(np.float32(3) * x).tolist() == [3.0, 6.0]


def test_a_fraction_does_not_fit_an_integer():
    x = tf.constant([1])
    with pytest.raises(TypeError, match="float32 that does not match type int32"):
        x + 1.5
    with pytest.raises(TypeError, match="Expected int32, got 1.5"):
        1.5 + x
    with pytest.raises(TypeError, match="int32 that does not match type float32"):
        tf.constant([1.0]) + x


def test_nothing_and_objects_are_refused():
    x = tf.constant(1.0)
    with pytest.raises(ValueError, match="None values not supported"):
        x + None
    with pytest.raises(TypeError, match="object"):
        x + object()


def test_a_type_that_knows_better_is_asked():
    class Money:
        def __radd__(self, other):
            return "paid"

    assert tf.constant(1.0) + Money() == "paid"


def test_names_of_nodes(session):
    x, m, b = tf.constant([[2.0]]), tf.constant([[1.0]]), tf.constant([True])
    names = [t.op.name for t in (x + m, x - m, x * m, x / m, x // m, x % m, x**m, x @ m, -x)]
    assert names == ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "Neg"]
    assert [t.op.name for t in (b & b, b | b, b ^ b, ~b)] == ["and", "or", "xor", "LogicalNot"]
    assert [t.op.name for t in (x < m, x <= m, x > m, x >= m)] == [
        "Less", "LessEqual", "Greater", "GreaterEqual",
    ]  # fmt: skip
    assert (2.0 - x).op.inputs[0].op.name == "sub_1/x"


def test_python_2_division_can_be_called_by_name(session):
    x = tf.constant([7, -7])
    assert session.run(x.__div__(2)).tolist() == [3, -4]
    assert session.run(x.__rdiv__(20)).tolist() == [2, -3]


def test_strings_are_joined(session):
    x = tf.constant(["a", "b"])
    assert (x + "c").op.type == "Add"
    assert session.run("c" + x).tolist() == [b"ca", b"cb"]


def test_a_variable_has_the_same_operators(session):
    v = tf.Variable([1.0, 4.0])
    session.run(v.initializer)
    found = session.run([v + 1, 2 / v, -v, abs(-v), v < 2, v**2])
    expected = [[2, 5], [2, 0.5], [-1, -4], [1, 4], [True, False], [1, 16]]
    assert [value.tolist() for value in found] == expected
