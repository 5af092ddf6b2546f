"""A network of layers as a configuration (names, calls, arguments) and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.engine.graph_map import node_key
from flowgraph.keras.engine.input_layer import InputLayer
from flowgraph.keras.utils.generic import serialize_keras_object
from flowgraph.ops.control import nest
from flowgraph.platform import logging


# --- to a configuration ---------------------------------------------------------------------------
def _own_first_node(layer: Any) -> int:
    """1 for a network, whose first node is its own inside."""
    return int(getattr(layer, "_is_graph_network", False))


def _kept_nodes(network: Any) -> dict[str, int]:
    """The number that each call of the network has in the configuration."""
    kept: dict[str, int] = {}
    for layer in network._map.layers:
        count = _own_first_node(layer)
        for index in range(len(layer._inbound_nodes)):
            key = node_key(layer, index)
            if key in network._network_nodes:
                kept[key] = count
                count += 1
    return kept


def config_of(network: Any) -> dict[str, Any]:
    """{"name", "layers", "input_layers", "output_layers"} of a graph network."""
    kept = _kept_nodes(network)
    layers = []
    for layer in network._map.layers:
        calls = [
            _call_config(layer, node, kept)
            for index, node in enumerate(layer._inbound_nodes)
            if node_key(layer, index) in network._network_nodes and node._sources
        ]
        entry = serialize_keras_object(layer)
        layers.append({**entry, "name": layer.name, "inbound_nodes": calls})
    ends = []
    for coordinates, nested in (
        (network._input_coordinates, network._nested_inputs),
        (network._output_coordinates, network._nested_outputs),
    ):
        places = [[lay.name, kept[node_key(lay, i)], t] for lay, i, t in coordinates]
        if isinstance(nested, dict):
            ends.append(dict(zip(sorted(nested), places, strict=True)))
        else:
            ends.append(places)
    return {
        "name": network.name, "layers": layers, "input_layers": ends[0], "output_layers": ends[1]
    }  # fmt: skip


def _call_config(layer: Any, node: Any, kept: dict[str, int]) -> list[Any]:
    arguments = nest.map_structure(_argument, node.arguments) if node.arguments else {}
    try:
        json.dumps(arguments, default=json_default)
    except TypeError:
        logging.warning(
            f"Layer {layer.name} was passed non-serializable keyword arguments: {node.arguments}. "
            "They will not be included in the serialized model (and thus will be missing at "
            "deserialization time)."
        )
        arguments = {}
    return [
        [before.name, kept.get(node_key(before, index), 0), place, arguments]
        for before, index, place, _ in node.iterate_inbound()
    ]


def _argument(value: Any) -> Any:
    history = getattr(value, "_keras_history", None)
    if history is not None:
        return [history.layer.name, history.node_index, history.tensor_index]
    if isinstance(value, tf.Tensor):
        value = K.get_value(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


def json_default(value: Any) -> Any:
    """What json.dumps writes for values of numpy and of the graph."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, tf.DType):
        return value.name
    if isinstance(value, tf.TensorShape):
        return value.as_list()
    if isinstance(value, tf.Dimension):
        return value.value
    if callable(value):
        return getattr(value, "__name__", str(value))
    raise TypeError(f"Not JSON Serializable: {value!r}")


# --- from a configuration -------------------------------------------------------------------------
class _Builder:
    """Makes layers and calls them, each as soon as its inputs are there."""

    def __init__(self, custom_objects: Any) -> None:
        self.custom = custom_objects
        self.created: dict[str, Any] = {}
        self.waiting: dict[str, list[Any]] = {}
        self.numbers: dict[tuple[str, int], int] = {}  # call in the configuration -> real one
        self.counts: dict[str, int] = {}

    def add(self, data: dict[str, Any]) -> None:
        from flowgraph.keras.layers import deserialize  # which imports networks

        name = data["name"]
        layer = deserialize(data, custom_objects=self.custom)
        self.created[name] = layer
        self.counts[name] = _own_first_node(layer)
        self.waiting[name] = list(data["inbound_nodes"])

    def number(self, name: str, index: int) -> int | None:
        if isinstance(self.created[name], InputLayer):
            return 0
        return self.numbers.get((name, index))

    def tensor(self, name: str, index: int, place: int) -> Any:
        number = self.number(name, index)
        if number is None:
            return None
        outputs = self.created[name]._inbound_nodes[number].output_tensors
        return nest.flatten(outputs)[place]

    def _arguments(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: self._arguments(v) for k, v in value.items()}
        if (
            isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)
            and value[0] in self.created
        ):  # fmt: skip
            return self.tensor(*value)
        return [self._arguments(v) for v in value] if isinstance(value, list) else value

    def call(self, name: str, data: Any) -> bool:
        """Calls a layer; False when an input is not there yet."""
        if data and isinstance(data[0], str):
            data = [data]
        inputs, arguments = [], {}
        for name_in, index, place, *more in data:
            tensor = self.tensor(name_in, index, place)
            if tensor is None:
                return False
            inputs.append(tensor)
            arguments = self._arguments(more[0]) if more else {}
        layer = self.created[name]
        outputs = layer(inputs[0] if len(inputs) == 1 else inputs, **arguments)
        self.numbers[name, self.counts[name]] = nest.flatten(outputs)[0]._keras_history.node_index
        self.counts[name] += 1
        return True

    def run(self) -> None:
        while any(self.waiting.values()):
            moved = False
            for name, calls in self.waiting.items():
                while calls and self.call(name, calls[0]):
                    calls.pop(0)
                    moved = True
            if not moved:
                left = sorted(name for name, calls in self.waiting.items() if calls)
                raise ValueError(f"Improperly formatted model config: no inputs for layers {left}.")

    def ends(self, places: Any) -> Any:
        if isinstance(places, dict):
            return {key: self.tensor(*place) for key, place in places.items()}
        if places and isinstance(places[0], str):
            places = [places]
        return [self.tensor(*place) for place in places]


def from_config(config: dict[str, Any], custom_objects: Any = None) -> tuple[Any, Any, Any]:
    """(inputs, outputs, {name: layer}) of a configuration.

    Raises:
      ValueError: a layer's class is unknown, or a call's inputs are missing.
    """
    builder = _Builder(custom_objects)
    for data in config["layers"]:
        builder.add(data)
    builder.run()
    inputs = builder.ends(config["input_layers"])
    return inputs, builder.ends(config["output_layers"]), builder.created


def attach_unconnected(model: Any, created: dict[str, Any]) -> None:
    """Keeps layers that no output needs as parts of the model."""
    connected = {id(layer) for layer in model.layers}
    extra = [layer for layer in created.values() if id(layer) not in connected]
    if extra:
        model._ancillary_layers = extra
