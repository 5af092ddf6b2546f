"""Layers over whole sequences with all their weights in one variable, as cuDNN has them.

They run on any machine: a loop for each layer and direction.
"""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.contrib.cudnn_rnn.formats import (
    BIDIRECTION,
    UNIDIRECTION,
    CudnnGRUSaveable,
    CudnnLSTMSaveable,
    CudnnRNNReluSaveable,
    CudnnRNNTanhSaveable,
)
from flowgraph.contrib.cudnn_rnn.steps import KINDS, StepCell
from flowgraph.layers.base import Layer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.recurrent.dynamic import dynamic_rnn

_INPUT_MODES = ("linear_input", "skip_input", "auto_select")


class _CudnnRNN(Layer):
    """Several layers of one kind, in one direction or both.

    Args:
      num_layers: how many layers there are.
      num_units: the size of a layer's state, in each direction.
      input_mode: "linear_input" or "auto_select"; "skip_input", without weights for the inputs of
        the first layer, is not there.
      direction: "unidirectional" or "bidirectional".
      dropout: the probability that a part of what goes from layer to layer is dropped in training.
      seed: of that, and of the kernels.
      dtype: float16, float32 or float64.
      kernel_initializer: of each gate's kernel; Glorot's uniform numbers when None.
      bias_initializer: of each gate's bias; zeros when None.
      name: its name.

    Raises:
      ValueError: a mode, direction or dtype is none of these.
    """

    _rnn_mode: str
    _saveable_cls: Any

    def __init__(
        self,
        num_layers: int,
        num_units: int,
        input_mode: str = "linear_input",
        direction: str = UNIDIRECTION,
        dropout: float = 0.0,
        seed: int | None = None,
        dtype: Any = tf.float32,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, name=name)
        if direction not in (UNIDIRECTION, BIDIRECTION):
            raise ValueError(
                f"Invalid direction: {direction}. Expecting {UNIDIRECTION} or {BIDIRECTION}"
            )
        if input_mode not in _INPUT_MODES or input_mode == "skip_input":
            raise ValueError(f"Invalid input_mode: {input_mode}. Expecting one of {_INPUT_MODES}")
        if tf.as_dtype(dtype) not in (tf.float16, tf.float32, tf.float64):
            raise ValueError(f"Only support float16, float32, float64, provided {dtype}")
        self._num_layers, self._num_units = num_layers, num_units
        self._input_mode, self._direction = input_mode, direction
        self._dropout, self._seed = dropout, seed
        self._kernel_initializer = kernel_initializer or tf.glorot_uniform_initializer(seed=seed)
        self._bias_initializer = bias_initializer or tf.constant_initializer(0.0)
        self._input_size: int | None = None
        self._saveable: Any = None

    # --- what it is made of -----------------------------------------------------------------------
    @property
    def num_layers(self) -> int:
        """How many layers there are."""
        return self._num_layers

    @property
    def num_units(self) -> int:
        """The size of a layer's state."""
        return self._num_units

    @property
    def input_mode(self) -> str:
        """How inputs come in."""
        return self._input_mode

    @property
    def rnn_mode(self) -> str:
        """The kind of layer."""
        return self._rnn_mode

    @property
    def direction(self) -> str:
        """One direction or both."""
        return self._direction

    @property
    def num_dirs(self) -> int:
        """1 or 2."""
        return 1 if self._direction == UNIDIRECTION else 2

    @property
    def input_size(self) -> int:
        """The depth of the inputs; ValueError before it is known."""
        if not self._input_size:
            raise ValueError("'input_size' is unknown since layer has not been built.")
        return self._input_size

    @property
    def canonical_weight_shapes(self) -> list[tuple[int, int]]:
        """The shapes of all gates' kernels: of each layer and direction, for inputs, then states.

        Raises:
          RuntimeError: the depth of the inputs is not known yet.
        """
        if not self._input_size:
            raise RuntimeError(
                f"{type(self).__name__}.canonical_weight_shapes invoked before input shape is known"
            )
        return self._converter().weight_shapes

    def _converter(self) -> Any:
        return self._saveable_cls._format_converter_cls(
            self._num_layers, self._num_units, self._input_size, direction=self._direction
        )

    @property
    def saveable(self) -> Any:
        """What saves the weights under the names of plain cells; None before they are there."""
        return self._saveable

    @property
    def canonical_bias_shapes(self) -> list[list[int]]:
        """The shapes of all biases: of each gate one for inputs and one for states."""
        count = 2 * KINDS[self._rnn_mode].gates * self.num_dirs * self._num_layers
        return [[self._num_units]] * count

    def state_shape(self, batch_size: Any) -> tuple[list[Any], ...]:
        """The shapes of the states, (h, c) or (h,)."""
        shape = [self._num_layers * self.num_dirs, batch_size, self._num_units]
        return (shape,) * (2 if KINDS[self._rnn_mode].has_memory else 1)

    def build(self, input_shape: Any) -> None:
        """Makes `opaque_kernel`: all kernels, then all biases, in one vector."""
        if self.built:
            return
        shape = tf.TensorShape(input_shape)
        if shape.rank != 3:
            raise ValueError(f"Expecting input_shape with 3 dims, got {shape.rank}")
        if shape[-1].value is None:
            raise ValueError("The last dimension of the inputs to `CudnnRNN` should be defined.")
        self._input_size = shape[-1].value
        self.input_spec = InputSpec(ndim=3, axes={-1: self._input_size})
        dtype = tf.as_dtype(self.dtype)
        size = sum(a * b for a, b in self.canonical_weight_shapes)
        size += sum(a for (a,) in self.canonical_bias_shapes)

        def initial(_: Any, dtype: Any = dtype, partition_info: Any = None) -> Any:
            parts = [self._kernel_initializer(s, dtype) for s in self.canonical_weight_shapes]
            parts += [self._bias_initializer(s, dtype) for s in self.canonical_bias_shapes]
            return tf.concat([tf.reshape(part, [-1]) for part in parts], 0)

        self.kernel = self.add_variable("opaque_kernel", [size], initializer=initial)
        self._saveable = self._saveable_cls(
            self.kernel, self._num_layers, self._num_units, self._input_size,
            direction=self._direction, scope=self._scope, name=f"{self.kernel.op.name}_saveable",
        )  # fmt: skip
        tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, self._saveable)
        self.built = True

    # --- what it computes -------------------------------------------------------------------------
    def call(
        self,
        inputs: Any,
        initial_state: Any = None,
        sequence_lengths: Any = None,
        time_major: bool = True,
        training: Any = True,
    ) -> Any:
        """Runs over a sequence.

        Args:
          inputs: a tensor [time, batch, depth], or [batch, time, depth] unless `time_major`.
          initial_state: tensors [layers * directions, batch, units]: (h, c) or (h,); zeros when
            None.
          sequence_lengths: how many steps each sequence has, an int vector [batch]; None: all.
          time_major: the order of axes in inputs and outputs.
          training: whether there is dropout.

        Returns:
          The outputs, and the states after the last step, in the form of `initial_state`.
        """
        inputs = tf.convert_to_tensor(inputs, dtype=self.dtype)
        x = inputs if time_major else tf.transpose(inputs, [1, 0, 2])
        if initial_state is None:
            shapes = self.state_shape(tf.shape(x)[1])
            initial_state = tuple(tf.zeros(shape, self.dtype) for shape in shapes)
        # (c, h), as the step has them
        first = [tf.unstack(tf.convert_to_tensor(s), self._num_layers * self.num_dirs)
                 for s in reversed(initial_state)]  # fmt: skip
        weights, last = self._weights(), []
        for layer in range(self._num_layers):
            if layer and self._dropout and training is not False:
                x = self._between(x, training)
            outputs = []
            for way in range(self.num_dirs):
                number = layer * self.num_dirs + way
                output, state = self._run(
                    x, weights[number], tuple(s[number] for s in first), sequence_lengths, way == 1
                )
                outputs.append(output)
                last.append(state)
            x = tf.concat(outputs, 2) if len(outputs) > 1 else outputs[0]
        states = tuple(tf.stack(parts) for parts in reversed(list(zip(*last, strict=True))))
        return x if time_major else tf.transpose(x, [1, 0, 2]), states

    def _between(self, x: Any, training: Any) -> Any:
        rate = self._dropout
        if not isinstance(training, bool | int):
            rate = tf.where(training, tf.constant(rate), tf.constant(0.0))
        return tf.nn.dropout(x, rate=rate, seed=self._seed)

    def _weights(self) -> list[tuple[Any, Any, Any, Any]]:
        """Of each layer and direction: kernel and bias for inputs, kernel and bias for states."""
        kernels, biases = self._converter().split(self.kernel)
        kernels, gates = [tf.transpose(part) for part in kernels], KINDS[self._rnn_mode].gates
        found = []
        for start in range(0, len(kernels), 2 * gates):
            (w, r), (b, s) = (
                (part[start : start + gates], part[start + gates : start + 2 * gates])
                for part in (kernels, biases)
            )
            found.append((tf.concat(w, 1), tf.concat(b, 0), tf.concat(r, 1), tf.concat(s, 0)))
        return found

    def _run(
        self, x: Any, weights: tuple[Any, Any, Any, Any], state: Any, lengths: Any, back: bool
    ) -> tuple[Any, Any]:
        """One layer in one direction."""
        kernel, bias, recurrent, recurrent_bias = weights
        products = tf.tensordot(x, kernel, 1) + bias
        cell = StepCell(KINDS[self._rnn_mode], self._num_units, recurrent, recurrent_bias)
        products = _reversed(products, lengths) if back else products
        output, last = dynamic_rnn(cell, products, lengths, initial_state=state, time_major=True)
        return _reversed(output, lengths) if back else output, last


def _reversed(x: Any, lengths: Any) -> Any:
    if lengths is None:
        return tf.reverse(x, [0])
    return tf.reverse_sequence(x, lengths, seq_axis=0, batch_axis=1)


class CudnnLSTM(_CudnnRNN):
    """Layers of LSTMs, whose states are (h, c) (tf.contrib.cudnn_rnn.CudnnLSTM)."""

    _rnn_mode = "lstm"
    _saveable_cls = CudnnLSTMSaveable


class CudnnGRU(_CudnnRNN):
    """Layers of GRUs (tf.contrib.cudnn_rnn.CudnnGRU)."""

    _rnn_mode = "gru"
    _saveable_cls = CudnnGRUSaveable


class CudnnRNNTanh(_CudnnRNN):
    """Layers of plain cells with tanh (tf.contrib.cudnn_rnn.CudnnRNNTanh)."""

    _rnn_mode = "rnn_tanh"
    _saveable_cls = CudnnRNNTanhSaveable


class CudnnRNNRelu(_CudnnRNN):
    """Layers of plain cells with relu (tf.contrib.cudnn_rnn.CudnnRNNRelu)."""

    _rnn_mode = "rnn_relu"
    _saveable_cls = CudnnRNNReluSaveable
