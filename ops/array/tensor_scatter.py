"""Ops that give a tensor with some elements changed: by coordinates, rows, or slices; and Empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array import indexing, strided
from flowgraph.ops.array.known import described_shape, merged

__all__ = ["tensor_scatter_add", "tensor_scatter_sub", "tensor_scatter_update"]

Change = Callable[[Any, Any, Any], Any]  # (array, index, values): writes into the array


def _set(array: Any, index: Any, values: Any) -> None:
    array[index] = values


def _add(array: Any, index: Any, values: Any) -> None:
    np.add.at(array, index, values)


def _subtract(array: Any, index: Any, values: Any) -> None:
    np.subtract.at(array, index, values)


# --- TensorScatterUpdate, TensorScatterAdd, TensorScatterSub --------------------------------------
def _tensor_scatter(op_type: str, change: Change, types: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="tensor: T, indices: Tindices, updates: T",
        outputs="output: T",
        attrs={"T": attrs.types(*types), "Tindices": attrs.types(*dtypes.INDEX)},
        shape=_tensor_scatter_shape,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def run(tensor: Any, indices: Any, updates: Any) -> Any:
            depth = _checked_depth(tensor, indices, updates)
            result = np.array(tensor)
            if depth:
                change(result, tuple(np.moveaxis(indices, -1, 0)), updates)
                return result
            for whole in updates.reshape(-1, *tensor.shape):  # each index means the whole tensor
                change(result, ..., whole)
            return result

        return run

    return op_def


def _tensor_scatter_shape(op: Operation) -> TensorShape:
    tensor, indices, updates = (t.shape for t in op.inputs)
    tensor.with_rank_at_least(1)
    dims = indices.with_rank_at_least(1).known
    if dims is None or tensor.known is None or updates.known is None or dims[-1] is None:
        return tensor
    depth, count = dims[-1], len(dims) - 1
    if 0 not in dims and 0 in tensor.known and updates.num_elements():
        raise ValueError(f"Indices and updates specified for an empty tensor of shape {tensor}")
    if depth > len(tensor.known):
        raise ValueError(
            f"Dimensions of indices ({depth}) must be <= the rank of the tensor ({tensor.rank})"
        )
    merged(TensorShape.of(dims[:-1]).concatenate(tensor[depth:]), updates)
    merged(TensorShape.of(dims[:-1]), updates[:count])
    return tensor


def _checked_depth(tensor: Any, indices: Any, updates: Any) -> int:
    depth = indices.shape[-1] if indices.ndim else 0
    if not indices.ndim or not tensor.ndim or depth > tensor.ndim:
        raise InvalidArgumentError(
            "indices must have a dimension, whose last one is at most the tensor's rank, got "
            f"indices.shape {list(indices.shape)}, tensor.shape {list(tensor.shape)}"
        )
    if updates.shape != (*indices.shape[:-1], *tensor.shape[depth:]):
        raise InvalidArgumentError(
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got "
            f"updates.shape: {list(updates.shape)}, indices.shape: {list(indices.shape)}, "
            f"params_shape: {list(tensor.shape)}"
        )
    indexing._check_coordinates(indices, tensor.shape, "shape")
    return depth


_ANY = ()
tensor_scatter_update_op = _tensor_scatter("TensorScatterUpdate", _set, _ANY)
tensor_scatter_add_op = _tensor_scatter("TensorScatterAdd", _add, dtypes.NUMBERS)
tensor_scatter_sub_op = _tensor_scatter("TensorScatterSub", _subtract, dtypes.NUMBERS)


@tensor_scatter_update_op.gradient
def _(op: Operation, grad: Any) -> Any:
    indices = op.inputs[1]
    rest = tensor_scatter_update_op(raw.Identity(grad), indices, raw.ZerosLike(op.inputs[2]))
    return [rest, None, raw.GatherNd(grad, indices)]


@tensor_scatter_add_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.Identity(grad), None, raw.GatherNd(grad, op.inputs[1])]


@tensor_scatter_sub_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.Identity(grad), None, raw.Neg(raw.GatherNd(grad, op.inputs[1]))]


def tensor_scatter_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """`tensor` with `updates` at coordinates `indices` (tf.tensor_scatter_nd_update).

    Args:
      tensor: of rank 1 at least.
      indices: int32 or int64, [..., k] with k at most the rank: each is an element or a slice.
      updates: [...] followed by the dimensions of a slice. Of equal coordinates the last counts.
      name: the operation's name.
    """
    return tensor_scatter_update_op(tensor, indices, updates, name=name)  # type: ignore[no-any-return]


def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` added at coordinates `indices` (tf.tensor_scatter_nd_add)."""
    return tensor_scatter_add_op(tensor, indices, updates, name=name)  # type: ignore[no-any-return]


def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` subtracted at coordinates `indices` (tf.tensor_scatter_nd_sub)."""
    return tensor_scatter_sub_op(tensor, indices, updates, name=name)  # type: ignore[no-any-return]


# --- TensorStridedSliceUpdate ---------------------------------------------------------------------
tensor_strided_slice_update_op = define(
    "TensorStridedSliceUpdate",
    inputs="input: T, begin: Index, end: Index, strides: Index, value: T",
    outputs="output: T",
    attrs={
        "T": attrs.types(),
        "Index": attrs.types(*dtypes.INDEX),
        **{
            f"{mask}_mask": attrs.integer(0)
            for mask in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
        },
    },
    shape=like("input"),
)


@tensor_strided_slice_update_op.kernel
def _(ctx: Any) -> Any:
    masks = strided.Masks.of(ctx.attrs)

    def run(x: Any, begin: Any, end: Any, strides: Any, value: Any) -> Any:
        result, first = np.array(x), begin.tolist()
        index = strided._checked_index(masks, first, end.tolist(), strides.tolist(), x.ndim)
        try:
            wanted = result[index].shape
        except IndexError:
            raise InvalidArgumentError(strided._shrink_error(masks, first, x.shape)) from None
        if value.shape != wanted and value.ndim:
            raise InvalidArgumentError(
                f"The value must have the shape of the slice, {list(wanted)}, or be a scalar, got "
                f"{list(value.shape)}"
            )
        result[index] = value
        return result

    return run


# --- InplaceUpdate, InplaceAdd, InplaceSub: rows, in memory of their own here ---------------------
def _rows(op_type: str, change: Change) -> OpDef:
    op_def = define(
        op_type,
        inputs="x: T, i: int32, v: T",
        outputs="y: T",
        attrs={"T": attrs.types()},
        shape=like("x"),
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def run(x: Any, i: Any, v: Any) -> Any:
            if i.ndim != 1 or not x.ndim or v.shape != (len(i), *x.shape[1:]):
                raise InvalidArgumentError(
                    "i must be a vector, and v have a row of x for each of its elements, got "
                    f"shapes x: {list(x.shape)}, i: {list(i.shape)}, v: {list(v.shape)}"
                )
            result = np.array(x)
            if i.size and not len(x):
                raise InvalidArgumentError(f"x has no rows, and i names {i.size}")
            if i.size:
                change(result, i % len(x), v)
            return result

        return run

    return op_def


inplace_update_op = _rows("InplaceUpdate", _set)
inplace_add_op = _rows("InplaceAdd", _add)
inplace_sub_op = _rows("InplaceSub", _subtract)

# --- Empty ----------------------------------------------------------------------------------------
empty_op = define(
    "Empty",
    inputs="shape: int32",
    outputs="output: dtype",
    attrs={"dtype": attrs.types(), "init": attrs.boolean(False)},
    shape=lambda op: described_shape(op.inputs[0]),
    traits=Trait.STATEFUL,
)


@empty_op.kernel
def _(ctx: Any) -> Any:
    fill = b"" if ctx.dtype.kind == "O" else 0

    def run(shape: Any) -> Any:
        if shape.ndim != 1 or (shape < 0).any():
            raise InvalidArgumentError(f"shape must be a vector of sizes >= 0, got {shape}")
        # Zeros also without `init`: what is left in memory differs from run to run.
        return np.full(tuple(shape.tolist()), fill, ctx.dtype)

    return run
