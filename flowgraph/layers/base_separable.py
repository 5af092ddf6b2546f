"""Convolutions of each channel on its own, for both families of layers."""

from __future__ import annotations

from typing import Any

from flowgraph.layers import lookup
from flowgraph.layers.base_conv import BaseConv
from flowgraph.ops.array.reshape import expand_dims, squeeze
from flowgraph.ops.nn.activation import bias_add
from flowgraph.ops.nn.depthwise import depthwise_conv2d, separable_conv2d


class BaseSeparableConv(BaseConv):
    """A convolution of each channel on its own, then one by 1 that mixes them.

    Args:
      filters: how many channels the output has.
      kernel_size: the window's size, one integer or one for each dimension.
      strides: how far the window moves, likewise.
      padding: "valid" or "same"; of one dimension also "causal".
      data_format: "channels_last" or "channels_first".
      dilation_rate: how far apart the window's elements lie.
      depth_multiplier: how many channels the first step makes of each.
      activation: a function or its name; None: none.
      use_bias: whether a bias is added to each channel.
      depthwise_initializer: a function or a name; the family's default when None.
      pointwise_initializer: likewise, for the second step.
      bias_initializer: likewise, for the bias.
      depthwise_regularizer: a function of the first kernel that gives a loss, or a name.
      pointwise_regularizer: likewise, of the second.
      bias_regularizer: likewise, of the bias.
      activity_regularizer: likewise, of the output.
      depthwise_constraint: what an optimizer applies to the first kernel after each update.
      pointwise_constraint: likewise, to the second.
      bias_constraint: likewise, to the bias.
      trainable: whether the variables are trained.
      name: the layer's name.
      **kwargs: see `BaseLayer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
            use_bias, bias_initializer=bias_initializer, bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer, bias_constraint=bias_constraint,
            trainable=trainable, name=name, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = lookup.initializer(depthwise_initializer)
        self.pointwise_initializer = lookup.initializer(pointwise_initializer)
        self.depthwise_regularizer = lookup.regularizer(depthwise_regularizer)
        self.pointwise_regularizer = lookup.regularizer(pointwise_regularizer)
        self.depthwise_constraint = lookup.constraint(depthwise_constraint)
        self.pointwise_constraint = lookup.constraint(pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Makes both kernels and the bias."""
        channels = self._channels_of(input_shape)
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel", shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer, regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint, trainable=True, dtype=self.dtype,
        )  # fmt: skip
        self.pointwise_kernel = self.add_weight(
            name="pointwise_kernel",
            shape=(*(1,) * self.rank, self.depth_multiplier * channels, self.filters),
            initializer=self.pointwise_initializer, regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint, trainable=True, dtype=self.dtype,
        )  # fmt: skip
        self._add_bias(self.filters)
        self.built = True

    def _convolve(self, inputs: Any) -> Any:
        first, second = self.depthwise_kernel, self.pointwise_kernel
        strides, rates = self.strides, self.dilation_rate
        axis = 2 if self._channel_axis == 1 else 1
        if self.rank == 1:  # a picture of one row
            inputs = expand_dims(inputs, axis)
            first, second = expand_dims(first, 0), expand_dims(second, 0)
            strides, rates = strides * 2, (1, *rates)
        outputs = separable_conv2d(
            inputs, first, second, strides=self._whole(strides), padding=self._op_padding,
            rate=rates, data_format="NCHW" if self._channel_axis == 1 else "NHWC",
        )  # fmt: skip
        return outputs

    def _finish(self, outputs: Any) -> Any:
        if self.rank > 1:
            return super()._finish(outputs)
        first = self._channel_axis == 1
        if self.use_bias:
            outputs = bias_add(outputs, self.bias, data_format="NCHW" if first else "NHWC")
        outputs = squeeze(outputs, [2 if first else 1])
        return outputs if self.activation is None else self.activation(outputs)

    _told = (
        "activation", "depthwise_initializer", "pointwise_initializer", "bias_initializer",
        "depthwise_regularizer", "pointwise_regularizer", "bias_regularizer",
        "activity_regularizer", "depthwise_constraint", "pointwise_constraint", "bias_constraint",
    )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "depth_multiplier": self.depth_multiplier}


class BaseDepthwiseConv2D(BaseConv):
    """A convolution of each channel on its own (only keras has it as a layer).

    The arguments are those of `BaseSeparableConv` that speak of its first step.
    """

    rank = 2

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            None, kernel_size, strides, padding, data_format, activation=activation,
            use_bias=use_bias, bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer, activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = lookup.initializer(depthwise_initializer)
        self.depthwise_regularizer = lookup.regularizer(depthwise_regularizer)
        self.depthwise_constraint = lookup.constraint(depthwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        channels = self._channels_of(input_shape)
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel", shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer, regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint, trainable=True, dtype=self.dtype,
        )  # fmt: skip
        self._add_bias(channels * self.depth_multiplier)
        self.built = True

    def _convolve(self, inputs: Any) -> Any:
        return depthwise_conv2d(
            inputs, self.depthwise_kernel, self._whole(self.strides), self._op_padding,
            rate=self.dilation_rate, data_format=self._form,
        )  # fmt: skip

    def _outputs_of(self, channels: int | None) -> int | None:
        return None if channels is None else channels * self.depth_multiplier

    _told = (
        "activation", "depthwise_initializer", "bias_initializer", "depthwise_regularizer",
        "bias_regularizer", "activity_regularizer", "depthwise_constraint", "bias_constraint",
    )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = {**super().get_config(), "depth_multiplier": self.depth_multiplier}
        for key in ("filters", "dilation_rate"):
            del config[key]
        return config
