"""Cells whose units see only themselves in the step before (Li et al. 2018, arXiv:1803.04831)."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.layers.input_spec import InputSpec
from flowgraph.recurrent.base import LayerRNNCell, input_depth
from flowgraph.recurrent.lstm import LSTMStateTuple


class _Independent(LayerRNNCell):
    """What the three cells share: a kernel for inputs, one row of weights for the state."""

    def __init__(
        self, num_units: int, activation: Any, reuse: bool | None, name: str | None, dtype: Any
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units, self._activation = num_units, activation or tf.tanh

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    def _add_part(
        self, prefix: str, depth: int, columns: int, kernel: Any, bias: Any
    ) -> tuple[Any, Any, Any]:
        """The variables kernel_w, kernel_u and bias."""
        dtype = self.dtype or tf.float32
        uniform = tf.random_uniform_initializer(minval=-1, maxval=1, dtype=dtype)
        return (
            self.add_variable(f"{prefix}kernel_w", shape=[depth, columns], initializer=kernel),
            self.add_variable(f"{prefix}kernel_u", shape=[1, columns], initializer=uniform),
            self.add_variable(f"{prefix}bias", shape=[columns], initializer=bias),
        )


def _affine(part: tuple[Any, Any, Any], inputs: Any, state: Any) -> Any:
    kernel, weights, bias = part
    return tf.nn.bias_add(tf.matmul(inputs, kernel) + state * weights, bias)


class IndRNNCell(_Independent):
    """`BasicRNNCell` with independent units (tf.contrib.rnn.IndRNNCell).

    Args:
      num_units: the size of state and output.
      activation: a function; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel_w`, `kernel_u` and `bias`."""
        zeros = tf.zeros_initializer(dtype=self.dtype or tf.float32)
        depth = input_depth(inputs_shape)
        self._part = self._add_part("", depth, self._num_units, None, zeros)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output twice."""
        output = self._activation(_affine(self._part, inputs, state))
        return output, output


class IndyGRUCell(_Independent):
    """`GRUCell` with independent units (tf.contrib.rnn.IndyGRUCell).

    Args:
      num_units: the size of state and output.
      activation: a function; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      kernel_initializer: of the kernels for inputs.
      bias_initializer: of both biases; when None ones for the gates, zeros for the candidate.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables of the gates and of the candidate."""
        depth, units, dtype = input_depth(inputs_shape), self._num_units, self.dtype or tf.float32
        ones = self._bias_initializer or tf.constant_initializer(1.0, dtype=dtype)
        zeros = self._bias_initializer or tf.zeros_initializer(dtype=dtype)
        kernel = self._kernel_initializer
        self._gates = self._add_part("gates/", depth, 2 * units, kernel, ones)
        self._candidate = self._add_part("candidate/", depth, units, kernel, zeros)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output twice."""
        gates = tf.sigmoid(_affine(self._gates, inputs, tf.tile(state, [1, 2])))
        reset, update = tf.split(value=gates, num_or_size_splits=2, axis=1)
        candidate = self._activation(_affine(self._candidate, inputs, reset * state))
        output = update * state + (1 - update) * candidate
        return output, output


class IndyLSTMCell(_Independent):
    """`BasicLSTMCell` with independent units (arXiv:1903.08023; tf.contrib.rnn.IndyLSTMCell).

    Args:
      num_units: the size of c, h and the output.
      forget_bias: added to the forget gate's bias.
      activation: a function; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      kernel_initializer: of the kernel for inputs.
      bias_initializer: of the bias; zeros when None.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        activation: Any = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._forget_bias = forget_bias
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    @property
    def state_size(self) -> Any:
        """LSTMStateTuple(num_units, num_units)."""
        return LSTMStateTuple(self._num_units, self._num_units)

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel_w`, `kernel_u` and `bias`."""
        bias = self._bias_initializer or tf.zeros_initializer(dtype=self.dtype or tf.float32)
        self._part = self._add_part(
            "", input_depth(inputs_shape), 4 * self._num_units, self._kernel_initializer, bias
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        c, h = state
        gates = _affine(self._part, inputs, tf.tile(h, [1, 4]))
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        new_c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * self._activation(j)
        new_h = self._activation(new_c) * tf.sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)
