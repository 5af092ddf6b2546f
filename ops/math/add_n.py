"""Sums of many tensors of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged


def _merged_shape(op: Operation) -> Any:
    shape = UNKNOWN
    for tensor in op.inputs:
        shape = merged(shape, tensor.shape)
    return shape


add_n_op = define(
    "AddN",
    inputs="inputs: N * T",
    outputs="sum: T",
    attrs={"N": attrs.count(), "T": attrs.types(*dtypes.NUMBERS)},
    shape=_merged_shape,
    traits=Trait.ELEMENTWISE | Trait.COMMUTATIVE,
)


accumulate_op = define(
    "AccumulateNV2",
    inputs="inputs: N * T",
    outputs="sum: T",
    attrs={"N": attrs.count(), "T": attrs.types(*dtypes.NUMBERS), "shape": attrs.shape()},
    shape=lambda op: op.attrs["shape"],
    traits=Trait.ELEMENTWISE | Trait.COMMUTATIVE,
)


@add_n_op.kernel
@accumulate_op.kernel
def _(ctx: Any) -> Any:
    add = ctx.xp.add
    known = {shape.known for shape in ctx.input_shapes}
    fit = len(known) == 1 and ctx.input_shapes[0].is_fully_defined()

    def total(first: Any, *rest: Any) -> Any:
        if not fit:
            check(first, rest)
        if not rest:
            return first.copy()
        result = add(first, rest[0])
        for value in rest[1:]:
            result += value
        return result

    def check(first: Any, rest: Sequence[Any]) -> None:
        for value in rest:
            if value.shape != first.shape:
                raise ValueError(
                    f"Inputs to operation {ctx.name} of type {ctx.type} must have the same size "
                    f"and shape. Input 0: {list(first.shape)} != input: {list(value.shape)}"
                )

    return total


@add_n_op.simplify
@accumulate_op.simplify
def _(step: Any) -> Any:
    return step.input(0) if len(step.op.inputs) == 1 else None


@add_n_op.gradient
@accumulate_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [grad] * len(op.inputs)


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape and dtype (tf.add_n).

    Raises:
      ValueError: the list is empty, or shapes differ.
      TypeError: dtypes differ.
    """
    tensors = _tensors(inputs, "inputs")
    if len(tensors) == 1:
        return tensors[0] if name is None else raw.Identity(tensors[0], name=name)
    return add_n_op(tensors, name=name)  # type: ignore[no-any-return]


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """The sum of a list of tensors, whose shape and dtype can be told (tf.accumulate_n)."""
    try:
        tensors = _tensors(inputs, "inputs")
    except TypeError as error:
        raise ValueError(str(error)) from None
    known = as_shape(shape)
    for tensor in tensors:
        known = known.merge_with(tensor.shape)
    if tensor_dtype is not None and tensor_dtype != tensors[0].dtype.base_dtype:
        raise TypeError(
            f"tensor_dtype is {tensor_dtype}, but input is of type {tensors[0].dtype.base_dtype}"
        )
    if len(tensors) == 1:
        return tensors[0] if name is None else raw.Identity(tensors[0], name=name)
    return accumulate_op(tensors, shape=known, name=name)  # type: ignore[no-any-return]


def _tensors(inputs: Any, what: str) -> list[Tensor]:
    expected = f"{what} must be a list of at least one Tensor/IndexedSlices with the same dtype"
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(f"{expected}, got {inputs!r}")
    tensors = [convert_to_tensor(v) if isinstance(v, IndexedSlices) else v for v in inputs]
    try:
        tensors = [convert_to_tensor(v) for v in tensors]
    except TypeError as error:
        raise ValueError(f"{expected}: {error}") from None
    kinds = {t.dtype.base_dtype for t in tensors}
    if len(kinds) > 1:
        types = ", ".join(t.dtype.base_dtype.name for t in tensors)
        raise TypeError(
            f"Tensors in list passed to '{what}' of 'AddN' Op have types [{types}] that don't all "
            "match."
        )
    for tensor in tensors[1:]:
        if not tensor.shape.is_compatible_with(tensors[0].shape):
            raise ValueError(f"{expected} and shape, got {[str(t.shape) for t in tensors]}")
    return tensors
