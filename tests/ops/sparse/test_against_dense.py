"""Ops on random sparse tensors against numpy on the dense tensors that they stand for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


@st.composite
def denses(draw, shape=None, seeds=st.integers(0, 10**6)):
    """A dense array of which about half is zero."""
    shape = draw(SHAPES) if shape is None else shape
    rng = np.random.RandomState(draw(seeds))
    return np.where(rng.rand(*shape) < 0.5, rng.randint(-9, 10, shape), 0).astype(np.float64)


def sparse_of(dense):
    indices = np.argwhere(dense)
    return tf.SparseTensor(
        indices.reshape(-1, dense.ndim), dense[tuple(indices.T)], np.array(dense.shape)
    )


def run(fetch):
    with tf.Session() as session:
        return session.run(fetch)


def dense_of(sparse):
    """The dense array; the indices must come out sorted."""
    return run(tf.sparse_tensor_to_dense(sparse))


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


few = settings(max_examples=25, deadline=None)


@few
@given(denses())
def test_there_and_back(dense):
    with tf.Graph().as_default():
        np.testing.assert_array_equal(dense_of(tf.sparse.from_dense(dense)), dense)


@few
@given(st.data(), SHAPES)
def test_sums_and_extrema(data, shape):
    a, b = data.draw(denses(shape)), data.draw(denses(shape))
    with tf.Graph().as_default():
        x, y = sparse_of(a), sparse_of(b)
        np.testing.assert_array_equal(dense_of(tf.sparse_add(x, y)), a + b)
        np.testing.assert_array_equal(run(tf.sparse_add(x, b)), a + b)
        np.testing.assert_array_equal(dense_of(tf.sparse_maximum(x, y)), np.maximum(a, b))
        np.testing.assert_array_equal(dense_of(tf.sparse_minimum(x, y)), np.minimum(a, b))


@few
@given(denses(), st.data())
def test_reductions(dense, data):
    axes = data.draw(st.lists(st.integers(-dense.ndim, dense.ndim - 1), max_size=3))
    keep = data.draw(st.booleans())
    wanted = dense.sum(tuple({a % dense.ndim for a in axes}), keepdims=keep)
    with tf.Graph().as_default():
        sparse = sparse_of(dense)
        total = tf.sparse_reduce_sum(sparse, axes, keep)
        assert total.shape.as_list() == list(wanted.shape)
        np.testing.assert_array_equal(run(total), wanted)
        as_sparse = tf.sparse_reduce_sum_sparse(sparse, axes, keep)
        np.testing.assert_array_equal(dense_of(as_sparse), wanted)


@few
@given(denses(), st.data())
def test_parts_and_what_they_were_made_of(dense, data):
    axis = data.draw(st.integers(-dense.ndim, dense.ndim - 1))
    count = data.draw(st.integers(1, dense.shape[axis]))
    start = [data.draw(st.integers(0, n)) for n in dense.shape]
    size = [data.draw(st.integers(0, n)) for n in dense.shape]
    cut = tuple(slice(a, a + n) for a, n in zip(start, size))
    with tf.Graph().as_default():
        sparse = sparse_of(dense)
        pieces = tf.sparse_split(sp_input=sparse, num_split=count, axis=axis)
        for piece, wanted in zip(pieces, np.array_split(dense, count, axis)):
            np.testing.assert_array_equal(dense_of(piece), wanted)
        np.testing.assert_array_equal(dense_of(tf.sparse_concat(axis, pieces)), dense)
        np.testing.assert_array_equal(dense_of(tf.sparse_slice(sparse, start, size)), dense[cut])


@few
@given(denses(), st.data())
def test_shapes(dense, data):
    perm = data.draw(st.permutations(range(dense.ndim)))
    with tf.Graph().as_default():
        sparse = sparse_of(dense)
        moved = tf.sparse_transpose(sparse, perm)
        assert moved.shape.as_list() == list(dense.transpose(perm).shape)
        np.testing.assert_array_equal(dense_of(moved), dense.transpose(perm))
        flat = tf.sparse_reshape(moved, [-1])
        assert flat.shape.as_list() == [dense.size]
        np.testing.assert_array_equal(dense_of(flat), dense.transpose(perm).reshape(-1))
        at = data.draw(st.integers(-dense.ndim - 1, dense.ndim))
        wide = tf.sparse.expand_dims(sparse, at)
        np.testing.assert_array_equal(dense_of(wide), np.expand_dims(dense, at))


@few
@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_products(data, rows, inner, columns):
    a = data.draw(denses((rows, inner)))
    b = np.random.RandomState(0).normal(size=(inner, columns))
    with tf.Graph().as_default():
        for adjoint_a in (False, True):
            for adjoint_b in (False, True):
                left, right = sparse_of(a.T if adjoint_a else a), b.T if adjoint_b else b
                product = tf.sparse_tensor_dense_matmul(left, right, adjoint_a, adjoint_b)
                assert product.shape.as_list() == [rows, columns]
                np.testing.assert_allclose(run(product), a @ b, rtol=1e-12, atol=1e-12)


def test_coordinates_too_many_to_number():
    """The product of the sizes exceeds 64 bits."""
    huge = [2**40, 2**40]
    sparse = tf.SparseTensor([[2**39, 1], [5, 2**39], [5, 7]], [1.0, 2.0, 3.0], huge)
    ordered = run(tf.sparse_reorder(sparse))
    assert ordered.values.tolist() == [3.0, 2.0, 1.0]
    total = run(tf.sparse_add(tf.sparse_reorder(sparse), tf.SparseTensor([[5, 7]], [1.0], huge)))
    assert total.values.tolist() == [4.0, 2.0, 1.0]


def test_large_products_are_summed_in_blocks(monkeypatch):
    from flowgraph.ops.sparse import products

    monkeypatch.setattr(products, "_BLOCK", 8)
    rng = np.random.RandomState(1)
    a, b = np.where(rng.rand(7, 9) < 0.6, rng.normal(size=(7, 9)), 0), rng.normal(size=(9, 3))
    np.testing.assert_allclose(run(tf.sparse_tensor_dense_matmul(sparse_of(a), b)), a @ b)
