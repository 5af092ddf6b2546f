"""The loss of counts under a Poisson distribution."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.making import ones_like, zeros_like

__all__ = ["log_poisson_loss"]


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """exp(log_input) - log_input * targets, elementwise (tf.nn.log_poisson_loss).

    That is the negative log likelihood of the counts without log(targets!), which depends on no
    prediction.

    Args:
      targets: the counts, floating.
      log_input: the predicted logarithms of the mean, of the shape and dtype of `targets`.
      compute_full_loss: add Stirling's approximation of log(targets!) for targets above 1.
      name: a name scope.

    Raises:
      ValueError: the shapes differ.
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        if not targets.shape.is_compatible_with(log_input.shape):
            raise ValueError(
                f"log_input and targets must have the same shape ({log_input.shape} vs "
                f"{targets.shape})"
            )
        loss = raw.Exp(log_input) - log_input * targets
        if not compute_full_loss:
            return loss  # type: ignore[no-any-return]
        stirling = targets * raw.Log(targets) - targets + 0.5 * raw.Log(2 * math.pi * targets)
        zero = zeros_like(targets)
        small = raw.LogicalAnd(
            raw.GreaterEqual(targets, zero), raw.LessEqual(targets, ones_like(targets))
        )
        return loss + raw.Select(small, zero, stirling)  # type: ignore[no-any-return]
