"""Bad input of crops, paddings, flips and turns; what chance does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


def run(tensor: Any, feeds: Any = None) -> Any:
    with tf.Session() as session:
        return session.run(tensor, feeds)


@pytest.mark.parametrize(
    ("function", "args", "said"),
    [
        ("crop_to_bounding_box", (-1, 0, 1, 1), "offset_height must be >= 0."),
        ("crop_to_bounding_box", (0, 0, 0, 1), "target_height must be > 0."),
        ("crop_to_bounding_box", (0, 2, 1, 2), "width must be >= target"),
        ("pad_to_bounding_box", (0, -1, 9, 9), "offset_width must be >= 0"),
        ("pad_to_bounding_box", (0, 0, 2, 9), "height must be <= target"),
        ("resize_image_with_crop_or_pad", (0, 3), "target_height must be > 0."),
        ("resize_image_with_pad", (3, 0), "target_width must be > 0."),
        ("central_crop", (0.0,), "central_fraction"),
        ("central_crop", (1.5,), "central_fraction"),
    ],
)
def test_what_is_known_fails_when_built(function: str, args: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        getattr(tf.image, function)(tf.zeros([4, 3, 1]), *args)


@pytest.mark.parametrize(
    "function", ["flip_left_right", "random_flip_up_down", "rot90", "transpose_image"]
)
def test_ranks_and_empty_images(function: str) -> None:
    turn = getattr(tf.image, function)
    with pytest.raises(ValueError, match="at least three-dimensional"):
        turn(tf.zeros([3, 3]))
    with pytest.raises(ValueError, match="3 or 4 dimensions"):
        turn(tf.zeros([1, 1, 3, 3, 1]))
    with pytest.raises(ValueError, match="> 0"):
        turn(tf.zeros([3, 0, 1]))


def test_a_run_checks_what_was_not_known() -> None:
    x = tf.placeholder(tf.float32, [None, None, 1])
    height = tf.placeholder(tf.int32, [])
    cropped = tf.image.crop_to_bounding_box(x, 0, 0, height, 2)
    assert cropped.shape.as_list() == [None, 2, 1]
    image = np.zeros((3, 3, 1), np.float32)
    assert run(cropped, {x: image, height: 2}).shape == (2, 2, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="height must be >= target"):
        run(cropped, {x: image, height: 4})
    with pytest.raises(tf.errors.InvalidArgumentError, match="inner 3 dims"):
        run(tf.image.flip_left_right(x), {x: image[:, :0]})


def test_a_turn_must_be_a_scalar() -> None:
    with pytest.raises(ValueError, match="rank 0"):
        tf.image.rot90(tf.zeros([2, 2, 1]), [1])


def test_an_image_of_unknown_rank_is_one_image() -> None:
    x = tf.placeholder(tf.float32)
    assert tf.image.flip_up_down(x).shape.as_list() == [None] * 3
    padded = tf.image.pad_to_bounding_box(x, 1, 0, 4, 2)
    assert padded.shape.as_list() == [4, 2, None]
    assert run(padded, {x: np.ones((2, 2, 1), np.float32)})[:, 0, 0].tolist() == [0, 1, 1, 0]


def test_about_half_of_a_batch_is_flipped() -> None:
    x = np.tile(np.arange(2, dtype=np.float32).reshape(1, 1, 2, 1), (400, 1, 1, 1))
    y = run(tf.image.random_flip_left_right(x, seed=1))
    assert 150 < (y[:, 0, 0, 0] == 1).sum() < 250
    assert (y.sum((1, 2, 3)) == 1).all()


def test_edges_ask_for_a_batch() -> None:
    with pytest.raises(ValueError, match="4D"):
        tf.image.image_gradients(tf.zeros([3, 3, 1]))
    with pytest.raises(ValueError, match="3 or 4-dimensional"):
        tf.image.total_variation(tf.zeros([3, 3]))


def test_quarter_turns_go_round() -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
    for k in range(-2, 6):
        np.testing.assert_array_equal(run(tf.image.rot90(x, k)), np.rot90(x, k))


@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_sizes_of_other_kinds_of_integers(kind: Any) -> None:
    x = np.ones((4, 3, 1), np.float32)
    y = tf.image.resize_image_with_crop_or_pad(x, kind(2), kind(5))
    assert y.shape.as_list() == [2, 5, 1]
    assert run(y).sum() == 6
