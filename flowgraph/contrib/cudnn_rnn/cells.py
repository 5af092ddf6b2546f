"""The plain cells that compute what the layers of this package compute."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.contrib.rnn.blocks import LSTMBlockCell
from flowgraph.recurrent.base import check_dtypes, input_depth
from flowgraph.recurrent.cells import GRUCell


class CudnnCompatibleLSTMCell(LSTMBlockCell):
    """`LSTMBlockCell` without a forget bias (tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell).

    Args:
      num_units: the size of c, h and the output.
      reuse: whether its variables are found in its scope, not made.
    """

    def __init__(self, num_units: int, reuse: bool | None = None) -> None:
        super().__init__(num_units, forget_bias=0, reuse=reuse, name="cudnn_compatible_lstm_cell")


class CudnnCompatibleGRUCell(GRUCell):
    """`GRUCell` whose reset gate comes behind the state's product, with a bias of its own.

    Args:
      num_units: the size of state and output.
      reuse: whether its variables are found in its scope, not made.
      kernel_initializer: of all kernels (tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell).
    """

    def __init__(
        self, num_units: int, reuse: bool | None = None, kernel_initializer: Any = None
    ) -> None:
        super().__init__(num_units, reuse=reuse, kernel_initializer=kernel_initializer)

    def build(self, inputs_shape: Any) -> None:
        """Makes the gates' variables, and those of the candidate's two projections."""
        depth, units = input_depth(inputs_shape), self._num_units
        ones = tf.constant_initializer(1.0, dtype=self.dtype or tf.float32)
        zeros = tf.zeros_initializer(dtype=self.dtype or tf.float32)
        self._gate_kernel, self._gate_bias = self._add_part("gates", depth + units, 2 * units, ones)
        (self._input_kernel, self._input_bias), (self._hidden_kernel, self._hidden_bias) = (
            self._add_part(f"candidate/{name}_projection", rows, units, zeros)
            for name, rows in (("input", depth), ("hidden", units))
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output twice."""
        check_dtypes(inputs, state)
        gates = tf.matmul(tf.concat([inputs, state], 1), self._gate_kernel)
        gates = tf.sigmoid(tf.nn.bias_add(gates, self._gate_bias))
        reset, update = tf.split(value=gates, num_or_size_splits=2, axis=1)
        hidden = tf.nn.bias_add(tf.matmul(state, self._hidden_kernel), self._hidden_bias)
        candidate = tf.nn.bias_add(tf.matmul(inputs, self._input_kernel), self._input_bias)
        candidate = self._activation(candidate + reset * hidden)
        output = (1 - update) * candidate + update * state
        return output, output
