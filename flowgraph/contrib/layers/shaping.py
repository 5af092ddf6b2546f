"""Layers without weights, and layers of layers (tf.contrib.layers); all heed `arg_scope`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers import utils
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.layers.core import Dropout
from flowgraph.layers.core import flatten as flatten_layer
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.indexing import gather_nd
from flowgraph.ops.array.joining import concat
from flowgraph.ops.array.making import meshgrid, one_hot
from flowgraph.ops.array.reshape import reshape, transpose
from flowgraph.ops.array.selecting import where
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control.static_checks import assert_rank_at_least
from flowgraph.ops.gradients import custom_gradient
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import not_equal
from flowgraph.ops.math.division import div
from flowgraph.ops.math.powers import minimum
from flowgraph.ops.math.range import lin_space
from flowgraph.ops.math.reduction import reduce_max, reduce_prod, reduce_sum
from flowgraph.ops.math.unary import rsqrt, sqrt, square
from flowgraph.ops.nn.softmax import softmax as softmax_op
from flowgraph.ops.sparse.shaping import sparse_reshape
from flowgraph.variables.initializers import constant_initializer, ones_initializer
from flowgraph.variables.scope import variable_scope


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Sets elements to zero and scales the others up in training (tf.contrib.layers.dropout).

    Args:
      inputs: a tensor.
      keep_prob: the probability that an element is kept.
      noise_shape: the shape in which is drawn.
      is_training: a bool, or a tensor.
      outputs_collections: the collections of the output.
      scope: the variable scope.
      seed: see `tf.set_random_seed`.
    """
    getter = utils.model_variable_getter()
    with variable_scope(scope, "Dropout", [inputs], custom_getter=getter) as sc:
        inputs = convert_to_tensor(inputs)
        layer = Dropout(
            rate=1 - keep_prob, noise_shape=noise_shape, seed=seed, name=sc.name, _scope=sc
        )
        outputs = layer(inputs, training=is_training)
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Any:
    """Makes a vector of each example: [batch, ...] -> [batch, product] (tf.contrib.layers)."""
    with name_scope(scope, "Flatten", [inputs]) as sc:
        outputs = flatten_layer(convert_to_tensor(inputs))
        return utils.collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def _inner_flatten(
    inputs: Any, new_rank: int, output_collections: Any = None, scope: Any = None
) -> Any:
    """Joins the last dimensions into one, so that there are `new_rank`; may be sparse."""
    with name_scope(scope, "InnerFlatten", [inputs]) as sc:
        if isinstance(inputs, SparseTensor):
            flat = _sparse_flattened(inputs, new_rank)
        else:
            flat = _dense_flattened(convert_to_tensor(inputs), new_rank)
    return utils.collect_named_outputs(output_collections, sc, flat)


def _sparse_flattened(inputs: SparseTensor, new_rank: int) -> SparseTensor:
    rank = inputs.dense_shape.shape.as_list()[0]
    if rank < new_rank:
        raise ValueError(
            f"Inputs has rank less than new_rank. {inputs} must have rank at least {new_rank}. "
            f"Received rank {rank}, shape {inputs.get_shape()}"
        )
    sizes = inputs.dense_shape
    inner = reduce_prod(sizes[new_rank - 1 :])
    return sparse_reshape(inputs, concat([sizes[: new_rank - 1], [inner]], 0))


def _dense_flattened(inputs: Any, new_rank: int) -> Any:
    check = assert_rank_at_least(inputs, new_rank, message="inputs has rank less than new_rank")
    with control_dependencies([check]):
        flat = reshape(inputs, concat([shape_op(inputs)[: new_rank - 1], [-1]], 0))
    if isinstance(new_rank, int) and inputs.shape.rank is not None:
        sizes = inputs.shape.as_list()
        outer, inner = sizes[: new_rank - 1], sizes[new_rank - 1 :]
        flat.set_shape([*outer, None if None in inner else math.prod(inner)])
    return flat


@add_arg_scope
def dense_to_sparse(
    tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None
) -> Any:
    """The elements that are not `eos_token`, as a sparse tensor."""
    with variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        tensor = convert_to_tensor(tensor)
        indices = where(not_equal(tensor, constant(eos_token, tensor.dtype)))
        outputs = SparseTensor(
            indices, gather_nd(tensor, indices), shape_op(tensor, out_type=dtypes.int64)
        )
        return utils.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """[..., num_classes] with `on_value` at the label and `off_value` elsewhere."""
    with name_scope(scope, "OneHotEncoding", [labels]) as sc:
        labels = convert_to_tensor(labels)
        if labels.dtype == dtypes.int32:
            labels = cast(labels, dtypes.int64)
        outputs = one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return utils.collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Any:
    """The softmax over the last dimension, of any rank."""
    with variable_scope(scope, "softmax", [logits]):
        logits = convert_to_tensor(logits)
        size = utils.last_dimension(logits.shape, min_rank=2)
        predictions = softmax_op(reshape(logits, [-1, size]))
        predictions = reshape(predictions, shape_op(logits))
        predictions.set_shape(logits.shape)
        return predictions


@add_arg_scope
def spatial_softmax(
    features: Any,
    temperature: float | None = None,
    name: str | None = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Any:
    """Where each channel is greatest, softly: x and y in [-1, 1] (Levine et al. 2016).

    Args:
      features: images [batch, height, width, channels], or by `data_format`.
      temperature: what the variable `temperature` starts with; 1 when None.
      name: the variable scope.
      variables_collections: names of collections, or a dict from "temperature" to them.
      trainable: whether the temperature is trained.
      data_format: "NHWC" or "NCHW".

    Returns:
      [batch, 2 * channels].

    Raises:
      ValueError: the number of channels is not known, or there is no such data format.
    """
    first = utils.keras_format(data_format) == "channels_first"
    with variable_scope(name, "spatial_softmax"):
        features = convert_to_tensor(features)
        channels = features.shape.as_list()[1 if first else 3]
        if channels is None:
            raise ValueError(
                "The num_channels dimension of the inputs to `spatial_softmax` should be defined. "
                "Found `None`."
            )
        sizes = shape_op(features)
        height, width = (sizes[2], sizes[3]) if first else (sizes[1], sizes[2])
        with name_scope("spatial_softmax_op", "spatial_softmax_op", [features]):
            xs, ys = (
                reshape(grid, [height * width])
                for grid in meshgrid(
                    lin_space(-1.0, 1.0, num=height), lin_space(-1.0, 1.0, num=width),
                    indexing="ij",
                )
            )  # fmt: skip
            start = ones_initializer() if temperature is None else constant_initializer(temperature)
            collections = utils.get_variable_collections(variables_collections, "temperature")
            heat = model_variable(
                "temperature", shape=(), dtype=dtypes.float32, initializer=start,
                collections=collections if trainable else None, trainable=trainable,
            )  # fmt: skip
            if not first:
                features = transpose(features, [0, 3, 1, 2])
            attention = softmax_op(reshape(features, [-1, height * width]) / heat)
            x, y = (reduce_sum(grid * attention, [1], keepdims=True) for grid in (xs, ys))
            points = reshape(concat([x, y], 1), [-1, channels * 2])
            points.set_shape([None, channels * 2])
    return points


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Any:
    """Scales vectors along `dim` to the norm 1.

    Raises:
      ValueError: the rank is not known, or `dim` does not fit.
    """
    with variable_scope(scope, "UnitNorm", [inputs]):
        inputs = convert_to_tensor(inputs)
        if inputs.shape.rank is None:
            raise ValueError("The input rank must be known.")
        if not 0 <= dim < inputs.shape.rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        lengths = sqrt(epsilon + reduce_sum(square(inputs), dim, keepdims=True))
        return div(inputs, lengths)


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Any:
    """The greatest of each group of channels (Goodfellow et al. 2013, arXiv:1302.4389).

    Raises:
      ValueError: the channels cannot be split into `num_units` groups.
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        inputs = convert_to_tensor(inputs)
        sizes = inputs.shape.as_list()
        channels = sizes[axis]
        if channels % num_units:
            raise ValueError(
                f"number of features({channels}) is not a multiple of num_units({num_units})"
            )
        sizes[axis] = num_units
        now = shape_op(inputs)
        wanted = [now[i] if size is None else size for i, size in enumerate(sizes)]
        return reduce_max(reshape(inputs, [*wanted, channels // num_units]), -1)


def poincare_normalize(
    x: Any, axis: int = 1, epsilon: float = 1e-5, name: str | None = None
) -> Any:
    """Scales vectors that lie outside of the unit ball to a norm just below 1."""
    with name_scope(name, "poincare_normalize", [x]):
        x = convert_to_tensor(x, name="x")
        inverse = rsqrt(reduce_sum(square(x), axis, keepdims=True))
        return x * minimum((1.0 - epsilon) * inverse, 1.0)


@add_arg_scope
def images_to_sequence(
    inputs: Any, data_format: str = "NHWC", outputs_collections: Any = None, scope: Any = None
) -> Any:
    """Rows of images as sequences over their columns: [width, batch * height, channels]."""
    form = utils.keras_format(data_format)
    with name_scope(scope, "ImagesToSequence", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        if form == "channels_first":
            inputs = transpose(inputs, [0, 2, 3, 1])
        _, _, width, depth = inputs.shape.as_list()
        sizes = shape_op(inputs)
        columns = transpose(inputs, [2, 0, 1, 3])
        outputs = reshape(columns, [width, sizes[0] * sizes[1], depth])
        return utils.collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def sequence_to_images(
    inputs: Any,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """What `images_to_sequence` undoes: images of this height."""
    with name_scope(scope, "SequenceToImages", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        width, batches, depth = inputs.shape.as_list()
        batches = -1 if batches is None else batches // height
        rows = reshape(inputs, [width, batches, height, depth])
        first = output_data_format == "channels_first"
        outputs = transpose(rows, [1, 3, 2, 0] if first else [1, 2, 0, 3])
        return utils.collect_named_outputs(outputs_collections, sc, outputs)


@custom_gradient
def scale_gradient(inputs: Any, gradient_multiplier: Any) -> Any:
    """The inputs, whose gradient is multiplied by a number on its way back."""

    def grad(dy: Any) -> tuple[Any, None]:
        return dy * gradient_multiplier, None

    return inputs, grad


# --- layers of layers -----------------------------------------------------------------------------
def _scope_of(layer: Callable[..., Any], otherwise: str) -> str:
    function = layer if hasattr(layer, "__name__") else getattr(layer, "func", layer)
    return getattr(function, "__name__", otherwise)


def repeat(
    inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Applies a layer several times, each with variables of its own: `scope_1`, `scope_2`, ...

    Further arguments are the layer's.
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        outputs = convert_to_tensor(inputs)
        prefix = _scope_of(layer, "repeat") if scope is None else scope
        for i in range(repetitions):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{prefix}_{i + 1}"})
        return outputs


def stack(inputs: Any, layer: Callable[..., Any], stack_args: Any, **kwargs: Any) -> Any:
    """Applies a layer once for each of `stack_args`, its first arguments: a value or a tuple.

    Raises:
      ValueError: `stack_args` is no list.
    """
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    with variable_scope(scope, "Stack", [inputs]):
        outputs = convert_to_tensor(inputs)
        prefix = _scope_of(layer, "stack") if scope is None else scope
        for i, given in enumerate(stack_args):
            own = given if isinstance(given, (list, tuple)) else [given]
            outputs = layer(outputs, *own, **{**kwargs, "scope": f"{prefix}_{i + 1}"})
        return outputs
