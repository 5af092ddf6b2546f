"""Batch and layer normalization."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.layers import lookup
from flowgraph.layers.base_normalization import BaseBatchNormalization


class BatchNormalization(BaseBatchNormalization, Layer):
    """Normalizes with the batch's statistics in training, with moving averages otherwise.

    tf.keras.layers.BatchNormalization; `fit` runs the updates of the averages.
    """

    _needs_phase = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The normalized inputs."""
        training = K.learning_phase() if training is None else training
        return super().call(inputs, training=training)


class LayerNormalization(Layer):
    """Normalizes each example by itself (Ba et al. 2016, arXiv:1607.06450).

    Args:
      axis: the axes to normalize over.
      epsilon: added to the variance.
      center, scale: whether `beta` is added, and `gamma` multiplied by.
      beta_initializer, beta_regularizer, beta_constraint: of `beta`.
      gamma_initializer, gamma_regularizer, gamma_constraint: of `gamma`.
    """

    def __init__(
        self, axis: Any = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones",
        beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None,
        gamma_constraint: Any = None, trainable: bool = True, name: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise ValueError("Expected an int or a list/tuple of ints for the argument 'axis', but "
                            f"received {axis!r}")  # fmt: skip
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.supports_masking = True
        for key, value, find in (
            ("beta_initializer", beta_initializer, lookup.initializer),
            ("gamma_initializer", gamma_initializer, lookup.initializer),
            ("beta_regularizer", beta_regularizer, lookup.regularizer),
            ("gamma_regularizer", gamma_regularizer, lookup.regularizer),
            ("beta_constraint", beta_constraint, lookup.constraint),
            ("gamma_constraint", gamma_constraint, lookup.constraint),
        ):
            setattr(self, key, find(value))

    def build(self, input_shape: Any) -> None:
        """Makes gamma and beta."""
        sizes = tf.TensorShape(input_shape).as_list()
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        for a in axes:
            if not -len(sizes) <= a < len(sizes):
                raise ValueError(f"Invalid axis: {a} (the inputs have {len(sizes)} dimensions)")
        axes = [a % len(sizes) for a in axes]
        if len(set(axes)) != len(axes):
            raise ValueError(f"Duplicate axis: {tuple(axes)}")
        self.axis = axes
        shape = [sizes[a] for a in axes]
        self.gamma = self.beta = None
        for name, wanted in (("gamma", self.scale), ("beta", self.center)):
            if wanted:
                variable = self.add_weight(
                    name=name, shape=shape, initializer=getattr(self, name + "_initializer"),
                    regularizer=getattr(self, name + "_regularizer"),
                    constraint=getattr(self, name + "_constraint"), trainable=True,
                )  # fmt: skip
                setattr(self, name, variable)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        mean, variance = tf.nn.moments(inputs, self.axis, keep_dims=True)
        sizes = inputs.shape.as_list()
        wide = [sizes[i] if i in self.axis else 1 for i in range(len(sizes))]
        scale, offset = (
            v if v is None or self.axis == [len(sizes) - 1] else tf.reshape(v, wide)
            for v in (self.gamma, self.beta)
        )
        return tf.nn.batch_normalization(inputs, mean, variance, offset, scale, self.epsilon)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = super().get_config()
        for key in ("axis", "epsilon", "center", "scale"):
            config[key] = getattr(self, key)
        for key in ("beta_initializer", "gamma_initializer", "beta_regularizer",
                    "gamma_regularizer", "beta_constraint", "gamma_constraint"):  # fmt: skip
            config[key] = lookup.serialized(getattr(self, key))
        return config
