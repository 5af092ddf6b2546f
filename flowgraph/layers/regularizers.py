"""The regularizers that layers know by name; tf.keras.regularizers re-exports them."""

from __future__ import annotations

from typing import Any

from flowgraph.ops.array.constant import constant
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import abs as abs_
from flowgraph.ops.math.unary import square


class Regularizer:
    """Base class: a function of a variable that gives a loss."""

    def __call__(self, x: Any) -> Any:
        """The loss."""
        del x
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes the regularizer that `get_config` described."""
        return cls(**config)


class L1L2(Regularizer):
    """l1 times the sum of the magnitudes, plus l2 times the sum of the squares."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = float(l1 or 0.0), float(l2 or 0.0)

    def __call__(self, x: Any) -> Any:
        """The loss."""
        loss = None
        if self.l1:
            loss = self.l1 * reduce_sum(abs_(x))
        if self.l2:
            squares = self.l2 * reduce_sum(square(x))
            loss = squares if loss is None else loss + squares
        return constant(0.0) if loss is None else loss

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"l1": self.l1, "l2": self.l2}


def l1(l: float = 0.01) -> L1L2:
    """The sum of the magnitudes, times `l`."""
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:
    """The sum of the squares, times `l`."""
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Both sums."""
    return L1L2(l1, l2)
