"""Special functions, elementwise: the error function, gamma's relatives, zeta, Bessel's.

The functions of arrays stand in _special_functions.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import over_sparse_values
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math import _special_functions as functions
from flowgraph.ops.math.arithmetic import binary
from flowgraph.ops.math.broadcast import sum_to_shape_of
from flowgraph.ops.math.unary import Function, slope_at_input, unary

_WIDE = (dtypes.float32, dtypes.float64)


def _through_float64(op_def: OpDef, function: Function) -> OpDef:
    """Declares the kernel: series lose too many digits for less than float64."""

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype, wide = ctx.dtype, np.float64
        return lambda *xs: function(*[x.astype(wide) for x in xs]).astype(dtype)

    return op_def


# --- Erf, Erfc ------------------------------------------------------------------------------------
_SLOPE = 2 / math.sqrt(math.pi)

erf_op = unary("Erf", dtypes.FLOATING, functions.erf)
erfc_op = unary("Erfc", dtypes.FLOATING, functions.erfc)
slope_at_input(erf_op, lambda x: _SLOPE * raw.Exp(-raw.Square(x)))
slope_at_input(erfc_op, lambda x: -_SLOPE * raw.Exp(-raw.Square(x)))


@over_sparse_values
def erf(x: Any, name: str | None = None) -> Tensor:
    """The error function, elementwise (tf.erf)."""
    return erf_op(x, name=name)  # type: ignore[no-any-return]


def erfc(x: Any, name: str | None = None) -> Tensor:
    """1 - erf(x), elementwise, exact for large x too (tf.erfc)."""
    return erfc_op(x, name=name)  # type: ignore[no-any-return]


# --- Lgamma, Digamma, Polygamma -------------------------------------------------------------------
lgamma_op = _through_float64(unary("Lgamma", dtypes.FLOATING), functions.log_gamma)
digamma_op = _through_float64(unary("Digamma", dtypes.FLOATING), functions.digamma)
polygamma_op = _through_float64(binary("Polygamma", _WIDE), functions.polygamma)
slope_at_input(lgamma_op, lambda x: digamma_op(x))


@digamma_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x = op.inputs[0]
    if x.dtype.base_dtype in _WIDE:
        return grad * _trigamma(x)
    wide = raw.Cast(x, DstT=dtypes.float32)  # Polygamma has no half precision
    return grad * raw.Cast(_trigamma(wide), DstT=x.dtype.base_dtype)


def _trigamma(x: Tensor) -> Tensor:
    return polygamma_op(1.0, x, T=x.dtype)  # type: ignore[no-any-return]


@polygamma_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    n, x = op.inputs
    return [None, sum_to_shape_of(grad * polygamma_op(1.0 + n, x), x, n)]


def lgamma(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of |Gamma(x)|, elementwise; infinite at 0, -1, ... (tf.lgamma)."""
    return lgamma_op(x, name=name)  # type: ignore[no-any-return]


def digamma(x: Any, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`, elementwise; NaN at 0, -1, ... (tf.digamma)."""
    return digamma_op(x, name=name)  # type: ignore[no-any-return]


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The derivative of order `a` = 0, 1, ... of `digamma`, with broadcasting (tf.polygamma)."""
    return polygamma_op(a, x, name=name)  # type: ignore[no-any-return]


# --- Zeta -----------------------------------------------------------------------------------------
zeta_op = _through_float64(binary("Zeta", _WIDE), functions.zeta)


@zeta_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, q = op.inputs
    return [None, sum_to_shape_of(-grad * x * zeta_op(1.0 + x, q), q, x)]


def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Hurwitz's zeta function, with broadcasting: (q + n) ** -x summed over n >= 0 (tf.zeta).

    There is no gradient with respect to `x`.
    """
    return zeta_op(x, q, name=name)  # type: ignore[no-any-return]


# --- BesselI0e, BesselI1e -------------------------------------------------------------------------
bessel_i0e_op = _through_float64(unary("BesselI0e", dtypes.FLOATING), functions.bessel_i0e)
bessel_i1e_op = _through_float64(unary("BesselI1e", dtypes.FLOATING), functions.bessel_i1e)


@bessel_i0e_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs[0], op.outputs[0]
    return grad * (bessel_i1e_op(x) - raw.Sign(x) * y)


@bessel_i1e_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs[0], op.outputs[0]
    zero, ones = raw.Equal(x, raw.ZerosLike(x)), raw.OnesLike(x)
    safe = raw.Select(zero, ones, x)  # keeps 1 / 0 out of the derivative's derivative
    slope = bessel_i0e_op(safe) - y * (raw.Sign(safe) + raw.Reciprocal(safe))
    return grad * raw.Select(zero, 0.5 * ones, slope)


def bessel_i0e(x: Any, name: str | None = None) -> Tensor:
    """exp(-|x|) times the modified Bessel function I_0 (tf.math.bessel_i0e)."""
    with name_scope(name, "bessel_i0e", [x]):
        return bessel_i0e_op(x)  # type: ignore[no-any-return]


def bessel_i1e(x: Any, name: str | None = None) -> Tensor:
    """exp(-|x|) times the modified Bessel function I_1 (tf.math.bessel_i1e)."""
    with name_scope(name, "bessel_i1e", [x]):
        return bessel_i1e_op(x)  # type: ignore[no-any-return]


def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 0, elementwise (tf.math.bessel_i0)."""
    with name_scope(name, "bessel_i0", [x]):
        x = convert_to_tensor(x, name="x")
        return raw.Exp(raw.Abs(x)) * bessel_i0e_op(x)  # type: ignore[no-any-return]


def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 1, elementwise (tf.math.bessel_i1)."""
    with name_scope(name, "bessel_i1", [x]):
        x = convert_to_tensor(x, name="x")
        return raw.Exp(raw.Abs(x)) * bessel_i1e_op(x)  # type: ignore[no-any-return]
