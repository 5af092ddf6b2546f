"""ExtractGlimpse: windows at given places of images, noise where they reach beyond."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import described_shape, merged

__all__ = ["extract_glimpse"]

Array = np.ndarray[Any, Any]

_NOISES = ("uniform", "gaussian", "zero")

extract_glimpse_op = define(
    "ExtractGlimpse",
    inputs="input: float32, size: int32, offsets: float32",
    outputs="glimpse: float32",
    attrs={
        "centered": attrs.boolean(True),
        "normalized": attrs.boolean(True),
        "uniform_noise": attrs.boolean(True),
        "noise": attrs.string("uniform"),
    },
).no_gradient()


@extract_glimpse_op.shape
def _(op: Operation) -> TensorShape:
    images = op.inputs[0].shape.with_rank(4).known
    offsets = op.inputs[2].shape.with_rank(2).known
    assert images is not None and offsets is not None
    if op.attrs["uniform_noise"] and op.attrs["noise"] not in ("", "uniform"):
        raise ValueError("The uniform_noise and noise should not be specified at the same time")
    merged(TensorShape([offsets[1]]), TensorShape([2]))
    (batch,) = merged(TensorShape([images[0]]), TensorShape([offsets[0]])).known  # type: ignore[misc]
    height, width = described_shape(op.inputs[1]).with_rank(2).known  # type: ignore[misc]
    return TensorShape.of((batch, height, width, images[3]))


@extract_glimpse_op.kernel
def _(ctx: Any) -> Any:
    noise = ctx.attrs["noise"] or ("uniform" if ctx.attrs["uniform_noise"] else "gaussian")
    if noise not in _NOISES:
        raise InvalidArgumentError(f"noise must be uniform, gaussian or zero, got {noise!r}")
    is_normalized, is_centered = ctx.attrs["normalized"], ctx.attrs["centered"]

    def run(images: Array, size: Array, offsets: Array) -> Array:
        _check(images, size, offsets)
        wanted = size.astype(np.float32)
        there = np.float32(images.shape[1:3])
        at = offsets * there if is_normalized else offsets
        if is_centered:
            at = at / np.float32(2) + there / np.float32(2)
        starts = (at - wanted / np.float32(2)).astype(np.int64).tolist()  # towards zero
        result = np.empty((len(images), *size.tolist(), images.shape[3]), np.float32)
        for glimpse, image, start in zip(result, images, starts, strict=True):
            _take(glimpse, image, start, noise)
        return result

    return run


def _check(images: Array, size: Array, offsets: Array) -> None:
    if images.ndim != 4:
        raise InvalidArgumentError(
            f"input must be [batch, height, width, depth], got shape {images.shape}"
        )
    if size.shape != (2,) or size.min() < 0:
        raise InvalidArgumentError(f"size must be [height, width], got {size.tolist()}")
    if offsets.shape != (len(images), 2):
        raise InvalidArgumentError(
            f"offsets must be (y, x) of each of the {len(images)} images, got shape {offsets.shape}"
        )


def _take(glimpse: Array, image: Array, start: list[int], noise: str) -> None:
    """Fills a glimpse with the part of the image from `start` on."""
    target, source, is_partial = [], [], False
    for first, wanted, there in zip(start, glimpse.shape, image.shape, strict=False):
        low, high = max(first, 0), max(min(first + wanted, there), 0)
        target.append(slice(max(low - first, 0), max(high - first, 0)))
        source.append(slice(low, max(high, low)))
        is_partial |= first < 0 or first + wanted >= there
    if is_partial:
        glimpse[...] = _noise(image, glimpse.shape, noise)
    if all(part.stop > part.start for part in source):
        glimpse[tuple(target)] = image[tuple(source)]


def _noise(image: Array, shape: tuple[int, ...], kind: str) -> Any:
    """Random numbers like the image's own: within its range, or of each channel's mean and spread.

    They cannot be made the same again, in TensorFlow neither.
    """
    if kind == "zero" or not image.size:
        return 0
    random = np.random.default_rng()
    if kind == "uniform":
        return random.uniform(image.min(), image.max(), shape)
    pixels = image.reshape(-1, image.shape[-1])
    drawn = pixels.mean(0) + random.standard_normal(shape) * pixels.std(0)
    return np.clip(drawn, pixels.min(0), pixels.max(0))


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """A window around a place of each image (tf.image.extract_glimpse).

    Args:
      input: float32 images [batch, height, width, channels].
      size: int32 [height, width] of the windows.
      offsets: float32 [batch, 2], (y, x) of each window's centre.
      centered: whether (0, 0) is the image's centre, and not its upper left corner.
      normalized: whether offsets are in sizes of the image, and not in pixels.
      uniform_noise: kept in the node. Beyond the image stands uniform noise in any case: as in
        TensorFlow 1.15, the attribute `noise` has the last word and stays "uniform".
      name: the operation's name.

    Returns:
      float32 [batch, size[0], size[1], channels]. As in TensorFlow, it has no gradient.

    Raises:
      ValueError: shapes do not fit.
    """
    return extract_glimpse_op(  # type: ignore[no-any-return]
        input, size, offsets, centered=centered, normalized=normalized,
        uniform_noise=uniform_noise, name=name,
    )  # fmt: skip
