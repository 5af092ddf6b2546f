"""One step of each kind of layer, on products of the inputs that are there for all steps.

The columns are in cuDNN's order of gates: input, forget, candidate, output for an LSTM; reset,
update, candidate for a GRU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.recurrent.base import RNNCell


class Kind(NamedTuple):
    """A kind of layer: how many gates it has, and its step.

    `step` is a function (products of inputs, products of the state, states) -> new states, whose
    last one is the output.
    """

    gates: int
    has_memory: bool
    step: Callable[[Any, Any, tuple[Any, ...]], tuple[Any, ...]]


def _lstm(x: Any, r: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
    i, f, j, o = tf.split(x + r, 4, axis=1)
    c = tf.sigmoid(f) * states[0] + tf.sigmoid(i) * tf.tanh(j)
    return c, tf.sigmoid(o) * tf.tanh(c)


def _gru(x: Any, r: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
    (x_reset, x_update, x_new), (reset, update, new) = (tf.split(v, 3, axis=1) for v in (x, r))
    update = tf.sigmoid(x_update + update)
    candidate = tf.tanh(x_new + tf.sigmoid(x_reset + reset) * new)
    return (update * states[-1] + (1 - update) * candidate,)


KINDS = {
    "lstm": Kind(4, True, _lstm),
    "gru": Kind(3, False, _gru),
    "rnn_tanh": Kind(1, False, lambda x, r, _: (tf.tanh(x + r),)),
    "rnn_relu": Kind(1, False, lambda x, r, _: (tf.nn.relu(x + r),)),
}


class StepCell(RNNCell):
    """A cell whose inputs are the products already; its weights are tensors.

    Args:
      kind: the kind of layer.
      units: the size of each state.
      kernel: the state's weights, [units, gates * units].
      bias: their bias, [gates * units].
    """

    def __init__(self, kind: Kind, units: int, kernel: Any, bias: Any) -> None:
        super().__init__()
        self._kind, self._units, self._kernel, self._bias = kind, units, kernel, bias

    @property
    def state_size(self) -> Any:
        """The sizes of the states, (c, h) or (h,)."""
        return (self._units,) * (2 if self._kind.has_memory else 1)

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._units

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; gives h and the states."""
        recurrent = tf.nn.bias_add(tf.matmul(state[-1], self._kernel), self._bias)
        new = self._kind.step(inputs, recurrent, tuple(state))
        return new[-1], new
