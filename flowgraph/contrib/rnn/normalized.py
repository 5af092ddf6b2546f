"""LSTM cells with layer or weight normalisation, with coupled gates, or in groups."""

from __future__ import annotations

import logging
from typing import Any

import flowgraph as tf
from flowgraph.contrib.rnn.linear import kept_linear
from flowgraph.contrib.rnn.shards import concat_variable
from flowgraph.recurrent.base import RNNCell, input_depth
from flowgraph.recurrent.lstm import LSTMStateTuple, warn_of_joined_state

_log = logging.getLogger("flowgraph")
_EPSILON = 1e-12  # as in tf.contrib.layers.layer_norm


def layer_norm(x: Any, scope: str, gain: float, shift: float) -> Any:
    """Rows of x with mean 0 and variance 1, times gamma, plus beta (arXiv:1607.06450).

    The variables `gamma` and `beta` are found or made in the scope; they start with gain and shift.
    """
    shape, dtype = x.shape[-1:], x.dtype.base_dtype
    with tf.variable_scope(scope):
        gamma = tf.get_variable(
            "gamma", shape=shape, dtype=dtype, initializer=tf.constant_initializer(gain)
        )
        beta = tf.get_variable(
            "beta", shape=shape, dtype=dtype, initializer=tf.constant_initializer(shift)
        )
    mean, variance = tf.nn.moments(x, [1], keep_dims=True)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, _EPSILON)


class _Sized(RNNCell):
    """A cell with `_state_size` and `_output_size`."""

    _state_size: Any
    _output_size: Any

    def _set_sizes(self, units: int, projection: int | None, is_tuple: bool = True) -> None:
        self._output_size = projection or units
        state = (units, self._output_size)
        self._state_size = LSTMStateTuple(*state) if is_tuple else sum(state)

    @property
    def state_size(self) -> Any:
        """The sizes of c and h, or their sum."""
        return self._state_size

    @property
    def output_size(self) -> Any:
        """The projection's size, or the number of units."""
        return self._output_size


class LayerNormBasicLSTMCell(_Sized):
    """`BasicLSTMCell` with layer normalisation and recurrent dropout.

    Dropout of what is added to the memory: Semeniuta et al. 2016, arXiv:1603.05118.

    Args:
      num_units: the size of c, h and the output.
      forget_bias: added to the forget gate's bias.
      input_size: accepted, deprecated.
      activation: a function.
      layer_norm: whether gates and memory are normalised; the gates then have no bias.
      norm_gain: what the normalisations' gamma starts with.
      norm_shift: what their beta starts with.
      dropout_keep_prob: the probability that a part of what is added to c is kept, a float or a
        scalar tensor.
      dropout_prob_seed: its seed.
      reuse: whether variables are found, not made (tf.contrib.rnn.LayerNormBasicLSTMCell).
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Any = tf.tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if input_size is not None:
            _log.warning("%s: The input_size parameter is deprecated.", self)
        self._num_units, self._activation, self._forget_bias = num_units, activation, forget_bias
        self._keep_prob, self._seed = dropout_keep_prob, dropout_prob_seed
        self._layer_norm = layer_norm
        self._norm_gain, self._norm_shift = norm_gain, norm_shift
        self._set_sizes(num_units, None)

    def _norm(self, x: Any, scope: str) -> Any:
        return layer_norm(x, scope, self._norm_gain, self._norm_shift)

    def _linear(self, args: Any) -> Any:
        size, dtype = 4 * self._num_units, args.dtype
        weights = tf.get_variable("kernel", [args.shape[-1], size], dtype=dtype)
        result = tf.matmul(args, weights)
        if self._layer_norm:
            return result
        return tf.nn.bias_add(result, tf.get_variable("bias", [size], dtype=dtype))

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        c, h = state
        gates = self._linear(tf.concat([inputs, h], 1))
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        if self._layer_norm:
            i, j = self._norm(i, "input"), self._norm(j, "transform")
            f, o = self._norm(f, "forget"), self._norm(o, "output")
        added = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            added = tf.nn.dropout(added, self._keep_prob, seed=self._seed)
        new_c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * added
        if self._layer_norm:
            new_c = self._norm(new_c, "state")
        new_h = self._activation(new_c) * tf.sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)


class CoupledInputForgetGateLSTMCell(_Sized):
    """`LSTMCell` whose input gate is what the forget gate leaves (Greff et al., arXiv:1503.04069).

    Args:
      num_units: the size of c, and of h and the output unless there is a projection.
      use_peepholes: whether the gates see c, through diagonal weights.
      initializer: accepted, as in TensorFlow.
      num_proj: the size to which h is projected; None: no projection.
      proj_clip: the projection is clipped to [-proj_clip, proj_clip]; None: not at all.
      num_unit_shards: into how many variables the weights go.
      num_proj_shards: likewise of the projection.
      forget_bias: added to the forget gate's bias.
      state_is_tuple: whether the state is an `LSTMStateTuple`; else one tensor.
      activation: a function.
      reuse: whether variables are found, not made.
      layer_norm: whether gates and memory are normalised; the gates then have no bias.
      norm_gain: what the normalisations' gamma starts with.
      norm_shift: what their beta starts with (tf.contrib.rnn.CoupledInputForgetGateLSTMCell).
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = tf.tanh,
        reuse: bool | None = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        warn_of_joined_state(self, state_is_tuple)
        self._num_units, self._num_proj, self._proj_clip = num_units, num_proj, proj_clip
        self._use_peepholes, self._initializer = use_peepholes, initializer
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._forget_bias, self._activation = forget_bias, activation
        self._state_is_tuple, self._layer_norm = state_is_tuple, layer_norm
        self._norm_gain, self._norm_shift = norm_gain, norm_shift
        self._set_sizes(num_units, num_proj, state_is_tuple)

    def _norm(self, x: Any, scope: str) -> Any:
        return layer_norm(x, scope, self._norm_gain, self._norm_shift)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        c_prev, m_prev = state if self._state_is_tuple else self._cut(state)
        j, f, o = self._gates(inputs, m_prev)
        f = f + self._forget_bias
        if self._use_peepholes:
            f = f + self._peephole("F", inputs.dtype) * c_prev
        kept = tf.sigmoid(f)
        c = kept * c_prev + (1 - kept) * self._activation(j)
        if self._layer_norm:
            c = self._norm(c, "state")
        if self._use_peepholes:
            o = o + self._peephole("O", inputs.dtype) * c
        m = self._projected(tf.sigmoid(o) * self._activation(c), inputs.dtype)
        return m, LSTMStateTuple(c, m) if self._state_is_tuple else tf.concat([c, m], 1)

    def _cut(self, state: Any) -> Any:
        c = tf.slice(state, [0, 0], [-1, self._num_units])
        return c, tf.slice(state, [0, self._num_units], [-1, self._output_size])

    def _gates(self, inputs: Any, m_prev: Any) -> tuple[Any, Any, Any]:
        units, dtype = self._num_units, inputs.dtype
        rows = input_depth(inputs.shape.with_rank(2)) + self._output_size
        weights = concat_variable("W", [rows, 3 * units], dtype, self._num_unit_shards)
        bias = tf.get_variable(
            "B", shape=[3 * units], initializer=tf.zeros_initializer(), dtype=dtype
        )
        gates = tf.matmul(tf.concat([inputs, m_prev], 1), weights)
        if not self._layer_norm:
            gates = tf.nn.bias_add(gates, bias)
        parts = tf.split(value=gates, num_or_size_splits=3, axis=1)
        if self._layer_norm:
            names = ("transform", "forget", "output")
            parts = [self._norm(p, name) for p, name in zip(parts, names, strict=True)]
        return tuple(parts)

    def _peephole(self, gate: str, dtype: Any) -> Any:
        return tf.get_variable(f"W_{gate}_diag", shape=[self._num_units], dtype=dtype)

    def _projected(self, m: Any, dtype: Any) -> Any:
        if self._num_proj is None:
            return m
        shape = [self._num_units, self._num_proj]
        m = tf.matmul(m, concat_variable("W_P", shape, dtype, self._num_proj_shards))
        if self._proj_clip is not None:
            m = tf.clip_by_value(m, -self._proj_clip, self._proj_clip)
        return m


class GLSTMCell(_Sized):
    """An LSTM cell whose inputs and units are in groups (arXiv:1703.10722).

    Args:
      num_units: the size of c, and of h and the output unless there is a projection.
      initializer: of the kernels; the scope's when None.
      num_proj: the size to which h is projected; None: no projection.
      number_of_groups: how many groups there are.
      forget_bias: added to the forget gate's bias.
      activation: a function.
      reuse: whether variables are found, not made.

    Raises:
      ValueError: a size is not divisible by the number of groups (tf.contrib.rnn.GLSTMCell).
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        num_proj: int | None = None,
        number_of_groups: int = 1,
        forget_bias: float = 1.0,
        activation: Any = tf.tanh,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        for name, size in (("num_units", num_units), ("num_proj", num_proj or 0)):
            if size % number_of_groups:
                raise ValueError(f"{name} must be divisible by number_of_groups")
        self._num_units, self._num_proj, self._initializer = num_units, num_proj, initializer
        self._forget_bias, self._activation = forget_bias, activation
        self._number_of_groups = number_of_groups
        self._set_sizes(num_units, num_proj)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        c_prev, m_prev = state
        size = inputs.shape[1].value
        if size is None:
            raise ValueError("input size must be statically known")
        if size % self._number_of_groups:
            raise ValueError(
                f"input size ({size}) must be divisible by number_of_groups "
                f"({self._number_of_groups})"
            )
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            i, j, f, o = self._gates(inputs, m_prev)
        c = tf.sigmoid(f + self._forget_bias) * c_prev + tf.sigmoid(i) * tf.tanh(j)
        m = tf.sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            with tf.variable_scope("projection"):
                m = kept_linear(self, "projection", m, self._num_proj, bias=False)
        return m, LSTMStateTuple(c, m)

    def _gates(self, inputs: Any, m_prev: Any) -> list[Any]:
        groups = self._number_of_groups
        pairs = zip(tf.split(inputs, groups, 1), tf.split(m_prev, groups, 1), strict=True)
        parts = []
        for number, pair in enumerate(pairs):
            with tf.variable_scope(f"group{number}"):
                units = 4 * self._num_units // groups
                joined = tf.concat(list(pair), axis=1)
                gates = kept_linear(self, f"group{number}", joined, units, bias=False)
                parts.append(tf.split(gates, 4, 1))
        gates = [tf.concat(list(columns), axis=1) for columns in zip(*parts, strict=True)]
        return [
            tf.nn.bias_add(gate, self._bias_of(name, gate.dtype))
            for name, gate in zip("ijfo", gates, strict=True)
        ]

    def _bias_of(self, gate: str, dtype: Any) -> Any:
        return tf.get_variable(
            f"bias_{gate}", [self._num_units], dtype=dtype,
            initializer=tf.constant_initializer(0.0, dtype=dtype),
        )  # fmt: skip
