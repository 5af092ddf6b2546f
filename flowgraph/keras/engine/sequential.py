"""`Sequential`: layers one after another."""

from __future__ import annotations

import copy
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.engine.adapter import as_keras_layer
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.keras.engine.input_layer import Input, InputLayer
from flowgraph.keras.engine.training import Model
from flowgraph.keras.utils.generic import serialize_keras_object
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.ops.control import nest


class Sequential(Model):
    """Layers one after another (tf.keras.Sequential).

    Without an input shape at the first layer it is built when it first sees data.

    Args:
      layers: the layers to add.
      name: "sequential", ... when None.

    >>> Sequential([Dense(32, activation="relu", input_shape=(784,)), Dense(10)])
    """

    _is_sequential = True

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self.supports_masking = True
        self._build_input_shape: Any = None
        if layers is not None:
            for layer in layers if isinstance(layers, (list, tuple)) else [layers]:
                self.add(layer)

    @property
    def layers(self) -> list[Any]:
        """The layers, without the input."""
        layers = self.__dict__["_layers"]
        return list(layers[1:] if layers and isinstance(layers[0], InputLayer) else layers)

    def _inner_layers(self) -> list[Any]:
        return list(self.__dict__.get("_layers", ()))

    def add(self, layer: Any) -> None:
        """Adds a layer at the end.

        Raises:
          TypeError: it is no layer.
          ValueError: it has several outputs.
        """
        if hasattr(layer, "_keras_history") and isinstance(layer, tf.Tensor):
            layer = layer._keras_history.layer
        if not isinstance(layer, BaseLayer):
            raise TypeError(
                "The added layer must be an instance of class Layer. Found: " + str(layer)
            )
        layer = as_keras_layer(layer)
        self.built = False
        if not self._layers:
            self._add_first(layer)
        elif self.outputs:
            self._chain(layer)
        else:
            self._layers.append(layer)

    def _add_first(self, layer: Any) -> None:
        if isinstance(layer, InputLayer):
            self._layers, self._build_input_shape = [layer], layer._batch_input_shape
            self.outputs = [nest.flatten(layer._inbound_nodes[-1].output_tensors)[0]]
            self._rebuild([layer])
            return
        shape, dtype = _shape_and_dtype(layer)
        if shape is None:
            self._layers.append(layer)
            return
        x = Input(batch_shape=tuple(shape), dtype=dtype, name=layer.name + "_input")
        self._layers = [x._keras_history.layer]
        self.outputs = [x]
        self._chain(layer)

    def _chain(self, layer: Layer) -> None:
        output = layer(self.outputs[0])
        if isinstance(output, list):
            kind = ValueError if isinstance(self._layers[-1], InputLayer) else TypeError
            raise kind(
                "All layers in a Sequential model should have a single output tensor. For "
                "multi-output layers, use the functional API."
            )
        self.outputs = [output]
        self._rebuild([*self._layers, layer])

    def _rebuild(self, layers: list[Any]) -> None:
        """Makes the graph network from the first layer's input to the newest output."""
        first = nest.flatten(layers[0]._inbound_nodes[-1].output_tensors)
        self._inbound_nodes = []
        self._init_graph_network(first, self.outputs)
        self._layers = layers
        self.built = True

    def pop(self) -> None:
        """Takes the last layer away; TypeError when there is none."""
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        layer = self._layers.pop()
        if not self._is_graph_network:
            self.built = False
            return
        layers = list(self._layers)
        layers[-1]._outbound_nodes = []
        del layer
        if len(layers) == 1 and isinstance(layers[0], InputLayer):
            self.outputs = self.inputs = None
            self.built, self._is_graph_network, self._layers = False, False, []
            return
        self.outputs = [layers[-1].output]
        self._rebuild(layers)

    def build(self, input_shape: Any = None) -> None:
        """Builds it for inputs of this shape, with the batch."""
        if self._is_graph_network:
            self.built = True
            return
        if input_shape is None:
            raise ValueError("You must provide an `input_shape` argument.")
        shape = tuple(tf.TensorShape(input_shape).as_list())
        self._build_input_shape = shape
        self._connect(Input(batch_shape=shape, name=self._layers[0].name + "_input"))

    def _maybe_build(self, inputs: Any) -> None:
        if not self._is_graph_network:
            self.built = True  # its layers are built when they are called
        super()._maybe_build(inputs)

    def _connect(self, x: Any) -> None:
        """Joins the layers, starting at a tensor."""
        self._build_input_shape = tuple(x.shape.as_list())
        layers, self._layers = self._layers, [x._keras_history.layer]
        self.outputs = [x]
        with tf.name_scope(self.name):
            for layer in layers:
                self._chain(layer)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Computes the output."""
        if self._is_graph_network:
            return super().call(inputs, training=training, mask=mask)
        outputs = inputs
        for layer in self.layers:
            arguments = {}
            if "mask" in layer._call_fn_args:
                arguments["mask"] = mask
            if "training" in layer._call_fn_args and training is not None:
                arguments["training"] = training
            outputs = layer(outputs, **arguments)
            mask = getattr(outputs, "_keras_mask", None)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of this shape."""
        shape = input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output."""
        outputs = self.call(inputs, mask=mask)
        return getattr(outputs, "_keras_mask", None)

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """The same as `predict`."""
        return self.predict(x, batch_size, verbose)

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """The number of the likeliest class of each example."""
        probabilities = self.predict(x, batch_size, verbose)
        if probabilities.shape[-1] > 1:
            return probabilities.argmax(axis=-1)
        return (probabilities > 0.5).astype("int32")

    def get_config(self) -> dict[str, Any]:
        """The name and the layers' configurations."""
        layers = [copy.deepcopy(serialize_keras_object(layer)) for layer in self.layers]
        config: dict[str, Any] = {"name": self.name, "layers": layers}
        if self._build_input_shape:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """Makes the model that `get_config` described."""
        from flowgraph.keras.layers import deserialize  # which imports models

        name, build_shape, layers = None, None, config
        if isinstance(config, dict):
            name, build_shape = config.get("name"), config.get("build_input_shape")
            layers = config["layers"]
        model = cls(name=name)
        for layer in layers:
            model.add(deserialize(layer, custom_objects=custom_objects))
        if not model.inputs and build_shape:
            model.build(build_shape)
        return model


def _shape_and_dtype(layer: Any) -> tuple[Any, Any]:
    """The input shape that a first layer tells, through models whose first layer tells it."""
    while getattr(layer, "_is_graph_network", False) or getattr(layer, "_is_sequential", False):
        if getattr(layer, "_is_graph_network", False) and layer.inputs:
            first = layer.inputs[0]
            return tuple(first.shape.as_list()), first.dtype.base_dtype.name
        if not layer.layers:
            return None, None
        layer = layer.layers[0]
    return getattr(layer, "_batch_input_shape", None), layer._first_dtype
