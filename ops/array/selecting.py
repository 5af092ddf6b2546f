"""Ops that choose: where in its two forms; and those that sort or compare: top_k, unique."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, broadcast
from flowgraph.core.simplify import same_shape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer, merged
from flowgraph.ops.array.shape import shape_of
from flowgraph.ops.math.broadcast import sum_to_shape_of

__all__ = [
    "in_top_k",
    "searchsorted",
    "top_k",
    "unique",
    "unique_with_counts",
    "where",
    "where_v2",
]

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)

# --- Where ----------------------------------------------------------------------------------------
where_op = define(
    "Where",
    inputs="input: T",
    outputs="index: int64",
    attrs={"T": attrs.types(*dtypes.NUMBERS, dtypes.bool_, default=dtypes.bool_)},
    shape=lambda op: TensorShape.of((None, op.inputs[0].shape.rank)),
).no_gradient()


@where_op.kernel
def _(ctx: Any) -> Any:
    def coordinates(x: Any) -> Any:
        if not x.ndim:
            raise InvalidArgumentError("The condition must have a dimension, but is a scalar")
        return np.argwhere(x)

    return coordinates


def _chosen(step: Any) -> Any:
    """One of two values of a shape that is known not to change, whatever the other holds."""
    condition = step.constant(0)
    if condition is None or condition.size == 0 or not same_shape(step.shape(1), step.shape(2)):
        return None
    if not same_shape(step.op.outputs[0].shape, step.shape(1)):
        return None
    if condition.all():
        return step.input(1)
    return None if condition.any() else step.input(2)


# --- Select: the condition is a scalar, of the shape of x, or a vector that chooses rows ----------
select_op = define(
    "Select",
    inputs="condition: bool, t: T, e: T",
    outputs="output: T",
    attrs={"T": attrs.types()},
    traits=Trait.ELEMENTWISE,
)


@select_op.shape
def _(op: Operation) -> TensorShape:
    condition, x, y = [t.shape for t in op.inputs]
    values = merged(x, y)
    if condition.rank in (None, 0) or values.rank is None:
        return values
    if condition.rank == 1 and values.rank != 1:
        if values.rank == 0:
            raise ValueError("Shape must be rank 0 but is rank 1")
        return merged(condition, values[:1]).concatenate(values[1:])
    return merged(condition, values)


@select_op.kernel
def _(ctx: Any) -> Any:
    choose = ctx.xp.where
    condition, x, y = ctx.input_shapes
    if same_shape(x, y) and (condition.rank == 0 or same_shape(condition, x)):
        return choose  # nothing is left to look at

    def run(condition: Any, x: Any, y: Any) -> Any:
        if x.shape != y.shape:
            raise InvalidArgumentError(
                f"'then' and 'else' must have the same size, got {list(x.shape)} and "
                f"{list(y.shape)}"
            )
        if condition.shape != x.shape and condition.ndim:
            if condition.ndim != 1 or not x.ndim or len(condition) != len(x):
                raise InvalidArgumentError(
                    f"Inputs to operation {ctx.name} of type Select must have the same size and "
                    f"shape. Input 0: {list(condition.shape)} != input 1: {list(x.shape)}"
                )
            condition = condition.reshape(-1, *[1] * (x.ndim - 1))
        return choose(condition, x, y)

    return run


select_op.simplify(_chosen)


@select_op.gradient
def _(op: Operation, grad: Any) -> Any:
    condition, zeros = op.inputs[0], raw.ZerosLike(grad)
    return [None, select_op(condition, grad, zeros), select_op(condition, zeros, grad)]


# --- SelectV2: all three are broadcast ------------------------------------------------------------
select_v2_op = define(
    "SelectV2",
    inputs="condition: bool, t: T, e: T",
    outputs="output: T",
    attrs={"T": attrs.types()},
    traits=Trait.ELEMENTWISE,
)
select_v2_op.kernel(lambda ctx: ctx.xp.where)
select_v2_op.simplify(_chosen)


@select_v2_op.shape
def _(op: Operation) -> TensorShape:
    condition, x, y = [t.shape for t in op.inputs]
    return broadcast(condition, broadcast(x, y))


@select_v2_op.gradient
def _(op: Operation, grad: Any) -> Any:
    condition, x, y = op.inputs
    zeros = raw.ZerosLike(grad)
    to_x, to_y = select_v2_op(condition, grad, zeros), select_v2_op(condition, zeros, grad)
    result = op.outputs[0]
    return [None, sum_to_shape_of(to_x, x, result), sum_to_shape_of(to_y, y, result)]


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """x where the condition is True, else y; without both, the coordinates of True (tf.where).

    Args:
      condition: bool: a scalar, of x's shape, or a vector that chooses rows of x.
      x: of any shape.
      y: of the same shape and dtype.
      name: the operation's name.

    Returns:
      A tensor like x; or int64 of shape [number of True, rank of condition].
    """
    if x is None and y is None:
        return _coordinates(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return select_op(condition, x, y, name=name)  # type: ignore[no-any-return]


def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`where` whose three arguments are broadcast together (tf.where_v2, tf.compat.v2.where)."""
    if x is None and y is None:
        return _coordinates(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return select_v2_op(condition, x, y, name=name)  # type: ignore[no-any-return]


def _coordinates(condition: Any, name: str | None) -> Tensor:
    with name_scope(name, "Where", [condition]) as scope:
        tensor = convert_to_tensor(condition, preferred_dtype=dtypes.bool_, name="condition")
        return where_op(tensor, name=scope)  # type: ignore[no-any-return]


# --- Unique, UniqueWithCounts ---------------------------------------------------------------------
unique_op = define(
    "Unique",
    inputs="x: T",
    outputs="y: T, idx: out_idx",
    attrs={"T": attrs.types(), "out_idx": _INDEX},
    shape=lambda op: [TensorShape.of((None,)), op.inputs[0].shape.with_rank(1)],
).no_gradient()
unique_with_counts_op = define(
    "UniqueWithCounts",
    inputs="x: T",
    outputs="y: T, idx: out_idx, count: out_idx",
    attrs={"T": attrs.types(), "out_idx": _INDEX},
    shape=lambda op: [
        TensorShape.of((None,)), op.inputs[0].shape.with_rank(1), TensorShape.of((None,)),
    ],
).no_gradient()  # fmt: skip

Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


@unique_op.kernel
def _(ctx: Any) -> Any:
    return lambda x: _unique(ctx, x)[:2]


@unique_with_counts_op.kernel
def _(ctx: Any) -> Any:
    return lambda x: _unique(ctx, x)


def _unique(ctx: Any, x: Any) -> Any:
    if x.ndim != 1:
        raise InvalidArgumentError("unique expects a 1D vector.")
    found, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first, kind="stable")  # numpy sorts by value, TensorFlow by appearance
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    index = ctx.output_dtypes[1].np_dtype
    return (
        found[order],
        place[inverse.reshape(-1)].astype(index),
        counts[order].astype(index),
    )


def unique(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """The different values of a vector, in order, and which of them each is (tf.unique)."""
    return Unique(*unique_op(x, out_idx=out_idx, name=name))


def unique_with_counts(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """`unique`, and how often each value comes (tf.unique_with_counts)."""
    return UniqueWithCounts(*unique_with_counts_op(x, out_idx=out_idx, name=name))


# --- TopKV2 ---------------------------------------------------------------------------------------
top_k_op = define(
    "TopKV2",
    inputs="input: T, k: int32",
    outputs="values: T, indices: int32",
    attrs={"sorted": attrs.boolean(True), "T": dtypes.REAL},
)
TopK = namedtuple("TopKV2", ["values", "indices"])


@top_k_op.shape
def _(op: Operation) -> Any:
    dims, k = op.inputs[0].shape.with_rank_at_least(1).known, integer(op.inputs[1])
    op.inputs[1].shape.with_rank(0)
    if k is not None and k < 0:
        raise ValueError(f"Need k >= 0, got {k}")
    if dims is None:
        return [UNKNOWN, UNKNOWN]
    if k is not None and dims[-1] is not None and dims[-1] < k:
        raise ValueError(f"input must have last dimension >= k = {k} but is {dims[-1]}")
    return [TensorShape.of((*dims[:-1], k))] * 2


@top_k_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, k: Any) -> Any:
        count, size = int(k), x.shape[-1]
        if count < 0:
            raise InvalidArgumentError(f"Need k >= 0, got {count}")
        if size < count:
            raise InvalidArgumentError(f"input must have at least k = {count} columns, got {size}")
        # Of equal values the first comes first: a stable sort of the reversed row, read backwards.
        order = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]
        indices = (size - 1 - order)[..., :count]
        return np.take_along_axis(x, indices, axis=-1), indices.astype(np.int32)

    return run


@top_k_op.gradient
def _(op: Operation, grad: Any, _: Any) -> Any:
    x, indices = op.inputs[0], op.outputs[1]
    shape: Any = shape_of(x)
    columns = shape[-1]
    flat = raw.Reshape(indices, raw.Pack([-1, shape_of(indices)[-1]]))  # type: ignore[index]
    rows: Any = raw.Prod(shape[:-1], [0], keep_dims=False)
    places = flat + raw.ExpandDims(raw.Range(0, rows, 1) * columns, 1)
    places = raw.ExpandDims(raw.Reshape(places, [-1]), -1)
    total = raw.ScatterNd(places, raw.Reshape(grad, [-1]), raw.ExpandDims(rows * columns, 0))
    return [raw.Reshape(total, shape), None]


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> Any:
    """The k greatest of the last dimension and where they are (tf.nn.top_k, tf.math.top_k).

    Of equal values the one with the lower index comes first.
    """
    return TopK(*top_k_op(input, k, sorted=sorted, name=name))


# --- InTopK, InTopKV2 -----------------------------------------------------------------------------
in_top_k_op = define(
    "InTopK",
    inputs="predictions: float32, targets: T",
    outputs="precision: bool",
    attrs={"k": attrs.integer(), "T": _INDEX},
    shape=lambda op: _in_top_k_shape(op),
).no_gradient()
in_top_k_v2_op = define(
    "InTopKV2",
    inputs="predictions: float32, targets: T, k: T",
    outputs="precision: bool",
    attrs={"T": _INDEX},
    shape=lambda op: _in_top_k_shape(op),
).no_gradient()


def _in_top_k_shape(op: Operation) -> TensorShape:
    rows = op.inputs[0].shape.with_rank(2)[:1]
    return rows.merge_with(op.inputs[1].shape.with_rank(1))  # type: ignore[no-any-return]


@in_top_k_op.kernel
def _(ctx: Any) -> Any:
    k = ctx.attrs["k"]
    return lambda predictions, targets: _in_top_k(predictions, targets, k)


in_top_k_v2_op.kernel(lambda ctx: _in_top_k)


def _in_top_k(predictions: Any, targets: Any, k: Any) -> Any:
    rows, classes = predictions.shape
    if targets.shape != (rows,):
        raise InvalidArgumentError(
            f"First dimension of predictions {rows} must match length of targets {len(targets)}"
        )
    inside = (targets >= 0) & (targets < classes)
    if not classes:
        return np.zeros(rows, bool)
    wanted = predictions[np.arange(rows), np.where(inside, targets, 0)]
    above = (predictions > wanted[:, None]).sum(axis=1)
    return inside & np.isfinite(wanted) & np.isfinite(predictions).all(axis=1) & (above < int(k))


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether each target's prediction is among the k greatest of its row (tf.nn.in_top_k)."""
    with name_scope(name, "in_top_k"):
        return in_top_k_v2_op(predictions, targets, k, name="InTopKV2")  # type: ignore[no-any-return]


# --- LowerBound, UpperBound -----------------------------------------------------------------------
def _define_bound(op_type: str, side: Any) -> Any:
    op_def = define(
        op_type,
        inputs="sorted_inputs: T, values: T",
        outputs="output: out_type",
        attrs={"T": attrs.types(), "out_type": _INDEX},
    ).no_gradient()

    @op_def.shape
    def _(op: Operation) -> TensorShape:
        rows, values = [t.shape.with_rank(2) for t in op.inputs]
        rows[:1].assert_is_compatible_with(values[:1])
        return values

    @op_def.kernel
    def _(ctx: Any) -> Any:
        def run(rows: Any, values: Any) -> Any:
            result = np.empty(values.shape, ctx.dtype)
            for i, (row, wanted) in enumerate(zip(rows, values, strict=True)):
                result[i] = np.searchsorted(row, wanted, side=side)
            return result

        return run

    return op_def


lower_bound_op = _define_bound("LowerBound", "left")
upper_bound_op = _define_bound("UpperBound", "right")


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Where each value would stand in its sorted row (tf.searchsorted); batches in front."""
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    rows, wanted = convert_to_tensor(sorted_sequence), convert_to_tensor(values)
    widths = [shape_of(t)[-1] for t in (rows, wanted)]  # type: ignore[index]
    flat = [raw.Reshape(t, raw.Pack([-1, n])) for t, n in zip((rows, wanted), widths)]
    op_def = lower_bound_op if side == "left" else upper_bound_op
    found = op_def(*flat, out_type=out_type, name=name)
    return raw.Reshape(found, shape_of(wanted))  # type: ignore[no-any-return]
