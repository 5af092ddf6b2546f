"""Batch normalisation without a family: what tf.layers' and keras' layers share."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import colocate_with, control_dependencies, name_scope
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.layers import lookup
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.utils import constant_value, smart_cond
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.identity import identity, stop_gradient
from flowgraph.ops.array.making import ones_like, zeros_like
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.array.shape import size
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.powers import maximum, minimum
from flowgraph.ops.math.reduction import reduce_mean
from flowgraph.ops.math.unary import sqrt
from flowgraph.ops.nn.activation import relu
from flowgraph.ops.nn.batch_norm import fused_batch_norm
from flowgraph.ops.nn.normalization import batch_normalization as normalize
from flowgraph.ops.nn.normalization import moments
from flowgraph.ops.state.variable import assign, assign_sub
from flowgraph.variables.variable import VariableAggregation, VariableSynchronization

_CLIPPING = ("rmax", "rmin", "dmax")


class BaseBatchNormalization(BaseLayer):
    """Brings each channel to mean 0 and variance 1, then scales it and moves it.

    In training the statistics are those of the batch, and moving averages of them are kept, which
    are used otherwise. (Ioffe and Szegedy 2015, arXiv:1502.03167.)

    Args:
      axis: the axis of the channels, or a list of axes.
      momentum: how slowly the moving averages change.
      epsilon: is added to the variance.
      center: whether `beta` is added.
      scale: whether `gamma` is multiplied with.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
        functions or names.
      beta_regularizer, gamma_regularizer: functions of the variable that give a loss.
      beta_constraint, gamma_constraint: what an optimizer applies after each update.
      renorm: use batch renormalisation (Ioffe 2017, arXiv:1702.03275).
      renorm_clipping: a dict that may limit its corrections: "rmax", "rmin", "dmax".
      renorm_momentum: how slowly its averages change.
      fused: whether one op does it all, where it can: four dimensions, axis 1 or 3. None: yes.
      trainable: whether the variables are trained, and the averages kept.
      virtual_batch_size: normalise parts of the batch of this size each on their own.
      adjustment: a function of the inputs' shape that gives a scale and a bias for training.
      name: the layer's name.
      **kwargs: see `BaseLayer`.

    Raises:
      TypeError: `axis` is neither an integer nor a list.
      ValueError: an argument does not fit, or the size of an axis is not known.
    """

    axis: Any

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, Any] | None = None,
        renorm_momentum: Any = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        if not isinstance(axis, (int, list)):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis = axis[:] if isinstance(axis, list) else axis
        self.momentum, self.epsilon, self.center, self.scale = momentum, epsilon, center, scale
        self.beta_initializer = lookup.initializer(beta_initializer)
        self.gamma_initializer = lookup.initializer(gamma_initializer)
        self.moving_mean_initializer = lookup.initializer(moving_mean_initializer)
        self.moving_variance_initializer = lookup.initializer(moving_variance_initializer)
        self.beta_regularizer = lookup.regularizer(beta_regularizer)
        self.gamma_regularizer = lookup.regularizer(gamma_regularizer)
        self.beta_constraint = lookup.constraint(beta_constraint)
        self.gamma_constraint = lookup.constraint(gamma_constraint)
        self.virtual_batch_size, self.adjustment = virtual_batch_size, adjustment
        self.fused = True if fused is None else fused
        self._bessels_correction_test_only = True
        self.supports_masking = True
        self.renorm, self.renorm_momentum = renorm, renorm_momentum
        self.renorm_clipping = renorm_clipping or {}
        if renorm and set(self.renorm_clipping) - set(_CLIPPING):
            raise ValueError(
                f"renorm_clipping {renorm_clipping} contains keys not in {list(_CLIPPING)}"
            )

    # --- its variables -------------------------------------------------------------------------
    @property
    def _param_dtype(self) -> dtypes.DType:
        """Statistics of half precision are kept in float32."""
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32)
        return dtypes.float32 if dtype in (dtypes.float16, dtypes.bfloat16) else dtype

    def build(self, input_shape: Any) -> None:
        """Makes gamma, beta and the moving averages."""
        shape = as_shape(input_shape)
        if not shape.rank:
            raise ValueError(f"Input has undefined rank: {shape}")
        self._settle_axes(shape)
        sizes = {axis: shape.as_list()[axis] for axis in self.axis}
        if None in sizes.values():
            raise ValueError(f"Input has undefined `axis` dimension. Input shape: {shape}")
        self.input_spec = InputSpec(ndim=shape.rank, axes=dict(sizes))
        if len(sizes) == 1 and self.virtual_batch_size is None:
            wanted = list(sizes.values())
        else:
            wanted = [sizes.get(i, 1) for i in range(shape.rank)]
        if self.virtual_batch_size is not None:  # there will be an axis of the parts
            wanted.insert(1, 1)
            self.axis = [axis + 1 for axis in self.axis]
        self._make_scale(wanted)
        self._make_averages(wanted)
        self.built = True

    def _settle_axes(self, shape: TensorShape) -> None:
        rank = shape.rank or 0
        given = [self.axis] if isinstance(self.axis, int) else self.axis
        self.axis = [axis + rank if axis < 0 else axis for axis in given]
        for axis in self.axis:
            if not 0 <= axis < rank:
                raise ValueError(f"Invalid axis: {axis}")
        if len(self.axis) != len(set(self.axis)):
            raise ValueError(f"Duplicate axis: {self.axis}")
        if self.virtual_batch_size is not None:
            if self.virtual_batch_size <= 0:
                raise ValueError(
                    "virtual_batch_size must be a positive integer that divides the true batch "
                    "size of the input Tensor"
                )
            if 0 in self.axis:
                raise ValueError(
                    "When using virtual_batch_size, the batch dimension must be 0 and thus axis "
                    "cannot include 0"
                )
            if self.adjustment is not None:
                raise ValueError("When using virtual_batch_size, adjustment cannot be specified")
        self.fused = (
            self.fused and rank == 4 and self.axis in ([1], [3]) and not self.renorm
            and self.virtual_batch_size is None and self.adjustment is None
        )  # fmt: skip
        self._data_format = "NCHW" if self.axis == [1] else "NHWC"

    def _make_scale(self, shape: list[Any]) -> None:
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma", shape=shape, dtype=self._param_dtype, trainable=True,
                initializer=self.gamma_initializer, regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )  # fmt: skip
        elif self.fused:
            self._gamma_const = constant(1.0, dtype=self._param_dtype, shape=shape)
        if self.center:
            self.beta = self.add_weight(
                name="beta", shape=shape, dtype=self._param_dtype, trainable=True,
                initializer=self.beta_initializer, regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )  # fmt: skip
        elif self.fused:
            self._beta_const = constant(0.0, dtype=self._param_dtype, shape=shape)

    def _make_averages(self, shape: list[Any]) -> None:
        scope = getattr(self, "_scope", None)
        partitioner = scope.partitioner if scope else None
        if scope:  # averages are never in pieces
            scope.set_partitioner(None)

        def average(name: str, initializer: Any) -> Any:
            return self.add_weight(
                name=name, shape=shape, dtype=self._param_dtype, initializer=initializer,
                trainable=False, synchronization=VariableSynchronization.ON_READ,
                aggregation=VariableAggregation.MEAN,
            )  # fmt: skip

        def deviation(*args: Any, **kwargs: Any) -> Any:
            return sqrt(self.moving_variance_initializer(*args, **kwargs))

        try:
            self.moving_mean = average("moving_mean", self.moving_mean_initializer)
            self.moving_variance = average("moving_variance", self.moving_variance_initializer)
            if self.renorm:
                self.moving_stddev = average("moving_stddev", deviation)
                self.renorm_mean = average("renorm_mean", self.moving_mean_initializer)
                self.renorm_stddev = average("renorm_stddev", deviation)
        finally:
            if scope:
                scope.set_partitioner(partitioner)

    # --- its computation -----------------------------------------------------------------------
    def call(self, inputs: Any, training: Any = None) -> Any:
        """Computes the outputs; `training` is a bool, or a tensor."""
        training = False if training is None else training
        if self.fused:
            return self._call_fused(inputs, training)
        whole = None
        if self.virtual_batch_size is not None:
            whole = [-1, *inputs.shape.as_list()[1:]]
            inputs = reshape(inputs, [self.virtual_batch_size, -1, *whole[1:]])
        outputs = self._call_plain(inputs, training)
        return outputs if whole is None else reshape(outputs, whole)

    def _call_fused(self, inputs: Any, training: Any) -> Any:
        beta = self.beta if self.center else self._beta_const
        gamma = self.gamma if self.scale else self._gamma_const
        known = constant_value(training)
        output, mean, variance = smart_cond(
            training,
            lambda: fused_batch_norm(
                inputs, gamma, beta, epsilon=self.epsilon, data_format=self._data_format
            ),
            lambda: fused_batch_norm(
                inputs, gamma, beta, mean=self.moving_mean, variance=self.moving_variance,
                epsilon=self.epsilon, is_training=False, data_format=self._data_format,
            ),
        )  # fmt: skip
        if known is not None and not known:
            return output
        if not self._bessels_correction_test_only:
            count = cast(size(inputs) / size(variance), variance.dtype)
            variance *= (count - 1.0) / count
        momentum = (
            smart_cond(training, lambda: self.momentum, lambda: 1.0) if known is None
            else convert_to_tensor(self.momentum)
        )  # fmt: skip
        self.add_update(lambda: self._move(self.moving_mean, mean, momentum))
        self.add_update(lambda: self._move_variance(variance, momentum))
        return output

    def _call_plain(self, inputs: Any, training: Any) -> Any:
        rank = inputs.shape.rank
        axes = [i for i in range(rank) if i not in self.axis]
        if self.virtual_batch_size is not None:
            del axes[1]  # the parts keep their own statistics

        def broadcast(value: Any) -> Any:
            if value is None or value.shape.rank == rank or axes == list(range(rank - 1)):
                return value
            sizes = [1] * rank
            sizes[self.axis[0]] = inputs.shape.as_list()[self.axis[0]]
            return reshape(value, sizes)

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        known = constant_value(training)
        if known is not None and not known:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            mean, variance, scale, offset = self._train(
                inputs, axes, training, scale, offset, broadcast
            )
        dtype = inputs.dtype.base_dtype
        outputs = normalize(
            inputs, broadcast(cast(mean, dtype)), broadcast(cast(variance, dtype)),
            None if offset is None else cast(offset, dtype),
            None if scale is None else cast(scale, dtype), self.epsilon,
        )  # fmt: skip
        outputs.set_shape(inputs.shape)
        return outputs

    def _train(
        self, inputs: Any, axes: list[int], training: Any, scale: Any, offset: Any, broadcast: Any
    ) -> tuple[Any, Any, Any, Any]:
        """(mean, variance, scale, offset) for training, or what `training` asks for."""
        if self.adjustment:
            more_scale, more_offset = self.adjustment(shape_op(inputs))
            scale, offset = _composed(
                smart_cond(training, lambda: more_scale, lambda: ones_like(more_scale)),
                smart_cond(training, lambda: more_offset, lambda: zeros_like(more_offset)),
                scale, offset,
            )  # fmt: skip
        keep = self.virtual_batch_size is not None or len(self.axis) > 1
        of_batch = moments(cast(inputs, self._param_dtype), axes, keep_dims=keep)
        kept = self.moving_mean, self.moving_variance
        mean, variance = (
            smart_cond(training, lambda b=batch: b, lambda m=moving: convert_to_tensor(m))  # type: ignore[misc]
            for batch, moving in zip(of_batch, kept, strict=True)
        )
        new_mean, new_variance = mean, variance
        if self.virtual_batch_size is not None:
            new_mean = reduce_mean(mean, 1, keepdims=True)
            new_variance = reduce_mean(variance, 1, keepdims=True)
        if self.renorm:
            r, d, new_mean, new_variance = self._renorm(new_mean, new_variance, training)
            r = broadcast(stop_gradient(r, name="renorm_r"))
            d = broadcast(stop_gradient(d, name="renorm_d"))
            scale, offset = _composed(r, d, scale, offset)
        self.add_update(
            lambda: smart_cond(
                training,
                lambda: self._move(self.moving_mean, new_mean, self.momentum),
                lambda: convert_to_tensor(self.moving_mean),
            )
        )
        self.add_update(
            lambda: smart_cond(
                training,
                lambda: self._move_variance(new_variance, self.momentum),
                lambda: convert_to_tensor(self.moving_variance),
            )
        )
        return mean, variance, scale, offset

    def _renorm(self, mean: Any, variance: Any, training: Any) -> tuple[Any, Any, Any, Any]:
        """(r, d, mean, variance): the corrections, and the statistics after its averages moved."""
        deviation = sqrt(variance + self.epsilon)
        kept = maximum(self.renorm_stddev, self.epsilon**0.5)  # not near zero in the beginning
        r, d = deviation / kept, (mean - self.renorm_mean) / kept
        with control_dependencies([r, d]):  # which are of the averages before they move
            mean, deviation = identity(mean), identity(deviation)
        least, most, far = (self.renorm_clipping.get(key) for key in ("rmin", "rmax", "dmax"))
        r = r if least is None else maximum(r, least)
        r = r if most is None else minimum(r, most)
        d = d if far is None else minimum(maximum(d, -far), far)
        r_now = smart_cond(training, lambda: r, lambda: ones_like(r))
        d_now = smart_cond(training, lambda: d, lambda: zeros_like(d))

        def moved(average: Any, value: Any) -> Any:
            return smart_cond(
                training,
                lambda: self._move(average, value, self.renorm_momentum),
                lambda: identity(average),
            )

        moves = [moved(self.renorm_mean, mean), moved(self.renorm_stddev, deviation)]
        with control_dependencies(moves):
            return r_now, d_now, identity(mean), identity(variance)

    # --- its averages --------------------------------------------------------------------------
    def _move(self, average: Any, value: Any, momentum: Any) -> Any:
        with name_scope("AssignMovingAvg") as scope, colocate_with(average):
            decay = cast(convert_to_tensor(1.0 - momentum, name="decay"), average.dtype.base_dtype)
            step = (average - cast(value, average.dtype.base_dtype)) * decay
            return assign_sub(average, step, name=scope)

    def _move_variance(self, variance: Any, momentum: Any) -> Any:
        if not self.renorm:
            return self._move(self.moving_variance, variance, momentum)
        deviation = self._move(self.moving_stddev, sqrt(variance + self.epsilon), momentum)
        with name_scope("AssignNewValue") as scope, colocate_with(self.moving_variance):
            new = relu(deviation * deviation - self.epsilon)
            return assign(self.moving_variance, new, name=scope)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, without `adjustment`."""
        config = super().get_config()
        for key in ("axis", "momentum", "epsilon", "center", "scale"):
            config[key] = getattr(self, key)
        for key in (
            "beta_initializer", "gamma_initializer", "moving_mean_initializer",
            "moving_variance_initializer", "beta_regularizer", "gamma_regularizer",
            "beta_constraint", "gamma_constraint",
        ):  # fmt: skip
            config[key] = lookup.serialized(getattr(self, key))
        if self.renorm:
            config.update(renorm=True, renorm_clipping=self.renorm_clipping)
            config["renorm_momentum"] = self.renorm_momentum
        if self.virtual_batch_size is not None:
            config["virtual_batch_size"] = self.virtual_batch_size
        return config


def _composed(scale: Any, offset: Any, then_scale: Any, then_offset: Any) -> tuple[Any, Any]:
    """(scale, offset) of two linear steps one after the other; the second may lack either."""
    if then_scale is not None:
        scale, offset = scale * then_scale, offset * then_scale
    return scale, offset if then_offset is None else offset + then_offset
