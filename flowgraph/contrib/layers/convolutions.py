"""Convolutions with normalisation and activation (tf.contrib.layers.conv2d and its kin).

What most of them take:

  num_outputs: how many channels the output has.
  kernel_size: the window's size, one integer or one for each spatial dimension.
  stride: how far the window moves, likewise.
  padding: "SAME" or "VALID".
  data_format: "NHWC" or "NCHW" and their like.
  rate: how far apart the window's elements lie.
  activation_fn: a function; None: none.
  normalizer_fn: a function in place of the bias, such as `batch_norm`.
  normalizer_params: a dict of its arguments.
  weights_initializer, biases_initializer: None for the biases: there are none.
  weights_regularizer, biases_regularizer: functions of the variable that give a loss.
  reuse: whether to find the variables instead of making them.
  variables_collections: names of collections, or a dict from "weights" and "biases" to them.
  outputs_collections: the collections of the output.
  trainable: whether the variables are trained.
  scope: the variable scope.

Their variables are `weights` and `biases`. All heed `arg_scope`.
"""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers import utils
from flowgraph.contrib.layers.initializers import xavier_initializer
from flowgraph.core.convert import convert_to_tensor
from flowgraph.layers import convolutional
from flowgraph.ops.array.making import tile
from flowgraph.ops.nn.activation import bias_add as bias_add_op
from flowgraph.ops.nn.activation import relu
from flowgraph.ops.nn.depthwise import depthwise_conv2d
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import variable_scope

_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")
_RENAMED = {"bias": "biases", "kernel": "weights"}
_BY_RANK = {3: convolutional.Conv1D, 4: convolutional.Conv2D, 5: convolutional.Conv3D}


@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    conv_dims: int | None = None,
) -> Any:
    """A convolution of one to three spatial dimensions (tf.contrib.layers.convolution).

    Raises:
      ValueError: the rank or the data format does not fit.
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    getter = utils.model_variable_getter(_RENAMED)
    with variable_scope(scope, "Conv", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.rank
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in _BY_RANK:
            raise ValueError(f"Convolution not supported for input with rank {rank}")
        first = bool(data_format and data_format.startswith("NC"))
        layer = _BY_RANK[rank](
            filters=num_outputs, kernel_size=kernel_size, strides=stride, padding=padding,
            data_format="channels_first" if first else "channels_last", dilation_rate=rate,
            use_bias=bool(not normalizer_fn and biases_initializer),
            kernel_initializer=weights_initializer, bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer, bias_regularizer=biases_regularizer,
            trainable=trainable, name=sc.name, dtype=inputs.dtype.base_dtype, _scope=sc,
            _reuse=reuse,
        )  # fmt: skip
        outputs = layer(inputs)
        _collect(layer, variables_collections)
        outputs = utils.normalized_and_activated(
            outputs, normalizer_fn, normalizer_params, activation_fn
        )
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


def _collect(layer: Any, variables_collections: Any) -> None:
    utils.add_variable_to_collections(layer.kernel, variables_collections, "weights")
    if layer.bias is not None:
        utils.add_variable_to_collections(layer.bias, variables_collections, "biases")


@add_arg_scope
def convolution1d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of sequences [batch, steps, channels] (tf.contrib.layers.conv1d)."""
    return convolution(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn,
        normalizer_fn, normalizer_params, weights_initializer, weights_regularizer,
        biases_initializer, biases_regularizer, reuse, variables_collections, outputs_collections,
        trainable, scope, conv_dims=1,
    )  # fmt: skip


@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of images [batch, height, width, channels] (tf.contrib.layers.conv2d)."""
    return convolution(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn,
        normalizer_fn, normalizer_params, weights_initializer, weights_regularizer,
        biases_initializer, biases_regularizer, reuse, variables_collections, outputs_collections,
        trainable, scope, conv_dims=2,
    )  # fmt: skip


@add_arg_scope
def convolution3d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of volumes (tf.contrib.layers.conv3d)."""
    return convolution(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn,
        normalizer_fn, normalizer_params, weights_initializer, weights_regularizer,
        biases_initializer, biases_regularizer, reuse, variables_collections, outputs_collections,
        trainable, scope, conv_dims=3,
    )  # fmt: skip


def _transpose(
    layer_class: Any, default_scope: str, data_format: str, inputs: Any, num_outputs: int,
    kernel_size: Any, stride: Any, padding: str, activation_fn: Any, normalizer_fn: Any,
    normalizer_params: Any, weights_initializer: Any, weights_regularizer: Any,
    biases_initializer: Any, biases_regularizer: Any, reuse: Any, variables_collections: Any,
    outputs_collections: Any, trainable: bool, scope: Any,
) -> Any:  # fmt: skip
    getter = utils.model_variable_getter(_RENAMED)
    with variable_scope(scope, default_scope, [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = convert_to_tensor(inputs)
        layer = layer_class(
            filters=num_outputs, kernel_size=kernel_size, strides=stride, padding=padding,
            data_format=data_format, use_bias=bool(not normalizer_fn and biases_initializer),
            kernel_initializer=weights_initializer, bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer, bias_regularizer=biases_regularizer,
            trainable=trainable, name=sc.name, dtype=inputs.dtype.base_dtype, _scope=sc,
            _reuse=reuse,
        )  # fmt: skip
        outputs = layer(inputs)
        _collect(layer, variables_collections)
        outputs = utils.normalized_and_activated(
            outputs, normalizer_fn, normalizer_params, activation_fn
        )
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """The transpose of `conv2d`, "deconvolution" (tf.contrib.layers.conv2d_transpose).

    Raises:
      ValueError: the data format is neither "NHWC" nor "NCHW".
    """
    return _transpose(
        convolutional.Conv2DTranspose, "Conv2d_transpose", utils.keras_format(data_format), inputs,
        num_outputs, kernel_size, stride, padding, activation_fn, normalizer_fn, normalizer_params,
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer, reuse,
        variables_collections, outputs_collections, trainable, scope,
    )  # fmt: skip


@add_arg_scope
def convolution3d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """The transpose of `conv3d` (tf.contrib.layers.conv3d_transpose).

    Raises:
      ValueError: the data format is neither "NDHWC" nor "NCDHW".
    """
    return _transpose(
        convolutional.Conv3DTranspose, "Conv3d_transpose",
        utils.keras_format(data_format, ("NDHWC", "NCDHW")), inputs, num_outputs, kernel_size,
        stride, padding, activation_fn, normalizer_fn, normalizer_params, weights_initializer,
        weights_regularizer, biases_initializer, biases_regularizer, reuse, variables_collections,
        outputs_collections, trainable, scope,
    )  # fmt: skip


@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """One window over all channels alike (tf.contrib.layers.conv2d_in_plane)."""
    with variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        dtype = inputs.dtype.base_dtype
        rows, columns = utils.two_element_tuple(stride)
        channels = utils.last_dimension(inputs.shape, min_rank=4)
        weights = model_variable(
            "weights", shape=[*utils.two_element_tuple(kernel_size), 1, 1], dtype=dtype,
            initializer=weights_initializer, regularizer=weights_regularizer, trainable=trainable,
            collections=utils.get_variable_collections(variables_collections, "weights"),
        )  # fmt: skip
        window = tile(weights, [1, 1, channels, 1])
        outputs = depthwise_conv2d(inputs, window, [1, rows, columns, 1], padding)
        if normalizer_fn is None and biases_initializer is not None:
            outputs = _with_biases(
                outputs, channels, dtype, biases_initializer, biases_regularizer, trainable,
                variables_collections, "NHWC",
            )  # fmt: skip
        outputs = utils.normalized_and_activated(
            outputs, normalizer_fn, normalizer_params, activation_fn
        )
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


def _with_biases(
    outputs: Any, size: int, dtype: Any, initializer: Any, regularizer: Any, trainable: bool,
    variables_collections: Any, data_format: str,
) -> Any:  # fmt: skip
    biases = model_variable(
        "biases", shape=[size], dtype=dtype, initializer=initializer, regularizer=regularizer,
        collections=utils.get_variable_collections(variables_collections, "biases"),
        trainable=trainable,
    )  # fmt: skip
    return bias_add_op(outputs, biases, data_format=data_format)


conv1d, conv2d, conv3d = convolution1d, convolution2d, convolution3d
conv2d_transpose, conv3d_transpose = convolution2d_transpose, convolution3d_transpose
conv2d_in_plane = convolution2d_in_plane
