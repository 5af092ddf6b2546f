"""`tf.layers`' dense, dropout and flatten layers."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.core.sparse_tensor import SparseTensor
from flowgraph.core.tensor import Tensor
from flowgraph.layers import lookup
from flowgraph.layers.base import Layer
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.utils import layer_function, normalize_data_format, smart_cond
from flowgraph.ops.array.identity import identity
from flowgraph.ops.array.reshape import reshape, transpose
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.matmul import matmul
from flowgraph.ops.math.tensordot import tensordot
from flowgraph.ops.nn.activation import bias_add
from flowgraph.ops.nn.dropout import dropout as dropout_op
from flowgraph.ops.sparse.products import sparse_tensor_dense_matmul


class BaseDense(BaseLayer):
    """`activation(inputs @ kernel + bias)` over the last axis.

    Args:
      units: how many outputs there are for each input vector.
      activation: a function or its name; None: none.
      use_bias: whether a bias is added.
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
      ValueError: the size of the inputs' last axis is not known.
      TypeError: the inputs are not floating.
    """

    kernel: Any
    bias: Any = None

    def __init__(
        self,
        units: int,
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
        self.units, self.use_bias = int(units), use_bias
        self.activation = lookup.activation(activation)
        self.kernel_initializer = lookup.initializer(kernel_initializer)
        self.bias_initializer = lookup.initializer(bias_initializer)
        self.kernel_regularizer = lookup.regularizer(kernel_regularizer)
        self.bias_regularizer = lookup.regularizer(bias_regularizer)
        self.kernel_constraint = lookup.constraint(kernel_constraint)
        self.bias_constraint = lookup.constraint(bias_constraint)
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32)
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {dtype}")
        size = as_shape(input_shape).as_list()[-1]
        if size is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found `None`."
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel", shape=[size, self.units], initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
            dtype=self.dtype, trainable=True,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", shape=[self.units], initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
                dtype=self.dtype, trainable=True,
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Computes the outputs; the inputs may be a sparse matrix."""
        if isinstance(inputs, SparseTensor):
            outputs = sparse_tensor_dense_matmul(inputs, self.kernel)
        else:
            inputs = convert_to_tensor(inputs)
            rank = inputs.shape.rank
            if rank > 2:
                outputs = tensordot(inputs, self.kernel, [[rank - 1], [0]])
                outputs.set_shape([*inputs.shape.as_list()[:-1], self.units])
            else:
                outputs = matmul(cast(inputs, self.dtype), self.kernel)
        if self.use_bias:
            outputs = bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The inputs' shape with `units` as its last size."""
        shape = as_shape(input_shape).with_rank_at_least(2)
        if shape.as_list()[-1] is None:
            raise ValueError(
                f"The innermost dimension of input_shape must be defined, but saw: {shape}"
            )
        return shape[:-1].concatenate(self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = super().get_config()
        config.update(units=self.units, use_bias=self.use_bias)
        for key in (
            "activation", "kernel_initializer", "bias_initializer", "kernel_regularizer",
            "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint",
        ):  # fmt: skip
            config[key] = lookup.serialized(getattr(self, key))
        return config


class BaseDropout(BaseLayer):
    """Sets a share `rate` of the inputs to zero in training and scales the others up.

    Args:
      rate: the share, in [0, 1).
      noise_shape: the shape in which is drawn, broadcast to that of the inputs; None in it stands
        for the inputs' size.
      seed: see `tf.set_random_seed`.
      name: the layer's name.
      **kwargs: see `BaseLayer`.
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed
        self.supports_masking = True

    def _get_noise_shape(self, inputs: Any) -> Any:
        if self.noise_shape is None or isinstance(self.noise_shape, Tensor):
            return self.noise_shape
        sizes = shape_op(inputs)
        return convert_to_tensor(
            [sizes[i] if size is None else size for i, size in enumerate(self.noise_shape)],
            dtype=dtypes.int32,
        )

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Drops out when `training`: a bool, or a tensor."""
        return smart_cond(
            False if training is None else training,
            lambda: dropout_op(
                inputs, noise_shape=self._get_noise_shape(inputs), seed=self.seed, rate=self.rate
            ),
            lambda: identity(inputs),
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        own = {"rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed}
        return {**super().get_config(), **own}


class BaseFlatten(BaseLayer):
    """Makes a vector of each example: [batch, ...] -> [batch, product].

    Args:
      data_format: "channels_last" or "channels_first", which are moved last before.
      **kwargs: see `BaseLayer`.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Computes the outputs."""
        rank = inputs.shape.rank
        if self.data_format == "channels_first" and rank is not None and rank > 2:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        sizes = inputs.shape.as_list()
        if None not in sizes[1:]:
            outputs = reshape(inputs, [-1, math.prod(sizes[1:])])
        else:
            outputs = reshape(inputs, [sizes[0] or shape_op(inputs)[0], -1])
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, the product of the other sizes]."""
        sizes = as_shape(input_shape).as_list()
        if not sizes:
            return as_shape([1])
        return as_shape([sizes[0], None if None in sizes[1:] else math.prod(sizes[1:])])

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "data_format": self.data_format}


class Dense(BaseDense, Layer):
    """The dense layer with variables `kernel` and `bias` (tf.layers.Dense); see `BaseDense`."""


class Dropout(BaseDropout, Layer):
    """Drops out inputs in training (tf.layers.Dropout); see `BaseDropout`."""

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Drops out when `training`: a bool, or a tensor."""
        return super().call(inputs, training=training)


class Flatten(BaseFlatten, Layer):
    """Makes a vector of each example (tf.layers.Flatten); see `BaseFlatten`."""


dense = layer_function(
    Dense,
    "dense",
    """Computes `activation(inputs @ kernel + bias)` with new variables (tf.layers.dense).

    The arguments are `inputs`, those of `Dense` and `reuse`, whether to use the variables of the
    layer of this `name` again.
    """,
)


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: Any = None,
) -> Any:
    """Sets a share `rate` of the inputs to zero and scales the others up, when `training`.

    See `Dropout` (tf.layers.dropout).
    """
    return Dropout(rate, noise_shape=noise_shape, seed=seed, name=name)(inputs, training=training)


def flatten(inputs: Any, name: Any = None, data_format: str = "channels_last") -> Any:
    """Makes a vector of each example; see `Flatten` (tf.layers.flatten)."""
    return Flatten(name=name, data_format=data_format)(inputs)


FullyConnected, fully_connected = Dense, dense
