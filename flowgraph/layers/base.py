"""`tf.layers.Layer`: a layer whose variables are `get_variable`'s, in a scope of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.tensor import Tensor
from flowgraph.layers import lookup
from flowgraph.layers.base_layer import BaseLayer, trains
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.naming import to_snake_case, unique_object_name
from flowgraph.variables.partition import PartitionedVariable
from flowgraph.variables.scope import VariableScope, get_variable, variable_scope
from flowgraph.variables.variable import (
    VariableAggregation,
    VariableSynchronization,
    global_variables,
    trainable_variables,
)

__all__ = ["InputSpec", "Layer", "keras_style_scope", "set_keras_style"]


class _Style:
    """Whether layers that are made now name their variables as keras does."""

    keras = False


@contextmanager
def keras_style_scope() -> Iterator[None]:
    """Layers made inside name variables as keras does: no scopes, nothing is shared by name.

    tf.layers.experimental.keras_style_scope.
    """
    outer, _Style.keras = _Style.keras, True
    try:
        yield
    finally:
        _Style.keras = outer


def set_keras_style() -> None:
    """As `keras_style_scope`, from now on (tf.layers.experimental.set_keras_style)."""
    _Style.keras = True


class Layer(BaseLayer):
    """A layer with a variable scope of its own (tf.layers.Layer).

    The scope is opened when the layer is first called or makes its first variable: the one called
    `name`, with a number when it was opened before; without `name`, that of the class. A layer
    that is made with the same name and `_reuse=True` finds the variables of the first one. Called
    again, a layer uses its variables again. Updates go to the collection UPDATE_OPS, losses of
    regularizers to REGULARIZATION_LOSSES.

    Args:
      trainable: whether its variables are trained (go to TRAINABLE_VARIABLES).
      name: the name, or a `VariableScope`.
      dtype: the dtype of variables; that of the first input when None.
      **kwargs: `_scope`, the variable scope to use; `_reuse`, as `variable_scope`'s `reuse`;
        `activity_regularizer`, `weights` and others: see `BaseLayer`.

    Raises:
      TypeError: there is an argument of another name.
      ValueError: `_scope` or `_reuse` is given in the style of keras.
    """

    # Cells of users' own need not call this constructor.
    _keras_style = False
    _reuse: Any = None
    _scope: VariableScope | None = None
    _current_scope: VariableScope | None = None
    _use_resource_variables = False
    _base_name: str | None = None
    _again: Any = None  # the scope of all calls after the first one

    def __init__(
        self, trainable: bool = True, name: Any = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        scope, self._reuse = kwargs.pop("_scope", None), kwargs.pop("_reuse", None)
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._keras_style = _Style.keras
        if self._keras_style:
            for argument, value in (("scope", scope), ("reuse", self._reuse)):
                if value is not None:
                    raise ValueError(
                        f"{argument} argument not allowed when keras style layers are enabled, but "
                        f"saw: {value}"
                    )
        self._current_scope = self._scope = None
        if scope:
            with variable_scope(scope) as captured:
                self._scope = captured

    def _init_set_name(self, name: Any, zero_based: bool = False) -> None:
        base = name.name if isinstance(name, VariableScope) else name
        if not name or isinstance(name, VariableScope):
            name, own = self._make_unique_name(zero_based=zero_based)
            base = base or own
        self._name, self._base_name = name, base

    def _make_unique_name(
        self, name_uid_map: Any = None, avoid_names: Any = None, namespace: str = "",
        zero_based: bool = False,
    ) -> tuple[str, str]:  # fmt: skip
        base = to_snake_case(type(self).__name__)
        return unique_object_name(base, name_uid_map, avoid_names, namespace, zero_based), base

    @property
    def graph(self) -> None:
        """None: a layer does not belong to one graph (tf.layers.Layer.graph, TF 1.15)."""
        return None

    @property
    def scope_name(self) -> str:
        """The name of its variable scope; ValueError before it is used."""
        if not self._scope:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been '
                "used yet. The scope name  is determined the first time the layer instance is "
                "called. You must therefore call the layer before querying `scope_name`."
            )
        return self._scope.name

    def _name_scope(self) -> str:
        if self._keras_style or self._current_scope is None:
            return super()._name_scope()
        return self._current_scope.original_name_scope

    def _set_scope(self, scope: Any = None) -> None:
        """Opens the variable scope, unless it is known."""
        if self._scope is not None:
            return
        base = self._base_name or to_snake_case(type(self).__name__)
        if self._reuse:
            opened = variable_scope(base if scope is None else scope)
        else:
            opened = variable_scope(scope, default_name=base)
        with opened as captured:
            self._scope = captured

    def add_weight(  # type: ignore[override]
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        partitioner: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable of the layer, or finds it where variables are reused.

        Args:
          name: its name below the layer's scope.
          shape: its shape.
          dtype: the layer's when None, else float32.
          initializer: a name or a function (shape, dtype); the scope's when None.
          regularizer: a function of the variable that gives a loss.
          trainable: whether it is trained: True, unless synchronization is ON_READ.
          constraint: what an optimizer applies after each update.
          use_resource: whether it is a resource variable.
          synchronization: accepted.
          aggregation: accepted.
          partitioner: a function (shape, dtype) -> how many pieces along each axis.
          **kwargs: `experimental_autocast`, accepted.

        Raises:
          TypeError: there is an argument of another name.
          ValueError: see `tf.get_variable`; or it is to be trained and ON_READ.
        """
        for key in kwargs:
            if key != "experimental_autocast":
                raise TypeError(f"('Unknown keyword argument:', {key!r})")
        if self._keras_style:
            return super().add_weight(
                name, shape, dtype, initializer, regularizer, trainable and self.trainable,
                constraint, partitioner, use_resource,
            )  # fmt: skip
        trainable = trains(trainable, synchronization) and self.trainable
        known = set(global_variables()) if regularizer else set()
        self._set_scope(None)
        reuse = self.built or self._reuse
        with variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as scope:
            self._current_scope = scope
            with name_scope(self._name_scope()):
                variable = super().add_weight(
                    name, shape, dtypes.as_dtype(dtype or self.dtype or dtypes.float32),
                    scope.initializer if initializer is None else initializer,
                    None, trainable, constraint, partitioner,
                    use_resource or self._use_resource_variables or scope.use_resource,
                    synchronization, aggregation, getter=get_variable,
                )  # fmt: skip
                if regularizer and not known.intersection(_pieces(variable)):
                    self._regularize(name, variable, lookup.regularizer(regularizer))
        if trainable:
            self._heed_getter(variable)
        return variable

    def _heed_getter(self, variable: Any) -> None:
        """A custom getter may have made the variable one that is not trained."""
        trained = {id(v) for v in trainable_variables()}
        if not all(id(piece) in trained for piece in _pieces(variable)):
            self._trainable_weights.remove(variable)
            self._non_trainable_weights.append(variable)

    def _added_loss(self, loss: Tensor) -> None:
        _add_new([loss], GraphKeys.REGULARIZATION_LOSSES)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds the layer if need be and computes its outputs.

        `scope`, at the first call, is the variable scope to use. A `call` with an argument called
        `scope` is given the scope in force.

        Raises:
          ValueError: the inputs are not as `input_spec` asks, or `call` gives None.
        """
        scope = kwargs.pop("scope", None)
        if self._keras_style:
            if scope is not None:
                raise ValueError(
                    "scope argument not allowed when keras style layers are enabled, but saw: "
                    f"{scope}"
                )
            return super().__call__(inputs, *args, **kwargs)
        self._set_scope(scope)
        with self._scope_of_call() as current:
            self._current_scope = current
            if "scope" in self._call_fn_args:
                kwargs["scope"] = current
            outputs = super().__call__(inputs, *args, **kwargs)
        _add_new(self.updates, GraphKeys.UPDATE_OPS)
        return outputs

    def _scope_of_call(self) -> variable_scope:
        if not self.built:
            return variable_scope(self._scope, reuse=self._reuse, auxiliary_name_scope=False)
        if self._again is None:
            self._again = variable_scope(self._scope, reuse=True, auxiliary_name_scope=False)
        return self._again  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        for key, value in self.__dict__.items():
            if key in ("_scope", "_current_scope", "_again"):
                copied.__dict__[key] = copy.copy(value)
            else:
                copied.__dict__[key] = copy.deepcopy(value, memo)
        return copied


def _pieces(variable: Any) -> list[Any]:
    return list(variable) if isinstance(variable, PartitionedVariable) else [variable]


def _add_new(elements: list[Any], collection: str) -> None:
    """Adds to a collection what is not there yet."""
    kept = get_default_graph().get_collection_ref(collection)
    there = {id(element) for element in kept}
    kept.extend(element for element in elements if id(element) not in there)
