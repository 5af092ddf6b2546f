"""Convolutions whose kernel differs from place to place."""

from __future__ import annotations

from itertools import product
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend.state import data_format_or_default
from flowgraph.keras.backend.variables import int_shape


def local_conv(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Windows of the inputs times the kernel of each place.

    Args:
      inputs: (samples, *places, channels), or channels first.
      kernel: (number of places, window size * channels, filters).
      kernel_size, strides: one int for each axis of places.
      output_shape: the sizes of the output's axes of places.
      data_format: "channels_first" or "channels_last".
    """
    first = data_format_or_default(data_format) == "channels_first"
    if first:
        rank = len(int_shape(inputs))
        inputs = tf.transpose(inputs, [0, *range(2, rank), 1])
    width, _, filters = int_shape(kernel)
    windows = []
    for place in product(*(range(n) for n in output_shape)):
        cut = [slice(None)]
        cut += [
            slice(p * s, p * s + k) for p, s, k in zip(place, strides, kernel_size, strict=True)
        ]
        windows.append(tf.reshape(inputs[tuple(cut)], (1, -1, int_shape(kernel)[1])))
    product_ = tf.matmul(tf.concat(windows, 0), kernel)  # (places, samples, filters)
    del width
    result = tf.reshape(tf.transpose(product_, [1, 0, 2]), (-1, *output_shape, filters))
    if first:
        rank = len(output_shape) + 2
        result = tf.transpose(result, [0, rank - 1, *range(1, rank - 1)])
    return result


def local_conv1d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None
) -> Any:
    """`local_conv` along one axis."""
    return local_conv(inputs, kernel, kernel_size, strides, (int_shape(kernel)[0],), data_format)


def local_conv2d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """`local_conv` of images."""
    return local_conv(inputs, kernel, kernel_size, strides, output_shape, data_format)
