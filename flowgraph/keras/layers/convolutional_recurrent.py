"""`ConvLSTM2D`: an LSTM over images, whose products are convolutions."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import InputSpec
from flowgraph.keras.layers.cells import _WEIGHTS, Cell
from flowgraph.keras.layers.recurrent import _OfCell
from flowgraph.layers.utils import conv_output_length, normalize_data_format, normalize_tuple


class ConvLSTM2DCell(Cell):
    """One step of `ConvLSTM2D` (Shi et al. 2015, arXiv:1506.04214)."""

    gates = 4

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = (1, 1), activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True,
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        given = locals()
        super().__init__(**kwargs)
        named = {key: given[key] for key in ("activation", "recurrent_activation", *_WEIGHTS)}
        self._settle(filters, use_bias, dropout, recurrent_dropout, named)
        self.filters, self.padding = filters, padding.lower()
        self.kernel_size = normalize_tuple(kernel_size, 2, "kernel_size")
        self.strides = normalize_tuple(strides, 2, "strides")
        self.dilation_rate = normalize_tuple(dilation_rate, 2, "dilation_rate")
        self.data_format = normalize_data_format(data_format)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [filters, filters]

    def _image(self, sizes: list[Any]) -> tuple[Any, ...]:
        """The shape of a state for inputs (batch, *image)."""
        first = 2 if self.data_format == "channels_first" else 1
        places = [
            conv_output_length(
                sizes[first + i], self.kernel_size[i], self.padding, self.strides[i],
                self.dilation_rate[i],
            )
            for i in range(2)
        ]  # fmt: skip
        return (self.filters, *places) if first == 2 else (*places, self.filters)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        sizes = tf.TensorShape(input_shape).as_list()
        channels = sizes[1 if self.data_format == "channels_first" else -1]
        wide = self.filters * 4
        self.state_size = [self._image(sizes)] * 2
        for name, told, depth in (
            ("kernel", "kernel", channels),
            ("recurrent_kernel", "recurrent", self.filters),
        ):
            variable = self.add_weight(
                shape=(*self.kernel_size, depth, wide), name=name,
                initializer=getattr(self, told + "_initializer"),
                regularizer=getattr(self, told + "_regularizer"),
                constraint=getattr(self, told + "_constraint"),
            )  # fmt: skip
            setattr(self, name, variable)
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(wide,), name="bias", initializer=self._bias_start(),
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def _bias_start(self) -> Any:
        filters, start = self.filters, self.bias_initializer
        if not self.unit_forget_bias:
            return start

        def forgets_little(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            del shape, partition_info
            ends = start((filters,), dtype=dtype), start((filters * 2,), dtype=dtype)
            return tf.concat([ends[0], tf.ones((filters,), dtype=dtype), ends[1]], 0)

        return forgets_little

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """(the output, [the new output, the new memory])."""
        before, memory = states
        mask = self._mask("input", inputs, self.dropout, training)
        again = self._mask("recurrent", before, self.recurrent_dropout, training)
        kernels = tf.split(self.kernel, 4, 3)
        backs = tf.split(self.recurrent_kernel, 4, 3)
        biases = [None] * 4 if self.bias is None else tf.split(self.bias, 4, 0)
        gates = []
        for g in range(4):
            own = K.conv2d(
                inputs if mask is None else inputs * mask[g], kernels[g], self.strides,
                self.padding, self.data_format, self.dilation_rate,
            )  # fmt: skip
            if biases[g] is not None:
                own = K.bias_add(own, biases[g], data_format=self.data_format)
            state = before if again is None else before * again[g]
            gates.append(own + K.conv2d(state, backs[g], (1, 1), "same", self.data_format))
        i, f, c, o = gates
        i, f, o = (self.recurrent_activation(gate) for gate in (i, f, o))
        memory = f * memory + i * self.activation(c)
        output = o * self.activation(memory)
        return output, [output, memory]

    def told(self) -> dict[str, Any]:
        """The cell's own arguments."""
        told = super().told()
        told.pop("units")
        for key in ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
                    "unit_forget_bias"):  # fmt: skip
            told[key] = getattr(self, key)
        return told


class ConvLSTM2D(_OfCell):
    """An LSTM over images: (samples, time, rows, columns, channels)."""

    _cell_type = ConvLSTM2DCell

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._input_spec = [InputSpec(ndim=5)]

    def build(self, input_shape: Any) -> None:
        """Makes the cell's variables, which tell the shape of its states."""
        sizes = tf.TensorShape(input_shape).as_list()
        if not self.cell.built:
            self.cell.build((sizes[0], *sizes[2:]))
            self.cell.built = True
        super().build(input_shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, and those of the states with `return_state`."""
        sizes = tf.TensorShape(input_shape).as_list()
        image = self.cell._image([sizes[0], *sizes[2:]])
        before = sizes[:2] if self.return_sequences else sizes[:1]
        output = tf.TensorShape([*before, *image])
        if not self.return_state:
            return output
        return [output, *([tf.TensorShape([sizes[0], *image])] * 2)]
