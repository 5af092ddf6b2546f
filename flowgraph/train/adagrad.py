"""Adagrad's relatives: with proximal steps, and by dual averages (tf.train)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import colocate_with, device
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.train.optimizers import _Hyper


class ProximalAdagradOptimizer(_Hyper):
    """Adagrad with exact l1 and l2 steps (tf.train.ProximalAdagradOptimizer).

    Duchi and Singer 2009, FOBOS.
    """

    _hyper = {
        "learning_rate": "learning_rate", "l1": "l1_regularization_strength",
        "l2": "l2_regularization_strength",
    }  # fmt: skip

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._filled_slot(var, self._initial_accumulator_value, "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._run("ApplyProximalAdagrad", var, "accumulator", *self._numbers(var), grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        rest = (*self._numbers(var), grad.values, grad.indices)
        return self._run("SparseApplyProximalAdagrad", var, "accumulator", *rest)


class AdagradDAOptimizer(_Hyper):
    """Adagrad by dual averages of the gradients (tf.train.AdagradDAOptimizer).

    Rows that a sparse gradient leaves out are made up for when they are seen again; with l1 many
    weights are exactly zero. Meant for linear models (Duchi, Hazan and Singer 2011).

    `global_step` is the tensor or variable that counts the steps.
    """

    _hyper = {"learning_rate": "learning_rate"}

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        value = initial_gradient_squared_accumulator_value
        if value <= 0.0:
            raise ValueError(
                f"initial_gradient_squared_accumulator_value must be positive: {value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate, self._global_step = learning_rate, global_step
        self._initial_squares = value
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "gradient_accumulator", self._name)
            squares = "gradient_squared_accumulator"
            self._filled_slot(var, self._initial_squares, squares, self._name)

    def _prepare(self) -> None:
        super()._prepare()
        with colocate_with(self._tensors["learning_rate"]):
            self._next_step: Any = raw.Identity(self._global_step) + 1

    def _call(self, kind: str, var: Any, grads: tuple[Tensor, ...]) -> Operation:
        with device(var.device):
            step = raw.Identity(self._next_step)
        dtype = var.dtype.base_dtype
        numbers = [
            self._number("learning_rate", var),
            convert_to_tensor(self._l1, dtype=dtype, name="l1"),
            convert_to_tensor(self._l2, dtype=dtype, name="l2"),
        ]
        slots = "gradient_accumulator gradient_squared_accumulator"
        return self._run(f"{kind}AdagradDA", var, slots, *grads, *numbers, step)

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        return self._call("Apply", var, (grad,))

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        return self._call("SparseApply", var, (grad.values, grad.indices))
