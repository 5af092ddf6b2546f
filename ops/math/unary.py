"""Elementwise functions of one input: signs, powers and roots, exponentials, rounding, checks.

How such an op is declared stands here too; trigonometry.py and special.py have further families.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import OpDef, Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import over_sparse_values
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.arithmetic import conj

Types = tuple[dtypes.DType, ...]
Function = Callable[..., Any]

_SIGNED = (*dtypes.FLOATING, dtypes.int8, dtypes.int16, *dtypes.INDEX)
_HALVES = (dtypes.float16, dtypes.bfloat16)


# --- how they are declared ------------------------------------------------------------------------
def unary(
    op_type: str,
    types: Types = dtypes.INEXACT,
    function: str | Function | None = None,
    output: str = "T",
) -> OpDef:
    """Declares an elementwise op of one input.

    `function` names an array function that keeps the dtype, or is a function of an array, which
    is given float32 instead of half precision.
    """
    op_def = define(
        op_type,
        inputs="x: T",
        outputs=f"y: {output}",
        attrs={"T": types},
        shape=like("x"),
        traits=Trait.ELEMENTWISE,
    )
    if isinstance(function, str):
        op_def.kernel(lambda ctx: getattr(ctx.xp, function))
    elif function is not None:
        op_def.kernel(lambda ctx: through_float32(ctx, function))
    return op_def


def through_float32(ctx: Any, function: Function) -> Function:
    """The function; with half-precision inputs, computed in float32 and rounded once."""
    if ctx.input_dtypes[0] not in _HALVES:
        return function
    dtype, wide = ctx.dtype, np.float32
    return lambda *arrays: function(*[a.astype(wide) for a in arrays]).astype(dtype)


def slope_at_input(op_def: OpDef, rule: Callable[[Tensor], Any]) -> None:
    """Declares the gradient grad * rule(x), where rule tells the derivative."""

    @op_def.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return grad * rule(conj(op.inputs[0]))


def slope_at_output(op_def: OpDef, rule: Callable[[Tensor], Any]) -> None:
    """Declares the gradient grad * rule(y), for a derivative that the output tells best."""

    @op_def.gradient
    def _(op: Operation, grad: Tensor) -> Any:
        return grad * rule(conj(op.outputs[0]))


def gradient_op(op_type: str, function: Function, conjugates: bool) -> OpDef:
    """Declares `<X>Grad`(y, dy), which gives the gradient of X by its output y.

    In TensorFlow the kernels of some of these conjugate a complex y, for others the caller does.
    """
    op_def = define(
        op_type,
        inputs="y: T, dy: T",
        outputs="z: T",
        attrs={"T": dtypes.INEXACT},
        shape=like("y"),
        traits=Trait.ELEMENTWISE,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        if conjugates and ctx.output_dtypes[0].is_complex:
            return lambda y, dy: function(ctx.xp.conj(y), dy)
        return function

    return op_def


# --- Neg, Abs, Sign -------------------------------------------------------------------------------
neg_op = unary("Neg", (*_SIGNED, *dtypes.COMPLEX), "negative")


@neg_op.simplify
def _(step: Any) -> Any:
    inner = step.maker(0, "Neg")
    return None if inner is None else inner.input(0)


@neg_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return neg_op(grad)


@over_sparse_values
def negative(x: Any, name: str | None = None) -> Tensor:
    """-x, elementwise (tf.negative)."""
    return neg_op(x, name=name)  # type: ignore[no-any-return]


abs_op = unary("Abs", _SIGNED, "abs")
slope_at_input(abs_op, lambda x: raw.Sign(x))


@over_sparse_values
def abs(x: Any, name: str | None = None) -> Tensor:
    """|x|, elementwise; of a complex number its length, which is real (tf.abs).

    >>> abs([1, -2]).dtype
    tf.int32
    """
    with name_scope(name, "Abs", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return raw.ComplexAbs(x, Tout=x.dtype.real_dtype, name=scope)  # type: ignore[no-any-return]
        return abs_op(x, name=scope)  # type: ignore[no-any-return]


sign_op = unary("Sign", (*_SIGNED, *dtypes.COMPLEX), "sign")


@sign_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs[0], op.outputs[0]
    if not x.dtype.is_complex:
        return raw.ZerosLike(x)
    # Unlike TensorFlow, which says zero: x / |x| turns with x, and |x| has second derivatives.
    length = raw.ComplexAbs(x, Tout=x.dtype.real_dtype)
    length = raw.Cast(length + length, DstT=x.dtype.base_dtype)
    return raw.DivNoNan(grad - raw.Square(y) * conj(grad), length)


@over_sparse_values
def sign(x: Any, name: str | None = None) -> Tensor:
    """-1, 0 or 1 as x is negative, zero or positive; of a complex number x / |x| (tf.sign)."""
    return sign_op(x, name=name)  # type: ignore[no-any-return]


# --- Square, Sqrt, Rsqrt --------------------------------------------------------------------------
square_op = unary("Square", dtypes.NUMBERS, "square")
slope_at_input(square_op, lambda x: x * 2.0)


@over_sparse_values
def square(x: Any, name: str | None = None) -> Tensor:
    """x * x, elementwise (tf.square)."""
    return square_op(x, name=name)  # type: ignore[no-any-return]


sqrt_op = unary("Sqrt", function="sqrt")
sqrt_grad_op = gradient_op("SqrtGrad", lambda y, dy: dy / (y + y), conjugates=True)


@sqrt_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return sqrt_grad_op(op.outputs[0], grad)


@sqrt_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    share = raw.RealDiv(grad, op.inputs[0])
    return [-conj(share) * op.outputs[0], 0.5 * share]


@over_sparse_values
def sqrt(x: Any, name: str | None = None) -> Tensor:
    """The square root, elementwise; NaN of negative reals (tf.sqrt)."""
    return sqrt_op(x, name=name)  # type: ignore[no-any-return]


rsqrt_op = unary("Rsqrt", function=lambda x: 1 / np.sqrt(x))
rsqrt_grad_op = gradient_op(
    "RsqrtGrad", lambda y, dy: y.dtype.type(-0.5) * dy * (y * y * y), conjugates=True
)


@rsqrt_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return rsqrt_grad_op(op.outputs[0], grad)


@rsqrt_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    y, dy = conj(op.inputs[0]), op.inputs[1]
    return [conj(grad) * dy * raw.Square(y) * -1.5, rsqrt_grad_op(y, grad)]


def rsqrt(x: Any, name: str | None = None) -> Tensor:
    """1 / sqrt(x), elementwise (tf.rsqrt)."""
    return rsqrt_op(x, name=name)  # type: ignore[no-any-return]


# --- Reciprocal, and its older name Inv -----------------------------------------------------------
reciprocal_op = unary("Reciprocal", function="reciprocal")
inv_op = unary("Inv", function="reciprocal")
reciprocal_grad_op = gradient_op("ReciprocalGrad", lambda y, dy: -dy * y * y, conjugates=True)
inv_grad_op = gradient_op("InvGrad", lambda y, dy: -dy * y * y, conjugates=True)


@reciprocal_op.gradient
@inv_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return reciprocal_grad_op(op.outputs[0], grad)


@reciprocal_grad_op.gradient
@inv_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    y, dy = conj(op.inputs[0]), op.inputs[1]
    return [conj(grad) * dy * y * -2.0, reciprocal_grad_op(y, grad)]


def reciprocal(x: Any, name: str | None = None) -> Tensor:
    """1 / x, elementwise (tf.reciprocal)."""
    return reciprocal_op(x, name=name)  # type: ignore[no-any-return]


# --- Exp, Expm1, Log, Log1p -----------------------------------------------------------------------
exp_op = unary("Exp", function="exp")
expm1_op = unary("Expm1", function="expm1")
log_op = unary("Log", function="log")
log1p_op = unary("Log1p")
slope_at_output(exp_op, lambda y: y)
slope_at_input(expm1_op, lambda x: raw.Exp(x))
slope_at_input(log_op, lambda x: raw.Reciprocal(x))
slope_at_input(log1p_op, lambda x: raw.Reciprocal(1.0 + x))


@log1p_op.kernel
def _(ctx: Any) -> Any:
    return _complex_log1p if ctx.output_dtypes[0].is_complex else ctx.xp.log1p


def _complex_log1p(z: Any) -> Any:
    """numpy's loses the digits of a small real part: log|1 + z| = log(1 + x (2 + x) + y^2) / 2."""
    result = np.log(1 + np.asarray(z))
    more = z.real * (2 + z.real) + z.imag * z.imag
    return np.where(np.abs(more) < 0.5, 0.5 * np.log1p(more) + 1j * result.imag, result).astype(
        z.dtype, copy=False
    )


def exp(x: Any, name: str | None = None) -> Tensor:
    """e to the power of x, elementwise (tf.exp)."""
    return exp_op(x, name=name)  # type: ignore[no-any-return]


def expm1(x: Any, name: str | None = None) -> Tensor:
    """exp(x) - 1, elementwise, exact near zero too (tf.expm1)."""
    return expm1_op(x, name=name)  # type: ignore[no-any-return]


def log(x: Any, name: str | None = None) -> Tensor:
    """The natural logarithm, elementwise; NaN of negative reals (tf.log)."""
    return log_op(x, name=name)  # type: ignore[no-any-return]


def log1p(x: Any, name: str | None = None) -> Tensor:
    """log(1 + x), elementwise, exact near zero too (tf.log1p)."""
    return log1p_op(x, name=name)  # type: ignore[no-any-return]


# --- Sigmoid --------------------------------------------------------------------------------------
sigmoid_op = unary("Sigmoid", function=lambda x: 1 / (1 + np.exp(-x)))
sigmoid_grad_op = gradient_op("SigmoidGrad", lambda y, dy: dy * y * (1 - y), conjugates=False)


@sigmoid_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return sigmoid_grad_op(conj(op.outputs[0]), grad)


@sigmoid_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    y, dy = conj(op.inputs[0]), conj(op.inputs[1])
    return [grad * dy * (1.0 - 2.0 * y), sigmoid_grad_op(y, grad)]


def sigmoid(x: Any, name: str | None = None) -> Tensor:
    """1 / (1 + exp(-x)), elementwise (tf.sigmoid, tf.nn.sigmoid)."""
    return sigmoid_op(x, name=name)  # type: ignore[no-any-return]


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), elementwise, exact where sigmoid is all but 0 or 1 (tf.log_sigmoid)."""
    with name_scope(name, "LogSigmoid", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return neg_op(raw.Softplus(neg_op(x)), name=scope)  # type: ignore[no-any-return]


# --- Floor, Ceil, Rint, Round: steps, so no gradient comes through --------------------------------
floor_op = unary("Floor", dtypes.FLOATING, "floor").no_gradient()
ceil_op = unary("Ceil", dtypes.FLOATING, "ceil").no_gradient()
rint_op = unary("Rint", dtypes.FLOATING, "rint").no_gradient()
round_op = unary("Round", (*_SIGNED, *dtypes.COMPLEX)).no_gradient()


@round_op.kernel
def _(ctx: Any) -> Any:
    return (lambda x: x.copy()) if ctx.output_dtypes[0].is_integer else ctx.xp.rint


def floor(x: Any, name: str | None = None) -> Tensor:
    """The greatest whole number that is not above x, elementwise (tf.floor)."""
    return floor_op(x, name=name)  # type: ignore[no-any-return]


def ceil(x: Any, name: str | None = None) -> Tensor:
    """The least whole number that is not below x, elementwise (tf.ceil)."""
    return ceil_op(x, name=name)  # type: ignore[no-any-return]


def rint(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, elementwise; halves go to the even one (tf.rint)."""
    return rint_op(x, name=name)  # type: ignore[no-any-return]


def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, elementwise; halves go to the even one (tf.round).

    A tensor of integers comes back as it is.
    """
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else round_op(x, name=name)  # type: ignore[no-any-return]


# --- IsNan, IsInf, IsFinite -----------------------------------------------------------------------
is_nan_op = unary("IsNan", dtypes.FLOATING, "isnan", output="bool").no_gradient()
is_inf_op = unary("IsInf", dtypes.FLOATING, "isinf", output="bool").no_gradient()
is_finite_op = unary("IsFinite", dtypes.FLOATING, "isfinite", output="bool").no_gradient()


def is_nan(x: Any, name: str | None = None) -> Tensor:
    """True where x is not a number (tf.is_nan, tf.debugging.is_nan)."""
    return is_nan_op(x, name=name)  # type: ignore[no-any-return]


def is_inf(x: Any, name: str | None = None) -> Tensor:
    """True where x is infinite (tf.is_inf, tf.debugging.is_inf)."""
    return is_inf_op(x, name=name)  # type: ignore[no-any-return]


def is_finite(x: Any, name: str | None = None) -> Tensor:
    """True where x is neither infinite nor NaN (tf.is_finite, tf.debugging.is_finite)."""
    return is_finite_op(x, name=name)  # type: ignore[no-any-return]


# --- scalar_mul -----------------------------------------------------------------------------------
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A scalar times a tensor or `IndexedSlices`, which stays one (tf.scalar_mul).

    Args:
      scalar: a number or a tensor of rank 0; it takes the dtype of `x`.
      x: a tensor, variable or `IndexedSlices`.
      name: the operation's name.

    Raises:
      ValueError: `scalar` is not known to be of rank 0.
    """
    scalar = convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if scalar.shape.rank != 0:
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if isinstance(x, IndexedSlices):
        return IndexedSlices(raw.Mul(scalar, x.values, name=name), x.indices, x.dense_shape)
    return raw.Mul(scalar, x, name=name)
