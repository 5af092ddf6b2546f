"""Matrices with three diagonals: products with them, and linear systems."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.known import merged
from flowgraph.ops.array.matrix import matrix_diag_part
from flowgraph.ops.array.reshape import matrix_transpose, squeeze
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.linalg import LINEAR

__all__ = ["tridiagonal_matmul", "tridiagonal_solve"]

# --- TridiagonalMatMul ----------------------------------------------------------------------------
tridiagonal_matmul_op = define(
    "TridiagonalMatMul",
    inputs="superdiag: T, maindiag: T, subdiag: T, rhs: T",
    outputs="output: T",
    attrs={"T": LINEAR},
)


@tridiagonal_matmul_op.shape
def _(op: Operation) -> TensorShape:
    shapes = [t.shape.with_rank_at_least(2) for t in op.inputs]
    diagonal = merged(merged(shapes[0], shapes[1]), shapes[2])
    return _like_rhs(diagonal, shapes[3], 1)


def _like_rhs(diagonals: TensorShape, rhs: TensorShape, count: int) -> TensorShape:
    """The shape of rhs, of which the diagonals [..., count, m] tell the batch and the rows."""
    if diagonals.known is None or rhs.known is None:
        return rhs if rhs.known is not None else UNKNOWN
    if diagonals.known[-2] not in (None, count):
        raise ValueError(f"Dimension must be {count} but is {diagonals.known[-2]}")
    rows = merged(diagonals[-1:], rhs[-2:-1])
    return merged(diagonals[:-2], rhs[:-2]).concatenate(rows).concatenate(rhs[-1:])


@tridiagonal_matmul_op.kernel
def _(ctx: Any) -> Any:
    def run(above: Any, main: Any, below: Any, rhs: Any) -> Any:
        size = rhs.shape[-2]
        wanted = (*rhs.shape[:-2], 1, size)
        if not above.shape == main.shape == below.shape == wanted:
            raise InvalidArgumentError(
                f"The diagonals must have shape {list(wanted)}, got {list(above.shape)}, "
                f"{list(main.shape)} and {list(below.shape)}"
            )
        result = np.swapaxes(main, -1, -2) * rhs
        if size > 1:
            result[..., :-1, :] += np.swapaxes(above, -1, -2)[..., :-1, :] * rhs[..., 1:, :]
            result[..., 1:, :] += np.swapaxes(below, -1, -2)[..., 1:, :] * rhs[..., :-1, :]
        return result

    return run


def _from_below(x: Any) -> Any:
    """Row i is row i + 1 of x; the last is zero."""
    return concat([x[..., 1:, :], raw.ZerosLike(x[..., :1, :])], -2)


def _from_above(x: Any) -> Any:
    """Row i is row i - 1 of x; the first is zero."""
    return concat([raw.ZerosLike(x[..., :1, :]), x[..., :-1, :]], -2)


@tridiagonal_matmul_op.gradient
def _(op: Operation, grad: Any) -> Any:
    above, main, below = (matrix_transpose(t, conjugate=True) for t in op.inputs[:3])
    rhs = conj(op.inputs[3])
    by_diagonals = [
        raw.ExpandDims(raw.Sum(x * grad, -1, keep_dims=False), -2)
        for x in (_from_below(rhs), rhs, _from_above(rhs))
    ]
    by_rhs = _from_above(above * grad) + main * grad + _from_below(below * grad)
    return [*by_diagonals, by_rhs]


# --- TridiagonalSolve -----------------------------------------------------------------------------
tridiagonal_solve_op = define(
    "TridiagonalSolve",
    inputs="diagonals: T, rhs: T",
    outputs="output: T",
    attrs={"partial_pivoting": attrs.boolean(True), "T": LINEAR},
    shape=lambda op: _like_rhs(*[t.shape.with_rank_at_least(2) for t in op.inputs], 3),
)


@tridiagonal_solve_op.kernel
def _(ctx: Any) -> Any:
    pivoting = ctx.attrs["partial_pivoting"]

    def run(diagonals: Any, rhs: Any) -> Any:
        if diagonals.shape != (*rhs.shape[:-2], 3, rhs.shape[-2]):
            raise InvalidArgumentError(
                "diagonals must have shape [..., 3, m] and rhs [..., m, k], got "
                f"{list(diagonals.shape)} and {list(rhs.shape)}"
            )
        return _solved(diagonals, rhs, pivoting)

    return run


def _solved(diagonals: Any, rhs: Any, pivoting: bool) -> Any:
    """Elimination from the top, of all systems of the batch at once, then substitution."""
    size = rhs.shape[-2]
    x = np.array(rhs)
    above, main, below = (np.array(diagonals[..., i, :]) for i in range(3))
    further = np.zeros_like(above)  # the second diagonal above, which exchanged rows fill
    for i in range(size - 1):
        row = [main[..., i].copy(), above[..., i].copy(), further[..., i].copy()]
        behind = above[..., i + 1] if i + 2 < size else np.zeros_like(row[0])
        following = [below[..., i + 1].copy(), main[..., i + 1].copy(), behind.copy()]
        swap = np.abs(following[0]) > np.abs(row[0]) if pivoting else np.zeros(row[0].shape, bool)
        upper = [np.where(swap, b, a) for a, b in zip(row, following)]
        lower = [np.where(swap, a, b) for a, b in zip(row, following)]
        _check_pivot(upper[0])
        factor = lower[0] / upper[0]
        main[..., i], above[..., i], further[..., i] = upper
        main[..., i + 1] = lower[1] - factor * upper[1]
        above[..., i + 1] = lower[2] - factor * upper[2]
        swap = swap[..., None]
        first = np.where(swap, x[..., i + 1, :], x[..., i, :])
        second = np.where(swap, x[..., i, :], x[..., i + 1, :])
        x[..., i, :] = first
        x[..., i + 1, :] = second - factor[..., None] * first
    for i in reversed(range(size)):
        if i + 1 < size:
            x[..., i, :] -= above[..., i, None] * x[..., i + 1, :]
        if i + 2 < size:
            x[..., i, :] -= further[..., i, None] * x[..., i + 2, :]
        _check_pivot(main[..., i])
        x[..., i, :] /= main[..., i, None]
    return x


def _check_pivot(pivot: Any) -> None:
    if (pivot == 0).any():
        raise InvalidArgumentError("The input matrix is not invertible.")


@tridiagonal_solve_op.gradient
def _(op: Operation, grad: Any) -> Any:
    diagonals, x = op.inputs[0], op.outputs[0]
    by_rhs = tridiagonal_solve_op(
        _adjoint(diagonals), grad, partial_pivoting=op.attrs["partial_pivoting"]
    )
    x = conj(x)
    by_diagonals = [
        raw.Neg(raw.Sum(by_rhs * part, -1, keep_dims=False))
        for part in (_from_below(x), x, _from_above(x))
    ]
    return [stack(by_diagonals, axis=-2), by_rhs]


def _adjoint(diagonals: Any) -> Any:
    """The diagonals of the conjugate transposes."""
    above, main, below = (conj(diagonals[..., i, :]) for i in range(3))
    zero = raw.ZerosLike(main[..., :1])
    return stack(
        [concat([below[..., 1:], zero], -1), main, concat([zero, above[..., :-1]], -1)], axis=-2
    )


# --- the functions --------------------------------------------------------------------------------
def _diagonals(diagonals: Any, kind: str) -> tuple[Tensor, Tensor, Tensor]:
    """The three diagonals as vectors of one length."""
    if kind == "compact":
        whole: Any = convert_to_tensor(diagonals)
        return whole[..., 0, :], whole[..., 1, :], whole[..., 2, :]
    if kind == "sequence":
        if not isinstance(diagonals, (tuple, list)) or len(diagonals) != 3:
            raise ValueError("Expected diagonals to be a sequence of length 3.")
        above, main, below = (convert_to_tensor(d) for d in diagonals)
        size = main.shape[-1].value
        return _padded(above, size, False), main, _padded(below, size, True)
    if kind != "matrix":
        raise ValueError(f"Unrecognized diagonals_format: {kind}")
    whole = convert_to_tensor(diagonals)
    rows, columns = whole.shape[-2].value, whole.shape[-1].value
    if rows is None and columns is None:
        raise ValueError('The size of the matrix needs to be known for diagonals_format="matrix"')
    if None not in (rows, columns) and rows != columns:
        raise ValueError(
            f"Expected last two dimensions of diagonals to be same, got {rows} and {columns}"
        )
    size = columns if rows is None else rows
    above, below = (matrix_diag_part(part) for part in (whole[..., :-1, 1:], whole[..., 1:, :-1]))
    return _padded(above, size, False), matrix_diag_part(whole), _padded(below, size, True)


def _padded(diagonal: Any, size: int | None, in_front: bool) -> Tensor:
    """With a zero where the matrix has no element, unless it is there."""
    length = diagonal.shape[-1].value
    if length is None or size is None or length == size:
        return diagonal  # type: ignore[no-any-return]
    if length != size - 1:
        raise ValueError(f"Expected diagonal to have length {size} or {size - 1}, got {length}.")
    zero = raw.ZerosLike(diagonal[..., :1]) if length else raw.ZerosLike(diagonal[..., None])
    return concat([zero, diagonal] if in_front else [diagonal, zero], -1)


def tridiagonal_matmul(
    diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None
) -> Tensor:
    """The product of matrices with three diagonals and others (tf.linalg.tridiagonal_matmul).

    Args:
      diagonals: as for `tridiagonal_solve`.
      rhs: [..., m, k].
      diagonals_format: "compact", "sequence" or "matrix".
      name: the operation's name.
    """
    parts = [raw.ExpandDims(d, -2) for d in _diagonals(diagonals, diagonals_format)]
    return tridiagonal_matmul_op(*parts, rhs, name=name)  # type: ignore[no-any-return]


def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
) -> Tensor:
    """X with A X = rhs, for matrices A with three diagonals (tf.linalg.tridiagonal_solve).

    Args:
      diagonals: "compact": [..., 3, m], the superdiagonal, the diagonal and the subdiagonal, of
        which the last element of the first and the first of the last do not count; "sequence": a
        list of the three; "matrix": [..., m, m].
      rhs: [..., m] or [..., m, k].
      diagonals_format: see `diagonals`.
      transpose_rhs: whether rhs and the result are [..., k, m].
      conjugate_rhs: whether rhs is conjugated first.
      name: the operation's name.
      partial_pivoting: exchange rows for exactness.
    """
    if diagonals_format == "compact":
        compact: Any = convert_to_tensor(diagonals)
    else:
        compact = stack(_diagonals(diagonals, diagonals_format), axis=-2)
    rhs = convert_to_tensor(rhs)
    _check_ranks(compact.shape, rhs.shape)
    rhs = conj(rhs) if conjugate_rhs else rhs
    about = {"partial_pivoting": partial_pivoting, "name": name}
    if rhs.shape.rank == compact.shape.rank - 1:
        found = tridiagonal_solve_op(compact, raw.ExpandDims(rhs, -1), **about)
        return squeeze(found, [-1])
    if not transpose_rhs:
        return tridiagonal_solve_op(compact, rhs, **about)  # type: ignore[no-any-return]
    return matrix_transpose(tridiagonal_solve_op(compact, matrix_transpose(rhs), **about))


def _check_ranks(diagonals: TensorShape, rhs: TensorShape) -> None:
    if diagonals.rank is None or rhs.rank is None:
        raise ValueError("The ranks of diagonals and rhs must be known")
    if diagonals.rank < 2:
        raise ValueError(f"Expected diagonals to have rank at least 2, got {diagonals.rank}")
    if rhs.rank not in (diagonals.rank, diagonals.rank - 1):
        raise ValueError(
            f"Expected the rank of rhs to be {diagonals.rank - 1} or {diagonals.rank}, got "
            f"{rhs.rank}"
        )
