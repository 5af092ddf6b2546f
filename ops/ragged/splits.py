"""Ops on ragged tensors, which are vectors of splits, one for each ragged dimension, and values.

Row i of a dimension goes from splits[i] to splits[i + 1] of the next one, the last of the values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape

_SPLITS = {"Tsplits": attrs.types(*dtypes.INDEX, default=dtypes.int64)}
_VECTOR = TensorShape.of((None,))


def _ends(lengths: Any, dtype: np.dtype[Any]) -> Any:
    """The splits of rows of these lengths."""
    splits = np.zeros(len(lengths) + 1, dtype)
    np.cumsum(lengths, out=splits[1:])
    return splits


def _stretches(starts: Any, lengths: Any) -> Any:
    """The places starts[i], starts[i] + 1 ... of each stretch, one after the other."""
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - before, lengths)


def _check_splits(splits: Any) -> None:
    if not splits.size:
        raise ValueError("Ragged splits may not be empty")
    if splits[0] < 0 or (np.diff(splits) < 0).any():
        raise ValueError("Ragged splits must be sorted and not negative")


# --- RaggedRange ----------------------------------------------------------------------------------
ragged_range_op = define(
    "RaggedRange",
    inputs="starts: T, limits: T, deltas: T",
    outputs="rt_nested_splits: Tsplits, rt_dense_values: T",
    attrs={
        "T": attrs.types(
            dtypes.bfloat16, dtypes.float32, dtypes.float64, *dtypes.INDEX, default=dtypes.int32
        ),
        **_SPLITS,
    },
).no_gradient()


@ragged_range_op.shape
def _(op: Operation) -> list[TensorShape]:
    shapes = [t.shape.with_rank_at_most(1) for t in op.inputs]
    rows = TensorShape.of((None,))
    for shape in shapes:
        if shape.rank == 1:
            rows = rows.merge_with(shape)
    count = rows.known[0]  # type: ignore[index]
    if all(shape.rank == 0 for shape in shapes):
        count = 1
    return [TensorShape.of((None if count is None else count + 1,)), _VECTOR]


@ragged_range_op.kernel
def _(ctx: Any) -> Any:
    splits_dtype, dtype = (t.np_dtype for t in ctx.output_dtypes)
    is_whole = ctx.output_dtypes[1].is_integer

    def ranges(*inputs: Any) -> Any:
        if any(x.ndim > 1 for x in inputs):
            raise ValueError("starts, limits, and deltas must be scalars or vectors")
        if len({x.size for x in inputs if x.ndim}) > 1:
            raise ValueError("starts, limits, and deltas must have the same shape")
        starts, limits, deltas = np.broadcast_arrays(*(x.reshape(-1) for x in inputs))
        if (deltas == 0).any():
            raise ValueError("Requires delta != 0")
        lengths = _range_sizes(starts, limits, deltas, is_whole)
        splits = _ends(lengths, splits_dtype)
        if is_whole:
            at = _stretches(np.zeros(len(lengths), np.int64), lengths)
            values = np.repeat(starts, lengths) + at.astype(dtype) * np.repeat(deltas, lengths)
            return splits, values
        # TensorFlow adds up the steps, which rounds each time.
        rows = [
            np.add.accumulate(np.concatenate([[start], np.full(max(n - 1, 0), delta, dtype)]))[:n]
            for start, delta, n in zip(starts, deltas, lengths.tolist(), strict=True)
        ]
        return splits, np.concatenate([np.empty(0, dtype), *rows]).astype(dtype)

    return ranges


def _range_sizes(starts: Any, limits: Any, deltas: Any, is_whole: bool) -> Any:
    forward = np.where(deltas > 0, limits >= starts, limits <= starts)
    if is_whole:
        wide = (x.astype(np.int64) for x in (starts, limits, deltas))
        start, limit, delta = wide
        sizes = (np.abs(limit - start) + np.abs(delta) - 1) // np.abs(delta)
    else:
        sizes = np.ceil(np.abs((limits - starts) / deltas)).astype(np.int64)
    return np.where(forward, sizes, 0)


# --- RaggedGather ---------------------------------------------------------------------------------
ragged_gather_op = define(
    "RaggedGather",
    inputs=(
        "params_nested_splits: PARAMS_RAGGED_RANK * Tsplits, params_dense_values: Tvalues, "
        "indices: Tindices"
    ),
    outputs="output_nested_splits: OUTPUT_RAGGED_RANK * Tsplits, output_dense_values: Tvalues",
    attrs={
        "Tvalues": attrs.types(), "Tindices": attrs.types(*dtypes.INDEX), **_SPLITS,
        "PARAMS_RAGGED_RANK": attrs.count(), "OUTPUT_RAGGED_RANK": attrs.integer(minimum=0),
    },
)  # fmt: skip


@ragged_gather_op.shape
def _(op: Operation) -> list[TensorShape]:
    ragged, found = op.attrs["PARAMS_RAGGED_RANK"], op.attrs["OUTPUT_RAGGED_RANK"]
    op.inputs[ragged + 1].shape.with_rank(found - ragged + 1)
    for splits in op.inputs[:ragged]:
        splits.shape.with_rank(1)
    values = op.inputs[ragged].shape.with_rank_at_least(1)
    inner = UNKNOWN if values.known is None else TensorShape.of((None, *values.known[1:]))
    return [*[_VECTOR] * found, inner]


@ragged_gather_op.kernel
def _(ctx: Any) -> Any:
    ragged = ctx.attrs["PARAMS_RAGGED_RANK"]

    def gather(*inputs: Any) -> Any:
        if inputs[0].ndim != 1:
            raise ValueError(f"Ragged splits must be vectors, got shape {list(inputs[0].shape)}")
        nested = [splits.reshape(-1) for splits in inputs[:ragged]]
        values, indices = inputs[ragged:]
        for splits, below in zip(nested, [*(s.size - 1 for s in nested[1:]), len(values)]):
            _check_splits(splits)
            if splits[-1] > below:
                raise ValueError(f"Ragged splits must not point past values: {splits[-1]}")
        rows, flat = nested[0].size - 1, indices.reshape(-1).astype(np.int64)
        outside = np.flatnonzero((flat < 0) | (flat >= rows))
        if outside.size:
            at = ",".join(map(str, np.unravel_index(outside[0], indices.shape)))
            raise ValueError(f"indices[{at}] = {flat[outside[0]]} is not in [0, {rows})")
        dtype = nested[0].dtype
        found = [
            _ends(np.full(int(np.prod(indices.shape[:i])), indices.shape[i]), dtype)
            for i in range(1, indices.ndim)
        ]
        starts, ends = flat, flat + 1
        for splits in nested:
            kept = _stretches(starts, ends - starts)
            found.append(_ends(np.diff(splits)[kept], dtype))
            starts, ends = splits[starts].astype(np.int64), splits[ends].astype(np.int64)
        if not indices.ndim:  # one row, without the dimension that it was in
            found = found[1:]
        return *found, values[_stretches(starts, ends - starts)]

    return gather


@ragged_gather_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    ragged = op.attrs["PARAMS_RAGGED_RANK"]
    splits: Any = op.inputs[0]
    for inner in op.inputs[1:ragged]:
        splits = raw.GatherV2(inner, splits, 0)
    flat = raw.Reshape(op.inputs[-1], [-1])
    one = splits.dtype.np_dtype.type(1)
    places = ragged_range_op(raw.GatherV2(splits, flat, 0), raw.GatherV2(splits[1:], flat, 0), one)
    values = op.inputs[ragged]
    slices = IndexedSlices(grads[-1], places[1], raw.Shape(values))
    return [*[None] * ragged, slices, None]


# --- RaggedTensorToSparse -------------------------------------------------------------------------
ragged_to_sparse_op = define(
    "RaggedTensorToSparse",
    inputs="rt_nested_splits: RAGGED_RANK * Tsplits, rt_dense_values: T",
    outputs="sparse_indices: int64, sparse_values: T, sparse_dense_shape: int64",
    attrs={"RAGGED_RANK": attrs.count(), "T": attrs.types(), **_SPLITS},
)


@ragged_to_sparse_op.shape
def _(op: Operation) -> list[TensorShape]:
    ragged = op.attrs["RAGGED_RANK"]
    values = op.inputs[ragged].shape.with_rank_at_least(1)
    for splits in op.inputs[:ragged]:
        splits.shape.with_rank(1)
    rank = None if values.rank is None else values.rank + ragged
    count = values.num_elements()
    return [TensorShape.of(dims) for dims in ((count, rank), (count,), (rank,))]


@ragged_to_sparse_op.kernel
def _(ctx: Any) -> Any:
    ragged = ctx.attrs["RAGGED_RANK"]

    def to_sparse(*inputs: Any) -> Any:
        nested, values = [splits.reshape(-1) for splits in inputs[:ragged]], inputs[ragged]
        _check_nested(nested, values)
        shape = [nested[0].size - 1]
        columns = [np.arange(shape[0])]  # the places of the rows of the dimension so far
        for splits in nested:
            lengths = np.diff(splits)
            shape.append(int(lengths.max(initial=0)))
            columns = [np.repeat(column, lengths) for column in columns]
            columns.append(_stretches(np.zeros(len(lengths), np.int64), lengths))
        inner = values.shape[1:]
        inside = np.indices(inner).reshape(len(inner), int(np.prod(inner))).T
        outside = np.repeat(np.stack(columns, 1), len(inside), 0)
        indices = np.concatenate([outside, np.tile(inside, (len(columns[0]), 1))], 1)
        flat = values.reshape(-1).copy()
        return indices.astype(np.int64), flat, np.array([*shape, *inner], np.int64)

    return to_sparse


def _check_nested(nested: Any, values: Any) -> None:
    for splits, below in zip(nested, [*(s.size - 1 for s in nested[1:]), len(values)], strict=True):
        _check_splits(splits)
        if splits[0] != 0:
            raise ValueError("First value of ragged splits must be 0.")
        if splits[-1] != below:
            raise ValueError(
                "Final value of ragged splits must match the length the corresponding ragged "
                f"values, got {splits[-1]} and {below}"
            )


@ragged_to_sparse_op.gradient
def _(op: Operation, _indices: Any, grad: Any, _shape: Any) -> Any:
    ragged = op.attrs["RAGGED_RANK"]
    return [*[None] * ragged, raw.Reshape(grad, raw.Shape(op.inputs[ragged]))]
