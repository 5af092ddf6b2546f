"""Rotations, translations and other projective maps, as tf.contrib.image has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.image import transforms

IMAGE = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1) + 1
IDENTITY = [1.0, 0, 0, 0, 1, 0, 0, 0]


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


def run(tensor: Any, feeds: Any = None) -> Any:
    with tf.Session() as session:
        return session.run(tensor, feeds)


@pytest.mark.parametrize("interpolation", ["NEAREST", "bilinear"])
@pytest.mark.parametrize("image", [IMAGE, IMAGE[0], IMAGE[0, :, :, 0]])
def test_any_rank_comes_back(image: Any, interpolation: str) -> None:
    y = transforms.transform(image, IDENTITY, interpolation)
    assert y.shape.as_list() == list(image.shape)
    np.testing.assert_array_equal(run(y), image)


def test_quarter_turns() -> None:
    square = IMAGE[:, :, :3]
    for turns in range(4):
        y = run(transforms.rotate(square, turns * np.pi / 2))
        np.testing.assert_array_equal(y[0], np.rot90(square[0], turns))
    y = run(transforms.rotate(np.concatenate([square, square]), [0.0, np.pi]))
    np.testing.assert_array_equal(y[1], np.rot90(square[0], 2))


def test_moves() -> None:
    y = run(transforms.translate(IMAGE, [1, -1]))
    assert y[0, 0, :, 0].tolist() == [0, 5, 6, 7]
    assert y[0, 2, :, 0].tolist() == [0, 0, 0, 0]
    two = run(transforms.translate(np.concatenate([IMAGE, IMAGE]), [[0, 0], [2, 0]]))
    np.testing.assert_array_equal(two[0], IMAGE[0])
    assert two[1, 0, :, 0].tolist() == [0, 0, 1, 2]


def test_another_size_and_a_point_at_infinity() -> None:
    y = transforms.transform(IMAGE, IDENTITY, output_shape=[2, 6])
    assert y.shape.as_list() == [1, 2, 6, 1]
    assert run(y)[0, 0, :, 0].tolist() == [1, 2, 3, 4, 0, 0]
    infinite = run(transforms.transform(IMAGE, [1.0, 0, 0, 0, 1, 0, -1, 0]))
    assert infinite[0, 0, 1, 0] == 0  # where x = 1, the depth is zero


def test_maps_composed_are_maps_in_turn() -> None:
    one, other = [1.0, 0, -1, 0, 1, 0, 0, 0], [1.0, 0, 0, 0, 1, 1, 0, 0]
    composed = transforms.compose_transforms(one, other)
    np.testing.assert_allclose(run(composed), [[1, 0, -1, 0, 1, 1, 0, 0]])
    with pytest.raises(ValueError, match="empty"):
        transforms.compose_transforms()
    scaled = transforms.matrices_to_flat_transforms(2 * np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(run(scaled), [IDENTITY])


def test_the_gradient_is_seen_through_the_inverse() -> None:
    x = tf.constant(IMAGE)
    y = transforms.translate(x, [1, 0])
    (slopes,) = tf.gradients(y, x, grad_ys=tf.constant(IMAGE))
    np.testing.assert_array_equal(run(slopes), run(transforms.translate(IMAGE, [-1, 0])))


def test_what_does_not_fit() -> None:
    for image, said in (
        (tf.zeros([2, 2], tf.complex64), "Invalid dtype"),
        (tf.placeholder(tf.float32), "statically known"),
        (tf.zeros([3]), "between 2 and 4"),
    ):
        with pytest.raises(TypeError, match=said):
            transforms.transform(image, IDENTITY)
        with pytest.raises(TypeError, match=said):
            transforms.rotate(image, 1.0)
    with pytest.raises(TypeError, match="rank 1 or 2"):
        transforms.transform(IMAGE, [[IDENTITY]])
    with pytest.raises(ValueError, match="2 elements"):
        transforms.transform(IMAGE, IDENTITY, output_shape=[1, 2, 3])
    with pytest.raises(TypeError, match="rank 0 or 1"):
        transforms.rotate(IMAGE, [[1.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="NEAREST, BILINEAR"):
        run(transforms.transform(IMAGE, IDENTITY, "CUBIC"))
    maps = tf.placeholder(tf.float32, [None, None])
    with pytest.raises(tf.errors.InvalidArgumentError, match="num_images x 8"):
        run(transforms.transform(IMAGE, maps), {maps: [[1.0, 2.0]]})
