"""Elementwise functions, reductions, products, shapes and random tensors of `tf.keras.backend`."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend.state import data_format_or_default, floatx
from flowgraph.keras.backend.variables import int_shape, ndim


# --- elementwise ----------------------------------------------------------------------------------
def square(x: Any) -> Any:
    """x²."""
    return tf.square(x)


def abs(x: Any) -> Any:
    """|x|."""
    return tf.abs(x)


def sqrt(x: Any) -> Any:
    """The square root; that of a negative number is 0."""
    x = tf.convert_to_tensor(x)
    return tf.sqrt(tf.clip_by_value(x, tf.constant(0, x.dtype), tf.constant(np.inf, x.dtype)))


def exp(x: Any) -> Any:
    """eˣ."""
    return tf.exp(x)


def log(x: Any) -> Any:
    """The natural logarithm."""
    return tf.log(x)


def round(x: Any) -> Any:
    """The nearest whole number, halves to the even one."""
    return tf.round(x)


def sign(x: Any) -> Any:
    """-1, 0 or 1."""
    return tf.sign(x)


def pow(x: Any, a: Any) -> Any:
    """x to the power a."""
    return tf.pow(x, a)


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """x, moved into [min_value, max_value]."""
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = builtins.max(max_value, min_value)
    return tf.clip_by_value(x, -np.inf if min_value is None else min_value,
                            np.inf if max_value is None else max_value)  # fmt: skip


def sin(x: Any) -> Any:
    """The sine."""
    return tf.sin(x)


def cos(x: Any) -> Any:
    """The cosine."""
    return tf.cos(x)


def equal(x: Any, y: Any) -> Any:
    """x == y, elementwise."""
    return tf.equal(x, y)


def not_equal(x: Any, y: Any) -> Any:
    """x != y, elementwise."""
    return tf.not_equal(x, y)


def greater(x: Any, y: Any) -> Any:
    """x > y."""
    return tf.greater(x, y)


def greater_equal(x: Any, y: Any) -> Any:
    """x >= y."""
    return tf.greater_equal(x, y)


def less(x: Any, y: Any) -> Any:
    """x < y."""
    return tf.less(x, y)


def less_equal(x: Any, y: Any) -> Any:
    """x <= y."""
    return tf.less_equal(x, y)


def maximum(x: Any, y: Any) -> Any:
    """The larger of both."""
    return tf.maximum(x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of both."""
    return tf.minimum(x, y)


# --- reductions -----------------------------------------------------------------------------------
def _number(x: Any) -> Any:
    """A tensor of bools as numbers."""
    x = tf.convert_to_tensor(x)
    return tf.cast(x, floatx()) if x.dtype.base_dtype is tf.bool else x


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest along axes."""
    return tf.reduce_max(x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest along axes."""
    return tf.reduce_min(x, axis, keepdims)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum along axes."""
    return tf.reduce_sum(x, axis, keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product along axes."""
    return tf.reduce_prod(x, axis, keepdims)


def cumsum(x: Any, axis: int = 0) -> Any:
    """Sums of what came so far along an axis."""
    return tf.cumsum(x, axis=axis)


def cumprod(x: Any, axis: int = 0) -> Any:
    """Products of what came so far along an axis."""
    return tf.cumprod(x, axis=axis)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along axes."""
    return tf.reduce_mean(_number(x), axis, keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance along axes."""
    x = _number(x)
    centred = tf.square(x - tf.reduce_mean(x, axis, True))
    return tf.reduce_mean(centred, axis, keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation along axes."""
    return tf.sqrt(var(x, axis, keepdims))


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether one is true along axes."""
    return tf.reduce_any(tf.cast(x, tf.bool), axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all are true along axes."""
    return tf.reduce_all(tf.cast(x, tf.bool), axis, keepdims)


def argmax(x: Any, axis: int = -1) -> Any:
    """Where the largest is along an axis."""
    return tf.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Any:
    """Where the smallest is along an axis."""
    return tf.argmin(x, axis)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along axes."""
    return tf.reduce_logsumexp(x, axis, keepdims)


# --- products -------------------------------------------------------------------------------------
def dot(x: Any, y: Any) -> Any:
    """The product of x's last axis with y's second to last, for any ranks; x may be sparse."""
    if isinstance(x, tf.SparseTensor):
        return tf.sparse_tensor_dense_matmul(x, y)
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    if ndim(x) is None or (ndim(x) <= 2 and ndim(y) <= 2):
        return tf.matmul(x, y)
    return tf.tensordot(x, y, [[ndim(x) - 1], [builtins.max(ndim(y) - 2, 0)]])


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """The product of each pair of rows of two batches along one axis of each.

    Args:
      x: a batch, of at least two dimensions.
      y: a batch of the same size.
      axes: the axis of x and that of y, or one for both; the usual matrix product when None.
    """
    rank_x, rank_y = ndim(x), ndim(y)
    if rank_x < 2 or rank_y < 2:
        raise ValueError(
            "Can not do batch_dot on inputs with rank < 2. Received inputs with shapes "
            f"{int_shape(x)} and {int_shape(y)}."
        )
    if isinstance(axes, int):
        axes = [axes, axes]
    if axes is None:
        axes = [rank_x - 1, rank_y - 1 if rank_y == 2 else rank_y - 2]
    axes = [a % r for a, r in zip(axes, (rank_x, rank_y), strict=True)]
    if 0 in axes:
        raise ValueError(
            "Can not perform batch_dot over axis 0. If your inputs are not batched, add a dummy "
            "batch dimension to your inputs using K.expand_dims(x, 0)"
        )
    _check_common(x, y, axes)
    x, rest_x = _axis_last(x, axes[0])
    y, rest_y = _axis_last(y, axes[1])
    product = tf.matmul(x, y, transpose_b=True)
    if len(rest_x) == 1 and len(rest_y) == 1:
        pass  # (batch, rows of x, rows of y)
    elif len(rest_x) != 1 or len(rest_y) != 1:
        batch = tf.shape(product)[:1]
        product = tf.reshape(product, tf.concat([batch, _sizes(rest_x), _sizes(rest_y)], 0))
    known = [*(s[1] for s in rest_x), *(s[1] for s in rest_y)]
    product.set_shape([product.shape.as_list()[0], *known])
    return tf.expand_dims(product, 1) if product.shape.ndims == 1 else product


def _check_common(x: Any, y: Any, axes: Any) -> None:
    size_x, size_y = int_shape(x)[axes[0]], int_shape(y)[axes[1]]
    if size_x is not None and size_y is not None and size_x != size_y:
        raise ValueError(
            f"Can not do batch_dot on inputs with shapes {int_shape(x)} and {int_shape(y)} with "
            f"axes={axes}. x.shape[{axes[0]}] != y.shape[{axes[1]}] ({size_x} != {size_y})."
        )


def _axis_last(x: Any, axis: int) -> tuple[Any, list[Any]]:
    """`x` as (batch, everything else, axis), and the sizes of everything else."""
    rank, static, dynamic = ndim(x), int_shape(x), tf.shape(x)
    others = [i for i in range(1, rank) if i != axis]
    if [0, *others, axis] != list(range(rank)):
        x = tf.transpose(x, [0, *others, axis])
    sizes = [(dynamic[i], static[i]) for i in others]
    if len(others) != 1:
        count = tf.reduce_prod(_sizes(sizes)) if sizes else 1
        x = tf.reshape(x, tf.stack([dynamic[0], count, dynamic[axis]]))
    return x, sizes


def _sizes(sizes: list[Any]) -> Any:
    return tf.stack([s[0] for s in sizes]) if sizes else tf.constant([], tf.int32)


def transpose(x: Any) -> Any:
    """The axes in reverse order."""
    return tf.transpose(x)


def gather(reference: Any, indices: Any) -> Any:
    """Rows by their indices."""
    return tf.gather(reference, indices)


# --- shapes ---------------------------------------------------------------------------------------
def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Tensors put together along an axis."""
    if axis < 0:
        rank = ndim(tensors[0])
        axis = axis % rank if rank else 0
    if builtins.all(isinstance(t, tf.SparseTensor) for t in tensors):
        return tf.sparse_concat(axis, tensors)
    return tf.concat(list(tensors), axis)


def reshape(x: Any, shape: Any) -> Any:
    """The elements in another shape."""
    return tf.reshape(x, shape)


def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The axes in another order."""
    return tf.transpose(x, perm=pattern)


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each slice along an axis `rep` times in a row, as np.repeat does."""
    axis = axis % ndim(x)
    size = int_shape(x)[axis]
    if size is not None:
        pieces = tf.split(x, size, axis)
        return concatenate([piece for piece in pieces for _ in range(rep)], axis)
    known = [s * rep if i == axis and s is not None else s for i, s in enumerate(int_shape(x))]
    tiled = tf.tile(
        tf.expand_dims(x, axis + 1), [1] * (axis + 1) + [rep] + [1] * (ndim(x) - axis - 1)
    )
    factors = np.ones(ndim(x), np.int32)
    factors[axis] = rep
    repeated = tf.reshape(tiled, tf.shape(x) * factors)
    repeated.set_shape(known)
    return repeated


def repeat(x: Any, n: int) -> Any:
    """(samples, dim) -> (samples, n, dim)."""
    return tf.tile(tf.expand_dims(x, 1), tf.stack([1, n, 1]))


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Any:
    """Whole numbers in a row."""
    if stop is None and start < 0:
        start = 0
    row = tf.range(start, stop, delta=step) if stop is not None else tf.range(start, delta=step)
    return row if dtype == "int32" else tf.cast(row, dtype)


def tile(x: Any, n: Any) -> Any:
    """`x`, n times along each axis."""
    return tf.tile(x, [n] if isinstance(n, int) else n)


def flatten(x: Any) -> Any:
    """All elements in one row."""
    return tf.reshape(x, [-1])


def batch_flatten(x: Any) -> Any:
    """All but the first axis in one."""
    size = int_shape(x)[1:]
    known = None not in size
    return tf.reshape(
        x, [-1, int(np.prod(size))] if known else tf.stack([-1, prod(tf.shape(x)[1:])])
    )


def expand_dims(x: Any, axis: int = -1) -> Any:
    """With one more axis of size 1."""
    return tf.expand_dims(x, axis)


def squeeze(x: Any, axis: int) -> Any:
    """Without an axis of size 1."""
    return tf.squeeze(x, [axis])


def stack(x: Any, axis: int = 0) -> Any:
    """Tensors along a new axis."""
    return tf.stack(x, axis=axis)


def one_hot(indices: Any, num_classes: int) -> Any:
    """A one in the place that each index names."""
    return tf.one_hot(indices, depth=num_classes, axis=-1)


def reverse(x: Any, axes: Any) -> Any:
    """Back to front along axes."""
    return tf.reverse(x, [axes] if isinstance(axes, int) else axes)


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Zeros before and after the middle axis of three."""
    return tf.pad(x, [[0, 0], list(padding), [0, 0]])


def _spatial(padding: Any, data_format: str | None) -> Any:
    pads = [list(p) for p in padding]
    if data_format_or_default(data_format) == "channels_first":
        return [[0, 0], [0, 0], *pads]
    return [[0, 0], *pads, [0, 0]]


def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Zeros around images."""
    return tf.pad(x, _spatial(padding, data_format))


def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Zeros around volumes."""
    return tf.pad(x, _spatial(padding, data_format))


# --- random ---------------------------------------------------------------------------------------
def _random(draw: Any, shape: Any, *numbers: Any, dtype: Any, seed: int | None) -> Any:
    seed = np.random.randint(10**6) if seed is None else seed
    return draw(shape, *numbers, dtype=tf.as_dtype(floatx() if dtype is None else dtype), seed=seed)


def random_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normal numbers, new ones at each run."""
    return _random(tf.random_normal, shape, mean, stddev, dtype=dtype, seed=seed)


def random_uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Uniform numbers, new ones at each run."""
    return _random(tf.random_uniform, shape, minval, maxval, dtype=dtype, seed=seed)


def random_binomial(shape: Any, p: Any = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """Ones with probability p, zeros otherwise, new ones at each run."""
    drawn = _random(tf.random_uniform, shape, dtype=dtype, seed=seed)
    return tf.where(drawn <= p, tf.ones_like(drawn), tf.zeros_like(drawn))


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normal numbers within two deviations, new ones at each run."""
    return _random(tf.truncated_normal, shape, mean, stddev, dtype=dtype, seed=seed)


# --- loops ----------------------------------------------------------------------------------------
def map_fn(fn: Any, elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """`fn` of each slice along the first axis."""
    return tf.map_fn(fn, elems, name=name, dtype=dtype)


def foldl(fn: Any, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """`fn` of what came so far and each slice, from the first to the last."""
    return tf.foldl(fn, elems, initializer=initializer, name=name)


def foldr(fn: Any, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """`fn` of what came so far and each slice, from the last to the first."""
    return tf.foldr(fn, elems, initializer=initializer, name=name)
