"""tensorflow.python.ops.inplace_ops: rows of a tensor replaced, or added to.

TensorFlow writes into the tensor's memory. Here the result is a tensor of its own, whose memory the
compiler takes from `x` where nobody else reads that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flowgraph as tf

__all__ = [
    "alias_inplace_add", "alias_inplace_sub", "alias_inplace_update", "empty", "empty_like",
    "inplace_add", "inplace_sub", "inplace_update",
]  # fmt: skip


def _with_rows(x: Any, i: Any, v: Any, scatter: Callable[..., Any], whole: Any) -> tf.Tensor:
    x = tf.convert_to_tensor(x)
    v = tf.convert_to_tensor(v, x.dtype)
    if i is None:  # all of x
        x.shape.assert_is_compatible_with(v.shape)
        return tf.identity(whole(x, v))
    i = tf.convert_to_tensor(i, tf.int32)
    if i.shape.ndims == 0:  # one row
        i, v = tf.expand_dims(i, 0), tf.expand_dims(v, 0)
    return scatter(x, tf.expand_dims(i, -1), v)  # type: ignore[no-any-return]


def inplace_update(x: Any, i: Any, v: Any) -> tf.Tensor:
    """`x` with x[i] = v.

    Args:
      x: of rank 1 at least.
      i: the number of a row, a vector of numbers, or None for all of x.
      v: a row of x, rows, or as x.

    Raises:
      ValueError: the shapes do not fit.
    """
    return _with_rows(x, i, v, tf.tensor_scatter_update, lambda x, v: v)


def inplace_add(x: Any, i: Any, v: Any) -> tf.Tensor:
    """`x` with x[i] += v; see `inplace_update`."""
    return _with_rows(x, i, v, tf.tensor_scatter_add, tf.add)


def inplace_sub(x: Any, i: Any, v: Any) -> tf.Tensor:
    """`x` with x[i] -= v; see `inplace_update`."""
    return _with_rows(x, i, v, tf.tensor_scatter_sub, tf.subtract)


alias_inplace_update, alias_inplace_add = inplace_update, inplace_add
alias_inplace_sub = inplace_sub


def empty(shape: Any, dtype: Any, init: bool = False) -> tf.Tensor:
    """A tensor whose values are to be written yet: zeros."""
    return tf.zeros(shape, dtype)


def empty_like(x: Any, init: bool | None = None) -> tf.Tensor:
    """As `empty`, with the shape and dtype of `x`."""
    return tf.zeros_like(x)
