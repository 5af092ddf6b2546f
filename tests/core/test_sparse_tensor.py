"""SparseTensor and SparseTensorValue as classes, in feeds and fetches, and where they are wrong."""

import numpy as np
import pytest

import flowgraph as tf

VALUE = tf.SparseTensorValue([[0, 1], [1, 2]], [3.0, 4.0], [2, 3])


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def assert_value(found, indices, values, dense_shape):
    assert isinstance(found, tf.SparseTensorValue)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_array_equal(found.values, values)
    np.testing.assert_array_equal(found.dense_shape, dense_shape)


def test_its_parts_are_tensors_named_in_a_scope():
    sparse = tf.SparseTensor([[0, 1], [1, 2]], [3.0, 4.0], [2, 3])
    assert [t.name for t in (sparse.indices, sparse.values, sparse.dense_shape)] == [
        "SparseTensor/indices:0",
        "SparseTensor/values:0",
        "SparseTensor/dense_shape:0",
    ]
    assert sparse.indices.dtype == sparse.dense_shape.dtype == tf.int64
    assert sparse.dtype == tf.float32
    assert sparse.op is sparse.values.op
    assert sparse.graph is tf.get_default_graph()
    assert sparse.shape.as_list() == sparse.get_shape().as_list() == [2, 3]
    assert str(sparse).startswith("SparseTensor(indices=Tensor(")


def test_static_shape_of_parts_that_are_not_known():
    rank_known = tf.SparseTensor(
        tf.placeholder(tf.int64, [None, 2]),
        tf.placeholder(tf.float32),
        tf.constant([2, 3], tf.int64),
    )
    assert rank_known.shape.as_list() == [2, 3]
    unknown = tf.sparse_placeholder(tf.float32)
    assert unknown.shape.rank is None
    unknown.set_shape([None, 3])
    assert unknown.shape.as_list() == [None, 3]
    with pytest.raises(ValueError, match="not compatible"):
        unknown.set_shape([2, 4])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (([[0, 1]], [1.0, 2.0], [2, 3]), "1 and 2"),
        (([[0, 1]], [1.0], [2, 3, 4]), "2 and 3"),
        (([0, 1], [1.0, 2.0], [2]), "rank 2"),
        (([[0]], [[1.0]], [2]), "rank 1"),
    ],
)
def test_parts_that_do_not_fit(parts, message):
    with pytest.raises(ValueError, match=message):
        tf.SparseTensor(*parts)


def test_from_value():
    with tf.Session() as session:
        assert_value(session.run(tf.SparseTensor.from_value(VALUE)), *VALUE)
    with pytest.raises(TypeError, match="SparseTensorValue"):
        tf.SparseTensor.from_value([[0, 1]])


def test_convert_to_tensor_or_sparse_tensor():
    assert isinstance(tf.convert_to_tensor_or_sparse_tensor(VALUE), tf.SparseTensor)
    assert isinstance(tf.convert_to_tensor_or_sparse_tensor([1.0]), tf.Tensor)
    sparse = tf.SparseTensor.from_value(VALUE)
    assert tf.convert_to_tensor_or_sparse_tensor(sparse) is sparse
    with pytest.raises(RuntimeError, match="Requested: int32"):
        tf.convert_to_tensor_or_sparse_tensor(sparse, tf.int32)


def test_placeholders():
    sparse = tf.sparse_placeholder(tf.float32, [None, 3], name="x")
    assert {op.name for op in tf.get_default_graph().get_operations()} == {
        "x/shape",
        "x/values",
        "x/indices",
    }
    assert sparse.shape.as_list() == [None, 3]
    assert sparse.indices.shape.as_list() == [None, 2]
    assert tf.sparse_placeholder(tf.float32, [2, 3]).dense_shape.op.type == "Const"


def test_fetches_of_any_structure():
    sparse = tf.SparseTensor.from_value(VALUE)
    with tf.Session() as session:
        found = session.run({"a": sparse, "b": [sparse.values, (sparse,)]})
        assert_value(found["a"], *VALUE)
        assert_value(found["b"][1][0], *VALUE)
        assert_value(sparse.eval(), *VALUE)


@pytest.mark.parametrize("value", [VALUE, tuple(VALUE), tuple(map(np.array, VALUE))])
def test_feeds(value):
    sparse = tf.sparse_placeholder(tf.float32)
    dense = tf.sparse_tensor_to_dense(sparse)
    with tf.Session() as session:
        found = session.run(dense, {sparse: value})
        np.testing.assert_array_equal(found, [[0, 3, 0], [0, 0, 4]])
        # What was fetched can be fed.
        again = session.run(sparse, {sparse: session.run(sparse, {sparse: value})})
        assert_value(again, *VALUE)


def test_wrong_feeds():
    sparse = tf.sparse_placeholder(tf.float32, [None, 3])
    with tf.Session() as session:
        with pytest.raises(TypeError, match="SparseTensorValue"):
            session.run(sparse, {sparse: 3})
        with pytest.raises(ValueError, match="Cannot feed value of shape"):
            session.run(sparse, {sparse: ([[0]], [1.0], [3])})
        with pytest.raises(tf.errors.InvalidArgumentError, match="must feed"):
            session.run(sparse)


def test_operators_with_dense_tensors_arrays_and_variables():
    sparse = tf.SparseTensor.from_value(VALUE)
    dense = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    variable = tf.Variable(dense)
    products = [sparse * dense, dense * sparse, sparse * tf.constant(dense),
                tf.constant(dense) * sparse, sparse * variable, variable * sparse]  # fmt: skip
    with tf.Session() as session:
        session.run(variable.initializer)
        for product in session.run(products):
            assert_value(product, VALUE.indices, [6, 24], [2, 3])
        assert_value(session.run(sparse / dense), VALUE.indices, np.float32([1.5, 4 / 6]), [2, 3])
    with pytest.raises(TypeError):
        tf.constant(1.0) + sparse
    with pytest.raises(TypeError, match="SparseTensor"):
        tf.matmul(sparse, dense)


def test_in_a_loop_and_a_conditional():
    sparse = tf.SparseTensor.from_value(VALUE)
    _, doubled = tf.while_loop(
        lambda i, _: i < 3, lambda i, x: (i + 1, x * 2.0), [tf.constant(0), sparse]
    )
    chosen = tf.cond(tf.placeholder_with_default(False, []), lambda: doubled, lambda: sparse)
    with tf.Session() as session:
        assert_value(session.run(doubled), VALUE.indices, [24, 32], [2, 3])
        assert_value(session.run(chosen), *VALUE)


def test_indexed_slices_value_is_a_namedtuple():
    assert tf.IndexedSlicesValue._fields == ("values", "indices", "dense_shape")
    with tf.Session() as session:
        found = session.run(tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([3])))
        assert isinstance(found, tf.IndexedSlicesValue)
        assert found.indices.tolist() == [3]
        assert found.dense_shape is None
        slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([3]), tf.constant([5, 1]))
        assert session.run(slices, {slices: ([[2.0]], [4], [5, 1])}).values.tolist() == [[2.0]]
