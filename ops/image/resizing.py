"""tf.image.resize_images and what is made of it: any method, aspect ratios, padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import zeros
from flowgraph.ops.array.reshape import expand_dims
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.image import scale_and_translate
from flowgraph.ops.image._shape_checks import (
    as_batch,
    as_before,
    dimensions,
    greater,
    pixels_required,
    required,
)
from flowgraph.ops.image.cropping import pad_to_bounding_box
from flowgraph.ops.image.resize import (
    resize_area,
    resize_bicubic,
    resize_bilinear,
    resize_nearest_neighbor,
)
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.powers import minimum
from flowgraph.ops.math.unary import floor, round

__all__ = ["ResizeMethod", "resize_image_with_pad", "resize_images", "resize_images_v2"]

Resizer = Callable[[Tensor, Any], Tensor]


class ResizeMethod:
    """The methods of `resize_images` (tf.image.ResizeMethod)."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


_METHODS: dict[Any, Callable[..., Tensor]] = {
    ResizeMethod.BILINEAR: resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_bicubic,
    ResizeMethod.AREA: resize_area,
    "bilinear": resize_bilinear,
    "nearest": resize_nearest_neighbor,
    "bicubic": resize_bicubic,
    "area": resize_area,
}
# Methods of TensorFlow 2's function: kernels of ScaleAndTranslate, by name.
_KERNELS = {name: name for name in scale_and_translate.KERNEL_TYPES} | {
    "bilinear": "triangle",
    "bicubic": "keyscubic",
}


def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in a new size (tf.image.resize_images, tf.image.resize).

    Args:
      images: [height, width, channels], or a batch of such.
      size: int32 [height, width].
      method: one of `ResizeMethod`, or its name in lower case.
      align_corners: whether the corner pixels' centres lie on each other.
      preserve_aspect_ratio: take the greatest size of the images' proportions within `size`.
      name: the scope of the operations.

    Returns:
      float32 images; of the images' own dtype by NEAREST_NEIGHBOR, and where they are known to
      have the size already.

    Raises:
      ValueError: the rank is another or unknown, `size` has another shape or dtype, or the method
        is none of those.
    """

    def resizer(images: Tensor, size: Any) -> Tensor:
        if method not in _METHODS:
            raise ValueError(f"Resize method is not implemented: {method!r}.")
        return _METHODS[method](images, size, align_corners=align_corners)

    return _resized(images, size, resizer, preserve_aspect_ratio, name, skips_same=True)


def resize_images_v2(
    images: Any,
    size: Any,
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in a new size, pixels being areas (tf.compat.v2.image.resize).

    Args:
      images: [height, width, channels], or a batch of such.
      size: int32 [height, width].
      method: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or
        "mitchellcubic".
      preserve_aspect_ratio: take the greatest size of the images' proportions within `size`.
      antialias: whether a kernel grows as the images shrink.
      name: the scope of the operations.

    Returns:
      float32 images; of the images' own dtype by "nearest".

    Raises:
      ValueError: see `resize_images`.
    """

    def resizer(images: Tensor, size: Any) -> Tensor:
        if method in ("nearest", "area") or (method in _METHODS and not antialias):
            centred = {} if method == "area" else {"half_pixel_centers": True}
            return _METHODS[method](images, size, **centred)
        if method not in _KERNELS:
            raise ValueError(f"Resize method is not implemented: {method!r}.")
        wanted, there = (cast(s, dtypes.float32) for s in (size, shape_of(images)[1:3]))
        return raw.ScaleAndTranslate(  # type: ignore[no-any-return]
            images, size, wanted / there, zeros([2]),
            kernel_type=_KERNELS[method], antialias=antialias,
        )  # fmt: skip

    return _resized(images, size, resizer, preserve_aspect_ratio, name, skips_same=False)


def _resized(
    images: Any, size: Any, resizer: Resizer, keeps_ratio: bool, name: Any, skips_same: bool
) -> Tensor:
    with name_scope(name, "resize", [images, size]):
        images = convert_to_tensor(images, name="images")
        rank = images.shape.rank
        if rank is None:
            raise ValueError("'images' contains no shape.")
        if rank not in (3, 4):
            raise ValueError(f"'images' must have either 3 or 4 dimensions, got {rank}.")
        if rank == 3:
            images = expand_dims(images, 0)
        size = _checked_size(size)
        if keeps_ratio:
            size = _in_proportion(images, size)
        height, width = constant_value_as_shape(size).with_rank(2).as_list()
        is_same = None not in (height, width) and images.shape.as_list()[1:3] == [height, width]
        if not (skips_same and is_same):
            images = resizer(images, size)
            images.set_shape([None, height, width, None])
        return as_before(images, rank == 4)


def _checked_size(size: Any) -> Tensor:
    try:
        size = convert_to_tensor(size, dtypes.int32, name="size")
    except (TypeError, ValueError):
        raise ValueError(f"'size' must be a 1-D int32 Tensor. Got {size!r}.") from None
    if not size.shape.is_compatible_with([2]):
        raise ValueError(
            "'size' must be a 1-D Tensor of 2 elements: new_height, new_width. Got shape "
            f"{size.shape}."
        )
    return size


def _in_proportion(images: Tensor, size: Tensor) -> Tensor:
    """The greatest size within `size` that has the images' proportions."""
    current = [cast(side, dtypes.float32) for side in dimensions(images, 4)[1:3]]
    wanted = constant_value_as_shape(size).with_rank(2).as_list()
    factors = [
        cast(size[i] if wanted[i] is None else wanted[i], dtypes.float32) / current[i]
        for i in range(2)
    ]
    factor = minimum(*factors)
    sides = [cast(round(factor * side), dtypes.int32) for side in current]
    return convert_to_tensor(sides, dtypes.int32, name="size")


def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """The image in its proportions, in the middle of a size (tf.image.resize_image_with_pad).

    Args:
      image: [height, width, channels], or a batch of such.
      target_height: the height with its padding of zeros.
      target_width: likewise.
      method: see `resize_images`.
      align_corners: see `resize_images`.

    Raises:
      ValueError: the image is not of rank 3 or 4, or a size is not positive.
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        image, was_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = pixels_required(image) + required(
            (target_width > 0, "target_width must be > 0."),
            (target_height > 0, "target_height must be > 0."),
        )
        image = with_dependencies(checks, image)
        sides = [cast(side, dtypes.float64) for side in dimensions(image, 4)[1:3]]
        targets = [cast(side, dtypes.float64) for side in (target_height, target_width)]
        ratio = greater(sides[1] / targets[1], sides[0] / targets[0])
        resized_sides = [side / ratio for side in sides]
        size = [cast(floor(side), dtypes.int32) for side in resized_sides]
        offsets = [
            greater(0, cast(floor((target - side) / 2), dtypes.int32))
            for target, side in zip(targets, resized_sides, strict=True)
        ]
        resized = resize_images(image, size, method, align_corners=align_corners)
        padded = pad_to_bounding_box(resized, *offsets, target_height, target_width)
        return as_before(padded, was_batch)
