"""Recurrent layers: cells run along time."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.keras.engine.node import has_history
from flowgraph.keras.layers import cells as cell_types
from flowgraph.keras.layers.cells import GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object
from flowgraph.ops.control import nest


class RNN(Layer):
    """Runs a cell, or a list of them, along time (tf.keras.layers.RNN).

    Args:
      cell: has `call(inputs, states) -> (output, new states)` and `state_size`; may have
        `output_size` and `get_initial_state`.
      return_sequences: whether all outputs are given, not only the last one.
      return_state: whether the last states are given behind the output.
      go_backwards: whether to start at the end.
      stateful: whether the states of a batch are the next one's first states.
      unroll: whether the steps are written out.
      time_major: whether time comes before samples.
      **kwargs: `zero_output_for_mask`, and those of `Layer`.
    """

    def __init__(
        self, cell: Any, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, unroll: bool = False,
        time_major: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not hasattr(cell, "call"):
            raise ValueError(f"`cell` should have a `call` method. The RNN was passed: {cell}")
        if not hasattr(cell, "state_size"):
            raise ValueError(
                "The RNN cell should have an attribute `state_size` (tuple of integers, one integer"
                " per RNN state)."
            )
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        self._input_length = kwargs.pop("input_length", None)
        if "input_shape" not in kwargs and ("input_dim" in kwargs or self._input_length):
            kwargs["input_shape"] = (self._input_length, kwargs.pop("input_dim", None))
        super().__init__(**kwargs)
        self.cell, self.return_sequences, self.return_state = cell, return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.time_major, self.supports_masking = time_major, True
        self._states: Any = None
        self._num_constants = 0
        self._state_updates: list[Any] = []

    # --- states --------------------------------------------------------------------------------
    @property
    def _several(self) -> bool:
        return isinstance(self.cell.state_size, (list, tuple))

    @property
    def states(self) -> Any:
        """The states that are kept from batch to batch, None where there are none."""
        if self._states is None:
            return [None for _ in _flat_sizes(self.cell.state_size)]
        return self._states

    @states.setter
    def states(self, states: Any) -> None:
        self._states = states

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """The first states for these inputs."""
        shape = tf.shape(nest.flatten(inputs)[0])
        batch = shape[1] if self.time_major else shape[0]
        dtype = nest.flatten(inputs)[0].dtype
        make = getattr(self.cell, "get_initial_state", None)
        if make is not None:
            states = make(inputs=None, batch_size=batch, dtype=dtype)
        else:
            sizes = self.cell.state_size if self._several else [self.cell.state_size]
            states = [cell_types.zero_state(s, batch, dtype) for s in sizes]
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def reset_states(self, states: Any = None) -> None:
        """Sets the kept states to zeros, or to arrays.

        Raises:
          AttributeError: the layer is not stateful.
          ValueError: the batch size is not known, or an array has another shape.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        batch = None
        if self._inbound_nodes:
            first = nest.flatten(self._inbound_nodes[0].input_tensors)[0].shape.as_list()
            batch = first[1] if self.time_major else first[0]
        if not batch:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Specify the batch size of "
                "your input tensors: \n- If using a Sequential model, specify the batch size by "
                "passing a `batch_input_shape` argument to your first layer.\n- If using the "
                "functional API, specify the batch size by passing a `batch_shape` argument to "
                "your Input layer."
            )
        sizes = _flat_sizes(self.cell.state_size)
        if self._states is None:
            self._states = [
                K.zeros((batch, *_sizes(s)), dtype=self.dtype or K.floatx()) for s in sizes
            ]
        values = nest.flatten(states) if states is not None else [
            np.zeros((batch, *_sizes(s))) for s in sizes]  # fmt: skip
        if len(values) != len(self._states):
            raise ValueError(
                f"Layer {self.name} expects {len(self._states)} states, but it received "
                f"{len(values)} state values. Input received: {states}"
            )
        for value, variable in zip(values, self._states, strict=True):
            if tuple(np.shape(value)) != tuple(variable.shape.as_list()):
                raise ValueError(
                    f"State of layer {self.name} is incompatible with shape {np.shape(value)}: "
                    f"expected shape={tuple(variable.shape.as_list())}"
                )
        K.batch_set_value(list(zip(self._states, values, strict=True)))

    # --- being called --------------------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        """Makes the cell's variables."""
        shape = nest.flatten(input_shape)[0] if isinstance(input_shape, list) and not isinstance(
            input_shape, tf.TensorShape) else input_shape  # fmt: skip
        sizes = tf.TensorShape(shape).as_list()
        step = (sizes[0], *sizes[2:])
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(step)
            self.cell.built = True
        if self.stateful:
            self._reset_before_nodes(sizes[1] if self.time_major else sizes[0])
        self.built = True

    def _reset_before_nodes(self, batch: Any) -> None:
        if self._states is not None:
            return
        if not batch:
            self.reset_states()
        sizes = _flat_sizes(self.cell.state_size)
        self._states = [K.zeros((batch, *_sizes(s)), dtype=self.dtype or K.floatx()) for s in sizes]

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Runs the cell; `initial_state` and `constants` may be tensors of other layers."""
        if isinstance(inputs, (list, tuple)) and len(inputs) > 1 and initial_state is None:
            inputs = list(inputs)
            if self._num_constants:
                constants = inputs[-self._num_constants :]
                inputs = inputs[: -self._num_constants]
            initial_state, inputs = inputs[1:] or None, inputs[0]
        more = []
        if initial_state is not None:
            more += nest.flatten(initial_state)
        if constants is not None:
            constants = constants if isinstance(constants, (list, tuple)) else [constants]
            self._num_constants = len(constants)
            more += list(constants)
        if not more:
            return super().__call__(inputs, **kwargs)
        if has_history([inputs, *more]):
            return super().__call__([inputs, *more], **kwargs)
        kwargs["initial_state"] = initial_state
        if constants is not None:
            kwargs["constants"] = constants
        return super().__call__(inputs, **kwargs)

    def _input_masks(self, inputs: Any) -> Any:
        first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
        return getattr(first, "_keras_mask", None)

    def _maybe_build(self, inputs: Any) -> None:
        first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
        super()._maybe_build(first)

    def call(
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None,
        constants: Any = None,
    ) -> Any:  # fmt: skip
        """The output, or [output, *states] with `return_state`."""
        if isinstance(inputs, (list, tuple)):
            count = self._num_constants
            constants = list(inputs[-count:]) if count else None
            initial_state = list(inputs[1 : len(inputs) - count]) or None
            inputs = inputs[0]
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        states = self._first_states(inputs, initial_state)
        steps = inputs.shape.as_list()[0 if self.time_major else 1]
        if self.unroll and steps is None:
            raise ValueError("Cannot unroll a RNN if the time dimension is undefined.")
        if hasattr(self.cell, "draw_masks"):
            one = inputs[0] if self.time_major else inputs[:, 0]
            self.cell.draw_masks(one, nest.flatten(states)[0], training)
        last, outputs, states = K.rnn(
            self._step(training, constants), inputs, states, constants=constants,
            go_backwards=self.go_backwards, mask=mask, unroll=self.unroll, input_length=steps,
            time_major=self.time_major, zero_output_for_mask=self.zero_output_for_mask,
        )  # fmt: skip
        flat = nest.flatten(states)
        if self.stateful:
            self._state_updates = [s.assign(t).op for s, t in zip(self._states, flat, strict=True)]
            self._updates = [*self._state_updates]
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def _first_states(self, inputs: Any, given: Any) -> list[Any]:
        if given is not None:
            states = list(given) if isinstance(given, (list, tuple)) else [given]
        elif self.stateful:
            flat = [v.value() for v in self._states]
            nested = isinstance(self.cell, StackedRNNCells)
            states = list(nest.pack_sequence_as(self.cell.state_size, flat)) if nested else flat
        else:
            states = self.get_initial_state(inputs)
        wanted = len(self.cell.state_size) if self._several else 1
        if isinstance(self.cell, StackedRNNCells) and len(states) == len(
            nest.flatten(self.cell.state_size)
        ):
            states = list(nest.pack_sequence_as(self.cell.state_size, nest.flatten(states)))
        if len(states) != wanted:
            raise ValueError(
                f"Layer has {wanted} states but was passed {len(states)} initial states."
            )
        return states

    def _step(self, training: Any, constants: Any) -> Any:
        parameters = inspect.signature(self.cell.call).parameters
        arguments = {"training": training} if "training" in parameters else {}
        count = len(constants or ())
        several = self._several

        def step(inputs: Any, states: Any) -> Any:
            more = dict(arguments)
            states = list(states)
            if count:
                more["constants"] = states[-count:]
                states = states[:-count]
            if isinstance(self.cell, StackedRNNCells):
                states = tuple(nest.pack_sequence_as(self.cell.state_size, states))
                states = tuple(list(s) if isinstance(s, tuple) else s for s in states)
            given = states if several or isinstance(self.cell, cell_types.Cell) else list(states)
            call = self.cell if _is_native(self.cell) else self.cell.call
            if _is_native(self.cell):
                output, fresh = call(inputs, given if several else given[0])
            else:
                output, fresh = call(inputs, given, **more)
            return output, fresh if isinstance(fresh, (list, tuple)) else [fresh]

        return step

    # --- shapes and masks ----------------------------------------------------------------------
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, and those of the states with `return_state`."""
        if isinstance(input_shape, list) and input_shape and hasattr(input_shape[0], "__len__"):
            input_shape = input_shape[0]
        batch, steps, *_ = tf.TensorShape(input_shape).as_list()
        if self.time_major:
            batch, steps = steps, batch
        sizes = self.cell.state_size if self._several else [self.cell.state_size]
        size = getattr(self.cell, "output_size", None)
        size = _sizes(_flat_sizes(sizes)[0] if size is None else size)
        times = [steps, batch] if self.time_major else [batch, steps]
        output = tf.TensorShape([*(times if self.return_sequences else [batch]), *size])
        if not self.return_state:
            return output
        return [output, *(tf.TensorShape([batch, *_sizes(s)]) for s in _flat_sizes(sizes))]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The inputs' mask, where all outputs are given."""
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        output = mask if self.return_sequences else None
        return [output, *(None for _ in self.states)] if self.return_state else output

    # --- configuration -------------------------------------------------------------------------
    def _own_config(self) -> dict[str, Any]:
        config = {
            "return_sequences": self.return_sequences, "return_state": self.return_state,
            "go_backwards": self.go_backwards, "stateful": self.stateful, "unroll": self.unroll,
            "time_major": self.time_major,
        }  # fmt: skip
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        return config

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        cell = serialize_keras_object(self.cell)
        return {**super().get_config(), **self._own_config(), "cell": cell}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the layer that `get_config` described."""
        config = dict(config)
        count = config.pop("num_constants", 0)
        known = {n: getattr(cell_types, n) for n in (
            "SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells")}  # fmt: skip
        cell = deserialize_keras_object(config.pop("cell"), known, custom_objects, "cell")
        layer = cls(cell, **config)
        layer._num_constants = count
        return layer


def _sizes(size: Any) -> list[Any]:
    return [size] if isinstance(size, int) else list(tf.TensorShape(size).as_list())


def _flat_sizes(size: Any, top: bool = True) -> list[Any]:
    """The sizes of all states; a tuple of ints inside a list is the shape of one state."""
    if isinstance(size, (int, tf.TensorShape)):
        return [size]
    if not top and isinstance(size, tuple) and all(isinstance(n, int) for n in size):
        return [size]
    return [one for part in size for one in _flat_sizes(part, top=False)]


def _is_native(cell: Any) -> bool:
    """Whether a cell is one of tf.nn.rnn_cell, which is called with a state and not with a list."""
    return not isinstance(cell, Layer) and hasattr(cell, "zero_state")


class _OfCell(RNN):
    """A recurrent layer whose arguments are its cell's and `RNN`'s."""

    _cell_type: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        own = inspect.signature(self._cell_type.__init__).parameters
        names = [n for n in own if n not in ("self", "kwargs")]
        given = dict(zip(names, args, strict=False))
        for key in list(kwargs):
            if key in names:
                given[key] = kwargs.pop(key)
        if given.get("implementation") == 0:
            given["implementation"] = 1
        inner = {k: kwargs[k] for k in ("dtype", "trainable") if k in kwargs}
        activity = kwargs.pop("activity_regularizer", None)
        super().__init__(self._cell_type(**given, **inner), activity_regularizer=activity, **kwargs)
        self.input_spec = [InputSpec(ndim=3)]

    @property
    def input_spec(self) -> Any:
        """(samples, time, features)."""
        return None

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self._input_spec = None

    def __getattr__(self, name: str) -> Any:
        cell = self.__dict__.get("cell")
        if cell is not None and not name.startswith("_") and name in {*cell._named, *cell.told()}:
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        from flowgraph.layers import lookup

        activity = {"activity_regularizer": lookup.serialized(self.activity_regularizer)}
        return {**Layer.get_config(self), **self._own_config(), **self.cell.told(), **activity}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:  # type: ignore[override]
        """Makes the layer that `get_config` described."""
        config = {k: v for k, v in config.items() if k != "num_constants"}
        return cls(**config)


class SimpleRNN(_OfCell):
    """The fully connected recurrent layer (tf.keras.layers.SimpleRNN); see `SimpleRNNCell`."""

    _cell_type = SimpleRNNCell


class GRU(_OfCell):
    """The gated recurrent layer (tf.keras.layers.GRU); see `GRUCell`."""

    _cell_type = GRUCell


class LSTM(_OfCell):
    """The long short-term memory layer (tf.keras.layers.LSTM); see `LSTMCell`."""

    _cell_type = LSTMCell


class CuDNNGRU(GRU):
    """The GRU that CuDNN computes, on the CPU: sigmoid gates, the reset behind the product."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        kwargs.setdefault("recurrent_activation", "sigmoid")
        kwargs.setdefault("reset_after", True)
        super().__init__(units, **kwargs)


class CuDNNLSTM(LSTM):
    """The LSTM that CuDNN computes, on the CPU: sigmoid gates."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        kwargs.setdefault("recurrent_activation", "sigmoid")
        super().__init__(units, **kwargs)
