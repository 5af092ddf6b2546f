"""Ops that move blocks of space into depth or batch, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.joining import stack
from flowgraph.ops.array.known import integers, unknown_of_rank
from flowgraph.ops.array.making import zeros

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "depth_to_space",
    "required_space_to_batch_paddings",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
]

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)


# --- SpaceToDepth, DepthToSpace -------------------------------------------------------------------
def _depth(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="input: T",
        outputs="output: T",
        attrs={
            "T": attrs.types(),
            "block_size": attrs.integer(minimum=2),
            "data_format": attrs.choice("NHWC", "NCHW", default="NHWC"),
        },
    )


space_to_depth_op = _depth("SpaceToDepth")
depth_to_space_op = _depth("DepthToSpace")


def _split_shape(op: Operation) -> Any:
    """(batch, height, width, depth) of the input."""
    dims = op.inputs[0].shape.with_rank(4).known
    assert dims is not None
    if op.attrs["data_format"] == "NCHW":
        return dims[0], dims[2], dims[3], dims[1]
    return dims


def _put_shape(op: Operation, batch: Any, height: Any, width: Any, depth: Any) -> TensorShape:
    if op.attrs["data_format"] == "NCHW":
        return TensorShape.of((batch, depth, height, width))
    return TensorShape.of((batch, height, width, depth))


def _divided(size: int | None, by: int) -> int | None:
    if size is None:
        return None
    if size % by:
        raise ValueError(f"Dimension size must be evenly divisible by {by} but is {size}")
    return size // by


def _times(size: int | None, by: int) -> int | None:
    return None if size is None else size * by


@space_to_depth_op.shape
def _(op: Operation) -> TensorShape:
    (n, h, w, c), b = _split_shape(op), op.attrs["block_size"]
    return _put_shape(op, n, _divided(h, b), _divided(w, b), _times(c, b * b))


@depth_to_space_op.shape
def _(op: Operation) -> TensorShape:
    (n, h, w, c), b = _split_shape(op), op.attrs["block_size"]
    return _put_shape(op, n, _times(h, b), _times(w, b), _divided(c, b * b))


@space_to_depth_op.kernel
def _(ctx: Any) -> Any:
    b = ctx.attrs["block_size"]

    def run(x: Any) -> Any:
        n, h, w, c = x.shape
        blocks = x.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
        return blocks.reshape(n, h // b, w // b, b * b * c)

    return _in_format(ctx, run)


@depth_to_space_op.kernel
def _(ctx: Any) -> Any:
    b = ctx.attrs["block_size"]

    def run(x: Any) -> Any:
        n, h, w, c = x.shape
        blocks = x.reshape(n, h, w, b, b, c // (b * b)).transpose(0, 1, 3, 2, 4, 5)
        return blocks.reshape(n, h * b, w * b, c // (b * b))

    return _in_format(ctx, run)


def _in_format(ctx: Any, run: Any) -> Any:
    if ctx.attrs["data_format"] == "NHWC":
        return lambda x: np.array(run(x))
    return lambda x: np.ascontiguousarray(np.moveaxis(run(np.moveaxis(x, 1, 3)), 3, 1))


@space_to_depth_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return depth_to_space_op(
        grad, block_size=op.attrs["block_size"], data_format=op.attrs["data_format"]
    )


@depth_to_space_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return space_to_depth_op(
        grad, block_size=op.attrs["block_size"], data_format=op.attrs["data_format"]
    )


def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Blocks of space become depth: [n,h,w,c] to [n,h/b,w/b,c*b*b] (tf.space_to_depth)."""
    return space_to_depth_op(input, block_size=block_size, data_format=data_format, name=name)  # type: ignore[no-any-return]


def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Depth becomes blocks of height and width (tf.depth_to_space)."""
    return depth_to_space_op(input, block_size=block_size, data_format=data_format, name=name)  # type: ignore[no-any-return]


# --- SpaceToBatchND, BatchToSpaceND ---------------------------------------------------------------
space_to_batch_nd_op = define(
    "SpaceToBatchND",
    inputs="input: T, block_shape: Tblock_shape, paddings: Tpaddings",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tblock_shape": _INDEX, "Tpaddings": _INDEX},
)
batch_to_space_nd_op = define(
    "BatchToSpaceND",
    inputs="input: T, block_shape: Tblock_shape, crops: Tcrops",
    outputs="output: T",
    attrs={"T": attrs.types(), "Tblock_shape": _INDEX, "Tcrops": _INDEX},
)


def _known_blocks(op: Operation) -> Any:
    """(dimensions, block sizes, pairs), or None where one of them is not known."""
    _check_blocks(*[t.shape for t in op.inputs])
    dims, block, table = op.inputs[0].shape.known, integers(op.inputs[1]), integers(op.inputs[2])
    if block is not None and min(block, default=1) < 1:
        raise ValueError(f"block_shape must be positive, got {block}")
    if dims is None or block is None or table is None:
        return None
    return dims, block, list(zip(table[::2], table[1::2]))


def _check_blocks(whole: TensorShape, block: TensorShape, table: TensorShape) -> None:
    """ValueError unless there is a pair for each of the block's sizes and a dimension for each."""
    count = block.with_rank(1)[0].value
    table.assert_is_compatible_with([count, 2])
    if count is not None:
        whole.with_rank_at_least(count + 1)


def _run_time_table(x: Any, block_shape: Any, table: Any, name: str) -> tuple[Any, Any]:
    """The lists of block sizes and of pairs, checked as the shape rule could not."""
    count = block_shape.size
    if block_shape.ndim != 1 or table.shape != (count, 2):
        raise InvalidArgumentError(
            f"block_shape must be a vector of n sizes and {name} of shape [n, 2], got shapes "
            f"{list(block_shape.shape)} and {list(table.shape)}"
        )
    if x.ndim < count + 1:
        raise InvalidArgumentError(f"input rank should be >= {count + 1} instead of {x.ndim}")
    if (block_shape < 1).any() or (table < 0).any():
        raise InvalidArgumentError(
            f"All values in block_shape must be positive and in {name} non-negative, got "
            f"{block_shape.tolist()} and {table.tolist()}"
        )
    return block_shape.tolist(), table.tolist()


def _depths_kept(op: Operation) -> TensorShape:
    """Without the blocks' sizes only the dimensions behind them are known."""
    dims, count = op.inputs[0].shape.known, op.inputs[1].shape.with_rank(1).known
    assert count is not None
    if dims is None or count[0] is None:
        return unknown_of_rank(op.inputs[0].shape.rank)
    behind = dims[1 + count[0] :]
    return TensorShape.of((None,) * (len(dims) - len(behind)) + behind)


def _product(values: Any) -> int:
    return int(np.prod(values, dtype=np.int64))


@space_to_batch_nd_op.shape
def _(op: Operation) -> TensorShape:
    known = _known_blocks(op)
    if known is None:
        return _depths_kept(op)
    dims, block, table = known
    space = [
        None if d is None else _divided(d + before + after, b)
        for d, b, (before, after) in zip(dims[1:], block, table)
    ]
    return TensorShape.of((_times(dims[0], _product(block)), *space, *dims[1 + len(block) :]))


@batch_to_space_nd_op.shape
def _(op: Operation) -> TensorShape:
    known = _known_blocks(op)
    if known is None:
        return _depths_kept(op)
    dims, block, table = known
    space = [
        None if d is None else d * b - before - after
        for d, b, (before, after) in zip(dims[1:], block, table)
    ]
    if any(d is not None and d < 0 for d in space):
        raise ValueError(f"cropped size must be non-negative, got {space}")
    return TensorShape.of((_divided(dims[0], _product(block)), *space, *dims[1 + len(block) :]))


@space_to_batch_nd_op.kernel
def _(ctx: Any) -> Any:
    fill = b"" if ctx.dtype == object else ctx.dtype.type(0)

    def run(x: Any, block_shape: Any, paddings: Any) -> Any:
        block, table = _run_time_table(x, block_shape, paddings, "paddings")
        count = len(block)
        rest = x.shape[1 + count :]
        sizes = [d + sum(pair) for d, pair in zip(x.shape[1:], table)]
        _check_divisible(sizes, block)
        padded = np.full((x.shape[0], *sizes, *rest), fill, ctx.dtype)
        inner = tuple(slice(before, before + d) for d, (before, _) in zip(x.shape[1:], table))
        padded[(slice(None), *inner)] = x
        split = [n for d, b in zip(sizes, block) for n in (d // b, b)]
        order = [
            *range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2),
            *range(2 * count + 1, 2 * count + 1 + len(rest)),
        ]  # fmt: skip
        blocks = padded.reshape(x.shape[0], *split, *rest).transpose(order)
        space = [d // b for d, b in zip(sizes, block)]
        return blocks.reshape(x.shape[0] * _product(block), *space, *rest)

    return run


def _check_divisible(sizes: list[int], block: list[int]) -> None:
    for i, (d, b) in enumerate(zip(sizes, block)):
        if d % b:
            raise InvalidArgumentError(
                f"padded_shape[{i}]={d} is not divisible by block_shape[{i}]={b}"
            )


@batch_to_space_nd_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, block_shape: Any, crops: Any) -> Any:
        block, table = _run_time_table(x, block_shape, crops, "crops")
        count, rest = len(block), x.shape[1 + len(block) :]
        if x.shape[0] % _product(block):
            raise InvalidArgumentError(
                f"Input batch dimension ({x.shape[0]}) is not divisible by product of block sizes "
                f"({_product(block)})"
            )
        batch, space = x.shape[0] // _product(block), x.shape[1 : 1 + count]
        pairs = [n for i in range(count) for n in (1 + count + i, i)]
        order = [count, *pairs, *range(2 * count + 1, 2 * count + 1 + len(rest))]
        whole = x.reshape(*block, batch, *space, *rest).transpose(order)
        sizes = [d * b for d, b in zip(space, block)]
        if any(before + after > d for d, (before, after) in zip(sizes, table)):
            raise InvalidArgumentError(f"crops {table} are more than the sizes {sizes} allow")
        kept = tuple(slice(before, d - after) for d, (before, after) in zip(sizes, table))
        return np.array(whole.reshape(batch, *sizes, *rest)[(slice(None), *kept)])

    return run


@space_to_batch_nd_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [batch_to_space_nd_op(grad, op.inputs[1], op.inputs[2]), None, None]


@batch_to_space_nd_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [space_to_batch_nd_op(grad, op.inputs[1], op.inputs[2]), None, None]


def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """Pads, and moves blocks of space into the batch (tf.space_to_batch_nd)."""
    return space_to_batch_nd_op(input, block_shape, paddings, name=name)  # type: ignore[no-any-return]


def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """Moves the batch into blocks of space, and crops (tf.batch_to_space_nd)."""
    return batch_to_space_nd_op(input, block_shape, crops, name=name)  # type: ignore[no-any-return]


def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """`space_to_batch_nd` for [n, h, w, c] with square blocks (tf.space_to_batch)."""
    block = block_shape if block_shape is not None else np.array([block_size] * 2, np.int64)
    result = space_to_batch_nd(input, block, paddings, name=name)
    return _of_rank_4(result, block_shape)


def batch_to_space(
    input: Any,
    crops: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """`batch_to_space_nd` for [n, h, w, c] with square blocks (tf.batch_to_space)."""
    block = block_shape if block_shape is not None else np.array([block_size] * 2, np.int64)
    return _of_rank_4(batch_to_space_nd(input, block, crops, name=name), block_shape)


def _of_rank_4(result: Tensor, block_shape: Any) -> Tensor:
    if block_shape is None:
        result.set_shape(result.shape.with_rank(4))
    return result


def required_space_to_batch_paddings(
    input_shape: Any,
    block_shape: Any,
    base_paddings: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The paddings and crops with which block_shape divides the padded input_shape.

    `base_paddings`, of shape [n, 2], are the least ones. Both results have shape [n, 2]
    (tf.required_space_to_batch_paddings).
    """
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        sizes = convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
        block = convert_to_tensor(block_shape, dtype=dtypes.int32, name="block_shape")
        block.shape.assert_is_fully_defined()
        count = block.shape.with_rank(1).num_elements()
        if count == 0:
            nothing = constant(np.zeros((0, 2), np.int32))
            return nothing, nothing
        sizes.shape.assert_is_compatible_with([count])
        if base_paddings is None:
            least = zeros([count, 2], dtypes.int32)
        else:
            least = convert_to_tensor(base_paddings, dtype=dtypes.int32, name="base_paddings")
        tensors = (sizes, block, least)
        values = [constant_value(t) for t in tensors]
        numbers: Any = tensors if any(v is None for v in values) else values
        return _paddings_and_crops(*numbers, count)


def _paddings_and_crops(size: Any, block: Any, least: Any, count: Any) -> tuple[Tensor, Tensor]:
    """Of numpy arrays, or of tensors."""
    start, end = least[:, 0], least[:, 1]
    extra = (block - (size + start + end) % block) % block
    after = end + extra
    return (
        stack([[start[i], after[i]] for i in range(count)], name="paddings"),
        stack([[0, extra[i]] for i in range(count)], name="crops"),
    )
