"""`Node`: one call of a layer, from its input tensors to its output tensors."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend.variables import int_shape
from flowgraph.ops.control import nest

KerasHistory = namedtuple("KerasHistory", ["layer", "node_index", "tensor_index"])


def has_history(tensors: Any) -> bool:
    """Whether all tensors came from layers (and there is one)."""
    flat = nest.flatten(tensors)
    return bool(flat) and all(getattr(t, "_keras_history", None) is not None for t in flat)


class Node:
    """A call of `outbound_layer`; both layers' lists of nodes are kept up to date.

    Args:
      outbound_layer: the layer that was called.
      input_tensors, output_tensors: tensors, or nests of them.
      arguments: the other arguments of the call.
      made_by: whether the layer made the outputs; False for a network around other layers' calls.
    """

    def __init__(
        self, outbound_layer: Any, input_tensors: Any, output_tensors: Any, arguments: Any = None,
        made_by: bool = True,
    ) -> None:  # fmt: skip
        self.outbound_layer, self.arguments = outbound_layer, arguments or {}
        self.input_tensors, self.output_tensors = input_tensors, output_tensors
        flat = nest.flatten(input_tensors) if made_by else []
        # An input layer's own tensor has no history yet: it comes from nowhere.
        self._sources = [t for t in flat if has_history(t)]
        known = [t._keras_history for t in self._sources]
        pack = [[h[i] for h in known] for i in range(3)]
        self._inbound, self._node_indices, self._tensor_indices = pack
        self.input_shapes = nest.map_structure(int_shape, input_tensors)
        self.output_shapes = nest.map_structure(int_shape, output_tensors)
        for layer in self._inbound:
            layer._outbound_nodes.append(self)
        outbound_layer._inbound_nodes.append(self)
        index = len(outbound_layer._inbound_nodes) - 1
        if not made_by:
            return
        for place, tensor in enumerate(nest.flatten(output_tensors)):
            tensor._keras_history = KerasHistory(outbound_layer, index, place)

    def _packed(self, items: list[Any]) -> Any:
        if len(items) == 1 and not isinstance(self.input_tensors, (list, tuple, dict)):
            return items[0]
        return items

    @property
    def inbound_layers(self) -> Any:
        """The layers that gave the inputs: one, or a list."""
        return self._packed(self._inbound)

    @property
    def node_indices(self) -> Any:
        """Which call of its layer gave each input."""
        return self._packed(self._node_indices)

    @property
    def tensor_indices(self) -> Any:
        """Which output of that call each input is."""
        return self._packed(self._tensor_indices)

    def iterate_inbound(self, include_arguments: bool = False) -> Iterator[Any]:
        """(layer, node index, tensor index, tensor) of each input."""
        tensors = list(self._sources)
        if include_arguments:
            tensors += [t for t in nest.flatten(self.arguments) if _is_keras(t)]
        for tensor in tensors:
            yield (*tensor._keras_history, tensor)

    def dependencies(self) -> list[Node]:
        """The nodes that gave its inputs and the tensors among its arguments."""
        return [
            layer._inbound_nodes[index]
            for layer, index, _, _ in self.iterate_inbound(include_arguments=True)
        ]

    def get_config(self) -> dict[str, Any]:
        """Names and numbers of what it connects."""
        return {
            "outbound_layer": self.outbound_layer.name,
            "inbound_layers": [layer.name for layer in self._inbound],
            "node_indices": self._node_indices,
            "tensor_indices": self._tensor_indices,
        }


def _is_keras(value: Any) -> bool:
    return isinstance(value, tf.Tensor) and has_history(value)
