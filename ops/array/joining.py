"""Ops that join tensors: concat and stack; and lists with tensors in them, which become a stack."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dimension, TensorShape, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.known import integer, integers, merged, single, sizes, unknown_of_rank

__all__ = ["concat", "parallel_stack", "stack"]

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)

# --- ConcatV2, Concat -----------------------------------------------------------------------------
concat_op = define(
    "ConcatV2",
    inputs="values: N * T, axis: Tidx",
    outputs="output: T",
    attrs={"N": attrs.count(2), "T": attrs.types(), "Tidx": _INDEX},
)
old_concat_op = define(
    "Concat",
    inputs="concat_dim: int32, values: N * T",
    outputs="output: T",
    attrs={"N": attrs.count(2), "T": attrs.types()},
)


@concat_op.shape
def _(op: Operation) -> TensorShape:
    return _joined_shape(op.inputs[:-1], op.inputs[-1])


@old_concat_op.shape
def _(op: Operation) -> TensorShape:
    return _joined_shape(op.inputs[1:], op.inputs[0])


def _joined_shape(values: Any, axis_tensor: Tensor) -> TensorShape:
    if axis_tensor.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {axis_tensor.shape.rank}")
    known = [t.shape.known for t in values]
    ranks = {len(k) for k in known if k is not None}
    if len(ranks) > 1:
        raise ValueError(f"Shapes must be equal rank, but are {min(ranks)} and {max(ranks)}")
    if not ranks:
        return UNKNOWN
    rank, axis = ranks.pop(), integer(axis_tensor)
    if rank == 0:
        raise ValueError("Can't concatenate scalars (use tf.stack instead)")
    if axis is None:
        return unknown_of_rank(rank)
    if not -rank <= axis < rank:
        raise ValueError(
            f"Shape must be at least rank {axis + 1 if axis >= 0 else -axis} but is rank {rank}"
        )
    return _joined(known, axis % rank, rank)


def _joined(known: Any, axis: int, rank: int) -> TensorShape:
    result: list[int | None] = []
    for i in range(rank):
        column = [None if k is None else k[i] for k in known]
        if i == axis:
            result.append(None if None in column else sum(column))
            continue
        told = sorted({d for d in column if d is not None}, key=column.index)
        if len(told) > 1:
            raise ValueError(
                f"Dimension {i} in both shapes must be equal, but are {told[0]} and {told[1]}. "
                f"Shapes are {' and '.join(_listed(k) for k in known if k is not None)}."
            )
        result.append(told[0] if told else None)
    return TensorShape.of(tuple(result))


def _listed(dims: Any) -> str:
    return "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


@concat_op.kernel
def _(ctx: Any) -> Any:
    join = _joiner(ctx.xp)
    return lambda *args: join(args[:-1], args[-1])


@old_concat_op.kernel
def _(ctx: Any) -> Any:
    join = _joiner(ctx.xp)
    return lambda axis, *values: join(values, axis)


def _joiner(xp: Any) -> Any:
    def join(values: Any, axis: Any) -> Any:
        at = single(axis, "axis")
        try:
            return xp.concat(values, axis=at)
        except ValueError:
            raise InvalidArgumentError(_concat_error(values, at)) from None

    return join


def _concat_error(values: Any, axis: int) -> str:
    rank = values[0].ndim
    if not -rank <= axis < rank:
        return (
            f"ConcatOp : Expected concatenating dimensions in the range [{-rank}, {rank}), "
            f"but got {axis}"
        )
    for i, value in enumerate(values):
        if value.ndim != rank:
            return (
                "ConcatOp : Ranks of all input tensors should match: shape[0] = "
                f"{_listed(values[0].shape)} vs. shape[{i}] = {_listed(value.shape)}"
            )
    bad = next(
        i for i, v in enumerate(values)
        if any(a != b for k, (a, b) in enumerate(zip(v.shape, values[0].shape)) if k != axis % rank)
    )  # fmt: skip
    return (
        f"ConcatOp : Dimensions of inputs should match: shape[0] = {_listed(values[0].shape)} vs. "
        f"shape[{bad}] = {_listed(values[bad].shape)}"
    )


@concat_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [*_split_gradient(grad, op.inputs[:-1], op.inputs[-1]), None]


@old_concat_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [None, *_split_gradient(grad, op.inputs[1:], op.inputs[0])]


def _split_gradient(grad: Any, values: Any, axis_tensor: Tensor) -> list[Any]:
    grad = convert_to_tensor(grad)
    axis, rank = integer(axis_tensor), values[0].shape.rank
    known = [v.shape.known for v in values]
    if axis is not None and all(k is not None and k[axis] is not None for k in known):
        lengths = np.array([k[axis] for k in known], np.int32)
        return raw.SplitV(grad, lengths, axis, num_split=len(values))  # type: ignore[no-any-return]
    if axis is not None and (axis >= 0 or rank is not None):
        positive: Any = axis % rank if rank is not None else axis
    else:
        positive = raw.FloorMod(raw.Cast(axis_tensor, DstT="int32"), raw.Rank(values[0]))
    shapes = raw.ShapeN(list(values))
    offsets = raw.ConcatOffset(positive, shapes)
    return [raw.Slice(grad, begin, size) for begin, size in zip(offsets, shapes)]


@concat_op.shape_value
def _(op: Operation) -> TensorShape | None:
    if op.outputs[0].dtype.base_dtype not in dtypes.INDEX or integers(op.inputs[-1]) is None:
        return None
    parts: list[int | None] = []
    for tensor in op.inputs[:-1]:
        found = sizes(tensor)
        if found is None:
            return None
        parts += found
    return TensorShape.of(tuple(parts))


def concat(
    values: Any = None, axis: Any = None, name: str = "concat", concat_dim: Any = None
) -> Tensor:
    """Joins tensors along an existing dimension (tf.concat).

    The order before TensorFlow 1.0, `concat(dim, values)`, is told by the list that comes second.

    Args:
      values: a list of tensors whose shapes are equal but along `axis`.
      axis: an int32 scalar, negative from the end.
      name: the operation's name.
      concat_dim: the older name of `axis`.

    Raises:
      TypeError: there are no values or no axis.

    >>> concat([[[1, 2]], [[3, 4]]], 0).shape.as_list()
    [2, 2]
    """
    if isinstance(axis, (list, tuple)) and not isinstance(values, (list, tuple)):
        values, axis = axis, values
    axis = concat_dim if axis is None else axis
    if values is None or axis is None:
        raise TypeError("concat() needs the arguments 'values' and 'axis'")
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with name_scope(name):
            dim = convert_to_tensor(axis, name="concat_dim", dtype=dtypes.int32)
            dim.shape.assert_is_compatible_with([])
            return raw.Identity(values[0], name=name)  # type: ignore[no-any-return]
    return concat_op(list(values), axis, name=name)  # type: ignore[no-any-return]


# --- ConcatOffset ---------------------------------------------------------------------------------
concat_offset_op = define(
    "ConcatOffset",
    inputs="concat_dim: int32, shape: N * int32",
    outputs="offset: N * int32",
    attrs={"N": attrs.count(2)},
    shape=lambda op: [t.shape for t in op.inputs[1:]],
    traits=Trait.CHEAP,
).no_gradient()


@concat_offset_op.kernel
def _(ctx: Any) -> Any:
    def offsets(axis: Any, *shapes: Any) -> Any:
        dim = _checked_shapes(single(axis, "concat_dim"), shapes)
        at, result = 0, []
        for shape in shapes:
            offset = np.zeros(len(shape), np.int32)
            offset[dim] = at
            at += int(shape[dim])
            result.append(offset)
        return tuple(result)

    return offsets


def _checked_shapes(axis: int, shapes: Any) -> int:
    """The axis counted from the front; InvalidArgumentError unless the shapes can be joined."""
    for i, shape in enumerate(shapes):
        if shape.ndim != 1:
            raise InvalidArgumentError(
                f"input {i} should be a vector, but got shape {_listed(shape.shape)}"
            )
    rank = len(shapes[0])
    dim = axis + rank if axis < 0 else axis
    if not 0 <= dim < rank:
        raise InvalidArgumentError(f"Concat dim is out of range: {axis} vs. {rank}")
    others = np.arange(rank) != dim
    for i, shape in enumerate(shapes):
        if len(shape) != rank:
            raise InvalidArgumentError(
                f"input {i} should contain {rank} elements but got {len(shape)}"
            )
        if np.any((shape != shapes[0]) & others):
            raise InvalidArgumentError(
                f"All dimensions except {dim} must match. Input {i} has shape "
                f"[{' '.join(map(str, shape))}] and doesn't match input 0 with shape "
                f"[{' '.join(map(str, shapes[0]))}]."
            )
    return dim


# --- Pack -----------------------------------------------------------------------------------------
pack_op = define(
    "Pack",
    inputs="values: N * T",
    outputs="output: T",
    attrs={"N": attrs.count(), "T": attrs.types(), "axis": attrs.integer(0)},
)


@pack_op.shape
def _(op: Operation) -> TensorShape:
    shape = op.inputs[0].shape
    for tensor in op.inputs[1:]:
        shape = merged(shape, tensor.shape)
    dims, axis = shape.known, op.attrs["axis"]
    if dims is None:
        return UNKNOWN
    if not -len(dims) - 1 <= axis <= len(dims):
        raise ValueError(f"axis = {axis} not in [{-len(dims) - 1}, {len(dims) + 1})")
    axis %= len(dims) + 1
    return TensorShape.of((*dims[:axis], len(op.inputs), *dims[axis:]))


@pack_op.kernel
def _(ctx: Any) -> Any:
    axis = ctx.attrs["axis"]
    if all(shape.known == () for shape in ctx.input_shapes) and ctx.dtype != object:
        array, dtype = np.array, ctx.dtype
        return lambda *values: array(values, dtype)
    stack_arrays = ctx.xp.stack

    def run(*values: Any) -> Any:
        for i, value in enumerate(values):
            if value.shape != values[0].shape:
                raise InvalidArgumentError(
                    "Shapes of all inputs must match: values[0].shape = "
                    f"{_listed(values[0].shape)} != values[{i}].shape = {_listed(value.shape)}"
                )
        return stack_arrays(values, axis=axis)

    return run


@pack_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return raw.Unpack(grad, num=len(op.inputs), axis=op.attrs["axis"])


@pack_op.shape_value
def _(op: Operation) -> TensorShape | None:
    if op.outputs[0].dtype.base_dtype not in dtypes.INDEX:
        return None
    if len(op.inputs) > 64 or any(t.shape.known not in ((), None) for t in op.inputs):
        return None
    return TensorShape.of(tuple([_size(t) for t in op.inputs]))


def _size(tensor: Tensor) -> int | None:
    value = integer(tensor)
    return None if value is None or value < 0 else value


def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """Joins tensors of one shape along a new dimension at `axis` (tf.stack)."""
    if axis == 0:
        try:
            # A list of constants becomes one constant.
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass
    shape = convert_to_tensor(values[0], name=name).shape
    if shape.rank is not None and not -shape.rank - 1 <= axis <= shape.rank:
        raise ValueError(f"axis = {axis} not in [{-shape.rank - 1}, {shape.rank + 1})")
    return pack_op(list(values), axis=axis, name=name)  # type: ignore[no-any-return]


parallel_concat_op = define(
    "ParallelConcat",
    inputs="values: N * T",
    outputs="output: T",
    attrs={"N": attrs.count(), "T": attrs.types(), "shape": attrs.shape()},
    shape=lambda op: op.attrs["shape"],
)  # no gradient, as in TensorFlow: asking for one is an error
parallel_concat_op.kernel(lambda ctx: lambda *values: ctx.xp.concat(values, axis=0))


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """`stack` along dimension 0 of tensors whose shapes are fully known (tf.parallel_stack)."""
    with name_scope(name):
        first = convert_to_tensor(values[0])
        shape = as_shape([len(values)]).concatenate(first.shape)
        return parallel_concat_op(  # type: ignore[no-any-return]
            [raw.ExpandDims(v, 0) for v in values], shape=shape
        )


# --- lists with tensors in them -------------------------------------------------------------------
_PLAIN = frozenset([int, float, bool, complex, str, bytes, np.ndarray, *np.sctypeDict.values()])


def _like_tensor(value: Any) -> bool:
    if type(value) in _PLAIN:
        return False
    return isinstance(value, Tensor) or (
        hasattr(value, "_as_graph_element") and hasattr(value, "dtype")
    )


def _is_plain(values: Any) -> bool:
    kinds = set(map(type, values))
    if kinds <= _PLAIN:
        return True
    return kinds <= {list, tuple} and all(map(_is_plain, values))


def _dtype_in(values: Any) -> Any:
    for value in values:
        if isinstance(value, (list, tuple)):
            found = _dtype_in(value)
            if found is not None:
                return found
        elif _like_tensor(value):
            return value.dtype.base_dtype
    return None


def _has_dimension(values: Any) -> bool:
    return any(
        isinstance(v, Dimension) or (isinstance(v, (list, tuple)) and _has_dimension(v))
        for v in values
    )


def _without_dimensions(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return [_without_dimensions(v) for v in values]
    if isinstance(values, Dimension):
        if values.value is None:
            raise ValueError(
                "None values not supported: a Dimension in the list is unknown; "
                "take it from tf.shape(x) instead of x.shape."
            )
        return values.value
    return values


def _cast_all(values: Any, dtype: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return [_cast_all(v, dtype) for v in values]
    if _like_tensor(values) and values.dtype.base_dtype is not dtype:
        return raw.Cast(values, DstT=dtype)
    return values


def _pack_nested(values: Any, dtype: Any, name: str) -> Any:
    """A Pack of the list when there is a tensor somewhere in it, else the list."""
    must_pack, items = False, []
    with name_scope(name) as scope:
        for i, value in enumerate(values):
            if isinstance(value, (list, tuple)):
                value = _pack_nested(value, dtype, str(i))
            must_pack = must_pack or _like_tensor(value)
            items.append(value)
        if not must_pack:
            return items
        tensors = [
            item if isinstance(item, Tensor)
            else convert_to_tensor(item, dtype) if _like_tensor(item)
            else constant(item, dtype, name=str(i))
            for i, item in enumerate(items)
        ]  # fmt: skip
        return pack_op(tensors, name=scope)


def list_conversion(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    """A list with tensors in it as a tensor; NotImplemented for plain numbers."""
    if as_ref or _is_plain(value):
        return NotImplemented
    if _has_dimension(value):
        value = _without_dimensions(value)
    found = _dtype_in(value)
    if found is None:
        return constant(value, dtype, name=name or "Const")
    if dtype is not None and dtype.base_dtype is not found:
        value = _cast_all(value, dtype.base_dtype)
        found = dtype.base_dtype
    return _pack_nested(value, found, name or "packed")
