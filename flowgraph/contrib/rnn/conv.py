"""LSTM cells whose products are convolutions (Shi et al. 2015, arXiv:1506.04214)."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.recurrent.base import RNNCell
from flowgraph.recurrent.lstm import LSTMStateTuple


class ConvLSTMCell(RNNCell):
    """An LSTM cell over 1, 2 or 3 dimensions (tf.contrib.rnn.ConvLSTMCell).

    Args:
      conv_ndims: how many dimensions are convolved.
      input_shape: the shape of an input, without the batch.
      output_channels: the channels of c, h and the output.
      kernel_shape: the kernel's size along each dimension.
      use_bias: whether there is a bias.
      skip_connection: whether the inputs are put out too, behind the output's channels.
      forget_bias: added to the forget gate's bias.
      initializers: accepted, as in TensorFlow.
      name: its name.

    Raises:
      ValueError: the input's shape has another number of dimensions.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Any,
        output_channels: int,
        kernel_shape: Any,
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str | None = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        del initializers
        *space, channels = tf.TensorShape(input_shape).as_list()
        if conv_ndims != len(space):
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._conv_ndims, self._output_channels = conv_ndims, output_channels
        self._kernel_shape, self._use_bias = list(kernel_shape), use_bias
        self._forget_bias, self._skip_connection = forget_bias, skip_connection
        total = output_channels + (channels if skip_connection else 0)
        size = tf.TensorShape([*space, output_channels])
        self._state_size = LSTMStateTuple(size, size)
        self._output_size = tf.TensorShape([*space, total])

    @property
    def output_size(self) -> Any:
        """The output's shape, without the batch."""
        return self._output_size

    @property
    def state_size(self) -> Any:
        """The shapes of c and h, without the batch."""
        return self._state_size

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; gives the output and the next state."""
        cell, hidden = state
        gates = _convolved(
            [inputs, hidden], self._kernel_shape, 4 * self._output_channels, self._use_bias
        )
        axis = self._conv_ndims + 1
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=axis)
        new_cell = tf.sigmoid(f + self._forget_bias) * cell + tf.sigmoid(i) * tf.tanh(j)
        output = tf.tanh(new_cell) * tf.sigmoid(o)
        if self._skip_connection:
            output = tf.concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(new_cell, output)


def _convolved(args: list[Any], kernel_shape: list[int], features: int, bias: bool) -> Any:
    ranks = {tensor.shape.rank for tensor in args}
    if len(ranks) > 1 or not ranks <= {3, 4, 5}:
        raise ValueError(
            "Conv Linear expects 3D, 4D or 5D arguments of the same dimension: "
            f"{[tensor.shape for tensor in args]}"
        )
    dtype, depth = args[0].dtype, sum(tensor.shape[-1].value for tensor in args)
    kernel = tf.get_variable("kernel", [*kernel_shape, depth, features], dtype=dtype)
    result = tf.nn.convolution(tf.concat(args, axis=-1), kernel, padding="SAME")
    if not bias:
        return result
    return result + tf.get_variable(
        "biases", [features], dtype=dtype, initializer=tf.constant_initializer(0.0, dtype=dtype)
    )


class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over one dimension."""

    def __init__(self, name: str | None = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over two dimensions."""

    def __init__(self, name: str | None = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over three dimensions."""

    def __init__(self, name: str | None = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
