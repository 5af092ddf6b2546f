"""The reduction of strings: they are joined over axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import define, raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.shape import rank
from flowgraph.ops.math.reduced import reduced_shape
from flowgraph.ops.math.reduction import renamed

__all__ = ["reduce_join"]

reduce_join_op = define(
    "ReduceJoin",
    inputs="inputs: string, reduction_indices: int32",
    outputs="output: string",
    attrs={"keep_dims": attrs.boolean(False), "separator": attrs.string("")},
    shape=reduced_shape,
).no_gradient()


@reduce_join_op.kernel
def _(ctx: Any) -> Any:
    keep, separator = ctx.attrs["keep_dims"], ctx.attrs["separator"].encode()

    def run(x: Any, indices: Any) -> Any:
        axes = _checked(indices, x.ndim)
        kept = [i for i in range(x.ndim) if i not in axes]
        # The first axis named is joined first, so it runs fastest.
        sizes = [math.prod(x.shape[i] for i in part) for part in (kept, axes)]
        rows = np.transpose(x, [*kept, *reversed(axes)]).reshape(sizes)
        result = np.empty(len(rows), object)
        result[:] = [separator.join(row) for row in rows.tolist()]
        if keep:
            return result.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])
        return result.reshape([x.shape[i] for i in kept])

    return run


def _checked(indices: Any, rank: int) -> list[int]:
    axes: list[int] = []
    for axis in indices.reshape(-1).tolist():
        if not -rank <= axis < rank:
            raise InvalidArgumentError(
                f"Invalid reduction dimension {axis} for input with {rank} dimension(s)"
            )
        if axis % rank in axes:
            raise InvalidArgumentError(f"Duplicate reduction dimension {axis % rank}")
        axes.append(axis % rank)
    return axes


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool | None = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: bool | None = None,
) -> Tensor:
    """Joins strings over some axes, in the order in which these are named (tf.reduce_join).

    Args:
      inputs: strings.
      axis: an int, a list of them or a tensor; None is all axes from the last to the first.
      keep_dims: keep the reduced dimensions, with size 1; `keepdims` is its newer name.
      separator: what goes between.
      name: the scope of the operation.
      reduction_indices: the old name of `axis`.
    """
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    keep = renamed("keepdims", keepdims, "keep_dims", keep_dims)
    with name_scope(name, "ReduceJoin", [inputs]):
        tensor = convert_to_tensor(inputs)
        if axis is not None:
            axes = axis
        elif tensor.shape.rank is not None:
            axes = constant(np.arange(tensor.shape.rank - 1, -1, -1, dtype=np.int32))
        else:
            axes = raw.Range(raw.Sub(rank(tensor), 1), -1, -1, name="range")
        return reduce_join_op(  # type: ignore[no-any-return]
            tensor, axes, keep_dims=bool(keep), separator=separator, name=name
        )
