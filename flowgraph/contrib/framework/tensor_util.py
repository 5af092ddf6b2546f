"""Checks of tensors' shapes, at once where they are known and else when the graph runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.shapes import TensorShape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.reshape import reshape, squeeze
from flowgraph.ops.array.shape import rank, shape, size
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.control.checks import assert_scalar
from flowgraph.ops.control.cond import cond
from flowgraph.ops.math.add_n import add_n
from flowgraph.ops.math.comparison import equal
from flowgraph.ops.math.logical import logical_and, logical_or
from flowgraph.ops.math.reduction import reduce_all, reduce_sum


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor, a sparse one or a variable."""
    return isinstance(x, (Tensor, SparseTensor)) or hasattr(x, "_as_graph_element")


def assert_scalar_int(tensor: Any, name: str | None = None) -> Tensor:
    """The tensor, which must be an integer scalar.

    Raises:
        ValueError: it is something else.
    """
    with name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(
                f"Expected integer type for {tensor.name}, received type: {tensor.dtype}."
            )
        return assert_scalar(tensor, name=scope)


def reduce_sum_n(tensors: list[Any], name: str | None = None) -> Tensor:
    """The sum of all elements of all tensors.

    Raises:
        ValueError: there are none.
    """
    if not tensors:
        raise ValueError("No tensors provided.")
    with name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [reduce_sum(t, name=f"{t.op.name}/sum") for t in tensors]
        return sums[0] if len(sums) == 1 else add_n(sums, name=scope)


def remove_squeezable_dimensions(
    predictions: Any, labels: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Predictions and labels, without a last dimension of 1 that one has and the other has not."""
    with name_scope(name, "remove_squeezable_dimensions", [predictions, labels]):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        ranks = predictions.shape.ndims, labels.shape.ndims
        if None not in ranks:
            more = ranks[0] - ranks[1]
            if more == 1:
                predictions = squeeze(predictions, [-1])
            elif more == -1:
                labels = squeeze(labels, [-1])
            return predictions, labels
        more = rank(predictions) - rank(labels)
        return _squeezed_if(more, 1, predictions), _squeezed_if(more, -1, labels)


def _squeezed_if(more: Tensor, wanted: int, tensor: Tensor) -> Tensor:
    static = tensor.shape
    if static.ndims is not None and not static.dims[-1].is_compatible_with(1):
        return tensor
    return cond(equal(wanted, more), lambda: squeeze(tensor, [-1]), lambda: tensor)


def with_same_shape(expected_tensor: Any, tensor: Any) -> Tensor:
    """`tensor`, which must have the shape of `expected_tensor`; see `with_shape`."""
    static = expected_tensor.get_shape()
    with name_scope(f"{tensor.op.name}/", values=[expected_tensor, tensor]):
        if static.is_fully_defined():
            return with_shape(static.as_list(), tensor)
        return with_shape(shape(expected_tensor, name="expected_shape"), tensor)


def with_shape(expected_shape: Any, tensor: Any) -> Tensor:
    """`tensor`, which must have a shape; it is checked when the graph runs where it is not known.

    Args:
        expected_shape: numbers, a `TensorShape` or an int32 vector.
        tensor: the tensor; [1] is made a scalar where one is expected.

    Raises:
        ValueError: the shape is another one, or is no int32 vector, or the tensor is sparse.
    """
    if isinstance(tensor, SparseTensor):
        raise ValueError("SparseTensor not supported.")
    expected = _expected(expected_shape, tensor)
    dynamic = is_tensor(expected)
    static = tensor.get_shape()
    if not dynamic and _rank_of(expected) == 0 and static.is_compatible_with([1]):
        with name_scope(f"{tensor.op.name}/", values=[tensor]):
            return reshape(tensor, [])
    if dynamic or not static.is_fully_defined():
        with name_scope(f"{tensor.op.name}/", values=[tensor]):
            if not dynamic and _rank_of(expected) == 0:
                return reshape(tensor, [])
            with control_dependencies([_assert_shape(expected, tensor)]):
                result = identity(tensor)
            if not dynamic:
                result.set_shape(_as_static(expected))
            return result
    if not static.is_compatible_with(_as_static(expected)):
        raise ValueError(
            f"Invalid shape for tensor {tensor.name}, expected {expected}, got {static}."
        )
    return tensor  # type: ignore[no-any-return]


def _as_static(expected: Any) -> Any:
    if isinstance(expected, TensorShape):
        return expected
    return [None if n == -1 else int(n) for n in expected]


def _rank_of(expected: Any) -> int | None:
    return expected.ndims if isinstance(expected, TensorShape) else len(expected)


def _expected(given: Any, tensor: Any) -> Any:
    """The shape that is expected, as a tensor, a `TensorShape` or an int32 vector."""
    if isinstance(given, TensorShape):
        return given
    if is_tensor(given):
        if given.dtype.base_dtype != dtypes.int32:
            raise ValueError(
                f"Invalid dtype {given.dtype} for shape {given} expected of tensor {tensor.name}."
            )
        return given
    values = given if isinstance(given, np.ndarray) else np.asarray(given)
    if not isinstance(given, np.ndarray) and (not values.size or values.dtype == np.int64):
        values = values.astype(np.int32)
    if values.ndim > 1:
        raise ValueError(
            f"Invalid rank {values.ndim} for shape {given} expected of tensor {tensor.name}."
        )
    if values.dtype != np.int32:
        raise ValueError(
            f"Invalid dtype {values.dtype} for shape {given} expected of tensor {tensor.name}."
        )
    return values


def _assert_shape(expected: Any, tensor: Any) -> Any:
    with name_scope("assert_shape", values=[tensor]):
        if isinstance(expected, TensorShape):
            expected = [-1 if d is None else d for d in expected.as_list()]
        actual = shape(tensor, name="actual")
        same_rank = equal(size(expected), rank(tensor))
        same = cond(
            same_rank,
            lambda: reduce_all(logical_or(equal(expected, -1), equal(expected, actual))),
            lambda: same_rank,
        )
        said = f"Wrong shape for {tensor.name} [expected] [actual]."
        return Assert(logical_and(same_rank, same), [said, expected, actual])
