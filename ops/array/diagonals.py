"""Diagonals of matrices, any of them and several at once: MatrixDiagV2 and its relatives.

Several diagonals [lower, upper] stand in rows, the upper first. A shorter one is followed by what
does not count (V2), or is aligned as the attribute `align` of the V3 ops tells.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.ops.array.known import integer, integers, merged

_ALIGN = attrs.choice("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT", default="RIGHT_LEFT")


def _define(op_type: str, inputs: str, outputs: str) -> list[OpDef]:
    """The V2 and the V3 of an op."""
    more: list[dict[str, Any]] = [{}, {"align": _ALIGN}]
    return [
        define(
            f"{op_type}V{2 + i}",
            inputs=inputs,
            outputs=outputs,
            attrs={**attributes, "T": attrs.types()},
        )
        for i, attributes in enumerate(more)
    ]


_diag_ops = _define(
    "MatrixDiag",
    "diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T",
    "output: T",
)
_part_ops = _define("MatrixDiagPart", "input: T, k: int32, padding_value: T", "diagonal: T")
_set_ops = _define("MatrixSetDiag", "input: T, diagonal: T, k: int32", "output: T")


# --- which elements -------------------------------------------------------------------------------
def _bounds(k: list[int]) -> tuple[int, int]:
    """(lower, upper); ValueError when they are not one or two ascending numbers."""
    if len(k) not in (1, 2):
        raise ValueError(f"diag_index must have only one or two elements, received {len(k)}")
    if k[0] > k[-1]:
        raise ValueError(f"lower_diag_index must not be larger than upper_diag_index: {k}")
    return k[0], k[-1]


def _check_inside(lower: int, upper: int, rows: int, columns: int) -> None:
    for which, at in (("lower", lower), ("upper", upper)):
        if not (-rows < at < columns) and at != 0:
            raise ValueError(
                f"{which}_diag_index is out of bound: {at}. It must be between {-rows} and "
                f"{columns}"
            )


def _longest(lower: int, upper: int, rows: int, columns: int) -> int:
    return min(rows + min(upper, 0), columns - max(lower, 0))


def _places(lower: int, upper: int, rows: int, columns: int, align: str) -> Any:
    """(row, column) of the elements in the matrix, (row, column) of them among the diagonals."""
    longest = _longest(lower, upper, rows, columns)
    d = np.arange(upper, lower - 1, -1)[:, None]  # which diagonal each row is
    length = np.minimum(rows + np.minimum(d, 0), columns - np.maximum(d, 0))
    above, below = (side == "LEFT" for side in align.split("_"))
    is_left = ((d >= 0) & above) | ((d <= 0) & below)
    n = np.arange(longest) - np.where(is_left, 0, longest - length)
    at = np.nonzero((n >= 0) & (n < length))
    n, d = n[at], d[at[0], 0]
    return (n + np.maximum(-d, 0), n + np.maximum(d, 0)), at


def _align(ctx: Any) -> str:
    return ctx.attrs.get("align", "LEFT_LEFT")  # type: ignore[no-any-return]


def _run_bounds(k: Any) -> tuple[int, int]:
    if k.ndim > 1:
        raise InvalidArgumentError(
            f"diag_index must be a scalar or vector, received shape: {list(k.shape)}"
        )
    try:
        return _bounds(k.reshape(-1).tolist())
    except ValueError as error:
        raise InvalidArgumentError(str(error)) from None


def _dims_of_diagonals(lower: int, upper: int, longest: int | None) -> tuple[int | None, ...]:
    return (longest,) if lower == upper else (upper - lower + 1, longest)


# --- MatrixDiagV2, MatrixDiagV3 -------------------------------------------------------------------
def _matrix_size(
    lower: int, upper: int, longest: int, rows: int | None, columns: int | None
) -> tuple[int, int]:
    """The size of the matrix; None: as small as can be, or square when both are."""
    least_rows, least_columns = longest - min(upper, 0), longest + max(lower, 0)
    if rows is None and columns is None:
        rows = columns = max(least_rows, least_columns)
    rows = least_rows if rows is None else rows
    columns = least_columns if columns is None else columns
    if rows < least_rows or columns < least_columns:
        raise ValueError(
            f"The number of rows and columns must be at least {least_rows} and {least_columns}, "
            f"got {rows} and {columns}: num_rows or num_cols is too small"
        )
    if rows != least_rows and columns != least_columns:
        raise ValueError(
            "num_rows and num_cols are not consistent with lower_diag_index, upper_diag_index, "
            "and the length of the given diagonals"
        )
    return rows, columns


def _diag_shape(op: Operation) -> TensorShape:
    dims, k = op.inputs[0].shape.with_rank_at_least(1).known, integers(op.inputs[1])
    op.inputs[1].shape.with_rank_at_most(1)
    for tensor in op.inputs[2:]:
        tensor.shape.with_rank(0)
    if dims is None or k is None:
        return UNKNOWN
    lower, upper = _bounds(k)
    batch = dims[:-1]
    if lower < upper:
        if len(dims) < 2:
            raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
        batch = dims[:-2]
        if dims[-2] not in (None, upper - lower + 1):
            raise ValueError(
                f"The number of rows of `diagonal` doesn't match the number of diagonals: "
                f"{dims[-2]} and {upper - lower + 1}"
            )
    sizes = [integer(t) for t in op.inputs[2:4]]
    if None in sizes or dims[-1] is None:
        return TensorShape.of((*batch, None, None))
    rows, columns = (None if size == -1 else size for size in sizes)
    return TensorShape.of((*batch, *_matrix_size(lower, upper, dims[-1], rows, columns)))


def _bind_diag(ctx: Any) -> Any:
    align, dtype = _align(ctx), ctx.dtype

    def run(diagonal: Any, k: Any, num_rows: Any, num_cols: Any, padding: Any) -> Any:
        lower, upper = _run_bounds(k)
        if not diagonal.ndim or (lower < upper and diagonal.shape[-2:-1] != (upper - lower + 1,)):
            raise InvalidArgumentError(
                f"diagonal must have {upper - lower + 1} rows, got shape {list(diagonal.shape)}"
            )
        wanted = [None if size == -1 else int(size) for size in (num_rows, num_cols)]
        try:
            rows, columns = _matrix_size(lower, upper, diagonal.shape[-1], *wanted)
        except ValueError as error:
            raise InvalidArgumentError(str(error)) from None
        batch = diagonal.shape[: -1 if lower == upper else -2]
        values = diagonal.reshape(*batch, upper - lower + 1, diagonal.shape[-1])
        result = np.empty((*batch, rows, columns), dtype)
        result[...] = padding
        in_matrix, in_rows = _places(lower, upper, rows, columns, align)
        result[(..., *in_matrix)] = values[(..., *in_rows)]
        return result

    return run


# --- MatrixDiagPartV2, MatrixDiagPartV3 -----------------------------------------------------------
def _part_shape(op: Operation) -> TensorShape:
    dims, k = op.inputs[0].shape.with_rank_at_least(2).known, integers(op.inputs[1])
    op.inputs[1].shape.with_rank_at_most(1)
    op.inputs[2].shape.with_rank(0)
    if dims is None or k is None:
        return UNKNOWN
    lower, upper = _bounds(k)
    longest = None
    if dims[-2] is not None and dims[-1] is not None:
        _check_inside(lower, upper, dims[-2], dims[-1])
        longest = _longest(lower, upper, dims[-2], dims[-1])
    return TensorShape.of((*dims[:-2], *_dims_of_diagonals(lower, upper, longest)))


def _checked(x: Any, k: Any) -> tuple[int, int]:
    lower, upper = _run_bounds(k)
    if x.ndim < 2:
        raise InvalidArgumentError(f"input must be at least 2-dim, received shape: {list(x.shape)}")
    try:
        _check_inside(lower, upper, *x.shape[-2:])
    except ValueError as error:
        raise InvalidArgumentError(str(error)) from None
    return lower, upper


def _bind_part(ctx: Any) -> Any:
    align, dtype = _align(ctx), ctx.dtype

    def run(x: Any, k: Any, padding: Any) -> Any:
        lower, upper = _checked(x, k)
        rows, columns = x.shape[-2:]
        longest = _longest(lower, upper, rows, columns)
        result = np.empty((*x.shape[:-2], upper - lower + 1, longest), dtype)
        result[...] = padding
        in_matrix, in_rows = _places(lower, upper, rows, columns, align)
        result[(..., *in_rows)] = x[(..., *in_matrix)]
        return result.reshape(*x.shape[:-2], *_dims_of_diagonals(lower, upper, longest))

    return run


# --- MatrixSetDiagV2, MatrixSetDiagV3 -------------------------------------------------------------
def _set_shape(op: Operation) -> TensorShape:
    matrix, k = op.inputs[0].shape.with_rank_at_least(2), integers(op.inputs[2])
    op.inputs[1].shape.with_rank_at_least(1)
    op.inputs[2].shape.with_rank_at_most(1)
    if matrix.known is None or k is None:
        return matrix
    lower, upper = _bounds(k)
    rows, columns = matrix.known[-2:]
    longest = None
    if rows is not None and columns is not None:
        _check_inside(lower, upper, rows, columns)
        longest = _longest(lower, upper, rows, columns)
    wanted = matrix[:-2].concatenate(TensorShape.of(_dims_of_diagonals(lower, upper, longest)))
    batch = merged(wanted, op.inputs[1].shape)[: len(matrix.known) - 2]
    return batch.concatenate(matrix[-2:])  # type: ignore[no-any-return]


def _bind_set(ctx: Any) -> Any:
    align = _align(ctx)

    def run(x: Any, diagonal: Any, k: Any) -> Any:
        lower, upper = _checked(x, k)
        rows, columns = x.shape[-2:]
        longest = _longest(lower, upper, rows, columns)
        wanted = (*x.shape[:-2], *_dims_of_diagonals(lower, upper, longest))
        if diagonal.shape != wanted:
            raise InvalidArgumentError(
                f"Expected diagonal of shape {list(wanted)}, got {list(diagonal.shape)} for input "
                f"of shape {list(x.shape)} and diagonals {lower} to {upper}"
            )
        values = diagonal.reshape(*x.shape[:-2], upper - lower + 1, longest)
        result = np.array(x)
        in_matrix, in_rows = _places(lower, upper, rows, columns, align)
        result[(..., *in_matrix)] = values[(..., *in_rows)]
        return result

    return run


# --- rules and gradients --------------------------------------------------------------------------
def _with_gradients(diag_op: OpDef, part_op: OpDef, set_op: OpDef) -> None:
    def align(op: Operation) -> dict[str, Any]:
        return {"align": op.attrs["align"]} if "align" in op.attrs else {}

    def zero(x: Any) -> Any:
        return np.array(0, x.dtype.base_dtype.np_dtype)

    def part(op: Operation, grad: Any, k: Any) -> Any:
        return part_op(grad, k, zero(grad), **align(op))

    @diag_op.gradient
    def _(op: Operation, grad: Any) -> Any:
        return [part(op, grad, op.inputs[1]), None, None, None, None]

    @part_op.gradient
    def _(op: Operation, grad: Any) -> Any:
        size, k = op.inputs[0].shape[-2:], op.inputs[1]
        if size.is_fully_defined():
            by_input = diag_op(grad, k, *size.as_list(), zero(grad), **align(op))
        else:
            by_input = set_op(raw.ZerosLike(op.inputs[0]), grad, k, **align(op))
        return [by_input, None, None]

    @set_op.gradient
    def _(op: Operation, grad: Any) -> Any:
        k = op.inputs[2]
        by_diagonal = part(op, grad, k)
        return [set_op(grad, raw.ZerosLike(by_diagonal), k, **align(op)), by_diagonal, None]


for _ops in zip(_diag_ops, _part_ops, _set_ops):
    for _op, _shape, _bind in zip(
        _ops, (_diag_shape, _part_shape, _set_shape), (_bind_diag, _bind_part, _bind_set)
    ):
        _op.shape(_shape)
        _op.kernel(_bind)
    _with_gradients(*_ops)
