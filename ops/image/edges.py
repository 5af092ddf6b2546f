"""Differences between neighbouring pixels: gradients, Sobel filters, total variation."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.graph import name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.making import tile, zeros
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.array.slicing import pad
from flowgraph.ops.array.splitting import unstack
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import abs
from flowgraph.ops.nn.depthwise import depthwise_conv2d

__all__ = ["image_gradients", "sobel_edges", "total_variation"]


def image_gradients(image: Tensor) -> tuple[Tensor, Tensor]:
    """The differences to the pixel below and to the right (tf.image.image_gradients).

    Args:
      image: a tensor [batch, height, width, channels].

    Returns:
      (dy, dx) of the image's shape, zero in the last row and column.

    Raises:
      ValueError: the rank is another.
    """
    if image.shape.rank != 4:
        raise ValueError(
            f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}."
        )
    sizes = shape_of(image)
    batch, height, width, depth = unstack(sizes)
    dy = image[:, 1:, :, :] - image[:, :-1, :, :]
    dx = image[:, :, 1:, :] - image[:, :, :-1, :]
    last_row = zeros(stack([batch, 1, width, depth]), image.dtype)
    dy = reshape(concat([dy, last_row], 1), sizes)
    last_column = zeros(stack([batch, height, 1, depth]), image.dtype)
    dx = reshape(concat([dx, last_column], 2), sizes)
    return dy, dx


_SOBEL = np.array(
    [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]
).transpose(1, 2, 0)[:, :, None]  # [row, column, 1, (dy, dx)]


def sobel_edges(image: Tensor) -> Tensor:
    """Sobel's filters down and across, the image mirrored at its edges (tf.image.sobel_edges).

    Args:
      image: a floating tensor [batch, height, width, channels], sides of 2 or more.

    Returns:
      [batch, height, width, channels, 2]: the edges (dy, dx) of each channel.
    """
    sizes = shape_of(image)
    filters = constant(_SOBEL, dtype=image.dtype)
    filters = tile(filters, [1, 1, sizes[-1], 1], name="sobel_filters")
    padded = pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    output = depthwise_conv2d(padded, filters, [1, 1, 1, 1], "VALID")
    output = reshape(output, shape=concat([sizes, [2]], 0))
    output.set_shape(image.shape.concatenate([2]))
    return output


def total_variation(images: Tensor, name: str | None = None) -> Any:
    """The sum of the sizes of differences between neighbours (tf.image.total_variation).

    Args:
      images: a tensor [height, width, channels], or a batch of such.
      name: the scope of the operations.

    Returns:
      A scalar, or one number for each image of a batch.

    Raises:
      ValueError: the rank is another.
    """
    with name_scope(name, "total_variation"):
        rank = images.shape.rank
        if rank == 3:
            down, across = (
                images[1:, :, :] - images[:-1, :, :],
                images[:, 1:, :] - images[:, :-1, :],
            )
            axes: Any = None
        elif rank == 4:
            down = images[:, 1:, :, :] - images[:, :-1, :, :]
            across = images[:, :, 1:, :] - images[:, :, :-1, :]
            axes = [1, 2, 3]
        else:
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        return reduce_sum(abs(down), axis=axes) + reduce_sum(abs(across), axis=axes)
