"""`PhasedLSTMCell`: an LSTM whose units are open at their own times (arXiv:1610.09513)."""

from __future__ import annotations

import math
from typing import Any

import flowgraph as tf
from flowgraph.contrib.rnn.linear import kept_linear
from flowgraph.recurrent.base import RNNCell
from flowgraph.recurrent.lstm import LSTMStateTuple


class PhasedLSTMCell(RNNCell):
    """An LSTM cell for events at any times; inputs are (time [batch, 1], x [batch, depth]).

    Args:
      num_units: the size of c, h and the output.
      use_peepholes: whether the gates see c.
      leak: how much a closed unit lets through.
      ratio_on: for which share of its period a unit is open, to begin with.
      trainable_ratio_on: whether that share is learnt.
      period_init_min: the least period to begin with.
      period_init_max: the greatest.
      reuse: whether variables are found, not made (tf.contrib.rnn.PhasedLSTMCell).
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        leak: float = 0.001,
        ratio_on: float = 0.1,
        trainable_ratio_on: bool = True,
        period_init_min: float = 1.0,
        period_init_max: float = 1000.0,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units, self._use_peepholes, self._leak = num_units, use_peepholes, leak
        self._ratio_on, self._trainable_ratio_on = ratio_on, trainable_ratio_on
        self._period_init_min, self._period_init_max = period_init_min, period_init_max

    @property
    def state_size(self) -> Any:
        """LSTMStateTuple(num_units, num_units)."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; gives h and the next state."""
        (c_prev, h_prev), (time, x) = state, inputs
        seen = [x, h_prev]
        gates = self._gate("mask_gates", seen, c_prev, 2 * self._num_units)
        enter, kept = tf.split(axis=1, num_or_size_splits=2, value=gates)
        with tf.variable_scope("new_input"):
            new_input = tf.tanh(kept_linear(self, "new_input", seen, self._num_units))
        new_c = c_prev * kept + enter * new_input
        new_h = tf.tanh(new_c) * self._gate("output_gate", seen, new_c, self._num_units)
        opened = self._openness(time)
        new_c = opened * new_c + (1 - opened) * c_prev
        new_h = opened * new_h + (1 - opened) * h_prev
        return new_h, LSTMStateTuple(new_c, new_h)

    def _gate(self, name: str, seen: list[Any], c: Any, size: int) -> Any:
        args = [*seen, c] if self._use_peepholes else seen
        with tf.variable_scope(name):
            return tf.sigmoid(kept_linear(self, name, args, size))

    def _openness(self, time: Any) -> Any:
        """How open each unit is at a time: rising, falling, and closed but for the leak."""
        units = [self._num_units]
        period = tf.get_variable("period", units, initializer=self._first_period)
        phase = tf.get_variable(
            "phase", units, initializer=tf.random_uniform_initializer(0.0, period.initial_value)
        )
        ratio_on = tf.get_variable(
            "ratio_on", units, initializer=tf.constant_initializer(self._ratio_on),
            trainable=self._trainable_ratio_on,
        )  # fmt: skip
        length = tf.cast(period, time.dtype)
        shifted = time - tf.cast(phase, time.dtype)
        # The remainder's slope is that of the numerator: steps between periods have no slope.
        within = tf.stop_gradient(tf.mod(shifted, length) - shifted) + shifted
        ratio = tf.cast(within / length, tf.float32)
        rising = 2 * ratio / ratio_on
        opened = tf.where(ratio < ratio_on, 2 - rising, self._leak * ratio)
        return tf.where(ratio < 0.5 * ratio_on, rising, opened)

    def _first_period(self, shape: Any, dtype: Any = tf.float32, partition_info: Any = None) -> Any:
        """Periods whose logarithms are uniform."""
        del partition_info
        low, high = math.log(self._period_init_min), math.log(self._period_init_max)
        return tf.exp(tf.random_uniform(shape, low, high, dtype))
