"""Convolutions whose kernel differs from place to place, as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.backend.local import local_conv
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.layers import lookup
from flowgraph.layers.utils import conv_output_length, normalize_data_format, normalize_tuple

_NAMED = (
    ("activation", lookup.activation, None),
    ("kernel_initializer", lookup.initializer, "glorot_uniform"),
    ("bias_initializer", lookup.initializer, "zeros"),
    ("kernel_regularizer", lookup.regularizer, None),
    ("bias_regularizer", lookup.regularizer, None),
    ("kernel_constraint", lookup.constraint, None),
    ("bias_constraint", lookup.constraint, None),
)


class _Local(Layer):
    """A convolution without shared weights; arguments as `Conv2D`'s, without dilation."""

    rank = 1

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, activation: Any = None, use_bias: bool = True,
        implementation: int = 1, **kwargs: Any,
    ) -> None:  # fmt: skip
        named = {key: kwargs.pop(key, default) for key, _, default in _NAMED}
        super().__init__(**kwargs)
        named["activation"] = activation
        self.filters, self.use_bias, self.padding = filters, use_bias, padding.lower()
        self.kernel_size = normalize_tuple(kernel_size, self.rank, "kernel_size")
        self.strides = normalize_tuple(strides, self.rank, "strides")
        if self.padding != "valid":
            raise ValueError(
                f'Invalid border mode for {type(self).__name__} (only "valid" is supported): '
                f"{padding}"
            )
        self.data_format, self.implementation = normalize_data_format(data_format), implementation
        for key, find, _ in _NAMED:
            setattr(self, key, find(named[key]))
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _places(self, sizes: list[Any]) -> list[Any]:
        first = 2 if self.data_format == "channels_first" else 1
        return [
            conv_output_length(sizes[first + i], k, self.padding, s)
            for i, (k, s) in enumerate(zip(self.kernel_size, self.strides, strict=True))
        ]

    def build(self, input_shape: Any) -> None:
        """Makes a kernel and a bias for each place."""
        sizes = tf.TensorShape(input_shape).as_list()
        channels = sizes[1 if self.data_format == "channels_first" else -1]
        places = self._places(sizes)
        if None in places or channels is None:
            raise ValueError(
                f"The spatial dimensions of the inputs to {type(self).__name__} should be fully "
                f"defined, but layer received the inputs shape {sizes}"
            )
        self._output_places = places
        window = int(np.prod(self.kernel_size)) * channels
        self.kernel = self.add_weight(
            shape=(int(np.prod(places)), window, self.filters), name="kernel",
            initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )  # fmt: skip
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(*places, self.filters), name="bias", initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The convolved inputs."""
        outputs = local_conv(
            inputs, self.kernel, self.kernel_size, self.strides, self._output_places,
            self.data_format,
        )  # fmt: skip
        if self.bias is not None:
            outputs = K.bias_add(outputs, self.bias, data_format=self.data_format)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The places and the filters."""
        sizes = tf.TensorShape(input_shape).as_list()
        places = self._places(sizes)
        if self.data_format == "channels_first":
            return tf.TensorShape([sizes[0], self.filters, *places])
        return tf.TensorShape([sizes[0], *places, self.filters])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = super().get_config()
        for key in ("filters", "kernel_size", "strides", "padding", "data_format", "use_bias",
                    "implementation"):  # fmt: skip
            config[key] = getattr(self, key)
        for key, _, _ in _NAMED:
            config[key] = lookup.serialized(getattr(self, key))
        config["activity_regularizer"] = lookup.serialized(self.activity_regularizer)
        return config


class LocallyConnected1D(_Local):
    """A convolution of sequences without shared weights."""


class LocallyConnected2D(_Local):
    """A convolution of images without shared weights."""

    rank = 2

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(filters, kernel_size, strides, *args, **kwargs)
