"""Convolutions without a family: what tf.layers' and keras' convolutional layers share."""

from __future__ import annotations

from typing import Any

from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.layers import lookup
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.utils import (
    conv_output_length,
    convert_data_format,
    deconv_output_length,
    normalize_data_format,
    normalize_padding,
    normalize_tuple,
)
from flowgraph.ops.array.joining import stack
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.array.slicing import pad
from flowgraph.ops.nn.activation import bias_add
from flowgraph.ops.nn.conv import conv2d, conv2d_transpose
from flowgraph.ops.nn.conv3d import conv3d, conv3d_transpose
from flowgraph.ops.nn.convolution import conv1d


class BaseConv(BaseLayer):
    """A convolution over one to three spatial dimensions, with bias and activation.

    Subclasses say in `rank` how many spatial dimensions there are.

    Args:
      filters: how many channels the output has.
      kernel_size: the window's size, one integer or one for each dimension.
      strides: how far the window moves, likewise.
      padding: "valid" or "same"; of one dimension also "causal", which pads before only.
      data_format: "channels_last" or "channels_first".
      dilation_rate: how far apart the window's elements lie; not 1 only with strides of 1.
      activation: a function or its name; None: none.
      use_bias: whether a bias is added to each channel.
      kernel_initializer: a function or a name; the family's default when None.
      bias_initializer: likewise.
      kernel_regularizer: a function of the kernel that gives a loss, or a name.
      bias_regularizer: likewise, of the bias.
      activity_regularizer: likewise, of the output.
      kernel_constraint: what an optimizer applies to the kernel after each update.
      bias_constraint: likewise, to the bias.
      trainable: whether the variables are trained.
      name: the layer's name.
      **kwargs: see `BaseLayer`.

    Raises:
      ValueError: an argument does not fit, or the number of channels is not known.
    """

    rank: int
    kernel: Any
    bias: Any = None

    def __init__(
        self,
        filters: int | None,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs
        )
        rank = self.rank
        self.filters, self.use_bias = filters, use_bias
        self.kernel_size = normalize_tuple(kernel_size, rank, "kernel_size")
        self.strides = normalize_tuple(strides, rank, "strides")
        self.padding = normalize_padding(padding, causal=rank == 1)
        self.data_format = normalize_data_format(data_format)
        self.dilation_rate = normalize_tuple(dilation_rate, rank, "dilation_rate")
        self.activation = lookup.activation(activation)
        self.kernel_initializer = lookup.initializer(kernel_initializer)
        self.bias_initializer = lookup.initializer(bias_initializer)
        self.kernel_regularizer = lookup.regularizer(kernel_regularizer)
        self.bias_regularizer = lookup.regularizer(bias_regularizer)
        self.kernel_constraint = lookup.constraint(kernel_constraint)
        self.bias_constraint = lookup.constraint(bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)

    # --- its variables -------------------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        channels = self._channels_of(input_shape)
        self.kernel = self.add_weight(
            name="kernel", shape=self._kernel_shape(channels), trainable=True, dtype=self.dtype,
            initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )  # fmt: skip
        self._add_bias(self.filters)
        self.built = True

    def _channels_of(self, input_shape: Any) -> int:
        """How many channels the inputs have, which `input_spec` asks of them from now on."""
        shape = as_shape(input_shape)
        if shape.rank != self.rank + 2:
            raise ValueError(
                f"Layer {self.name}: inputs should have rank {self.rank + 2}. Received input "
                f"shape: {shape}"
            )
        axis = self._channel_axis
        channels: int | None = shape.as_list()[axis]
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined. Found `None`. (Layer "
                f"{self.name}.)"
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _kernel_shape(self, channels: int) -> tuple[Any, ...]:
        return (*self.kernel_size, channels, self.filters)

    def _add_bias(self, size: int | None) -> None:
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(size,), initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
                trainable=True, dtype=self.dtype,
            )  # fmt: skip

    # --- its computation -----------------------------------------------------------------------
    @property
    def _channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else -1

    @property
    def _form(self) -> str:
        return convert_data_format(self.data_format, self.rank + 2)

    def _whole(self, spatial: tuple[int, ...]) -> list[int]:
        """One number for each dimension, of those for the spatial ones."""
        return [1, 1, *spatial] if self._channel_axis == 1 else [1, *spatial, 1]

    def call(self, inputs: Any) -> Any:
        """Computes the outputs."""
        if self.padding == "causal":
            before = [[0, 0], [0, 0]]
            before.insert(
                2 if self._channel_axis == 1 else 1,
                [self.dilation_rate[0] * (self.kernel_size[0] - 1), 0],
            )
            inputs = pad(inputs, before)
        return self._finish(self._convolve(inputs))

    @property
    def _op_padding(self) -> str:
        return "VALID" if self.padding == "causal" else self.padding.upper()

    def _convolve(self, inputs: Any) -> Any:
        convolve = (conv1d, conv2d, conv3d)[self.rank - 1]
        return convolve(
            inputs, self.kernel, self.strides, self._op_padding, data_format=self._form,
            dilations=self.dilation_rate,
        )  # fmt: skip

    def _finish(self, outputs: Any) -> Any:
        """Adds the bias, where there is one, and applies the activation."""
        if self.use_bias:
            if self.data_format == "channels_first" and self.rank == 1:
                outputs += reshape(self.bias, [1, -1, 1])
            else:
                first = self.data_format == "channels_first"
                outputs = bias_add(outputs, self.bias, data_format="NCHW" if first else "NHWC")
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The outputs' shape: the window's places, and `filters` channels."""
        sizes = as_shape(input_shape).as_list()
        first = self.data_format == "channels_first"
        space = [
            conv_output_length(
                size, self.kernel_size[i], self.padding, self.strides[i], self.dilation_rate[i]
            )
            for i, size in enumerate(sizes[2:] if first else sizes[1:-1])
        ]
        return self._with_channels(sizes[0], space, self._outputs_of(sizes[self._channel_axis]))

    def _outputs_of(self, channels: int | None) -> int | None:
        del channels
        return self.filters

    def _with_channels(self, batch: Any, space: list[Any], channels: Any) -> TensorShape:
        first = self.data_format == "channels_first"
        return as_shape([batch, channels, *space] if first else [batch, *space, channels])

    _told = (
        "activation", "kernel_initializer", "bias_initializer", "kernel_regularizer",
        "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint",
    )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = super().get_config()
        for key in ("filters", "kernel_size", "strides", "padding", "data_format",
                    "dilation_rate", "use_bias"):  # fmt: skip
            config[key] = getattr(self, key)
        return {**config, **{key: lookup.serialized(getattr(self, key)) for key in self._told}}


class BaseConvTranspose(BaseConv):
    """The transpose of a convolution of two or three spatial dimensions ("deconvolution").

    `output_padding` adds so many places after the last one, less than a stride; the other
    arguments are those of `BaseConv`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        output_padding = kwargs.pop("output_padding", None)
        super().__init__(
            filters, kernel_size, strides, padding, data_format,
            kwargs.pop("dilation_rate", 1), activation, use_bias, kernel_initializer,
            bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, trainable, name, **kwargs,
        )  # fmt: skip
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = normalize_tuple(output_padding, self.rank, "output_padding")
            if any(p >= s for p, s in zip(self.output_padding, self.strides, strict=True)):
                raise ValueError(
                    f"Stride {self.strides} must be greater than output padding "
                    f"{self.output_padding}"
                )

    def _kernel_shape(self, channels: int) -> tuple[Any, ...]:
        return (*self.kernel_size, self.filters, channels)

    def _space(self, sizes: Any) -> list[Any]:
        """The output's spatial sizes, of the input's: numbers, None or tensors."""
        first = 2 if self._channel_axis == 1 else 1
        return [
            deconv_output_length(
                sizes[first + i], self.kernel_size[i], self.padding, self.strides[i],
                None if self.output_padding is None else self.output_padding[i],
                self.dilation_rate[i],
            )
            for i in range(self.rank)
        ]  # fmt: skip

    def _convolve(self, inputs: Any) -> Any:
        sizes = shape_op(inputs)
        space, batch = self._space(sizes), sizes[0]
        whole = [batch, self.filters, *space] if self._channel_axis == 1 else [
            batch, *space, self.filters]  # fmt: skip
        transpose = conv2d_transpose if self.rank == 2 else conv3d_transpose
        outputs = transpose(
            inputs, self.kernel, stack(whole), self._whole(self.strides),
            padding=self.padding.upper(), data_format=self._form,
            dilations=self._whole(self.dilation_rate),
        )  # fmt: skip
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The outputs' shape."""
        sizes = as_shape(input_shape).as_list()
        return self._with_channels(sizes[0], self._space(sizes), self.filters)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "output_padding": self.output_padding}
