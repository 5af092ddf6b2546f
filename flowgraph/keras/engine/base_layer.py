"""`Layer`: a layer of tf.keras, which remembers its calls, passes masks on and finds its parts."""

from __future__ import annotations

import inspect
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend import state, variables
from flowgraph.keras.engine import op_layer
from flowgraph.keras.engine.node import Node, has_history
from flowgraph.layers.base_layer import BaseLayer
from flowgraph.layers.call_context import call_context
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.control import nest

__all__ = ["InputSpec", "Layer"]

# Attributes that hold layers without being parts of the layer.
_NOT_PARTS = frozenset(
    ("_layers", "_inbound_nodes", "_outbound_nodes", "_metrics", "_parent", "_network_nodes",
     "_nodes_by_depth", "_layers_by_depth", "_input_layers", "_output_layers",
     "_input_coordinates", "_output_coordinates", "callbacks", "_callback_model",
     "_trainable_then", "_settings", "_compiled", "_functions", "_validation_source", "optimizer",
     "history")
)  # fmt: skip


class Layer(BaseLayer):
    """A layer that can be joined to others (tf.keras.layers.Layer).

    Args:
      trainable: whether its variables are trained; may be set later.
      name: the name; the class's with a number when None.
      dtype: of its variables; that of the first input when None.
      dynamic: accepted.
      **kwargs: `input_shape` (without the batch), `batch_input_shape`, `batch_size`, `input_dim`,
        `weights` (initial values), `activity_regularizer`.

    Raises:
      TypeError: there is an argument of another name.
    """

    # Layers of Keras's own that act differently in training ask the graph which it is.
    _needs_phase = False
    _is_metric = _is_network = False

    def __init__(
        self, trainable: bool = True, name: Any = None, dtype: Any = None, dynamic: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        if "input_dim" in kwargs:
            size = kwargs.pop("input_dim")
            kwargs.setdefault("input_shape", (size,))
        if kwargs.get("groups") == 1:
            del kwargs["groups"]  # later Keras writes it into files
        self._metrics: list[Any] = []
        self._own_metrics_tensors: dict[str, Any] = {}
        super().__init__(trainable, name, dtype, dynamic=dynamic, **kwargs)
        self._input_dtype = dtype

    def compute_output_signature(self, input_signature: Any) -> Any:
        """The shapes and dtypes of the outputs for inputs of these (tf.TensorSpec)."""

        def outputs(spec: Any, shape: Any) -> Any:
            return type(spec)(shape=shape, dtype=tf.as_dtype(self._dtype or spec.dtype))

        shapes = nest.map_structure(lambda spec: spec.shape, input_signature)
        shape = self.compute_output_shape(shapes)
        first = nest.flatten(input_signature)[0]
        if isinstance(shape, list):
            return [outputs(first, one) for one in shape]
        return outputs(first, shape)

    @property
    def _first_dtype(self) -> Any:
        """The dtype of the input that is made for it as the first layer of a model."""
        return self._input_dtype

    # --- parts ---------------------------------------------------------------------------------
    def __setattr__(self, name: str, value: Any) -> None:
        part = isinstance(value, (Layer, tf.Variable))
        if part and self._is_network and "_layers" not in self.__dict__:
            raise RuntimeError(
                "It looks like you are subclassing `Model` and you forgot to call "
                "`super(YourClass, self).__init__()`. Always start with this line."
            )
        if isinstance(value, (tf.Variable, list, tuple, dict)) and not name.startswith("_"):
            for variable in _variables_in(value):
                self._keep_variable(variable)
        elif getattr(value, "_is_metric", False):
            kept = self.__dict__.get("_metrics", [value])
            if not any(m is value for m in kept):
                kept.append(value)
        object.__setattr__(self, name, value)

    def _keep_variable(self, value: Any) -> None:
        kept = self.__dict__.get("_trainable_weights")
        if kept is None or any(v is value for v in (*kept, *self._non_trainable_weights)):
            return
        (kept if value.trainable else self._non_trainable_weights).append(value)
        state.track_variable(value)

    def _inner_layers(self) -> list[Any]:
        found: dict[int, Any] = {}
        for layer in self.__dict__.get("_layers", ()):
            found[id(layer)] = layer
        for name, value in self.__dict__.items():
            if name not in _NOT_PARTS:
                _collect(value, found)
        return [layer for layer in found.values() if layer is not self]

    # --- variables -----------------------------------------------------------------------------
    def _new_variable(self, *args: Any, **kwargs: Any) -> Any:
        variable = super()._new_variable(*args, **kwargs)
        state.track_variable(variable)
        return variable

    def get_weights(self) -> list[Any]:
        """The values of `weights` as arrays."""
        return variables.batch_get_value(self.weights)

    def _set_values(self, pairs: list[tuple[Any, Any]]) -> None:
        variables.batch_set_value(pairs)

    # --- being called --------------------------------------------------------------------------
    def _default_training(self) -> Any:
        if call_context.training is not None:
            return call_context.training
        wanted = (
            self._needs_phase or state.global_learning_phase_is_set() or _requires_training(self)
        )
        return state.learning_phase() if wanted else None

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds the layer if need be, computes its outputs and remembers the call.

        A `call` that takes `mask` is given the mask that the input's layer made; one that takes
        `training` that of the calling layer, or the learning phase where it is set.
        """
        given = dict(kwargs)
        masks = self._input_masks(inputs)
        if (
            masks is not None and "mask" in self._call_fn_args
            and not self._passed("mask", args, kwargs)
        ):  # fmt: skip
            kwargs["mask"] = masks
        if not call_context.in_call and op_layer.needs_history(inputs):
            op_layer.create_history(inputs)
        self._call_given = given, kwargs.get("mask", masks)
        return super().__call__(inputs, *args, **kwargs)

    def _computed(self, inputs: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """What `call` gives; one that asks `if training:` is called for each phase."""
        try:
            return super()._computed(inputs, args, kwargs)
        except TypeError as error:
            phase = kwargs.get("training")
            if not isinstance(phase, tf.Tensor) or "as a Python `bool`" not in str(error):
                raise
        while_training, otherwise = (
            self.call(inputs, *args, **{**kwargs, "training": value}) for value in (True, False)
        )
        return nest.map_structure(
            lambda a, b: variables.switch(phase, a, b), while_training, otherwise
        )

    def _input_masks(self, inputs: Any) -> Any:
        masks = nest.map_structure(lambda t: getattr(t, "_keras_mask", None), inputs)
        return None if all(m is None for m in nest.flatten(masks)) else masks

    def _after_call(self, inputs: Any, outputs: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        given, mask = self._call_given
        passed = {**dict(zip(self._call_fn_args[1:], args, strict=False)), **kwargs}
        mask = passed.get("mask", mask)
        if has_history(inputs):
            outputs = _distinct_from(inputs, outputs, self)
            arguments = dict(zip(self._call_fn_args[1:], args, strict=False))
            arguments.update(given)
            self._add_inbound_node(inputs, outputs, arguments)
        self._set_masks(inputs, outputs, mask)
        return outputs

    def _set_masks(self, inputs: Any, outputs: Any, mask: Any) -> None:
        flat = nest.flatten(outputs)
        if getattr(flat[0] if flat else None, "_keras_mask", None) is not None and (
            self._computes_own_mask
        ):
            return
        computed = self.compute_mask(inputs, mask)
        if computed is None:
            return
        masks = computed if isinstance(computed, (list, tuple)) else [computed]
        for tensor, one in zip(flat, masks, strict=False):
            tensor._keras_mask = one

    @property
    def _computes_own_mask(self) -> bool:
        return False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs: that of the inputs where the layer supports masks.

        Raises:
          TypeError: the inputs are masked and the layer does not support masks.
        """
        if not self.supports_masking:
            if any(m is not None for m in nest.flatten(mask)):
                raise TypeError(
                    f"Layer {self.name} does not support masking, but was passed an input_mask: "
                    f"{mask}"
                )
            return None
        return mask

    def _add_inbound_node(self, inputs: Any, outputs: Any, arguments: Any = None) -> Node:
        return Node(self, inputs, outputs, arguments)

    # --- what is known of its calls --------------------------------------------------------------
    def _node(self, index: int, what: str) -> Node:
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer has never been called and thus has no defined {what}.")
        if not len(self._inbound_nodes) > index:
            raise ValueError(
                f"Asked to get {what} at node {index}, but the layer has only "
                f"{len(self._inbound_nodes)} inbound nodes."
            )
        return self._inbound_nodes[index]  # type: ignore[no-any-return]

    def get_input_at(self, node_index: int) -> Any:
        """The input tensors of a call."""
        return self._node(node_index, "input").input_tensors

    def get_output_at(self, node_index: int) -> Any:
        """The output tensors of a call."""
        return self._node(node_index, "output").output_tensors

    def get_input_shape_at(self, node_index: int) -> Any:
        """The input shapes of a call."""
        return self._node(node_index, "input shape").input_shapes

    def get_output_shape_at(self, node_index: int) -> Any:
        """The output shapes of a call."""
        return self._node(node_index, "output shape").output_shapes

    def get_input_mask_at(self, node_index: int) -> Any:
        """The masks of the inputs of a call."""
        return _masks(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """The masks of the outputs of a call."""
        return _masks(self.get_output_at(node_index))

    def _single(self, what: str) -> Node:
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no {what} to return.")
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f"Layer {self.name} has multiple inbound nodes, hence the notion of "
                f'"layer {what}" is ill-defined. Use `get_{what}_at(node_index)` instead.'
            )
        return self._inbound_nodes[0]  # type: ignore[no-any-return]

    @property
    def input(self) -> Any:
        """The input tensor (or tensors) of its one call."""
        return self._single("input").input_tensors

    @property
    def output(self) -> Any:
        """The output tensor (or tensors) of its one call."""
        return self._single("output").output_tensors

    def _single_shape(self, what: str, attribute: str) -> Any:
        shapes = [getattr(node, attribute) for node in self._inbound_nodes]
        if not shapes:
            raise AttributeError(f"The layer has never been called and thus has no defined {what}.")
        if any(shape != shapes[0] for shape in shapes):
            raise AttributeError(
                f'The layer "{self.name} has multiple inbound nodes, with different {what}s. Hence '
                f'the notion of "{what}" is ill-defined for the layer.'
            )
        return shapes[0]

    @property
    def input_shape(self) -> Any:
        """The shape of its inputs, the same in all calls."""
        return self._single_shape("input shape", "input_shapes")

    @property
    def output_shape(self) -> Any:
        """The shape of its outputs, the same in all calls."""
        return self._single_shape("output shape", "output_shapes")

    @property
    def input_mask(self) -> Any:
        """The mask of the inputs of its one call."""
        return _masks(self._single("input").input_tensors)

    @property
    def output_mask(self) -> Any:
        """The mask of the outputs of its one call."""
        return _masks(self._single("output").output_tensors)

    @property
    def inbound_nodes(self) -> list[Node]:
        """The calls of this layer."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[Node]:
        """The calls of other layers that take its outputs."""
        return self._outbound_nodes

    # --- metrics -------------------------------------------------------------------------------
    @property
    def metrics(self) -> list[Any]:
        """The metric objects of the layer and its parts."""
        return self._metrics + [m for p in self._inner_layers() for m in getattr(p, "metrics", ())]

    def add_metric(
        self, value: Any, aggregation: str | None = None, name: str | None = None
    ) -> None:
        """Has a tensor reported beside the loss while training.

        Args:
          value: a tensor, or what a metric object gave.
          aggregation: "mean": the mean over the batches; None for what a metric object gave.
          name: the name in logs.

        Raises:
          ValueError: there is no name, or the aggregation is another one.
        """
        if aggregation not in (None, "mean"):
            raise ValueError(
                "We currently support only `mean` sample-wise metric aggregation. You provided "
                f"aggregation=`{aggregation}`"
            )
        from_metric = getattr(value, "_metric_obj", None)
        if name is None and from_metric is None:
            raise ValueError(
                "Please provide a name for your metric like "
                "`self.add_metric(tf.reduce_sum(inputs), name='mean_activation', "
                "aggregation='mean')`"
            )
        if from_metric is None:
            if aggregation is None:
                raise ValueError(
                    "We do not support adding an aggregated metric result tensor that is not the "
                    "output of a `tf.keras.metrics.Metric` metric instance. Without having access "
                    "to the metric instance we cannot reset the state of a metric after every "
                    "epoch during training. You can create a `tf.keras.metrics.Metric` instance "
                    'and pass the result here or pass an un-aggregated result with `aggregation="m'
                    'ean"` when calling `add_metric`.'
                )
            from flowgraph.keras.metrics import Mean  # metrics are layers

            from_metric = Mean(name=name, dtype=value.dtype)
            value = from_metric(value)
        if not any(m is from_metric for m in self._metrics):
            self._metrics.append(from_metric)
        self._own_metrics_tensors[from_metric.name] = value

    def _metric_tensors(self) -> dict[str, Any]:
        found = dict(self._own_metrics_tensors)
        for part in self._inner_layers():
            if isinstance(part, Layer):
                found.update(part._metric_tensors())
        return found

    def get_config(self) -> dict[str, Any]:
        """The arguments.

        Raises:
          NotImplementedError: the class has further ones and does not tell them.
        """
        if type(self).get_config is Layer.get_config:
            known = {"self", "args", "kwargs", "trainable", "name", "dtype", "dynamic"}
            if set(inspect.signature(type(self).__init__).parameters) - known:
                raise NotImplementedError(
                    f"{type(self).__name__}: Layers with arguments in `__init__` must override "
                    "`get_config`."
                )
        return super().get_config()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes the layer that `get_config` described."""
        return cls(**config)


def _variables_in(value: Any) -> list[Any]:
    """A variable, or those in a list, tuple or dict."""
    if isinstance(value, tf.Variable):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [one for item in value for one in _variables_in(item)]
    return []


def _collect(value: Any, found: dict[int, Any]) -> None:
    """Adds the layers in a value, or in a list, tuple or dict of values."""
    if isinstance(value, BaseLayer):
        if not getattr(value, "_is_metric", False):
            found[id(value)] = value
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, found)
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, found)


def _distinct_from(inputs: Any, outputs: Any, layer: Any) -> Any:
    """The outputs; those that are inputs go through an identity, so that they tell them apart."""
    taken = {id(t) for t in nest.flatten(inputs)}

    def own(tensor: Any) -> Any:
        if id(tensor) not in taken:
            return tensor
        with tf.name_scope(layer.name):
            return tf.identity(tensor)

    return nest.map_structure(own, outputs)


def _masks(tensors: Any) -> Any:
    if isinstance(tensors, (list, tuple)):
        return [getattr(t, "_keras_mask", None) for t in tensors]
    return getattr(tensors, "_keras_mask", None)


def _requires_training(layer: Any) -> bool:
    """Whether `call` cannot do without `training`."""
    parameter = inspect.signature(layer.call).parameters.get("training")
    return (
        parameter is not None
        and parameter.default is parameter.empty
        and (parameter.kind is parameter.POSITIONAL_OR_KEYWORD)
    )


def takes(function: Any, name: str) -> bool:
    """Whether a function has an argument of this name."""
    return name in inspect.signature(function).parameters
