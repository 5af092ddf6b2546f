"""`BaseLayer`: what the layers of tf.layers and of tf.keras.layers have in common.

The two families differ in how a variable is made and named and in what is remembered of a call:

- tf.layers' `Layer` (`base.py`) makes variables with `get_variable` in a variable scope of its own
  and adds updates and regularisation losses to the graph's collections;
- keras' `Layer` makes them under the name scope of the call, and remembers which layer a tensor
  comes from.

Each computation (dense, convolution, ...) is written once as a subclass of `BaseLayer`, in
`core.py`, `convolutional.py`, ... under a name that starts with `Base`, and is mixed with either
family: `class Dense(BaseDense, Layer)`.

To build another family on it, override:

- `_new_variable`: makes a variable (here: a resource variable named under the name scope);
- `_name_scope`: the name scope of a call (here: the layer's name);
- `_init_set_name`: how a layer without a name is called;
- `_default_training`: `training` where nobody passes it (here: that of the calling layer);
- `_before_call(inputs, args, kwargs)` and `_after_call(inputs, outputs, args, kwargs)`: what is
  done around `call`, for instance masks and connectivity; `_after_call` gives the outputs.

`_layers` holds inner layers: their weights, updates and losses count as the layer's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import name_scope
from flowgraph.core.shapes import TensorShape
from flowgraph.core.stacks import get_default_session
from flowgraph.core.tensor import Tensor
from flowgraph.layers import lookup
from flowgraph.layers.call_context import call_context
from flowgraph.layers.input_spec import InputSpec, assert_input_compatibility
from flowgraph.layers.losses_and_updates import LossesAndUpdates
from flowgraph.layers.naming import to_snake_case, unique_object_name
from flowgraph.ops.control import nest
from flowgraph.ops.math.cast import cast
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.variable import Variable, VariableAggregation, VariableSynchronization

_KNOWN = frozenset(
    ("input_shape", "batch_input_shape", "batch_size", "weights", "activity_regularizer",
     "autocast", "dynamic")
)  # fmt: skip


# Functions that are told of each variable that a layer makes; keras initializes them.
observers: list[Callable[[Any], None]] = []


class BaseLayer(LossesAndUpdates):
    """A computation with variables, which are made when it is first called.

    Subclasses write `build(input_shape)`, which makes the variables with `add_weight`, and
    `call(inputs, ...)`, which computes the outputs.

    Args:
      trainable: whether the variables are trained; may be set later.
      name: the name; from the class, with a number, when None.
      dtype: the dtype of variables; that of the first input when None.
      **kwargs: `activity_regularizer`, a function of an output that gives a loss;
        `weights`, a list of arrays that the variables are set to when they are made;
        `input_shape`, `batch_input_shape`, `batch_size`, `dynamic`, `autocast`: kept for keras.

    Raises:
      TypeError: there is an argument of another name.
    """

    # Layers whose class does not call this constructor have these, at least.
    built = False
    stateful = False
    supports_masking = False
    _trainable = True
    _input_spec: Any = None
    _activity_regularizer: Any = None
    _initial_weights: Any = None
    _dtype: str | None = None
    _call_arguments: list[str] | None = None

    def __init__(
        self, trainable: bool = True, name: Any = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        for key in kwargs:
            if key not in _KNOWN:
                raise TypeError(f"('Keyword argument not understood:', {key!r})")
        self._trainable = trainable
        self.built = False
        self.input_spec = None
        self._init_set_name(name)
        self._activity_regularizer = lookup.regularizer(kwargs.get("activity_regularizer"))
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._updates: list[Any] = []
        self._conditional_updates: set[Any] = set()
        self._losses: list[Any] = []
        self._layers: list[Any] = []
        self._inbound_nodes: list[Any] = []
        self._outbound_nodes: list[Any] = []
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype).base_dtype.name
        self._dynamic = bool(kwargs.get("dynamic", False))
        self._initial_weights = kwargs.get("weights")
        if "batch_input_shape" in kwargs:
            self._batch_input_shape = tuple(kwargs["batch_input_shape"])
        elif "input_shape" in kwargs:
            sizes = kwargs["input_shape"]
            sizes = (sizes,) if isinstance(sizes, int) else tuple(sizes)
            self._batch_input_shape = (kwargs.get("batch_size"), *sizes)

    # --- what it is ----------------------------------------------------------------------------
    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        base = to_snake_case(type(self).__name__)
        self._name = name or unique_object_name(base, zero_based=zero_based)

    @property
    def name(self) -> str:
        """The layer's name."""
        return self._name

    @property
    def dtype(self) -> str | None:
        """The name of the variables' dtype; None before it is known."""
        return self._dtype

    @property
    def dynamic(self) -> bool:
        """As it was asked for; every layer is built into the graph."""
        return self._dynamic

    @property
    def trainable(self) -> bool:
        """Whether its variables are trained and its updates run."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value
        for layer in self._inner_layers():
            layer.trainable = value

    @property
    def activity_regularizer(self) -> Any:
        """The function of an output that gives a loss, or None."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizer

    @property
    def input_spec(self) -> Any:
        """What it asks of its inputs: an `InputSpec`, a structure of them, or None."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        for spec in nest.flatten(value):
            if spec is not None and not isinstance(spec, InputSpec):
                raise TypeError(f"Layer input_spec must be an instance of InputSpec. Got: {spec}")
        self._input_spec = value

    def _inner_layers(self) -> list[Any]:
        return getattr(self, "_layers", [])

    def _gathered(self, attribute: str) -> list[Any]:
        return [item for layer in self._inner_layers() for item in getattr(layer, attribute)]

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained, none when the layer is not trainable."""
        if not self.trainable:
            return []
        return _distinct(self._trainable_weights + self._gathered("trainable_weights"))

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that are not trained."""
        if self.trainable:
            inner = self._gathered("non_trainable_weights")
            return _distinct(self._non_trainable_weights + inner)
        own = self._trainable_weights + self._non_trainable_weights
        return _distinct(own + self._gathered("weights"))

    @property
    def weights(self) -> list[Any]:
        """All variables, those that are trained first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """The same as `weights`."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Any]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    def count_params(self) -> int:
        """How many numbers its variables hold; ValueError before it is built."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built. "
                f"You can build it manually via: `{self.name}.build(batch_input_shape)`."
            )
        return int(sum(np.prod(w.shape.as_list()) for w in self.weights))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again, without its variables."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "_batch_input_shape"):
            config["batch_input_shape"] = self._batch_input_shape
        config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes the layer that `get_config` described."""
        return cls(**config)

    # --- what subclasses write -----------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        """Makes the variables for inputs of this shape."""
        del input_shape
        self.built = True

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        """Computes the outputs."""
        del kwargs
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for inputs of this shape.

        Raises:
          NotImplementedError: the class does not tell.
        """
        raise NotImplementedError(
            f"Layer {self.name}: {type(self).__name__} does not define compute_output_shape."
        )

    # --- variables -----------------------------------------------------------------------------
    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        partitioner: Any = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable of the layer.

        Args:
          name: its name below the layer's scope.
          shape: its shape; a scalar's when None.
          dtype: the layer's when None, else float32.
          initializer: a name, or a function (shape, dtype); Glorot's uniform numbers, or zeros for
            integers and bool, when None.
          regularizer: a function of the variable that gives a loss.
          trainable: whether it is trained: True, unless synchronization is ON_READ.
          constraint: what an optimizer applies after each update.
          partitioner: a function (shape, dtype) -> how many pieces along each axis.
          use_resource: whether it is a resource variable.
          synchronization: accepted.
          aggregation: accepted.
          **kwargs: `getter`, a function that makes the variable, and `collections`.

        Raises:
          TypeError: there is an argument of another name.
          ValueError: it is to be trained and ON_READ, or has no initializer for its dtype.
        """
        for key in kwargs:
            if key not in ("getter", "collections", "experimental_autocast"):
                raise TypeError(f"('Unknown keyword argument:', {key!r})")
        wanted = dtypes.as_dtype(dtype or self.dtype or dtypes.float32)
        if self._dtype is None:
            self._dtype = wanted.base_dtype.name
        trainable = trains(trainable, synchronization)
        variable = kwargs.get("getter", self._new_variable)(
            name=name, shape=() if shape is None else shape, dtype=wanted,
            initializer=self._initializer_of(initializer, wanted, name),
            constraint=lookup.constraint(constraint), trainable=trainable,
            partitioner=partitioner, use_resource=use_resource,
            collections=kwargs.get("collections"), synchronization=synchronization,
            aggregation=aggregation,
        )  # fmt: skip
        if regularizer is not None:
            self._regularize(variable.name.split(":")[0], variable, lookup.regularizer(regularizer))
        (self._trainable_weights if trainable else self._non_trainable_weights).append(variable)
        for tell in observers:
            tell(variable)
        return variable

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """The old name of `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _initializer_of(self, initializer: Any, dtype: dtypes.DType, name: str | None) -> Any:
        if initializer is not None:
            return lookup.initializer(initializer)
        if dtype.is_floating:
            return lookup.initializer("glorot_uniform")
        if dtype.is_integer or dtype.is_bool:
            return Zeros()
        raise ValueError(
            f"An initializer for variable {name} of type {dtype.base_dtype} is required for layer "
            f"{self.name}"
        )

    def _new_variable(
        self, name: str | None, shape: Any, dtype: dtypes.DType, initializer: Any,
        partitioner: Any = None, use_resource: bool | None = None, **more: Any,
    ) -> Any:  # fmt: skip
        """A variable named under the name scope in force."""
        del partitioner
        value, given = initializer, None
        if callable(initializer):
            start = initializer(dtype=dtype) if inspect.isclass(initializer) else initializer
            given = dtype.base_dtype

            def value() -> Any:
                return start(TensorShape(shape).as_list(), dtype=given)

        use_resource = True if use_resource is None else use_resource
        return Variable(value, name=name, dtype=given, use_resource=use_resource, **more)

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights` in the default session."""
        return list(_session(self.name).run(self.weights)) if self.weights else []

    def set_weights(self, weights: Any) -> None:
        """Sets the variables, in the order of `weights`, in the default session.

        Raises:
          ValueError: there are too many or too few arrays, or one has another shape.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of '
                f"length {len(weights)}, but the layer was expecting {len(variables)} weights. "
                f"Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(variables, weights, strict=True):
            if not variable.shape.is_compatible_with(np.shape(value)):
                raise ValueError(
                    f"Layer weight shape {variable.shape} not compatible with provided weight "
                    f"shape {np.shape(value)}"
                )
        self._set_values(list(zip(variables, weights, strict=True)))

    def _set_values(self, pairs: list[tuple[Any, Any]]) -> None:
        session = _session(self.name) if pairs else None
        for variable, value in pairs:
            variable.load(value, session)

    # --- being called --------------------------------------------------------------------------
    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds the layer if need be and computes its outputs.

        `training`, where `call` takes it and nobody passes it, is that of the calling layer.

        Raises:
          ValueError: the inputs are not as `input_spec` asks, or `call` gives None.
        """
        inputs = nest.map_structure(_as_tensor, inputs)
        self._before_call(inputs, args, kwargs)
        training = self._settle_training(args, kwargs)
        with call_context.enter(self, inputs, training):
            assert_input_compatibility(self.input_spec, inputs, self.name)
            with name_scope(self._name_scope()):
                self._maybe_build(inputs)
                outputs = self._computed(inputs, args, kwargs)
                if outputs is None:
                    raise ValueError(
                        "A layer's `call` method should return a Tensor or a list of Tensors, not "
                        f"None (layer: {self.name})."
                    )
                outputs = self._after_call(inputs, outputs, args, kwargs)
                self._regularize_activity(inputs, outputs)
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as calling the layer."""
        return self(inputs, *args, **kwargs)

    def _computed(self, inputs: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """What `call` gives."""
        return self.call(inputs, *args, **kwargs)

    def _name_scope(self) -> str:
        return self.name

    def _before_call(self, inputs: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """Called before `call`; may add to `kwargs`."""

    def _after_call(self, inputs: Any, outputs: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Called with what `call` gave; gives the outputs."""
        del inputs, args, kwargs
        return outputs

    def _default_training(self) -> Any:
        return call_context.training

    @property
    def _call_fn_args(self) -> list[str]:
        if self._call_arguments is None:
            self._call_arguments = list(inspect.signature(self.call).parameters)
        return self._call_arguments

    def _passed(self, name: str, args: Any, kwargs: dict[str, Any]) -> bool:
        """Whether an argument of `call` is among those that were passed."""
        return name in kwargs or name in self._call_fn_args[1 : 1 + len(args)]

    def _settle_training(self, args: Any, kwargs: dict[str, Any]) -> Any:
        takes = "training" in self._call_fn_args
        if self._passed("training", args, kwargs):
            passed = {**dict(zip(self._call_fn_args[1:], args, strict=False)), **kwargs}["training"]
            if not takes and not any(
                p.kind is p.VAR_KEYWORD for p in inspect.signature(self.call).parameters.values()
            ):
                kwargs.pop("training")
            return passed
        training = self._default_training()
        if takes and training is not None:
            known = isinstance(training, Tensor | Variable)
            kwargs["training"] = cast(training, dtypes.bool_) if known else bool(training)
        return training

    def _maybe_build(self, inputs: Any) -> None:
        if not self.built:
            assert_input_compatibility(self.input_spec, inputs, self.name)
            flat = nest.flatten(inputs)
            if flat and self._dtype is None and hasattr(flat[0], "dtype"):
                self._dtype = flat[0].dtype.base_dtype.name
            known = all(hasattr(tensor, "shape") for tensor in flat)
            self.build(nest.map_structure(lambda t: t.shape, inputs) if known else None)
            self.built = True  # whether or not `build` says so
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None


def trains(trainable: bool | None, synchronization: VariableSynchronization) -> bool:
    """Whether a variable is trained, where `trainable` may be left open.

    Raises:
      ValueError: it is to be trained and to be joined when it is read.
    """
    on_read = synchronization is VariableSynchronization.ON_READ
    if on_read and trainable:
        raise ValueError(
            "Synchronization value can be set to VariableSynchronization.ON_READ only for "
            "non-trainable variables. You have specified trainable=True and "
            "synchronization=VariableSynchronization.ON_READ."
        )
    return not on_read if trainable is None else bool(trainable)


def _session(layer: str) -> Any:
    session = get_default_session()
    if session is None:
        raise ValueError(
            f"Layer {layer}: cannot read or set weights, no default session is registered. Use "
            "`with sess.as_default()`."
        )
    return session


def _as_tensor(value: Any) -> Any:
    return convert_to_tensor(value) if isinstance(value, np.ndarray | float | int) else value


def _distinct(variables: Iterable[Any]) -> list[Any]:
    return list({id(v): v for v in variables}.values())
