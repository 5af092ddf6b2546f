"""Linear algebra: inverses, determinants, linear systems, traces, cross products.

Decompositions of matrices are in decompositions.py, norms in norm.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.backward import is_wanted
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dims, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.array.matrix import matrix_diag_part
from flowgraph.ops.array.reshape import matrix_transpose
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.reduction import reduce_sum

__all__ = [
    "adjoint",
    "cross",
    "matrix_determinant",
    "matrix_inverse",
    "matrix_solve",
    "matrix_solve_ls",
    "matrix_triangular_solve",
    "slogdet",
    "trace",
]

LINEAR = (dtypes.float32, dtypes.float64, *dtypes.COMPLEX)  # what LAPACK computes with


# --- shapes and kernels of ops on square matrices -------------------------------------------------
def square(shape: TensorShape) -> Dims | None:
    """The dimensions of a batch of square matrices; ValueError when they cannot be square."""
    dims = shape.known
    if dims is None:
        return None
    if len(dims) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    rows, columns = dims[-2:]
    if rows is not None and columns is not None and rows != columns:
        raise ValueError(f"Dimensions must be equal, but are {rows} and {columns}")
    size = columns if rows is None else rows
    return (*dims[:-2], size, size)


def square_shape(op: Operation) -> TensorShape:
    """A shape rule: square matrices give square matrices."""
    dims = square(op.inputs[0].shape)
    return UNKNOWN if dims is None else TensorShape.of(dims)


def scalar_per_matrix(op: Operation) -> TensorShape:
    """A shape rule: each square matrix gives a number."""
    dims = square(op.inputs[0].shape)
    return UNKNOWN if dims is None else TensorShape.of(dims[:-2])


def check_matrix(x: Any, is_square: bool = True) -> None:
    """InvalidArgumentError unless an array holds (square) matrices."""
    if x.ndim < 2:
        raise InvalidArgumentError(f"Input tensor 0 must have rank >= 2, got {x.ndim}")
    if is_square and x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError("Input matrix must be square.")


def adjoint_of(x: Any) -> Any:
    """The conjugate transposes of an array's matrices."""
    turned = x.swapaxes(-1, -2)
    return turned.conj() if x.dtype.kind == "c" else turned


# --- Cross ----------------------------------------------------------------------------------------
cross_op = define("Cross", inputs="a: T, b: T", outputs="product: T", attrs={"T": dtypes.REAL})


@cross_op.shape
def _(op: Operation) -> TensorShape:
    shape = merged(*(t.shape for t in op.inputs))
    dims = shape.known
    if dims is None:
        return UNKNOWN
    if not dims:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    if dims[-1] not in (None, 3):
        raise ValueError(f"Dimension must be 3 but is {dims[-1]}")
    return TensorShape.of((*dims[:-1], 3))


@cross_op.kernel
def _(ctx: Any) -> Any:
    def run(a: Any, b: Any) -> Any:
        if a.shape != b.shape:
            raise InvalidArgumentError(
                "Both inputs must be of same shape, but they are "
                f"{list(a.shape)} and {list(b.shape)}"
            )
        if not a.ndim or a.shape[-1] != 3:
            raise InvalidArgumentError("Cross-products are only defined for 3-element vectors.")
        after, last = [1, 2, 0], [2, 0, 1]
        return a[..., after] * b[..., last] - a[..., last] * b[..., after]

    return run


@cross_op.gradient
def _(op: Operation, grad: Any) -> Any:
    a, b = op.inputs
    return [cross_op(b, grad), cross_op(grad, a)]


def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """Cross products of vectors of 3 elements, in the last dimension (tf.cross)."""
    return cross_op(a, b, name=name)  # type: ignore[no-any-return]


# --- MatrixInverse --------------------------------------------------------------------------------
matrix_inverse_op = define(
    "MatrixInverse",
    inputs="input: T",
    outputs="output: T",
    attrs={"adjoint": attrs.boolean(False), "T": LINEAR},
    shape=square_shape,
)


@matrix_inverse_op.kernel
def _(ctx: Any) -> Any:
    is_adjoint = ctx.attrs["adjoint"]

    def run(x: Any) -> Any:
        check_matrix(x)
        try:
            return np.linalg.inv(adjoint_of(x) if is_adjoint else x)
        except np.linalg.LinAlgError:
            raise InvalidArgumentError("Input is not invertible.") from None

    return run


@matrix_inverse_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # d(A^-1) = -A^-1 dA A^-1; of the adjoint's inverse, the adjoint of that.
    inverse = op.outputs[0]
    if op.attrs["adjoint"]:
        product = matmul(inverse, matmul(grad, inverse, adjoint_a=True))
    else:
        product = matmul(inverse, matmul(grad, inverse, adjoint_b=True), adjoint_a=True)
    return raw.Neg(product)


def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Inverses of square matrices, or of their adjoints (tf.matrix_inverse).

    Raises InvalidArgumentError at run time when one has none.
    """
    return matrix_inverse_op(input, adjoint=adjoint, name=name)  # type: ignore[no-any-return]


# --- MatrixDeterminant, LogMatrixDeterminant ------------------------------------------------------
matrix_determinant_op = define(
    "MatrixDeterminant",
    inputs="input: T",
    outputs="output: T",
    attrs={"T": LINEAR},
    shape=scalar_per_matrix,
)
log_matrix_determinant_op = define(
    "LogMatrixDeterminant",
    inputs="input: T",
    outputs="sign: T, log_abs_determinant: T",
    attrs={"T": LINEAR},
    shape=scalar_per_matrix,
)


@matrix_determinant_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any) -> Any:
        check_matrix(x)
        return np.asarray(np.linalg.det(x), ctx.dtype)

    return run


@log_matrix_determinant_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any) -> Any:
        check_matrix(x)
        return tuple(np.asarray(part, ctx.dtype) for part in np.linalg.slogdet(x))

    return run


@matrix_determinant_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # d det(A) = det(A) trace(A^-1 dA)
    inverse = matrix_inverse_op(op.inputs[0], adjoint=True)
    return raw.Mul(_as_matrices(raw.Mul(grad, op.outputs[0])), inverse)


@log_matrix_determinant_op.gradient
def _(op: Operation, _by_sign: Any, grad: Any) -> Any:
    return raw.Mul(_as_matrices(grad), matrix_inverse_op(op.inputs[0], adjoint=True))


def _as_matrices(x: Any) -> Any:
    return raw.ExpandDims(raw.ExpandDims(x, -1), -1)


def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """Determinants of square matrices (tf.matrix_determinant)."""
    return matrix_determinant_op(input, name=name)  # type: ignore[no-any-return]


def slogdet(input: Any, name: str | None = None) -> list[Tensor]:
    """The sign and the logarithm of the size of determinants (tf.linalg.slogdet)."""
    return log_matrix_determinant_op(input, name=name)  # type: ignore[no-any-return]


# --- MatrixSolve, MatrixTriangularSolve -----------------------------------------------------------
def _solved_shape(op: Operation) -> TensorShape:
    matrix, rhs = square(op.inputs[0].shape), op.inputs[1].shape.known
    if rhs is not None and len(rhs) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(rhs)}")
    if matrix is None or rhs is None:
        return UNKNOWN
    batch = merged(TensorShape.of(matrix[:-2]), TensorShape.of(rhs[:-2]))
    rows, other = matrix[-1], rhs[-2]
    if rows is not None and other is not None and rows != other:
        raise ValueError(f"Dimensions must be equal, but are {rows} and {other}")
    return batch.concatenate(TensorShape.of((other if rows is None else rows, rhs[-1])))


matrix_solve_op = define(
    "MatrixSolve",
    inputs="matrix: T, rhs: T",
    outputs="output: T",
    attrs={"adjoint": attrs.boolean(False), "T": LINEAR},
    shape=_solved_shape,
)
matrix_triangular_solve_op = define(
    "MatrixTriangularSolve",
    inputs="matrix: T, rhs: T",
    outputs="output: T",
    attrs={"lower": attrs.boolean(True), "adjoint": attrs.boolean(False), "T": LINEAR},
    shape=_solved_shape,
)


def _bind_solve(ctx: Any, part: Callable[..., Any] | None) -> Callable[..., Any]:
    is_adjoint = ctx.attrs["adjoint"]

    def run(matrix: Any, rhs: Any) -> Any:
        check_matrix(matrix)
        if rhs.ndim != matrix.ndim or rhs.shape[:-1] != matrix.shape[:-1]:
            raise InvalidArgumentError("Input matrix and rhs are incompatible.")
        matrix = matrix if part is None else part(matrix)
        try:
            return np.linalg.solve(adjoint_of(matrix) if is_adjoint else matrix, rhs)
        except np.linalg.LinAlgError:
            raise InvalidArgumentError("Input matrix is not invertible.") from None

    return run


matrix_solve_op.kernel(lambda ctx: _bind_solve(ctx, None))
matrix_triangular_solve_op.kernel(
    lambda ctx: _bind_solve(ctx, np.tril if ctx.attrs["lower"] else np.triu)
)


@matrix_solve_op.gradient
def _(op: Operation, grad: Any) -> Any:
    matrix, is_adjoint = op.inputs[0], op.attrs["adjoint"]
    by_rhs = matrix_solve_op(matrix, grad, adjoint=not is_adjoint)
    by_matrix = _minus_outer(by_rhs, op.outputs[0], is_adjoint) if is_wanted(matrix) else None
    return [by_matrix, by_rhs]


@matrix_triangular_solve_op.gradient
def _(op: Operation, grad: Any) -> Any:
    matrix, is_adjoint, lower = op.inputs[0], op.attrs["adjoint"], op.attrs["lower"]
    by_rhs = matrix_triangular_solve_op(matrix, grad, lower=lower, adjoint=not is_adjoint)
    if not is_wanted(matrix):
        return [None, by_rhs]
    full = _minus_outer(by_rhs, op.outputs[0], is_adjoint)
    below, above = (-1, 0) if lower else (0, -1)
    return [raw.MatrixBandPart(full, below, above), by_rhs]


def _minus_outer(by_rhs: Any, solution: Any, is_adjoint: bool) -> Any:
    left, right = (solution, by_rhs) if is_adjoint else (by_rhs, solution)
    return raw.Neg(matmul(left, right, adjoint_b=True))


def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """X with matrix X = rhs, or with the adjoint of matrix (tf.matrix_solve).

    Args:
      matrix: [..., m, m].
      rhs: [..., m, k].
      adjoint: solve with the conjugate transpose of each matrix.
      name: the operation's name.
    """
    return matrix_solve_op(matrix, rhs, adjoint=adjoint, name=name)  # type: ignore[no-any-return]


def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """`matrix_solve` that reads only the lower or upper triangle (tf.matrix_triangular_solve)."""
    return matrix_triangular_solve_op(matrix, rhs, lower=lower, adjoint=adjoint, name=name)  # type: ignore[no-any-return]


# --- MatrixSolveLs --------------------------------------------------------------------------------
matrix_solve_ls_op = define(
    "MatrixSolveLs",
    inputs="matrix: T, rhs: T, l2_regularizer: double",
    outputs="output: T",
    attrs={"T": LINEAR, "fast": attrs.boolean(True)},
)


@matrix_solve_ls_op.shape
def _(op: Operation) -> TensorShape:
    matrix, rhs = (t.shape.known for t in op.inputs[:2])
    for dims in (matrix, rhs):
        if dims is not None and len(dims) < 2:
            raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    if matrix is None or rhs is None:
        return UNKNOWN
    batch = merged(TensorShape.of(matrix[:-2]), TensorShape.of(rhs[:-2]))
    rows, other = matrix[-2], rhs[-2]
    if rows is not None and other is not None and rows != other:
        raise ValueError(f"Dimensions must be equal, but are {rows} and {other}")
    return batch.concatenate(TensorShape.of((matrix[-1], rhs[-1])))


@matrix_solve_ls_op.kernel
def _(ctx: Any) -> Any:
    fast, dtype = ctx.attrs["fast"], ctx.dtype

    def run(matrix: Any, rhs: Any, l2_regularizer: Any) -> Any:
        check_matrix(matrix, is_square=False)
        if rhs.ndim != matrix.ndim or rhs.shape[:-1] != matrix.shape[:-1]:
            raise InvalidArgumentError("Input matrix and rhs are incompatible.")
        if not fast:  # the shortest solution, also where the rank is not full
            return np.matmul(np.linalg.pinv(matrix), rhs).astype(dtype, copy=False)
        turned = adjoint_of(matrix)
        is_tall = matrix.shape[-2] >= matrix.shape[-1]
        gram = np.matmul(turned, matrix) if is_tall else np.matmul(matrix, turned)
        gram = gram + np.eye(gram.shape[-1], dtype=dtype) * dtype.type(l2_regularizer)
        try:
            if is_tall:
                return np.linalg.solve(gram, np.matmul(turned, rhs))
            return np.matmul(turned, np.linalg.solve(gram, rhs))
        except np.linalg.LinAlgError:
            raise InvalidArgumentError(
                "Input matrix was rank deficient or ill-conditioned. Try setting fast=False or "
                "provide a larger l2_regularizer > 0."
            ) from None

    return run


@matrix_solve_ls_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # With m >= n: x = (A'A + rI)^-1 A'b; else x = A'(AA' + rI)^-1 b (normal equations).
    if not op.attrs["fast"]:
        raise LookupError(f"No gradient of matrix_solve_ls with fast=False ('{op.name}')")
    a, b, regularizer = op.inputs
    x = op.outputs[0]
    rows, columns = (a.shape.known or (None, None))[-2:]
    if rows is None or columns is None:
        raise ValueError(f"The gradient of '{op.name}' needs the static shape of its matrix")
    is_tall = rows >= columns
    gram = matmul(a, a, adjoint_a=True) if is_tall else matmul(a, a, adjoint_b=True)
    size = columns if is_tall else rows
    eye = np.eye(size, dtype=a.dtype.base_dtype.np_dtype)
    gram = raw.AddV2(gram, raw.Mul(raw.Cast(regularizer, DstT=a.dtype.base_dtype), eye))
    if is_tall:
        z = matrix_solve_op(gram, grad)
        residual = raw.Sub(b, matmul(a, x))
        by_a = raw.Sub(matmul(residual, z, adjoint_b=True), matmul(matmul(a, z), x, adjoint_b=True))
        return [by_a, matmul(a, z), None]
    by_b = matrix_solve_op(gram, matmul(a, grad))
    rest = raw.Sub(grad, matmul(a, by_b, adjoint_a=True))
    dual = matrix_solve_op(gram, b)
    by_a = raw.Sub(matmul(dual, rest, adjoint_b=True), matmul(by_b, x, adjoint_b=True))
    return [by_a, by_b, None]


def matrix_solve_ls(
    matrix: Any,
    rhs: Any,
    l2_regularizer: Any = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Tensor:
    """X that makes |matrix X - rhs|^2 + l2_regularizer |X|^2 least (tf.matrix_solve_ls).

    Args:
      matrix: [..., m, n].
      rhs: [..., m, k].
      l2_regularizer: a scalar.
      fast: by normal equations; else the shortest solution, without regularizer, also where the
        rank is not full.
      name: the operation's name.
    """
    return matrix_solve_ls_op(matrix, rhs, l2_regularizer, fast=fast, name=name)  # type: ignore[no-any-return]


# --- made of other ops ----------------------------------------------------------------------------
def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Conjugate transposes of matrices (tf.linalg.adjoint)."""
    with name_scope(name, "adjoint", [matrix]):
        return matrix_transpose(convert_to_tensor(matrix, name="matrix"), conjugate=True)


def trace(x: Any, name: str | None = None) -> Tensor:
    """Sums of the diagonals of matrices (tf.trace)."""
    with name_scope(name, "Trace", [x]) as scope:
        return reduce_sum(matrix_diag_part(convert_to_tensor(x, name="x")), [-1], name=scope)
