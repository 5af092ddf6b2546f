"""`add_n` refuses what does not add up."""

import pytest

import flowgraph as tf


def test_dtypes_must_match():
    with tf.Graph().as_default(), pytest.raises(TypeError, match=r"\[float32, int32\] that don't"):
        tf.add_n([tf.constant(1.0), tf.constant(1)])


def test_a_list_of_none_is_refused():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="at least one Tensor"):
        tf.add_n([])


def test_shapes_must_match_when_built_and_when_run():
    with tf.Graph().as_default(), tf.Session() as session:
        with pytest.raises(ValueError, match="same dtype and shape"):
            tf.add_n([tf.ones([2]), tf.ones([3])])
        x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError, match="of type AddN must have the same"):
            session.run(tf.add_n([x, y]), {x: [1], y: [1, 2]})


def test_the_shape_is_what_all_inputs_tell():
    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [3, None])
        assert tf.add_n([x, y]).shape.as_list() == [3, 2]
        assert tf.accumulate_n([x, y]).shape.as_list() == [3, 2]


def test_one_tensor_is_handed_on_under_its_name():
    with tf.Graph().as_default():
        x = tf.constant(1.0)
        for function in (tf.add_n, tf.accumulate_n):
            assert function([x]) is x
            assert function([x], name="total").op.type == "Identity"


def test_inputs_are_left_as_they_were():
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.Variable([1.0, 2.0]), tf.constant([10.0, 20.0])
        session.run(x.initializer)
        assert session.run(tf.add_n([x, y, x])).tolist() == [12.0, 24.0]
        assert session.run(x).tolist() == [1.0, 2.0]


def test_accumulate_n_takes_a_shape_and_has_a_gradient():
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.placeholder(tf.float32), tf.constant([1.0, 2.0])
        total = tf.accumulate_n([x, y, y], shape=[2], tensor_dtype=tf.float32)
        assert total.op.type == "AccumulateNV2" and total.shape.as_list() == [2]
        value, (by_x, by_y) = session.run([total, tf.gradients(total, [x, y])], {x: [5, 6]})
        assert value.tolist() == [7.0, 10.0]
        assert [by_x.tolist(), by_y.tolist()] == [[1.0, 1.0], [2.0, 2.0]]
        with pytest.raises(ValueError, match="not compatible"):
            tf.accumulate_n([y], shape=[3])
        with pytest.raises(TypeError, match="tensor_dtype is"):
            tf.accumulate_n([y, y], tensor_dtype=tf.int32)
