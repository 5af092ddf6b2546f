"""The variables of a graph by name, as `get_variable` finds and makes them.

The store lives with its graph, in a collection. What a scope fills in beforehand is in `scope.py`,
variables in pieces are in `partition.py`.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import colocate_with, get_default_graph, name_scope
from flowgraph.core.shapes import TensorShape, as_shape
from flowgraph.variables import initializers
from flowgraph.variables.variable import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    init_scope,
)

_KEY = ("__variable_store",)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, in the order in which a custom getter's `getter` takes it."""

    name: str
    shape: Any = None
    dtype: Any = dtypes.float32
    initializer: Any = None
    regularizer: Any = None
    reuse: Any = None
    trainable: bool | None = None
    collections: Any = None
    caching_device: Any = None
    partitioner: Any = None
    validate_shape: bool = True
    use_resource: bool | None = None
    constraint: Callable[[Any], Any] | None = None
    synchronization: VariableSynchronization = VariableSynchronization.AUTO
    aggregation: VariableAggregation = VariableAggregation.NONE

    @property
    def static_shape(self) -> TensorShape:
        """The shape as a TensorShape."""
        return as_shape(self.shape)

    @property
    def base_dtype(self) -> dtypes.DType:
        """The dtype, without the mark of a variable's."""
        return dtypes.as_dtype(self.dtype).base_dtype


class VariableStore:
    """The variables that `get_variable` made in one graph, whole and in pieces."""

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}
        self.partitioned: dict[str, Any] = {}

    def get(self, request: Request, custom_getter: Callable[..., Any] | None = None) -> Any:
        """Finds or makes a variable, through `custom_getter` if there is one.

        Raises:
          ValueError: it exists and may not be reused, or the reverse, or does not fit.
        """
        if custom_getter is None:
            return self._get(request)
        if not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")

        def getter(*args: Any, **kwargs: Any) -> Any:
            return self._get(Request(*args, **kwargs))

        asked = {name: getattr(request, name) for name in Request.__dataclass_fields__}
        if not accepts(custom_getter, "constraint"):  # an argument that older getters do not know
            del asked["constraint"]
        return custom_getter(getter=getter, **asked)

    def _get(self, request: Request) -> Any:
        from flowgraph.variables import partition

        name = request.name
        if request.partitioner is not None and request.static_shape.rank != 0:
            if not callable(request.partitioner):
                raise ValueError(
                    f"Partitioner must be callable, but received: {request.partitioner}"
                )
            return partition.get_partitioned(self, request)
        if request.reuse is True and name in self.partitioned:
            return partition.get_partitioned(self, request)
        if f"{name}/part_0" in self.variables:
            raise ValueError(
                "No partitioner was provided, but a partitioned version of the variable was found: "
                f"{name}/part_0. Perhaps a variable of the same name was already created with "
                "partitioning?"
            )
        return self.single(request)

    def single(self, request: Request, partition_info: Any = None) -> Any:
        """Finds or makes a variable that is one piece (of a larger one: `partition_info`)."""
        from_value = request.initializer is not None and not callable(request.initializer)
        if from_value and request.shape is not None:
            raise ValueError(
                "If initializer is a constant, do not specify shape. "
                f"(variable {request.name}, shape {request.shape})"
            )
        name = request.name
        if name in self.variables:
            return _reused(self.variables[name], request)
        if request.reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). "
                "Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"
            )
        variable = self.variables[name] = _made(request, from_value, partition_info)
        _regularize(variable, request)
        return variable


def variable_store() -> VariableStore:
    """The store of the default graph."""
    kept = get_default_graph().get_collection_ref(_KEY)
    if not kept:
        kept.append(VariableStore())
    return kept[0]  # type: ignore[no-any-return]


def _reused(found: Any, request: Request) -> Any:
    if request.reuse is False:
        at = "".join(traceback.format_list(found.op.traceback))
        raise ValueError(
            f"Variable {request.name} already exists, disallowed. Did you mean to set reuse=True "
            f"or reuse=tf.AUTO_REUSE in VarScope?{' Originally defined at:' if at else ''}\n\n{at}"
        )
    shape, dtype = request.static_shape, request.base_dtype
    if not shape.is_compatible_with(found.shape):
        raise ValueError(
            f"Trying to share variable {request.name}, but specified shape {shape} and found "
            f"shape {found.shape}."
        )
    if not dtype.is_compatible_with(found.dtype):
        raise ValueError(
            f"Trying to share variable {request.name}, but specified dtype {dtype.name} and found "
            f"dtype {found.dtype.name}."
        )
    return found


def _made(request: Request, from_value: bool, partition_info: Any) -> Any:
    dtype: dtypes.DType | None = None
    value = request.initializer
    if not from_value:
        initializer = default_initializer(request) if value is None else value
        value = _initial_value(initializer, request, partition_info)
        dtype = request.base_dtype if request.static_shape.is_fully_defined() else None
    return Variable(
        initial_value=value,
        name=request.name,
        trainable=request.trainable,
        collections=request.collections,
        caching_device=request.caching_device,
        dtype=dtype,
        validate_shape=request.validate_shape,
        constraint=request.constraint,
        use_resource=request.use_resource,
        synchronization=request.synchronization,
        aggregation=request.aggregation,
    )


def default_initializer(request: Request) -> Any:
    """What a variable starts with when nobody says: Glorot's uniform numbers, or zeros."""
    if request.shape is None:
        raise ValueError(
            f"Variable {request.name} did not get an initializer, so its `shape` argument must be "
            "specified."
        )
    dtype = request.base_dtype
    if dtype.is_floating:
        return initializers.glorot_uniform_initializer()
    if dtype.is_integer or dtype.is_bool or dtype is dtypes.string:
        return initializers.zeros_initializer()
    raise ValueError(f"An initializer for variable {request.name} of {dtype} is required")


def _initial_value(initializer: Any, request: Request, partition_info: Any) -> Callable[[], Any]:
    """A function without arguments that gives the initial value."""
    if inspect.isclass(initializer):
        initializer = initializer()
    shape = request.static_shape
    if shape.is_fully_defined():
        more = {"partition_info": partition_info} if accepts(initializer, "partition_info") else {}
        return lambda: initializer(shape.as_list(), dtype=request.base_dtype, **more)
    if all(p.default is not p.empty for p in _parameters(initializer).values()):
        return initializer  # type: ignore[no-any-return]
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the "
        "shape should not be provided or an instance of `tf.keras.initializers.*' and `shape` "
        f"should be fully defined. Variable {request.name} has shape {shape}."
    )


def _parameters(function: Any) -> Any:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # a function written in C may tell nothing
        return {}


def accepts(function: Any, name: str) -> bool:
    """Whether a function takes an argument of this name."""
    parameters = _parameters(function)
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _regularize(variable: Any, request: Request) -> None:
    """Adds what the regularizer gives to the graph's regularisation losses."""
    if not request.regularizer:
        return
    with colocate_with(variable.op), name_scope(request.name + "/Regularizer/"), init_scope():
        loss = request.regularizer(variable)
    if loss is not None:
        get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
