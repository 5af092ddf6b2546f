"""Arguments of `gradients` beyond the common ones."""

import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def test_nothing_flows_back_from_an_integer():
    x = tf.constant(2.0)
    whole = tf.cast(x, tf.int32)
    assert tf.gradients(whole, x) == [None]
    (grad,) = tf.gradients([whole, x * x], x)
    with tf.Session() as session:
        assert session.run(grad) == 4.0
        zero = tf.gradients(whole, x, unconnected_gradients="zero")
        assert session.run(zero) == [0.0]


def test_stop_gradients_hold_back_what_is_behind_them_and_not_themselves():
    a = tf.constant(0.0)
    b = 2 * a
    product, x = b * b, tf.Variable([1.0, 2.0])
    with tf.Session() as session:
        session.run(x.initializer)
        assert session.run(tf.gradients(a + b, [a, b], stop_gradients=[a, b])) == [1.0, 1.0]
        behind, partial = tf.gradients(product + 3 * a, [a, b], stop_gradients=[b])
        assert session.run([behind, partial]) == [3.0, 0.0]
        assert tf.gradients(product, [a, product], stop_gradients=[product])[0] is None
        (grad,) = tf.gradients(x * x, [x], stop_gradients=[x])
        assert session.run(grad).tolist() == [2.0, 4.0]


def test_an_unknown_aggregation_method_is_refused():
    x = tf.constant(2.0)
    with pytest.raises(ValueError, match="Invalid aggregation_method specified 9"):
        tf.gradients(x * x, x, aggregation_method=9)


def test_the_sum_of_gradients_is_placed_beside_what_it_belongs_to():
    with tf.device("/device:GPU:1"):
        w = tf.constant([[1.0]])
    x = tf.constant([[1.0, 2.0]])
    with tf.device("/device:GPU:0"):
        near = tf.matmul(w, x, name="near")
    with tf.device("/device:GPU:1"):
        far = tf.matmul(w, x, name="far")
    (apart,) = tf.gradients(near + far, w, colocate_gradients_with_ops=True)
    assert apart.op.type == "AddN"
    assert apart.op.colocation_groups() == w.op.colocation_groups()
    (together,) = tf.gradients(far + far, w, colocate_gradients_with_ops=True)
    assert together.op.colocation_groups() == far.op.colocation_groups()


def test_a_gradient_of_another_shape_is_refused_where_it_does_not_fit():
    x = tf.placeholder(tf.float32, [3])
    with pytest.raises(ValueError, match="shape"):
        tf.gradients(x * 2.0, x, grad_ys=tf.constant(1.0))
