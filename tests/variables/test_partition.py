"""Variables in pieces: names, values, reuse, and the partitioners."""

import re

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def pieces(name="w", shape=(4, 2), count=3, **more):
    return tf.get_variable(name, shape, partitioner=tf.fixed_size_partitioner(count), **more)


def test_the_pieces_are_variables():
    w = pieces()
    assert [(v.name, v.shape.as_list()) for v in w] == [
        ("w/part_0:0", [2, 2]), ("w/part_1:0", [1, 2]), ("w/part_2:0", [1, 2]),
    ]  # fmt: skip
    assert (w.name, w.dtype, w.shape.as_list(), len(w)) == ("w", tf.float32, [4, 2], 3)
    assert tf.global_variables() == list(w)
    specs = [v._get_save_slice_info().spec for v in w]
    assert specs == ["4 2 0,2:0,2", "4 2 2,1:0,2", "4 2 3,1:0,2"]


def test_the_whole_is_a_tensor_and_can_be_assigned():
    w = pieces(initializer=tf.ones_initializer())
    whole = tf.convert_to_tensor(w)
    assert (whole.name, whole.shape.as_list()) == ("w:0", [4, 2])
    assert pieces("one", count=1).as_tensor().name == "one:0"
    value = np.arange(8.0, dtype=np.float32).reshape(4, 2)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(w.assign(value))
        session.run(w.assign_add(np.ones((4, 2), np.float32)))
        session.run(w.assign_sub(list(w), read_value=False)[0])
        np.testing.assert_array_equal(session.run(whole)[2:], value[2:] + 1)
        np.testing.assert_array_equal(session.run(tf.ones([2]) * w)[:2], np.zeros((2, 2)))


def test_a_constant_is_cut_into_pieces():
    w = tf.get_variable(
        "w", initializer=tf.constant([[1.0, 2.0], [3.0, 4.0]]),
        partitioner=tf.fixed_size_partitioner(2, axis=1),
    )  # fmt: skip
    assert w._get_partitions() == [1, 2]
    assert w._get_variable_list()[1].initial_value.name == "w/part_1/PartitionedInitializer/Slice:0"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(list(w))[1].tolist() == [[2.0], [4.0]]


def test_initializers_are_told_where_a_piece_lies():
    told = []

    def initializer(shape, dtype=None, partition_info=None):
        told.append((shape, partition_info.full_shape, partition_info.var_offset,
                     partition_info.single_offset(shape)))  # fmt: skip
        return tf.zeros(shape, dtype)

    pieces(count=2, initializer=initializer)
    assert told == [([2, 2], [4, 2], [0, 0], 0), ([2, 2], [4, 2], [2, 0], 2)]


def test_reuse_finds_the_pieces():
    w = pieces()
    with tf.variable_scope("", reuse=True):
        assert tf.get_variable("w", [4, 2]) is w is pieces()
    with tf.variable_scope("", reuse=tf.AUTO_REUSE):
        assert pieces() is w


def failing(message, name="x", shape=(4, 4), partitions=None, dtype=None):
    def partitioner(shape, dtype):
        return partitions

    with pytest.raises(ValueError, match=re.escape(message)):
        tf.get_variable(name, shape, dtype, partitioner=None if partitions is None else partitioner)


def test_what_partitioned_variables_refuse():
    pieces()
    tf.get_variable("whole", [2])
    failing("a partitioned version of the variable was found: w/part_0.", "w", [4, 2])
    failing("Partitioned variable with name w already exists.", "w", [4, 2], [3, 1])
    failing("an unpartitioned version of the variable was found: whole.", "whole", [2], [2])
    failing("does not match the Variable's rank: [1, 1] vs. (4,)", shape=[4], partitions=[1, 1])
    failing("along one dimension: shape: (4, 4), partitioning: [2, 2]", partitions=[2, 2])
    failing("zero partitions for some axes: [2, 0]", partitions=[2, 0])
    failing("Partitioner must return a sequence, but saw: 3", partitions=3)
    failing("must be fully defined, but instead was (?, 4).", shape=[None, 4], partitions=[1, 1])
    with tf.variable_scope("", reuse=True):
        failing("specified partitions [2, 1] and found partitions [3, 1]", "w", [4, 2], [2, 1])
        failing("specified shape (3, 2) and found shape (4, 2)", "w", [3, 2], [3, 1])
        failing("specified dtype float64 and found dtype float32", "w", [4, 2], None, tf.float64)
        failing("PartitionedVariable n does not exist", "n", [4], [3])


def test_scalars_are_not_cut():
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2)):
        assert tf.get_variable("scalar", []).name == "s/scalar:0"
        assert len(tf.get_variable("vector", [3])) == 2


@pytest.mark.parametrize(
    ("limit", "most", "least"),
    [(5, 20, 20), (13, 20, 19), (24, 10, 10), (50, 5, 5), (90, 3, 3), (250, 1, 1)],
)
def test_partitioners_by_size(limit, most, least):
    shape = tf.TensorShape([20, 3])
    by_most = tf.variable_axis_size_partitioner(limit)
    by_least = tf.min_max_variable_partitioner(30, min_slice_size=limit)
    assert by_most(shape=shape, dtype=tf.float32) == [most, 1]
    assert by_least(shape=shape, dtype=tf.float32) == [least, 1]
    assert tf.min_max_variable_partitioner(2, 1, limit)(shape=shape, dtype=tf.float32)[1] <= 2


def test_what_partitioners_refuse():
    shape = tf.TensorShape([2, 2])
    with pytest.raises(ValueError, match="must be positive. Currently, max_shard_bytes is 0"):
        tf.variable_axis_size_partitioner(0)
    with pytest.raises(ValueError, match="max_shards must be positive."):
        tf.variable_axis_size_partitioner(4, max_shards=-1)
    with pytest.raises(ValueError, match="axis 2 when shape is only"):
        tf.min_max_variable_partitioner(4, 2)(shape=shape, dtype=tf.float32)
    with pytest.raises(ValueError, match="shape is not fully defined"):
        tf.variable_axis_size_partitioner(4)(shape=tf.TensorShape([None]), dtype=tf.float32)


def piece(start, full=(2,)):
    made = tf.Variable([start])
    made._set_save_slice_info(tf.Variable.SaveSliceInfo("w", list(full), [start], [1]))
    return made


def test_pieces_are_put_in_their_order():
    first, second = piece(0), piece(1)
    whole = type(pieces())("w", [2], tf.int32, [second, first], [2])
    assert list(whole) == [first, second]


def test_what_a_whole_of_pieces_refuses():
    whole = type(pieces())
    for variables, partitions, error, message in (
        ([], [], ValueError, "variable_list may not be empty"),
        (piece(0), [2], TypeError, "variable_list is not a list"),
        ([piece(0)], 2, TypeError, "partitions is not a list"),
        ([piece(0)], [0], ValueError, "partition values must be positive"),
        ([piece(0)], [], ValueError, "len.shape. != len.partitions."),
        ([tf.Variable([3])], [1], ValueError, "must have a save_slice_info"),
        ([piece(0, [3])], [1], ValueError, "full shapes must match"),
    ):
        with pytest.raises(error, match=message):
            whole("w", [2], tf.int32, variables, partitions)
