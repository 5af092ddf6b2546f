"""Elements of different lengths: one tensor split into the elements of a list, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control._persistent import PersistentArray
from flowgraph.ops.control.array_list import _array, _rest, _value

_ATTRS = {"element_dtype": attrs.types(), "shape_type": attrs.types(*dtypes.INDEX)}

concat_op = define(
    "TensorListConcatV2",
    inputs="input_handle: variant, element_shape: shape_type, leading_dims: int64",
    outputs="tensor: element_dtype, lengths: int64",
    attrs=_ATTRS,
)


@concat_op.shape
def _(op: Operation) -> list[TensorShape]:
    rest = constant_value_as_shape(op.inputs[1])
    whole = TensorShape(None) if rest.rank in (None, 0) else rest[1:]
    return [TensorShape([None]).concatenate(whole), TensorShape([None])]


@concat_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def concat(handle: Any, shape: Any, lengths: Any) -> Any:
        array = _array(handle)
        known = array.size is None
        rows = []
        for i in range(len(lengths) if known else array.size or 0):
            like = np.array([lengths[i], *shape[1:]]) if known else shape
            rows.append(_value(array, i, like, dtype))
        if any(not row.ndim for row in rows):
            raise InvalidArgumentError("Concat saw a scalar shape but requires at least vectors.")
        if any(row.shape[1:] != rows[0].shape[1:] for row in rows):
            raise InvalidArgumentError(
                f"TensorArray {array.label} has inconsistent shapes: all but the first dimension "
                "of the elements must be equal to concatenate them."
            )
        if not rows:
            rest = [max(d, 0) for d in shape[1:].tolist()] if shape.ndim else []
            return np.zeros((0, *rest), dtype), np.zeros(0, np.int64)
        whole = np.concatenate(rows).astype(dtype, copy=False)
        return whole, np.array([len(row) for row in rows], np.int64)

    return concat


@concat_op.gradient
def _(op: Operation, grad: Any, _lengths: Any) -> Any:
    if grad is None:
        return [None, None, None]
    return [split_op(grad, np.int32(-1), op.outputs[1]), None, None]


split_op = define(
    "TensorListSplit",
    inputs="tensor: element_dtype, element_shape: shape_type, lengths: int64",
    outputs="output_handle: variant",
    attrs={**_ATTRS, "num_elements": attrs.integer(-1)},
    shape=lambda op: SCALAR,
    traits=Trait.VIEW,
)


@split_op.kernel
def _(ctx: Any) -> Any:
    size = ctx.attrs["num_elements"]  # -1 where any number will do

    def split(x: Any, shape: Any, lengths: Any) -> Any:
        if size not in (-1, len(lengths)):
            raise InvalidArgumentError(
                f"TensorArray's size is not equal to the size of lengths ({size} vs. "
                f"{len(lengths)}), and the TensorArray is not marked as dynamically resizeable"
            )
        total = int(lengths.sum())
        if not x.ndim or total != len(x):
            raise InvalidArgumentError(
                f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
                f"{total} and value's shape is: {list(x.shape)}"
            )
        array, start = PersistentArray(len(lengths), ctx.name), 0
        for i, length in enumerate(lengths.tolist()):
            array = array.set(i, x[start : start + length])
            start += length
        return array

    return split


@split_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, _, lengths = op.inputs
    sizes = raw.ConcatV2([np.array([-1], np.int32), _rest(x)], np.int32(0))
    back = concat_op(grad, sizes, lengths, element_dtype=x.dtype.base_dtype)
    return [back[0], None, None]
