"""`Network`: layers joined to one layer, by a graph of calls or by a subclass's `call`."""

from __future__ import annotations

import json
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend import variables
from flowgraph.keras.engine import network_config, op_layer
from flowgraph.keras.engine.base_layer import Layer
from flowgraph.keras.engine.graph_map import GraphMap
from flowgraph.keras.engine.input_layer import InputLayer
from flowgraph.keras.engine.node import Node
from flowgraph.ops.control import nest


class Network(Layer):
    """Layers that form one: from `inputs` to `outputs`, or as a subclass's `call` says."""

    _is_graph_network = False
    _is_network = True
    inputs: Any = None
    outputs: Any = None
    input_names: Any = None
    output_names: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) == 2 or (len(args) == 1 and "outputs" in kwargs) or (
            "inputs" in kwargs and "outputs" in kwargs
        ):  # fmt: skip
            inputs = args[0] if args else kwargs.pop("inputs")
            outputs = args[1] if len(args) == 2 else kwargs.pop("outputs")
            self._init_graph_network(inputs, outputs, **kwargs)
        else:
            unknown = set(kwargs) - {"name", "trainable", "dtype", "dynamic"}
            if unknown or len(args) > 1:
                raise TypeError(f"{type(self).__name__}: unexpected argument {sorted(unknown)}")
            if args:
                kwargs["name"] = args[0] if isinstance(args[0], str) else None
            super().__init__(**kwargs)

    def _init_graph_network(
        self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True,
        **unknown: Any,
    ) -> None:  # fmt: skip
        if unknown:
            raise TypeError(f"{type(self).__name__}: unexpected argument {sorted(unknown)}")
        if "_layers" not in self.__dict__:
            super().__init__(name=name, trainable=trainable)
        outputs = outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs
        inputs = inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else inputs
        self._nested_inputs, self._nested_outputs = inputs, outputs
        self.inputs, self.outputs = nest.flatten(inputs), nest.flatten(outputs)
        if any(getattr(t, "_keras_history", None) is None for t in self.outputs):
            op_layer.create_history(outputs)
        self._check_ends()
        self.built, self._is_graph_network = True, True
        self._map = GraphMap(self.inputs, self.outputs)
        self._layers = self._map.layers
        self._network_nodes = self._map.node_keys
        self._input_layers = [t._keras_history.layer for t in self.inputs]
        self._input_coordinates = [tuple(t._keras_history) for t in self.inputs]
        self._output_coordinates = [tuple(t._keras_history) for t in self.outputs]
        self._output_layers = [c[0] for c in self._output_coordinates]
        Node(self, inputs, outputs, made_by=False)
        self._name_ends()

    def _check_ends(self) -> None:
        kind = type(self).__name__
        if len({id(t) for t in self.inputs}) != len(self.inputs):
            raise ValueError(
                f"The list of inputs passed to the model is redundant. All inputs should only "
                f"appear once. Found: {self.inputs}"
            )
        for tensor in self.inputs:
            if getattr(tensor, "_keras_history", None) is None:
                raise ValueError(
                    f"Input tensors to a {kind} must come from `tf.keras.Input`. Received: "
                    f"{tensor} (missing previous layer metadata)."
                )
        for tensor in self.outputs:
            if getattr(tensor, "_keras_history", None) is None:
                raise ValueError(
                    f"Output tensors to a {kind} must be the output of a TensorFlow `Layer` (thus "
                    f"holding past layer metadata). Found: {tensor}"
                )

    def _name_ends(self) -> None:
        self.input_names = [layer.name for layer in self._input_layers]
        names: list[str] = []
        for layer in self._output_layers:
            name, number = layer.name, 1
            while name in names:
                name, number = f"{layer.name}_{number}", number + 1
            names.append(name)
        self.output_names = names

    # --- parts ---------------------------------------------------------------------------------
    @property
    def layers(self) -> list[Any]:
        """The layers, from the inputs on; of a subclass in the order in which they were set."""
        return self._map.layers if self._is_graph_network else self._inner_layers()

    def _inner_layers(self) -> list[Any]:
        if self._is_graph_network:
            extra = super()._inner_layers()
            seen = {id(layer) for layer in self._layers}
            return [*self._layers, *(x for x in extra if id(x) not in seen)]
        return super()._inner_layers()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """The layer of a name or number.

        Raises:
          ValueError: there is none.
        """
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self.layers)} layers."
                )
            return self.layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError("No such layer: " + name)

    @property
    def weights(self) -> list[Any]:
        """All variables, layer by layer."""
        self._assert_weights_created()
        found: dict[int, Any] = {}
        for layer in self._inner_layers():
            found.update((id(w), w) for w in layer.weights)
        found.update((id(w), w) for w in self._trainable_weights + self._non_trainable_weights)
        return list(found.values())

    def _assert_weights_created(self) -> None:
        if type(self)._is_sequential and not self.built:
            raise ValueError(
                f"Weights for model {self.name} have not yet been created. Weights are created "
                "when the Model is first called on inputs or `build()` is called with an "
                "`input_shape`."
            )

    _is_sequential = False

    @property
    def stateful(self) -> bool:  # type: ignore[override]
        """Whether a layer keeps state from batch to batch."""
        return any(getattr(layer, "stateful", False) for layer in self._inner_layers())

    def reset_states(self) -> None:
        """Sets the state of stateful layers back."""
        for layer in self._inner_layers():
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def state_updates(self) -> list[Any]:
        """The updates of stateful layers."""
        return [
            update for layer in self._inner_layers()
            if getattr(layer, "stateful", False) for update in layer.updates
        ]  # fmt: skip

    @property
    def input_spec(self) -> Any:
        """None: its layers check their inputs."""
        return None

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self._input_spec = value

    def count_params(self) -> int:
        """How many numbers its variables hold."""
        if not self.built and not self.weights:
            return super().count_params()
        return sum(variables.count_params(w) for w in self.weights)

    # --- being called --------------------------------------------------------------------------
    def build(self, input_shape: Any = None) -> None:
        """Makes the variables of a subclass for inputs of this shape.

        Raises:
          ValueError: there is no shape, or `call` cannot take placeholders.
        """
        if self._is_graph_network:
            self.built = True
            return
        if input_shape is None:
            raise ValueError(
                "Input shape must be defined when calling build on a model subclass network."
            )
        if type(self).call is Network.call:
            raise ValueError(
                f"Model {self.name} has no `call` of its own: it cannot be built from a shape."
            )
        if isinstance(input_shape, list) and not all(
            d is None or isinstance(d, int) for d in input_shape
        ):
            given: Any = [variables.placeholder(shape=tuple(s)) for s in input_shape]
        else:
            given = variables.placeholder(shape=tuple(tf.TensorShape(input_shape).as_list()))
        if "training" in self._call_fn_args:
            self.call(given, training=False)
        else:
            self.call(given)
        self.built = True

    def _maybe_build(self, inputs: Any) -> None:
        if not self._is_graph_network and type(self).build is Network.build:
            self.built = True  # its layers are built when they are called
        super()._maybe_build(inputs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Computes the outputs for other inputs by calling each layer again."""
        if not self._is_graph_network:
            raise NotImplementedError(
                "When subclassing the `Model` class, you should implement a `call` method."
            )
        inputs = self._by_name(inputs)
        masks = nest.flatten(mask) if mask is not None else [None] * len(inputs)
        known: dict[int, Any] = {}
        for own, given, one in zip(self.inputs, inputs, masks, strict=True):
            given = tf.convert_to_tensor(given) if not isinstance(given, tf.SparseTensor) else given
            given._keras_mask = one
            known[id(own)] = given
        by_depth = self._map.nodes_by_depth
        for depth in sorted(by_depth, reverse=True):
            for node in by_depth[depth]:
                if not isinstance(node.outbound_layer, InputLayer):
                    self._call_again(node, known, training)
        return nest.map_structure(lambda t: known[id(t)], self._nested_outputs)

    def _by_name(self, inputs: Any) -> list[Any]:
        if isinstance(inputs, dict) and not isinstance(self._nested_inputs, dict):
            return [inputs[name] for name in self.input_names]
        return nest.flatten(inputs)

    @staticmethod
    def _call_again(node: Node, known: dict[int, Any], training: Any) -> None:
        layer = node.outbound_layer
        if not all(id(t) in known for t in nest.flatten(node.input_tensors)):
            return
        inputs = nest.map_structure(lambda t: known[id(t)], node.input_tensors)
        arguments = nest.map_structure(
            lambda t: known.get(id(t), t) if isinstance(t, tf.Tensor) else t, node.arguments
        )
        if "training" in layer._call_fn_args and training is not None:
            arguments.setdefault("training", training)
        outputs = layer(inputs, **arguments)
        for own, given in zip(
            nest.flatten(node.output_tensors), nest.flatten(outputs), strict=True
        ):
            known[id(own)] = given

    def _set_masks(self, inputs: Any, outputs: Any, mask: Any) -> None:
        if not self._is_graph_network:
            super()._set_masks(inputs, outputs, mask)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks of the outputs for masked inputs."""
        if not self._is_graph_network:
            return None
        outputs = self.call(inputs, mask=mask)
        return nest.map_structure(lambda t: getattr(t, "_keras_mask", None), outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for inputs of this shape, found with placeholders."""
        if not self._is_graph_network:
            return super().compute_output_shape(input_shape)
        if isinstance(input_shape, dict):
            input_shape = [input_shape[key] for key in sorted(input_shape)]
        several = isinstance(input_shape, list) and not all(
            d is None or isinstance(d, int) for d in input_shape
        )
        shapes = input_shape if several else [input_shape]
        given = [
            variables.placeholder(shape=tuple(tf.TensorShape(s).as_list()), dtype=t.dtype)
            for s, t in zip(shapes, self.inputs, strict=True)
        ]
        return nest.map_structure(lambda t: t.shape, self.call(given))

    # --- keeping it ----------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """Names of layers, their configurations and how they are joined.

        Raises:
          NotImplementedError: it is a subclass with a `call` of its own.
        """
        if not self._is_graph_network:
            raise NotImplementedError(
                f"{type(self).__name__} is a subclassed model: it has no configuration to give."
            )
        return network_config.config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the network that `get_config` described."""
        inputs, outputs, created = network_config.from_config(config, custom_objects)
        model = cls(inputs=inputs, outputs=outputs, name=config.get("name"))
        network_config.attach_unconnected(model, created)
        return model

    def _updated_config(self) -> dict[str, Any]:
        from flowgraph.keras import __version__

        return {
            "class_name": type(self).__name__, "config": self.get_config(),
            "keras_version": __version__, "backend": "tensorflow",
        }  # fmt: skip

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON; arguments are those of json.dumps."""
        return json.dumps(self._updated_config(), default=network_config.json_default, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """The configuration as YAML; needs PyYAML.

        Raises:
          ImportError: PyYAML is not installed.
        """
        try:
            import yaml
        except ImportError:
            raise ImportError("Requires yaml module installed (`pip install pyyaml`).") from None
        plain = json.loads(self.to_json())
        return yaml.dump(plain, **kwargs)  # type: ignore[no-any-return]

    def save(
        self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True,
        save_format: Any = None, signatures: Any = None,
    ) -> None:  # fmt: skip
        """Saves architecture, weights and optimizer; see `tf.keras.models.save_model`."""
        from flowgraph.keras.saving import save

        save.save_model(self, filepath, overwrite, include_optimizer, save_format)

    def save_weights(self, filepath: Any, overwrite: bool = True, save_format: Any = None) -> None:
        """Saves the variables: as HDF5 (".h5", ".keras"), else as a TF checkpoint."""
        from flowgraph.keras.saving import weights

        weights.save_weights(self, filepath, overwrite, save_format)

    def load_weights(self, filepath: Any, by_name: bool = False) -> Any:
        """Sets the variables from what `save_weights` or TF's saver wrote."""
        from flowgraph.keras.saving import weights

        return weights.load_weights(self, filepath, by_name)

    def summary(self, line_length: Any = None, positions: Any = None, print_fn: Any = None) -> None:
        """Prints the layers, the shapes of their outputs, and how many parameters they have."""
        from flowgraph.keras.utils import layer_utils

        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling `build()` or "
                "calling `fit()` with some data, or specify an `input_shape` argument in the first "
                "layer(s) for automatic build."
            )
        layer_utils.print_summary(self, line_length, positions, print_fn)
