"""Batch normalisation as a function (tf.contrib.layers.batch_norm)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.contrib.framework.variables import model_variable
from flowgraph.contrib.layers import utils
from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.graph_functions import add_to_collections
from flowgraph.layers.normalization import BatchNormalization
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.nn.batch_norm import fused_batch_norm
from flowgraph.ops.nn.normalization import batch_normalization, moments
from flowgraph.ops.nn.statistics import weighted_moments
from flowgraph.train.moving_averages import assign_moving_average
from flowgraph.variables.initializers import ones_initializer, zeros_initializer
from flowgraph.variables.scope import get_variable_scope, variable_scope

_STARTS = {
    "beta": zeros_initializer, "gamma": ones_initializer, "moving_mean": zeros_initializer,
    "moving_variance": ones_initializer,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """The arguments of `batch_norm` that the ways of computing it share."""

    decay: Any
    center: bool
    scale: bool
    epsilon: float
    activation_fn: Any
    initializers: dict[str, Any]
    regularizers: dict[str, Any]
    updates_collections: Any
    is_training: Any
    reuse: Any
    variables_collections: Any
    outputs_collections: Any
    trainable: bool
    data_format: str
    zero_debias: bool
    scope: Any

    def initializer(self, name: str) -> Any:
        """What a variable starts with."""
        return self.initializers.get(name) or _STARTS[name]()

    def variable(self, name: str, shape: Any, dtype: Any, trainable: bool) -> Any:
        """Finds or makes a variable."""
        return model_variable(
            name, shape=shape, dtype=dtype, initializer=self.initializer(name),
            regularizer=self.regularizers.get(name), trainable=trainable,
            collections=utils.get_variable_collections(self.variables_collections, name),
        )  # fmt: skip

    def averages(self, shape: Any, dtype: Any) -> tuple[Any, Any]:
        """The moving mean and variance, which are never in pieces."""
        with variable_scope(get_variable_scope()) as local:
            local.set_partitioner(None)
            return tuple(  # type: ignore[return-value]
                self.variable(name, shape, dtype, False)
                for name in ("moving_mean", "moving_variance")
            )

    def moved(self, averages: Any, statistics: Any) -> tuple[Any, Any]:
        """The updates of the averages."""
        debias = (self.zero_debias, False)
        return tuple(  # type: ignore[return-value]
            assign_moving_average(average, value, self.decay, zero_debias=zero)
            for average, value, zero in zip(averages, statistics, debias, strict=True)
        )

    def collect_updates(self, averages: Any, statistics: Any) -> None:
        """Adds the updates, when it is training, to their collections."""
        updates = utils.smart_cond(
            self.is_training,
            lambda: self.moved(averages, statistics),
            lambda: tuple(convert_to_tensor(average) for average in averages),
        )
        for update in updates:
            add_to_collections(self.updates_collections, update)

    def finished(self, outputs: Any, name: str) -> Any:
        """The outputs, after the activation."""
        outputs = outputs if self.activation_fn is None else self.activation_fn(outputs)
        return utils.collect_named_outputs(self.outputs_collections, name, outputs)


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: dict[str, Any] | None = None,
    renorm_decay: Any = 0.99,
    adjustment: Any = None,
) -> Any:
    """Brings each channel to mean 0 and variance 1 (tf.contrib.layers.batch_norm).

    In training the statistics are those of the batch, and moving averages of them are kept, which
    are used otherwise. (Ioffe and Szegedy 2015, arXiv:1502.03167.) Its variables are `beta`,
    `gamma`, `moving_mean` and `moving_variance`.

    Args:
      inputs: a tensor of rank 2 at least whose number of channels is known.
      decay: how slowly the averages change.
      center: whether `beta` is added.
      scale: whether `gamma` is multiplied with.
      epsilon: is added to the variance.
      activation_fn: a function; None: none.
      param_initializers: a dict from the variables' names to initializers.
      param_regularizers: likewise for `beta` and `gamma`, to regularizers.
      updates_collections: the collections of what moves the averages, for a train op to depend on;
        None: they are moved each time the outputs are computed.
      is_training: a bool, or a tensor.
      reuse: whether to find the variables instead of making them.
      variables_collections: names of collections, or a dict from the variables' names to them.
      outputs_collections: the collections of the output.
      trainable: whether `beta` and `gamma` are trained.
      batch_weights: a weight for each example.
      fused: whether one op does it all, where it can. None: yes.
      data_format: "NHWC" or "NCHW".
      zero_debias_moving_mean: correct the mean for its start at zero.
      scope: the variable scope.
      renorm: use batch renormalisation (Ioffe 2017, arXiv:1702.03275).
      renorm_clipping: a dict that may limit its corrections: "rmax", "rmin", "dmax".
      renorm_decay: how slowly its averages change.
      adjustment: a function of the inputs' shape that gives a scale and a bias for training.

    Raises:
      ValueError: the inputs or the data format do not fit; or renorm is asked for together with
        what it cannot be combined with.
    """
    asked = _Asked(
        decay, center, scale, epsilon, activation_fn, param_initializers or {},
        param_regularizers or {}, updates_collections, is_training, reuse, variables_collections,
        outputs_collections, trainable, data_format, zero_debias_moving_mean, scope,
    )  # fmt: skip
    utils.keras_format(data_format)
    inputs = convert_to_tensor(inputs)
    rank = inputs.shape.rank
    fused = True if fused is None else fused
    usual = updates_collections == GraphKeys.UPDATE_OPS and not zero_debias_moving_mean
    can_fuse = batch_weights is None and not renorm and rank in (2, 4) and adjustment is None
    if fused and can_fuse and (rank == 2 or not usual):
        return _fused(inputs, asked)
    getter = utils.model_variable_getter()
    with variable_scope(scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=getter) as sc:
        if batch_weights is None and usual:
            return _as_layer(
                inputs, asked, sc, fused, renorm, renorm_clipping, renorm_decay, adjustment
            )
        if renorm:
            raise ValueError(
                "renorm is not supported with batch_weights, updates_collections or "
                "zero_debias_moving_mean"
            )
        return asked.finished(_plain(inputs, asked, batch_weights), sc.name)


def _as_layer(
    inputs: Any, asked: _Asked, scope: Any, fused: bool, renorm: bool, clipping: Any,
    renorm_decay: Any, adjustment: Any,
) -> Any:  # fmt: skip
    """By tf.layers' layer."""
    layer = BatchNormalization(
        axis=1 if asked.data_format == "NCHW" else -1, momentum=asked.decay,
        epsilon=asked.epsilon, center=asked.center, scale=asked.scale,
        beta_initializer=asked.initializer("beta"), gamma_initializer=asked.initializer("gamma"),
        moving_mean_initializer=asked.initializer("moving_mean"),
        moving_variance_initializer=asked.initializer("moving_variance"),
        beta_regularizer=asked.regularizers.get("beta"),
        gamma_regularizer=asked.regularizers.get("gamma"), trainable=asked.trainable,
        renorm=renorm, renorm_clipping=clipping, renorm_momentum=renorm_decay,
        adjustment=adjustment, name=scope.name, _scope=scope, _reuse=asked.reuse, fused=fused,
    )  # fmt: skip
    outputs = layer(inputs, training=asked.is_training)
    for name in ("moving_mean", "moving_variance", "beta", "gamma"):
        variable = getattr(layer, name)
        if variable is not None:
            utils.add_variable_to_collections(variable, asked.variables_collections, name)
    return asked.finished(outputs, scope.name)


def _fused(inputs: Any, asked: _Asked) -> Any:
    """By one op, of matrices or images."""
    with variable_scope(asked.scope, "BatchNorm", [inputs], reuse=asked.reuse) as sc:
        images, first = inputs, asked.data_format == "NCHW"
        if inputs.shape.rank == 2:
            channels = inputs.shape.as_list()[-1]
            if channels is None:
                raise ValueError("`C` dimension must be known but is None")
            images = reshape(inputs, [-1, channels, 1, 1] if first else [-1, 1, 1, channels])
        shape = images.shape[1:2] if first else images.shape[-1:]
        if not shape.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name} has undefined `C` dimension {shape}.")
        kind = dtypes.float32
        beta = (
            asked.variable("beta", shape, kind, asked.trainable) if asked.center
            else constant(0.0, kind, shape.as_list())
        )  # fmt: skip
        gamma = (
            asked.variable("gamma", shape, kind, asked.trainable) if asked.scale
            else constant(1.0, kind, shape.as_list())
        )  # fmt: skip
        averages = asked.averages(shape, kind)
        outputs, *statistics = utils.smart_cond(
            asked.is_training,
            lambda: fused_batch_norm(
                images, gamma, beta, epsilon=asked.epsilon, data_format=asked.data_format
            ),
            lambda: fused_batch_norm(
                images, gamma, beta, mean=averages[0], variance=averages[1],
                epsilon=asked.epsilon, is_training=False, data_format=asked.data_format,
            ),
        )  # fmt: skip
        known = utils.constant_value(asked.is_training)
        if known is None or known:
            outputs = _with_updates(outputs, averages, statistics, asked)
        outputs.set_shape(images.shape)
        if inputs.shape.rank == 2:
            outputs = reshape(outputs, shape_op(inputs))
        return asked.finished(outputs, sc.name)


def _with_updates(outputs: Any, averages: Any, statistics: Any, asked: _Asked) -> Any:
    if asked.updates_collections is not None:
        asked.collect_updates(averages, statistics)
        return outputs

    def after_updates() -> Any:
        with control_dependencies(asked.moved(averages, statistics)):
            return identity(outputs)

    return utils.smart_cond(asked.is_training, after_updates, lambda: outputs)


def _plain(inputs: Any, asked: _Asked, weights: Any) -> Any:
    """By the ops of moments and normalisation."""
    shape, rank = inputs.shape, inputs.shape.rank
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if weights is not None:
        weights = convert_to_tensor(weights)
        shape[0:1].assert_is_compatible_with(weights.shape)
        weights = reshape(weights, [-1] + [1] * (rank - 1))
    first, kind = asked.data_format == "NCHW", inputs.dtype.base_dtype
    axes = [0, *range(2, rank)] if first else list(range(rank - 1))
    params = shape[1:2] if first else shape[-1:]
    if not params.is_fully_defined():
        raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {params}.")
    beta = asked.variable("beta", params, kind, asked.trainable) if asked.center else None
    gamma = asked.variable("gamma", params, kind, asked.trainable) if asked.scale else None
    mean, variance = averages = asked.averages(params, kind)
    known = utils.constant_value(asked.is_training)
    if known is None or known:
        if weights is None:
            found = moments(inputs, axes, keep_dims=first)
        else:
            found = weighted_moments(inputs, axes, weights, keepdims=first)
        found = tuple(reshape(f, [-1]) if first else f for f in found)
        mean, variance = _statistics(averages, found, asked)
    if first:
        wide = [1, params.as_list()[0]] + [1] * (rank - 2)
        mean, variance, beta, gamma = (
            None if value is None else reshape(value, wide)
            for value in (mean, variance, beta, gamma)
        )
    outputs = batch_normalization(inputs, mean, variance, beta, gamma, asked.epsilon)
    outputs.set_shape(shape)
    return outputs


def _statistics(averages: Any, found: Any, asked: _Asked) -> Any:
    """The batch's mean and variance in training, else the averages."""

    def kept() -> tuple[Any, ...]:
        return tuple(convert_to_tensor(average) for average in averages)

    def of_batch() -> tuple[Any, ...]:
        if asked.updates_collections is not None:
            return tuple(found)
        with control_dependencies(asked.moved(averages, found)):
            return tuple(identity(value) for value in found)

    if asked.updates_collections is not None:
        asked.collect_updates(averages, found)
    return utils.smart_cond(asked.is_training, of_batch, kept)
