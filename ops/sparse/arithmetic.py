"""Sums of sparse tensors with sparse and dense ones, products and quotients with dense ones.

Python's operators on `SparseTensor` are installed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import Dimension, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor, is_sparse
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.cast import cast
from flowgraph.ops.sparse._parts import (
    check_bounds,
    check_parts,
    check_same_shape,
    find,
    first_given,
    keys,
    listed,
    matrix,
    parts,
    sizes_of,
    vector,
)

__all__ = ["sparse_add", "sparse_maximum", "sparse_minimum"]

_TWO = (
    "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: int64"
)


def _rank_of_two(op: Operation) -> int | None:
    """The rank of two operands; ValueError when theirs differ."""
    (_, a), (_, b) = sizes_of(op), sizes_of(op, 3)
    return Dimension(a).merge_with(b).value


def _union(*arrays: Any) -> Any:
    """(indices of all entries, sorted; for each operand its values there, zero where none is)."""
    a_indices, a_values, a_shape, b_indices, b_values, b_shape = arrays
    check_parts(a_indices, a_values, a_shape, "First operand")
    check_parts(b_indices, b_values, b_shape, "Second operand")
    check_same_shape(a_shape, b_shape)
    a_keys, b_keys = keys(a_indices, b_indices)
    all_keys, first = np.unique(np.concatenate([a_keys, b_keys]), return_index=True)
    indices = np.concatenate([a_indices, b_indices])[first]
    aligned = []
    for own, values in ((a_keys, a_values), (b_keys, b_values)):
        there = np.zeros(len(all_keys), values.dtype)
        np.add.at(there, np.searchsorted(all_keys, own), values)
        aligned.append(there)
    return indices, *aligned


# --- SparseAdd, SparseAddGrad ---------------------------------------------------------------------
sparse_add_op = define(
    "SparseAdd",
    inputs=f"{_TWO}, thresh: Treal",
    outputs="sum_indices: int64, sum_values: T, sum_shape: int64",
    attrs={"T": dtypes.NUMBERS, "Treal": attrs.types(*dtypes.REAL)},
)


@sparse_add_op.shape
def _(op: Operation) -> Any:
    rank = _rank_of_two(op)
    return [matrix(None, rank), vector(None), vector(rank)]


@sparse_add_op.kernel
def _(ctx: Any) -> Any:
    def run(*arrays: Any) -> Any:
        *operands, thresh = arrays
        if thresh.ndim:
            raise InvalidArgumentError(
                f"The magnitude threshold must be a scalar, got shape {listed(thresh.shape)}"
            )
        indices, a, b = _union(*operands)
        total = a + b
        # As in TensorFlow, the threshold is for entries that both operands have.
        kept = np.abs(total) >= thresh
        if not kept.all():
            at, a_at, b_at = keys(indices, operands[0], operands[3])
            kept |= ~(np.isin(at, a_at) & np.isin(at, b_at))
        return indices[kept], total[kept], operands[2].copy()

    return run


@sparse_add_op.gradient
def _(op: Operation, _: Any, grad: Any, __: Any) -> Any:
    a, b = op.inputs[0], op.inputs[3]
    by_a, by_b = sparse_add_grad_op(grad, a, b, op.outputs[0])
    by_a.set_shape(op.inputs[1].shape)
    by_b.set_shape(op.inputs[4].shape)
    return [None, by_a, None, None, by_b, None, None]


sparse_add_grad_op = define(
    "SparseAddGrad",
    inputs="backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64",
    outputs="a_val_grad: T, b_val_grad: T",
    attrs={"T": dtypes.NUMBERS},
)


@sparse_add_grad_op.shape
def _(op: Operation) -> Any:
    return [vector(t.shape.with_rank(2).known[0]) for t in op.inputs[1:3]]  # type: ignore[index]


@sparse_add_grad_op.kernel
def _(ctx: Any) -> Any:
    def run(grad: Any, a: Any, b: Any, total: Any) -> Any:
        if not a.ndim == b.ndim == total.ndim == 2:
            raise InvalidArgumentError("The indices of the operands and the sum must be matrices.")
        if grad.shape != total.shape[:1]:
            raise InvalidArgumentError(
                f"The sum has {len(total)} entries, its gradient the shape {listed(grad.shape)}"
            )
        return tuple(_taken(grad, *keys(own, total)) for own in (a, b))

    return run


def _taken(grad: Any, wanted: Any, known: Any) -> Any:
    """The gradients at the wanted keys; zero where there is none."""
    if not len(grad):
        return np.zeros(len(wanted), grad.dtype)
    found, places = find(wanted, known)
    return np.where(found, grad[places], grad.dtype.type(0))


@sparse_add_grad_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    # To each entry of the sum comes what its entries in a and b get.
    _, a, b, total = op.inputs
    by_a, by_b = (
        sparse_add_grad_op(grad, total, total, own)[0]
        for grad, own in zip(grads, (a, b), strict=True)
    )
    return [by_a + by_b, None, None, None]


# --- SparseTensorDenseAdd -------------------------------------------------------------------------
sparse_tensor_dense_add_op = define(
    "SparseTensorDenseAdd",
    inputs="a_indices: Tindices, a_values: T, a_shape: Tindices, b: T",
    outputs="output: T",
    attrs={"T": dtypes.NUMBERS, "Tindices": attrs.types(*dtypes.INDEX)},
)


@sparse_tensor_dense_add_op.shape
def _(op: Operation) -> TensorShape:
    rank = sizes_of(op)[1]
    shape = op.inputs[3].shape
    return shape if rank is None else shape.with_rank(rank)


@sparse_tensor_dense_add_op.kernel
def _(ctx: Any) -> Any:
    def run(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
        check_parts(indices, values, shape)
        if len(shape) != dense.ndim:
            raise InvalidArgumentError(
                f"Two operands have different ranks; received: {len(shape)} and {dense.ndim}"
            )
        bad = np.flatnonzero(shape != dense.shape)
        if bad.size:
            raise InvalidArgumentError(
                f"Dimension {bad[0]} does not equal (no broadcasting is supported): sparse side "
                f"{shape[bad[0]]} vs dense side {dense.shape[bad[0]]}"
            )
        wrong = np.argwhere((indices < 0) | (indices >= shape))
        if wrong.size:
            row, at = wrong[0]
            raise InvalidArgumentError(
                f"Sparse tensor has an invalid index on dimension {at}: "
                f"a_indices({row},{at}) = {indices[row, at]}, dense tensor shape: "
                f"{listed(dense.shape)}"
            )
        result = np.array(dense)
        np.add.at(result, tuple(indices.T), values if len(shape) else values.sum(dtype=ctx.dtype))
        return result

    return run


@sparse_tensor_dense_add_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [None, raw.GatherNd(grad, op.inputs[0]), None, grad]


def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """The sum of two sparse tensors, or of a sparse and a dense one (tf.sparse.add).

    Args:
      a: a `SparseTensor`, or a dense tensor when `b` is sparse.
      b: the same; nothing is broadcast.
      threshold: sums of two entries whose magnitude is less are left out; 0 when None.
      thresh: the old name of `threshold`.

    Returns:
      A `SparseTensor` when both are sparse, else a dense tensor.
    """
    least = first_given(0, threshold=threshold, thresh=thresh)
    if not (is_sparse(a) or is_sparse(b)):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if not (is_sparse(a) and is_sparse(b)):
        sparse, dense = (b, a) if is_sparse(b) else (a, b)
        return sparse_tensor_dense_add_op(*parts(convert_to_sparse_tensor(sparse)), dense)
    a, b = convert_to_sparse_tensor(a), convert_to_sparse_tensor(b)
    kind = a.dtype.base_dtype
    least = convert_to_tensor(
        least, dtype=kind.real_dtype if kind.is_complex else kind, name="threshold"
    )
    indices, values, shape = sparse_add_op(*parts(a), *parts(b), least)
    static = a.shape.merge_with(b.shape)
    known = static.as_list() if static.is_fully_defined() else None
    result = SparseTensor(indices, values, shape if known is None else known)
    result.set_shape(static)
    return result


# --- SparseDenseCwiseAdd, SparseDenseCwiseMul, SparseDenseCwiseDiv --------------------------------
def _cwise(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="sp_indices: int64, sp_values: T, sp_shape: int64, dense: T",
        outputs="output: T",
        attrs={"T": dtypes.NUMBERS},
        shape=lambda op: vector(sizes_of(op)[0]),
    )


def _cwise_kernel(op_def: OpDef, function: Callable[[Any], Any]) -> None:
    @op_def.kernel
    def _(ctx: Any) -> Any:
        combine = function(ctx)

        def run(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
            check_parts(indices, values, shape)
            try:
                if np.broadcast_shapes(tuple(shape), dense.shape) != tuple(shape):
                    raise ValueError
            except ValueError:
                raise InvalidArgumentError(
                    f"{op_def.name} broadcasts dense to sparse only; got incompatible shapes: "
                    f"{listed(shape)} vs. {listed(dense.shape)}"
                ) from None
            if ((indices < 0) | (indices >= shape)).any():
                raise InvalidArgumentError(
                    "Provided indices are out-of-bounds w.r.t. dense side with broadcasted shape "
                    f"{listed(shape)}"
                )
            others = np.broadcast_to(dense, tuple(shape))[tuple(indices.T)]
            return combine(values, np.broadcast_to(others, values.shape))

        return run


def _divide(ctx: Any) -> Any:
    kind = ctx.dtype.kind
    if kind not in "iu":
        return np.divide

    def divide(x: Any, y: Any) -> Any:
        if not y.all():
            raise InvalidArgumentError(
                "SparseDenseCwiseDiv cannot divide by zero, but the dense tensor has a zero there"
            )
        quotient = x // y
        # Integers are divided toward zero.
        return quotient + ((quotient < 0) & (quotient * y != x)) if kind == "i" else quotient

    return lambda x, y: divide(x, y).astype(ctx.dtype, copy=False)


sparse_dense_cwise_add_op = _cwise("SparseDenseCwiseAdd")
sparse_dense_cwise_mul_op = _cwise("SparseDenseCwiseMul")
sparse_dense_cwise_div_op = _cwise("SparseDenseCwiseDiv")
_cwise_kernel(sparse_dense_cwise_add_op, lambda ctx: np.add)
_cwise_kernel(sparse_dense_cwise_mul_op, lambda ctx: np.multiply)
_cwise_kernel(sparse_dense_cwise_div_op, _divide)


def _places(op: Operation) -> Any:
    """The coordinates in the dense tensor of each entry: where its size is 1, they are 0."""
    indices, _, shape, dense = op.inputs
    size = shape_of(dense, out_type=dtypes.int64)
    missing = raw.Pack([0, raw.Sub(raw.Size(shape), raw.Size(size))])
    own = raw.Slice(indices, missing, [-1, -1])
    return raw.Minimum(own, size - np.array(1, np.int64)), size


def _cwise_gradient(op: Operation, by_sparse: Any, by_dense: Any) -> list[Any]:
    places, size = _places(op)
    return [None, by_sparse, None, raw.ScatterNd(places, by_dense, size)]


@sparse_dense_cwise_add_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return _cwise_gradient(op, grad, grad)


@sparse_dense_cwise_mul_op.gradient
def _(op: Operation, grad: Any) -> Any:
    dense = raw.GatherNd(op.inputs[3], _places(op)[0])
    return _cwise_gradient(op, grad * conj(dense), grad * conj(op.inputs[1]))


@sparse_dense_cwise_div_op.gradient
def _(op: Operation, grad: Any) -> Any:
    dense = conj(raw.GatherNd(op.inputs[3], _places(op)[0]))
    by_dense = grad * raw.RealDiv(raw.Neg(conj(op.inputs[1])), raw.Square(dense))
    return _cwise_gradient(op, raw.RealDiv(grad, dense), by_dense)


def _true_divide(indices: Any, values: Any, shape: Any, dense: Any, name: str) -> Tensor:
    """Integers are divided as floating numbers, as `tf.truediv` does."""
    kind = values.dtype.base_dtype
    if kind.is_integer:
        wide = dtypes.float32 if kind.size <= 2 else dtypes.float64
        values, dense = cast(values, wide), cast(dense, wide)
    return sparse_dense_cwise_div_op(indices, values, shape, dense, name=name)  # type: ignore[no-any-return]


def _operator(
    name: str, function: Callable[..., Any], *, dense_first: bool = False
) -> Callable[..., Any]:
    def operator(sparse: SparseTensor, dense: Any) -> SparseTensor:
        with name_scope(None, name, [sparse.values]) as scope:
            keeps = dense_first and isinstance(dense, Tensor)  # TensorFlow converts the second
            kind = None if keeps else sparse.dtype.base_dtype
            dense = convert_to_tensor(dense, dtype=kind, name="y")
            return sparse.with_values(function(*parts(sparse), dense, name=scope))

    return operator


# Python's operators on a sparse tensor.
mul = _operator("mul", sparse_dense_cwise_mul_op)
rmul = _operator("mul", sparse_dense_cwise_mul_op, dense_first=True)
div = _operator("div", sparse_dense_cwise_div_op)
truediv = _operator("truediv", _true_divide)


# --- SparseSparseMaximum, SparseSparseMinimum -----------------------------------------------------
def _extremum(op_type: str, types: Any, function: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs=_TWO,
        outputs="output_indices: int64, output_values: T",
        attrs={"T": types},
        shape=lambda op: [matrix(None, _rank_of_two(op)), vector(None)],
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def run(*arrays: Any) -> Any:
            for indices, values, shape in arrays[:3], arrays[3:]:
                check_parts(indices, values, shape)
                check_bounds(indices, shape)
            indices, a, b = _union(*arrays)
            return indices, function(a, b)

        return run

    return op_def


sparse_maximum_op = _extremum("SparseSparseMaximum", dtypes.REAL, np.maximum)
sparse_minimum_op = _extremum("SparseSparseMinimum", dtypes.NUMBERS, np.minimum)


def _extreme(op_def: OpDef, sp_a: Any, sp_b: Any, name: str | None) -> SparseTensor:
    a, b = convert_to_sparse_tensor(sp_a), convert_to_sparse_tensor(sp_b)
    with name_scope(name, op_def.name, [a.indices, b.indices]) as scope:
        indices, values = op_def(*parts(a), *parts(b), name=scope)
    return SparseTensor(indices, values, a.dense_shape)


def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The larger of two sparse tensors of one shape, entry by entry (tf.sparse.maximum).

    Where only one has an entry, the other counts as 0.
    """
    return _extreme(sparse_maximum_op, sp_a, sp_b, name)


def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The smaller of two sparse tensors of one shape, entry by entry (tf.sparse.minimum)."""
    return _extreme(sparse_minimum_op, sp_a, sp_b, name)
