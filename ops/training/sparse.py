"""Updates of the rows that a sparse gradient names: `SparseApply...`, `ResourceSparseApply...` ops.

A row that is named twice is updated twice; the optimizers sum such gradients beforehand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.ops.training.dense import (
    adadelta,
    ftrl,
    ftrl_without_shrinkage,
    keras_momentum,
    proximal,
)
from flowgraph.ops.training.factory import Rule, sparse_update


@sparse_update("Momentum", "var accum", "lr grad indices momentum", use_nesterov=False)
def _momentum(a: Any) -> Rule:
    nesterov = a["use_nesterov"]

    def rule(var: Any, accum: Any, lr: Any, grad: Any, momentum: Any) -> tuple[Any, ...]:
        accum = accum * momentum + grad
        step = grad * lr + accum * momentum * lr if nesterov else accum * lr
        return var - step, accum

    return rule


sparse_update(
    "KerasMomentum", "var accum", "lr grad indices momentum", resource_only=True, use_nesterov=False
)(keras_momentum)


@sparse_update("RMSProp", "var ms mom", "lr rho momentum epsilon grad indices")
def _rms_prop(_: Any) -> Rule:
    def rule(
        var: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any
    ) -> tuple[Any, ...]:
        ms = ms * rho + grad * grad * (ms.dtype.type(1) - rho)
        mom = mom * momentum + lr * grad / np.sqrt(ms + epsilon)
        return var - mom, ms, mom

    return rule


@sparse_update("CenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad indices")
def _centered_rms_prop(_: Any) -> Rule:
    def rule(
        var: Any, mg: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any,
        grad: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        rest = ms.dtype.type(1) - rho
        ms = ms * rho + grad * grad * rest
        mg = mg * rho + grad * rest
        mom = mom * momentum + lr * grad / np.sqrt(ms - mg * mg + epsilon)
        return var - mom, mg, ms, mom

    return rule


sparse_update("Adadelta", "var accum accum_update", "lr rho epsilon grad indices")(adadelta)


@sparse_update("Ftrl", "var accum linear", "grad indices lr l1 l2 lr_power")
def _ftrl(_: Any) -> Rule:
    return ftrl_without_shrinkage


@sparse_update("FtrlV2", "var accum linear", "grad indices lr l1 l2 l2_shrinkage lr_power")
def _ftrl_v2(_: Any) -> Rule:
    return ftrl


@sparse_update("ProximalGradientDescent", "var", "alpha l1 l2 grad indices")
def _proximal_gradient_descent(_: Any) -> Rule:
    def rule(var: Any, alpha: Any, l1: Any, l2: Any, grad: Any) -> tuple[Any, ...]:
        return (proximal(var - alpha * grad, alpha, l1, l2),)

    return rule
