"""Cells that run over a whole sequence at once: `FusedRNNCell` and its adaptors."""

from __future__ import annotations

import abc
from typing import Any

import flowgraph as tf
from flowgraph.recurrent.dynamic import dynamic_rnn
from flowgraph.recurrent.static import static_rnn


class FusedRNNCell(abc.ABC):
    """What runs over a sequence, time-major: `outputs, state = fused(inputs, ...)`."""

    @abc.abstractmethod
    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Runs over a sequence.

        Args:
          inputs: a tensor [time, batch, depth], or a list of tensors [batch, depth].
          initial_state: the first state; zeros when None.
          dtype: the first state's dtype; needed unless it is given.
          sequence_length: how many steps each sequence has, an int vector [batch]; None: all.
          scope: the variable scope.

        Returns:
          The outputs, a tensor or list as the inputs are, and the last state.
        """


class FusedRNNCellAdaptor(FusedRNNCell):
    """Runs a plain cell over a sequence (tf.contrib.rnn.FusedRNNCellAdaptor).

    Args:
      cell: an `RNNCell`.
      use_dynamic_rnn: whether in a loop, or unrolled.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell, self._use_dynamic_rnn = cell, use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Runs the cell over a sequence; see `FusedRNNCell`."""
        is_list = isinstance(inputs, list)
        shared = {
            "sequence_length": sequence_length, "initial_state": initial_state, "dtype": dtype,
            "scope": scope,
        }  # fmt: skip
        if self._use_dynamic_rnn:
            whole = tf.stack(inputs) if is_list else inputs
            outputs, state = dynamic_rnn(self._cell, whole, time_major=True, **shared)
            return tf.unstack(outputs) if is_list else outputs, state
        steps = inputs if is_list else tf.unstack(inputs)
        outputs, state = static_rnn(self._cell, steps, **shared)
        return outputs if is_list else tf.stack(outputs), state


class TimeReversedFusedRNN(FusedRNNCell):
    """Runs a fused cell from the end of each sequence to its beginning.

    Args:
      cell: a `FusedRNNCell` (tf.contrib.rnn.TimeReversedFusedRNN).
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Runs the cell over the reversed sequence; outputs stand in the order of the inputs."""
        outputs, state = self._cell(
            _reversed(inputs, sequence_length), initial_state=initial_state, dtype=dtype,
            sequence_length=sequence_length, scope=scope,
        )  # fmt: skip
        return _reversed(outputs, sequence_length), state


def _reversed(steps: Any, lengths: Any) -> Any:
    if isinstance(steps, list):
        return list(reversed(steps))
    if lengths is None:
        return tf.reverse(steps, [0])
    return tf.reverse_sequence(steps, lengths, seq_axis=0, batch_axis=1)
