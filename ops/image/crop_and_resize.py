"""CropAndResize: parts of images, each resized to one size, with gradients by image and boxes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError, OutOfRangeError
from flowgraph.core.op_def import define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import described_shape, merged

__all__ = ["crop_and_resize"]

Array = np.ndarray[Any, Any]
_F32 = np.float32

_IMAGES = (
    dtypes.uint8, dtypes.uint16, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64,
    dtypes.float16, dtypes.float32, dtypes.float64,
)  # fmt: skip
_SLOPED = (dtypes.float16, dtypes.float32, dtypes.float64)
_METHOD = {"method": attrs.choice("bilinear", "nearest", default="bilinear")}


class _Axis(NamedTuple):
    """Where the crops' pixels lie along one axis of the images, [boxes, pixels] each."""

    at: Array
    inside: Array
    lower: Array
    upper: Array
    share: Array  # of the upper one

    @property
    def nearest(self) -> Array:
        return np.floor(self.at + 0.5).astype(np.int64)  # halves go up, as by C's roundf


def _axis(low: Array, high: Array, size: int, pixels: int) -> _Axis:
    """The places of `pixels` from `low` to `high`, which are 0 and 1 at the image's ends."""
    last = _F32(size - 1)
    if pixels > 1:
        step = (high - low) * last / _F32(pixels - 1)
        at = (low * last)[:, None] + np.arange(pixels, dtype=_F32) * step[:, None]
    else:
        at = (0.5 * (low + high).astype(np.float64) * last).astype(_F32)[:, None]
    inside = (at >= 0) & (at <= last)
    at = np.where(inside, at, _F32(0))
    lower = np.floor(at)
    return _Axis(
        at, inside, lower.astype(np.int64), np.ceil(at).astype(np.int64), (at - lower).astype(_F32)
    )


def _axes(boxes: Array, image_size: Any, crop_size: Any) -> tuple[_Axis, _Axis]:
    """The rows and columns of all crops."""
    top, left, bottom, right = boxes.T
    return (
        _axis(top, bottom, image_size[0], crop_size[0]),
        _axis(left, right, image_size[1], crop_size[1]),
    )


def _check_boxes(boxes: Array, indices: Array, batch: int) -> None:
    if boxes.ndim != 2 or boxes.shape[1] != 4 or indices.shape != boxes.shape[:1]:
        raise InvalidArgumentError(
            f"boxes must be [boxes, 4] and box_index [boxes], got shapes {boxes.shape} and "
            f"{indices.shape}"
        )
    if indices.size and (indices.min() < 0 or indices.max() >= batch):
        raise OutOfRangeError(
            f"box_index has values outside [0, batch_size): of {batch} images, got "
            f"{indices.tolist()}"
        )


def _check_images(name: str, images: Array) -> None:
    if images.ndim != 4 or 0 in images.shape[1:3]:
        raise InvalidArgumentError(f"{name} must be 4-D, with pixels, got shape {images.shape}")


def _check_gradients(grads: Array, boxes: Array, depth: int) -> None:
    _check_images("grads", grads)
    if len(grads) != len(boxes) or grads.shape[3] != depth:
        raise InvalidArgumentError(
            f"grads must be of {len(boxes)} boxes and {depth} channels, got shape {grads.shape}"
        )


class _Corners(NamedTuple):
    """The four pixels around each of the crops', as float32 [boxes, height, width, depth]."""

    top_left: Array
    top_right: Array
    bottom_left: Array
    bottom_right: Array


def _corners(image: Array, indices: Array, rows: _Axis, columns: _Axis) -> _Corners:
    pixels = image.reshape(-1, image.shape[3])
    return _Corners(
        *[
            pixels.take(_places(image.shape, indices, y, x), 0).astype(_F32, copy=False)
            for y in (rows.lower, rows.upper)
            for x in (columns.lower, columns.upper)
        ]
    )


def _places(shape: Any, indices: Array, y: Array, x: Array) -> Array:
    """Where the crops' pixels stand among all of the images' pixels."""
    image_rows = indices[:, None].astype(np.int64) * shape[1] + y
    return image_rows[:, :, None] * shape[2] + x[:, None, :]  # type: ignore[no-any-return]


def _mixed(one: Array, other: Array, share: Array) -> Array:
    """one + (other - one) * share, in the memory of `other`."""
    other -= one
    other *= share
    other += one
    return other


def _shares(rows: _Axis, columns: _Axis) -> tuple[Array, Array]:
    """The upper neighbours' shares, ready to be multiplied with pixels."""
    return rows.share[:, :, None, None], columns.share[:, None, :, None]


def _inside(rows: _Axis, columns: _Axis) -> Array:
    return (rows.inside[:, :, None] & columns.inside[:, None, :])[..., None]


# --- CropAndResize --------------------------------------------------------------------------------
crop_and_resize_op = define(
    "CropAndResize",
    inputs="image: T, boxes: float32, box_ind: int32, crop_size: int32",
    outputs="crops: float32",
    attrs={"T": _IMAGES, **_METHOD, "extrapolation_value": attrs.real(0.0)},
)


@crop_and_resize_op.shape
def _(op: Operation) -> TensorShape:
    image, boxes, indices = (
        t.shape.with_rank(rank) for t, rank in zip(op.inputs, (4, 2, 1), strict=False)
    )
    (count,) = merged(TensorShape(boxes.known[:1]), indices).known  # type: ignore[index, misc]
    merged(TensorShape(boxes.known[1:]), TensorShape([4]))  # type: ignore[index]
    size = described_shape(op.inputs[3]).with_rank(2).known
    return TensorShape.of((count, *size, image.known[3]))  # type: ignore[index, misc]


@crop_and_resize_op.kernel
def _(ctx: Any) -> Any:
    outside = _F32(ctx.attrs["extrapolation_value"])
    is_nearest = ctx.attrs["method"] == "nearest"

    def run(image: Array, boxes: Array, indices: Array, crop_size: Array) -> Array:
        _check_images("image", image)
        _check_boxes(boxes, indices, len(image))
        if crop_size.shape != (2,) or crop_size.min() <= 0:
            raise InvalidArgumentError(f"crop_size must be two positive sizes, got {crop_size}")
        rows, columns = _axes(boxes, image.shape[1:3], crop_size.tolist())
        if is_nearest:
            places = _places(image.shape, indices, rows.nearest, columns.nearest)
            crops = image.reshape(-1, image.shape[3]).take(places, 0).astype(_F32, copy=False)
        else:
            down, across = _shares(rows, columns)
            pixels = _corners(image, indices, rows, columns)
            top = _mixed(pixels.top_left, pixels.top_right, across)
            crops = _mixed(top, _mixed(pixels.bottom_left, pixels.bottom_right, across), down)
        inside = _inside(rows, columns)[..., 0]
        if not inside.all():
            crops[~inside] = outside
        return crops

    return run


@crop_and_resize_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    image, boxes, indices, _ = op.inputs
    by_image = None
    if image.dtype.base_dtype in _SLOPED:
        known = image.shape.known
        size = raw.Shape(image) if known is None or None in known else list(known)
        by_image = crop_and_resize_grad_image_op(
            grad, boxes, indices, size, T=image.dtype.base_dtype, method=op.attrs["method"]
        )
    # As in TensorFlow, boxes have the slope of bilinear sampling whatever the method is.
    return [by_image, crop_and_resize_grad_boxes_op(grad, image, boxes, indices), None, None]


# --- CropAndResizeGradImage -----------------------------------------------------------------------
crop_and_resize_grad_image_op = define(
    "CropAndResizeGradImage",
    inputs="grads: float32, boxes: float32, box_ind: int32, image_size: int32",
    outputs="output: T",
    attrs={"T": _SLOPED, **_METHOD},
    shape=lambda op: described_shape(op.inputs[3]).with_rank(4),
)


@crop_and_resize_grad_image_op.kernel
def _(ctx: Any) -> Any:
    is_nearest = ctx.attrs["method"] == "nearest"
    wide = np.result_type(ctx.dtype, _F32)

    def run(grads: Array, boxes: Array, indices: Array, image_size: Array) -> Array:
        if image_size.shape != (4,) or image_size[1:3].min() <= 0:
            raise InvalidArgumentError(f"image_size must be four sizes, got {image_size}")
        shape = tuple(image_size.tolist())
        _check_boxes(boxes, indices, shape[0])
        _check_gradients(grads, boxes, shape[3])
        rows, columns = _axes(boxes, shape[1:3], grads.shape[1:3])
        result = np.zeros(shape, wide)
        grads = np.where(_inside(rows, columns), grads, _F32(0))
        flat = result.reshape(-1, shape[3])
        for y, x, part in _parts(grads, rows, columns, is_nearest):
            places = _places(shape, indices, y, x)
            _add_rows(flat, places.reshape(-1), part.reshape(-1, shape[3]))
        return result.astype(ctx.dtype, copy=False)

    return run


def _add_rows(result: Array, places: Array, rows: Array) -> None:
    """result[places] += rows, where places come more than once."""
    if not len(places):
        return
    order = np.argsort(places, kind="stable")
    places = places[order]
    starts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
    result[places[starts]] += np.add.reduceat(rows[order], starts, 0, result.dtype)


def _parts(grads: Array, rows: _Axis, columns: _Axis, is_nearest: bool) -> Any:
    """(rows, columns, what of the gradients belongs there)."""
    if is_nearest:
        yield rows.nearest, columns.nearest, grads
        return
    down, across = _shares(rows, columns)
    for y, by_row in ((rows.lower, (1 - down) * grads), (rows.upper, down * grads)):
        yield y, columns.lower, (1 - across) * by_row
        yield y, columns.upper, across * by_row


@crop_and_resize_grad_image_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # sum(grad * this) = sum(grads * crops of grad): linear in both.
    grads, boxes, indices, _ = op.inputs
    size = raw.Shape(grads)[1:3]
    crops = crop_and_resize_op(grad, boxes, indices, size, method=op.attrs["method"])
    return [crops, crop_and_resize_grad_boxes_op(grads, grad, boxes, indices), None, None]


# --- CropAndResizeGradBoxes -----------------------------------------------------------------------
crop_and_resize_grad_boxes_op = define(
    "CropAndResizeGradBoxes",
    inputs="grads: float32, image: T, boxes: float32, box_ind: int32",
    outputs="output: float32",
    attrs={"T": _IMAGES, "method": attrs.choice("bilinear", default="bilinear")},
    shape=like("boxes"),
)


@crop_and_resize_grad_boxes_op.kernel
def _(_ctx: Any) -> Any:
    def run(grads: Array, image: Array, boxes: Array, indices: Array) -> Array:
        _check_images("image", image)
        _check_boxes(boxes, indices, len(image))
        _check_gradients(grads, boxes, image.shape[3])
        rows, columns = _axes(boxes, image.shape[1:3], grads.shape[1:3])
        grads = np.where(_inside(rows, columns), grads, _F32(0))
        down, across = _shares(rows, columns)
        pixels = _corners(image, indices, rows, columns)
        by_y = (1 - across) * (pixels.bottom_left - pixels.top_left)
        by_y += across * (pixels.bottom_right - pixels.top_right)
        by_x = (1 - down) * (pixels.top_right - pixels.top_left)
        by_x += down * (pixels.bottom_right - pixels.bottom_left)
        top, bottom = _ends((by_y * grads).sum((2, 3)), image.shape[1])
        left, right = _ends((by_x * grads).sum((1, 3)), image.shape[2])
        return np.stack([top, left, bottom, right], 1)

    return run


def _ends(slopes: Array, size: int) -> tuple[Array, Array]:
    """The slopes by both ends of an axis, from those by the pixels' places, [boxes, pixels]."""
    pixels, last = slopes.shape[1], _F32(size - 1)
    if pixels > 1:
        by_end = np.arange(pixels, dtype=_F32) * (last / _F32(pixels - 1))
        return slopes @ (last - by_end), slopes @ by_end
    half = slopes.sum(1) * _F32(0.5) * last
    return half, half


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """Parts of images, all resized to one size (tf.image.crop_and_resize).

    Args:
      image: images [batch, height, width, depth], integers or floats.
      boxes: float32 [boxes, 4], of each (y1, x1, y2, x2) where 0 and 1 are the centres of the
        image's outermost pixels. They may be turned over (y1 > y2) or reach beyond the image.
      box_ind: int32 [boxes], the image of each box; `box_indices` is its newer name.
      crop_size: int32 [height, width] of the crops.
      method: "bilinear" or "nearest".
      extrapolation_value: what stands beyond the image.
      name: the operation's name.
      box_indices: see `box_ind`.

    Returns:
      float32 [boxes, crop height, crop width, depth].

    Raises:
      ValueError: shapes do not fit, or both or none of `box_ind` and `box_indices` are given.
      OutOfRangeError: at the run, a box is of an image that there is not.
    """
    if (box_ind is None) == (box_indices is None):
        raise ValueError("Must specify exactly one of 'box_ind' and 'box_indices'")
    indices = box_indices if box_ind is None else box_ind
    return crop_and_resize_op(  # type: ignore[no-any-return]
        image, boxes, indices, crop_size, method=method, extrapolation_value=extrapolation_value,
        name=name,
    )  # fmt: skip
