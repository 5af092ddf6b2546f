"""The cells of recurrent layers: one step of SimpleRNN, GRU and LSTM."""

from __future__ import annotations

import inspect
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object
from flowgraph.layers import lookup

_KINDS = {
    "initializer": lookup.initializer, "regularizer": lookup.regularizer,
    "constraint": lookup.constraint, "activation": lookup.activation,
}  # fmt: skip


def zero_state(size: Any, batch: Any, dtype: Any) -> Any:
    """Zeros of (batch, *size) for each size of a state."""
    sizes = tf.TensorShape(size).as_list() if not isinstance(size, int) else [size]
    return tf.zeros(tf.stack([batch, *sizes]), dtype=dtype)


class Cell(Layer):
    """What the cells have in common: variables `kernel`, `recurrent_kernel` and `bias`.

    Their sizes are `units` times `gates`. Each argument whose name ends in initializer,
    regularizer, constraint or activation is looked up by name.
    """

    gates = 1

    def _settle(self, units: int, use_bias: bool, dropout: float, recurrent_dropout: float,
                named: dict[str, Any]) -> None:  # fmt: skip
        self.units, self.use_bias = int(units), use_bias
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self._named = [*named]
        for key, value in named.items():
            setattr(self, key, _KINDS[key.rsplit("_", 1)[-1]](value))
        self._masks: dict[str, Any] = {}

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        wide = self.units * self.gates
        size = tf.TensorShape(input_shape).as_list()[-1]
        for name, shape in (("kernel", (size, wide)), ("recurrent_kernel", (self.units, wide))):
            told = "recurrent" if name == "recurrent_kernel" else name
            variable = self.add_weight(
                shape=shape, name=name, initializer=getattr(self, told + "_initializer"),
                regularizer=getattr(self, told + "_regularizer"),
                constraint=getattr(self, told + "_constraint"),
            )  # fmt: skip
            setattr(self, name, variable)
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=self._bias_shape(wide), name="bias", initializer=self._bias_start(),
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def _bias_shape(self, wide: int) -> Any:
        return (wide,)

    def _bias_start(self) -> Any:
        return self.bias_initializer

    # --- dropout, the same at all steps of a sequence ------------------------------------------
    def reset_dropout_mask(self) -> None:
        """Has the next step draw anew what inputs it drops."""
        self._masks.pop("input", None)

    def reset_recurrent_dropout_mask(self) -> None:
        """Has the next step draw anew what of the state it drops."""
        self._masks.pop("recurrent", None)

    def _mask(self, kind: str, like: Any, rate: float, training: Any) -> list[Any] | None:
        """For each gate, what the inputs (or states) are multiplied by."""
        if rate == 0:
            return None
        if kind not in self._masks:
            ones = tf.ones_like(like)
            training = K.learning_phase() if training is None else training
            self._masks[kind] = [
                K.in_train_phase(lambda: K.dropout(ones, rate), ones, training=training)
                for _ in range(self.gates)
            ]
        return self._masks[kind]  # type: ignore[no-any-return]

    def draw_masks(self, inputs: Any, state: Any, training: Any) -> None:
        """Draws the masks before a loop, whose steps then share them."""
        self._masks = {}
        self._mask("input", inputs, self.dropout, training)
        self._mask("recurrent", state, self.recurrent_dropout, training)

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Zeros for each state."""
        if inputs is not None:
            batch_size, dtype = tf.shape(inputs)[0], inputs.dtype
        sizes = self.state_size if isinstance(self.state_size, (list, tuple)) else [self.state_size]
        states = [zero_state(s, batch_size, dtype) for s in sizes]
        return states if isinstance(self.state_size, (list, tuple)) else states[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = {**super().get_config(), **self.told()}
        config.pop("batch_input_shape", None)
        return config

    def told(self) -> dict[str, Any]:
        """The cell's own arguments."""
        named = {key: lookup.serialized(getattr(self, key)) for key in self._named}
        return {
            "units": self.units, "use_bias": self.use_bias, **named, "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
        }  # fmt: skip


class AbstractRNNCell(Layer):
    """Base class of a user's cells: `call(inputs, states)`, `state_size` and `output_size`."""

    def call(self, inputs: Any, states: Any) -> Any:  # type: ignore[override]
        """(the output, the new states)."""
        raise NotImplementedError(f"{type(self).__name__} must implement call")

    @property
    def state_size(self) -> Any:
        """The size of the state, or a list of sizes."""
        raise NotImplementedError(f"{type(self).__name__} must define state_size")

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        raise NotImplementedError(f"{type(self).__name__} must define output_size")

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Zeros for each state."""
        return Cell.get_initial_state(self, inputs, batch_size, dtype)  # type: ignore[arg-type]


_WEIGHTS = (
    "kernel_initializer", "recurrent_initializer", "bias_initializer", "kernel_regularizer",
    "recurrent_regularizer", "bias_regularizer", "kernel_constraint", "recurrent_constraint",
    "bias_constraint",
)  # fmt: skip


class SimpleRNNCell(Cell):
    """state = activation(inputs @ kernel + state @ recurrent_kernel + bias)."""

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        given = locals()
        super().__init__(**kwargs)
        named = {key: given[key] for key in ("activation", *_WEIGHTS)}
        self._settle(units, use_bias, dropout, recurrent_dropout, named)
        self.state_size = self.output_size = self.units

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """(the output, [the new state])."""
        before = states[0] if isinstance(states, (list, tuple)) else states
        mask = self._mask("input", inputs, self.dropout, training)
        again = self._mask("recurrent", before, self.recurrent_dropout, training)
        inputs = inputs if mask is None else inputs * mask[0]
        hidden = K.dot(inputs, self.kernel)
        if self.bias is not None:
            hidden = K.bias_add(hidden, self.bias)
        before = before if again is None else before * again[0]
        output = hidden + K.dot(before, self.recurrent_kernel)
        output = output if self.activation is None else self.activation(output)
        return output, [output]


class GRUCell(Cell):
    """The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078).

    `reset_after` applies the reset gate behind the product with the recurrent kernel, as CuDNN.
    """

    gates = 3

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, implementation: int = 1, reset_after: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        given = locals()
        super().__init__(**kwargs)
        named = {key: given[key] for key in ("activation", "recurrent_activation", *_WEIGHTS)}
        self._settle(units, use_bias, dropout, recurrent_dropout, named)
        self.implementation, self.reset_after = implementation, reset_after
        self.state_size = self.output_size = self.units

    def _bias_shape(self, wide: int) -> Any:
        return (2, wide) if self.reset_after else (wide,)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """(the output, [the new state])."""
        before = states[0] if isinstance(states, (list, tuple)) else states
        mask = self._mask("input", inputs, self.dropout, training)
        again = self._mask("recurrent", before, self.recurrent_dropout, training)
        own, back = None, None
        if self.bias is not None:
            own, back = tf.unstack(self.bias) if self.reset_after else (self.bias, None)
        x_z, x_r, x_h = _gates(inputs, self.kernel, own, mask, 3)
        one, apply = self.units, self.recurrent_activation
        hs = [before] * 3 if again is None else [before * m for m in again]
        if self.reset_after:
            h_z, h_r, h_h = _gates(before, self.recurrent_kernel, back, again, 3)
            z, r = apply(x_z + h_z), apply(x_r + h_r)
            fresh = self.activation(x_h + r * h_h)
        else:
            kernel = self.recurrent_kernel
            if again is None:
                h_z, h_r = tf.split(K.dot(before, kernel[:, : 2 * one]), 2, 1)
            else:
                h_z = K.dot(hs[0], kernel[:, :one])
                h_r = K.dot(hs[1], kernel[:, one : 2 * one])
            z, r = apply(x_z + h_z), apply(x_r + h_r)
            fresh = self.activation(x_h + K.dot(r * hs[2], kernel[:, 2 * one :]))
        output = z * before + (1 - z) * fresh
        return output, [output]

    def told(self) -> dict[str, Any]:
        """The cell's own arguments."""
        own = {"implementation": self.implementation, "reset_after": self.reset_after}
        return {**super().told(), **own}


class LSTMCell(Cell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997).

    `unit_forget_bias` lets the forget gate's bias start at 1.
    """

    gates = 4

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        implementation: int = 1, **kwargs: Any,
    ) -> None:  # fmt: skip
        given = locals()
        super().__init__(**kwargs)
        named = {key: given[key] for key in ("activation", "recurrent_activation", *_WEIGHTS)}
        self._settle(units, use_bias, dropout, recurrent_dropout, named)
        self.unit_forget_bias, self.implementation = unit_forget_bias, implementation
        self.state_size, self.output_size = [self.units, self.units], self.units

    def _bias_start(self) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer
        units, start = self.units, self.bias_initializer

        def forgets_little(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            del shape, partition_info
            ones = tf.ones((units,), dtype=dtype)
            ends = start((units,), dtype=dtype), start((units * 2,), dtype=dtype)
            return tf.concat([ends[0], ones, ends[1]], 0)

        return forgets_little

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """(the output, [the new output, the new memory])."""
        before, memory = states
        mask = self._mask("input", inputs, self.dropout, training)
        again = self._mask("recurrent", before, self.recurrent_dropout, training)
        if mask is None and again is None:
            whole = K.dot(inputs, self.kernel) + K.dot(before, self.recurrent_kernel)
            if self.bias is not None:
                whole = K.bias_add(whole, self.bias)
            i, f, c, o = tf.split(whole, 4, 1)
        else:
            own = _gates(inputs, self.kernel, self.bias, mask, 4)
            back = _gates(before, self.recurrent_kernel, None, again, 4)
            i, f, c, o = (a + b for a, b in zip(own, back, strict=True))
        i, f, o = (self.recurrent_activation(gate) for gate in (i, f, o))
        memory = f * memory + i * self.activation(c)
        output = o * self.activation(memory)
        return output, [output, memory]

    def told(self) -> dict[str, Any]:
        """The cell's own arguments."""
        own = {"unit_forget_bias": self.unit_forget_bias, "implementation": self.implementation}
        return {**super().told(), **own}


def _gates(x: Any, kernel: Any, bias: Any, masks: list[Any] | None, count: int) -> list[Any]:
    """x @ kernel + bias, cut into the gates; each gate's inputs may be masked by themselves."""
    if masks is None:
        whole = K.dot(x, kernel)
        whole = whole if bias is None else K.bias_add(whole, bias)
        return tf.split(whole, count, 1)  # type: ignore[no-any-return]
    kernels = tf.split(kernel, count, 1)
    biases = [None] * count if bias is None else tf.split(bias, count, 0)
    gates = [K.dot(x * m, k) for m, k in zip(masks, kernels, strict=True)]
    return [g if b is None else K.bias_add(g, b) for g, b in zip(gates, biases, strict=True)]


class PeepholeLSTMCell(LSTMCell):
    """An LSTM whose gates see its memory (Gers and Schmidhuber 2000)."""

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        super().build(input_shape)
        for gate in ("input", "forget", "output"):
            name = f"{gate}_gate_peephole_weights"
            weight = self.add_weight(
                shape=(self.units,), name=name, initializer=self.kernel_initializer
            )
            setattr(self, name, weight)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """(the output, [the new output, the new memory])."""
        before, memory = states
        mask = self._mask("input", inputs, self.dropout, training)
        again = self._mask("recurrent", before, self.recurrent_dropout, training)
        own = _gates(inputs, self.kernel, self.bias, mask, 4)
        back = _gates(before, self.recurrent_kernel, None, again, 4)
        i, f, c, o = (a + b for a, b in zip(own, back, strict=True))
        i = self.recurrent_activation(i + self.input_gate_peephole_weights * memory)
        f = self.recurrent_activation(f + self.forget_gate_peephole_weights * memory)
        memory = f * memory + i * self.activation(c)
        o = self.recurrent_activation(o + self.output_gate_peephole_weights * memory)
        output = o * self.activation(memory)
        return output, [output, memory]


class StackedRNNCells(Layer):
    """Several cells as one, each of which takes the one's output before it."""

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        for cell in cells:
            if not hasattr(cell, "call"):
                raise ValueError(f"All cells must have a `call` method. received cells: {cells}")
            if not hasattr(cell, "state_size"):
                raise ValueError(
                    f"All cells must have a `state_size` attribute. received cells: {cells}"
                )
        self.cells = list(cells)
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        super().__init__(**kwargs)

    @property
    def _order(self) -> list[Any]:
        return self.cells[::-1] if self.reverse_state_order else self.cells

    @property
    def state_size(self) -> Any:
        """Those of the cells."""
        return tuple(c.state_size for c in self._order)

    @property
    def output_size(self) -> Any:
        """That of the last cell."""
        last = self.cells[-1]
        if getattr(last, "output_size", None) is not None:
            return last.output_size
        return last.state_size[0] if isinstance(last.state_size, (list, tuple)) else last.state_size

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Zeros for each cell."""
        if inputs is not None:
            batch_size, dtype = tf.shape(inputs)[0], inputs.dtype
        states = []
        for cell in self._order:
            if hasattr(cell, "get_initial_state"):
                states.append(cell.get_initial_state(None, batch_size, dtype))
            else:
                sizes = cell.state_size
                many = isinstance(sizes, (list, tuple))
                made = [zero_state(s, batch_size, dtype) for s in (sizes if many else [sizes])]
                states.append(made if many else made[0])
        return tuple(states)

    def build(self, input_shape: Any) -> None:
        """Makes the cells' variables."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            size = getattr(cell, "output_size", None) or cell.state_size
            size = size[0] if isinstance(size, (list, tuple)) else size
            first = tf.TensorShape(input_shape).as_list()[0]
            input_shape = (
                first,
                *tf.TensorShape([size] if isinstance(size, int) else size).as_list(),
            )
        self.built = True

    def call(
        self, inputs: Any, states: Any, constants: Any = None, training: Any = None, **kwargs: Any
    ) -> Any:
        """(the last cell's output, the cells' new states)."""
        order = states[::-1] if self.reverse_state_order else states
        fresh = []
        for cell, state in zip(self.cells, order, strict=True):
            many = isinstance(state, (list, tuple))
            arguments = {"training": training} if _takes(cell, "training") else {}
            if constants is not None and _takes(cell, "constants"):
                arguments["constants"] = constants
            inputs, new = cell.call(inputs, list(state) if many else [state], **arguments)
            fresh.append(new if many else new[0] if isinstance(new, (list, tuple)) else new)
        return inputs, tuple(fresh[::-1] if self.reverse_state_order else fresh)

    def draw_masks(self, inputs: Any, states: Any, training: Any) -> None:
        """Has each cell draw its dropout masks."""
        del inputs, states, training
        for cell in self.cells:
            if isinstance(cell, Cell):
                cell._masks = {}

    def get_config(self) -> dict[str, Any]:
        """The cells' configurations."""
        cells = [serialize_keras_object(c) for c in self.cells]
        config = {**super().get_config(), "cells": cells}
        config.pop("batch_input_shape", None)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the cells that `get_config` described."""
        config = dict(config)
        known = {c.__name__: c for c in (SimpleRNNCell, GRUCell, LSTMCell, StackedRNNCells)}
        cells = [
            deserialize_keras_object(c, known, custom_objects, "cell") for c in config.pop("cells")
        ]
        return cls(cells, **config)


def _takes(cell: Any, name: str) -> bool:
    return name in inspect.signature(cell.call).parameters
