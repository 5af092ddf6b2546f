"""Layers around layers: `TimeDistributed` and `Bidirectional`."""

from __future__ import annotations

import copy
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.keras.engine.node import has_history
from flowgraph.keras.utils.generic import CustomObjectScope, serialize_keras_object
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.ops.control import nest


class Wrapper(Layer):
    """Base class of layers around one layer."""

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, BaseLayer):
            raise ValueError(
                f"Please initialize `{type(self).__name__}` layer with a `Layer` instance. You "
                f"passed: {layer}"
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {**super().get_config(), "layer": serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the layer that `get_config` described."""
        from flowgraph.keras.layers import deserialize  # which imports this module

        config = dict(config)
        return cls(deserialize(config.pop("layer"), custom_objects=custom_objects), **config)


class TimeDistributed(Wrapper):
    """Applies a layer to each time step (tf.keras.layers.TimeDistributed)."""

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer for one step."""
        sizes = tf.TensorShape(input_shape).as_list()
        if len(sizes) < 3:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape ` with at least 3 "
                f"dimensions, received: {sizes}"
            )
        self.input_spec = InputSpec(shape=[None, None, *sizes[2:]])
        super().build(tf.TensorShape([sizes[0], *sizes[2:]]))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The layer's outputs for all steps."""
        arguments = {}
        if "training" in self.layer._call_fn_args:
            arguments["training"] = training
        sizes, shape = inputs.shape.as_list(), tf.shape(inputs)
        flat = tf.reshape(inputs, tf.concat([[-1], shape[2:]], 0))
        flat.set_shape([None, *sizes[2:]])
        if "mask" in self.layer._call_fn_args and mask is not None:
            arguments["mask"] = tf.reshape(mask, tf.concat([[-1], tf.shape(mask)[2:]], 0))
            arguments["mask"].set_shape([None, *mask.shape.as_list()[2:]])
        output = self.layer(flat, **arguments)
        known = output.shape.as_list()[1:]
        again = tf.reshape(output, tf.concat([shape[:2], tf.shape(output)[1:]], 0))
        again.set_shape([*sizes[:2], *known])
        return again

    def compute_output_shape(self, input_shape: Any) -> Any:
        """With the layer's shape for a step."""
        sizes = tf.TensorShape(input_shape).as_list()
        step = tf.TensorShape([sizes[0], *sizes[2:]])
        inner = tf.TensorShape(self.layer.compute_output_shape(step)).as_list()
        return tf.TensorShape([inner[0], sizes[1], *inner[1:]])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks that the layer makes of the steps, else the steps' own."""
        sizes, shape = inputs.shape.as_list(), tf.shape(inputs)
        flat = tf.reshape(inputs, tf.concat([[-1], shape[2:]], 0))
        flat.set_shape([None, *sizes[2:]])
        own = None
        if mask is not None and self.layer.supports_masking:
            own = tf.reshape(mask, tf.concat([[-1], tf.shape(mask)[2:]], 0))
            own.set_shape([None, *mask.shape.as_list()[2:]])
        inner = self.layer.compute_mask(flat, own)
        if inner is None:  # a step counts where anything of it did
            deeper = list(range(2, mask.shape.ndims)) if mask is not None else []
            return tf.reduce_any(mask, deeper) if deeper else mask
        known = inner.shape.as_list()[1:]
        again = tf.reshape(inner, tf.concat([shape[:2], tf.shape(inner)[1:]], 0))
        again.set_shape([*sizes[:2], *known])
        return again


class Bidirectional(Wrapper):
    """Runs a recurrent layer forwards and a copy of it backwards.

    Args:
      layer: the recurrent layer.
      merge_mode: "concat", "sum", "mul", "ave", or None for a list of both.
      weights: initial values.
      backward_layer: the layer that runs backwards, in place of a copy.
    """

    def __init__(
        self, layer: Any, merge_mode: Any = "concat", weights: Any = None,
        backward_layer: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(
                'Invalid merge mode. Merge mode should be one of {"sum", "mul", "ave", "concat", '
                "None}"
            )
        super().__init__(layer, **kwargs)
        self.forward_layer = self._again(layer, layer.name, layer.go_backwards)
        self.forward_layer._name = "forward_" + layer.name
        self.backward_layer = backward_layer or self._again(
            layer, layer.name, not layer.go_backwards
        )
        self._own_backward = backward_layer
        if backward_layer is None:
            self.backward_layer._name = "backward_" + layer.name
        elif any(
            getattr(backward_layer, key) != getattr(layer, key)
            for key in ("stateful", "return_sequences", "return_state")
        ):
            raise ValueError(
                "Forward layer and backward layer are expected to have the same value for "
                "attribute stateful, return_sequences and return_state."
            )
        elif backward_layer.go_backwards == layer.go_backwards:
            raise ValueError(
                "Forward layer and backward layer should have different `go_backwards` value."
            )
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = one.return_sequences
        self.merge_mode, self.supports_masking = merge_mode, True
        self.stateful, self.return_state = layer.stateful, layer.return_state
        self.return_sequences = layer.return_sequences
        self._weights_at_start, self._num_constants = weights, 0

    @staticmethod
    def _again(layer: Any, name: str, backwards: bool) -> Any:
        config = {**layer.get_config(), "name": name, "go_backwards": backwards}
        cells = getattr(layer.cell, "cells", None) or [layer.cell]
        with CustomObjectScope({type(c).__name__: type(c) for c in cells}):
            return type(layer).from_config(copy.deepcopy(config))

    def _inner_layers(self) -> list[Any]:
        both = (self.__dict__.get("forward_layer"), self.__dict__.get("backward_layer"))
        return [layer for layer in both if layer is not None]

    def build(self, input_shape: Any = None) -> None:
        """Builds both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            with tf.name_scope(layer.name):
                if not layer.built:
                    layer.build(input_shape)
                    layer.built = True
        if self._weights_at_start is not None:
            half = len(self._weights_at_start) // 2
            self.forward_layer.set_weights(self._weights_at_start[:half])
            self.backward_layer.set_weights(self._weights_at_start[half:])
        self.built = True

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Runs both; the first half of `initial_state` is the forward layer's."""
        if isinstance(inputs, (list, tuple)) and len(inputs) > 1 and initial_state is None:
            initial_state, inputs = list(inputs[1:]), inputs[0]
        if initial_state is None:
            return super().__call__(inputs, **kwargs)
        states = nest.flatten(initial_state)
        if len(states) % 2:
            raise ValueError(
                "When passing `initial_state` to a Bidirectional RNN, the state should be a list "
                "containing the states of the underlying RNNs. Found: " + str(initial_state)
            )
        if has_history([inputs, *states]):
            return super().__call__([inputs, *states], **kwargs)
        return super().__call__(inputs, initial_state=states, **kwargs)

    def _input_masks(self, inputs: Any) -> Any:
        first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
        return getattr(first, "_keras_mask", None)

    def _maybe_build(self, inputs: Any) -> None:
        super()._maybe_build(inputs[0] if isinstance(inputs, (list, tuple)) else inputs)

    def call(
        self, inputs: Any, training: Any = None, mask: Any = None, initial_state: Any = None
    ) -> Any:
        """The merged outputs, and the states behind them with `return_state`."""
        if isinstance(inputs, (list, tuple)):
            initial_state, inputs = list(inputs[1:]), inputs[0]
        half = len(initial_state or ()) // 2
        results = []
        for layer, states in (
            (self.forward_layer, (initial_state or ())[:half]),
            (self.backward_layer, (initial_state or ())[half:]),
        ):
            arguments: dict[str, Any] = {}
            if "training" in layer._call_fn_args and training is not None:
                arguments["training"] = training
            if mask is not None:
                arguments["mask"] = mask
            if initial_state is not None:
                arguments["initial_state"] = list(states)
            with tf.name_scope(layer.name):
                results.append(layer.call(inputs, **arguments))
        ahead, back = results
        states = []
        if self.return_state:
            states = [*ahead[1:], *back[1:]]
            ahead, back = ahead[0], back[0]
        if self.return_sequences:
            time = 0 if getattr(self.forward_layer, "time_major", False) else 1
            back = tf.reverse(back, [time])
        output = self._merged(ahead, back)
        if not self.return_state:
            return output
        return [*output, *states] if self.merge_mode is None else [output, *states]

    def _merged(self, ahead: Any, back: Any) -> Any:
        if self.merge_mode == "concat":
            return K.concatenate([ahead, back])
        if self.merge_mode == "sum":
            return ahead + back
        if self.merge_mode == "ave":
            return (ahead + back) / 2
        return ahead * back if self.merge_mode == "mul" else [ahead, back]

    def reset_states(self) -> None:
        """Sets both layers' states back."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    @property
    def updates(self) -> list[Any]:
        """Those of both layers."""
        return [*self.forward_layer.updates, *self.backward_layer.updates]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The merged shape."""
        shape = self.forward_layer.compute_output_shape(input_shape)
        states: list[Any] = []
        if self.return_state:
            shape, states = shape[0], shape[1:]
        sizes = tf.TensorShape(shape).as_list()
        if self.merge_mode == "concat":
            sizes[-1] *= 2
        output = [tf.TensorShape(sizes)] * (2 if self.merge_mode is None else 1)
        if self.return_state:
            return [*output, *states, *states]
        return output if self.merge_mode is None else output[0]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The inputs' mask, where all outputs are given."""
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        own = mask if self.return_sequences else None
        output = [own] * (2 if self.merge_mode is None else 1)
        if self.return_state:
            count = len(nest.flatten(self.layer.cell.state_size)) * 2
            return [*output, *([None] * count)]
        return output if self.merge_mode is None else output[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config = {**super().get_config(), "merge_mode": self.merge_mode}
        if self._own_backward is not None:
            config["backward_layer"] = serialize_keras_object(self._own_backward)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the layer that `get_config` described."""
        from flowgraph.keras.layers import deserialize  # which imports this module

        config = dict(config)
        if "backward_layer" in config:
            config["backward_layer"] = deserialize(
                config["backward_layer"], custom_objects=custom_objects
            )
        return cls(deserialize(config.pop("layer"), custom_objects=custom_objects), **config)
