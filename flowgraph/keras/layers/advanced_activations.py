"""Activations with settings or variables."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.layers import activations, lookup


class _Elementwise(Layer):
    """An activation whose settings are attributes named in `_settings`."""

    _settings: tuple[str, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), **{key: getattr(self, key) for key in self._settings}}


class LeakyReLU(_Elementwise):
    """x above 0, alpha * x below."""

    _settings = ("alpha",)

    def __init__(self, alpha: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = K.cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """The activation."""
        return K.relu(inputs, alpha=float(self.alpha))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "alpha": float(self.alpha)}


class ELU(_Elementwise):
    """x above 0, alpha * (exp(x) - 1) below."""

    _settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        """The activation."""
        return K.elu(inputs, self.alpha)


class ThresholdedReLU(_Elementwise):
    """x above theta, 0 elsewhere."""

    _settings = ("theta",)

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theta = float(theta)

    def call(self, inputs: Any) -> Any:
        """The activation."""
        return inputs * tf.cast(tf.greater(inputs, self.theta), inputs.dtype)


class Softmax(_Elementwise):
    """The softmax along an axis."""

    _settings = ("axis",)

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """The activation."""
        return activations.softmax(inputs, axis=self.axis)


class ReLU(_Elementwise):
    """max(x, 0), with a largest value, a slope below, and a threshold if asked for."""

    _settings = ("max_value", "negative_slope", "threshold")

    def __init__(
        self, max_value: Any = None, negative_slope: float = 0, threshold: float = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(f"max_value of Relu layer cannot be negative value: {max_value}")
        if negative_slope < 0.0:
            raise ValueError(
                f"negative_slope of Relu layer cannot be negative value: {negative_slope}"
            )
        self.max_value = None if max_value is None else float(max_value)
        self.negative_slope, self.threshold = float(negative_slope), float(threshold)

    def call(self, inputs: Any) -> Any:
        """The activation."""
        return K.relu(
            inputs, alpha=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )


class PReLU(_Elementwise):
    """x above 0, alpha * x below, with a trained alpha for each place.

    Args:
      alpha_initializer, alpha_regularizer, alpha_constraint: of alpha.
      shared_axes: the axes along which alpha is the same.
    """

    def __init__(
        self, alpha_initializer: Any = "zeros", alpha_regularizer: Any = None,
        alpha_constraint: Any = None, shared_axes: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.alpha_initializer = lookup.initializer(alpha_initializer)
        self.alpha_regularizer = lookup.regularizer(alpha_regularizer)
        self.alpha_constraint = lookup.constraint(alpha_constraint)
        self.shared_axes = (
            None if shared_axes is None
            else list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        """Makes alpha."""
        sizes = tf.TensorShape(input_shape).as_list()[1:]
        for axis in self.shared_axes or ():
            sizes[axis - 1] = 1
        self.alpha = self.add_weight(
            shape=sizes, name="alpha", initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer, constraint=self.alpha_constraint,
        )  # fmt: skip
        fixed = {i: n for i, n in enumerate(sizes, 1) if i not in (self.shared_axes or ())}
        self.input_spec = InputSpec(ndim=len(sizes) + 1, axes=fixed)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The activation."""
        return tf.nn.relu(inputs) - self.alpha * tf.nn.relu(-inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            **super().get_config(),
            "alpha_initializer": lookup.serialized(self.alpha_initializer),
            "alpha_regularizer": lookup.serialized(self.alpha_regularizer),
            "alpha_constraint": lookup.serialized(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }  # fmt: skip
