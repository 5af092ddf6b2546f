"""Relatives of Adam: AdaMax, Nadam, and Adam that leaves rows without a gradient alone."""

from __future__ import annotations

from typing import Any

from flowgraph.core.graph import colocate_with, control_dependencies
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.control.basic import group
from flowgraph.train.optimizers import AdamOptimizer, _cast
from flowgraph.variables.resource import ResourceVariable


def scatter(kind: str, variable: Any, indices: Tensor, values: Any) -> Operation:
    """Changes rows of either kind of variable: "Update", "Add" or "Sub"."""
    if isinstance(variable, ResourceVariable):
        return getattr(raw, f"ResourceScatter{kind}")(variable.handle, indices, values)  # type: ignore[no-any-return]
    return getattr(raw, f"Scatter{kind}")(variable._ref(), indices, values).op  # type: ignore[no-any-return]


class AdaMaxOptimizer(AdamOptimizer):
    """Adam with the largest gradient so far in the place of the root of squares.

    tf.contrib.opt.AdaMaxOptimizer; Kingma and Ba 2014, section 7. Arguments are those of Adam.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdaMax",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _create_slots(self, var_list: list[Any]) -> None:
        first = min(var_list, key=lambda v: v.name)
        value = self._call_if_callable(self._beta1)
        self._create_non_slot_variable(value, "beta1_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _moved_rows(self, var: Any, m: Any, v: Any, grad: Any) -> tuple[Any, Any, Any]:
        """(m, v, by how much the variable falls) of some rows."""
        rate, beta1, beta2, epsilon = self._numbers(var)
        power = _cast(self._get_beta_accumulators()[0], var)
        m_t = m * beta1 + grad * (1 - beta1)
        v_t = raw.Maximum(v * beta2, raw.Abs(grad))
        return m_t, v_t, rate / (1 - power) * (m_t / (v_t + epsilon))

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        power = _cast(self._get_beta_accumulators()[0], var)
        return self._run("ApplyAdaMax", var, "m v", power, *self._numbers(var), grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        m, v, rows = self.get_slot(var, "m"), self.get_slot(var, "v"), grad.indices
        m_t, v_t, step = self._moved_rows(var, gather(m, rows), gather(v, rows), grad.values)
        with control_dependencies([m_t, v_t, step]):
            return group(
                scatter("Update", m, rows, m_t), scatter("Update", v, rows, v_t),
                scatter("Sub", var, rows, step),
            )  # fmt: skip

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        power = self._get_beta_accumulators()[0]
        with control_dependencies(update_ops), colocate_with(power):
            counted = power.assign(power.value() * self._tensors["beta1"])
        return group(*update_ops, counted, name=name_scope)


class NadamOptimizer(AdamOptimizer):
    """Adam with Nesterov's momentum (tf.contrib.opt.NadamOptimizer); with the same arguments."""

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        powers = [_cast(power, var) for power in self._get_beta_accumulators()]
        return self._run(
            "ApplyAdam", var, "m v", *powers, *self._numbers(var), grad, use_nesterov=True
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        power1, power2 = (_cast(p, var) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = self._numbers(var)
        rate = rate * raw.Sqrt(1 - power2) / (1 - power1)
        values: Any = grad.values
        scaled = values * (1 - beta1)
        m_t = self._moved(self.get_slot(var, "m"), beta1, grad.indices, scaled)
        squares = values * values * (1 - beta2)
        v_t = self._moved(self.get_slot(var, "v"), beta2, grad.indices, squares)
        m_bar = scaled + beta1 * gather(m_t, grad.indices)
        step = rate * m_bar / (raw.Sqrt(gather(v_t, grad.indices)) + epsilon)
        return group(scatter("Sub", var, grad.indices, step), m_bar, v_t)


class LazyAdamOptimizer(AdamOptimizer):
    """Adam that changes only rows that have a gradient (tf.contrib.opt.LazyAdamOptimizer).

    Arguments are those of Adam.
    """

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        power1, power2 = (_cast(p, var) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = self._numbers(var)
        rate = rate * raw.Sqrt(1 - power2) / (1 - power1)
        m, v, rows = self.get_slot(var, "m"), self.get_slot(var, "v"), grad.indices
        values: Any = grad.values
        m_t = beta1 * gather(m, rows) + (1 - beta1) * values
        v_t = beta2 * gather(v, rows) + (1 - beta2) * values * values
        step = rate * m_t / (raw.Sqrt(v_t) + epsilon)
        with control_dependencies([m_t, v_t, step]):
            return group(
                scatter("Sub", var, rows, step), scatter("Update", m, rows, m_t),
                scatter("Update", v, rows, v_t),
            )  # fmt: skip
