"""Bijectors of each number by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.bijector import Bijector
from flowgraph.distributions.util import softplus_inverse

__all__ = [
    "AffineScalar", "Exp", "PowerTransform", "Sigmoid", "Softplus", "Softsign", "Square", "Tanh",
]  # fmt: skip


class _OfNumbers(Bijector):
    """A function of each number by itself."""

    def __init__(self, validate_args: bool = False, name: str | None = None, **more: Any) -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name, **more)


class PowerTransform(_OfNumbers):
    """y = (1 + c x) ** (1 / c), and exp(x) for c = 0.

    Args:
        power: c, 0 or more.
        validate_args: whether values are checked.
        name: of the ops.

    Raises:
        ValueError: `power` is negative or not known.
    """

    def __init__(
        self, power: Any = 0.0, validate_args: bool = False, name: str = "power_transform"
    ) -> None:
        known = tf.constant_value(tf.convert_to_tensor(power, name="power"))
        if known is None or known < 0:
            raise ValueError("`power` must be a non-negative TF constant.")
        self._power = float(known)
        super().__init__(validate_args, name)

    @property
    def power(self) -> float:
        """The exponent's inverse."""
        return self._power

    def _forward(self, x: Any) -> Any:
        if self.power == 0.0:
            return tf.exp(x)
        if self.validate_args:
            said = f"Forward transformation input must be at least {-1.0 / self.power}."
            x = _must(tf.assert_non_negative(1.0 + x * self.power, message=said), x)
        return tf.exp(tf.log1p(x * self.power) / self.power)

    def _inverse(self, y: Any) -> Any:
        y = self._checked(y)
        return tf.log(y) if self.power == 0.0 else tf.expm1(tf.log(y) * self.power) / self.power

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return (self.power - 1.0) * tf.log(self._checked(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.power == 0.0:
            return x
        return (1.0 / self.power - 1.0) * tf.log1p(x * self.power)

    def _checked(self, y: Any) -> Any:
        if not self.validate_args:
            return y
        return _must(tf.assert_positive(y, message="Inverse input must be greater than 0."), y)


def _must(check: Any, x: Any) -> Any:
    return tf.with_dependencies([check], x)


class Exp(PowerTransform):
    """y = exp(x)."""

    def __init__(self, validate_args: bool = False, name: str = "exp") -> None:
        super().__init__(0.0, validate_args, name)


class Sigmoid(_OfNumbers):
    """y = 1 / (1 + exp(-x))."""

    def __init__(self, validate_args: bool = False, name: str = "sigmoid") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return tf.sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        return tf.log(y) - tf.log1p(-y)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -tf.log(y) - tf.log1p(-y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -tf.softplus(-x) - tf.softplus(x)


class Tanh(_OfNumbers):
    """y = tanh(x)."""

    def __init__(self, validate_args: bool = False, name: str = "tanh") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return tf.tanh(x)

    def _inverse(self, y: Any) -> Any:
        return tf.atanh(y)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -tf.log1p(-tf.square(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return 2.0 * (np.log(2.0) - x - tf.softplus(-2.0 * x))


class Softsign(_OfNumbers):
    """y = x / (1 + |x|)."""

    def __init__(self, validate_args: bool = False, name: str = "softsign") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return tf.softsign(x)

    def _inverse(self, y: Any) -> Any:
        y = self._checked(y)
        return y / (1.0 - tf.abs(y))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -2.0 * tf.log1p(-tf.abs(self._checked(y)))

    def _checked(self, y: Any) -> Any:
        if not self.validate_args:
            return y
        one = tf.ones([], y.dtype)
        above = tf.assert_less(-one, y, message="Inverse input must be greater than -1.")
        below = tf.assert_less(y, one, message="Inverse input must be less than 1.")
        return tf.with_dependencies([above, below], y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -2.0 * tf.log1p(tf.abs(x))


class Square(_OfNumbers):
    """y = x * x, for x that are not negative."""

    def __init__(self, validate_args: bool = False, name: str = "square") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return tf.square(self._checked(x))

    def _inverse(self, y: Any) -> Any:
        return tf.sqrt(self._checked(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return np.log(2.0) + tf.log(self._checked(x))

    def _checked(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        said = "All elements must be non-negative."
        return _must(tf.assert_non_negative(x, message=said), x)


class Softplus(_OfNumbers):
    """y = log(1 + exp(x)), or c log(1 + exp(x / c)) with a `hinge_softness` c that is not zero."""

    def __init__(
        self, hinge_softness: Any = None, validate_args: bool = False, name: str = "softplus"
    ) -> None:
        self._hinge_softness = (
            None
            if hinge_softness is None
            else tf.convert_to_tensor(hinge_softness, name="hinge_softness")
        )
        if validate_args and self._hinge_softness is not None:
            zero = tf.zeros([], self._hinge_softness.dtype)
            check = tf.assert_none_equal(
                self._hinge_softness, zero, message="hinge_softness must be non-zero"
            )
            self._hinge_softness = _must(check, self._hinge_softness)
        super().__init__(validate_args, name)

    @property
    def hinge_softness(self) -> Any:
        """What the function is stretched by, or None."""
        return self._hinge_softness

    def _scaled(self, function: Callable[[Any], Any], x: Any) -> Any:
        if self.hinge_softness is None:
            return function(x)
        softness = tf.cast(self.hinge_softness, x.dtype)
        return softness * function(x / softness)

    def _forward(self, x: Any) -> Any:
        return self._scaled(tf.softplus, x)

    def _inverse(self, y: Any) -> Any:
        return self._scaled(softplus_inverse, y)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        if self.hinge_softness is not None:
            y = y / tf.cast(self.hinge_softness, y.dtype)
        return -tf.log(-tf.expm1(-y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.hinge_softness is not None:
            x = x / tf.cast(self.hinge_softness, x.dtype)
        return -tf.softplus(-x)


class AffineScalar(_OfNumbers):
    """y = scale * x + shift.

    Args:
        shift: what is added, or None.
        scale: what is multiplied by, not zero, or None.
        validate_args: whether that is checked.
        name: of the ops.
    """

    def __init__(
        self,
        shift: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_scalar",
    ) -> None:
        with tf.name_scope(name, values=[scale, shift]):
            self._shift = None if shift is None else tf.convert_to_tensor(shift, name="shift")
            self._scale = None if scale is None else tf.convert_to_tensor(scale, name="scale")
            if validate_args and self._scale is not None:
                zero = tf.zeros([], self._scale.dtype)
                self._scale = _must(tf.assert_none_equal(self._scale, zero), self._scale)
        super().__init__(validate_args, name, is_constant_jacobian=True)

    @property
    def shift(self) -> Any:
        """What is added, or None."""
        return self._shift

    @property
    def scale(self) -> Any:
        """What is multiplied by, or None."""
        return self._scale

    def _forward(self, x: Any) -> Any:
        y = x if self.scale is None else x * self.scale
        return y if self.shift is None else y + self.shift

    def _inverse(self, y: Any) -> Any:
        x = y if self.shift is None else y - self.shift
        return x if self.scale is None else x / self.scale

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.scale is None:
            return tf.constant(0.0, dtype=x.dtype)
        return tf.log(tf.abs(self.scale))
