"""The constraints that layers know by name; tf.keras.constraints re-exports them."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.clip import clip_by_value
from flowgraph.ops.math.comparison import greater_equal
from flowgraph.ops.math.reduction import reduce_sum
from flowgraph.ops.math.unary import sqrt, square

_EPSILON = 1e-7


class Constraint:
    """Base class: a function of a variable that gives what it is set to after an update."""

    def __call__(self, w: Any) -> Any:
        """The value that keeps the constraint."""
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {}


def _norms(w: Any, axis: Any) -> Any:
    return sqrt(reduce_sum(square(w), axis, keepdims=True))


class MaxNorm(Constraint):
    """Scales weights down whose norm along `axis` is above `max_value`."""

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Any:
        """The value that keeps the constraint."""
        norms = _norms(w, self.axis)
        return w * (clip_by_value(norms, 0.0, float(self.max_value)) / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative weights to zero."""

    def __call__(self, w: Any) -> Any:
        """The value that keeps the constraint."""
        return w * cast(greater_equal(w, 0.0), dtypes.float32)


class UnitNorm(Constraint):
    """Scales weights to the norm 1 along `axis`."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The value that keeps the constraint."""
        return w / (_EPSILON + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Moves norms along `axis` towards [min_value, max_value] by the share `rate`."""

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Any:
        """The value that keeps the constraint."""
        norms = _norms(w, self.axis)
        inside = clip_by_value(norms, float(self.min_value), float(self.max_value))
        desired = self.rate * inside + (1 - self.rate) * norms
        return w * (desired / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "min_value": self.min_value, "max_value": self.max_value, "rate": self.rate,
            "axis": self.axis,
        }  # fmt: skip


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
