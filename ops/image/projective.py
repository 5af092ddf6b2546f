"""ImageProjectiveTransformV2: images seen through projective maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.known import described_shape
from flowgraph.ops.array.making import ones
from flowgraph.ops.array.reshape import reshape

__all__ = ["IMAGE_TYPES", "matrices_of", "rows_of"]

Array = np.ndarray[Any, Any]
_F32 = np.float32

IMAGE_TYPES = (
    dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64,
)  # fmt: skip

image_projective_transform_op = define(
    "ImageProjectiveTransformV2",
    inputs="images: dtype, transforms: float32, output_shape: int32",
    outputs="transformed_images: dtype",
    attrs={"dtype": IMAGE_TYPES, "interpolation": attrs.string()},
)


@image_projective_transform_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.with_rank(4).known
    assert dims is not None
    size = described_shape(op.inputs[2]).with_rank(2).known
    assert size is not None
    return TensorShape.of((dims[0], *size, dims[3]))


@image_projective_transform_op.kernel
def _(ctx: Any) -> Any:
    kind = ctx.attrs["interpolation"]
    if kind not in ("NEAREST", "BILINEAR"):
        raise InvalidArgumentError(
            f"Invalid interpolation {kind}. Supported types: NEAREST, BILINEAR"
        )
    sample = _nearest if kind == "NEAREST" else _bilinear

    def run(images: Array, transforms: Array, size: Array) -> Array:
        _check(images, transforms, size)
        shape = (len(images), *size.tolist())
        x, y, is_finite = _places(transforms, shape[1:])
        x, y = (np.broadcast_to(at, shape) for at in (x, y))
        seen = sample(images, x, y)
        return np.where(is_finite[..., None], seen, 0).astype(ctx.dtype, copy=False)

    return run


def _check(images: Array, transforms: Array, size: Array) -> None:
    if images.ndim != 4:
        raise InvalidArgumentError(f"images must be 4-dimensional, got shape {images.shape}")
    if transforms.ndim != 2 or transforms.shape[1] != 8 or len(transforms) not in (1, len(images)):
        raise InvalidArgumentError(
            f"Input transform should be num_images x 8 or 1 x 8, got shape {transforms.shape} for "
            f"{len(images)} images"
        )
    if size.shape != (2,) or size.min() <= 0:
        raise InvalidArgumentError(f"output_shape must be two positive sizes, got {size.tolist()}")


def _places(transforms: Array, size: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """(x, y, whether they are finite): where each output pixel comes from."""
    a0, a1, a2, b0, b1, b2, c0, c1 = transforms.T[:, :, None, None]
    y, x = np.ogrid[: size[0], : size[1]]
    x, y = x.astype(_F32), y.astype(_F32)
    depth = c0 * x + c1 * y + _F32(1)
    is_finite = depth != 0
    depth = np.where(is_finite, depth, _F32(1))
    return (a0 * x + a1 * y + a2) / depth, (b0 * x + b1 * y + b2) / depth, is_finite


def _read(images: Array, x: Array, y: Array) -> Array:
    """The pixels at whole coordinates, zero beyond the images."""
    height, width = images.shape[1:3]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    columns, rows = (np.where(inside, at, 0).astype(np.int64) for at in (x, y))
    which = np.arange(len(images))[:, None, None]
    if 0 in images.shape[1:3]:
        return np.zeros((*x.shape, images.shape[3]), images.dtype)
    return np.where(inside[..., None], images[which, rows, columns], images.dtype.type(0))


def _nearest(images: Array, x: Array, y: Array) -> Array:
    return _read(images, _rounded(x), _rounded(y))


def _rounded(x: Array) -> Array:
    """The nearest whole number; halves go away from zero, as by C's round."""
    wide = x.astype(np.float64)
    return np.copysign(np.floor(np.abs(wide) + 0.5), wide)


def _bilinear(images: Array, x: Array, y: Array) -> Array:
    left, top = np.floor(x), np.floor(y)
    across, down = (x - left)[..., None], (y - top)[..., None]

    def row(at: Array) -> Array:
        near, far = (_read(images, x0, at).astype(_F32) for x0 in (left, left + 1))
        return (1 - across) * near + across * far

    return (1 - down) * row(top) + down * row(top + 1)


@image_projective_transform_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # As in TensorFlow: the gradient seen through the inverse map, which is not quite the transpose.
    images, transforms, _ = op.inputs
    inverse = rows_of(raw.MatrixInverse(matrices_of(transforms)))
    size = raw.Shape(images)[1:3]
    kind = op.attrs["interpolation"]
    return [image_projective_transform_op(grad, inverse, size, interpolation=kind), None, None]


def matrices_of(transforms: Tensor) -> Tensor:
    """Transforms [n, 8] (or one [8]) as matrices [n, 3, 3]."""
    transforms = reshape(transforms, [-1, 8])
    last = ones([raw.Shape(transforms)[0], 1])
    return reshape(concat([transforms, last], axis=1), [-1, 3, 3])


def rows_of(matrices: Tensor) -> Tensor:
    """Matrices [n, 3, 3] (or one [3, 3]) as transforms [n, 8], scaled so that their last is 1."""
    flat = reshape(matrices, [-1, 9])
    flat = flat / flat[:, 8:9]
    return flat[:, :8]
