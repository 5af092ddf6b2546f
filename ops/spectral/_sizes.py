"""Sizes that may be Python ints, where they are known, or scalar tensors: what signals are cut by.

Arithmetic on them reads the same for both; the more is known, the fewer nodes a graph gets.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor

Size = Any  # int, or an int32 tensor of rank 0
Sizes = Any  # a list of Size, or an int32 vector where not even its length is known


def scalar(
    value: Any, name: str, least: int | None = 1, wrong: type[Exception] = TypeError
) -> Size:
    """An integer argument; ValueError unless it is a scalar and at least `least`.

    Of another dtype it raises `wrong`.
    """
    tensor = convert_to_tensor(value, name=name)
    tensor.shape.assert_has_rank(0)
    if not tensor.dtype.base_dtype.is_integer:
        raise wrong(f"{name} must be an integer. Got {tensor.dtype!r}")
    known = constant_value(tensor)
    if known is None:
        is_narrow = tensor.dtype.base_dtype is dtypes.int32
        return tensor if is_narrow else raw.Cast(tensor, DstT=dtypes.int32)
    if least is not None and known < least:
        raise ValueError(f"{name} must be at least {least}, got {known}")
    return int(known)


def size(x: Tensor, axis: int) -> Size:
    """The size of one axis."""
    known = x.shape.known
    if known is not None and known[axis] is not None:
        return known[axis]
    return raw.Shape(x)[axis]


def sizes(x: Tensor, start: int, stop: int | None) -> Sizes:
    """The sizes of the axes from `start` to `stop`, which count as a slice's do."""
    rank = x.shape.rank
    if rank is None:
        return raw.Shape(x)[start:stop]
    return [size(x, axis) for axis in range(rank)[start:stop]]


def product(parts: Sizes) -> Size:
    """How many elements there are in a block of these sizes."""
    if not isinstance(parts, list):
        return raw.Prod(parts, [0], keep_dims=False)
    known = math.prod(p for p in parts if isinstance(p, int))
    unknown = [p for p in parts if not isinstance(p, int)]
    return math.prod(unknown, start=known) if unknown else known


def as_shape(*parts: Sizes) -> Any:
    """One vector of all sizes, which are lists or vectors."""
    if not all(isinstance(part, list) for part in parts):
        return raw.ConcatV2([vector(part) for part in parts], 0)
    return vector([size for part in parts for size in part])


def vector(parts: Sizes) -> Any:
    """Sizes as one int32 vector."""
    if not isinstance(parts, list):
        return parts
    known = all(isinstance(part, int) for part in parts)
    return np.array(parts, np.int32) if known else raw.Pack(parts)


def larger(a: int, b: Size) -> Size:
    """The larger of two sizes."""
    return max(a, b) if isinstance(b, int) else raw.Maximum(a, b)


def counted(count: Size) -> Any:
    """0, 1 ... count - 1."""
    return np.arange(count, dtype=np.int32) if isinstance(count, int) else raw.Range(0, count, 1)


def static(value: Size) -> int | None:
    """The size as far as it is known when the graph is built."""
    return value if isinstance(value, int) else None


def fit_last(x: Tensor, wanted: Size) -> Tensor:
    """x with its last axis cut, or filled up with zeros, to the size wanted."""
    have = size(x, -1)
    both_known = isinstance(have, int) and isinstance(wanted, int)
    if not both_known or wanted < have:
        x = x[..., :wanted]  # type: ignore[index]
    missing = larger(0, wanted - have)
    if not both_known or missing:
        rank = x.shape.rank
        before = [0] * (2 * rank - 1) if rank else raw.Fill([2 * raw.Rank(x) - 1], 0)
        x = raw.Pad(x, raw.Reshape(as_shape(before, [missing]), [-1, 2]))
    if x.shape.rank is not None:
        x.set_shape([None] * (x.shape.rank - 1) + [static(wanted)])
    return x
