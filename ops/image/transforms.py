"""Images rotated, moved or seen through any projective map (tf.contrib.image)."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import ones, zeros
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.image.projective import (
    IMAGE_TYPES,
    image_projective_transform_op,
    matrices_of,
    rows_of,
)
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.trigonometry import cos, sin

__all__ = [
    "angles_to_projective_transforms",
    "compose_transforms",
    "flat_transforms_to_matrices",
    "matrices_to_flat_transforms",
    "rotate",
    "transform",
    "translate",
    "translations_to_projective_transforms",
]


def rotate(
    images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Images turned counter-clockwise about their centres (tf.contrib.image.rotate).

    Args:
      images: [batch, height, width, channels], or one [height, width, channels], or
        [height, width].
      angles: radians, a scalar or one number for each image.
      interpolation: "NEAREST" or "BILINEAR".
      name: the scope of the operations.

    Returns:
      Images of the same dtype and shape; what comes from beyond is zero.

    Raises:
      TypeError: the dtype or the rank is none of those.
    """
    with name_scope(name, "rotate"):
        tensor = convert_to_tensor(images)
        batch = _as_batch(tensor)
        height, width = (cast(shape_of(batch)[i], dtypes.float32)[None] for i in (1, 2))
        turned = transform(
            batch,
            angles_to_projective_transforms(angles, height, width),
            interpolation=interpolation,
        )
        return _as_before(tensor, turned)


def translate(
    images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Images moved by (dx, dy) (tf.contrib.image.translate); see `rotate`.

    `translations` is a vector of two, or one row of two for each image.
    """
    with name_scope(name, "translate"):
        return transform(
            images, translations_to_projective_transforms(translations), interpolation=interpolation
        )


def transform(
    images: Any,
    transforms: Any,
    interpolation: str = "NEAREST",
    output_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """Images seen through projective maps (tf.contrib.image.transform).

    Args:
      images: [batch, height, width, channels], or one [height, width, channels], or
        [height, width].
      transforms: float32 [8], or [1, 8], or [batch, 8], each (a0, a1, a2, b0, b1, b2, c0, c1): the
        output's pixel (x, y) is the input's ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) where
        k = c0 x + c1 y + 1.
      interpolation: "NEAREST" or "BILINEAR".
      output_shape: int32 [height, width]; the images' own when None.
      name: the scope of the operations.

    Returns:
      Images of the same dtype and rank; what comes from beyond is zero.

    Raises:
      TypeError: the dtype or a rank is none of those.
      ValueError: `output_shape` has another shape.
    """
    with name_scope(name, "transform"):
        tensor = convert_to_tensor(images, name="images")
        rows = convert_to_tensor(transforms, name="transforms", dtype=dtypes.float32)
        batch = _as_batch(tensor)
        if output_shape is None:
            output_shape = shape_of(batch)[1:3]
            known = constant_value(output_shape)
            output_shape = output_shape if known is None else known
        output_shape = convert_to_tensor(output_shape, dtypes.int32, name="output_shape")
        if not output_shape.shape.is_compatible_with([2]):
            raise ValueError(
                "output_shape must be a 1-D Tensor of 2 elements: new_height, new_width"
            )
        output = image_projective_transform_op(
            batch, _as_rows(rows, "transform_or_transforms", "Transforms"), output_shape,
            interpolation=interpolation.upper(),
        )  # fmt: skip
        return _as_before(tensor, output)


def _as_batch(images: Tensor) -> Tensor:
    rank = images.shape.rank
    if images.dtype.base_dtype not in IMAGE_TYPES:
        raise TypeError(f"Invalid dtype {images.dtype}.")
    if rank is None:
        raise TypeError("image_or_images rank must be statically known")
    if rank not in (2, 3, 4):
        raise TypeError("Images should have rank between 2 and 4.")
    if rank == 4:
        return images
    return images[None, :, :, None] if rank == 2 else images[None, :, :, :]


def _as_before(images: Tensor, batch: Tensor) -> Tensor:
    """Undoes `_as_batch`."""
    rank = images.shape.rank
    if rank == 4:
        return batch
    return batch[0, :, :, 0] if rank == 2 else batch[0, :, :, :]


def _as_rows(tensor: Tensor, name: str, title: str) -> Tensor:
    """A matrix with one row for a vector."""
    rank = tensor.shape.rank
    if rank is None:
        raise TypeError(f"{name} rank must be statically known")
    if rank not in (1, 2):
        raise TypeError(f"{title} should have rank 1 or 2.")
    return tensor[None] if rank == 1 else tensor


def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> Tensor:
    """The transforms [n, 8] that turn images of a size (tf.contrib.image's function).

    Args:
      angles: radians, a scalar or a vector.
      image_height: the height as float32.
      image_width: likewise.
      name: the scope of the operations.

    Raises:
      TypeError: `angles` has another rank.
    """
    with name_scope(name, "angles_to_projective_transforms"):
        tensor = convert_to_tensor(angles, name="angles", dtype=dtypes.float32)
        if tensor.shape.rank not in (0, 1):
            raise TypeError("Angles should have rank 0 or 1.")
        angles = tensor[None] if tensor.shape.rank == 0 else tensor
        right, down = image_width - 1, image_height - 1
        x_offset = (right - (cos(angles) * right - sin(angles) * down)) / 2.0
        y_offset = (down - (sin(angles) * right + cos(angles) * down)) / 2.0
        columns = [cos(angles), -sin(angles), x_offset, sin(angles), cos(angles), y_offset]
        rest = zeros((shape_of(angles)[0], 2), dtypes.float32)
        return concat([column[:, None] for column in columns] + [rest], axis=1)


def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Tensor:
    """The transforms [n, 8] that move images by (dx, dy) (tf.contrib.image's function).

    Raises:
      TypeError: `translations` is neither a vector nor a matrix.
    """
    with name_scope(name, "translations_to_projective_transforms"):
        tensor = convert_to_tensor(translations, name="translations", dtype=dtypes.float32)
        moves = _as_rows(tensor, "translation_or_translations", "Translations")
        count = shape_of(moves)[0]
        one, none = ones((count, 1), dtypes.float32), zeros((count, 1), dtypes.float32)
        values = [one, none, -moves[:, 0, None], none, one, -moves[:, 1, None]]
        return concat([*values, zeros((count, 2), dtypes.float32)], axis=1)


def compose_transforms(*transforms: Any) -> Tensor:
    """One transform for several in turn, the first given being the last of the output's way back.

    See tf.contrib.image.compose_transforms. ValueError without any.
    """
    if not transforms:
        raise ValueError("transforms cannot be empty")
    with name_scope(None, "compose_transforms"):
        composed = flat_transforms_to_matrices(transforms[0])
        for other in transforms[1:]:
            composed = matmul(composed, flat_transforms_to_matrices(other))
        return matrices_to_flat_transforms(composed)


def flat_transforms_to_matrices(transforms: Any) -> Tensor:
    """Transforms [8] or [n, 8] as matrices [n, 3, 3] (tf.contrib.image's function).

    Raises:
      ValueError: the rank is another.
    """
    with name_scope(None, "flat_transforms_to_matrices"):
        transforms = convert_to_tensor(transforms, name="transforms")
        if transforms.shape.rank not in (1, 2):
            raise ValueError(f"Transforms should be 1D or 2D, got: {transforms}")
        return matrices_of(transforms)


def matrices_to_flat_transforms(transform_matrices: Any) -> Tensor:
    """Matrices [3, 3] or [n, 3, 3] as transforms [n, 8] (tf.contrib.image's function).

    Raises:
      ValueError: the rank is another.
    """
    with name_scope(None, "matrices_to_flat_transforms"):
        matrices = convert_to_tensor(transform_matrices, name="transform_matrices")
        if matrices.shape.rank not in (2, 3):
            raise ValueError(f"Matrices should be 2D or 3D, got: {matrices}")
        return rows_of(matrices)
