"""Loops over the rows of tensors: map_fn, foldl, foldr and scan.

Each is a `tf.while_loop`. The rows still to come and the results so far are lists of tensors: both
ends cost the same however long they are, and so do their gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.shapes import UNKNOWN, Dimension, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import nest
from flowgraph.ops.control.tensor_list import empty_list, from_tensor_op, pop_back_op
from flowgraph.ops.control.while_loop import while_loop

__all__ = ["foldl", "foldr", "map_fn", "scan"]


class _Rows:
    """The rows of tensors of one length, taken one after the other in step."""

    def __init__(self, elems: Any, backwards: bool = False) -> None:
        self.structure = elems
        self.tensors = [convert_to_tensor(e, name="elem") for e in nest.flatten(elems)]
        if not self.tensors:
            raise ValueError("elems must be a Tensor or (possibly nested) sequence of Tensors.")
        if any(t.shape.rank == 0 for t in self.tensors):
            raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
        length = Dimension(None)
        for tensor in self.tensors:
            length = length.merge_with(tensor.shape.with_rank_at_least(1)[0])
        self.length: int | None = length.value
        self.backwards = backwards

    def count(self) -> Tensor:
        """How many rows there are, an int32 scalar."""
        if self.length is not None:
            return convert_to_tensor(np.int32(self.length))
        return raw.GatherV2(raw.Shape(self.tensors[0]), np.int32(0), np.int32(0))  # type: ignore[no-any-return]

    def to_come(self) -> list[Tensor]:
        """The lists of rows; the next one is the last of a list."""
        unknown = np.int32(-1)
        return [
            from_tensor_op(t if self.backwards else raw.ReverseV2(t, [0]), unknown)
            for t in self.tensors
        ]

    def take(self, lists: Sequence[Tensor]) -> tuple[list[Tensor], Any]:
        """(the lists without the next rows, the rows in the structure of the elements)"""
        rest, rows = [], []
        for handle, tensor in zip(lists, self.tensors, strict=True):
            left, row = pop_back_op(handle, np.int32(-1), element_dtype=tensor.dtype.base_dtype)
            row.set_shape(tensor.shape[1:])
            rest.append(left)
            rows.append(row)
        return rest, _packed(self.structure, rows)


class _Results:
    """What a loop makes in each iteration, to be stacked in the end."""

    def __init__(self, types: Sequence[dtypes.DType], infer_shape: bool) -> None:
        self.types = types
        self.shapes: list[TensorShape] = [UNKNOWN] * len(types)
        self.infer_shape = infer_shape

    def empty(self) -> list[Tensor]:
        """The lists before the first iteration."""
        return [empty_list(t) for t in self.types]

    def add(self, lists: Sequence[Tensor], values: Sequence[Any]) -> list[Tensor]:
        """The lists with one more value each."""
        longer = []
        for i, (handle, value, dtype) in enumerate(zip(lists, values, self.types, strict=True)):
            tensor = convert_to_tensor(value, preferred_dtype=dtype)
            if tensor.dtype.base_dtype is not dtype:
                raise TypeError(
                    f"The results have dtype {dtype.name}, but the function gives "
                    f"{tensor.dtype.name}. Hint: name the results' dtype (dtype=...), or tf.cast."
                )
            if self.infer_shape:
                self.shapes[i] = tensor.shape
            longer.append(raw.TensorListPushBack(handle, tensor))
        return longer

    def stack(self, lists: Sequence[Tensor], rows: _Rows, backwards: bool = False) -> list[Tensor]:
        """The values of all iterations as tensors whose rows they are."""
        stacked = []
        for handle, dtype, shape in zip(lists, self.types, self.shapes, strict=True):
            sizes: Any = np.int32(-1)
            if shape.known is not None:
                sizes = np.array([-1 if d is None else d for d in shape.known], np.int32)
            tensor = raw.TensorListStack(handle, sizes, element_dtype=dtype)
            if backwards:
                tensor = raw.ReverseV2(tensor, [0])
            if shape.known is not None:
                tensor.set_shape(TensorShape([rows.length]).concatenate(shape))
            stacked.append(tensor)
        return stacked


def _packed(structure: Any, values: list[Any]) -> Any:
    return nest.pack_sequence_as(structure, values) if nest.is_nested(structure) else values[0]


def _options(parallel_iterations: Any, back_prop: bool, swap_memory: bool) -> dict[str, Any]:
    return {
        "parallel_iterations": parallel_iterations or 10,
        "back_prop": back_prop,
        "swap_memory": swap_memory,
    }


def _check(fn: Any) -> None:
    if not callable(fn):
        raise TypeError(f"{getattr(fn, '__name__', repr(fn))} is not callable")


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Stacks fn(row) for the rows of `elems` (tf.map_fn).

    Args:
      fn: a function of a row, or of rows in the structure of `elems`.
      elems: a tensor of shape [n, ...], or a nested structure of such tensors.
      dtype: the dtypes of what fn returns, in its structure; None: those of `elems`.
      parallel_iterations: accepted, see `tf.while_loop`.
      back_prop: whether there is a gradient.
      swap_memory: accepted.
      infer_shape: take the static shape of the results from fn's.
      name: the scope of the new operations.

    Returns:
      Tensors of shape [n, ...] in the structure of `dtype`.

    Raises:
      TypeError: fn is not callable, or returns another structure or dtype.
      ValueError: a tensor in `elems` is a scalar, or their lengths differ.
    """
    _check(fn)
    with name_scope(name, "map", [e for e in nest.flatten(elems) if isinstance(e, Tensor)]):
        rows = _Rows(elems)
        like = elems if dtype is None else dtype
        types = [t.dtype for t in rows.tensors] if dtype is None else nest.flatten(dtype)
        results = _Results([dtypes.as_dtype(t).base_dtype for t in types], infer_shape)
        count = rows.count()

        def body(i: Tensor, lists: list[Tensor], done: list[Tensor]) -> Any:
            rest, row = rows.take(lists)
            value = fn(row)
            nest.assert_same_structure(like, value)
            return raw.AddV2(i, np.int32(1)), rest, results.add(done, nest.flatten(value))

        _, _, done = while_loop(
            lambda i, *_: raw.Less(i, count),
            body,
            (np.int32(0), rows.to_come(), results.empty()),
            **_options(parallel_iterations, back_prop, swap_memory),
        )
        return _packed(like, results.stack(done, rows))


def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combines the rows of `elems` from the first to the last (tf.foldl): fn(fn(fn(a, x), y), z).

    Args:
      fn: a function (what has been combined, a row) -> the same with the row.
      elems: a tensor of shape [n, ...], or a nested structure of such tensors.
      initializer: the value to begin with, maybe nested; None: the first row.
      parallel_iterations: accepted, see `tf.while_loop`.
      back_prop: whether there is a gradient.
      swap_memory: accepted.
      name: the scope of the new operations.

    Raises:
      TypeError: fn is not callable.
      ValueError: a tensor in `elems` is a scalar, or fn returns another structure or shape.
    """
    options = _options(parallel_iterations, back_prop, swap_memory)
    return _fold(fn, elems, initializer, options, name, "foldl", backwards=False)


def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combines the rows of `elems` from the last to the first; see `foldl` (tf.foldr)."""
    options = _options(parallel_iterations, back_prop, swap_memory)
    return _fold(fn, elems, initializer, options, name, "foldr", backwards=True)


def _fold(
    fn: Any, elems: Any, start: Any, options: Any, name: Any, default: str, backwards: bool
) -> Any:
    _check(fn)
    with name_scope(name, default, [e for e in nest.flatten(elems) if isinstance(e, Tensor)]):
        rows = _Rows(elems, backwards)
        count, lists, begin = rows.count(), rows.to_come(), 0
        if start is None:
            lists, start = rows.take(lists)
            begin = 1

        def body(i: Tensor, lists: list[Tensor], total: Any) -> Any:
            rest, row = rows.take(lists)
            return raw.AddV2(i, np.int32(1)), rest, fn(total, row)

        _, _, total = while_loop(
            lambda i, *_: raw.Less(i, count), body, (np.int32(begin), lists, start), **options
        )
        return total


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Stacks all the values on the way of a `foldl` of the rows of `elems` (tf.scan).

    Args:
      fn: a function (the value so far, a row) -> the next value.
      elems: a tensor of shape [n, ...], or a nested structure of such tensors.
      initializer: the value to begin with, maybe nested; None: the first row, which then is the
        first result, too.
      parallel_iterations: accepted, see `tf.while_loop`.
      back_prop: whether there is a gradient.
      swap_memory: accepted.
      infer_shape: take the static shape of the results from the value's.
      reverse: go from the last row to the first.
      name: the scope of the new operations.

    Returns:
      Tensors of shape [n, ...] in the structure of `initializer`, or of `elems`.

    Raises:
      TypeError: fn is not callable, or returns another type of nesting.
      ValueError: a tensor in `elems` is a scalar, or fn returns another structure or shape.
    """
    _check(fn)
    with name_scope(name, "scan", [e for e in nest.flatten(elems) if isinstance(e, Tensor)]):
        rows = _Rows(elems, reverse)
        count, lists, begin = rows.count(), rows.to_come(), 0
        like = elems if initializer is None else initializer
        if initializer is None:
            lists, first = rows.take(lists)
            value, begin = nest.flatten(first), 1
        else:
            value = [convert_to_tensor(v) for v in nest.flatten(initializer)]
        results = _Results([v.dtype.base_dtype for v in value], infer_shape)
        done = results.empty()
        if initializer is None:
            done = results.add(done, value)

        def body(i: Tensor, lists: Any, value: Any, done: Any) -> Any:
            rest, row = rows.take(lists)
            following = fn(_packed(like, value), row)
            nest.assert_same_structure(like, following)
            flat = [convert_to_tensor(v) for v in nest.flatten(following)]
            return raw.AddV2(i, np.int32(1)), rest, flat, results.add(done, flat)

        _, _, _, done = while_loop(
            lambda i, *_: raw.Less(i, count),
            body,
            (np.int32(begin), lists, value, done),
            **_options(parallel_iterations, back_prop, swap_memory),
        )
        return _packed(like, results.stack(done, rows, reverse))
