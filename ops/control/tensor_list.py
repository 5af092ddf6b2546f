"""Opaque lists of tensors: what a loop saves for its gradient.

A list is a chain of tuples: () is empty, (rest, last) has `last` at its end. Pushing and popping
make no copy and change no list, so that a list can be read as often as derivatives are taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.backward import is_trainable
from flowgraph.core.elements import (
    EMPTY,
    Elements,
    element_shape,
    element_value,
    elements_of,
    joined,
)
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, UNKNOWN, TensorShape
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import boxed, merged
from flowgraph.ops.control._persistent import PersistentArray

_SHAPE = {"shape_type": attrs.types(*dtypes.INDEX)}

empty_tensor_list_op = define(
    "EmptyTensorList",
    inputs="element_shape: shape_type, max_num_elements: int32",
    outputs="handle: variant",
    attrs={"element_dtype": attrs.types(), **_SHAPE},
    shape=lambda op: SCALAR,
    traits=Trait.CHEAP,
).no_gradient()
empty_tensor_list_op.kernel(lambda ctx: lambda shape, size: ())
empty_tensor_list_op.elements(lambda op: EMPTY)

push_back_op = define(
    "TensorListPushBack",
    inputs="input_handle: variant, tensor: element_dtype",
    outputs="output_handle: variant",
    attrs={"element_dtype": attrs.types()},
    shape=lambda op: SCALAR,
    traits=Trait.CHEAP | Trait.VIEW,
)
push_back_op.kernel(lambda ctx: lambda rest, last: (rest, last))
push_back_op.elements(lambda op: joined(elements_of(op.inputs[0]), Elements.like(op.inputs[1])))


@push_back_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    if not is_trainable(op.inputs[1]):
        return [None, None]
    rest, last = pop_back(grad, op.inputs[1])
    return [rest, last]


pop_back_op = define(
    "TensorListPopBack",
    inputs="input_handle: variant, element_shape: int32",
    outputs="output_handle: variant, tensor: element_dtype",
    attrs={"element_dtype": attrs.types()},
    shape=lambda op: [SCALAR, shape_of_element(op.inputs[0], op.inputs[1])],
    traits=Trait.CHEAP | Trait.VIEW,
)
pop_back_op.elements(lambda op: [elements_of(op.inputs[0]), element_value(op.inputs[0])])


def shape_of_element(handle: Tensor, asked: Tensor) -> TensorShape:
    """What is known of the shape of a list's element, and what the reader says of it."""
    return element_shape(handle).merge_with(constant_value_as_shape(asked))


@pop_back_op.kernel
def _(ctx: Any) -> Any:
    def pop(handle: Any, shape: Any) -> Any:
        if not handle:
            raise InvalidArgumentError("Tried to read past the end of a list of tensors.")
        return handle

    return pop


@pop_back_op.gradient
def _(op: Operation, grad_list: Tensor, grad: Any) -> Any:
    if grad is None:  # the elements have no gradient
        return [None, None]
    return [raw.TensorListPushBack(grad_list, grad), None]


def empty_list(dtype: dtypes.DType) -> Tensor:
    """A list without elements, for elements of one dtype and any shape."""
    return empty_tensor_list_op(np.int32(-1), np.int32(-1), element_dtype=dtype)  # type: ignore[no-any-return]


def pop_back(handle: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """(the list without its last element, that element, which has the dtype and shape of `like`)"""
    rest, last = pop_back_op(handle, np.int32(-1), element_dtype=like.dtype.base_dtype)
    if like.shape is not UNKNOWN:
        last.set_shape(like.shape)
    return rest, last


# --- a tensor's rows as a list, and back ----------------------------------------------------------
from_tensor_op = define(
    "TensorListFromTensor",
    inputs="tensor: element_dtype, element_shape: shape_type",
    outputs="output_handle: variant",
    attrs={"element_dtype": attrs.types(), **_SHAPE},
    traits=Trait.VIEW,
)
from_tensor_op.elements(lambda op: Elements.rows_of(op.inputs[0]))


@from_tensor_op.shape
def _(op: Operation) -> TensorShape:
    rows = op.inputs[0].shape.with_rank_at_least(1)[1:]
    merged(rows, constant_value_as_shape(op.inputs[1]))
    return SCALAR


@from_tensor_op.kernel
def _(ctx: Any) -> Any:
    def split(x: Any, shape: Any) -> Any:
        if not x.ndim:
            raise InvalidArgumentError("A list of rows needs a tensor that is no scalar")
        if shape.ndim and not TensorShape(shape).is_compatible_with(x.shape[1:]):
            raise InvalidArgumentError(
                f"Rows of shape {list(x.shape[1:])} are no elements of shape {shape.tolist()}"
            )
        handle: Any = ()
        for row in x:
            handle = (handle, boxed(row))
        return handle

    return split


@from_tensor_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x = op.inputs[0]
    rows = raw.Shape(x)
    shape = raw.StridedSlice(rows, [1], [0], [1], end_mask=1)
    dense = raw.TensorListStack(grad, shape, element_dtype=x.dtype.base_dtype)
    return [dense, None]


stack_op = define(
    "TensorListStack",
    inputs="input_handle: variant, element_shape: int32",
    outputs="tensor: element_dtype",
    attrs={"element_dtype": attrs.types(), "num_elements": attrs.integer(-1)},
)


@stack_op.shape
def _(op: Operation) -> TensorShape:
    count = op.attrs["num_elements"]
    rows = TensorShape([None if count < 0 else count])
    return rows.concatenate(shape_of_element(*op.inputs))


@stack_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def stack(handle: Any, shape: Any) -> Any:
        rows = _rows(handle)
        if not rows:
            return np.zeros((0, *_whole(shape)), dtype)
        for i, row in enumerate(rows):
            if row.shape != rows[0].shape:
                raise InvalidArgumentError(
                    f"A list has inconsistent shapes.  Index 0 has shape: {list(rows[0].shape)} "
                    f"but index {i} has shape: {list(row.shape)}"
                )
        return np.stack(rows).astype(dtype, copy=False)

    return stack


def _rows(handle: Any) -> list[Any]:
    """The elements of a list, or of an array of known size."""
    if isinstance(handle, PersistentArray):
        rows = [handle.get(i) for i in range(handle.size or 0)]
        if handle.size is None or any(row is None for row in rows):
            raise InvalidArgumentError("A list with elements that were never set cannot be stacked")
        return rows
    rows = []
    while handle:
        handle, last = handle
        rows.append(boxed(last))
    rows.reverse()
    return rows


def _whole(shape: Any) -> list[int]:
    sizes = shape.reshape(-1).tolist()
    if shape.ndim == 0 or min(sizes, default=0) < 0:
        raise InvalidArgumentError(
            f"A list has size zero, but its element shape "
            f"{'<unknown>' if shape.ndim == 0 else sizes} is not fully defined, so that it cannot "
            "be stacked."
        )
    return sizes  # type: ignore[no-any-return]


@stack_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [from_tensor_op(grad, np.int32(-1)), None]


# --- sums and zeros, for the second derivative ----------------------------------------------------
def _map(function: Any, handle: Any) -> Any:
    """A list of the same length with other elements; elements may be lists themselves."""
    if isinstance(handle, PersistentArray):  # only zeros are made of these
        return handle.zeros()
    chain = []
    while handle:
        handle, last = handle
        nested = isinstance(last, (tuple, PersistentArray))
        chain.append(_map(function, last) if nested else function(last))
    result: Any = ()
    for value in reversed(chain):
        result = (result, value)
    return result


def _add(a: Any, b: Any) -> Any:
    """Adds two lists element by element; an empty list stands for zeros."""
    if isinstance(a, PersistentArray) and isinstance(b, PersistentArray):
        return a.plus(b, np.add)
    if isinstance(a, PersistentArray) or isinstance(b, PersistentArray):
        return a if isinstance(a, PersistentArray) else b
    if not isinstance(a, tuple):
        return np.add(a, b)
    if not a or not b:
        return a or b
    pairs = []
    while a and b:
        (a, x), (b, y) = a, b
        pairs.append(_add(x, y))
    result: Any = ()
    for value in reversed(pairs):
        result = (result, value)
    return result


zeros_like_op = define(
    "TensorListZerosLike",
    inputs="input_handle: variant",
    outputs="output_handle: variant",
    shape=lambda op: SCALAR,
).no_gradient()
zeros_like_op.kernel(lambda ctx: lambda handle: _map(np.zeros_like, handle))
zeros_like_op.elements(lambda op: elements_of(op.inputs[0]))

add_op = define(
    "TensorListAdd",
    inputs="x: variant, y: variant",
    outputs="sum: variant",
    shape=lambda op: SCALAR,
    traits=Trait.VIEW,
)
add_op.kernel(lambda ctx: _add)
add_op.elements(lambda op: joined(*map(elements_of, op.inputs)))


@add_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return [grad, grad]


snapshot_op = define(
    "Snapshot",
    inputs="input: T",
    outputs="output: T",
    attrs={"T": attrs.types()},
    shape=lambda op: op.inputs[0].shape,
)
snapshot_op.kernel(lambda ctx: lambda x: x.copy() if isinstance(x, np.ndarray) else x)


@snapshot_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return grad
