"""Small functions that several distributions need."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.checks import (
    assert_close,
    assert_integer_form,
    assert_symmetric,
    embed_check_categorical_event_shape,
    embed_check_integer_casting_closed,
    embed_check_nonnegative_integer_form,
    get_logits_and_probs,
)

__all__ = [
    "assert_close", "assert_integer_form", "assert_symmetric", "dimension_size",
    "embed_check_categorical_event_shape", "embed_check_integer_casting_closed",
    "embed_check_nonnegative_integer_form", "fill_triangular", "fill_triangular_inverse",
    "gen_new_seed", "get_logits_and_probs", "log_combinations", "matrix_diag_transform",
    "maybe_get_static_value", "pad", "pick_vector", "prefer_static_broadcast_shape",
    "prefer_static_rank", "prefer_static_shape", "prefer_static_value",
    "reduce_weighted_logsumexp", "rotate_transpose", "same_dynamic_shape", "softplus_inverse",
    "tridiag",
]  # fmt: skip


def gen_new_seed(seed: int | None, salt: str) -> int | None:
    """Another seed made of one and a word; None of None."""
    if seed is None:
        return None
    digest = hashlib.md5((str(seed) + salt).encode()).hexdigest()
    return int(digest[:8], 16) & 0x7FFFFFFF


def maybe_get_static_value(x: Any, dtype: Any = None) -> Any:
    """The value that `x` is known to have, of a numpy type if one is given; else None."""
    if x is None:
        return None
    value = tf.constant_value(x) if isinstance(x, tf.Tensor) else x
    return value if value is None or dtype is None else np.array(value, dtype)


def prefer_static_value(x: Any) -> Any:
    """The value that a tensor is known to have, or else the tensor."""
    value = tf.constant_value(x)
    return x if value is None else value


def prefer_static_rank(x: Any) -> Any:
    """A tensor's rank, as a number if it is known."""
    return prefer_static_value(tf.rank(x))


def prefer_static_shape(x: Any) -> Any:
    """A tensor's shape, as numbers if it is known."""
    return prefer_static_value(tf.shape(x))


def dimension_size(x: Any, axis: int) -> Any:
    """The size of a dimension, as a number if it is known."""
    size = None if x.shape.ndims is None else x.shape.as_list()[axis]
    return tf.shape(x)[axis] if size is None else size


def same_dynamic_shape(a: Any, b: Any) -> Any:
    """Whether two tensors have the same shape, as a bool tensor."""
    a, b = tf.convert_to_tensor(a, name="a"), tf.convert_to_tensor(b, name="b")
    shape_a, shape_b = tf.shape(a), tf.shape(b)
    # Both branches are built: put together either way, vectors of any lengths can be compared.
    return tf.cond(
        tf.equal(tf.rank(a), tf.rank(b)),
        lambda: tf.reduce_all(
            tf.equal(tf.concat([shape_a, shape_b], 0), tf.concat([shape_b, shape_a], 0))
        ),
        lambda: tf.constant(False),
    )


def log_combinations(n: Any, counts: Any, name: str = "log_combinations") -> Any:
    """The logarithm of the multinomial coefficient: n! over the product of counts! [..., k]."""
    with tf.name_scope(name, values=[n, counts]):
        n = tf.convert_to_tensor(n, name="n")
        counts = tf.convert_to_tensor(counts, name="counts")
        return tf.lgamma(n + 1) - tf.reduce_sum(tf.lgamma(counts + 1), axis=[-1])


def matrix_diag_transform(matrix: Any, transform: Any = None, name: str | None = None) -> Any:
    """Matrices with `transform` applied to their diagonals."""
    with tf.name_scope(name, "matrix_diag_transform", [matrix]):
        matrix = tf.convert_to_tensor(matrix, name="matrix")
        if transform is None:
            return matrix
        return tf.matrix_set_diag(matrix, transform(tf.matrix_diag_part(matrix)))


def rotate_transpose(x: Any, shift: Any, name: str = "rotate_transpose") -> Any:
    """`x` with its dimensions moved `shift` places to the right, round the end."""
    with tf.name_scope(name, values=[x, shift]):
        x = tf.convert_to_tensor(x, name="x")
        shift = tf.convert_to_tensor(shift, name="shift")
        tf.assert_integer(shift)
        known = tf.constant_value(shift)
        ndims = x.shape.ndims
        if ndims is not None and known is not None:
            if ndims < 2 or (int(known) % ndims == 0 and int(known) == 0):
                return x
            # A shift to the left counts its places from the left, as numpy.roll does.
            places = int(np.sign(known) * (abs(int(known)) % ndims))
            return tf.transpose(x, perm=np.roll(np.arange(ndims), places)) if places else x
        ndims = tf.rank(x)
        shift = tf.where_v2(tf.less(shift, 0), tf.mod(-shift, ndims), ndims - tf.mod(shift, ndims))
        perm = tf.concat([tf.range(shift, ndims), tf.range(0, shift)], 0)
        return tf.transpose(x, perm=perm)


def pick_vector(cond: Any, true_vector: Any, false_vector: Any, name: str = "pick_vector") -> Any:
    """One of two vectors, which may be of different lengths.

    Raises:
        TypeError: `cond` is no bool, or the vectors' dtypes differ.
    """
    with tf.name_scope(name, values=[cond, true_vector, false_vector]):
        cond = tf.convert_to_tensor(cond, name="cond")
        if cond.dtype != tf.bool_:
            raise TypeError(f"{cond}.dtype={cond.dtype} which is not bool")
        known = tf.constant_value(cond)
        if known is not None:
            return true_vector if known else false_vector
        true_vector = tf.convert_to_tensor(true_vector, name="true_vector")
        false_vector = tf.convert_to_tensor(false_vector, name="false_vector")
        if true_vector.dtype != false_vector.dtype:
            raise TypeError(
                f"{true_vector}.dtype={true_vector.dtype} does not match "
                f"{false_vector}.dtype={false_vector.dtype}"
            )
        n = tf.shape(true_vector)[0]
        both = tf.concat([true_vector, false_vector], 0)
        start, size = tf.where_v2(cond, 0, n), tf.where_v2(cond, n, -1)
        return tf.slice(both, [start], [size])


def prefer_static_broadcast_shape(
    shape1: Any, shape2: Any, name: str = "prefer_static_broadcast_shape"
) -> Any:
    """The shape of what two shapes broadcast to: a `TensorShape` if both are known, else a vector.

    Raises:
        ValueError: a `TensorShape` is known in part only, and the other shape not at all.
    """
    with tf.name_scope(name, values=[shape1, shape2]):
        static = [_static_shape(s) for s in (shape1, shape2)]
        if None not in static:
            return tf.broadcast_static_shape(*static)
        return tf.broadcast_dynamic_shape(*(_shape_vector(s) for s in (shape1, shape2)))


def _static_shape(shape: Any) -> Any:
    if isinstance(shape, tf.TensorShape):
        return shape
    known = tf.constant_value(tf.convert_to_tensor(shape, name="shape", dtype=tf.int32))
    return None if known is None else tf.TensorShape([int(n) for n in known])


def _shape_vector(shape: Any) -> Any:
    if not isinstance(shape, tf.TensorShape):
        return tf.convert_to_tensor(shape, name="shape", dtype=tf.int32)
    if shape.is_fully_defined():
        return tf.convert_to_tensor(shape.as_list(), name="shape", dtype=tf.int32)
    raise ValueError("Cannot broadcast from partially defined `TensorShape`.")


def fill_triangular(x: Any, upper: bool = False, name: str | None = None) -> Any:
    """Triangular matrices of the numbers in the last dimension, laid out in a clockwise spiral.

    Raises:
        ValueError: their number is known, and is none of a triangle's.
    """
    with tf.name_scope(name, "fill_triangular", values=[x]):
        x = tf.convert_to_tensor(x, name="x")
        m = x.shape.with_rank_at_least(1).as_list()[-1] if x.shape.ndims is not None else None
        if m is not None:
            n: Any = round(np.sqrt(0.25 + 2.0 * m) - 0.5)
            if n * (n + 1) // 2 != m:
                raise ValueError(
                    f"Input right-most shape ({m}) does not correspond to a triangular matrix."
                )
        else:
            count = tf.cast(2 * tf.shape(x)[-1], tf.float32)
            n = tf.cast(tf.sqrt(0.25 + count), tf.int32)
        parts = (x, _reversed(x[..., n:])) if upper else (x[..., n:], _reversed(x))
        square = tf.reshape(
            tf.concat(parts, axis=-1), tf.concat([tf.shape(x)[:-1], [n, n]], axis=0)
        )
        filled = tf.matrix_band_part(square, *((0, -1) if upper else (-1, 0)))
        size = None if m is None else n
        filled.set_shape(_leading(x, 1).concatenate([size, size]))
        return filled


def fill_triangular_inverse(x: Any, upper: bool = False, name: str | None = None) -> Any:
    """The numbers of triangular matrices in the order in which `fill_triangular` takes them."""
    with tf.name_scope(name, "fill_triangular_inverse", values=[x]):
        x = tf.convert_to_tensor(x, name="x")
        known = x.shape.as_list()[-1] if x.shape.ndims is not None else None
        n = tf.shape(x)[-1] if known is None else known
        m = n * (n + 1) // 2
        first, rest = (x[..., 0, :], x[..., 1:, :]) if upper else (
            _reversed(x[..., -1, :]), x[..., :-1, :]
        )  # fmt: skip
        ndims = prefer_static_rank(x)
        turned = tf.reverse(tf.reverse(rest, axis=[ndims - 1]), axis=[ndims - 2])
        flat = tf.reshape(rest + turned, tf.concat([tf.shape(x)[:-2], [n * (n - 1)]], axis=0))
        y = tf.concat([first, flat[..., : m - n]], axis=-1)
        y.set_shape(_leading(x, 2).concatenate([None if known is None else m]))
        return y


def _reversed(x: Any) -> Any:
    return tf.reverse(x, axis=[prefer_static_rank(x) - 1])


def _leading(x: Any, last: int) -> tf.TensorShape:
    """The static shape without its last dimensions."""
    return x.shape if x.shape.ndims is None else x.shape[:-last]


def tridiag(below: Any = None, diag: Any = None, above: Any = None, name: str | None = None) -> Any:
    """Matrices of three diagonals, of which any may be left out.

    Raises:
        ValueError: all are left out.
    """

    def padded(x: Any) -> Any:
        zero = tf.zeros(tf.concat([tf.shape(x)[:-1], [1]], axis=0), dtype=x.dtype)
        return tf.concat([zero, x, zero], axis=-1)

    with tf.name_scope(name, "tridiag", [below, diag, above]):
        parts = []
        if below is not None:
            below = tf.convert_to_tensor(below, name="below")
            parts.append(tf.matrix_diag(padded(below))[..., :-1, 1:])
        if diag is not None:
            parts.append(tf.matrix_diag(tf.convert_to_tensor(diag, name="diag")))
        if above is not None:
            above = tf.convert_to_tensor(above, name="above")
            parts.append(tf.matrix_diag(padded(above))[..., 1:, :-1])
        if not parts:
            raise ValueError("Must specify at least one of `below`, `diag`, `above`.")
        return sum(parts[1:], parts[0])


def reduce_weighted_logsumexp(
    logx: Any,
    w: Any = None,
    axis: Any = None,
    keep_dims: bool = False,
    return_sign: bool = False,
    name: str | None = None,
) -> Any:
    """log |sum of w * exp(logx)|, and with `return_sign` the sum's sign too."""
    with tf.name_scope(name, "reduce_weighted_logsumexp", [logx, w]):
        logx = tf.convert_to_tensor(logx, name="logx")
        if w is None:
            result = tf.reduce_logsumexp(logx, axis=axis, keepdims=keep_dims)
            return (result, tf.ones_like(result)) if return_sign else result
        w = tf.convert_to_tensor(w, dtype=logx.dtype, name="w")
        terms = logx + tf.log(tf.abs(w))
        most = tf.reduce_max(terms, axis=axis, keepdims=True)
        # The largest is -inf where all terms are zero; their difference must not be NaN.
        most = tf.where_v2(tf.is_inf(most), tf.zeros_like(most), most)
        scaled = tf.reduce_sum(tf.sign(w) * tf.exp(terms - most), axis=axis, keepdims=keep_dims)
        if not keep_dims:
            most = tf.squeeze(most, axis)
        sign = tf.sign(scaled)
        result = most + tf.log(sign * scaled)
        return (result, sign) if return_sign else result


def softplus_inverse(x: Any, name: str | None = None) -> Any:
    """The number whose softplus is `x`: log(exp(x) - 1), right also for small and large ones."""
    with tf.name_scope(name, "softplus_inverse", values=[x]):
        x = tf.convert_to_tensor(x, name="x")
        threshold = np.log(np.finfo(x.dtype.as_numpy_dtype).eps) + 2.0
        small, large = tf.less(x, np.exp(threshold)), tf.greater(x, -threshold)
        # Each branch is kept within its own range, so that no gradient of another is NaN.
        inside = tf.where_v2(tf.logical_or(small, large), tf.ones_like(x), x)
        middle = inside + tf.log(-tf.expm1(-inside))
        return tf.where_v2(small, tf.log(x), tf.where_v2(large, x, middle))


def pad(
    x: Any,
    axis: Any,
    front: bool = False,
    back: bool = False,
    value: Any = 0,
    count: Any = 1,
    name: str | None = None,
) -> Any:
    """`x` with `count` times `value` before and/or after it, along one dimension.

    Raises:
        TypeError: `count` is no integer.
        ValueError: neither `front` nor `back`.
    """
    with tf.name_scope(name, "pad", [x, value, count]):
        x = tf.convert_to_tensor(x, name="x")
        value = tf.convert_to_tensor(value, dtype=x.dtype, name="value")
        count = tf.convert_to_tensor(count, name="count")
        if not count.dtype.is_integer:
            raise TypeError(f"`count.dtype` (`{count.dtype.name}`) must be `int`-like.")
        if not front and not back:
            raise ValueError("At least one of `front`, `back` must be `True`.")
        ndims = tf.rank(x, name="ndims") if x.shape.ndims is None else x.shape.ndims
        axis = prefer_static_value(tf.convert_to_tensor(axis, name="axis"))
        if isinstance(axis, tf.Tensor) or isinstance(ndims, tf.Tensor):
            axis = tf.where_v2(axis < 0, ndims + axis, axis)
        else:
            axis = int(axis) % ndims
        where = tf.stack([axis if front else -1, axis if back else -1])
        paddings = tf.one_hot(where, depth=ndims, axis=0, on_value=count, dtype=tf.int32)
        return tf.pad(x, paddings=paddings, constant_values=value)
