"""The weights of a layer as the plain cells have them, and back; and how they are saved.

All weights are one vector, "opaque": of each layer and direction, each gate's kernel for inputs,
then for states, and behind all kernels the biases in the same order.
"""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.contrib.cudnn_rnn.steps import KINDS
from flowgraph.train.saveables import SaveableObject, SaveSpec

UNIDIRECTION, BIDIRECTION = "unidirectional", "bidirectional"


class _Converter:
    """Converts the weights of layers of one kind.

    Args:
      num_layers: how many layers there are.
      num_units: the size of a layer's state.
      input_size: the depth of the inputs.
      num_proj: has to be None: there are no projections.
      input_mode: accepted.
      direction: "unidirectional" or "bidirectional".
    """

    _rnn_mode: str

    def __init__(
        self,
        num_layers: int,
        num_units: int,
        input_size: int,
        num_proj: int | None = None,
        input_mode: str = "linear_input",
        direction: str = UNIDIRECTION,
    ) -> None:
        if num_proj:
            raise ValueError(f"There are no projections in these layers, got num_proj={num_proj}")
        self._num_layers, self._num_units, self._input_size = num_layers, num_units, input_size
        self._num_dirs = 1 if direction == UNIDIRECTION else 2
        self._gates = KINDS[self._rnn_mode].gates

    @property
    def weight_shapes(self) -> list[tuple[int, int]]:
        """The shapes of all gates' kernels, as they stand in the opaque vector."""
        units, shapes = self._num_units, []
        for layer in range(self._num_layers):
            depth = self._input_size if layer == 0 else units * self._num_dirs
            one = [(units, depth)] * self._gates + [(units, units)] * self._gates
            shapes += one * self._num_dirs
        return shapes

    def split(self, opaque_param: Any) -> tuple[list[Any], list[Any]]:
        """All kernels, [units, depth], and all biases."""
        shapes = self.weight_shapes
        sizes = [a * b for a, b in shapes] + [self._num_units] * len(shapes)
        parts = tf.split(tf.convert_to_tensor(opaque_param), sizes, 0)
        pairs = zip(parts, shapes, strict=False)
        return [tf.reshape(part, shape) for part, shape in pairs], parts[len(shapes) :]

    def opaque_to_tf_canonical(self, opaque_param: Any) -> tuple[list[Any], list[Any]]:
        """The kernels and the biases that the plain cells have, layer by layer."""
        kernels, biases = self.split(opaque_param)
        found_kernels, found_biases, size = [], [], 2 * self._gates
        for start in range(0, len(kernels), size):
            found_kernels += self._cell_kernels(kernels[start : start + size])
            found_biases += self._cell_biases(biases[start : start + size])
        return found_kernels, found_biases

    def tf_canonical_to_opaque(self, tf_canonicals: Any, weights_proj: Any = None) -> Any:
        """The opaque vector of kernels and biases, given in one list, kernels first."""
        del weights_proj
        half = len(tf_canonicals) // 2
        count = half // (self._num_layers * self._num_dirs)
        kernels, biases = [], []
        for start in range(0, half, count):
            kernels += self._gate_kernels(tf_canonicals[start : start + count])
            biases += self._gate_biases(tf_canonicals[half + start : half + start + count])
        return tf.concat([tf.reshape(part, [-1]) for part in kernels + biases], 0)

    # --- one layer in one direction ---------------------------------------------------------------
    def _order(self, gates: list[Any]) -> list[Any]:
        """cuDNN's order of gates <-> the plain cell's: the same, but for an LSTM."""
        return gates

    def _cell_kernels(self, kernels: list[Any]) -> list[Any]:
        pairs = zip(kernels[: self._gates], kernels[self._gates :], strict=True)
        gates = [tf.concat([given, own], 1) for given, own in pairs]
        return [tf.transpose(tf.concat(self._order(gates), 0))]

    def _gate_kernels(self, cell: list[Any]) -> list[Any]:
        (kernel,) = cell
        gates = self._order(tf.split(tf.transpose(kernel), self._gates, 0))
        depth = kernel.shape[0].value - self._num_units
        pairs = [tf.split(gate, [depth, self._num_units], 1) for gate in gates]
        return [given for given, _ in pairs] + [own for _, own in pairs]

    def _cell_biases(self, biases: list[Any]) -> list[Any]:
        pairs = zip(biases[: self._gates], biases[self._gates :], strict=True)
        return [tf.concat(self._order([a + b for a, b in pairs]), 0)]

    def _gate_biases(self, cell: list[Any]) -> list[Any]:
        gates = self._order(tf.split(cell[0], self._gates, 0))
        return [gate * 0.5 for gate in gates] * 2


class CudnnParamsFormatConverterLSTM(_Converter):
    """Weights of `CudnnLSTM` as `CudnnCompatibleLSTMCell` has them: gates in the order icfo."""

    _rnn_mode = "lstm"

    def _order(self, gates: list[Any]) -> list[Any]:
        return [gates[0], gates[2], gates[1], gates[3]]


class CudnnParamsFormatConverterTanh(_Converter):
    """Weights of `CudnnRNNTanh` as `BasicRNNCell` has them."""

    _rnn_mode = "rnn_tanh"


class CudnnParamsFormatConverterRelu(_Converter):
    """Weights of `CudnnRNNRelu` as `BasicRNNCell` has them."""

    _rnn_mode = "rnn_relu"


class CudnnParamsFormatConverterGRU(_Converter):
    """Weights of `CudnnGRU` as `CudnnCompatibleGRUCell` has them."""

    _rnn_mode = "gru"

    def _cell_kernels(self, kernels: list[Any]) -> list[Any]:
        (w_r, w_u, w_c), (r_r, r_u, r_c) = kernels[:3], kernels[3:]
        gates = [tf.concat([w_r, r_r], 1), tf.concat([w_u, r_u], 1)]
        return [tf.transpose(tf.concat(gates, 0)), tf.transpose(w_c), tf.transpose(r_c)]

    def _gate_kernels(self, cell: list[Any]) -> list[Any]:
        gates, w_c, r_c = cell
        depth = gates.shape[0].value - self._num_units
        halves = tf.split(tf.transpose(gates), 2, 0)
        (w_r, r_r), (w_u, r_u) = (tf.split(g, [depth, self._num_units], 1) for g in halves)
        return [w_r, w_u, tf.transpose(w_c), r_r, r_u, tf.transpose(r_c)]

    def _cell_biases(self, biases: list[Any]) -> list[Any]:
        gates = tf.concat(biases[:2], 0) + tf.concat(biases[3:5], 0)
        return [gates, biases[2], biases[5]]

    def _gate_biases(self, cell: list[Any]) -> list[Any]:
        gates, b_c, s_c = cell
        reset, update = tf.split(gates * 0.5, 2, 0)
        return [reset, update, b_c, reset, update, s_c]


# --- saving ---------------------------------------------------------------------------------------
class _Saveable(SaveableObject):
    """Saves the weights under the names that the plain cells' variables have.

    A checkpoint can then be restored into a network of plain cells.

    Args:
      opaque_params: the variable of all weights.
      num_layers: how many layers there are.
      num_units: the size of a layer's state.
      input_size: the depth of the inputs.
      input_mode: accepted.
      direction: "unidirectional" or "bidirectional".
      scope: what stands before the names: a scope or its name.
      name: the object's name.
    """

    _format_converter_cls: Any
    _cell = "basic_rnn_cell"
    _parts = ("",)

    def __init__(
        self,
        opaque_params: Any,
        num_layers: int,
        num_units: int,
        input_size: int,
        input_mode: str = "linear_input",
        direction: str = UNIDIRECTION,
        scope: Any = None,
        name: str = "cudnn_rnn_saveable",
    ) -> None:
        self.format_converter = self._format_converter_cls(
            num_layers, num_units, input_size, input_mode=input_mode, direction=direction
        )
        self._variable = opaque_params
        prefix = getattr(scope, "name", scope)
        names = [
            "/".join(filter(None, (prefix, place, self._cell, part)))
            for place in _places(num_layers, direction)
            for part in self._parts
        ]
        kernels, biases = self.format_converter.opaque_to_tf_canonical(opaque_params)
        self._shapes = [part.shape for part in kernels + biases]
        full = [f"{name}/kernel" for name in names] + [f"{name}/bias" for name in names]
        pairs = zip(kernels + biases, full, strict=True)
        super().__init__(
            tf.identity(opaque_params), [SaveSpec(part, "", name) for part, name in pairs], name
        )

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        """The assignment of all weights."""
        pairs = zip(restored_tensors, self._shapes, strict=True)
        parts = [tf.reshape(tensor, shape.as_list()) for tensor, shape in pairs]
        opaque = self.format_converter.tf_canonical_to_opaque(parts)
        return tf.assign(self._variable, opaque, validate_shape=False)


def _places(num_layers: int, direction: str) -> list[str]:
    if direction == UNIDIRECTION:
        return [f"rnn/multi_rnn_cell/cell_{i}" for i in range(num_layers)]
    return [
        f"stack_bidirectional_rnn/cell_{i}/bidirectional_rnn/{way}"
        for i in range(num_layers)
        for way in ("fw", "bw")
    ]


class CudnnLSTMSaveable(_Saveable):
    """Saves a `CudnnLSTM` as cells `CudnnCompatibleLSTMCell`."""

    _format_converter_cls = CudnnParamsFormatConverterLSTM
    _cell = "cudnn_compatible_lstm_cell"


class CudnnGRUSaveable(_Saveable):
    """Saves a `CudnnGRU` as cells `CudnnCompatibleGRUCell`."""

    _format_converter_cls = CudnnParamsFormatConverterGRU
    _cell = "cudnn_compatible_gru_cell"
    _parts = ("gates", "candidate/input_projection", "candidate/hidden_projection")


class CudnnRNNTanhSaveable(_Saveable):
    """Saves a `CudnnRNNTanh` as cells `BasicRNNCell`."""

    _format_converter_cls = CudnnParamsFormatConverterTanh


class CudnnRNNReluSaveable(_Saveable):
    """Saves a `CudnnRNNRelu` as cells `BasicRNNCell`."""

    _format_converter_cls = CudnnParamsFormatConverterRelu
