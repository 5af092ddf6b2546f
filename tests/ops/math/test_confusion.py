"""The confusion matrix: classes outside of the range, ranks that only the run knows."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.math.confusion import remove_squeezable_dimensions


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_classes_outside_of_the_range(session):
    labels, guesses = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
    counts = tf.math.confusion_matrix(labels, guesses, num_classes=3)
    for fed, says in [
        (([-1], [0]), "`labels` contains negative"), (([0], [-1]), "`predictions` contains neg"),
        (([3], [0]), "`labels` out of bound"), (([0], [3]), "`predictions` out of bound"),
    ]:  # fmt: skip
        with pytest.raises(tf.errors.InvalidArgumentError, match=says):
            session.run(counts, dict(zip((labels, guesses), fed)))


@pytest.mark.parametrize("shapes", [((2, 1), (2,)), ((2,), (2, 1)), ((2,), (2,))])
def test_columns_are_squeezed_also_where_the_run_alone_tells(session, shapes):
    labels, guesses = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    found = remove_squeezable_dimensions(labels, guesses)
    feeds = {labels: np.ones(shapes[0]), guesses: np.ones(shapes[1])}
    assert [part.shape for part in session.run(found, feeds)] == [(2,), (2,)]
