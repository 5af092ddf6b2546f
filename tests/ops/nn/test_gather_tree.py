import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.nn.gather_tree import gather_tree


def tree(steps, parents, lengths, end=10):
    with tf.Session() as session:
        return session.run(gather_tree(np.int32(steps), np.int32(parents), lengths, end))


def test_beams_are_followed_from_the_last_step_to_the_first():
    # TensorFlow 1.x's own example (beam_search_ops_test.testGatherTreeOne).
    steps = np.transpose([[[1, 2, 3], [4, 5, 6], [7, 8, 9], [-1, -1, -1]]], (1, 0, 2))
    parents = np.transpose([[[0, 0, 0], [0, 1, 1], [2, 1, 2], [-1, -1, -1]]], (1, 0, 2))
    beams = tree(steps, parents, [3])
    expected = [[[2, 2, 2], [6, 5, 6], [7, 8, 9], [10, 10, 10]]]
    np.testing.assert_array_equal(beams, np.transpose(expected, (1, 0, 2)))


def test_all_after_the_first_end_is_the_end():
    steps = np.array([[[1]], [[10]], [[3]]])
    beams = tree(steps, np.zeros((3, 1, 1)), [3])
    np.testing.assert_array_equal(beams[:, 0, 0], [1, 10, 10])


def test_a_batch_without_steps_is_all_end():
    assert (tree(np.ones((2, 1, 3)), np.zeros((2, 1, 3)), [0]) == 10).all()


@pytest.mark.parametrize("parent", [-1, 3])
def test_a_parent_that_is_no_beam(parent):
    parents = np.zeros((3, 1, 3))
    parents[2, 0, 1] = parent
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"parent id {parent}"):
        tree(np.ones((3, 1, 3)), parents, [3])


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError):
        tree(np.ones((3, 1, 3)), np.ones((3, 1, 2)), [3])
    with pytest.raises(ValueError):
        tree(np.ones((3, 2, 3)), np.ones((3, 2, 3)), [3])
