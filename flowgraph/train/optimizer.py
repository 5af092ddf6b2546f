"""`Optimizer`: from a loss to the op that updates variables."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import colocate_with, control_dependencies, get_default_graph, name_scope
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.control import nest
from flowgraph.ops.control.basic import group, tuple_
from flowgraph.ops.gradients import gradients
from flowgraph.ops.state.variable import assign_add
from flowgraph.train import slot_creator
from flowgraph.variables.resource import ResourceVariable
from flowgraph.variables.variable import Variable, init_scope, trainable_variables

_VALID = (dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16)


class Optimizer:
    """Base class of optimizers (tf.train.Optimizer).

    A subclass defines `_apply_dense(grad, var)`, `_apply_sparse(grad, var)` and, as needed,
    `_create_slots`, `_prepare`, `_finish`.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Any, Any]] = {}
        self._non_slots: dict[tuple[str, Any], Any] = {}

    def get_name(self) -> str:
        """The optimizer's name."""
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """Gives the operation that makes one step down the gradient of `loss`.

        Args:
          loss: the tensor to minimise.
          global_step: a variable to count up.
          var_list: the variables to change; all trainable ones when None.
          gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH.
          aggregation_method: see `gradients`.
          colocate_gradients_with_ops: see `gradients`.
          name: the operation's name.
          grad_loss: the gradient that comes into `loss`; ones when None.

        Raises:
          ValueError: no variable has a gradient.
        """
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops,
            grad_loss,
        )  # fmt: skip
        if not any(grad is not None for grad, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not "
                f"support gradients, between variables "
                f"{[str(v) for _, v in pairs]} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Gives (gradient, variable) pairs; a gradient can be a tensor, IndexedSlices or None."""
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
                f"Optimizer.GATE_GRAPH.  Not {gate_gradients}"
            )
        if callable(loss) and not isinstance(loss, (Tensor, Variable)):
            loss = loss()
        loss = convert_to_tensor(loss)
        self._check_dtypes([loss])
        variables = trainable_variables() if var_list is None else nest.flatten(var_list)
        if not variables:
            raise ValueError("No variables to optimize.")
        for var in variables:
            if not isinstance(var, (Variable, Tensor)):
                raise TypeError(f"Argument is not a tf.Variable: {var}")
        grads = gradients(
            loss,
            variables,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == self.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == self.GATE_GRAPH:
            grads = _gated(grads)
        pairs = list(zip(grads, variables, strict=True))
        self._check_dtypes([v for g, v in pairs if g is not None])
        return pairs

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Gives the operation that applies gradients, as `compute_gradients` gave them."""
        pairs = [(_as_gradient(g), v) for g, v in tuple(grads_and_vars)]
        if not pairs:
            raise ValueError("No variables provided.")
        variables = [v for g, v in pairs if g is not None]
        if not variables:
            raise ValueError(
                f"No gradients provided for any variable: {[str(v) for _, v in pairs]}."
            )
        with init_scope():
            self._create_slots(variables)
        with name_scope(name, self._name) as scope:
            self._prepare()
            updates = [self._update(g, v) for g, v in pairs if g is not None]
            if global_step is None:
                train_op = self._finish(updates, scope)
            else:
                with control_dependencies([self._finish(updates, "update")]):
                    with colocate_with(global_step.op):
                        train_op = _counted(global_step, scope)
        collection = get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
        if train_op not in collection:
            collection.append(train_op)
        return train_op

    def _update(self, grad: Any, var: Any) -> Operation:
        if isinstance(var, Tensor):
            raise NotImplementedError("Trying to update a Tensor ", var)
        is_resource = isinstance(var, ResourceVariable)
        with name_scope("update_" + var.op.name), colocate_with(var):
            if isinstance(grad, IndexedSlices):
                if getattr(var, "constraint", None) is not None:
                    raise RuntimeError("Cannot use a constraint function on a sparse variable.")
                if is_resource:
                    values, indices = grad.values, grad.indices
                    return self._resource_apply_sparse_duplicate_indices(values, var, indices)
                return self._apply_sparse_duplicate_indices(grad, var)
            apply = self._resource_apply_dense if is_resource else self._apply_dense
            op = apply(grad, var)
            if getattr(var, "constraint", None) is None:
                return op
            with control_dependencies([op]):
                return var.assign(var.constraint(var))  # type: ignore[no-any-return]

    # --- slots ---------------------------------------------------------------------------------
    def get_slot(self, var: Any, name: str) -> Any:
        """The slot called `name` that belongs to `var`, or None."""
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self) -> list[str]:
        """The names of the optimizer's slots."""
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """The optimizer's own variables of the current graph, slots among them."""
        graph = get_default_graph()
        own = [v for (_, g), v in self._non_slots.items() if g is graph]
        own += [v for slots in self._slots.values() for v in slots.values()]
        return sorted((v for v in own if v.graph is graph), key=lambda v: v.name)

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Any:
        slots = self._slots.setdefault(slot_name, {})
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_zeros_slot(var, op_name)
        return slots[_key(var)]

    def _get_or_make_slot(self, var: Any, value: Any, slot_name: str, op_name: str) -> Any:
        slots = self._slots.setdefault(slot_name, {})
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_slot(var, value, op_name)
        return slots[_key(var)]

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: Any, dtype: Any, slot_name: str, op_name: str
    ) -> Any:
        slots = self._slots.setdefault(slot_name, {})
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_slot_with_initializer(
                var, initializer, shape, dtype, op_name
            )
        return slots[_key(var)]

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        graph = colocate_with.graph
        if (name, graph) not in self._non_slots:
            with graph.colocate_with(colocate_with):
                self._non_slots[name, graph] = Variable(
                    initial_value, name=name, trainable=False,
                    use_resource=isinstance(colocate_with, ResourceVariable),
                )  # fmt: skip
        return self._non_slots[name, graph]

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Any:
        return self._non_slots.get((name, graph))

    # --- for subclasses ------------------------------------------------------------------------
    def _create_slots(self, var_list: list[Any]) -> None:
        pass

    def _prepare(self) -> None:
        pass

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        return group(*update_ops, name=name_scope)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        raise NotImplementedError(f"{type(self).__name__} does not define _apply_dense")

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        raise NotImplementedError(f"{type(self).__name__} does not define _apply_sparse")

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Operation:
        """Sums the rows that are named twice; an optimizer that need not overrides this."""
        values, indices = _summed(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(values, indices, grad.dense_shape), var)

    # Of resource variables: an optimizer whose ops differ for them overrides these.
    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Operation:
        return self._apply_dense(grad, handle)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Operation:
        return self._apply_sparse(IndexedSlices(grad, indices), handle)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor
    ) -> Operation:
        values, indices = _summed(grad, indices)
        return self._resource_apply_sparse(values, handle, indices)

    @staticmethod
    def _call_if_callable(value: Any) -> Any:
        return value() if callable(value) and not isinstance(value, (Tensor, Variable)) else value

    def _check_dtypes(self, tensors: list[Any]) -> None:
        for tensor in tensors:
            dtype = tensor.dtype.base_dtype
            if not (dtype.is_floating or dtype.is_complex):
                raise ValueError(
                    f"Invalid type {dtype!r} for {tensor.name}, expected: {list(_VALID)}."
                )


def _summed(values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """The rows and their indices, those of one index summed."""
    unique, positions = raw.Unique(indices)
    return raw.UnsortedSegmentSum(values, positions, raw.Shape(unique)[0]), unique


def _counted(global_step: Any, name: str) -> Operation:
    """Counts the global step up by one."""
    if isinstance(global_step, ResourceVariable):
        return global_step.assign_add(1, name=name, read_value=False)  # type: ignore[no-any-return]
    return assign_add(global_step, 1, name=name).op


def _key(var: Any) -> Any:
    return var.graph, var.op.name


def _as_gradient(grad: Any) -> Any:
    if grad is None or isinstance(grad, IndexedSlices):
        return grad
    try:
        return convert_to_tensor(grad)
    except TypeError:
        raise TypeError(f"Gradient must be convertible to a Tensor or None: {grad!r}") from None


def _gated(grads: list[Any]) -> list[Any]:
    """The gradients, none of which can be used before all are there."""
    gated = iter(tuple_([g for g in grads if g is not None]))
    return [None if g is None else next(gated) for g in grads]
