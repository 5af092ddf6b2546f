"""The incomplete gamma and beta functions, elementwise. The formulas stand in _incomplete.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.math import _incomplete as functions
from flowgraph.ops.math.arithmetic import binary, both
from flowgraph.ops.math.broadcast import sum_to_shape_of

__all__ = ["betainc", "igamma", "igammac"]

_TYPES = (dtypes.float32, dtypes.float64)


def _through_float64(op_def: OpDef, function: Callable[..., Any]) -> OpDef:
    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype, wide = ctx.dtype, np.float64
        return lambda *xs: function(*[x.astype(wide) for x in xs]).astype(dtype)

    return op_def


# --- Igamma, Igammac, IgammaGradA -----------------------------------------------------------------
def _of_gamma(op_type: str, function: Callable[..., Any]) -> OpDef:
    return _through_float64(binary(op_type, _TYPES, inputs="a: T, x: T"), function)


igamma_op = _of_gamma("Igamma", functions.igamma)
igammac_op = _of_gamma("Igammac", functions.igammac)
igamma_grad_a_op = _of_gamma("IgammaGradA", functions.igamma_grad_a)


def _slopes(op: Operation) -> tuple[Tensor, Tensor]:
    """The derivatives of P(a, x) by a and by x; the second in logarithms, as gamma(a) is large."""
    a, x = op.inputs
    by_x = raw.Exp((a - 1.0) * raw.Log(x) - x - raw.Lgamma(a))
    return igamma_grad_a_op(a, x), by_x


@igamma_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    by_a, by_x = _slopes(op)
    return both(op, raw.MulNoNan(by_a, grad), raw.MulNoNan(by_x, grad))


@igammac_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    by_a, by_x = _slopes(op)
    by_a, by_x = both(op, raw.MulNoNan(by_a, grad), raw.MulNoNan(by_x, grad))
    return [raw.Neg(by_a), raw.Neg(by_x)]


def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """P(a, x), the lower regularized incomplete gamma function (tf.igamma, tf.math.igamma).

    Args:
      a: positive, float32 or float64.
      x: not negative; the two are broadcast together. NaN outside of these.
      name: the operation's name.
    """
    return igamma_op(a, x, name=name)  # type: ignore[no-any-return]


def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Q(a, x) = 1 - P(a, x), the upper one (tf.igammac, tf.math.igammac)."""
    return igammac_op(a, x, name=name)  # type: ignore[no-any-return]


# --- Betainc: of one shape, or scalars ------------------------------------------------------------
betainc_op = define(
    "Betainc",
    inputs="a: T, b: T, x: T",
    outputs="z: T",
    attrs={"T": _TYPES},
    traits=Trait.ELEMENTWISE,
)


@betainc_op.shape
def _(op: Operation) -> TensorShape:
    shapes = [t.shape for t in op.inputs]
    if any(shape.rank is None for shape in shapes):
        known = [shape for shape in shapes if shape.rank]
        return known[0] if known else TensorShape.of(None)
    result = SCALAR
    for shape in shapes:
        if shape.known:
            result = merged(result, shape) if result.known else shape
    return result


@betainc_op.kernel
def _(ctx: Any) -> Any:
    dtype, wide = ctx.dtype, np.float64

    def run(a: Any, b: Any, x: Any) -> Any:
        if len({t.shape for t in (a, b, x) if t.ndim}) > 1:
            raise InvalidArgumentError(
                "Shapes of a, b and x are inconsistent: they must be equal, or scalars: "
                f"{list(a.shape)}, {list(b.shape)}, {list(x.shape)}"
            )
        return functions.betainc(*[t.astype(wide) for t in (a, b, x)]).astype(dtype)

    return run


@betainc_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    a, b, x = op.inputs
    log_beta = raw.Lgamma(a) + raw.Lgamma(b) - raw.Lgamma(a + b)
    slope = raw.Exp((b - 1.0) * raw.Log(1.0 - x) + (a - 1.0) * raw.Log(x) - log_beta)
    return [None, None, sum_to_shape_of(raw.MulNoNan(slope, grad), x, slope)]


def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """I_x(a, b), the regularized incomplete beta function (tf.betainc, tf.math.betainc).

    There is a gradient with respect to `x` alone.

    Args:
      a: positive, float32 or float64.
      b: likewise.
      x: in [0, 1]. The three have one shape, or are scalars.
      name: the operation's name.
    """
    return betainc_op(a, b, x, name=name)  # type: ignore[no-any-return]
