"""What cases cannot say of resizing: bad input, second derivatives, NaN, ways to compute it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.image import _resampling as resampling

METHODS = ("resize_bilinear", "resize_bicubic", "resize_area", "resize_nearest_neighbor")
RNG = np.random.RandomState(0)


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


def run(*tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as session:
        return session.run(tensors if len(tensors) > 1 else tensors[0], feeds)


@pytest.mark.parametrize("method", METHODS)
def test_shapes_that_do_not_fit_fail_when_built(method: str) -> None:
    resize = getattr(tf.image, method)
    with pytest.raises(ValueError, match="rank 4"):
        resize(tf.zeros([2, 3, 1]), [4, 4])
    with pytest.raises(ValueError, match="rank"):
        resize(tf.zeros([1, 2, 3, 1]), [4, 4, 4])
    with pytest.raises(ValueError, match="rank"):
        resize(tf.zeros([1, 2, 3, 1]), 4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("shape", "size", "said"),
    [((1, 2, 3, 1), (0, 2), "positive"), ((1, 2, 3, 0), (2, 2), "channel"),
     ((1, 0, 3, 1), (2, 2), "pixels")],
)  # fmt: skip
def test_a_run_refuses_what_has_no_size(method: str, shape: Any, size: Any, said: str) -> None:
    wanted = tf.placeholder(tf.int32, [2])
    y = getattr(tf.image, method)(tf.zeros(shape), wanted)
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        run(y, feeds={wanted: size})


@pytest.mark.parametrize("method", METHODS[:2] + METHODS[3:])
def test_half_pixel_centers_are_not_for_aligned_corners(method: str) -> None:
    y = getattr(tf.image, method)(
        tf.zeros([1, 2, 2, 1]), [3, 3], align_corners=True, half_pixel_centers=True
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="half_pixel_centers"):
        run(y)


def test_the_gradient_of_area_is_missing_as_in_tensorflow() -> None:
    x = tf.placeholder(tf.float32, [1, 4, 4, 1])
    with pytest.raises(LookupError, match="ResizeArea"):
        tf.gradients(tf.image.resize_area(x, [2, 2]), x)


@pytest.mark.parametrize("method", METHODS[:2] + METHODS[3:])
@pytest.mark.parametrize("size", [(2, 7), (9, 3)])
def test_the_gradient_is_the_transpose_and_its_gradient_the_resizing(
    method: str, size: tuple[int, int]
) -> None:
    resize = getattr(tf.image, method)
    x = tf.constant(RNG.uniform(size=(2, 4, 5, 3)), tf.float32)
    u = tf.constant(RNG.uniform(size=(2, *size, 3)), tf.float32)
    v = tf.constant(RNG.uniform(size=(2, 4, 5, 3)), tf.float32)
    (back,) = tf.gradients(resize(x, size), x, grad_ys=u)
    (second,) = tf.gradients(back, u, grad_ys=v)
    forward, product, twice, there = run(
        tf.reduce_sum(resize(v, size) * u), tf.reduce_sum(back * v), second, resize(v, size)
    )
    np.testing.assert_allclose(forward, product, rtol=1e-5)
    np.testing.assert_allclose(twice, there, rtol=1e-5)


def test_the_gradient_of_scale_and_translate_is_the_transpose() -> None:
    def scaled(images: Any) -> Any:
        return tf.raw_ops.ScaleAndTranslate(
            images=images, size=[3, 8], scale=[0.6, 1.7], translation=[0.5, -0.2]
        )

    x = tf.constant(RNG.uniform(size=(1, 5, 4, 2)), tf.float32)
    u = tf.constant(RNG.uniform(size=(1, 3, 8, 2)), tf.float32)
    v = tf.constant(RNG.uniform(size=(1, 5, 4, 2)), tf.float32)
    (back,) = tf.gradients(scaled(x), x, grad_ys=u)
    (second,) = tf.gradients(back, u, grad_ys=v)
    forward, product, twice, there = run(
        tf.reduce_sum(scaled(v) * u), tf.reduce_sum(back * v), second, scaled(v)
    )
    np.testing.assert_allclose(forward, product, rtol=1e-5)
    np.testing.assert_allclose(twice, there, rtol=1e-5)


@pytest.mark.parametrize(
    ("attrs", "said"),
    [({"scale": [0.0, 1.0]}, "greater than zero"), ({"kernel_type": "square"}, "kernel type")],
)
def test_scale_and_translate_refuses(attrs: dict[str, Any], said: str) -> None:
    given = {"scale": [1.0, 1.0], "translation": [0.0, 0.0], "size": [2, 2], **attrs}
    y = tf.raw_ops.ScaleAndTranslate(images=tf.zeros([1, 3, 3, 1]), **given)
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        run(y)


@pytest.mark.parametrize("size", [(60, 20), (60, 30)])
def test_nan_and_infinity_stay_where_they_are(size: tuple[int, int]) -> None:
    x = RNG.uniform(size=(1, 40, 40, 3)).astype(np.float32)
    clean = run(tf.image.resize_bilinear(x, size))
    x[0, 20, 12, 1], x[0, 3, 4, 0] = np.nan, np.inf
    y = run(tf.image.resize_bilinear(x, size))
    bad = ~np.isfinite(y)
    assert 2 <= bad.sum() <= 12
    assert bad[0, :, :, 2].sum() == 0
    np.testing.assert_allclose(y[~bad], clean[~bad], rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 3, 7])
@pytest.mark.parametrize("size", [(31, 9), (5, 40), (1, 1)])
def test_bands_give_what_entries_one_by_one_do(channels: int, size: tuple[int, int]) -> None:
    x = RNG.uniform(size=(2, 17, 23, channels))
    for method in (
        lambda i, o: resampling.cubic(i, o, False, True),
        lambda i, o: resampling.area(i, o, False),
        lambda i, o: resampling.scaled(i, o, 0.37, 1.0, "lanczos5", True),
        lambda i, o: resampling.linear(o, i, True, False).transposed(),
    ):
        rows, columns = method(17, size[0]), method(23, size[1])
        one_by_one = resampling._each_by_itself(x, rows, columns)
        np.testing.assert_allclose(resampling.resample(x, rows, columns), one_by_one, atol=1e-12)


def test_a_constant_image_stays_constant() -> None:
    x = np.full((1, 13, 11, 2), 3.5, np.float32)
    for method in METHODS:
        np.testing.assert_allclose(run(getattr(tf.image, method)(x, [29, 6])), 3.5, rtol=1e-5)


def test_resize_images_refuses() -> None:
    with pytest.raises(ValueError, match="no shape"):
        tf.image.resize_images(tf.placeholder(tf.float32), [2, 2])
    with pytest.raises(ValueError, match="3 or 4 dimensions"):
        tf.image.resize_images(tf.zeros([2, 2]), [2, 2])
    with pytest.raises(ValueError, match="int32 Tensor"):
        tf.image.resize_images(tf.zeros([2, 2, 1]), [2.5, 2.0])
    with pytest.raises(ValueError, match="2 elements"):
        tf.image.resize_images(tf.zeros([2, 2, 1]), [2, 2, 2])
    with pytest.raises(ValueError, match="not implemented"):
        tf.image.resize_images(tf.zeros([2, 2, 1]), [3, 3], method=9)


@pytest.mark.parametrize(
    "method", ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",
               "mitchellcubic"]
)  # fmt: skip
@pytest.mark.parametrize("antialias", [False, True])
def test_resizing_of_tensorflow_2(method: str, antialias: bool) -> None:
    from flowgraph.ops.image.resizing import resize_images_v2

    x = np.full((6, 5, 1), 2, np.uint8)
    y = resize_images_v2(x, [3, 10], method, antialias=antialias)
    assert y.shape.as_list() == [3, 10, 1]
    value = run(y)
    assert value.dtype == (np.uint8 if method == "nearest" else np.float32)
    np.testing.assert_allclose(value, 2, rtol=1e-6)
