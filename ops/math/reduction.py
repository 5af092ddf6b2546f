"""Reductions: sums, products, means, extremes, norms and joins over axes of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.shape import rank, shape_of
from flowgraph.ops.math.arithmetic import conj
from flowgraph.ops.math.reduced import (
    axes_mask,
    axis_of,
    bind_axis,
    broadcast_back,
    keep_dimensions,
    named_first,
    reduced_shape,
    static_axes,
)

__all__ = [
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
]


def _reduction(op_type: str, types: tuple[dtypes.DType, ...] | None) -> OpDef:
    more = {} if types is None else {"T": attrs.types(*types)}
    kind = "bool" if types is None else "T"
    return define(
        op_type,
        inputs=f"input: {kind}, reduction_indices: Tidx",
        outputs=f"output: {kind}",
        attrs={
            "keep_dims": attrs.boolean(False),
            "Tidx": attrs.types(*dtypes.INDEX, default=dtypes.int32),
            **more,
        },
        shape=reduced_shape,
    )


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether this is a floating type of 16 bits, with which sums are kept in float32."""
    return dtype.itemsize == 2 and dtype.kind not in "iu"


def _bind(ctx: Any, ufunc: Any, sums: bool = False, *initial: Any) -> Callable[..., Any]:
    """A kernel that is `ufunc.reduce`; `sums` of 16-bit floats are kept in float32."""
    reduce, keep, dtype = ufunc.reduce, ctx.attrs["keep_dims"], ctx.dtype
    known, axis = bind_axis(ctx)
    if sums and is_narrow(dtype):
        return lambda x, axes: reduce(
            x, axis if axes is known else axis_of(axes, x.ndim), np.float32, None, keep
        ).astype(dtype)
    return lambda x, axes: reduce(
        x, axis if axes is known else axis_of(axes, x.ndim), dtype, None, keep, *initial
    )


# --- reductions over no axes ----------------------------------------------------------------------
def _over_nothing(step: Any) -> Any:
    axes = step.constant(1)
    return step.input(0) if axes is not None and axes.shape == (0,) else None


def _or_copy(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel, but over no axes a copy, as in TensorFlow: numpy makes 0.0 of -0.0."""
    return lambda x, axes: kernel(x, axes) if axes.size else x.copy()


# --- Sum ------------------------------------------------------------------------------------------
sum_op = _reduction("Sum", dtypes.NUMBERS)
sum_op.simplify(_over_nothing)
sum_op.kernel(lambda ctx: _or_copy(_bind(ctx, ctx.xp.add, True)))


@sum_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [broadcast_back(op, grad), None]


# --- Mean -----------------------------------------------------------------------------------------
mean_op = _reduction("Mean", dtypes.NUMBERS)
mean_op.simplify(_over_nothing)


@mean_op.kernel
def _(ctx: Any) -> Any:
    add, keep, dtype = ctx.xp.add.reduce, ctx.attrs["keep_dims"], ctx.dtype
    known, axis = bind_axis(ctx)
    if dtype.kind in "iu":
        return _integer_mean(dtype, keep)
    wide = np.dtype(np.float32) if is_narrow(dtype) else dtype

    def run(x: Any, axes: Any) -> Any:
        total = add(x, axis if axes is known else axis_of(axes, x.ndim), wide, None, keep)
        return total / (x.size // total.size if total.size else 1)

    return _or_copy(run if wide is dtype else lambda x, axes: run(x, axes).astype(dtype))


def _integer_mean(dtype: np.dtype[Any], keep: bool) -> Callable[..., Any]:
    wide = np.uint64 if dtype.kind == "u" else np.int64

    def run(x: Any, axes: Any) -> Any:
        total = np.add.reduce(x, axis_of(axes, x.ndim), wide, None, keep)
        count = wide(x.size // total.size if total.size else 1)
        # Rounded towards zero, as TensorFlow's (C++'s) division.
        result = np.where(total < 0, -(-total // count), total // count)
        return result.astype(dtype)

    return run


@mean_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # Divided before it is repeated: there are fewer numbers then.
    return [broadcast_back(op, raw.RealDiv(grad, _elements_per_output(op))), None]


def _elements_per_output(op: Operation) -> Any:
    """How many elements of the input make one of the output, in the dtype of the values."""
    x, dtype = op.inputs[0], op.inputs[0].dtype.base_dtype
    dims, reduced = x.shape.known, static_axes(op)
    if dims is not None and reduced is not None and None not in [dims[i] for i in reduced]:
        return np.array(np.prod([dims[i] for i in reduced], dtype=np.float64), dtype.np_dtype)
    outputs = raw.Maximum(raw.Size(op.outputs[0]), 1)
    return raw.Cast(raw.FloorDiv(raw.Size(x), outputs), DstT=dtype)


# --- Prod -----------------------------------------------------------------------------------------
prod_op = _reduction("Prod", dtypes.NUMBERS)
prod_op.simplify(_over_nothing)
prod_op.kernel(lambda ctx: _bind(ctx, ctx.xp.multiply, True))


@prod_op.gradient
def _(op: Operation, grad: Any) -> Any:
    return [raw.Mul(broadcast_back(op, grad), conj(_product_of_others(op))), None]


def _product_of_others(op: Operation) -> Any:
    """For each element the product of the others that are reduced with it: zeros do no harm."""
    x, reduced = op.inputs[0], static_axes(op)
    if reduced is not None and len(reduced) == 1:
        return _product_of_others_along(x, reduced[0])
    if reduced is not None and len(reduced) == x.shape.rank:
        return raw.Reshape(_product_of_others_along(raw.Reshape(x, [-1]), 0), shape_of(x))
    if reduced is None:
        all_axes = raw.Rank(x)
        mask = axes_mask(op.inputs[1], all_axes)
        perm: Any = named_first(mask, all_axes)
        back: Any = raw.InvertPermutation(perm)
        count: Any = raw.Sum(mask, 0, keep_dims=False)
    else:
        order = [*reduced, *(i for i in range(x.shape.rank) if i not in reduced)]
        perm, back = np.array(order, np.int32), np.argsort(order).astype(np.int32)
        count = len(reduced)
    permuted = raw.Transpose(x, perm)
    shape = raw.Shape(permuted)
    sizes = [raw.Prod(part, 0, keep_dims=False) for part in (shape[:count], shape[count:])]
    matrix = raw.Reshape(permuted, raw.Pack(sizes))
    return raw.Transpose(raw.Reshape(_product_of_others_along(matrix, 0), shape), back)


def _product_of_others_along(x: Any, axis: int) -> Any:
    before = raw.Cumprod(x, axis, exclusive=True)
    after = raw.Cumprod(x, axis, exclusive=True, reverse=True)
    return raw.Mul(before, after)


# --- Max, Min -------------------------------------------------------------------------------------
def lowest(dtype: np.dtype[Any]) -> Any:
    """What is not above any value of a dtype."""
    kind = dtypes.as_dtype(dtype)
    return dtype.type(kind.min if kind.is_integer else -np.inf)


def highest(dtype: np.dtype[Any]) -> Any:
    """What is not below any value of a dtype."""
    kind = dtypes.as_dtype(dtype)
    return dtype.type(kind.max if kind.is_integer else np.inf)


max_op, min_op = _reduction("Max", dtypes.REAL), _reduction("Min", dtypes.REAL)
max_op.simplify(_over_nothing)
min_op.simplify(_over_nothing)
max_op.kernel(lambda ctx: _bind(ctx, ctx.xp.maximum, False, lowest(ctx.dtype)))
min_op.kernel(lambda ctx: _bind(ctx, ctx.xp.minimum, False, highest(ctx.dtype)))


@max_op.gradient
@min_op.gradient
def _(op: Operation, grad: Any) -> Any:
    # Elements that tie share the gradient.
    x, axes = op.inputs
    is_it = raw.Equal(keep_dimensions(op, op.outputs[0]), x)
    chosen = raw.Cast(is_it, DstT=x.dtype.base_dtype)
    ties = raw.Sum(chosen, axes, keep_dims=True)
    return [raw.Mul(chosen, raw.RealDiv(keep_dimensions(op, grad), ties)), None]


# --- All, Any -------------------------------------------------------------------------------------
all_op = _reduction("All", None).no_gradient()
any_op = _reduction("Any", None).no_gradient()
all_op.simplify(_over_nothing)
any_op.simplify(_over_nothing)
all_op.kernel(lambda ctx: _bind(ctx, ctx.xp.logical_and))
any_op.kernel(lambda ctx: _bind(ctx, ctx.xp.logical_or))


# --- EuclideanNorm --------------------------------------------------------------------------------
euclidean_norm_op = _reduction("EuclideanNorm", dtypes.NUMBERS)


@euclidean_norm_op.kernel
def _(ctx: Any) -> Any:
    keep, dtype = ctx.attrs["keep_dims"], ctx.dtype
    wide = np.float64 if dtype.kind in "iu" else np.float32 if is_narrow(dtype) else dtype

    def run(x: Any, axes: Any) -> Any:
        x = x.astype(wide, copy=False)
        squares = np.add.reduce(x * x.conj(), axis_of(axes, x.ndim), None, None, keep)
        return np.sqrt(squares).astype(dtype, copy=False)

    return run


@euclidean_norm_op.gradient
def _(op: Operation, grad: Any) -> Any:
    ratio = raw.RealDiv(keep_dimensions(op, grad), keep_dimensions(op, op.outputs[0]))
    return [raw.Mul(op.inputs[0], ratio), None]


# --- public functions -----------------------------------------------------------------------------
def renamed(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """The value of an argument that also has an older name; ValueError when both are given."""
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'.")
    return old


def all_axes_if_none(x: Any, axis: Any) -> Any:
    """`axis`, or when it is None all axes of `x`: a constant where its rank is known."""
    if axis is not None:
        return axis
    if isinstance(x, Tensor) and x.shape.rank:
        return constant(np.arange(x.shape.rank, dtype=np.int32))
    return raw.Range(0, rank(x), 1, name="range")


def _reduce(op_def: OpDef, x: Any, axis: Any, keepdims: Any, name: str | None, *old: Any) -> Tensor:
    """Adds a reduction; `old` are the deprecated reduction_indices and keep_dims."""
    if old:
        axis = renamed("axis", axis, "reduction_indices", old[0])
        keepdims = renamed("keepdims", keepdims, "keep_dims", old[1])
    axes = all_axes_if_none(x, axis)
    result: Tensor = op_def(x, axes, keep_dims=bool(keepdims), name=name)
    if axis is None and not keepdims:
        result.set_shape(())
    return result


def reduce_sum(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The sum over some axes, or over all (tf.reduce_sum).

    Args:
      input_tensor: numbers.
      axis: an int, a list of them or a tensor; None is all axes, [] none; they may be negative.
      keepdims: keep the reduced dimensions, with size 1.
      name: the operation's name.
      reduction_indices: the old name of `axis`.
      keep_dims: the old name of `keepdims`.

    Raises:
      ValueError: an axis is out of range, or an argument is given by both of its names.

    >>> reduce_sum([[1.0, 2.0], [3.0, 4.0]], axis=0).shape.as_list()
    [2]
    """
    return _reduce(sum_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_mean(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The mean over some axes; of integers it is one, rounded to zero (tf.reduce_mean).

    The arguments are those of `reduce_sum`.
    """
    return _reduce(mean_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_prod(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The product over some axes (tf.reduce_prod); the arguments are those of `reduce_sum`."""
    return _reduce(prod_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_max(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The largest over some axes (tf.reduce_max); the arguments are those of `reduce_sum`."""
    return _reduce(max_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_min(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The smallest over some axes (tf.reduce_min); the arguments are those of `reduce_sum`."""
    return _reduce(min_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_all(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Whether all are true over some axes (tf.reduce_all); arguments as of `reduce_sum`."""
    return _reduce(all_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_any(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Whether any is true over some axes (tf.reduce_any); arguments as of `reduce_sum`."""
    return _reduce(any_op, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The root of the sum of squares over some axes (tf.math.reduce_euclidean_norm)."""
    return _reduce(euclidean_norm_op, input_tensor, axis, keepdims, name)


def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """log(sum(exp(x))) over some axes, without overflow (tf.reduce_logsumexp).

    The arguments are those of `reduce_sum`.
    """
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    keep = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "ReduceLogSumExp", [input_tensor]) as scope:
        x = convert_to_tensor(input_tensor, name="input_tensor")
        most = reduce_max(x, axis, True)
        # Any finite number that is near the largest will do; it is no part of the gradient.
        shift = raw.StopGradient(raw.SelectV2(raw.IsFinite(most), most, 0))
        result = raw.Log(reduce_sum(raw.Exp(raw.Sub(x, shift)), axis, keep))
        if not keep:
            shift = raw.Reshape(shift, raw.Shape(result))
        result = raw.AddV2(result, shift, name=scope)
        if axis is None and not keep:
            result.set_shape(())
        return result  # type: ignore[no-any-return]


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The mean of |x - mean|^2 over some axes (tf.math.reduce_variance).

    Raises:
      TypeError: the input is of integers.
    """
    with name_scope(name, "reduce_variance", [input_tensor]):
        x = convert_to_tensor(input_tensor)
        mean = reduce_mean(x, axis, True)
        if mean.dtype.is_integer:
            raise TypeError("Input must be either real or complex")
        apart = raw.Sub(x, mean, name="sub")
        if apart.dtype.is_complex:
            squares = raw.Mul(apart, raw.Conj(apart))
            real = raw.Real(squares, Tout=squares.dtype.real_dtype)
            return reduce_mean(real, axis, keepdims)
        return reduce_mean(raw.Square(apart), axis, keepdims)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The standard deviation over some axes (tf.math.reduce_std)."""
    with name_scope(name, "reduce_std", [input_tensor]):
        return raw.Sqrt(reduce_variance(input_tensor, axis, keepdims))  # type: ignore[no-any-return]
