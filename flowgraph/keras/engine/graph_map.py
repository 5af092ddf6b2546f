"""The calls of layers between a network's inputs and outputs, ordered by depth."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flowgraph.ops.control import nest


def node_key(layer: Any, index: int) -> str:
    """The name of a call of a layer."""
    return f"{layer.name}_ib-{index}"


class GraphMap:
    """What lies between tensors: `nodes_by_depth`, `layers` (from the inputs on), `node_keys`.

    Raises:
      ValueError: the outputs need a tensor that does not come from the inputs; there is a cycle;
        two layers have one name.
    """

    def __init__(self, inputs: list[Any], outputs: list[Any]) -> None:
        self.node_keys: set[str] = set()
        self._order: dict[Any, int] = {}
        self._post: list[Any] = []
        self._walk(outputs)
        node_depths, layer_depths = self._depths()
        for tensor in inputs:  # inputs that no output needs belong to it, too
            layer = tensor._keras_history.layer
            if layer not in layer_depths:
                layer_depths[layer], self._order[layer] = 0, -1
                node_depths[layer._inbound_nodes[0]] = 0
                self.node_keys.add(node_key(layer, 0))
        self.nodes_by_depth, self.layers_by_depth = defaultdict(list), defaultdict(list)
        for node, depth in node_depths.items():
            self.nodes_by_depth[depth].append(node)
        for layer, depth in layer_depths.items():
            self.layers_by_depth[depth].append(layer)
        self.layers: list[Any] = []
        for depth in sorted(self.layers_by_depth, reverse=True):
            self.layers += sorted(self.layers_by_depth[depth], key=lambda one: self._order[one])
        self._check(inputs)

    def _walk(self, outputs: list[Any]) -> None:
        """Visits each call after those that it depends on."""
        done: set[Any] = set()
        active: set[Any] = set()
        for tensor in outputs:
            stack = [(tensor, None)]
            while stack:
                at, rest = stack.pop()
                layer, index, _ = at._keras_history
                node = layer._inbound_nodes[index]
                if rest is None:
                    if node in done:
                        continue
                    if node in active:
                        raise ValueError(
                            f'The tensor {at} at layer "{layer.name}" is part of a cycle.'
                        )
                    active.add(node)
                    self.node_keys.add(node_key(layer, index))
                    self._order.setdefault(layer, len(self._order))
                    rest = iter([t for *_, t in node.iterate_inbound(include_arguments=True)])
                following = next(rest, None)
                if following is None:
                    done.add(node)
                    active.discard(node)
                    self._post.append(node)
                else:
                    stack += [(at, rest), (following, None)]

    def _depths(self) -> tuple[dict[Any, int], dict[Any, int]]:
        nodes: dict[Any, int] = {}
        layers: dict[Any, int] = {}
        for node in reversed(self._post):
            depth = max(nodes.setdefault(node, 0), layers.get(node.outbound_layer, 0))
            nodes[node] = layers[node.outbound_layer] = depth
            for before in node.dependencies():
                nodes[before] = max(depth + 1, nodes.get(before, 0))
        return nodes, layers

    def _check(self, inputs: list[Any]) -> None:
        computable, complete = {id(t) for t in inputs}, []
        for depth in sorted(self.nodes_by_depth, reverse=True):
            for node in self.nodes_by_depth[depth]:
                layer = node.outbound_layer
                for tensor in nest.flatten(node.input_tensors):
                    if id(tensor) not in computable:
                        raise ValueError(
                            f"Graph disconnected: cannot obtain value for tensor {tensor} at layer "
                            f'"{layer.name}". The following previous layers were accessed without '
                            f"issue: {complete}"
                        )
                computable.update(id(t) for t in nest.flatten(node.output_tensors))
                complete.append(layer.name)
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) != 1:
                raise ValueError(
                    f'The name "{name}" is used {names.count(name)} times in the model. All layer '
                    "names should be unique."
                )
