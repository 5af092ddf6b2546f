"""Trigonometric and hyperbolic functions and their inverses, elementwise."""

from __future__ import annotations

from typing import Any

from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import over_sparse_values
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.unary import gradient_op, slope_at_input, slope_at_output, unary

# --- of angles ------------------------------------------------------------------------------------
sin_op = unary("Sin", function="sin")
cos_op = unary("Cos", function="cos")
tan_op = unary("Tan", function="tan")
asin_op = unary("Asin", function="asin")
acos_op = unary("Acos", function="acos")
atan_op = unary("Atan", function="atan")
slope_at_input(sin_op, lambda x: raw.Cos(x))
slope_at_input(cos_op, lambda x: -raw.Sin(x))
slope_at_input(tan_op, lambda x: raw.Square(raw.Reciprocal(raw.Cos(x))))
slope_at_input(asin_op, lambda x: raw.Rsqrt(1.0 - raw.Square(x)))
slope_at_input(acos_op, lambda x: -raw.Rsqrt(1.0 - raw.Square(x)))
slope_at_input(atan_op, lambda x: raw.Reciprocal(1.0 + raw.Square(x)))


def sin(x: Any, name: str | None = None) -> Tensor:
    """The sine of x in radians, elementwise (tf.sin)."""
    return sin_op(x, name=name)  # type: ignore[no-any-return]


def cos(x: Any, name: str | None = None) -> Tensor:
    """The cosine of x in radians, elementwise (tf.cos)."""
    return cos_op(x, name=name)  # type: ignore[no-any-return]


def tan(x: Any, name: str | None = None) -> Tensor:
    """The tangent of x in radians, elementwise (tf.tan)."""
    return tan_op(x, name=name)  # type: ignore[no-any-return]


def asin(x: Any, name: str | None = None) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is x, elementwise (tf.asin)."""
    return asin_op(x, name=name)  # type: ignore[no-any-return]


def acos(x: Any, name: str | None = None) -> Tensor:
    """The angle in [0, pi] whose cosine is x, elementwise (tf.acos)."""
    return acos_op(x, name=name)  # type: ignore[no-any-return]


def atan(x: Any, name: str | None = None) -> Tensor:
    """The angle in (-pi/2, pi/2) whose tangent is x, elementwise (tf.atan)."""
    return atan_op(x, name=name)  # type: ignore[no-any-return]


# --- hyperbolic -----------------------------------------------------------------------------------
sinh_op = unary("Sinh", function="sinh")
cosh_op = unary("Cosh", function="cosh")
tanh_op = unary("Tanh", function="tanh")
asinh_op = unary("Asinh", function="asinh")
acosh_op = unary("Acosh", function="acosh")
atanh_op = unary("Atanh", function="atanh")
tanh_grad_op = gradient_op("TanhGrad", lambda y, dy: dy * (1 - y * y), conjugates=False)
slope_at_input(sinh_op, lambda x: raw.Cosh(x))
slope_at_input(cosh_op, lambda x: raw.Sinh(x))
slope_at_output(asinh_op, lambda y: raw.Reciprocal(raw.Cosh(y)))
slope_at_output(acosh_op, lambda y: raw.Reciprocal(raw.Sinh(y)))
slope_at_input(atanh_op, lambda x: raw.Reciprocal(1.0 - raw.Square(x)))


@tanh_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return tanh_grad_op(conj(op.outputs[0]), grad)


@tanh_grad_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    y, dy = conj(op.inputs[0]), conj(op.inputs[1])
    return [grad * dy * y * -2.0, tanh_grad_op(y, grad)]


def sinh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic sine, elementwise (tf.sinh)."""
    return sinh_op(x, name=name)  # type: ignore[no-any-return]


def cosh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic cosine, elementwise (tf.cosh)."""
    return cosh_op(x, name=name)  # type: ignore[no-any-return]


@over_sparse_values
def tanh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic tangent, elementwise (tf.tanh, tf.nn.tanh)."""
    return tanh_op(x, name=name)  # type: ignore[no-any-return]


def asinh(x: Any, name: str | None = None) -> Tensor:
    """The inverse of `sinh`, elementwise (tf.asinh)."""
    return asinh_op(x, name=name)  # type: ignore[no-any-return]


def acosh(x: Any, name: str | None = None) -> Tensor:
    """The inverse of `cosh` for x >= 1, elementwise (tf.acosh)."""
    return acosh_op(x, name=name)  # type: ignore[no-any-return]


def atanh(x: Any, name: str | None = None) -> Tensor:
    """The inverse of `tanh` for -1 < x < 1, elementwise (tf.atanh)."""
    return atanh_op(x, name=name)  # type: ignore[no-any-return]
