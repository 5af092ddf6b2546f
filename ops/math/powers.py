"""Powers, extremes, squared differences, angles: other functions of two inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.backward import is_wanted
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, raw
from flowgraph.core.operation import Operation
from flowgraph.core.simplify import Replacement
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.arithmetic import binary, both, conj
from flowgraph.ops.math.broadcast import sum_to_shape_of

# --- Pow ------------------------------------------------------------------------------------------
_SIGNED = (dtypes.int8, dtypes.int16, *dtypes.INDEX)
pow_op = binary("Pow", (*dtypes.FLOATING, *_SIGNED, *dtypes.COMPLEX))


@pow_op.kernel
def _(ctx: Any) -> Any:
    if not ctx.output_dtypes[0].is_integer:
        return ctx.xp.power

    def power(x: Any, y: Any) -> Any:
        if (y < 0).any():
            raise InvalidArgumentError("Integers to negative integer powers are not allowed")
        return np.power(x, y)

    return power


@pow_op.simplify
def _(step: Any) -> Any:
    # numpy, too, squares for an exponent that is the scalar 2. An array of twos goes another way.
    exponent = step.constant(1)
    if exponent is None or exponent.ndim or exponent.dtype.kind not in "if":
        return None
    if exponent == 1:
        return step.input(0)
    return Replacement("Square", [step.input(0)], step.op.attrs) if exponent == 2 else None


@pow_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y, z = conj(op.inputs[0]), conj(op.inputs[1]), conj(op.outputs[0])
    one = y.dtype.as_numpy_dtype(1)
    by_x = grad * y * raw.Pow(x, y - one)
    if not is_wanted(op.inputs[1]):
        return [sum_to_shape_of(by_x, *op.inputs), None]
    return both(op, by_x, grad * z * _safe_log(x))


def _safe_log(x: Tensor) -> Tensor:
    """log(x), and 0 where there is none: there x ** y does not depend smoothly on y."""
    zeros = raw.ZerosLike(x)
    defined = raw.NotEqual(x, zeros) if x.dtype.is_complex else raw.Greater(x, zeros)
    safe = raw.Select(defined, x, raw.OnesLike(x))
    return raw.Select(defined, raw.Log(safe), zeros)  # type: ignore[no-any-return]


def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x to the power of y, elementwise with broadcasting (tf.pow)."""
    with name_scope(name, "Pow", [x, y]) as scope:
        return pow_op(x, y, name=scope)  # type: ignore[no-any-return]


# --- Maximum, Minimum -----------------------------------------------------------------------------
# Not commutative: of 0.0 and -0.0, numpy takes one by its place.
maximum_op = binary("Maximum", dtypes.REAL)
minimum_op = binary("Minimum", dtypes.REAL)
maximum_op.kernel(lambda ctx: ctx.xp.maximum)
minimum_op.kernel(lambda ctx: ctx.xp.minimum)


def _to_the_chosen(op_def: OpDef, chosen: str) -> None:
    """Declares that the gradient goes to the input that was taken; to x where they are equal."""

    @op_def.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        x, y = op.inputs
        took_x = getattr(raw, chosen)(x, y)
        zeros = raw.ZerosLike(grad)
        return both(op, raw.Select(took_x, grad, zeros), raw.Select(took_x, zeros, grad))


_to_the_chosen(maximum_op, "GreaterEqual")
_to_the_chosen(minimum_op, "LessEqual")


def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The greater of x and y, elementwise with broadcasting (tf.maximum)."""
    return maximum_op(x, y, name=name)  # type: ignore[no-any-return]


def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The lesser of x and y, elementwise with broadcasting (tf.minimum)."""
    return minimum_op(x, y, name=name)  # type: ignore[no-any-return]


# --- SquaredDifference ----------------------------------------------------------------------------
_SUBTRACTED = (*dtypes.FLOATING, *dtypes.INDEX, *dtypes.COMPLEX)
squared_difference_op = binary("SquaredDifference", _SUBTRACTED, Trait.COMMUTATIVE)


@squared_difference_op.kernel
def _(ctx: Any) -> Any:
    if ctx.output_dtypes[0].is_complex:

        def squared(x: Any, y: Any) -> Any:
            difference = x - y
            return np.conj(difference) * difference

        return squared

    def square(x: Any, y: Any) -> Any:
        difference = x - y
        return difference * difference

    return square


@squared_difference_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    by_x = grad * (x - y) * x.dtype.as_numpy_dtype(2)  # type: ignore[operator]
    return both(op, by_x, -by_x)


def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """(x - y)(x - y), elementwise with broadcasting (tf.squared_difference)."""
    return squared_difference_op(x, y, name=name)  # type: ignore[no-any-return]


# --- Atan2 ----------------------------------------------------------------------------------------
atan2_op = binary("Atan2", dtypes.FLOATING, inputs="y: T, x: T")
atan2_op.kernel(lambda ctx: ctx.xp.arctan2)


@atan2_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    y, x = op.inputs
    share = raw.RealDiv(grad, raw.Square(x) + raw.Square(y))
    return both(op, x * share, -y * share)  # type: ignore[operator]


def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """The angle of the point (x, y), in (-pi, pi] (tf.atan2)."""
    return atan2_op(y, x, name=name)  # type: ignore[no-any-return]


# --- Xlogy ----------------------------------------------------------------------------------------
xlogy_op = binary("Xlogy", dtypes.INEXACT)


@xlogy_op.kernel
def _(ctx: Any) -> Any:
    zero = ctx.dtype.type(0)
    return lambda x, y: np.where(x == zero, zero, x * np.log(y))


@xlogy_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    present = raw.Cast(raw.NotEqual(x, x.dtype.as_numpy_dtype(0)), DstT=x.dtype)
    return both(op, raw.Xlogy(present, y) * grad, raw.Xdivy(x, y) * grad)


def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * log(y), and 0 where x is 0 (tf.math.xlogy)."""
    return xlogy_op(x, y, name=name)  # type: ignore[no-any-return]
