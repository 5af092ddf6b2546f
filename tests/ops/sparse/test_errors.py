"""Sparse tensors that do not fit: TensorFlow's error class, when building or when running."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.errors import InvalidArgumentError

INDICES, VALUES, SHAPE = [[0, 1], [1, 0], [1, 2]], [1.0, 2.0, 3.0], [2, 3]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def fed(value, dtype=None):
    """A tensor of which nothing is known before the run."""
    return tf.placeholder_with_default(np.array(value, dtype), None)


def sparse(indices=INDICES, values=VALUES, shape=SHAPE):
    return tf.SparseTensor(fed(indices, np.int64), fed(values), fed(shape, np.int64))


CASES = {
    "repeated": (lambda: tf.sparse_tensor_to_dense(sparse([[0, 1], [0, 1]], [1.0, 2.0])),
                 r"indices\[1\] = \[0,1\] is repeated"),
    "out of order": (lambda: tf.sparse_tensor_to_dense(sparse([[1, 1], [0, 1]], [1.0, 2.0])),
                     r"indices\[1\] = \[0,1\] is out of order"),
    "out of bounds": (lambda: tf.sparse_tensor_to_dense(sparse([[0, 5]], [1.0])),
                      r"indices\[0\] = \[0,5\] is out of bounds"),
    "out of bounds, not validated": (lambda: tf.sparse_to_dense(
        fed([-1]), fed([3]), fed([1.0]), validate_indices=False), "not valid"),
    "values too many": (lambda: tf.sparse_to_dense(fed([1, 3]), fed([5]), fed([1, 2, 3])),
                        r"incorrect shape \[3\], should be \[\] or \[2\]"),
    "another rank": (lambda: tf.sparse_to_dense(fed([[1, 3]]), fed([5]), fed([1])),
                     "1 should be: 2"),
    "indices of rank 3": (lambda: tf.sparse_to_dense(fed([[[1]]]), fed([5]), fed([1])),
                          "scalar, vector, or matrix"),
    "a default that is no scalar": (lambda: tf.sparse_to_dense(
        fed([1]), fed([5]), fed([1]), fed([0])), "default_value should be a scalar"),
    "axis": (lambda: tf.sparse_reduce_sum(sparse(), 5), "Invalid reduction dimension 5"),
    "axis known when built": (lambda: tf.sparse_reduce_sum(
        tf.SparseTensor(INDICES, VALUES, SHAPE), 5), "Invalid reduction dimension 5"),
    "reduced, out of bounds": (lambda: tf.sparse_reduce_sum(sparse([[5, 0]], [1.0]), 1),
                               "out of bounds"),
    "slice of negative size": (lambda: tf.sparse_slice(sparse(), [0, 1], [2, -1]), "non-negative"),
    "slice of another rank": (lambda: tf.sparse_slice(
        sparse(), fed([0], np.int64), fed([2], np.int64)), "vector of length 2"),
    "split in too many": (lambda: tf.sparse_split(sp_input=sparse(), num_split=3, axis=0)[0],
                          r"splitting dimension size \(2\), got 3"),
    "split along none": (lambda: tf.sparse_split(sp_input=sparse(), num_split=2, axis=4)[0],
                         r"range \[-2, 2\), got 4"),
    "concat of other sizes": (lambda: tf.sparse_concat(0, [sparse(), sparse(shape=[2, 4])]),
                              "expected 3 for dimension 1 but got 4 at position 1"),
    "concat of other ranks": (lambda: tf.sparse_concat(0, [sparse(), sparse([[0]], [1.0], [2])]),
                              "expected 2 but got 1"),
    "concat along none": (lambda: tf.sparse_concat(-3, [sparse(), sparse()]), "got -3"),
    "sum of other shapes": (lambda: tf.sparse_add(sparse(), sparse(shape=[2, 4])),
                            "got 3 and 4 for dimension 1"),
    "sum of another rank": (lambda: tf.sparse_add(sparse(), sparse([[0]], [1.0], [2])), "ranks"),
    "sum with a dense of another shape": (lambda: tf.sparse_add(sparse(), fed(np.ones((2, 4)))),
                                          "sparse side 3 vs dense side 4"),
    "sum with a dense of another rank": (lambda: tf.sparse_add(sparse(), fed(np.ones(2))),
                                         "different ranks; received: 2 and 1"),
    "product that would broadcast the sparse one": (lambda: sparse() * fed(np.ones((1, 2, 3))),
                                                    "broadcasts dense to sparse only"),
    "product with another shape": (lambda: sparse() * fed(np.ones(4)), r"\[2,3\] vs. \[4\]"),
    "division by zero": (lambda: tf.raw_ops.SparseDenseCwiseDiv(
        [[0, 1]], [5], [2, 3], [1, 0, 1]), "divide by zero"),
    "maximum of other shapes": (lambda: tf.sparse_maximum(sparse(), sparse(shape=[2, 4])),
                                "got 3 and 4"),
    "softmax of a vector": (lambda: tf.sparse_softmax(sparse([[0]], [1.0], [3])), "rank >= 2"),
    "filled row that is not there": (lambda: tf.sparse_fill_empty_rows(
        sparse([[7, 0]], [1.0], [5, 2]), 9.0)[1], r"indices\(0, 0\) is invalid: 7"),
    "inner sizes": (lambda: tf.sparse_tensor_dense_matmul(sparse(), fed(np.ones((2, 2)))),
                    "inner dimension does not match: 3 vs. 2"),
    "column out of bounds": (lambda: tf.sparse_tensor_dense_matmul(
        sparse([[0, 7]], [1.0]), fed(np.ones((3, 2)))), r"k \(7\)"),
    "row out of bounds": (lambda: tf.sparse_tensor_dense_matmul(
        sparse([[7, 0]], [1.0]), fed(np.ones((3, 2)))), r"m \(7\)"),
    "matmul of rank 3": (lambda: tf.sparse_tensor_dense_matmul(
        sparse([[0, 1, 1]], [1.0], [2, 3, 3]), fed(np.ones((3, 2)))), "3 elements"),
    "distance of other ranks": (lambda: tf.edit_distance(
        sparse(), sparse([[0]], [1.0], [2])), "same rank"),
    "reshape to a multiple": (lambda: tf.sparse_reshape(sparse(), fed([4, -1])), "multiple of 4"),
    "reshape to another size": (lambda: tf.sparse_reshape(sparse(), fed([4, 2])), "has 8"),
    "reshape with two open": (lambda: tf.sparse_reshape(sparse(), fed([-1, -1])), "not both"),
    "reshape with a negative": (lambda: tf.sparse_reshape(sparse(), fed([-2, 3])), "not -2"),
    "reset to less": (lambda: tf.sparse_reset_shape(sparse(), [1, 5]), "x <= y"),
    "as many values as indices": (lambda: tf.sparse_reorder(sparse(values=[1.0])), "1 values"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_when_run(name):
    build, message = CASES[name]
    fetch = build()
    with tf.Session() as session, pytest.raises(InvalidArgumentError, match=message):
        session.run(fetch)


def known():
    return tf.SparseTensor(INDICES, VALUES, SHAPE)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: tf.sparse_tensor_dense_matmul(known(), [[1.0]] * 2), ValueError, "3 and 2"),
        (lambda: tf.sparse_reshape(known(), [4, 2]), ValueError, "6 elements"),
        (lambda: tf.sparse_reshape(known(), [-1, -1]), ValueError, "At most one"),
        (lambda: tf.sparse_reset_shape(known(), [1, 5]), ValueError, "new_shape"),
        (lambda: tf.sparse_reset_shape(known(), [1, 2, 3]), ValueError, "incompatible"),
        (lambda: tf.sparse_add(1.0, 2.0), TypeError, "At least one input"),
        (lambda: tf.sparse_add(known(), known(), 1.0, 2.0), ValueError, "both"),
        (lambda: tf.sparse_add(known(), tf.SparseTensor([[0, 0]], [1.0], [2, 4])), ValueError,
         "compatible"),
        (lambda: tf.edit_distance([1], known()), TypeError, "Hypothesis must be a SparseTensor"),
        (lambda: tf.sparse_reorder([[0, 1]]), TypeError, "SparseTensor"),
        (lambda: tf.sparse_concat(0, known()), TypeError, "list or tuple"),
        (lambda: tf.sparse_split(sp_input=known(), axis=0), ValueError, "num_split is required"),
        (lambda: tf.sparse_split(known(), 2, 0), ValueError, "Keyword arguments"),
        (lambda: tf.sparse_split(sp_input=known(), num_split=0, axis=0), ValueError, "minimum 1"),
        (lambda: tf.sparse_retain(known(), [True]), ValueError, "incompatible"),
        (lambda: tf.sparse_retain(known(), [[True]]), ValueError, "rank 1"),
        (lambda: tf.sparse_merge(known(), known(), [5]), TypeError, "vocab_size"),
        (lambda: tf.sparse_merge([known()], known(), [5, 6]), ValueError, "equal lengths"),
        (lambda: tf.sparse_merge(5, known(), [5]), TypeError, "sp_ids"),
        (lambda: tf.sparse_to_dense([[1, 0]], [2, 2], ["a"]), TypeError, "strings"),
        (lambda: tf.sparse_to_dense([0], [[2]], [1.0]), ValueError, "rank 1"),
    ],
)  # fmt: skip
def test_when_built(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize("function", [tf.sparse_reduce_max, tf.sparse_reduce_max_sparse])
def test_maxima_have_no_gradient(function):
    sparse = known()
    result = function(sparse, 1)
    y = result.values if isinstance(result, tf.SparseTensor) else result
    with pytest.raises(LookupError):
        tf.gradients(y, sparse.values)
