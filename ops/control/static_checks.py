"""Assertions about static properties: ranks, dtypes, shapes.

What is not known when the graph is built is checked at the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.static import constant_value
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control.assertion import Assert, prefix
from flowgraph.ops.control.basic import group, no_op, with_dependencies

__all__ = [
    "assert_integer",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "is_numeric_tensor",
]


# --- ranks ----------------------------------------------------------------------------------------
def _rank_tensor(rank: Any) -> tuple[Tensor, int | None]:
    tensor = convert_to_tensor(rank, name="rank")
    assert_type(tensor, dtypes.int32)
    value = constant_value(tensor)
    if value is not None and np.ndim(value) != 0:
        raise ValueError("Rank must be a scalar.")
    return tensor, None if value is None else int(value)


def _check_rank(
    x: Any,
    ranks: list[Any],
    words: str,
    holds: Callable[[int, list[int]], bool],
    compare: Callable[[Tensor, list[Tensor]], Tensor],
    given: tuple[Any, ...],
) -> Operation:
    data, summarize, message = given
    x = x if isinstance(x, IndexedSlices) else convert_to_tensor(x, name="x")
    tensors, values = zip(*map(_rank_tensor, ranks), strict=True)
    rank = x.shape.rank
    if rank is not None and None not in values:
        if holds(rank, list(values)):
            return no_op(name="static_checks_determined_all_ok")
        wanted = f"({', '.join(map(str, values))})" if words.endswith("in") else values[0]
        raise ValueError(
            f"{prefix(message)}Tensor {x.name} must have {words} {wanted}.  "
            f"Received rank {rank}, shape {x.shape}"
        )
    if data is None:
        data = [
            prefix(message), f"Tensor {x.name} must have {words}", *tensors,
            "Received shape: ", raw.Shape(x),
        ]  # fmt: skip
    condition = compare(raw.Rank(x), list(tensors))
    checks = [
        assert_rank(t, 0, data=["Rank must be a scalar. Received rank: ", t])
        for t, value in zip(tensors, values, strict=True)
        if value is None and t.shape.rank != 0
    ]
    if checks:
        condition = with_dependencies(checks, condition)
    return Assert(condition, data, summarize=summarize)


def assert_rank(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x has a rank (tf.assert_rank).

    Args:
      x: a tensor.
      rank: an int or an int32 scalar tensor.
      data: tensors for the error's message.
      summarize: show only so many elements of each.
      message: the start of the error's message.
      name: the scope of the new operations.

    Raises:
      ValueError: now, when the static shape tells that the rank is another.
      InvalidArgumentError: at the run.
    """
    with name_scope(name, "assert_rank"):
        return _check_rank(
            x, [rank], "rank", lambda r, w: r == w[0], lambda r, w: raw.Equal(r, w[0]),
            (data, summarize, message),
        )  # fmt: skip


def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x has at least a rank; see `assert_rank`."""
    with name_scope(name, "assert_rank_at_least"):
        return _check_rank(
            x, [rank], "rank at least", lambda r, w: r >= w[0],
            lambda r, w: raw.GreaterEqual(r, w[0]), (data, summarize, message),
        )  # fmt: skip


def assert_rank_in(
    x: Any,
    ranks: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless x has one of some ranks; see `assert_rank`."""

    def one_of(rank: Tensor, wanted: list[Tensor]) -> Tensor:
        condition = raw.Equal(rank, wanted[0])
        for other in wanted[1:]:
            condition = raw.LogicalOr(condition, raw.Equal(rank, other))
        return condition  # type: ignore[no-any-return]

    with name_scope(name, "assert_rank_in"):
        return _check_rank(
            x, list(ranks), "rank in", lambda r, w: r in w, one_of, (data, summarize, message)
        )


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """The tensor; ValueError unless its static shape is a scalar's (tf.assert_scalar)."""
    with name_scope(name, "assert_scalar"):
        tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.shape.rank != 0:
            raise ValueError(
                f"{prefix(message)}Expected scalar shape for {tensor.name}, saw shape: "
                f"{tensor.shape}."
            )
        return tensor


# --- dtypes ---------------------------------------------------------------------------------------
def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that does nothing; TypeError now when a dtype is another (tf.assert_type)."""
    wanted = dtypes.as_dtype(tf_type)
    with name_scope(name, "assert_type"):
        tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype.base_dtype is not wanted.base_dtype:
            raise TypeError(
                f"{prefix(message)}{tensor.name} must be of type {wanted}; got {tensor.dtype}"
            )
        return no_op(name="statically_determined_correct_type")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """An operation that does nothing; TypeError now unless x is an integer (tf.assert_integer)."""
    with name_scope(name, "assert_integer"):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(
                f'{prefix(message)}Expected "x" to be integer type.  Found: {x.name} of dtype '
                f"{x.dtype!r}"
            )
        return no_op(name="statically_determined_was_integer")


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a tensor of numbers (tf.is_numeric_tensor)."""
    return isinstance(tensor, Tensor) and tensor.dtype.base_dtype in dtypes.NUMBERS


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> dtypes.DType:
    """The one floating dtype of some tensors, float32 by default (tf.assert_same_float_dtype).

    Raises:
      ValueError: a dtype differs from the others or from `dtype`, or is not floating.
    """
    found = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    first = None
    for tensor in tensors or ():
        if tensor is None:
            continue
        if found is None:
            found, first = tensor.dtype.base_dtype, tensor
        elif tensor.dtype.base_dtype is not found:
            as_what = f" as {first.name}" if first is not None else ""
            raise ValueError(
                f"{tensor.name}, type={tensor.dtype!r}, must be of the same type ({found!r})"
                f"{as_what}."
            )
    found = dtypes.float32 if found is None else found
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found!r}.")
    return found


def assert_proper_iterable(values: Any) -> None:
    """TypeError unless `values` is an iterable that is no tensor, array or string."""
    if isinstance(values, (Tensor, IndexedSlices, SparseTensor, np.ndarray, bytes, str)):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}'
        )
    if not isinstance(values, Iterable):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


# --- shapes ---------------------------------------------------------------------------------------
def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless tensors have shapes that fit (tf.debugging.assert_shapes).

    Args:
      shapes: a dict, or pairs, of a tensor and a tuple with an entry for each dimension: its size,
        a name that stands for the same size everywhere, or None for any size.
      data: tensors for the error's message.
      summarize: show only so many elements of each.
      message: the start of the error's message.
      name: the scope of the new operations.

    Raises:
      ValueError: now, when the static shapes tell that they do not fit.
      InvalidArgumentError: at the run.
    """
    pairs = list(shapes.items()) if isinstance(shapes, dict) else list(shapes)
    with name_scope(name, "assert_shapes"):
        known: dict[str, tuple[Any, str]] = {}  # the size that a name stands for, and who says so
        checks: list[Any] = []
        for tensor, sizes in pairs:
            tensor = convert_to_tensor(tensor)
            sizes = tuple(sizes) if isinstance(sizes, (list, tuple)) else (sizes,)
            checks.append(assert_rank(tensor, len(sizes), data, summarize, message))
            for axis, size in enumerate(sizes):
                checks += _check_size(tensor, axis, size, known, (data, summarize, message))
        return group(*checks)


def _check_size(
    tensor: Tensor, axis: int, wanted: Any, known: dict[str, tuple[Any, str]], given: Any
) -> list[Operation]:
    data, summarize, message = given
    if wanted is None:
        return []
    actual = _size(tensor, axis)
    source = "Specified explicitly"
    if isinstance(wanted, str):
        if wanted not in known:
            known[wanted] = actual, f"Specified by tensor {tensor.name} dimension {axis}"
            return []
        wanted, source = known[wanted]
    if isinstance(wanted, int) and isinstance(actual, int):
        if wanted != actual:
            raise ValueError(
                f"{prefix(message)}{source}.  Tensor {tensor.name} dimension {axis} must have "
                f"size {wanted}.  Received size {actual}, shape {tensor.shape}"
            )
        return []
    if data is None:
        data = [
            prefix(message), source, f"Tensor {tensor.name} dimension", axis, "must have size",
            wanted, "Received shape: ", raw.Shape(tensor),
        ]  # fmt: skip
    condition = raw.Equal(convert_to_tensor(wanted), convert_to_tensor(actual))
    return [Assert(condition, data, summarize=summarize)]


def _size(tensor: Tensor, axis: int) -> Any:
    """The size of a dimension: an int, or a tensor when it is not known now."""
    known = tensor.shape.known
    if known is not None and known[axis] is not None:
        return known[axis]
    return raw.GatherV2(raw.Shape(tensor), np.int32(axis), np.int32(0))
