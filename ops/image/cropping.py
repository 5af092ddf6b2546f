"""Crops and paddings of images: to a box, to a size, to the centre."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import stack
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.array.slicing import pad, slice
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.image._shape_checks import (
    as_batch,
    as_before,
    dimensions,
    greater,
    is_tensor,
    known_sizes,
    lesser,
    pixels_required,
    required,
    same,
)
from flowgraph.ops.math.cast import cast

__all__ = [
    "central_crop",
    "crop_to_bounding_box",
    "pad_to_bounding_box",
    "resize_image_with_crop_or_pad",
]


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The part of a size from an offset on (tf.image.crop_to_bounding_box).

    Args:
      image: [height, width, channels], or a batch of such.
      offset_height: the first row, an int or a scalar int32 tensor.
      offset_width: the first column, likewise.
      target_height: how many rows.
      target_width: how many columns.

    Raises:
      ValueError: the image is not of rank 3 or 4, or known not to have the part.
      InvalidArgumentError: at the run, it has not.
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        image, was_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = pixels_required(image)
        batch, height, width, depth = dimensions(image, 4)
        checks += required(
            (offset_width >= 0, f"offset_width must be >= 0, got {offset_width}."),
            (offset_height >= 0, f"offset_height must be >= 0, got {offset_height}."),
            (target_width > 0, f"target_width must be > 0, got {target_width}."),
            (target_height > 0, f"target_height must be > 0, got {target_height}."),
            (
                width >= target_width + offset_width,
                f"width must be >= target + offset: {width}, {target_width}, {offset_width}.",
            ),
            (
                height >= target_height + offset_height,
                f"height must be >= target + offset: {height}, {target_height}, {offset_height}.",
            ),
        )
        image = with_dependencies(checks, image)
        begin = stack([0, offset_height, offset_width, 0])
        cropped = slice(image, begin, stack([-1, target_height, target_width, -1]))
        cropped.set_shape(known_sizes([batch, target_height, target_width, depth]))
        return as_before(cropped, was_batch)


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The image at an offset in one of a size, zeros around (tf.image.pad_to_bounding_box).

    For the arguments and errors see `crop_to_bounding_box`.
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        image, was_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = pixels_required(image)
        batch, height, width, depth = dimensions(image, 4)
        after_width = target_width - offset_width - width
        after_height = target_height - offset_height - height
        checks += required(
            (offset_height >= 0, f"offset_height must be >= 0, got {offset_height}."),
            (offset_width >= 0, f"offset_width must be >= 0, got {offset_width}."),
            (
                after_width >= 0,
                f"width must be <= target - offset: {width}, {target_width}, {offset_width}.",
            ),
            (
                after_height >= 0,
                f"height must be <= target - offset: {height}, {target_height}, {offset_height}.",
            ),
        )
        image = with_dependencies(checks, image)
        table = [0, 0, offset_height, after_height, offset_width, after_width, 0, 0]
        padded = pad(image, reshape(stack(table), [4, 2]))
        padded.set_shape(known_sizes([batch, target_height, target_width, depth]))
        return as_before(padded, was_batch)


def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """The image cut or padded at its sides to a size (tf.image.resize_image_with_crop_or_pad).

    Args:
      image: [height, width, channels], or a batch of such.
      target_height: the new height, an int or a scalar int32 tensor.
      target_width: likewise.

    Raises:
      ValueError: the image is not of rank 3 or 4, or a size is not positive.
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        image, was_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = pixels_required(image) + required(
            (target_width > 0, f"target_width must be > 0, got {target_width}."),
            (target_height > 0, f"target_height must be > 0, got {target_height}."),
        )
        image = with_dependencies(checks, image)
        if is_tensor(target_height):
            target_height = with_dependencies(checks, target_height)
        if is_tensor(target_width):
            target_width = with_dependencies(checks, target_width)
        _, height, width, _ = dimensions(image, 4)
        wider, higher = target_width - width, target_height - height
        crop_width, pad_width = greater(-wider // 2, 0), greater(wider // 2, 0)
        crop_height, pad_height = greater(-higher // 2, 0), greater(higher // 2, 0)
        kept = lesser(target_height, height), lesser(target_width, width)
        cropped = crop_to_bounding_box(image, crop_height, crop_width, *kept)
        resized = pad_to_bounding_box(cropped, pad_height, pad_width, target_height, target_width)
        _, new_height, new_width, _ = dimensions(resized, 4)
        checks = required(
            (same(new_height, target_height), "resized height is not correct."),
            (same(new_width, target_width), "resized width is not correct."),
        )
        return as_before(with_dependencies(checks, resized), was_batch)


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """The middle of an image, by the fraction of each side (tf.image.central_crop).

    Args:
      image: [height, width, channels], or a batch of such.
      central_fraction: of (0, 1].

    Raises:
      ValueError: the fraction or the rank is another.
    """
    with name_scope(None, "central_crop", [image]):
        image = convert_to_tensor(image, name="image")
        if not 0.0 < central_fraction <= 1.0:
            raise ValueError(f"central_fraction must be within (0, 1], got {central_fraction}")
        if central_fraction == 1.0:
            return image
        with_dependencies(pixels_required(image), image)
        rank = image.shape.rank
        if rank not in (3, 4):
            raise ValueError(
                f"`image` should either be a Tensor with rank = 3 or rank = 4. Had rank = {rank}."
            )
        starts, sizes = zip(
            *[_middle(image, axis, central_fraction) for axis in (rank - 3, rank - 2)], strict=True
        )
        batch = [0] * (rank - 3)
        begin = stack([*batch, *starts, 0])
        cropped = slice(image, begin, stack([-1 for _ in batch] + [*sizes, -1]))
        known = image.shape.known
        assert known is not None
        cropped.set_shape([*known[: rank - 3], *known_sizes(sizes), known[-1]])
        return cropped


def _middle(image: Tensor, axis: int, fraction: float) -> tuple[Any, Any]:
    """Where the middle of an axis begins, and its length."""
    size = image.shape.known[axis]  # type: ignore[index]
    if size is not None:
        start = int((size - size * fraction) / 2)
        return start, size - start * 2
    at_run = shape_of(image)[axis]
    wide = cast(at_run, dtypes.float64)
    begin = cast((wide - wide * fraction) / 2, dtypes.int32)
    return begin, at_run - begin * 2
