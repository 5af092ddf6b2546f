"""Layer, instance and group normalisation (tf.contrib.layers); all heed `arg_scope`."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers import utils
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.math.unary import rsqrt
from flowgraph.ops.nn.normalization import batch_normalization, moments
from flowgraph.ops.nn.statistics import normalize_moments, sufficient_statistics
from flowgraph.variables.initializers import ones_initializer, zeros_initializer
from flowgraph.variables.scope import variable_scope


def _variables(
    center: bool, scale: bool, shape: Any, dtype: Any, collections: Any, trainable: bool,
    initializers: dict[str, Any] | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """(beta, gamma), None for one that is not wanted."""

    def make(wanted: bool, name: str, start: Any) -> Any:
        if not wanted:
            return None
        return model_variable(
            name, shape=shape, dtype=dtype, trainable=trainable,
            initializer=(initializers or {}).get(name, start),
            collections=utils.get_variable_collections(collections, name),
        )  # fmt: skip

    return make(center, "beta", zeros_initializer()), make(scale, "gamma", ones_initializer())


def _of_known_rank(inputs: Any) -> Any:
    inputs = convert_to_tensor(inputs)
    if inputs.shape.rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    return inputs


def _finished(outputs: Any, activation_fn: Any, collections: Any, name: str) -> Any:
    outputs = outputs if activation_fn is None else activation_fn(outputs)
    return utils.collect_named_outputs(collections, name, outputs)


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Brings each example to mean 0 and variance 1 (tf.contrib.layers.layer_norm).

    (Ba et al. 2016, arXiv:1607.06450.) Its variables are `beta` and `gamma`.

    Args:
      inputs: a tensor of known rank.
      center: whether `beta` is added.
      scale: whether `gamma` is multiplied with.
      activation_fn: a function; None: none.
      reuse: whether to find the variables instead of making them.
      variables_collections: names of collections, or a dict from the variables' names to them.
      outputs_collections: the collections of the output.
      trainable: whether the variables are trained.
      begin_norm_axis: the first axis of what is normalised together.
      begin_params_axis: the first axis of the variables.
      scope: the variable scope.

    Raises:
      ValueError: the rank or the size of the variables is not known, or an axis does not fit.
    """
    with variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        inputs = _of_known_rank(inputs)
        rank, dtype = inputs.shape.rank, inputs.dtype.base_dtype
        begin_norm_axis += rank if begin_norm_axis < 0 else 0
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) "
                f"must be < rank(inputs) ({rank})"
            )
        shape = inputs.shape[begin_params_axis:]
        if not shape.is_fully_defined():
            raise ValueError(
                f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: "
                f"{inputs.shape}"
            )
        beta, gamma = _variables(center, scale, shape, dtype, variables_collections, trainable)
        mean, variance = moments(inputs, list(range(begin_norm_axis, rank)), keep_dims=True)
        epsilon = 1e-3 if dtype is dtypes.float16 else 1e-12
        outputs = batch_normalization(
            inputs, mean, variance, offset=beta, scale=gamma, variance_epsilon=epsilon
        )
        outputs.set_shape(inputs.shape)
        return _finished(outputs, activation_fn, outputs_collections, sc.name)


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: dict[str, Any] | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Brings each channel of each example to mean 0 and variance 1.

    tf.contrib.layers.instance_norm (Ulyanov et al. 2016, arXiv:1607.08022). The arguments are those
    of `layer_norm` and `batch_norm`.

    Raises:
      ValueError: the rank or the number of channels is not known, or the data format does not fit.
    """
    inputs = _of_known_rank(inputs)
    first = utils.keras_format(data_format) == "channels_first"
    rank = inputs.shape.rank
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        channels = 1 if first else rank - 1
        shape = inputs.shape[channels : channels + 1]
        if not shape.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {shape}.")
        beta, gamma = _variables(
            center, scale, shape, inputs.dtype.base_dtype, variables_collections, trainable,
            param_initializers,
        )  # fmt: skip
        if first:
            wide = [1, shape.as_list()[0]] + [1] * (rank - 2)
            beta, gamma = (None if v is None else reshape(v, wide) for v in (beta, gamma))
        axes = [axis for axis in range(1, rank) if axis != channels]
        mean, variance = moments(inputs, axes, keep_dims=True)
        outputs = batch_normalization(
            inputs, mean, variance, beta, gamma, epsilon, name="instancenorm"
        )
        return _finished(outputs, activation_fn, outputs_collections, sc.name)


@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Any = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: dict[str, Any] | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Any:
    """Brings groups of channels of each example to mean 0 and variance 1.

    tf.contrib.layers.group_norm (Wu and He 2018, arXiv:1803.08494).

    Args:
      inputs: a tensor of known rank.
      groups: how many groups the channels are split into.
      channels_axis: the axis of the channels.
      reduction_axes: the other axes that are normalised together.
      center: whether `beta` is added.
      scale: whether `gamma` is multiplied with.
      epsilon: is added to the variance.
      activation_fn: a function; None: none.
      param_initializers: a dict from the variables' names to initializers.
      reuse: whether to find the variables instead of making them.
      variables_collections: names of collections, or a dict from the variables' names to them.
      outputs_collections: the collections of the output.
      trainable: whether the variables are trained.
      scope: the variable scope.
      mean_close_to_zero: compute the variance in the way that is exact for small means.

    Raises:
      ValueError: an axis does not fit, or the channels cannot be split so.
    """
    inputs = _of_known_rank(inputs)
    rank, sizes = inputs.shape.rank, inputs.shape.as_list()
    channels_axis, axes = _settled_axes(inputs, channels_axis, reduction_axes)
    channels = sizes[channels_axis]
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
    now = shape_op(inputs)
    whole = [now[i] if size is None else size for i, size in enumerate(sizes)]
    split = [groups, channels // groups]
    grouped = reshape(inputs, whole[:channels_axis] + split + whole[channels_axis + 1 :])
    wide = [1] * channels_axis + split + [1] * (rank - channels_axis - 1)
    together = [channels_axis + 1, *(a + 1 if a > channels_axis else a for a in axes)]
    with variable_scope(scope, "GroupNorm", [grouped], reuse=reuse) as sc:
        beta, gamma = _variables(
            center, scale, [channels], inputs.dtype.base_dtype, variables_collections, trainable,
            param_initializers,
        )  # fmt: skip
        if mean_close_to_zero:
            counts, total, squares, _ = sufficient_statistics(grouped, together, keep_dims=True)
            mean, variance = normalize_moments(counts, total, squares, shift=None)
        else:
            mean, variance = moments(grouped, together, keep_dims=True)
        gain = rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gamma = reshape(gamma, wide)
            gain, offset = gain * gamma, offset * gamma
        if beta is not None:
            offset += reshape(beta, wide)
        outputs = reshape(grouped * gain + offset, whole)
        return _finished(outputs, activation_fn, outputs_collections, sc.name)


def _settled_axes(inputs: Any, channels_axis: int, axes: Any) -> tuple[int, list[int]]:
    """(the axis of the channels, the other axes), counted from the first."""
    rank, sizes = inputs.shape.rank, inputs.shape.as_list()
    if channels_axis > rank - 1:
        raise ValueError("Axis is out of bounds.")
    channels_axis += rank if channels_axis < 0 else 0
    if sizes[channels_axis] is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {channels_axis}.")
    axes = [axis + rank if axis < 0 else axis for axis in axes]
    for axis in axes:
        if axis >= rank:
            raise ValueError("Axis is out of bounds.")
        if sizes[axis] is None:
            raise ValueError(f"Inputs {inputs.name} has undefined dimensions {axis}.")
        if axis == channels_axis:
            raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    return channels_axis, axes
