"""`RNNCell`: a layer that takes an input and a state, and gives an output and the next state.

A cell that makes its variables with `get_variable` in `call` derives from `RNNCell`; one that makes
them in `build`, as layers do, from `LayerRNNCell`.
"""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.core.static import constant_value
from flowgraph.layers import lookup
from flowgraph.layers.base import Layer
from flowgraph.ops.control import nest
from flowgraph.recurrent import sizes
from flowgraph.variables.partition import PartitionedVariable


def assert_like_rnncell(cell_name: str, cell: Any) -> None:
    """TypeError unless `cell` has what a cell has: sizes, a first state, and that it is callable.

    Args:
      cell_name: the argument's name, for the message.
      cell: what was given for it.
    """
    missing = [f"'{name}' property is missing" for name in ("output_size", "state_size")
               if not hasattr(cell, name)]  # fmt: skip
    if not (hasattr(cell, "zero_state") or hasattr(cell, "get_initial_state")):
        missing.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        missing.append("is not callable")
    if missing:
        raise TypeError(
            f"The argument {cell_name!r} ({cell}) is not an RNNCell: {', '.join(missing)}."
        )


def check_dtype(dtype: Any) -> None:
    """ValueError unless a cell can compute in this dtype; None is one that is not told yet."""
    if dtype is None:
        return
    dtype = tf.as_dtype(dtype)
    if not (dtype.is_floating or dtype.is_complex):
        raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {dtype}")


def check_dtypes(*values: Any) -> None:
    """As `check_dtype`, for all tensors of inputs and states."""
    for tensor in nest.flatten(values):
        check_dtype(tensor.dtype)


def input_depth(inputs_shape: Any) -> int:
    """The size of the last axis; ValueError when it is unknown."""
    depth = tf.TensorShape(inputs_shape)[-1].value
    if depth is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
    return depth


def activation_or_tanh(given: Any) -> Any:
    """The function that a cell's `activation` argument means; without one, tanh."""
    return lookup.activation(given) if given else tf.tanh


class RNNCell(Layer):
    """Base class of recurrent cells: `output, next_state = cell(inputs, state)`.

    A subclass defines the properties `state_size` and `output_size` and the method
    `call(inputs, state)`, which may make variables with `tf.get_variable`
    (tf.nn.rnn_cell.RNNCell).

    Args:
      trainable: whether optimizers change its variables.
      name: its name, which is its variable scope's.
      dtype: its variables' dtype; that of the first input when None.
      **kwargs: what else a layer takes.
    """

    _arguments: tuple[str, ...] = ()  # the constructor's, which `get_config` tells

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._is_tf_rnn_cell = True

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Runs the cell for one step.

        Args:
          inputs: a tensor [batch, depth], or what the cell takes.
          state: tensors [batch, size] in the structure of `state_size`.
          scope: the variable scope; named after the class when None.

        Returns:
          The output [batch, output_size], and the next state, in the structure of `state`.
        """
        if scope is not None:
            with tf.variable_scope(scope, custom_getter=self._rnn_get_variable) as scope:
                return super().__call__(inputs, state, scope=scope)
        kept = getattr(self, "rnncell_scope", None)
        if kept is None:
            kept = tf.variable_scope(tf.get_variable_scope(), custom_getter=self._rnn_get_variable)
            self.rnncell_scope = kept
        with kept:
            return super().__call__(inputs, state)

    def _rnn_get_variable(self, getter: Any, *args: Any, **kwargs: Any) -> Any:
        """A custom getter that notes which variables the cell uses."""
        variable = getter(*args, **kwargs)
        first = next(iter(variable)) if isinstance(variable, PartitionedVariable) else variable
        trainable = any(first is v for v in tf.trainable_variables())
        weights = self._trainable_weights if trainable else self._non_trainable_weights
        if all(variable is not v for v in weights):
            weights.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The size of the state: an int, a TensorShape, or a structure of them."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_size")

    @property
    def output_size(self) -> Any:
        """The size of the output: an int or a TensorShape."""
        raise NotImplementedError(f"{type(self).__name__} does not define output_size")

    def build(self, inputs_shape: Any) -> None:
        """Makes no variables; `call` does."""

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """The first state, zeros; batch and dtype may be those of `inputs`.

        Raises:
          ValueError: they contradict `inputs`, or one of them is missing.
        """
        if inputs is not None:
            inputs = tf.convert_to_tensor(inputs, name="inputs")
            _check_agrees(inputs, batch_size, dtype)
            batch_size = inputs.shape[0].value or tf.shape(inputs)[0]
            dtype = inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"batch_size={batch_size}, dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros of shape [batch_size, size] for each size of the state.

        Args:
          batch_size: an int or a scalar tensor.
          dtype: the state's dtype.
        """
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return nest.map_structure(
                lambda size: sizes.zeros(batch_size, size, dtype), self.state_size
            )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, functions by their names."""
        config = dict(super().get_config())
        for name in self._arguments:
            value = getattr(self, f"_{name}")
            config[name] = lookup.serialized(value)
        return config


def _check_agrees(inputs: Any, batch_size: Any, dtype: Any) -> None:
    if batch_size is not None:
        is_tensor = isinstance(batch_size, tf.Tensor)
        known = constant_value(batch_size) if is_tensor else batch_size
        if inputs.shape[0].value != known:
            raise ValueError(
                "batch size from input tensor is different from the input param. Input tensor "
                f"batch: {inputs.shape[0].value}, batch_size: {batch_size}"
            )
    if dtype is not None and inputs.dtype != tf.as_dtype(dtype):
        raise ValueError(
            "dtype from input tensor is different from the input param. Input tensor dtype: "
            f"{inputs.dtype}, dtype: {dtype}"
        )


class LayerRNNCell(RNNCell):
    """A cell that is a layer in full: its variables are made in `build`, not in `call`."""

    def __call__(
        self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Runs the cell for one step; see `RNNCell.__call__`."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)
