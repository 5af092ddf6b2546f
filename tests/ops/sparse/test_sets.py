"""Sets, crosses and serialised sparse tensors: random ones against Python's sets, and bad input."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def run(fetch):
    with tf.Session() as session:
        return session.run(fetch)


def run_error(fetch):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        run(fetch)
    return str(error.value)


def sparse(indices, values, shape):
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, len(shape)), values, shape)


# --- sets -----------------------------------------------------------------------------------------
ROWS = st.lists(st.lists(st.integers(-3, 3), max_size=5), min_size=1, max_size=4)
OPERATIONS = {
    "set_intersection": set.intersection, "set_union": set.union,
    "set_difference": set.difference,
}  # fmt: skip


def of_rows(rows):
    indices = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    values = np.array([v for row in rows for v in row], np.int64)
    return sparse(indices, values, [len(rows), max(map(len, rows)) or 1])


@settings(max_examples=25, deadline=None)
@given(ROWS, ROWS, st.sampled_from(sorted(OPERATIONS)))
def test_sets_are_pythons(a, b, name):
    b = (b * len(a))[: len(a)]
    with tf.Graph().as_default():
        found = run(getattr(tf.sets, name)(of_rows(a), of_rows(b)))
    expected = [sorted(OPERATIONS[name](set(x), set(y))) for x, y in zip(a, b)]
    assert found.values.tolist() == [v for row in expected for v in row]
    assert found.indices.tolist() == [[i, j] for i, row in enumerate(expected) for j in
                                      range(len(row))]  # fmt: skip
    assert found.dense_shape.tolist() == [len(a), max(map(len, expected))]


def test_sets_of_different_places():
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal"):
        tf.sets.union([[1]], [[1], [2]])
    fed = tf.placeholder_with_default([[1], [2]], [None, None])
    assert "Mismatched shapes [1] vs [2]" in run_error(tf.sets.union([[1]], fed))
    with pytest.raises(ValueError, match="at least rank 2"):
        tf.sets.union([1], [2])
    with pytest.raises(ValueError):
        tf.sets.union([[1]], [[[1]]])


@pytest.mark.parametrize(
    ("indices", "said"),
    [
        ([[1, 0], [0, 0]], "indices[1] = [0,0] is out of order"),
        ([[0, 0], [0, 0]], "indices[1] = [0,0] is repeated"),
        ([[0, 0], [2, 0]], "indices[1] = [2,0] is out of bounds"),
    ],
)
def test_sparse_sets_that_cannot_be(indices, said):
    sets = sparse(indices, [1, 2], [2, 2])
    assert said in run_error(tf.sets.size(sets))
    assert said in run_error(tf.sets.union(sets, [[1], [2]]))


def test_kinds_of_sets():
    with pytest.raises(TypeError, match="Expected `SparseTensor`"):
        tf.sets.size([[1]])
    with pytest.raises(TypeError, match="'a' invalid dtype"):
        tf.sets.union([[1.0]], [[1.0]])
    with pytest.raises(TypeError, match="Types don't match"):
        tf.sets.union([[1]], [["a"]])
    fetch = tf.raw_ops.DenseToDenseSetOperation(set1=[[1]], set2=[[1]], set_operation="xor")
    assert "Invalid set_operation xor." in run_error(fetch[0])


# --- crosses --------------------------------------------------------------------------------------
def test_all_combinations():
    rows = [[["a", "b"], ["c"]], [["x"], ["y", "z"]], [["1", "2"], ["3", "4"]]]
    tensors = []
    for column in rows:
        indices = [[i, j] for i, row in enumerate(column) for j in range(len(row))]
        tensors.append(sparse(indices, [v for row in column for v in row], [2, 2]))
    found = run(tf.sparse.cross(tensors))
    expected = [["_X_".join(c) for c in itertools.product(*each)] for each in zip(*rows)]
    assert found.values.tolist() == [v.encode() for row in expected for v in row]
    assert found.dense_shape.tolist() == [2, 4]


def test_crosses_that_cannot_be():
    one = sparse([[0, 0]], ["a"], [1, 1])
    with pytest.raises(TypeError, match="must be a list"):
        tf.sparse.cross((one, one))
    with pytest.raises(TypeError, match="must be SparseTensors"):
        tf.sparse.cross([one, "a"])
    assert "batch size 2 received" in run_error(
        tf.sparse.cross([one, sparse([[0, 0]], ["a"], [2, 1])])
    )
    assert "Expected batch size 1 got 2" in run_error(
        tf.sparse.cross([one, tf.constant([["a"], ["b"]])])
    )
    assert "should be a matrix" in run_error(tf.sparse.cross([one, tf.constant(["a"])]))


# --- sparse tensors as strings --------------------------------------------------------------------
def test_rows_of_different_sizes_get_the_largest():
    texts = tf.stack([
        tf.serialize_sparse(sparse([[0, 1]], [5], [1, 3])),
        tf.serialize_sparse(sparse([[2, 0], [3, 0]], [6, 7], [4, 1])),
    ])  # fmt: skip
    found = run(tf.deserialize_many_sparse(texts, tf.int32, rank=3))
    assert found.dense_shape.tolist() == [2, 4, 3]
    assert found.indices.tolist() == [[0, 0, 1], [1, 2, 0], [1, 3, 0]]
    assert found.values.tolist() == [5, 6, 7]


def test_strings_that_are_no_sparse_tensor():
    good = tf.serialize_sparse(sparse([[0, 1]], [5], [1, 3]))
    read = tf.deserialize_many_sparse
    assert "type float32 but SparseTensor[0].values.dtype() == int32" in run_error(
        read([good], tf.float32)
    )
    assert "Could not parse serialized proto" in run_error(read([["\x08", "", ""]], tf.int32))
    swapped = tf.reverse(good, [0])
    assert "serialized_sparse[0, 0] to represent an index matrix" in run_error(
        read([swapped], tf.int32)
    )
    other = tf.serialize_sparse(sparse([[1]], [5], [3]))
    assert "Inconsistent shape across SparseTensors" in run_error(read([good, other], tf.int32))
    empty = tf.constant([], tf.string, [0, 3])
    assert "at least 1 serialized tensor" in run_error(read(empty, tf.int32))
    with pytest.raises(ValueError, match="must be 3 but is 2"):
        read([["a", "b"]], tf.int32)


def test_only_ranks_above_one_have_rows():
    assert "should be > 1, but saw rank: 1" in run_error(
        tf.serialize_many_sparse(sparse([[1]], [5], [3]))
    )
    assert "out of order" in run_error(
        tf.serialize_many_sparse(sparse([[1, 0], [0, 0]], [5, 6], [2, 1]))
    )
