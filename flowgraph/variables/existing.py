"""Variables made of nodes that are in a graph already, as after a graph was read from a file."""

from __future__ import annotations

from typing import Any

from flowgraph.core.tensor import Tensor
from flowgraph.ops.state.handles import variable_behind
from flowgraph.variables.resource import ResourceVariable
from flowgraph.variables.variable import Variable, VariableAggregation, VariableSynchronization


def existing_variable(
    own: Tensor,
    initializer: Any,
    snapshot: Tensor,
    initial_value: Tensor | None = None,
    trainable: bool = True,
    synchronization: int = 0,
    aggregation: int = 0,
    slice_info: Any = None,
) -> Variable:
    """A variable of nodes that are there; it adds none, and is in no collection yet.

    Args:
      own: the output of its `VariableV2`, or the handle of its `VarHandleOp`.
      initializer: the operation that sets the initial value.
      snapshot: the tensor that reads it.
      initial_value: the initial value; None when it is not known.
      trainable: whether optimizers change it.
      synchronization: the number of a VariableSynchronization.
      aggregation: the number of a VariableAggregation.
      slice_info: a `Variable.SaveSliceInfo`, or None.
    """
    is_resource = own.dtype.name == "resource"
    variable: Any = object.__new__(ResourceVariable if is_resource else Variable)
    variable._trainable, variable._constraint = trainable, None
    variable._synchronization = VariableSynchronization(synchronization)
    variable._aggregation = VariableAggregation(aggregation)
    variable._save_slice_info = slice_info
    variable._name = own.name
    variable._initializer_op = initializer
    variable._initial_value = initial_value
    variable._guarded = initializer.inputs[1]
    if is_resource:
        variable._handle = own
        variable._dtype, variable._shape = variable_behind(own)
        is_read = snapshot.op.type == "ReadVariableOp"
        variable._graph_element = snapshot if is_read else snapshot.op.inputs[0]
        variable._cached = None if is_read else snapshot
        users = [op for op in own.consumers() if op.type == "VarIsInitializedOp"]
        variable._is_initialized_op = users[0].outputs[0] if users else None
    else:
        variable._variable, variable._snapshot = own, snapshot
    return variable  # type: ignore[no-any-return]
