"""Running initializers, and asking which variables have a value."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.graph import colocate_with, get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.constant import constant
from flowgraph.ops.array.indexing import boolean_mask
from flowgraph.ops.array.joining import stack
from flowgraph.ops.control.basic import group, no_op
from flowgraph.ops.state import variable as state_ops
from flowgraph.variables.variable import global_variables, local_variables


def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """An operation that initialises some variables, side by side (tf.variables_initializer)."""
    if var_list:
        return group(*[v.initializer for v in var_list], name=name)
    return no_op(name=name)


def global_variables_initializer() -> Operation:
    """An operation that initialises all global variables (tf.global_variables_initializer)."""
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An operation that initialises all local variables (tf.local_variables_initializer)."""
    return variables_initializer(local_variables())


def initialize_variables(var_list: Any, name: str = "init") -> Operation:
    """The old name of `variables_initializer`."""
    return variables_initializer(var_list, name=name)


def initialize_all_variables() -> Operation:
    """The old name of `global_variables_initializer`."""
    return global_variables_initializer()


def initialize_local_variables() -> Operation:
    """The old name of `local_variables_initializer`."""
    return local_variables_initializer()


def is_variable_initialized(variable: Any) -> Tensor:
    """Whether a variable has a value by now, a bool scalar (tf.is_variable_initialized)."""
    return state_ops.is_variable_initialized(variable)


def report_uninitialized_variables(
    var_list: Any = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of the variables that have no value by now, a string vector.

    Args:
      var_list: the variables asked about; all global and local ones when None.
      name: a name scope (tf.report_uninitialized_variables).
    """
    variables = _all() if var_list is None else list(var_list)
    with name_scope(name):
        if not variables:
            return constant([], dtypes.string)
        known = [state_ops.is_variable_initialized(v) for v in variables]
        names = constant([v.op.name for v in variables])
        return boolean_mask(names, raw.LogicalNot(stack(known)))


def assert_variables_initialized(var_list: Any = None) -> Any:
    """A tensor whose run fails unless the variables have values; None when there are none.

    Older than `report_uninitialized_variables` (tf.assert_variables_initialized).
    """
    variables = _all() if var_list is None else list(var_list)
    if not variables:
        return None
    ranks = []
    for var in variables:
        with colocate_with(var.op):
            ranks.append(raw.Rank(var))
    return ranks[0] if len(ranks) == 1 else stack(ranks)


def _all() -> list[Any]:
    found = global_variables() + local_variables()
    if found:
        return found
    operations = get_default_graph().get_operations()
    return [op.outputs[0] for op in operations if op.type == "VariableV2"]
