"""Tensors whose value is a draw from a distribution, or its mean.

(tf.contrib.bayesflow.stochastic_tensor, of TensorFlow 1.0 to 1.3)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flowgraph as tf
from flowgraph.core.convert import register_tensor_conversion_function
from flowgraph.distributions.distribution import FULLY_REPARAMETERIZED, Distribution

__all__ = [
    "BaseStochasticTensor", "MeanValue", "ObservedStochasticTensor", "SampleValue",
    "StochasticTensor", "get_current_value_type", "value_type",
]  # fmt: skip


class MeanValue:
    """The value is the distribution's mean.

    Args:
        stop_gradient: whether gradients stop at it.
    """

    def __init__(self, stop_gradient: bool = False) -> None:
        self.stop_gradient = stop_gradient

    def value_of(self, distribution: Distribution) -> Any:
        """The mean."""
        return distribution.mean()


class SampleValue:
    """The value is a draw.

    Args:
        shape: how many draws; one, without dimensions for them, when it is not given.
        stop_gradient: whether gradients stop at it.
    """

    def __init__(self, shape: Any = (), stop_gradient: bool = False) -> None:
        self.shape, self.stop_gradient = shape, stop_gradient

    def value_of(self, distribution: Distribution) -> Any:
        """The draws."""
        return distribution.sample(self.shape)


_stack: list[Any] = []


@contextmanager
def value_type(dist_value_type: Any) -> Iterator[Any]:
    """The kind of value that `StochasticTensor`s made within a `with` block have."""
    _stack.append(dist_value_type)
    try:
        yield dist_value_type
    finally:
        _stack.pop()


def get_current_value_type() -> Any:
    """The kind of value of the innermost `value_type` block.

    Raises:
        ValueError: there is none.
    """
    if not _stack:
        raise ValueError("No value type currently set.")
    return _stack[-1]


class BaseStochasticTensor:
    """What both kinds have: they can be used where a tensor can."""

    _name: str

    @property
    def name(self) -> str:
        """The name of its ops' scope."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The dtype of the value."""
        return self.value().dtype

    @property
    def graph(self) -> Any:
        """The graph that it is in."""
        return self.value().graph

    def value(self, name: str | None = None) -> Any:
        """The value, a tensor."""
        raise NotImplementedError("value not implemented")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.value(), name)


def _of_value(operator: str) -> Callable[..., Any]:
    def call(self: BaseStochasticTensor, *others: Any) -> Any:
        return getattr(self.value(), operator)(*others)

    return call


for _name in ["add", "sub", "mul", "truediv", "pow", "matmul", "mod", "floordiv"]:
    setattr(BaseStochasticTensor, f"__{_name}__", _of_value(f"__{_name}__"))
    setattr(BaseStochasticTensor, f"__r{_name}__", _of_value(f"__r{_name}__"))
for _name in ("neg", "abs", "getitem", "lt", "le", "gt", "ge"):
    setattr(BaseStochasticTensor, f"__{_name}__", _of_value(f"__{_name}__"))


def _score_function(tensor: Any, value: Any, loss: Any) -> Any:
    """The log density of the value, weighted by the loss that it led to."""
    return tf.stop_gradient(loss) * tensor.distribution.log_prob(tf.stop_gradient(value))


class StochasticTensor(BaseStochasticTensor):
    """A draw from a distribution, or its mean, as a tensor.

    Args:
        dist: the distribution.
        name: of its ops' scope.
        dist_value_type: `SampleValue` or `MeanValue`; that of the `value_type` block, or else one
            draw, when it is not given.
        loss_fn: what `loss` gives, of (this, the value, a loss).
    """

    def __init__(
        self,
        dist: Distribution,
        name: str = "StochasticTensor",
        dist_value_type: Any = None,
        loss_fn: Callable[[Any, Any, Any], Any] | None = _score_function,
    ) -> None:
        if not isinstance(dist, Distribution):
            raise TypeError(f"dist must be a Distribution, got {dist!r}")
        kind = dist_value_type or (_stack[-1] if _stack else SampleValue())
        self._dist, self._kind, self._loss_fn = dist, kind, loss_fn
        with tf.name_scope(name) as self._name:
            value = kind.value_of(dist)
            self._value = tf.stop_gradient(value) if kind.stop_gradient else value

    @property
    def distribution(self) -> Distribution:
        """What is drawn from."""
        return self._dist

    @property
    def value_type(self) -> Any:
        """The kind of value."""
        return self._kind

    def value(self, name: str | None = None) -> Any:
        """The value, a tensor."""
        return self._value if name is None else tf.identity(self._value, name=name)

    def entropy(self, name: str = "entropy") -> Any:
        """The distribution's entropy."""
        return self._dist.entropy(name=name)

    def mean(self, name: str = "mean") -> Any:
        """The distribution's mean."""
        return self._dist.mean(name=name)

    def log_prob(self, value: Any, name: str = "log_prob") -> Any:
        """The distribution's log density of a value."""
        return self._dist.log_prob(value, name=name)

    def loss(self, final_loss: Any, name: str = "Loss") -> Any:
        """What to add to a loss, so that its gradient takes the drawing into account.

        None where gradients go through the draw itself, or for a mean.
        """
        if self._loss_fn is None or isinstance(self._kind, MeanValue):
            return None
        through = self._dist.reparameterization_type is FULLY_REPARAMETERIZED
        if through and not self._kind.stop_gradient:
            return None
        with tf.name_scope(self._name), tf.name_scope(name, values=[final_loss]):
            return self._loss_fn(self, self._value, final_loss)


class ObservedStochasticTensor(StochasticTensor):
    """One whose value has been observed.

    Args:
        dist: the distribution.
        value: what was observed.
        name: of its ops' scope.
    """

    def __init__(
        self, dist: Distribution, value: Any, name: str = "ObservedStochasticTensor"
    ) -> None:
        self._dist, self._kind, self._loss_fn = dist, None, None
        with tf.name_scope(name, values=[value]) as self._name:
            self._value = tf.convert_to_tensor(value, dtype=dist.dtype, name="value")

    def loss(self, final_loss: Any, name: str = "Loss") -> Any:
        """None: nothing was drawn."""
        return None


def _as_tensor(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    del name, as_ref
    tensor = value.value()
    if dtype is not None and not tf.as_dtype(dtype).is_compatible_with(tensor.dtype):
        raise ValueError(f"Incompatible type conversion requested to {dtype} for {value.name}")
    return tensor


register_tensor_conversion_function(BaseStochasticTensor, _as_tensor)
