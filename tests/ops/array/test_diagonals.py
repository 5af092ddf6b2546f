"""MatrixDiagV2 and its relatives: diagonals that are not there, sizes that do not fit."""

import numpy as np
import pytest

import flowgraph as tf

raw = tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def refused(session, make, feed, says):
    fed = tf.placeholder(np.asarray(feed).dtype)
    with pytest.raises(tf.errors.InvalidArgumentError, match=says):
        session.run(make(fed), {fed: feed})


def test_parts(session):
    x = tf.zeros([2, 3])
    for k, says in [([1, 0], "must not be larger"), ([3], "upper|lower.*out of bound"),
                    ([-2], "out of bound"), ([0, 1, 2], "one or two"), ([[0]], "scalar or vector"),
                    (np.zeros(0, np.int32), "one or two")]:  # fmt: skip
        k = np.array(k, np.int32)
        refused(session, lambda fed: raw.MatrixDiagPartV2(x, fed, 0.0), k, says)
        refused(session, lambda fed: raw.MatrixSetDiagV2(x, [0.0], fed), k, says)
    with pytest.raises(ValueError, match="out of bound"):
        tf.matrix_diag_part(x, k=3)


def test_sizes(session):
    x = tf.constant([1.0, 2.0])
    with pytest.raises(ValueError, match="too small"):
        raw.MatrixDiagV2(x, 1, 1, -1, 0.0)
    with pytest.raises(ValueError, match="not consistent"):
        raw.MatrixDiagV2(x, 1, 4, 5, 0.0)
    refused(session, lambda fed: raw.MatrixDiagV2(x, 1, fed, -1, 0.0), np.int32(1), "too small")
    refused(session, lambda fed: raw.MatrixDiagV2(fed, [0, 1], -1, -1, 0.0), np.float32([1, 2]),
            "must have 2 rows")  # fmt: skip
    refused(session, lambda fed: raw.MatrixSetDiagV2(tf.zeros([2, 2]), fed, 0), np.float32([1]),
            "Expected diagonal of shape")  # fmt: skip


def test_part_undoes_diag(session):
    for k, shape in (((-1, 2), (4, 3)), (1, (3,)), (0, (3,))):
        k = list(k) if isinstance(k, tuple) else k
        x = tf.matrix_diag(np.ones(shape), k=k)
        found = session.run(tf.matrix_diag_part(x, k=k, padding_value=0.0))
        assert found.sum() == session.run(x).sum()
        np.testing.assert_array_equal(session.run(tf.matrix_set_diag(tf.zeros_like(x), found, k=k)),
                                      session.run(x))  # fmt: skip
