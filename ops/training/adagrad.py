"""Updates of the Adagrad family, of whole variables and of rows.

Duchi, Hazan and Singer 2011, "Adaptive Subgradient Methods".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.ops.training.dense import proximal
from flowgraph.ops.training.factory import Rule, dense_update, sparse_update


# --- Adagrad, AdagradV2 ---------------------------------------------------------------------------
@dense_update("Adagrad", "var accum", "lr grad", update_slots=True)
def _adagrad(a: Any) -> Rule:
    update_slots = a["update_slots"]

    def rule(var: Any, accum: Any, lr: Any, grad: Any) -> tuple[Any, ...]:
        accum = accum + grad * grad if update_slots else accum
        return var - grad * lr / np.sqrt(accum), accum

    return rule


sparse_update("Adagrad", "var accum", "lr grad indices", update_slots=True)(_adagrad)


@dense_update("AdagradV2", "var accum", "lr epsilon grad", update_slots=True)
def _adagrad_v2(a: Any) -> Rule:
    update_slots = a["update_slots"]

    def rule(var: Any, accum: Any, lr: Any, epsilon: Any, grad: Any) -> tuple[Any, ...]:
        accum = accum + grad * grad if update_slots else accum
        return var - grad * lr / (np.sqrt(accum) + epsilon), accum

    return rule


sparse_update("AdagradV2", "var accum", "lr epsilon grad indices", update_slots=True)(_adagrad_v2)

# --- AdagradDA: the dual averages of the gradients decide -----------------------------------------
_DA_STATES = "var gradient_accumulator gradient_squared_accumulator"


def _adagrad_da(_: Any) -> Rule:
    def rule(
        var: Any, total: Any, squares: Any, grad: Any, lr: Any, l1: Any, l2: Any, global_step: Any
    ) -> tuple[Any, ...]:
        total, squares = total + grad, squares + grad * grad
        step, zero = global_step.astype(var.dtype), var.dtype.type(0)
        shrunk = np.sign(total) * np.maximum(np.abs(total) - step * l1, zero)
        average = np.where(l1 > zero, shrunk, total)
        return -lr * average / (l2 * step * lr + np.sqrt(squares)), total, squares

    return rule


dense_update("AdagradDA", _DA_STATES, "grad lr l1 l2 global_step")(_adagrad_da)
sparse_update("AdagradDA", _DA_STATES, "grad indices lr l1 l2 global_step")(_adagrad_da)


# --- ProximalAdagrad ------------------------------------------------------------------------------
def _proximal_adagrad(_: Any) -> Rule:
    def rule(var: Any, accum: Any, lr: Any, l1: Any, l2: Any, grad: Any) -> tuple[Any, ...]:
        accum = accum + grad * grad
        rate = lr / np.sqrt(accum)
        return proximal(var - rate * grad, rate, l1, l2), accum

    return rule


dense_update("ProximalAdagrad", "var accum", "lr l1 l2 grad")(_proximal_adagrad)
sparse_update("ProximalAdagrad", "var accum", "lr l1 l2 grad indices")(_proximal_adagrad)
