"""Layers of tf.layers inside Keras models."""

from __future__ import annotations

from typing import Any

from flowgraph.keras.backend import state
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.layers.base_layer import BaseLayer


class _Adapted(Layer):
    """A tf.layers layer, called as a Keras layer."""

    def __init__(self, layer: BaseLayer) -> None:
        super().__init__(name=layer.name)
        self._layers = [layer]
        if not layer.built:  # Keras's optimizers update resource variables
            layer._use_resource_variables = True  # type: ignore[attr-defined]
        if hasattr(layer, "_batch_input_shape"):
            self._batch_input_shape = layer._batch_input_shape
        if "training" in layer._call_fn_args:
            self._call_arguments = ["inputs", "training"]

    @property
    def wrapped(self) -> Any:
        """The tf.layers layer."""
        return self._layers[0]

    def _name_scope(self) -> Any:
        return None if self.wrapped.built else ""

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        """What the layer gives."""
        outputs = self.wrapped(inputs, **kwargs)
        for weight in self.wrapped.weights:
            state.track_variable(weight)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """What the layer says."""
        return self.wrapped.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """That of the layer."""
        return self.wrapped.get_config()  # type: ignore[no-any-return]


def as_keras_layer(layer: BaseLayer) -> Layer:
    """A Keras layer as it is; one of tf.layers in a Keras layer around it."""
    return layer if isinstance(layer, Layer) else _Adapted(layer)
