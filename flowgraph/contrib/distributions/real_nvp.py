"""Flows in which some of the numbers steer the others (L. Dinh et al., 2017)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import flowgraph as tf
from flowgraph.distributions.bijector import Bijector

__all__ = ["RealNVP", "real_nvp_default_template"]


class RealNVP(Bijector):
    """The first numbers stay; the others are y = x exp(log_scale) + shift, functions of the first.

    (tf.contrib.distributions.bijectors.RealNVP)

    Args:
        num_masked: how many stay.
        shift_and_log_scale_fn: (those, number of others) -> (shift, log_scale), either may be None.
        is_constant_jacobian: whether `log_scale` does not depend on them.
        validate_args: has no use.
        name: of the ops.

    Raises:
        ValueError: `num_masked` is not positive, or (later) not less than the size of an event.
        NotImplementedError: (later) that size is not known.
    """

    def __init__(
        self,
        num_masked: int,
        shift_and_log_scale_fn: Callable[[Any, int], tuple[Any, Any]],
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        if num_masked <= 0:
            raise ValueError("num_masked must be a positive integer.")
        self._num_masked, self._function = num_masked, shift_and_log_scale_fn
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name or "real_nvp",
        )

    def _parts(self, x: Any) -> tuple[Any, Any, Any, Any]:
        """The numbers that stay, the others, and what these are to be moved and scaled by."""
        depth = x.shape.with_rank_at_least(1).as_list()[-1]
        if depth is None:
            raise NotImplementedError("Rightmost dimension must be known prior to graph execution.")
        if self._num_masked >= depth:
            raise ValueError("Number of masked units must be smaller than the event size.")
        first, rest = x[..., : self._num_masked], x[..., self._num_masked :]
        shift, log_scale = self._function(first, depth - self._num_masked)
        return first, rest, shift, log_scale

    def _forward(self, x: Any) -> Any:
        first, rest, shift, log_scale = self._parts(x)
        rest = rest if log_scale is None else rest * tf.exp(log_scale)
        rest = rest if shift is None else rest + shift
        return tf.concat([first, rest], axis=-1)

    def _inverse(self, y: Any) -> Any:
        first, rest, shift, log_scale = self._parts(y)
        rest = rest if shift is None else rest - shift
        rest = rest if log_scale is None else rest * tf.exp(-log_scale)
        return tf.concat([first, rest], axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        log_scale = self._parts(x)[3]
        if log_scale is None:
            return tf.constant(0.0, dtype=x.dtype, name="fldj")
        return tf.reduce_sum(log_scale, axis=-1)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -self._forward_log_det_jacobian(y)  # what it depends on stays the same


def real_nvp_default_template(
    hidden_layers: Sequence[int],
    shift_only: bool = False,
    activation: Any = tf.nn.relu,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """A network of `tf.layers.dense` for a `RealNVP`.

    Args:
        hidden_layers: the sizes of its hidden layers.
        shift_only: whether there is no `log_scale`.
        activation: of the hidden layers.
        name: of the ops.
        *args, **kwargs: more of `tf.layers.dense`.
    """

    def network(x: Any, output_units: int) -> tuple[Any, Any]:
        for units in hidden_layers:
            x = tf.layers.dense(x, units, activation, *args, **kwargs)
        x = tf.layers.dense(x, (1 if shift_only else 2) * output_units, None, *args, **kwargs)
        if shift_only:
            return x, None
        shift, log_scale = tf.split(x, 2, axis=-1)
        return shift, log_scale

    with tf.name_scope(name, "real_nvp_default_template"):
        return tf.make_template("real_nvp_default_template", network)
