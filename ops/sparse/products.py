"""Products of a sparse and a dense matrix, and softmax over the entries of each row."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor, is_sparse
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.reshape import matrix_transpose, transpose
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.reduction import is_narrow
from flowgraph.ops.sparse._parts import check_parts, keys, listed, matrix, parts, sizes_of, vector

__all__ = ["sparse_softmax", "sparse_tensor_dense_matmul"]

_BLOCK = 1 << 22  # elements of the products of some entries with their rows, at a time

# --- SparseTensorDenseMatMul ----------------------------------------------------------------------
matmul_op = define(
    "SparseTensorDenseMatMul",
    inputs="a_indices: Tindices, a_values: T, a_shape: int64, b: T",
    outputs="product: T",
    attrs={
        "T": attrs.types(),
        "Tindices": attrs.types(*dtypes.INDEX, default=dtypes.int64),
        "adjoint_a": attrs.boolean(False),
        "adjoint_b": attrs.boolean(False),
    },
    traits=Trait.HEAVY,
)


@matmul_op.shape
def _(op: Operation) -> TensorShape:
    sizes_of(op)
    a: Any = constant_value_as_shape(op.inputs[2]).with_rank(2).known
    b: Any = op.inputs[3].shape.with_rank(2).known
    a = a[::-1] if op.attrs["adjoint_a"] else a
    b = b[::-1] if op.attrs["adjoint_b"] else b
    if None not in (a[1], b[0]) and a[1] != b[0]:
        raise ValueError(f"Dimensions must be equal, but are {a[1]} and {b[0]}")
    return matrix(a[0], b[1])


@matmul_op.kernel
def _(ctx: Any) -> Any:
    adjoint_a, adjoint_b, dtype = ctx.attrs["adjoint_a"], ctx.attrs["adjoint_b"], ctx.dtype
    if ctx.output_dtypes[0] not in dtypes.NUMBERS:
        raise NotImplementedError(f"SparseTensorDenseMatMul of {ctx.output_dtypes[0].name}")
    wide = np.dtype(np.float32) if is_narrow(dtype) else dtype

    def run(indices: Any, values: Any, shape: Any, b: Any) -> Any:
        check_parts(indices, values, shape, "Tensor 'a'")
        if len(shape) != 2 or b.ndim != 2:
            raise InvalidArgumentError(
                "Two matrices are multiplied, but 'a_shape' has "
                f"{len(shape)} elements and b the shape {listed(b.shape)}"
            )
        size = shape.tolist()
        rows, columns = indices.T
        if adjoint_a:
            rows, columns, size, values = columns, rows, size[::-1], np.conj(values)
        if adjoint_b:
            b = np.conj(b.T)
        _check_product(rows, columns, size, b)
        return _product(rows, columns, values, b, size[0], wide).astype(dtype, copy=False)

    return run


def _check_product(rows: Any, columns: Any, size: list[int], b: Any) -> None:
    if size[1] != len(b):
        raise InvalidArgumentError(
            "Cannot multiply A and B because inner dimension does not match: "
            f"{size[1]} vs. {len(b)}.  Did you forget a transpose?  Dimensions of A: "
            f"{listed(size)}.  Dimensions of B: {listed(b.shape)}"
        )
    for letter, at, limit in (("m", rows, size[0]), ("k", columns, size[1])):
        bad = np.flatnonzero((at < 0) | (at >= limit))
        if bad.size:
            raise InvalidArgumentError(
                f"{letter} ({at[bad[0]]}) of entry {bad[0]} out of bounds [0, {limit})"
            )


def _product(rows: Any, columns: Any, values: Any, b: Any, count: int, wide: Any) -> Any:
    """The rows of `b` times the values, summed into `count` rows; some entries at a time."""
    result = np.zeros((count, b.shape[1]), wide)
    order = np.argsort(rows, kind="stable")
    block = max(1, _BLOCK // max(1, b.shape[1]))
    for start in range(0, len(order), block):
        some = order[start : start + block]
        own = rows[some]
        starts = np.flatnonzero(np.concatenate(([True], own[1:] != own[:-1])))
        each = values[some, None].astype(wide, copy=False) * b[columns[some]].astype(wide)
        result[own[starts]] += np.add.reduceat(each, starts, 0, wide)
    return result


@matmul_op.gradient
def _(op: Operation, grad: Any) -> Any:
    indices, values, shape, b = op.inputs
    adjoint_a, adjoint_b = op.attrs["adjoint_a"], op.attrs["adjoint_b"]
    by_b = matmul_op(indices, values, shape, grad, adjoint_a=not adjoint_a)
    if adjoint_b:
        by_b = matrix_transpose(by_b, conjugate=True)
        b = matrix_transpose(b, conjugate=True)
    rows, columns = indices[:, 0], indices[:, 1]
    if adjoint_a:
        rows, columns = columns, rows
    each = raw.GatherV2(grad, rows, 0) * conj(raw.GatherV2(b, columns, 0))
    by_values = raw.Sum(each, [-1], keep_dims=False)
    return [None, conj(by_values) if adjoint_a else by_values, None, by_b]


def sparse_tensor_dense_matmul(
    sp_a: Any,
    b: Any,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of a sparse and a dense matrix (tf.sparse.matmul).

    Args:
      sp_a: a `SparseTensor` of rank 2; dense when `b` is the sparse one.
      b: a dense matrix, or a `SparseTensor`.
      adjoint_a: transpose and conjugate the first.
      adjoint_b: transpose and conjugate the second.
      name: a name scope.

    Raises:
      ValueError: the inner sizes differ, as far as they are known.
    """
    if is_sparse(b):
        # (a b) = (b' a')': where one of both is turned already, TensorFlow takes it as it is.
        if adjoint_a != adjoint_b:
            return transpose(sparse_tensor_dense_matmul(b, sp_a, adjoint_a, adjoint_b))
        return transpose(sparse_tensor_dense_matmul(b, sp_a, not adjoint_a, not adjoint_b))
    sparse = convert_to_sparse_tensor(sp_a)
    given = [x for x in (sparse.values, b) if isinstance(x, Tensor)]
    with name_scope(name, "SparseTensorDenseMatMul", given):
        b = convert_to_tensor(b, name="b")
        return matmul_op(  # type: ignore[no-any-return]
            *parts(sparse), b, adjoint_a=adjoint_a, adjoint_b=adjoint_b
        )


# --- SparseSoftmax --------------------------------------------------------------------------------
sparse_softmax_op = define(
    "SparseSoftmax",
    inputs="sp_indices: int64, sp_values: T, sp_shape: int64",
    outputs="output: T",
    attrs={"T": (dtypes.float16, dtypes.float32, dtypes.float64)},
    shape=lambda op: vector(sizes_of(op)[0]),
)


@sparse_softmax_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype
    wide = np.dtype(np.float32) if is_narrow(dtype) else dtype

    def run(indices: Any, values: Any, shape: Any) -> Any:
        check_parts(indices, values, shape)
        if len(shape) < 2:
            raise InvalidArgumentError(
                f"Input should have rank >= 2, but received shape: {listed(shape)}"
            )
        if not len(values):
            return values.copy()
        rows, row_of = np.unique(keys(indices[:, :-1])[0], return_inverse=True)
        highest = np.full(len(rows), -np.inf, wide)
        numbers = values.astype(wide)
        np.maximum.at(highest, row_of, numbers)
        each = np.exp(numbers - highest[row_of])
        total = np.zeros(len(rows), wide)
        np.add.at(total, row_of, each)
        return (each / total[row_of]).astype(dtype, copy=False)

    return run


@sparse_softmax_op.gradient
def _(op: Operation, grad: Any) -> Any:
    indices, _, shape = op.inputs
    softmax = op.outputs[0]
    row_sums = raw.SparseReduceSum(indices, softmax * grad, shape, [-1], keep_dims=True)
    rank = raw.Size(shape)
    but_last = raw.OneHot(rank - 1, rank, np.array(0, np.int64), np.array(1, np.int64))
    of_row = raw.GatherNd(row_sums, indices * but_last)
    return [None, softmax * (grad - of_row), None]


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Softmax over the entries of each row, the last dimension (tf.sparse.softmax).

    Where no entry is, none comes out: it counts as minus infinity.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    with name_scope(name, "SparseSoftmax", [sparse.indices, sparse.values]):
        return sparse.with_values(sparse_softmax_op(*parts(sparse)))
