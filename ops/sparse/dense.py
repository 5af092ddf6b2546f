"""From sparse to dense tensors and back, placeholders, and what `Session.run` does with both."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import (
    SparseTensor,
    SparseTensorValue,
    convert_to_sparse_tensor,
)
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.array.indexing import gather_nd
from flowgraph.ops.array.known import described_shape
from flowgraph.ops.array.making import ones, zeros, zeros_like
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import shape_of, size
from flowgraph.ops.math.broadcast import sum_to_shape_of
from flowgraph.ops.math.range import range as range_of
from flowgraph.ops.sparse._parts import as_int64, check_bounds, keys, listed

__all__ = [
    "from_dense",
    "sparse_eye",
    "sparse_placeholder",
    "sparse_tensor_to_dense",
    "sparse_to_dense",
]

# --- SparseToDense --------------------------------------------------------------------------------
sparse_to_dense_op = define(
    "SparseToDense",
    inputs="sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T",
    outputs="dense: T",
    attrs={
        "validate_indices": attrs.boolean(True),
        "T": attrs.types(),
        "Tindices": attrs.types(*dtypes.INDEX),
    },
    shape=lambda op: described_shape(op.inputs[1]),
)


@sparse_to_dense_op.kernel
def _(ctx: Any) -> Any:
    validate = ctx.attrs["validate_indices"]

    def run(indices: Any, shape: Any, values: Any, default: Any) -> Any:
        _check_dense(indices, shape, values, default)
        rows = indices.reshape(-1, len(shape)) if len(shape) else indices
        if validate:
            _check_sorted(rows, shape)
        elif ((rows < 0) | (rows >= shape)).any():
            raise InvalidArgumentError(
                f"Indices are not valid (out of bounds).  Shape: {listed(shape)}"
            )
        result = np.full(tuple(shape.tolist()), default[()], ctx.dtype)
        if len(rows):
            at = tuple(rows.T)
            result[at] = values if at else np.broadcast_to(values, len(rows))[-1]
        return result

    return run


def _check_dense(indices: Any, shape: Any, values: Any, default: Any) -> None:
    if indices.ndim > 2:
        raise InvalidArgumentError(
            "sparse_indices should be a scalar, vector, or matrix, got shape "
            f"{listed(indices.shape)}"
        )
    count = indices.shape[0] if indices.ndim else 1
    rank = indices.shape[1] if indices.ndim > 1 else 1
    if shape.ndim != 1:
        raise InvalidArgumentError(f"output_shape must be rank 1, got shape {listed(shape.shape)}")
    if len(shape) != rank:
        raise InvalidArgumentError(
            f"output_shape has incorrect number of elements: {len(shape)} should be: {rank}"
        )
    if (shape < 0).any():
        raise InvalidArgumentError(f"output_shape must not be negative, got {listed(shape)}")
    if values.shape not in ((), (count,)):
        raise InvalidArgumentError(
            f"sparse_values has incorrect shape {listed(values.shape)}, should be [] or [{count}]"
        )
    if default.ndim:
        raise InvalidArgumentError("default_value should be a scalar.")


def _check_sorted(rows: Any, shape: Any) -> None:
    """Raises InvalidArgumentError for the first row out of bounds, repeated or out of order."""
    steps = np.diff(keys(rows)[0])
    wrong = np.flatnonzero(steps <= 0)
    check_bounds(rows[: wrong[0] + 2] if wrong.size else rows, shape)
    if wrong.size:
        at = int(wrong[0]) + 1
        said = "is repeated" if steps[at - 1] == 0 else (
            "is out of order: indices must be sorted, as tf.sparse.reorder does"
        )  # fmt: skip
        raise InvalidArgumentError(f"indices[{at}] = {listed(rows[at])} {said}")


@sparse_to_dense_op.gradient
def _(op: Operation, grad: Any) -> Any:
    indices, shape, values, _ = op.inputs
    if indices.shape.rank != 2:  # a scalar or vector of places in a vector
        indices = raw.Reshape(indices, raw.Pack([-1, size(shape)]))
    by_entry = raw.GatherNd(grad, indices)
    axes = raw.Range(0, raw.Rank(grad), 1)
    by_default = raw.Sum(grad, axes, keep_dims=False) - raw.Sum(by_entry, [0], keep_dims=False)
    by_values = sum_to_shape_of(by_entry, values, by_entry)
    by_values.set_shape(values.shape)
    return [None, None, by_values, by_default]


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A dense tensor with some values at some places and a default elsewhere (tf.sparse_to_dense).

    Args:
      sparse_indices: int32 or int64 [n, rank]; [n] or a scalar for a dense vector.
      output_shape: a vector of the dtype of `sparse_indices`.
      sparse_values: a vector [n], or a scalar for all places.
      default_value: a scalar of the dtype of `sparse_values`.
      validate_indices: whether the indices must be sorted, each once.
      name: the operation's name.
    """
    return sparse_to_dense_op(  # type: ignore[no-any-return]
        sparse_indices,
        output_shape,
        sparse_values,
        default_value,
        validate_indices=validate_indices,
        name=name,
    )


def sparse_tensor_to_dense(
    sp_input: Any,
    default_value: Any = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """The dense tensor that a `SparseTensor` stands for (tf.sparse.to_dense).

    Args:
      sp_input: a `SparseTensor`.
      default_value: what stands where no value is; zero, or the empty string, when None.
      validate_indices: whether the indices must be sorted, each once.
      name: the operation's name.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    if default_value is None:
        default_value = zeros([], dtype=sparse.dtype)
    dense = sparse_to_dense(
        sparse.indices, sparse.dense_shape, sparse.values, default_value, validate_indices, name
    )
    dense.set_shape(sparse.shape)
    return dense


# --- from dense tensors, and from nothing ---------------------------------------------------------
def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements of a tensor that are not zero, or not empty strings (tf.sparse.from_dense)."""
    with name_scope(name, "dense_to_sparse", [tensor]):
        tensor = convert_to_tensor(tensor)
        indices = where(raw.NotEqual(tensor, zeros_like(tensor)))
        values = gather_nd(tensor, indices)
        return SparseTensor(indices, values, shape_of(tensor, out_type=dtypes.int64))


def sparse_eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = dtypes.float32, name: str | None = None
) -> SparseTensor:
    """Ones on the diagonal of a matrix (tf.sparse.eye)."""
    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = _int64(num_rows, "num_rows")
        columns = rows if num_columns is None else _int64(num_columns, "num_columns")
        count = raw.Minimum(rows, columns)
        places = range_of(count, dtype=dtypes.int64)
        indices = raw.Pack([places, places], axis=1)
        values = ones(raw.Reshape(count, [1]), dtype=dtype)
        return SparseTensor(indices, values, raw.Pack([rows, columns]))


def _int64(value: Any, name: str) -> Tensor:
    if isinstance(value, Tensor):
        return as_int64(value)  # type: ignore[no-any-return]
    return convert_to_tensor(value, name=name, dtype=dtypes.int64)


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """Three placeholders to be fed as one: with a `SparseTensorValue` (tf.sparse_placeholder).

    Args:
      dtype: the dtype of the values.
      shape: the static shape, whose dimensions may be None, or an int64 tensor; when it is fully
        known, the shape is a constant and no placeholder.
      name: a prefix of the names: name/shape, name/values, name/indices.
    """

    def named(part: str) -> str | None:
        return None if name is None else f"{name}/{part}"

    static = None
    if shape is None:
        rank, dense_shape = None, placeholder(dtypes.int64, [None], name=named("shape"))
    elif isinstance(shape, Tensor):
        rank, dense_shape = shape.shape.with_rank(1).known[0], as_int64(shape)  # type: ignore[index]
    else:
        static = [d if d is None or d >= 0 else None for d in map(_size, shape)]
        rank = len(static)
        if None in static:
            dense_shape = placeholder(dtypes.int64, [rank], name=named("shape"))
        else:
            dense_shape = convert_to_tensor(static, dtype=dtypes.int64, name=named("shape"))
    values = placeholder(dtype, [None], name=named("values"))
    indices = placeholder(dtypes.int64, [None, rank], name=named("indices"))
    result = SparseTensor(indices, values, dense_shape)
    result.set_shape(static)
    return result


def _size(dimension: Any) -> int | None:
    value = getattr(dimension, "value", dimension)
    return None if value is None else int(value)


# --- what consists of the three tensors -----------------------------------------------------------
def fetched_sparse(sparse: SparseTensor) -> tuple[list[Tensor], Any]:
    """The tensors that are fetched for a sparse one, and what makes its value of theirs."""
    parts = [sparse.indices, sparse.values, sparse.dense_shape]
    return parts, lambda values: SparseTensorValue(*values)


def fed_sparse(sparse: SparseTensor, value: Any) -> list[tuple[Tensor, Any]]:
    """The tensors that are fed for a sparse one, each with its part of the value."""
    try:
        indices, values, dense_shape = value
    except (TypeError, ValueError):
        raise TypeError(
            "A SparseTensor is fed with a SparseTensorValue or a tuple (indices, values, "
            f"dense_shape), not with {value!r}."
        ) from None
    return [
        (sparse.indices, indices),
        (sparse.values, values),
        (sparse.dense_shape, dense_shape),
    ]
