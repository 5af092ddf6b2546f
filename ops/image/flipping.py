"""Images turned over: flips, quarter turns, transposition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.reshape import transpose as permute
from flowgraph.ops.array.reversing import reverse
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.control.case import case
from flowgraph.ops.control.cond import cond
from flowgraph.ops.image._shape_checks import with_pixels
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal, less
from flowgraph.ops.math.division import mod
from flowgraph.ops.math.unary import round
from flowgraph.ops.random.distributions import random_uniform

__all__ = [
    "flip_left_right",
    "flip_up_down",
    "random_flip_left_right",
    "random_flip_up_down",
    "rot90",
    "transpose_image",
]


def _first_axis(image: Tensor) -> int:
    """Where height stands in the shape; an image of unknown rank is taken as one of rank 3."""
    rank = image.shape.rank
    if rank not in (3, 4, None):
        raise ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")
    return 1 if rank == 4 else 0


def _of_same_shape(image: Tensor, result: Tensor) -> Tensor:
    result.set_shape([None] * 3 if image.shape.rank is None else image.shape)
    return result


def flip_left_right(image: Any) -> Tensor:
    """Each row of pixels backwards (tf.image.flip_left_right).

    Args:
      image: [height, width, channels], or a batch of such.

    Raises:
      ValueError: the rank is another, or there are no pixels.
    """
    return _flip(image, 1, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """The rows of pixels in reverse order (tf.image.flip_up_down); see `flip_left_right`."""
    return _flip(image, 0, "flip_up_down")


def _flip(image: Any, axis: int, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]):
        image = with_pixels(convert_to_tensor(image, name="image"))
        return _of_same_shape(image, reverse(image, [axis + _first_axis(image)]))


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """`flip_left_right` of every other image, by chance (tf.image.random_flip_left_right).

    For the errors see `flip_left_right`.
    """
    return _random_flip(image, 1, seed, "random_flip_left_right")


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """`flip_up_down` of every other image, by chance (tf.image.random_flip_up_down).

    For the errors see `flip_left_right`.
    """
    return _random_flip(image, 0, seed, "random_flip_up_down")


def _random_flip(image: Any, axis: int, seed: int | None, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]) as scope:
        image = with_pixels(convert_to_tensor(image, name="image"))
        if _first_axis(image) == 0:
            flipped = less(random_uniform([], 0, 1.0, seed=seed), 0.5)
            result = cond(flipped, lambda: reverse(image, [axis]), lambda: image, name=scope)
            return _of_same_shape(image, result)
        count = shape_of(image)[0]
        chances = random_uniform([count], 0, 1.0, seed=seed)
        flips = cast(round(reshape(chances, [count, 1, 1, 1])), image.dtype)
        return flips * reverse(image, [axis + 1]) + (1 - flips) * image


def transpose_image(image: Any, name: str | None = None) -> Tensor:
    """Height and width exchanged (tf.image.transpose_image, tf.image.transpose).

    For the argument and errors see `flip_left_right`.
    """
    with name_scope(name, "transpose", [image]):
        image = with_pixels(convert_to_tensor(image, name="image"))
        return permute(image, _exchanged(_first_axis(image)), name=name)


def _exchanged(first: int) -> list[int]:
    return [0, 2, 1, 3] if first else [1, 0, 2]


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """`k` quarter turns counter-clockwise (tf.image.rot90).

    Args:
      image: [height, width, channels], or a batch of such.
      k: an int or a scalar int32 tensor.
      name: the scope of the operations.

    Raises:
      ValueError: the image's rank is another, or `k` is no scalar.
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        image = with_pixels(convert_to_tensor(image, name="image"))
        k = convert_to_tensor(k, dtype=dtypes.int32, name="k")
        k.shape.assert_has_rank(0)
        k = mod(k, 4)
        turns = _turns(image, _first_axis(image))
        result = case(
            [(equal(k, i), turn) for i, turn in enumerate(turns, 1)],
            default=lambda: image, exclusive=True, name=scope,
        )  # fmt: skip
        known = [None] * 3 if image.shape.known is None else image.shape.known
        result.set_shape([*known[:-3], None, None, known[-1]])
        return result  # type: ignore[no-any-return]


def _turns(image: Tensor, first: int) -> list[Callable[[], Tensor]]:
    """One, two and three quarter turns."""
    order, width = _exchanged(first), first + 1
    return [
        lambda: permute(reverse(image, [width]), order),
        lambda: reverse(image, [first, width]),
        lambda: reverse(permute(image, order), [width]),
    ]
