"""Gated cells: update gates, intersections, the cell found by search, simple recurrent units."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.contrib.rnn.linear import kept_linear
from flowgraph.layers.input_spec import InputSpec
from flowgraph.recurrent.base import LayerRNNCell, RNNCell, input_depth
from flowgraph.recurrent.lstm import LSTMStateTuple


class _Units(RNNCell):
    """A cell whose state and output have `num_units`."""

    _num_units: int

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units


class UGRNNCell(_Units):
    """The update-gate cell (Collins et al. 2016, arXiv:1611.09913; tf.contrib.rnn.UGRNNCell).

    Args:
      num_units: the size of state and output.
      initializer: of the kernel; the scope's when None.
      forget_bias: added to the gate's bias.
      activation: a function.
      reuse: whether variables are found, not made.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Any = tf.tanh,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._initializer = num_units, initializer
        self._forget_bias, self._activation = forget_bias, activation

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output twice."""
        input_depth(inputs.shape.with_rank(2))
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            both = tf.concat([inputs, state], 1)
            made = kept_linear(self, "gates", both, 2 * self._num_units)
        gate, candidate = tf.split(axis=1, num_or_size_splits=2, value=made)
        kept = tf.sigmoid(gate + self._forget_bias)
        output = kept * state + (1.0 - kept) * self._activation(candidate)
        return output, output


class IntersectionRNNCell(_Units):
    """The intersection cell (Collins et al. 2016, arXiv:1611.09913), for deep networks.

    Args:
      num_units: the size of state and output.
      num_in_proj: whether inputs of another size are projected to `num_units`.
      initializer: of the kernels; the scope's when None.
      forget_bias: added to the gates' biases.
      y_activation: of the output, a function.
      reuse: whether variables are found, not made.

    Raises:
      ValueError: inputs have another size and are not projected
        (tf.contrib.rnn.IntersectionRNNCell).
    """

    def __init__(
        self,
        num_units: int,
        num_in_proj: int | None = None,
        initializer: Any = None,
        forget_bias: float = 1.0,
        y_activation: Any = tf.nn.relu,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._initializer = num_units, initializer
        self._forget_bias, self._num_input_proj = forget_bias, num_in_proj
        self._y_activation = y_activation

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output and the next state."""
        units = self._num_units
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            if input_depth(inputs.shape.with_rank(2)) != units:
                if not self._num_input_proj:
                    raise ValueError(
                        "Must have input size == output size for Intersection RNN. To fix, "
                        "num_in_proj should be set to num_units at cell init."
                    )
                with tf.variable_scope("in_projection"):
                    inputs = kept_linear(self, "inputs", inputs, units)
            made = kept_linear(self, "gates", tf.concat([inputs, state], 1), 4 * units)
        gate_h, h, gate_y, y = tf.split(made, 4, axis=1)
        kept_h = tf.sigmoid(gate_h + self._forget_bias)
        kept_y = tf.sigmoid(gate_y + self._forget_bias)
        new_state = kept_h * state + (1.0 - kept_h) * tf.tanh(h)
        return kept_y * inputs + (1.0 - kept_y) * self._y_activation(y), new_state


class NASCell(LayerRNNCell):
    """The cell that was found by search (Zoph and Le 2016, arXiv:1611.01578).

    Args:
      num_units: the size of c, and of h and the output unless there is a projection.
      num_proj: the size to which h is projected; None: no projection.
      use_bias: whether the recurrent products have a bias.
      reuse: whether its variables are found in its scope, not made.
      **kwargs: what else a layer takes (tf.contrib.rnn.NASCell).
    """

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units, self._num_proj, self._use_bias = num_units, num_proj, use_bias
        self._output_size = num_units if num_proj is None else num_proj

    @property
    def state_size(self) -> Any:
        """LSTMStateTuple(num_units, output_size)."""
        return LSTMStateTuple(self._num_units, self._output_size)

    @property
    def output_size(self) -> Any:
        """The projection's size, or the number of units."""
        return self._output_size

    def build(self, inputs_shape: Any) -> None:
        """Makes `recurrent_kernel`, `kernel`, `bias` and `projection_weights`."""
        columns = 8 * self._num_units
        self.recurrent_kernel = self.add_variable("recurrent_kernel", [self._output_size, columns])
        self.kernel = self.add_variable("kernel", [input_depth(inputs_shape), columns])
        if self._use_bias:
            self.bias = self.add_variable(
                "bias", shape=[columns], initializer=tf.zeros_initializer()
            )
        if self._num_proj is not None:
            self.projection_weights = self.add_variable(
                "projection_weights", [self._num_units, self._num_proj]
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        sigmoid, tanh, relu = tf.sigmoid, tf.tanh, tf.nn.relu
        c_prev, m_prev = state
        recurrent = tf.matmul(m_prev, self.recurrent_kernel)
        if self._use_bias:
            recurrent = tf.nn.bias_add(recurrent, self.bias)
        m = tf.split(recurrent, 8, axis=1)
        x = tf.split(tf.matmul(inputs, self.kernel), 8, axis=1)
        left = tanh(sigmoid(x[0] + m[0]) * relu(x[1] + m[1]))
        memory = tanh(sigmoid(x[2] + m[2]) + relu(x[3] * m[3]))
        right = tanh(tanh(x[4] + m[4]) * sigmoid(x[5] + m[5]))
        gate = sigmoid(tanh(x[6] + m[6]) + sigmoid(x[7] + m[7]))
        new_c = tanh(left + c_prev) * memory
        new_m = tanh(new_c * tanh(right + gate))
        if self._num_proj is not None:
            new_m = tf.matmul(new_m, self.projection_weights)
        return new_m, LSTMStateTuple(new_c, new_m)


class SRUCell(LayerRNNCell):
    """The simple recurrent unit (Lei et al. 2017, arXiv:1709.02755; tf.contrib.rnn.SRUCell).

    Args:
      num_units: the size of state and output; inputs have this size too.
      activation: a function; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      name: its name.
      **kwargs: what else a layer takes.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, **kwargs)
        self._num_units, self._activation = num_units, activation or tf.tanh
        self.input_spec = InputSpec(ndim=2)

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
        units = self._num_units
        self._kernel = self.add_variable("kernel", shape=[input_depth(inputs_shape), 4 * units])
        self._bias = self.add_variable(
            "bias", shape=[2 * units], initializer=tf.zeros_initializer()
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output and the next state."""
        x, forget, reset, carried = tf.split(
            value=tf.matmul(inputs, self._kernel), num_or_size_splits=4, axis=1
        )
        gates = tf.sigmoid(tf.nn.bias_add(tf.concat([forget, reset], 1), self._bias))
        forget, reset = tf.split(value=gates, num_or_size_splits=2, axis=1)
        c = forget * state + (1.0 - forget) * x
        return reset * self._activation(c) + (1.0 - reset) * carried, c
