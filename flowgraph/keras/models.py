"""`tf.keras.models`: models, and how they are kept."""

from __future__ import annotations

import json
from typing import Any

from flowgraph.keras.engine.input_layer import Input, InputLayer
from flowgraph.keras.engine.sequential import Sequential
from flowgraph.keras.engine.training import Model
from flowgraph.keras.saving.save import load_model, save_model
from flowgraph.ops.control import nest


def model_from_config(config: Any, custom_objects: Any = None) -> Any:
    """The model of a configuration, without weights; TypeError for a list."""
    from flowgraph.keras.layers import deserialize

    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use "
            "`Sequential.from_config(config)`?"
        )
    return deserialize(config, custom_objects=custom_objects)


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """The model of `to_json`, without weights."""
    return model_from_config(json.loads(json_string), custom_objects)


def model_from_yaml(yaml_string: str, custom_objects: Any = None) -> Any:
    """The model of `to_yaml`, without weights; needs PyYAML."""
    try:
        import yaml
    except ImportError:
        raise ImportError("Requires yaml module installed (`pip install pyyaml`).") from None
    return model_from_config(yaml.safe_load(yaml_string), custom_objects)


def clone_model(model: Any, input_tensors: Any = None, clone_function: Any = None) -> Any:
    """A model of the same layers with new weights.

    Args:
      model: a model of layers; ValueError for a subclass.
      input_tensors: tensors to build it on, in place of new placeholders.
      clone_function: makes a layer from each of the model's layers, except inputs.
    """
    make = clone_function or (lambda layer: type(layer).from_config(layer.get_config()))
    if isinstance(model, Sequential):
        layers = [make(layer) for layer in model.layers]
        clone = Sequential(name=model.name)
        if input_tensors is not None:
            given = nest.flatten(input_tensors)
            if len(given) != 1:
                raise ValueError("To clone a `Sequential` model, we expect at most one tensor.")
            x = given[0] if hasattr(given[0], "_keras_history") else Input(tensor=given[0])
            clone.add(x._keras_history.layer)
        elif model.inputs and not hasattr(layers[0], "_batch_input_shape"):
            clone.add(InputLayer(batch_input_shape=model.inputs[0].shape.as_list()))
        for layer in layers:
            clone.add(layer)
        return clone
    if not getattr(model, "_is_graph_network", False):
        raise ValueError(
            "Expected `model` argument to be a functional `Model` instance, but got a subclass "
            f"model instead: {model}"
        )
    return _clone_graph(model, input_tensors, make)


def _clone_graph(model: Any, input_tensors: Any, make: Any) -> Any:
    layers = {id(layer): make(layer) for layer in model.layers if not isinstance(layer, InputLayer)}
    if input_tensors is None:
        inputs = [
            Input(batch_shape=layer._batch_input_shape, dtype=layer.dtype, name=layer.name)
            for layer in model._input_layers
        ]
    else:
        inputs = [
            t if hasattr(t, "_keras_history") else Input(tensor=t)
            for t in nest.flatten(input_tensors)
        ]
    known = {id(own): new for own, new in zip(model.inputs, inputs, strict=True)}
    by_depth = model._map.nodes_by_depth
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            if isinstance(node.outbound_layer, InputLayer):
                continue
            given = nest.map_structure(lambda t: known[id(t)], node.input_tensors)
            outputs = layers[id(node.outbound_layer)](given, **node.arguments)
            for own, new in zip(
                nest.flatten(node.output_tensors), nest.flatten(outputs), strict=True
            ):
                known[id(own)] = new
    outputs = nest.map_structure(lambda t: known[id(t)], model._nested_outputs)
    nested = model._nested_inputs
    packed = nest.pack_sequence_as(nested, inputs) if nest.is_nested(nested) else inputs[0]
    return Model(packed, outputs, name=model.name)


__all__ = [
    "Input", "Model", "Sequential", "clone_model", "load_model", "model_from_config",
    "model_from_json", "model_from_yaml", "save_model",
]  # fmt: skip
