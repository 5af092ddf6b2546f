"""What functions of images ask first: sizes, ranks, and conditions that a run may have to check."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.reshape import expand_dims, squeeze
from flowgraph.ops.array.shape import rank as rank_of
from flowgraph.ops.array.shape import shape as shape_of
from flowgraph.ops.array.splitting import unstack
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.control.basic import with_dependencies
from flowgraph.ops.control.value_checks import assert_greater_equal, assert_positive


def is_tensor(value: Any) -> bool:
    """Whether only a run tells the value."""
    return isinstance(value, Tensor) or hasattr(value, "_static_tensor")


def dimensions(image: Tensor, rank: int) -> list[Any]:
    """The sizes: ints where they are known, scalar tensors elsewhere."""
    known = image.shape.with_rank(rank).known
    assert known is not None
    if None not in known:
        return list(known)
    found = unstack(shape_of(image), rank)
    return [at_run if size is None else size for size, at_run in zip(known, found, strict=True)]


def required(*conditions: tuple[Any, str]) -> list[Any]:
    """(condition, message) pairs: ValueError where one is False now; assertions for the rest."""
    assertions = []
    for holds, message in conditions:
        if is_tensor(holds):
            assertions.append(Assert(holds, [message]))
        elif not holds:
            raise ValueError(message)
    return assertions


def pixels_required(image: Tensor) -> list[Any]:
    """Assertions that the image has rank 3 or more and pixels, where that is not known.

    Raises:
      ValueError: it is known not to.
    """
    rank = image.shape.rank
    if rank is not None and rank < 3:
        raise ValueError(f"'image' (shape {image.shape}) must be at least three-dimensional.")
    inner = (None,) * 3 if rank is None else image.shape.known[-3:]  # type: ignore[index]
    if 0 in inner:
        raise ValueError(f"inner 3 dims of 'image.shape' must be > 0: {image.shape}")
    if None not in inner:
        return []
    sizes = shape_of(image)[-3:]
    return [
        assert_positive(sizes, ["inner 3 dims of 'image.shape' must be > 0."]),
        assert_greater_equal(
            rank_of(image), 3, message="'image' must be at least three-dimensional."
        ),
    ]


def with_pixels(image: Tensor) -> Tensor:
    """The image, after the checks of `pixels_required`."""
    return with_dependencies(pixels_required(image), image)  # type: ignore[no-any-return]


def as_batch(image: Tensor) -> tuple[Tensor, bool]:
    """(images of rank 4, whether they were so); an image of unknown rank is taken as one image."""
    rank = image.shape.rank
    if rank == 4:
        return image, True
    if rank not in (3, None):
        raise ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")
    image = expand_dims(image, 0)
    image.set_shape([None] * 4)
    return image, False


def as_before(images: Tensor, was_batch: bool) -> Tensor:
    """Undoes `as_batch`."""
    return images if was_batch else squeeze(images, axis=[0])


def greater(x: Any, y: Any) -> Any:
    """The maximum of numbers or scalar tensors."""
    return _either("Maximum", max, x, y)


def lesser(x: Any, y: Any) -> Any:
    """The minimum of numbers or scalar tensors."""
    return _either("Minimum", min, x, y)


def same(x: Any, y: Any) -> Any:
    """Whether numbers or scalar tensors are equal."""
    return _either("Equal", operator.eq, x, y)


def _either(op_type: str, function: Any, x: Any, y: Any) -> Any:
    return getattr(raw, op_type)(x, y) if is_tensor(x) or is_tensor(y) else function(x, y)


def known_sizes(sizes: Iterable[Any]) -> list[int | None]:
    """The sizes with None for those that only a run tells."""
    return [None if is_tensor(size) else size for size in sizes]
