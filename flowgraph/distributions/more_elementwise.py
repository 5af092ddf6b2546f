"""Bijectors of numbers that distribution functions give, and of magnitudes."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.elementwise import _must, _OfNumbers

__all__ = ["AbsoluteValue", "Gumbel", "Kumaraswamy", "SinhArcsinh", "Weibull"]


def _parameters(name: str, **given: Any) -> list[Any]:
    """The parameters as tensors of one float dtype."""
    with tf.name_scope(name, "init", list(given.values())):
        tensors = [tf.convert_to_tensor(value, name=key) for key, value in given.items()]
        tf.assert_same_float_dtype(tensors)
    return tensors


def _positive(tensor: Any, name: str, validate_args: bool) -> Any:
    if not validate_args:
        return tensor
    said = f"Argument {name} was not positive"
    return _must(tf.assert_positive(tensor, message=said), tensor)


def _from_0_to_1(x: Any, validate_args: bool) -> Any:
    """`x`, which must be within [0, 1]."""
    if not validate_args:
        return x
    said = "Inverse transformation input must be"
    checks = [
        tf.assert_non_negative(x, message=f"{said} greater than 0."),
        tf.assert_less_equal(x, tf.ones([], x.dtype), message=f"{said} less than or equal to 1."),
    ]
    return tf.with_dependencies(checks, x)


class AbsoluteValue(_OfNumbers):
    """y = |x|, whose inverse is the pair (-y, y) (bijectors.AbsoluteValue)."""

    def __init__(self, validate_args: bool = False, name: str = "absolute_value") -> None:
        super().__init__(validate_args, name, is_constant_jacobian=True)

    @property
    def _is_injective(self) -> bool:
        return False

    def _forward(self, x: Any) -> Any:
        return tf.abs(x)

    def _checked(self, y: Any) -> Any:
        if not self.validate_args:
            return y
        return _must(tf.assert_non_negative(y, message="Argument y was negative"), y)

    def _inverse(self, y: Any) -> Any:
        y = self._checked(y)
        return -y, y

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        zero = tf.zeros([], y.dtype)
        if self.validate_args:
            check = tf.assert_non_negative(y, message="Argument y was negative")
            zero = _must(check, zero)
        return zero, zero


class Gumbel(_OfNumbers):
    """y = exp(-exp(-(x - loc) / scale)): Gumbel's distribution function (bijectors.Gumbel)."""

    def __init__(
        self,
        loc: Any = 0.0,
        scale: Any = 1.0,
        validate_args: bool = False,
        name: str = "gumbel",
    ) -> None:
        self._loc, scale = _parameters(name, loc=loc, scale=scale)
        self._scale = _positive(scale, "scale", validate_args)
        super().__init__(validate_args, name)

    @property
    def loc(self) -> Any:
        """The distribution's mode."""
        return self._loc

    @property
    def scale(self) -> Any:
        """What it is stretched by."""
        return self._scale

    def _z(self, x: Any) -> Any:
        return (x - self.loc) / self.scale

    def _forward(self, x: Any) -> Any:
        return tf.exp(-tf.exp(-self._z(x)))

    def _inverse(self, y: Any) -> Any:
        y = _from_0_to_1(y, self.validate_args)
        return self.loc - self.scale * tf.log(-tf.log(y))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        y = _from_0_to_1(y, self.validate_args)
        return tf.log(self.scale / (-tf.log(y) * y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        z = self._z(x)
        return -z - tf.exp(-z) - tf.log(self.scale)


class Weibull(_OfNumbers):
    """y = 1 - exp(-(x / scale) ** concentration), for x of 0 or more (bijectors.Weibull)."""

    def __init__(
        self,
        scale: Any = 1.0,
        concentration: Any = 1.0,
        validate_args: bool = False,
        name: str = "weibull",
    ) -> None:
        scale, shape = _parameters(name, scale=scale, concentration=concentration)
        self._scale = _positive(scale, "scale", validate_args)
        self._concentration = _positive(shape, "concentration", validate_args)
        super().__init__(validate_args, name)

    @property
    def scale(self) -> Any:
        """What the distribution is stretched by."""
        return self._scale

    @property
    def concentration(self) -> Any:
        """Its shape."""
        return self._concentration

    def _checked(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        said = "Forward transformation input must be at least 0."
        return _must(tf.assert_non_negative(x, message=said), x)

    def _forward(self, x: Any) -> Any:
        return -tf.expm1(-((self._checked(x) / self.scale) ** self.concentration))

    def _inverse(self, y: Any) -> Any:
        y = _from_0_to_1(y, self.validate_args)
        return self.scale * (-tf.log1p(-y)) ** (1 / self.concentration)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        rest = -tf.log1p(-_from_0_to_1(y, self.validate_args))
        slope = (1 / self.concentration - 1) * tf.log(rest)
        return rest + slope + tf.log(self.scale / self.concentration)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        x, shape = self._checked(x), self.concentration
        return (
            -((x / self.scale) ** shape)
            + (shape - 1) * tf.log(x)
            + tf.log(shape)
            - shape * tf.log(self.scale)
        )


class Kumaraswamy(_OfNumbers):
    """The inverse of Kumaraswamy's distribution function 1 - (1 - y ** a) ** b.

    (bijectors.Kumaraswamy; a is `concentration1` and b is `concentration0`)
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        name: str = "kumaraswamy",
    ) -> None:
        a, b = _parameters(name, concentration1=concentration1, concentration0=concentration0)
        self._concentration1 = _positive(a, "concentration1", validate_args)
        self._concentration0 = _positive(b, "concentration0", validate_args)
        super().__init__(validate_args, name)

    @property
    def concentration1(self) -> Any:
        """The exponent of y."""
        return self._concentration1

    @property
    def concentration0(self) -> Any:
        """The outer exponent."""
        return self._concentration0

    def _forward(self, x: Any) -> Any:
        x = _from_0_to_1(x, self.validate_args)
        inner = tf.log1p(-tf.exp(tf.log1p(-x) / self.concentration0))
        return tf.exp(inner / self.concentration1)

    def _inverse(self, y: Any) -> Any:
        y = _from_0_to_1(y, self.validate_args)
        return tf.exp(tf.log1p(-((1 - y**self.concentration1) ** self.concentration0)))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        y = _from_0_to_1(y, self.validate_args)
        a, b = self.concentration1, self.concentration0
        return tf.log(a) + tf.log(b) + (a - 1) * tf.log(y) + (b - 1) * tf.log1p(-(y**a))


class SinhArcsinh(_OfNumbers):
    """y = sinh((arcsinh(x) + skewness) * tailweight) (bijectors.SinhArcsinh)."""

    def __init__(
        self,
        skewness: Any = None,
        tailweight: Any = None,
        validate_args: bool = False,
        name: str = "SinhArcsinh",
    ) -> None:
        skewness = tf.convert_to_tensor(0.0 if skewness is None else skewness, name="skewness")
        tailweight = tf.convert_to_tensor(
            1.0 if tailweight is None else tailweight, dtype=skewness.dtype, name="tailweight"
        )
        self._skewness = skewness
        self._tailweight = _positive(tailweight, "tailweight", validate_args)
        super().__init__(validate_args, name)

    @property
    def skewness(self) -> Any:
        """How far the function leans to one side."""
        return self._skewness

    @property
    def tailweight(self) -> Any:
        """How far it stretches what is far out."""
        return self._tailweight

    def _forward(self, x: Any) -> Any:
        return tf.sinh((tf.asinh(x) + self.skewness) * self.tailweight)

    def _inverse(self, y: Any) -> Any:
        return tf.sinh(tf.asinh(y) / self.tailweight - self.skewness)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        inner = tf.cosh(tf.asinh(y) / self.tailweight - self.skewness)
        return tf.log(inner / _root_of_one_more(y)) - tf.log(self.tailweight)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        inner = tf.cosh((tf.asinh(x) + self.skewness) * self.tailweight)
        return tf.log(inner / _root_of_one_more(x)) + tf.log(self.tailweight)


def _root_of_one_more(x: Any) -> Any:
    """sqrt(x * x + 1), without overflow."""
    small = tf.abs(x) * np.sqrt(np.finfo(x.dtype.as_numpy_dtype).eps) <= 1.0
    return tf.where_v2(small, tf.sqrt(x**2.0 + 1.0), tf.abs(x))
