"""Nodes from declarations: inputs by place and by name, and what does not fit."""

import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_inputs_can_be_given_by_name_as_in_raw_ops():
    x, y = tf.constant([[1.0]]), tf.constant([[2.0]])
    named = tf.raw_ops.MatMul(a=x, b=y, transpose_a=True, name="m")
    assert named.op.type == "MatMul" and named.op.name == "m"
    assert list(named.op.inputs) == [x, y]
    assert list(tf.raw_ops.Sub(x, y=y).op.inputs) == [x, y]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tf.raw_ops.MatMul(a=x), r"takes 2 inputs, got 0 \(b missing\)"),
        (lambda x: tf.raw_ops.Neg(x, x), "takes 1 inputs, got 2"),
        (lambda x: tf.raw_ops.Neg(x, y=x), "unexpected keyword argument 'y'"),
        (lambda x: tf.raw_ops.Sum(x, 0, keep_dims=3.5, sums=1), "unexpected keyword argument"),
    ],
)
def test_inputs_that_do_not_fit(call, message):
    with pytest.raises(TypeError, match=message):
        call(tf.constant([[1.0]]))


def test_an_op_type_that_is_not_there():
    with pytest.raises(AttributeError, match="not registered: 'Nope'"):
        tf.raw_ops.Nope(1.0)


def test_a_list_of_unlike_tensors_is_told_with_all_their_dtypes():
    x, y = tf.constant([1]), tf.constant([1.0])
    with pytest.raises(TypeError, match=r"'values' of 'ConcatV2' Op have types \[int32, float32\]"):
        tf.concat([x, y], 0)


def test_a_list_of_outputs_is_the_callers_own():
    """A script may write into it, as into what tf.decode_csv gives."""
    parts = tf.split(tf.constant([1.0, 2.0]), 2)
    parts[1] = tf.exp(parts[1] - 2.0)
    with tf.Session() as session:
        assert session.run(tf.concat(parts, 0)).tolist() == [1.0, 1.0]
