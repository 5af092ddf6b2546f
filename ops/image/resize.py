"""Resizing by TensorFlow's four methods, with gradients: linear maps, so their own derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import described_shape
from flowgraph.ops.image import _resampling as resampling

__all__ = ["resize_area", "resize_bicubic", "resize_bilinear", "resize_nearest_neighbor"]

_INTEGERS = (dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16, *dtypes.INDEX)
_FLOATS = (dtypes.float16, dtypes.float32, dtypes.float64)
_ALIGNED = {"align_corners": attrs.boolean(False)}
_PLACED = {**_ALIGNED, "half_pixel_centers": attrs.boolean(False)}


def resized_shape(op: Operation) -> TensorShape:
    """The shape of the first input with height and width of the second."""
    dims = op.inputs[0].shape.with_rank(4).known
    size = described_shape(op.inputs[1]).with_rank(2).known
    assert dims is not None and size is not None
    return TensorShape.of((dims[0], *size, dims[3]))


def check_sizes(images: Any, size: Any) -> tuple[int, int]:
    """The new height and width; InvalidArgumentError unless images can be resized to it."""
    if images.ndim != 4:
        raise InvalidArgumentError(f"images must be 4-dimensional, got shape {images.shape}")
    if size.shape != (2,):
        raise InvalidArgumentError(f"size must be [height, width], got shape {size.shape}")
    if size.min() <= 0:
        raise InvalidArgumentError(f"output dimensions must be positive, got {size.tolist()}")
    if 0 in images.shape[1:]:
        raise InvalidArgumentError(
            f"images must have pixels and a channel, got shape {images.shape}"
        )
    return int(size[0]), int(size[1])


def placement(op_attrs: Any) -> tuple[bool, ...]:
    """How pixels lie on one another: (align_corners, half_pixel_centers where there is such)."""
    flags = tuple([op_attrs[name] for name in _PLACED if name in op_attrs])
    if flags == (True, True):
        raise InvalidArgumentError("half_pixel_centers is for align_corners=False only, got both")
    return flags


def as_floats(images: Any, dtype: Any = np.float32) -> Any:
    """Images in rows, as floats that BLAS knows."""
    return np.ascontiguousarray(images, dtype)


# --- ResizeBilinear, ResizeBicubic, ResizeArea ----------------------------------------------------
def _resizing(op_type: str, method: Callable[..., Any], types: Any, place: Any = _PLACED) -> OpDef:
    op_def = define(
        op_type,
        inputs="images: T, size: int32",
        outputs="resized_images: float32",
        attrs={"T": types, **place},
        shape=resized_shape,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def run(images: Any, size: Any) -> Any:
            height, width = check_sizes(images, size)
            flags = placement(ctx.attrs)
            by_row = method(images.shape[1], height, *flags)
            by_column = method(images.shape[2], width, *flags)
            return resampling.resample(as_floats(images), by_row, by_column)

        return run

    return op_def


def _resizing_gradient(op_type: str, method: Callable[..., Any], types: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="grads: float32, original_image: T",
        outputs="output: T",
        attrs={"T": types, **_PLACED},
        shape=like("original_image"),
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        wide = np.result_type(ctx.dtype, np.float32)

        def run(grads: Any, images: Any) -> Any:
            if grads.ndim != 4 or images.ndim != 4:
                raise InvalidArgumentError(
                    f"grads and original_image must be 4-dimensional, got shapes {grads.shape} "
                    f"and {images.shape}"
                )
            if grads.shape[0] != images.shape[0] or grads.shape[3] != images.shape[3]:
                raise InvalidArgumentError(
                    f"grads and original_image must have the same batch and channels, got shapes "
                    f"{grads.shape} and {images.shape}"
                )
            flags = placement(ctx.attrs)
            back = [method(images.shape[i], grads.shape[i], *flags).transposed() for i in (1, 2)]
            result = resampling.resample(as_floats(grads, wide), *back)
            return result.astype(ctx.dtype, copy=False)

        return run

    return op_def


def _differentiable(forward: OpDef, backward: OpDef, types: tuple[dtypes.DType, ...]) -> None:
    """Each of the two is the other's gradient; images of other dtypes than `types` have none."""

    @forward.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        image = op.inputs[0]
        if image.dtype.base_dtype not in types:
            return [None, None]
        return [backward(grad, image, **_place(op)), None]

    @backward.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        size = _height_and_width(op.inputs[0])
        return [forward(grad, size, **_place(op)), None]


def _place(op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in _PLACED}


def _height_and_width(images: Tensor) -> Any:
    """The size of images, as a list where it is known."""
    known = images.shape.known
    if known is not None and None not in known[1:3]:
        return list(known[1:3])
    return raw.Shape(images)[1:3]


_BILINEAR_GRADIENTS = dtypes.FLOATING
_BICUBIC_GRADIENTS = (dtypes.float32, dtypes.float64)
resize_bilinear_op = _resizing(
    "ResizeBilinear", resampling.linear, (*_INTEGERS, dtypes.bfloat16, *_FLOATS)
)
resize_bicubic_op = _resizing("ResizeBicubic", resampling.cubic, (*_INTEGERS, *_FLOATS))
resize_area_op = _resizing("ResizeArea", resampling.area, (*_INTEGERS, *_FLOATS), _ALIGNED)
resize_bilinear_grad_op = _resizing_gradient(
    "ResizeBilinearGrad", resampling.linear, _BILINEAR_GRADIENTS
)
resize_bicubic_grad_op = _resizing_gradient(
    "ResizeBicubicGrad", resampling.cubic, _BICUBIC_GRADIENTS
)
_differentiable(resize_bilinear_op, resize_bilinear_grad_op, _BILINEAR_GRADIENTS)
_differentiable(resize_bicubic_op, resize_bicubic_grad_op, _BICUBIC_GRADIENTS)


def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images in a new size, by the four pixels around (tf.image.resize_bilinear).

    Args:
      images: [batch, height, width, channels], integers or floats.
      size: int32 [height, width], both positive.
      align_corners: whether the corner pixels' centres lie on each other.
      name: the operation's name.
      half_pixel_centers: whether pixels are areas whose centres are at halves.

    Returns:
      float32 images [batch, size[0], size[1], channels].

    Raises:
      ValueError: the images are not of rank 4 or `size` is not of shape [2].
    """
    return resize_bilinear_op(  # type: ignore[no-any-return]
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images in a new size, by the sixteen pixels around (tf.image.resize_bicubic).

    For the arguments and errors see `resize_bilinear`.
    """
    return resize_bicubic_op(  # type: ignore[no-any-return]
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_area(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Images in a new size, each pixel the mean of the area it covers (tf.image.resize_area).

    For the arguments and errors see `resize_bilinear`. As in TensorFlow, it has no gradient.
    """
    return resize_area_op(images, size, align_corners=align_corners, name=name)  # type: ignore[no-any-return]


# --- ResizeNearestNeighbor ------------------------------------------------------------------------
resize_nearest_neighbor_op = define(
    "ResizeNearestNeighbor",
    inputs="images: T, size: int32",
    outputs="resized_images: T",
    attrs={"T": (*_INTEGERS, *_FLOATS), **_PLACED},
    shape=resized_shape,
)


@resize_nearest_neighbor_op.kernel
def _(ctx: Any) -> Any:
    def run(images: Any, size: Any) -> Any:
        height, width = check_sizes(images, size)
        flags = placement(ctx.attrs)
        rows = resampling.nearest(images.shape[1], height, *flags)
        columns = resampling.nearest(images.shape[2], width, *flags)
        return images.take(rows, 1).take(columns, 2)

    return run


@resize_nearest_neighbor_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    size = _height_and_width(op.inputs[0])
    return [resize_nearest_neighbor_grad_op(grad, size, **_place(op)), None]


resize_nearest_neighbor_grad_op = define(
    "ResizeNearestNeighborGrad",
    inputs="grads: T, size: int32",
    outputs="output: T",
    attrs={"T": (dtypes.uint8, dtypes.int8, dtypes.int32, *_FLOATS), **_PLACED},
    shape=resized_shape,
)


@resize_nearest_neighbor_grad_op.kernel
def _(ctx: Any) -> Any:
    if not ctx.output_dtypes[0].is_floating:
        return _bind_integer_sums(ctx)
    wide = np.result_type(ctx.dtype, np.float32)

    def run(grads: Any, size: Any) -> Any:
        flags = placement(ctx.attrs)
        back = [
            resampling.picked(inputs, grads.shape[axis], *flags).transposed()
            for axis, inputs in enumerate(check_sizes(grads, size), 1)
        ]
        return resampling.resample(as_floats(grads, wide), *back).astype(ctx.dtype, copy=False)

    return run


def _bind_integer_sums(ctx: Any) -> Any:
    def run(grads: Any, size: Any) -> Any:
        for axis, inputs in enumerate(check_sizes(grads, size), 1):
            source = resampling.nearest(inputs, grads.shape[axis], *placement(ctx.attrs))
            grads = _summed(grads, source, inputs, axis)
        return grads

    return run


def _summed(grads: Any, source: Any, size: int, axis: int) -> Any:
    """The sums of the slices along `axis` that came from the same place; `source` is sorted."""
    places, starts = np.unique(source, return_index=True)
    shape = list(grads.shape)
    shape[axis] = size
    result = np.zeros(shape, grads.dtype)
    where: list[Any] = [slice(None)] * axis
    result[(*where, places)] = np.add.reduceat(grads, starts, axis, grads.dtype)
    return result


@resize_nearest_neighbor_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    size = _height_and_width(op.inputs[0])
    return [resize_nearest_neighbor_op(grad, size, **_place(op)), None]


def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images in a new size, each pixel the nearest one (tf.image.resize_nearest_neighbor).

    For the arguments and errors see `resize_bilinear`; the dtype is the images' own.
    """
    return resize_nearest_neighbor_op(  # type: ignore[no-any-return]
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )
