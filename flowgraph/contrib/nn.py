"""`tf.contrib.nn`: variants of functions of `tf.nn`."""

from __future__ import annotations

import numbers
from typing import Any

import flowgraph as tf
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.sorting import nth_element
from flowgraph.ops.nn.convolution import conv1d_transpose

__all__ = [
    "alpha_dropout", "conv1d_transpose", "deprecated_flipped_sigmoid_cross_entropy_with_logits",
    "deprecated_flipped_softmax_cross_entropy_with_logits",
    "deprecated_flipped_sparse_softmax_cross_entropy_with_logits", "nth_element",
    "scaled_softplus",
]  # fmt: skip

_ALPHA = -1.7580993408473766  # where selu goes to below


def alpha_dropout(
    x: Any,
    keep_prob: Any,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Dropout that keeps the mean and the variance of what `tf.nn.selu` gives.

    Args:
        x: the tensor.
        keep_prob: how likely an element is kept, of (0, 1].
        noise_shape: the shape of what is drawn; that of `x` when it is not given.
        seed: of the drawing.
        name: of the ops.

    Raises:
        ValueError: `keep_prob` is out of its range.
    """
    with tf.name_scope(name, "alpha_dropout", [x]):
        x = tf.convert_to_tensor(x, name="x")
        if isinstance(keep_prob, numbers.Real) and not 0 < keep_prob <= 1.0:
            raise ValueError(
                "keep_prob must be a scalar tensor or a float in the range (0, 1], got "
                f"{keep_prob:g}"
            )
        keep_prob = tf.convert_to_tensor(keep_prob, dtype=x.dtype, name="keep_prob")
        keep_prob.get_shape().assert_has_rank(0)
        if tf.get_static_value(keep_prob) == 1:
            return x  # type: ignore[no-any-return]
        drawn = tf.random_uniform(
            tf.shape(x) if noise_shape is None else noise_shape, seed=seed, dtype=x.dtype
        )
        kept = tf.cast(tf.greater_equal(drawn, 1 - keep_prob), x.dtype)
        mixed = x * kept + _ALPHA * (1 - kept)
        a = (keep_prob + keep_prob * (1 - keep_prob) * _ALPHA**2) ** (-0.5)
        return a * mixed - a * _ALPHA * (1 - keep_prob)  # type: ignore[no-any-return]


def scaled_softplus(x: Any, alpha: Any, clip: Any = None, name: str | None = None) -> Tensor:
    """alpha * softplus(x / alpha), and no more than `clip`: a smooth relu6."""
    with tf.name_scope(name, "scaled_softplus", [x, alpha]):
        x = tf.convert_to_tensor(x, name="x")
        alpha = tf.convert_to_tensor(alpha, dtype=x.dtype, name="alpha")
        y = alpha * tf.nn.softplus(x / alpha)
        return y if clip is None else tf.minimum(y, tf.cast(clip, x.dtype))


def deprecated_flipped_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, dim: int = -1, name: str | None = None
) -> Tensor:
    """`tf.nn.softmax_cross_entropy_with_logits` with its old order of arguments."""
    return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, name: str | None = None
) -> Tensor:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits` with its old order of arguments."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(
    logits: Any, targets: Any, name: str | None = None
) -> Tensor:
    """`tf.nn.sigmoid_cross_entropy_with_logits` with its old order of arguments."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)
