"""Bad input of crops, patches, glimpses, dilations; what cases cannot compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf

RNG = np.random.RandomState(0)


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


def run(*tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as session:
        return session.run(tensors if len(tensors) > 1 else tensors[0], feeds)


# --- crop_and_resize ------------------------------------------------------------------------------
BOXES = np.array([[0, 0, 1, 1]], np.float32)


def test_crops_of_shapes_that_do_not_fit() -> None:
    image = tf.zeros([1, 4, 4, 1])
    with pytest.raises(ValueError, match="rank 4"):
        tf.image.crop_and_resize(tf.zeros([4, 4, 1]), BOXES, [0], [2, 2])
    with pytest.raises(ValueError, match="equal"):
        tf.image.crop_and_resize(image, BOXES[:, :3], [0], [2, 2])
    with pytest.raises(ValueError, match="equal"):
        tf.image.crop_and_resize(image, BOXES, [0, 0], [2, 2])
    with pytest.raises(ValueError, match="rank"):
        tf.image.crop_and_resize(image, BOXES, [0], [2])
    with pytest.raises(ValueError, match="exactly one"):
        tf.image.crop_and_resize(image, BOXES, crop_size=[2, 2])
    with pytest.raises(ValueError, match="method"):
        tf.image.crop_and_resize(image, BOXES, [0], [2, 2], method="cubic")


@pytest.mark.parametrize("index", [-1, 1])
def test_a_box_of_no_image_is_out_of_range(index: int) -> None:
    y = tf.image.crop_and_resize(tf.zeros([1, 4, 4, 1]), BOXES, [index], [2, 2])
    with pytest.raises(tf.errors.OutOfRangeError, match="box_index"):
        run(y)


def test_crops_need_a_size() -> None:
    size = tf.placeholder(tf.int32, [2])
    y = tf.image.crop_and_resize(tf.zeros([1, 4, 4, 1]), BOXES, [0], size)
    with pytest.raises(tf.errors.InvalidArgumentError, match="positive"):
        run(y, feeds={size: [0, 2]})


def test_boxes_that_are_nan_are_outside() -> None:
    y = tf.image.crop_and_resize(
        tf.ones([1, 4, 4, 1]), np.full((1, 4), np.nan, np.float32), [0], [2, 2],
        extrapolation_value=7,
    )  # fmt: skip
    assert (run(y) == 7).all()


def test_second_derivatives_of_crops() -> None:
    x = tf.constant(RNG.uniform(size=(2, 5, 4, 2)), tf.float32)
    boxes = tf.constant([[0.1, 0.2, 0.7, 0.9], [0.8, 0.1, 0.3, 0.55]], tf.float32)
    u = tf.constant(RNG.uniform(size=(2, 3, 3, 2)), tf.float32)
    v = tf.constant(RNG.uniform(size=(2, 5, 4, 2)), tf.float32)

    def crops(images: Any) -> Any:
        return tf.image.crop_and_resize(images, boxes, [1, 0], [3, 3])

    (back,) = tf.gradients(crops(x), x, grad_ys=u)
    by_u, by_boxes = tf.gradients(back, [u, boxes], grad_ys=v)
    (expected,) = tf.gradients(crops(v), boxes, grad_ys=u)
    found, wanted, slopes, wanted_slopes = run(by_u, crops(v), by_boxes, expected)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    np.testing.assert_allclose(slopes, wanted_slopes, rtol=1e-6)


# --- patches --------------------------------------------------------------------------------------
def patches(**changed: Any) -> Any:
    place = {"ksizes": [1, 2, 2, 1], "strides": [1, 1, 1, 1], "rates": [1, 1, 1, 1]}
    return tf.extract_image_patches(tf.zeros([1, 3, 3, 1]), **(place | changed), padding="VALID")


def test_patches_of_attributes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="4 values"):
        patches(ksizes=[2, 2])
    with pytest.raises(ValueError, match="negative"):
        patches(ksizes=[1, 5, 5, 1])
    with pytest.raises(ValueError, match="exactly one"):
        patches(sizes=[1, 2, 2, 1])
    with pytest.raises(tf.errors.UnimplementedError, match="strides across space"):
        run(patches(strides=[1, 1, 1, 2]))
    with pytest.raises(tf.errors.OutOfRangeError, match="rates"):
        run(patches(rates=[1, 0, 1, 1]))
    with pytest.raises(ValueError, match="5 values"):
        tf.extract_volume_patches(tf.zeros([1, 2, 2, 2, 1]), [1, 1, 1, 1], [1, 1, 1, 1, 1], "SAME")


def test_patches_share_no_memory_with_the_image() -> None:
    x = tf.Variable(np.ones((1, 2, 2, 1), np.float32))
    one = [1, 1, 1, 1]
    parts = tf.extract_image_patches(x, one, one, one, "VALID")
    with tf.Session() as session:
        session.run(x.initializer)
        before = session.run(parts)
        session.run(tf.assign(x, tf.zeros([1, 2, 2, 1])))
    assert (before == 1).all()


# --- glimpses -------------------------------------------------------------------------------------
def glimpse(noise: str, size: Any = (4, 4), **more: Any) -> Any:
    image = RNG.uniform(5, 6, (2, 3, 3, 2)).astype(np.float32)
    return image, tf.raw_ops.ExtractGlimpse(
        input=image, size=size, offsets=[[0.0, 0.0], [2.0, -2.0]],
        uniform_noise=noise == "uniform", noise=noise, **more,
    )  # fmt: skip


@pytest.mark.parametrize("noise", ["uniform", "gaussian"])
def test_noise_is_within_the_image(noise: str) -> None:
    image, tensor = glimpse(noise)
    value = run(tensor)
    for part, whole in zip(value, image, strict=True):
        assert whole.min() <= part.min() <= part.max() <= whole.max()
        assert np.unique(part).size > 8
    np.testing.assert_array_equal(value[0, :3, :3], image[0])


def test_a_glimpse_beyond_the_image_is_noise_alone() -> None:
    image = np.ones((1, 3, 3, 1), np.float32)
    far = tf.raw_ops.ExtractGlimpse(
        input=image, size=[2, 2], offsets=[[5.0, 0.0]], uniform_noise=False, noise="zero"
    )
    assert (run(far) == 0).all()


def test_glimpses_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="uniform_noise and noise"):
        tf.raw_ops.ExtractGlimpse(
            input=tf.zeros([1, 3, 3, 1]), size=[2, 2], offsets=[[0.0, 0.0]], noise="zero"
        )
    with pytest.raises(ValueError, match="equal"):
        tf.image.extract_glimpse(tf.zeros([2, 3, 3, 1]), [2, 2], [[0.0, 0.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="noise must be"):
        run(glimpse("pink")[1])
    offsets = tf.placeholder(tf.float32)
    y = tf.image.extract_glimpse(tf.zeros([2, 3, 3, 1]), [2, 2], offsets)
    with pytest.raises(tf.errors.InvalidArgumentError, match="offsets"):
        run(y, feeds={offsets: [[0, 0]]})


# --- dilation -------------------------------------------------------------------------------------
def dilated(image: Any, kernel: Any, **changed: Any) -> Any:
    place = {"strides": [1, 1, 1, 1], "rates": [1, 1, 1, 1], "padding": "VALID"}
    return tf.nn.dilation2d(image, kernel, **(place | changed))


def test_dilations_that_do_not_fit() -> None:
    image, kernel = tf.zeros([1, 3, 3, 2]), tf.zeros([2, 2, 2])
    with pytest.raises(ValueError, match="rank 3"):
        dilated(image, tf.zeros([2, 2]))
    with pytest.raises(ValueError, match="equal"):
        dilated(image, tf.zeros([2, 2, 3]))
    with pytest.raises(ValueError, match="4 values"):
        dilated(image, kernel, strides=[1, 1])
    with pytest.raises(ValueError, match="negative"):
        dilated(image, tf.zeros([5, 5, 2]))
    with pytest.raises(ValueError, match="both"):
        dilated(image, kernel, filters=kernel)
    with pytest.raises(tf.errors.UnimplementedError, match="strides"):
        run(dilated(image, kernel, strides=[1, 1, 1, 2]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="incompatible size"):
        run(tf.raw_ops.Dilation2DBackpropInput(
            input=image, filter=kernel, out_backprop=tf.zeros([1, 1, 1, 2]),
            strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding="VALID",
        ))  # fmt: skip


def test_the_first_of_equal_maxima_gets_the_gradient() -> None:
    x = tf.zeros([1, 2, 2, 1])
    (slopes,) = tf.gradients(dilated(x, tf.zeros([2, 2, 1])), x)
    assert run(slopes).ravel().tolist() == [1, 0, 0, 0]


def test_a_filter_wider_than_the_image_reaches_over_it() -> None:
    y = dilated(tf.ones([1, 2, 2, 1]), tf.zeros([7, 7, 1]), rates=[1, 3, 3, 1], padding="SAME")
    assert (run(y) == 1).all()
