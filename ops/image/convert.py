"""Pictures from one dtype to another: integers of their full range, reals of [0, 1]."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.dtypes import DType
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.cast import cast, saturate_cast
from flowgraph.ops.math.division import div


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Tensor:
    """The image in another dtype, scaled to its range (tf.image.convert_image_dtype).

    Reals go from 0 to 1, integers from 0 to their dtype's greatest.

    Args:
      image: a tensor of reals or integers.
      dtype: the dtype wanted.
      saturate: whether values out of range become the range's end, instead of wrapping around.
      name: the operation's name.

    Raises:
      AttributeError: a dtype is neither real nor integer.

    >>> convert_image_dtype([0.0, 1.0], "uint8").dtype
    tf.uint8
    """
    image = convert_to_tensor(image, name="image")
    wanted, own = dtypes.as_dtype(dtype).base_dtype, image.dtype.base_dtype
    if not (wanted.is_floating or wanted.is_integer):
        raise AttributeError(f"dtype must be either floating point or integer, got {wanted.name}")
    if not (own.is_floating or own.is_integer):
        raise AttributeError(f"image dtype must be floating point or integer, got {own.name}")
    if wanted is own:
        return raw.Identity(image, name=name)  # type: ignore[no-any-return]
    fit = saturate_cast if saturate else cast
    with name_scope(name, "convert_image", [image]) as scope:
        if own.is_integer and wanted.is_integer:
            return _between_integers(image, own, wanted, fit, scope)
        if own.is_floating and wanted.is_floating:
            return cast(image, wanted, name=scope)  # type: ignore[no-any-return]
        if own.is_integer:
            return raw.Mul(cast(image, wanted), 1.0 / own.max, name=scope)  # type: ignore[no-any-return]
        # The half lets each integer have its share of [0, 1] when the cast cuts off.
        return fit(raw.Mul(image, wanted.max + 0.5), wanted, name=scope)  # type: ignore[no-any-return]


def _between_integers(image: Tensor, own: DType, wanted: DType, fit: Any, scope: str) -> Tensor:
    """Multiplies or divides by a whole number in the wider of the two dtypes."""
    if own.max > wanted.max:
        smaller = div(image, (own.max + 1) // (wanted.max + 1))
        return fit(smaller, wanted, name=scope)  # type: ignore[no-any-return]
    return raw.Mul(fit(image, wanted), (wanted.max + 1) // (own.max + 1), name=scope)  # type: ignore[no-any-return]


def as_real(image: Tensor) -> Tensor:
    """The image as float32, unless it is float16 or float32: what the colour ops work with."""
    if image.dtype.base_dtype in (dtypes.float16, dtypes.float32):
        return image
    return convert_image_dtype(image, dtypes.float32)
