"""Grids of one, two or three dimensions of a certain kind of cell."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.grid_rnn.cell import GridRNNCell
from flowgraph.recurrent.cells import BasicRNNCell, GRUCell
from flowgraph.recurrent.lstm import BasicLSTMCell, LSTMCell


class _First(GridRNNCell):
    """A grid whose first dimension takes the inputs, gives the outputs and comes last.

    With `non_recurrent_fn` it has no state.
    """

    def __init__(
        self, num_units: int, num_dims: int, cell_fn: Any, state_is_tuple: bool,
        output_is_tuple: bool, tied: bool = False, non_recurrent_fn: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            num_units, num_dims, input_dims=0, output_dims=0, priority_dims=0, tied=tied,
            non_recurrent_dims=None if non_recurrent_fn is None else 0, cell_fn=cell_fn,
            non_recurrent_fn=non_recurrent_fn, state_is_tuple=state_is_tuple,
            output_is_tuple=output_is_tuple,
        )  # fmt: skip


class Grid1BasicRNNCell(_First):
    """One `BasicRNNCell`, fed by its own state."""

    def __init__(
        self, num_units: int, state_is_tuple: bool = True, output_is_tuple: bool = True
    ) -> None:
        super().__init__(num_units, 1, BasicRNNCell, state_is_tuple, output_is_tuple)


class Grid2BasicRNNCell(_First):
    """Two `BasicRNNCell`s."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        super().__init__(
            num_units, 2, BasicRNNCell, state_is_tuple, output_is_tuple, tied, non_recurrent_fn
        )


class Grid1BasicLSTMCell(_First):
    """One `BasicLSTMCell`."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        def cell_fn(units: int) -> Any:
            return BasicLSTMCell(units, forget_bias=forget_bias)

        super().__init__(num_units, 1, cell_fn, state_is_tuple, output_is_tuple)


class Grid2BasicLSTMCell(_First):
    """Two `BasicLSTMCell`s."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        forget_bias: float = 1,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        def cell_fn(units: int) -> Any:
            return BasicLSTMCell(units, forget_bias=forget_bias)

        super().__init__(
            num_units, 2, cell_fn, state_is_tuple, output_is_tuple, tied, non_recurrent_fn
        )


class Grid1LSTMCell(_First):
    """One `LSTMCell`."""

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        def cell_fn(units: int) -> Any:
            return LSTMCell(units, use_peepholes=use_peepholes, forget_bias=forget_bias)

        super().__init__(num_units, 1, cell_fn, state_is_tuple, output_is_tuple)


class _LSTMs(_First):
    """Several `LSTMCell`s."""

    _num_dims: int

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        def cell_fn(units: int) -> Any:
            return LSTMCell(units, use_peepholes=use_peepholes, forget_bias=forget_bias)

        super().__init__(
            num_units, self._num_dims, cell_fn, state_is_tuple, output_is_tuple, tied,
            non_recurrent_fn,
        )  # fmt: skip


class Grid2LSTMCell(_LSTMs):
    """Two `LSTMCell`s."""

    _num_dims = 2


class Grid3LSTMCell(_LSTMs):
    """Three `LSTMCell`s."""

    _num_dims = 3


class Grid2GRUCell(_First):
    """Two `GRUCell`s."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Any = None,
        state_is_tuple: bool = True,
        output_is_tuple: bool = True,
    ) -> None:
        super().__init__(
            num_units, 2, GRUCell, state_is_tuple, output_is_tuple, tied, non_recurrent_fn
        )
