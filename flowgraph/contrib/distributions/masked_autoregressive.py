"""Flows whose numbers depend on those before them (G. Papamakarios et al., 2017)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import flowgraph as tf
from flowgraph.distributions.bijector import Bijector
from flowgraph.layers.core import Dense

__all__ = ["MaskedAutoregressiveFlow", "masked_autoregressive_default_template", "masked_dense"]


class MaskedAutoregressiveFlow(Bijector):
    """y[i] = x[i] exp(log_scale[i]) + shift[i], where both are functions of y[:i].

    (tf.contrib.distributions.bijectors.MaskedAutoregressiveFlow)

    The inverse is one call of the function; the forward way takes one for each of the numbers.

    Args:
        shift_and_log_scale_fn: y [..., n] -> (shift, log_scale), each [..., n] or None.
        is_constant_jacobian: whether `log_scale` does not depend on `y`.
        validate_args: has no use.
        unroll_loop: whether the forward way is made without a loop, for an n that is known.
        name: of the ops.
    """

    def __init__(
        self,
        shift_and_log_scale_fn: Callable[[Any], tuple[Any, Any]],
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        unroll_loop: bool = False,
        name: str | None = None,
    ) -> None:
        self._function = shift_and_log_scale_fn
        self._unroll_loop = unroll_loop
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name or "masked_autoregressive_flow",
        )

    def _forward(self, x: Any) -> Any:
        size = x.shape.with_rank_at_least(1).as_list()[-1]

        def better(y: Any) -> Any:
            """One more of the numbers is right after each call."""
            shift, log_scale = self._function(y)
            scaled = x if log_scale is None else x * tf.exp(log_scale)
            return scaled if shift is None else scaled + shift

        y = tf.zeros_like(x, name="y0")
        if self._unroll_loop:
            if size is None:
                raise ValueError(
                    "The final dimension of `x` must be known at graph construction time if "
                    f"`unroll_loop=True`. `x.shape: {x.shape}`"
                )
            for _ in range(size):
                y = better(y)
            return y
        self._function(y)  # makes its variables, which must not be made within the loop
        steps = tf.shape(x)[-1]
        _, y = tf.while_loop(
            lambda i, _: i < steps, lambda i, y: (i + 1, better(y)), (0, y),
            shape_invariants=(tf.TensorShape([]), x.shape), maximum_iterations=size,
        )  # fmt: skip
        return y

    def _inverse(self, y: Any) -> Any:
        shift, log_scale = self._function(y)
        x = y if shift is None else y - shift
        return x if log_scale is None else x * tf.exp(-log_scale)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        _, log_scale = self._function(y)
        if log_scale is None:
            return tf.constant(0.0, dtype=y.dtype, name="ildj")
        return -tf.reduce_sum(log_scale, axis=-1)


def _mask(blocks: int, inputs: int, outputs: int, exclusive: bool) -> np.ndarray[Any, Any]:
    """Ones [inputs, outputs] where an output may depend on an input: those of blocks before it."""
    mask = np.zeros([outputs, inputs], np.float32)
    for block in range(blocks):
        row = (block + exclusive) * (outputs // blocks)
        column = block * (inputs // blocks)
        mask[row:, column : column + inputs // blocks] = 1
    return mask.T


def masked_dense(
    inputs: Any,
    units: int,
    num_blocks: int | None = None,
    exclusive: bool = False,
    kernel_initializer: Any = None,
    reuse: bool | None = None,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """A dense layer whose outputs depend on the inputs of blocks before theirs alone.

    Args:
        inputs: [..., n], of an n that is known.
        units: how many outputs.
        num_blocks: into how many blocks inputs and outputs are divided.
        exclusive: whether an output does not depend on its own block either.
        kernel_initializer: of the weights; Glorot's normal one when it is not given.
        reuse, name, *args, **kwargs: as in `tf.layers.dense`.

    Raises:
        NotImplementedError: n is not known.
    """
    depth = _known_depth(inputs)
    mask = _mask(num_blocks or depth, depth, units, exclusive)
    start = kernel_initializer or tf.glorot_normal_initializer()

    def masked(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return mask * start(shape, dtype, partition_info)

    with tf.name_scope(name, "masked_dense", [inputs, units, num_blocks]):
        layer = Dense(
            units, *args, kernel_initializer=masked, kernel_constraint=lambda w: mask * w,
            name=name, dtype=inputs.dtype.base_dtype, _scope=name, _reuse=reuse, **kwargs,
        )  # fmt: skip
        return layer.apply(inputs)


def _known_depth(x: Any) -> int:
    depth = x.shape.with_rank_at_least(1).as_list()[-1]
    if depth is None:
        raise NotImplementedError("Rightmost dimension must be known prior to graph execution.")
    return int(depth)


def masked_autoregressive_default_template(
    hidden_layers: Sequence[int],
    shift_only: bool = False,
    activation: Any = tf.nn.relu,
    log_scale_min_clip: float = -5.0,
    log_scale_max_clip: float = 3.0,
    log_scale_clip_gradient: bool = False,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """A network of `masked_dense` layers for a `MaskedAutoregressiveFlow`.

    Args:
        hidden_layers: the sizes of its hidden layers.
        shift_only: whether there is no `log_scale`.
        activation: of the hidden layers.
        log_scale_min_clip, log_scale_max_clip: what `log_scale` is kept within.
        log_scale_clip_gradient: whether its gradient is zero where that is done.
        name: of the variables' scope.
        *args, **kwargs: more of `masked_dense`.
    """
    name = name or "masked_autoregressive_default_template"

    def network(x: Any) -> tuple[Any, Any]:
        depth, shape = _known_depth(x), tf.shape(x)
        for i, units in enumerate(hidden_layers):
            x = masked_dense(x, units, depth, i == 0, *args, activation=activation, **kwargs)
        x = masked_dense(x, (1 if shift_only else 2) * depth, depth, *args, **kwargs)
        if shift_only:
            return tf.reshape(x, shape), None
        shift, log_scale = tf.unstack(tf.reshape(x, tf.concat([shape, [2]], 0)), num=2, axis=-1)
        kept = tf.clip_by_value(log_scale, log_scale_min_clip, log_scale_max_clip)
        if not log_scale_clip_gradient:
            kept = log_scale + tf.stop_gradient(kept - log_scale)
        return shift, kept

    with tf.name_scope(name):
        return tf.make_template(name, network)
