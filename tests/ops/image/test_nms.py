"""Non-max suppression: bad input, and the search against one that is plainly right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowgraph as tf
from flowgraph.ops.image._suppression import Boxes, suppress

BAD = tf.errors.InvalidArgumentError
RAW = tf.raw_ops


def run(build, *values):
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = [tf.placeholder(np.asarray(v).dtype) for v in values]
        return session.run(build(*inputs), dict(zip(inputs, values, strict=True)))


def zeros(*shape):
    return np.zeros(shape, np.float32)


def nms(size=3, limit=0.5, least=0.0):
    return lambda b, s: tf.image.non_max_suppression(b, s, size, limit, least)


def combined(*numbers):
    return lambda b, s: tf.image.combined_non_max_suppression(b, s, *numbers)


@pytest.mark.parametrize(
    ("build", "boxes", "scores", "message"),
    [
        (nms(), zeros(3), zeros(3), "boxes must be 2-D"),
        (nms(), zeros(3, 5), zeros(3), "4 columns, got 5"),
        (nms(), zeros(3, 4), zeros(3, 1), "scores must be 1-D"),
        (nms(), zeros(3, 4), zeros(2), "scores has incompatible shape: 2 of 3"),
        (nms(limit=1.5), zeros(3, 4), zeros(3), r"must be in \[0, 1\], got 1.5"),
        (
            lambda b, s: tf.image.non_max_suppression_overlaps(b, s, 3),
            zeros(3, 4), zeros(3), "overlaps must be square",
        ),
        (combined(1, 1), zeros(1, 3, 4), zeros(1, 3, 2), "boxes must be 4-D"),
        (combined(1, 1), zeros(1, 3, 1, 4), zeros(1, 2, 2), "scores has incompatible shape"),
        (combined(1, 1), zeros(1, 3, 3, 4), zeros(1, 3, 2), "third dimension"),
        (combined(0, 1), zeros(1, 3, 1, 4), zeros(1, 3, 2), "must be > 0"),
        (combined(1, 1, 2.0), zeros(1, 3, 1, 4), zeros(1, 3, 2), r"must be in \[0, 1\]"),
    ],
)  # fmt: skip
def test_bad_boxes_are_told_at_the_run(build, boxes, scores, message):
    with pytest.raises(BAD, match=message):
        run(build, boxes, scores)


def test_scalars_must_be_so():
    size = np.array([3], np.int32)
    with pytest.raises(BAD, match="max_output_size must be 0-D"):
        run(lambda b, s, n: tf.image.non_max_suppression(b, s, n), zeros(3, 4), zeros(3), size)


def test_what_is_known_is_refused_when_built():
    with tf.Graph().as_default():
        boxes, scores = tf.zeros([3, 4]), tf.zeros([3])
        with pytest.raises(ValueError, match="must be equal"):
            tf.image.non_max_suppression(tf.zeros([2, 4]), scores, 3)
        with pytest.raises(ValueError, match="must be equal"):
            tf.image.non_max_suppression(tf.zeros([3, 5]), scores, 3)
        with pytest.raises(ValueError, match="rank 0"):
            tf.image.non_max_suppression(boxes, scores, [3])
        with pytest.raises(ValueError, match="must be >= 0, got -1"):
            tf.image.non_max_suppression_padded(boxes, scores, -1, pad_to_max_output_size=True)
        many, of = tf.zeros([1, 3, 2, 4]), tf.zeros([1, 3, 3])
        with pytest.raises(ValueError, match="third dimension"):
            tf.image.combined_non_max_suppression(many, of, 1, 1)
        with pytest.raises(ValueError, match="max_total_size should be > 0"):
            tf.image.combined_non_max_suppression(many[:, :, :1], of, 1, 0)


def plain(boxes, scores, size, limit, least):
    """The definition: by falling score, each box that none chosen before overlaps too much."""
    everyone = np.arange(len(boxes))
    alike = Boxes(boxes).similarity(everyone, everyone)
    chosen = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        overlaps = (alike[i, chosen] > limit).any()
        if scores[i] > least and len(chosen) < size and not overlaps:
            chosen.append(i)
    return chosen


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from([0.05, 0.4, 0.9]), st.integers(0, 400))
def test_the_search_is_right(seed, limit, size):
    rng = np.random.RandomState(seed)
    n = int(rng.choice([1, 20, 129, 300]))  # more and less than the block that is searched at once
    corners = rng.uniform(size=(n, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0, 0.3, (n, 2))], 1).astype(np.float32)
    scores = rng.uniform(size=n).round(2).astype(np.float32)
    found, kept = suppress(Boxes(boxes), scores, size, limit, 0.1)
    assert found.tolist() == plain(boxes, scores, size, limit, 0.1)
    assert kept.tolist() == scores[found].tolist()


def test_nan_scores_are_no_candidates():
    scores = np.array([np.nan, 0.5, np.nan], np.float32)
    assert run(nms(), np.eye(3, 4, dtype=np.float32), scores).tolist() == [1]
