"""Values for variables, from arrays and from checkpoints (tf.contrib.framework)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import train
from flowgraph.contrib.framework.variables import get_variable_full_name
from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph_functions import get_collection
from flowgraph.ops.array.constant import placeholder
from flowgraph.ops.control.basic import group

_log = logging.getLogger("flowgraph")


def _setting(var: Any) -> tuple[Any, Any]:
    """(a placeholder, the operation that sets the variable to what is fed to it)."""
    value = placeholder(var.dtype.base_dtype, var.shape, name="placeholder/" + var.op.name)
    return value, var.assign(value)


def _variable_of(name: str) -> Any:
    found = get_collection(GraphKeys.GLOBAL_VARIABLES, name)
    if not found:
        raise ValueError(f"Variable {name} wasn't found")
    exact = found if len(found) == 1 else [v for v in found if v.op.name == name]
    if not exact:
        raise ValueError(f"Variable {name} doesn't uniquely identify a variable")
    return exact[0]


def assign_from_values(var_names_to_values: dict[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """(an operation, what to feed it) that sets variables to arrays, by name.

    Raises:
      ValueError: there is no variable of a name, or several.
    """
    feed, assigns = {}, []
    for name, value in var_names_to_values.items():
        var = _variable_of(name)
        fed, assigned = _setting(var)
        assigns.append(assigned)
        feed[fed] = np.asarray(value).reshape(var.shape.as_list())
    return group(*assigns), feed


def assign_from_values_fn(var_names_to_values: dict[str, Any]) -> Callable[[Any], Any]:
    """A function of a session that sets variables to arrays; see `assign_from_values`."""
    operation, feed = assign_from_values(var_names_to_values)
    return lambda session: session.run(operation, feed)


def _by_saved_name(var_list: Any) -> dict[str, list[Any]]:
    if isinstance(var_list, dict):
        return {
            name: list(value) if isinstance(value, (tuple, list)) else [value]
            for name, value in var_list.items()
        }
    grouped: dict[str, list[Any]] = {}
    for var in var_list:
        grouped.setdefault(get_variable_full_name(var), []).append(var)
    return grouped


def assign_from_checkpoint(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Any, dict[Any, Any]]:
    """(an operation, what to feed it) that sets variables to those of a checkpoint.

    Args:
      model_path: the checkpoint.
      var_list: a list of variables, or a dict from saved names to variables (or lists of pieces).
      ignore_missing_vars: leave out what the checkpoint has not.

    Raises:
      ValueError: the checkpoint lacks a variable, or one has another shape.
    """
    reader = train.NewCheckpointReader(model_path)
    feed, assigns = {}, []
    for name, variables in _by_saved_name(var_list).items():
        if not reader.has_tensor(name):
            message = f"Checkpoint is missing variable [{name}]"
            if not ignore_missing_vars:
                raise ValueError(message)
            _log.warning(message)
            continue
        saved = reader.get_tensor(name)
        for var in variables:
            fed, assigned = _setting(var)
            assigns.append(assigned)
            feed[fed] = _part(name, var, saved)
    return group(*assigns), feed


def _part(name: str, var: Any, saved: np.ndarray) -> np.ndarray:
    info = var._get_save_slice_info()
    if info:
        starts = zip(info.var_offset, info.var_shape, strict=True)
        return saved[tuple(slice(start, start + size) for start, size in starts)]
    if tuple(var.shape.as_list()) != saved.shape:
        raise ValueError(
            f"Total size of new array must be unchanged for {name} lh_shape: [{saved.shape}], "
            f"rh_shape: [{var.shape}]"
        )
    return saved


def assign_from_checkpoint_fn(
    model_path: str,
    var_list: Any,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """A function of a session that restores variables from a checkpoint.

    Args:
      model_path: the checkpoint.
      var_list: a list of variables, or a dict from saved names to variables.
      ignore_missing_vars: leave out what the checkpoint has not; None if nothing is left.
      reshape_variables: take a saved variable of another shape but of the same size.

    Raises:
      ValueError: `var_list` is empty.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = train.NewCheckpointReader(model_path)
        named = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
        var_list = {name: var for name, var in named.items() if reader.has_tensor(name)}
        for name in named:
            if name not in var_list:
                _log.warning("Variable %s missing in checkpoint %s", name, model_path)
    if not var_list:
        _log.warning("No Variables to restore")
        return None
    saver = train.Saver(var_list, reshape=reshape_variables)

    def restore(session: Any) -> None:
        saver.restore(session, model_path)

    return restore
