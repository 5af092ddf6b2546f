"""Diagonals and bands of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor

__all__ = [
    "diag",
    "diag_part",
    "matrix_band_part",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_set_diag",
]


def _empty(dtype: Any) -> Any:
    return b"" if dtype.kind == "O" else dtype.type(0)


# --- MatrixDiag -----------------------------------------------------------------------------------
matrix_diag_op = define(
    "MatrixDiag", inputs="diagonal: T", outputs="output: T", attrs={"T": attrs.types()}
)


@matrix_diag_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.with_rank_at_least(1).known
    return UNKNOWN if dims is None else TensorShape.of((*dims, dims[-1]))


@matrix_diag_op.kernel
def _(ctx: Any) -> Any:
    zero = _empty(ctx.dtype)

    def run(x: Any) -> Any:
        if not x.ndim:
            raise InvalidArgumentError("input must be at least 1-dim, received shape: []")
        size = x.shape[-1]
        result = np.full((*x.shape, size), zero, ctx.dtype)
        at = np.arange(size)
        result[..., at, at] = x
        return result

    return run


@matrix_diag_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return raw.MatrixDiagPart(grad)


def _is_main(k: Any) -> bool:
    """Whether a function was asked for the main diagonal alone, for which the first op serves."""
    return isinstance(k, (int, np.integer)) and k == 0


def matrix_diag(
    diagonal: Any,
    name: str | None = "diag",
    k: Any = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Matrices with the given diagonals: shape [..., n] to [..., n, n] (tf.matrix_diag).

    Args:
      diagonal: [..., n]; [..., upper - lower + 1, n] when there are several, the upper first.
      name: the operation's name.
      k: which diagonal, 0 being the main one and 1 that above it; or [lower, upper].
      num_rows: of the matrices; as few as can be when -1, or as many as columns.
      num_cols: likewise.
      padding_value: of the other elements.
    """
    sizes = [-1 if size is None else size for size in (num_rows, num_cols)]
    is_square = all(isinstance(size, int) and size == -1 for size in sizes)
    if _is_main(k) and is_square and _is_main(padding_value):
        return matrix_diag_op(diagonal, name=name)  # type: ignore[no-any-return]
    return raw.MatrixDiagV2(diagonal, k, *sizes, padding_value, name=name)  # type: ignore[no-any-return]


# --- MatrixDiagPart -------------------------------------------------------------------------------
matrix_diag_part_op = define(
    "MatrixDiagPart", inputs="input: T", outputs="diagonal: T", attrs={"T": attrs.types()}
)


def _shorter(rows: int | None, columns: int | None) -> int | None:
    return None if rows is None or columns is None else min(rows, columns)


@matrix_diag_part_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.with_rank_at_least(2).known
    return UNKNOWN if dims is None else TensorShape.of((*dims[:-2], _shorter(*dims[-2:])))


@matrix_diag_part_op.kernel
def _(ctx: Any) -> Any:
    return lambda x: np.array(np.diagonal(x, axis1=-2, axis2=-1))


@matrix_diag_part_op.gradient
def _(op: Operation, grad: Any) -> Any:
    known = op.inputs[0].shape.known
    if known is not None and known[-1] is not None and known[-1] == known[-2]:
        return raw.MatrixDiag(grad)
    return raw.MatrixSetDiag(raw.ZerosLike(op.inputs[0]), grad)


def matrix_diag_part(
    input: Any, name: str | None = "diag_part", k: Any = 0, padding_value: Any = 0
) -> Tensor:
    """The diagonals of matrices: [..., m, n] to [..., min(m, n)] (tf.matrix_diag_part).

    Args:
      input: [..., m, n].
      name: the operation's name.
      k: which diagonal, as in `matrix_diag`; of [lower, upper] each is a row of the result.
      padding_value: what follows those that are shorter than the longest.
    """
    if _is_main(k):
        return matrix_diag_part_op(input, name=name)  # type: ignore[no-any-return]
    return raw.MatrixDiagPartV2(input, k, padding_value, name=name)  # type: ignore[no-any-return]


# --- MatrixSetDiag --------------------------------------------------------------------------------
matrix_set_diag_op = define(
    "MatrixSetDiag",
    inputs="input: T, diagonal: T",
    outputs="output: T",
    attrs={"T": attrs.types()},
)


@matrix_set_diag_op.shape
def _(op: Operation) -> TensorShape:
    matrix, diagonal = op.inputs[0].shape.with_rank_at_least(2), op.inputs[1].shape
    if matrix.known is None:
        return UNKNOWN
    length = _shorter(*matrix.known[-2:])
    wanted = TensorShape.of((*matrix.known[:-2], length)).merge_with(diagonal)
    return TensorShape.of((*(wanted.known or ())[:-1], *matrix.known[-2:]))


@matrix_set_diag_op.kernel
def _(ctx: Any) -> Any:
    def run(matrix: Any, diagonal: Any) -> Any:
        if diagonal.shape != (*matrix.shape[:-2], min(matrix.shape[-2:])):
            raise InvalidArgumentError(
                f"must have diagonal.shape == input.shape[:-2] + min(input.shape[-2:]), but "
                f"received input shape: {list(matrix.shape)} and diagonal shape: "
                f"{list(diagonal.shape)}"
            )
        result = np.array(matrix)
        at = np.arange(diagonal.shape[-1])
        result[..., at, at] = diagonal
        return result

    return run


@matrix_set_diag_op.gradient
def _(op: Operation, grad: Any) -> Any:
    diagonal = raw.MatrixDiagPart(grad)
    return [matrix_set_diag_op(grad, raw.ZerosLike(diagonal)), diagonal]


def matrix_set_diag(input: Any, diagonal: Any, name: str | None = "set_diag", k: Any = 0) -> Tensor:
    """Matrices with another diagonal, or others [lower, upper] = k (tf.matrix_set_diag)."""
    if _is_main(k):
        return matrix_set_diag_op(input, diagonal, name=name)  # type: ignore[no-any-return]
    return raw.MatrixSetDiagV2(input, diagonal, k, name=name)  # type: ignore[no-any-return]


# --- MatrixBandPart -------------------------------------------------------------------------------
matrix_band_part_op = define(
    "MatrixBandPart",
    inputs="input: T, num_lower: Tindex, num_upper: Tindex",
    outputs="band: T",
    attrs={"T": attrs.types(), "Tindex": attrs.types(*dtypes.INDEX, default=dtypes.int64)},
)


@matrix_band_part_op.shape
def _(op: Operation) -> TensorShape:
    x, *widths = [t.shape for t in op.inputs]
    for width in widths:
        width.with_rank(0)
    return x


@matrix_band_part_op.kernel
def _(ctx: Any) -> Any:
    zero = _empty(ctx.dtype)

    def run(x: Any, lower: Any, upper: Any) -> Any:
        if x.ndim < 2:
            raise InvalidArgumentError(
                f"input must be at least 2-dim, received shape: {list(x.shape)}"
            )
        rows, columns = x.shape[-2:]
        below, above = int(lower), int(upper)
        if below > rows:
            raise InvalidArgumentError(
                f"num_lower must be negative or less or equal to number of rows ({rows}) "
                f"got: {below}"
            )
        if above > columns:
            raise InvalidArgumentError(
                f"num_upper must be negative or less or equal to number of columns ({columns}) "
                f"got: {above}"
            )
        offset = np.arange(columns) - np.arange(rows)[:, None]
        inside = (offset >= -below) | (below < 0)
        inside &= (offset <= above) | (above < 0)
        return np.where(inside, x, zero)

    return run


@matrix_band_part_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [matrix_band_part_op(grad, op.inputs[1], op.inputs[2]), None, None]


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Zeros outside a band of diagonals around the main one; -1 keeps all (tf.matrix_band_part)."""
    return matrix_band_part_op(input, num_lower, num_upper, name=name)  # type: ignore[no-any-return]


# --- Diag, DiagPart -------------------------------------------------------------------------------
diag_op = define(
    "Diag",
    inputs="diagonal: T",
    outputs="output: T",
    attrs={"T": attrs.types(*dtypes.NUMBERS)},
)
diag_part_op = define(
    "DiagPart",
    inputs="input: T",
    outputs="diagonal: T",
    attrs={"T": attrs.types(*dtypes.NUMBERS)},
)


@diag_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.with_rank_at_least(1).known
    return UNKNOWN if dims is None else TensorShape.of(dims + dims)


@diag_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any) -> Any:
        if not x.ndim:
            raise InvalidArgumentError("Input must be at least rank 1, got 0")
        return np.diag(x.reshape(-1)).reshape(x.shape + x.shape)

    return run


@diag_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return diag_part_op(grad)


@diag_part_op.shape
def _(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.known
    if dims is None:
        return UNKNOWN
    if len(dims) % 2 or not dims:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {len(dims)}")
    half = len(dims) // 2
    return TensorShape.of(dims[:half]).merge_with(TensorShape.of(dims[half:]))


@diag_part_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any) -> Any:
        half = x.shape[: x.ndim // 2]
        if x.ndim % 2 or not x.ndim or half != x.shape[x.ndim // 2 :]:
            raise InvalidArgumentError(
                f"Invalid shape {list(x.shape)}: the second half of the dimensions must be equal "
                "to the first"
            )
        size = int(np.prod(half, dtype=np.int64))
        return np.array(np.diagonal(x.reshape(size, size))).reshape(half)

    return run


@diag_part_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return diag_op(grad)


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """A tensor of shape d + d with `diagonal`, of shape d, on its diagonal (tf.diag)."""
    return diag_op(diagonal, name=name)  # type: ignore[no-any-return]


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The diagonal, of shape d, of a tensor of shape d + d (tf.diag_part)."""
    return diag_part_op(input, name=name)  # type: ignore[no-any-return]
