"""Lists of tensors with elements by index: what a `TensorArray` is made of.

The values are persistent arrays (`_persistent.py`); those of gradients have no size, and what is
not set in them is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.backward import is_trainable
from flowgraph.core.elements import EMPTY, Elements, elements_of, joined
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import boxed
from flowgraph.ops.control._persistent import PersistentArray
from flowgraph.ops.control.tensor_list import shape_of_element

_TYPE = {"element_dtype": attrs.types()}
_SHAPE = {"shape_type": attrs.types(*dtypes.INDEX)}
_UNKNOWN = np.int32(-1)


def _array(handle: Any) -> PersistentArray:
    """The value of a handle; an empty chain stands for zeros."""
    if isinstance(handle, np.ndarray):  # as static evaluation hands it in
        handle = handle.item()
    if isinstance(handle, PersistentArray):
        return handle
    values = []
    while handle:  # a chain, as of the rows of a tensor
        handle, last = handle
        values.append(last)
    array = PersistentArray(len(values) or None)
    for i, value in enumerate(reversed(values)):
        array = array.set(i, boxed(value))
    return array


def _rest(x: Tensor) -> Any:
    """The sizes of a row of a tensor."""
    return raw.StridedSlice(raw.Shape(x), [1], [0], [1], end_mask=1)


def _written(array: PersistentArray, index: int, value: Any, grows: bool) -> PersistentArray:
    size = array.size
    if index < 0 or (size is not None and index >= size and not grows):
        kind = "" if grows else "array is not resizeable and "
        raise InvalidArgumentError(
            f"TensorArray {array.label}: Tried to write to index {index} but {kind}size is: {size}"
        )
    if array.get(index) is not None:
        raise InvalidArgumentError(
            f"TensorArray {array.label}: Could not write to TensorArray index {index} because it "
            "has already been written to."
        )
    return array.set(index, value)


def _value(array: PersistentArray, index: int, shape: Any, dtype: Any) -> Any:
    if index < 0 or (array.size is not None and index >= array.size):
        raise InvalidArgumentError(
            f"Tried to read from index {index} but array size is: {array.size}"
        )
    value = array.get(index)
    if value is not None:
        return value
    if shape.ndim and (shape >= 0).all():
        return np.zeros(shape.tolist(), dtype)
    if array.shape is not None:
        return np.zeros(array.shape, dtype)
    raise InvalidArgumentError(
        f"TensorArray {array.label}: Could not read from TensorArray index {index}.  Furthermore, "
        "the element shape is not fully defined: it was never written to."
    )


# --- making, size ---------------------------------------------------------------------------------
reserve_op = define(
    "TensorListReserve",
    inputs="element_shape: shape_type, num_elements: int32",
    outputs="handle: variant",
    attrs={**_TYPE, **_SHAPE},
    shape=lambda op: SCALAR,
    traits=Trait.CHEAP,
).no_gradient()


reserve_op.elements(lambda op: EMPTY)


@reserve_op.kernel
def _(ctx: Any) -> Any:
    name = ctx.name

    def reserve(shape: Any, count: Any) -> Any:
        return PersistentArray(None if count < 0 else int(count), name)

    return reserve


def _zeros(dtype: Any) -> Any:
    return reserve_op(_UNKNOWN, _UNKNOWN, element_dtype=dtype)


length_op = define(
    "TensorListLength",
    inputs="input_handle: variant",
    outputs="length: int32",
    shape=lambda op: SCALAR,
    traits=Trait.CHEAP,
).no_gradient()
length_op.kernel(lambda ctx: lambda handle: np.int32(_array(handle).size or 0))

# --- one element ----------------------------------------------------------------------------------
set_item_op = define(
    "TensorListSetItem",
    inputs="input_handle: variant, index: int32, item: element_dtype",
    outputs="output_handle: variant",
    attrs={**_TYPE, "resize_if_index_out_of_bounds": attrs.boolean(False)},
    shape=lambda op: SCALAR,
    traits=Trait.CHEAP | Trait.VIEW,
)


set_item_op.elements(lambda op: joined(elements_of(op.inputs[0]), Elements(op.inputs[2].shape)))


@set_item_op.kernel
def _(ctx: Any) -> Any:
    grows = ctx.attrs["resize_if_index_out_of_bounds"]
    return lambda handle, index, item: _written(_array(handle), int(index), boxed(item), grows)


@set_item_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    _, index, item = op.inputs
    if not is_trainable(item):
        return [grad, None, None]
    # No index is written twice: what the list had there before is nothing.
    back = get_item_op(grad, index, raw.Shape(item), element_dtype=item.dtype.base_dtype)
    return [grad, None, back]


get_item_op = define(
    "TensorListGetItem",
    inputs="input_handle: variant, index: int32, element_shape: int32",
    outputs="item: element_dtype",
    attrs=_TYPE,
    shape=lambda op: shape_of_element(op.inputs[0], op.inputs[2]),
    traits=Trait.CHEAP | Trait.VIEW,
)


@get_item_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype
    return lambda handle, index, shape: _value(_array(handle), int(index), shape, dtype)


@get_item_op.gradient
def _(op: Operation, grad: Any) -> Any:
    if grad is None:
        return [None, None, None]
    return [set_item_op(_zeros(grad.dtype.base_dtype), op.inputs[1], grad), None, None]


# --- several elements -----------------------------------------------------------------------------
gather_op = define(
    "TensorListGather",
    inputs="input_handle: variant, indices: int32, element_shape: int32",
    outputs="values: element_dtype",
    attrs=_TYPE,
)


@gather_op.shape
def _(op: Operation) -> TensorShape:
    rows = op.inputs[1].shape.with_rank(1)
    return rows.concatenate(shape_of_element(op.inputs[0], op.inputs[2]))


@gather_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def gather(handle: Any, indices: Any, shape: Any) -> Any:
        array = _array(handle)
        rows = [_value(array, i, shape, dtype) for i in indices.tolist()]
        if not rows:
            known = shape.tolist() if shape.ndim and (shape >= 0).all() else array.shape
            return np.zeros((0, *(known or ())), dtype)
        _check_same(array, rows)
        return np.stack(rows).astype(dtype, copy=False)

    return gather


def _check_same(array: PersistentArray, rows: list[Any]) -> None:
    for i, row in enumerate(rows):
        if row.shape != rows[0].shape:
            raise InvalidArgumentError(
                f"TensorArray {array.label} has inconsistent shapes.  Index 0 has shape: "
                f"{list(rows[0].shape)} but index {i} has shape: {list(row.shape)}"
            )


@gather_op.gradient
def _(op: Operation, grad: Any) -> Any:
    if grad is None:
        return [None, None, None]
    return [scatter_op(grad, op.inputs[1], _UNKNOWN), None, None]


scatter_op = define(
    "TensorListScatter",
    inputs="tensor: element_dtype, indices: int32, element_shape: shape_type",
    outputs="output_handle: variant",
    attrs={**_TYPE, **_SHAPE},
    shape=lambda op: SCALAR,
    traits=Trait.VIEW,
)


scatter_op.elements(lambda op: Elements.rows_of(op.inputs[0]))


@scatter_op.kernel
def _(ctx: Any) -> Any:
    def scatter(x: Any, indices: Any, shape: Any) -> Any:
        array = PersistentArray(None, ctx.name)
        for i, row in zip(indices.tolist(), x, strict=True):
            old = array.get(i)
            array = array.set(i, boxed(row) if old is None else boxed(np.add(old, row)))
        return array

    return scatter


@scatter_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, indices, _ = op.inputs
    return [gather_op(grad, indices, _rest(x), element_dtype=x.dtype.base_dtype), None, None]


scatter_into_op = define(
    "TensorListScatterIntoExistingList",
    inputs="input_handle: variant, tensor: element_dtype, indices: int32",
    outputs="output_handle: variant",
    attrs={**_TYPE, "resize_if_index_out_of_bounds": attrs.boolean(False)},
    traits=Trait.VIEW,
)


@scatter_into_op.shape
def _(op: Operation) -> TensorShape:
    rows, count = op.inputs[1].shape.with_rank_at_least(1), op.inputs[2].shape.with_rank(1)
    rows[:1].merge_with(count)
    return SCALAR


scatter_into_op.elements(
    lambda op: joined(elements_of(op.inputs[0]), Elements.rows_of(op.inputs[1]))
)


@scatter_into_op.kernel
def _(ctx: Any) -> Any:
    grows = ctx.attrs["resize_if_index_out_of_bounds"]

    def scatter(handle: Any, x: Any, indices: Any) -> Any:
        array = _array(handle)
        if x.shape[:1] != indices.shape:
            raise InvalidArgumentError(
                f"Expected len(indices) == values.shape[0], but saw: {len(indices)} vs. "
                f"{x.shape[0] if x.ndim else 0}"
            )
        most = int(indices.max(initial=-1))
        if array.size is not None and most >= array.size and not grows:
            raise InvalidArgumentError(
                f"Max scatter index must be < array size ({most} vs. {array.size})"
            )
        for i, row in zip(indices.tolist(), x, strict=True):
            array = _written(array, i, boxed(row), grows)
        return array

    return scatter


@scatter_into_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    _, x, indices = op.inputs
    if not is_trainable(x):
        return [grad, None, None]
    back = gather_op(grad, indices, _rest(x), element_dtype=x.dtype.base_dtype)
    return [grad, back, None]
