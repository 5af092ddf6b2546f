"""Where the largest and the smallest element is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import UNKNOWN, TensorShape, brackets
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.known import integer, unknown_of_rank
from flowgraph.ops.math.reduction import renamed

__all__ = ["argmax", "argmin"]


def _where(op_type: str) -> OpDef:
    return define(
        op_type,
        inputs="input: T, dimension: Tidx",
        outputs="output: output_type",
        attrs={
            "T": (*dtypes.NUMBERS, dtypes.bool_),
            "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
            "output_type": attrs.types(*dtypes.INDEX, default=dtypes.int64),
        },
        shape=_shape,
    ).no_gradient()


def _shape(op: Operation) -> TensorShape:
    x, dimension = op.inputs
    dims = x.shape.known
    if dimension.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {dimension.shape.rank}")
    if dims is None:
        return UNKNOWN
    if not dims:
        return TensorShape.of(())
    axis, rank = integer(dimension), len(dims)
    if axis is None:
        return unknown_of_rank(rank - 1)
    if not -rank <= axis < rank:
        raise ValueError(
            f"Dimension ({axis}) must be in the range [{-rank}, {rank}), where {rank} is the "
            "number of dimensions in the input."
        )
    axis %= rank
    return TensorShape.of(dims[:axis] + dims[axis + 1 :])


def _bind(ctx: Any, find: Callable[..., Any]) -> Callable[..., Any]:
    dtype = ctx.dtype

    def run(x: Any, dimension: Any) -> Any:
        axis = int(dimension)
        if not -x.ndim <= axis < x.ndim:
            raise InvalidArgumentError(
                f"Expected dimension in the range [{-x.ndim}, {x.ndim}), but got {axis}"
            )
        if not x.shape[axis]:
            raise InvalidArgumentError(
                f"Reduction axis {axis} is empty in shape {brackets(TensorShape.of(x.shape))}"
            )
        return find(x, axis).astype(dtype, copy=False)

    return run


arg_max_op, arg_min_op = _where("ArgMax"), _where("ArgMin")
arg_max_op.kernel(lambda ctx: _bind(ctx, ctx.xp.argmax))
arg_min_op.kernel(lambda ctx: _bind(ctx, ctx.xp.argmin))


def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """The position of the largest along an axis, the first of several (tf.argmax).

    Args:
      input: numbers.
      axis: an int or scalar tensor; 0 by default.
      name: the operation's name.
      dimension: the old name of `axis`.
      output_type: int64 or int32.
    """
    return _find(arg_max_op, input, axis, name, dimension, output_type)


def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """The position of the smallest along an axis (tf.argmin); the arguments are `argmax`'s."""
    return _find(arg_min_op, input, axis, name, dimension, output_type)


def arg_max(
    input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """The old name of `argmax` (tf.arg_max)."""
    return argmax(input, dimension, name, output_type=output_type)


def arg_min(
    input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """The old name of `argmin` (tf.arg_min)."""
    return argmin(input, dimension, name, output_type=output_type)


def _find(
    op_def: OpDef, x: Any, axis: Any, name: str | None, dimension: Any, output_type: Any
) -> Tensor:
    axis = renamed("axis", axis, "dimension", dimension)
    return op_def(x, 0 if axis is None else axis, output_type=output_type, name=name)  # type: ignore[no-any-return]
