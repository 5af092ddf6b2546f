"""Noise on the inputs, in training only."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import Layer


class _Noise(Layer):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def _noised(self, inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _noised")

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The inputs, with noise in training."""
        return K.in_train_phase(lambda: self._noised(inputs), inputs, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape


class GaussianNoise(_Noise):
    """Adds normal numbers of a standard deviation."""

    def __init__(self, stddev: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev

    def _noised(self, inputs: Any) -> Any:
        return inputs + K.random_normal(tf.shape(inputs), 0.0, self.stddev, dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "stddev": self.stddev}


class GaussianDropout(_Noise):
    """Multiplies by normal numbers around 1 (Srivastava et al. 2014)."""

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The inputs, with noise in training."""
        return super().call(inputs, training) if 0 < self.rate < 1 else inputs

    def _noised(self, inputs: Any) -> Any:
        deviation = np.sqrt(self.rate / (1 - self.rate))
        return inputs * K.random_normal(tf.shape(inputs), 1.0, deviation, dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "rate": self.rate}


class AlphaDropout(_Noise):
    """Dropout that keeps mean and variance behind a selu (Klambauer et al. 2017)."""

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The inputs, dropped out in training."""
        return super().call(inputs, training) if 0.0 < self.rate < 1.0 else inputs

    def _noised(self, inputs: Any) -> Any:
        low = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
        shape = tf.shape(inputs) if self.noise_shape is None else self.noise_shape
        drawn = K.random_uniform(shape, seed=self.seed)
        kept = tf.cast(tf.greater_equal(drawn, self.rate), inputs.dtype)
        a = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
        return a * (inputs * kept + low * (1 - kept)) - a * low * self.rate

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "rate": self.rate}
