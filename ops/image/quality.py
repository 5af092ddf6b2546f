"""How alike two pictures are: PSNR, SSIM, multi-scale SSIM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.shape import shape_n, size
from flowgraph.ops.array.slicing import pad
from flowgraph.ops.control.checks import Assert
from flowgraph.ops.control.cond import cond
from flowgraph.ops.image.convert import convert_image_dtype
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.range import range as int_range
from flowgraph.ops.math.reduction import reduce_all, reduce_any, reduce_mean, reduce_prod
from flowgraph.ops.nn.depthwise import depthwise_conv2d
from flowgraph.ops.nn.pooling import avg_pool
from flowgraph.ops.nn.softmax import softmax

_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang, Simoncelli and Bovik, 2003


def _same_images(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, list[Operation]]:
    """The shapes of both, and what the run must check; ValueError for what is known already."""
    first, second = a.shape.with_rank_at_least(3), b.shape.with_rank_at_least(3)
    first[-3:].assert_is_compatible_with(second[-3:])
    if first.known is not None and second.known is not None:
        for p, q in zip(first.known[-4::-1], second.known[-4::-1], strict=False):
            if None not in (p, q) and p != q and 1 not in (p, q):
                raise ValueError(f"Two images are not compatible: {first} and {second}")
    sizes: Any = shape_n([a, b])
    checks = [
        Assert(raw.GreaterEqual(size(sizes[0]), 3), sizes, summarize=10),
        Assert(reduce_all(raw.Equal(sizes[0][-3:], sizes[1][-3:])), sizes, summarize=10),
    ]
    return sizes[0], sizes[1], checks


def _as_float32(a: Any, b: Any, max_val: Any) -> tuple[Any, Any, Any]:
    """Two images and their dtype's greatest value, as float32 of one scale."""
    largest = convert_image_dtype(cast(max_val, a.dtype), dtypes.float32)
    return convert_image_dtype(a, dtypes.float32), convert_image_dtype(b, dtypes.float32), largest


# --- PSNR -----------------------------------------------------------------------------------------
def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio in decibels, of each image (tf.image.psnr).

    Args:
      a: images [..., height, width, channels].
      b: images of the same shape.
      max_val: the span of the values: 1.0 of reals, 255 of uint8.
      name: the scope of the new operations.

    Returns:
      A float32 tensor of shape [...].

    Raises:
      ValueError: the shapes differ (InvalidArgumentError where only the run tells).
    """
    with name_scope(name, "PSNR", [a, b]):
        a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
        a, b, largest = _as_float32(a, b, max_val)
        error = reduce_mean(raw.SquaredDifference(a, b), [-3, -2, -1])
        ratio = raw.Sub(
            20 * raw.Log(largest) / raw.Log(10.0),
            np.float32(10 / np.log(10)) * raw.Log(error),
            name="psnr",
        )
        with control_dependencies(_same_images(a, b)[2]):
            return raw.Identity(ratio)  # type: ignore[no-any-return]


# --- SSIM -----------------------------------------------------------------------------------------
def _terms(
    x: Any, y: Any, mean: Callable[[Any], Any], max_val: Any, k1: float, k2: float
) -> tuple[Any, Any]:
    """The luminance term and the contrast and structure term, at each place of the window."""
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_x, mean_y = mean(x), mean(y)
    product = mean_x * mean_y * 2.0
    squares = raw.Square(mean_x) + raw.Square(mean_y)
    luminance = (product + c1) / (squares + c1)
    covariance = mean(x * y) * 2.0 - product
    variances = mean(raw.Square(x) + raw.Square(y)) - squares
    return luminance, (covariance + c2) / (variances + c2)


def _gaussian(width: Tensor, sigma: Tensor) -> Tensor:
    """A bell of `width` by `width` whose sum is 1, as a filter of one channel."""
    places: Any = cast(int_range(width), sigma.dtype)
    places = places - cast(width - 1, sigma.dtype) / 2.0
    row = raw.Square(places) * (-0.5 / raw.Square(sigma))
    logits = raw.Reshape(row, [1, -1]) + raw.Reshape(row, [-1, 1])
    weights = softmax(raw.Reshape(logits, [1, -1]))
    return raw.Reshape(weights, stack([width, width, 1, 1]))  # type: ignore[no-any-return]


def _per_channel(
    x: Any, y: Any, max_val: Any, filter_size: int, filter_sigma: float, k1: float, k2: float
) -> tuple[Tensor, Tensor]:
    """(SSIM, its contrast and structure term), of each channel of each image."""
    width = constant(filter_size, dtype=dtypes.int32)
    sigma = constant(filter_sigma, dtype=x.dtype)
    sizes: Any = shape_n([x, y])
    checks = [
        Assert(reduce_all(raw.GreaterEqual(s[-3:-1], width)), [s, width], summarize=8)
        for s in sizes
    ]
    with control_dependencies(checks):
        x = raw.Identity(x)
    kernel = raw.Tile(_gaussian(width, sigma), stack([1, 1, sizes[0][-1], 1]))

    def mean(image: Any) -> Any:
        shape: Any = raw.Shape(image)
        flat = raw.Reshape(image, concat([[-1], shape[-3:]], 0))
        blurred = depthwise_conv2d(flat, kernel, strides=[1, 1, 1, 1], padding="VALID")
        return raw.Reshape(blurred, concat([shape[:-3], raw.Shape(blurred)[1:]], 0))  # type: ignore[index]

    luminance, structure = _terms(x, y, mean, max_val, k1, k2)
    axes = constant([-3, -2], dtype=dtypes.int32)
    return reduce_mean(luminance * structure, axes), reduce_mean(structure, axes)


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """The structural similarity of each pair of images, 1 when they are equal (tf.image.ssim).

    Args:
      img1: images [..., height, width, channels], no smaller than the window.
      img2: images of the same shape.
      max_val: the span of the values: 1.0 of reals, 255 of uint8.
      filter_size: the size of the window over which means are taken.
      filter_sigma: the width of the bell that weighs the window.
      k1: steadies the luminance term.
      k2: steadies the contrast term.

    Returns:
      A float32 tensor of shape [...].

    Raises:
      ValueError: the shapes differ (InvalidArgumentError where only the run tells).
    """
    with name_scope(None, "SSIM", [img1, img2]):
        img1, img2 = convert_to_tensor(img1, name="img1"), convert_to_tensor(img2, name="img2")
        with control_dependencies(_same_images(img1, img2)[2]):
            img1 = raw.Identity(img1)
        x, y, largest = _as_float32(img1, img2, max_val)
        each, _ = _per_channel(x, y, largest, filter_size, filter_sigma, k1, k2)
        return reduce_mean(each, [-1])


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Sequence[float] = _SCALE_WEIGHTS,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """The structural similarity over several sizes of the images (tf.image.ssim_multiscale).

    Args:
      img1, img2, max_val, filter_size, filter_sigma, k1, k2: as `ssim`'s.
      power_factors: the weight of each size, from the whole image on, each half the one before.

    Returns:
      A float32 tensor of shape [...].

    Raises:
      ValueError: the shapes differ. InvalidArgumentError at run time when the smallest size is
        smaller than the window.
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        img1, img2 = convert_to_tensor(img1, name="img1"), convert_to_tensor(img2, name="img2")
        *shapes, checks = _same_images(img1, img2)
        with control_dependencies(checks):
            img1 = raw.Identity(img1)
        *images, largest = _as_float32(img1, img2, max_val)
        heads, tails = [s[:-3] for s in shapes], [s[-3:] for s in shapes]  # type: ignore[index]
        scores = []
        for scale in range(len(power_factors)):
            with name_scope(None, f"Scale{scale}", images):
                if scale:
                    images, tails = _halved(images, heads, tails)
                whole, structure = _per_channel(*images, largest, filter_size, filter_sigma, k1, k2)
                scores.append(raw.Relu(structure))
        scores[-1] = raw.Relu(whole)  # the smallest size counts with its luminance too
        powers = raw.Pow(stack(scores, axis=-1), np.array(power_factors, np.float32))
        return reduce_mean(reduce_prod(powers, [-1]), [-1])


def _halved(images: list[Any], heads: list[Any], tails: list[Any]) -> tuple[list[Any], list[Any]]:
    """The images at half their size, odd ones with their last row or column doubled first."""
    flat = [
        raw.Reshape(image, concat([[-1], tail], 0))
        for image, tail in zip(images, tails, strict=True)
    ]
    odd = tails[0] % constant([2, 2, 1], dtype=dtypes.int32)

    def padded() -> list[Any]:
        table = pad(raw.ExpandDims(odd, -1), [[1, 0], [1, 0]])
        return [pad(image, table, mode="SYMMETRIC") for image in flat]

    even = cond(reduce_any(raw.NotEqual(odd, 0)), padded, lambda: list(flat))
    window = [1, 2, 2, 1]
    small = [avg_pool(image, window, window, padding="VALID") for image in even]
    tails = [s[1:] for s in shape_n(small)]  # type: ignore[index]
    return [
        raw.Reshape(image, concat([head, tail], 0))
        for image, head, tail in zip(small, heads, tails, strict=True)
    ], tails
