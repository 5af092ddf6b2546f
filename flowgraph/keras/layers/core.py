"""Layers that every model uses: dense, dropout, shapes, functions as layers."""

from __future__ import annotations

import base64
import inspect
import marshal
import types
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.keras.layers.defaults import defaults
from flowgraph.keras.utils.generic import get_custom_objects
from flowgraph.layers import lookup
from flowgraph.layers.core import BaseDense, BaseDropout, BaseFlatten
from flowgraph.ops.control import nest
from flowgraph.variables.variable import variable_creator_scope


@defaults(kernel_initializer="glorot_uniform")
class Dense(BaseDense, Layer):
    """activation(inputs @ kernel + bias) over the last axis (tf.keras.layers.Dense)."""


class Dropout(BaseDropout, Layer):
    """Sets a share `rate` of the inputs to zero in training (tf.keras.layers.Dropout)."""

    _needs_phase = True

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, noise_shape, seed, **kwargs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Drops out when `training`, by default the learning phase."""
        training = K.learning_phase() if training is None else training
        return super().call(inputs, training=training)


class _SpatialDropout(Dropout):
    rank = 1

    def __init__(self, rate: float, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self.data_format = K.image_data_format() if data_format is None else data_format
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError('data_format must be in {"channels_last", "channels_first"}')
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _get_noise_shape(self, inputs: Any) -> Any:
        shape, ones = tf.shape(inputs), [1] * self.rank
        if self.data_format == "channels_first" and self.rank > 1:
            return tf.stack([shape[0], shape[1], *ones])
        return tf.stack([shape[0], *ones, shape[self.rank + 1]])


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of sequences."""

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images."""

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes."""

    rank = 3


class Flatten(BaseFlatten, Layer):
    """Makes a vector of each example (tf.keras.layers.Flatten)."""


class Masking(Layer):
    """Masks time steps at which all features are `mask_value`."""

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking, self.mask_value = True, mask_value

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """False at steps to leave out."""
        return tf.reduce_any(tf.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """The inputs with masked steps set to zero."""
        kept = tf.reduce_any(tf.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = inputs * tf.cast(kept, inputs.dtype)
        outputs._keras_mask = tf.squeeze(kept, axis=-1)
        return outputs

    @property
    def _computes_own_mask(self) -> bool:
        return True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "mask_value": self.mask_value}


class Activation(Layer):
    """Applies an activation, a function or its name."""

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = lookup.activation(activation)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "activation": lookup.serialized(self.activation)}


class Reshape(Layer):
    """Another shape for each example; one size may be -1."""

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def _sizes(self, input_shape: list[Any]) -> list[Any]:
        """The output's sizes with -1 replaced; ValueError when they do not fit."""
        sizes, total = list(self.target_shape), int(np.prod(input_shape, dtype=int))
        known = int(np.prod([s for s in sizes if s >= 0], dtype=int))
        if sizes.count(-1) > 1:
            raise ValueError("Can only specify one unknown dimension.")
        if -1 in sizes:
            if known == 0 or total % known:
                raise ValueError("total size of new array must be unchanged")
            sizes[sizes.index(-1)] = total // known
        elif total != known:
            raise ValueError("total size of new array must be unchanged")
        return sizes

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The batch size and the target shape."""
        sizes = tf.TensorShape(input_shape).as_list()
        if None in sizes[1:]:
            target = [None if s == -1 else s for s in self.target_shape]
            return tf.TensorShape([sizes[0], *target])
        return tf.TensorShape([sizes[0], *self._sizes(sizes[1:])])

    def call(self, inputs: Any) -> Any:
        """The inputs in the other shape."""
        shape = self.compute_output_shape(inputs.shape)
        outputs = tf.reshape(inputs, tf.stack([tf.shape(inputs)[0], *self.target_shape]))
        outputs.set_shape(shape)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """The axes of each example in another order, counted from 1."""

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"Invalid permutation `dims` for Permute Layer: {dims}. The set of indices in "
                "`dims` must be consecutive and start from 1."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The sizes in the other order."""
        sizes = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([sizes[0], *(sizes[d] for d in self.dims)])

    def call(self, inputs: Any) -> Any:
        """The inputs with axes in the other order."""
        return tf.transpose(inputs, perm=(0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """(samples, features) -> (samples, n, features)."""

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n, self.input_spec = n, InputSpec(ndim=2)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """With the new axis."""
        sizes = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([sizes[0], self.n, sizes[1]])

    def call(self, inputs: Any) -> Any:
        """The repeated inputs."""
        return K.repeat(inputs, self.n)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "n": self.n}


class ActivityRegularization(Layer):
    """Adds a loss for large inputs, which go through."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        from flowgraph.layers.regularizers import L1L2

        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking, self.l1, self.l2 = True, l1, l2

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The inputs' shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "l1": self.l1, "l2": self.l2}


class Lambda(Layer):
    """Any function of tensors as a layer (tf.keras.layers.Lambda).

    Args:
      function: takes the inputs, and `mask` and `training` if it has such arguments.
      output_shape: the shape of an example of the output, or a function of the input shape.
      mask: the mask of the output, or a function of inputs and mask.
      arguments: further arguments of the function, in a dict.
    """

    def __init__(
        self, function: Any, output_shape: Any = None, mask: Any = None, arguments: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.function, self.arguments = function, arguments or {}
        self._output_shape, self.mask = output_shape, mask
        if mask is not None:
            self.supports_masking = True
        parameters = inspect.signature(function).parameters
        self._passes = [n for n in ("mask", "training") if n in parameters]

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """What the function gives."""
        arguments = dict(self.arguments)
        if "mask" in self._passes:
            arguments["mask"] = mask
        if "training" in self._passes:
            arguments["training"] = training
        with variable_creator_scope(self._note_variable):
            return self.function(inputs, **arguments)

    def _note_variable(self, next_creator: Any, **kwargs: Any) -> Any:
        """Keeps a variable that the function makes, so that it is trained and initialized."""
        variable = next_creator(**kwargs)
        self._keep_variable(variable)
        return variable

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As it was told, else that of the function's result for such inputs."""
        if self._output_shape is None:
            return self._inferred_shape(input_shape)
        if callable(self._output_shape):
            return _shapes(self._output_shape(input_shape))
        first = input_shape[0] if isinstance(input_shape, list) else input_shape
        batch = tf.TensorShape(first).as_list()[0]
        return _with_batch(batch, self._output_shape)

    def _inferred_shape(self, input_shape: Any) -> Any:
        with tf.Graph().as_default():
            several = isinstance(input_shape, list) and isinstance(
                input_shape[0], (tuple, list, tf.TensorShape)
            )
            shapes = input_shape if several else [input_shape]
            given = [tf.placeholder(self.dtype or K.floatx(), shape=s) for s in shapes]
            return nest.map_structure(lambda t: t.shape, self.call(given if several else given[0]))

    def get_config(self) -> dict[str, Any]:
        """The arguments; a lambda as its byte code, for the same version of Python only."""
        config = super().get_config()
        for key, value in (
            ("function", self.function),
            ("output_shape", self._output_shape),
            ("mask", self.mask),
        ):
            config[key], config[key + "_type"] = _function_config(value)
            config["module" if key == "function" else f"{key}_module"] = getattr(
                value, "__module__", None
            )
        config["arguments"] = self.arguments
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the layer that `get_config` described.

        A function comes from the custom objects. So does a lambda, as "<lambda>", unless this
        process made the configuration: byte code that a file holds is not run.
        """
        config = dict(config)
        known = {**get_custom_objects(), **(custom_objects or {})}
        for key in ("function", "output_shape", "mask"):
            kind = config.pop(key + "_type", "raw")
            config.pop("module" if key == "function" else f"{key}_module", None)
            value = config.get(key)
            if kind == "function":
                if value not in known and value in _lambdas:
                    known[value] = _lambdas[value][0]
                if value not in known:
                    raise ValueError(f"Unknown function of a Lambda layer: {value}. Pass it in "
                                     "`custom_objects`.")  # fmt: skip
                config[key] = known[value]
            elif kind == "lambda":
                config[key] = _lambda_of(value, known)
        return cls(**config)


def _is_shape(value: Any) -> bool:
    return isinstance(value, tf.TensorShape) or (
        isinstance(value, (tuple, list)) and all(d is None or isinstance(d, int) for d in value)
    )


def _shapes(value: Any) -> Any:
    """A shape, or a list or dict of shapes, as TensorShapes."""
    if _is_shape(value):
        return tf.TensorShape(value)
    if isinstance(value, dict):
        return {k: _shapes(v) for k, v in value.items()}
    return type(value)(_shapes(v) for v in value)


def _with_batch(batch: Any, value: Any) -> Any:
    """The same of shapes without the batch."""
    if _is_shape(value):
        return tf.TensorShape([batch, *value])
    if isinstance(value, dict):
        return {k: _with_batch(batch, v) for k, v in value.items()}
    return type(value)(_with_batch(batch, v) for v in value)


# The functions whose configuration was asked for in this process, by their byte code.
_lambdas: dict[str, list[Any]] = {}


def _function_config(value: Any) -> tuple[Any, str]:
    if isinstance(value, types.LambdaType) and value.__name__ == "<lambda>":
        code = base64.b64encode(marshal.dumps(value.__code__)).decode("ascii")
        closure = value.__closure__
        cells = tuple(c.cell_contents for c in closure) if closure else None
        _lambdas[code] = [value]
        return (code, value.__defaults__, cells), "lambda"
    if callable(value):
        _lambdas[value.__name__] = [value]
        return value.__name__, "function"
    return value, "raw"


def _lambda_of(value: Any, known: dict[str, Any]) -> Any:
    """The lambda of a configuration, from custom objects: byte code of a file is not run."""
    if callable(known.get("<lambda>")):
        return known["<lambda>"]
    code = value[0] if isinstance(value, (list, tuple)) else value
    for candidate in _lambdas.get(code, ()):
        return candidate
    raise ValueError(
        "A Lambda layer holds a lambda as byte code, which is not run when it comes from a file. "
        'Pass the function in `custom_objects={"<lambda>": ...}`.'
    )
