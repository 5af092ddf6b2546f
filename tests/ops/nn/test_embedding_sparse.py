"""Lookups of embeddings by sparse ids: combiners, gradients, and arguments that are wrong."""

import numpy as np
import pytest

import flowgraph as tf

TABLE = np.arange(12, dtype=np.float32).reshape(4, 3) + 1


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def ids(values=(1, 3, 0), indices=((0, 0), (0, 1), (2, 0)), shape=(3, 2)):
    return tf.SparseTensor(indices, np.array(values, np.int64), shape)


def run(fetch):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetch)


@pytest.mark.parametrize(
    ("combiner", "divisor"), [("sum", 1), ("mean", 2), ("sqrtn", np.sqrt(2)), (None, 2)]
)
def test_combiners(combiner, divisor):
    rows = run(tf.nn.embedding_lookup_sparse(TABLE, ids(), None, combiner=combiner))
    np.testing.assert_allclose(rows[0], (TABLE[1] + TABLE[3]) / divisor, rtol=1e-6)
    np.testing.assert_array_equal(rows[1:], [[0, 0, 0], TABLE[0]])


def test_the_gradient_of_a_variable_is_sparse():
    table = tf.Variable(TABLE)
    rows = tf.nn.embedding_lookup_sparse(table, ids(), None, combiner="sum")
    (gradient,) = tf.gradients(rows, table)
    assert isinstance(gradient, tf.IndexedSlices)
    dense = run(tf.convert_to_tensor(gradient))
    np.testing.assert_array_equal(dense, np.ones((4, 1)) * [1, 1, 1] * [[1], [1], [0], [1]])


def test_half_precision_is_kept():
    weights = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [1.0, 0.5, 2.0], [3, 2])
    rows = tf.nn.embedding_lookup_sparse(TABLE.astype(np.float16), ids(), weights, combiner="sum")
    assert rows.dtype == tf.float16
    np.testing.assert_array_equal(run(rows)[0], TABLE[1] + TABLE[3] / 2)


def test_safe_lookup_keeps_empty_rows_and_static_shape():
    safe = tf.nn.safe_embedding_lookup_sparse
    wanted = [(TABLE[1] + TABLE[3]) / 2, [0, 0, 0], TABLE[0]]
    rows = safe([tf.constant(TABLE)], ids())
    assert rows.shape.as_list() == [3, 3]
    np.testing.assert_array_equal(run(rows), wanted)
    np.testing.assert_array_equal(run(safe(TABLE, ids((-1, -1, -1)), default_id=2))[1], TABLE[2])


def test_safe_lookup_in_parts_of_a_partitioned_variable():
    table = tf.get_variable(
        "table", initializer=tf.constant(TABLE), partitioner=tf.fixed_size_partitioner(2)
    )
    rows = run(tf.nn.safe_embedding_lookup_sparse(table, ids(), combiner="sum"))
    np.testing.assert_array_equal(rows, [TABLE[1] + TABLE[3], [0, 0, 0], TABLE[0]])


def test_wrong_arguments():
    lookup = tf.nn.embedding_lookup_sparse
    with pytest.raises(ValueError, match="combiner"):
        lookup(TABLE, ids(), None, combiner="max")
    with pytest.raises(TypeError, match="sp_ids must be SparseTensor"):
        lookup(TABLE, [1, 2], None)
    with pytest.raises(TypeError, match="sp_weights"):
        lookup(TABLE, ids(), [1.0])
    with pytest.raises(ValueError, match="incompatible"):
        lookup(TABLE, ids(), tf.SparseTensor([[0, 0]], [1.0], [3, 2]))
    with pytest.raises(ValueError, match="Missing"):
        tf.nn.safe_embedding_lookup_sparse(None, ids())
    with pytest.raises(ValueError, match="Missing"):
        tf.nn.safe_embedding_lookup_sparse([], ids())
