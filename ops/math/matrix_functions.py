"""Functions of square matrices: LU, exponentials, logarithms, roots; the gradient of Cholesky's."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import eye
from flowgraph.ops.array.selecting import where_v2
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.control.while_loop import while_loop
from flowgraph.ops.math import _matrix_functions as functions
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.linalg import (
    LINEAR,
    adjoint,
    adjoint_of,
    check_matrix,
    matrix_solve,
    square,
    square_shape,
)
from flowgraph.ops.math.matmul import matmul

__all__ = ["lu", "matrix_exponential", "matrix_logarithm", "matrix_square_root"]

# --- Lu -------------------------------------------------------------------------------------------
lu_op = define(
    "Lu",
    inputs="input: T",
    outputs="lu: T, p: output_idx_type",
    attrs={"T": LINEAR, "output_idx_type": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
)


Lu = namedtuple("Lu", ["lu", "p"])


@lu_op.shape
def _(op: Operation) -> Any:
    dims = square(op.inputs[0].shape)
    return UNKNOWN if dims is None else [TensorShape.of(dims), TensorShape.of(dims[:-1])]


@lu_op.kernel
def _(ctx: Any) -> Any:
    index = ctx.output_dtypes[1].np_dtype

    def run(x: Any) -> Any:
        check_matrix(x)
        both, order = functions.lu(x)
        if (np.diagonal(both, axis1=-2, axis2=-1) == 0).any():
            raise InvalidArgumentError("Input is not invertible.")
        return both, order.astype(index)

    return run


def lu(input: Any, output_idx_type: Any = dtypes.int32, name: str | None = None) -> Any:
    """(L and U in one matrix, the order of the rows) of square matrices (tf.linalg.lu).

    L has ones on the diagonal, which are left out; L U has the rows of the input in the order p.

    Args:
      input: [..., m, m].
      output_idx_type: of p: int32 or int64.
      name: the operation's name.
    """
    return Lu(*lu_op(input, output_idx_type=output_idx_type, name=name))


# --- MatrixExponential, MatrixLogarithm, MatrixSquareRoot -----------------------------------------
def _function(op_type: str, types: Any, function: Callable[[Any], Any]) -> OpDef:
    op_def = define(
        op_type, inputs="input: T", outputs="output: T", attrs={"T": types}, shape=square_shape
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        dtype = ctx.dtype
        wide = np.complex128 if dtype.kind == "c" else np.float64

        def run(x: Any) -> Any:
            check_matrix(x)
            return function(x.astype(wide)).astype(dtype)

        return run

    return op_def


matrix_exponential_op = _function("MatrixExponential", LINEAR, functions.exp)
matrix_logarithm_op = _function("MatrixLogarithm", dtypes.COMPLEX, functions.log)
matrix_square_root_op = _function("MatrixSquareRoot", LINEAR, functions.sqrt)


@matrix_square_root_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # With R R = A: dA = R dR + dR R, so that the gradient X solves R^H X + X R^H = grad.
    root = op.outputs[0]
    turned = adjoint(root)
    shape: Any = shape_of(root)
    size = shape[-1]
    one = raw.ZerosLike(root) + eye(size, dtype=root.dtype.base_dtype)
    sums = _kronecker(turned, one) + _kronecker(one, conj(root))
    column = raw.Reshape(grad, concat([shape[:-2], [size * size, 1]], 0))
    return raw.Reshape(matrix_solve(sums, column), shape)


def _kronecker(a: Any, b: Any) -> Any:
    shape: Any = shape_of(a)
    size, batch = shape[-1], shape[:-2]
    left = raw.Reshape(a, concat([batch, [size, 1, size, 1]], 0))
    right = raw.Reshape(b, concat([batch, [1, size, 1, size]], 0))
    return raw.Reshape(left * right, concat([batch, [size * size, size * size]], 0))


def matrix_logarithm(input: Any, name: str | None = None) -> Tensor:
    """The principal logarithm of complex square matrices (tf.linalg.logm); no gradient."""
    return matrix_logarithm_op(input, name=name)  # type: ignore[no-any-return]


def matrix_square_root(input: Any, name: str | None = None) -> Tensor:
    """The principal square root of square matrices (tf.linalg.sqrtm).

    A real matrix with a negative eigenvalue has none that is real: NaN.
    """
    return matrix_square_root_op(input, name=name)  # type: ignore[no-any-return]


def matrix_exponential(input: Any, name: str | None = None) -> Tensor:
    """e to the power of square matrices, made of ops that have gradients (tf.linalg.expm).

    By a Pade approximant of the matrix divided by 2^n, whose result is squared n times.

    Args:
      input: [..., m, m], floating or complex.
      name: the scope of the operations.
    """
    with name_scope(name, "matrix_exponential", [input]):
        matrix = convert_to_tensor(input, name="input")
        dtype = matrix.dtype.base_dtype
        norm = raw.Max(raw.Sum(_size_of(matrix), -2, keep_dims=False), -1, keep_dims=False)
        if dtype not in LINEAR:
            raise ValueError(f"tf.linalg.expm does not support matrices of type {dtype.name}")
        order, largest = functions.PADE[dtype in (dtypes.float32, dtypes.complex64)]
        halvings = raw.Ceil(raw.Log(norm / largest) / np.log(norm.dtype.np_dtype.type(2)))
        halvings = _per_matrix(raw.Maximum(halvings, raw.ZerosLike(halvings)))
        scale = raw.Cast(raw.Exp(halvings * -np.log(2.0)), DstT=dtype)
        result = _pade(matrix * scale, order)
        most = raw.Max(raw.Reshape(halvings, [-1]), 0, keep_dims=False)

        def squared(i: Any, x: Any) -> Any:
            return i + 1.0, where_v2(raw.Less(i, halvings), matmul(x, x), x)

        start = convert_to_tensor(0, dtype=most.dtype)
        _, result = while_loop(lambda i, _: raw.Less(i, most), squared, [start, result])
        result.set_shape(matrix.shape)
        return result  # type: ignore[no-any-return]


def _size_of(x: Tensor) -> Tensor:
    if x.dtype.is_complex:
        return raw.ComplexAbs(x, Tout=x.dtype.real_dtype)  # type: ignore[no-any-return]
    return raw.Abs(x)  # type: ignore[no-any-return]


def _per_matrix(x: Any) -> Any:
    return raw.ExpandDims(raw.ExpandDims(x, -1), -1)


def _pade(x: Tensor, order: int) -> Tensor:
    kind = x.dtype.base_dtype.np_dtype.type
    size = shape_of(x)[-1]  # type: ignore[index]
    power: Any = raw.ZerosLike(x) + eye(size, dtype=x.dtype.base_dtype)
    square_of_x = matmul(x, x)
    coefficients = functions.pade_coefficients(order)
    even: list[Any] = []
    odd: list[Any] = []
    for k in range(0, order, 2):
        even.append(power * kind(coefficients[k]))
        odd.append(power * kind(coefficients[k + 1]))
        power = matmul(power, square_of_x)
    u, v = matmul(x, raw.AddN(odd)), raw.AddN(even)
    return matrix_solve(v - u, v + u)


# --- CholeskyGrad ---------------------------------------------------------------------------------
cholesky_grad_op = define(
    "CholeskyGrad",
    inputs="l: T, grad: T",
    outputs="output: T",
    attrs={"T": (dtypes.float32, dtypes.float64)},
    shape=square_shape,
)


@cholesky_grad_op.kernel
def _(ctx: Any) -> Any:
    # Murray, arXiv:1602.07527, equation 10, as in the gradient of Cholesky.
    def run(lower: Any, grad: Any) -> Any:
        check_matrix(lower)
        if lower.shape != grad.shape:
            raise InvalidArgumentError(
                f"l and grad must have one shape, got {list(lower.shape)} and {list(grad.shape)}"
            )
        lower = np.tril(lower)
        middle = np.tril(adjoint_of(lower) @ np.tril(grad))
        at = np.arange(lower.shape[-1])
        middle[..., at, at] /= 2
        try:
            left = np.linalg.solve(adjoint_of(lower), middle)
            product = adjoint_of(np.linalg.solve(adjoint_of(lower), adjoint_of(left)))
        except np.linalg.LinAlgError:
            raise InvalidArgumentError("Input is not invertible.") from None
        return (product + adjoint_of(product)) / 2

    return run
