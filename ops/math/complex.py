"""Complex numbers: made of two reals, taken apart, their conjugate, length and angle."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.math.broadcast import broadcast_shape, sum_to_shape_of

_COMPLEX_OF = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}
_REAL_TYPE = attrs.types(*_COMPLEX_OF, default=dtypes.float32)
_COMPLEX_TYPE = attrs.types(*dtypes.COMPLEX, default=dtypes.complex64)

# --- Complex --------------------------------------------------------------------------------------
complex_op = define(
    "Complex",
    inputs="real: T, imag: T",
    outputs="out: Tout",
    attrs={"T": _REAL_TYPE, "Tout": _COMPLEX_TYPE},
    shape=broadcast_shape,
    traits=Trait.ELEMENTWISE,
)


@complex_op.kernel
def _(ctx: Any) -> Any:
    empty, dtype = np.empty, ctx.dtype

    def join(real: Any, imag: Any) -> Any:
        same = real.shape == imag.shape
        result = empty(real.shape if same else np.broadcast_shapes(real.shape, imag.shape), dtype)
        result.real, result.imag = real, imag
        return result

    return join


@complex_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    return [
        sum_to_shape_of(_part(real_op, grad), x, y),
        sum_to_shape_of(_part(imag_op, grad), y, x),
    ]


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """real + i imag, elementwise with broadcasting (tf.complex).

    Args:
      real: the real part, float32 or float64.
      imag: the imaginary part, of the same dtype.
      name: the operation's name.

    Raises:
      TypeError: the parts have other dtypes.

    >>> complex(1.0, [2.0, 3.0]).dtype
    tf.complex64
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as scope:
        kinds = real.dtype.base_dtype, imag.dtype.base_dtype
        if kinds[0] is not kinds[1] or kinds[0] not in _COMPLEX_OF:
            raise TypeError(
                f"real and imag have incorrect types: {kinds[0].name} {kinds[1].name}. "
                "They must be both float32 or both float64."
            )
        return complex_op(real, imag, Tout=_COMPLEX_OF[kinds[0]], name=scope)  # type: ignore[no-any-return]


def _from_parts(real: Any, imag: Any, dtype: dtypes.DType) -> Tensor:
    return complex_op(real, imag, T=dtype.real_dtype, Tout=dtype)  # type: ignore[no-any-return]


# --- Real, Imag, Angle, ComplexAbs ----------------------------------------------------------------
def _to_real(op_type: str, arg: str = "input", output: str = "output") -> OpDef:
    return define(
        op_type,
        inputs=f"{arg}: T",
        outputs=f"{output}: Tout",
        attrs={"T": _COMPLEX_TYPE, "Tout": _REAL_TYPE},
        shape=like(arg),
        traits=Trait.ELEMENTWISE,
    )


def _part(op_def: OpDef, x: Tensor, name: str | None = None) -> Tensor:
    return op_def(x, Tout=x.dtype.real_dtype, name=name)  # type: ignore[no-any-return]


real_op = _to_real("Real")
imag_op = _to_real("Imag")
angle_op = _to_real("Angle")
complex_abs_op = _to_real("ComplexAbs", "x", "y")


@real_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype
    return lambda x: x.real.astype(dtype)


@imag_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype
    return lambda x: x.imag.astype(dtype)


@angle_op.kernel
def _(ctx: Any) -> Any:
    atan2 = ctx.xp.atan2
    return lambda x: atan2(x.imag, x.real)


@complex_abs_op.kernel
def _(ctx: Any) -> Any:
    return ctx.xp.abs


@real_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return _from_parts(grad, 0.0, op.inputs[0].dtype)


@imag_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return _from_parts(0.0, grad, op.inputs[0].dtype)


@angle_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    # The angle grows along i z, by 1 / |z|: i z / |z|^2 = i / conj(z).
    turn = raw.Reciprocal(raw.Conj(op.inputs[0]))
    return _from_parts(0.0, grad, turn.dtype) * turn


@complex_abs_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x = op.inputs[0]
    return raw.Cast(grad, DstT=x.dtype.base_dtype) * raw.Sign(x)


def real(input: Any, name: str | None = None) -> Tensor:
    """The real part of complex numbers; real numbers come back as they are (tf.real)."""
    with name_scope(name, "Real", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        return _part(real_op, input, scope) if input.dtype.is_complex else input


def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part of complex numbers; zeros of real numbers (tf.imag)."""
    with name_scope(name, "Imag", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if input.dtype.is_complex:
            return _part(imag_op, input, scope)
        return raw.ZerosLike(input, name="zeros_like")  # type: ignore[no-any-return]


def angle(input: Any, name: str | None = None) -> Tensor:
    """The angle of complex numbers in radians, in (-pi, pi]; of reals 0 or pi (tf.angle)."""
    with name_scope(name, "Angle", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if input.dtype.is_complex:
            return _part(angle_op, input, scope)
        zeros, ones = raw.ZerosLike(input), raw.OnesLike(input)
        pi = np.asarray(np.pi, input.dtype.base_dtype.np_dtype)
        return raw.Select(raw.Less(input, zeros), ones * pi, zeros)  # type: ignore[no-any-return]


# --- Conj -----------------------------------------------------------------------------------------
conj_op = define(
    "Conj",
    inputs="input: T",
    outputs="output: T",
    attrs={"T": attrs.types(*dtypes.COMPLEX, dtypes.variant, default=dtypes.complex64)},
    shape=like("input"),
    traits=Trait.ELEMENTWISE,
)


@conj_op.kernel
def _(ctx: Any) -> Any:
    return ctx.xp.conj


@conj_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return conj_op(grad)


def conj(x: Any, name: str | None = None) -> Tensor:
    """The complex conjugate; real numbers come back as they are (tf.conj).

    Raises:
      TypeError: `x` does not hold numbers.
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return conj_op(x, name=scope)  # type: ignore[no-any-return]
        if x.dtype.is_floating or x.dtype.is_integer:
            return x
        raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")
