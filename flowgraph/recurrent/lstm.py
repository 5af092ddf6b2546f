"""Long short-term memory (Hochreiter and Schmidhuber 1997): `BasicLSTMCell` and `LSTMCell`."""

from __future__ import annotations

import logging
from collections import namedtuple
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

_log = logging.getLogger("flowgraph")


class LSTMStateTuple(namedtuple("LSTMStateTuple", ("c", "h"))):
    """A cell's state: what it remembers, `c`, and its last output, `h`."""

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The dtype of both; TypeError when they differ."""
        c, h = self
        if c.dtype != h.dtype:
            raise TypeError(f"Inconsistent internal state: {c.dtype} vs {h.dtype}")
        return c.dtype


def warn_of_joined_state(cell: Any, state_is_tuple: bool) -> None:
    """Tells the user that one joined tensor for c and h is TensorFlow's old way."""
    if not state_is_tuple:
        _log.warning(
            "%s: Using a concatenated state is slower and will soon be deprecated.  "
            "Use state_is_tuple=True.",
            cell,
        )


class BasicLSTMCell(LayerRNNCell):
    """The LSTM cell without peepholes, clipping or projection (tf.nn.rnn_cell.BasicLSTMCell).

    Args:
      num_units: the size of c, h and the output.
      forget_bias: added to the forget gate's bias, so that a new cell remembers.
      state_is_tuple: whether the state is an `LSTMStateTuple`; else one tensor [batch, c and h].
      activation: a function or its name; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
      **kwargs: what else a layer takes.

    Raises:
      ValueError: the dtype is not floating, or the input's depth is unknown.
    """

    _arguments = ("num_units", "forget_bias", "state_is_tuple", "activation", "reuse")

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_dtype(self.dtype)
        warn_of_joined_state(self, state_is_tuple)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation_or_tanh(activation)

    @property
    def state_size(self) -> Any:
        """LSTMStateTuple(num_units, num_units), or their sum."""
        units = self._num_units
        return LSTMStateTuple(units, units) if self._state_is_tuple else 2 * units

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel` and `bias`."""
        check_dtype(self.dtype)
        units = self._num_units
        self._kernel = self.add_variable(
            "kernel", shape=[input_depth(inputs_shape) + units, 4 * units]
        )
        self._bias = self.add_variable(
            "bias", shape=[4 * units], initializer=tf.zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        check_dtypes(inputs, state)
        if self._state_is_tuple:
            c, h = state
        else:
            c, h = tf.split(value=state, num_or_size_splits=2, axis=1)
        gates = tf.nn.bias_add(tf.matmul(tf.concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        forget_bias = tf.constant(self._forget_bias, dtype=f.dtype)
        kept = tf.multiply(c, tf.sigmoid(tf.add(f, forget_bias)))
        new_c = tf.add(kept, tf.multiply(tf.sigmoid(i), self._activation(j)))
        new_h = tf.multiply(self._activation(new_c), tf.sigmoid(o))
        if self._state_is_tuple:
            return new_h, LSTMStateTuple(new_c, new_h)
        return new_h, tf.concat([new_c, new_h], 1)


class LSTMCell(LayerRNNCell):
    """The LSTM cell with peepholes, clipping and projection, each optional.

    Peepholes: Sak et al. 2014, "Long short-term memory recurrent neural network architectures for
    large scale acoustic modeling" (tf.nn.rnn_cell.LSTMCell).

    Args:
      num_units: the size of c, and of h and the output unless there is a projection.
      use_peepholes: whether the gates see c, through diagonal weights.
      cell_clip: c is clipped to [-cell_clip, cell_clip]; None: not at all.
      initializer: of the kernels.
      num_proj: the size to which h is projected; None: no projection.
      proj_clip: the projection is clipped likewise.
      num_unit_shards: into how many pieces the kernel's variable goes (deprecated).
      num_proj_shards: likewise for the projection's.
      forget_bias: added to the forget gate's bias.
      state_is_tuple: whether the state is an `LSTMStateTuple`; else one tensor [batch, c and h].
      activation: a function or its name; tanh when None.
      reuse: whether its variables are found in its scope, not made.
      name: its name.
      dtype: its variables' dtype; that of the first input when None.
      **kwargs: what else a layer takes.

    Raises:
      ValueError: the dtype is not floating, or the input's depth is unknown.
    """

    _arguments = (
        "num_units", "use_peepholes", "cell_clip", "initializer", "num_proj", "proj_clip",
        "num_unit_shards", "num_proj_shards", "forget_bias", "state_is_tuple", "activation",
        "reuse",
    )  # fmt: skip

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_dtype(self.dtype)
        warn_of_joined_state(self, state_is_tuple)
        self.input_spec = InputSpec(ndim=2)
        self._num_units, self._num_proj = num_units, num_proj
        self._use_peepholes = use_peepholes
        self._cell_clip, self._proj_clip = cell_clip, proj_clip
        self._initializer = lookup.initializer(initializer)
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation_or_tanh(activation)
        self._output_size = num_proj or num_units
        self._state_size = (
            LSTMStateTuple(num_units, self._output_size)
            if state_is_tuple
            else num_units + self._output_size
        )

    @property
    def state_size(self) -> Any:
        """LSTMStateTuple(num_units, output_size), or their sum."""
        return self._state_size

    @property
    def output_size(self) -> Any:
        """The projection's size, or the number of units."""
        return self._output_size

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel`, `bias`, the peepholes `w_[fio]_diag` and `projection/kernel`."""
        check_dtype(self.dtype)
        units = self._num_units
        h_depth = units if self._num_proj is None else self._num_proj
        self._kernel = self.add_variable(
            "kernel",
            shape=[input_depth(inputs_shape) + h_depth, 4 * units],
            initializer=self._initializer,
            partitioner=_shards(self._num_unit_shards),
        )
        self._bias = self.add_variable(
            "bias",
            shape=[4 * units],
            initializer=tf.zeros_initializer(dtype=self.dtype or tf.float32),
        )
        if self._use_peepholes:
            self._w_f_diag, self._w_i_diag, self._w_o_diag = (
                self.add_variable(f"w_{gate}_diag", shape=[units], initializer=self._initializer)
                for gate in "fio"
            )
        if self._num_proj is not None:
            self._proj_kernel = self.add_variable(
                "projection/kernel",
                shape=[units, self._num_proj],
                initializer=self._initializer,
                partitioner=_shards(self._num_proj_shards),
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        check_dtypes(inputs, state)
        input_depth(inputs.shape.with_rank(2))
        c_prev, m_prev = self._parts(state)
        gates = tf.matmul(tf.concat([inputs, m_prev], 1), self._kernel)
        gates = tf.nn.bias_add(gates, self._bias)
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        f = f + self._forget_bias
        if self._use_peepholes:
            f, i = f + self._w_f_diag * c_prev, i + self._w_i_diag * c_prev
        c = tf.sigmoid(f) * c_prev + tf.sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        if self._use_peepholes:
            o = o + self._w_o_diag * c
        m = self._projected(tf.sigmoid(o) * self._activation(c))
        return m, LSTMStateTuple(c, m) if self._state_is_tuple else tf.concat([c, m], 1)

    def _parts(self, state: Any) -> Any:
        if self._state_is_tuple:
            return state
        c = tf.slice(state, [0, 0], [-1, self._num_units])
        return c, tf.slice(state, [0, self._num_units], [-1, self._output_size])

    def _projected(self, m: Any) -> Any:
        if self._num_proj is None:
            return m
        m = tf.matmul(m, self._proj_kernel)
        if self._proj_clip is not None:
            m = tf.clip_by_value(m, -self._proj_clip, self._proj_clip)
        return m


def _shards(count: int | None) -> Any:
    return None if count is None else tf.fixed_size_partitioner(count)
