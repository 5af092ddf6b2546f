"""LSTM cells that run over frequencies as well as time (Li et al. 2016, arXiv:1602.06289)."""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.contrib.rnn.shards import concat_variable
from flowgraph.contrib.rnn.windows import Windows
from flowgraph.recurrent.base import RNNCell
from flowgraph.recurrent.lstm import warn_of_joined_state


class _Block(NamedTuple):
    """The variables of one block of frequencies."""

    freq: tuple[Any, Any]
    time: tuple[Any, Any] | None  # None: as those for frequencies
    holes: dict[str, Any]


class GridLSTMCell(RNNCell):
    """An LSTM over windows of an input's features, and over time (tf.contrib.rnn.GridLSTMCell).

    Args:
      num_units: the size of c and m of a window.
      use_peepholes: whether the gates see the memories, through diagonal weights.
      share_time_frequency_weights: whether both directions have the same weights.
      cell_clip: memories are clipped to [-cell_clip, cell_clip]; None: not at all.
      initializer: accepted, as in TensorFlow.
      num_unit_shards: into how many variables the weights go.
      forget_bias: added to the forget gates' bias.
      feature_size: the size of a window.
      frequency_skip: how far a window is from the next.
      num_frequency_blocks: a list, how many windows each block has.
      start_freqindex_list: where each block begins; None: there is one block.
      end_freqindex_list: where each block ends.
      couple_input_forget_gates: whether the forget gate is what the input gate leaves.
      state_is_tuple: whether the state is a tuple; else one tensor.
      reuse: whether variables are found, not made.

    Raises:
      ValueError: `num_frequency_blocks` is missing, or does not fit the input.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        num_frequency_blocks: list[int] | None = None,
        start_freqindex_list: list[int] | None = None,
        end_freqindex_list: list[int] | None = None,
        couple_input_forget_gates: bool = False,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        warn_of_joined_state(self, state_is_tuple)
        self._num_units, self._use_peepholes, self._cell_clip = num_units, use_peepholes, cell_clip
        self._share_time_frequency_weights = share_time_frequency_weights
        self._couple_input_forget_gates = couple_input_forget_gates
        self._state_is_tuple, self._initializer = state_is_tuple, initializer
        self._num_unit_shards, self._forget_bias = num_unit_shards, forget_bias
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self._num_frequency_blocks = num_frequency_blocks
        self._windows = Windows(
            feature_size, frequency_skip, num_frequency_blocks, start_freqindex_list,
            end_freqindex_list,
        )  # fmt: skip
        self._total_blocks = sum(int(count) for count in num_frequency_blocks)
        self._output_size = num_units * self._total_blocks * 2
        self._state_tuple_type: Any = None
        self._state_size: Any = self._output_size
        if state_is_tuple:
            self._set_state_type("GridLSTMStateTuple", ["state"])

    def _set_state_type(self, name: str, prefixes: list[str]) -> None:
        names = [
            f"{prefix}_f{freq:02d}_b{block:02d}_{part}"
            for prefix in prefixes
            for block, count in enumerate(self._num_frequency_blocks)
            for freq in range(count)
            for part in "cm"
        ]
        self._state_tuple_type = namedtuple(name, names)
        self._state_size = self._state_tuple_type(*[self._num_units] * len(names))

    @property
    def output_size(self) -> Any:
        """The size of all windows' outputs of both directions."""
        return self._output_size

    @property
    def state_size(self) -> Any:
        """A tuple of the windows' sizes, or their sum."""
        return self._state_size

    @property
    def state_tuple_type(self) -> Any:
        """The namedtuple of the state, None for one tensor."""
        return self._state_tuple_type

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output and the next state."""
        batch_size = inputs.shape[0].value or tf.shape(inputs)[0]
        outputs, states = [], []
        for block, windows in enumerate(self._windows.of(inputs)):
            made, kept = self._compute(windows, block, state, batch_size, "state")
            outputs += made
            states += kept
        output = tf.concat(outputs, 1)
        if self._state_is_tuple:
            return output, self._state_tuple_type(*states)
        return output, tf.concat(states, 1)

    # --- one block --------------------------------------------------------------------------------
    def _variables(self, block: int, depth: int, dtype: Any) -> _Block:
        units = self._num_units
        columns = (3 if self._couple_input_forget_gates else 4) * units

        def weights(letter: str) -> tuple[Any, Any]:
            shape = [depth + 2 * units, columns]
            kernel = concat_variable(f"W_{letter}_{block}", shape, dtype, self._num_unit_shards)
            bias = tf.get_variable(
                f"B_{letter}_{block}", shape=[columns], initializer=tf.zeros_initializer(),
                dtype=dtype,
            )  # fmt: skip
            return kernel, bias

        freq = weights("f")
        shared = self._share_time_frequency_weights
        time = None if shared else weights("t")
        kinds = [] if not self._use_peepholes else ["freq"] if shared else ["freq", "time"]
        gates = "IO" if self._couple_input_forget_gates else "FIO"
        holes = {
            f"{gate}_{kind}{of}": tf.get_variable(
                f"W_{gate}_diag_{kind}{of}_{block}", shape=[units], dtype=dtype
            )
            for kind in kinds
            for gate in gates
            for of in "ft"
        }
        return _Block(freq, time, holes)

    def _compute(
        self, windows: list[Any], block: int, state: Any, batch_size: Any, prefix: str
    ) -> tuple[list[Any], list[Any]]:
        """The outputs (of time, of frequency) and states (c, m) of a block's windows."""
        dtype = windows[0].dtype
        variables = self._variables(block, windows[0].shape[1].value, dtype)
        c_freq = m_freq = tf.zeros([batch_size, self._num_units], dtype)
        outputs, states = [], []
        for number, window in enumerate(windows):
            c_time, m_time = self._before(state, number, block, prefix)
            inputs = tf.concat([window, m_time, m_freq], 1)
            memories = (c_freq, c_time)
            kind = "freq" if self._share_time_frequency_weights else "time"
            new_freq, gate_freq = self._memory(inputs, variables, "freq", memories, c_freq)
            new_time, gate_time = self._memory(inputs, variables, kind, memories, c_time)
            c_freq, c_time = new_freq, new_time
            holes = variables.holes
            m_freq = self._output(gate_freq, holes, "freq", (c_freq, c_time), c_freq)
            m_time = self._output(gate_time, holes, kind, (c_freq, c_time), c_time)
            states += [c_time, m_time]
            outputs += [m_time, m_freq]
        return outputs, states

    def _before(self, state: Any, number: int, block: int, prefix: str) -> tuple[Any, Any]:
        if self._state_is_tuple:
            name = f"{prefix}_f{number:02d}_b{block:02d}"
            return getattr(state, f"{name}_c"), getattr(state, f"{name}_m")
        units = self._num_units
        return tuple(
            tf.slice(state, [0, (2 * number + part) * units], [-1, units]) for part in (0, 1)
        )

    def _seen(self, gate: Any, name: str, holes: Any, kind: str, memories: Any) -> Any:
        """A gate's sum, with what it sees of the memories of both directions."""
        if not self._use_peepholes:
            return gate
        freq, time = memories
        return gate + holes[f"{name}_{kind}f"] * freq + holes[f"{name}_{kind}t"] * time

    def _memory(
        self, inputs: Any, variables: _Block, kind: str, memories: Any, old: Any
    ) -> tuple[Any, Any]:
        """The new memory of a direction, and the sum of its output gate."""
        kernel, bias = variables.freq if kind == "freq" else variables.time
        gates = tf.nn.bias_add(tf.matmul(inputs, kernel), bias)
        holes = variables.holes
        if self._couple_input_forget_gates:
            i, j, o = tf.split(value=gates, num_or_size_splits=3, axis=1)
        else:
            i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        enter = tf.sigmoid(self._seen(i, "I", holes, kind, memories))
        if self._couple_input_forget_gates:
            kept = 1.0 - enter
        else:
            kept = tf.sigmoid(self._seen(f + self._forget_bias, "F", holes, kind, memories))
        new = kept * old + enter * tf.tanh(j)
        if self._cell_clip is not None:
            new = tf.clip_by_value(new, -self._cell_clip, self._cell_clip)
        return new, o

    def _output(self, gate: Any, holes: Any, kind: str, memories: Any, memory: Any) -> Any:
        return tf.sigmoid(self._seen(gate, "O", holes, kind, memories)) * tf.tanh(memory)


class BidirectionalGridLSTMCell(GridLSTMCell):
    """`GridLSTMCell` over the frequencies from both ends.

    Its arguments are those of `GridLSTMCell`; `backward_slice_offset` moves the windows of the way
    back (tf.contrib.rnn.BidirectionalGridLSTMCell).
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        num_frequency_blocks: list[int] | None = None,
        start_freqindex_list: list[int] | None = None,
        end_freqindex_list: list[int] | None = None,
        couple_input_forget_gates: bool = False,
        backward_slice_offset: int = 0,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(
            num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer,
            num_unit_shards, forget_bias, feature_size, frequency_skip, num_frequency_blocks,
            start_freqindex_list, end_freqindex_list, couple_input_forget_gates, True, reuse,
        )  # fmt: skip
        self._backward_slice_offset = int(backward_slice_offset)
        self._set_state_type("BidirectionalGridLSTMStateTuple", ["fwd_state", "bwd_state"])
        self._output_size *= 2

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives the output and the next state."""
        batch_size = inputs.shape[0].value or tf.shape(inputs)[0]
        ways = {"fwd": self._windows.of(inputs)}
        back = self._windows.of(inputs, self._backward_slice_offset)
        ways["bwd"] = [windows[::-1] for windows in back]
        outputs, states = [], []
        for way, blocks in ways.items():
            with tf.variable_scope(way):
                for block, windows in enumerate(blocks):
                    made, kept = self._compute(windows, block, state, batch_size, f"{way}_state")
                    outputs += made
                    states += kept
        return tf.concat(outputs, 1), self._state_tuple_type(*states)


class TimeFreqLSTMCell(RNNCell):
    """An LSTM over windows of an input's features, within each step (tf.contrib.rnn).

    Args:
      num_units: the size of c and m of a window.
      use_peepholes: whether the gates see c, through diagonal weights.
      cell_clip: c is clipped to [-cell_clip, cell_clip]; None: not at all.
      initializer: accepted, as in TensorFlow.
      num_unit_shards: into how many variables the weights go.
      forget_bias: added to the forget gate's bias.
      feature_size: the size of a window.
      frequency_skip: how far a window is from the next.
      reuse: whether variables are found, not made.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int = 1,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._use_peepholes, self._cell_clip = num_units, use_peepholes, cell_clip
        self._num_unit_shards, self._forget_bias = num_unit_shards, forget_bias
        self._windows = Windows(feature_size, frequency_skip, None, None, None)

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    @property
    def state_size(self) -> Any:
        """Twice the number of units."""
        return 2 * self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives all windows' m, and all their (c, m)."""
        units, dtype = self._num_units, inputs.dtype
        windows = self._windows.of(inputs)[0]
        depth = windows[0].shape[1].value
        kernel = concat_variable("W", [depth + 2 * units, 4 * units], dtype, self._num_unit_shards)
        bias = tf.get_variable(
            "B", shape=[4 * units], initializer=tf.zeros_initializer(), dtype=dtype
        )
        holes = [
            tf.get_variable(f"W_{gate}_diag", shape=[units], dtype=dtype) for gate in "FIO"
        ] if self._use_peepholes else None  # fmt: skip
        m_below = tf.zeros([inputs.shape[0].value or tf.shape(inputs)[0], units], dtype)
        outputs, states = [], []
        for number, window in enumerate(windows):
            c_prev, m_prev = (
                tf.slice(state, [0, (2 * number + part) * units], [-1, units]) for part in (0, 1)
            )
            joined = tf.concat([window, m_prev, m_below], 1)
            gates = tf.nn.bias_add(tf.matmul(joined, kernel), bias)
            c, m_below = self._window(gates, c_prev, holes)
            outputs.append(m_below)
            states += [c, m_below]
        return tf.concat(outputs, 1), tf.concat(states, 1)

    def _window(self, gates: Any, c_prev: Any, holes: Any) -> tuple[Any, Any]:
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        f = f + self._forget_bias
        if holes:
            f, i = f + holes[0] * c_prev, i + holes[1] * c_prev
        c = tf.sigmoid(f) * c_prev + tf.sigmoid(i) * tf.tanh(j)
        if self._cell_clip is not None:
            c = tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        if holes:
            o = o + holes[2] * c
        return c, tf.sigmoid(o) * tf.tanh(c)
