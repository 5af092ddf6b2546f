"""Ops that ask for a tensor's shape, size or rank, or that check them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import Trait, define, raw, scalar
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, as_shape, brackets, broadcast
from flowgraph.core.sparse_tensor import is_sparse
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.known import merged, sizes

__all__ = [
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "ensure_shape",
    "rank",
    "shape",
    "shape_n",
    "size",
]

_OUT_TYPE = attrs.types(*dtypes.INDEX, default=dtypes.int32)


# --- Shape ----------------------------------------------------------------------------------------
def _rank_as_length(tensor: Tensor) -> TensorShape:
    known = tensor.shape.known
    return TensorShape.of((None if known is None else len(known),))


shape_op = define(
    "Shape",
    inputs="input: T",
    outputs="output: out_type",
    attrs={"T": attrs.types(), "out_type": _OUT_TYPE},
    shape=lambda op: _rank_as_length(op.inputs[0]),
    traits=Trait.CHEAP,
).no_gradient()


@shape_op.kernel
def _(ctx: Any) -> Any:
    array, dtype = np.array, ctx.dtype
    return lambda x: array(x.shape, dtype)


@shape_op.static
def _(op: Operation) -> Any:
    known = op.inputs[0].shape
    if not known.is_fully_defined():
        return None
    return np.array(known.known, op.outputs[0].dtype.np_dtype)


@shape_op.shape_value
def _(op: Operation) -> TensorShape | None:
    known = op.inputs[0].shape
    return None if known.known is None else known


def shape(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """The shape of a tensor, as an integer vector (tf.shape).

    A constant when the static shape is fully defined.
    """
    return shape_of(input, name, out_type=out_type)


def shape_of(
    input: Any, name: str | None = None, optimize: bool = True, out_type: Any = dtypes.int32
) -> Tensor:
    """`shape`, which stays an op when `optimize` is False."""
    wanted = dtypes.as_dtype(out_type)
    dense_shape = getattr(input, "dense_shape", None)
    if dense_shape is not None and not isinstance(input, Tensor):
        return _cast_shape(dense_shape, wanted, name)
    with name_scope(name, "Shape", [input]) as scope:
        tensor = convert_to_tensor(input)
        known = tensor.shape
        if optimize and known.is_fully_defined():
            return constant(np.array(known.known, wanted.np_dtype), name=scope)
        return shape_op(tensor, out_type=wanted, name=scope)  # type: ignore[no-any-return]


def _cast_shape(dense_shape: Any, wanted: Any, name: str | None) -> Tensor:
    with name_scope(name, "Shape"):
        return raw.Cast(dense_shape, DstT=wanted)  # type: ignore[no-any-return]


# --- ShapeN ---------------------------------------------------------------------------------------
shape_n_op = define(
    "ShapeN",
    inputs="input: N * T",
    outputs="output: N * out_type",
    attrs={"N": attrs.count(), "T": attrs.types(), "out_type": _OUT_TYPE},
    shape=lambda op: [_rank_as_length(t) for t in op.inputs],
    traits=Trait.CHEAP,
).no_gradient()


@shape_n_op.kernel
def _(ctx: Any) -> Any:
    return lambda *xs: tuple([np.array(x.shape, ctx.dtype) for x in xs])


def shape_n(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors (tf.shape_n)."""
    return shape_n_op(input, out_type=out_type, name=name)  # type: ignore[no-any-return]


# --- Size -----------------------------------------------------------------------------------------
size_op = define(
    "Size",
    inputs="input: T",
    outputs="output: out_type",
    attrs={"T": attrs.types(), "out_type": _OUT_TYPE},
    shape=scalar,
    traits=Trait.CHEAP,
).no_gradient()


@size_op.kernel
def _(ctx: Any) -> Any:
    dtype = ctx.dtype.type
    return lambda x: dtype(x.size)


@size_op.static
def _(op: Operation) -> Any:
    count = op.inputs[0].shape.num_elements()
    return None if count is None else np.array(count, op.outputs[0].dtype.np_dtype)


def size(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """The number of elements (tf.size); a constant when the static shape is fully defined."""
    wanted = dtypes.as_dtype(out_type)
    if is_sparse(input):
        with name_scope(name, "Size") as scope:
            sizes = raw.Cast(input.dense_shape, DstT=wanted)
            return raw.Prod(sizes, 0, keep_dims=False, name=scope)  # type: ignore[no-any-return]
    with name_scope(name, "Size", [input]) as scope:
        tensor = convert_to_tensor(input)
        count = tensor.shape.num_elements()
        if count is None and 0 in (tensor.shape.known or ()):
            count = 0
        if count is not None:
            return constant(np.array(count, wanted.np_dtype), name=scope)
        return size_op(tensor, out_type=wanted, name=scope)  # type: ignore[no-any-return]


# --- Rank -----------------------------------------------------------------------------------------
rank_op = define(
    "Rank",
    inputs="input: T",
    outputs="output: int32",
    attrs={"T": attrs.types()},
    shape=scalar,
    traits=Trait.CHEAP,
).no_gradient()
rank_op.kernel(lambda ctx: lambda x: np.int32(x.ndim))


@rank_op.static
def _(op: Operation) -> Any:
    found = op.inputs[0].shape.rank
    return None if found is None else np.array(found, np.int32)


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions, an int32 scalar (tf.rank); a constant when it is known."""
    if is_sparse(input):
        with name_scope(name, "Rank") as scope:
            return size(input.dense_shape, name=scope)
    with name_scope(name, "Rank", [input]) as scope:
        tensor = convert_to_tensor(input)
        if tensor.shape.rank is not None:
            return constant(tensor.shape.rank, dtypes.int32, name=scope)
        return rank_op(tensor, name=scope)  # type: ignore[no-any-return]


# --- EnsureShape ----------------------------------------------------------------------------------
ensure_shape_op = define(
    "EnsureShape",
    inputs="input: T",
    outputs="output: T",
    attrs={"shape": attrs.shape(), "T": attrs.types()},
    shape=lambda op: merged(op.attrs["shape"], op.inputs[0].shape),
    traits=Trait.VIEW | Trait.CHEAP,
)


@ensure_shape_op.simplify
def _(step: Any) -> Any:
    return step.input(0) if step.shape(0).is_fully_defined() else None


@ensure_shape_op.kernel
def _(ctx: Any) -> Any:
    wanted = ctx.attrs["shape"]

    def check(x: Any) -> Any:
        if not wanted.is_compatible_with(x.shape):
            raise InvalidArgumentError(
                f"Shape of tensor {ctx.op.inputs[0].op.name} {brackets(TensorShape(x.shape))} is "
                f"not compatible with expected shape {brackets(wanted)}."
            )
        return x

    return check


@ensure_shape_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return grad


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """The tensor itself, with its shape checked at run time (tf.ensure_shape)."""
    return ensure_shape_op(x, shape=as_shape(shape), name=name)  # type: ignore[no-any-return]


# --- BroadcastArgs --------------------------------------------------------------------------------
broadcast_args_op = define(
    "BroadcastArgs",
    inputs="s0: T, s1: T",
    outputs="r0: T",
    attrs={"T": attrs.types(*dtypes.INDEX, default=dtypes.int32)},
    traits=Trait.CHEAP,
).no_gradient()


@broadcast_args_op.shape
def _(op: Operation) -> TensorShape:
    lengths = [t.shape.with_rank(1).known for t in op.inputs]
    if any(n is None or n[0] is None for n in lengths):
        return TensorShape.of((None,))
    return TensorShape.of((max(n[0] for n in lengths),))  # type: ignore[index,type-var]


@broadcast_args_op.kernel
def _(ctx: Any) -> Any:
    def together(s0: Any, s1: Any) -> Any:
        try:
            found = broadcast(*[TensorShape.of(tuple(s.tolist())) for s in (s0, s1)])
        except ValueError:
            raise InvalidArgumentError(
                f"Incompatible shapes: {_comma(s0)} and {_comma(s1)}"
            ) from None
        return np.array(found.known, ctx.dtype)

    return together


def _comma(values: Any) -> str:
    return "[" + ",".join(map(str, values)) + "]"


@broadcast_args_op.shape_value
def _(op: Operation) -> TensorShape | None:
    found: Sequence[Any] = [sizes(t) for t in op.inputs]
    if any(s is None for s in found):
        return None
    try:
        merged = broadcast(*[TensorShape.of(s) for s in found])
    except ValueError:
        return None
    return merged if merged is not UNKNOWN else None


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """The shape of a broadcast between two shapes given as tensors (tf.broadcast_dynamic_shape)."""
    return broadcast_args_op(shape_x, shape_y)  # type: ignore[no-any-return]


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape of a broadcast between two static shapes (tf.broadcast_static_shape)."""
    x, y = as_shape(shape_x), as_shape(shape_y)
    try:
        return broadcast(x, y)
    except ValueError:
        raise ValueError(f"Incompatible shapes for broadcasting: {x} and {y}") from None
