"""Slots: variables beside a variable, as large as it and named after it ("w/Momentum")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from flowgraph.core.graph import colocate_with
from flowgraph.ops.array.making import zeros
from flowgraph.ops.array.shape import shape_of
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.resource import ResourceVariable
from flowgraph.variables.scope import get_variable, variable_scope
from flowgraph.variables.variable import SaveSliceInfo, Variable


def create_slot(primary: Any, value: Any, name: str, colocate_with_primary: bool = True) -> Any:
    """Makes a slot with the initial value `value`, a tensor."""
    validate = value.shape.is_fully_defined()
    with _beside(primary, name, colocate_with_primary):
        return _make(primary, initializer=value, validate_shape=validate)


def create_slot_with_initializer(
    primary: Any, initializer: Any, shape: Any, dtype: Any, name: str,
    colocate_with_primary: bool = True,
) -> Any:  # fmt: skip
    """Makes a slot whose initial value an initializer gives."""
    validate = shape.is_fully_defined()
    with _beside(primary, name, colocate_with_primary):
        return _make(
            primary, initializer=initializer, shape=shape, dtype=dtype, validate_shape=validate
        )


def create_zeros_slot(
    primary: Any, name: str, dtype: Any = None, colocate_with_primary: bool = True
) -> Any:
    """Makes a slot of zeros."""
    dtype = (primary.dtype if dtype is None else dtype).base_dtype
    shape = primary.get_shape()
    if shape.is_fully_defined():
        return create_slot_with_initializer(
            primary, zeros_initializer(), shape, dtype, name, colocate_with_primary
        )
    value = primary.initialized_value() if isinstance(primary, Variable) else primary
    return create_slot(primary, zeros(shape_of(value), dtype), name, colocate_with_primary)


@contextmanager
def _beside(primary: Any, name: str, colocate: bool) -> Iterator[None]:
    """A variable scope that is named after the variable, without the pieces of an outer one."""
    with variable_scope(None, f"{primary.op.name}/{name}") as scope:
        scope.set_partitioner(None)
        with colocate_with(primary.op) if colocate else nullcontext():
            yield


def _make(primary: Any, **asked: Any) -> Any:
    # Without a name of its own the slot gets that of the scope.
    if isinstance(primary, Variable):
        asked["use_resource"] = isinstance(primary, ResourceVariable)
    slot = get_variable("", trainable=False, **asked)
    info = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if info is not None:
        own = slot.op.name[len(primary.op.name) + 1 :]
        name = f"{info.full_name}/{own}"
        shape = slot.get_shape().as_list()
        offset = info.var_offset[: len(shape)]
        slot._set_save_slice_info(SaveSliceInfo(name, info.full_shape[: len(shape)], offset, shape))
    return slot
