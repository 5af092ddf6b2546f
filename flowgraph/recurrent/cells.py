"""The plain cells: `BasicRNNCell` and `GRUCell`."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.layers import lookup
from flowgraph.layers.input_spec import InputSpec
from flowgraph.recurrent.base import (
    LayerRNNCell,
    activation_or_tanh,
    check_dtype,
    check_dtypes,
    input_depth,
)


class BasicRNNCell(LayerRNNCell):
    """The simplest cell: output = next state = activation(W [input, state] + b).

    Args:
      num_units: the size of state and output.
      activation: a function or its name; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
      **kwargs: what else a layer takes.

    Raises:
      ValueError: the dtype is not floating, or the input's depth is unknown
        (tf.nn.rnn_cell.BasicRNNCell).
    """

    _arguments = ("num_units", "activation", "reuse")

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_dtype(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_or_tanh(activation)

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel` and `bias`."""
        check_dtype(self.dtype)
        rows = input_depth(inputs_shape) + self._num_units
        self._kernel = self.add_variable("kernel", shape=[rows, self._num_units])
        self._bias = self.add_variable(
            "bias", shape=[self._num_units], initializer=tf.zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output twice."""
        check_dtypes(inputs, state)
        both = tf.matmul(tf.concat([inputs, state], 1), self._kernel)
        output = self._activation(tf.nn.bias_add(both, self._bias))
        return output, output


class GRUCell(LayerRNNCell):
    """The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078; tf.nn.rnn_cell.GRUCell).

    Args:
      num_units: the size of state and output.
      activation: of the candidate, a function or its name; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      kernel_initializer: of both kernels.
      bias_initializer: of both biases; when None ones for the gates, zeros for the candidate.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
      **kwargs: what else a layer takes.

    Raises:
      ValueError: the dtype is not floating, or the input's depth is unknown.
    """

    _arguments = ("num_units", "kernel_initializer", "bias_initializer", "activation", "reuse")

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_dtype(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_or_tanh(activation)
        self._kernel_initializer = lookup.initializer(kernel_initializer)
        self._bias_initializer = lookup.initializer(bias_initializer)

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `gates/kernel`, `gates/bias`, `candidate/kernel` and `candidate/bias`."""
        check_dtype(self.dtype)
        rows, units = input_depth(inputs_shape) + self._num_units, self._num_units
        ones = tf.constant_initializer(1.0, dtype=self.dtype or tf.float32)
        zeros = tf.zeros_initializer(dtype=self.dtype or tf.float32)
        self._gate_kernel, self._gate_bias = self._add_part("gates", rows, 2 * units, ones)
        self._candidate_kernel, self._candidate_bias = self._add_part(
            "candidate", rows, units, zeros
        )
        self.built = True

    def _add_part(self, name: str, rows: int, columns: int, bias: Any) -> tuple[Any, Any]:
        chosen = bias if self._bias_initializer is None else self._bias_initializer
        return (
            self.add_variable(
                f"{name}/kernel", shape=[rows, columns], initializer=self._kernel_initializer
            ),
            self.add_variable(f"{name}/bias", shape=[columns], initializer=chosen),
        )

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output twice."""
        check_dtypes(inputs, state)
        gates = tf.matmul(tf.concat([inputs, state], 1), self._gate_kernel)
        gates = tf.sigmoid(tf.nn.bias_add(gates, self._gate_bias))
        reset, update = tf.split(value=gates, num_or_size_splits=2, axis=1)
        candidate = tf.matmul(tf.concat([inputs, reset * state], 1), self._candidate_kernel)
        candidate = self._activation(tf.nn.bias_add(candidate, self._candidate_bias))
        output = update * state + (1 - update) * candidate
        return output, output
