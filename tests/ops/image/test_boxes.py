"""Drawn boxes and sampled crops: bad input, and that crops are what was asked for."""

import numpy as np
import pytest

import flowgraph as tf

BAD = tf.errors.InvalidArgumentError
SIZE = np.array([60, 80, 3], np.int32)
OBJECT = np.array([[[0.2, 0.3, 0.8, 0.9]]], np.float32)


def run(build, *values):
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = [tf.placeholder(np.asarray(v).dtype) for v in values]
        return session.run(build(*inputs), dict(zip(inputs, values, strict=True)))


def zeros(*shape):
    return np.zeros(shape, np.float32)


def draw(colors=None):
    return lambda x, b: tf.image.draw_bounding_boxes(x, b, colors=colors)


def sample(**more):
    return lambda s, b: tf.image.sample_distorted_bounding_box(s, b, seed=1, seed2=2, **more)


@pytest.mark.parametrize(
    ("build", "first", "boxes", "message"),
    [
        (draw(), zeros(1, 4, 4, 2), zeros(1, 1, 4), "1 .GRY., 3 .RGB. or 4"),
        (draw(), zeros(4, 4, 1), zeros(1, 1, 4), "rank 4"),
        (draw(), zeros(1, 4, 4, 3), zeros(1, 4), "boxes must be"),
        (draw(), zeros(2, 4, 4, 3), zeros(1, 1, 4), "batch sizes"),
        (draw([[1.0]]), zeros(1, 4, 4, 3), zeros(1, 1, 4), "no fewer channels"),
        (sample(), SIZE[:2], OBJECT, "image_size"),
        (sample(), SIZE, OBJECT[0], "input boxes must be"),
        (sample(), SIZE, OBJECT + 0.5, "must be in"),
        (sample(), SIZE, zeros(1, 0, 4), "No bounding boxes provided"),
        (sample(min_object_covered=-1.0), SIZE, OBJECT, "must be non-negative: -1"),
        (sample(area_range=[0.5, 1.5]), SIZE, OBJECT, "less then or equal to 1"),
        (sample(area_range=[0.5]), SIZE, OBJECT, "area_range must be two positive"),
        (sample(aspect_ratio_range=[0.0, 1.0]), SIZE, OBJECT, "aspect_ratio_range must be two"),
        (sample(max_attempts=0), SIZE, OBJECT, "Max attempts must be positive"),
    ],
)
def test_bad_input_is_told_at_the_run(build, first, boxes, message):
    with pytest.raises(BAD, match=message):
        run(build, first, boxes)


def test_what_is_known_is_refused_when_built():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Channel depth"):
            tf.image.draw_bounding_boxes(tf.zeros([1, 4, 4, 2]), OBJECT)
        with pytest.raises(ValueError, match="must be 4 but is 5"):
            tf.image.draw_bounding_boxes(tf.zeros([1, 4, 4, 3]), tf.zeros([1, 1, 5]))
        with pytest.raises(ValueError, match="image size"):
            tf.image.sample_distorted_bounding_box([1, 2], OBJECT)


def test_the_images_drawn_on_are_not_changed():
    image = zeros(1, 5, 5, 1)
    drawn = run(draw(), image, np.array([[[0, 0, 1, 1]]], np.float32))
    assert image.sum() == 0
    frame = np.ones((5, 5))
    frame[1:-1, 1:-1] = 0
    assert (drawn[0, :, :, 0] == frame).all()


def test_crops_are_as_asked_for():
    with tf.Graph().as_default(), tf.Session() as session:
        crop = tf.image.sample_distorted_bounding_box(
            SIZE, OBJECT, seed=3, min_object_covered=0.5, aspect_ratio_range=[0.8, 1.2],
            area_range=[0.3, 0.6],
        )  # fmt: skip
        seen = set()
        for _ in range(20):
            begin, size, box = session.run(crop)
            height, width = size[:2]
            assert begin[2] == 0 and size[2] == -1
            assert 0.28 < height * width / 4800 < 0.62
            assert 0.75 < width / height < 1.25
            np.testing.assert_allclose(box[0, 0, :2] * SIZE[:2], begin[:2], rtol=1e-6)
            np.testing.assert_allclose(box[0, 0, 2:] * SIZE[:2], begin[:2] + size[:2], rtol=1e-6)
            low, high = np.maximum(begin[:2], [12, 24]), np.minimum(begin[:2] + size[:2], [48, 72])
            assert np.prod(high - low) >= 0.5 * 36 * 48
            seen.add((*begin, *size))
        assert len(seen) > 10


def test_seeds_of_zero_differ_by_session():
    def first():
        with tf.Graph().as_default(), tf.Session() as session:
            crop = tf.image.sample_distorted_bounding_box(SIZE * 9, OBJECT, min_object_covered=0.1)
            return [tuple(session.run(crop)[0]) for _ in range(3)]

    assert first() != first()
