"""Complex numbers: made of two parts, taken apart, their length and angle."""

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

_REAL = (dtypes.float32, dtypes.float64)
_COMPLEX_OF = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}

complex_op = define(
    "Complex",
    inputs="real: T, imag: T",
    outputs="out: Tout",
    attrs={
        "T": attrs.types(*_REAL, default=dtypes.float32),
        "Tout": attrs.types(*dtypes.COMPLEX, default=dtypes.complex64),
    },
    shape=broadcast_shape,
    traits=Trait.ELEMENTWISE,
)  # fmt: skip


@complex_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype

    def join(real: Any, imag: Any) -> Any:
        out = np.empty(np.broadcast_shapes(np.shape(real), np.shape(imag)), dtype)
        out.real, out.imag = real, imag
        return out

    return join


@complex_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x, y = op.inputs
    return [sum_to_shape_of(real(grad), x, y), sum_to_shape_of(imag(grad), y, x)]


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """real + i imag (tf.complex).

    Raises:
      TypeError: the parts are not both float32 or both float64.
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as scope:
        kinds = real.dtype.base_dtype, imag.dtype.base_dtype
        if kinds[0] is not kinds[1] or kinds[0] not in _COMPLEX_OF:
            raise TypeError(
                "real and imag have incorrect types: "
                f"{kinds[0].name} {kinds[1].name}; expected both float32 or both float64"
            )
        return complex_op(real, imag, Tout=_COMPLEX_OF[kinds[0]], name=scope)  # type: ignore[no-any-return]


def _part(op_type: str, function: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs="input: T",
        outputs="output: Tout",
        attrs={
            "T": attrs.types(*dtypes.COMPLEX, default=dtypes.complex64),
            "Tout": attrs.types(*_REAL, default=dtypes.float32),
        },
        shape=like("input"),
        traits=Trait.ELEMENTWISE,
    )
    op_def.kernel(lambda ctx: lambda x: np.array(function(x), ctx.dtype))
    return op_def


real_op = _part("Real", np.real)
imag_op = _part("Imag", np.imag)
angle_op = _part("Angle", np.angle)
complex_abs_op = define(
    "ComplexAbs",
    inputs="x: T",
    outputs="y: Tout",
    attrs={
        "T": attrs.types(*dtypes.COMPLEX, default=dtypes.complex64),
        "Tout": attrs.types(*_REAL, default=dtypes.float32),
    },
    shape=like("x"),
    traits=Trait.ELEMENTWISE,
)
complex_abs_op.kernel(lambda ctx: ctx.xp.abs)
conj_op = define(
    "Conj",
    inputs="input: T",
    outputs="output: T",
    attrs={"T": attrs.types(*dtypes.COMPLEX, default=dtypes.complex64)},
    shape=like("input"),
    traits=Trait.ELEMENTWISE,
)
conj_op.kernel(lambda ctx: np.conjugate)


def _zero(tensor: Tensor) -> Tensor:
    return convert_to_tensor(tensor.dtype.base_dtype.as_numpy_dtype(0))


@real_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return complex(grad, _zero(grad))


@imag_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return complex(_zero(grad), grad)


@angle_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    x = op.inputs[0]
    turned = raw.Reciprocal(complex(imag(x), real(x)))
    return -complex(grad, _zero(grad)) * turned  # type: ignore[operator]


@complex_abs_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    length = op.outputs[0]
    share = raw.DivNoNan(complex(grad, _zero(grad)), complex(length, _zero(length)))
    return share * op.inputs[0]


@conj_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    return conj_op(grad)


def _take(op_def: OpDef, x: Any, name: str | None, default: str) -> Tensor:
    with name_scope(name, default, [x]) as scope:
        x = convert_to_tensor(x, name="input")
        return op_def(x, Tout=x.dtype.base_dtype.real_dtype, name=scope)  # type: ignore[no-any-return]


def real(input: Any, name: str | None = None) -> Tensor:
    """The real part (tf.real); a real tensor comes back as it is."""
    input = convert_to_tensor(input, name="input")
    return _take(real_op, input, name, "Real") if input.dtype.is_complex else input


def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part (tf.imag); zeros of a real tensor."""
    input = convert_to_tensor(input, name="input")
    if input.dtype.is_complex:
        return _take(imag_op, input, name, "Imag")
    return raw.ZerosLike(input)  # type: ignore[no-any-return]


def angle(input: Any, name: str | None = None) -> Tensor:
    """The angle in radians, in (-pi, pi] (tf.angle)."""
    input = convert_to_tensor(input, name="input")
    if input.dtype.is_complex:
        return _take(angle_op, input, name, "Angle")
    zeros = raw.ZerosLike(input)
    pi = input.dtype.base_dtype.as_numpy_dtype(np.pi)
    return raw.Select(raw.Less(input, zeros), raw.OnesLike(input) * pi, zeros)  # type: ignore[no-any-return]


def conj(x: Any, name: str | None = None) -> Tensor:
    """The complex conjugate (tf.conj); a real tensor comes back as it is."""
    x = convert_to_tensor(x, name="x")
    return conj_op(x, name=name) if x.dtype.is_complex else x
