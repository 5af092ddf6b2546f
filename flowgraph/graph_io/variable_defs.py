"""Variables as VariableDef messages, and back."""

from __future__ import annotations

from typing import Any

from flowgraph.core.graph import get_default_graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.scopes import prepend_name_scope, strip_name_scope
from flowgraph.variables.existing import existing_variable
from flowgraph.variables.variable import SaveSliceInfo


def variable_def(variable: Any, export_scope: str | None = None) -> Any:
    """The VariableDef of a variable; None when it is not below `export_scope`."""
    if export_scope and not variable.name.startswith(export_scope.rstrip("/") + "/"):
        return None
    is_resource = hasattr(variable, "_handle")

    def name(value: Any) -> str:
        return strip_name_scope(value.name, export_scope)

    if is_resource:
        cached = variable._cached
        snapshot = variable._graph_element if cached is None else cached
    else:
        snapshot = variable._snapshot
    message = protos.VariableDef(
        variable_name=strip_name_scope(variable.name, export_scope),
        initializer_name=name(variable.initializer),
        snapshot_name=name(snapshot),
        is_resource=is_resource,
        trainable=variable.trainable,
        synchronization=variable.synchronization.value,
        aggregation=variable.aggregation.value,
    )
    if variable._initial_value is not None:
        message.initial_value_name = name(variable._initial_value)
    info = variable._get_save_slice_info()
    if info is not None:
        message.save_slice_info_def.full_name = strip_name_scope(info.full_name, export_scope)
        message.save_slice_info_def.full_shape.extend(info.full_shape)
        message.save_slice_info_def.var_offset.extend(info.var_offset)
        message.save_slice_info_def.var_shape.extend(info.var_shape)
    return message


def variable_of(message: Any, import_scope: str | None = None) -> Any:
    """The variable that a VariableDef describes, of nodes of the default graph.

    Raises:
      KeyError: a node is missing.
    """
    graph = get_default_graph()

    def element(name: str) -> Any:
        return graph.as_graph_element(prepend_name_scope(name, import_scope))

    def tensor(name: str) -> Any:
        found = element(name)
        return found.outputs[0] if hasattr(found, "outputs") else found

    info = None
    if message.HasField("save_slice_info_def"):
        told = message.save_slice_info_def
        info = SaveSliceInfo(
            prepend_name_scope(told.full_name, import_scope),
            list(told.full_shape),
            list(told.var_offset),
            list(told.var_shape),
        )
    initial = message.initial_value_name
    return existing_variable(
        tensor(message.variable_name),
        element(message.initializer_name),
        tensor(message.snapshot_name),
        tensor(initial) if initial else None,
        message.trainable,
        message.synchronization,
        message.aggregation,
        info,
    )
