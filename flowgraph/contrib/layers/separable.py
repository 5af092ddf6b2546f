"""Convolutions of each channel on its own (tf.contrib.layers.separable_conv2d)."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers import utils
from flowgraph.contrib.layers.convolutions import _with_biases
from flowgraph.contrib.layers.initializers import xavier_initializer
from flowgraph.core.convert import convert_to_tensor
from flowgraph.layers.convolutional import SeparableConv2D
from flowgraph.ops.nn.activation import relu
from flowgraph.ops.nn.depthwise import depthwise_conv2d
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import variable_scope

_RENAMED = {
    "bias": "biases",
    "depthwise_kernel": "depthwise_weights",
    "pointwise_kernel": "pointwise_weights",
}


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of each channel, then one by 1 that mixes them (separable_conv2d).

    Without `num_outputs` the channels are not mixed. Its variables are `depthwise_weights`,
    `pointwise_weights` and `biases`; see `convolutions` for the arguments.

    Raises:
      ValueError: the data format is neither "NHWC" nor "NCHW".
    """
    form = utils.keras_format(data_format)
    getter = utils.model_variable_getter(_RENAMED)
    with variable_scope(
        scope, "SeparableConv2d", [inputs], reuse=reuse, custom_getter=getter
    ) as sc:
        inputs = convert_to_tensor(inputs)
        if num_outputs is None:
            outputs = _depthwise(
                inputs, form, data_format, kernel_size, depth_multiplier, stride, padding, rate,
                weights_initializer, weights_regularizer,
                None if normalizer_fn else biases_initializer, biases_regularizer,
                variables_collections, trainable,
            )  # fmt: skip
        else:
            layer = SeparableConv2D(
                filters=num_outputs, kernel_size=kernel_size, strides=stride, padding=padding,
                data_format=form, dilation_rate=utils.two_element_tuple(rate),
                depth_multiplier=depth_multiplier,
                use_bias=bool(not normalizer_fn and biases_initializer),
                depthwise_initializer=weights_initializer,
                pointwise_initializer=pointwise_initializer or weights_initializer,
                bias_initializer=biases_initializer, depthwise_regularizer=weights_regularizer,
                pointwise_regularizer=weights_regularizer, bias_regularizer=biases_regularizer,
                trainable=trainable, name=sc.name, dtype=inputs.dtype.base_dtype, _scope=sc,
                _reuse=reuse,
            )  # fmt: skip
            outputs = layer(inputs)
            for variable, name in (
                (layer.depthwise_kernel, "weights"), (layer.pointwise_kernel, "weights"),
                (layer.bias, "biases"),
            ):  # fmt: skip
                if variable is not None:
                    utils.add_variable_to_collections(variable, variables_collections, name)
        outputs = utils.normalized_and_activated(
            outputs, normalizer_fn, normalizer_params, activation_fn
        )
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


def _depthwise(
    inputs: Any, form: str, data_format: str, kernel_size: Any, depth_multiplier: int, stride: Any,
    padding: str, rate: Any, initializer: Any, regularizer: Any, biases_initializer: Any,
    biases_regularizer: Any, variables_collections: Any, trainable: bool,
) -> Any:  # fmt: skip
    """The first step alone, with biases unless their initializer is None."""
    dtype = inputs.dtype.base_dtype
    channels = utils.channel_dimension(inputs.shape, form, min_rank=4)
    weights = model_variable(
        "depthwise_weights",
        shape=[*utils.two_element_tuple(kernel_size), channels, depth_multiplier], dtype=dtype,
        initializer=initializer, regularizer=regularizer, trainable=trainable,
        collections=utils.get_variable_collections(variables_collections, "weights"),
    )  # fmt: skip
    steps = utils.two_element_tuple(stride)
    strides = [1, 1, *steps] if form == "channels_first" else [1, *steps, 1]
    outputs = depthwise_conv2d(
        inputs, weights, strides, padding, rate=utils.two_element_tuple(rate),
        data_format=data_format,
    )  # fmt: skip
    if biases_initializer is None:
        return outputs
    return _with_biases(
        outputs, channels * depth_multiplier, dtype, biases_initializer, biases_regularizer,
        trainable, variables_collections, data_format,
    )  # fmt: skip


separable_conv2d = separable_convolution2d
