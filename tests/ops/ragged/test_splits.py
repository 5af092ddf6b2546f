"""What the ops on ragged tensors refuse."""

import numpy as np
import pytest

import flowgraph as tf

RAW = tf.raw_ops


def splits(*values):
    return tf.constant(values, tf.int64)


def gather(nested, values, indices, depth=1):
    return RAW.RaggedGather(nested, values, indices, OUTPUT_RAGGED_RANK=depth)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RAW.RaggedRange([0, 1], [2, 3], [1, 0]), "Requires delta != 0"),
        (lambda: gather([splits(0, 2)], [1, 2], [0, 1]), r"indices\[1\] = 1 is not in \[0, 1\)"),
        (lambda: gather([splits(0, 2)], [1, 2], [[0], [-1]], 2), r"indices\[1,0\] = -1 is not"),
        (lambda: gather([splits(0, 2, 1)], [1, 2], [0]), "must be sorted"),
        (lambda: gather([splits(0, 3)], [1, 2], [0]), "not point past values"),
        (lambda: gather([tf.zeros([0], tf.int64)], [1, 2], [0]), "may not be empty"),
        (lambda: RAW.RaggedTensorToSparse([splits(1, 2)], [1, 2]), "First value .* must be 0"),
        (lambda: RAW.RaggedTensorToSparse([splits(0, 1)], [1, 2]), "Final value .* got 1 and 2"),
        (lambda: RAW.RaggedTensorToSparse([splits(0, 2), splits(0, 2)], [1, 2]), "got 2 and 1"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_when_run(build, message):
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(build())


@pytest.mark.parametrize(
    "build",
    [
        lambda: RAW.RaggedRange([0, 1], [1, 2, 3], 1),
        lambda: RAW.RaggedRange([[0]], 1, 1),
        lambda: gather([splits(0, 2)], [1, 2], [[0]]),
        lambda: gather([splits(0, 2)], 1, [0]),
        lambda: gather([[splits(0, 2)]], [1, 2], [0]),
        lambda: RAW.RaggedTensorToSparse([splits(0, 2)], 1),
        lambda: RAW.RaggedTensorToSparse([], [1]),
    ],
)
def test_bad_shapes_are_refused_when_built(build):
    with pytest.raises(ValueError):
        build()


def test_a_range_of_halves():
    ends = (tf.constant(x, tf.bfloat16) for x in ([0.0, 1.0], [2.0, 3.0], [0.5, 0.75]))
    found, values = RAW.RaggedRange(*ends)
    with tf.Session() as session:
        assert session.run(found).tolist() == [0, 4, 7]
        assert session.run(values).astype(float).tolist() == [0, 0.5, 1, 1.5, 1, 1.75, 2.5]
    assert values.dtype is tf.bfloat16


def test_rows_of_all_lengths_and_back():
    rng = np.random.RandomState(0)
    lengths = rng.randint(0, 5, 40)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    order = rng.permutation(40)
    found, values = gather([splits(*ends)], tf.range(int(ends[-1])), order)
    indices, flat, shape = RAW.RaggedTensorToSparse([found], values)
    dense = tf.sparse_to_dense(indices, shape, flat, -1)
    with tf.Session() as session:
        rows = session.run(dense)
    for row, at in zip(rows, order, strict=True):
        assert row[row >= 0].tolist() == list(range(ends[at], ends[at + 1]))
