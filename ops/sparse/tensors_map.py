"""Sparse tensors kept in the session under numbers, so that queues of dense tensors can carry them.

tf.train.batch and its kin put the number of a sparse example into their queue, and turn the numbers
of a batch back into one sparse tensor.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR
from flowgraph.core.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from flowgraph.core.tensor import Tensor
from flowgraph.ops.sparse._parts import check_parts, listed, matrix, vector

__all__ = ["add_many_sparse_to_map", "add_sparse_to_map", "take_many_sparse_from_map"]

_SHARED = {"container": attrs.string(""), "shared_name": attrs.string("")}
Parts = tuple[Any, Any, Any]  # indices, values, shape


class SparseMap:
    """Sparse tensors by number; each can be taken once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = itertools.count()
        self._tensors: dict[int, Parts] = {}
        self._lock = threading.Lock()

    def add(self, parts: Parts) -> int:
        """Keeps a tensor; returns its number."""
        number = next(self._numbers)
        self._tensors[number] = parts
        return number

    def take(self, numbers: list[int]) -> list[Parts]:
        """The tensors of some numbers, which are forgotten; none is when one of them is unknown."""
        with self._lock:
            for number in numbers:
                if number not in self._tensors:
                    raise InvalidArgumentError(
                        f"Unable to find SparseTensor: {number} in map: {self.name}"
                    )
            return [self._tensors.pop(number) for number in numbers]


def _map_of(ctx: Any) -> SparseMap:
    name = ctx.attrs["shared_name"] or ctx.name
    key = ("sparse map", ctx.attrs["container"], name)
    found: SparseMap = ctx.state.state(key, lambda: SparseMap(name))
    return found


# --- AddSparseToTensorsMap, AddManySparseToTensorsMap ---------------------------------------------
def _adding(op_type: str, output: str, shape: Any) -> OpDef:
    def checked(op: Operation) -> Any:
        for tensor, rank in zip(op.inputs, (2, 1, 1), strict=True):
            tensor.shape.with_rank(rank)
        return shape

    return define(
        op_type,
        inputs="sparse_indices: int64, sparse_values: T, sparse_shape: int64",
        outputs=output,
        attrs={"T": attrs.types(), **_SHARED},
        shape=checked,
        traits=Trait.STATEFUL,
    ).no_gradient()


add_sparse_op = _adding("AddSparseToTensorsMap", "sparse_handle: int64", SCALAR)
add_many_sparse_op = _adding("AddManySparseToTensorsMap", "sparse_handles: int64", vector(None))


@add_sparse_op.kernel
def _(ctx: Any) -> Any:
    kept = _map_of(ctx)

    def add(indices: Any, values: Any, shape: Any) -> Any:
        check_parts(indices, values, shape)
        if shape.size and shape.min() < 0:
            raise InvalidArgumentError(f"Sizes of a shape must be >= 0, got {shape.tolist()}")
        return np.int64(kept.add((indices.copy(), values.copy(), shape.copy())))

    return add


@add_many_sparse_op.kernel
def _(ctx: Any) -> Any:
    kept = _map_of(ctx)

    def add_many(indices: Any, values: Any, shape: Any) -> Any:
        check_parts(indices, values, shape)
        if len(shape) < 2:
            raise InvalidArgumentError(
                f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}"
            )
        count, rows = int(shape[0]), indices[:, 0]
        if ((rows < 0) | (rows >= count)).any() or (rows[1:] < rows[:-1]).any():
            raise InvalidArgumentError(
                f"The first column of the indices must be in order and in [0, {count})"
            )
        ends = np.searchsorted(rows, np.arange(count + 1))
        inner, values, shape = indices[:, 1:].copy(), values.copy(), shape[1:].copy()
        numbers = [
            kept.add((inner[a:b], values[a:b], shape)) for a, b in itertools.pairwise(ends.tolist())
        ]
        return np.array(numbers, np.int64)

    return add_many


# --- TakeManySparseFromTensorsMap -----------------------------------------------------------------
take_many_op = define(
    "TakeManySparseFromTensorsMap",
    inputs="sparse_handles: int64",
    outputs="sparse_indices: int64, sparse_values: dtype, sparse_shape: int64",
    attrs={"dtype": attrs.types(), **_SHARED},
    shape=lambda op: [op.inputs[0].shape.with_rank(1) and matrix(None, None), *[vector(None)] * 2],
    traits=Trait.STATEFUL,
).no_gradient()


@take_many_op.kernel
def _(ctx: Any) -> Any:
    kept, dtype = _map_of(ctx), ctx.output_dtypes[1]

    def take_many(handles: Any) -> Any:
        if handles.ndim != 1 or not len(handles):
            raise InvalidArgumentError(
                f"sparse_handles should be a vector of 1 number at least, but has shape "
                f"{listed(handles.shape)}"
            )
        found = kept.take(handles.tolist())
        ranks = {len(shape) for _, _, shape in found}
        if len(ranks) > 1:
            raise InvalidArgumentError(f"Inconsistent rank across SparseTensors: {sorted(ranks)}")
        for _, values, _ in found:
            if values.dtype != dtype.np_dtype:
                raise InvalidArgumentError(
                    f"Requested SparseTensor of type {dtype.name} but one has {values.dtype.name}"
                )
        return _concatenated(found)

    return take_many


def _concatenated(tensors: list[Parts]) -> Parts:
    """The tensors as rows of one, whose shape holds each of them."""
    counts = [len(values) for _, values, _ in tensors]
    rows = np.repeat(np.arange(len(tensors)), counts)[:, None]
    indices = np.concatenate([indices for indices, _, _ in tensors])
    values = np.concatenate([values for _, values, _ in tensors])
    shape = np.max([shape for _, _, shape in tensors], axis=0)
    whole = np.concatenate([[len(tensors)], shape]).astype(np.int64)
    return np.hstack([rows, indices]).astype(np.int64), values, whole


# --- the functions --------------------------------------------------------------------------------
def add_sparse_to_map(sp_input: Any, shared_name: str, name: str | None = None) -> Tensor:
    """Keeps a sparse tensor in the map of that name; its number there, an int64 scalar."""
    sp = convert_to_sparse_tensor(sp_input)
    return add_sparse_op(  # type: ignore[no-any-return]
        sp.indices, sp.values, sp.dense_shape, shared_name=shared_name, name=name
    )


def add_many_sparse_to_map(sp_input: Any, shared_name: str, name: str | None = None) -> Tensor:
    """Keeps each row of a sparse tensor in the map of that name; their numbers, an int64 vector."""
    sp = convert_to_sparse_tensor(sp_input)
    return add_many_sparse_op(  # type: ignore[no-any-return]
        sp.indices, sp.values, sp.dense_shape, shared_name=shared_name, name=name
    )


def take_many_sparse_from_map(
    handles: Any, dtype: Any, shared_name: str, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The sparse tensor whose rows have these numbers in the map of that name, and `rank`."""
    indices, values, shape = take_many_op(handles, dtype=dtype, shared_name=shared_name, name=name)
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)
