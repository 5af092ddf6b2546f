"""Clipping by value, by norm, and by the norm of many tensors together."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import colocate_with, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import Trait, define, like, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.making import ones_like
from flowgraph.ops.array.shape import rank, size
from flowgraph.ops.math.broadcast import sum_to_shape_of

clip_by_value_op = define(
    "ClipByValue",
    inputs="t: T, clip_value_min: T, clip_value_max: T",
    outputs="output: T",
    attrs={"T": attrs.types(*dtypes.REAL)},
    shape=like("t"),
    traits=Trait.ELEMENTWISE,
)


@clip_by_value_op.kernel
def _(ctx: Any) -> Any:
    minimum, maximum = ctx.xp.minimum, ctx.xp.maximum

    def clip(t: Any, low: Any, high: Any) -> Any:
        for bound in (low, high):
            if bound.shape not in ((), t.shape):
                raise InvalidArgumentError(
                    "clip_value_min and clip_value_max must be either of the same shape as input, "
                    f"or a scalar. input shape: {list(t.shape)}, clip_value_min shape: "
                    f"{list(low.shape)}, clip_value_max shape: {list(high.shape)}"
                )
        return maximum(minimum(t, high), low)

    return clip


@clip_by_value_op.gradient
def _(op: Operation, grad: Tensor) -> Any:
    t, low, high = op.inputs
    zeros = raw.ZerosLike(grad)
    below, above = raw.Less(t, low), raw.Greater(t, high)
    outside = raw.LogicalOr(below, above)

    def to(mask: Tensor, bound: Tensor) -> Tensor:
        return sum_to_shape_of(raw.Select(mask, grad, zeros), bound, grad)

    return [raw.Select(outside, zeros, grad), to(below, low), to(above, high)]


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """t, and the bound where it is beyond one (tf.clip_by_value).

    Args:
      t: a tensor or `IndexedSlices`.
      clip_value_min: the lower bound, of the shape of t or a scalar.
      clip_value_max: the upper bound, likewise.
      name: the operation's name.
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        lesser = raw.Minimum(values, clip_value_max)
        values.shape.assert_is_compatible_with(lesser.shape)
        clipped = raw.Maximum(lesser, clip_value_min, name=scope)
        values.shape.assert_is_compatible_with(clipped.shape)
        if isinstance(t, IndexedSlices):
            return IndexedSlices(clipped, t.indices, t.dense_shape)
        return clipped


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """t, scaled down to an L2 norm of `clip_norm` where it is longer (tf.clip_by_norm).

    `axes` are those along which the norm is taken; all of them when None.
    """
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        squares = _sum(values * values, axes)  # type: ignore[operator]
        positive = squares > 0  # type: ignore[operator]
        # A root of 0 would have an infinite gradient.
        safe = raw.Select(positive, squares, ones_like(squares))
        norm = raw.Select(positive, raw.Sqrt(safe), squares)
        longer = values * clip_norm
        values.shape.assert_is_compatible_with(longer.shape)
        clipped = raw.Identity(longer / raw.Maximum(norm, clip_norm), name=scope)
        if isinstance(t, IndexedSlices):
            return IndexedSlices(clipped, t.indices, t.dense_shape)
        return clipped


def _sum(tensor: Tensor, axes: Any) -> Tensor:
    from flowgraph.ops.math.reduction import reduce_sum

    return reduce_sum(tensor, axes, keepdims=True)


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The L2 norm of all tensors of a list together; None counts as zero (tf.global_norm).

    Raises:
      TypeError: `t_list` is no list.
    """
    t_list = _listed(t_list)
    with name_scope(name, "global_norm", [t for t in t_list if isinstance(t, Tensor)]):
        halves = []
        for t in t_list:
            if t is None:
                continue
            values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t)
            with colocate_with(values.op):
                halves.append(raw.L2Loss(values))
        total = _sum_all(raw.Pack(halves, name="stack"))
        two = convert_to_tensor(total.dtype.base_dtype.as_numpy_dtype(2))
        return raw.Sqrt(total * two, name="global_norm")  # type: ignore[operator, no-any-return]


def _sum_all(tensor: Tensor) -> Tensor:
    from flowgraph.ops.math.reduction import reduce_sum

    return reduce_sum(tensor)


def _listed(t_list: Any) -> list[Any]:
    if not isinstance(t_list, (list, tuple)):
        raise TypeError("t_list should be a sequence")
    return list(t_list)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """All tensors scaled by clip_norm / max(their norm together, clip_norm).

    (tf.clip_by_global_norm; Pascanu et al. 2012, arXiv:1211.5063.) An infinite norm makes every
    entry NaN.

    Returns:
      (the clipped list, the norm before).
    """
    t_list = _listed(t_list)
    if use_norm is None:
        use_norm = global_norm(t_list, name)
    with name_scope(name, "clip_by_global_norm") as scope:
        kind = use_norm.dtype.base_dtype
        scale = clip_norm * raw.Minimum(1.0 / use_norm, constant(1.0, kind) / clip_norm)
        scale = raw.Select(raw.IsFinite(use_norm), scale, constant(np.nan, kind))
        clipped: list[Any] = []
        for i, t in enumerate(t_list):
            if t is None:
                clipped.append(None)
                continue
            values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t)
            with colocate_with(values.op):
                scaled = raw.Identity(values * scale, name=f"{scope}_{i}")  # type: ignore[operator]
            if isinstance(t, IndexedSlices):
                scaled = IndexedSlices(scaled, t.indices, t.dense_shape)
            clipped.append(scaled)
        return clipped, use_norm


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """t, scaled down to an average L2 norm of `clip_norm` (tf.clip_by_average_norm)."""
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        count = raw.Cast(size(t), DstT=t.dtype.base_dtype)
        squares = t * t
        everything = raw.Range(0, rank(t), 1, name="range")
        inverse = raw.Rsqrt(raw.Sum(squares, everything, keep_dims=False))
        scaled = t * clip_norm
        scale = raw.Minimum(inverse * count, constant(1, t.dtype.base_dtype) / clip_norm)
        return raw.Identity(scaled * scale, name=scope)  # type: ignore[no-any-return]
