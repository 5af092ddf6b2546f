"""The op Einsum: equations and sizes that it refuses."""

import numpy as np
import pytest

import flowgraph as tf

errors, raw = tf.errors, tf.raw_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.mark.parametrize(
    ("equation", "says"),
    [("ij", "exactly one '->'"), ("i,j,k->i", "3 inputs"), ("ij->k", "in no input"),
     ("i1->i", "must be letters"), ("ijk->i", "do not fit")],
)  # fmt: skip
def test_einsum_equations_that_are_refused(equation, says):
    with pytest.raises(ValueError, match=says):
        raw.Einsum([tf.ones([2, 3])], equation=equation)


def test_einsum_of_sizes_that_differ(session):
    x = tf.placeholder(tf.float32)
    with pytest.raises(errors.InvalidArgumentError, match="ij,jk->ik"):
        session.run(raw.Einsum([x, tf.ones([4, 2])], equation="ij,jk->ik"), {x: np.ones((2, 3))})
    with pytest.raises(ValueError, match="Expected dimension 3 for label 'j'"):
        raw.Einsum([tf.ones([2, 3]), tf.ones([4, 2])], equation="ij,jk->ik")
