"""Adjusting pictures: brightness, contrast, gamma, hue, saturation, standardization."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.shape import rank
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.control.checks import Assert, assert_greater_equal, assert_positive
from flowgraph.ops.image._pixels import check_colors, check_image, hue_of, over_pixels, tints_of
from flowgraph.ops.image.convert import as_real, convert_image_dtype
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.reduction import reduce_mean, reduce_prod, reduce_std
from flowgraph.ops.random.distributions import random_uniform


def _adjustment(op_type: str, factor: str, scalar: bool = False) -> OpDef:
    """Declares an op of images and a float32 scalar; like TensorFlow's it has no gradient."""

    def shape(op: Operation) -> TensorShape:
        if scalar:
            op.inputs[1].shape.with_rank(0)
        return op.inputs[0].shape.with_rank_at_least(3)

    return define(
        op_type,
        inputs=f"images: T, {factor}: float32",
        outputs="output: T",
        attrs={"T": attrs.types(dtypes.float16, dtypes.float32, default=dtypes.float32)},
        shape=shape,
    )


# --- AdjustContrastv2 -----------------------------------------------------------------------------
adjust_contrast_op = _adjustment("AdjustContrastv2", "contrast_factor", scalar=True)


@adjust_contrast_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(images: Any, factor: Any) -> Any:
        check_image(images, factor, "contrast_factor")
        if not images.size:
            return np.empty(images.shape, dtype)
        wide = images.astype(np.float32, copy=False)
        mean = wide.mean(axis=(-3, -2), keepdims=True, dtype=np.float64).astype(np.float32)
        out = wide - mean
        out *= factor
        out += mean
        return out.astype(dtype, copy=False)

    return run


# --- AdjustHue ------------------------------------------------------------------------------------
adjust_hue_op = _adjustment("AdjustHue", "delta")


def _turned(planes: Any, delta: Any) -> Any:
    """The pixels with their hue turned by `delta` of the circle, their range kept."""
    least, greatest = planes.min(axis=0), planes.max(axis=0)
    span = greatest - least
    hue = hue_of(planes, greatest, span)
    hue += np.float32(delta * 6 % 6)  # of (-1, 11) now
    np.add(hue, 6, out=hue, where=hue < 0)
    np.subtract(hue, 6, out=hue, where=hue >= 6)
    tints = tints_of(hue)
    tints *= span
    tints += least
    return tints


@adjust_hue_op.kernel
def _(ctx: Any) -> Any:
    turn = over_pixels(_turned, ctx.dtype)

    def run(images: Any, delta: Any) -> Any:
        check_colors(images, delta, "delta")
        return turn(images, delta)

    return run


# --- AdjustSaturation -----------------------------------------------------------------------------
adjust_saturation_op = _adjustment("AdjustSaturation", "scale")


def _saturated(planes: Any, scale: Any) -> Any:
    """The pixels with their saturation multiplied, within [0, 1]: hue and value are kept.

    The hue is where the channels lie between the least and the greatest, so no angle is needed.
    """
    value = planes.max(axis=0)
    span = value - planes.min(axis=0)
    saturation = np.divide(span, value, out=np.zeros_like(span), where=value > 0)
    saturation *= scale
    chroma = np.clip(saturation, 0, 1, out=saturation)
    chroma *= value
    chroma /= span
    np.copyto(chroma, 0, where=span <= 0)
    out = planes - value
    out *= chroma
    out += value
    return out


@adjust_saturation_op.kernel
def _(ctx: Any) -> Any:
    saturate = over_pixels(_saturated, ctx.dtype)

    def run(images: Any, scale: Any) -> Any:
        check_colors(images, scale, "scale")
        return saturate(images, scale)

    return run


# --- public functions -----------------------------------------------------------------------------
def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """The image with `delta` added to each value (tf.image.adjust_brightness).

    Args:
      image: of any shape and any dtype that `convert_image_dtype` takes, which the result keeps.
      delta: a scalar, of [0, 1) for an image of any dtype: integers are scaled to [0, 1].
    """
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        image = convert_to_tensor(image, name="image")
        real = as_real(image)
        adjusted = raw.Add(real, cast(delta, real.dtype), name=scope)
        return convert_image_dtype(adjusted, image.dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Each channel's distance from its mean, times a factor (tf.image.adjust_contrast).

    Args:
      images: of shape [..., height, width, channels]; the result keeps the dtype.
      contrast_factor: a float scalar.

    Raises:
      ValueError: the images have fewer than three dimensions.
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        images = convert_to_tensor(images, name="images")
        adjusted = adjust_contrast_op(as_real(images), contrast_factor, name=scope)
        return convert_image_dtype(adjusted, images.dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """gain * image ** gamma, with the image of [0, 1] (tf.image.adjust_gamma).

    Args:
      image: of any shape; the result keeps the dtype.
      gamma: a number or scalar tensor that is not negative.
      gain: a number or scalar tensor.

    Raises:
      ValueError: gamma is negative (InvalidArgumentError where only the run tells).
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        image = convert_to_tensor(image, name="image")
        real: Any = as_real(image)
        message = "Gamma should be a non-negative real number."
        if hasattr(gamma, "graph"):
            gamma = with_dependencies([Assert(gamma >= 0, [message])], gamma)
        elif gamma < 0:
            raise ValueError(message)
        return convert_image_dtype(gain * real**gamma, image.dtype, saturate=True)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """The RGB image with its hues turned (tf.image.adjust_hue).

    Args:
      image: of shape [..., 3] and rank 3 or more; the result keeps the dtype.
      delta: a float scalar: the part of the whole circle, of [-1, 1].
      name: the scope of the new operations.

    Raises:
      ValueError: the image has fewer than three dimensions. InvalidArgumentError at run time when
        it has not three channels.
    """
    with name_scope(name, "adjust_hue", [image]):
        image = convert_to_tensor(image, name="image")
        return convert_image_dtype(adjust_hue_op(as_real(image), delta), image.dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """The RGB image with its saturation multiplied (tf.image.adjust_saturation).

    Args:
      image: of shape [..., 3] and rank 3 or more; the result keeps the dtype.
      saturation_factor: a float scalar.
      name: the scope of the new operations.

    Raises:
      ValueError: the image has fewer than three dimensions. InvalidArgumentError at run time when
        it has not three channels.
    """
    with name_scope(name, "adjust_saturation", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = adjust_saturation_op(as_real(image), saturation_factor)
        return convert_image_dtype(adjusted, image.dtype)


def _between(lower: float, upper: float) -> None:
    if upper <= lower:
        raise ValueError(f"upper must be > lower, got {lower} to {upper}.")
    if lower < 0:
        raise ValueError(f"lower must be non-negative, got {lower}.")


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_brightness` by a number of [-max_delta, max_delta) (tf.image.random_brightness).

    ValueError when max_delta is negative.
    """
    if max_delta < 0:
        raise ValueError(f"max_delta must be non-negative, got {max_delta}.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by a number of [lower, upper) (tf.image.random_contrast).

    ValueError unless 0 <= lower < upper.
    """
    _between(lower, upper)
    return adjust_contrast(image, random_uniform([], lower, upper, seed=seed))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by a number of [-max_delta, max_delta) (tf.image.random_hue).

    ValueError unless max_delta is of [0, 0.5].
    """
    if max_delta > 0.5:
        raise ValueError(f"max_delta must be <= 0.5, got {max_delta}.")
    if max_delta < 0:
        raise ValueError(f"max_delta must be non-negative, got {max_delta}.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by a number of [lower, upper) (tf.image.random_saturation).

    ValueError unless 0 <= lower < upper.
    """
    _between(lower, upper)
    return adjust_saturation(image, random_uniform([], lower, upper, seed=seed))


def per_image_standardization(image: Any) -> Tensor:
    """Each image with mean 0 and variance 1, as float32 (tf.image.per_image_standardization).

    The deviation it is divided by is at least that of a single pixel, so that an image of one
    colour gives zeros.

    Args:
      image: of shape [..., height, width, channels].

    Raises:
      ValueError: fewer than three dimensions, or one that is 0.
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        image = convert_to_tensor(image, name="image")
        image = cast(with_dependencies(_picture_checks(image), image), dtypes.float32)
        pixels = reduce_prod(raw.Shape(image)[-3:])  # type: ignore[index]
        mean = reduce_mean(image, axis=[-1, -2, -3], keepdims=True)
        deviation = reduce_std(image, axis=[-1, -2, -3], keepdims=True)
        least = raw.Rsqrt(cast(pixels, dtypes.float32))
        deviation = raw.Maximum(deviation, least)
        return raw.RealDiv(image - mean, deviation, name=scope)  # type: ignore[no-any-return]


def _picture_checks(image: Tensor) -> list[Operation]:
    """What the run must check of an image of three or more dimensions; ValueError for the rest."""
    known = image.shape.known
    if known is not None and len(known) < 3:
        raise ValueError(
            f"'image' must be at least three-dimensional, and has shape {image.shape}."
        )
    if known is not None and 0 in known:
        raise ValueError(f"all dims of 'image.shape' must be > 0: {image.shape}")
    if image.shape.is_fully_defined():
        return []
    return [
        assert_positive(raw.Shape(image), ["all dims of 'image.shape' must be > 0."]),
        assert_greater_equal(rank(image), 3, message="'image' must be at least three-dimensional."),
    ]
