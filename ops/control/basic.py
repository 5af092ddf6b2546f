"""Operations that only order others: no_op, group, tuple and control dependencies."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import Trait, define, raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import nest

no_op_op = define("NoOp", traits=Trait.CHEAP | Trait.STATEFUL).no_gradient()
no_op_op.kernel(lambda ctx: lambda: None)


def no_op(name: str | None = None) -> Operation:
    """Does nothing; something to hang control dependencies on (tf.no_op)."""
    return no_op_op(name=name)  # type: ignore[no-any-return]


def group(*inputs: Any, name: str | None = None, **kwargs: Any) -> Operation:
    """An operation that is done when all of `inputs` are (tf.group).

    Args:
      inputs: operations and tensors, in any nesting.
      name: the operation's name.

    Raises:
      ValueError: unknown keyword arguments.
      TypeError: an input is neither a tensor nor an operation.
    """
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    for value in nest.flatten(list(inputs)):
        if not hasattr(value, "device") and not hasattr(value, "op"):
            raise TypeError(
                f"Expected tf.group() expected Tensor objects not None with type '{type(value)}'"
            )
    with name_scope(name, "group_deps", _tensors(inputs)) as scope:
        flat = nest.flatten(list(inputs))
        with control_dependencies(flat):
            return no_op(name=scope)


def _tensors(values: Any) -> list[Tensor]:
    return [v for v in values if isinstance(v, Tensor)]


def with_dependencies(dependencies: Any, output_tensor: Any, name: str | None = None) -> Any:
    """`output_tensor`, available only after `dependencies` have run."""
    with name_scope(name, "control_dependency", _tensors([output_tensor])) as scope:
        with control_dependencies(dependencies):
            if isinstance(output_tensor, IndexedSlices):
                values = raw.Identity(output_tensor.values, name=scope)
                return IndexedSlices(values, output_tensor.indices, output_tensor.dense_shape)
            return raw.Identity(convert_to_tensor(output_tensor), name=scope)


def tuple_(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list[Any]:
    """The tensors, each available only when all of them are (tf.tuple).

    Args:
      tensors: a list of tensors, `IndexedSlices` and None.
      name: the scope of the new operations.
      control_inputs: more operations to wait for.

    Raises:
      ValueError: there is no tensor among them.
      TypeError: a control input is neither an operation nor a tensor.
    """
    with name_scope(name, "tuple", _tensors(tensors)):
        values = [_as_value(t) for t in tensors]
        gates = [v if isinstance(v, Operation) else v.op for v in values if v is not None]
        for control in control_inputs or ():
            if isinstance(control, Tensor):
                control = control.op
            if not isinstance(control, Operation):
                raise TypeError(f"Control input must be Operation or Tensor: {control}")
            gates.append(control)
        if not gates:
            raise ValueError(f"Must have at least one Tensor: {tensors}")
        gate = group(*sorted(set(gates), key=lambda op: op._id))
        return [
            v if v is None or isinstance(v, Operation) else with_dependencies([gate], v)
            for v in values
        ]


def _as_value(value: Any) -> Any:
    if value is None or isinstance(value, (Tensor, Operation, IndexedSlices)):
        return value
    return convert_to_tensor(value)


__all__ = ["group", "no_op", "tuple_", "with_dependencies"]
