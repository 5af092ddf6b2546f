"""Cells that are one op: `LSTMBlockCell`, `LSTMBlockFusedCell`, `GRUBlockCell`."""

from __future__ import annotations

import abc
from typing import Any

import flowgraph as tf
from flowgraph.core.op_def import raw
from flowgraph.layers.base import Layer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.nn import gru_block as _gru_block  # noqa: F401  (its op)
from flowgraph.ops.nn import lstm_block as _lstm_block  # noqa: F401  (likewise)
from flowgraph.recurrent.base import LayerRNNCell
from flowgraph.recurrent.lstm import LSTMStateTuple


def _depth(shape: Any, axis: int) -> int:
    depth = tf.TensorShape(shape)[axis].value
    if not depth:
        raise ValueError(f"Expecting inputs_shape[{axis}] to be set: {shape}")
    return depth


def _add_weights(layer: Any, depth: int) -> None:
    """Makes the variables of an LSTM op: kernel, bias and the peepholes."""
    units = layer._num_units
    layer._kernel = layer.add_variable("kernel", [depth + units, units * 4])
    layer._bias = layer.add_variable("bias", [units * 4], initializer=tf.constant_initializer(0.0))
    if layer._use_peephole:
        layer._w_i_diag, layer._w_f_diag, layer._w_o_diag = (
            layer.add_variable(f"w_{gate}_diag", [units]) for gate in "ifo"
        )
    layer.built = True


def _peepholes(layer: Any, dtype: Any) -> dict[str, Any]:
    """The peepholes as the op takes them."""
    if layer._use_peephole:
        return {"wci": layer._w_i_diag, "wcf": layer._w_f_diag, "wco": layer._w_o_diag}
    none = tf.zeros([layer._num_units], dtype=dtype)
    return {"wci": none, "wcf": none, "wco": none}


class LSTMBlockCell(LayerRNNCell):
    """`BasicLSTMCell` with optional peepholes as one op (tf.contrib.rnn.LSTMBlockCell).

    Its variables are those of a `LSTMCell` and `BasicLSTMCell`, of which the op orders the gates
    in the same way.

    Args:
      num_units: the size of c, h and the output.
      forget_bias: added to the forget gate's bias.
      cell_clip: c is clipped to [-cell_clip, cell_clip]; None: not at all.
      use_peephole: whether the gates see c, through diagonal weights.
      dtype: its variables' dtype; that of the first input when None.
      reuse: whether its variables are found in its scope, not made.
      name: its name.

    Raises:
      ValueError: the input's depth is unknown, or the state is not two tensors.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: bool | None = None,
        name: str | None = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._use_peephole = use_peephole
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        """LSTMStateTuple(num_units, num_units)."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel`, `bias` and the peepholes."""
        _add_weights(self, _depth(inputs_shape, 1))

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        if len(state) != 2:
            raise ValueError("Expecting state to be a tuple with length 2.")
        c_prev, h_prev = state
        outputs = raw.LSTMBlockCell(
            x=inputs, cs_prev=c_prev, h_prev=h_prev, w=self._kernel, b=self._bias,
            forget_bias=self._forget_bias, cell_clip=self._cell_clip,
            use_peephole=self._use_peephole, **_peepholes(self, self.dtype),
        )  # fmt: skip
        c, h = outputs[1], outputs[6]
        return h, LSTMStateTuple(c, h)


class LSTMBlockWrapper(Layer):
    """Base class of LSTM layers over a whole sequence (tf.contrib.rnn.LSTMBlockWrapper).

    A subclass defines the property `num_units` and the method `_call_cell`.
    """

    @property
    @abc.abstractmethod
    def num_units(self) -> int:
        """The size of c, h and the output."""

    @abc.abstractmethod
    def _call_cell(
        self, inputs: Any, initial_cell_state: Any, initial_output: Any, dtype: Any,
        sequence_length: Any,
    ) -> tuple[Any, Any]:  # fmt: skip
        """The states and the outputs of all steps, each [time, batch, num_units]."""

    def call(
        self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None
    ) -> Any:
        """Runs over a sequence.

        Args:
          inputs: a tensor [time, batch, depth], or a list of tensors [batch, depth].
          initial_state: the first (c, h); zeros when None.
          dtype: the first state's dtype; needed unless it is given.
          sequence_length: how many steps each sequence has, an int vector [batch]; None: all.

        Returns:
          The outputs, a tensor or list as the inputs are, and the last state.

        Raises:
          ValueError: the depth is unknown, or there is neither state nor dtype.
        """
        is_list = isinstance(inputs, list)
        inputs = tf.stack(inputs) if is_list else inputs
        shape = inputs.shape.with_rank(3)
        _depth(shape, 2)
        time = shape[0].value or tf.shape(inputs)[0]
        batch = shape[1].value or tf.shape(inputs)[1]
        first, dtype = self._first_state(initial_state, batch, dtype)
        if sequence_length is not None:
            sequence_length = tf.convert_to_tensor(sequence_length)
        states, outputs = self._call_cell(inputs, *first, dtype, sequence_length)
        if sequence_length is None:
            final = LSTMStateTuple(states[-1], outputs[-1])
        else:
            mask = tf.transpose(tf.sequence_mask(sequence_length, time, dtype=dtype), [1, 0])
            outputs *= tf.tile(tf.expand_dims(mask, -1), [1, 1, self.num_units])
            final = LSTMStateTuple(
                _after(first[0], states, sequence_length, batch),
                _after(first[1], outputs, sequence_length, batch),
            )
        return tf.unstack(outputs) if is_list else outputs, final

    def _first_state(self, given: Any, batch: Any, dtype: Any) -> tuple[Any, Any]:
        if given is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            zeros = tf.zeros(tf.stack([batch, self.num_units]), dtype=dtype)
            return (zeros, zeros), dtype
        if len(given) != 2:
            raise ValueError("Expecting initial_state to be a tuple with length 2 or None")
        return tuple(given), given[0].dtype if dtype is None else dtype


def _after(first: Any, steps: Any, lengths: Any, batch: Any) -> Any:
    """Of each sequence the value after its last step."""
    whole = tf.concat([tf.expand_dims(first, 0), steps], 0)
    rows = tf.range(tf.cast(batch, lengths.dtype), dtype=lengths.dtype)
    return tf.gather_nd(whole, tf.stack([lengths, rows], axis=1))


class LSTMBlockFusedCell(LSTMBlockWrapper):
    """An LSTM over a whole sequence as one op (tf.contrib.rnn.LSTMBlockFusedCell).

    Args:
      num_units: the size of c, h and the output.
      forget_bias: added to the forget gate's bias.
      cell_clip: c is clipped to [-cell_clip, cell_clip]; None: not at all.
      use_peephole: whether the gates see c, through diagonal weights.
      reuse: whether its variables are found in its scope, not made.
      dtype: its variables' dtype; that of the first input when None.
      name: its name.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: bool | None = None,
        dtype: Any = None,
        name: str | None = "lstm_fused_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._use_peephole = use_peephole
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self.input_spec = InputSpec(ndim=3)

    @property
    def num_units(self) -> int:
        """The size of c, h and the output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes `kernel`, `bias` and the peepholes."""
        _add_weights(self, _depth(input_shape, 2))

    def _call_cell(
        self, inputs: Any, initial_cell_state: Any = None, initial_output: Any = None,
        dtype: Any = None, sequence_length: Any = None,
    ) -> tuple[Any, Any]:  # fmt: skip
        if sequence_length is None:
            steps = inputs.shape[0].value or tf.shape(inputs)[0]
        else:
            steps = tf.reduce_max(sequence_length)
        outputs = raw.BlockLSTM(
            seq_len_max=tf.cast(steps, tf.int64), x=inputs, cs_prev=initial_cell_state,
            h_prev=initial_output, w=self._kernel, b=self._bias, forget_bias=self._forget_bias,
            cell_clip=self._cell_clip, use_peephole=self._use_peephole, **_peepholes(self, dtype),
        )  # fmt: skip
        return outputs[1], outputs[6]


class GRUBlockCell(LayerRNNCell):
    """`GRUCell` as one op; its variables have names of their own (tf.contrib.rnn.GRUBlockCell).

    Args:
      num_units: the size of state and output.
      cell_size: its older name.
      reuse: whether its variables are found in its scope, not made.
      name: its name.

    Raises:
      ValueError: both or none of the sizes are given, or the input's depth is unknown.
    """

    _names = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: bool | None = None,
        name: str | None = "gru_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        self._cell_size = cell_size if num_units is None else num_units
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._cell_size

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._cell_size

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and biases of the gates and the candidate."""
        units, (w_ru, b_ru, w_c, b_c) = self._cell_size, self._names
        rows = _depth(input_shape, 1) + units
        self._gate_kernel = self.add_variable(w_ru, [rows, units * 2])
        self._gate_bias = self.add_variable(
            b_ru, [units * 2], initializer=tf.constant_initializer(1.0)
        )
        self._candidate_kernel = self.add_variable(w_c, [rows, units])
        self._candidate_bias = self.add_variable(
            b_c, [units], initializer=tf.constant_initializer(0.0)
        )
        self.built = True

    def call(self, inputs: Any, h_prev: Any) -> Any:
        """One step; gives the output twice."""
        size = h_prev.shape.with_rank(2)[1].value
        if size != self._cell_size:
            raise ValueError(f"Shape of h_prev[1] incorrect: cell_size {self._cell_size} vs {size}")
        output = raw.GRUBlockCell(
            x=inputs, h_prev=h_prev, w_ru=self._gate_kernel, w_c=self._candidate_kernel,
            b_ru=self._gate_bias, b_c=self._candidate_bias,
        )[3]  # fmt: skip
        return output, output


class GRUBlockCellV2(GRUBlockCell):
    """`GRUBlockCell` whose variables are named as those of `GRUCell`."""

    _names = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
