"""Ops that later ones replaced, which old graphs still have: Reverse, SpaceToBatch, TileGrad ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.ops.array.blocks import batch_to_space_nd_op, space_to_batch_nd_op
from flowgraph.ops.array.known import integers

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)

# --- Reverse: which dimensions is told by a bool for each -----------------------------------------
reverse_op = define(
    "Reverse",
    inputs="tensor: T, dims: bool",
    outputs="output: T",
    attrs={"T": attrs.types()},
    traits=Trait.VIEW | Trait.CHEAP,
)


@reverse_op.shape
def _(op: Operation) -> TensorShape:
    shape, flags = op.inputs[0].shape, op.inputs[1].shape.with_rank(1)
    count = flags[0].value
    if shape.rank is None:
        return UNKNOWN if count is None else TensorShape.of((None,) * count)
    if count not in (None, shape.rank):
        raise ValueError(
            f"reverse dims ({count}) must have as many elements as the tensor has dimensions "
            f"({shape.rank})"
        )
    return shape


@reverse_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, dims: Any) -> Any:
        if dims.shape != (x.ndim,):
            raise InvalidArgumentError(
                f"'dims' must be a vector of {x.ndim} elements, got shape {list(dims.shape)}"
            )
        axes = tuple(np.flatnonzero(dims).tolist())
        return np.flip(x, axes) if axes else x

    return run


@reverse_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [reverse_op(grad, op.inputs[1]), None]


# --- SpaceToBatch, BatchToSpace: of images, with square blocks ------------------------------------
def _blocks(op_type: str, table: str, table_type: str, newer: OpDef) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"input: T, {table}: {table_type}",
        outputs="output: T",
        attrs={
            "T": attrs.types(),
            "block_size": attrs.integer(minimum=2),
            table_type: _INDEX,
        },
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        assert newer.bind is not None
        run = newer.bind(ctx)
        block = np.array([ctx.attrs["block_size"]] * 2)

        def old(x: Any, pairs: Any) -> Any:
            if x.ndim != 4:
                raise InvalidArgumentError(f"Input rank should be: 4 instead of: {x.ndim}")
            return run(x, block, pairs)

        return old

    return op_def


space_to_batch_op = _blocks("SpaceToBatch", "paddings", "Tpaddings", space_to_batch_nd_op)
batch_to_space_op = _blocks("BatchToSpace", "crops", "Tidx", batch_to_space_nd_op)


def _parts(op: Operation) -> Any:
    """(the four sizes, what is added to height and width at both ends together), where known."""
    dims = op.inputs[0].shape.with_rank(4).known
    op.inputs[1].shape.assert_is_compatible_with([2, 2])
    table = integers(op.inputs[1])
    return dims, None if table is None else (sum(table[:2]), sum(table[2:]))


@space_to_batch_op.shape
def _(op: Operation) -> TensorShape:
    (n, h, w, c), more = _parts(op)
    b = op.attrs["block_size"]
    sizes: list[int | None] = [None, None]
    if more is not None:
        sizes = [None if d is None else d + extra for d, extra in zip((h, w), more)]
    for d in sizes:
        if d is not None and d % b:
            raise ValueError(f"Dimension size must be evenly divisible by {b} but is {d}")
    batch = None if n is None else n * b * b
    return TensorShape.of((batch, *[None if d is None else d // b for d in sizes], c))


@batch_to_space_op.shape
def _(op: Operation) -> TensorShape:
    (n, h, w, c), less = _parts(op)
    b = op.attrs["block_size"]
    if n is not None and n % (b * b):
        raise ValueError(f"Dimension size must be evenly divisible by {b * b} but is {n}")
    sizes: list[int | None] = [None, None]
    if less is not None:
        sizes = [None if d is None else d * b - cut for d, cut in zip((h, w), less)]
    if any(d is not None and d < 0 for d in sizes):
        raise ValueError(f"cropped size must be non-negative, got {sizes}")
    return TensorShape.of((None if n is None else n // (b * b), *sizes, c))


@space_to_batch_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [batch_to_space_op(grad, op.inputs[1], block_size=op.attrs["block_size"]), None]


@batch_to_space_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [space_to_batch_op(grad, op.inputs[1], block_size=op.attrs["block_size"]), None]


# --- TileGrad: the sum of the tiles ---------------------------------------------------------------
tile_grad_op = define(
    "TileGrad",
    inputs="input: T, multiples: int32",
    outputs="output: T",
    attrs={"T": attrs.types(*dtypes.NUMBERS)},
)


@tile_grad_op.shape
def _(op: Operation) -> TensorShape:
    dims, times = op.inputs[0].shape.known, integers(op.inputs[1])
    if dims is None or times is None or len(times) != len(dims):
        return UNKNOWN
    return TensorShape.of(
        tuple(None if d is None or n < 1 else d // n for d, n in zip(dims, times))
    )


@tile_grad_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def run(x: Any, multiples: Any) -> Any:
        times = multiples.reshape(-1).tolist()
        if len(times) != x.ndim or any(n < 1 or d % n for d, n in zip(x.shape, times)):
            raise InvalidArgumentError(
                f"multiples must be positive, and divide the sizes {list(x.shape)}, got {times}"
            )
        split = [part for d, n in zip(x.shape, times) for part in (n, d // n)]
        wide = x.astype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else x
        total = wide.reshape(split).sum(axis=tuple(range(0, 2 * x.ndim, 2)), dtype=wide.dtype)
        return np.asarray(total).astype(dtype, copy=False)

    return run


@tile_grad_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.Tile(grad, op.inputs[1]), None]


# --- PlaceholderV2 --------------------------------------------------------------------------------
placeholder_v2_op = define(
    "PlaceholderV2",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(), "shape": attrs.shape()},
    shape=lambda op: op.attrs["shape"],
    traits=Trait.MUST_BE_FED,
).no_gradient()
