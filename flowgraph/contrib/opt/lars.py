"""Momentum whose rate follows each layer's norms (You, Gitman and Ginsburg 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.selecting import where
from flowgraph.ops.math.norm import norm
from flowgraph.train.optimizers import MomentumOptimizer


class LARSOptimizer(MomentumOptimizer):
    """Layer-wise adaptive rates (tf.contrib.opt.LARSOptimizer).

    Args:
      learning_rate: the rate.
      momentum: the momentum.
      weight_decay: how much a weight's norm counts beside the gradient's.
      eeta: the share of a weight's norm that a step may have.
      epsilon: added to the divisor.
      name: a name.
      skip_list: variables whose names have one of these in them get the plain rate.
      use_nesterov: whether the momentum is Nesterov's.

    Raises:
      ValueError: the momentum or the decay is negative.
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: float = 0.9,
        weight_decay: float = 0.0001,
        eeta: float = 0.001,
        epsilon: float = 0.0,
        name: str = "LARSOptimizer",
        skip_list: Sequence[str] | None = None,
        use_nesterov: bool = False,
    ) -> None:
        if momentum < 0.0:
            raise ValueError(f"momentum should be positive: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"weight_decay should be positive: {weight_decay}")
        super().__init__(learning_rate, momentum, False, name, use_nesterov)
        self._weight_decay, self._eeta, self._epsilon_ = weight_decay, eeta, epsilon
        self._skip_list = skip_list

    def compute_lr(self, grad: Any, var: Any) -> Any:
        """The rate for a variable."""
        rate: Any = self._number("learning_rate", var)
        if any(part in var.name for part in self._skip_list or ()):
            return rate
        weight, slope = norm(var.value(), ord=2), norm(grad, ord=2)
        share = self._eeta * weight / (slope + self._weight_decay * weight + self._epsilon_)
        positive = raw.LogicalAnd(raw.Greater(weight, 0), raw.Greater(slope, 0))
        return rate * where(positive, share, raw.OnesLike(share))

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._run(
            "ApplyMomentum", var, "momentum", self.compute_lr(grad, var), grad,
            self._number("momentum", var), use_nesterov=self._use_nesterov,
        )  # fmt: skip
