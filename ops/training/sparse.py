"""Updates of the rows that a sparse gradient names: `SparseApply...` ops.

A row that is named twice is updated once, with the sum; the optimizers see to that beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.op_def import OpDef, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.ops.array.known import merged
from flowgraph.ops.training.dense import ftrl, proximal, state_shape
from flowgraph.runtime.store import VariableCell


def _define_sparse(op_type: str, states: str, others: str, **flags: bool) -> OpDef:
    refs = [f"{name}: Ref(T)" for name in states.split()]
    plain = [f"{name}: {'Tindices' if name == 'indices' else 'T'}" for name in others.split()]
    more = {name: attrs.boolean(default) for name, default in flags.items()}
    return define(
        op_type,
        inputs=", ".join(refs + plain),
        outputs="out: Ref(T)",
        attrs={
            "T": dtypes.INEXACT, "Tindices": dtypes.INDEX, "use_locking": attrs.boolean(False),
            **more,
        },
        shape=_shape,
        writes=tuple(states.split()),
    ).no_gradient()  # fmt: skip


def _shape(op: Operation) -> TensorShape:
    """That of the variable; `grad` has one row of it for each index."""
    shape = state_shape(op)
    indices, grad = op.input_named("indices").shape, op.input_named("grad").shape
    if indices.rank not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {indices.rank}")
    if None not in (shape.rank, grad.rank, indices.rank):
        merged(grad, indices.concatenate(shape[1:]))
    return shape


Rows = Callable[..., tuple[Any, ...]]


def _updates(op_def: OpDef) -> Callable[[Callable[[Any], Rows]], Any]:
    """Decorates `make(attrs)`, which gives a function from the old rows to the new ones."""
    count = sum(arg.is_ref for arg in op_def.inputs)
    names = [arg.name for arg in op_def.inputs[count:]]
    grad_at, indices_at = names.index("grad"), names.index("indices")

    def bind(make: Callable[[Any], Rows], ctx: Any) -> Any:
        rows = make(ctx.attrs)

        def kernel(*args: Any) -> VariableCell:
            cells: tuple[VariableCell, ...] = args[:count]
            rest = list(args[count:])
            indices = rest.pop(indices_at)
            with cells[0].lock:
                arrays = [cell.read() for cell in cells]
                _check_rows(arrays, rest[grad_at - (indices_at < grad_at)], indices)
                new = rows(*[a[indices] for a in arrays], *rest)
                for array, value in zip(arrays, new, strict=True):
                    array[indices] = value
            return cells[0]

        return kernel

    return lambda make: op_def.kernel(lambda ctx: bind(make, ctx))


def _check_rows(arrays: list[Any], grad: Any, indices: Any) -> None:
    var = arrays[0]
    if any(a.shape != var.shape for a in arrays):
        raise ValueError(f"var and its slots must have one shape: {[a.shape for a in arrays]}")
    if grad.shape != (*indices.shape, *var.shape[1:]):
        raise ValueError(
            f"grad must have one row of var for each index: var {list(var.shape)}, indices "
            f"{list(indices.shape)}, grad {list(grad.shape)}"
        )
    wrong = np.flatnonzero((indices < 0) | (indices >= var.shape[0]))
    if wrong.size:
        raise ValueError(
            f"Index {indices[wrong[0]]} at offset {wrong[0]} in indices is out of range "
            f"[0, {var.shape[0]})"
        )


sparse_apply_momentum_op = _define_sparse(
    "SparseApplyMomentum", "var accum", "lr grad indices momentum", use_nesterov=False
)


@_updates(sparse_apply_momentum_op)
def _momentum(a: Any) -> Rows:
    nesterov = a["use_nesterov"]

    def rows(var: Any, accum: Any, lr: Any, grad: Any, momentum: Any) -> tuple[Any, ...]:
        accum = accum * momentum + grad
        step = grad * lr + accum * momentum * lr if nesterov else accum * lr
        return var - step, accum

    return rows


sparse_apply_adagrad_op = _define_sparse(
    "SparseApplyAdagrad", "var accum", "lr grad indices", update_slots=True
)


@_updates(sparse_apply_adagrad_op)
def _adagrad(a: Any) -> Rows:
    update_slots = a["update_slots"]

    def rows(var: Any, accum: Any, lr: Any, grad: Any) -> tuple[Any, ...]:
        accum = accum + grad * grad if update_slots else accum
        return var - lr * grad / np.sqrt(accum), accum

    return rows


sparse_apply_rms_prop_op = _define_sparse(
    "SparseApplyRMSProp", "var ms mom", "lr rho momentum epsilon grad indices"
)


@_updates(sparse_apply_rms_prop_op)
def _rms_prop(_: Any) -> Rows:
    def rows(
        var: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any
    ) -> tuple[Any, ...]:
        ms = ms * rho + grad * grad * (ms.dtype.type(1) - rho)
        mom = mom * momentum + lr * grad / np.sqrt(ms + epsilon)
        return var - mom, ms, mom

    return rows


sparse_apply_centered_rms_prop_op = _define_sparse(
    "SparseApplyCenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad indices"
)


@_updates(sparse_apply_centered_rms_prop_op)
def _centered_rms_prop(_: Any) -> Rows:
    def rows(
        var: Any, mg: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any,
        grad: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        rest = ms.dtype.type(1) - rho
        ms = ms * rho + grad * grad * rest
        mg = mg * rho + grad * rest
        mom = mom * momentum + lr * grad / np.sqrt(ms - mg * mg + epsilon)
        return var - mom, mg, ms, mom

    return rows


sparse_apply_adadelta_op = _define_sparse(
    "SparseApplyAdadelta", "var accum accum_update", "lr rho epsilon grad indices"
)


@_updates(sparse_apply_adadelta_op)
def _adadelta(_: Any) -> Rows:
    def rows(
        var: Any, accum: Any, accum_update: Any, lr: Any, rho: Any, epsilon: Any, grad: Any
    ) -> tuple[Any, ...]:
        rest = var.dtype.type(1) - rho
        accum = accum * rho + grad * grad * rest
        change = np.sqrt(accum_update + epsilon) / np.sqrt(accum + epsilon) * grad
        return var - lr * change, accum, accum_update * rho + change * change * rest

    return rows


sparse_apply_ftrl_op = _define_sparse(
    "SparseApplyFtrl", "var accum linear", "grad indices lr l1 l2 lr_power"
)
sparse_apply_ftrl_v2_op = _define_sparse(
    "SparseApplyFtrlV2", "var accum linear", "grad indices lr l1 l2 l2_shrinkage lr_power"
)


@_updates(sparse_apply_ftrl_op)
def _ftrl(_: Any) -> Rows:
    def rows(
        var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, lr_power: Any
    ) -> tuple[Any, ...]:
        return ftrl(var, accum, linear, grad, lr, l1, l2, var.dtype.type(0), lr_power)

    return rows


@_updates(sparse_apply_ftrl_v2_op)
def _ftrl_v2(_: Any) -> Rows:
    return ftrl


sparse_apply_proximal_gradient_descent_op = _define_sparse(
    "SparseApplyProximalGradientDescent", "var", "alpha l1 l2 grad indices"
)


@_updates(sparse_apply_proximal_gradient_descent_op)
def _proximal_gradient_descent(_: Any) -> Rows:
    def rows(var: Any, alpha: Any, l1: Any, l2: Any, grad: Any) -> tuple[Any, ...]:
        return (proximal(var - alpha * grad, alpha, l1, l2),)

    return rows
