"""The cells as they were before TensorFlow 0.9: states are one joined tensor, and each place in a
deep network has variables of its own (tensorflow.models.rnn.rnn_cell).
"""

from __future__ import annotations

import copy
from typing import Any

from flowgraph.recurrent import cells, lstm, multi, wrappers


class BasicRNNCell(cells.BasicRNNCell):
    """`tf.nn.rnn_cell.BasicRNNCell`; `input_size` is accepted."""

    def __init__(self, num_units: int, input_size: Any = None, activation: Any = None) -> None:
        super().__init__(num_units, activation=activation)


class GRUCell(cells.GRUCell):
    """`tf.nn.rnn_cell.GRUCell`; `input_size` is accepted."""

    def __init__(self, num_units: int, input_size: Any = None, activation: Any = None) -> None:
        super().__init__(num_units, activation=activation)


class BasicLSTMCell(lstm.BasicLSTMCell):
    """`tf.nn.rnn_cell.BasicLSTMCell` with a joined state; `input_size` is accepted."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        state_is_tuple: bool = False,
        activation: Any = None,
    ) -> None:
        super().__init__(num_units, forget_bias, state_is_tuple, activation)


class LSTMCell(lstm.LSTMCell):
    """`tf.nn.rnn_cell.LSTMCell` with a joined state; `input_size` is accepted."""

    def __init__(
        self,
        num_units: int,
        input_size: Any = None,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        num_unit_shards: int | None = 1,
        num_proj_shards: int | None = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = False,
        activation: Any = None,
    ) -> None:
        shards = [None if count == 1 else count for count in (num_unit_shards, num_proj_shards)]
        super().__init__(
            num_units, use_peepholes, cell_clip, initializer, num_proj, None, *shards,
            forget_bias, state_is_tuple, activation,
        )  # fmt: skip


class MultiRNNCell(multi.MultiRNNCell):
    """`tf.nn.rnn_cell.MultiRNNCell` with a joined state; one object twice is two cells."""

    def __init__(self, cells: Any, state_is_tuple: bool = False) -> None:
        own: list[Any] = []
        for cell in cells:
            known = any(cell is other for other in own)
            own.append(copy.deepcopy(cell) if known else cell)
        super().__init__(own, state_is_tuple)


class DropoutWrapper(wrappers.DropoutWrapper):
    """`tf.nn.rnn_cell.DropoutWrapper`, whose fourth argument is the seed."""

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        seed: int | None = None,
    ) -> None:
        super().__init__(cell, input_keep_prob, output_keep_prob, seed=seed)
