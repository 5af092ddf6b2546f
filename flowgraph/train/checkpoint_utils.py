"""Variables whose initial values come from a checkpoint: tf.train.init_from_checkpoint."""

from __future__ import annotations

from typing import Any

from flowgraph.core.graph import device
from flowgraph.core.op_def import raw
from flowgraph.ops.checkpoint import save_restore  # noqa: F401 - it declares the ops
from flowgraph.platform import logging as tf_logging
from flowgraph.train.checkpoint_reader import (
    checkpoint_filename,
    list_variables,
    load_checkpoint,
    load_variable,
)
from flowgraph.train.saveables import op_list_to_dict, saveable_objects_for_op
from flowgraph.variables.partition import PartitionedVariable
from flowgraph.variables.store import variable_store
from flowgraph.variables.variable import Variable

__all__ = ["init_from_checkpoint", "list_variables", "load_checkpoint", "load_variable"]


def init_from_checkpoint(ckpt_dir_or_file: Any, assignment_map: Any) -> None:
    """Lets variables' initializers read their values from a checkpoint.

    tf.train.init_from_checkpoint. The values are read when the initializers are run.

    Args:
      ckpt_dir_or_file: a checkpoint, or a directory whose newest one counts.
      assignment_map: {name in the checkpoint: variable, list of its parts, or name}. With "scope/"
        as both, all variables of a scope that `get_variable` made; "/" is the root.

    Raises:
      ValueError: the checkpoint lacks a tensor, or it has another shape; a name is unknown.
    """
    prefix = checkpoint_filename(ckpt_dir_or_file)
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    known = variable_store().variables
    for name, target in sorted(dict(assignment_map).items(), key=lambda pair: pair[0]):
        if isinstance(target, PartitionedVariable):
            target = target._get_variable_list()
        found = target if is_variable_or_parts(target) else _by_name(target, known)
        if found is not None:
            _set_from(found, prefix, name, shapes, ckpt_dir_or_file)
            continue
        for variable, full_name in _of_scope(name, target, known):
            if full_name not in shapes:
                raise ValueError(
                    f"Tensor {full_name} ({variable} in {name}) is not found in "
                    f"{ckpt_dir_or_file} checkpoint"
                )
            _set_from(_by_name(variable, known), prefix, full_name, shapes, ckpt_dir_or_file)


def is_variable_or_parts(value: Any) -> bool:
    """Whether this is a variable or a list of a variable's parts."""
    if isinstance(value, list):
        return all(isinstance(v, Variable) for v in value)
    return isinstance(value, Variable)


def _by_name(name: str, known: dict[str, Any]) -> Any:
    """A variable, or the list of its parts, by name; None when there is none."""
    if name in known:
        return known[name]
    parts = []
    while f"{name}/part_{len(parts)}" in known:
        parts.append(known[f"{name}/part_{len(parts)}"])
    return parts or None


def _of_scope(source: str, target: str, known: dict[str, Any]) -> list[tuple[str, str]]:
    """[(name of a variable, name in the checkpoint)] of all variables of a scope."""
    scope = target[: target.rindex("/")] if "/" in target else ""
    if not source.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {scope} should map to scope only {source}. "
            "Should be 'scope/': 'other_scope/'."
        )
    names = {name.split("/part_")[0] for name in known if not scope or name.startswith(scope + "/")}
    inner = {name: name[len(scope) :].removeprefix("/") for name in names}
    root = "" if source == "/" else source
    return [(name, root + inner[name]) for name in sorted(names)]


def _set_from(target: Any, prefix: Any, name: str, shapes: dict[str, Any], source: Any) -> None:
    if name not in shapes:
        raise ValueError(f"Tensor {name} is not found in {source} checkpoint {shapes}")
    if not isinstance(target, list):
        if not target.get_shape().is_compatible_with(shapes[name]):
            raise ValueError(
                f"Shape of variable {target.name} ({target.get_shape()}) doesn't match with shape "
                f"of tensor {name} ({shapes[name]}) from checkpoint reader."
            )
        _set_initializer(target, prefix, name, "")
    else:
        wholes = {part._get_save_slice_info().full_name for part in target}
        if len(wholes) > 1:
            raise ValueError(f"Slices must all be from the same tensor: {sorted(wholes)}")
        for part in target:
            _set_initializer(part, prefix, name, part._get_save_slice_info().spec)
    tf_logging.debug("Initialize %s from checkpoint %s with %s", target, source, name)


def _set_initializer(variable: Variable, prefix: str, name: str, slice_spec: str) -> None:
    with device(variable.device), device("/cpu:0"):
        value = raw.RestoreV2(
            prefix, [name], [slice_spec], dtypes=[variable.dtype.base_dtype],
            name="checkpoint_initializer",
        )[0]  # fmt: skip
    ((key, op),) = op_list_to_dict([variable]).items()
    (saveable,) = saveable_objects_for_op(op, key)
    assigned = saveable.restore([value], None)
    value.set_shape(variable.shape)
    set_initializer(variable, value, assigned)


def set_initializer(variable: Variable, value: Any, assigned: Any) -> None:
    """From now on a variable is initialised with `value`, by the operation `assigned`."""
    variable._initializer_op = getattr(assigned, "op", assigned)
    variable._initial_value = variable._guarded = value
