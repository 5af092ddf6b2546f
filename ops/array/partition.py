"""Ops that deal rows out by number, and put them together: dynamic_partition, dynamic_stitch."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integers, merged
from flowgraph.ops.array.shape import shape_of

__all__ = ["dynamic_partition", "dynamic_stitch", "parallel_dynamic_stitch"]

# --- DynamicPartition -----------------------------------------------------------------------------
dynamic_partition_op = define(
    "DynamicPartition",
    inputs="data: T, partitions: int32",
    outputs="outputs: num_partitions * T",
    attrs={"num_partitions": attrs.count(), "T": attrs.types()},
)


@dynamic_partition_op.shape
def _(op: Operation) -> list[TensorShape]:
    data, partitions = [t.shape for t in op.inputs]
    count = op.attrs["num_partitions"]
    if data.known is None or partitions.rank is None:
        return [UNKNOWN] * count
    merged(data[: partitions.rank], partitions)
    rows = TensorShape.of((None, *data.known[partitions.rank :]))
    return [rows] * count


@dynamic_partition_op.kernel
def _(ctx: Any) -> Any:
    count = ctx.attrs["num_partitions"]

    def run(data: Any, partitions: Any) -> Any:
        if data.shape[: partitions.ndim] != partitions.shape:
            raise InvalidArgumentError(
                f"data.shape must start with partitions.shape, got data.shape = "
                f"{list(data.shape)}, partitions.shape = {list(partitions.shape)}"
            )
        wrong = (partitions < 0) | (partitions >= count)
        if wrong.any():
            bad = np.argwhere(wrong)[0].tolist()
            raise InvalidArgumentError(
                f"partitions{bad} = {partitions[tuple(bad)]} is not in [0, {count})"
            )
        return tuple([data[partitions == i] for i in range(count)])

    return run


@dynamic_partition_op.gradient
def _(op: Operation, *grads: Any) -> Any:
    data, partitions = op.inputs
    count = op.attrs["num_partitions"]
    numbers = raw.Reshape(raw.Range(0, raw.Size(partitions), 1), shape_of(partitions))
    places = dynamic_partition_op(numbers, partitions, num_partitions=count)
    rows = raw.ParallelDynamicStitch(places, [convert_to_tensor(g) for g in grads])
    return [raw.Reshape(rows, shape_of(data)), None]


def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """Deals the rows of `data` out into lists, by the number of each (tf.dynamic_partition).

    Args:
      data: a tensor whose shape starts with that of partitions.
      partitions: int32, each in [0, num_partitions).
      num_partitions: how many results there are.
      name: the operation's name.
    """
    return dynamic_partition_op(data, partitions, num_partitions=num_partitions, name=name)  # type: ignore[no-any-return]


# --- DynamicStitch, ParallelDynamicStitch ---------------------------------------------------------
def _stitch(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="indices: N * int32, data: N * T",
        outputs="merged: T",
        attrs={"N": attrs.count(), "T": attrs.types()},
        shape=_stitched_shape,
    )


def _stitched_shape(op: Operation) -> TensorShape:
    count = op.attrs["N"]
    rest, rows = UNKNOWN, 0
    for places, values in zip(op.inputs[:count], op.inputs[count:]):
        if places.shape.rank is not None and values.shape.rank is not None:
            merged(values.shape[: places.shape.rank], places.shape)
            rest = merged(rest, values.shape[places.shape.rank :])
        known = integers(places)
        rows = None if rows is None or known is None else max([rows, *[i + 1 for i in known]])  # type: ignore[assignment]
    return UNKNOWN if rest.known is None else TensorShape.of((rows, *rest.known))


def _bind_stitch(ctx: Any) -> Any:
    count = ctx.attrs["N"]

    def run(*args: Any) -> Any:
        places, values = args[:count], args[count:]
        rows = max([int(p.max()) + 1 for p in places if p.size], default=0)
        rest = values[0].shape[places[0].ndim :]
        result = np.zeros((rows, *rest), ctx.dtype)
        for i, (p, v) in enumerate(zip(places, values)):
            if v.shape != (*p.shape, *rest):
                raise InvalidArgumentError(
                    f"data[{i}].shape must start with indices[{i}].shape and end like the others, "
                    f"got data[{i}].shape = {list(v.shape)}, indices[{i}].shape = {list(p.shape)}"
                )
            if p.size and p.min() < 0:
                raise InvalidArgumentError(f"indices[{i}] is out of range: {p.min()}")
            result[p.reshape(-1)] = v.reshape(p.size, *rest)
        return result

    return run


def _stitch_gradient(op: Operation, grad: Any) -> Any:
    count = op.attrs["N"]
    grad = convert_to_tensor(grad)
    return [None] * count + [raw.GatherV2(grad, p, np.int32(0)) for p in op.inputs[:count]]


dynamic_stitch_op = _stitch("DynamicStitch")
parallel_dynamic_stitch_op = _stitch("ParallelDynamicStitch")
for _op_def in (dynamic_stitch_op, parallel_dynamic_stitch_op):
    _op_def.kernel(_bind_stitch)
    _op_def.gradient(_stitch_gradient)


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """merged[indices[m][i]] = data[m][i]: lists of rows put together (tf.dynamic_stitch).

    Of several values for one row the last one counts.
    """
    return dynamic_stitch_op(indices, data, name=name)  # type: ignore[no-any-return]


def parallel_dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """`dynamic_stitch` of lists in which no row comes twice."""
    return parallel_dynamic_stitch_op(indices, data, name=name)  # type: ignore[no-any-return]
