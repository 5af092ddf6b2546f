"""Products of matrices and of batches of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.backward import is_wanted
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dims, TensorShape, brackets, broadcast
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.broadcast import broadcast_gradient_args_op

__all__ = ["matmul", "matvec"]

_TYPES = (*dtypes.INEXACT, dtypes.int32, dtypes.int64)
_FLOPS = 5e10  # multiply-adds that one core does in a second, about


def product_cost(inputs: Sequence[Any]) -> float:
    """Seconds that a product takes on one core, about."""
    a, b = inputs[:2]
    if a.ndim < 2 or b.ndim < 2:
        return 0.0
    # Which sizes are summed over depends on attributes: the largest that both have, say.
    inner = max(set(a.shape[-2:]) & set(b.shape[-2:]), default=1)
    rows, columns = a.shape[-2] * a.shape[-1], b.shape[-2] * b.shape[-1]
    batch = max(math.prod(a.shape[:-2]), math.prod(b.shape[:-2]))
    return batch * rows * columns / max(inner, 1) / _FLOPS


def _inner(a: Dims, b: Dims, turn_a: bool, turn_b: bool) -> tuple[int | None, int | None]:
    """(rows, columns) of the product of two matrices; ValueError when they do not fit."""
    rows, inner = (a[-1], a[-2]) if turn_a else (a[-2], a[-1])
    other, columns = (b[-1], b[-2]) if turn_b else (b[-2], b[-1])
    if inner is not None and other is not None and inner != other:
        raise ValueError(f"Dimensions must be equal, but are {inner} and {other}")
    return rows, columns


def _misfit(a: Any, b: Any, turn_a: bool, turn_b: bool, words: tuple[str, str]) -> str:
    """What to say of two arrays whose matrices do not fit, with a hint where one is near."""
    text = f"Matrix size-incompatible: In[0]: {_sizes(a)}, In[1]: {_sizes(b)}"
    if a.ndim < 2 or b.ndim < 2:
        return text
    shapes: tuple[Dims, Dims] = (a.shape, b.shape)
    for turned, word, flips in zip((turn_b, turn_a), words, ((0, 1), (1, 0)), strict=True):
        try:
            _inner(*shapes, turn_a ^ bool(flips[0]), turn_b ^ bool(flips[1]))
        except ValueError:
            continue
        how = f"without {word}" if turned else f"with {word}=True"
        return f"{text}. Hint: they fit {how}"
    return text


def _sizes(x: Any) -> str:
    return brackets(TensorShape.of(x.shape))


def _computed_in(dtype: np.dtype[Any], product: Callable[..., Any]) -> Callable[..., Any]:
    """The product, in float32 when its dtype is a floating one of 16 bits."""
    if dtype.itemsize != 2:
        return product
    return lambda a, b: product(a.astype(np.float32), b.astype(np.float32)).astype(dtype)


# --- MatMul ---------------------------------------------------------------------------------------
matmul_op = define(
    "MatMul",
    inputs="a: T, b: T",
    outputs="product: T",
    attrs={"transpose_a": attrs.boolean(False), "transpose_b": attrs.boolean(False), "T": _TYPES},
    traits=Trait.HEAVY,
    cost=product_cost,
)


@matmul_op.shape
def _(op: Operation) -> TensorShape:
    sides: list[Dims] = []
    for tensor in op.inputs:
        dims = tensor.shape.known
        if dims is not None and len(dims) != 2:
            raise ValueError(f"Shape must be rank 2 but is rank {len(dims)}")
        sides.append(dims or (None, None))
    return TensorShape.of(_inner(*sides, op.attrs["transpose_a"], op.attrs["transpose_b"]))


@matmul_op.kernel
def _(ctx: Any) -> Any:
    turn_a, turn_b = ctx.attrs["transpose_a"], ctx.attrs["transpose_b"]
    is_checked = all(shape.rank == 2 for shape in ctx.input_shapes)
    # For two matrices `dot` costs less per call than `matmul`, and does the same.
    product = _computed_in(ctx.dtype, ctx.xp.dot)

    def run(a: Any, b: Any) -> Any:
        if not is_checked:
            _check_matrices(a, b)
        try:
            return product(a.T if turn_a else a, b.T if turn_b else b)
        except ValueError:
            words = ("transpose_b", "transpose_a")
            raise InvalidArgumentError(_misfit(a, b, turn_a, turn_b, words)) from None

    return run


def _check_matrices(*arrays: Any) -> None:
    for i, x in enumerate(arrays):
        if x.ndim != 2:
            raise InvalidArgumentError(f"In[{i}] is not a matrix, its shape is {_sizes(x)}")


@matmul_op.gradient
def _(op: Operation, grad: Any) -> Any:
    a, b = op.inputs
    turn_a, turn_b = op.attrs["transpose_a"], op.attrs["transpose_b"]
    by_a = by_b = None
    if is_wanted(a):
        if turn_a:
            by_a = matmul_op(conj(b), grad, transpose_a=turn_b, transpose_b=True)
        else:
            by_a = matmul_op(grad, conj(b), transpose_b=not turn_b)
    if is_wanted(b):
        if turn_b:
            by_b = matmul_op(grad, conj(a), transpose_a=True, transpose_b=turn_a)
        else:
            by_b = matmul_op(conj(a), grad, transpose_a=not turn_a)
    return [by_a, by_b]


# --- BatchMatMul, BatchMatMulV2 -------------------------------------------------------------------
def _batch_matmul(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="x: T, y: T",
        outputs="output: T",
        attrs={"T": _TYPES, "adj_x": attrs.boolean(False), "adj_y": attrs.boolean(False)},
        traits=Trait.HEAVY,
        cost=product_cost,
    )


batch_matmul_op = _batch_matmul("BatchMatMul")
batch_matmul_v2_op = _batch_matmul("BatchMatMulV2")


@batch_matmul_op.shape
@batch_matmul_v2_op.shape
def _(op: Operation) -> TensorShape:
    x, y = (t.shape.known for t in op.inputs)
    for dims in (x, y):
        if dims is not None and len(dims) < 2:
            raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    if x is None or y is None:
        return UNKNOWN
    batches = TensorShape.of(x[:-2]), TensorShape.of(y[:-2])
    if op.type == "BatchMatMul":
        batch = merged(*batches)
    else:
        batch = _broadcast_batches(*batches)
    ends = _inner(x, y, op.attrs["adj_x"], op.attrs["adj_y"])
    return batch.concatenate(TensorShape.of(ends))


def _broadcast_batches(x: TensorShape, y: TensorShape) -> TensorShape:
    try:
        return broadcast(x, y)
    except ValueError:
        pairs = zip(reversed(x.known or ()), reversed(y.known or ()), strict=False)
        p, q = next((p, q) for p, q in pairs if p != q and 1 not in (p, q) and None not in (p, q))
        raise ValueError(f"Dimensions must be equal, but are {p} and {q}") from None


@batch_matmul_op.kernel
@batch_matmul_v2_op.kernel
def _(ctx: Any) -> Any:
    adj_x, adj_y = ctx.attrs["adj_x"], ctx.attrs["adj_y"]
    product = _computed_in(ctx.dtype, ctx.xp.matmul)
    turn = _adjoint if ctx.output_dtypes[0].is_complex else _transposed

    def run(x: Any, y: Any) -> Any:
        if x.ndim < 2 or y.ndim < 2:
            raise InvalidArgumentError(
                f"In[{int(x.ndim >= 2)}] ndims must be >= 2: {min(x.ndim, y.ndim)}"
            )
        try:
            return product(turn(x) if adj_x else x, turn(y) if adj_y else y)
        except ValueError:
            raise InvalidArgumentError(_batch_misfit(x, y, adj_x, adj_y)) from None

    return run


def _transposed(x: Any) -> Any:
    return x.swapaxes(-1, -2)


def _adjoint(x: Any) -> Any:
    return x.swapaxes(-1, -2).conj()


def _batch_misfit(x: Any, y: Any, adj_x: bool, adj_y: bool) -> str:
    try:
        np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        return f"In[0] and In[1] must have compatible batch dimensions: {_sizes(x)} vs. {_sizes(y)}"
    return _misfit(x, y, adj_x, adj_y, ("adjoint_b", "adjoint_a"))


@batch_matmul_op.gradient
@batch_matmul_v2_op.gradient
def _(op: Operation, grad: Any) -> Any:
    x, y = op.inputs
    adj_x, adj_y = op.attrs["adj_x"], op.attrs["adj_y"]
    make = op.op_def
    by_x = by_y = None
    if is_wanted(x):
        by_x = make(y, grad, adj_x=adj_y, adj_y=True) if adj_x else make(grad, y, adj_y=not adj_y)
        by_x = _sum_batches(by_x, x, y)
    if is_wanted(y):
        by_y = make(grad, x, adj_x=True, adj_y=adj_x) if adj_y else make(x, grad, adj_x=not adj_x)
        by_y = _sum_batches(by_y, y, x)
    return [by_x, by_y]


def _sum_batches(grad: Any, x: Tensor, other: Tensor) -> Any:
    """Sums a gradient over the batch dimensions along which `x` was broadcast."""
    mine, theirs = x.shape.known, other.shape.known
    if mine is not None and theirs is not None:
        if mine[:-2] == theirs[:-2] and None not in mine[:-2]:
            return grad
        if len(mine) == len(theirs) == 2:
            return grad
    sizes = shape_of(x)
    axes, _ = broadcast_gradient_args_op(sizes[:-2], shape_of(other)[:-2])  # type: ignore[index]
    return raw.Reshape(raw.Sum(grad, axes, keep_dims=False), sizes)


# --- public functions -----------------------------------------------------------------------------
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two matrices, or of each pair in two batches of them (tf.matmul).

    Args:
      a: shape [..., m, k].
      b: shape [..., k, n], of the same dtype; the batch dimensions are broadcast.
      transpose_a: take the transpose of each matrix in `a`.
      transpose_b: likewise of `b`.
      adjoint_a: take the conjugate transpose of each matrix in `a`.
      adjoint_b: likewise of `b`.
      a_is_sparse: accepted: many zeros are multiplied like other numbers.
      b_is_sparse: likewise.
      name: the operation's name.

    Raises:
      ValueError: the shapes do not fit, or a matrix is asked for both transposed and adjoint.
      TypeError: the dtypes differ.

    >>> matmul([[1.0, 2.0]], [[3.0], [4.0]]).shape.as_list()
    [1, 1]
    """
    del a_is_sparse, b_is_sparse
    with name_scope(name, "MatMul", [a, b]) as scope:
        for side, both in (("a", transpose_a and adjoint_a), ("b", transpose_b and adjoint_b)):
            if both:
                raise ValueError(f"Only one of transpose_{side} and adjoint_{side} can be True.")
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, dtype_hint=a.dtype.base_dtype, name="b")
        ranks = (a.shape.rank, b.shape.rank)
        # The ops for one and for many matrices turn them differently when they are complex.
        if None in ranks or max(ranks) > 2:  # type: ignore[type-var]
            a = conj(a) if transpose_a else a
            b = conj(b) if transpose_b else b
            return batch_matmul_v2_op(  # type: ignore[no-any-return]
                a, b, adj_x=transpose_a or adjoint_a, adj_y=transpose_b or adjoint_b, name=scope
            )
        a = conj(a) if adjoint_a else a
        b = conj(b) if adjoint_b else b
        return matmul_op(  # type: ignore[no-any-return]
            a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b,
            name=scope,
        )  # fmt: skip


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of matrices [..., m, k] with vectors [..., k] (tf.linalg.matvec)."""
    with name_scope(name, "MatVec", [a, b]):
        column = raw.ExpandDims(b, -1)
        product = matmul(
            a, column, transpose_a=transpose_a, adjoint_a=adjoint_a, a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
        )  # fmt: skip
        return raw.Squeeze(product, squeeze_dims=[-1])  # type: ignore[no-any-return]
