"""Fully connected layers, with normalisation and activation (tf.contrib.layers)."""

from __future__ import annotations

import functools
import numbers
from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers import utils
from flowgraph.contrib.layers.initializers import xavier_initializer
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph_functions import add_to_collections
from flowgraph.layers.core import Dense
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.nn import activation as nn
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.scope import get_variable, variable_scope


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = nn.relu,
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
    """`activation_fn(inputs @ weights + biases)` over the last axis.

    tf.contrib.layers.fully_connected; its variables are `weights` and `biases`.

    Args:
      inputs: a tensor of rank 2 at least whose last size is known.
      num_outputs: how many outputs there are.
      activation_fn: a function; None: none.
      normalizer_fn: a function in place of the biases, such as `batch_norm`.
      normalizer_params: a dict of its arguments.
      weights_initializer: what the weights start with.
      weights_regularizer: a function of them that gives a loss.
      biases_initializer: likewise for the biases; None: there are none.
      biases_regularizer: likewise.
      reuse: whether to find the variables instead of making them.
      variables_collections: names of collections, or a dict from "weights" and "biases" to them.
      outputs_collections: the collections of the output.
      trainable: whether the variables are trained.
      scope: the variable scope.

    Raises:
      ValueError: `num_outputs` is no integer, or the inputs do not fit.
    """
    if not isinstance(num_outputs, numbers.Integral):
        raise ValueError(f"num_outputs type should be one of [int], got {type(num_outputs)}.")
    getter = utils.model_variable_getter({"bias": "biases", "kernel": "weights"})
    with variable_scope(
        scope, "fully_connected", [inputs], reuse=reuse, custom_getter=getter
    ) as sc:
        inputs = convert_to_tensor(inputs)
        layer = Dense(
            units=num_outputs, use_bias=bool(not normalizer_fn and biases_initializer),
            kernel_initializer=weights_initializer, bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer, bias_regularizer=biases_regularizer,
            trainable=trainable, name=sc.name, dtype=inputs.dtype.base_dtype, _scope=sc,
            _reuse=reuse,
        )  # fmt: skip
        outputs = layer(inputs)
        utils.add_variable_to_collections(layer.kernel, variables_collections, "weights")
        if layer.bias is not None:
            utils.add_variable_to_collections(layer.bias, variables_collections, "biases")
        outputs = utils.normalized_and_activated(
            outputs, normalizer_fn, normalizer_params, activation_fn
        )
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Any = None,
    initializer: Any = zeros_initializer(),
    regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Adds a variable `biases` to the channels (tf.contrib.layers.bias_add)."""
    form = utils.keras_format(data_format)
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        inputs = convert_to_tensor(inputs)
        if inputs.shape.rank is None:
            raise ValueError("Dims of shape must be known but is None")
        if inputs.shape.rank != 4 and form == "channels_first":
            raise ValueError("Data format NCHW only supports 4D Tensor")
        size = inputs.shape.as_list()[1 if form == "channels_first" else -1]
        if size is None:
            raise ValueError("`C` dimension must be known but is None")
        biases = model_variable(
            "biases", shape=[size], dtype=inputs.dtype.base_dtype, initializer=initializer,
            regularizer=regularizer, trainable=trainable,
            collections=utils.get_variable_collections(variables_collections, "biases"),
        )  # fmt: skip
        outputs = nn.bias_add(inputs, biases, data_format=data_format)
        outputs = outputs if activation_fn is None else activation_fn(outputs)
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Any = None,
    weight_init: Any = xavier_initializer(),
    bias_init: Any = zeros_initializer(),
    name: str | None = None,
    weight_collections: Any = (GraphKeys.WEIGHTS,),
    bias_collections: Any = (GraphKeys.BIASES,),
    output_collections: Any = (GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Any:
    """The older `fully_connected`, whose variables are `weights` and `bias`."""
    with variable_scope(name, "fully_connected", [x]):
        x = convert_to_tensor(x)
        if x.shape.rank is None:
            raise ValueError("dims of x must be known but is None")
        if x.shape.rank < 2:
            raise ValueError(f"rank of x must be at least 2 not: {x.shape.rank}")
        sizes = x.shape.as_list()
        if sizes[-1] is None:
            raise ValueError("last dimension of x must be known but is None")
        dtype, common = x.dtype.base_dtype, GraphKeys.GLOBAL_VARIABLES
        weights = get_variable(
            "weights", shape=[sizes[-1], num_output_units], dtype=dtype, initializer=weight_init,
            collections=list(dict.fromkeys([*(weight_collections or ()), common])),
            regularizer=weight_regularizer, trainable=trainable,
        )  # fmt: skip
        y = matmul(x if len(sizes) == 2 else reshape(x, [-1, sizes[-1]]), weights)
        if bias_init is not None:
            bias = get_variable(
                "bias", shape=[num_output_units], dtype=dtype, initializer=bias_init,
                collections=list(dict.fromkeys([*(bias_collections or ()), common])),
                regularizer=bias_regularizer, trainable=trainable,
            )  # fmt: skip
            y = nn.bias_add(y, bias)
        if len(sizes) > 2:
            y = reshape(y, concat([shape_op(x)[:-1], [num_output_units]], 0))
            y.set_shape([*sizes[:-1], num_output_units])
        y = y if activation_fn is None else activation_fn(y)
        add_to_collections([*(output_collections or ()), GraphKeys.ACTIVATIONS], y)
        return y


linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=nn.relu)
relu6 = functools.partial(fully_connected, activation_fn=nn.relu6)
elu = functools.partial(fully_connected, activation_fn=nn.elu)
legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=nn.relu)
