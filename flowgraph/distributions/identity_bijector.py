"""The function that changes nothing."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.bijector import Bijector

__all__ = ["Identity"]


class Identity(Bijector):
    """y = x (tf.contrib.distributions.bijectors.Identity)."""

    def __init__(self, validate_args: bool = False, name: str = "identity") -> None:
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name,
        )

    def _forward(self, x: Any) -> Any:
        return x

    def _inverse(self, y: Any) -> Any:
        return y

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return tf.constant(0.0, dtype=y.dtype)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return tf.constant(0.0, dtype=x.dtype)
