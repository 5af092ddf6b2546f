"""Colour spaces: RGB and HSV, YIQ, YUV, grey."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import ones
from flowgraph.ops.array.shape import rank
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.image._pixels import hue_of, over_pixels, tints_of
from flowgraph.ops.image.convert import convert_image_dtype
from flowgraph.ops.math.tensordot import tensordot

_TYPES = {"T": attrs.types(*dtypes.FLOATING, default=dtypes.float32)}


def _same_with_three_channels(op: Operation) -> TensorShape:
    known = op.inputs[0].shape.with_rank_at_least(1).known
    if known is None:
        return UNKNOWN
    if known[-1] not in (None, 3):
        raise ValueError(f"Dimension must be 3 but is {known[-1]}, for the channels of {op.type}")
    return TensorShape.of((*known[:-1], 3))


def _space(op_type: str, function: Any) -> OpDef:
    """Declares an op that takes pixels of three channels to another space."""
    op_def = define(
        op_type, inputs="images: T", outputs="output: T", attrs=_TYPES,
        shape=_same_with_three_channels,
    )  # fmt: skip

    @op_def.kernel
    def _(ctx: Any) -> Any:
        convert = over_pixels(function, ctx.dtype)

        def run(images: Any) -> Any:
            if images.ndim < 1 or images.shape[-1] != 3:
                raise InvalidArgumentError(
                    f"input must have 3 channels, got shape {list(images.shape)}"
                )
            return convert(images)

        return run

    return op_def


# --- RGBToHSV, HSVToRGB ---------------------------------------------------------------------------
def _to_hsv(planes: Any) -> Any:
    value = planes.max(axis=0)
    span = value - planes.min(axis=0)
    hue = hue_of(planes, value, span)
    hue *= value.dtype.type(1 / 6)
    np.add(hue, 1, out=hue, where=hue < 0)
    saturation = np.divide(span, value, out=np.zeros_like(span), where=value > 0)
    return np.stack([hue, saturation, value])


def _to_rgb(planes: Any) -> Any:
    hue, saturation, value = planes
    tints = tints_of(hue * 6)
    tints *= saturation
    tints += 1 - saturation
    tints *= value
    return tints


rgb_to_hsv_op = _space("RGBToHSV", _to_hsv)
hsv_to_rgb_op = _space("HSVToRGB", _to_rgb).no_gradient()

# The hue's sixth is a difference of two channels over the span; which two, the greatest tells.
_DIFFERENCE = np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]])


@rgb_to_hsv_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, kind = op.inputs[0], op.inputs[0].dtype.base_dtype.np_dtype
    greatest, least = raw.Max(x, -1, keep_dims=True), raw.Min(x, -1, keep_dims=True)
    at_greatest = raw.ArgMax(x, -1)
    top = raw.GatherV2(np.eye(3).astype(kind), at_greatest, 0)
    bottom = raw.GatherV2(np.eye(3).astype(kind), raw.ArgMin(x, -1), 0)
    difference = raw.GatherV2(_DIFFERENCE.astype(kind), at_greatest, 0)
    span = greatest - least
    over_span = raw.DivNoNan(raw.OnesLike(span), span)
    over_greatest = raw.DivNoNan(raw.OnesLike(span), raw.Relu(greatest))
    slope = raw.Sum(difference * x, -1, keep_dims=True) * over_span
    by_hue = (difference - slope * (top - bottom)) * over_span * (1 / 6)
    by_saturation = (least * over_greatest * top - bottom) * over_greatest
    hue, saturation, value = raw.Split(-1, grad, num_split=3)
    return hue * by_hue + saturation * by_saturation + value * top


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Hue, saturation and value, each of [0, 1], of red, green and blue (tf.image.rgb_to_hsv).

    Args:
      images: reals of [0, 1], of shape [..., 3].
      name: the operation's name.

    Raises:
      ValueError: the last dimension is not 3.

    >>> rgb_to_hsv([[0.0, 0.5, 0.0]]).shape.as_list()
    [1, 3]
    """
    return rgb_to_hsv_op(images, name=name)  # type: ignore[no-any-return]


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Red, green and blue of hue, saturation and value (tf.image.hsv_to_rgb).

    For the arguments and errors see `rgb_to_hsv`. No gradient comes through.
    """
    return hsv_to_rgb_op(images, name=name)  # type: ignore[no-any-return]


# --- YIQ and YUV ----------------------------------------------------------------------------------
# The matrices of the NTSC and PAL standards with TensorFlow's digits; a row for each input channel.
_RGB_TO_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_YIQ_TO_RGB = [
    [1, 1, 1],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
]
_RGB_TO_YUV = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_YUV_TO_RGB = [
    [1, 1, 1],
    [0, -0.394642334, 2.03206185],
    [1.13988303, -0.58062185, 0],
]


def _times(images: Any, matrix: list[list[float]]) -> Tensor:
    images = convert_to_tensor(images, name="images")
    kernel = convert_to_tensor(matrix, dtype=images.dtype.base_dtype, name="kernel")
    known = images.shape.rank
    return tensordot(images, kernel, axes=[[-1 if known is None else known - 1], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Luma and the two chroma channels of NTSC (tf.image.rgb_to_yiq).

    Args:
      images: reals of [0, 1], of shape [..., 3].
    """
    return _times(images, _RGB_TO_YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """Red, green and blue of the channels of NTSC (tf.image.yiq_to_rgb)."""
    return _times(images, _YIQ_TO_RGB)


def rgb_to_yuv(images: Any) -> Tensor:
    """Luma and the two chroma channels of PAL (tf.image.rgb_to_yuv).

    Args:
      images: reals of [0, 1], of shape [..., 3].
    """
    return _times(images, _RGB_TO_YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """Red, green and blue of the channels of PAL (tf.image.yuv_to_rgb)."""
    return _times(images, _YUV_TO_RGB)


# --- grey -----------------------------------------------------------------------------------------
def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """The luma alone, as images of one channel (tf.image.rgb_to_grayscale).

    Args:
      images: of shape [..., 3] and any dtype `convert_image_dtype` takes, which the result keeps.
      name: the operation's name.
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        real = convert_image_dtype(images, dtypes.float32)
        grey = raw.ExpandDims(tensordot(real, [0.2989, 0.5870, 0.1140], [-1, -1]), -1)
        return convert_image_dtype(grey, images.dtype.base_dtype, name=scope)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Images of three equal channels (tf.image.grayscale_to_rgb).

    Args:
      images: of shape [..., 1].
      name: the operation's name.

    Raises:
      ValueError: the last dimension is not 1 (InvalidArgumentError where only the run tells).
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        images = with_dependencies(_grey_checks(images), images)
        count = raw.ExpandDims(rank(images) - 1, 0)
        multiples = concat([ones(count, dtype=dtypes.int32), raw.ExpandDims(3, 0)], 0)
        rgb: Tensor = raw.Tile(images, multiples, name=scope)
        rgb.set_shape(images.shape[:-1].concatenate([3]))
        return rgb


def _grey_checks(images: Tensor) -> list[Operation]:
    from flowgraph.ops.control.checks import assert_equal, assert_greater_equal

    if images.shape.rank is not None and images.shape.rank < 2:
        raise ValueError("A grayscale image must be at least two-dimensional.")
    if images.shape.is_fully_defined():
        if images.shape.known[-1] != 1:  # type: ignore[index]
            raise ValueError("Last dimension of a grayscale image should be size 1.")
        return []
    message = "Last dimension of a grayscale image should be size 1."
    dimensions = "A grayscale image must be at least two-dimensional."
    return [
        assert_equal(raw.Shape(images)[-1], 1, message=message),  # type: ignore[index]
        assert_greater_equal(rank(images), 3, message=dimensions),
    ]
