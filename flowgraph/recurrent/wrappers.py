"""Cells around another cell: `DropoutWrapper`, `ResidualWrapper`, `DeviceWrapper`."""

from __future__ import annotations

import hashlib
import numbers
from collections.abc import Callable
from typing import Any

import flowgraph as tf
from flowgraph.core.shapes import as_shape
from flowgraph.core.static import constant_value
from flowgraph.ops.control import nest
from flowgraph.recurrent.base import RNNCell, assert_like_rnncell
from flowgraph.recurrent.lstm import LSTMStateTuple


class CellWrapper(RNNCell):
    """Base class of wrappers: sizes and first state are those of the wrapped cell."""

    def __init__(self, cell: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert_like_rnncell("cell", cell)
        self.cell = self._cell = cell

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Runs the wrapped cell for one step, with what the wrapper adds."""
        return self._call_wrapped_cell(inputs, state, self.cell.__call__, scope=scope)

    def call(self, inputs: Any, state: Any, **kwargs: Any) -> Any:
        """The same, by the wrapped cell's `call`."""
        return self._call_wrapped_cell(inputs, state, self.cell.call, **kwargs)

    def _call_wrapped_cell(self, inputs: Any, state: Any, call: Any, **kwargs: Any) -> Any:
        return call(inputs, state, **kwargs)

    def build(self, inputs_shape: Any) -> None:
        """Builds the wrapped cell."""
        self.cell.build(inputs_shape)
        self.built = True

    @property
    def wrapped_cell(self) -> Any:
        """The wrapped cell."""
        return self.cell

    @property
    def state_size(self) -> Any:
        """The wrapped cell's."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """The wrapped cell's."""
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The wrapped cell's."""
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    @property
    def trainable_weights(self) -> list[Any]:
        """The wrapped cell's variables that optimizers change."""
        return _joined(self.cell, "trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The wrapped cell's other variables."""
        rest = _joined(self.cell, "non_trainable_weights")
        return rest if self.trainable else _joined(self.cell, "trainable_weights") + rest

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; of the cell, its class and its own."""
        cell = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        return {**super().get_config(), "cell": cell}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a wrapper of what `get_config` tells, with a cell put in by the caller.

        Raises:
          ValueError: the cell in the configuration is not an `RNNCell`.
        """
        rest = dict(config)
        cell = rest.pop("cell")
        try:
            assert_like_rnncell("cell", cell)
        except TypeError:
            raise ValueError(
                "RNNCellWrapper cannot reconstruct the wrapped cell. Please overwrite the cell in "
                "the config with a RNNCell instance."
            ) from None
        return cls(cell, **rest)


def _joined(cell: Any, name: str) -> list[Any]:
    return list(getattr(cell, name, ()))


# --- dropout --------------------------------------------------------------------------------------
def _drops(substate: Any) -> Any:
    """Which parts of a state are dropped by default: all but memories and arrays."""
    if isinstance(substate, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not isinstance(substate, tf.TensorArray)


def _probability(name: str, given: Any) -> Any:
    """A keep probability as a float where it is known, else as a tensor."""
    tensor = tf.convert_to_tensor(given)
    known = constant_value(tensor)
    if known is None:
        return tensor
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {float(known):g}")
    return float(known)


class DropoutWrapper(CellWrapper):
    """Dropout of a cell's inputs, outputs and states (tf.nn.rnn_cell.DropoutWrapper).

    Variational dropout draws one mask for all steps of a run: Gal and Ghahramani 2016,
    arXiv:1512.05287.

    Args:
      cell: the cell to wrap.
      input_keep_prob: the probability that a part of the input is kept, a float or scalar tensor.
      output_keep_prob: likewise of the output.
      state_keep_prob: likewise of the state that the cell gives; an LSTM's c is never dropped.
      variational_recurrent: whether the same parts are dropped at each step of a run.
      input_size: the input's size, or nested sizes; for variational dropout of the input.
      dtype: of inputs, states and outputs; for variational dropout.
      seed: see `set_random_seed`.
      dropout_state_filter_visitor: a function of a substate that gives True where it is dropped,
        False where not, or such values in the substate's own structure.
      **kwargs: what else a layer takes.

    Raises:
      TypeError: `cell` is not a cell, or the visitor not callable.
      ValueError: a probability is not in [0, 1], or variational dropout lacks dtype or input_size.
    """

    _arguments = (
        "input_keep_prob", "output_keep_prob", "state_keep_prob", "variational_recurrent",
        "input_size", "seed",
    )  # fmt: skip

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, dtype=dtype, **kwargs)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._dropout_state_filter = dropout_state_filter_visitor or _drops
        with tf.name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._variational_recurrent = variational_recurrent
        self._input_size, self._seed = input_size, seed
        self._noise: dict[str, list[Any]] = {}
        if variational_recurrent:
            self._draw(dtype)

    def _draw(self, dtype: Any) -> None:
        """Draws the masks of variational dropout, one row for all rows of a batch."""
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        drawn = {"state": self.cell.state_size, "output": self.cell.output_size}
        if _may_drop(self._input_keep_prob):
            if self._input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    "input_size must be provided"
                )
            drawn = {"input": self._input_size, **drawn}
        for what, size in drawn.items():
            self._noise[what] = [
                tf.random_uniform(
                    [1, *as_shape(part).as_list()], seed=self._seed_of(what, i), dtype=dtype
                )
                for i, part in enumerate(_sizes(size))
            ]

    def _seed_of(self, what: str, index: int) -> int | None:
        """A seed of its own for each tensor, made as TensorFlow makes it."""
        if self._seed is None:
            return None
        text = f"{self._seed}{what}_{index}".encode()
        return int(hashlib.md5(text, usedforsecurity=False).hexdigest()[:8], 16) & 0x7FFFFFFF

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; a visitor is told as the function it is."""
        config = super().get_config()
        if self._dropout_state_filter is not _drops:
            config["dropout_state_filter_visitor"] = self._dropout_state_filter
        return config

    def _call_wrapped_cell(self, inputs: Any, state: Any, call: Any, **kwargs: Any) -> Any:
        if _may_drop(self._input_keep_prob):
            inputs = self._dropped("input", inputs, self._input_keep_prob)
        output, new_state = call(inputs, state, **kwargs)
        if _may_drop(self._state_keep_prob):
            chosen = _chosen(self._dropout_state_filter, new_state)
            new_state = self._dropped("state", new_state, self._state_keep_prob, chosen)
        if _may_drop(self._output_keep_prob):
            output = self._dropped("output", output, self._output_keep_prob)
        return output, new_state

    def _dropped(self, what: str, values: Any, keep_prob: Any, chosen: Any = None) -> Any:
        flat = nest.flatten(values)
        chosen = [True] * len(flat) if chosen is None else chosen
        parts = [
            self._dropped_part(what, i, value, keep_prob) if drop else value
            for i, (value, drop) in enumerate(zip(flat, chosen, strict=True))
        ]
        return nest.pack_sequence_as(values, parts) if nest.is_nested(values) else parts[0]

    def _dropped_part(self, what: str, index: int, value: Any, keep_prob: Any) -> Any:
        if not self._variational_recurrent:
            return tf.nn.dropout(value, rate=1.0 - keep_prob, seed=self._seed_of(what, index))
        mask = tf.floor(keep_prob + self._noise[what][index])
        result = tf.div(value, keep_prob) * mask
        result.set_shape(value.shape)
        return result


def _may_drop(keep_prob: Any) -> bool:
    return not isinstance(keep_prob, numbers.Real) or keep_prob < 1


def _sizes(size: Any) -> list[Any]:
    return [size] if isinstance(size, tf.TensorShape) else nest.flatten(size)


def _chosen(visit: Callable[[Any], Any], state: Any) -> list[bool]:
    """For each single tensor of a state, whether it is dropped, as the visitor wants."""
    told = visit(state)
    if nest.is_nested(told):
        nest.assert_same_structure(told, state, check_types=False)
        pairs = zip(nest.flatten(told), nest.flatten(state), strict=True)
        return [bool(drop) for drop, _ in pairs]
    if not nest.is_nested(state):
        return [bool(told)]
    if not told:
        return [False] * len(nest.flatten(state))
    parts = state.values() if isinstance(state, dict) else state
    return [drop for part in parts for drop in _chosen(visit, part)]


# --- residuals and devices ------------------------------------------------------------------------
class ResidualWrapper(CellWrapper):
    """A cell whose inputs are added to its outputs (tf.nn.rnn_cell.ResidualWrapper).

    Args:
      cell: the cell to wrap.
      residual_fn: a function (inputs, outputs) -> outputs; the sum when None.
      **kwargs: what else a layer takes.

    Raises:
      TypeError: `cell` is not a cell, or structures differ.
      ValueError: shapes or structures of inputs and outputs differ.
    """

    def __init__(self, cell: Any, residual_fn: Any = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def _call_wrapped_cell(self, inputs: Any, state: Any, call: Any, **kwargs: Any) -> Any:
        outputs, new_state = call(inputs, state, **kwargs)
        return (self._residual_fn or _sum)(inputs, outputs), new_state

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        if self._residual_fn is not None:
            config["residual_fn"] = self._residual_fn
        return config


def _sum(inputs: Any, outputs: Any) -> Any:
    def add(given: Any, made: Any) -> Any:
        given = tf.convert_to_tensor(given)
        given.shape.assert_is_compatible_with(made.shape)
        return given + made

    nest.assert_same_structure(inputs, outputs)
    return nest.map_structure(add, inputs, outputs)


class DeviceWrapper(CellWrapper):
    """A cell that is placed on a device (tf.nn.rnn_cell.DeviceWrapper).

    Args:
      cell: the cell to wrap.
      device: a device's name or a function, as `tf.device` takes it.
      **kwargs: what else a layer takes.
    """

    _arguments = ("device",)

    def __init__(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The wrapped cell's, on the device."""
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            with tf.device(self._device):
                return self.cell.zero_state(batch_size, dtype)

    def _call_wrapped_cell(self, inputs: Any, state: Any, call: Any, **kwargs: Any) -> Any:
        with tf.device(self._device):
            return call(inputs, state, **kwargs)
