"""Functions that distributions go through (tf.contrib.distributions.bijectors)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.distributions import _ops as tf
from flowgraph.distributions.affine import Affine
from flowgraph.distributions.bijector import Bijector, _static
from flowgraph.distributions.elementwise import (
    AffineScalar,
    Exp,
    PowerTransform,
    Sigmoid,
    Softplus,
    Softsign,
    Square,
    Tanh,
)
from flowgraph.distributions.identity_bijector import Identity
from flowgraph.distributions.more_elementwise import (
    AbsoluteValue,
    Gumbel,
    Kumaraswamy,
    SinhArcsinh,
    Weibull,
)

__all__ = [
    "AbsoluteValue", "Gumbel", "Kumaraswamy", "Ordered", "SinhArcsinh", "Weibull",
    "Affine", "AffineScalar", "Bijector", "Chain", "Exp", "Identity", "Inline", "Invert", "Permute",
    "PowerTransform", "Sigmoid", "SoftmaxCentered", "Softplus", "Softsign", "Square", "Tanh",
]  # fmt: skip


class Invert(Bijector):
    """The inverse of another bijector."""

    def __init__(
        self, bijector: Bijector, validate_args: bool = False, name: str | None = None
    ) -> None:
        if not bijector._is_injective:
            raise NotImplementedError(
                f"Invert is not implemented for non-injective bijector ({bijector.name})"
            )
        self._bijector = bijector
        super().__init__(
            graph_parents=bijector.graph_parents,
            forward_min_event_ndims=bijector.inverse_min_event_ndims,
            inverse_min_event_ndims=bijector.forward_min_event_ndims,
            is_constant_jacobian=bijector.is_constant_jacobian,
            validate_args=validate_args,
            dtype=bijector.dtype,
            name=name or f"invert_{bijector.name}",
        )

    @property
    def bijector(self) -> Bijector:
        """The one that is inverted."""
        return self._bijector

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self.bijector._inverse_event_shape(input_shape)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return self.bijector._inverse_event_shape_tensor(input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self.bijector._forward_event_shape(output_shape)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return self.bijector._forward_event_shape_tensor(output_shape)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self.bijector._call_inverse(x, "inverse", **kwargs)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self.bijector._call_forward(y, "forward", **kwargs)

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        ndims = self.bijector.inverse_min_event_ndims
        return self.bijector._call_inverse_log_det_jacobian(x, ndims, "ildj", **kwargs)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        ndims = self.bijector.forward_min_event_ndims
        return self.bijector._call_forward_log_det_jacobian(y, ndims, "fldj", **kwargs)


class Inline(Bijector):
    """A bijector of functions that are given one by one; those that are not needed may be missing.

    Args:
        forward_fn, inverse_fn: the function and its inverse.
        inverse_log_det_jacobian_fn, forward_log_det_jacobian_fn: log |det J|.
        forward_event_shape_fn, forward_event_shape_tensor_fn, inverse_event_shape_fn,
        inverse_event_shape_tensor_fn: shapes of events, where they change.
        is_constant_jacobian, validate_args, forward_min_event_ndims, inverse_min_event_ndims, name:
            see `Bijector`.
    """

    def __init__(
        self,
        forward_fn: Callable[..., Any] | None = None,
        inverse_fn: Callable[..., Any] | None = None,
        inverse_log_det_jacobian_fn: Callable[..., Any] | None = None,
        forward_log_det_jacobian_fn: Callable[..., Any] | None = None,
        forward_event_shape_fn: Callable[..., Any] | None = None,
        forward_event_shape_tensor_fn: Callable[..., Any] | None = None,
        inverse_event_shape_fn: Callable[..., Any] | None = None,
        inverse_event_shape_tensor_fn: Callable[..., Any] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str = "inline",
    ) -> None:
        super().__init__(
            forward_min_event_ndims=forward_min_event_ndims,
            inverse_min_event_ndims=inverse_min_event_ndims,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name,
        )
        given = {
            "_forward": forward_fn,
            "_inverse": inverse_fn,
            "_inverse_log_det_jacobian": inverse_log_det_jacobian_fn,
            "_forward_log_det_jacobian": forward_log_det_jacobian_fn,
            "_forward_event_shape": forward_event_shape_fn,
            "_forward_event_shape_tensor": forward_event_shape_tensor_fn,
            "_inverse_event_shape": inverse_event_shape_fn,
            "_inverse_event_shape_tensor": inverse_event_shape_tensor_fn,
        }
        vars(self).update({name: function for name, function in given.items() if function})


class Chain(Bijector):
    """Several bijectors, of which the last one is applied first.

    Raises:
        NotImplementedError: one is not injective.
        ValueError: they want different dtypes.
    """

    def __init__(
        self,
        bijectors: Sequence[Bijector] | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        self._bijectors = bijectors = list(bijectors or [])
        for b in bijectors:
            if not b._is_injective:
                raise NotImplementedError(
                    f"Chain is not implemented for non-injective bijector ({b.name})"
                )
        wanted = {b.dtype for b in bijectors if b.dtype is not None}
        if len(wanted) > 1:
            raise ValueError(f"incompatible dtypes: {sorted(map(str, wanted))}")
        super().__init__(
            graph_parents=[parent for b in bijectors for parent in b.graph_parents],
            forward_min_event_ndims=_least_ndims(bijectors[::-1], forward=True),
            inverse_min_event_ndims=_least_ndims(bijectors, forward=False),
            is_constant_jacobian=all(b.is_constant_jacobian for b in bijectors),
            validate_args=validate_args,
            dtype=next(iter(wanted), None),
            name=name or "_of_".join(["chain", *(b.name for b in bijectors)])
            if bijectors
            else name or "identity",
        )

    @property
    def bijectors(self) -> list[Bijector]:
        """Those that are applied, last one first."""
        return self._bijectors

    def _through(self, what: str, value: Any, backwards: bool) -> Any:
        order = self.bijectors[::-1] if backwards else self.bijectors
        return functools.reduce(lambda v, b: getattr(b, what)(v), order, value)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._through("forward_event_shape", input_shape, True)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return self._through("forward_event_shape_tensor", input_shape, True)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._through("inverse_event_shape", output_shape, False)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return self._through("inverse_event_shape_tensor", output_shape, False)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        for b in self.bijectors[::-1]:
            x = b._call_forward(x, "forward", **kwargs.get(b.name, {}))
        return x

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        for b in self.bijectors:
            y = b._call_inverse(y, "inverse", **kwargs.get(b.name, {}))
        return y

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        total: Any = tf.constant(0.0, dtype=y.dtype.base_dtype)
        ndims: Any = self.inverse_min_event_ndims
        for b in self.bijectors:
            given = kwargs.get(b.name, {})
            total += b._call_inverse_log_det_jacobian(y, ndims, "ildj", **given)
            ndims = _ndims_after(y, ndims, b.inverse_event_shape, b.inverse_event_shape_tensor)
            y = b._call_inverse(y, "inverse", **given)
        return total

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        total: Any = tf.constant(0.0, dtype=x.dtype.base_dtype)
        ndims: Any = self.forward_min_event_ndims
        for b in self.bijectors[::-1]:
            given = kwargs.get(b.name, {})
            total += b._call_forward_log_det_jacobian(x, ndims, "fldj", **given)
            ndims = _ndims_after(x, ndims, b.forward_event_shape, b.forward_event_shape_tensor)
            x = b._call_forward(x, "forward", **given)
        return total


def _least_ndims(bijectors: Sequence[Bijector], forward: bool) -> int:
    """How many dimensions belong together in what the first of them gets."""
    least = now = 0  # `now` counts what has been added on the way, from the first one's input
    for b in bijectors:
        of_input = b.forward_min_event_ndims if forward else b.inverse_min_event_ndims
        of_output = b.inverse_min_event_ndims if forward else b.forward_min_event_ndims
        if now < of_input:
            least += of_input - now
            now = of_input
        now += of_output - of_input
    return least


def _ndims_after(
    x: Any, ndims: Any, static: Callable[[Any], Any], dynamic: Callable[[Any], Any]
) -> Any:
    """The rank of an event after a bijector, of an event's rank before it."""
    if x.shape.ndims is not None and not isinstance(ndims, tf.Tensor):
        after = static(x.shape[x.shape.ndims - ndims :]).ndims
        if after is not None:
            return after
    return _static(tf.size(dynamic(tf.shape(x)[tf.rank(x) - ndims :])))


class Permute(Bijector):
    """Moves the last dimension's elements to other places.

    Args:
        permutation: an integer vector of where each comes from.
        validate_args: whether that is checked when the graph runs.
        name: of the ops.

    Raises:
        TypeError: it is no integer.
        ValueError: it is known, and is no permutation.
    """

    def __init__(self, permutation: Any, validate_args: bool = False, name: str | None = None):
        with tf.name_scope(name, "permute", values=[permutation]):
            permutation = tf.convert_to_tensor(permutation, name="permutation")
            if not permutation.dtype.is_integer:
                raise TypeError(f"permutation.dtype ({permutation.dtype}) should be `int`-like.")
            known = tf.constant_value(permutation)
            if known is not None and not np.array_equal(np.sort(known), np.arange(known.size)):
                raise ValueError("Permutation over `d` must contain exactly one of each of "
                                 f"`{{0, 1, ..., d}}`, got {known.tolist()}.")  # fmt: skip
        self._permutation = permutation
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name or "permute",
        )

    @property
    def permutation(self) -> Any:
        """Where each element comes from."""
        return self._permutation

    def _forward(self, x: Any) -> Any:
        return tf.gather(x, self.permutation, axis=-1)

    def _inverse(self, y: Any) -> Any:
        return tf.gather(y, tf.invert_permutation(self.permutation), axis=-1)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return tf.constant(0.0, dtype=y.dtype.base_dtype)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return tf.constant(0.0, dtype=x.dtype.base_dtype)


class SoftmaxCentered(Bijector):
    """y = softmax([x, 0]): from n numbers to n + 1 that sum to 1."""

    def __init__(self, validate_args: bool = False, name: str = "softmax_centered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        if input_shape.ndims is None or input_shape[-1].value is None:
            return input_shape
        return input_shape[:-1].concatenate(input_shape[-1].value + 1)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return tf.concat([input_shape[:-1], [input_shape[-1] + 1]], 0)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        if output_shape.ndims is None or output_shape[-1].value is None:
            return output_shape
        if output_shape[-1].value <= 1:
            raise ValueError(f"output_shape[-1] = {output_shape[-1]} <= 1")
        return output_shape[:-1].concatenate(output_shape[-1].value - 1)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return tf.concat([output_shape[:-1], [output_shape[-1] - 1]], 0)

    def _forward(self, x: Any) -> Any:
        return tf.softmax(tf.concat([x, tf.zeros_like(x[..., :1])], -1))

    def _inverse(self, y: Any) -> Any:
        logs = tf.log(y)
        return logs[..., :-1] - logs[..., -1:]

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -tf.reduce_sum(tf.log(y), axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        n = tf.cast(tf.shape(x)[-1], x.dtype) + 1.0
        rest = tf.softplus(tf.reduce_logsumexp(x, axis=-1))
        return tf.reduce_sum(x, axis=-1) - n * rest


class Ordered(Bijector):
    """From numbers in rising order to any: the first one, and the logarithms of the steps."""

    def __init__(self, validate_args: bool = False, name: str = "ordered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _steps(self, x: Any) -> Any:
        if self.validate_args:
            said = "Forward transformation input must be strictly increasing."
            check = tf.assert_positive(x[..., 1:] - x[..., :-1], message=said)
            x = tf.with_dependencies([check], x)
        return tf.log(x[..., 1:] - x[..., :-1])

    def _forward(self, x: Any) -> Any:
        return tf.concat([x[..., :1], self._steps(x)], axis=-1)

    def _inverse(self, y: Any) -> Any:
        return tf.cumsum(tf.concat([y[..., :1], tf.exp(y[..., 1:])], axis=-1), axis=-1)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return tf.reduce_sum(y[..., 1:], axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -tf.reduce_sum(self._steps(x), axis=-1)
