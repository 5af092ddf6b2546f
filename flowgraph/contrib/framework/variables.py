"""Variables by name, scope and collection, and values for them (tf.contrib.framework)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from flowgraph.contrib.framework.argument_scopes import add_arg_scope
from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import control_dependencies
from flowgraph.core.graph import device as device_scope
from flowgraph.core.graph_functions import add_to_collection, get_collection
from flowgraph.ops.array.making import zeros
from flowgraph.ops.control.assertion import Assert
from flowgraph.ops.math.logical import logical_not
from flowgraph.ops.state.variable import assign, is_variable_initialized
from flowgraph.train import training_util
from flowgraph.variables.scope import VariableScope, get_variable, get_variable_scope
from flowgraph.variables.variable import Variable, VariableAggregation, VariableSynchronization


# --- making them ----------------------------------------------------------------------------------
def local_variable(
    initial_value: Any, validate_shape: bool = True, name: str | None = None,
    use_resource: bool | None = None,
) -> Any:  # fmt: skip
    """A variable of LOCAL_VARIABLES that is not trained."""
    return Variable(
        initial_value, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES],
        validate_shape=validate_shape, use_resource=use_resource, name=name,
    )  # fmt: skip


def global_variable(
    initial_value: Any, validate_shape: bool = True, name: str | None = None,
    use_resource: bool | None = None,
) -> Any:  # fmt: skip
    """A variable of GLOBAL_VARIABLES that is not trained."""
    return Variable(
        initial_value, trainable=False, collections=[GraphKeys.GLOBAL_VARIABLES],
        validate_shape=validate_shape, use_resource=use_resource, name=name,
    )  # fmt: skip


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """Finds or makes a variable; as `tf.get_variable`, with a device and scopes of arguments."""
    groups = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
    getter: Callable[..., Any] = get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=get_variable_scope().reuse)
    with device_scope(device or ""):
        return getter(
            name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer,
            trainable=trainable, collections=list(dict.fromkeys(groups)),
            caching_device=caching_device, partitioner=partitioner, use_resource=use_resource,
            synchronization=synchronization, aggregation=aggregation,
        )  # fmt: skip


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """As `variable`, of the collections GLOBAL_VARIABLES and MODEL_VARIABLES too."""
    own = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return variable(
        name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer,
        trainable=trainable, collections=[*(collections or ()), *own],
        caching_device=caching_device, device=device, partitioner=partitioner,
        custom_getter=custom_getter, use_resource=use_resource, synchronization=synchronization,
        aggregation=aggregation,
    )  # fmt: skip


def add_model_variable(var: Any) -> None:
    """Adds a variable to MODEL_VARIABLES, unless it is there."""
    if all(var is not known for known in get_collection(GraphKeys.MODEL_VARIABLES)):
        add_to_collection(GraphKeys.MODEL_VARIABLES, var)


def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """The global step given, after a check of it; that of the graph when None."""
    if global_step_tensor is None:
        return training_util.get_global_step(graph)
    training_util.assert_global_step(global_step_tensor)
    return global_step_tensor


def zero_initializer(ref: Any, use_locking: bool = True, name: str = "zero_initializer") -> Any:
    """Sets a variable that has no value yet to zeros; InvalidArgumentError if it has one."""
    fresh = logical_not(is_variable_initialized(ref))
    with control_dependencies([Assert(fresh, ["input is already initialized", ref.name])]):
        value = zeros(ref.shape, ref.dtype.base_dtype)
        return assign(ref, value, use_locking=use_locking, name=name)


# --- finding them ---------------------------------------------------------------------------------
def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """The variables of a collection, below a scope and with names that end in `suffix`.

    `scope` is a `VariableScope` or the beginning of names (a regular expression).
    """
    if isinstance(scope, VariableScope):
        scope = scope.name
    if suffix is not None:
        scope = f"{scope or ''}.*{suffix if ':' in suffix else suffix + ':'}"
    return get_collection(collection, scope)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """As `get_variables`, of MODEL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """As `get_variables`, of LOCAL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """As `get_variables`, of TRAINABLE_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_to_restore(include: Any = None, exclude: Any = None) -> list[Any]:
    """The variables below the scopes `include` (all when None) but not below those of `exclude`.

    Raises:
      TypeError: one of them is neither None nor a list.
    """
    for what, scopes in (("include", include), ("exclude", exclude)):
        if scopes is not None and not isinstance(scopes, (list, tuple)):
            raise TypeError(f"{what} is provided but is not a list or a tuple.")
    if include is None:
        wanted = get_variables()
    else:
        wanted = [v for scope in include for v in get_variables(scope)]
    unwanted = {id(v) for scope in exclude or () for v in get_variables(scope)}
    return [v for v in wanted if id(v) not in unwanted]


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """The variables whose names end so."""
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """The variables of this name, in whatever scope below `scope`."""
    return get_variables(scope, f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name: str) -> Any:
    """The variable of exactly this name.

    Raises:
      ValueError: there is none.
    """
    found = get_variables(var_op_name)
    if not found:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in found:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


def get_variable_full_name(var: Any) -> str:
    """The name under which a variable is saved; that of the whole for a piece of one."""
    info = var._get_save_slice_info()
    return info.full_name if info else var.op.name


def filter_variables(
    var_list: Any, include_patterns: Any = None, exclude_patterns: Any = None,
    reg_search: bool = True,
) -> list[Any]:  # fmt: skip
    """The variables whose names fit a pattern of `include_patterns` and none of `exclude_patterns`.

    Patterns are regular expressions, for any part of the name or, without `reg_search`, for its
    beginning.
    """
    fits = re.search if reg_search else re.match

    def among(var: Any, patterns: Any) -> bool:
        return any(fits(pattern, var.name) for pattern in patterns)

    return [
        var for var in var_list
        if (include_patterns is None or among(var, include_patterns))
        and not (exclude_patterns is not None and among(var, exclude_patterns))
    ]  # fmt: skip


class VariableDeviceChooser:
    """Names a device for each variable, the tasks of a job in turn (for `arg_scope`'s device)."""

    def __init__(
        self, num_tasks: int = 0, job_name: str = "ps", device_type: str = "CPU",
        device_index: int = 0, replica: int | None = None,
    ) -> None:  # fmt: skip
        self._num_tasks, self._job_name, self._replica = num_tasks, job_name, replica
        self._device = f"/device:{device_type}:{device_index}"
        self._next_task_id = 0

    def __call__(self, op: Any) -> str:
        """The device for an operation."""
        del op
        job = task = ""
        if self._num_tasks > 0:
            job, task = f"/job:{self._job_name}", f"/task:{self._next_task_id}"
            self._next_task_id = (self._next_task_id + 1) % self._num_tasks
        replica = "" if self._replica is None else f"/replica:{self._replica}"
        return job + replica + task + self._device
