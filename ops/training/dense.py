"""Updates of whole variables: `Apply...` ops, with TensorFlow's formulas.

All inputs are checked before anything is written, so that a failed update changes nothing.
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
from flowgraph.runtime.store import VariableCell

_TYPES = dtypes.INEXACT
Update = Callable[..., None]


def define_apply(op_type: str, states: str, others: str, **flags: bool) -> OpDef:
    """Declares Apply<X>(states..., others...), which gives the first state: the variable.

    `states` and `others` are names separated by blanks, in TensorFlow's order; the gradient is
    the one called "grad" or "delta".
    """
    refs = [f"{name}: Ref(T)" for name in states.split()]
    plain = [f"{name}: T" for name in others.split()]
    more = {name: attrs.boolean(default) for name, default in flags.items()}
    return define(
        op_type,
        inputs=", ".join(refs + plain),
        outputs="out: Ref(T)",
        attrs={"T": _TYPES, "use_locking": attrs.boolean(False), **more},
        shape=_shape,
        writes=tuple(states.split()),
    ).no_gradient()


def _shape(op: Operation) -> TensorShape:
    shape = state_shape(op)
    for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=True):
        if arg.name in ("grad", "delta"):
            shape = merged(shape, tensor.shape)
    return shape


def state_shape(op: Operation) -> TensorShape:
    """The one shape of the variable and its slots; ValueError unless the numbers are scalars."""
    shape = op.inputs[0].shape
    for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=True):
        if arg.is_ref:
            shape = merged(shape, tensor.shape)
        elif arg.name not in ("grad", "delta", "indices") and tensor.shape.rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {tensor.shape.rank}")
    return shape


def updates(op_def: OpDef) -> Callable[[Callable[[Any], Update]], Any]:
    """Decorates `make(attrs)`, which gives update(state arrays..., other arrays...)."""
    count = sum(arg.is_ref for arg in op_def.inputs)
    names = [arg.name for arg in op_def.inputs[count:]]
    grad_at = names.index("grad" if "grad" in names else "delta")

    def bind(make: Callable[[Any], Update], ctx: Any) -> Any:
        update = make(ctx.attrs)

        def kernel(*args: Any) -> VariableCell:
            cells: tuple[VariableCell, ...] = args[:count]
            rest = args[count:]
            var = cells[0]
            with var.lock:
                arrays = [cell.read() for cell in cells]
                check_shapes(arrays, rest[grad_at])
                update(*arrays, *rest)
            return var

        return kernel

    return lambda make: op_def.kernel(lambda ctx: bind(make, ctx))


def check_shapes(arrays: list[Any], grad: Any) -> None:
    """Raises unless the variable, its slots and its gradient have one shape."""
    for other, what in [*((a, "its slot") for a in arrays[1:]), (grad, "grad")]:
        if arrays[0].shape != np.shape(other):
            raise ValueError(
                f"var and {what} do not have the same shape: {list(arrays[0].shape)} "
                f"{list(np.shape(other))}"
            )


# --- gradient descent -----------------------------------------------------------------------------
apply_gradient_descent_op = define_apply("ApplyGradientDescent", "var", "alpha delta")


@updates(apply_gradient_descent_op)
def _gradient_descent(_: Any) -> Update:
    def update(var: Any, alpha: Any, delta: Any) -> None:
        var -= alpha * delta

    return update


# --- momentum (and Nesterov's, in the form that TensorFlow gives it) ------------------------------
apply_momentum_op = define_apply(
    "ApplyMomentum", "var accum", "lr grad momentum", use_nesterov=False
)


@updates(apply_momentum_op)
def _momentum(a: Any) -> Update:
    nesterov = a["use_nesterov"]

    def update(var: Any, accum: Any, lr: Any, grad: Any, momentum: Any) -> None:
        accum *= momentum
        accum += grad
        if nesterov:
            var -= grad * lr + accum * (momentum * lr)
        else:
            var -= accum * lr

    return update


# --- Adam (arXiv:1412.6980, the formulation before its section 2.1) -------------------------------
apply_adam_op = define_apply(
    "ApplyAdam",
    "var m v",
    "beta1_power beta2_power lr beta1 beta2 epsilon grad",
    use_nesterov=False,
)


@updates(apply_adam_op)
def _adam(a: Any) -> Update:
    nesterov = a["use_nesterov"]

    def update(
        var: Any, m: Any, v: Any, beta1_power: Any, beta2_power: Any, lr: Any, beta1: Any,
        beta2: Any, epsilon: Any, grad: Any,
    ) -> None:  # fmt: skip
        one = var.dtype.type(1)
        alpha = lr * np.sqrt(one - beta2_power) / (one - beta1_power)
        m += (grad - m) * (one - beta1)
        v += (grad * grad - v) * (one - beta2)
        first = grad * (one - beta1) + m * beta1 if nesterov else m
        var -= (first * alpha) / (np.sqrt(v) + epsilon)

    return update


# --- RMSProp --------------------------------------------------------------------------------------
apply_rms_prop_op = define_apply("ApplyRMSProp", "var ms mom", "lr rho momentum epsilon grad")


@updates(apply_rms_prop_op)
def _rms_prop(_: Any) -> Update:
    def update(
        var: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any
    ) -> None:
        ms += (grad * grad - ms) * (ms.dtype.type(1) - rho)
        mom *= momentum
        mom += (grad * lr) / np.sqrt(ms + epsilon)
        var -= mom

    return update


apply_centered_rms_prop_op = define_apply(
    "ApplyCenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad"
)


@updates(apply_centered_rms_prop_op)
def _centered_rms_prop(_: Any) -> Update:
    def update(
        var: Any, mg: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any,
        grad: Any,
    ) -> None:  # fmt: skip
        rest = ms.dtype.type(1) - rho
        ms += (grad * grad - ms) * rest
        mg += (grad - mg) * rest
        mom *= momentum
        mom += (grad * lr) / np.sqrt(ms - mg * mg + epsilon)
        var -= mom

    return update


# --- Adagrad --------------------------------------------------------------------------------------
apply_adagrad_op = define_apply("ApplyAdagrad", "var accum", "lr grad", update_slots=True)


@updates(apply_adagrad_op)
def _adagrad(a: Any) -> Update:
    update_slots = a["update_slots"]

    def update(var: Any, accum: Any, lr: Any, grad: Any) -> None:
        if update_slots:
            accum += grad * grad
        var -= grad * lr / np.sqrt(accum)

    return update


# --- Adadelta (arXiv:1212.5701) -------------------------------------------------------------------
apply_adadelta_op = define_apply("ApplyAdadelta", "var accum accum_update", "lr rho epsilon grad")


@updates(apply_adadelta_op)
def _adadelta(_: Any) -> Update:
    def update(
        var: Any, accum: Any, accum_update: Any, lr: Any, rho: Any, epsilon: Any, grad: Any
    ) -> None:
        rest = var.dtype.type(1) - rho
        accum *= rho
        accum += grad * grad * rest
        change = np.sqrt(accum_update + epsilon) / np.sqrt(accum + epsilon) * grad
        var -= change * lr
        accum_update *= rho
        accum_update += change * change * rest

    return update


# --- Ftrl (McMahan et al. 2013, "Ad Click Prediction", with TensorFlow's l2 shrinkage) ------------
apply_ftrl_op = define_apply("ApplyFtrl", "var accum linear", "grad lr l1 l2 lr_power")
apply_ftrl_v2_op = define_apply(
    "ApplyFtrlV2", "var accum linear", "grad lr l1 l2 l2_shrinkage lr_power"
)


def ftrl(
    var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, shrinkage: Any,
    lr_power: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The new (var, accum, linear) of one Ftrl-proximal step."""
    two = var.dtype.type(2)
    shrunk = grad + two * shrinkage * var
    new_accum = accum + grad * grad
    old_power, new_power = accum**-lr_power, new_accum**-lr_power
    new_linear = linear + shrunk - (new_power - old_power) / lr * var
    clipped = np.clip(new_linear, -l1, l1)
    quadratic = new_power / lr + two * l2
    return (clipped - new_linear) / quadratic, new_accum, new_linear


@updates(apply_ftrl_op)
def _ftrl(_: Any) -> Update:
    def update(
        var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, lr_power: Any
    ) -> None:
        zero = var.dtype.type(0)
        new = ftrl(var, accum, linear, grad, lr, l1, l2, zero, lr_power)
        var[...], accum[...], linear[...] = new

    return update


@updates(apply_ftrl_v2_op)
def _ftrl_v2(_: Any) -> Update:
    def update(
        var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, shrinkage: Any,
        lr_power: Any,
    ) -> None:  # fmt: skip
        new = ftrl(var, accum, linear, grad, lr, l1, l2, shrinkage, lr_power)
        var[...], accum[...], linear[...] = new

    return update


# --- proximal gradient descent (FOBOS: Duchi and Singer 2009) -------------------------------------
apply_proximal_gradient_descent_op = define_apply(
    "ApplyProximalGradientDescent", "var", "alpha l1 l2 delta"
)


def proximal(value: Any, lr: Any, l1: Any, l2: Any) -> Any:
    """The proximal step of l1 and l2 regularisation from `value`, at learning rate `lr`."""
    one, zero = value.dtype.type(1), value.dtype.type(0)
    shrunk = np.sign(value) * np.maximum(np.abs(value) - lr * l1, zero) if l1 > 0 else value
    return shrunk / (one + l2 * lr)


@updates(apply_proximal_gradient_descent_op)
def _proximal_gradient_descent(_: Any) -> Update:
    def update(var: Any, alpha: Any, l1: Any, l2: Any, delta: Any) -> None:
        var[...] = proximal(var - alpha * delta, alpha, l1, l2)

    return update
