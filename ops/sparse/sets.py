"""Sets along the last dimension: intersection, union, difference, size (tf.sets).

A tensor of rank n holds a set for each place in its first n - 1 dimensions; so does the result, a
sparse tensor whose values ascend in each set. Kernels number the places and the values, so that an
element of all sets is one integer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, Dimension, TensorShape
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_tensor_or_sparse_tensor
from flowgraph.core.static import constant_value_as_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import merged
from flowgraph.ops.sparse._parts import (
    check_bounds,
    check_parts,
    keys,
    listed,
    matrix,
    parts,
    sizes_of,
    vector,
)

__all__ = ["set_difference", "set_intersection", "set_size", "set_union"]

_TYPES = (
    dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16,
    dtypes.string,
)  # fmt: skip
_ATTRS = {
    "set_operation": attrs.string(),
    "validate_indices": attrs.boolean(True),
    "T": attrs.types(*_TYPES),
}


# --- static shapes --------------------------------------------------------------------------------
def _at_least_two(rank: int | None) -> int | None:
    if rank is not None and rank < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {rank}")
    return rank


def _dense_rank(tensor: Tensor) -> int | None:
    return _at_least_two(tensor.shape.rank)


def _result_shapes(first: int | None, second: int | None) -> list[TensorShape]:
    rank = Dimension(first).merge_with(second).value
    return [matrix(None, rank), vector(None), vector(rank)]


def _dense_dense_shapes(op: Operation) -> Any:
    a, b = op.inputs
    shapes = _result_shapes(_dense_rank(a), _dense_rank(b))
    if a.shape.rank is not None and b.shape.rank is not None:
        merged(a.shape[:-1], b.shape[:-1])
    return shapes


def _dense_sparse_shapes(op: Operation) -> Any:
    return _result_shapes(_dense_rank(op.inputs[0]), _at_least_two(sizes_of(op, 1)[1]))


def _sparse_sparse_shapes(op: Operation) -> Any:
    return _result_shapes(*[_at_least_two(sizes_of(op, first)[1]) for first in (0, 3)])


# --- sets as numbers ------------------------------------------------------------------------------
class _Sets:
    """Sets as they come: for each element its place and its value, and the shape of the places."""

    def __init__(self, places: Any, values: Any, shape: Any) -> None:
        self.places, self.values, self.shape = places, values, [int(d) for d in shape]


def _of_dense(x: Any) -> _Sets:
    _check_rank(x.shape)
    places = np.indices(x.shape[:-1]).reshape(x.ndim - 1, -1).T
    return _Sets(np.repeat(places, x.shape[-1], axis=0), x.reshape(-1), x.shape[:-1])


def _of_sparse(indices: Any, values: Any, shape: Any, check_order: bool = True) -> _Sets:
    check_parts(indices, values, shape)
    _check_rank(shape)
    check_bounds(indices, shape)
    if check_order:
        steps = np.diff(keys(indices)[0])
        bad = np.flatnonzero(steps <= 0)
        if bad.size:
            what = "repeated" if steps[bad[0]] == 0 else "out of order"
            at = bad[0] + 1
            raise InvalidArgumentError(
                f"indices[{at}] = {listed(indices[at])} is {what}. Many sparse ops require sorted "
                "indices.\n  Use `tf.sparse.reorder` to create a correctly ordered copy."
            )
    return _Sets(indices[:, :-1], values, shape[:-1])


def _check_rank(shape: Any) -> None:
    if len(shape) < 2:
        raise InvalidArgumentError(f"Shape {listed(shape)} has rank {len(shape)} < 2")


def _numbered(*sets: _Sets) -> tuple[list[Any], Any, Any]:
    """For each of the sets its distinct elements as ascending integers, and what they stand for.

    Returns:
      (integers of each, coordinates of the places, distinct values); an integer is
      place * len(values) + value.
    """
    places = np.concatenate([s.places for s in sets])
    _, first, place = np.unique(keys(places)[0], return_index=True, return_inverse=True)
    values, value = np.unique(np.concatenate([s.values for s in sets]), return_inverse=True)
    elements = place.reshape(-1) * max(len(values), 1) + value.reshape(-1)
    ends = np.cumsum([len(s.values) for s in sets])[:-1]
    return [np.unique(part) for part in np.split(elements, ends)], places[first], values


_OPERATIONS: dict[str, Any] = {
    "a-b": lambda a, b: np.setdiff1d(a, b, assume_unique=True),
    "b-a": lambda a, b: np.setdiff1d(b, a, assume_unique=True),
    "intersection": lambda a, b: np.intersect1d(a, b, assume_unique=True),
    "union": np.union1d,
}


def _operate(a: _Sets, b: _Sets, operation: Any, dtype: np.dtype[Any]) -> tuple[Any, Any, Any]:
    if a.shape != b.shape:
        raise InvalidArgumentError(f"Mismatched shapes {listed(a.shape)} vs {listed(b.shape)}")
    (first, second), places, values = _numbered(a, b)
    found = operation(first, second).astype(np.int64)
    place, value = np.divmod(found, max(len(values), 1))
    counts = np.bincount(place, minlength=len(places))
    column = np.arange(len(found)) - (np.cumsum(counts) - counts)[place]
    indices = np.concatenate([places[place], column[:, None]], axis=1).astype(np.int64)
    shape = np.array([*a.shape, counts.max(initial=0)], np.int64)
    return indices, values[value].astype(dtype), shape


# --- DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation --------------
def _set_operation(op_type: str, inputs: str, shape: Any, read: Any) -> OpDef:
    op_def = define(
        op_type, inputs=inputs, attrs=_ATTRS, shape=shape,
        outputs="result_indices: int64, result_values: T, result_shape: int64",
    ).no_gradient()  # fmt: skip

    @op_def.kernel
    def _(ctx: Any) -> Any:
        name, dtype = ctx.attrs["set_operation"], ctx.output_dtypes[1].np_dtype
        if name.lower() not in _OPERATIONS:
            raise InvalidArgumentError(f"Invalid set_operation {name}.")
        operation = _OPERATIONS[name.lower()]
        return lambda *arrays: _operate(*read(*arrays), operation, dtype)

    return op_def


dense_to_dense_op = _set_operation(
    "DenseToDenseSetOperation",
    "set1: T, set2: T",
    _dense_dense_shapes,
    lambda a, b: (_of_dense(a), _of_dense(b)),
)
dense_to_sparse_op = _set_operation(
    "DenseToSparseSetOperation",
    "set1: T, set2_indices: int64, set2_values: T, set2_shape: int64",
    _dense_sparse_shapes,
    lambda a, *b: (_of_dense(a), _of_sparse(*b)),
)
sparse_to_sparse_op = _set_operation(
    "SparseToSparseSetOperation",
    "set1_indices: int64, set1_values: T, set1_shape: int64, "
    "set2_indices: int64, set2_values: T, set2_shape: int64",
    _sparse_sparse_shapes,
    lambda *x: (_of_sparse(*x[:3]), _of_sparse(*x[3:], check_order=False)),
)

# --- SetSize --------------------------------------------------------------------------------------
set_size_op = define(
    "SetSize",
    inputs="set_indices: int64, set_values: T, set_shape: int64",
    outputs="size: int32",
    attrs={"validate_indices": attrs.boolean(True), "T": attrs.types(*_TYPES)},
).no_gradient()


@set_size_op.shape
def _(op: Operation) -> TensorShape:
    shape = constant_value_as_shape(op.inputs[2]) if op.inputs[2].shape.rank == 1 else UNKNOWN
    return UNKNOWN if not shape.rank else shape[:-1]  # type: ignore[no-any-return]


@set_size_op.kernel
def _(_ctx: Any) -> Any:
    def run(indices: Any, values: Any, shape: Any) -> Any:
        sets = _of_sparse(indices, values, shape)
        (elements,), places, distinct = _numbered(sets)
        sizes = np.zeros(sets.shape, np.int32)
        counts = np.bincount(elements // max(len(distinct), 1), minlength=len(places))
        sizes[tuple(places.T)] = counts
        return sizes

    return run


# --- functions ------------------------------------------------------------------------------------
def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many distinct elements the sets have, int32 (tf.sets.size).

    Args:
      a: a `SparseTensor` of rank at least 2, whose indices are in order.
      validate_indices: accepted for TensorFlow's sake; the indices are always checked.

    Raises:
      TypeError: `a` is not sparse, or of no dtype that sets may have.
    """
    sparse = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(sparse, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {sparse}.")
    if sparse.dtype.base_dtype not in _TYPES:
        raise TypeError(f"Invalid dtype {sparse.dtype}.")
    return set_size_op(*parts(sparse), validate_indices=validate_indices)  # type: ignore[no-any-return]


def _operation(a: Any, b: Any, name: str, validate_indices: bool) -> SparseTensor:
    """The operation on two tensors, dense or sparse; one of each is taken as dense and sparse."""
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if a.dtype.base_dtype not in _TYPES:
        raise TypeError(f"'a' invalid dtype {a.dtype}.")
    b = convert_to_tensor_or_sparse_tensor(b, name="b")
    if b.dtype.base_dtype is not a.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    given = {"set_operation": name, "validate_indices": validate_indices}
    if isinstance(a, SparseTensor) and isinstance(b, SparseTensor):
        return SparseTensor(*sparse_to_sparse_op(*parts(a), *parts(b), **given))
    if isinstance(a, SparseTensor):
        given["set_operation"] = {"a-b": "b-a", "b-a": "a-b"}.get(name, name)
        a, b = b, a
    if isinstance(b, SparseTensor):
        return SparseTensor(*dense_to_sparse_op(a, *parts(b), **given))
    return SparseTensor(*dense_to_dense_op(a, b, **given))


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that both sets have (tf.sets.intersection).

    Args:
      a: a tensor or `SparseTensor` of integers or strings, of rank at least 2; sparse indices are
        in order.
      b: likewise, with the same first dimensions.
      validate_indices: accepted for TensorFlow's sake.

    Returns:
      a `SparseTensor` of the same rank, with ascending values.
    """
    return _operation(a, b, "intersection", validate_indices)


def set_difference(
    a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True
) -> SparseTensor:
    """The elements that the first set has and the second has not (tf.sets.difference).

    The arguments are those of `set_intersection`; with `aminusb` False the sets change places.
    """
    return _operation(a, b, "a-b" if aminusb else "b-a", validate_indices)


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that either set has (tf.sets.union); see `set_intersection`."""
    return _operation(a, b, "union", validate_indices)
