"""Quotients and remainders: true, floored and truncated; and those that tell what 0 / 0 is."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.arithmetic import binary, both, conj
from flowgraph.ops.math.broadcast import is_neutral

_DIVIDES = (*dtypes.REAL, *dtypes.COMPLEX)
_TRUNCATES = (*dtypes.INDEX, *dtypes.FLOATING)


def _no_zero(ctx: Any, function: Any) -> Any:
    """The function itself; of integers, one that refuses to divide by zero."""
    if not ctx.output_dtypes[0].is_integer:
        return function

    def divide(x: Any, y: Any) -> Any:
        if not y.all():
            raise ZeroDivisionError("Integer division by zero")
        return function(x, y)

    return divide


def _truncated_quotient(x: Any, y: Any) -> Any:
    quotient = x // y
    # Floor division rounds down: one too far where the signs differ and something is left.
    return quotient + ((x % y != 0) & ((x < 0) != (y < 0))).astype(quotient.dtype)


# --- RealDiv, Div ---------------------------------------------------------------------------------
real_div_op = binary("RealDiv", _DIVIDES)
div_op = binary("Div", _DIVIDES)


@real_div_op.kernel
@div_op.kernel
def _(ctx: Any) -> Any:
    if ctx.output_dtypes[0].is_integer:
        return _no_zero(ctx, _truncated_quotient)
    return ctx.xp.divide


@real_div_op.simplify
@div_op.simplify
def _(step: Any) -> Any:
    return step.input(0) if is_neutral(step, 1, 1) else None


@real_div_op.gradient
@div_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = conj(op.inputs[0]), conj(op.inputs[1])
    return both(op, raw.RealDiv(grad, y), grad * raw.RealDiv(raw.RealDiv(-x, y), y))


# --- FloorDiv, FloorMod ---------------------------------------------------------------------------
floor_div_op = binary("FloorDiv", _DIVIDES).no_gradient()


@floor_div_op.kernel
def _(ctx: Any) -> Any:
    if ctx.output_dtypes[0].is_integer:
        return _no_zero(ctx, ctx.xp.floor_divide)
    # The quotient is rounded before its floor: 1 // 0.1 is 10, not Python's 9.
    floor, divide = ctx.xp.floor, ctx.xp.divide
    return lambda x, y: floor(divide(x, y))


floor_mod_op = binary("FloorMod", dtypes.REAL)
floor_mod_op.kernel(lambda ctx: _no_zero(ctx, ctx.xp.remainder))


@floor_mod_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    return both(op, grad, grad * -raw.FloorDiv(x, y))


# --- TruncateDiv, Mod, TruncateMod ----------------------------------------------------------------
truncate_div_op = binary("TruncateDiv", _DIVIDES).no_gradient()


@truncate_div_op.kernel
def _(ctx: Any) -> Any:
    if ctx.output_dtypes[0].is_integer:
        return _no_zero(ctx, _truncated_quotient)
    return lambda x, y: np.trunc(x / y)


truncate_mod_op = binary("TruncateMod", _TRUNCATES)
mod_op = binary("Mod", _TRUNCATES)


@truncate_mod_op.kernel
@mod_op.kernel
def _(ctx: Any) -> Any:
    return _no_zero(ctx, np.fmod)


# --- DivNoNan, MulNoNan, Xdivy --------------------------------------------------------------------
div_no_nan_op = binary("DivNoNan", dtypes.INEXACT)
mul_no_nan_op = binary("MulNoNan", dtypes.INEXACT)
xdivy_op = binary("Xdivy", dtypes.INEXACT)


def _zero_where(op_def: OpDef, decider: int, function: str) -> None:
    """Declares the kernel of `function` whose result is 0 where one of the inputs is 0."""

    @op_def.kernel
    def _(ctx: Any) -> Any:
        compute, zero = getattr(ctx.xp, function), ctx.dtype.type(0)
        return lambda *xs: np.where(xs[decider] == zero, zero, compute(*xs))


_zero_where(div_no_nan_op, 1, "divide")
_zero_where(mul_no_nan_op, 1, "multiply")
_zero_where(xdivy_op, 0, "divide")


@div_no_nan_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = conj(op.inputs[0]), conj(op.inputs[1])
    down = raw.DivNoNan(raw.DivNoNan(-x, y), y)
    return both(op, raw.DivNoNan(grad, y), grad * down)


@mul_no_nan_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = conj(op.inputs[0]), conj(op.inputs[1])
    return both(op, raw.MulNoNan(grad, y), raw.MulNoNan(x, grad))


@xdivy_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    present = raw.Cast(raw.NotEqual(x, _zero(x)), DstT=x.dtype)
    by_x = raw.Xdivy(present, y)
    by_y = raw.Xdivy(-x, raw.Square(y))
    return both(op, by_x * grad, by_y * grad)


def _zero(tensor: Tensor) -> Any:
    return tensor.dtype.as_numpy_dtype(0)


# --- functions ------------------------------------------------------------------------------------
# What the numbers of tf.truediv become before they are divided.
_TRUE_TYPE = {
    dtypes.uint8: dtypes.float32, dtypes.int8: dtypes.float32, dtypes.uint16: dtypes.float32,
    dtypes.int16: dtypes.float32, dtypes.int32: dtypes.float64, dtypes.int64: dtypes.float64,
    dtypes.uint32: dtypes.float64, dtypes.uint64: dtypes.float64,
}  # fmt: skip


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y by Python 3's rules (tf.divide); without a name, the operator itself."""
    if name is not None:
        return truediv(x, y, name)
    return convert_to_tensor(x) / y if not isinstance(y, Tensor) else x / y  # type: ignore[operator, no-any-return]


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y; integers are cast to float32 or float64 first (tf.truediv).

    Raises:
      TypeError: the dtypes of x and y differ.
    """
    with name_scope(name, "truediv", [x, y]) as scope:
        x, y = _pair(x, y)
        wide = _TRUE_TYPE.get(x.dtype.base_dtype)
        if wide is not None:
            x, y = raw.Cast(x, DstT=wide), raw.Cast(y, DstT=wide)
        return real_div_op(x, y, name=scope)  # type: ignore[no-any-return]


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y by Python 2's rules: integers give the floor (tf.div)."""
    with name_scope(name, "div", [x, y]) as scope:
        if isinstance(x, Tensor):
            y = convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
        x, y = _pair(x, y)
        op_def = real_div_op if x.dtype.is_floating or x.dtype.is_complex else floor_div_op
        return op_def(x, y, name=scope)  # type: ignore[no-any-return]


def _pair(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(x, Tensor) and isinstance(y, Tensor):
        x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
    x = convert_to_tensor(x, name="x")
    y = convert_to_tensor(y, dtype=None if isinstance(y, Tensor) else x.dtype.base_dtype, name="y")
    if x.dtype.base_dtype is not y.dtype.base_dtype:
        raise TypeError(
            f"x and y must have the same dtype, got {x.dtype!r} != {y.dtype!r}. "
            f"Hint: tf.cast(y, {x.dtype.base_dtype!r})"
        )
    return x, y


def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, elementwise, of numbers that are not integers (tf.realdiv)."""
    return real_div_op(x, y, name=name)  # type: ignore[no-any-return]


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The floor of x / y, elementwise (tf.floordiv)."""
    with name_scope(name, "floordiv", [x, y]) as scope:
        return floor_div_op(x, y, name=scope)  # type: ignore[no-any-return]


def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The floor of x / y, elementwise (tf.floor_div)."""
    return floor_div_op(x, y, name=name)  # type: ignore[no-any-return]


def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """What floordiv leaves: its sign is that of y (tf.floormod, tf.mod)."""
    return floor_mod_op(x, y, name=name)  # type: ignore[no-any-return]


mod = floormod


def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded toward zero, elementwise (tf.truncatediv)."""
    return truncate_div_op(x, y, name=name)  # type: ignore[no-any-return]


def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """What truncatediv leaves: its sign is that of x (tf.truncatemod)."""
    return truncate_mod_op(x, y, name=name)  # type: ignore[no-any-return]


def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, and 0 where y is 0 (tf.div_no_nan)."""
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        return div_no_nan_op(x, y, name=scope)  # type: ignore[no-any-return]


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * y, and 0 where y is 0, even if x is infinite or NaN (tf.math.multiply_no_nan)."""
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        return mul_no_nan_op(x, y, name=scope)  # type: ignore[no-any-return]


def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, and 0 where x is 0 (tf.math.xdivy)."""
    return xdivy_op(x, y, name=name)  # type: ignore[no-any-return]
