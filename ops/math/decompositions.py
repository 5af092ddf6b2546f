"""Decompositions of matrices: Cholesky, QR, eigenvalues and singular values, and what uses them."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.matrix import matrix_diag_part
from flowgraph.ops.math.linalg import (
    LINEAR,
    adjoint,
    adjoint_of,
    check_matrix,
    matrix_triangular_solve,
    square,
    square_shape,
)
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.reduction import reduce_sum

__all__ = [
    "cholesky",
    "cholesky_solve",
    "logdet",
    "qr",
    "self_adjoint_eig",
    "self_adjoint_eigvals",
    "svd",
]


# --- Cholesky -------------------------------------------------------------------------------------
cholesky_op = define(
    "Cholesky", inputs="input: T", outputs="output: T", attrs={"T": LINEAR}, shape=square_shape
)


@cholesky_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any) -> Any:
        check_matrix(x)
        try:
            return np.linalg.cholesky(x)
        except np.linalg.LinAlgError:
            raise InvalidArgumentError(
                "Cholesky decomposition was not successful. The input might not be valid."
            ) from None

    return run


@cholesky_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # Murray, arXiv:1602.07527, equation 10: L^-H phi(L^H G) L^-1, made symmetric.
    lower = op.outputs[0]
    middle = _lower_half(matmul(lower, grad, adjoint_a=True))
    left = matrix_triangular_solve(lower, middle, adjoint=True)
    product = adjoint(matrix_triangular_solve(lower, adjoint(left), adjoint=True))
    return _halved(raw.AddV2(product, adjoint(product)))


def _lower_half(x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    lower = raw.MatrixBandPart(x, -1, 0)
    return raw.MatrixSetDiag(lower, _halved(raw.MatrixDiagPart(lower)))


def _halved(x: Any) -> Any:
    return raw.Mul(x, np.array(0.5, x.dtype.base_dtype.np_dtype))


def cholesky(input: Any, name: str | None = None) -> Tensor:
    """Lower triangular L with L L^H = input, of positive definite matrices (tf.cholesky).

    Only the lower triangle is read. Raises InvalidArgumentError at run time for other matrices.
    """
    return cholesky_op(input, name=name)  # type: ignore[no-any-return]


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """X with A X = rhs, where `chol` is the Cholesky factor of A (tf.cholesky_solve)."""
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        half = matrix_triangular_solve(chol, rhs)
        return matrix_triangular_solve(chol, half, adjoint=True)


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of positive definite matrices (tf.linalg.logdet)."""
    with name_scope(name, "logdet", [matrix]):
        diagonal = matrix_diag_part(cholesky(matrix))
        if diagonal.dtype.is_complex:
            diagonal = raw.Real(diagonal, Tout=diagonal.dtype.real_dtype)
        total = reduce_sum(raw.Log(diagonal), [-1])
        return raw.Mul(np.array(2, total.dtype.np_dtype), total)  # type: ignore[no-any-return]


# --- Qr -------------------------------------------------------------------------------------------
qr_op = define(
    "Qr",
    inputs="input: T",
    outputs="q: T, r: T",
    attrs={"full_matrices": attrs.boolean(False), "T": LINEAR},
)


@qr_op.shape
def _(op: Operation) -> Any:
    dims = _matrix_dims(op)
    if dims is None:
        return UNKNOWN
    batch, rows, columns = dims[:-2], dims[-2], dims[-1]
    inner = rows if op.attrs["full_matrices"] else _smaller(rows, columns)
    return [TensorShape.of((*batch, rows, inner)), TensorShape.of((*batch, inner, columns))]


def _matrix_dims(op: Operation) -> tuple[int | None, ...] | None:
    dims = op.inputs[0].shape.known
    if dims is not None and len(dims) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    return dims


def _smaller(m: int | None, n: int | None) -> int | None:
    return None if m is None or n is None else min(m, n)


@qr_op.kernel
def _(ctx: Any) -> Any:
    mode = "complete" if ctx.attrs["full_matrices"] else "reduced"

    def run(x: Any) -> Any:
        check_matrix(x, is_square=False)
        return tuple(np.linalg.qr(x, mode))

    return run


@qr_op.gradient
def _(op: Operation, grad_q: Any, grad_r: Any) -> Any:
    # Walter and Lehmann, arXiv:1009.6112: A' = (Q' + Q sym(R R'^T - Q'^T Q)) R^-T, where ' marks
    # gradients and sym copies the lower triangle to the upper.
    q, r = op.outputs
    rows, columns = (op.inputs[0].shape.known or (None, None))[-2:]
    is_thin = rows == columns or not op.attrs["full_matrices"]
    if q.dtype.is_complex or rows is None or columns is None or rows < columns or not is_thin:
        raise _no_gradient(op, "real matrices of static shape, not wider than high, and thin q")
    inner = raw.Sub(matmul(r, grad_r, transpose_b=True), matmul(grad_q, q, transpose_a=True))
    lower = raw.MatrixBandPart(inner, -1, 0)
    strict = raw.Sub(lower, raw.MatrixBandPart(inner, 0, 0))
    symmetric = raw.AddV2(lower, adjoint(strict))
    total = raw.AddV2(grad_q, matmul(q, symmetric))
    return adjoint(matrix_triangular_solve(r, adjoint(total), lower=False))


def _no_gradient(op: Operation, needs: str) -> LookupError:
    return LookupError(f"No gradient of '{op.name}' (op type: {op.type}): it needs {needs}")


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> list[Tensor]:
    """[q, r] with q r = input, q orthogonal and r upper triangular (tf.qr).

    Args:
      input: [..., m, n].
      full_matrices: q is [..., m, m] instead of [..., m, min(m, n)].
      name: the operation's name.
    """
    return qr_op(input, full_matrices=full_matrices, name=name)  # type: ignore[no-any-return]


# --- SelfAdjointEigV2 -----------------------------------------------------------------------------
self_adjoint_eig_op = define(
    "SelfAdjointEigV2",
    inputs="input: T",
    outputs="e: T, v: T",
    attrs={"compute_v": attrs.boolean(True), "T": LINEAR},
)


@self_adjoint_eig_op.shape
def _(op: Operation) -> Any:
    dims = square(op.inputs[0].shape)
    if dims is None:
        values = vectors = UNKNOWN
    else:
        values, vectors = TensorShape.of(dims[:-1]), TensorShape.of(dims)
    return [values, vectors if op.attrs["compute_v"] else TensorShape.of((0,))]


@self_adjoint_eig_op.kernel
def _(ctx: Any) -> Any:
    dtype, compute_v = ctx.dtype, ctx.attrs["compute_v"]

    def run(x: Any) -> Any:
        check_matrix(x)
        if not compute_v:
            return np.linalg.eigvalsh(x).astype(dtype, copy=False), np.empty(0, dtype)
        values, vectors = np.linalg.eigh(x)
        return values.astype(dtype, copy=False), vectors

    return run


@self_adjoint_eig_op.gradient
def _(op: Operation, grad_e: Any, grad_v: Any) -> Any:
    # Giles, "An extended collection of matrix derivative results" (2008), section 3.1.
    e, v = op.outputs
    middle = raw.MatrixDiag(grad_e)
    if op.attrs["compute_v"]:
        turned = matmul(v, grad_v, adjoint_a=True)
        middle = raw.AddV2(middle, raw.Mul(_reciprocal_gaps(e), turned))
    else:
        _, v = self_adjoint_eig_op(op.inputs[0])
    grad = matmul(v, matmul(middle, v, adjoint_b=True))
    # The op reads the lower triangle alone, which stands for both.
    return _lower_half(raw.AddV2(grad, adjoint(grad)))


def _reciprocal_gaps(x: Any) -> Any:
    """1 / (x[j] - x[i]), and zeros on the diagonal."""
    gaps = raw.Sub(raw.ExpandDims(x, -2), raw.ExpandDims(x, -1))
    one = np.array(1, x.dtype.base_dtype.np_dtype)
    # Ones first, so that the diagonal has derivatives, of zero, as well.
    safe = raw.RealDiv(one, raw.MatrixSetDiag(gaps, raw.OnesLike(x)))
    return raw.MatrixSetDiag(safe, raw.ZerosLike(x))


def self_adjoint_eig(tensor: Any, name: str | None = None) -> list[Tensor]:
    """[eigenvalues, ascending; eigenvectors as columns] of Hermitian matrices (tf's).

    Only the lower triangle is read (tf.self_adjoint_eig, tf.linalg.eigh).
    """
    return self_adjoint_eig_op(tensor, compute_v=True, name=name)  # type: ignore[no-any-return]


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of Hermitian matrices, ascending (tf.self_adjoint_eigvals)."""
    return self_adjoint_eig_op(tensor, compute_v=False, name=name)[0]  # type: ignore[no-any-return]


# --- Svd ------------------------------------------------------------------------------------------
svd_op = define(
    "Svd",
    inputs="input: T",
    outputs="s: T, u: T, v: T",
    attrs={
        "compute_uv": attrs.boolean(True),
        "full_matrices": attrs.boolean(False),
        "T": LINEAR,
    },
)


@svd_op.shape
def _(op: Operation) -> Any:
    dims = _matrix_dims(op)
    nothing = TensorShape.of((0,))
    if dims is None:
        return [UNKNOWN] * 3 if op.attrs["compute_uv"] else [UNKNOWN, nothing, nothing]
    batch, rows, columns = dims[:-2], dims[-2], dims[-1]
    inner = _smaller(rows, columns)
    values = TensorShape.of((*batch, inner))
    if not op.attrs["compute_uv"]:
        return [values, nothing, nothing]
    of_u, of_v = (rows, columns) if op.attrs["full_matrices"] else (inner, inner)
    return [values, TensorShape.of((*batch, rows, of_u)), TensorShape.of((*batch, columns, of_v))]


@svd_op.kernel
def _(ctx: Any) -> Any:
    dtype, compute_uv, full = ctx.dtype, ctx.attrs["compute_uv"], ctx.attrs["full_matrices"]

    def run(x: Any) -> Any:
        check_matrix(x, is_square=False)
        if not compute_uv:
            values = np.linalg.svd(x, compute_uv=False)
            return values.astype(dtype, copy=False), np.empty(0, dtype), np.empty(0, dtype)
        u, values, v_adjoint = np.linalg.svd(x, full)
        return values.astype(dtype, copy=False), u, adjoint_of(v_adjoint)

    return run


@svd_op.gradient
def _(op: Operation, grad_s: Any, grad_u: Any, grad_v: Any) -> Any:
    # Townsend, "Differentiating the singular value decomposition" (2016), for thin u and v.
    x = op.inputs[0]
    if not op.attrs["compute_uv"]:
        _, u, v = svd_op(x)
        return matmul(u, matmul(raw.MatrixDiag(grad_s), v, adjoint_b=True))
    rows, columns = (x.shape.known or (None, None))[-2:]
    is_thin = rows == columns or not op.attrs["full_matrices"]
    if x.dtype.is_complex or rows is None or columns is None or not is_thin:
        raise _no_gradient(op, "real matrices of static shape, and thin u and v")
    s, u, v = op.outputs
    gaps, row = _reciprocal_gaps(raw.Square(s)), raw.ExpandDims(s, -2)
    middle = raw.MatrixDiag(grad_s)
    middle = raw.AddV2(middle, raw.Mul(raw.Mul(gaps, _skew(u, grad_u)), row))
    middle = raw.AddV2(middle, raw.Mul(raw.ExpandDims(s, -1), raw.Mul(gaps, _skew(v, grad_v))))
    total = matmul(matmul(u, middle), v, transpose_b=True)
    if rows > columns:
        total = raw.AddV2(total, matmul(raw.RealDiv(_beside(u, grad_u), row), v, transpose_b=True))
    if columns > rows:
        total = raw.AddV2(total, matmul(u, raw.RealDiv(_beside(v, grad_v), row), transpose_b=True))
    return total


def _skew(u: Any, grad: Any) -> Any:
    product = matmul(u, grad, transpose_a=True)
    return raw.Sub(product, adjoint(product))


def _beside(u: Any, grad: Any) -> Any:
    """The part of the gradient outside of the space that the columns of u span."""
    return raw.Sub(grad, matmul(u, matmul(u, grad, transpose_a=True)))


def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """(s, u, v) with u diag(s) v^H = tensor, s descending; or s alone (tf.svd).

    Args:
      tensor: [..., m, n].
      full_matrices: u is [..., m, m] and v [..., n, n], instead of min(m, n) columns each.
      compute_uv: False gives s alone.
      name: the operation's name.
    """
    s, u, v = svd_op(tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (s, u, v) if compute_uv else s
