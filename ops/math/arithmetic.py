"""Sums, differences and products of two inputs, with broadcasting."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape, is_neutral, sum_to_shape_of

_ADDABLE = (*dtypes.NUMBERS, dtypes.string)


def binary(
    op_type: str,
    types: tuple[dtypes.DType, ...],
    traits: int = Trait.NONE,
    inputs: str = "x: T, y: T",
) -> OpDef:
    """Declares an elementwise op of two broadcast inputs of one dtype."""
    return define(
        op_type,
        inputs=inputs,
        outputs="z: T",
        attrs={"T": types},
        shape=broadcast_shape,
        traits=Trait.ELEMENTWISE | traits,
    )


def both(op: Operation, grad_x: Tensor, grad_y: Tensor) -> list[Tensor]:
    """The gradients of two broadcast inputs, each summed to its input's shape."""
    x, y = op.inputs
    return [sum_to_shape_of(grad_x, x, y), sum_to_shape_of(grad_y, y, x)]


def conj(x: Tensor) -> Tensor:
    """The complex conjugate; the tensor itself when it is real."""
    return raw.Conj(x) if x.dtype.is_complex else x


# --- Add, AddV2 -----------------------------------------------------------------------------------
add_op = binary("Add", _ADDABLE)  # not commutative: it joins strings
add_v2_op = binary("AddV2", dtypes.NUMBERS, Trait.COMMUTATIVE)


@add_op.kernel
@add_v2_op.kernel
def _(ctx: Any) -> Any:
    return ctx.xp.add


@add_op.simplify
@add_v2_op.simplify
def _(step: Any) -> Any:
    for i in (0, 1):
        # -0.0 + 0.0 is 0.0: of floats, -0.0 alone changes nothing.
        if is_neutral(step, i, 0) and (
            step.op.outputs[0].dtype.is_integer or np.signbit(step.constant(i)).all()
        ):
            return step.input(1 - i)
    return None


@add_op.gradient
@add_v2_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return both(op, grad, grad)


def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x + y, elementwise with broadcasting; strings are joined (tf.add)."""
    return add_op(x, y, name=name)  # type: ignore[no-any-return]


# --- Sub ------------------------------------------------------------------------------------------
sub_op = binary("Sub", dtypes.NUMBERS)
sub_op.kernel(lambda ctx: ctx.xp.subtract)


@sub_op.simplify
def _(step: Any) -> Any:
    if is_neutral(step, 1, 0) and not np.signbit(step.constant(1)).any():  # -0.0 - -0.0 is 0.0
        return step.input(0)
    return None


@sub_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return both(op, grad, -grad)


def subtract(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x - y, elementwise with broadcasting (tf.subtract)."""
    return sub_op(x, y, name=name)  # type: ignore[no-any-return]


# --- Mul ------------------------------------------------------------------------------------------
mul_op = binary("Mul", dtypes.NUMBERS, Trait.COMMUTATIVE)
mul_op.kernel(lambda ctx: ctx.xp.multiply)


@mul_op.simplify
def _(step: Any) -> Any:
    for i in (0, 1):
        if is_neutral(step, i, 1):
            return step.input(1 - i)
    return None


@mul_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    return both(op, grad * conj(y), conj(x) * grad)


def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * y, elementwise with broadcasting (tf.multiply)."""
    return mul_op(x, y, name=name)  # type: ignore[no-any-return]
