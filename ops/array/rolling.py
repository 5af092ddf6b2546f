"""Ops on places: roll, unravel_index, the order of dimensions in an image's data format."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape
from flowgraph.core.tensor import Tensor

__all__ = ["roll", "unravel_index"]

_INDEX = attrs.types(*dtypes.INDEX, default=dtypes.int32)

# --- Roll -----------------------------------------------------------------------------------------
roll_op = define(
    "Roll",
    inputs="input: T, shift: Tshift, axis: Taxis",
    outputs="output: T",
    attrs={
        "T": attrs.types(),
        "Tshift": attrs.types(*dtypes.INDEX),
        "Taxis": attrs.types(*dtypes.INDEX),
    },
)


@roll_op.shape
def _(op: Operation) -> TensorShape:
    x, shift, axis = (t.shape for t in op.inputs)
    shift.with_rank_at_most(1)
    axis.with_rank_at_most(1)
    if None not in (shift.num_elements(), axis.num_elements()) and (
        shift.num_elements() != axis.num_elements()
    ):
        raise ValueError(f"shift and axis must have the same size, got {shift} and {axis}")
    return x.with_rank_at_least(1)


@roll_op.kernel
def _(ctx: Any) -> Any:
    def run(x: Any, shift: Any, axis: Any) -> Any:
        if not x.ndim:
            raise InvalidArgumentError("input must be 1-D or higher")
        if shift.ndim > 1 or shift.shape != axis.shape:
            raise InvalidArgumentError(
                "shift and axis must be scalars or vectors of the same size, got shapes "
                f"{list(shift.shape)} and {list(axis.shape)}"
            )
        axes = axis.reshape(-1).tolist()
        for at in axes:
            if not -x.ndim <= at < x.ndim:
                raise InvalidArgumentError(f"axis {at} is out of range")
        if not axes:
            return np.array(x)
        return np.roll(x, tuple(shift.reshape(-1).tolist()), tuple(axes))

    return run


@roll_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [roll_op(grad, raw.Neg(op.inputs[1]), op.inputs[2]), None, None]


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """The elements moved along some dimensions; what leaves at one end comes in at the other.

    Args:
      input: of rank 1 at least.
      shift: a number of places, or a vector of them; to higher indices when positive.
      axis: a dimension, or as many as there are shifts.
      name: the operation's name (tf.roll, tf.manip.roll).
    """
    return roll_op(input, shift, axis, name=name)  # type: ignore[no-any-return]


# --- UnravelIndex ---------------------------------------------------------------------------------
unravel_index_op = define(
    "UnravelIndex",
    inputs="indices: Tidx, dims: Tidx",
    outputs="output: Tidx",
    attrs={"Tidx": _INDEX},
).no_gradient()


@unravel_index_op.shape
def _(op: Operation) -> TensorShape:
    indices, sizes = (t.shape for t in op.inputs)
    rank = sizes.with_rank(1)
    if indices.known is None:
        return UNKNOWN
    if not indices.known:
        return rank
    return rank.concatenate(TensorShape.of((indices.num_elements(),)))


@unravel_index_op.kernel
def _(ctx: Any) -> Any:
    def run(indices: Any, sizes: Any) -> Any:
        if sizes.ndim != 1 or indices.ndim > 1:
            raise InvalidArgumentError(
                "The indices can only be scalar or vector, and dims a vector, got shapes "
                f"{list(indices.shape)} and {list(sizes.shape)}"
            )
        if (sizes <= 0).any():
            raise InvalidArgumentError(f"Input dims must be positive, got {sizes.tolist()}")
        count = int(np.prod(sizes, dtype=np.int64))
        if ((indices < 0) | (indices >= count)).any():
            raise InvalidArgumentError(f"index is out of bound as with dims {sizes.tolist()}")
        parts = np.unravel_index(indices, tuple(sizes.tolist()))
        return np.array(parts, ctx.dtype).reshape(len(sizes), *indices.shape)

    return run


def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """The coordinates of elements of a tensor of shape `dims` by number (tf.unravel_index).

    Args:
      indices: a scalar or vector, int32 or int64.
      dims: the sizes, of the same dtype.
      name: the operation's name.

    Returns:
      [len(dims)] for a scalar, [len(dims), len(indices)] for a vector.
    """
    return unravel_index_op(indices, dims, name=name)  # type: ignore[no-any-return]


# --- DataFormatDimMap, DataFormatVecPermute -------------------------------------------------------
def _data_format(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="x: T",
        outputs="y: T",
        attrs={
            "T": _INDEX,
            "src_format": attrs.string("NHWC"),
            "dst_format": attrs.string("NCHW"),
        },
        shape=like("x"),
    )


data_format_dim_map_op = _data_format("DataFormatDimMap")
data_format_vec_permute_op = _data_format("DataFormatVecPermute")


def _formats(ctx: Any) -> tuple[str, str]:
    source, target = ctx.attrs["src_format"], ctx.attrs["dst_format"]
    if sorted(source) != sorted(target) or len(source) not in (4, 5):
        raise InvalidArgumentError(
            "Source and destination formats must be the same 4 or 5 letters, got "
            f"{source!r} and {target!r}"
        )
    return source, target


@data_format_dim_map_op.kernel
def _(ctx: Any) -> Any:
    source, target = _formats(ctx)
    places = np.array([target.index(letter) for letter in source], ctx.dtype)

    def run(x: Any) -> Any:
        if ((x < -len(places)) | (x >= len(places))).any():
            raise InvalidArgumentError(
                f"Dimensions must be in [{-len(places)}, {len(places)}), got {x.tolist()}"
            )
        return np.asarray(places[x])

    return run


@data_format_vec_permute_op.kernel
def _(ctx: Any) -> Any:
    source, target = _formats(ctx)

    def run(x: Any) -> Any:
        ours, theirs = source, target
        if x.ndim not in (1, 2) or (x.ndim == 2 and x.shape[1] != 2):
            raise InvalidArgumentError(
                f"input must be a vector or of shape [n, 2], got shape {list(x.shape)}"
            )
        if len(x) == len(source) - 2:  # only what is neither batch nor channels
            ours, theirs = (f.replace("N", "").replace("C", "") for f in (source, target))
        if len(x) != len(ours):
            raise InvalidArgumentError(
                f"input must have {len(source)} or {len(source) - 2} rows, got {len(x)}"
            )
        return x[[ours.index(letter) for letter in theirs]]

    return run
