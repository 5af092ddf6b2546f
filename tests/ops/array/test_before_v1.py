"""The names and orders of arguments before TensorFlow 1.0."""

import numpy as np
import pytest

import flowgraph as tf

A = np.arange(6.0, dtype=np.float32).reshape(2, 3)
B = A + 10


@pytest.mark.parametrize(
    "build, value",
    [
        (lambda: tf.concat(0, [A, B]), np.concatenate([A, B], 0)),
        (lambda: tf.concat(concat_dim=1, values=[A, B]), np.concatenate([A, B], 1)),
        (lambda: tf.concat(1, (A, B), name="joined"), np.concatenate([A, B], 1)),
        (lambda: tf.concat([A, B], 1), np.concatenate([A, B], 1)),
        (lambda: tf.concat_v2([A, B], 0), np.concatenate([A, B], 0)),
        (lambda: tf.concat(tf.constant(1), [A, B]), np.concatenate([A, B], 1)),
        (lambda: tf.pack([A, B]), np.stack([A, B])),
        (lambda: tf.pack([A, B], axis=1), np.stack([A, B], 1)),
        (lambda: tf.mul(A, B), A * B),
        (lambda: tf.sub(A, B), A - B),
        (lambda: tf.neg(A), -A),
        (lambda: tf.inv(B), 1 / B),
        (lambda: tf.select(A > 2, A, B), np.where(A > 2, A, B)),
        (lambda: tf.batch_matmul([A, B], [B, A], adj_y=True), [A @ B.T, B @ A.T]),
        (lambda: tf.batch_matmul([A], [B], adj_x=True), [A.T @ B]),
        (lambda: tf.listdiff([1, 2, 3], [2])[0], [1, 3]),
        (lambda: tf.reverse_v2(A, [1]), A[:, ::-1]),
        (lambda: tf.batch_matrix_transpose([A]), [A.T]),
        (lambda: tf.complex_abs(tf.constant([3 + 4j])), [5.0]),
        (lambda: tf.batch_svd([A])[0], [np.linalg.svd(A)[1]]),
        (lambda: tf.nn.deconv2d(np.ones([1, 1, 1, 1], np.float32),
                                np.ones([1, 1, 1, 1], np.float32), [1, 1, 1, 1], [1, 1, 1, 1]),
         np.ones([1, 1, 1, 1])),
    ],
)  # fmt: skip
def test_values(build, value):
    with tf.Graph().as_default(), tf.Session() as session:
        np.testing.assert_allclose(session.run(build()), value, rtol=1e-5)


@pytest.mark.parametrize(
    "build, parts",
    [
        (lambda: tf.split(1, 3, A), np.split(A, 3, 1)),
        (lambda: tf.split(0, 2, A, name="halves"), np.split(A, 2, 0)),
        (lambda: tf.split(split_dim=1, num_split=3, value=A), np.split(A, 3, 1)),
        (lambda: tf.split(A, 3, 1), np.split(A, 3, 1)),
        (lambda: tf.split(A, [1, 2], axis=1), np.split(A, [1], 1)),
        (lambda: tf.split_v(A, [1, 2], 1), np.split(A, [1], 1)),
        (lambda: tf.unpack(A), list(A)),
        (lambda: tf.unpack(A, axis=1), list(A.T)),
    ],
)
def test_parts(build, parts):
    with tf.Graph().as_default(), tf.Session() as session:
        got = session.run(build())
    assert len(got) == len(parts)
    for ours, part in zip(got, parts, strict=True):
        np.testing.assert_array_equal(ours, part)


def test_older_names_of_arguments():
    with tf.Graph().as_default(), tf.Session() as session:
        sparse = tf.SparseTensor(indices=[[0]], values=[1.0], shape=[2])
        loss = tf.nn.sigmoid_cross_entropy_with_logits(logits=[0.0], targets=[1.0])
        assert session.run(tf.sparse_tensor_to_dense(sparse)).tolist() == [1.0, 0.0]
        np.testing.assert_allclose(session.run(loss), [np.log(2)], rtol=1e-6)
        assert tf.summary.image("x", tf.zeros([1, 2, 2, 1]), max_images=1).op.get_attr("max_images")
        with pytest.raises(TypeError, match="dense_shape"):
            tf.SparseTensor([[0]], [1.0])


def test_names_of_nodes():
    with tf.Graph().as_default():
        assert tf.pack([A, B]).op.name == "pack"
        assert tf.unpack(A)[0].op.name == "unpack"
        assert tf.concat(0, [A, B]).op.name == "concat"


@pytest.mark.parametrize(
    "build, said",
    [
        (lambda: tf.concat([A, B]), "needs the arguments 'values' and 'axis'"),
        (lambda: tf.concat(axis=0), "needs the arguments 'values' and 'axis'"),
        (lambda: tf.split(A), "needs the arguments 'value' and 'num_or_size_splits'"),
        (lambda: tf.split(num_split=2), "needs the arguments 'value' and 'num_or_size_splits'"),
    ],
)
def test_arguments_that_are_missing(build, said):
    with tf.Graph().as_default(), pytest.raises(TypeError, match=said):
        build()


def test_summaries_and_cells_by_their_old_names(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.scalar_summary("loss", 3.0)
        merged = tf.merge_all_summaries()
        writer = tf.train.SummaryWriter(str(tmp_path), session.graph)
        writer.add_summary(session.run(merged), 0)
        writer.close()
        assert list(tmp_path.iterdir())
        cell = tf.nn.rnn_cell.BasicRNNCell(2)
        outputs, _ = tf.nn.rnn(cell, [tf.zeros([1, 2])] * 2, dtype=tf.float32)
        assert len(outputs) == 2
        assert tf.nn.seq2seq is tf.contrib.legacy_seq2seq
