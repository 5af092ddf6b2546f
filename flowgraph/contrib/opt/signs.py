"""Optimizers whose step depends on whether gradient and momentum agree (Bello et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flowgraph.contrib.opt.adam_family import scatter
from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import control_dependencies
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.operation import Operation
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.indexing import gather
from flowgraph.ops.array.selecting import where
from flowgraph.ops.control.basic import group
from flowgraph.ops.math.cast import cast
from flowgraph.train.optimizer import Optimizer

_Decay = Callable[[Any], Any]


class _SignOptimizer(Optimizer):
    """What both have in common: the momentum m, and a factor of the gradient."""

    def __init__(
        self, learning_rate: Any, beta: Any, sign_decay_fn: _Decay | None, use_locking: bool,
        name: str,
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._lr, self._beta, self._sign_decay_fn = learning_rate, beta, sign_decay_fn
        self._sign_decay: Any = None

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """As `Optimizer.apply_gradients`; the decay follows the global step."""
        decay = self._sign_decay_fn(global_step) if self._sign_decay_fn is not None else 1.0
        self._sign_decay = convert_to_tensor(decay, name="sign_decay")
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "m", self._name)

    def _prepare(self) -> None:
        self._lr_t = convert_to_tensor(self._lr, name="learning_rate")
        self._beta_t = convert_to_tensor(self._beta, name="beta")

    def _factor(self, agreement: Any) -> Any:
        raise NotImplementedError

    def _step(self, grad: Any, m_t: Any, var: Any) -> Any:
        dtype = var.dtype.base_dtype
        agreement = cast(self._sign_decay, dtype) * raw.Sign(grad) * raw.Sign(m_t)
        return cast(self._lr_t, dtype) * self._factor(agreement) * grad

    def _apply_dense(self, grad: Tensor, var: Any) -> Operation:
        m, beta = self.get_slot(var, "m"), cast(self._beta_t, var.dtype.base_dtype)
        m_t = m.value() * beta + grad * (1 - beta)  # type: ignore[operator]
        step = self._step(grad, m_t, var)
        with control_dependencies([m_t, step]):
            return group(var.assign_sub(step), m.assign(m_t))

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Operation:
        m, beta = self.get_slot(var, "m"), cast(self._beta_t, var.dtype.base_dtype)
        rows = raw.Shape(m.value())[0]
        whole = raw.UnsortedSegmentSum(grad.values, grad.indices, rows)
        m_t = m.value() * beta + whole * (1 - beta)
        step = self._step(grad.values, gather(m_t, grad.indices), var)
        with control_dependencies([m_t, step]):
            return group(scatter("Sub", var, grad.indices, step), m.assign(m_t))


class PowerSignOptimizer(_SignOptimizer):
    """Steps are multiplied by base ** (sign(g) sign(m)) (tf.contrib.opt.PowerSignOptimizer).

    Args:
      learning_rate: the rate.
      base: the base.
      beta: the decay of the momentum.
      sign_decay_fn: a function of the global step that the exponent is multiplied by.
      use_locking: accepted.
      name: a name.
    """

    def __init__(
        self,
        learning_rate: Any = 0.1,
        base: float = math.e,
        beta: Any = 0.9,
        sign_decay_fn: _Decay | None = None,
        use_locking: bool = False,
        name: str = "PowerSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._logbase = math.log(base)

    def _factor(self, agreement: Any) -> Any:
        return raw.Exp(agreement * self._logbase)


class AddSignOptimizer(_SignOptimizer):
    """Steps are multiplied by alpha + sign(g) sign(m) (tf.contrib.opt.AddSignOptimizer).

    Args:
      learning_rate: the rate.
      alpha: what is added.
      beta: the decay of the momentum.
      sign_decay_fn: a function of the global step that the signs are multiplied by.
      use_locking: accepted.
      name: a name.
    """

    def __init__(
        self,
        learning_rate: Any = 0.1,
        alpha: float = 1.0,
        beta: Any = 0.9,
        sign_decay_fn: _Decay | None = None,
        use_locking: bool = False,
        name: str = "AddSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._alpha = alpha

    def _factor(self, agreement: Any) -> Any:
        return agreement + self._alpha


# --- how the signs count less and less ------------------------------------------------------------
def _needs_step(step: Any, what: str) -> Any:
    if step is None:
        raise ValueError(f"global_step is required for {what}.")
    return cast(step, dtypes.float32)


def get_linear_decay_fn(decay_steps: int) -> _Decay:
    """A decay from 1 to 0 in some steps."""

    def linear_decay_fn(global_step: Any) -> Any:
        step = raw.Minimum(_needs_step(global_step, "linear_decay"), float(decay_steps))
        return raw.Maximum(1.0 - step / float(decay_steps), 0.0)

    return linear_decay_fn


def get_cosine_decay_fn(
    decay_steps: int, num_periods: float = 0.5, zero_after: float | None = None
) -> _Decay:
    """A decay along a cosine."""

    def cosine_decay_fn(global_step: Any) -> Any:
        step = raw.Minimum(_needs_step(global_step, "cosine_decay"), float(decay_steps))
        fraction = 2.0 * num_periods * step / float(decay_steps)
        decayed = 0.5 * (1.0 + raw.Cos(math.pi * fraction))
        if zero_after is None:
            return decayed
        return where(raw.GreaterEqual(fraction, 2 * zero_after), raw.ZerosLike(decayed), decayed)

    return cosine_decay_fn


def get_restart_decay_fn(
    decay_steps: int, num_periods: float = 1, zero_after: float | None = None
) -> _Decay:
    """A decay along a cosine that begins anew."""

    def restart_decay_fn(global_step: Any) -> Any:
        step = raw.Minimum(_needs_step(global_step, "cosine_decay"), float(decay_steps))
        fraction = raw.FloorMod(num_periods * step, float(decay_steps)) / float(decay_steps)
        decayed = 0.5 * (1.0 + raw.Cos(math.pi * fraction))
        if zero_after is None:
            return decayed
        done = num_periods * step / float(decay_steps)
        return where(raw.GreaterEqual(done, zero_after), raw.ZerosLike(decayed), decayed)

    return restart_decay_fn
